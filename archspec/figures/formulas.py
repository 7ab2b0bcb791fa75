"""What stands on arrows because a spec has a `note` there: formulas, or a few words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from archspec.figures.detail import Selection
from archspec.figures.folding import Folding
from archspec.figures.words import printable
from archspec.ir.graph import Instance, Node


def formulas(folding: Folding) -> dict[Node, str]:
    """The words on the arrows of values.

    A block's notes are said where it is drawn open once, or by itself: in a network of many equal
    blocks they would be everywhere, and what one of them does is seen where it is opened. Of two
    for one value the outermost is said: what is written around it goes on from that name.
    """
    if not any(instance.notes for instance in folding.selection.graph.instances):
        return {}
    opened = {
        instance: unit
        for instance, unit in _opened(folding.selection)
        if _is_drawn(folding, instance)
    }
    own = next(iter(opened.values()), None)
    times = Counter(unit.block for unit in set(opened.values()))
    found: dict[Node, str] = {}
    for instance, unit in opened.items():
        if unit is own or times[unit.block] == 1:
            for node, text in instance.notes.items():
                found.setdefault(node, printable(text))
    return found


def _opened(selection: Selection) -> Iterator[tuple[Instance, Instance]]:
    """Instances that are not folded, each before those within, and the units they stand in.

    A unit is a block instance, or the network.
    """
    root = selection.root
    waiting = [(root, root.unit)]
    while waiting:
        instance, unit = waiting.pop()
        yield instance, unit
        waiting += (
            (child, unit if child.block is None else child)
            for child in reversed(instance.children)
            if isinstance(child, Instance) and not selection.folds(child)
        )


def _is_drawn(folding: Folding, instance: Instance) -> bool:
    """Whether it is the one that is drawn, of those that a frame with ×N stands for."""
    first = next(iter(instance.nodes()), None)
    return first is None or not any(folding.turns.get(first, {}).values())
