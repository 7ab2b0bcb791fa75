"""What shares weights is called again wherever the same module can serve, and else is tied."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import given
from torch import Tensor

from archspec.backends.torch import backend
from archspec.diagnostics import ArchspecError
from archspec.elaboration.provenance import provenance
from archspec.frontend.ast import Reuse
from archspec.ir.graph import Graph, Instance
from tests.strategies import graph_of, shared_specs
from tests.sweeping import drawn
from tests.test_properties import check_outputs, check_tensors, check_values

# What a spec is about, the nodes that do need a module of their own, and the spec.
SHARING: list[tuple[str, str, str]] = [
    (
        "siamese over inputs, one twice",
        "",
        """
        inputs: {l: [3, 8, 8], r: [3, 8, 8]}
        blocks:
          join:
            inputs: [x, y]
            graph:
              - {add: [[{from: x, conv: {out_channels: 4}}], [{from: y, conv: {out_channels: 4}}]]}
        graph:
          - {id: a, from: [l, l], join: }
          - {id: b, from: [l, r], share: a}
          - {id: c, from: [r, l], share: a}
          - add: [a, b, c]
        """,
    ),
    (
        "order swapped and only twice",
        "",
        """
        inputs: {l: [3, 8, 8], r: [3, 8, 8]}
        blocks:
          join:
            inputs: [x, y]
            graph:
              - subtract:
                  - [{from: x, conv: {out_channels: 4}}]
                  - [{from: y, conv: {out_channels: 4}}]
        graph:
          - {id: a, from: [l, r], join: }
          - {id: b, from: [r, l], share: a}
          - add: [a, b]
        """,
    ),
    (
        "params pick the input, shared across a different pick",
        "c.0",
        """
        blocks:
          pick:
            inputs: [x, y]
            params: {src: x}
            graph: [{from: $src, conv: {out_channels: 4}}, {add: [[], y]}]
        graph:
          - {id: p, conv: {out_channels: 4}}
          - {id: q, conv: {out_channels: 4}}
          - {id: a, from: [p, p], pick: {src: x}}
          - {id: b, from: [p, q], share: a}
          - {id: c, from: [p, q], share: a, pick: {src: y}}
          - add: [a, b, c]
        """,
    ),
    (
        "each branches share",
        "",
        """
        blocks:
          unit: {graph: [conv: {out_channels: 3}, relu]}
        graph:
          - {id: u, unit: }
          - concat: [{each: {i: range(3)}, share: u}]
        """,
    ),
    (
        "each branches share under an id",
        "",
        """
        blocks:
          unit: {graph: [conv: {out_channels: 3}, relu]}
        graph:
          - {id: u, unit: }
          - concat: [{each: {i: range(3)}, id: br, share: u}]
        """,
    ),
    (
        "each, nodes chains with share",
        "",
        """
        blocks:
          unit: {graph: [conv: {out_channels: 3}, relu]}
        graph:
          - {id: u, unit: }
          - concat: [{each: {i: range(3)}, graph: [{conv: {out_channels: 3}}, {share: u}]}]
        """,
    ),
    (
        "loops",
        "",
        """
        blocks:
          unit: {graph: [conv: {out_channels: 3}, batch_norm, relu]}
        graph:
          - {id: u, unit: }
          - {repeat: 3, share: u}
        """,
    ),
    (
        "loops inside block that shares",
        "",
        """
        blocks:
          unit: {graph: [conv: {out_channels: 3}, batch_norm, relu]}
          rec:
            params: {n: int}
            graph:
              - {id: u, unit: }
              - {repeat: $(n - 1), share: u}
        graph:
          - {id: a, rec: 3}
          - {id: b, rec: 2}
          - {id: c, share: a}
        """,
    ),
    (
        "several outputs",
        "",
        """
        blocks:
          two:
            graph:
              - {id: c, conv: {out_channels: 3}}
              - {id: d, conv: {out_channels: 3}}
            outputs: {left: c, right: d}
        graph:
          - {id: a, two: }
          - {id: b, from: a.left, share: a}
          - {id: c, from: a.right, share: a}
          - add: [b.left, c.right, a.right, b.right, c.left]
        """,
    ),
    (
        "training-only head shared",
        "",
        """
        blocks:
          head: {graph: [conv: {out_channels: 5}, relu]}
        graph:
          - {id: c1, conv: {out_channels: 3}}
          - {id: aux, head: }
          - {id: c2, from: c1, conv: {out_channels: 3}}
          - {id: out, share: aux}
        outputs: {out: out, aux: {from: aux, train_only: true}}
        """,
    ),
    (
        "training-only head is the second",
        "",
        """
        blocks:
          head: {graph: [conv: {out_channels: 5}, relu]}
        graph:
          - {id: c1, conv: {out_channels: 3}}
          - {id: out, head: }
          - {id: aux, from: c1, graph: [{conv: {out_channels: 3}}, {share: out}]}
        outputs: {out: out, aux: {from: aux, train_only: true}}
        """,
    ),
    (
        "nested sharing",
        "",
        """
        blocks:
          unit: {graph: [conv: {out_channels: 3}, relu]}
          outer: {graph: [{id: u, unit: }, {id: v, share: u}, {id: w, unit: }]}
        graph:
          - {id: a, outer: }
          - {id: b, share: a}
          - {id: c, share: b}
        """,
    ),
    (
        "nested: instance inside of another shared one",
        "",
        """
        blocks:
          unit: {graph: [conv: {out_channels: 3}, relu]}
          outer: {graph: [{id: u, unit: }, {id: w, unit: }]}
        graph:
          - id: g
            graph: [{id: a, outer: }]
          - {id: b, share: g.a}
        """,
    ),
    (
        "conditional parts",
        "e.0",
        """
        blocks:
          unit:
            params: {extra: false}
            graph:
              - conv: {out_channels: 3}
              - {when: extra, tanh: }
              - {when: input.channels == 3, relu: }
        graph:
          - {id: a, unit: {extra: true}}
          - {id: b, unit: }
          - {id: c, share: a}
          - {id: d, share: b}
          - {id: e, share: a, unit: {extra: false}}
        """,
    ),
    (
        "share with other stateless part",
        "b.0",
        """
        blocks:
          unit:
            params: {act: relu}
            graph: [{conv: {out_channels: 3}}, {$act: }]
        graph:
          - {id: a, unit: }
          - {id: b, share: a, unit: {act: tanh}}
        """,
    ),
    (
        "sizes differ",
        "",
        """
        blocks:
          unit: {graph: [{conv: {out_channels: 3, kernel_size: 3, padding: 1}}, batch_norm, relu]}
        graph:
          - {id: a, unit: }
          - max_pool: 2
          - {id: b, share: a}
        """,
    ),
    (
        "sizes differ with [p,p]",
        "",
        """
        blocks:
          join:
            inputs: [x, y]
            graph:
              - {add: [[{from: x, conv: {out_channels: 4}}], [{from: y, conv: {out_channels: 4}}]]}
        graph:
          - {id: p, conv: {out_channels: 4}}
          - {id: s, max_pool: 2}
          - {id: t, relu: }
          - {id: a, from: [p, p], join: }
          - {id: b, from: [s, t], share: a}
          - {id: c, from: b, upsample: 2}
          - add: [a, c]
        """,
    ),
    (
        "node shared under condition",
        "",
        """
        blocks:
          b:
            params: {n: 1}
            graph:
              - {id: c, conv: {out_channels: 3}}
              - {when: n > 1, share: c}
        graph:
          - {b: {n: 1}}
          - {b: {n: 2}}
        """,
    ),
    (
        "instance shared under condition",
        "",
        """
        blocks:
          unit: {graph: [{conv: {out_channels: 3}}, relu]}
          b:
            params: {n: 1}
            graph:
              - {id: c, unit: }
              - {when: n > 1, share: c}
        graph:
          - {b: {n: 1}}
          - {b: {n: 2}}
        """,
    ),
    (
        "share in merge branches",
        "",
        """
        blocks:
          unit: {graph: [{conv: {out_channels: 3}}, relu]}
        graph:
          - {id: u, unit: }
          - add: [[{share: u}], [{conv: {out_channels: 3}}, {share: u}], []]
        """,
    ),
    (
        "share of node in branch with loops in block loops",
        "",
        """
        blocks:
          unit: {graph: [{conv: {out_channels: 3}}, relu]}
        graph:
          - {id: u, unit: }
          - for: {i: range(3)}
            graph:
              - add: [[{share: u}], []]
        """,
    ),
    (
        "own",
        "v.0",
        """
        blocks:
          unit: {graph: [{conv: {out_channels: 3}}, batch_norm, relu]}
        graph:
          - {id: u, unit: }
          - {id: v, share: {of: u, own: batch_norm}}
          - {id: w, share: v}
        """,
    ),
    (
        "own nested",
        "v.a.0 v.b.0",
        """
        blocks:
          unit: {graph: [{conv: {out_channels: 3}}, batch_norm, relu]}
          outer: {graph: [{id: a, unit: }, {id: b, unit: }]}
        graph:
          - {id: u, outer: }
          - {id: v, share: {of: u, own: batch_norm}}
          - {id: w, share: v}
        """,
    ),
    (
        "parallel feed",
        "",
        """
        blocks:
          join:
            inputs: [x, y]
            graph:
              - {add: [[{from: x, conv: {out_channels: 4}}], [{from: y, conv: {out_channels: 4}}]]}
        graph:
          - {id: p, conv: {out_channels: 4}}
          - parallel: [[], []]
          - {id: a, join: }
          - parallel: [[], [relu]]
          - {id: b, share: a}
        """,
    ),
    (
        "recursive with share",
        "",
        """
        blocks:
          level:
            params: {depth: int}
            graph:
              - {id: c, conv: {out_channels: 3}}
              - {when: depth > 0, id: below, level: $(depth - 1)}
              - {share: c}
        graph:
          - {id: a, level: 2}
          - {id: b, share: a}
        """,
    ),
    (
        "tied autoencoder",
        "dec1 dec2",
        """
        graph:
          - id: enc1
            conv: {out_channels: 8, kernel_size: 3, stride: 2, padding: 1, bias: false}
          - {id: b1, channel_affine: {weight: false}}
          - relu
          - id: enc2
            conv: {out_channels: 16, kernel_size: 3, stride: 2, padding: 1, bias: false}
          - relu
          - id: dec2
            share: enc2
            conv_transpose: {out_channels: 8, kernel_size: 3, stride: 2, padding: 1, bias: false,
                             like: enc1}
          - relu
          - id: dec1
            share: enc1
            conv_transpose: {out_channels: 3, kernel_size: 3, stride: 2, padding: 1, bias: false,
                             like: image}
          - {id: b2, channel_affine: {weight: false}}
        """,
    ),
    (
        "the other way round, in a loop",
        "1 3",
        """
        graph:
          - {id: up, conv_transpose: {out_channels: 6, kernel_size: 2, stride: 2, bias: false}}
          - repeat: 2
            graph:
              - {share: up, conv: {out_channels: 3, kernel_size: 2, stride: 2, bias: false}}
              - {share: up}
        """,
    ),
    (
        "in a block whose op is a parameter",
        "b.0",
        """
        blocks:
          unit:
            params: {op: str, n: int}
            graph: [{$op: {out_channels: $n, kernel_size: 3, padding: 1, bias: false}}, relu]
        graph:
          - {id: a, unit: {op: conv, n: 5}}
          - {id: b, share: a, unit: {op: conv_transpose, n: 3}}
          - {id: d, share: a}
        """,
    ),
    (
        "norm kin",
        "b c",
        """
        graph:
          - {id: a, group_norm: {num_groups: 3}}
          - {id: b, share: a, instance_norm: {affine: true}}
          - {id: c, share: a, channel_affine: }
        """,
    ),
    (
        "statistics with another eps, and of another rank",
        "b c u.n",
        """
        blocks:
          unit: {params: {eps: 0.1}, graph: [{id: n, batch_norm: {eps: $eps}}, relu]}
        graph:
          - {id: a, batch_norm: }
          - {id: b, share: a, batch_norm: {eps: 0.01}}
          - {id: t, unit: }
          - {id: u, share: t, unit: {eps: 0.2}}
          - global_avg_pool
          - flatten
          - {id: c, share: a}
        """,
    ),
    (
        "masks that are the same, further apart",
        "b",
        """
        graph:
          - {id: a, masked_conv: {out_channels: 3, kernel_size: 3, padding: 1, kernel_mask: B}}
          - id: b
            share: a
            masked_conv: {out_channels: 3, kernel_size: 3, padding: 2, dilation: 2, kernel_mask: B}
        """,
    ),
    (
        "groups",
        "b",
        """
        graph:
          - {id: a, conv: {out_channels: 6, groups: 3, bias: false}}
          - {id: b, share: a, conv_transpose: {out_channels: 3, groups: 3, bias: false}}
        """,
    ),
]


@pytest.mark.parametrize(
    ("apart", "text"), [row[1:] for row in SHARING], ids=[row[0] for row in SHARING]
)
def test_what_can_be_a_second_call_is_one(apart: str, text: str) -> None:
    text = textwrap.dedent(text)
    inputs = "" if text.startswith("\ninputs:") else "inputs: {image: [3, 8, 8]}"
    graph = graph_of(f"name: Shared\n{inputs}{text}")
    module = backend.compile(graph, device="meta")
    check_tensors(graph, module)
    check_outputs(graph, module)
    check_values(graph)
    owned = {f"{node.path}.{t.name}" for node, tensors in graph.owners() for t in tensors}
    again = {key.rpartition(".")[0] for key in set(module.state_dict()) - owned}
    assert again == set(apart.split())


def _again(graph: Graph) -> Iterator[str]:
    """The paths of what is the same once more, on a value of the same shape."""
    instances = [graph.root]
    made = provenance(graph).of
    for instance in instances:
        instances += [child for child in instance.children if isinstance(child, Instance)]
        origin, item = made[instance].lender, made[instance].item
        plain = item is not None and isinstance(item.head, Reuse)
        if origin is not None and plain and not made[instance].own:
            read, wanted = ([n.output for n in i.inputs] for i in (instance, origin))
            if read == wanted:
                yield instance.path
    for node, lender in provenance(graph).lent.items():
        if node.op == lender.op and node.input_shapes == lender.input_shapes:
            yield node.path


@drawn(2_000, 30)
@given(shared_specs())
def test_random_sharing(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """As many parameters as the graph has, no second module for what is the same again, and
    weights by the graph's own names.
    """
    graph = graph_of(text)
    check_outputs(graph, backend.compile(graph, device="meta"))
    module = backend.compile(graph, device="cpu")
    check_tensors(graph, module)
    check_values(graph)
    for path in _again(graph):
        doubled = [key for key in module.state_dict() if key.startswith(f"{path}.")]
        assert not doubled, f"{path} is built anew:\n{text}"
    file = tmp_path_factory.getbasetemp() / "weights.pth"
    state: dict[str, Tensor] = {}
    for node, tensors in graph.owners():
        for tensor in tensors:
            key = f"{node.path}.{tensor.name}"
            state[key] = torch.randn(tensor.shape)
            if tensor.dtype == "long":
                state[key] = torch.tensor(3)
    torch.save(state, Path(file))
    backend.load_weights(module, file)
    loaded = module.state_dict()
    assert all(torch.equal(loaded[key], value) for key, value in state.items())


def test_a_block_that_reads_one_value_twice_reads_it_by_both_names() -> None:
    """Its text is a function of two values, whatever it is called with here."""
    text = backend.source(
        graph_of("""
            name: Twice
            inputs: {image: [3, 8, 8]}
            blocks:
              join:
                inputs: [left, right]
                graph:
                  - {id: a, from: left, conv: {out_channels: 3}}
                  - {id: b, from: right, conv: {out_channels: 3}}
                  - subtract: [a, b]
                  - when: input.count == 2
                    graph: [{concat: [[], left, right]}, {crop: {like: right}}]
                  - concat: [[], [{from: [left, right], pair: }]]
              pair:
                inputs: [left, right]
                graph: [{subtract: [left, right]}]
            graph:
              - {from: [image, image], join: }
        """)
    )
    join = text[text.index("class Join") :]
    for line in ("self.a(left)", "self.b(right)", "left, right], 1)", "crop(x, right)"):
        assert line in join, text
    assert "(left, right)" in join
    assert "left - right" in text


def test_an_op_has_nothing_of_its_own_within() -> None:
    text = """
name: net
inputs: {x: [3, 8, 8]}
graph:
  - {id: a, conv: 3}
  - share: {of: a, own: conv}
"""
    with pytest.raises(ArchspecError, match="E408") as refused:
        graph_of(text)
    assert "`own` is for what a block holds" in str(refused.value)
