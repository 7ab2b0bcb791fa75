"""Ids that are positions: counted from what stands before, `$(len(kernels) + i + 2)`.

The loops and the conditions before an item say how many children of its scope are there. What is
counted from them holds of other variants, too, where a list of the numbers would not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from archspec.lifting.fit import Fitted, written
from archspec.lifting.forms import bracketed
from archspec.lifting.samples import ABSENT, Samples
from archspec.lifting.templates import sure
from archspec.lifting.terms import Item, Level, Slot, hoisted

_LESS = re.compile(r"([A-Za-z_]\w*)(?: - (\d+))?")
"""How many rounds a loop within a loop has: as many as a list says, or fewer."""


@dataclass(frozen=True, slots=True)
class Part:
    """So many children: a number, or a multiple of an expression.

    Attributes:
        times: the number, or what the expression is multiplied by.
        level: the level of what it comes from.
        text: the expression, if there is one, and `count` what it is in each sample.
        when: where these children are; None where they always are.
    """

    times: int
    level: Level
    text: str = ""
    count: Slot | None = None
    when: Slot | None = None


Parts = tuple[Part, ...]
Places = dict[int, Parts]
"""What stands before the items of a body that have ids, by their slots."""


def places(items: Sequence[Item]) -> Places:
    """What stands before the items of a body, once its loops and its conditions are written."""
    found: Places = {}
    _scope(items, found)
    return found


def counted(slot: Slot, level: Level, before: Parts, samples: Samples) -> Fitted | None:
    """The id of an item as it follows from what stands before it; None where it does not."""
    gathered = samples.gather(slot.values)
    if not gathered:
        return None
    text = _sum(before, slot, level)
    if text is None:
        return None
    shown = written(text)
    found = sure(Fitted(shown, len(shown), frozenset(), shown), gathered, samples)
    return found if found is not None and found.names else None


# --- What stands before -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Total:
    """A sum of expressions, each so many times, and a number."""

    start: int
    terms: Mapping[str, int]

    @property
    def added(self) -> str:
        """The sum without the number."""
        return " + ".join(
            text if times == 1 else f"{times} * {bracketed(text)}"
            for text, times in self.terms.items()
        )

    @property
    def text(self) -> str:
        """The sum as it is written."""
        if not self.terms or not self.start:
            return self.added or str(self.start)
        return f"{self.added} {'+' if self.start > 0 else '-'} {abs(self.start)}"


class _UnknownError(Exception):
    """It is not known how many children there are."""


def _scope(items: Sequence[Item], found: Places) -> None:
    """Count what a scope holds, as far as that is known."""
    try:
        _items(items, (), found)
    except _UnknownError:
        return


def _items(items: Sequence[Item], before: Parts, found: Places) -> Parts:
    """Note what stands before items; return what stands before what follows them."""
    for item in items:
        if item.kind == "loop":
            before = _loop(item, before, found)
            continue
        if item.kind == "group":
            _scope(item.body, found)
        for arm in item.branches:
            if arm.inner is not None or arm.present is not None:
                raise _UnknownError
            before = _items(arm.items, before, found)
        if "id" in item.slots:
            found[id(item.slots["id"])] = before
        if item.kind not in ("place", "parallel"):
            before = (*before, Part(1, item.level, when=item.present))
    return before


def _loop(item: Item, before: Parts, found: Places) -> Parts:
    """Count what the rounds of a loop hold: those before each round, and all of them."""
    inner, count = item.inner, item.count
    if inner is None or inner.index is None or count is None:
        raise _UnknownError
    once = _items(item.body, (), {})
    earlier = [part for one in once for part in _earlier(one, inner, inner.index.name)]
    _items(item.body, (*before, *earlier), found)
    total = [part for one in once for part in _in_all(one, inner, count, item)]
    if item.present is not None and any(part.when is not None for part in total):
        raise _UnknownError
    return (*before, *(replace(part, when=part.when or item.present) for part in total))


def _earlier(part: Part, inner: Level, index: str) -> Iterator[Part]:
    """What the rounds before one hold, of what a round holds."""
    outer = inner.outer
    assert outer is not None
    when = _around(part.when, inner)
    if not part.text:
        yield replace(part, text=index, level=outer, when=when)
    elif part.count is not None and hoisted(part.count, inner) is not None:
        yield Part(part.times, outer, f"{bracketed(part.text)} * {index}", when=when)
    else:
        walked, less = _walked(part, inner)
        if not walked.isidentifier():
            raise _UnknownError
        yield Part(part.times, outer, f"sum({walked}[:{index}])", when=when)
        if less:
            yield Part(-less * part.times, outer, index, when=when)


def _in_all(part: Part, inner: Level, count: Slot, item: Item) -> Iterator[Part]:
    """What all rounds hold, of what a round holds."""
    when = _around(part.when, inner)
    fewer = 1 if part.when is not None and when is None else 0
    times, level = part.times, item.level
    if part.text:
        rounds = hoisted(part.count, inner) if part.count is not None else None
        if rounds is None:
            walked, less = _walked(part, inner)
            yield Part(times, level, f"sum({walked})", when=when)
            part, times = replace(part, text=""), -less * times
        elif not isinstance(count.text, int):
            yield Part(times, level, f"{bracketed(part.text)} * {bracketed(count.text)}", when=when)
            return
        else:
            yield Part(times * count.text, level, part.text, rounds, when)
            return
    if isinstance(count.text, int):
        yield Part(times * (count.text - fewer), level, when=when)
    else:
        yield Part(times, level, str(count.text), count, when)
        if fewer:
            yield Part(-times, level, when=when)


def _around(when: Slot | None, inner: Level) -> Slot | None:
    """A condition as it is asked around a loop; None where it holds in all rounds but the last.

    Raises:
        _UnknownError: where it holds in some rounds, and not in others.
    """
    if when is None:
        return None
    outer = hoisted(when, inner)
    if outer is not None:
        outer.text = when.text
        return outer
    last = [
        above != after for above, after in zip(inner.above, [*inner.above[1:], -1], strict=True)
    ]
    pairs = zip(when.values, last, strict=True)
    if all(flag is ABSENT or bool(flag) is not end for flag, end in pairs):
        return None
    raise _UnknownError


def _walked(part: Part, inner: Level) -> tuple[str, int]:
    """The list that says how many rounds a loop within a loop has, and how many fewer it has."""
    match = _LESS.fullmatch(part.text)
    walked = inner.lists.get(match[1]) if match else None
    if match is None or walked is None or not isinstance(walked.text, str):
        raise _UnknownError
    return walked.text, int(match[2] or 0)


# --- What is written of it ----------------------------------------------------------------


def _sum(before: Parts, slot: Slot, level: Level) -> str | None:
    """The number of children as an expression, which a single condition may decide on."""
    known = [at for at, value in enumerate(slot.values) if value is not ABSENT]
    asked: dict[tuple[Any, ...], Slot] = {}
    parts: list[tuple[Part, tuple[Any, ...]]] = []
    for part in before:
        flags: tuple[Any, ...] = (True,) * len(known)
        if part.when is not None:
            flags = _seen(part.when.values, part.level, level, known)
        if True not in flags:
            continue
        if False in flags and part.when is not None:
            asked.setdefault(flags, part.when)
        parts.append((part, flags))
    whole = [part for part, flags in parts if False not in flags]
    total = _total(whole, level, known)
    counting = {flags for part, flags in parts if False in flags and part.text}
    counting |= {tuple(not flag for flag in flags) for flags in counting}
    added = ""
    for flags, when in [*asked.items()]:
        if flags in counting:
            continue
        start = sum(part.times for part, holds in parts if holds == flags)
        if len(asked) > 1:
            added += f" + ({start} if {when.text} else 0)"
            del asked[flags]
    if not asked:
        return total.text + added
    flags, when = next(iter(asked.items()))
    opposite = tuple(not flag for flag in flags)
    if not asked.keys() <= {flags, opposite}:
        return None
    cases = []
    for case in (flags, opposite):
        there = [at for at, flag in zip(known, case, strict=True) if flag]
        some = [part for part, holds in parts if holds == case]
        cases.append(_total([*whole, *some], level, there))
    text = _either(str(when.text), *cases)
    return f"({text}){added}" if added and " if " in text else text + added


def _either(condition: str, one: Total, other: Total) -> str:
    """One of two sums, what they have in common said once."""
    if one == other:
        return one.text
    if one.terms == other.terms and one.terms:
        return f"{one.added} + ({one.start} if {condition} else {other.start})"
    return f"{one.text} if {condition} else {other.text}"


def _seen(values: Sequence[Any], own: Level, level: Level, known: Sequence[int]) -> tuple[Any, ...]:
    """Values of a level as samples within it see them."""
    for step in reversed([*_within(own, level)]):
        values = step.lifted(values)
    return tuple(values[at] for at in known)


def _within(own: Level, level: Level) -> Iterator[Level]:
    for one in level.chain():
        if one is own:
            return
        yield one


def _total(parts: Sequence[Part], level: Level, known: Sequence[int]) -> Total:
    """Parts, added up; without those of which there are none in any of the samples."""
    start, terms = 0, dict[str, int]()
    for part in parts:
        values = part.count.values if part.count is not None else None
        if values is not None and not any(_seen(values, part.level, level, known)):
            continue
        if part.text:
            terms[part.text] = terms.get(part.text, 0) + part.times
        else:
            start += part.times
    return Total(start, {text: times for text, times in terms.items() if times})
