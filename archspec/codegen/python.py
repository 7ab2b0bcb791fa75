"""A small tree of Python: statements of our own over the expressions of `ast`.

Code is a tree until it is printed, so that which names it reads, and which helpers and imports
it therefore needs, is asked of the tree.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

LOAD = ast.Load()

_Tree = TypeVar("_Tree", bound=ast.AST)


class Build(ast.Call):
    """A call that builds something; `doc`, what the spec says of it, is a comment above it."""

    doc: str = ""


# --- expressions ----------------------------------------------------------------------------


def name(identifier: str) -> ast.expr:
    return ast.Name(identifier, LOAD)


def dotted(path: str) -> ast.expr:
    """`layers.Conv` as a tree."""
    first, *rest = path.split(".")
    tree = name(first)
    for part in rest:
        tree = ast.Attribute(tree, part, LOAD)
    return tree


def call(function: ast.expr | str, args: Iterable[ast.expr] = ()) -> ast.expr:
    """`range(3)`, which builds nothing."""
    return ast.Call(dotted(function) if isinstance(function, str) else function, list(args), [])


def build(
    function: ast.expr | str,
    args: Iterable[ast.expr] = (),
    keywords: Iterable[tuple[str, ast.expr]] = (),
    doc: str = "",
) -> Build:
    """`Conv(3, 64, kernel_size=7)`."""
    head = dotted(function) if isinstance(function, str) else function
    tree = Build(head, list(args), [ast.keyword(k, v) for k, v in keywords])
    tree.doc = doc
    return tree


def given(tree: ast.Call) -> list[tuple[str, ast.expr]]:
    """The arguments that a call is given with their keywords."""
    return [(str(k.arg), k.value) for k in tree.keywords]


def method(owner: ast.expr, called: str, args: Iterable[ast.expr] = (), doc: str = "") -> Build:
    """`self.features.append(...)`."""
    return build(ast.Attribute(owner, called, LOAD), args, doc=doc)


def listed(items: Iterable[ast.expr]) -> ast.expr:
    return ast.List(list(items), LOAD)


def rounds(targets: Iterable[str], walked: ast.expr) -> ast.comprehension:
    """`for i, n in zip(range(3), widths)`."""
    return ast.comprehension(bound(targets), walked, [], 0)


def bound(targets: Iterable[str]) -> ast.expr:
    """What an assignment or a loop binds: a name, or several."""
    names = [name(target) for target in targets]
    return names[0] if len(names) == 1 else ast.Tuple(names, LOAD)


def repeated(item: ast.expr, loop: ast.comprehension, *, alone: bool = False) -> ast.expr:
    """`*(X for _ in range(n))`: the same module n times over, each built anew.

    `alone`, as a call's only argument, it needs neither star nor brackets.
    """
    found = ast.GeneratorExp(item, [loop])
    return found if alone else ast.Starred(found, LOAD)


def equal(one: ast.AST, other: ast.AST) -> bool:
    """Whether two trees are the same, and the same is said of their parts."""
    if type(one) is not type(other) or getattr(one, "doc", "") != getattr(other, "doc", ""):
        return False
    return all(_same(getattr(one, key, None), getattr(other, key, None)) for key in one._fields)


def _same(one: object, other: object) -> bool:
    if isinstance(one, ast.AST) and isinstance(other, ast.AST):
        return equal(one, other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and one == other


def substituted(tree: ast.expr, values: Mapping[str, ast.expr]) -> ast.expr:
    """The expression with others in the place of names."""
    if isinstance(tree, ast.Name):
        return values.get(tree.id, tree)
    return _rebuilt(tree, values)


def _rebuilt(tree: _Tree, values: Mapping[str, ast.expr]) -> _Tree:
    parts: dict[str, object] = {}
    for key, part in ast.iter_fields(tree):
        if isinstance(part, list):
            parts[key] = [_within(p, values) for p in part]
        else:
            parts[key] = _within(part, values)
    made = type(tree)(**parts)
    if isinstance(made, Build) and isinstance(tree, Build):
        made.doc = tree.doc
    return made


def _within(part: object, values: Mapping[str, ast.expr]) -> object:
    if isinstance(part, ast.expr):
        return substituted(part, values)
    return _rebuilt(part, values) if isinstance(part, ast.AST) else part


# --- statements -----------------------------------------------------------------------------


@dataclass(slots=True)
class Assign:
    """`target = value`, or `value` alone where there is no target.

    `notes` are comments above it, `annotation` a type behind the target.
    """

    target: ast.expr | None
    value: ast.expr
    annotation: ast.expr | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Increment:
    """`target += value`, of a number: with a tensor it would be computed in place."""

    target: ast.expr
    value: ast.expr


@dataclass(slots=True)
class Branching:
    """`if test: ... else: ...`; `taken` are the executions in which the test holds."""

    test: ast.expr
    body: list[Statement]
    orelse: list[Statement] = field(default_factory=list)
    taken: frozenset[int] = frozenset()


@dataclass(slots=True)
class Looping:
    """`for ... in ...: ...`; `doc` is what the spec says of what it makes."""

    targets: list[str]
    walked: ast.expr
    body: list[Statement]
    doc: str = ""


@dataclass(slots=True)
class Within:
    """`with context: ...`."""

    context: ast.expr
    body: list[Statement]


@dataclass(slots=True)
class Leave:
    """`return value`, or `raise value`."""

    word: str
    value: ast.expr
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Blank:
    """An empty line."""


Statement = Assign | Increment | Branching | Looping | Within | Leave | Blank


@dataclass(slots=True)
class Argument:
    """A parameter of a function, with its type and its default; `keyword` takes no position."""

    name: str
    kind: ast.expr
    default: ast.expr | None = None
    keyword: bool = False


@dataclass(slots=True)
class Method:
    name: str
    arguments: list[Argument]
    returns: ast.expr
    body: list[Statement]


@dataclass(slots=True)
class Class:
    """A class; `doc` are the lines of its docstring."""

    name: str
    base: ast.expr
    doc: list[str]
    methods: list[Method]


def trees(statements: Iterable[Statement], *, targets: bool = True) -> Iterator[ast.expr]:
    """Every expression of these statements; without `targets`, those that they evaluate."""
    for statement in statements:
        match statement:
            case Assign(target, value, annotation):
                yield value
                if targets:
                    yield from filter(None, (target, annotation))
            case Increment(target, value):
                yield from (target, value)
            case Branching(test, body, orelse):
                yield test
                yield from trees([*body, *orelse], targets=targets)
            case Looping(_, walked, body):
                yield walked
                yield from trees(body, targets=targets)
            case Within(context, body):
                yield context
                yield from trees(body, targets=targets)
            case Leave(_, value):
                yield value


def reads(classes: Iterable[Class]) -> dict[str, None]:
    """The names that classes read or assign to, in the order they stand there."""
    found: dict[str, None] = {}
    for each in classes:
        _note(each.base, found)
        for one in each.methods:
            for argument in one.arguments:
                _note(argument.kind, found)
            _note(one.returns, found)
            for tree in trees(one.body):
                _note(tree, found)
    return found


def _note(tree: ast.expr, found: dict[str, None]) -> None:
    found.update((node.id, None) for node in ast.walk(tree) if isinstance(node, ast.Name))


# --- what is said ---------------------------------------------------------------------------


def above(tree: ast.expr) -> Iterator[str]:
    """What is said above a piece of code: of itself, or of the module that it repeats."""
    if isinstance(tree, ast.Starred):
        yield from above(tree.value)
    elif isinstance(tree, ast.GeneratorExp):
        yield from above(tree.elt)
    elif isinstance(tree, Build):
        if tree.doc:
            yield tree.doc
        if len(tree.args) == 1 and isinstance(tree.args[0], ast.GeneratorExp):
            yield from above(tree.args[0])


def said_once(body: list[Statement], told: set[str]) -> list[Statement]:
    """The statements without those words on them that were said before; `told` learns them."""
    out: list[Statement] = []
    for statement in body:
        if isinstance(statement, Assign):
            out.append(replace(statement, value=_remarked(statement.value, told)))
        elif isinstance(statement, Branching):
            inner, other = (said_once(b, told) for b in (statement.body, statement.orelse))
            out.append(replace(statement, body=inner, orelse=other))
        elif isinstance(statement, Looping):
            doc = "" if statement.doc in told else statement.doc
            told.add(doc)
            out.append(replace(statement, body=said_once(statement.body, told), doc=doc))
        else:
            out.append(statement)
    return out


def _remarked(tree: ast.expr, told: set[str]) -> ast.expr:
    if isinstance(tree, ast.Starred):
        return ast.Starred(_remarked(tree.value, told), LOAD)
    if isinstance(tree, ast.GeneratorExp):
        return ast.GeneratorExp(_remarked(tree.elt, told), tree.generators)
    if isinstance(tree, ast.List):
        return listed(_remarked(item, told) for item in tree.elts)
    if not isinstance(tree, Build):
        return tree
    doc = "" if tree.doc in told else tree.doc
    told.add(doc)
    args = [_remarked(a, told) for a in tree.args]
    return build(tree.func, args, [(k, _remarked(v, told)) for k, v in given(tree)], doc)
