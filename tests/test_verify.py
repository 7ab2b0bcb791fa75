"""What is wrong with a graph is noticed, whatever was done to it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest

from archspec import pipeline
from archspec.diagnostics import Source
from archspec.elaboration.build import build
from archspec.frontend.loading import load_source
from archspec.ir.edit import edit
from archspec.ir.graph import Graph, Output
from archspec.ir.verify import Unsound, verify
from tests.frozen import NETWORKS
from tests.pieces import graph_of
from tests.sweeping import some

SPEC = """
name: Small
inputs: {image: [3, 16, 16]}
blocks:
  unit:
    params: {channels: int}
    graph:
      - {id: conv, conv: {out_channels: $channels, kernel_size: 3, padding: 1}}
      - {id: norm, batch_norm: }
      - relu
graph:
  - {id: first, unit: 8}
  - {id: second, unit: 8}
  - {id: sum, add: [identity, [{id: again, conv: {out_channels: 8, kernel_size: 3, padding: 1}}]]}
  - {id: aux, from: first, conv: 4}
  - {id: small, from: sum, max_pool: 2}
  - {id: large, upsample: {like: sum}}
outputs: {y: large, side: {from: aux, train_only: true}}
"""


def small() -> Graph:
    """A graph with a merge, a head for training and a size from a value."""
    return build(load_source(Source("small.yaml", SPEC)))


def _swap(graph: Graph) -> None:
    graph.nodes[1], graph.nodes[2] = graph.nodes[2], graph.nodes[1]


def _drop(graph: Graph) -> None:
    graph.nodes.remove(graph.by_path["first.norm"])


def _rename(graph: Graph) -> None:
    graph.by_path["first.norm"].path = "first.bn.1"


def _same_name(graph: Graph) -> None:
    graph.by_path["first.norm"].path = "first.conv"


def _shape(graph: Graph) -> None:
    graph.by_path["small"].output = (8, 9, 9)


def _loose(graph: Graph) -> None:
    graph.outputs[0] = Output("y", graph.by_path["sum"])


def _later(graph: Graph) -> None:
    graph.by_path["first.norm"].inputs = (graph.by_path["sum"],)


def _other_graph(graph: Graph) -> None:
    graph.by_path["first.norm"].inputs = (small().by_path["first.conv"],)


def _misfit(graph: Graph) -> None:
    graph.by_path["sum"].inputs = (graph.by_path["sum"].inputs[0], graph.inputs[0])


def _nobodys(graph: Graph) -> None:
    graph.by_path["second.conv"].lender = replace(graph.by_path["second.conv"], path="third.conv")


def _chained(graph: Graph) -> None:
    graph.by_path["second.conv"].lender = graph.by_path["again"]
    graph.by_path["again"].lender = graph.by_path["second.norm"]


def _unlike(graph: Graph) -> None:
    graph.by_path["second.conv"].lender = graph.by_path["first.conv"]


def _scope(graph: Graph) -> None:
    graph.by_path["aux"].scope = graph.by_path["first.conv"].scope


def _foreign(graph: Graph) -> None:
    graph.by_path["first.conv"].scope.output = (small().by_path["first.norm"],)


def _two_outputs(graph: Graph) -> None:
    graph.outputs.append(Output("y", graph.by_path["sum"]))


def _lost_output(graph: Graph) -> None:
    graph.outputs[0] = Output("y", small().by_path["large"])


def _training(graph: Graph) -> None:
    graph.by_path["aux"].train_only = False


def _weight(graph: Graph) -> None:
    graph.outputs[0] = Output("y", graph.by_path["large"], loss_weight=0)


def _no_output(graph: Graph) -> None:
    graph.outputs = [o for o in graph.outputs if o.train_only]


def _input(graph: Graph) -> None:
    graph.inputs = []


def _border(graph: Graph) -> None:
    graph.instances[2].inputs = ()


def _hidden(graph: Graph) -> None:
    value = graph.by_path["first.norm"]
    graph.by_path["aux"].inputs = (value,)


def _word(graph: Graph) -> None:
    graph.by_path["sum"].path = "self"


def _position(graph: Graph) -> None:
    graph.by_path["first.2"].path = "first.02"


def _role(graph: Graph) -> None:
    graph.instances[1].role = "group"


def _formals(graph: Graph) -> None:
    block = graph.instances[1].block
    assert block is not None
    graph.instances[1].block = replace(block, inputs=("x", "y"))


def _memory(graph: Graph) -> None:
    node = graph.by_path["first.2"]
    node.op = node.op.model_copy(update={"inplace": True})
    graph.instances[1].output = (graph.by_path["first.norm"], node)
    graph.by_path["aux"].inputs = (graph.by_path["first.norm"],)


def _lends_later(graph: Graph) -> None:
    graph.by_path["first.norm"].lender = graph.by_path["second.norm"]


def _circle(graph: Graph) -> None:
    graph.by_path["first.conv"].inputs = (graph.by_path["first.2"],)


DAMAGE: dict[Callable[[Graph], None], str] = {
    _swap: "another place in the tree",
    _drop: "the tree and the nodes differ by `first.norm`",
    _rename: "`first.bn.1` is no name of what stands in `first`",
    _same_name: "2 nodes have the path `first.conv`",
    _shape: "`small` gives [8, 8, 8], and says [8, 9, 9]",
    _loose: "`small` is needed by no output",
    _later: "`first.norm` reads `sum`, which does not stand before it",
    _other_graph: "`first.norm` reads `first.conv`, which does not stand before it",
    _misfit: "`sum` (add) cannot stand there: the operands of `add` disagree",
    _nobodys: "the tensors of `third.conv`, which there is not",
    _chained: "which has none of its own",
    _unlike: "other tensors, and would share them",
    _scope: "`aux` stands in `` and does not say so",
    _foreign: "`first` speaks of `first.norm`",
    _two_outputs: "2 outputs are called `y`",
    _lost_output: "the output `y` is no node of the graph",
    _training: "`aux` says that it is needed in evaluation",
    _weight: "the loss weight of the output `y` is a finite number above 0: 0",
    _no_output: "no output stays in evaluation",
    _border: "`first.2` is read in `second`, and is none of its inputs",
    _hidden: "`first.norm` is read outside `first`, and is none of its outputs",
    _word: "`self` cannot be called so: it is a word of Python",
    _position: "`first.02` cannot be called so",
    _role: "`first` is said to be a group",
    _formals: "`first` has 2 inputs, and is fed 1 values",
    _memory: "`first.2` (relu) overwrites `first.norm`, which is needed elsewhere",
    _lends_later: "uses the tensors of `second.norm`, which comes later",
    _circle: "there is a cycle: `first.conv`, `first.norm`, `first.2`",
    _input: "the tree and the nodes differ by `image`",
}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__.strip("_"))
def test_damage_is_noticed(damage: Callable[[Graph], None]) -> None:
    graph = small()
    verify(graph)
    damage(graph)
    graph = copy.copy(graph)  # whose indices are not yet made
    for name in ("by_path", "readers", "instances", "dag"):
        graph.__dict__.pop(name, None)
    with pytest.raises(Unsound) as caught:
        verify(graph)
    assert DAMAGE[damage] in str(caught.value)


def _given_shape(graph: Graph) -> None:
    graph.by_path["large"].output = (7,)


@pytest.mark.parametrize("analysis", [pipeline.paths, pipeline.render, pipeline.stats])
@pytest.mark.parametrize("damage", [_circle, _scope, _given_shape])
def test_no_analysis_takes_what_was_damaged(
    damage: Callable[[Graph], None], analysis: Callable[[Graph], object]
) -> None:
    graph = small()
    damage(graph)
    with pytest.raises(Unsound):
        analysis(graph)


@pytest.mark.sweep
@pytest.mark.parametrize("name", some(NETWORKS, 30))
def test_shipped_networks_hold_together(name: str) -> None:
    verify(pipeline.elaborate(name))


def test_a_size_from_outside_is_a_parameter_and_no_input() -> None:
    graph = graph_of(
        "name: Sized\ninputs: {x: [4, 8, 8]}\n"
        "blocks: {unit: {params: {size: list}, graph: [{id: up, upsample: {size: $size}}]}}\n"
        "graph: [{max_pool: 2}, {id: unit, unit: {size: [$input.height, $input.width]}}, relu]\n"
    )
    verify(graph)
    graph.provenance = graph.origin = None
    verify(graph)
    with edit(graph) as editor:
        editor.insert("tanh", before="unit.up")
    assert len(editor.graph.instances[1].inputs) == 1
    assert editor.graph.by_path["unit.up"].derived
