"""Located tree -> abstract syntax, for what stands beside an op: values and structural keys.

The readers collect diagnostics and go on after each.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from archspec.attributes import kind
from archspec.diagnostics import (
    ArchspecError,
    Diagnostic,
    Findings,
    Span,
    did_you_mean,
    listed,
)
from archspec.expressions import Expression, Template, parse_bare, parse_value
from archspec.names import id_problem
from archspec.source import Mapping, Scalar, Sequence, Tree
from archspec.syntax import Constant, For, ListValue, MapValue, Ref, Share, Value

LONGEST_TEXT = 1_000
"""Characters of a text that is a value, and so a word of some kind; descriptions have more."""

_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def spaced(word: str, known: Iterable[str]) -> str | None:
    """A hint for `linear:10`, which YAML takes for one word."""
    key, colon, value = word.partition(":")
    if colon and key in known:
        return f"a space is missing after the colon: `{key}: {value or '...'}`"
    return None


class ValueReader:
    """Reads values, references and loops; `diagnostics` fills as it goes."""

    def __init__(self) -> None:
        self.diagnostics = Findings()
        self.faulty: set[Span] = set()
        """Where values stand that have been reported and are None in their place."""

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

    def unknown_key(self, key: Scalar, known: Iterable[str], hint: str | None = None) -> None:
        known = list(known)
        self.report(
            "E201",
            f"unknown key `{key.text}`",
            key.span,
            expected=listed(known),
            hint=hint or spaced(key.text, known) or did_you_mean(key.text, known),
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

    # --- structural keys ------------------------------------------------------------

    def ident(self, tree: Mapping) -> Constant | Template | Expression | None:
        node = tree.get("id")
        if node is None:
            return None
        if not isinstance(node, Scalar) or node.value is None:
            self.report("E203", "an id is a word", node.span, found=kind(node))
            return None
        value = self.value(node)
        if isinstance(value, Constant):
            problem = id_problem(str(node.text))
            if problem:
                self.report("E206", f"`{node.text}` cannot be an id: {problem}", node.span)
                return None
            return Constant(node.text, node.span)
        return value if isinstance(value, (Template, Expression)) else None

    def reference(self, tree: Tree) -> Ref:
        if isinstance(tree, Scalar) and isinstance(tree.value, str):
            value = self.value(tree)
            if isinstance(value, (Constant, Template, Expression)):
                return Ref(value, tree.span)
        hint = None
        if isinstance(tree, Scalar) and isinstance(tree.value, int):
            hint = "nodes have no numbers: give the node an `id` and write that"
        elif isinstance(tree, Sequence):
            hint = "several values are gathered by a merge: `add`, `concat`, `mean`"
        self.report(
            "E203",
            "a node is referred to by its id",
            tree.span,
            expected="an id",
            found=kind(tree),
            hint=hint,
        )
        return Ref(Constant("", tree.span), tree.span)

    def feed(self, tree: Mapping) -> tuple[Ref, ...]:
        """What `from` names: a node, or several that a block reads side by side."""
        node = tree.get("from")
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            return (self.reference(node),)
        if not node.items:
            self.report(
                "E203",
                "`from` names nothing to read",
                node.span,
                expected="an id, or a list of ids",
                found=kind(node),
            )
        return tuple(self.reference(t) for t in node.items)

    def bare(self, tree: Tree, what: str) -> Expression | None:
        """The expression of a `when`, a `repeat` or a `for`, which needs no `$`."""
        if not isinstance(tree, Scalar):
            self.report("E203", what, tree.span, expected="an expression", found=kind(tree))
            return None
        try:
            return parse_bare(tree)
        except ArchspecError as error:
            self.diagnostics += error.diagnostics
            return None

    def loop(self, tree: Mapping) -> For | None:
        lists, count = tree.get("for"), tree.get("repeat")
        if lists is not None and count is not None:
            self.report("E204", "a node has `for` or `repeat`, not both", count.span)
        if count is not None:
            return self.count("repeat", count)
        return None if lists is None else self.rounds("for", lists)

    def count(self, word: str, tree: Tree) -> For:
        """How often, for a `repeat` or an `each` without names."""
        return For({}, self.bare(tree, f"`{word}` holds a count"), tree.span)

    def rounds(self, word: str, lists: Tree) -> For | None:
        """The names and lists of a `for` or an `each`."""
        if not isinstance(lists, Mapping) or not lists.entries:
            self.report(
                "E203",
                f"`{word}` holds names beside lists",
                lists.span,
                expected="{i: range(4)}",
                found=kind(lists),
                hint="use `repeat: n` where no name is needed" if word == "for" else None,
            )
            return None
        named: dict[str, tuple[Span, Expression | ListValue | Constant]] = {}
        for key, value in lists.entries:
            if not _ID.match(key.text) or keyword.iskeyword(key.text):
                self.report("E206", f"`{key.text}` cannot be a loop's name", key.span)
            elif key.text == "input":
                self.report("E206", "`input` already means what feeds the block", key.span)
            if isinstance(value, Scalar) and isinstance(value.value, str):
                bare = self.bare(value, f"`{word}` walks lists")
                named[key.text] = (key.span, bare or Constant((), value.span))
            else:
                read = self.value(value)
                if isinstance(read, (ListValue, Constant)):
                    named[key.text] = (key.span, read)
                else:
                    self.report("E417", f"`{word}` walks lists", value.span, found=kind(value))
        return For(named, None, lists.span)

    def share(self, tree: Mapping) -> Share | None:
        node = tree.get("share")
        if node is None:
            return None
        if not isinstance(node, Mapping):
            return Share(self.reference(node))
        for key, _ in node.entries:
            if key.text not in ("of", "own"):
                self.unknown_key(key, ("of", "own"))
        of, own = node.get("of"), node.get("own")
        if of is None:
            self.report("E202", "`share` needs `of`", node.span, expected="of: an id")
            return None
        names: list[Value] = []
        for part in own.items if isinstance(own, Sequence) else [own] if own is not None else []:
            if isinstance(part, Scalar) and isinstance(part.value, str):
                names.append(self.value(part))
            else:
                self.report("E203", "`own` lists ids and ops", part.span, found=kind(part))
        return Share(self.reference(of), tuple(names))

    # --- values ---------------------------------------------------------------------

    def check_length(self, tree: Scalar) -> None:
        """Raise E203 for a text that is longer than any word."""
        if len(tree.text) > LONGEST_TEXT:
            raise ArchspecError(
                Diagnostic(
                    "E203",
                    "this text is too long for a value",
                    tree.span,
                    expected=f"at most {LONGEST_TEXT:,} characters",
                    found=f"{len(tree.text):,}",
                )
            )

    def value(self, tree: Tree) -> Value:
        if isinstance(tree, Scalar):
            try:
                self.check_length(tree)
                parsed = parse_value(tree)
            except ArchspecError as error:
                self.diagnostics += error.diagnostics
                self.faulty.add(tree.span)
                return Constant(None, tree.span)
            if isinstance(parsed, (Expression, Template)):
                return parsed
            return Constant(parsed, tree.span)
        if isinstance(tree, Sequence):
            items = [self.value(t) for t in tree.items]
            if any(i.span in self.faulty for i in items):
                self.faulty.add(tree.span)
            if all(isinstance(i, Constant) for i in items):
                return Constant(tuple(i.evaluate({}) for i in items), tree.span)
            return ListValue(items, tree.span)
        return MapValue({k.text: (k.span, self.value(v)) for k, v in tree.entries}, tree.span)
