"""Located tree -> abstract syntax, for what stands beside an op: values and structural keys.

A reader returns what it has read or raises; `attempt` keeps what it raised, and reading goes on.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from archspec.diagnostics import (
    LONGEST_WORD,
    ArchspecError,
    Diagnostic,
    Enough,
    Findings,
    Span,
    did_you_mean,
    listed,
)
from archspec.frontend.ast import Constant, For, ListValue, MapValue, Ref, Share, Value
from archspec.frontend.expressions import (
    Expression,
    Template,
    check_length,
    parse_bare,
    parse_value,
)
from archspec.frontend.hints import item_below, key_hint
from archspec.frontend.source import Mapping, Scalar, Sequence, Tree
from archspec.frontend.wording import kind
from archspec.ops.identifiers import IDENTITY, LONGEST_LABEL, LONGEST_NOTE, id_problem
from archspec.ops.selectors import Selector

_T = TypeVar("_T")
_R = TypeVar("_R")

_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_NUMBERS = re.compile(r"[0-9]+(\.[0-9]+)*")


def _quoted(key: str, tree: Tree) -> str:
    """What is no text as it is written, as a text."""
    place = tree.span
    text = place.source.line(place.line)[place.column - 1 : place.end - 1].strip()
    mark = "'" if '"' in text else '"'
    return f"{key}: {mark}{text}{mark}" if len(text) <= LONGEST_WORD else f'{key}: "..."'


def refusal(
    code: str,
    message: str,
    span: Span,
    *,
    expected: str | None = None,
    found: str | None = None,
    hint: str | None = None,
) -> ArchspecError:
    """What a reader raises that cannot make anything of what is written at a place."""
    return ArchspecError(Diagnostic(code, message, span, expected=expected, found=found, hint=hint))


_CONTROL = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What moves a terminal's cursor, and what has it write from right to left."""


def _walking(tree: Tree) -> str | None:
    """A hint for `i in range(3)`, as other languages have it."""
    match = re.fullmatch(r"(\w+) +in +(.+)", tree.text) if isinstance(tree, Scalar) else None
    return f"write {{{match[1]}: {match[2]}}}" if match is not None else None


def _words(tree: Tree) -> Iterator[tuple[str, Span]]:
    """The words of a written list that bear neither quotes nor `$`."""
    if isinstance(tree, Sequence):
        for item in tree.items:
            if isinstance(item, Sequence):
                yield from _words(item)
            elif isinstance(item, Scalar) and not item.quoted and "$" not in item.text:
                yield item.text, item.span


class ValueReader:
    """Reads values, references and loops; `diagnostics` fills as it goes."""

    def __init__(self) -> None:
        self.diagnostics = Findings()
        self.faulty: set[Span] = set()
        """Where values stand that have been reported and are None in their place."""
        self.unchanged: list[Span] = []
        """Where a branch is the word `identity`, in the graph that is read."""
        self.so_called: list[Span] = []
        """Where that word is an id there."""

    def report(
        self,
        code: str,
        message: str,
        span: Span,
        *,
        expected: str | None = None,
        found: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.diagnostics.append(
            Diagnostic(code, message, span, expected=expected, found=found, hint=hint)
        )

    def line(self, text: str, span: Span) -> str:
        """A text in one line, which is shown: see `check_controls`."""
        text = " ".join(text.split())
        self.check_controls(text, span)
        return text

    def check_controls(self, text: str, span: Span) -> None:
        """E203 where a text holds what a terminal that shows it would obey."""
        if _CONTROL.search(text):
            message = "a control character stands in this text"
            self.report("E203", message, span, expected="characters that can be printed")

    def unknown_key(self, key: Scalar, known: Iterable[str], hint: str | None = None) -> None:
        known = list(known)
        self.report(
            "E201",
            f"unknown key `{key.text}`",
            key.span,
            expected=listed(known, len(known)),
            hint=hint or key_hint(key.text, known) or did_you_mean(key.text, known),
        )

    def entries(self, tree: Tree, what: str) -> list[tuple[Scalar, Tree]]:
        """What stands in a mapping that may be left empty."""
        if isinstance(tree, Mapping):
            return tree.entries
        if not (isinstance(tree, Scalar) and tree.value is None):
            self.report(
                "E203",
                f"{what} must be a mapping",
                tree.span,
                expected="`name: value` for each",
                found=kind(tree),
            )
        return []

    # --- reading, or saying why not -----------------------------------------------------

    def attempt(self, read: Callable[[_T], _R], tree: _T) -> _R | None:
        """What `read` makes of a tree; None where it raises, and its diagnostics are kept.

        Nothing else swallows what a reader raises, and an ArchspecError always says something:
        so what is written becomes a part of the spec, or there is a diagnostic.
        """
        try:
            return read(tree)
        except Enough:
            raise
        except ArchspecError as error:
            self.diagnostics += error.diagnostics
            return None

    def every(self, read: Callable[[_T], _R], trees: Iterable[_T]) -> list[_R]:
        """What `read` makes of each tree, without those that it refuses."""
        return [done for tree in trees if (done := self.attempt(read, tree)) is not None]

    def beside(self, tree: Mapping, key: str, read: Callable[[Tree], _R]) -> _R | None:
        """What `read` makes of a key's value; None without that key, or where it refuses."""
        value = tree.get(key)
        return None if value is None else self.attempt(read, value)

    # --- structural keys, each read or refused ------------------------------------------

    def ident(self, node: Tree) -> Constant | Template | Expression:
        if not isinstance(node, Scalar) or node.value is None:
            raise refusal("E203", "an id is a word", node.span, found=kind(node))
        value = self.text(node)
        if not isinstance(value, Constant):
            return value
        word = str(node.value) if type(node.value) is int else node.text
        problem = id_problem(word)
        if problem:
            raise refusal("E206", f"`{node.text}` cannot be an id: {problem}", node.span)
        if word == IDENTITY:
            self.so_called.append(node.span)
        return Constant(word, node.span)

    def label(self, tree: Tree) -> Constant | Template:
        """What figures show in place of a name: words, which may have expressions in them."""
        return self.told(tree, "label", LONGEST_LABEL)

    def note(self, tree: Tree) -> Constant | Template:
        """What figures show on the arrow of a value: a formula, or words like a label's."""
        return self.told(tree, "note", LONGEST_NOTE)

    def doc(self, tree: Tree) -> str:
        """What a part is for, in a person's words, which are shown as they are."""
        if not isinstance(tree, Scalar) or tree.value is None or not tree.text.strip():
            raise refusal("E203", "a doc is words", tree.span, expected="words", found=kind(tree))
        return self.line(tree.text, tree.span)

    def told(self, tree: Tree, what: str, longest: int) -> Constant | Template:
        """One line of words."""
        if not isinstance(tree, Scalar) or tree.value is None or not tree.text.strip():
            message = f"a {what} is words"
            raise refusal(
                "E203",
                message,
                tree.span,
                expected="words",
                found=kind(tree),
                hint=None
                if isinstance(tree, Scalar)
                else f"in quotes it is: {_quoted(what, tree)}",
            )
        read = self.text(tree)
        written = read.value if isinstance(read, Constant) and isinstance(read.value, str) else ""
        text = self.line(written if "$" in tree.text else tree.text, tree.span)
        if isinstance(read, Template):
            return read
        if isinstance(read, Expression):
            return Template((read,), tree.span, tree.text)
        if len(text) > longest:
            message = f"this {what} has {len(text):,} characters"
            most = f"at most {longest} characters"
            raise refusal("E203", message, tree.span, expected=most)
        return Constant(text, tree.span)

    def reference(self, tree: Tree, gathers: bool = True) -> Ref:
        """A node's id; `gathers` is false where several nodes could not be merged instead."""
        hint = item_below(tree)
        if (
            isinstance(tree, Scalar)
            and isinstance(tree.value, str)
            and tree.value.strip()
            and not hint
        ):
            return Ref(self.text(tree), tree.span)
        if isinstance(tree, Scalar) and _NUMBERS.fullmatch(tree.text):  # `7`, and `7.1` within it
            return Ref(Constant(tree.text, tree.span), tree.span)
        if isinstance(tree, Scalar) and isinstance(tree.value, int):
            hint = "nodes are not counted back: give the node an `id` and write that"
        elif isinstance(tree, Sequence) and len(tree.items) == 1:
            (alone,) = tree.items
            hint = f"write {alone.text}, without brackets" if isinstance(alone, Scalar) else None
        elif isinstance(tree, Sequence) and gathers:
            hint = "several values are gathered by a merge: `add`, `concat`, `mean`"
        raise refusal(
            "E203",
            "a node is referred to by its id",
            tree.span,
            expected="an id",
            found=kind(tree),
            hint=hint,
        )

    def feed(self, node: Tree) -> tuple[Ref, ...]:
        """What `from` names: a node, or several that a block reads side by side."""
        if not isinstance(node, Sequence):
            return (self.reference(node),)
        if not node.items:
            raise refusal(
                "E203",
                "`from` names nothing to read",
                node.span,
                expected="an id, or a list of ids",
                found=kind(node),
            )
        return tuple(self.every(self.reference, node.items))

    def condition(self, tree: Tree) -> Expression:
        return self.bare(tree, "`when` holds a condition")

    def bare(self, tree: Tree, what: str) -> Expression:
        """The expression of a `when`, a `repeat` or a `for`, which needs no `$`."""
        if not isinstance(tree, Scalar) or (tree.value is None and tree.text):
            raise refusal("E203", what, tree.span, expected="an expression", found=kind(tree))
        return parse_bare(tree)

    def loop(self, tree: Mapping) -> For | None:
        lists, count = tree.get("for"), tree.get("repeat")
        if lists is not None and count is not None:
            self.report("E204", "a node has `for` or `repeat`, not both", count.span)
        if count is not None:
            return self.attempt(lambda t: self.count("repeat", t), count)
        return self.beside(tree, "for", lambda t: self.rounds("for", t))

    def count(self, word: str, tree: Tree) -> For:
        """How often, for a `repeat` or an `each` without names."""
        return For({}, self.bare(tree, f"`{word}` holds a count"), tree.span)

    def rounds(self, word: str, lists: Tree) -> For:
        """The names and lists of a `for` or an `each`."""
        if not isinstance(lists, Mapping) or not lists.entries:
            raise refusal(
                "E203",
                f"`{word}` holds names beside lists",
                lists.span,
                expected="{i: range(4)}",
                found=kind(lists),
                hint=_walking(lists)
                or ("use `repeat: n` where no name is needed" if word == "for" else None),
            )
        named = {
            key.text: (key.span, values)
            for key, values in self.every(lambda e: self.walked(word, *e), lists.entries)
        }
        loop = For(named, None, lists.span)
        loop.words = tuple(word for _, values in lists.entries for word in _words(values))
        return loop

    def walked(
        self, word: str, key: Scalar, value: Tree
    ) -> tuple[Scalar, Expression | ListValue | Constant]:
        """A name of a `for` or an `each`, with what it walks."""
        if not _ID.match(key.text) or keyword.iskeyword(key.text):
            raise refusal("E206", f"`{key.text}` cannot be a loop's name", key.span)
        if key.text == "input":
            raise refusal("E206", "`input` already means what feeds the block", key.span)
        if isinstance(value, Scalar) and isinstance(value.value, str):
            return key, self.bare(value, f"`{word}` walks lists")
        read = self.value(value)
        if isinstance(read, (ListValue, Constant)):
            return key, read
        raise refusal("E417", f"`{word}` walks lists", value.span, found=kind(value))

    def share(self, node: Tree) -> Share:
        if not isinstance(node, Mapping):
            return Share(self.reference(node, gathers=False))
        for key, _ in node.entries:
            if key.text not in ("of", "own"):
                self.unknown_key(key, ("of", "own"))
        of, own = node.get("of"), node.get("own")
        if of is None:
            raise refusal("E202", "`share` needs `of`", node.span, expected="of: an id")
        names = own.items if isinstance(own, Sequence) else [] if own is None else [own]
        return Share(self.reference(of, gathers=False), tuple(self.every(self.own, names)))

    def own(self, part: Tree) -> Value:
        if isinstance(part, Scalar) and part.text.startswith(".") and part.value is not None:
            part = replace(part, value=part.text)  # `.7` is no number here
        if isinstance(part, Scalar) and isinstance(part.value, str):
            read = self.value(part)
            if isinstance(read, Constant):
                self.selector(str(read.value), part.span)
            return read
        wanted = "`own` lists ops, as `conv`, and ids, as `.gate`"
        raise refusal("E203", wanted, part.span, found=kind(part))

    def selector(self, text: str, span: Span) -> Selector | None:
        """What `init` and `own` name; None where it is nothing, which is reported."""
        found = Selector.of(text)
        if found is None:
            expected = "an op, as `conv`, an id, as `.gate`, or a path, as `.g.conv1`"
            self.report("E203", f"`{text}` selects nothing", span, expected=expected)
        return found

    # --- values ---------------------------------------------------------------------

    def text(self, tree: Scalar) -> Constant | Template | Expression:
        """What a scalar stands for; raises where that is no value, or longer than any word."""
        check_length(tree.text, tree.span)
        parsed = parse_value(tree)
        if isinstance(parsed, (Expression, Template)):
            return parsed
        return Constant(parsed, tree.span)

    def value(self, tree: Tree) -> Value:
        """Any value. What is faulty is reported and None in its place, and is in `faulty`."""
        if isinstance(tree, Scalar):
            read = self.attempt(self.text, tree)
            if read is None:
                self.faulty.add(tree.span)
                return Constant(None, tree.span)
            return read
        if isinstance(tree, Sequence):
            items = [self.value(t) for t in tree.items]
            if any(i.span in self.faulty for i in items):
                self.faulty.add(tree.span)
            if all(isinstance(i, Constant) for i in items):
                return Constant(tuple(i.evaluate({}) for i in items), tree.span)
            return ListValue(items, tree.span)
        return MapValue({k.text: (k.span, self.value(v)) for k, v in tree.entries}, tree.span)
