"""What stands on arrows because a spec has a `note` there: formulas, or a few words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from archspec.drawing.detail import Selection
from archspec.drawing.folding import Folding
from archspec.drawing.words import printable
from archspec.graph import Instance, Node


def formulas(folding: Folding) -> dict[Node, str]:
    """The words on the arrows of values.

    A block's notes are said where it is drawn open once, or by itself: in a network of many equal
    blocks they would be everywhere, and what one of them does is seen where it is opened.
    """
    selection = folding.selection
    opened = [one for one in _opened(selection, selection.root) if _is_drawn(folding, one)]
    own = _unit(selection.root)
    times = Counter(unit.block for unit in {_unit(instance) for instance in opened})
    return {
        node: printable(text)
        for instance in opened
        if _unit(instance) is own or times[_unit(instance).block] == 1
        for node, text in instance.notes.items()
    }


def _opened(selection: Selection, instance: Instance) -> Iterator[Instance]:
    """Instances that are not folded, each before those within."""
    yield instance
    for child in instance.children:
        if isinstance(child, Instance) and not selection.folds(child):
            yield from _opened(selection, child)


def _is_drawn(folding: Folding, instance: Instance) -> bool:
    """Whether it is the one that is drawn, of those that a frame with ×N stands for."""
    first = next(iter(instance.nodes()), None)
    return first is None or not any(folding.turns.get(first, {}).values())


def _unit(instance: Instance) -> Instance:
    """The block instance that a group stands in, or the network."""
    return next(i for i in instance.ancestors() if i.block is not None or i.parent is None)
