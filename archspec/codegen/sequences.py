"""Chains: bodies that are one module after another become one container."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from archspec.codegen.aliasing import tied_in
from archspec.codegen.arguments import (
    channels_after,
    condition,
    construct,
    converted,
    instantiate,
    settled,
)
from archspec.codegen.chain_items import (
    LONG,
    For,
    If,
    Link,
    Module,
    Nested,
    Update,
    plain,
    sequential,
    ties,
    updates,
    weight,
)
from archspec.codegen.children import is_link
from archspec.codegen.draft import Channels, Draft
from archspec.codegen.loops import loop_head, opened, uneven, worth_a_loop
from archspec.codegen.naming import Names
from archspec.codegen.naming_hints import child
from archspec.codegen.obstacles import Irregular, Unwritable, either, standing
from archspec.codegen.places import Place
from archspec.codegen.python import name
from archspec.codegen.symbols import Exec, holds
from archspec.elaboration.provenance import Cond, Loop, Step, Trace
from archspec.frontend.expressions import Expression, Template
from archspec.ir.graph import Instance


def is_chain(draft: Draft, traces: Sequence[Trace]) -> bool:
    """True where a body is one module after another, each reading the one before."""
    return all(links_on(draft, t) for t in traces)


def links_on(draft: Draft, trace: Trace) -> bool:
    if isinstance(trace, Loop):
        return is_chain(draft, trace.iterations)
    if isinstance(trace, Cond):
        return trace.step is None or links_on(draft, trace.step)
    if trace.item.feed or trace.branches is not None or len(trace.source) != 1:
        return False
    node, instance = trace.node, trace.instance
    if node is not None:
        own = node not in draft.planner.shares.lent or not draft.planner.shares.lends_module(node)
        alone = own and len(node.inputs) == 1 and node.derived is None
        return alone and is_link(node, draft.planner.layer(node))
    if instance is not None:
        return not draft.planner.shares.runs_again(instance) and links_one(draft, instance)
    return trace.body is not None and is_chain(draft, trace.body)


def links_one(draft: Draft, instance: Instance) -> bool:
    """True where an instance is one module that takes one value and gives one."""
    if len(instance.output) != 1 or len(instance.inputs) != 1:
        return False
    if instance.block is None and is_chain(draft, draft.planner.made[instance].body):
        return True
    if instance.block is None and not draft.planner.groups.are_classes([instance]):
        return False
    plan = draft.planner.plan_of(instance)
    return not plan.many and not plan.sizes


def write_chain(
    draft: Draft, bodies: list[list[Trace]], execs: list[Exec], channels: Channels, loops: bool
) -> tuple[list[Link], Channels]:
    """The links of aligned chains: `bodies[k]` is what execution `k` ran."""
    if len({len(b) for b in bodies}) != 1:
        raise Irregular
    links: list[Link] = []
    for column in zip(*bodies, strict=True):
        found, channels = write_link(draft, list(column), execs, channels, loops)
        links += found
    return links, channels


def write_link(
    draft: Draft, column: list[Trace], execs: list[Exec], channels: Channels, loops: bool
) -> tuple[list[Link], Channels]:
    if any(c.item is not column[0].item for c in column):
        raise Irregular("another item stands in this place in other instances")
    with standing(column[0].item):
        return write_part(draft, column, execs, channels, loops)


def write_part(
    draft: Draft, column: list[Trace], execs: list[Exec], channels: Channels, loops: bool
) -> tuple[list[Link], Channels]:
    """The links that one item of a body became."""
    if isinstance(column[0], Loop):
        return write_loop(draft, [c for c in column if isinstance(c, Loop)], execs, channels, loops)
    if isinstance(column[0], Cond):
        return write_condition(
            draft, [c for c in column if isinstance(c, Cond)], execs, channels, loops
        )
    return write_single(draft, [c for c in column if isinstance(c, Step)], execs, channels, loops)


def write_single(
    draft: Draft, steps: list[Step], execs: list[Exec], channels: Channels, loops: bool
) -> tuple[list[Link], Channels]:
    first = steps[0]
    envs: list[Mapping[str, Any]] = [s.env for s in steps]
    if first.body is not None:
        bodies = [s.body for s in steps if s.body is not None]
        return write_chain(draft, bodies, execs, channels, loops)
    if all(s.expansion is not None and s.expansion.empty for s in steps):
        return [], channels
    called = child_name(draft, steps, execs)
    if first.node is not None:
        code = construct(draft, execs, steps, channels)
        nodes = [s.node for s in steps if s.node is not None]
        after = channels_after(draft, execs, nodes, first, envs, [channels])
        return [Module(called, code)], after
    if first.instance is not None and first.instance.block is None:
        instances = [s.instance for s in steps if s.instance is not None]
        inline = write_inline(draft, instances, execs, channels, loops)
        if inline is not None:
            inner, after = inline
            if plain(inner):
                words = draft.planner.target.words
                return [Module(called, sequential(inner, words, first.item.doc))], after
            if ties(inner) and not isinstance(called, str):
                raise Irregular  # what lends its tensors cannot be reached in a variable
            branch = Names(set(execs[0].names)).fresh("branch")
            return [Nested(called, inner, branch, first.item.doc)], after
    code, _, out = instantiate(draft, execs, steps, channels)
    local = Place(Names(set(execs[0].names)).fresh("block"))
    found = Module(called, code, tied_in(draft, steps, execs, local), local.base)
    return [found], settled(execs, steps, [*out, channels])


def write_inline(
    draft: Draft, groups: list[Instance], execs: list[Exec], channels: Channels, loops: bool
) -> tuple[list[Link], Channels] | None:
    """The links of groups that are chains; None where these are instances of a class instead."""
    bodies = [draft.planner.made[group].body for group in groups]
    if not all(is_chain(draft, body) for body in bodies):
        return None
    before = draft.snapshot(execs)
    links, after = write_chain(draft, bodies, execs, channels, loops)
    if plain(links) or not draft.planner.groups.recur(groups[0]):
        return links, after
    inline = draft.snapshot(execs)
    draft.restore(before)
    if draft.planner.groups.are_classes(groups):
        return None
    draft.restore(inline)
    return links, after


def child_name(draft: Draft, steps: list[Step], execs: list[Exec]) -> str | ast.JoinedStr | None:
    """A child's id; an f-string where it differs from one iteration to the next.

    None for a number that its container gives it by itself.
    """
    names = {child(s) for s in steps}
    syntax = steps[0].item.id
    if all(draft.planner.counted(s.instance or s.node) for s in steps):
        return None
    if len(names) == 1:
        return names.pop()
    if not isinstance(syntax, Template):
        raise Irregular
    parts: list[ast.expr] = []
    for part in syntax.parts:
        if isinstance(part, Expression):
            tree = converted(draft, part, [s.env for s in steps])
            if tree is None or not holds(tree, execs, [part.evaluate(s.env) for s in steps]):
                raise Irregular
            if not formattable(tree):
                raise Irregular
            parts.append(ast.FormattedValue(draft.use(tree), -1))
        else:
            parts.append(ast.Constant(part))
    return ast.JoinedStr(parts)


# --- conditions and loops -------------------------------------------------------------------


def write_condition(
    draft: Draft, conds: list[Cond], execs: list[Exec], channels: Channels, loops: bool
) -> tuple[list[Link], Channels]:
    taken = [(e, c.step) for e, c in zip(execs, conds, strict=True) if c.step is not None]
    if not taken:
        return [], channels
    steps = [s for _, s in taken]
    if len(taken) == len(conds):
        return write_single(draft, steps, execs, channels, loops)
    used = set(draft.used)
    ran = [c.step is not None for c in conds]
    tree = condition(draft, execs, [c.env for c in conds], conds[0].item.when, ran)
    links, after = write_single(draft, steps, [e for e, _ in taken], channels, loops)
    if not links:
        draft.used = used
        return [], channels
    values = [(c.step.output if c.step is not None else c.source)[0].output[0] for c in conds]
    candidates = [c for c in (channels, after) if c is not None]
    out = next((c for c in candidates if holds(c, execs, values)), None)
    running = draft.is_running(channels)
    if out is None and after is not None and running:
        links.append(Update(draft.channels, draft.use(after)))
        draft.mutated, out = True, channels
        for execution, step in taken:
            execution.names[draft.channels] = step.output[0].output[0]
    return [If(tree, links)], out


def write_loop(
    draft: Draft, column: list[Loop], execs: list[Exec], channels: Channels, loops: bool
) -> tuple[list[Link], Channels]:
    if loops and (uneven(column) or worth_a_loop(draft, column)):
        found = tried(draft, column, execs, channels)
        if found is not None:
            return found
    if uneven(column):
        counts = (len(c.iterations) for c in column)
        raise Irregular(f"the loop has {either(counts)} rounds, and cannot stay one")
    before = draft.snapshot(execs)
    links, after = unrolled(draft, column, execs, channels, loops)
    if draft.alone and weight(links) > 2:
        written_out = draft.snapshot(execs)
        draft.restore(before)
        found = tried(draft, column, execs, channels)
        long = weight(links) > LONG or (found is not None and computed(found[0]))
        if long and found is not None and 2 * weight(found[0]) < weight(links):
            return found
        draft.restore(written_out)
    return links, after


def computed(links: list[Link]) -> bool:
    """Whether a loop is one module that counts its rounds, as a schedule does."""
    if len(links) != 1 or not isinstance(links[0], For):
        return False
    loop = links[0]
    return isinstance(loop.walked, ast.Call) and [type(k) for k in loop.items] == [Module]


def unrolled(
    draft: Draft, column: list[Loop], execs: list[Exec], channels: Channels, loops: bool
) -> tuple[list[Link], Channels]:
    """A loop written out, one iteration after the other."""
    links: list[Link] = []
    for i in range(len(column[0].iterations)):
        row: list[Trace] = [c.iterations[i] for c in column]
        found, channels = write_link(draft, row, execs, channels, loops)
        links += found
    return links, channels


def tried(
    draft: Draft, column: list[Loop], execs: list[Exec], channels: Channels
) -> tuple[list[Link], Channels] | None:
    """The loop as a loop, or None, and nothing changed, where it cannot be one."""
    before = draft.snapshot(execs)
    try:
        return rolled(draft, column, execs, channels)
    except (Irregular, Unwritable):
        draft.restore(before)
        return None


def rolled(
    draft: Draft, column: list[Loop], execs: list[Exec], channels: Channels
) -> tuple[list[Link], Channels]:
    """A loop written as a loop; the running channels live in a variable where they change."""
    if any(not c.iterations for c in column):
        raise Irregular
    walked, inner, runs, targets = opened(draft, column, execs)
    before, after = [_entry(t) for t in runs], [_exit(t) for t in runs]
    changing = before != after
    if changing:
        for execution, size in zip(inner, before, strict=True):
            execution.names[draft.channels] = size
    start = name(draft.channels) if changing else channels
    with draft.knowing(targets):
        links, out = write_link(draft, list(runs), inner, start, True)
    if not links and not changing:
        return [], channels
    (heads, lists), doc = loop_head(draft, walked, targets), column[0].item.doc
    result: list[Link] = []
    if not changing:
        if channels is not None and updates(links) and draft.reads_running(channels):
            restored(draft, links, out, inner, after, channels)
        return [For(heads, lists, links, doc)] if links else [], channels
    if out is None or not holds(out, inner, after):
        raise Irregular
    if channels is None:
        raise Irregular
    if not draft.is_running(channels):
        result.append(Update(draft.channels, draft.use(channels)))
    draft.use(name(draft.channels))
    if not draft.is_running(out):
        links.append(Update(draft.channels, draft.use(out)))
    draft.mutated = True
    for execution, trace in zip(execs, column, strict=True):
        execution.names[draft.channels] = _exit(trace.iterations[-1])
    return [*result, For(heads, lists, links, doc)], name(draft.channels)


def restored(
    draft: Draft,
    links: list[Link],
    out: Channels,
    inner: list[Exec],
    after: list[int],
    channels: ast.expr,
) -> None:
    """Let a round end with the running channels that it began with, if it sets them within."""
    if out is None or not draft.is_running(channels) or not holds(out, inner, after):
        raise Irregular
    if not draft.is_running(out):
        links.append(Update(draft.channels, draft.use(out)))


def formattable(tree: ast.expr) -> bool:
    """Whether an f-string can hold an expression, before Python 3.12 gave it its own quotes."""
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    return not any(isinstance(t, str) and set("\"'\\") & set(t) for t in texts)


def _entry(trace: Cond | Step) -> int:
    return trace.source[0].output[0]


def _exit(trace: Cond | Step) -> int:
    step = trace if isinstance(trace, Step) else trace.step
    return (step.output if step is not None else trace.source)[0].output[0]
