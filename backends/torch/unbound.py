"""Names that a generated file reads and nothing binds: looked for before it is written or run.

Two questions are asked of a file. Is every name that a scope takes from outside bound by the
file, or by Python? `symtable` answers, by the compiler's own rules of scopes. And is every
variable of a function bound before it is read, whichever way the statements went?
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from archspec.diagnostics import ArchspecError, Diagnostic

_PROVIDED = frozenset({*dir(builtins), "__name__", "__file__"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*_FUNCTIONS, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def check_bound(text: str, given: Iterable[str] = ()) -> None:
    """Refuse a file that reads names which nothing binds.

    Args:
        given: names that whoever runs the file puts into it.

    Raises:
        ArchspecError: E606 with these names. It would be a mistake of archspec's.
    """
    found = sorted(unbound(text, given))
    if found:
        shown = ", ".join(f"`{name}` (line {line})" for line, name in found[:10])
        raise ArchspecError(
            Diagnostic(
                "E606",
                "the generated file reads names that nothing binds",
                expected="every name bound before it is read",
                found=shown,
                hint="this is a mistake of archspec's: please report the spec",
            )
        )


def unbound(text: str, given: Iterable[str] = ()) -> set[tuple[int, str]]:
    """The line and the name of each read of a name that is not bound there."""
    tree = ast.parse(text)
    module = symtable.symtable(text, "<generated>", "exec")
    bound = _local(tree.body)
    missing = set(_taken_from_outside(module, bound | _PROVIDED | set(given)))
    found = {(line, name) for line, name in _reads(tree) if name in missing} if missing else set()
    found |= _Order(bound, set()).run(tree.body)
    for scope in _statements(tree.body, within=True):
        if isinstance(scope, _FUNCTIONS):
            arguments = _arguments(scope.args)
            found |= _Order(_local(scope.body) | arguments, arguments).run(scope.body)
    return found


def _taken_from_outside(table: symtable.SymbolTable, known: set[str]) -> Iterator[str]:
    """The unknown names that a scope, or one within it, takes from the module or from Python."""
    for name in table.get_identifiers():
        if name in known:
            continue
        symbol = table.lookup(name)
        own = symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
        if not symbol.is_referenced() or own or symbol.is_parameter():
            continue
        if symbol.is_global() or table.get_type() == "module":
            yield name
    for inner in table.get_children():
        yield from _taken_from_outside(inner, known)


def _reads(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.lineno, node.id


def _arguments(args: ast.arguments) -> set[str]:
    several = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    return {a.arg for a in several if a is not None}


def _statements(body: list[ast.stmt], *, within: bool) -> Iterator[ast.stmt]:
    """Statements and those that they hold; `within` also those of other scopes."""
    stack: list[ast.AST] = [*body]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.stmt):
            yield node
        if within or not isinstance(node, _SCOPES):
            for part in ("body", "orelse", "handlers", "finalbody", "cases"):
                stack += getattr(node, part, ())


def _local(body: list[ast.stmt]) -> set[str]:
    """The names that the statements of a function bind. None is bound by `:=` or in a `match`."""
    found: set[str] = set()
    apart: set[str] = set()
    for node in _statements(body, within=False):
        found |= _binds(node)
        if isinstance(node, ast.Global | ast.Nonlocal):
            apart |= set(node.names)
    return found - apart


def _binds(node: ast.stmt) -> set[str]:
    """The names that a statement binds by itself."""
    if isinstance(node, _SCOPES):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(a.asname or a.name).partition(".")[0] for a in node.names}
    if isinstance(node, ast.Assign):
        return set().union(*map(_targets, node.targets))
    if isinstance(node, ast.AnnAssign):
        return _targets(node.target) if node.value is not None else set()
    if isinstance(node, ast.AugAssign | ast.For | ast.AsyncFor):
        return _targets(node.target)
    if isinstance(node, ast.With | ast.AsyncWith):
        return set().union(*(_targets(i.optional_vars) for i in node.items))
    if isinstance(node, ast.Try):
        return {h.name for h in node.handlers if h.name}
    return set()


def _targets(node: ast.expr | None) -> set[str]:
    """The names among what is assigned to."""
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, ast.Starred):
        return _targets(node.value)
    if isinstance(node, ast.Tuple | ast.List):
        return set().union(*map(_targets, node.elts))
    return set()


@dataclass(slots=True)
class _Order:
    """Follows the statements of one scope. A name is bound where every way there binds it.

    Attributes:
        local: the names that belong to this scope.
        bound: those that are bound where we are; `log` has them in order, so that the end of
            a branch can take back what was bound in it.
        found: reads of a name of this scope where it is not bound.
        under: what a test that held once has bound, by its text, while what it reads stays.
        held: the same of the tests that hold where we are.
        read_by: the texts of these tests, by the names they read.
    """

    local: set[str]
    bound: set[str]
    log: list[str] = field(default_factory=list)
    found: set[tuple[int, str]] = field(default_factory=set)
    under: dict[str, set[str]] = field(default_factory=dict)
    held: list[set[str]] = field(default_factory=list)
    read_by: dict[str, set[str]] = field(default_factory=dict)

    def run(self, body: list[ast.stmt]) -> set[tuple[int, str]]:
        self.block(body)
        return self.found

    def block(self, body: list[ast.stmt]) -> bool:
        """Follow statements; whether they can come to their end."""
        return all(self.statement(statement) for statement in body)

    def branch(self, body: list[ast.stmt], given: Iterable[str] = ()) -> set[str] | None:
        """What a way that may be taken binds, beside what is given; None where it never ends."""
        mark = len(self.log)
        self.bind(given)
        start = len(self.log)
        ends = self.block(body)
        added = set(self.log[start:])
        self.bound.difference_update(self.log[mark:])
        del self.log[mark:]
        return added if ends else None

    def statement(self, node: ast.stmt) -> bool:
        if isinstance(node, ast.If):
            return self.choice(node)
        if isinstance(node, ast.For | ast.AsyncFor):  # there may be no round at all
            self.read(node.iter)
            self.branch(node.body, _binds(node))
            return self.block(node.orelse)
        if isinstance(node, ast.While):
            self.read(node.test)
            self.branch(node.body)
            return self.block(node.orelse)
        if isinstance(node, ast.Try):
            return self.attempt(node)
        if isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                self.read(item)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self.check(node.target, frozenset())
            self.read(node.value)
        elif isinstance(node, _SCOPES):
            self.definition(node)
        else:
            self.read(node)
        self.bind(_binds(node))
        if isinstance(node, ast.With | ast.AsyncWith):
            return self.block(node.body)
        return not isinstance(node, ast.Return | ast.Raise | ast.Break | ast.Continue)

    def choice(self, node: ast.If) -> bool:
        self.read(node.test)
        test = ast.unparse(node.test)
        self.held.append(self.under.get(test, set()))
        then = self.branch(node.body)
        self.held.pop()
        otherwise = self.branch(node.orelse)
        if then is None or otherwise is None:
            self.bind(then or otherwise or ())
            return then is not None or otherwise is not None
        self.bind(then & otherwise)
        self.under.setdefault(test, set()).update(then - self.bound)
        for _, name in _reads(node.test):
            self.read_by.setdefault(name, set()).add(test)
        return True

    def attempt(self, node: ast.Try) -> bool:
        ways = [self.branch([*node.body, *node.orelse])]
        ways += [self.branch(h.body, {h.name} if h.name else ()) for h in node.handlers]
        reached = [way for way in ways if way is not None]
        self.bind(set.intersection(*reached) if reached else ())
        return self.block(node.finalbody) and bool(reached)

    def definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        """What a definition reads when it is made; its body is read when it is run."""
        now: list[ast.expr | None] = [*node.decorator_list]
        if isinstance(node, ast.ClassDef):
            now += [*node.bases, *(k.value for k in node.keywords)]
        else:
            now += [*node.args.defaults, *node.args.kw_defaults]
        for part in now:
            if part is not None:
                self.read(part)

    def bind(self, names: Iterable[str]) -> None:
        """Names are bound from here on; a test that reads one of them may come out anew."""
        for name in names:
            if name not in self.bound:
                self.bound.add(name)
                self.log.append(name)
            for test in self.read_by.pop(name, ()):
                self.under.pop(test, None)

    def read(self, node: ast.AST, inside: frozenset[str] = frozenset()) -> None:
        """Check every name that is read in this scope; `inside` are an inner scope's own."""
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                self.check(node, inside)
            return
        if isinstance(node, ast.Lambda):
            return  # it runs later
        if isinstance(node, _COMPREHENSIONS):
            inside = inside.union(*(_targets(g.target) for g in node.generators))
        for key in node._fields:
            child = getattr(node, key)
            if isinstance(child, list):
                for item in child:
                    if isinstance(item, ast.AST):
                        self.read(item, inside)
            elif isinstance(child, ast.expr | ast.keyword | ast.comprehension):
                self.read(child, inside)

    def check(self, name: ast.Name, inside: frozenset[str]) -> None:
        here = name.id in self.bound or name.id in inside or any(name.id in h for h in self.held)
        if name.id in self.local and not here:
            self.found.add((name.lineno, name.id))
