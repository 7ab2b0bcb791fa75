"""Parameters of a network that are the same in all of its variants, found where they are read.

A graph knows the values of its network's parameters, not what was written with them. A number or a
list that occurs in one place or two is taken to be the parameter that has it; an op or a block
that a word names is taken to be chosen by that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from archspec.ir.graph import Graph, Node
from archspec.lifting.align import pattern
from archspec.lifting.fit import written
from archspec.lifting.samples import ABSENT, frozen, is_number, same
from archspec.lifting.terms import BARE, Item, Level, Slot, Variable, walk

PLACES = 2
"""In so many places at most is a number read that a parameter is known by."""
SMALL = 10
"""Whole numbers below this occur anywhere by chance, unless the attribute is called as they are."""


class Constants:
    """The hidden parameters of the network whose values tell them."""

    def __init__(self, level: Level, graphs: Sequence[Graph]) -> None:
        self.level = level
        known = [v for v in level.hidden.values() if ABSENT not in v.values]
        self.words = _unique((v.values[0], v) for v in known if isinstance(v.values[0], str))
        self.lists = _unique((v.values[0], v) for v in known if _is_list(v.values[0]))
        numbers = [v for v in known if is_number(v.values[0])]
        few = _places(graphs) if numbers else {}
        self.named = {v.name: v for v in numbers if few.get((v.name, v.values[0]), 0) <= PLACES}
        self.numbers = _unique(
            (v.values[0], v)
            for v in numbers
            if (isinstance(v.values[0], float) or v.values[0] >= SMALL)
            and few.get(v.values[0], 0) <= PLACES
        )

    def heads(self, items: list[Item]) -> None:
        """Have words choose the ops and blocks that they name."""
        for item in walk(items):
            variable = self.words.get(item.name)
            if item.kind in ("op", "block") and variable is not None and "head" not in item.slots:
                names = [ABSENT if part is None else item.name for part in item.parts]
                item.slots["head"] = Slot("word", names, "head")

    def kept(self, slot: Slot, level: Level) -> bool:
        """Whether a parameter is what a slot has in all samples, and is written then."""
        variable = self.of(slot)
        if variable is None or any(
            v.name == variable.name
            for around in level.chain()
            for v in around.variables
            if v is not variable
        ):
            return False
        self.use(variable)
        slot.kept = True
        slot.text = variable.name if slot.kind in BARE else written(variable.name)
        return True

    def use(self, variable: Variable) -> None:
        """Note that a parameter is read."""
        if self.level.hidden.pop(variable.name, None) is not None:
            self.level.add(variable)
        variable.used = True

    def of(self, slot: Slot) -> Variable | None:
        """The parameter that has the only value of a slot."""
        value: Any = frozen(slot.first)
        if isinstance(value, str):
            return self.words.get(value) if slot.hint == "head" else None
        if isinstance(value, tuple):
            return self.lists.get(value)
        if not is_number(value) or slot.kind in ("id", "reference"):
            return None
        named = self.named.get(slot.hint)
        if named is not None and same(named.values[0], value):
            return named
        return self.numbers.get(value)


def _is_list(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) > 1


def _unique(pairs: Iterable[tuple[Any, Variable]]) -> dict[Any, Variable]:
    """Parameters by their values, those left out that have one in common."""
    found: dict[Any, list[Variable]] = {}
    for value, variable in pairs:
        found.setdefault(value, []).append(variable)
    return {value: several[0] for value, several in found.items() if len(several) == 1}


def _places(graphs: Sequence[Graph]) -> dict[Any, int]:
    """In how many places of blocks and of the network each number stands, and under each name."""
    found: dict[Any, set[tuple[str, str]]] = {}
    for graph in graphs:
        for node in graph.nodes:
            unit = node.scope.unit
            where = unit.block.name if unit.block is not None else ""
            path = unit.relative(node.path)
            place = (where, pattern(path) or path)
            for name, value in _numbers(node):
                for key in (value, (name, value)):
                    found.setdefault(key, set()).add(place)
    return {value: len(places) for value, places in found.items()}


def _numbers(node: Node) -> Iterator[tuple[str, Any]]:
    for name in node.op.model_fields_set:
        value = getattr(node.op, name)
        if is_number(value):
            yield name, value
