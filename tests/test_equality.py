"""Modules are compared with their graphs in values, and whatever is wrong in one is noticed."""

from __future__ import annotations

import re
import weakref
from typing import Any

import pytest
import torch

import archspec
from archspec.backends.torch.equality import compare
from archspec.backends.torch.fingerprints import fingerprint
from archspec.backends.torch.grouped import conv2d
from archspec.backends.torch.interpreter import interpret
from archspec.backends.torch.runtime import construct, load_source
from archspec.backends.torch.shrinking import quick_setting
from archspec.backends.torch.source import write
from archspec.backends.torch.state import check_constants, random_state
from archspec.diagnostics import ArchspecError
from archspec.ir.graph import Graph
from tests.pieces import graph_of
from tests.sweeping import some
from tests.test_derived import ZOO
from tests.test_module import HEADS, RESIDUAL

STOCHASTIC = """
name: Stochastic
inputs: {image: [4, 9, 9]}
params: {rates: [0.1, 0.2]}
blocks:
  unit:
    params: {rate: float}
    graph:
      - subtract:
          - [{id: a, conv: {out_channels: 4, kernel_size: 3, padding: 1}}, {drop_path: $rate}]
          - [{id: b, conv: {out_channels: 4, kernel_size: 3, padding: 1}}, tanh]
      - {id: affine, channel_affine: }
      - {id: norm, instance_norm: {affine: true, track_running_stats: true, momentum: 0.3}}
graph:
  - {for: {rate: rates}, unit: $rate}
  - {id: masked, masked_conv: {out_channels: 4, kernel_size: 3, padding: 1, kernel_mask: A}}
  - {id: join, fractal_join: [[], [{dropout: 0.4}], [{pad: 1}, {crop: {size: 9}}]]}
  - {concat: [[], [{channel_slice: {start: 1}}]]}
  - flatten
  - {id: fc, linear: 3}
"""

SPECS = {"residual": RESIDUAL, "heads": HEADS, "stochastic": STOCHASTIC}

UNSETTLED = "out = self.bn1(out)\n        self.bn1.running_mean += 0.001"

# The network, what is replaced in the emitted text, by what, and where the error must point: the
# node, or what is said of the whole network.
MUTANTS: list[tuple[str, str, str, str]] = [
    # attributes that change values
    (
        "residual",
        "inplace=True)\n        out = self.conv2",
        "inplace=True) + 1e-6\n        out = self.conv2",
        "layer1.0.conv2",
    ),
    ("residual", "nn.BatchNorm2d(channels)", "nn.BatchNorm2d(channels, eps=1e-6)", "layer1.0.bn1"),
    (
        "residual",
        "nn.BatchNorm2d(channels)",
        "nn.BatchNorm2d(channels, momentum=0.2)",
        "layer1.0.bn1",
    ),
    ("residual", "nn.Dropout()", "nn.Dropout(0.4)", "`dropout` at `5`"),
    (
        "heads",
        "nn.MaxPool2d(3, stride=1, padding=1)",
        "nn.AvgPool2d(3, stride=1, padding=1)",
        "a.branch3.0",
    ),
    ("stochastic", "rate=0.1", "rate=0.11", "`drop_path` at `0.1`"),
    ("stochastic", "momentum=0.3", "momentum=0.1", "0.norm"),
    ("stochastic", "(1, 1, 1, 1))", '(1, 1, 1, 1), "replicate")', "`pad` at `4`"),
    # operands and wiring
    ("residual", "self.down(x)", "self.down(x * 1.0000001)", "`add` at `layer1.0.4`"),
    ("residual", "F.relu(out + shortcut,", "F.relu(out,", "`add` at `layer1.0.4`"),
    ("residual", "F.relu(out + shortcut,", "F.relu(out - shortcut,", "`add` at `layer1.0.4`"),
    ("heads", "[branch1, branch2, branch3]", "[branch2, branch1, branch3]", "`concat` at `a.3`"),
    ("heads", "branch2 = self.branch2(x)", "branch2 = self.branch2(x.flip(0))", "a.branch2.0.conv"),
    ("heads", "aux = self.aux(x)", "aux = self.aux(x.flip(1))", "`adaptive_avg_pool` at `aux.0`"),
    ("stochastic", "branch1 - branch2", "branch2 - branch1", "`subtract` at `0.4`"),
    ("stochastic", "[x, channel_slice]", "[channel_slice, x]", "`concat` at `8`"),
    ("stochastic", "x[:, 1:]", "x[:, :-1]", "`channel_slice` at `7`"),
    # something left out
    ("residual", "        x = self.dropout(x)\n", "", "`dropout` at `5`"),
    (
        "heads",
        "        x = F.relu(x)\n        x = self.dropout",
        "        x = self.dropout",
        "`relu` at `aux.3`",
    ),
    ("stochastic", "        branch2 = torch.tanh(branch2)\n", "", "`tanh` at `0.3`"),
    # outputs, modes, draws, buffers and gradients
    ("heads", '"aux": aux}', '"aux": x}', "aux.fc2"),
    ("heads", '"aux": 0.3', '"aux": 0.31', "weights of losses"),
    ("heads", '"logits": x, "aux": aux', '"aux": aux, "logits": x', "does not return"),
    (
        "heads",
        "x = self.b(x)",
        "x = self.b(x) if self.training else self.b(x).relu() * 2",
        "`global_avg_pool` at `2`",
    ),
    ("stochastic", "self.training)", "self.training, p=0.149)", "with other numbers"),
    (
        "stochastic",
        "self.training)",
        "self.training, p=0.15 + 0 * torch.rand(1))",
        "random numbers",
    ),
    ("stochastic", 'kernel_mask="A"', 'kernel_mask="B"', "masked.mask"),
    (
        "residual",
        "        self.fc = nn.Linear(16, 5)\n",
        "        self.fc = nn.Linear(16, 5)\n        self.fc.bias.requires_grad_(False)\n",
        "fc.bias",
    ),
    ("residual", "self.fc(x)", "self.fc(x.detach())", "layer2.1.conv2"),
    (
        "residual",
        "out = self.bn1(out)",
        "out = self.bn1(out)\n        self.bn1.running_mean += 0.001",
        "update the `batch_norm` at `layer1.0.bn1`",
    ),
]


def mutated(graph: Graph, before: str, after: str) -> torch.nn.Module:
    """The module of the emitted text with one place changed, wherever that stands first."""
    text, name = write(graph)
    assert before in text, text
    module: torch.nn.Module = getattr(load_source(text.replace(before, after, 1)), name)()
    return module


@pytest.mark.parametrize(("network", "before", "after", "where"), MUTANTS)
def test_a_wrong_module_is_noticed_and_the_node_named(
    network: str, before: str, after: str, where: str
) -> None:
    graph = graph_of(SPECS[network])
    module = mutated(graph, before, after)
    with pytest.raises(ArchspecError) as caught:
        check_constants(graph, module)
        compare(graph, module)
    first = caught.value.diagnostics[0]
    assert first.code == "E606"
    assert where in first.message, str(caught.value)


@pytest.mark.parametrize("text", SPECS.values(), ids=SPECS)
def test_what_is_right_is_equal_in_every_part(text: str) -> None:
    graph = graph_of(text)
    equal = compare(graph, construct(graph, device="meta"))
    tensors = [t for _, tensors in graph.owners() for t in tensors]
    assert equal.values == sum(2 - n.train_only for n in graph.nodes if n.inputs)
    assert equal.gradients == sum(t.trainable for t in tensors)
    assert equal.buffers == sum(not t.trainable for t in tensors)


def test_a_difference_has_its_place_and_the_blocks_around_it() -> None:
    """The message says where in the spec, and how far the values are apart."""
    graph = graph_of(SPECS["residual"])
    with pytest.raises(ArchspecError) as caught:
        compare(graph, mutated(graph, "out + shortcut", "out - shortcut"))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.span is not None
    assert diagnostic.span.text.startswith("add")
    assert [frame.path for frame in diagnostic.chain] == ["layer1.0"]
    assert re.search(r"differs by up to \d", diagnostic.found or "")


def test_values_of_which_little_can_be_told_are_counted() -> None:
    graph = graph_of("name: Z\ninputs: {x: [3]}\ngraph: [{scale: 0.0}, tanh]\n")
    equal = compare(graph, construct(graph, device="meta"))
    assert (equal.values, equal.blank) == (4, 4)
    assert str(equal).endswith("4 values equal those of the graph (4 values are 0 or not finite)")


def test_values_are_such_that_a_grid_lies_within_its_image() -> None:
    graph = archspec.load("spatial_transformer")
    with pytest.raises(ArchspecError, match="`grid_sample`"):
        compare(graph, mutated(graph, "align_corners=False", "align_corners=True"))


@pytest.mark.parametrize("seed", range(3))
def test_values_do_not_die_in_deep_networks_of_few_channels(seed: int) -> None:
    unit = "[{conv: {out_channels: 4, kernel_size: 3, padding: 1}}, batch_norm, relu]"
    graph = graph_of(f"name: D\ninputs: {{x: [4, 4, 4]}}\ngraph: [{{repeat: 30, graph: {unit}}}]\n")
    module = construct(graph, device="meta")
    assert compare(graph, module, seed=seed).blank == 0


def test_the_random_generator_of_the_user_is_left_alone() -> None:
    graph = graph_of(SPECS["stochastic"])
    torch.manual_seed(3)
    wanted = torch.rand(4)
    torch.manual_seed(3)
    compare(graph, construct(graph, device="meta"))
    assert torch.equal(torch.rand(4), wanted)


@pytest.mark.sweep
@pytest.mark.parametrize("name", some(ZOO, 3))
def test_a_variant_computes_what_its_graph_says(name: str) -> None:
    graph = archspec.load(name)
    module = construct(graph, device="meta")
    equal = compare(graph, module, setting=quick_setting(graph))
    if equal.blank:  # a grid that is drawn may lie beside its image: other numbers tell more
        equal = compare(graph, module, setting=quick_setting(graph), seed=1)
    assert not equal.blank
    assert equal.gradients == len(list(module.parameters()))


# --- the interpreter ------------------------------------------------------------------------


def test_a_value_is_let_go_after_its_last_reader() -> None:
    graph = graph_of("name: Chain\ninputs: {x: [2, 4, 4]}\ngraph: [{repeat: 50, tanh: }]\n")
    alive: list[weakref.ref[torch.Tensor]] = []

    def watch(_: object, value: torch.Tensor, __: object) -> None:
        alive.append(weakref.ref(value))
        assert sum(ref() is not None for ref in alive) <= 3

    with torch.no_grad():
        interpret(graph, {}, [torch.randn(1, 2, 4, 4)], watch=watch)
    assert len(alive) == 50


def test_training_updates_the_buffers_as_pytorch_does() -> None:
    graph = graph_of(
        "name: B\ninputs: {x: [3, 4, 4]}\ngraph: [{id: n, batch_norm: {momentum: 0.3}}]\n"
    )
    state = random_state(graph, 0, dtype=torch.float64)
    ours = torch.nn.BatchNorm2d(3, momentum=0.3).double()
    ours.load_state_dict({k.removeprefix("n."): v.detach().clone() for k, v in state.items()})
    x = torch.randn(2, 3, 4, 4, dtype=torch.float64)
    for training in (True, True, False):
        (found,) = interpret(graph, state, [x], training=training).values()
        assert torch.equal(found, ours.train(training)(x))
    for key, value in ours.state_dict().items():
        assert torch.equal(state[f"n.{key}"], value), key


def test_no_operand_is_overwritten() -> None:
    graph = graph_of("name: I\ninputs: {x: [9]}\ngraph: [tanh, {relu: {inplace: true}}]\n")
    read: list[torch.Tensor] = []
    interpret(graph, {}, [torch.randn(2, 9)], watch=lambda _, __, operands: read.extend(operands))
    x, between = read
    assert torch.equal(between, torch.tanh(x))


# --- what values are compared by ------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 7, 4096, 9001])
@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_fingerprints_tell_values_apart(size: int, scale: float) -> None:
    torch.manual_seed(0)
    value = torch.randn(size, dtype=torch.float64) * scale
    other = value.clone()
    other[size // 2] *= 1 + 1e-5
    assert fingerprint(value).matches(fingerprint(value * (1 + 1e-13)))
    assert not fingerprint(value).matches(fingerprint(other))
    assert not fingerprint(value).matches(fingerprint(-value))
    if size > 1:
        assert not fingerprint(value).matches(fingerprint(value.roll(1)))
    other[0] = float("nan")
    assert not fingerprint(value).matches(fingerprint(other))
    assert fingerprint(other).matches(fingerprint(other.clone()))


@pytest.mark.parametrize(
    "given",
    [
        {"groups": 8},
        {"groups": 4, "stride": 2, "padding": (1, 2), "dilation": (2, 1)},
        {"groups": 2, "stride": (1, 3), "padding": 3},
        {"groups": 8, "padding": "same"},
    ],
    ids=str,
)
def test_grouped_convolutions_are_those_of_pytorch(given: dict[str, Any]) -> None:
    torch.manual_seed(0)
    x, weight, bias = (
        torch.randn(*shape, dtype=torch.float64)
        for shape in ((3, 8, 13, 17), (16, 8 // given["groups"], 3, 5), (16,))
    )
    torch.testing.assert_close(
        conv2d(x, weight, bias, **given),
        torch.conv2d(x, weight, bias, **given),
        rtol=1e-12,
        atol=1e-12,
    )


def test_large_networks_are_compared_on_small_images_where_no_layer_pins_the_size() -> None:
    assert quick_setting(archspec.load("resnet50")).sizes == ((3, 56, 56),)
    assert quick_setting(archspec.load("lenet")).sizes == ((1, 32, 32),)
    pinned = quick_setting(archspec.load("googlenet"))
    assert (pinned.sizes, pinned.evaluated, pinned.trained) == (((3, 224, 224),), 2, 1)
