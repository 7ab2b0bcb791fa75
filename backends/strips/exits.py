"""What hangs on a run of blocks for training only: from which of them, and equal ones as one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from archspec.backends.strips import words
from archspec.backends.strips.topology import Topology
from archspec.drawing.called import called
from archspec.drawing.folding import Box
from archspec.drawing.maps import Maps
from archspec.drawing.repeats import Part, nodes_of
from archspec.graph import Instance


def hung(one: Topology) -> Topology:
    """The same with those that hang on one run and are equal as one, and which of it they read.

    Where what is alike is to stand once, so do those that are alike.
    """
    before, repeats = one.before, one.figure.folding.repeats
    exact = one.figure.detail.repeat == "equal"
    read = {tail for tail, _ in one.wires}
    first: dict[object, int] = {}
    into: dict[int, int] = {}
    maps = list(one.maps)
    for number, each in enumerate(one.maps):
        if not each.train_only or len(before[number]) != 1 or each.source:
            continue
        (tail,) = before[number]
        if one.maps[tail].box.times == 1 or number in one.names.values():
            continue
        after = tuple(_places(one, one.maps[tail], each))
        maps[number] = replace(each, after=after)
        form = tail, bool(after), repeats.form(each.box.parts, exact=exact)
        if number in read or first.setdefault(form, number) == number:
            continue
        into[number] = first[form]
        maps[first[form]] = _both(maps[first[form]], maps[number])
    return replace(one, maps=maps).without(into)


def _both(ours: Maps, more: Maps) -> Maps:
    """Two as one."""
    box = Box([*ours.box.members, *more.box.members], ours.box.times + more.box.times)
    passing, leading = [*ours.passing, *more.passing], [*ours.leading, *more.leading]
    return replace(ours, box=box, passing=passing, leading=leading, after=ours.after + more.after)


def _places(one: Topology, run: Maps, maps: Maps) -> Iterator[str]:
    """Which of a run it hangs on: what that is called, or where it stands; not of the last."""
    boxes = (maps.box, *maps.leading, *maps.passing)
    read = {arrow.value for arrow in one.figure.arrows if arrow.head in boxes}
    for number, member in enumerate(run.box.run[:-1], start=1):
        if not read.isdisjoint(nodes_of(member)):
            yield _name(member[0]) or f"{number} of {run.box.times}"


def _name(part: Part) -> str:
    """What a block is called besides its kind."""
    if not isinstance(part, Instance):
        return ""
    return " ".join(called([part])).removeprefix(words.block(part)).strip()
