"""Nodes that are written as expressions, which may read what the constructor keeps for them."""

from __future__ import annotations

import ast
from dataclasses import replace

from archspec.codegen.arguments import (
    attribute_syntax,
    channels_after,
    choose,
    converted,
    layers_of,
)
from archspec.codegen.draft import Draft
from archspec.codegen.forms import Arg, Expr
from archspec.codegen.naming_hints import child, phrased, spread, takes_list
from archspec.codegen.obstacles import Irregular
from archspec.codegen.plan import Compute, Val
from archspec.codegen.references import Context
from archspec.codegen.sizes import Sizes
from archspec.codegen.symbols import Symbol, names_in, same
from archspec.elaboration.provenance import Step
from archspec.ir.graph import Node


def write_expression(draft: Draft, steps: list[Step], ctx: Context, operands: list[Val]) -> Val:
    """A node written as an expression, which is one but for what its arguments are."""
    nodes = [s.node for s in steps if s.node is not None]
    layers, sizes = layers_of(draft, nodes), Sizes(draft, ctx)
    if any(n.derived for n in nodes):
        ops = zip(sizes.ops(nodes), nodes, strict=True)
        layers = [draft.planner.form(op, n.input_shapes) for op, n in ops]
    elif kept := kept_sizes(draft, ctx, steps, nodes):
        told = [n.op.model_copy(update=kept) for n in nodes]
        layers = [draft.planner.form(op, n.input_shapes) for op, n in zip(told, nodes, strict=True)]
    expr = one_expression(draft, ctx, steps, [layer.expr for layer in layers])
    flat_operands = [v for val in operands for v in spread(val)]
    out = Val([s.output for s in steps], doc=steps[0].item.doc)
    out.channels = channels_after(
        draft,
        ctx.execs,
        nodes,
        steps[0],
        [s.env for s in steps],
        [v.channels for v in flat_operands],
    )
    merged = flat_operands[: len(flat_operands) - expr.references]
    gathered = takes_list(nodes[0].op, merged)
    value, reads = phrased(expr, flat_operands, gathered), [*flat_operands, *sizes.vals]
    sign = nodes[0].op.infix if len(merged) > 1 else ""
    leads = nodes[0].op.child == "named"
    ctx.flow.append(Compute(out, reads, value, True, sign, out.train_only, gathered, leads))
    return out


def one_expression(draft: Draft, ctx: Context, steps: list[Step], exprs: list[Expr | None]) -> Expr:
    """What is written for all executions of a step.

    Where an argument differs between them, the constructor knows it, and keeps it for `forward`.
    """
    first, known = exprs[0], [expr for expr in exprs if expr is not None]
    if first is None or any(replace(e, args=()) != replace(first, args=()) for e in exprs if e):
        raise Irregular("it is written otherwise in other instances")
    if len(known) < len(exprs) or len({tuple(a.name for a in e.args) for e in known}) > 1:
        raise Irregular("it is written otherwise in other instances")
    made = []
    for column in zip(*(e.args for e in known), strict=True):
        arg, values = column[0], [a.value for a in column]
        if not all(same(value, arg.value) for value in values):
            envs = [s.env for s in steps]
            syntax = attribute_syntax(steps[0], arg)
            tree = choose(draft, ctx.execs, envs, values, syntax, hint=arg.name)
            word = tree.id if isinstance(tree, ast.Name) else kept_as(draft, arg.name, steps[0])
            arg = replace(arg, value=Symbol(draft.keeping(tree, word)))
        made.append(arg)
    return replace(first, args=tuple(made))


def kept_sizes(
    draft: Draft, ctx: Context, steps: list[Step], nodes: list[Node]
) -> dict[str, Symbol]:
    """The numbers in a function that the constructor keeps for it.

    They differ; or they are the same here alone, as what they are said by differs elsewhere.
    """
    found: dict[str, Symbol] = {}
    for key in nodes[0].op.sized:
        values = [getattr(n.op, key) for n in nodes]
        syntax = attribute_syntax(steps[0], Arg(key, None, key))
        if not all(type(value) in (int, float) for value in values):
            continue
        envs = [s.env for s in steps]
        tree = None if syntax is None else converted(draft, syntax, envs)
        elsewhere = tree is not None and any(differs(draft, word) for word in names_in(tree))
        if elsewhere or not all(same(value, values[0]) for value in values):
            tree = choose(draft, ctx.execs, envs, values, syntax, hint=key)
            word = tree.id if isinstance(tree, ast.Name) else kept_as(draft, key, steps[0])
            if not isinstance(tree, ast.Constant):
                found[key] = Symbol(draft.keeping(tree, word))
    return found


def differs(draft: Draft, word: str) -> bool:
    """Whether a name of the constructor is worth one thing here and another there."""
    values = [base[word] for base in draft.bases if word in base]
    return not all(same(value, values[0]) for value in values)


def kept_as(draft: Draft, word: str, step: Step) -> str:
    """What is kept for an argument is called as this is, or also after what it is for."""
    called = child(step)
    free = word not in draft.attributes.taken or called.isdigit()
    return word if free else f"{called}_{word}"
