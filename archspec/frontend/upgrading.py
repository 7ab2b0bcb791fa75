"""`archspec fmt --upgrade`: what files from before version 1 say, in the words of version 1.

The list is that of `docs/versions.md`. What is rewritten means in version 1 what it meant before;
what cannot be rewritten so is left, and is an error or a remark wherever it is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from archspec.diagnostics import ArchspecError, Source
from archspec.frontend import quoting
from archspec.frontend.ast import Block
from archspec.frontend.concrete import take_apart
from archspec.frontend.formatting import formatted, normalised
from archspec.frontend.layout import printed
from archspec.frontend.loading import load_source
from archspec.frontend.sections import VERSION
from archspec.frontend.source import parse, plain
from archspec.frontend.using import SHELF, is_file, shelf
from archspec.frontend.written import Entry, Group, Word, Written, groups
from archspec.ops import REGISTRY

_BODIES = ("graph", "parallel", "branches")
_OWN_KEYS = frozenset(
    ["id", "label", "note", "doc", "from", "when", "else", "for", "repeat", "each", "share"]
)
_INDEXED = re.compile(r"(?<=[^$(])\$([A-Za-z_]\w*)(?=\[)")
_NAME = re.compile(r"[A-Za-z_]\w*")


def upgraded(source: Source, path: Path | None = None) -> tuple[str, list[str]]:
    """A file in version 1, set in the usual form, and what was rewritten, in words.

    A file that says which version it is written in is set, and no more.

    Args:
        path: where the file is, whose folder may hold files that it uses; None for a text.

    Raises:
        ArchspecError: where the text is no YAML.
    """
    parse(source)
    text, ending = normalised(source)
    document = take_apart(text)
    root = document.top.value
    if not isinstance(root, Group) or not root.is_mapping or _get(root, "archspec"):
        return formatted(source), []
    upgrade = _Upgrade(root, path)
    upgrade.words()
    upgrade.nodes()
    try:
        blocks = load_source(Source(source.name, printed(document)), path).blocks
    except ArchspecError:  # which is told wherever the file is read
        blocks = {}
    upgrade.arguments(blocks)
    first = root.entries[0]
    version = Entry("archspec", Word(str(VERSION), str(VERSION)), first.above)
    first.above = []
    root.entries.insert(0, version)
    return formatted(Source(source.name, printed(document))).replace("\n", ending), upgrade.done


def _key(entry: Entry) -> str:
    return (entry.key or "").strip("\"' ")


def _get(group: Written | None, name: str) -> Entry | None:
    """The entry of a mapping that has this key."""
    entries = group.entries if isinstance(group, Group) and group.is_mapping else []
    return next((entry for entry in entries if _key(entry) == name), None)


def _inside(group: Written | None, name: str) -> list[Entry]:
    """The entries of what stands at a key."""
    entry = _get(group, name)
    return entry.value.entries if entry and isinstance(entry.value, Group) else []


def _text(value: Written | None) -> str:
    """What a scalar says; nothing, where it is none, or has several lines."""
    raw = value.text if isinstance(value, Word) else None
    if raw is None or not raw or raw[0] in "&*":
        return ""
    said = plain(parse(Source("", raw))) if raw[0] in "\"'" else raw
    return said if isinstance(said, str) else ""


def _word(text: str) -> Word:
    return Word(quoting.text(text, False), quoting.text(text, True))


class _Upgrade:
    """Rewrites what is written in one file, and keeps what it has done."""

    def __init__(self, root: Group, path: Path | None) -> None:
        self.root = root
        self.path = path
        self.done: list[str] = []
        self.ids = {
            _text(entry.value)
            for group in groups(root)
            for entry in group.entries
            if group.is_mapping and _key(entry) == "id"
        }
        self.own = {_key(entry): entry.value for entry in _inside(root, "blocks")}

    def wrote(self, what: str) -> None:
        self.done.append(what)

    # --- words ------------------------------------------------------------------------

    def words(self) -> None:
        """Rewrite what stands outside bodies, and single words wherever they are."""
        for entry in _inside(self.root, "use"):
            self.used(entry)
        for block in self.own.values():
            renamed = _get(block, "description")
            if renamed and not _get(block, "doc"):
                renamed.key = "doc"
                self.wrote("`doc` for the `description` of a block")
        for part in (self.root, *self.own.values()):
            for rule in _inside(part, "init"):
                if self.is_only_an_id(_key(rule)):
                    self.wrote(f"`.{_key(rule)}`, an id, under `init`")
                    rule.key = f".{_key(rule)}"
        for group in groups(self.root):
            for entry in group.entries:
                for word in _inside(group, "own") if _key(entry) == "own" else ():
                    if self.is_only_an_id(_text(word.value)):
                        self.wrote(f"`.{_text(word.value)}`, an id, under `own`")
                        word.value = _word(f".{_text(word.value)}")
                if isinstance(entry.value, Word) and _INDEXED.search(_text(entry.value)):
                    self.wrote(f"brackets around the name in `{_text(entry.value)}`")
                    entry.value = _word(_INDEXED.sub(r"$(\1)", _text(entry.value)))

    def used(self, entry: Entry) -> None:
        """`std/conv.yaml` for a shipped file that was called `blocks/conv.yaml`."""
        name = _text(entry.value)
        shipped = name.removeprefix("blocks/")
        beside = self.path is not None and is_file(self.path.parent / name)
        if name != shipped and not beside and is_file(shelf() / shipped):
            self.wrote(f"`{SHELF}{shipped}` for `{name}`")
            entry.value = _word(SHELF + shipped)

    def is_only_an_id(self, word: str) -> bool:
        return word in self.ids and word not in REGISTRY and word not in self.own

    # --- nodes ------------------------------------------------------------------------

    def nodes(self) -> None:
        """Rewrite the nodes of all bodies."""
        known = {_key(entry) for entry in _inside(self.root, "params")}
        self.body(_get(self.root, "graph"), known, branches=False)
        for block in self.own.values():
            names = {_key(entry) for entry in _inside(block, "params")}
            self.body(_get(block, "graph"), known | names, branches=False)

    def body(self, entry: Entry | None, known: set[str], branches: bool) -> None:
        """The nodes of a list, which may be branches; `known` are the names in sight."""
        value = entry.value if entry else None
        if not isinstance(value, Group) or value.is_mapping:
            return
        for item in value.entries:
            if isinstance(item.value, Group) and item.value.is_mapping:
                self.node(item.value, known, branches)
            else:
                self.body(item, known, branches=False)

    def node(self, node: Group, known: set[str], is_branch: bool) -> None:
        loops = {_key(name) for key in ("for", "each") for name in _inside(node, key)}
        for entry in _inside(node, "for"):
            self.quote_items(entry, known)
        self.kept(node, is_branch)
        self.condition(node)
        self.rounds(node)
        for entry in node.entries:
            key, inner = _key(entry), known | loops
            if key == "else" and isinstance(entry.value, Group) and entry.value.is_mapping:
                self.node(entry.value, inner, is_branch=False)
            elif key not in _OWN_KEYS or key == "else":
                chain = key in ("graph", "else")
                self.body(entry, inner, branches=not chain)
                self.body(_get(entry.value, "branches"), inner, branches=True)

    def condition(self, node: Group) -> None:
        """`when` for a condition that was called `each`."""
        each = _get(node, "each")
        if each and isinstance(each.value, Word) and not _get(node, "when"):
            each.key = "when"
            self.wrote("`when` for an `each` that is a condition")

    def quote_items(self, entry: Entry, known: set[str]) -> None:
        """Put quotes around those words of a list that are names in sight."""
        if not isinstance(entry.value, Group):
            return
        for item in entry.value.entries:
            word = item.value.text if isinstance(item.value, Word) else None
            if word and word in known and _NAME.fullmatch(word):
                item.value = Word(f'"{word}"', f'"{word}"')
                self.wrote(f'`"{word}"`, the word, in the list of `{_key(entry)}`')

    def kept(self, node: Group, is_branch: bool) -> None:
        """`else: []` where a value went on as it was if a condition did not hold."""
        when, source = _get(node, "when"), _get(node, "from")
        heads = [e for e in node.entries if _key(e) not in _OWN_KEYS or _key(e) == "share"]
        if when and heads and (source or is_branch) and not _get(node, "else"):
            node.entries.append(Entry("else", Group(False, [])))
            self.wrote("`else: []` beside a `when`")

    def rounds(self, node: Group) -> None:
        """A group around a node that has an id for each round of its `each`."""
        each, named = _get(node, "each"), _get(node, "id")
        names = {_key(entry) for entry in _inside(node, "each")}
        text = _text(named.value) if named else ""
        if not each or names.isdisjoint(_NAME.findall(text)) or "$" not in text:
            return
        outer = [entry for entry in node.entries if _key(entry) in ("each", "when", "else")]
        inner = [entry for entry in node.entries if entry not in outer]
        body = Group(False, [Entry(None, Group(True, inner, opened=node.opened))], node.opened)
        node.entries = [*outer, Entry("graph", body)]
        self.wrote(f"a group around `{text}`, an id for each round")

    # --- arguments --------------------------------------------------------------------

    def arguments(self, blocks: Mapping[str, Block]) -> None:
        """Rewrite arguments of blocks whose parameters are other than they were."""
        for group in groups(self.root):
            for entry in group.entries:
                block = blocks.get(_key(entry)) if group.is_mapping else None
                if block is None:
                    continue
                value = entry.value
                if isinstance(value, Word) and value.text and not block.bare and block.likely:
                    inner = Entry(block.likely, value)
                    entry.value = Group(True, [inner])
                    self.wrote(f"the name of `{block.likely}`, a parameter of `{block.name}`")
                elif "activation" in block.params and "relu" not in block.params:
                    self.activation(value)

    def activation(self, arguments: Written) -> None:
        """`activation: null` for `relu: false`."""
        relu = _get(arguments, "relu")
        said = {"false": "null", "true": "relu"}.get(_text(relu.value) if relu else "")
        if relu and said:
            relu.key, relu.value = "activation", Word(said, said)
            self.wrote(f"`activation: {said}` for `relu`")
