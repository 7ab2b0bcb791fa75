"""What values flow through: without switches, and the wires by which others read them.

A switch is a box, no input, whose value is only ever referred to, as FractalNet's random choice of
a column is by its joins: it says what counts, and nothing of it is in what is given. A merge that
has one operand left besides is nothing, too.
"""

from __future__ import annotations

from archspec.backends.strips.topology import Topology
from archspec.figures.maps import Maps


def switches(one: Topology) -> list[Maps]:
    """The boxes whose values are only ever referred to."""
    return [one.maps[number] for number in sorted(one.switches)]


def flowing(one: Topology) -> Topology:
    """The same without switches, and without merges of what is a single operand then."""
    left_out = one.switches
    if not left_out:
        return one
    before = [[tail for tail in tails if tail not in left_out] for tails in one.before]
    referring = {head for tail, head in one.wires if tail in left_out}
    same: dict[int, int] = {}  # the operand that a merge is
    for number, (maps, tails) in enumerate(zip(one.maps, before, strict=True)):
        if number in referring and maps.joint and len(tails) == 1:
            same[number] = same.get(tails[0], tails[0])
    return one.without(same, left_out)
