"""Weights that are shared: modules that are called again, or built with the tensors of others."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from archspec.codegen.arguments import settled
from archspec.codegen.calls import NOTHING, Given, called
from archspec.codegen.draft import Draft
from archspec.codegen.obstacles import Irregular
from archspec.codegen.places import SELF, Place
from archspec.codegen.plan import Val
from archspec.codegen.python import Assign, Statement, method
from archspec.codegen.references import Context, flowing, returned
from archspec.codegen.symbols import Exec
from archspec.elaboration.provenance import Step
from archspec.ir.graph import Instance, Node


@dataclass(frozen=True, slots=True)
class Tie:
    """What stands in two places: ours gets theirs, or what stands `inside` ours, by a method."""

    ours: Place
    theirs: Place
    inside: str | None = None
    put: str = ""

    @property
    def statement(self) -> Statement:
        if self.inside is None:
            return Assign(self.ours.tree, self.theirs.tree)
        given = [ast.Constant(self.inside), self.theirs.tree]
        return Assign(None, method(self.ours.tree, self.put, given))


def repeats(again: list[bool]) -> bool:
    """Whether these uses are calls of modules that are there, as all must be or none."""
    if any(again) and not all(again):
        raise Irregular("in some instances it is a module that was there before, and not in others")
    return again[0]


def call_again(
    draft: Draft, steps: list[Step], ctx: Context, source: Val, given: Given = NOTHING
) -> Val:
    """One more call of a module that is already here."""
    found = set()
    for step, execution in zip(steps, ctx.execs, strict=True):
        made = step.node or step.instance
        lender = None if made is None else draft.planner.shares.lender(made)
        assert made is not None and lender is not None
        reached = access(draft, lender, draft.instances[execution.instance])
        found.add(reached)
        draft.reached[made] = reached
    if len(found) != 1:
        raise Irregular("it is another module again in other instances")
    within = [s.instance for s in steps if s.instance is not None]
    if within:
        out = returned(within, len(within[0].output) != 1, ctx)
    else:
        out = Val([s.output for s in steps])
    if not out.many:
        out.channels = settled(ctx.execs, steps, [source.channels])
    out.doc = steps[0].item.doc
    return flowing(called(draft, found.pop(), out, source, ctx, replace(given, within=within)))


def access(draft: Draft, made: Node | Instance, top: Instance) -> Place:
    """How the module behind a node or an instance is reached from `self`."""
    if made in draft.reached:
        return draft.reached[made]
    if isinstance(made, Node):
        made = draft.planner.shares.home(made, top)
    base, inside, scope = nearest(draft, made, top)
    return path_within(draft, base, inside, scope) or base.asked(
        draft.planner.target.words.reach, inside
    )


def path_within(draft: Draft, base: Place, inside: str, scope: Instance) -> Place | None:
    """`base.branch[0].conv`; None where the way leads through what may not be indexed."""
    at: Instance | None = scope
    for part in inside.split(".") if inside else ():
        if not part.isdigit():
            base = base.child(part)
        elif at is None or at is draft.instances[0] or at.block is None:
            return None
        elif draft.planner.plan_of(at).base == "chain":
            base = base.item(part)
        else:
            base = base.child(part)
        inner = (c for c in at.children if isinstance(c, Instance)) if at is not None else ()
        at = next((c for c in inner if c.name == part), None)
    return base


def nearest(draft: Draft, made: Node | Instance, top: Instance) -> tuple[Place, str, Instance]:
    """The innermost module around it that `self` can name, its path from there, and that."""
    if made in draft.reached:
        return draft.reached[made], "", top
    scope = made.scope if isinstance(made, Node) else made.parent
    while scope is not None and scope is not top and scope not in draft.reached:
        scope = scope.parent
    if scope is None or scope is top:
        return SELF, top.relative(made.path), top
    return draft.reached[scope], scope.relative(made.path), scope


def tie(draft: Draft, steps: list[Step], ctx: Context) -> None:
    """Give what was just built the tensors of others, where its steps share some."""
    rows = [
        ties_of(draft, step, draft.instances[execution.instance])
        for step, execution in zip(steps, ctx.execs, strict=True)
    ]
    ctx.statements += _agreed(rows)


def tied_in(draft: Draft, steps: list[Step], execs: list[Exec], local: Place) -> list[Statement]:
    """The same for what was just built in a variable, and is not kept yet."""
    if any(step.instance is None or step.instance in draft.reached for step in steps):
        return []
    rows = []
    for step, execution in zip(steps, execs, strict=True):
        assert step.instance is not None
        draft.reached[step.instance] = local
        rows.append(ties_of(draft, step, draft.instances[execution.instance]))
        del draft.reached[step.instance]
    return _agreed(rows)


def _agreed(rows: list[list[Tie]]) -> list[Statement]:
    """What ties the tensors, which must be the same in all executions."""
    if any(row != rows[0] for row in rows):
        raise Irregular("it has the tensors of other modules in other instances")
    return [tie.statement for tie in rows[0]]


def ties_of(draft: Draft, step: Step, top: Instance) -> list[Tie]:
    if step.node is not None:
        return tied(draft, step.node, top) if step.node in draft.planner.shares.lent else []
    assert step.instance is not None
    if draft.planner.shares.lender(step.instance) is None:
        return []
    return [tie for node in step.instance.nodes() for tie in tied(draft, node, top)]


def tied(draft: Draft, node: Node, top: Instance) -> list[Tie]:
    """`draft.second.conv = draft.first.conv`, or only the tensors where the ops differ."""
    shares = draft.planner.shares
    provider = shares.provider(node, top)
    if not node.tensors() or provider is node or shares.home(node, top) is not node:
        return []
    theirs = access(draft, provider, top)
    if shares.layer(node).module != shares.layer(provider).module:
        ours = access(draft, node, top)
        names = [t.name for t in node.tensors() if t.trainable]
        if len(names) < len(node.tensors()):  # each buffer alone would come apart in `.to()`
            names.append(draft.planner.target.words.buffers)
        return [Tie(ours.child(n), theirs.child(n)) for n in names]
    base, inside, scope = nearest(draft, node, top)
    mine = path_within(draft, base, inside, scope)
    if mine is None:
        return [Tie(base, theirs, inside, draft.planner.target.words.put)]
    return [Tie(mine, theirs)]
