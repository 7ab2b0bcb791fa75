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


CONV = "conv: {out_channels: 16, kernel_size: 3, padding: 1}"
WHEN = "params: {n: 2}\ngraph:\n  - {when: n > 1, relu: }\n"
NODES: Rows = [
    (
        f"  - add:\n      - {{{CONV}}}\n      - relu\n      - identity",
        "a second dash before the first, `- - `",
        f"  - add:\n      - - {{{CONV}}}\n        - relu\n      - identity",
    ),
    (
        f"  - add:\n      - {{{CONV}}}\n      - relu\n      - identity",
        "a branch of one op is [relu]",
        f"  - add:\n      - {{{CONV}}}\n      - [relu]\n      - identity",
    ),
    ("  - add: [relu, identity]", "a branch of one op is [relu]", "  - add: [[relu], identity]"),
    (
        "  - conv: 16\n  - {from: [conv], relu: }",
        "but an op: give the node an `id`",
        "  - {id: a, conv: 16}\n  - {from: [a], relu: }",
    ),
    (
        "  - {id: a, conv: 16}\n  - {share: [a]}",
        "write a, without brackets",
        "  - {id: a, conv: 16}\n  - {share: a}",
    ),
    (
        "graph: [{id: a, conv: 16}]\noutputs: {x: [a]}",
        "write a, without brackets",
        "graph: [{id: a, conv: 16}]\noutputs: {x: a}",
    ),
    (
        "  - when: 2 > 1\n    relu:\n    else:\n      tanh\n      sigmoid",
        "[tanh, sigmoid]",
        "  - when: 2 > 1\n    relu:\n    else: [tanh, sigmoid]",
    ),
    ("graph: relu tanh", "[relu, tanh]", "graph: [relu, tanh]"),
    (
        "  - when: true\n      - relu",
        "write `graph:` above the list",
        "  - when: true\n    graph:\n      - relu",
    ),
    ("  - when: true\n      relu", "with a colon: `relu:`", "  - when: true\n    relu:"),
    ("  - conv: 16\n      - relu", "put its dash below the one above", "  - conv: 16\n  - relu"),
    ("  - relu\n      - tanh", "put its dash below the one above", "  - relu\n  - tanh"),
    ("  - id: a, relu", "in braces: {id: a, relu: }", "  - {id: a, relu: }"),
    (
        "  - residual: 16",
        "a block is defined under `blocks:`",
        "blocks: {residual: {params: {c: int}, graph: [conv: $c]}}\ngraph: [residual: 16]",
    ),
    ("  - concat:\n      - [relu]\n      -", "write `identity`", "  - concat: [[relu], identity]"),
    (
        WHEN + "  - {repeat: n, conv: 16}",
        "conv_$i, with {i: range(n)} for the count, under `for`",
        WHEN + "  - {for: {i: range(n)}, id: conv_$i, conv: 16}",
    ),
    (
        WHEN + "  - {for: {w: [16, 16]}, conv: $w}",
        "conv_$i, with i: range(2) beside `w`",
        WHEN + "  - {for: {w: [16, 16], i: range(2)}, id: conv_$i, conv: $w}",
    ),
    (
        WHEN + "  - {for: {w: [16, 32]}, conv: $w}",
        "a template: conv_$w",
        WHEN + "  - {for: {w: [16, 32]}, id: conv_$w, conv: $w}",
    ),
    (
        WHEN + "  - {repeat: 2, graph: [{repeat: n, conv: 16}]}",
        "conv_$(i)_$j, with {i: range(2)} and {j: range(n)}",
        WHEN + "  - for: {i: range(2)}\n    graph:\n"
        "      - {for: {j: range(n)}, id: conv_$(i)_$j, conv: 16}",
    ),
    (
        "  - {id: c, repeat: 2, conv: 16}",
        "c_$i, with {i: range(2)} for the count",
        "  - {for: {i: range(2)}, id: c_$i, conv: 16}",
    ),
    (
        "  - {for: {i: range(3)}, id: stage$i+1, conv: 16}",
        "write stage$(i+1)",
        "  - {for: {i: range(3)}, id: stage$(i+1), conv: 16}",
    ),
    (
        "  - {id: s0, relu: }\n  - for: {i: [1]}\n    graph: [{id: s$i, from: s$i-1, relu: }]",
        "write s$(i-1)",
        "  - {id: s0, relu: }\n  - for: {i: [1]}\n    graph: [{id: s$i, from: s$(i-1), relu: }]",
    ),
    (
        "blocks: {u: {graph: [{id: n, tanh: }, {id: r, relu: }]}}\n"
        "graph: [{id: a, u: }, add: [a.n, identity]]",
        "outputs: [the id of its last node, n]",
        "blocks: {u: {graph: [{id: n, tanh: }, {id: r, relu: }], outputs: [r, n]}}\n"
        "graph: [{id: a, u: }, add: [a.n, identity]]",
    ),
    (
        "blocks:\n  u:\n  params: {c: int}\n  graph: [conv: $c]\ngraph: [u: 16]",
        "indent `params`, `graph` further than `u:`",
        "blocks:\n  u:\n    params: {c: int}\n    graph: [conv: $c]\ngraph: [u: 16]",
    ),
    (
        "params: {ids: [a, b]}\ngraph: [{id: a, relu: }, {id: b, tanh: }, add: [$ids, identity]]",
        "{each: {one: ids}, from: $one}",
        "params: {ids: [a, b]}\ngraph: [{id: a, relu: }, {id: b, tanh: }, "
        "add: [{each: {one: ids}, from: $one}, identity]]",
    ),
    (
        "graph: [{id: a, relu: }, conv: 4]\noutputs: {x: 1, y: {from: a, train_only: yes}}",
        "write true",
        "graph: [{id: a, relu: }, {id: 1, conv: 4}]\n"
        "outputs: {x: 1, y: {from: a, train_only: true}}",
    ),
]


@pytest.mark.parametrize(("wrong", "hint", "right"), NODES)
def test_nodes(wrong: str, hint: str, right: str) -> None:
    check_followed(wrong, hint, right)


def test_a_node_that_is_called_by_its_position_is_told_with_its_op() -> None:
    with pytest.raises(ArchspecError, match=r"`2` \(add\) is never used"):
        graph_of(spec("  - {id: a, relu: }\n  - add: [a, [tanh]]\n  - {from: a, relu: }"))


def test_a_block_that_is_not_indented_is_one_error() -> None:
    text = "blocks:\n  u:\n  params: {c: int}\n  graph: [conv: $c]\ngraph: [u: 16]"
    with pytest.raises(ArchspecError) as caught:
        graph_of(spec(text))
    assert len(caught.value.diagnostics) == 1
