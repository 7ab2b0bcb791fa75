"""What a part reads from outside: left out where a single box reads it, or put in again."""

from __future__ import annotations

from dataclasses import replace

from archspec.backends.strips.topology import Topology
from archspec.figures.maps import Maps


def unentered(one: Topology) -> Topology:
    """The same without the value from outside, where that is one and a single box reads it.

    Of several each is there, and so is one that is given on.
    """
    if len(one.sources) != 1 or len(one.after[0]) != 1 or 0 in one.ends:
        return one
    wires = {(tail - 1, head - 1): dashed for (tail, head), dashed in one.wires.items() if tail}
    names = {name: end - 1 for name, end in one.names.items()}
    ends = [end - 1 for end in one.ends]
    return replace(one, maps=one.maps[1:], wires=wires, ends=ends, names=names)


def entered(one: Topology) -> Topology:
    """The same with the value from outside that its first box reads, where that was left out."""
    if any(maps.source for maps in one.maps) or not one.figure.sources:
        return one
    ends = [end + 1 for end in one.ends]
    reading = (n for n, tails in enumerate(one.before) if not tails)
    wires = {(0, n + 1): False for n in reading if one.maps[n].box.parts[0].inputs}
    wires |= {(tail + 1, head + 1): dashed for (tail, head), dashed in one.wires.items()}
    maps = [Maps(one.figure.sources[0], source=True), *one.maps]
    names = {name: end + 1 for name, end in one.names.items()}
    return replace(one, maps=maps, wires=wires, ends=ends, names=names)
