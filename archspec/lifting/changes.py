"""What an edit changed in some samples alone: `tanh if i == 3 else relu`, or a flag of its block.

What the spec said stays, and before it stands what is said in place of it, and where.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from archspec.frontend.ast import Value
from archspec.frontend.expressions import Template
from archspec.lifting.fit import fit, literal
from archspec.lifting.former import bound, given, opposite
from archspec.lifting.forms import bracketed
from archspec.lifting.phrases import Derived
from archspec.lifting.samples import ABSENT, frozen, is_number, same
from archspec.lifting.terms import Level, Slot, Variable, hoisted
from archspec.ops.types import KINDS

Flags = list[Any]
"""Whether a sample is another one than in the spec; `ABSENT` where that is open."""
Invent = Callable[[Slot, Level], str]
"""What makes a new parameter with the values of a slot, and gives its name."""
OTHERS = frozenset(("id", "list", "reference", "rounds", "text", "values"))
"""Kinds of slots that edits do not change by themselves."""
HINTS = {"channels": "wide"}


def amended(slot: Slot, level: Level, invent: Invent) -> str | None:
    """What the spec said in a slot, and what is there in the samples where that holds no longer.

    Returns:
        The expression; None where nothing of what was said is left, or nothing tells those samples
        from the others.
    """
    if slot.kind in OTHERS or any(isinstance(v, Derived) for v in slot.values):
        return None
    for was, base in _said(slot, level):
        flags = unlike(slot, was)
        known = {flag for flag in flags if flag is not ABSENT}
        if known != {True, False}:
            continue
        if base is None:
            text = chosen(slot, level, flags, invent)
        else:
            text = either(slot, level, flags, partial(_bound, base, level), invent)
        if text is not None:
            return text
    return None


def scaled(slot: Slot, level: Level) -> str | None:
    """What the spec said in a slot, where there is as many times as much in all samples."""
    for value in slot.said:
        values = None if isinstance(value, Template) else given(value, slot, level)
        pairs = [(v, w) for v, w in zip(slot.values, values or (), strict=False) if v is not ABSENT]
        if pairs and all(is_number(v) and is_number(w) and w for v, w in pairs):
            factor, *others = {v / w for v, w in pairs}
            if not others and factor == int(factor):
                return f"{int(factor)} * {bracketed(_bound(value, level))}"
    return None


def _said(slot: Slot, level: Level) -> Iterator[tuple[Sequence[Any], Any]]:
    """What was said in a slot: what it is in each sample, and the expression, if it is one."""
    told = False
    for value in slot.said:
        values = None if isinstance(value, Template) else given(value, slot, level)
        if values is not None:
            told = True
            yield values, value
    if slot.usual is not ABSENT and (not slot.said or (slot.kind == "condition" and not told)):
        yield [slot.usual] * len(slot.values), None


def unlike(slot: Slot, was: Sequence[Any]) -> Flags:
    pairs = zip(slot.values, was, strict=True)
    return [ABSENT if v is ABSENT else not same(frozen(v), frozen(w)) for v, w in pairs]


def chosen(slot: Slot, level: Level, flags: Flags, invent: Invent) -> str | None:
    """What is said in place of a plain value: by the number of a round, or as a parameter."""
    picked = by_rounds(flags, level)
    if picked is not None:
        return _instead(slot, level, flags, picked, literal(slot.usual))
    outer, place = slot, level
    while not place.is_block:
        found = hoisted(outer, place) if place.outer is not None else None
        if found is None or place.outer is None:
            return either(slot, level, flags, partial(literal, slot.usual), invent)
        outer, place = found, place.outer
    if slot.kind == "condition" or isinstance(slot.usual, bool):
        return either(slot, level, flags, partial(literal, slot.usual), invent)
    values = [slot.usual if v is ABSENT else v for v in outer.values]
    known = _having(place, values)
    if known is None:
        name = invent(Slot(slot.kind, values, slot.hint), place)
        known = _edited(name, place, slot.usual)
    known.used = True
    return known.name


def either(
    slot: Slot, level: Level, flags: Flags, base: Callable[[], str], invent: Invent
) -> str | None:
    """Another value where a flag holds, or a condition on the number of the round.

    Args:
        base: binds the names of what is said else, and gives its text.
    """
    if _value(slot, level, flags) is None:
        return None
    picked = select(flags, level, slot, invent)
    if picked is None:
        return None
    return _instead(slot, level, flags, picked, base())


def _bound(base: Value, level: Level) -> str:
    return (bound(base, level) or "").removeprefix("$")


def _instead(slot: Slot, level: Level, flags: Flags, picked: str, base: str) -> str | None:
    """The expression that gives another value where a condition holds."""
    new = _value(slot, level, flags)
    if new is None:
        return None
    if {new, base} == {"true", "false"}:
        return picked if new == "true" else opposite(picked)
    if slot.kind == "condition":
        if new == "true":
            return f"{base} or {picked}"
        whole = f"({base})" if " or " in base or " if " in base else base
        return f"{whole} and {opposite(picked)}"
    return f"{new} if {picked} else {base}"


def _value(slot: Slot, level: Level, flags: Flags) -> str | None:
    """What is written for the values in the samples that are flagged."""
    values = [v if flag is True else ABSENT for v, flag in zip(slot.values, flags, strict=True)]
    found = fit(values, level.columns(), slot.kind if slot.kind in KINDS else "word")
    if not found or (slot.kind == "condition" and found[0].names):
        return None
    for variable, _ in level.sight():
        variable.used = variable.used or variable.name in found[0].names
    return literal(found[0].data) if not found[0].names else found[0].text


# --- which samples -----------------------------------------------------------------------


def by_rounds(flags: Flags, level: Level) -> str | None:
    """A condition on the numbers of rounds alone that holds in just the samples flagged."""
    return _in_rounds(flags, level, by_rounds)


def _in_rounds(
    flags: Flags, level: Level, outside: Callable[[Flags, Level], str | None]
) -> str | None:
    """A condition on the numbers of rounds, joined to what is found outside of the loop."""
    if level.index is None or level.outer is None:
        return None
    around = _hoisted(flags, level)
    if around is not None:
        return outside(around, level.outer)
    parts = _parted(flags, level)
    if parts is None:
        return None
    text, around = parts
    if all(flag is not False for flag in around):
        return text
    before = outside(around, level.outer)
    return None if before is None else f"{before} and {text}"


def select(flags: Flags, level: Level, slot: Slot, invent: Invent) -> str | None:
    """A condition that holds in just the samples flagged, of which one part may be a new flag."""
    if level.is_block:
        height = _height(flags, level)
        if height is not None:
            return height
        values = [flag is True for flag in flags]
        known = _having(level, values)
        if known is None:
            named = slot.kind == "flag" or (slot.kind == "condition" and slot.usual is False)
            hint = (slot.hint if named else "") or HINTS.get(slot.kind, "other")
            name = invent(Slot("flag", [*values], hint), level)
            known = _edited(name, level, False)
        known.used = True
        return known.name
    return _in_rounds(flags, level, partial(select, slot=slot, invent=invent))


def _height(flags: Flags, level: Level) -> str | None:
    """A condition on how deep a block that holds itself is here: `depth == 0`."""
    inside = {id(around) for unit in level.units for around in [*unit.ancestors()][1:]}
    if inside.isdisjoint(map(id, level.units)):
        return None
    for variable in level.variables:
        there = {v for v, flag in zip(variable.values, flags, strict=True) if flag is True}
        if variable.kind in ("count", "index", "unknown") and len(there) == 1:
            (value,) = there
            if all(
                flag in (ABSENT, v == value) for v, flag in zip(variable.values, flags, strict=True)
            ):
                variable.used = True
                return f"{variable.name} == {value}"
    return None


def _edited(name: str, level: Level, default: Any) -> Variable:
    """A parameter that was just made, with a default."""
    (made,) = (v for v in level.variables if v.name == name)
    made.default, made.edited = default, True
    return made


def _hoisted(flags: Flags, level: Level) -> Flags | None:
    found = hoisted(Slot("flag", flags), level)
    return None if found is None else found.values


def _having(level: Level, values: Sequence[Any]) -> Variable | None:
    """A parameter that has just these values."""
    for variable in level.variables:
        if all(map(same, variable.values, values)):
            return variable
    return None


def _parted(flags: Flags, level: Level) -> tuple[str, Flags] | None:
    """A condition on the number of the round, and in which samples around it decides."""
    assert level.outer is not None and level.index is not None
    turns = sorted({t for t, flag in zip(level.turn, flags, strict=True) if flag is True})
    around: Flags = [ABSENT] * level.outer.size
    for above, flag in zip(level.above, flags, strict=True):
        if flag is not ABSENT:
            around[above] = bool(flag) or around[above] is True
    for above, turn, flag in zip(level.above, level.turn, flags, strict=True):
        if around[above] is True and flag is False and turn in turns:
            return None
    last, name = max(level.turn), level.index.name
    first, start = turns[0], min(level.index.values)
    if turns == [first]:
        text = f"{name} == {start + first}"
    elif turns == [*range(len(turns))]:
        text = f"{name} < {start + len(turns)}"
    elif turns == [*range(first, last + 1)]:
        text = f"{name} >= {start + first}"
    elif len(turns) == last:
        (other,) = {*range(last + 1)} - {*turns}
        text = f"{name} != {start + other}"
    else:
        return None
    level.index.used = True
    return text, around
