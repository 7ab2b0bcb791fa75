"""`outputs`: which of them there are, for what they are there, and what is refused."""

from __future__ import annotations

import re

import pytest

from archspec import pipeline
from archspec.backends.torch import backend
from archspec.diagnostics import ArchspecError, Diagnostic, Source
from archspec.frontend.loading import load_source
from archspec.ir.equality import difference
from archspec.ir.graph import Graph

HEAD = "name: T\ninputs: {x: [8, 6, 6]}\n"
NODES = """
params: {aux: true, deep: 2, weight: 0.3, often: false}
graph:
  - {id: trunk, conv: 8}
  - {id: head, when: aux, conv: 4}
  - {id: logits, from: trunk, conv: 4}
outputs:
  logits: logits
"""


def graph_of(text: str, variant: str | None = None, **params: object) -> Graph:
    return pipeline.elaborate(load_source(Source("spec.yaml", HEAD + text)), variant, params)


def refused(text: str, **params: object) -> list[Diagnostic]:
    with pytest.raises(ArchspecError) as caught:
        graph_of(text, **params)
    return list(caught.value.diagnostics)


def test_what_a_condition_leaves_out_is_as_if_it_were_not_written() -> None:
    text = (
        NODES + "  a: {from: head, when: aux, train_only: $(not often), loss_weight: $(weight / 3)}"
    )
    there = graph_of(text)
    output = there.outputs[1]
    assert (output.name, output.train_only, output.loss_weight) == ("a", True, 0.3 / 3)
    assert [o.train_only for o in graph_of(text, often=True).outputs] == [False, False]
    assert difference(graph_of(text, aux=False), graph_of(NODES, aux=False)) is None


def test_what_is_left_out_is_not_looked_at() -> None:
    text = NODES + "  a: {from: nope$deep, when: aux, train_only: $weight, loss_weight: $often}"
    assert [o.name for o in graph_of(text, aux=False).outputs] == ["logits"]
    assert [d.code for d in refused(text)] == ["E306"]


def test_a_whole_number_is_a_weight() -> None:
    text = NODES + "  a: {from: head, when: aux, loss_weight: 2}"
    weight = graph_of(text).outputs[1].loss_weight
    assert (weight, type(weight)) == (2.0, float)


def test_a_condition_reads_the_input_as_a_node_does() -> None:
    text = NODES + "  a: {from: head, when: aux and input.height > 5, train_only: true}"
    assert len(graph_of(text).outputs) == 2


CONDITIONS = {
    "beside it": ("{id: h, when: deep > 2, conv: 4}", "h"),
    "beside the group": ("{when: deep > 2, id: g, graph: [{id: h, conv: 4}]}", "g.h"),
    "beside both": (
        "{when: aux, id: g, graph: [{id: h, when: $(deep in [1, 3]), conv: 4}]}",
        "g.h",
    ),
    "within a group of no name": ("{when: deep > 2, graph: [{id: h, conv: 4}]}", "h"),
    "of another": ("{when: deep < 3, graph: [], else: {id: h, conv: 4}}", "h"),
    "of two others": (
        "{when: not aux, graph: [], else: {when: deep == 2, graph: [], else: {id: h, conv: 4}}}",
        "h",
    ),
    "a word": ("{id: h, when: \"name == 'a, b'\", conv: 4}", "h"),
    "of a block": ("{id: h, when: deep > 2, unit: }", "h.one"),
}


@pytest.mark.parametrize(("node", "ident"), CONDITIONS.values(), ids=CONDITIONS)
@pytest.mark.parametrize(
    "entry", ["{ident}", "{{from: {ident}}}", "{{from: {ident}, train_only: true}}"]
)
def test_the_hint_for_a_node_that_is_left_out_is_right(node: str, ident: str, entry: str) -> None:
    entry = entry.format(ident=ident)
    text = f"""
params: {{aux: true, deep: 2, name: a}}
blocks: {{unit: {{graph: [{{id: one, conv: 4}}], outputs: [one]}}}}
graph: [{{id: trunk, conv: 4}}, {node}, {{from: trunk, graph: [{{id: end, conv: 4}}]}}]
outputs: {{end: end, h: {entry}}}
"""
    (found,) = refused(text)
    assert found.code == "E415" and found.span is not None and found.span.text == ident
    assert found.hint is not None
    match = re.fullmatch(r"write (when: .*), beside its `from`|write (h: \{.*\})", found.hint)
    assert match is not None, found.hint
    mended = entry.replace("}", f", {match[1]}}}") if match[1] else match[2].removeprefix("h: ")
    mended_text = text.replace(f"h: {entry}}}", f"h: {mended}}}")
    assert len(graph_of(mended_text).outputs) == 1
    there = {"name": "a, b"} if "name ==" in node else {"deep": 3}
    graph = graph_of(mended_text, **there)
    assert [o.name for o in graph.outputs] == ["end", "h"]


def test_a_condition_that_holds_of_an_output_is_in_the_hint() -> None:
    (found,) = refused(NODES + "  a: {from: head, when: deep > 1}", aux=False)
    assert found.hint == "write when: (deep > 1) and aux, beside its `from`"


@pytest.mark.parametrize(
    "entry",
    ["train_only: 1", "train_only: null", "train_only: yes", "train_only: $deep",
     "train_only: $(aux)s", "loss_weight: true", "loss_weight: -1", "loss_weight: 0",
     "loss_weight: .inf", "loss_weight: null", "loss_weight: [1]", "loss_weight: $(-weight)",
     "loss_weight: $(0 * weight)", "loss_weight: $aux", "loss_weight: {a: 1}",
     "loss_weight: $(nope)", "when: yes", "when: [aux]", "when: nope", "when: deep +"],
)  # fmt: skip
def test_what_it_is_for_is_checked(entry: str) -> None:
    diagnostics = refused(NODES + f"  a: {{from: head, {entry}}}")
    assert len(diagnostics) == 1
    assert diagnostics[0].code in ("E203", "E301", "E302", "E306", "E415")
    assert diagnostics[0].span is not None and diagnostics[0].span.line == 11


BLOCKS = """
params: {aux: true}
variants: {both: {}, one: {aux: false}}
blocks:
  b:
    params: {two: bool}
    graph:
      - {id: one, conv: 4}
      - {id: two, when: two, conv: 4}
    outputs: {o: one, p: {from: two, when: two}}
graph:
  - {id: s, b: $aux}
  - {id: t, b: false}
  - {for: {i: range(2)}, id: r$i, b: $(i == 1 and aux)}
  - {id: end, conv: 4}
  - {id: h, when: aux, from: s.p, conv: 4}
  - {id: k, when: aux, from: r1.p, conv: 4}
outputs:
  end: end
  h: {from: h, when: aux, train_only: true, loss_weight: $(1 / 4)}
  k: {from: k, when: aux, train_only: $aux}
"""


@pytest.mark.parametrize("variant", ["both", "one"])
def test_blocks_whose_outputs_depend_on_a_parameter_are_compiled(variant: str) -> None:
    graph = graph_of(BLOCKS, variant)
    assert backend.check(graph, device="cpu").nodes == len(graph.nodes) - 1
    source = backend.source(graph)
    assert ('self.loss_weights = {"end": 1.0, "h": 0.25, "k": 1.0}' in source) == (
        variant == "both"
    )


@pytest.mark.parametrize(
    ("written", "code"),
    [("s.p, when: not aux}", "E401"), ("k, when: true}", "E415")],
)
def test_an_output_that_a_block_does_not_give_here_has_no_part(written: str, code: str) -> None:
    text = BLOCKS + "  more: {from: " + written
    assert [d.code for d in refused(text, aux=False)] == [code]


def test_a_block_gives_something() -> None:
    text = """
blocks: {b: {params: {on: true}, graph: [{id: a, conv: 4}], outputs: {a: {from: a, when: on}}}}
graph: [b: {on: false}]
"""
    (found,) = refused(text)
    assert (found.code, found.message) == ("E415", "every output of the block `b` is left out")


def test_what_an_output_says_is_read() -> None:
    text = """
params: {p: true, q: true, r: 1}
graph: [{id: a, relu: }, {id: b, when: false, tanh: }, {id: c, from: a, tanh: }]
outputs: {c: c, b: {from: b, when: $p and not p, train_only: $q, loss_weight: $r}}
"""
    assert graph_of(text).remarks == ()
    (remark,) = graph_of(text.replace("from: b,", "from: bb,")).remarks
    assert remark.code == "W407" and remark.span is not None and remark.span.text == "bb"
