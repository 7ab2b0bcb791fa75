"""A loop of the spec whose steps call the same modules again is a loop in `forward`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from itertools import pairwise

from archspec.codegen.draft import Draft
from archspec.codegen.loops import loop_lists, uneven
from archspec.codegen.obstacles import Irregular
from archspec.codegen.optional import in_forward
from archspec.codegen.plan import Repeat, Val
from archspec.codegen.python import call
from archspec.codegen.references import Context
from archspec.codegen.symbols import Exec, holds
from archspec.elaboration.provenance import Cond, Loop, Step, Trace
from archspec.ir.graph import Instance, Node

Write = Callable[[Draft, list[Trace], Context, Val], Val]
"""What writes a step of a body in all executions at once, and gives its value."""


def repeated(draft: Draft, loops: list[Loop], ctx: Context, flow: Val, write: Write) -> Val | None:
    """The value after a loop that stays one; None, and nothing changed, where it is written out.

    One call is written out where it is made as often in all instances: it then stands beside the
    call that it repeats.
    """
    rounds = [[t for t in c.iterations if isinstance(t, Step)] for c in loops]
    whole = all(len(row) == len(c.iterations) for row, c in zip(rounds, loops, strict=True))
    if flow.many or not whole or not all(_is_carried(draft, row) for row in rounds):
        return None
    if any(row and row[0].source != flow.concrete[k] for k, row in enumerate(rounds)):
        return None
    runs = [(k, step) for k, row in enumerate(rounds) for step in row]
    if len(runs) < 2 or (not uneven(loops) and len(_calls(runs[0][1])) < 2):
        return None
    index = [k for k, _ in runs]
    execs = [Exec(ctx.execs[k].instance, dict(ctx.execs[k].names)) for k in index]
    inner = Context(execs, [], [], ctx.target, ctx, index, {})
    starts = [step.source for _, step in runs]
    size, before = flow.channels, draft.snapshot(ctx.execs)
    if size is not None and not holds(size, execs, [start[0].output[0] for start in starts]):
        size = None
    entry = inner.add(Val(starts, size))
    try:
        walked = _walked(draft, loops, ctx)
        result = write(draft, [step for _, step in runs], inner, entry)
    except Irregular:
        draft.restore(before)
        return None
    ends = [row[-1].output if row else flow.concrete[k] for k, row in enumerate(rounds)]
    out = Val(ends, size)
    places, start = list[list[int]](), 0
    for row in rounds:
        places.append([*range(start, start + len(row))])
        start += len(row)
    ctx.flow.append(Repeat(walked, inner.flow, flow, entry, result, out, places))
    return ctx.add(out)


def _walked(draft: Draft, loops: list[Loop], ctx: Context) -> ast.expr:
    """How often, as `forward` says it: `range(3)`, or `range(self.steps)`."""
    if not uneven(loops):
        return call("range", [ast.Constant(len(loops[0].iterations))])
    (walked, *others) = loop_lists(draft, loops, ctx.execs)
    if others or not isinstance(walked, ast.Call):
        raise Irregular
    return call("range", [in_forward(draft, draft.use(walked.args[0]), "steps")])


def _is_carried(draft: Draft, row: list[Step]) -> bool:
    """Whether each round goes on from the one before, and nothing else reads what is in it."""
    if any(len(step.source) != 1 or len(step.output) != 1 for step in row):
        return False
    if not all(_calls_again(draft, step) for step in row):
        return False
    if any(one.output != other.source for one, other in pairwise(row)):
        return False
    inside = {node for step in row for node in _nodes(step)}
    hidden = inside.difference(row[-1].output if row else ())
    seen = {reader for node in hidden for reader in draft.planner.readers.get(node, ())}
    kept = {node for scope in _around(row) for node in scope.output}
    return seen <= inside and hidden.isdisjoint(kept) and not any(n.train_only for n in inside)


def _calls_again(draft: Draft, step: Step) -> bool:
    """Whether a round keeps no module: it calls some that are there, and functions."""
    called = _calls(step)
    if not called or any(part.item.feed or part.branches is not None for part in called):
        return False
    shares = draft.planner.shares
    again = [
        shares.runs_again(part.instance)
        if part.instance is not None
        else part.node is not None and shares.calls_again(part.node)
        for part in called
    ]
    functions = (
        part.node is not None and not part.node.tensors() and part.node.id is None
        for part in called
    )
    return any(again) and all(a or f for a, f in zip(again, functions, strict=True))


def _calls(trace: Trace) -> list[Step]:
    """What is called in a round, one after the other; nothing where a condition asks."""
    if isinstance(trace, Cond):
        return []
    if isinstance(trace, Loop):
        return [step for each in trace.iterations for step in _calls(each)]
    if trace.body is None:
        return [trace]
    inner = [_calls(each) for each in trace.body]
    return [step for steps in inner for step in steps] if all(inner) else []


def _nodes(step: Step) -> Iterator[Node]:
    for part in _calls(step):
        if part.instance is not None:
            yield from part.instance.nodes()
        elif part.node is not None:
            yield part.node


def _around(row: list[Step]) -> Iterator[Instance]:
    """The scopes that rounds stand in."""
    for part in (part for step in row for part in _calls(step)):
        scope = part.instance.parent if part.instance is not None else None
        scope = part.node.scope if part.node is not None else scope
        if scope is not None:
            yield from scope.ancestors()
