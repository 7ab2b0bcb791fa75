"""What a spec or a block asks of its parameters and its input: `require`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.frontend.ast import Requirement
from archspec.frontend.conditions import truth
from archspec.frontend.environment import Namespace
from archspec.frontend.expressions import Expression
from archspec.frontend.reader import Reader
from archspec.frontend.source import Mapping as Tree_
from archspec.frontend.source import Sequence, Tree
from archspec.frontend.value_reader import refusal
from archspec.frontend.wording import kind, written
from archspec.ops.derived import plain
from archspec.ops.identifiers import LONGEST_LABEL

KEYS = ("that", "else")

_MANY = 20
"""Longer lists are not written out."""


def read_require(tree: Tree, reader: Reader) -> list[Requirement]:
    """A list of conditions, each with what is said where it does not hold."""
    if not isinstance(tree, Sequence) or not tree.items:
        expected = '[{that: depth % 6 == 4, else: "the depth is 6n + 4"}]'
        message = "`require` lists conditions"
        reader.report("E203", message, tree.span, expected=expected, found=kind(tree))
        return []
    read = (reader.attempt(lambda part: _requirement(part, reader), part) for part in tree.items)
    return [requirement for requirement in read if requirement is not None]


def _requirement(tree: Tree, reader: Reader) -> Requirement | None:
    if not isinstance(tree, Tree_):
        expected = '{that: depth % 6 == 4, else: "the depth is 6n + 4"}'
        message = "a requirement is a condition with words"
        raise refusal("E203", message, tree.span, expected=expected, found=kind(tree))
    strays = [key for key, _ in tree.entries if key.text not in KEYS]
    for key in strays:
        reader.unknown_key(key, KEYS)
    that, words = tree.get("that"), tree.get("else")
    if that is None or words is None:
        if strays:  # which have been reported
            return None
        missing, what = ("that", "a condition") if that is None else ("else", "what is wrong then")
        raise refusal(
            "E202", f"a requirement needs `{missing}`", tree.span, expected=f"{missing}: {what}"
        )
    condition = reader.bare(that, "`that` holds a condition")
    return Requirement(condition, reader.told(words, "message", LONGEST_LABEL))


def met(
    required: list[Requirement], env: Mapping[str, Any], report: Callable[[Diagnostic], None]
) -> bool:
    """Whether everything holds that is required; what does not is reported."""
    wrong = list(_unmet(required, env))
    for diagnostic in wrong:
        report(diagnostic)
    return not wrong


def _unmet(required: list[Requirement], env: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """E419 for each requirement that does not hold where the names mean what `env` says."""
    for requirement in required:
        that = requirement.that
        try:
            if not truth(that.evaluate(env), that.span, "`that`", strict=True):
                message = str(requirement.otherwise.evaluate(env))
                found = ", ".join(_given(that, env))
                yield Diagnostic("E419", message, that.span, that.text.strip(), found or None)
        except ArchspecError as error:
            yield from error.diagnostics


def _given(that: Expression, env: Mapping[str, Any]) -> Iterator[str]:
    """What the parameters and sizes are that a condition reads."""
    for name in sorted(that.names):
        value = env.get(name)
        if not isinstance(value, Namespace):
            yield f"{name} = {_shown(value)}"
    inner = [node for node in ast.walk(that.tree) if isinstance(node, ast.Attribute)]
    for text, node in sorted({ast.unparse(node): node for node in inner}.items()):
        value = Expression(text, that.span, node, that.names).evaluate(env)
        yield f"{text} = {_shown(value)}"


def _shown(value: Any) -> str:
    """A value in few words."""
    long = isinstance(value, (tuple, list, range)) and len(value) > _MANY
    return f"a list of {len(value)}" if long else written(plain(value))
