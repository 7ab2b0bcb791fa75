"""What values flow through: without switches, and the wires by which others read them.

A switch is a box, no input, whose value is only ever referred to, as FractalNet's random choice of
a column is by its joins: it says what counts, and nothing of it is in what is given. A merge that
has one operand left besides is nothing, too.
"""

from __future__ import annotations

from dataclasses import replace

from archspec.backends.strips.topology import Topology
from archspec.drawing.columns import Edge
from archspec.drawing.maps import Maps, carries


def switches(one: Topology) -> list[Maps]:
    """The boxes whose values are only ever referred to."""
    return [one.maps[number] for number in sorted(_switches(one))]


def flowing(one: Topology) -> Topology:
    """The same without switches, and without merges of what is a single operand then."""
    left_out = _switches(one)
    if not left_out:
        return one
    wires = {edge: dashed for edge, dashed in one.wires.items() if not left_out & {*edge}}
    before: dict[int, list[int]] = {}
    for tail, head in wires:
        before.setdefault(head, []).append(tail)
    referring = {head for tail, head in one.wires if tail in left_out}
    same: dict[int, int] = {}  # the operand that a merge is
    for number, maps in enumerate(one.maps):
        if number in referring and maps.joint and len(before.get(number, ())) == 1:
            operand = before[number][0]
            same[number] = same.get(operand, operand)
    kept = [n for n in range(len(one.maps)) if n not in left_out and n not in same]
    place = {number: i for i, number in enumerate(kept)}
    found: dict[Edge, bool] = {}
    for (tail, head), dashed in wires.items():
        if head not in same:
            edge = place[same.get(tail, tail)], place[head]
            found[edge] = found.get(edge, True) and dashed
    ends = [place[same.get(end, end)] for end in one.ends]
    names = {name: place[same.get(end, end)] for name, end in one.names.items()}
    kept_maps = [one.maps[n] for n in kept]
    return replace(one, maps=kept_maps, wires=found, ends=ends, names=names)


def _switches(one: Topology) -> set[int]:
    inputs = set(one.figure.graph.inputs)
    number = {maps.box: i for i, maps in enumerate(one.maps)}
    referred: set[int] = set()
    flows = {i for i, maps in enumerate(one.maps) if not inputs.isdisjoint(maps.box.nodes())}
    flows.update(one.ends)
    for arrow in one.figure.arrows:
        (flows if carries(arrow) else referred).add(number[arrow.tail])
    return referred - flows
