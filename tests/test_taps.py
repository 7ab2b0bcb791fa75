"""Values taken out of groups, loops and conditions, by outputs and by other nodes.

Each spec is also compiled, checked against its graph and compared with its nodes run one by one.
"""

from __future__ import annotations

import pytest
from hypothesis import given

from archspec import stats
from archspec.backends.torch import backend
from tests.strategies import graph_of
from tests.sweeping import drawn
from tests.switching import switched_specs
from tests.tapping import tapped_specs
from tests.test_emission import emitted, holds
from tests.test_properties import check_outputs, check_tensors, check_values


def test_a_group_that_an_output_looks_into_is_no_sequence() -> None:
    source = emitted("""
        graph:
          - id: g
            graph: [{conv: 8}, {id: a, relu: }, {conv: 8}]
        outputs: {end: g, extra: g.a}
    """)
    holds(source, "x = self.g.a(x)", 'out = self.g["2"](x)', '{"end": out, "extra": x}')


def test_a_group_that_a_block_takes_a_value_from_is_no_sequence() -> None:
    source = emitted("""
        blocks:
          b:
            graph:
              - id: g
                graph: [{id: h, graph: [{conv: 4}, {id: a, relu: }, {conv: 4}]}, tanh]
              - {id: end, sigmoid: }
            outputs: {left: g.h.a, right: end}
        graph: [{id: both, b: }, {from: both.right, relu: }]
    """)
    holds(source, "a = self.g.h.a(x)", "return a, x", "_, right = self.both(x)")


def test_only_the_round_of_a_loop_that_an_output_looks_into_is_no_sequence() -> None:
    source = emitted("""
        graph:
          - for: {i: range(2)}
            id: layer$(i + 1)
            graph:
              - conv: 4
              - {when: i == 1, graph: [{id: 2, conv: 4}, tanh]}
        outputs: {end: layer2, side: layer2.2}
    """)
    holds(source, "self.layer1 = nn.Sequential(", "self.layer2 = nn.ModuleDict()")


def test_a_value_enters_a_condition_within_a_condition() -> None:
    source = emitted("""
        blocks:
          b:
            params: {flag: bool, stride: int}
            graph:
              - {when: flag, graph: [{id: first, conv: 4}, {id: second, batch_norm: }]}
              - when: not flag
                add:
                  - {id: first, conv: {out_channels: 4, stride: $stride}}
                  - [{id: down, when: stride != 1, conv: {out_channels: 4, stride: 2}}]
        graph:
          - conv: 4
          - b: {flag: false, stride: 1}
          - b: {flag: false, stride: 2}
          - b: {flag: true, stride: 1}
    """)
    holds(source, "self.down: nn.Module = nn.Identity()", "x = self.down(x) x = out + x")


@pytest.mark.parametrize("form", ["sigmoid", "graph: [sigmoid, gelu]"])
def test_a_condition_within_a_condition_is_an_if_within_an_if(form: str) -> None:
    form = form if ":" in form else f"{form}: "
    source = emitted(f"""
        blocks:
          b:
            params: {{flag: bool, n: int}}
            graph:
              - {{when: flag, graph: [{{when: n > 1, {form}}}, {{when: n > 0, tanh: }}, relu]}}
              - {{id: last, conv: 4}}
        graph:
          - conv: 4
          - b: {{flag: false, n: 1}}
          - b: {{flag: true, n: 0}}
          - b: {{flag: true, n: 1}}
          - b: {{flag: true, n: 2}}
    """)
    holds(source, "if self.flag: if self.n > 1:", "if self.n > 0:")


def test_a_group_of_which_nothing_is_left_is_no_module() -> None:
    source = emitted("""
        blocks:
          b:
            params: {flag: bool, n: int}
            graph:
              - for: {i: range(n)}
                id: part$(i)
                graph: [{when: flag, graph: [conv: 4]}]
              - relu
        graph:
          - conv: 4
          - b: {flag: false, n: 2}
          - b: {flag: false, n: 1}
    """)
    holds(source, "super().__init__( nn.Conv2d(3, 4, kernel_size=1), *(B() for _ in range(2)), )")


@drawn(2_000, 5)
@given(tapped_specs() | switched_specs())
def test_values_are_taken_out_of_anything(text: str) -> None:
    graph = graph_of(text)
    module = backend.compile(graph, device="meta")
    check_tensors(graph, module)
    check_outputs(graph, module)
    check_values(graph)
    assert stats(graph) is not None
