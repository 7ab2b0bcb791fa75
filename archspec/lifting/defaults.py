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
            if item.kind == "block" and "head" not in item.slots:
                calls[item.name].append(item)
    for block in blocks.values():
        known = block.parameters()
        for variable in known:
            if not variable.computed:
                slots = [c.slots.get(f"argument.{variable.name}") for c in calls[block.name]]
                _default(variable, [s for s in slots if s is not None], known[0] is variable)


NEUTRAL = {"dilation": 1, "groups": 1, "padding": 0, "probability": 0, "stride": 1}
"""Values of a kind with which nothing is done: what a parameter is where nothing is said."""


def _default(variable: Variable, slots: list[Slot], first: bool) -> None:
    """The neutral value, or that which most calls give; the first parameter has none.

    A parameter that some instances do not read is null in them, unless it has another default.
    """
    said = [s.first for s in slots if s.constant and s.first is not ABSENT and not s.kept]
    if variable.default is ABSENT and not first:
        variable.default = _meant(variable, said, len(slots))
    if variable.default is ABSENT and ABSENT in variable.values:
        known = [v for v in variable.values if v is not ABSENT]
        most = usual(known)
        variable.default = most if 2 * sum(same(v, most) for v in known) > len(known) else None
    if variable.default is ABSENT:
        return
    for slot in slots:
        usual_one = slot.constant and same(frozen(slot.first), variable.default)
        if slot.first is ABSENT or (usual_one and not slot.kept):
            slot.text = ABSENT
            slot.kind = "left"


def _meant(variable: Variable, said: Sequence[Any], calls: int) -> Any:
    """The default that a reader expects: the neutral value, else what most calls say."""
    values = [frozen(value) for value in said]
    neutral = NEUTRAL.get(variable.kind, ABSENT)
    most = usual(values) if values else ABSENT
    for value in (neutral, most):
        count = sum(same(one, value) for one in values)
        if count > 1 and (value is neutral or 3 * count >= calls):
            return value
    return ABSENT


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
    if default is None:
        return None  # whatever the type, beside null anything may stand
    kind = type_of([v for v in values if v is not ABSENT])
    if isinstance(default, str) or kind != type_of([default]):
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
