"""Names of parameters and of what loops walk, where no spec has named them.

A parameter is called what the attribute is called that it is for. Where a body wants several of
that name, each is called after the node that it is for: `reduce_channels`, `expand_channels`; and
where there are many, by the name of the node alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from archspec.lifting.names import fresh
from archspec.lifting.samples import ABSENT
from archspec.lifting.terms import Item, Level, Slot
from archspec.ops import REGISTRY

RESERVED = frozenset({"input"})
WORDS = {"condition": "flag", "rounds": "depth", "reference": "source", "id": "name"}
SHORT = {"out_channels": "channels", "out_features": "features", "kernel_size": "kernel"}
"""What attributes are called behind the name of a node."""
WALKED = {"out_channels": "channels", "out_features": "features"}
"""What a loop calls what it gives to these attributes."""
MANY = 5
"""So many of one kind in a body are called after their nodes alone."""
ORDINALS = ("second", "third", "fourth", "fifth", "sixth")
_WORD = re.compile(r"[A-Za-z_]\w*")


class Naming:
    """Finds names for the variables of one body.

    Attributes:
        taken: names that are no longer free in it; `shared` are those of all bodies, none of which
            the network's own may be.
        parameters: those of its parameters, and of what is in sight from the start.
        bound: those that loops walk, each with the levels of these.
    """

    def __init__(self, level: Level, shared: set[str], former: Iterable[str] = ()) -> None:
        self.shared = shared
        self.taken = {*RESERVED, *(variable.name for variable, _ in level.sight()), *former}
        self.parameters = {*self.taken}
        self.bound: dict[str, list[Level]] = {}
        shared |= self.taken

    def parameter(self, slot: Slot, level: Level, contested: bool, rivals: int = 0) -> str:
        """The name of a new parameter.

        Args:
            contested: whether others of the body would be called the same.
            rivals: how many slots of the body differ that would be called so, whether or not they
                follow from others.
        """
        taken = self.taken if level.is_block else self.taken | self.shared
        name = self._free(slot, taken, contested, wanted(slot), rivals >= MANY)
        self.parameters.add(name)
        return name

    def walked(self, slot: Slot, level: Level) -> str:
        """The name of what a loop walks: one that neither loops around nor loops within have."""
        within = {n for n, loops in self.bound.items() if any(level in o.chain() for o in loops)}
        around = {variable.name for variable, _ in level.sight()}
        word = WALKED.get(wanted(slot), wanted(slot))
        name = self._free(slot, self.parameters | around | within, False, word)
        self.bound.setdefault(name, []).append(level)
        return name

    def _free(
        self, slot: Slot, taken: set[str], contested: bool, word: str, many: bool = False
    ) -> str:
        names = _names_of_many(slot) if many else _names(slot, word, contested)
        found = next((name for name in names if name not in taken), None)
        name = found or fresh(word, taken)
        self.taken.add(name)
        self.shared.add(name)
        return name


def wanted(slot: Slot) -> str:
    """What a variable would be called that has the values of a slot."""
    return slot.hint or WORDS.get(slot.kind, slot.kind)


def _names(slot: Slot, word: str, contested: bool) -> Iterator[str]:
    """Names for a variable, the best first."""
    short = SHORT.get(word, word)
    if not contested:
        yield word
    if slot.kind == "condition":
        yield f"with_{word}"
    for at in range(len(slot.place)):
        yield "_".join((*slot.place[len(slot.place) - 1 - at :], short))
    yield word
    nearest = slot.place[-1:]
    for ordinal in ORDINALS:
        yield "_".join((*nearest, ordinal, short))


def _names_of_many(slot: Slot) -> Iterator[str]:
    """Names for one of many that measure the same, which so goes without saying."""
    place = slot.place
    if len(place) > 1 and place[-1] in REGISTRY:  # an op without an id, in something that has one
        place = place[:-1]
    for at in range(len(place)):
        yield "_".join(place[len(place) - 1 - at :])
    for ordinal in ORDINALS if place else ():
        yield f"{place[-1]}_{ordinal}"


def placed(items: Sequence[Item], around: tuple[str, ...] = ()) -> None:
    """Note in all slots of some items for which node they are."""
    for item in items:
        ident = _ident(item)
        own = (*around, ident) if ident else around
        named = own if ident or item.kind != "op" else (*around, item.name)
        for slot in item.slots.values():
            slot.place = named
        if item.present is not None:
            item.present.place = around
            item.present.hint = item.present.hint or ident or item.name
        placed(item.body, own)
        for arm in item.branches:
            placed(arm.items, own)
            if arm.present is not None:
                first = next((one for one in arm.items), None)
                said = (_ident(first) or first.name) if first is not None else _text(arm.name)
                arm.present.hint = arm.present.hint or said


def _ident(item: Item) -> str:
    """The id of an item, if that is a word; what ids of other samples have in common with it."""
    return _text(item.slots.get("id"))


def _text(slot: Slot | None) -> str:
    known = {str(value) for value in slot.values if value is not ABSENT} if slot else set()
    if len(known) > 1:
        known = {word.rstrip("0123456789_") for word in known}
    word = known.pop() if len(known) == 1 else ""
    return word if _WORD.fullmatch(word) else ""
