"""The attributes that modules are kept in."""

from __future__ import annotations

import ast

from archspec.codegen.draft import Draft
from archspec.codegen.naming_hints import child
from archspec.codegen.obstacles import Irregular, either
from archspec.codegen.places import SELF, Place
from archspec.codegen.python import Assign, Build
from archspec.codegen.references import Context
from archspec.elaboration.provenance import Step


def keep(draft: Draft, steps: list[Step], code: Build, ctx: Context, stateful: bool) -> Place:
    """Keep a module: under its id, at its position, or (stateless) under its op's name."""
    names = {child(s) for s in steps}
    spared = not stateful and all(name.isdigit() for name in names)
    if len(names) != 1 and not spared:  # a position, which counts what may be left out, is no name
        raise Irregular(f"its name is {either(names)}")
    name = names.pop()
    if spared:
        spare = ast.dump(code)
        if spare in draft.spare:
            return draft.spare[spare]
        op = steps[0].node.op.name if steps[0].node is not None else name
        if isinstance(code.func, ast.Name) and code.func.id in draft.bases[0]:
            op = code.func.id  # a class that the constructor is given
        target = SELF.child(draft.attributes.fresh(op))
        if ctx.parent is None:
            draft.spare[spare] = target
    else:
        target = claim(draft, ctx.target.child(name), ctx)
    ctx.statements.append(Assign(target.tree, code))
    return target


def claim(draft: Draft, target: Place, ctx: Context) -> Place:
    """The attribute, which no other module may have in the same instances."""
    held = draft.placed.setdefault(target, set())
    wanted = {e.instance for e in ctx.execs}
    if held & wanted:
        raise Irregular("two modules would stand under one name")
    held |= wanted
    return target
