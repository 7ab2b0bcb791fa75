"""Items -> the plain data of a body, as YAML would load it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archspec.lifting.forms import bracketed
from archspec.lifting.samples import ABSENT
from archspec.lifting.terms import Arm, Item, Level, Slot
from archspec.lifting.unsayable import Unsayable
from archspec.ops import REGISTRY

Data = dict[str, Any]
TAKEN = ("id", "label", "doc", "note", "from")
"""What a node under `else` has from the one before it, unless it says otherwise."""


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
        parts = runs(items)
        at = 0
        while at < len(parts):
            size = alternatives(parts[at:])
            if size > 1:
                found.append(self.either(parts[at : at + size]))
            else:
                found += self.together(parts[at])
            at += max(size, 1)
        return found

    def whole(self, items: list[Item]) -> list[Any]:
        """The body of a block or of the network, which may not be empty but may hold nothing."""
        return self.body(items) or [{"graph": []}]

    def together(self, items: list[Item]) -> list[Any]:
        """Entries with one condition."""
        if len(items) > 1 and items[0].present is not None:
            return [{"when": items[0].present.text, "graph": self.plain(items)}]
        return [self.item(item) for item in items]

    def plain(self, items: list[Item]) -> list[Any]:
        return [self.item(item, asked=False) for item in items]

    def either(self, parts: list[list[Item]]) -> Data:
        """Entries of which just one is there, behind `when` and `else`."""
        first, rest = parts[0], parts[1:]
        other: Any = self.either(rest) if len(rest) > 1 else self.plain(rest[0])
        if isinstance(other, list) and len(other) == 1:
            (other,) = other
        one = self.item(first[0], asked=False) if len(first) == 1 else None
        beside: Data = {"graph": self.plain(first)}
        if one is not None and "for" not in (one if isinstance(one, dict) else {}):
            node = {one: None} if isinstance(one, str) else one
            theirs = other if isinstance(other, dict) else {}
            if _passes(node, theirs):
                beside = node
                same = {k for k in node if k in TAKEN and node[k] == theirs.get(k)}
                if same:
                    other = {k: v for k, v in theirs.items() if k not in same}
        assert first[0].present is not None
        return {"when": first[0].present.text, **beside, "else": other}

    def item(self, item: Item, asked: bool = True) -> Any:
        """An entry; `asked` is whether its condition is written beside it."""
        if item.kind == "loop":
            return self.loop(item, asked)
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
            if _text(item, key) not in (None, ""):
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
                alone = isinstance(own.text, list) and len(own.text) == 1
                said["share"] = {"of": said["share"], "own": own.text[0] if alone else own.text}

    def head(self, item: Item) -> Data:
        if item.reuses:
            return {}
        if item.kind == "place":
            needs = "id" in item.slots
            return {"graph": []} if needs else {}
        if item.kind == "group":
            return {"graph": self.body(item.body)}
        if item.kind == "list":
            return self.each(item)
        if item.kind == "parallel":
            return {"parallel": self.arms(item.branches)}
        if "head" in item.slots:
            return {item.slots["head"].text: self.arguments(item)}
        return {item.name: self.arguments(item)}

    def loop(self, item: Item, asked: bool) -> Data:
        """A loop: beside its only node, or around several."""
        assert item.inner is not None and item.count is not None
        lists = walked(item.inner, item.count)
        head: Data = {"for": lists} if isinstance(lists, dict) else {"repeat": lists}
        if asked and item.present is not None:
            return {"when": item.present.text, "graph": [self.loop(item, False)]}
        inside = self.body(item.body)
        if len(inside) == 1:
            (one,) = inside
            if isinstance(one, str):
                return {**head, one: None}
            if not {"for", "repeat"} & {*one} and {*one} != {"note"}:
                return {**head, **one}
        return {**head, "graph": inside}

    def each(self, item: Item) -> Data:
        assert item.inner is not None and item.count is not None
        lists = walked(item.inner, item.count)
        inside = self.body(item.body)
        if len(inside) != 1:
            raise Unsayable("the rounds of an `each` are not one node each")
        one = {inside[0]: None} if isinstance(inside[0], str) else inside[0]
        one.pop("id", None)
        return {"each": lists, **one}

    def arguments(self, item: Item) -> Any:
        """What stands behind an op or a block."""
        found = {
            key.partition(".")[2]: _brief(slot.text) if key.startswith("attribute.") else slot.text
            for key, slot in item.slots.items()
            if key.startswith(("attribute.", "argument.")) and slot.text is not ABSENT
        }
        if item.kind == "merge":
            arms = self.arms(item.branches)
            return {"branches": arms, **found} if found else arms
        first = self.bare.get(item.name) if item.kind == "block" else REGISTRY[item.name].primary
        if "head" in item.slots:
            first = None
        only = found.get(first) if first is not None and len(found) == 1 else None
        if not isinstance(only, dict | None):
            return only  # nothing behind an op or a block is no argument, and not `null`
        return found or None

    def arms(self, arms: list[Arm]) -> list[Any]:
        return [self.arm(arm) for arm in arms]

    def arm(self, arm: Arm) -> Any:
        found: Any = arm.name.text if arm.name is not None else self.body(arm.items)
        if arm.inner is not None and arm.count is not None:
            head = {"each": walked(arm.inner, arm.count)}
            if arm.name is not None:
                return {**head, "from": found}
            one = _single(found)
            if one is None or {"id", "for", "repeat"} & {*one}:
                one = {"graph": found}
            return {**head, **one}
        if arm.present is not None:
            name = arm.name is not None
            one = found[0] if len(found) == 1 and not name else None
            if isinstance(one, dict) and {"when", "for", "repeat"}.isdisjoint(one):
                return {"when": arm.present.text, **one}
            return {"when": arm.present.text, **({"from": found} if name else {"graph": found})}
        if arm.name is not None:
            return found
        return _single(found) or found or "identity"


def _passes(node: Data, theirs: Data) -> bool:
    """Whether what stands beside a node may, since it is taken by what stands under `else`."""
    if {*node} & {"repeat", "share"} or ("label" in node and "id" not in node):
        return False
    return all(
        key in theirs and (key == "id" or node[key] == theirs[key]) for key in node if key in TAKEN
    )


def _single(items: list[Any]) -> Data | None:
    """The only entry, where it is one node that is always there, or a loop."""
    if len(items) == 1 and isinstance(items[0], dict):
        return None if "when" in items[0] else items[0]
    return None


def runs(items: list[Item]) -> list[list[Item]]:
    """Items that stand side by side and have one condition, together."""
    found: list[list[Item]] = []
    for item in items:
        before = found[-1][0].present if found else None
        if before is not None and item.present is not None and before.text == item.present.text:
            found[-1].append(item)
        else:
            found.append([item])
    return found


def alternatives(parts: list[list[Item]]) -> int:
    """How many of the first parts are there in turn, just one in every sample; 0 if none are."""
    taken: list[Any] = []
    for size, part in enumerate(parts, 1):
        slot = part[0].present
        if slot is None:
            return 0
        if not taken:
            taken = list(slot.values)
            continue
        for sample, flag in enumerate(slot.values):
            if (flag is ABSENT) != (taken[sample] is ABSENT) or (flag and taken[sample] is True):
                return 0
            taken[sample] = taken[sample] if flag is ABSENT else bool(flag or taken[sample])
        if False not in taken:
            return size
    return 0


def _text(item: Item, key: str) -> Any:
    slot = item.slots.get(key)
    return None if slot is None or slot.text is ABSENT else slot.text


def _brief(value: Any) -> Any:
    """A small whole number without a fraction; the op's attribute is the same number."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1000
    return int(value) if whole else value


def walked(inner: Level, count: Slot) -> Any:
    """What stands under a loop: the lists that it walks, or its count."""
    lists = {name: _bare(slot.text) for name, slot in inner.lists.items()}
    if inner.index is not None and inner.index.used:
        size = count.text
        named = next((text for text in lists.values() if isinstance(text, str)), None)
        if named is not None and not isinstance(size, int):
            size = f"len({named})"
        start = min(inner.index.values, default=0)
        end = start + size if isinstance(size, int) else f"{bracketed(size)} + {start}"
        rounds = f"range({start}, {end})" if start else f"range({size})"
        return {inner.index.name: rounds, **lists}
    return lists or count.text


def _bare(text: Any) -> Any:
    return text[1:] if isinstance(text, str) and text.startswith("$") else text
