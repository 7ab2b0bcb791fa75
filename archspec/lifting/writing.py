"""Items -> the plain data of a body, as YAML would load it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archspec.lifting.terms import ABSENT, Arm, Item, Slot
from archspec.ops import REGISTRY

Data = dict[str, Any]


class Writer:
    """Writes bodies.

    Args:
        bare: the parameter that a bare argument stands for, of each block that has one.
        hides: the names of blocks, which are no ops here.
    """

    def __init__(self, bare: Mapping[str, str]) -> None:
        self.bare = bare

    def body(self, items: list[Item]) -> list[Any]:
        """The entries of a body; neighbours with one condition stand in a group."""
        found: list[Any] = []
        at = 0
        while at < len(items):
            end = at + 1
            first = items[at].present
            while end < len(items) and _alike(first, items[end].present):
                end += 1
            if end - at > 1 and first is not None:
                inside = [self.item(i, asked=False) for i in items[at:end]]
                found.append({"when": first.text, "graph": inside})
            else:
                found += [self.item(i) for i in items[at:end]]
            at = end
        return found

    def item(self, item: Item, asked: bool = True) -> Any:
        """An entry; `asked` is whether its condition is written beside it."""
        said: Data = {}
        self._beside(said, item, asked)
        head = self.head(item)
        for key, value in head.items():
            said[key] = value
        if _text(item, "note"):
            said["note"] = _text(item, "note")
        if list(said) == [item.name] and said[item.name] is None and item.kind == "op":
            return item.name
        return said

    def _beside(self, said: Data, item: Item, asked: bool) -> None:
        for key in ("id", "label", "doc"):
            if _text(item, key):
                said[key] = _text(item, key)
        if asked and item.present is not None:
            said["when"] = item.present.text
        feeds = [slot.text for key, slot in item.slots.items() if key.startswith("from.")]
        if feeds:
            said["from"] = feeds[0] if len(feeds) == 1 else feeds
        if "share" in item.slots:
            said["share"] = item.slots["share"].text
            own = item.slots.get("own")
            if own is not None and own.text:
                said["share"] = {"of": said["share"], "own": own.text}

    def head(self, item: Item) -> Data:
        if item.kind == "place":
            needs = "id" in item.slots
            return {"graph": []} if needs else {}
        if item.kind == "group":
            return {"graph": self.body(item.body)}
        if item.kind == "list":
            return self.each(item)
        if item.kind == "parallel":
            return {"parallel": self.arms(item.branches)}
        return {item.name: self.arguments(item)}

    def each(self, item: Item) -> Data:
        (inner,) = item.body
        said: Data = {"each": walked(item)}
        if inner.present is not None:
            said["when"] = inner.present.text
        self._beside(said, inner, False)
        said.pop("id", None)
        return {**said, **self.head(inner)}

    def arguments(self, item: Item) -> Any:
        """What stands behind an op or a block."""
        found = {
            key.partition(".")[2]: slot.text
            for key, slot in item.slots.items()
            if key.startswith(("attribute.", "argument.")) and slot.text is not ABSENT
        }
        if item.kind == "merge":
            arms = self.arms(item.branches)
            return {"branches": arms, **found} if found else arms
        first = self.bare.get(item.name) if item.kind == "block" else REGISTRY[item.name].primary
        if len(found) == 1 and first in found and not isinstance(found[first], dict):
            return found[first]
        return found or None

    def arms(self, arms: list[Arm]) -> list[Any]:
        return [self.arm(arm) for arm in arms]

    def arm(self, arm: Arm) -> Any:
        if arm.name is not None:
            if arm.present is None:
                return arm.name.text
            return {"when": arm.present.text, "from": arm.name.text}
        items = self.body(arm.items)
        if arm.present is not None:
            return {"when": arm.present.text, "graph": items}
        if not items:
            return "identity"
        if len(items) == 1 and isinstance(items[0], dict) and "when" not in items[0]:
            if "for" not in items[0] and "repeat" not in items[0]:
                return items[0]
        return items


def _alike(one: Slot | None, other: Slot | None) -> bool:
    return one is not None and other is not None and one.text == other.text


def _text(item: Item, key: str) -> Any:
    slot = item.slots.get(key)
    return None if slot is None or slot.text is ABSENT else slot.text


def walked(item: Item) -> Any:
    """What stands under a loop: the lists that it walks, or its count."""
    assert item.inner is not None and item.count is not None
    return {n: slot.text for n, slot in item.inner.lists.items()} or item.count.text
