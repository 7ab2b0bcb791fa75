"""What a family is lifted to says causes: another variant follows from its parameters."""

from __future__ import annotations

from typing import Any

from archspec import pipeline
from archspec.diagnostics import Source
from archspec.frontend.loading import load_source
from archspec.lifting.lift import lift_family
from tests.lifted import bare

HEAD = "name: Small\ninputs: {x: [8, 16, 16]}\n"


def lifted(text: str) -> dict[str, Any]:
    """What the variants of a spec are lifted to, nothing but their graphs known."""
    document = load_source(Source("small.yaml", HEAD + text))
    graphs = [bare(pipeline.elaborate(document, form)) for form in pipeline.forms(document)]
    return dict(lift_family(graphs))


def test_a_condition_names_the_op_that_it_decides_on() -> None:
    found = lifted(
        "params: {affine: false, batch_norm: false}\n"
        "variants: {one: {}, two: {affine: true, batch_norm: true}}\n"
        "graph:\n"
        "  - {conv: {out_channels: 8, bias: $(not batch_norm)}}\n"
        "  - {id: bn, when: batch_norm, batch_norm: }\n"
        "  - relu\n"
        "  - {id: extra, when: affine, channel_affine: }\n"
    )
    conv, bn, _, extra = found["graph"]
    assert conv["conv"]["bias"] == "$(not batch_norm)"
    assert (bn["when"], extra["when"]) == ("batch_norm", "affine")


def test_a_word_that_is_the_name_of_an_op_decides_on_it() -> None:
    found = lifted(
        "params: {pool: {str: avg_pool}, end: {str: relu}}\n"
        "variants: {one: {}, two: {pool: lrn, end: sigmoid}}\n"
        "graph:\n"
        "  - {id: a, when: pool == 'avg_pool', avg_pool: 2}\n"
        "  - {id: b, when: pool == 'lrn', local_response_norm: 5}\n"
        "  - $end:\n"
    )
    first, last = found["graph"]
    assert first["when"] == "pool == 'avg_pool'"
    assert last == {"$end": None}


def test_a_parameter_measures_what_it_is_written_for() -> None:
    found = lifted(
        "params: {up: 2}\n"
        "variants: {one: {}, two: {up: 4}, none: {up: 0}}\n"
        "graph:\n"
        "  - {conv: 8}\n"
        "  - when: up > 0\n"
        "    conv_transpose: {out_channels: 8, kernel_size: $(2 * up), stride: $up}\n"
    )
    (_, last) = found["graph"]
    assert last["when"] == "up > 0"
    assert last["conv_transpose"]["kernel_size"] == "$(2 * up)"
    assert [*found["params"]] == ["up"]
