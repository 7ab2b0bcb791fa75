"""YAML text to a tree that knows where each of its parts stands.

PyYAML's parser gives events; everything after that is ours: the core schema of YAML 1.2
(`on` and `12:30` are words, `010` is ten), no tags, no duplicate keys, and a budget for
depth and size that aliases are counted against as if they were written out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from archspec.diagnostics import ArchspecError, Diagnostic, Findings, Note, Source, Span
from archspec.frontend.flow_escape import shielded, unshielded
from archspec.frontend.yaml_errors import LIST_IT, QUOTE_IT, TAG_HINT, explain
from archspec.util.gc import collector_off
from archspec.util.reading import MAX_BYTES, place_after, too_large

MAX_NODES = 250_000
MAX_ALIASED_NODES = 100_000
MAX_DEPTH = 60
_MAX_NUMBER_LENGTH = 300


@dataclass(slots=True)
class Scalar:
    """A word, a number, a text. `text` is what was written, without quotes and escapes."""

    value: str | int | float | bool | None
    span: Span
    text: str
    quoted: bool


@dataclass(slots=True)
class Sequence:
    """A list. The span ends with its first line."""

    items: list[Tree]
    span: Span


@dataclass(slots=True)
class Mapping:
    """Keys and values in the order written. The `value` of a key is always its text."""

    entries: list[tuple[Scalar, Tree]]
    span: Span

    def get(self, name: str) -> Tree | None:
        for key, value in self.entries:
            if key.text == name:
                return value
        return None

    def key(self, name: str) -> Scalar | None:
        for key, _ in self.entries:
            if key.text == name:
                return key
        return None

    def keys(self) -> list[str]:
        return [key.text for key, _ in self.entries]


Tree = Scalar | Sequence | Mapping


def plain(tree: Tree) -> object:
    """The tree as dicts, lists and scalars, without places."""
    if isinstance(tree, Scalar):
        return tree.value
    if isinstance(tree, Sequence):
        return [plain(item) for item in tree.items]
    return {key.text: plain(value) for key, value in tree.entries}


def parse(source: Source) -> Tree:
    """The located tree of a YAML text.

    Raises:
        ArchspecError: E001 to E004, E006 and E007, as many as can be found in one go; E301 for
            an expression that YAML's own punctuation cuts in two.
    """
    if len(source.text) > MAX_BYTES:
        raise ArchspecError(too_large(source.name))
    if source.text.startswith("\ufeff"):
        source = Source(source.name, source.text[1:])
    if control := _NOT_TEXT.search(source.text):
        message = f"the text holds the control character U+{ord(control[0]):04X}"
        span = place_after(source, source.text[: control.start()])
        raise ArchspecError(Diagnostic("E001", message, span))
    with collector_off():
        return _Composer(source).compose(shielded(source.text))


# What YAML does not count as text; checked first so that the place of it is known.
_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BARE_BRACKET = re.compile(r"\(\s*[\d$]")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def resolve(text: str) -> str | int | float | bool | None:
    """An unquoted scalar in YAML 1.2's core schema; ValueError for thousands of digits."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "0123456789+-.":
        return text
    if _INT.fullmatch(text):
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    if _FLOAT.fullmatch(text):
        return float(text)
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", ""))
    return text


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ANCHOR = re.compile(r"&[\w-]+[ \t]+(?=[^\s#])")
_QUOTED_OR_ESCAPED = re.compile(r"""'[^']*'|"[^"]*"|\$\$""")


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been read yet."""

    tree: Sequence | Mapping
    flow: bool
    anchor: str | None
    nodes_before: int
    height: int = 0
    key: Scalar | None = None
    seen: dict[str, Scalar] = field(default_factory=dict)
    torn: Scalar | None = None


class _Composer:
    """Builds the tree of one document from events, without recursion."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.errors = Findings()
        self.stack: list[_Open] = []
        # An anchored node, its number of nodes and its height; None while it is still open.
        self.anchors: dict[str, tuple[Tree, int, int] | None] = {}
        self.root: Tree | None = None
        self.words: dict[str, str] = {}
        self.nodes = 0
        self.aliased_nodes = 0

    def compose(self, text: str) -> Tree:
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                self._take(event)
        except yaml.MarkedYAMLError as error:
            if "nesting depth" in (error.problem or "") and error.problem_mark:
                # The limit of some parsers lies beyond ours; but they look ahead, and meet it
                # before they have told of what is over ours. It stands before it.
                _Composer(self.source).compose(text[: error.problem_mark.index])
            flow = next((o.tree.span for o in reversed(self.stack) if o.flow), None)
            if not (self.errors and self.errors[-1].code == "E301"):  # else it follows from that
                self.errors.append(explain(self.source, error, flow))
            raise ArchspecError(*self.errors) from None
        root = self.root
        if root is None or (isinstance(root, Scalar) and root.text == "" and root.value is None):
            hint = "a spec has at least a `name`, `inputs` and a `graph`"
            self.errors.append(Diagnostic("E006", f"{self.source.name} is empty", hint=hint))
        if self.errors or root is None:
            raise ArchspecError(*self.errors)
        return root

    def _error(
        self, code: str, message: str, span: Span, note: Note | None = None, hint: str | None = None
    ) -> None:
        notes = (note,) if note else ()
        self.errors.append(Diagnostic(code, message, span, notes=notes, hint=hint))

    def _too_much(self, message: str, event: yaml.Event) -> NoReturn:
        """Reports what was found so far; reading on would take too long."""
        raise ArchspecError(*self.errors, Diagnostic("E004", message, self._span(event)))

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._grow(1, 0, event)
            scalar = self._scalar(event)
            if event.anchor:
                self.anchors[event.anchor] = (scalar, 1, 0)
            self._attach(scalar, 0)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            hint = "a file holds one spec: write two files, or one spec with `variants`"
            self._error("E006", "a second document begins here", self._span(event), hint=hint)
            raise ArchspecError(*self.errors)

    def _span(self, event: Any) -> Span:
        """Where an event stands, without its anchor; ends with its first line."""
        start, end = event.start_mark, event.end_mark
        line, column = start.line + 1, start.column + 1
        one_line = end.line == start.line
        stop = end.column + 1 if one_line else len(self.source.line(line)) + 1
        anchored = getattr(event, "anchor", None)
        if anchored and (anchor := _ANCHOR.match(self.source.line(line), start.column)):
            column += len(anchor[0])
        return Span(self.source, line, column, max(stop, column + 1))

    def _grow(self, nodes: int, height: int, event: yaml.Event) -> None:
        """Counts what is about to be attached to the innermost open collection."""
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            self._too_much(f"the text has more than {MAX_NODES:,} values", event)
        if len(self.stack) + height > MAX_DEPTH:
            self._too_much(f"lists and mappings nest more than {MAX_DEPTH} deep", event)

    def _refuse_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            span = self._span(event)
            if span.source.line(span.line).startswith(tag, span.column - 1):
                span = span.narrowed(0, len(tag))
            self._error("E003", f"the tag `{tag}` is not allowed", span, hint=TAG_HINT)

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        self._refuse_tag(event)
        span, text = self._span(event), unshielded(event.value)
        if not text[-1:].isdigit():  # a word, which comes again, as `n17` will not
            text = self.words.setdefault(text, text)
        if event.style:
            return Scalar(text, span, text, event.style in "'\"")
        try:
            value = resolve(text)
            if not isinstance(value, str) and len(text) > _MAX_NUMBER_LENGTH:
                raise ValueError
        except ValueError:
            value = 0
            self._error("E004", f"this number has {len(text):,} digits", span)
        scalar = Scalar(value, span, text, False)
        if self.stack and self.stack[-1].flow and ("(" in text or ")" in text):
            self._check_torn(scalar, self.stack[-1])
        return scalar

    def _check_torn(self, scalar: Scalar, parent: _Open) -> None:
        """Finds `{a: $(max(b, c))}`, which YAML takes for two entries, cut at the comma."""
        text = _QUOTED_OR_ESCAPED.sub("", scalar.text)
        unclosed = text.count("(") - text.count(")")
        if unclosed > 0:
            parent.torn = scalar
        if parent.torn and (unclosed < 0 or (unclosed > 0 and "$(" in text)):
            message = f"`{parent.torn.text}` ends before its bracket is closed"
            hint = LIST_IT if _BARE_BRACKET.match(parent.torn.text) else QUOTE_IT
            self._error("E301", message, parent.torn.span, hint=hint)
            parent.torn = None

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        self._refuse_tag(event)
        nodes_before = self.nodes
        self._grow(1, 1, event)
        if event.anchor:
            self.anchors[event.anchor] = None
        span = self._span(event)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        tree: Sequence | Mapping = Mapping([], span) if is_mapping else Sequence([], span)
        self.stack.append(_Open(tree, bool(event.flow_style), event.anchor, nodes_before))

    def _close(self, event: Any) -> None:
        done = self.stack.pop()
        tree, start = done.tree, done.tree.span
        if not done.flow and isinstance(tree, Mapping) and tree.entries:
            tree.span = tree.entries[0][0].span
        elif done.flow and event.end_mark.line + 1 == start.line:
            tree.span = Span(self.source, start.line, start.column, event.end_mark.column + 1)
        else:
            tree.span = start.narrowed(0, len(self.source.line(start.line)) + 1 - start.column)
        if done.anchor:
            self.anchors[done.anchor] = (tree, self.nodes - done.nodes_before, done.height)
        self._attach(tree, done.height)

    def _alias(self, event: yaml.AliasEvent) -> None:
        span, name = self._span(event), event.anchor
        if name not in self.anchors:
            hint = "put the text in quotes if the `*` belongs to it"
            self._error("E001", f"no anchor `&{name}` stands above this alias", span, hint=hint)
            self._attach(Scalar(None, span, "", False), 0)
            return
        target = self.anchors[name]
        if target is None:
            self._too_much(f"the alias `*{name}` stands inside its own anchor", event)
        tree, nodes, height = target
        self.aliased_nodes += nodes
        if self.aliased_nodes > MAX_ALIASED_NODES:
            self._too_much(f"aliases expand to more than {MAX_ALIASED_NODES:,} values", event)
        self._grow(nodes, height, event)
        self._attach(tree, height)

    def _attach(self, node: Tree, height: int) -> None:
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        parent.height = max(parent.height, height + 1)
        if isinstance(parent.tree, Sequence):
            parent.tree.items.append(node)
        elif parent.key is None:
            parent.key = self._key(node, parent.seen)
        else:
            parent.tree.entries.append((parent.key, node))
            parent.key = None

    def _key(self, node: Tree, seen: dict[str, Scalar]) -> Scalar:
        if not isinstance(node, Scalar):
            self._error("E007", "a list or a mapping cannot be a key", node.span)
            return Scalar("", node.span, "", False)
        if node.text == "" and node.value is None:
            self._error("E007", "the key before the colon is missing", node.span)
        if node.text == "<<" and not node.quoted:
            message = "`<<` merges mappings in YAML 1.1 only"
            hint = "write the keys out, or make a block with parameters of what comes again"
            self._error("E007", message, node.span, hint=hint)
        named = node.value is node.text
        key = node if named else Scalar(node.text, node.span, node.text, node.quoted)
        first = seen.setdefault(key.text, key)
        if first is not key:
            message = f"the key `{key.text}` stands twice in this mapping"
            self._error("E002", message, key.span, Note("it stands here first", first.span))
        return key
