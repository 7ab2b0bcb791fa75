"""Which kinds the expressions of a file relate: found from its text, not by those who wrote it.

The attributes of ops have kinds. A name that stands for an attribute has that kind; one that is
handed on to a block has the kind of what the block does with it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from archspec.lifting.kinds import SELECTORS, forms
from archspec.lifting.ramps import GROWING
from archspec.ops import REGISTRY

SIZES = {"channels": "channels", "features": "channels", "length": "size", "depth": "size",
         "height": "size", "width": "size"}  # fmt: skip
_NODE = frozenset(
    {
        *("id", "label", "note", "doc", "from", "when", "else", "for", "repeat", "each", "share"),
        *("graph", "parallel"),
    }
)


@dataclass
class Use:
    """One expression: where it stands, what kind is wanted, and its names in places of values."""

    scope: str
    text: str
    kind: str | None
    names: set[str]
    compared: list[set[str]]
    callee: tuple[str, str] | None = None


@dataclass
class Kinds:
    """The uses of names in a file, and what these say of the names' kinds."""

    blocks: Mapping[str, Any]
    uses: list[Use] = field(default_factory=list)
    known: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def note(self, scope: str, value: Any, kind: str | None, callee: Any = None) -> None:
        """One value of the data, which may hold expressions."""
        if isinstance(value, list):
            for item in value:
                self.note(scope, item, kind, callee)
        if not isinstance(value, str) or not value.startswith("$"):
            return
        text = value[2:-1] if value.startswith("$(") and value.endswith(")") else value[1:]
        self.read(scope, text, kind, callee)

    def read(self, scope: str, text: str, kind: str | None, callee: Any = None) -> None:
        """An expression without its dollar."""
        try:
            tree = ast.parse(text.strip().replace("$", ""), mode="eval").body
        except SyntaxError:
            return  # a template of several expressions, for an id
        compared: list[set[str]] = []
        names = set(_valued(tree, compared))
        self.uses.append(Use(scope, text, kind, names, compared, callee))

    def body(self, scope: str, nodes: Any) -> None:
        """The nodes of a body, at any depth."""
        if isinstance(nodes, dict):
            nodes = [nodes]
        for node in nodes if isinstance(nodes, list) else ():
            if isinstance(node, list):
                self.body(scope, node)
            elif isinstance(node, dict):
                self.node(scope, node)

    def node(self, scope: str, node: Mapping[str, Any]) -> None:
        for key in ("graph", "parallel", "else"):
            self.body(scope, node.get(key))
        if isinstance(node.get("when"), str):
            self.read(scope, node["when"], None)
        if isinstance(node.get("repeat"), str):
            self.read(scope, node["repeat"], "count")
        for loop in (node.get("for"), node.get("each")):
            for name, values in loop.items() if isinstance(loop, dict) else ():
                if isinstance(values, str) and values.startswith("range("):
                    self.known.setdefault((scope, name), set()).add("index")
        for name, given in node.items():
            if name in _NODE:
                continue
            if name in self.blocks:
                params = list(self.blocks[name].get("params", {}))
                bare = {} if given is None or not params else {params[0]: given}
                for key, value in (given if isinstance(given, dict) else bare).items():
                    self.note(scope, value, None, (name, key))
            elif name in REGISTRY:
                op = REGISTRY[name]
                kinds = op.kinds()
                self.body(scope, given.get("branches") if isinstance(given, dict) else None)
                if op.merges:
                    self.body(scope, given)
                attributes = given if isinstance(given, dict) else {op.primary: given}
                for key, value in attributes.items():
                    self.note(scope, value, kinds.get(key))

    def settle(self) -> None:
        """Hand the kinds of what blocks do with their parameters on to what they are given."""
        for _ in range(20):
            before = sum(map(len, self.known.values()))
            for use in self.uses:
                kinds = self.wanted(use)
                for name in use.names:
                    if not name.startswith("input."):
                        self.known.setdefault((use.scope, name), set()).update(kinds)
            if sum(map(len, self.known.values())) == before:
                return

    def wanted(self, use: Use) -> set[str]:
        """The kinds of what an expression is for."""
        if use.callee is not None:
            return hubs(self.known.get(use.callee, set()))
        return {use.kind} if use.kind else set()

    def of(self, scope: str, name: str) -> set[str]:
        """The kinds of a name."""
        if name.startswith("input."):
            return {SIZES.get(name.removeprefix("input."), "unknown")}
        return self.known.get((scope, name), set())


def _valued(node: ast.expr, compared: list[set[str]]) -> Iterator[str]:
    """The names whose values an expression computes with; those that it compares are noted."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        yield f"{node.value.id}.{node.attr}"
    elif isinstance(node, ast.IfExp):
        list(_valued(node.test, compared))
        yield from _valued(node.body, compared)
        yield from _valued(node.orelse, compared)
    elif isinstance(node, ast.Compare):
        compared.append({n for part in (node.left, *node.comparators) for n in _valued(part, [])})
    elif isinstance(node, ast.BoolOp) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    ):
        for part in node.values if isinstance(node, ast.BoolOp) else [node.operand]:
            list(_valued(part, compared))
    else:
        parts = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
        for part in parts:
            if isinstance(part, ast.expr):
                yield from _valued(part, compared)


def mixed(data: Mapping[str, Any]) -> list[str]:
    """The expressions of a spec that relate kinds which have nothing to do with one another."""
    kinds = Kinds(data.get("blocks", {}))
    for name, block in kinds.blocks.items():
        kinds.body(name, block.get("graph"))
    kinds.body("", data.get("graph"))
    kinds.settle()
    found = []
    for use in kinds.uses:
        wanted = kinds.wanted(use)
        for name in use.names if wanted else ():
            own = hubs(kinds.of(use.scope, name))
            if not any(_related(one, hub, len(use.names)) for one in wanted for hub in own):
                found.append(f"{use.scope}: {use.text}: {name} is {own}, and not {wanted}")
        for names in use.compared:
            sides = [hubs(kinds.of(use.scope, name)) for name in names]
            if len(sides) > 1 and all(sides) and not _alike(sides):
                found.append(f"{use.scope}: {use.text} compares {sides}")
    return found + [
        f"{scope}: `{name}` is {sorted(several)}"
        for (scope, name), several in kinds.known.items()
        if several and not hubs(several)
    ]


def hubs(kinds: set[str]) -> set[str]:
    """Those of some kinds from which all the others may follow."""
    return {hub for hub in kinds if all(_related(one, hub, 1) for one in kinds)}


def _related(target: str, kind: str, names: int) -> bool:
    """Whether a value of one kind may follow from a name of another."""
    if target == kind or "unknown" in (target, kind) or forms(target, kind):
        return True
    if target in GROWING:
        return kind in ("count", "index")
    return names > 1 and kind in ("index", "count", "stride", "factor", "kernel")


def _alike(sides: list[set[str]]) -> bool:
    first, *others = sides
    return all(first & other or (first | other) <= SELECTORS for other in others)
