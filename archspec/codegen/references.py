"""Values that are read again: found by the nodes that they are, or by their names."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from archspec.codegen.draft import Draft
from archspec.codegen.obstacles import Irregular
from archspec.codegen.places import SELF, Place
from archspec.codegen.plan import Compute, Flowing, Val
from archspec.codegen.python import LOAD, Statement
from archspec.codegen.symbols import Exec
from archspec.ir.graph import Bundle, Instance


@dataclass(eq=False)
class Context:
    """The executions a part of a body stands for, and the values seen in them.

    Inside a condition these are some of the parent's: `index` says which.
    """

    execs: list[Exec]
    statements: list[Statement]
    flow: list[Flowing]
    target: Place = SELF
    parent: Context | None = None
    index: list[int] = field(default_factory=list)
    seen: dict[tuple[Bundle, ...], Val] = field(default_factory=dict)

    def add(self, val: Val) -> Val:
        if len(val.concrete[0]) > 1:  # a list stays one, whoever gathers the same values
            self.seen.setdefault(tuple(val.concrete), val)
        else:
            self.seen[tuple(val.concrete)] = val
        return val


def read(draft: Draft, wanted: list[Bundle], names: list[Any], ctx: Context) -> Val:
    """The value that is these nodes, and that the spec calls by one of these names.

    Where a block reads one value twice, its names tell the inputs apart.
    """
    declared = draft.declared.get(names[0]) if len(set(map(str, names))) == 1 else None
    if declared is not None:
        places, at = list(range(len(ctx.execs))), ctx
        while at.parent is not None:
            places, at = [at.index[i] for i in places], at.parent
        if [declared.concrete[i] for i in places] == wanted:
            return declared
    return find(draft, wanted, ctx)


def fed(draft: Draft, wanted: list[Bundle], names: list[list[Any]], ctx: Context) -> Val:
    """What `from` names: one value, or several side by side."""
    if len(names[0]) < 2 or any(len(w) != len(names[0]) for w in wanted):
        return read(draft, wanted, [row[0] if row else None for row in names], ctx)
    known = ctx.seen.get(tuple(wanted))
    if known is not None:
        return known
    parts = [
        read(draft, [(w[k],) for w in wanted], [row[k] for row in names], ctx)
        for k in range(len(names[0]))
    ]
    return Val(list(wanted), parts[0].channels, many=True, parts=parts)


def find(draft: Draft, wanted: list[Bundle], ctx: Context) -> Val:
    """The value that is these nodes in these executions."""
    found = ctx.seen.get(tuple(wanted))
    if found is not None:
        return found
    if ctx.parent is not None:
        for val in reversed(ctx.parent.seen.values()):
            if all(val.concrete[i] == w for i, w in zip(ctx.index, wanted, strict=True)):
                return val
    for val in [*ctx.seen.values()]:
        picked = pick(draft, val, wanted, ctx)
        if picked is not None:
            return picked
    if len({len(w) for w in wanted}) == 1 and len(wanted[0]) > 1:
        parts = [find(draft, [(w[k],) for w in wanted], ctx) for k in range(len(wanted[0]))]
        return Val(list(wanted), parts[0].channels, many=True, parts=parts)
    if ctx.parent is not None and ctx.parent.parent is not None:
        index = [ctx.parent.index[i] for i in ctx.index]
        outer = Context(ctx.execs, ctx.statements, ctx.flow, parent=ctx.parent.parent, index=index)
        return find(draft, wanted, outer)
    raise Irregular("it reads another value in other instances")


def alone(draft: Draft, wanted: list[Bundle], ctx: Context) -> Val:
    """A single value by itself, out of what holds it and nothing else."""
    found = find(draft, wanted, ctx)
    picked = pick(draft, found, wanted, ctx) if found.many else found
    if picked is None:
        raise Irregular
    return picked


def pick(draft: Draft, val: Val, wanted: list[Bundle], ctx: Context) -> Val | None:
    """One of the values of a block that has several, by its place among them."""
    if not val.many or any(len(w) != 1 for w in wanted):
        return None
    for place in range(len(val.concrete[0])):
        if all(
            len(c) > place and c[place] is w[0] for c, w in zip(val.concrete, wanted, strict=True)
        ):
            if val.parts is not None:
                found = (picked(draft, p, wanted, ctx) for p in val.parts)
                return next(filter(None, found), None)
            one = Val(list(wanted))
            value = ast.Subscript(val.tree, ast.Constant(place), LOAD)
            ctx.flow.append(Compute(one, [val], value))
            return ctx.add(one)
    return None


def picked(draft: Draft, part: Val, wanted: list[Bundle], ctx: Context) -> Val | None:
    """A part of several values, if it is the one, or what it is of that."""
    return part if part.concrete == wanted and not part.many else pick(draft, part, wanted, ctx)


def returned(instances: list[Instance], many: bool, ctx: Context) -> Val:
    """The values that a call of a block gives; by name where it names them."""
    out = Val([i.output for i in instances], many=many)
    names = list(instances[0].outputs)
    if many and names:
        rows: list[list[Bundle]] = [[(i.output[k],) for i in instances] for k in range(len(names))]
        out.parts = [ctx.add(Val(row, hint=n)) for row, n in zip(rows, names, strict=True)]
    return out


def flowing(given: Val) -> Val:
    """What of a block's values flows on: the first, under another name where it is that, too."""
    parts = given.parts or [given]
    return next(part for part in reversed(parts) if part.concrete == parts[0].concrete)
