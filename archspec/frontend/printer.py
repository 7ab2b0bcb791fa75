"""A spec as plain data to YAML as a person writes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from archspec.diagnostics import ArchspecError, Source
from archspec.frontend import quoting
from archspec.frontend.layout import printed
from archspec.frontend.likeness import make_like, same
from archspec.frontend.source import parse, plain
from archspec.frontend.written import Document, Entry, Group, Word, Written

_NAMING = ("label", "doc", "source", "year", "description")
_BODY = ("inputs", "params", "variants", "require", "init", "blocks", "graph", "outputs")
_FILE = ("archspec", "name", *_NAMING, "use", *_BODY)
_BLOCK = (*_NAMING, *_BODY)
_NODE = ("for", "repeat", "id", "label", "doc", "each", "when", "from", "share", "note")
"""Before an op and its like, which `else` follows."""
_PARTED = ("params", "variants", "init", "blocks", "graph", "outputs")
"""Sections above which a line is left blank; not above the variants of parameters."""
_LISTED = ("inputs", "variants", "init", "outputs")
"""Sections of the file with a line for each of their entries, if there are several."""
_BODIES = ("graph", "parallel", "branches")
_PROSE = ("description", "doc")
_FEW = 3
"""So many short nodes may stand in a line behind a condition."""


def print_spec(data: Mapping[str, Any], like: Source | None = None) -> str:
    """Return a spec as YAML text: flow mappings where they fit in 100 columns.

    Reading the text gives `data` back. The keys of the file, of blocks and of nodes are put
    in their usual order; all others keep theirs. The text is the same each time.

    Args:
        data: what `source.plain` gives: dicts with text as keys, lists, and scalars.
        like: a spec that can be read, from which this one was made. What is the same in both is
            written as it is there, and comments stay where their key or their node is still there.

    Raises:
        TypeError: for a key that is no text, and for a value that YAML has not.
    """
    text = _like(data, like) if like is not None else None
    return text or printed(Document([], Entry(None, _spec(data)), []))


def _like(data: Mapping[str, Any], like: Source) -> str | None:
    """The text of a spec like another; None where that would say something else."""
    try:
        text = printed(make_like(_spec(data), data, like))
        return text if same(plain(parse(Source(like.name, text))), data) else None
    except ArchspecError:
        return None


def _spec(data: Mapping[str, Any]) -> Group:
    made = Group(True, [], opened=True)
    for name in _ordered(data, _FILE):
        value = _nodes(data[name], few=0) if name == "graph" else _section(name, data[name])
        if isinstance(value, Group) and value.is_mapping:
            several = len(value.entries) > 1
            value.opened = value.opened or (several and name in _LISTED)
            value.most = 2
        close = name == "variants" and made.entries and made.entries[-1].key == "params"
        above = [""] if made.entries and name in _PARTED and not close else []
        made.entries.append(Entry(quoting.key(name), value, above))
    return made


def _section(name: str, data: Any) -> Written:
    """A section of the file or of a block."""
    if name == "blocks" and isinstance(data, Mapping):
        names = _ordered(data)
        entries = [
            Entry(quoting.key(n), _block(data[n]), [""] if n != names[0] else []) for n in names
        ]
        return Group(True, entries, opened=True)
    if name == "graph":
        return _nodes(data)
    if name in _PROSE and isinstance(data, str) and quoting.can_fold(data):
        line = None if "\n" in data else quoting.text(data, False)
        return Word(line, quoting.text(data, True), prose=data)
    return _value(data)


def _block(data: Any) -> Written:
    """The definition of a block."""
    if not isinstance(data, Mapping):
        return _value(data)
    entries = [Entry(quoting.key(n), _section(n, data[n])) for n in _ordered(data, _BLOCK)]
    return Group(True, entries, opened=True)


# --- nodes ----------------------------------------------------------------------------------


def _nodes(data: Any, few: int = 1) -> Written:
    """Nodes or branches: a line for each, or more, but `few` short ones in a line."""
    if not isinstance(data, (list, tuple)):
        return _value(data)
    in_line = all(isinstance(item, str) for item in data) or (
        len(data) <= few and all(map(_is_short, data))
    )
    in_line = in_line or (len(data) == few == 1 and _is_leaf(data[0]))
    return Group(False, [Entry(None, _item(item, in_line)) for item in data], opened=not in_line)


def _branches(data: Any) -> Written:
    """Branches: in a line where one of a few is a node that holds no others, and the rest names."""
    if isinstance(data, (list, tuple)) and 1 < len(data) <= _FEW:
        nodes = [branch for branch in data if not isinstance(branch, str)]
        if len(nodes) == 1 and _is_leaf(nodes[0]):
            return Group(False, [Entry(None, _item(branch, True)) for branch in data])
    return _nodes(data)


def _item(data: Any, in_line: bool) -> Written:
    if isinstance(data, Mapping):
        made = _node(data, in_line)
        made.bare = in_line and len(data) == 1
        return made
    return _nodes(data) if isinstance(data, (list, tuple)) else _value(data)


def _node(data: Mapping[str, Any], in_line: bool = False) -> Group:
    """A node: in braces, if it is not `in_line`, where it has several keys and walks no lists."""
    few = _FEW if "when" in data else 1
    names = _ordered(data, _NODE, last="else")
    made = Group(True, [Entry(quoting.key(n), _of_node(n, data[n], few)) for n in names])
    made.most = 1
    made.opened = not in_line and (len(data) == 1 or "for" in data or _has_opened(made))
    return made


def _of_node(name: str, value: Any, few: int) -> Written:
    """What stands at a key of a node: of its own keys, or of its op."""
    if name == "else" and isinstance(value, Mapping):
        return _node(value, in_line=len(value) == 1)
    if name in ("graph", "else"):
        return _nodes(value, few)
    if name in _BODIES:
        return _branches(value)
    if name in _NODE:
        made = _section(name, value)
        if isinstance(made, Group):
            made.most = 2
        return made
    if value is None:
        return Word("", "")
    if _holds_nodes(value):
        return _branches(value)
    if not isinstance(value, Mapping):
        return _value(value)
    entries = [
        Entry(quoting.key(n), _branches(value[n]) if n in _BODIES else _value(value[n]))
        for n in _ordered(value)
    ]
    attributes = Group(True, entries)
    attributes.opened = _has_opened(attributes)
    return attributes


def _is_short(data: Any) -> bool:
    """Whether a node is so short that several can stand in a line."""
    if isinstance(data, Mapping):
        names = [name for name in data if name != "id"]
        return len(names) == 1 and all(map(_is_slight, data.values()))
    return isinstance(data, str)


def _is_slight(value: Any) -> bool:
    """Whether attributes are a scalar, scalars in a list, or one by its name."""
    if isinstance(value, Mapping):
        return len(value) <= 1 and not any(map(_is_collection, value.values()))
    return not isinstance(value, (list, tuple)) or not any(map(_is_collection, value))


def _is_leaf(data: Any) -> bool:
    """Whether a node holds no others, and no loop that is a table."""
    return (
        isinstance(data, Mapping)
        and {"for", "else", *_BODIES}.isdisjoint(data)
        and not any(map(_holds_nodes, data.values()))
    )


def _holds_nodes(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and any(
        isinstance(item, Mapping) or _holds_nodes(item) for item in value
    )


def _has_opened(group: Group) -> bool:
    """Whether something in it is written in lines of its own."""
    values = (entry.value for entry in group.entries)
    return any(isinstance(v, Group) and v.opened and bool(v.entries) for v in values)


# --- values ---------------------------------------------------------------------------------


def _value(data: Any) -> Written:
    """A value of which nothing is known.

    Raises:
        TypeError: where YAML has no such value.
    """
    if isinstance(data, Mapping):
        return Group(True, [Entry(quoting.key(n), _value(data[n])) for n in _ordered(data)])
    if isinstance(data, (list, tuple)):
        return Group(False, [Entry(None, _value(item)) for item in data])
    if data is None or isinstance(data, bool):
        word = "null" if data is None else str(data).lower()
        return Word(word, word)
    if isinstance(data, (int, float)):
        return Word(quoting.number(data), quoting.number(data))
    if isinstance(data, str):
        return Word(quoting.text(data, False), quoting.text(data, True))
    raise TypeError(f"a spec holds no {type(data).__name__}")


def _is_collection(value: Any) -> bool:
    return isinstance(value, (Mapping, list, tuple))


def _ordered(data: Iterable[str], first: tuple[str, ...] = (), last: str = "") -> list[str]:
    """Keys in their usual order; those that are not in `first` stand behind, as they were."""
    names = list(data)
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"a key of a spec is text, not {type(name).__name__}")
    places = {name: i for i, name in enumerate(first)}
    return sorted(names, key=lambda name: (name == last, places.get(name, len(first))))
