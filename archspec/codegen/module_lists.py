"""`each` under an id: the branches of a merge as a list of modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from archspec.codegen.chain_items import (
    LONG,
    For,
    Link,
    Module,
    Nested,
    statements,
    updates,
    weight,
)
from archspec.codegen.draft import Channels, Draft
from archspec.codegen.loops import loop_head, opened, uneven, worth_a_loop
from archspec.codegen.naming_hints import spread
from archspec.codegen.obstacles import Irregular, Unwritable
from archspec.codegen.places import Place
from archspec.codegen.plan import Compute, Val
from archspec.codegen.python import call
from archspec.codegen.python import rounds as loop
from archspec.codegen.references import Context
from archspec.codegen.sequences import is_chain, write_link
from archspec.codegen.symbols import Exec
from archspec.elaboration.provenance import Branch, Loop, Step, Trace
from archspec.frontend.ast import Fan
from archspec.ir.graph import Instance


def write_list(
    draft: Draft,
    steps: list[Step],
    instances: list[Instance],
    ctx: Context,
    source: Val,
    target: Place,
) -> Val | None:
    """The rounds as a list of modules, or None where one is not a module by itself."""
    rows = [list(rounds(draft.planner.made[i].body)) for i in instances]
    whole = [branch for row in rows for branch in row]
    if not whole or not all(closed(draft, i) for i in instances):
        return None
    if not all(len(b.output) == 1 and is_chain(draft, b.body) for b in whole):
        return None
    before = draft.snapshot(ctx.execs)
    try:
        links = write_rounds(draft, rows, instances, ctx.execs, source.channels)
    except (Irregular, Unwritable):
        draft.restore(before)
        return None
    ctx.statements += statements(
        links, target, draft.planner.target.words, "list", steps[0].item.doc
    )
    for instance in instances:
        draft.reached[instance] = target
    out = Val([s.output for s in steps], many=True)
    out.hint = None if target.numbered else target.word
    each = "branch" if out.hint != "branch" else "part"
    value = ast.ListComp(
        call(each, [val.tree for val in spread(source)]), [loop([each], target.tree)]
    )
    ctx.flow.append(Compute(out, spread(source), value, train_only=out.train_only, leads=False))
    return out


def write_rounds(
    draft: Draft,
    rows: list[list[Branch]],
    instances: list[Instance],
    execs: list[Exec],
    channels: Channels,
) -> list[Link]:
    """One child a round: in a loop where that is shorter, or the only way."""
    syntax = rows[0][0].syntax
    assert isinstance(syntax, Fan)
    item = replace(syntax.body, loop=syntax.loop)
    column = [
        Loop(item, draft.planner.made[i].env, i.inputs, [_only(b.body) for b in row])
        for i, row in zip(instances, rows, strict=True)
    ]
    if uneven(column) or worth_a_loop(draft, column):
        before = draft.snapshot(execs)
        try:
            return looped(draft, column, execs, channels)
        except (Irregular, Unwritable):
            draft.restore(before)
    if uneven(column):
        raise Irregular
    links = [
        child
        for traces in zip(*(c.iterations for c in column), strict=True)
        for child in write_round(draft, traces, execs, channels)
    ]
    named = any(isinstance(link, Nested) for link in links)
    many = weight(links) > LONG or (named and len(links) > 1)
    return shorter(draft, links, column, execs, channels) if many else links


def shorter(
    draft: Draft, links: list[Link], column: list[Loop], execs: list[Exec], channels: Channels
) -> list[Link]:
    """Many rounds as a loop after all, where that says them in fewer lines."""
    before = draft.snapshot(execs)
    with suppress(Irregular, Unwritable):
        found = looped(draft, column, execs, channels)
        named = any(isinstance(link, Nested) for link in links)
        if weight(found) * (1 if named else 2) < weight(links):
            return found
    draft.restore(before)
    return links


def looped(draft: Draft, column: list[Loop], execs: list[Exec], channels: Channels) -> list[Link]:
    """`for ...: self.branches.append(...)`; every round reads what the first one reads."""
    if any(not c.iterations for c in column):
        raise Irregular
    walked, inner, runs, targets = opened(draft, column, execs)
    with draft.knowing(targets):
        links = write_round(draft, runs, inner, channels)
    return [For(*loop_head(draft, walked, targets), links, column[0].item.doc)]


def write_round(
    draft: Draft, traces: Sequence[Trace], execs: list[Exec], channels: Channels
) -> list[Link]:
    links, _ = write_link(draft, list(traces), execs, channels, True)
    if len(links) != 1 or not isinstance(links[0], Module | Nested) or links[0].name:
        raise Irregular
    if updates(links):  # which would run on into the next round
        raise Irregular
    return links


def closed(draft: Draft, instance: Instance) -> bool:
    """True where nothing outside takes what is inside, but for what comes out of it.

    Others take it by reading it, or as a value of the block or the network around.
    """
    inside = set(instance.nodes())
    hidden = inside.difference(instance.output)
    readers = draft.planner.readers
    return all(hidden.isdisjoint(around.output) for around in instance.ancestors()) and all(
        reader in inside for node in hidden for reader in readers.get(node, ())
    )


def rounds(body: list[Trace]) -> Iterator[Branch]:
    """The branches in the body of a group that is the list of an `each`; none in another's."""
    if len(body) == 1 and isinstance(body[0], Step):
        branches = body[0].branches or []
        if all(isinstance(b.syntax, Fan) and b.syntax.under_id for b in branches):
            yield from branches


def _only(body: list[Trace]) -> Step:
    (trace,) = body
    if not isinstance(trace, Step):
        raise Irregular
    return trace
