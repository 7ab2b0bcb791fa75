"""Nothing that is written vanishes: a reader makes a part of the spec of it, or says why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.diagnostics import ArchspecError, Source
from archspec.elaboration.build import build
from archspec.frontend.ast import BranchSyntax, Call, Fan, Group, Item, Parallel, Ref, Reuse
from archspec.frontend.loading import load_source
from archspec.frontend.reader import Reader
from archspec.frontend.schema import Spec
from archspec.frontend.source import Mapping, Scalar, Sequence, Tree, parse
from archspec.ops.identifiers import STRUCTURAL
from tests.pieces import graph_of

_T = TypeVar("_T")

# --- random trees, as the text of YAML's flow style ---------------------------------------


def _split(words: str) -> list[str]:
    return words.split()


WORDS = _split("""
    relu tanh identity conv linear add concat flatten unit input x a b a.b a.. .a $kind $(kind)
    '$(kind)_norm' $(kind)_norm '$(p)6' $$x '$' a$ $(1)x '$(1' ${a} $x.y nope
    max_pool Conv2D graph id from null ~
    '' "relu" 0 1 -3 2.5 1e-4 .nan true false no 2001-01-01 12:30 0x1F 010 range(3) << same
    conv:3 !!str !tag zeros int any
""")
SCALARS = st.sampled_from([*WORDS, "' '", "'a b'"])
NULL = st.just("")
HEADS = st.sampled_from(
    _split("relu conv linear add concat unit graph parallel $kind $(kind)_norm '$(1)x' $$x nope ''")
)
KEYS = st.sampled_from(
    [
        *STRUCTURAL,
        *["relu", "conv", "branches", "out_channels", "axis", "i", "of", "own", "<<", "''"],
    ]
)


def listed(parts: list[str]) -> str:
    return "[" + ", ".join(part or "~" for part in parts) + "]"


def mapped(parts: dict[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in parts.items()) + "}"


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    keys = st.dictionaries(KEYS, inner | NULL, max_size=2)
    node = st.builds(
        lambda head, value, beside: mapped({**beside, head: value}), HEADS, inner | NULL, keys
    )
    looped = st.builds(
        lambda values, body: mapped({"for": mapped({"i": values}), "graph": listed(body)}),
        inner,
        st.lists(inner, max_size=2),
    )
    branching = st.builds(
        lambda head, id, branches, each: mapped(
            {head: listed([*branches, mapped({"each": each, "id": id, "relu": ""})])}
        ),
        st.sampled_from(["add", "concat", "parallel"]),
        inner,
        st.lists(inner, max_size=3),
        inner,
    )
    return st.one_of(
        st.lists(inner, max_size=3).map(listed), keys.map(mapped), node, looped, branching
    )


TREES = st.recursive(SCALARS, grown, max_leaves=12)


# --- what is written, beside what was read ------------------------------------------------


def whole(tree: Tree, item: Item) -> bool:
    """Whether all of a node's keys are in the item."""
    if isinstance(tree, Scalar):
        return isinstance(item.head, Call) and item.head.branches is None
    assert isinstance(tree, Mapping)
    keys = {key.text: value for key, value in tree.entries}
    if "else" in keys:
        return either(tree, keys["else"], item)
    if "each" in keys and not isinstance(item.head, Group | Call | Parallel):
        return False
    beside = {
        "id": item.id is not None,
        "label": item.label is not None,
        "note": item.note is not None,
        "doc": bool(item.doc),
        "from": len(item.feed) == _length(keys.get("from")),
        "when": item.when is not None,
        "for": item.loop is not None and list(item.loop.lists) == _keys(keys.get("for")),
        "repeat": item.loop is not None and item.loop.count is not None,
        "share": item.share is not None,
        "graph": "graph" in keys
        and isinstance(item.head, Group)
        and same(keys["graph"], item.head.body, whole),
        "parallel": isinstance(item.head, Parallel)
        and same(keys.get("parallel"), item.head.branches, branch),
        "each": True,
    }
    heads = [key for key in keys if key not in STRUCTURAL]
    if (not heads and "from" in keys) or keys.keys() == {"note"}:
        nothing = isinstance(item.head, Group) and not item.head.body
        if nothing and keys.keys() <= {"from", "note", "when", "each"}:
            return all(beside[key] for key in keys)
    if not heads:
        reuses = isinstance(item.head, Reuse) == ({"graph", "parallel"}.isdisjoint(keys))
        return reuses and all(beside[key] for key in keys)
    (head,) = heads
    return called(keys[head], item.head) and all(beside[k] for k in keys if k != head)


def either(tree: Mapping, instead: Tree, item: Item) -> bool:
    """Whether a node and what stands under its `else` are both in the item."""
    assert isinstance(item.head, Group)
    first, *rest = item.head.body
    given = Mapping([e for e in tree.entries if e[0].text != "else"], tree.span)
    if not whole(given, replace(first, loop=item.loop)):
        return False
    if isinstance(instead, Sequence) and not instead.items and not rest:
        return True
    (other,) = rest
    if isinstance(instead, Sequence):
        return isinstance(other.head, Group) and same(instead, other.head.body, whole)
    inner = other.head.body if isinstance(other.head, Group) else []
    return whole(instead, other) or any(whole(instead, one) for one in inner[:1])


def called(tree: Tree, head: object) -> bool:
    if not isinstance(head, Call):
        return False
    if head.branches is not None:
        written = tree.get("branches") if isinstance(tree, Mapping) else tree
        if not same(written, head.branches, branch):
            return False
    if isinstance(tree, Mapping):
        merges = head.branches is not None
        return [k for k in _keys(tree) if not (merges and k == "branches")] == [*head.args.named]
    bare = (head.args.bare is not None) + len(head.args.named)
    return bare == (not (isinstance(tree, Scalar) and tree.value is None) and head.branches is None)


def branch(tree: Tree, read: BranchSyntax) -> bool:
    if isinstance(tree, Scalar):
        return read == [] if tree.text == "identity" else isinstance(read, Ref)
    if isinstance(tree, Sequence):
        return isinstance(read, list) and same(tree, read, whole)
    if tree.get("each") is None and isinstance(read, Fan):
        return tree.get("else") is None and whole(tree, replace(read.body, when=read.loop.count))
    if tree.get("each") is None:
        return isinstance(read, list) and len(read) == 1 and whole(tree, read[0])
    if isinstance(read, list):  # an id of all rounds
        (group,) = read
        assert isinstance(group.head, Group) and group.id is not None
        (parallel,) = group.head.body
        assert isinstance(parallel.head, Parallel)
        (read,) = parallel.head.branches
        assert isinstance(read, Fan) and read.under_id
        read.body.id = group.id
    return isinstance(read, Fan) and whole(tree, read.body)


def same(tree: Tree | None, read: list[_T], one: Callable[[Tree, _T], bool]) -> bool:
    assert isinstance(tree, Sequence)
    return len(tree.items) == len(read) and all(map(one, tree.items, read))


def _length(tree: Tree | None) -> int:
    return len(tree.items) if isinstance(tree, Sequence) else int(tree is not None)


def _keys(tree: Tree | None) -> list[str]:
    return tree.keys() if isinstance(tree, Mapping) else []


def parsed(text: str) -> Tree | None:
    """The tree; None where YAML itself is at fault, which is said."""
    try:
        return parse(Source("spec.yaml", text))
    except ArchspecError as error:
        assert error.diagnostics
        return None


@settings(max_examples=400, deadline=None)
@given(st.lists(TREES, min_size=1, max_size=4))
def test_every_node_is_read_or_refused_at_its_place(nodes: list[str]) -> None:
    tree = parsed("".join(f"- {node}\n" for node in nodes))
    if tree is None:
        return
    assert isinstance(tree, Sequence)
    reader = Reader(["unit"])
    items = {item.span.line: item for item in reader.body(tree)}
    faulty = {d.span.line for d in reader.diagnostics if d.span is not None}
    for line, part in enumerate(tree.items, 1):
        if line not in faulty:
            assert whole(part, items[line]), nodes[line - 1]


@settings(max_examples=400, deadline=None)
@given(TREES)
def test_every_branch_is_read_or_refused(node: str) -> None:
    tree = parsed(f"add: [{node}, []]")
    if tree is None:
        return
    reader = Reader(["unit"])
    item = reader.attempt(reader.item, tree)
    if not reader.diagnostics:
        assert item is not None and whole(tree, item), node


# --- the top level ------------------------------------------------------------------------

NAMES = st.sampled_from(_split("a b c width conv linear relu weight bias unit stage1 x"))
SMALL = st.recursive(
    SCALARS | NULL,
    lambda inner: (
        st.lists(inner, max_size=3).map(listed)
        | st.dictionaries(NAMES, inner, max_size=3).map(mapped)
    ),
    max_leaves=6,
)
VALUES = st.sampled_from(["1", "0.5", "true", "word", "null", "int", "[1, 2]", "{any: 1}"])


def mostly(usual: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """What is usual three times of four; else anything."""
    return st.integers(0, 3).flatmap(lambda n: usual if n else SMALL)


def table(keys: st.SearchStrategy[str], values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return mostly(st.dictionaries(keys, mostly(values), max_size=3).map(mapped))


INIT = table(
    st.sampled_from(["weight", "bias", "biass"]), st.sampled_from(["zeros", "{normal: {std: 1}}"])
)
OUTPUTS = mostly(st.sampled_from(["a", "[a]", "[a, b]", "{a: a, b: b}", "{a: {from: a}}"]))
PARTS: dict[str, st.SearchStrategy[str]] = {
    "params": table(NAMES, VALUES),
    "inputs": mostly(st.just("[x]")),
    "outputs": OUTPUTS,
    "description": SMALL,
}
UNIT = st.fixed_dictionaries({}, optional=PARTS).map(
    lambda parts: mapped({"graph": "[{id: a, relu: }, {id: b, tanh: }]", **parts})
)
SECTIONS: dict[str, st.SearchStrategy[str]] = {
    "inputs": table(NAMES, st.just("[3, 8, 8]")),
    "params": table(NAMES, VALUES),
    "variants": table(NAMES, st.dictionaries(NAMES, VALUES, max_size=2).map(mapped) | NULL),
    "init": table(st.sampled_from(["conv", "linear", "a"]), INIT),
    "blocks": table(st.just("unit"), UNIT),
    "outputs": OUTPUTS,
    "use": SMALL,
    "graph": mostly(st.just("[{id: a, relu: }, {id: b, tanh: }]")) | st.lists(TREES).map(listed),
}


def _row(spec: Spec, variant: str, keys: list[str]) -> list[str]:
    """What was read of a variant's row, a label among it."""
    read = [*spec.variants[variant], *(["label"] if variant in spec.labels else [])]
    return sorted(read, key=keys.index)


def complete(tree: Mapping, spec: Spec) -> bool:
    """Whether every entry of every section is in the spec."""
    written = {key.text: value for key, value in tree.entries}
    sections = {
        "inputs": list(spec.inputs),
        "params": list(spec.params),
        "variants": list(spec.variants),
        "blocks": list(spec.blocks),
    }
    for name, read in sections.items():
        if _keys(written.get(name)) != read:
            return False
    variants = written.get("variants")
    rows = variants.entries if isinstance(variants, Mapping) else []
    if any(_keys(row) != _row(spec, key.text, _keys(row)) for key, row in rows):
        return False
    init = written.get("init")
    rules = [_keys(row) for _, row in init.entries] if isinstance(init, Mapping) else []
    if sum(map(len, rules)) != len(spec.init) or not all(rules):
        return False
    outputs = written.get("outputs")
    count = len(outputs.entries) if isinstance(outputs, Mapping) else _length(outputs)
    return count == len(spec.outputs) and _length(written.get("use")) == len(spec.use)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from([*SECTIONS]), max_size=3, unique=True).flatmap(
        lambda keys: st.fixed_dictionaries({key: SECTIONS[key] for key in keys})
    )
)
def test_every_entry_is_read_or_refused(sections: dict[str, str]) -> None:
    sections = {"inputs": "{x: [3, 8, 8]}", "graph": "[{id: a, relu: }]", **sections}
    text = "name: T\n" + "".join(f"{key}: {value}\n" for key, value in sections.items())
    tree = parsed(text)
    if tree is None:
        return
    try:
        document = load_source(Source("spec.yaml", text))
        assert complete(document.tree, document.spec), text
        graph = build(document)
    except ArchspecError as error:
        assert error.diagnostics
        return
    assert graph.outputs and graph.nodes[-1].op.name, text


# --- heads that are put together ----------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "op"),
    [
        ("$(norm)_norm", "batch_norm"),
        ("'$(act)6': ", "relu6"),
        ("max_$what: 2", "max_pool"),
        ("add: [{global_$(kind)_pool: }, {from: x, global_max_pool: }]", "global_avg_pool"),
        ("{for: {k: [avg]}, 'global_$(k)_pool': }", "global_avg_pool"),
        ("$(kind)_block: 3", "conv"),
    ],
)
def test_text_with_expressions_in_it_names_an_op_or_a_block(node: str, op: str) -> None:
    graph = graph_of(f"""
name: Small
inputs: {{x: [3, 8, 8]}}
params: {{norm: batch, act: relu, what: pool, kind: avg}}
blocks: {{avg_block: {{params: {{n: int}}, graph: [conv: {{out_channels: $n}}]}}}}
graph:
  - {node}
""")
    assert op in [n.op.name for n in graph.nodes]
