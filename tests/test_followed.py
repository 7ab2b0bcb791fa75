"""Hints that are followed to the letter: what is wrong, what is said, and what then is right.

A text that begins with an indent is the list of a graph.
"""

from __future__ import annotations

import pytest

from archspec.diagnostics import ArchspecError
from tests.strategies import graph_of

Rows = list[tuple[str, str, str]]


def spec(text: str) -> str:
    """A whole spec of a text that may leave out its name, its input and the key of its graph."""
    whole = f"graph:\n{text}" if text.startswith(" ") else text
    head = "" if "name:" in whole else "name: T\ninputs: {image: [16, 32, 32]}\n"
    return f"{head}{whole}\n"


def check_followed(wrong: str, hint: str, right: str) -> None:
    with pytest.raises(ArchspecError) as caught:
        graph_of(spec(wrong))
    said = "\n".join(f"{d.message}: {d.hint}" for d in caught.value.diagnostics)
    assert hint in said
    assert graph_of(spec(right)).nodes


LAYOUT: Rows = [
    (
        "  - conv: {out_channels: 16 kernel_size: 3}",
        "write `16, kernel_size: ...`",
        "  - conv: {out_channels: 16, kernel_size: 3}",
    ),
    ("  - {id: a conv: 16}", "write `a, conv: ...`", "  - {id: a, conv: 16}"),
    (
        "  - {id: a, conv: {out_channels: 16} label: A}",
        "write `16}, label: ...`",
        "  - {id: a, conv: {out_channels: 16}, label: A}",
    ),
    (
        "  - conv: {out_channels: $(2 * 8) kernel_size: 3}",
        "write `8), kernel_size: ...`",
        "  - conv: {out_channels: $(2 * 8), kernel_size: 3}",
    ),
    ("  - id: a, conv: 16\n  - relu", "{id: a, conv: 16}", "  - {id: a, conv: 16}\n  - relu"),
    ("  - repeat: 2, conv: 16", "{repeat: 2, conv: 16}", "  - {repeat: 2, conv: 16}"),
    ("  - when: 2 > 1, tanh:", "{when: 2 > 1, tanh: }", "  - {when: 2 > 1, tanh: }"),
    (
        "  - id: a, conv: {out_channels: 16}  # the first",
        "{id: a, conv: {out_channels: 16}}",
        "  - {id: a, conv: {out_channels: 16}}",
    ),
    (
        "  - when: true\n    id: a, conv: 16",
        "`id` and `conv` below each other",
        "  - when: true\n    id: a\n    conv: 16",
    ),
    ("  - label: A, B: C\n    relu:", 'label: "A, B: C"', '  - label: "A, B: C"\n    relu:'),
    ("  - conv: 16\n   - relu", "put it in column 3", "  - conv: 16\n  - relu"),
    ("  - conv: 16\n    - relu", "put it in column 3", "  - conv: 16\n  - relu"),
    ("  - conv: 16\n - relu", "put it in column 3", "  - conv: 16\n  - relu"),
    (
        "  - add:\n      - identity\n     - [relu]",
        "put it in column 7",
        "  - add:\n      - identity\n      - [relu]",
    ),
    (
        "  - when: true\n    - relu",
        "write `graph:` above",
        "  - when: true\n    graph:\n    - relu",
    ),
    (
        "  - repeat: 2\n    - conv: 16\n    - relu",
        "write `graph:` above",
        "  - repeat: 2\n    graph:\n    - conv: 16\n    - relu",
    ),
    ("  - id: a\n   conv: 16", "align it with `id`, in column 5", "  - id: a\n    conv: 16"),
    ("  - id: a\n     conv: 16", "align it with `id`, in column 5", "  - id: a\n    conv: 16"),
    ("  - relu\n   conv: 16", "begin it with `- `, in column 3", "  - relu\n  - conv: 16"),
    ("  - flatten\n      end_axis: 1", "write `flatten:`", "  - flatten:\n      end_axis: 1"),
    ("  - id: a\n    relu\n  - tanh", "write `relu:`", "  - id: a\n    relu:\n  - tanh"),
    ("  - id: a\n    conv 16\n  - tanh", "`conv: 16`", "  - id: a\n    conv: 16\n  - tanh"),
    ("graph\n  - relu", "write `graph:`", "graph:\n  - relu"),
    (
        "  - conv:\n      out_channels 16\n      stride: 2",
        "write `out_channels: 16`",
        "  - conv:\n      out_channels: 16\n      stride: 2",
    ),
    (
        "  - concat: {branches:[identity, [relu]]}",
        "write `branches: ...`",
        "  - concat: {branches: [identity, [relu]]}",
    ),
]


@pytest.mark.parametrize(("wrong", "hint", "right"), LAYOUT)
def test_layout(wrong: str, hint: str, right: str) -> None:
    check_followed(wrong, hint, right)


ATTRIBUTES: Rows = [
    ("  - flatten: {start_dim: 1}", "write start_axis: 0", "  - flatten: {start_axis: 0}"),
    (
        "  - flatten: {start_dim: 1, end_dim: 2}",
        "write end_axis: 1",
        "  - flatten: {start_axis: 0, end_axis: 1}",
    ),
    (
        "  - concat: {branches: [identity, [relu]], dim: 1}",
        "the batch is not counted: write axis: 0",
        "  - concat: {branches: [identity, [relu]], axis: 0}",
    ),
    ("  - softmax: {dim: 1}", "write axis: 0", "  - softmax: {axis: 0}"),
    ("  - log_softmax: {dim: -1}", "write axis: -1", "  - log_softmax: {axis: -1}"),
    ("  - softmax: {dim: 0}", "not counted, which `dim: 0` would be", "  - softmax"),
    ("  - softmax: {dim: $(1 + 1)}", "0 is the axis after it", "  - softmax: {axis: $(0 + 1)}"),
    ("  - permute: {dims: [0, 2, 3, 1]}", "axes: [1, 2, 0]", "  - permute: {axes: [1, 2, 0]}"),
    ("  - permute: [0, 2, 3, 1]", "write [1, 2, 0]", "  - permute: [1, 2, 0]"),
    ("  - flatten\n  - softmax: 1", "dim 1 is axis: 0", "  - flatten\n  - softmax: {axis: 0}"),
    (
        "  - global_avg_pool\n  - linear: 10",
        "put `flatten` before it",
        "  - global_avg_pool\n  - flatten\n  - linear: 10",
    ),
    ("  - linear: 10", "or `global_avg_pool` and then", "  - global_avg_pool\n  - flatten"),
    (
        "  - conv: [out_channels: 16, kernel_size: 3]",
        "write conv: {out_channels: 16, kernel_size: 3}",
        "  - conv: {out_channels: 16, kernel_size: 3}",
    ),
    (
        "  - max_pool: [2, stride: 1]",
        "{kernel_size: 2, stride: 1}",
        "  - max_pool: {kernel_size: 2}",
    ),
    ("  - batch_norm: [eps: 0.1]", "write batch_norm: {eps: 0.1}", "  - batch_norm: {eps: 0.1}"),
    ("  - batch_norm: 16", "follows from the shape: write `batch_norm:`", "  - batch_norm:"),
    ("  - layer_norm: 512", "follows from the shape: write `layer_norm:`", "  - layer_norm:"),
    ("  - relu: 6", "write `relu6:`", "  - relu6:"),
    ("  - leaky_relu: {negative_slope:0.1}", "`negative_slope: 0.1`", "  - leaky_relu: 0.1"),
    ("  - tanh: 1", "leave the value out: write `tanh:`", "  - tanh:"),
    ("  - graph: [tanh: relu]", "[tanh, relu]", "  - graph: [tanh, relu]"),
    ("  - conv: {out_channels: 16, relu: }", "node of its own", "  - conv: 16\n  - relu"),
    ("  - conv: out_channels 16", "write out_channels: 16", "  - conv: {out_channels: 16}"),
    (
        "  - conv: {out_channels:16, kernel_size:3}",
        "a space is missing after the colon: `kernel_size: 3`",
        "  - conv: {out_channels: 16, kernel_size: 3}",
    ),
    ("  - {conv: 16, activation: relu}", "`- relu`", "  - conv: 16\n  - relu"),
    ("  - {conv: 16, norm: batch}", "`- batch_norm`", "  - conv: 16\n  - batch_norm"),
]

UNIT = "blocks: {u: {params: {c: int, k: 1}, graph: [conv: {out_channels: $c, kernel_size: $k}]}}"
ARGUMENTS: Rows = [
    ("u: [c: 16, k: 3]", "write u: {c: 16, k: 3}", "u: {c: 16, k: 3}"),
    ("u: {c:16, k: 3}", "a space is missing after the colon: `c: 16`", "u: {c: 16, k: 3}"),
    ("{u: 16, k: 3}", "if it is a parameter of `u`: u: {k: ...}", "u: {c: 16, k: 3}"),
]


@pytest.mark.parametrize(("wrong", "hint", "right"), ATTRIBUTES)
def test_attributes(wrong: str, hint: str, right: str) -> None:
    check_followed(wrong, hint, right)


@pytest.mark.parametrize(("wrong", "hint", "right"), ARGUMENTS)
def test_arguments(wrong: str, hint: str, right: str) -> None:
    check_followed(f"{UNIT}\ngraph:\n  - {wrong}", hint, f"{UNIT}\ngraph:\n  - {right}")
