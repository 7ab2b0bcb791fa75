"""Everything that is not a chain: merges, references, conditions, and what their values are."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial

from archspec.codegen.aliasing import call_again, repeats, tie
from archspec.codegen.arguments import (
    channels_after,
    condition,
    construct,
    handed,
    instantiate,
    layers_of,
    settled,
)
from archspec.codegen.attributes import claim, keep
from archspec.codegen.calls import NOTHING, Given, called
from archspec.codegen.chain_items import statements
from archspec.codegen.children import called_in
from archspec.codegen.draft import Draft
from archspec.codegen.expressions import write_expression
from archspec.codegen.module_lists import closed, rounds, write_list
from archspec.codegen.naming_hints import (
    branch_hint,
    child,
    ident,
    spread,
)
from archspec.codegen.obstacles import Irregular, either, standing
from archspec.codegen.optional import (
    conclude,
    entering,
    partly,
    side_by_side,
    within,
    without_all,
    written,
)
from archspec.codegen.plan import Compute, Val
from archspec.codegen.python import Assign, build
from archspec.codegen.references import Context, fed, find, flowing, read, returned
from archspec.codegen.repeats import repeated
from archspec.codegen.sequences import write_inline
from archspec.codegen.structure import named_by_attributes
from archspec.codegen.symbols import holds
from archspec.elaboration.provenance import Branch, Cond, Loop, Step, Trace
from archspec.frontend.ast import Ref
from archspec.ir.graph import Instance, Node

# --- walking --------------------------------------------------------------------------------


def write_body(draft: Draft, bodies: list[list[Trace]], ctx: Context, flow: Val) -> Val:
    if len({len(b) for b in bodies}) != 1:
        raise Irregular
    for column in zip(*bodies, strict=True):
        flow = write_trace(draft, list(column), ctx, flow)
    return flow


def write_trace(draft: Draft, column: list[Trace], ctx: Context, flow: Val) -> Val:
    if any(c.item is not column[0].item for c in column):
        raise Irregular("another item stands in this place in other instances")
    with standing(column[0].item):
        return write_item(draft, column, ctx, flow)


def write_item(draft: Draft, column: list[Trace], ctx: Context, flow: Val) -> Val:
    """What one item of a body became in all executions."""
    if isinstance(column[0], Loop):
        loops = [c for c in column if isinstance(c, Loop)]
        looped = repeated(draft, loops, ctx, flow, write_trace)
        if looped is not None:
            return looped
        if len(counts := {len(c.iterations) for c in loops}) != 1:
            told = f"the loop has {either(counts)} rounds"
            raise Irregular(f"{told}, and `forward` has none in its place")
        for i in range(len(loops[0].iterations)):
            row: list[Trace] = [c.iterations[i] for c in loops]
            flow = write_trace(draft, row, ctx, flow)
        return flow
    if isinstance(column[0], Cond):
        return write_choice(draft, [c for c in column if isinstance(c, Cond)], ctx, flow)
    return write_step(draft, [c for c in column if isinstance(c, Step)], ctx, flow)


def write_step(draft: Draft, steps: list[Step], ctx: Context, flow: Val) -> Val:
    first = steps[0]
    source = flow
    wanted = [s.source for s in steps]
    if first.source and (first.item.feed or flow.concrete != wanted):
        names = [[ref.name.evaluate(s.env) for ref in s.item.feed] for s in steps]
        source = fed(draft, wanted, names, ctx)
    if first.body is not None:
        after = write_body(draft, [s.body for s in steps if s.body is not None], ctx, source)
    elif first.node is None and first.branches is not None:
        after = write_parallel(draft, steps, ctx, source)
    elif first.branches is not None:
        after = write_merge(draft, steps, ctx, source)
    elif first.instance is not None:
        after = write_instance(draft, steps, ctx, source)
    else:
        after = write_node(draft, steps, ctx, source)
    after.ident = after.ident or ident(steps)
    return ctx.add(after)


# --- merges ---------------------------------------------------------------------------------


def write_parallel(draft: Draft, steps: list[Step], ctx: Context, source: Val) -> Val:
    """Several values side by side: a list that grows, where some executions have fewer."""
    rows = [s.branches for s in steps if s.branches is not None]
    if len({len(row) for row in rows}) == 1:
        parts = [v for val in write_branches(draft, steps, ctx, source) for v in spread(val)]
        return Val([s.output for s in steps], many=True, parts=parts)
    optional = without_all(rows)
    always = [[n for n, b in enumerate(row) if b.syntax not in optional] for row in rows]
    first = [*range(len(always[0]))]  # what stands behind others would run too early
    if not first or any(numbers != first for numbers in always):
        raise Irregular("a branch that is not always there stands before one that is")
    values = write_columns(draft, steps, always, ctx, source)
    bundles = [tuple(v for n in first for v in row[n].output) for row in rows]
    some = side_by_side(ctx, bundles, values)

    def longer(_here: list[Step], inner: Context, pair: list[Val]) -> Val:
        rows = [a + b for a, b in zip(*(val.concrete for val in pair), strict=True)]
        return side_by_side(inner, rows, [value for val in pair for value in spread(val)])

    return write_asked(draft, steps, ctx, source, some, longer)


def write_branches(draft: Draft, steps: list[Step], ctx: Context, source: Val) -> list[Val]:
    rows = [s.branches for s in steps if s.branches is not None]
    if len(counts := {len(r) for r in rows}) != 1:
        raise Irregular(f"the merge has {either(counts)} branches")
    columns = enumerate(zip(*rows, strict=True))
    return [write_branch(draft, steps, list(c), ctx, source, (steps[0], n)) for n, c in columns]


def write_branch(
    draft: Draft,
    steps: list[Step],
    column: list[Branch],
    ctx: Context,
    source: Val,
    place: tuple[Step, int],
) -> Val:
    """One branch of a merge, in each execution of it; `place` is where one stands in it."""
    syntax = column[0].syntax
    if any(b.syntax is not syntax for b in column):
        raise Irregular("the merge has other branches in other instances")
    if isinstance(syntax, Ref):
        names = [syntax.name.evaluate(s.env) for s in steps]
        return read(draft, [b.output for b in column], names, ctx)
    start = len(ctx.flow)
    wanted = [b.source for b in column]
    if column[0].source and source.concrete != wanted:
        source = find(draft, wanted, ctx)
    value = write_body(draft, [b.body for b in column], ctx, source)
    hint = branch_hint(*place)
    for line in ctx.flow[start:]:
        result = line.target if isinstance(line, Compute) else line.result
        result.hint = result.hint or hint
    return value


def write_merge(draft: Draft, steps: list[Step], ctx: Context, source: Val) -> Val:
    nodes = [s.node for s in steps if s.node is not None]
    if nodes[0].op.infix and len({written(s) for s in steps}) > 1:
        return write_optional(draft, steps, ctx, source)
    operands = [v for val in write_branches(draft, steps, ctx, source) for v in spread(val)]
    operands += referenced(draft, steps, nodes, ctx)
    if called_in(nodes, layers_of(draft, nodes)):
        return write_expression(draft, steps, ctx, operands)
    everything = Val([n.inputs for n in nodes], many=True, parts=operands)
    return write_module(draft, steps, nodes, ctx, everything, operands[0].channels)


def write_optional(draft: Draft, steps: list[Step], ctx: Context, source: Val) -> Val:
    """A merge with branches that some executions lack: `if self.residual: out = x + out`."""
    rows = [s.branches for s in steps if s.branches is not None]
    optional = without_all(rows)
    kept = [[n for n, b in enumerate(row) if b.syntax not in optional] for row in rows]
    first = rows[next(i for i, row in enumerate(rows) if len(row) > len(kept[i]))]
    leads = first[0].syntax in optional
    if source.many or not kept[0] or (leads and (len(optional), len(kept[0])) != (1, 1)):
        raise Irregular("branches that are not always there cannot be added one by one")
    operands = write_columns(draft, steps, kept, ctx, source)
    so_far = operands[0] if len(operands) == 1 else partly(draft, steps, ctx, operands)
    so_far.ident = None  # it is what is added to
    join = partial(partly, draft)
    so_far = write_asked(draft, steps, ctx, source, so_far, join, leads=leads)
    whole = Val([s.output for s in steps], so_far.channels, doc=steps[0].item.doc)
    ctx.flow.append(Compute(whole, [so_far], so_far.tree, True, train_only=whole.train_only))
    return whole


def write_columns(
    draft: Draft, steps: list[Step], numbers: list[list[int]], ctx: Context, source: Val
) -> list[Val]:
    """The branches of these numbers, of which each execution has as many."""
    rows, most, found = [s.branches or [] for s in steps], fullest(steps), list[Val]()
    for column in zip(*numbers, strict=True):
        branches = [row[n] for row, n in zip(rows, column, strict=True)]
        place = (steps[most], column[most])
        found += spread(write_branch(draft, steps, branches, ctx, source, place))
    return found


def write_asked(
    draft: Draft,
    steps: list[Step],
    ctx: Context,
    source: Val,
    so_far: Val,
    join: Callable[[list[Step], Context, list[Val]], Val],
    *,
    leads: bool = False,
) -> Val:
    """What there is so far, joined with each branch that its condition gives some executions."""
    rows = [s.branches or [] for s in steps]
    for syntax in without_all(rows):
        found = [next((b for b in row if b.syntax is syntax), None) for row in rows]
        taken = [i for i, branch in enumerate(found) if branch is not None]
        column = [branch for branch in found if branch is not None]
        if leads and any(b.output != b.source for b in column):
            raise Irregular("a branch that is not always there would run after one behind it")
        envs, ran = [s.env for s in steps], [b is not None for b in found]
        tree = condition(draft, ctx.execs, envs, syntax.loop.count, ran)
        inner, here = within(ctx, taken), [steps[i] for i in taken]
        places = [(s, (s.branches or []).index(b)) for s, b in zip(here, column, strict=True)]
        word, place = branch_hint(*places[0]), places[fullest(here)]
        entered = inner.add(entering(inner, source))
        value = write_branch(draft, here, column, inner, entered, place)
        before = entering(inner, so_far)
        pair = [value, before] if leads else [before, value]
        result = join(here, inner, pair)
        out = Val(list(so_far.concrete), so_far.channels, many=so_far.many)
        for i, bundle in zip(taken, result.concrete, strict=True):
            out.concrete[i] = bundle if so_far.many else out.concrete[i]
        conclude(draft, tree, inner, so_far, result, out, word)
        so_far = out
    return so_far


def fullest(steps: list[Step]) -> int:
    """Which of several executions of a merge has the most branches: the first of these."""
    return max(range(len(steps)), key=lambda i: len(steps[i].branches or ()))


# --- modules --------------------------------------------------------------------------------


def write_node(draft: Draft, steps: list[Step], ctx: Context, source: Val) -> Val:
    nodes = [s.node for s in steps if s.node is not None]
    operands = [source, *referenced(draft, steps, nodes, ctx)]
    layers = layers_of(draft, nodes)
    given = Given(layers[0].call, operands[1:])
    if any(layer.call != given.text for layer in layers):
        raise Irregular("its call is given other things in other instances")
    if repeats([draft.planner.shares.calls_again(n) for n in nodes]):
        return call_again(draft, steps, ctx, source, given)
    modules = [layer.module for layer in layers if layer.module is not None]
    if not handed(draft, ctx.execs, steps, modules) and called_in(nodes, layers):
        return write_expression(draft, steps, ctx, operands)
    return write_module(draft, steps, nodes, ctx, source, source.channels, given)


def referenced(draft: Draft, steps: list[Step], nodes: list[Node], ctx: Context) -> list[Val]:
    """The operands that attributes name, behind those that flow."""
    named = [named_by_attributes(step) for step in steps]
    return [
        read(draft, [(n.references[key],) for n in nodes], [row.get(key) for row in named], ctx)
        for key in nodes[0].references
    ]


def write_module(
    draft: Draft,
    steps: list[Step],
    nodes: list[Node],
    ctx: Context,
    source: Val,
    channels: ast.expr | None,
    given: Given = NOTHING,
) -> Val:
    """A node as a module of its own, called with its operands."""
    code = construct(draft, ctx.execs, steps, channels)
    nameless = child(steps[0]).isdigit() and not nodes[0].tensors()
    reached = keep(draft, steps, code, ctx, bool(nodes[0].tensors()))
    out = Val([s.output for s in steps])
    if nameless:  # others of its kind may share the module
        out.doc, code.doc = code.doc, ""
    out.channels = channels_after(
        draft, ctx.execs, nodes, steps[0], [s.env for s in steps], [channels]
    )
    for node in nodes:
        draft.reached[node] = reached
    tie(draft, steps, ctx)
    return called(draft, reached, out, source, ctx, given, probed=nameless)


def write_instance(draft: Draft, steps: list[Step], ctx: Context, source: Val) -> Val:
    instances = [s.instance for s in steps if s.instance is not None]
    first = instances[0]
    if first.block is None:
        return write_group(draft, steps, instances, ctx, source)
    if repeats([draft.planner.shares.runs_again(i) for i in instances]):
        return call_again(draft, steps, ctx, source)
    return write_call(draft, steps, instances, ctx, source)


def write_call(
    draft: Draft, steps: list[Step], instances: list[Instance], ctx: Context, source: Val
) -> Val:
    """A module of a class of the file, and what it gives."""
    code, plan, channels = instantiate(draft, ctx.execs, steps, source.channels)
    reached = keep(draft, steps, code, ctx, True)
    for instance in instances:
        draft.reached[instance] = reached
    tie(draft, steps, ctx)
    out = returned(instances, plan.many, ctx)
    if not plan.many:
        out.channels = settled(ctx.execs, steps, [*channels, source.channels])
    return flowing(called(draft, reached, out, source, ctx, Given(within=instances)))


def write_group(
    draft: Draft, steps: list[Step], instances: list[Instance], ctx: Context, source: Val
) -> Val:
    """A group with an id: a chain where it is one that nobody looks into."""
    names = {i.name for i in instances}
    if len(names) != 1:
        raise Irregular(f"its name is {either(names)}")
    bodies = [draft.planner.made[i].body for i in instances]
    if not any(i.children for i in instances):  # an `each` of no rounds
        return write_body(draft, bodies, ctx, source)
    name = names.pop()
    if all(any(rounds(body)) for body in bodies):
        target = ctx.target.child(name)
        module_list = write_list(draft, steps, instances, ctx, source, target)
        if module_list is not None:
            claim(draft, target, ctx)
            return module_list
    inline = None
    if all(closed(draft, i) for i in instances):
        inline = write_inline(draft, instances, ctx.execs, source.channels, False)
    if inline is None and draft.planner.groups.are_classes(instances):
        return write_call(draft, steps, instances, ctx, source)
    target = claim(draft, ctx.target.child(name), ctx)
    if inline is not None:
        links, channels = inline
        doc = steps[0].item.doc
        ctx.statements += statements(links, target, draft.planner.target.words, "chain", doc)
        for instance in instances:
            draft.reached[instance] = target
        return called(draft, target, Val([s.output for s in steps], channels), source, ctx)
    holder = draft.planner.target.words.containers["dictionary"]
    outer, ctx.target, before = ctx.target, target, len(ctx.statements)
    out = write_body(draft, bodies, ctx, source)
    ctx.target = outer
    if any(place.lies_in(target) for place in draft.placed):
        made = Assign(target.tree, build(holder, doc=steps[0].item.doc))
        ctx.statements.insert(before, made)
    return out


# --- conditions -----------------------------------------------------------------------------


def write_choice(draft: Draft, conds: list[Cond], ctx: Context, flow: Val) -> Val:
    taken = [i for i, c in enumerate(conds) if c.step is not None]
    if conds[0].source and flow.concrete != [c.source for c in conds]:
        flow = find(draft, [c.source for c in conds], ctx)
    if not taken:
        return flow
    steps = [c.step for c in conds if c.step is not None]
    if len(taken) == len(conds):
        return write_step(draft, steps, ctx, flow)
    ran = [c.step is not None for c in conds]
    tree = condition(draft, ctx.execs, [c.env for c in conds], conds[0].item.when, ran)
    source = flow
    if source.many or any(len(s.output) != 1 for s in steps):
        raise Irregular("a condition decides on several values side by side")
    inner = within(ctx, taken)
    entry = inner.add(entering(inner, source))
    result = write_step(draft, steps, inner, entry)
    if not inner.flow and not inner.statements and result.concrete == entry.concrete:
        return source
    concrete = [c.step.output if c.step is not None else c.source for c in conds]
    values = [b[0].output[0] for b in concrete]
    out = Val(concrete)
    candidates = [c for c in (result.channels, source.channels) if c is not None]
    out.channels = next((c for c in candidates if holds(c, ctx.execs, values)), None)
    conclude(draft, tree, inner, source, result, out)
    return ctx.add(out)
