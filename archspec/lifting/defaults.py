"""Defaults of parameters: what most calls would say, and what follows from other parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from archspec.ir.graph import Instance
from archspec.lifting.blocks import Block
from archspec.lifting.fit import fit, parsed, written
from archspec.lifting.former import Former
from archspec.lifting.phrases import plain
from archspec.lifting.samples import ABSENT, Column, Samples, frozen, same
from archspec.lifting.terms import Item, Slot, Variable, walk
from archspec.ops.types import KINDS


def follow(block: Block, former: Former) -> None:
    """Compute those parameters of a block from others that follow from these in all instances.

    Those of a spec are computed as it does.
    """
    sight = list(block.level.sight())
    done: set[str] = set()
    for variable in block.parameters():
        text = former.computed(block.name, variable, block.level)
        if text is not None:
            variable.default, variable.computed = text, True
        stays = variable.fixed and (block.name, variable.name) not in former.defaults
        if text is not None or stays or variable.edited or not _able(variable):
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


def _able(variable: Variable) -> bool:
    """Whether a parameter may be computed."""
    return variable.kind in KINDS and ABSENT not in variable.values


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
    for block in (block for block in blocks.values() if block.whole is None):
        known = block.parameters()
        for place, variable in enumerate(known):
            if not variable.computed:
                key = f"argument.{variable.name}"
                said = {c: c.slots[key] for c in calls[block.name] if key in c.slots}
                if not _as_usual(block, variable, known[:place], said):
                    _default(variable, [*said.values()], not place)


def _as_usual(
    block: Block, variable: Variable, before: Sequence[Variable], said: Mapping[Item, Slot]
) -> bool:
    """Give a parameter a default that is another one, or is told by it, where most calls say so.

    That is a word, such as a padding, or a number of the same kind.
    """
    if variable.default is not ABSENT or variable.fixed or ABSENT in variable.values:
        return False
    for other in before:
        if ABSENT in other.values:
            continue
        for text in _told_by(variable, other):
            expression = parsed(text)
            assert expression is not None
            values = {v: expression.evaluate({other.name: v}) for v in {*other.values}}
            given = [values[v] for v in other.values]
            spared = [slot for call, slot in said.items() if _agrees(block, call, slot, given)]
            if len(spared) > 1 + _most(said.values())[0] and 2 * len(spared) > len(said):
                variable.default, variable.computed = written(text), True
                for slot in spared:
                    slot.text, slot.kind = ABSENT, "left"
                return True
    return False


def _told_by(variable: Variable, other: Variable) -> Iterator[str]:
    """Expressions of another parameter that may give what this one mostly is."""
    if all(isinstance(value, str) for value in variable.values):
        samples = Samples((Column(other.name, tuple(other.values), other.kind),))
        found = fit(_usually(variable.values, other.values), samples, "word")
        yield from (one.text for one in found[:1] if one.names)
    elif variable.kind == other.kind and variable.kind in KINDS:
        yield other.name


def _usually(values: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """The value beside each value of another parameter, where there is one more often than not."""
    rows: dict[Any, list[Any]] = {}
    for value, other in zip(values, others, strict=True):
        rows.setdefault(other, []).append(value)
    most = {other: usual(row) for other, row in rows.items()}
    clear = {o for o, row in rows.items() if 2 * row.count(most[o]) > len(row)}
    return [most[other] if other in clear else ABSENT for other in others]


def _agrees(block: Block, call: Item, slot: Slot, values: Sequence[Any]) -> bool:
    """Whether a call gives a parameter just these of the values that instances of a block have."""
    pairs = zip(call.parts, slot.values, strict=True)
    return not slot.kept and all(
        same(value, values[block.index[part]])
        for part, value in pairs
        if isinstance(part, Instance) and value is not ABSENT
    )


def _most(slots: Iterable[Slot]) -> tuple[int, Any]:
    """How many calls say the same, and what that is."""
    said = [s for s in slots if s.constant and s.first is not ABSENT and not s.kept]
    counts = [(sum(same(s.first, o.first) for o in said), s.first) for s in said]
    return max(counts, key=lambda pair: pair[0], default=(0, None))


NEUTRAL = {"dilation": 1, "groups": 1, "padding": 0, "probability": 0, "stride": 1}
"""Values of a kind with which nothing is done: what a parameter is where nothing is said."""


def _default(variable: Variable, slots: list[Slot], first: bool) -> None:
    """The neutral value, or that which most calls give; the first parameter has none.

    A parameter that some instances do not read is null in them, unless it has another default.
    """
    if variable.default is ABSENT and not first and not variable.fixed:
        variable.default = _meant(variable, slots)
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


def _meant(variable: Variable, slots: Sequence[Slot]) -> Any:
    """The default that a reader expects: the neutral value, else what most calls say."""
    neutral = NEUTRAL.get(variable.kind)
    if sum(s.constant and not s.kept and same(s.first, neutral) for s in slots) > 1:
        return neutral
    count, most = _most(slots)
    return frozen(most) if count > 1 and 3 * count >= len(slots) else ABSENT


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
