"""A printed spec made like the file that it comes from: its comments, and what is the same in both.

What has not changed is written as it was, with its comments, its numbers and its line breaks; of
what has, the comments stay as far as their keys or nodes do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from archspec.diagnostics import Source
from archspec.frontend import quoting
from archspec.frontend.concrete import take_apart
from archspec.frontend.formatting import normalised
from archspec.frontend.source import Mapping as MappingTree
from archspec.frontend.source import Sequence, Tree, parse, plain
from archspec.frontend.written import Document, Entry, Group, Written, groups

_LOOPS = frozenset(("for", "repeat"))
_MOST = 2_000
"""Longer lists are not compared entry by entry."""


def make_like(group: Group, data: Mapping[str, Any], source: Source) -> Document:
    """Make the written form of a spec like the file that it comes from.

    Args:
        group: what is printed of `data`; it is changed.
        source: the file's text, which `source.parse` finds right.
    """
    text, _ = normalised(source)
    document, tree = take_apart(text), parse(Source(source.name, text))
    old = document.top.value
    if isinstance(old, Group) and isinstance(tree, MappingTree):
        _group(group, data, old, tree)
        group.tail = old.tail
    document.top.value = group
    return document


def _group(new: Group, data: Any, old: Group, tree: MappingTree | Sequence) -> None:
    """Make a mapping or a list like another."""
    if new.is_mapping != old.is_mapping:
        return
    if any(entry.above or entry.beside or entry.at_key for entry in old.entries):
        new.opened = new.opened or old.opened
    elif _holds_all(new, old):
        new.opened = old.opened
    new.is_loose = True
    pairs = _keys(new, data, old, tree) if new.is_mapping else _items(new, data, old, tree)
    for (entry, value), (before, was) in pairs:
        moved = before is old.entries[0] and entry is not new.entries[0]
        entry.above = [*(entry.above if moved else ()), *before.above]
        entry.beside, entry.at_key = before.beside, before.at_key
        entry.broken = before.broken and not (old.opened or new.opened)
        if same(value, plain(was)) and not _is_anchored(before.value):
            entry.value = before.value
        elif isinstance(entry.value, Group) and isinstance(before.value, Group):
            assert isinstance(was, MappingTree | Sequence)
            _group(entry.value, value, before.value, was)
            entry.value.tail = before.value.tail
    if new.opened and new.entries and new.entries[0].above[:1] == [""]:
        new.entries[0].above = new.entries[0].above[1:]


def _holds_all(new: Group, old: Group) -> bool:
    """Whether a group holds what another does, or as much, and is as easy to read in brackets."""
    if new.is_mapping:
        return {entry.key for entry in old.entries} <= {entry.key for entry in new.entries}
    return len(new.entries) >= len(old.entries) > 0


_Pairs = Iterator[tuple[tuple[Entry, Any], tuple[Entry, Tree]]]


def _keys(new: Group, data: Mapping[str, Any], old: Group, tree: Tree) -> _Pairs:
    """Entries of the same key, which come in the order they came in, if all are known."""
    assert isinstance(tree, MappingTree)
    known = {
        key.text: (entry, value, place)
        for place, (entry, (key, value)) in enumerate(zip(old.entries, tree.entries, strict=True))
    }
    names = {quoting.key(name): name for name in data}
    if data.keys() <= known.keys():
        new.entries.sort(key=lambda entry: known[names[entry.key or ""]][2])
    for entry in new.entries:
        name = names[entry.key or ""]
        if name in known:
            before, was, _ = known[name]
            yield (entry, data[name]), (before, was)


def _items(new: Group, data: Any, old: Group, tree: Tree) -> _Pairs:
    """Items that are the same; and between these such as have the same id, or the same op."""
    assert isinstance(tree, Sequence)
    if max(len(data), len(tree.items)) > _MOST:
        return
    before = [plain(item) for item in tree.items]
    for i, j in _matched([*map(repr, data)], [*map(repr, before)], data, before):
        yield (new.entries[i], data[i]), (old.entries[j], tree.items[j])


def _matched(
    ours: list[str], theirs: list[str], data: Any = (), before: Any = ()
) -> Iterator[tuple[int, int]]:
    """Places of what is equal in two lists, and between these of what is called the same."""
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    for kind, i, to, j, end in matcher.get_opcodes():
        if kind == "equal":
            yield from zip(range(i, to), range(j, end), strict=True)
        elif kind == "replace" and data:
            names = [*map(_name, data[i:to])], [*map(_name, before[j:end])]
            yield from ((i + m, j + n) for m, n in _matched(*names))


def _name(item: Any) -> str:
    """What a node is called: its id, or else its op and its like."""
    if not isinstance(item, Mapping):
        return item if isinstance(item, str) else type(item).__name__
    return f"id {item['id']}" if "id" in item else " ".join(sorted(item.keys() - _LOOPS))


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, and their types, too."""
    if isinstance(one, Mapping):
        return isinstance(other, Mapping) and (
            one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
        )
    if isinstance(one, (list, tuple)):
        return isinstance(other, (list, tuple)) and (
            len(one) == len(other) and all(map(same, one, other))
        )
    return type(one) is type(other) and one == other


def _is_anchored(value: Written) -> bool:
    """Whether an anchor or an alias is in it, which has its other end elsewhere."""
    words = [value, *(entry.value for group in groups(value) for entry in group.entries)]
    return any(
        bool(word.lead) if isinstance(word, Group) else (word.text or "")[:1] in ("&", "*")
        for word in words
    )
