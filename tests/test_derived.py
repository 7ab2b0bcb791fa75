"""Sizes that follow the input: what a module compiled at one size does at another."""

from __future__ import annotations

import copy
import pickle
import re
from textwrap import dedent

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from archspec import pipeline
from archspec.analysis.check import pinned
from archspec.backends.torch import backend
from archspec.backends.torch import check as checking
from archspec.backends.torch.equality import compare
from archspec.backends.torch.layers import LOWERINGS
from archspec.backends.torch.runtime import construct
from archspec.diagnostics import ArchspecError, Source
from archspec.elaboration.build import build
from archspec.frontend.loading import Document, families, load, load_source, variant_names
from archspec.ir.graph import Graph
from archspec.ops import REGISTRY, derived
from archspec.ops.derived import Apply, Axis, Size
from archspec.ops.types import Shape
from tests.pieces import graph_of
from tests.strategies import sized_specs
from tests.sweeping import drawn, some


def at(document: Document, graph: Graph, sizes: tuple[int, ...]) -> Graph | None:
    """The graph of a spec whose inputs have other spatial sizes; None where there is none."""
    shapes = {
        n.path: (n.output[0], *sizes[: len(n.output) - 1]) if len(n.output) > 1 else n.output
        for n in graph.inputs
    }
    try:
        return build(document, variant=graph.variant, inputs=shapes)
    except ArchspecError:
        return None


def document_of(text: str) -> Document:
    return load_source(Source("spec.yaml", text))


# --- the property -------------------------------------------------------------------------

OTHERS = [(9, 8, 6), (12, 14, 10), (5, 6, 7), (4, 9, 5), (7, 6, 8), (16, 13, 11), (3, 4, 4)]


@drawn(2_000, sample=60)
@given(sized_specs(), st.sampled_from(OTHERS), st.sampled_from(OTHERS))
def test_a_module_follows_its_input_or_check_says_where_it_does_not(
    text: str, first: tuple[int, ...], second: tuple[int, ...]
) -> None:
    """At three sizes: that of the spec, and two others."""
    document = document_of(text)
    graph = build(document)
    checking.check(graph, device="cpu")
    for sizes in (first, second):
        resized = at(document, graph, sizes)
        if resized is not None and not pinned(graph, resized):
            checking.check(graph, device="cpu", resized=resized)


@drawn(500, sample=25)
@given(sized_specs(), st.sampled_from(OTHERS))
def test_it_computes_what_one_compiled_there_does(text: str, sizes: tuple[int, ...]) -> None:
    """Values, not shapes alone: node by node, by the ops that the spec has at that size."""
    document = document_of(text)
    graph = build(document)
    resized = at(document, graph, sizes)
    if resized is None or pinned(graph, resized):
        return
    compare(resized, backend.compile(graph, device="meta"))


# --- the zoo ------------------------------------------------------------------------------

ZOO = [
    f"{path.stem}@{name}" if name else path.stem
    for path in families()
    for name in variant_names(path) or [""]
]
FIRST = [names[0] for names in ([n for n in ZOO if n.split("@")[0] == p.stem] for p in families())]


@pytest.mark.parametrize("name", FIRST)
def test_a_family_at_three_sizes(name: str) -> None:
    follows(name)


@pytest.mark.sweep
@pytest.mark.parametrize("name", some(ZOO, 3))
def test_a_variant_at_three_sizes(name: str) -> None:
    follows(name)


def follows(name: str) -> None:
    """Shapes alone, on no device: that of the spec, one a little larger, and one twice as large."""
    document = load(name)
    graph = build(document)
    seen: list[Shape] = []

    def probe(value: Tensor) -> Tensor:
        seen.append(tuple(value.shape[1:]))
        return value

    module = construct(graph, device="meta", probe=probe)
    for numerator in (8, 9, 16):
        sizes = tuple(max(n * numerator // 8, 1) for n in graph.inputs[0].output[1:])
        resized = at(document, graph, sizes)
        if resized is None or pinned(graph, resized):
            assert numerator != 8
            continue
        seen.clear()
        inputs = [torch.empty(2, *n.output, device="meta") for n in resized.inputs]
        checking.evaluate(resized, module, seen, inputs)


# --- one by one ---------------------------------------------------------------------------

BLOCKS = """
name: Net
inputs: {image: [3, 64, 48]}
blocks:
  up:
    params: {size: any, mode: nearest}
    graph: [{conv: {out_channels: 4}}, {upsample: {size: $size, mode: $mode}}]
  outer:
    params: {size: list}
    graph: [{max_pool: 2}, {up: {size: $size}}, relu]
  deep:
    params: {depth: int, side: int}
    graph:
      - {conv: {out_channels: 3}}
      - {when: depth > 0, deep: {depth: $(depth - 1), side: $side}}
      - {when: depth == 0, adaptive_avg_pool: $side}
"""

FORMS = """
name: Net
inputs: {image: [3, 64, 48]}
blocks:
  pool: {params: {size: null}, graph: [{conv: {out_channels: 3}}, {adaptive_max_pool: $size}]}
  margin: {params: {by: any}, graph: [{conv: {out_channels: 3}}, {pad: $by}]}
  cut:
    params: {at: null}
    graph: [{conv: {out_channels: 3}}, {crop: {size: 20, offset: $at}}, {upsample: 2}]
"""

FOLLOWING = {
    "the issue's first": ("", "- {conv: {out_channels: 4, stride: 2}}\n"
        "- upsample: {size: [$input.height, $input.width]}", "size=image.shape[-2:]"),
    "its second": ("", "- avg_pool: [$input.height, $input.width]", "avg_pool2d(x, x.shape[-2:])"),
    "its third": ("", "- reshape: [3, $(input.height * input.width)]",
        "unflatten(1, (3, x.shape[-2] * x.shape[-1]))"),
    "with an id": ("", "- {id: p, avg_pool: $(min(input.height, 9))}", "min(x.shape[-2], 9)"),
    "by index": ("", "- adaptive_max_pool: $(input.shape[1] // 2)", "x.shape[-2] // 2"),
    "rounded up": ("", "- adaptive_max_pool: $(ceil(input.height / 3))", "-(-x.shape[-2] // 3)"),
    "rounded up, of a negative": ("", "- scale: $(ceil(-input.height / -6))",
        "x * -(x.shape[-2] // -6)"),
    "rounded, of decimals": ("", "- adaptive_max_pool: $(floor(input.height / 0.1) // 10)",
        "int(x.shape[-2] / 0.1 // 1) // 10"),
    "a number, a list and null": (FORMS, "- pool:\n- pool: {size: $(input.height // 3)}\n"
        "- pool: {size: [3, $input.width]}", "self[\"2\"](out, x.shape[-1])"),
    "margins of two forms": (FORMS, "- margin: $(input.height // 9)\n"
        "- margin: [1, $(input.height // 9)]", "Margin2"),
    "a place, and none": (FORMS, "- cut:\n- relu\n- cut: {at: $(input.height // 16)}", "Cut2"),
    "through a parameter": (BLOCKS, "- relu\n- up: {size: $(input.height * 2)}",
        "def forward(self, x: Tensor, size: int)"),
    "where the value is at hand": (BLOCKS, "- up: {size: $(input.height * 2)}",
        "size=x.shape[-2] * 2"),
    "through two": (BLOCKS, "- relu\n- outer: {size: [$input.height, $input.width]}",
        "def forward(self, x: Tensor, size: int, size2: int)"),
    "beside a constant": (BLOCKS, "- up: {size: 200}\n- up: {size: $(5 * input.width)}",
        "(x, 200)"),
    "through recursion": (BLOCKS, "- deep: {depth: 3, side: $(input.height // 4)}",
        "def forward(self, x: Tensor, output_size: int)"),
    "in a loop": ("", "- for: {n: '[2 * input.height, 5 * input.width]'}\n  upsample: {size: $n}",
        "size=5 * x.shape[-1]"),
    "in a group": ("", "- {id: g, graph: [{max_pool: 2}, {upsample: {size: $input.height}}]}",
        "size=image.shape[-2]"),
    "in a branch": ("", "- add:\n  - []\n  - [{max_pool: 2}, {upsample: "
        "{size: [$input.height, $input.width]}}]", "shape[-2:]"),
    "margins": ("", "- pad: [[$(input.height // 9), 1], $(input.width // 9)]",
        "F.pad(x, (x.shape[-1] // 9, x.shape[-1] // 9, x.shape[-2] // 9, 1))"),
    "a scale": ("", "- scale: $(1 / input.height)", "x * (1 / x.shape[-2])"),
    "a part": ("", "- crop: {size: 8, offset: $(input.height // 3)}",
        "x.shape[-2] // 3 : x.shape[-2] // 3 + 8"),
    "channels that were a side": ("", "- permute: [1, 0, 2]\n"
        "- channel_slice: {stop: $(input.height // 2)}", "[:, : image.shape[-2] // 2]"),
}  # fmt: skip


@pytest.mark.parametrize("head, graph, said", FOLLOWING.values(), ids=FOLLOWING.keys())
def test_what_follows(head: str, graph: str, said: str) -> None:
    head = head or "name: Net\ninputs: {image: [3, 64, 48]}\n"
    document = document_of(head + "graph:\n" + dedent(graph).replace("\n", "\n  ").join(["  ", ""]))
    spec = build(document)
    source = backend.source(spec)
    written = re.sub(r"(?<=[(\[]) | (?=[)\]])|,(?= [)\]])", "", " ".join(source.split()))
    assert said.replace("image.", "x.") in written.replace("image.", "x.")
    for sizes in ((96, 96), (33, 50)):
        resized = at(document, spec, sizes)
        assert resized is not None and not pinned(spec, resized)
        checking.check(spec, device="cpu", resized=resized)


PINNING = {
    "a kernel": ("{conv: {out_channels: 2, kernel_size: $(input.height // 16)}}", "conv"),
    "a probability": ("{dropout: $(8 / input.height)}", "dropout"),
    "a condition": ("{when: input.height > 70, relu: }", "relu"),
    "a count": ("{repeat: input.height // 32, tanh: }", "tanh"),
    "a choice": ("{adaptive_avg_pool: '$(4 if input.height > 70 else 2)'}", "adaptive_avg_pool"),
    "a list": ("{for: {n: range(input.height // 32)}, tanh: }", "tanh"),
    "a name": ("{id: a$(input.height), relu: }", "relu"),
    "rounds": ("{concat: [{each: {n: range(input.height // 32)}, tanh: }]}", "tanh"),
    "a norm without weights": ("{layer_norm: {elementwise_affine: false}}", "layer_norm"),
    "what a branch is called": ("{id: p64, relu: }\n  - {from: p$(input.height), tanh: }", None),
}  # fmt: skip


@pytest.mark.parametrize("item, op", PINNING.values(), ids=PINNING.keys())
def test_what_pins(item: str, op: str | None) -> None:
    document = document_of(f"name: Net\ninputs: {{x: [3, 64, 64]}}\ngraph:\n  - relu\n  - {item}\n")
    graph = build(document)
    same, resized = at(document, graph, (64, 64)), at(document, graph, (96, 96))
    assert same is not None and not pinned(graph, same)
    if op is None:
        assert resized is None
        return
    assert resized is not None
    with pytest.raises(ArchspecError, match="E506") as caught:
        pipeline.check(graph, resized)
    assert f"`{op}`" in caught.value.diagnostics[0].message


def test_a_kernel_computed_from_a_size_is_told_by_its_attribute() -> None:
    """No pooling before it would help, which is the advice for weights that a size decides on."""
    document = document_of(
        "{name: Net, inputs: {x: [3, 64, 64]},"
        " graph: [{conv: {out_channels: 2, kernel_size: $(input.height // 16)}}]}"
    )
    graph = build(document)
    resized = at(document, graph, (96, 96))
    assert resized is not None
    (problem,) = pinned(graph, resized).values()
    assert (problem.expected, problem.found) == (
        "kernel_size 4, as at the spec's own size",
        "6",
    )
    assert problem.hint == "compile at this size, with --input"


def test_what_no_size_changes_stays_a_number() -> None:
    """Channels do not follow the input, nor what comes after a pool to a fixed size."""
    graph = graph_of("""
        name: Net
        inputs: {x: [3, 64, 64]}
        blocks:
          wide: {graph: [{channel_pad: {after: $input.channels}}]}
          pooled: {graph: [{upsample: {size: $(2 * input.height)}}]}
        graph: [wide, {adaptive_avg_pool: 4}, pooled]
    """)
    assert not any(node.derived for node in graph.nodes)
    assert "shape" not in backend.source(graph)


def test_a_crop_of_a_fixed_size_is_cut_from_the_centre_of_whatever_comes() -> None:
    graph = graph_of("{name: Net, inputs: {x: [1, 9, 9]}, graph: [{crop: [4, 3]}]}")
    module = backend.compile(graph)
    for height, width in ((9, 9), (12, 20), (4, 3)):
        x = torch.randn(2, 1, height, width)
        top, left = (height - 4) // 2, (width - 3) // 2
        torch.testing.assert_close(module(x), x[:, :, top : top + 4, left : left + 3])


@pytest.mark.parametrize("op", ["adaptive_avg_pool", "adaptive_max_pool"])
def test_a_null_keeps_the_only_axis_of_a_line(op: str) -> None:
    graph = graph_of(f"{{name: Net, inputs: {{x: [2, 9]}}, graph: [{{{op}: [null]}}]}}")
    module = backend.compile(graph)
    for length in (9, 14):
        x = torch.randn(2, 2, length)
        assert torch.equal(module(x), x)


def test_what_an_expression_reads_twice_is_computed_once() -> None:
    graph = graph_of(
        "{name: Net, inputs: {x: [2, 9]}, "
        "graph: [{add: [[], [relu]]}, {adaptive_max_pool: [null]}]}"
    )
    assert "x = x + out" in backend.source(graph)
    checking.check(graph, device="cpu")


def test_a_shared_block_is_called_again_at_its_own_size() -> None:
    text = """
        name: Net
        inputs: {x: [3, 32, 32]}
        blocks:
          up:
            params: {by: 2}
            graph:
              - {id: conv, conv: {out_channels: 3}}
              - upsample: {size: [$(by * input.height), $(by * input.width)]}
        graph: [{id: first, up: }, {max_pool: 4}, {id: second, share: first}]
    """
    document = document_of(dedent(text))
    graph = build(document)
    module = backend.compile(graph)
    assert module(torch.randn(1, 3, 48, 20)).shape == (1, 3, 48, 20)
    x = torch.randn(1, 3, 32, 32)
    y = F.max_pool2d(F.interpolate(module.first.conv(x), scale_factor=2), 4)
    wanted = F.interpolate(module.first.conv(y), scale_factor=2)
    torch.testing.assert_close(module(x), wanted)


def test_what_is_shared_out_of_a_block_keeps_its_size() -> None:
    text = """
        name: Net
        inputs: {x: [3, 32, 32]}
        blocks:
          b:
            outputs: {made: made}
            graph: [{max_pool: 2}, {id: made, upsample: {size: $input.height}}]
        graph: [{max_pool: 2}, {id: first, b: }, relu, {share: first.made}]
    """
    document = document_of(dedent(text))
    graph = build(document)
    checking.check(graph, device="cpu")
    resized = at(document, graph, (48, 48))
    assert resized is not None and list(pinned(graph, resized)) == [graph.nodes[-1]]


def test_an_op_can_write_what_it_says_may_follow() -> None:
    for op in map(REGISTRY.__getitem__, list(REGISTRY)):
        assert set(op.sized) <= set(op.model_fields)
        assert not op.sized or LOWERINGS.find(op) is not None


# --- the numbers --------------------------------------------------------------------------


def test_a_number_remembers_how_it_was_computed() -> None:
    graph = graph_of("{name: Net, inputs: {x: [3, 8, 9]}, graph: [relu]}")
    axis = Axis(graph.inputs[0], 1)
    height = Size(8, axis)
    assert derived.traced(height // 3, "//", height, 3).tree == Apply("//", (axis, 3), 3)
    assert derived.plain((1, [height])) == (1, [8])
    assert type(derived.plain(height)) is int
    assert pickle.loads(pickle.dumps(Size(8, "tree"))).tree == "tree"
    assert copy.copy(height).tree is axis
    tree = derived.traced(4.0, "/", height, 2).tree
    assert derived.compute(tree, lambda a: 10 * (a.axis + 1)) == 10.0


def test_a_number_whose_expression_doubles_at_each_step_is_a_plain_one_in_time() -> None:
    number = Size(1, Axis(None, 1))
    for _ in range(1000):
        number = derived.traced(1, "*", number, number)
    assert not derived.is_derived(number)
