"""Maps that a stride does not divide: which node lost the row, and which inputs fit."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.diagnostics import ArchspecError, Diagnostic, Source
from archspec.elaboration.build import build
from archspec.frontend.loading import Document, load, load_source

HALVES = (
    "max_pool: 2",
    "avg_pool: {kernel_size: 3, stride: 2}",
    "avg_pool: {kernel_size: 3, stride: 2, padding: 1}",
    "max_pool: {kernel_size: 2, ceil_mode: true}",
    "conv: {out_channels: 2, kernel_size: 2, stride: 2}",
    "conv: {out_channels: 2, kernel_size: 3, stride: 2, padding: 1}",
    "subsample: 2",
)


def document(text: str) -> Document:
    return load_source(Source("spec.yaml", text))


def fault(spec: Document, **choice: Any) -> Diagnostic:
    with pytest.raises(ArchspecError) as failed:
        build(spec, **choice)
    return failed.value.diagnostics[0]


def causes(diagnostic: Diagnostic) -> list[str]:
    return [note.text for note in diagnostic.notes if note.cause]


@st.composite
def hourglasses(draw: st.DrawFn) -> tuple[str, list[int]]:
    """A network that halves maps and doubles them again, around or beside what they were."""
    size = st.integers(12, 70)
    height = draw(size)
    sizes = [height, draw(st.one_of(st.just(height), size))][: draw(st.sampled_from([1, 2, 2]))]
    narrow = "{conv: {out_channels: 2}}"
    inner = "relu"
    for _ in range(draw(st.integers(1, 3))):
        merge = draw(st.sampled_from(["add", "concat", "mean"]))
        down = draw(st.sampled_from(HALVES))
        around = f"[{{{down}}}, {inner}, {{upsample: {{scale_factor: 2}}}}, {narrow}]"
        inner = f"{{{merge}: [[], {around}]}}, {narrow}"
    return f"name: A\ninputs: {{x: {[2, *sizes]}}}\ngraph: [{inner}]\n", sizes


@settings(deadline=None, max_examples=40)
@given(hourglasses())
def test_what_is_said_to_fit_fits_and_nothing_between_does(drawn: tuple[str, list[int]]) -> None:
    text, sizes = drawn
    spec = document(text)
    try:
        build(spec)
    except ArchspecError as error:
        diagnostic = error.diagnostics[0]
    else:
        return
    if diagnostic.code != "E501":
        return
    assert causes(diagnostic)
    if diagnostic.hint is None:
        for size in range(max(sizes[0] - 20, 1), sizes[0] + 20):
            fault(spec, inputs={"x": (2, *(size for _ in sizes))})
        return
    shapes = [tuple(map(int, s.split("x"))) for s in re.findall(r"\d+(?:x\d+)+", diagnostic.hint)]
    assert shapes
    for shape in shapes:
        assert build(spec, inputs={"x": shape}).inputs[0].output == shape
    step = re.search(r"multiples of (\d+)", diagnostic.hint)
    if step is not None:
        for times in (3, 5, 8):
            build(spec, inputs={"x": (2, *(times * int(step[1]) for _ in sizes))})
    if len(set(sizes)) == 1 and len(shapes) == 2:
        for size in range(shapes[0][1] + 1, shapes[1][1]):
            fault(spec, inputs={"x": (2, *(size for _ in sizes))})


def at(size: int, half: str) -> Diagnostic:
    text = f"name: A\ninputs: {{x: [2, {size}, {size + 1}]}}\ngraph:\n"
    nodes = f"[{{id: down, {half}}}, {{upsample: {{scale_factor: 2}}}}]"
    return fault(document(f"{text}  - add: [[], {nodes}]\n"))


@pytest.mark.parametrize(
    ("half", "said"),
    [
        ("max_pool: 2", "[2, 7, 8] of [2, 15, 16] and leaves out the last row"),
        ("subsample: 2", "[2, 8, 8] of [2, 15, 16], as 15 is no multiple of 2"),
        (
            "conv: {out_channels: 2, kernel_size: 3, stride: 2, padding: 1}",
            "[2, 8, 8] of [2, 15, 16], as 15 is no multiple of 2",
        ),
    ],
)
def test_the_node_that_lost_a_row_is_named(half: str, said: str) -> None:
    op = half.partition(":")[0]
    assert causes(at(15, half)) == [f"`down` ({op}) makes {said}"]


def test_of_several_strides_the_uneven_ones_are_named() -> None:
    text = "name: A\ninputs: {x: [2, 20, 20]}\ngraph:\n  - {id: a, max_pool: 2}\n"
    text += "  - {id: b, max_pool: 2}\n  - {id: c, max_pool: 2}\n  - {id: d, relu: }\n"
    text += "  - add: [b, [{upsample: {scale_factor: 2}}]]\n"
    found = fault(document(text))
    assert causes(found) == [
        "`c` (max_pool) makes [2, 2, 2] of [2, 5, 5] and leaves out the last row and column"
    ]
    assert found.hint == "inputs of 2x19x19 and 2x24x24 fit"


def test_what_reads_no_values_loses_no_row() -> None:
    """`choose_column` has an operand for the size of the batch alone."""
    columns = (
        "{id: b, choose_column: 2}, {fractal_join: {branches: [a, {from: a, relu: }], columns: b}}"
    )
    text = "name: A\ninputs: {x: [2, 15, 16]}\ngraph:\n  - add:\n"
    text += "    - [{id: down, max_pool: 2}, {upsample: {scale_factor: 2}}]\n"
    text += f"    - [{{id: a, relu: }}, {columns}]\n"
    found = causes(fault(document(text)))
    assert found == ["`down` (max_pool) makes [2, 7, 8] of [2, 15, 16] and leaves out the last row"]


@pytest.mark.parametrize(
    "graph",
    [
        "[add: [[], [{conv: {out_channels: 3}}]]]",
        "[add: [[], [{max_pool: 2}]]]",
        "[add: [[], [{conv: {out_channels: 2, kernel_size: 3}}]]]",
        "[{max_pool: 2}, {add: [[], [{conv: {out_channels: 2, kernel_size: 3}}]]}]",
        "[add: [[], [flatten]]]",
    ],
)
def test_other_disagreements_name_none(graph: str) -> None:
    found = fault(document(f"name: A\ninputs: {{x: [2, 15, 15]}}\ngraph: {graph}\n"))
    assert found.code == "E501"
    assert not causes(found)
    assert found.hint is None


def test_two_inputs_change_together() -> None:
    text = "name: A\ninputs: {x: [2, 9, 9], y: [3, 9, 9], z: [4]}\nblocks:\n"
    text += "  b: {graph: [concat: [[], [{max_pool: 2}, {upsample: {scale_factor: 2}}]]]}\n"
    text += "graph:\n  - concat: [[{from: x, b: }], [{from: y, b: }]]\noutputs: [o, z]\n"
    found = fault(document(text.replace("- concat", "- id: o\n    concat")))
    assert (
        found.hint == "inputs of 2x8x8, 3x8x8, 4 and 2x10x10, 3x10x10, 4 fit, as multiples of 2 do"
    )


def test_a_shipped_u_net_says_what_it_takes() -> None:
    found = fault(load("unet_padded"), inputs={"image": (3, 500, 353)})
    assert causes(found) == [
        "`top.below.below.down` (max_pool) makes [256, 62, 44] of [256, 125, 88] "
        "and leaves out the last row"
    ]
    assert found.hint == "inputs of 3x496x352 and 3x512x368 fit"


def test_very_large_graphs_are_not_tried() -> None:
    text = "name: A\ninputs: {x: [2, 9, 9]}\ngraph:\n  - {repeat: 60000, relu: }\n"
    text += "  - add: [[], [{max_pool: 2}, {upsample: {scale_factor: 2}}]]\n"
    found = fault(document(text))
    assert causes(found)
    assert found.hint is None
