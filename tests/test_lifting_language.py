"""What the language has, lifted: with its spec known, without, and without names of blocks."""

from __future__ import annotations

import pytest

from tests.lifted import bare, hidden, lifted
from tests.pieces import graph_of

CASES = {
    "labels": """
name: Small
inputs: {x: [8, 16, 16]}
label: My net
graph: [{id: a, label: 'First $$5', conv: 8}, {label: b, relu: }, {note: 'big', tanh: }]
""",
    "docs": """
name: Small
inputs: {x: [8, 16, 16]}
graph: [{id: a, doc: 'why', conv: 8}, {doc: 'x: y', relu: }]
""",
    "labels of blocks": """
name: Small
inputs: {x: [8, 16, 16]}
blocks: {u: {label: 'U $c', params: {c: int}, graph: [conv: $c]}}
graph: [u: 8, u: 16, {id: q, label: other, doc: 'this one', u: 4}]
""",
    "docs of blocks": """
name: Small
inputs: {x: [8, 16, 16]}
blocks: {u: {doc: 'A unit.', params: {c: int}, graph: [conv: $c]}}
graph: [u: 8, u: 16]
""",
    "sources": """
name: Small
inputs: {x: [8, 16, 16]}
year: 2015
source: 'He et al. (2015)'
graph: [conv: 8]
""",
    "dollars": """
name: Small
inputs: {x: [8, 16, 16]}
graph: [{label: 'a $$x $$(y)', conv: 8}]
""",
    "notes": """
name: Small
inputs: {x: [8, 16, 16]}
blocks: {u: {params: {c: int}, graph: [{note: 'n $c', conv: $c}, relu]}}
graph: [u: 8, u: 16, {note: end, relu: }]
""",
    "blocks that hold each other": """
name: Small
inputs: {x: [8, 16, 16]}
blocks:
  even:
    params: {c: int, depth: int}
    graph: [conv: $c, {when: depth > 0, odd: {c: $(2 * c), depth: $(depth - 1)}}]
  odd:
    params: {c: int, depth: int}
    graph: [relu, conv: $c, {when: depth > 0, even: {c: $c, depth: $(depth - 1)}}]
graph: [even: {c: 8, depth: 5}]
""",
    "three of them": """
name: Small
inputs: {x: [8, 16, 16]}
blocks:
  a: {params: {depth: int}, graph: [relu, {when: depth > 0, b: $(depth - 1)}]}
  b: {params: {depth: int}, graph: [tanh, {when: depth > 0, c: $(depth - 1)}]}
  c:
    params: {depth: int}
    graph: [sigmoid, {when: depth > 0, a: $(depth - 1)}, {when: depth > 1, b: $(depth - 2)}]
graph: [a: 6, c: 3]
""",
    "blocks as parameters": """
name: Small
inputs: {x: [8, 16, 16]}
blocks:
  p: {params: {c: int}, graph: [conv: $c, relu]}
  q: {params: {c: int}, graph: [conv: $c, tanh, {id: z, conv: $c}]}
  two: {params: {unit: block, c: int}, graph: [$unit: $c, $unit: {c: $(2 * c)}]}
graph: [two: {unit: p, c: 8}, two: {unit: q, c: 16}]
""",
    "ops as parameters": """
name: Small
inputs: {x: [8, 16, 16]}
blocks:
  u: {params: {c: int, act: relu, norm: batch_norm}, graph: [conv: $c, $norm: , $act: ]}
graph: [u: 8, u: {c: 8, act: tanh}, u: {c: 16, norm: layer_norm, act: gelu}]
""",
    "several inputs": """
name: Small
inputs: {a: [3, 8, 8], b: [3, 8, 8], c: [3]}
graph:
  - {id: p, from: a, conv: 4}
  - {id: q, from: b, conv: 4}
  - {add: [p, q]}
  - flatten
  - {id: r, linear: 3}
  - {add: [r, c]}
""",
    "several outputs": """
name: Small
inputs: {x: [8, 16, 16]}
graph: [{id: a, conv: 8}, {id: b, relu: }, {id: c, from: a, tanh: }]
outputs: {one: a, two: b, three: {from: c, train_only: true, loss_weight: 0.3}}
""",
    "an input that is an output": """
name: Small
inputs: {x: [8, 16, 16]}
graph: [{id: a, conv: 8}]
outputs: {a: a, same: x}
""",
    "numbers as ids": """
name: Small
inputs: {x: [8, 16, 16]}
graph: [{id: 0, relu: }, {id: 5, conv: 8}, relu, {id: 8, conv: 8}, {add: ['5', identity]}]
""",
    "each, from names": """
name: Small
inputs: {x: [8, 16, 16]}
graph:
  - {for: {i: range(3)}, id: a$(i), conv: 4}
  - {concat: [{each: {i: range(3)}, from: a$(i), relu: }]}
""",
    "each over names": """
name: Small
inputs: {x: [8, 16, 16]}
graph: [{for: {i: range(3)}, id: a$(i), conv: 4}, {concat: [{each: {i: range(3)}, from: a$(i)}]}]
""",
    "each under an id": """
name: Small
inputs: {x: [8, 16, 16]}
graph:
  - concat:
      - {id: l, each: {k: [1, 3, 5]}, conv: {out_channels: 4, kernel_size: $k, padding: $(k // 2)}}
""",
    "all that came before": """
name: Small
inputs: {x: [8, 16, 16]}
graph:
  - {id: a0, conv: 4}
  - for: {i: range(4)}
    id: a$(i + 1)
    graph: [{concat: [{each: {j: range(i + 1)}, from: a$(j)}]}, conv: 4]
""",
    "loops in loops": """
name: Small
inputs: {x: [8, 16, 16]}
graph:
  - for: {i: range(2), c: [[4, 8], [8, 16]]}
    id: s$(i)
    graph: [{for: {j: range(2)}, id: b$(j), graph: [conv: '$(c[j])', relu]}]
""",
    "sharing in a loop": """
name: Small
inputs: {x: [8, 16, 16]}
graph: [{id: a, conv: 8}, {repeat: 4, graph: [relu, {share: a}]}]
""",
    "shares that keep some": """
name: Small
inputs: {x: [8, 16, 16]}
blocks: {u: {params: {c: int}, graph: [{id: c1, conv: $c}, batch_norm]}}
graph: [{id: a, u: 8}, {id: b, share: {of: a, own: [batch_norm]}}, {share: a}]
""",
    "sharing in a block": """
name: Small
inputs: {x: [8, 16, 16]}
blocks: {u: {params: {c: int}, graph: [{id: c1, conv: $c}, relu, {share: c1}]}}
graph: [u: 8, u: 8]
""",
    "else": """
name: Small
inputs: {x: [8, 16, 16]}
params: {f: true}
graph: [{when: f, conv: 8, else: {tanh: }}, relu]
""",
    "init": """
name: Small
inputs: {x: [8, 16, 16]}
init: {conv: {weight: {normal: {std: 0.01}}, bias: zeros}, .a: {weight: ones}}
graph: [{id: a, conv: 8}, conv: 4]
""",
    "null": """
name: Small
inputs: {x: [8, 16, 16]}
graph: [{max_pool: {kernel_size: 2, stride: null}}, relu]
""",
    "words": """
name: Small
inputs: {x: [8, 16, 16]}
params: {m: same}
graph:
  - {conv: {out_channels: 8, kernel_size: 3, padding: $m}}
  - {upsample: {scale_factor: 2, mode: bilinear}}
""",
    "sizes": """
name: Small
inputs: {x: [8, 16, 16]}
blocks: {u: {graph: [max_pool: 2, {upsample: {size: [$input.height, $input.width]}}]}}
graph:
  - u
  - {conv: {out_channels: $(input.channels * 2)}}
  - u
  - {crop: {size: ['$(input.height - 2)', '$(input.width - 2)']}}
""",
    "sizes handed on": """
name: Small
inputs: {x: [8, 16, 16]}
blocks:
  u: {params: {s: list}, graph: [adaptive_avg_pool: $s]}
  v: {params: {t: list}, graph: [max_pool: 2, {u: {s: $t}}, u: {s: [$input.height, $input.width]}]}
graph: [v: {t: [$input.height, $input.width]}, {v: {t: [3, $input.width]}}]
""",
    "sizes that most calls hand on": """
name: Small
inputs: {x: [8, 16, 16]}
blocks: {u: {params: {c: int, s: list}, graph: [conv: $c, adaptive_avg_pool: $s]}}
graph:
  - max_pool: 2
  - u: {c: 8, s: [$input.height, $input.width]}
  - u: {c: 4, s: [$input.height, $input.width]}
  - max_pool: 2
  - u: {c: 8, s: [$input.height, $input.width]}
""",
    "sizes in loops": """
name: Small
inputs: {x: [8, 16, 16]}
graph:
  - for: {i: range(3)}
    graph:
      - {max_pool: {kernel_size: 3, stride: 1}}
      - {adaptive_avg_pool: ['$(input.height - i)', $input.width]}
""",
    "recursion over a list": """
name: Small
inputs: {x: [8, 16, 16]}
blocks:
  d: {params: {ws: list}, graph: [conv: '$(ws[0])', {when: len(ws) > 1, d: {ws: '$(ws[1:])'}}]}
graph: [d: {ws: [4, 8, 16, 3]}]
""",
    "recursion twice": """
name: Small
inputs: {x: [8, 16, 16]}
blocks:
  f:
    params: {n: int}
    graph: [{when: n <= 1, conv: 8, else: {add: [[{f: $(n - 1)}], [{f: $(n - 2)}]]}}]
graph: [f: 5]
""",
    "a tree of calls": """
name: Small
inputs: {x: [8, 16, 16]}
blocks:
  f:
    params: {n: int, c: int}
    graph:
      - conv: $c
      - {when: n > 0, graph: [f: {n: $(n - 1), c: $(c + 1)}, f: {n: $(n - 1), c: $(c * 2)}]}
graph: [f: {n: 3, c: 4}]
""",
    "no rounds": """
name: Small
inputs: {x: [8, 16, 16]}
graph: [{concat: [identity, {each: 0, conv: 4}]}]
""",
    "groups in groups": """
name: Small
inputs: {x: [8, 16, 16]}
graph:
  - {id: a, graph: [{id: b, graph: [{id: c, graph: [conv: 8, relu]}, tanh]}]}
  - {add: [a.b.c, identity]}
""",
    "outputs of blocks": """
name: Small
inputs: {x: [8, 16, 16]}
blocks: {u: {graph: [{id: c, conv: 8}, {id: d, relu: }], outputs: [c, d]}}
graph: [{id: u1, u: }, {add: [u1.c, u1.d]}]
""",
    "parallel": """
name: Small
inputs: {x: [8, 16, 16]}
graph: [{parallel: [[conv: 4], [conv: 4, relu], identity]}, {concat: [[]]}]
""",
    "a block of two inputs": """
name: Small
inputs: {x: [8, 16, 16]}
blocks: {u: {inputs: [a, b], graph: [add: [a, b]]}}
graph: [{parallel: [[conv: 4], [{conv: 4}, relu]]}, u]
""",
    "floats": """
name: Small
inputs: {x: [8, 16, 16]}
graph:
  - {dropout: 0.1}
  - {dropout: 0.30000000000000004}
  - {scale: 1e-7}
  - {leaky_relu: {negative_slope: 1e-20}}
  - {scale: {factor: -0.0}}
""",
    "words of YAML": """
name: Small
inputs: {x: [8, 16, 16]}
graph: [{id: yes_, relu: }, {id: 'true_', relu: }, {id: 'null_', conv: 8}, {id: n, relu: }]
""",
    "sizes of recursive blocks that follow from what comes in": """
name: Small
inputs: {x: [3, 6]}
blocks:
  unit:
    params: {channels: int, depth: int}
    graph:
      - {id: start, conv: $channels}
      - when: depth > 0
        graph:
          - add: [[], [unit: {channels: $(2 * channels), depth: $(depth - 1)}, conv: $channels]]
          - pad: 1
          - conv: {out_channels: $channels, kernel_size: 3}
graph: [conv: {out_channels: 4, kernel_size: 3, padding: 1}, unit: {channels: 8, depth: 1}]
""",
    "starts of what is left out": """
name: Small
inputs: {x: [8, 16, 16]}
params: {gated: false}
init: {batch_norm: {weight: zeros}, .gate: {bias: ones}, .gate.conv: {weight: zeros}}
graph:
  - conv: 8
  - {id: gate, when: gated, graph: [{id: conv, conv: 8}]}
""",
    "outputs of training": """
name: Small
inputs: {x: [8, 16, 16]}
graph: [{id: a, conv: 8}, {id: aux, from: a, conv: 3}, {id: m, from: a, relu: }]
outputs: {m: m, aux: {from: aux, train_only: true}}
""",
    "heads that share": """
name: Small
inputs: {x: [8, 16, 16]}
blocks: {h: {params: {c: int}, graph: [{conv: 8}, relu, {id: o, conv: $c}]}}
graph:
  - {for: {i: range(3)}, id: p$(i), conv: 8}
  - {id: h0, from: p0, h: 4}
  - {for: {i: range(2)}, id: h$(i + 1), from: p$(i + 1), share: h0}
  - {concat: [h0, h1, h2]}
""",
}


@pytest.mark.parametrize("name", CASES)
def test_it_comes_back_equal(name: str) -> None:
    for forget in (lambda graph: graph, bare, lambda graph: hidden(bare(graph))):
        graph = graph_of(CASES[name])
        graph.provenance = None
        one = lifted(forget(graph))
        assert (one.wrong, one.refused) == (None, None)


def test_a_depth_that_is_compared_counts_down() -> None:
    """What a condition compares is a number like another, and no flag."""
    graph = graph_of("""
name: Small
inputs: {x: [8, 32, 32]}
params: {depth: 3}
blocks:
  level:
    params: {channels: int, depth: int}
    graph:
      - {id: a, conv: $channels}
      - when: depth > 0
        graph:
          - {id: down, max_pool: 2}
          - {id: below, level: {channels: $(2 * channels), depth: $(depth - 1)}}
          - {id: up, conv_transpose: {out_channels: $channels, kernel_size: 2, stride: 2}}
          - concat: [a, up]
        else: dropout
graph: [{id: top, level: {channels: 8, depth: $depth}}]
""")
    text = lifted(bare(graph, plain=True)).text
    assert "depth: $(depth - 1)" in text
