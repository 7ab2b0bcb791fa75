"""What hangs on a run of blocks for training only: from which of them, and equal ones as one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from archspec.backends.strips import words
from archspec.backends.strips.alike import together
from archspec.backends.strips.topology import Topology
from archspec.figures.folding import Box
from archspec.figures.maps import Maps
from archspec.figures.repeats import nodes_of
from archspec.ir.graph import Instance, Node


def hung(one: Topology) -> Topology:
    """The same with those that hang on one run and are equal as one, and which of it they read.

    Where what is alike is to stand once, so do those that are alike.
    """
    repeats = one.figure.folding.repeats
    exact = one.figure.detail.repeat == "equal"
    read: dict[Box, set[Node]] = {}
    for arrow in one.figure.arrows if any(map(_is_run, one.maps)) else ():
        read.setdefault(arrow.head, set()).add(arrow.value)
    first: dict[object, int] = {}
    into: dict[int, int] = {}
    maps = list(one.maps)
    for number, each in enumerate(one.maps):
        if not each.train_only or len(one.before[number]) != 1 or each.source:
            continue
        (tail,) = one.before[number]
        if not _is_run(one.maps[tail]) or number in one.named.values():
            continue
        boxes = (each.box, *each.leading, *each.passing)
        values = set[Node]().union(*(read.get(box, ()) for box in boxes))
        after = tuple(_places(one.maps[tail], values))
        maps[number] = replace(each, after=after)
        form = tail, bool(after), repeats.form(each.box.parts, exact=exact)
        if one.after[number] or first.setdefault(form, number) == number:
            continue
        into[number] = first[form]
        maps[first[form]] = together(maps[first[form]], maps[number])
    return one if maps == one.maps else replace(one, maps=maps).without(into)


def _is_run(maps: Maps) -> bool:
    return maps.box.times > 1


def _places(run: Maps, read: Collection[Node]) -> Iterator[str]:
    """Which of a run give these values: what they are called, or where they stand; not the last."""
    for number, member in enumerate(run.box.run[:-1], start=1):
        if any(node in read for node in nodes_of(member)):
            part = member[0]
            name = words.besides([part]) if isinstance(part, Instance) else ""
            yield name or f"{number} of {run.box.times}"
