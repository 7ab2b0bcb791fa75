"""Boxes in a row that read the same, as one with ×N."""

from __future__ import annotations

from dataclasses import replace

from archspec.backends.strips import words
from archspec.backends.strips.topology import Topology
from archspec.figures.folding import Box
from archspec.figures.maps import Maps
from archspec.figures.words import shape_words
from archspec.ir.graph import Instance, Node


def as_one(one: Topology) -> Topology:
    """The same with layers that follow one another in a stage as one, where they read the same.

    They may take other numbers of channels, of which nothing is written. What has a note that the
    next one has not stays apart.
    """
    named = set(one.named.values())
    maps, notes = list(one.maps), dict(one.notes)
    into: dict[int, int] = {}
    for number, tails in enumerate(one.before):
        last = tails[0] if len(tails) == 1 else number
        first = into.get(last, last)
        alone = len(one.after[last]) == 1 and last not in named and last not in one.ends
        if first == number or not alone or not _same(one, maps[first], maps[number]):
            continue
        before, note = (replace(one, notes=notes).note(maps[n]) for n in (first, number))
        if before == shape_words(maps[first].shape):  # which is that of all of them
            note = note or before
        elif before not in (None, note):
            continue
        into[number] = first
        maps[first] = replace(together(maps[first], maps[number]), known="")
        notes |= {} if note is None else {maps[first].box: note}
    return replace(one, maps=maps, notes=notes).without(into) if into else one


def looped(one: Topology) -> Topology:
    """The same with what lends its weights to the run that follows it as the first of this run."""
    after = one.after
    maps, into = list(one.maps), dict[int, int]()
    for number, tails in enumerate(one.before):
        again = one.maps[number]
        if not again.again or len(tails) != 1:
            continue
        (tail,) = tails
        first = one.maps[tail]
        ends = tail in one.ends or tail in one.named.values() or one.note(first) is not None
        if ends or len(after[tail]) > 1 or not _of_a_kind(first.box, again.box):
            continue
        run = together(first, again)
        maps[tail] = replace(run, whose=again.whose, known=again.known, again=True)
        into[number] = tail
    return replace(one, maps=maps).without(into) if into else one


def together(ours: Maps, more: Maps) -> Maps:
    """Two boxes as one, with what goes with either."""
    box = Box([*ours.box.members, *more.box.members], ours.box.times + more.box.times)
    passing, leading = [*ours.passing, *more.passing], [*ours.leading, *more.leading]
    return replace(ours, box=box, passing=passing, leading=leading, after=ours.after + more.after)


def _of_a_kind(one: Box, other: Box) -> bool:
    """Whether both stand for instances of one block, or for ops of one kind, of one shape."""
    kinds = [
        tuple(part.op if isinstance(part, Node) else part.block for part in box.parts)
        for box in (one, other)
    ]
    return kinds[0] == kinds[1] and one.shapes == other.shapes


def _same(one: Topology, ours: Maps, more: Maps) -> bool:
    """Whether two boxes are layers of one stage, with the same words in them."""
    if any(maps.source or maps.joint or maps.stacking for maps in (ours, more)):
        return False
    parts = [part for maps in (ours, more) for part in maps.box.parts]
    if not all(isinstance(part, Node) and not part.shared for part in parts):
        return False
    first, other = (replace(maps.box, times=1) for maps in (ours, more))
    same = words.level(Maps(first)) == words.level(Maps(other))
    return (
        same
        and ours.shape == more.shape
        and ours.train_only == more.train_only
        and _stage(one, ours) is _stage(one, more)
    )


def _stage(one: Topology, maps: Maps) -> Instance | None:
    """The part at the top of the figure that holds a layer; None if none does."""
    part = maps.box.part
    assert isinstance(part, Node)
    return next(reversed(one.figure.selection.around(part.scope)), None)
