"""Specs whose emitted code is easily wrong in its values alone: shapes agree either way."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from torch import Tensor, nn

from archspec.backends.torch import backend
from archspec.backends.torch.interpreter import build
from archspec.backends.torch.layers import LOWERINGS
from archspec.diagnostics import ArchspecError
from archspec.ir.graph import Graph
from tests.pieces import graph_of

HEAD = "name: Net\ninputs: {x: [4, 8, 8]}\n"

A_CONDITION_THAT_READS_SOMETHING_ELSE = """
blocks:
  b:
    params: {deep: bool}
    graph:
      - {id: stem, conv: {out_channels: 4}}
      - {id: p, conv: {out_channels: 4}}
      - {when: deep, graph: [{id: c, from: stem, conv: {out_channels: 4}}]}
      - add: [[], p, stem]
graph: [b: {deep: true}, b: {deep: false}]
"""

A_CONDITION_THAT_IS_ONE_MERGE = """
blocks:
  b:
    params: {k: int}
    graph:
      - {id: p, conv: {out_channels: 4}}
      - tanh
      - {when: k > 1, subtract: [[], p]}
      - {when: k <= 1, multiply: [p, [relu]]}
graph: [b: {k: 1}, b: {k: 2}]
"""

A_LAST_LINE_THAT_SAYS_NOTHING = """
blocks:
  b:
    params: {deep: bool}
    graph:
      - {conv: {out_channels: 4}}
      - {when: deep, graph: [{add: [[], [tanh]]}]}
      - mean: [[]]
graph: [b: {deep: true}, b: {deep: false}]
"""

A_LOOP_OVER_A_NAME_THAT_IS_READ_AFTER_IT = """
blocks:
  b:
    params: {p: float, ps: list}
    graph:
      - {for: {p: ps}, graph: [{conv: {out_channels: 4}}, {dropout: $p}]}
      - {dropout: $p}
graph: [b: {p: 0.5, ps: [0.1, 0.2]}, b: {p: 0.6, ps: [0.1, 0.2, 0.3]}]
"""

LOOPS_IN_LOOPS_OVER_ONE_NAME = """
blocks:
  b:
    params: {cs: list, n: int}
    graph:
      - for: {c: cs}
        graph:
          - {for: {c: range(n)}, graph: [{dropout: $(c / 10)}]}
          - {conv: {out_channels: $c}}
          - {dropout: $(1 / c)}
graph: [b: {cs: [3, 4], n: 2}, b: {cs: [5, 4, 6], n: 3}]
"""

A_STRING_WITH_QUOTES = """
blocks:
  b:
    params: {kind: str}
    graph:
      - {conv: {out_channels: 4}}
      - {when: kind == 'tanh', add: [[], [tanh]]}
graph: [b: {kind: tanh}, b: {kind: "a'+nn+'b"}, b: {kind: "'"}, b: {kind: '\\"'}]
"""

A_STRING_IN_A_TEMPLATE = """
blocks:
  b:
    params: {n: int, kind: str}
    graph:
      - for: {i: range(n)}
        id: l$(i)_$('a' if kind == 'k' else 'b')
        conv: {out_channels: 4}
graph: [b: {n: 2, kind: k}, b: {n: 3, kind: j}]
"""

VARIABLES_CALLED_LIKE_HELPERS = """
graph:
  - {id: big, conv: {out_channels: 4}}
  - {id: small, conv: {out_channels: 4, kernel_size: 3}}
  - concat:
      - small
      - [{id: center_crop, from: big, crop: {like: small}}]
      - [{id: crop_like, from: big, crop: {like: small, offset: 1}}]
"""

CLASSES_CALLED_LIKE_PARAMETERS_AND_IMPORTS = """
blocks:
  c: {params: {k: int}, graph: [{conv: {out_channels: $k}}]}
  f: {params: {C: int}, graph: [{c: {k: $C}}, {add: [[], [relu]]}]}
  none: {graph: [{add: [[], [relu]]}]}
graph: [f: {C: 3}, f: {C: 4}, none]
"""

A_BLOCK_THAT_EVALUATION_NEEDS_IN_PART = """
blocks:
  b:
    graph:
      - {id: m, conv: {out_channels: 4}}
      - {id: a, from: m, conv: {out_channels: 4}}
    outputs: {m: m, a: a}
graph:
  - {id: one, b: }
  - {id: aux, from: one.a, conv: {out_channels: 3}}
  - {id: two, from: one.m, b: }
  - {id: main, add: [two.m, two.a]}
outputs: {main: main, aux: {from: aux, train_only: true}}
"""

SPECS = {k.lower(): v for k, v in list(globals().items()) if isinstance(v, str) and "graph" in v}


def leaves(module: nn.Module, inputs: list[Tensor]) -> Counter[str]:
    """Every call of a module of PyTorch's own in one training step, with its settings."""
    seen: Counter[str] = Counter()
    for child in set(module.modules()):
        if not list(child.children()) and type(child).__module__.startswith("torch.nn"):
            child.register_forward_hook(lambda m, _, __: seen.update([repr(m)]))
    module.train()(*inputs)
    return seen


def wanted_leaves(graph: Graph) -> Counter[str]:
    """Those that the graph has, save what may be written as a function."""
    layers = [LOWERINGS[type(n.op)](n.op, n.input_shapes) for n in graph.nodes if n.inputs]
    return Counter(repr(build(la)) for la in layers if la.expr is None)


@pytest.mark.parametrize("text", SPECS.values(), ids=SPECS)
def test_the_module_computes_what_the_nodes_compute(text: str) -> None:
    graph = graph_of(HEAD + text)
    module = backend.compile(graph, device="cpu")
    with torch.no_grad():
        assert not wanted_leaves(graph) - leaves(module, [torch.randn(2, 4, 8, 8)])
    backend.check(graph, device="cpu")


@pytest.mark.parametrize("between", ["identity", "{dropout: 0.5}", "flatten", "{mean: [a]}"])
def test_an_in_place_op_sees_through_what_only_passes_on(between: str) -> None:
    whole = f"""
graph:
  - {{id: a, conv: {{out_channels: 4}}}}
  - {between}
  - {{relu: {{inplace: true}}}}
  - flatten
  - add: [[], [{{from: a, flatten: }}]]
"""
    with pytest.raises(ArchspecError) as caught:
        graph_of(HEAD + whole)
    assert [d.code for d in caught.value.diagnostics] == ["E411"]
