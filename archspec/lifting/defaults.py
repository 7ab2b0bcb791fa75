"""Defaults of parameters: what most calls would say, and what follows from other parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from archspec.lifting.blocks import Block
from archspec.lifting.fit import fit
from archspec.lifting.phrases import plain
from archspec.lifting.samples import ABSENT, Column, Samples, frozen, same
from archspec.lifting.terms import Item, Slot, Variable, walk
from archspec.ops.types import KINDS


def follow(block: Block) -> None:
    """Compute those parameters of a block from others that follow from these in all instances."""
    sight = list(block.level.sight())
    done: set[str] = set()
    for variable in block.parameters():
        if variable.kind not in KINDS or ABSENT in variable.values:
            done.add(variable.name)
            continue
        columns = [
            Column(v.name, tuple(values), v.kind)
            for v, values in sight
            if v is not variable
            and (v.name in done or v not in block.level.variables or v.name.startswith("input."))
        ]
        found = fit(variable.values, Samples(tuple(columns)), variable.kind)
        if found and found[0].names:
            variable.default, variable.computed = found[0].data, True
            _use(found[0].names, sight)
        done.add(variable.name)


def _use(names: Iterable[str], sight: Sequence[tuple[Variable, list[Any]]]) -> None:
    for variable, _ in sight:
        variable.used = variable.used or variable.name in names


def settle(blocks: Mapping[str, Block], bodies: Iterable[list[Item]]) -> None:
    """Give parameters the defaults that save calls from saying them."""
    calls: dict[str, list[Item]] = {name: [] for name in blocks}
    for items in bodies:
        for item in walk(items):
            if item.kind == "block" and ("head" not in item.slots or item.slots["head"].constant):
                calls[item.name].append(item)
    for block in blocks.values():
        known = block.parameters()
        for variable in known:
            if not variable.computed:
                slots = [c.slots.get(f"argument.{variable.name}") for c in calls[block.name]]
                _default(variable, [s for s in slots if s is not None], known[0] is variable)


def _default(variable: Variable, slots: list[Slot], first: bool) -> None:
    """The value that most calls give, where several do; the first parameter has none."""
    if ABSENT in variable.values:
        variable.default = usual(variable.values)
    said = [s for s in slots if s.constant and s.first is not ABSENT and not s.kept]
    if variable.default is ABSENT and not first:
        counts = [(sum(same(s.first, o.first) for o in said), s.first) for s in said]
        most = max(counts, key=lambda pair: pair[0], default=(0, None))
        if most[0] > 1 and 3 * most[0] >= len(slots):
            variable.default = most[1]
    if variable.default is ABSENT:
        return
    for slot in slots:
        usual_one = slot.constant and same(frozen(slot.first), variable.default)
        if slot.first is ABSENT or (usual_one and not slot.kept):
            slot.text = ABSENT
            slot.kind = "left"


def usual(values: Sequence[Any]) -> Any:
    """The most frequent value, the first of several."""
    known = [v for v in values if v is not ABSENT]
    return max(known, key=lambda v: sum(same(v, other) for other in known))


def declared(variable: Variable) -> Any:
    """What is written for a parameter: its type, or its default."""
    known = [v for v in variable.values if v is not ABSENT]
    if variable.computed:
        return variable.default
    return type_of(known) if variable.default is ABSENT else typed(variable.default, known)


def typed(default: Any, values: Sequence[Any]) -> Any:
    """A default, with the type of all values where it has another."""
    kind = type_of([v for v in values if v is not ABSENT])
    if isinstance(default, str) or default is None or kind != type_of([default]):
        return {kind: plain(default)}
    return plain(default)


def type_of(values: Sequence[Any]) -> str:
    """The type that a parameter is declared with."""
    known = {type(v) for v in values}
    if known <= {int}:
        return "int"
    for name, types in (("bool", {bool}), ("str", {str}), ("list", {tuple, list})):
        if known <= types:
            return name
    return "float" if known <= {int, float} else "any"
