"""What a block has that another one of its name has not."""

from __future__ import annotations

from collections import Counter

from archspec.backends.strips import words
from archspec.backends.strips.topology import Topology
from archspec.figures.maps import Maps, maker
from archspec.figures.opwords import op_name
from archspec.ir.graph import Node


def besides(one: Topology, usual: Topology) -> str:
    """`1×1 conv on the skip`: a layer that is not in the usual form; nothing if all are."""
    known = Counter(map(_said, usual.maps))
    extra: list[int] = []
    for number in sorted(range(len(one.maps)), key=lambda n: _on_skip(one, n)):
        said = _said(one.maps[number])
        if known[said]:
            known[said] -= 1
        elif said:
            extra.append(number)
    if not extra:
        return ""
    said = _said(one.maps[extra[0]])
    return f"{said} on the skip" if _on_skip(one, extra[0]) else f"with {said}"


def _on_skip(one: Topology, number: int) -> bool:
    """Whether a box alone leads from what comes in to a sum, past others."""
    heads = one.after[number]
    sources = [tail for tail in one.before[number] if one.maps[tail].source]
    return bool(sources) and len(heads) == 1 and one.maps[heads[0]].joint


def _said(maps: Maps) -> str:
    """What a layer is called, with its kernel; nothing of what comes in."""
    part = maker(maps)
    if maps.source or maps.signed:
        return ""
    return op_name(part) if isinstance(part, Node) else words.part(part)
