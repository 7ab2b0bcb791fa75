"""Ids for what has weights and stands where a condition may move it: the language asks for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from archspec.ops import REGISTRY, Op

MERGES = {"add", "subtract", "multiply", "mean", "maximum", "minimum", "concat"}
WEIGHTLESS = {name for name, op in REGISTRY.items() if op.tensors is Op.tensors}
BESIDE = {
    *("id", "label", "note", "from", "when", "else", "for", "repeat", "each", "share", "graph"),
    "parallel",
}


@dataclass
class Scope:
    """What is known of the positions in one scope; `loops` are the names of the loops around."""

    moving: bool = False
    loops: list[str] = field(default_factory=list)


def settled(spec: dict[str, Any]) -> dict[str, Any]:
    """The spec with an id, a word or a number, beside each op and block that wants one."""
    spec = copied(spec)
    settler = Settler()
    for block in (spec, *spec.get("blocks", {}).values()):
        settler.body(block["graph"], Scope())
    return spec


class Settler:
    """Walks bodies as they run."""

    def __init__(self) -> None:
        self.count = 0

    def body(self, items: list[Any], scope: Scope) -> None:
        for i, item in enumerate(items):
            items[i] = self.item(item, scope)

    def item(self, item: Any, scope: Scope) -> Any:
        if isinstance(item, str):
            item = {item: None}
        loops = list(scope.loops)
        self.loop(item, scope)
        heads = [key for key in item if key not in BESIDE]
        self.inside(item, heads, scope)
        listed = "each" in item and "id" in item
        single = "id" not in item and not ({"graph", "parallel"} & {*item})
        if scope.moving and single and not (heads and heads[0] in WEIGHTLESS):
            self.name(item, scope)
        scope.moving |= "when" in item and not listed
        scope.loops = loops
        return item

    def loop(self, item: dict[str, Any], scope: Scope) -> None:
        """Let a loop have a name; a later round stands behind the conditions of an earlier one."""
        if "repeat" in item and conditional(item):
            self.count += 1
            item["for"] = {f"turn{self.count}": f"range({str(item.pop('repeat')).lstrip('$')})"}
        if {"for", "each"} & {*item} and not ("each" in item and "id" in item):
            rounds = item.get("for", item.get("each"))
            scope.loops += [next(iter(rounds))] if isinstance(rounds, dict) else []
            scope.moving |= conditional(item)

    def inside(self, item: dict[str, Any], heads: list[str], scope: Scope) -> None:
        own = Scope() if "id" in item else scope
        if "graph" in item:
            self.body(item["graph"], own)
        branches = item.get("parallel", item[heads[0]] if heads and heads[0] in MERGES else None)
        if heads and isinstance(item[heads[0]], dict):
            branches = item[heads[0]].get("branches")
        for i, branch in enumerate(branches or []):
            if isinstance(branch, list):
                self.body(branch, scope)
            elif isinstance(branch, dict):
                branches[i] = self.item(branch, scope)
        if isinstance(item.get("else"), list):
            self.body(item["else"], own)
        elif "else" in item:
            item["else"] = self.item(item["else"], own if "id" in item else scope)

    def name(self, item: dict[str, Any], scope: Scope) -> None:
        self.count += 1
        if scope.loops:
            item["id"] = f"w{self.count}" + "".join(f"_$({name})" for name in scope.loops)
        else:
            item["id"] = f"w{self.count}" if self.count % 3 else 100 + 10 * self.count


def copied(tree: Any) -> Any:
    """A tree of its own, in which nothing stands at two places."""
    if isinstance(tree, dict):
        return {key: copied(value) for key, value in tree.items()}
    return [copied(value) for value in tree] if isinstance(tree, list) else tree


def conditional(tree: Any) -> bool:
    """Whether a condition stands somewhere within."""
    if isinstance(tree, dict):
        return "when" in tree or any(map(conditional, tree.values()))
    return isinstance(tree, list) and any(map(conditional, tree))
