"""What a spec says in vain causes a remark, and nothing that is of use does."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.diagnostics import Source
from archspec.frontend.loading import load, load_source

ROOT = Path(__file__).parents[1]

HEAD = """
name: T
inputs: {x: [8, 12, 12]}
"""


def told(text: str) -> list[tuple[str, str]]:
    """The codes of remarks, each with the name that it is on."""
    found = load_source(Source("spec.yaml", HEAD + text)).vain
    return [(r.code, r.message.split("`")[-2]) for r in found]


@pytest.mark.parametrize("path", sorted(ROOT.glob("specs/*.yaml")), ids=lambda path: path.stem)
def test_nothing_shipped_is_in_vain(path: Path) -> None:
    assert not load(path).vain


USED = {
    "an attribute": "params: {p: 4}\ngraph: [conv: $p]",
    "a text": "params: {p: 4}\ngraph: [{id: a$p, relu: }]",
    "a label": "params: {p: 4}\nlabel: T-$p\ngraph: [relu]",
    "a variant's label": "params: {p: 4}\nvariants: {a: {label: T-$p}}\ngraph: [relu]",
    "a note": "params: {p: 4}\ngraph: [{note: $p, relu: }]",
    "a default": "params: {p: 4, q: $(2 * p)}\ngraph: [conv: $q]",
    "a row": "params: {p: 4, q: 2}\nvariants: {a: {q: $p}}\ngraph: [conv: $q]",
    "a condition": "params: {p: true}\ngraph: [{when: p, relu: , else: [tanh]}]",
    "what else holds": "params: {p: 4}\ngraph: [{when: false, relu: , else: [conv: $p]}]",
    "a loop": "params: {p: 2}\ngraph: [{repeat: p, relu: }]",
    "a list": "params: {p: 2}\ngraph: [{for: {i: [[1, $p]]}, conv: $i[1]}]",
    "an each": "params: {p: 2}\ngraph: [add: [identity, {each: p, conv: 8}]]",
    "a branch that may be there": "params: {p: true}\ngraph: [add: [identity, {when: p, conv: 8}]]",
    "a source": "params: {p: a}\ngraph: [{id: a, relu: }, {from: $p, tanh: }]",
    "an id as a branch": "params: {p: a}\ngraph: [{id: a, relu: }, tanh, add: [identity, $p]]",
    "a share": "params: {p: a}\ngraph: [{id: a, conv: 8}, {share: $p}]",
    "what is not shared": "params: {p: conv}\ngraph: [{id: a, u: }, {share: {of: a, own: $p}}]\n"
    "blocks: {u: {graph: [conv: 8]}}",
    "an output": "params: {p: a}\ngraph: [{id: a, relu: }]\noutputs: {y: $p}",
    "an output's condition": "params: {p: true}\ngraph: [{id: a, relu: }]\n"
    "outputs: {y: {from: a, when: p}}",
    "an output's weight": "params: {p: 4}\ngraph: [{id: a, relu: }]\n"
    "outputs: {y: {from: a, loss_weight: $p}}",
    "a requirement": "params: {p: 4}\nrequire: [{that: p > 2, else: small}]\ngraph: [relu]",
    "what is wrong": "params: {p: 4}\nrequire: [{that: true, else: not $p}]\ngraph: [relu]",
    "a block": "params: {p: 4}\nblocks: {u: {graph: [conv: $p]}}\ngraph: [u]",
    "an op": "params: {p: relu}\ngraph: [$p]",
    "a part of an op": "params: {p: batch}\ngraph: [$(p)_norm: ]",
    "a file's parameter": "use: [std/residual.yaml]\nparams: {shortcut: A}\n"
    "graph: [basic_block: 16]",
    "a block's parameter": "blocks: {u: {params: {q: int, r: $q}, label: U$r, graph: [relu]}}\n"
    "graph: [u: 3]",
    "a block's requirement": "blocks: {u: {params: {q: int}, graph: [relu],\n"
    "  require: [{that: q > 0, else: none}]}}\ngraph: [u: 3]",
    "a block within another": "blocks: {u: {graph: [v]}, v: {graph: [relu]}}\ngraph: [u]",
    "a block that a default names": "params: {p: u}\nblocks: {u: {graph: [relu]}}\ngraph: [$p]",
    "a block that a choice is": "params: {p: {one_of: [relu, u]}}\nvariants: {a: {p: relu}}\n"
    "blocks: {u: {graph: [relu]}}\ngraph: [$p]",
    "a block that a row names": "params: {p: relu}\nvariants: {a: {p: u}}\n"
    "blocks: {u: {graph: [relu]}}\ngraph: [$p]",
    "a block that an expression names": "params: {p: 1}\nblocks: {u: {graph: [relu]}}\n"
    "graph: [$('u' if p else 'relu')]",
    "a block that a text may name": "params: {p: a}\nblocks: {u_b: {graph: [relu]},\n"
    "  a_b: {graph: [relu]}}\ngraph: [$(p)_b]",
    "what goes with it": "params: {p: u}\nblocks: {u: {params: {q: 1}, graph: [relu]}}\n"
    "graph: [$p]",
    "a name of a loop": "graph: [{for: {i: [1]}, graph: [{when: false, conv: $i}]}]",
    "a name of a comprehension": "graph: [{when: false, conv: '$([i for i in [1, 2]][0])'}]",
    "an id further down": "graph: [{when: false, graph: [{id: a, relu: }, add: [a, identity]]}]",
    "an id of a round": "graph: [{for: {i: [1]}, id: a$i, relu: }, {when: false, from: a1}]",
    "an input": "graph: [{when: false, from: x, relu: }]",
}


@pytest.mark.parametrize("text", USED.values(), ids=USED)
def test_what_is_of_use_causes_none(text: str) -> None:
    assert told(text) == []


VAIN = {
    "params: {p: 4}\ngraph: [relu]": [("W405", "p")],
    "params: {p: 4}\ngraph: [{for: {p: [1, 2]}, conv: $p}]": [("W405", "p")],
    "params: {p: 4}\nblocks: {u: {params: {p: int}, graph: [conv: $p]}}\ngraph: [u: 4]": [
        ("W405", "p")
    ],
    "blocks: {u: {params: {q: 1, r: 2}, graph: [conv: $r]}}\ngraph: [u]": [("W405", "q")],
    "blocks: {u: {graph: [u]}}\ngraph: [relu]": [("W406", "u")],
    "blocks: {u: {graph: [v]}, v: {graph: [relu]}}\ngraph: [relu]": [("W406", "u"), ("W406", "v")],
    "blocks: {u: {graph: [conv: $w]}}\ngraph: [relu]": [("W406", "u"), ("W407", "w")],
    "blocks: {u: {graph: [{from: x, conv: 2}]}}\ngraph: [relu]": [("W406", "u"), ("W407", "x")],
    "blocks: {u: {inputs: [x], graph: [{from: x, conv: 2}]}}\ngraph: [relu]": [("W406", "u")],
    "graph: [{when: false, conv: $w}]": [("W407", "w")],
    "graph: [{when: false, id: a, relu: }, {when: false, from: b.c, relu: }]": [("W407", "b")],
    "graph: [relu, {repeat: 0, conv: $w}]": [("W407", "w")],
    "graph: [add: [identity, {when: false, conv: $w}]]": [("W407", "w")],
    "graph: [{id: a, relu: }]\noutputs: {a: a, b: {when: false, from: c}}": [("W407", "c")],
    "graph: [{for: {i: []}, graph: [conv: $(i + j)]}]": [("W407", "j")],
}


@pytest.mark.parametrize("text, found", VAIN.items(), ids=range(len(VAIN)))
def test_what_is_in_vain_causes_one(text: str, found: list[tuple[str, str]]) -> None:
    assert told(text) == found
