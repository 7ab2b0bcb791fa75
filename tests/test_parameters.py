"""What parameters may be: of a type, of the kind of their default, or one of several choices."""

from __future__ import annotations

import pytest

from archspec import pipeline
from archspec.diagnostics import ArchspecError, Source
from archspec.elaboration.build import build
from archspec.frontend.loading import load, load_source
from tests.pieces import graph_of

NUMBERS = """
name: T
inputs: {x: [8, 12, 12]}
blocks:
  unit:
    params: {channels: int, slope: 0, kernel_size: 1, width: {int: 2}}
    graph:
      - conv: {out_channels: $(width * channels), kernel_size: $kernel_size}
      - leaky_relu: $slope
graph:
"""


def test_a_number_is_a_default_for_any_number() -> None:
    graph = graph_of(NUMBERS + "- unit: {channels: 4, slope: 0.2}")
    assert graph.nodes[-1].op.model_dump()["negative_slope"] == 0.2


def test_the_op_says_where_it_takes_no_fraction() -> None:
    with pytest.raises(ArchspecError) as caught:
        graph_of(NUMBERS + "- {id: u, unit: {channels: 4, kernel_size: 1.5}}")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "E210"
    assert "in: u (unit)" in diagnostic.render()


def test_a_type_beside_the_default_still_says_what_is_right() -> None:
    with pytest.raises(ArchspecError, match="E414"):
        graph_of(NUMBERS + "- unit: {channels: 4, width: 1.5}")


CHOICES = """
name: T
inputs: {x: [8, 12, 12]}
params: {norm: {one_of: [batch, null, 1], default: batch}}
variants: {none: {norm: null}, one: {norm: 1}, computed: {norm: "$('bat' + 'ch')"}}
graph:
- {when: norm == 'batch', batch_norm: }
- relu
"""


@pytest.mark.parametrize("variant, nodes", [("none", 2), ("one", 2), ("computed", 3)])
def test_a_choice_may_be_any_value(variant: str, nodes: int) -> None:
    graph = build(load_source(Source("spec.yaml", CHOICES)), variant=variant)
    assert len(graph.nodes) == nodes


def test_true_is_not_one() -> None:
    with pytest.raises(ArchspecError, match="E414"):
        pipeline.elaborate(load("resnet18"), params={"shortcut": True})


@pytest.mark.parametrize("spec", ["resnet18", "resnet20", "wrn16_8", "preact_resnet110"])
def test_the_zoo_has_no_shortcut_of_another_kind(spec: str) -> None:
    with pytest.raises(ArchspecError) as caught:
        pipeline.elaborate(spec, params={"shortcut": "D"})
    assert "expected: `A`, `B`, `C`" in str(caught.value)


REQUIRING = """
name: T
inputs: {x: [8, 12, 12]}
params: {depth: 10}
require: [{that: depth % 6 == 4, else: "6n + 4, not $depth"}]
blocks:
  unit:
    params: {groups: int}
    require: [{that: input.channels % groups == 0, else: it does not divide}]
    graph: [conv: {out_channels: $input.channels, groups: $groups}]
graph:
- {repeat: depth // 2, unit: 4}
"""


def test_what_is_required_and_holds_changes_nothing() -> None:
    asked = graph_of(REQUIRING)
    bare = graph_of("\n".join(li for li in REQUIRING.splitlines() if "require" not in li))
    assert [(n.path, n.op) for n in asked.nodes] == [(n.path, n.op) for n in bare.nodes]


def test_a_requirement_is_asked_before_anything_is_built() -> None:
    with pytest.raises(ArchspecError) as caught:
        graph_of(REQUIRING.replace("depth: 10", "depth: 100000001"))
    assert [d.message for d in caught.value.diagnostics] == ["6n + 4, not 100000001"]


def test_it_is_asked_of_every_instance_once() -> None:
    with pytest.raises(ArchspecError) as caught:
        graph_of(REQUIRING.replace("unit: 4}", "unit: 3}"))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == "it does not divide"
    assert [frame.path for frame in diagnostic.chain] == ["0"]


def test_the_zoo_says_what_depths_there_are() -> None:
    with pytest.raises(ArchspecError, match="a WRN has"):
        pipeline.elaborate("wrn16_8", params={"n": 17})
