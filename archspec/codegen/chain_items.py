"""What a chain is made of, and the statements that build it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from archspec.codegen.places import Place
from archspec.codegen.python import (
    Assign,
    Branching,
    Build,
    Increment,
    Looping,
    Statement,
    build,
    call,
    equal,
    given,
    listed,
    method,
    name,
    repeated,
    rounds,
)
from archspec.codegen.symbols import negated
from archspec.codegen.target import Words


@dataclass(slots=True)
class Module:
    """One child: at a position where it has no name, which is an f-string in a loop."""

    name: str | ast.JoinedStr | None
    code: ast.expr


@dataclass(slots=True)
class Nested:
    """A child that is a chain of its own; at a position, built in the variable `local`."""

    name: str | ast.JoinedStr | None
    items: list[Link]
    local: str = "branch"
    doc: str = ""


@dataclass(slots=True)
class If:
    test: ast.expr
    items: list[Link]


@dataclass(slots=True)
class For:
    """`for targets in walked:`; `doc` is what the spec says of what it makes."""

    targets: list[str]
    walked: ast.expr
    items: list[Link]
    doc: str = ""


@dataclass(slots=True)
class Update:
    """`in_channels = ...`, for what comes next."""

    target: str
    value: ast.expr


Link = Module | Nested | If | For | Update


Created = Literal["chain", "list", "inherited"]
"""What keeps a chain: a container that is created, or the class itself, which is one."""


# --- links -> statements --------------------------------------------------------------------


LONG = 12
"""Statements from which on a loop that can stay one is not written out."""


def weight(links: list[Link]) -> int:
    """About how many lines a chain takes."""
    inner = [k for k in links if isinstance(k, Nested | If | For) and expression(k) is None]
    lines = len(fold([code for k in links if (code := placed(k)) is not None]))
    updates = sum(isinstance(k, Update) for k in links)
    return lines + updates + sum(1 + weight(k.items) for k in inner)


def updates(links: list[Link]) -> bool:
    """True where a constructor's variable is set on the way."""
    inner = [k.items for k in links if isinstance(k, Nested | If | For)]
    return any(isinstance(link, Update) for link in links) or any(map(updates, inner))


def plain(links: list[Link]) -> bool:
    """True where every child has a position and nothing but a position."""
    return all(expression(link) is not None for link in links)


def placed(link: Link) -> ast.expr | None:
    """What is built in one expression, at a position or under a name."""
    return link.code if isinstance(link, Module) else expression(link)


def expression(link: Link) -> ast.expr | None:
    """A child at a position, or a loop of such: `*(Unit(64, rate=0.1 * i) for i in range(3))`."""
    if isinstance(link, Module):
        return link.code if link.name is None else None
    if isinstance(link, For) and len(link.items) == 1:
        (only,) = link.items
        if isinstance(only, Module) and only.name is None and isinstance(only.code, Build):
            return repeated(only.code, rounds(link.targets, link.walked))
    return None


def sequential(links: list[Link], words: Words, doc: str = "") -> Build:
    """A container of children at positions, which run one after another."""
    codes = fold([code for k in links if (code := expression(k)) is not None])
    return build(words.containers["chain"], codes, doc=doc)


def named(link: Link, words: Words) -> tuple[str, ast.expr] | None:
    """A child under a name, and how it is built; None where one expression cannot say that."""
    if not isinstance(link, Module | Nested) or not isinstance(link.name, str):
        return None
    code = link.code if isinstance(link, Module) else chained(link.items, words, link.doc)
    return None if code is None or link.name.isdigit() else (link.name, code)


def chained(links: list[Link], words: Words, doc: str = "") -> Build | None:
    """A container of children that all stand at positions or all bear names, one of them at least.

    None for any other, which takes statements.
    """
    if plain(links):
        return sequential(links, words, doc)
    found = [named(link, words) for link in links]
    children = [child for child in found if child is not None]
    if not children or len(children) < len(links):
        return None
    return build(words.containers["chain"], [build(words.names, [], children)], doc=doc)


def statements(
    links: list[Link], target: Place, words: Words, create: Created | None, doc: str = ""
) -> list[Statement]:
    """The constructor's statements for a chain kept in `target`, of which `doc` is said.

    Children at positions in front go into the creating call; the rest follow as
    assignments: a chain runs in the order in which they were made.

    Args:
        create: what is created to keep it, if that is not there yet.
    """
    out: list[Statement] = []
    lead = 0
    if create is not None:
        while lead < len(links) and plain(links[lead : lead + 1]):
            lead += 1
        codes = fold([code for k in links[:lead] if (code := expression(k)) is not None])
        if create == "inherited":
            out.append(Assign(None, inherited(codes)))
        elif create == "list":
            out.append(Assign(target.tree, _module_list(codes, words, doc)))
        else:
            if not lead:
                lead = next((k for k, x in enumerate(links) if named(x, words) is None), len(links))
            created = chained(links[:lead], words, doc)
            assert created is not None
            out.append(Assign(target.tree, created))
    before: Link | None = None
    for link in links[lead:]:
        if isinstance(link, Module):
            out.append(_added(link, target, words))
        elif isinstance(link, Nested) and isinstance(link.name, str) and not link.name.isdigit():
            child = target.child(link.name)
            out += statements(link.items, child, words, "chain", link.doc)
        elif isinstance(link, Nested):
            local = Place(link.local)
            out += statements(link.items, local, words, "chain", link.doc)
            out.append(_added(Module(link.name, local.tree), target, words))
        elif isinstance(link, If):
            body = statements(link.items, target, words, None)
            if _is_other_half(before, link) and isinstance(out[-1], Branching):
                out[-1].orelse = body
            else:
                out.append(Branching(link.test, body))
        elif isinstance(link, For):
            body = statements(link.items, target, words, None)
            out.append(Looping(link.targets, link.walked, body, link.doc))
        else:
            out.append(_updated(name(link.target), link.value))
        before = link
    return out


def _is_other_half(before: Link | None, link: If) -> bool:
    """Whether what is asked was asked just before, for what is there where it does not hold."""
    if not isinstance(before, If) or updates(before.items):
        return False
    return equal(negated(link.test), before.test)


def _updated(target: ast.expr, value: ast.expr) -> Statement:
    grown = _grown(target, value)
    return Assign(target, value) if grown is None else Increment(target, grown)


def _grown(target: ast.expr, value: ast.expr) -> ast.expr | None:
    """What a sum adds to its first term, where that is the variable it is assigned to."""
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add | ast.Sub):
        return None
    if equal(value.left, target):
        return value.right if isinstance(value.op, ast.Add) else None
    before = _grown(target, value.left)
    return None if before is None else ast.BinOp(before, value.op, value.right)


def inherited(args: Iterable[ast.expr] = ()) -> Build:
    """`super().__init__(...)`."""
    return method(call("super"), "__init__", args)


def begins(constructor: list[Statement]) -> bool:
    """Whether a constructor begins with the call of the inherited one, which is given nothing."""
    first = constructor[0]
    return isinstance(first, Assign) and first.target is None and equal(first.value, inherited())


def _module_list(codes: list[ast.expr], words: Words, doc: str) -> Build:
    """A container of a list; of one module many times over, a generator."""
    holder = words.containers["list"]
    if len(codes) == 1 and isinstance(codes[0], ast.Starred):
        return build(holder, [codes[0].value], doc=doc)
    return build(holder, [listed(codes)] if codes else [], doc=doc)


def _added(link: Module, target: Place, words: Words) -> Statement:
    if isinstance(link.name, str) and not link.name.isdigit():
        return Assign(target.child(link.name).tree, link.code)
    code, doc = link.code, ""
    if isinstance(code, Build):  # what is said of it stands above the statement
        code, doc = build(code.func, code.args, given(code)), code.doc
    if link.name is None:
        return Assign(None, method(target.tree, words.append, [code], doc))
    called = ast.Constant(link.name) if isinstance(link.name, str) else link.name
    return Assign(None, method(target.tree, words.add, [called, code], doc))


def fold(items: list[ast.expr]) -> list[ast.expr]:
    """Two or more equal neighbours, of which the same is said, become one with a loop."""
    folded: list[ast.expr] = []
    i = 0
    while i < len(items):
        j = i
        while j < len(items) and equal(items[i], items[j]):
            j += 1
        if j - i >= 2 and not isinstance(items[i], ast.Starred):
            times = call("range", [ast.Constant(j - i)])
            folded.append(repeated(items[i], rounds(["_"], times)))
        else:
            folded += items[i:j]
        i = j
    return folded
