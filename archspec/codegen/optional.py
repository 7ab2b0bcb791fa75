"""What a condition leaves of a `forward`: a module that may be none, or an `if`."""

from __future__ import annotations

import ast
from dataclasses import replace

from archspec.codegen.arguments import layers_of
from archspec.codegen.draft import Draft
from archspec.codegen.naming_hints import passed, phrased, spread
from archspec.codegen.obstacles import Irregular, either
from archspec.codegen.plan import Choice, Compute, Val
from archspec.codegen.python import LOAD, Assign, Branching, build, dotted, equal, name, substituted
from archspec.codegen.references import Context
from archspec.codegen.symbols import names_in, negated
from archspec.elaboration.provenance import Branch, Step
from archspec.frontend.ast import Fan
from archspec.ir.graph import Bundle


def within(ctx: Context, taken: list[int]) -> Context:
    """What is seen inside a condition that these of the executions take."""
    return Context([ctx.execs[i] for i in taken], [], [], ctx.target, ctx, taken, {})


def entering(inner: Context, outside: Val) -> Val:
    """A value as it is inside a condition, where it is the same variable as outside."""
    entry = Val([outside.concrete[i] for i in inner.index], outside.channels)
    entry.parts = [outside]
    return entry


def conclude(
    draft: Draft,
    tree: ast.expr,
    inner: Context,
    source: Val,
    result: Val,
    out: Val,
    word: str | None = None,
) -> None:
    """One module or nothing is a module that may be none; more becomes an `if` in forward.

    Args:
        word: what a condition of several names asks for.
    """
    (source,), (result,), ctx = spread(source), spread(result), inner.parent
    assert ctx is not None
    if is_none_elsewhere(draft, tree, inner, source, result, out):
        return
    kept = inner.statements
    before = ctx.flow[-1] if ctx.flow else None
    taken = frozenset(inner.index)
    every = frozenset(range(len(ctx.execs)))
    opposite = (
        isinstance(before, Choice)
        and not before.opposite
        and before.result is source
        and every - taken == before.taken
        and equal(negated(tree), before.said)
    )
    if opposite and isinstance(before, Choice):
        asked: ast.expr = ast.UnaryOp(ast.Not(), before.test)
    else:
        asked = in_forward(draft, tree, word or _word(inner))
    if kept:
        last = ctx.statements[-1] if ctx.statements else None
        other = isinstance(last, Branching) and last.taken == every - taken
        if opposite and other and isinstance(last, Branching) and not last.orelse:
            last.orelse = kept
        else:
            test = asked if compound(tree) else tree
            ctx.statements.append(Branching(test, kept, taken=taken))
    ctx.flow.append(Choice(asked, inner.flow, source, result, out, tree, taken, opposite))


def is_none_elsewhere(
    draft: Draft, tree: ast.expr, inner: Context, source: Val, result: Val, out: Val
) -> bool:
    """Call one module whatever the condition says, where it can be one that does nothing."""
    ctx, kept = inner.parent, inner.statements
    only = inner.flow[0] if len(inner.flow) == 1 else None
    if ctx is None or not isinstance(only, Compute) or only.functional or not kept:
        return False
    target = only.calls if only.operands == [source] and only.target is result else None
    held = {e.instance for e in inner.execs}
    if target is None or target.ends_in_position or draft.placed.get(target) != held:
        return False
    draft.placed[target] = {e.instance for e in ctx.execs}
    kinds = draft.planner.target.words.containers
    nothing = Assign(target.tree, build(kinds["nothing"]), dotted(kinds["module"]))
    ctx.statements += [nothing, Branching(tree, kept)]
    out.hint, out.doc = only.target.hint, only.target.doc
    ctx.flow.append(replace(only, target=out, operands=[source], train_only=out.train_only))
    return True


def compound(tree: ast.expr) -> bool:
    """Whether a condition is asked of several names: it is one attribute, computed once."""
    return len(names_in(tree)) > 1


def in_forward(draft: Draft, tree: ast.expr, word: str) -> ast.expr:
    """A condition of the constructor as `forward` asks it, of what is kept for it."""
    if compound(tree):
        return draft.keeping(tree, f"has_{word}")
    return substituted(tree, {n: draft.keeping(name(n), n) for n in names_in(tree)})


def _word(inner: Context) -> str:
    """What a condition decides on: the module that it calls, or the first op."""
    first, last = inner.flow[0], inner.flow[-1]
    if isinstance(last, Compute) and last.infix:
        return "shortcut"
    calls = first.calls.word if isinstance(first, Compute) and first.calls else None
    node = first.target.concrete[0][0] if isinstance(first, Compute) else None
    return calls or (node.op.name if node is not None else "part")


# --- branches of merges ---------------------------------------------------------------------


def written(step: Step) -> tuple[int, ...]:
    """Which branches of its merge a step has, as they are written."""
    return tuple(id(b.syntax) for b in step.branches or ())


def without_all(rows: list[list[Branch]]) -> list[Fan]:
    """The branches with a condition that some executions of a merge have and some have not."""
    found: list[Fan] = []
    for syntax in {id(b.syntax): b.syntax for row in rows for b in row}.values():
        counts = {sum(b.syntax is syntax for b in row) for row in rows}
        if len(counts) > 1:
            if not isinstance(syntax, Fan) or not syntax.loop.asked or syntax.under_id:
                raise Irregular(f"the merge has a branch {either(counts)} times")
            found.append(syntax)
    return found


def partly(draft: Draft, steps: list[Step], ctx: Context, operands: list[Val]) -> Val:
    """Some of a merge's operands with signs between them; none of the graph's values is that."""
    nodes = [s.node for s in steps if s.node is not None]
    first, *others = [layer.expr for layer in layers_of(draft, nodes)]
    if first is None or any(e != first for e in others) or any(v.many for v in operands):
        raise Irregular("a merge of some branches alone is written otherwise in other instances")
    values = [val for operand in operands for val in spread(operand)]
    out = Val(operands[0].concrete, operands[0].channels)
    value, sign, training = phrased(first, values, False), nodes[0].op.infix, out.train_only
    ctx.flow.append(Compute(out, values, value, infix=sign, train_only=training))
    return out


# --- values side by side --------------------------------------------------------------------


def side_by_side(ctx: Context, rows: list[Bundle], values: list[Val]) -> Val:
    """Values in a list: these nodes."""
    out = Val(rows, many=True, hint="values")
    made = ast.List([passed(v) for v in values], LOAD)
    ctx.flow.append(Compute(out, values, made, train_only=out.train_only))
    return out
