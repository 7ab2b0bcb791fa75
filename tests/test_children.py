"""Which nodes are modules of their own: the op says so, and no target."""

from __future__ import annotations

import pytest

from archspec import pipeline, zoo
from archspec.backends.torch.target import TORCH, Torch
from archspec.codegen.forms import Layer
from archspec.codegen.schedule import schedule
from archspec.ops import Op, Shape
from archspec.ops.base import REGISTRY
from tests.test_emission import emitted, holds


class Wordless(Torch):
    """A target that can write no op at all."""

    def form(self, op: Op, inputs: tuple[Shape, ...]) -> Layer | None:
        return None


FAMILIES = sorted({entry.family for entry in zoo.networks()})


@pytest.mark.parametrize("name", [*FAMILIES, "dla102", "fcn8s", "ror3_110"])
def test_the_order_and_the_lifetimes_are_the_same_in_every_target(name: str) -> None:
    """Those with variants beside: a sum of many, a crop in a row, a slice."""
    graph = pipeline.elaborate(name)
    for training in (False, True):
        ours = schedule(graph, TORCH, training=training)
        assert ours == schedule(graph, Wordless(), training=training), training


FORKED = """
    graph:
      - {{id: a, conv: 8}}
      - {{id: named, {op}}}
      - {op}
      - add: [identity, a]
"""


@pytest.mark.parametrize(
    ("op", "named", "call"),
    [
        ("relu: ", "nn.ReLU()", "F.relu(out)"),
        ("softmax: 0", "nn.Softmax(dim=1)", "F.softmax(out, dim=1)"),
        ("max_pool: {kernel_size: 3, stride: 1, padding: 1}", "nn.MaxPool2d", "F.max_pool2d(out"),
        ("local_response_norm: 5", "nn.LocalResponseNorm(5", "F.local_response_norm(out"),
        ("upsample: {scale_factor: 1}", "nn.Upsample(", "F.interpolate(out"),
    ],
)
def test_what_people_keep_as_a_layer_is_a_module_by_its_id(op: str, named: str, call: str) -> None:
    source = emitted(FORKED.format(op=op))
    holds(source, f"self.named = {named}", "out = self.named(x)", call)
    assert source.count("self.named = ") == 1


@pytest.mark.parametrize(
    ("op", "call"),
    [
        ("permute: [0, 2, 1]", "x.permute(0, 1, 3, 2)"),
        ("channel_shuffle: 2", "F.channel_shuffle(x, 2)"),
        ("scale: 2", "x * 2"),
        ("reshape: [8, 8, 8]", "torch.flatten(x, 1).unflatten(1, (8, 8, 8))"),
    ],
)
def test_an_op_of_shape_is_a_call_with_an_id_too(op: str, call: str) -> None:
    source = emitted(FORKED.format(op=op))
    holds(source, call)
    assert "self.named" not in source


def test_a_flatten_with_an_id_is_a_call_and_a_module_in_a_sequence() -> None:
    source = emitted("""
        graph:
          - {id: a, conv: 8}
          - add: [[tanh], [relu]]
          - {id: flat, flatten: }
          - {id: head, graph: [{id: fc, linear: 8}, {id: flat, flatten: }, {id: out, linear: 4}]}
    """)
    holds(source, "torch.flatten(", "nn.Flatten()")
    assert "self.flat = " not in source


def test_each_op_says_when_it_is_a_child() -> None:
    words = {name: op.child for name, op in REGISTRY.items()}
    assert all(words[n] == "never" for n, op in REGISTRY.items() if op.merges)
    assert {words[n] for n in ("flatten", "reshape", "permute", "channel_slice")} == {"linked"}
    assert {words[n] for n in ("relu", "max_pool", "dropout", "batch_norm")} == {"named"}


SHARED = """
    blocks:
      unit:
        graph:
          - add:
              - [{id: conv, conv: 8}, {id: relu, relu: }, {id: last, conv: 8}]
              - identity
          - share: relu
    graph: [{conv: 8}, {repeat: 2, unit: }]
"""


def test_an_activation_that_is_shared_is_one_module_that_is_called_twice() -> None:
    source = emitted(SHARED)
    holds(source, "self.relu = nn.ReLU()", "out = self.relu(out)", "return self.relu(out + x)")
    assert source.count("ReLU") == 1 and "F.relu" not in source


def test_a_merge_lends_no_module() -> None:
    source = emitted("""
        graph:
          - {id: sum, add: [[conv: 4], [conv: 4]]}
          - {id: flat, flatten: }
          - {id: fc, linear: 4}
          - share: flat
          - add: [[linear: 4], identity]
    """)
    assert source.count("torch.flatten(") == 2 and "self.flat" not in source


def test_blocks_that_share_what_has_no_weights_are_alike() -> None:
    """In what is told of them, equal blocks are counted as several of one."""
    graph = pipeline.elaborate("resnet50")
    told = pipeline.explain(graph, "layer1.1")
    assert told.alike == ("layer1.1", "layer1.2")
    assert not any(node.shared for node in graph.nodes)
