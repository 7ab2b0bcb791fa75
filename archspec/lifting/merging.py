"""What an edit changed of a lifted file -> the same change of the file as its spec has it.

Three specs are merged, as plain data: `old` is lifted of a graph without its edits, `new` with
these, and `kept` is what is to be changed: it may say more than `old`, such as what another variant
has in place of a node. What is merged is elaborated and compared like whatever is lifted;
where it is wrong, the node at fault is taken from `new`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from archspec.frontend.likeness import same
from archspec.frontend.vocabulary import BESIDE

Node = Mapping[str, Any]
Three = tuple[Sequence[Any], Sequence[Any], Sequence[Any]]

MOST = 8
"""Nodes that are tried one by one."""
BODIES = ("graph", "parallel", "else")
"""Keys under which nodes stand within another."""
_GONE = object()
"""In place of a value that is not there."""


def merges(old: Any, new: Any, kept: Any) -> Iterator[Any]:
    """What may be the kept spec with the changes from old to new, the one that keeps most first.

    Where it is not right as a whole, a node that says more than the old one may be at fault, or
    binds other names: each by itself is the new one then, the innermost first, and at last all.
    """
    first = _Merge()
    yield first.of(old, new, kept)
    for one in first.unlike[:MOST]:
        yield _Merge(frozenset({one})).of(old, new, kept)
    if first.unlike:
        yield _Merge(frozenset(first.unlike)).of(old, new, kept)


@dataclass(slots=True)
class _Merge:
    """One way to merge.

    Attributes:
        taken: the nodes and bodies that are the new ones, by identity.
        unlike: those that are another thing in each spec, found as they are merged.
    """

    taken: frozenset[int] = frozenset()
    unlike: list[int] = field(default_factory=list)

    def of(self, old: Any, new: Any, kept: Any) -> Any:
        """What was kept, changed where the new value is another than the old one."""
        if same(old, new):
            return kept
        if all(isinstance(value, Mapping) for value in (old, new, kept)):
            return self.mappings(old, new, kept)
        if all(isinstance(value, list) for value in (old, new, kept)):
            return [one for part in _parts(old, new, kept) for one in self.lists(*part)]
        return new

    def node(self, old: Any, new: Any, kept: Any) -> Any:
        """A node, or the body of one: merged, or as it is in the new spec."""
        if id(new) in self.taken:
            return new
        found = self.of(old, new, kept)
        unlike = not (same(old, new) or same(old, kept) or same(new, kept))
        if unlike and isinstance(new, Mapping | list):
            self.unlike.append(id(new))
        return found

    def mappings(self, old: Node, new: Node, kept: Node) -> dict[str, Any]:
        """Mappings, key by key; what is kept under `$block` was lifted as the block itself."""
        other = kept.get("else")
        if (
            isinstance(other, Mapping)
            and _heads(old)
            and _heads(old) <= _heads(other) - _heads(kept)
        ):
            beside = {key: value for key, value in old.items() if key in BESIDE}
            theirs = {key: value for key, value in new.items() if key in beside}
            inside = self.mappings(_without(old, beside), _without(new, beside), other)
            return {**self.mappings(beside, theirs, _without(kept, {"else": None})), "else": inside}
        picked = next((key for key in kept if key.startswith("$")), None)
        meant = next((key for key in old if key not in kept), picked)
        kept = {meant if key == picked and meant else key: value for key, value in kept.items()}
        found = {}
        for key in {**kept, **new}:
            merged = self.node if key in BODIES else self.of
            value = merged(old.get(key, _GONE), new.get(key, _GONE), kept.get(key, _GONE))
            if value is not _GONE:
                found[picked if key == meant and picked else key] = value
        return found

    def lists(self, old: Sequence[Any], new: Sequence[Any], kept: Sequence[Any]) -> Sequence[Any]:
        """Elements in the place of one another: one by one, if there are as many."""
        if len(old) == len(new) == len(kept):
            return [*map(self.node, old, new, kept)]
        if not new:
            lost = {*_pairs(old, kept).values()}
            return [one for place, one in enumerate(kept) if place not in lost]
        if not old:
            return [*kept, *new]
        if same(old, new):
            return kept
        ours = _pairs(old, kept)
        if len(old) == len(new) == len(ours):  # between which more is kept
            there = {place: self.node(old[i], new[i], kept[place]) for i, place in ours.items()}
            return [there.get(place, one) for place, one in enumerate(kept)]
        for place, key in _bodies(kept):
            body = kept[place][key]
            if len(_pairs(old, body)) * 2 >= len(old):  # which stand in a condition there
                changed = {**kept[place], key: self.of(old, new, body)}
                return [*kept[:place], changed, *kept[place + 1 :]]
        return new


def _heads(node: Node) -> set[str]:
    return node.keys() - BESIDE - {"else"}


def _without(node: Node, keys: Node) -> dict[str, Any]:
    return {key: value for key, value in node.items() if key not in keys}


def _bodies(elements: Sequence[Any]) -> Iterator[tuple[int, str]]:
    """Where nodes stand within others: the number of each, and the key that they stand at."""
    for place, one in enumerate(elements):
        if isinstance(one, Mapping):
            yield from ((place, k) for k in BODIES if _is_list(one.get(k)))


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _parts(old: Sequence[Any], new: Sequence[Any], kept: Sequence[Any]) -> Iterator[Three]:
    """Three lists side by side: each node that all of them have, and what stands between these."""
    theirs, ours = _pairs(old, new), _pairs(old, kept)
    i = j = k = 0
    for place in sorted(theirs.keys() & ours.keys()):
        there, here = theirs[place], ours[place]
        yield old[i:place], new[j:there], kept[k:here]
        i, j, k = place + 1, there + 1, here + 1
        yield old[place:i], new[there:j], kept[here:k]
    yield old[i:], new[j:], kept[k:]


def _pairs(one: Sequence[Any], other: Sequence[Any]) -> dict[int, int]:
    """Which elements of two lists are the same node, by what they are called."""
    matcher = SequenceMatcher(None, [*map(_name, one)], [*map(_name, other)], autojunk=False)
    return {
        block.a + step: block.b + step
        for block in matcher.get_matching_blocks()
        for step in range(block.size)
    }


def _name(element: Any) -> str:
    """The id and the op of a node; of a branch those of its nodes."""
    if isinstance(element, list):
        return " ".join(map(_name, element))
    if not isinstance(element, Mapping):
        return f" {element}"
    heads = [key for key in element if key not in BESIDE and key != "else"]
    return f"{element.get('id', '')} {' '.join(heads)}"
