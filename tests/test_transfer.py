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


def test_a_parameter_that_is_the_same_in_all_variants_is_kept() -> None:
    found = lifted(
        "params: {size: 16, width: 24, activation: {str: relu}, classes: 10, wide: false}\n"
        "variants: {one: {}, two: {wide: true}}\n"
        "graph:\n"
        "  - conv: $(48 if wide else 32)\n"
        "  - $activation:\n"
        "  - {id: more, when: wide, conv: $width}\n"
        "  - global_avg_pool\n"
        "  - flatten\n"
        "  - {id: fc, linear: $classes}\n"
    )
    assert found["graph"][1] == {"$activation": None}
    assert found["graph"][2]["conv"] == "$width"
    assert found["graph"][-1] == {"id": "fc", "linear": "$classes"}
    assert [*found["params"]] == ["size", "width", "activation", "classes", "wide"]


def test_a_number_that_stands_in_many_places_is_no_parameter() -> None:
    found = lifted(
        "params: {width: 32, norm: false}\n"
        "variants: {one: {}, two: {norm: true}}\n"
        "graph: [{conv: 32}, relu, {conv: 32}, tanh, {conv: 32}, {when: norm, tanh: }]\n"
    )
    assert [*found["params"]] == ["norm"]


def test_elements_of_lists_that_are_parameters() -> None:
    found = lifted(
        "params: {widths: [16, 24], depths: [2, 4, 3]}\n"
        "variants: {one: {}, two: {widths: [32, 24], depths: [5, 1, 2]}}\n"
        "graph:\n"
        "  - conv: $widths[0]\n"
        "  - for: {depth: depths}\n"
        "    graph: [sigmoid: , {repeat: depth, graph: [{conv: 8}, relu]}]\n"
    )
    assert found["graph"][0] == {"conv": "$widths[0]"}
    assert found["graph"][1]["for"] == {"depth": "depths"}


def test_a_label_names_the_op_that_the_block_has() -> None:
    found = lifted(
        "params: {affine: false, batch_norm: false}\n"
        "variants: {one: {}, two: {affine: true, batch_norm: true}}\n"
        "blocks:\n"
        "  unit:\n"
        "    label: $('Conv-BN' if batch_norm else 'Conv')\n"
        "    graph: [{conv: 8}, {id: bn, when: batch_norm, batch_norm: }]\n"
        "graph: [{unit: }, relu, {unit: }]\n"
    )
    assert found["blocks"]["unit"]["label"] == "$('Conv-BN' if batch_norm else 'Conv')"


def test_a_number_of_rounds_that_a_list_gives_is_not_written_out() -> None:
    found = lifted(
        "params: {depths: [3, 4, 5], rate: 0.1}\n"
        "variants: {one: {}, two: {rate: 0.2}}\n"
        "graph:\n"
        "  - for: {i: range(3), depth: depths}\n"
        "    graph:\n"
        "      - tanh\n"
        "      - for: {j: range(depth)}\n"
        "        drop_path: $(round(rate * (sum(depths[:i]) + j) / (sum(depths) - 1), 4))\n"
    )
    assert "(sum(depths) - 1)" in str(found["graph"])
