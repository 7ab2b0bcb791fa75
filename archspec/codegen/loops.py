"""What a loop of the spec is as a loop of a constructor: its names, what it walks, its rounds."""

from __future__ import annotations

import ast
from collections import ChainMap
from collections.abc import Mapping
from typing import Any

from archspec.codegen.arguments import converted
from archspec.codegen.draft import Draft
from archspec.codegen.naming import Names
from archspec.codegen.obstacles import Irregular
from archspec.codegen.python import call, name
from archspec.codegen.symbols import Exec, counted, holds
from archspec.elaboration.provenance import Cond, Loop, Step
from archspec.frontend.ast import For as ForSyntax
from archspec.frontend.expressions import Expression


def uneven(column: list[Loop]) -> bool:
    return len({len(c.iterations) for c in column}) != 1


def worth_a_loop(draft: Draft, column: list[Loop]) -> bool:
    """A loop over one of the block's own parameters stays one, whatever the counts."""
    loop = column[0].item.loop
    assert loop is not None
    heads = [v for _, v in loop.lists.values()] + ([loop.count] if loop.count else [])
    return any(isinstance(h, Expression) and set(h.names) & set(draft.known) for h in heads)


def loop_names(draft: Draft, loop: ForSyntax, execs: list[Exec]) -> dict[str, str]:
    """What the constructor calls a loop's names: Python lets them outlive the loop, so none
    may be the name of anything else.
    """
    names = Names({*execs[0].names, *(plan.name for plan in draft.planner.order)})
    found = {spec: names.fresh(draft.planner.naming.identifier(spec)) for spec in loop.lists}
    draft.bound |= set(found.values())
    return found


def loop_lists(draft: Draft, column: list[Loop], execs: list[Exec]) -> list[ast.expr | None]:
    """What a loop walks: a list for each of its names, or how often; None for what cannot be
    said.
    """
    loop = column[0].item.loop
    assert loop is not None
    envs: list[Mapping[str, Any]] = [c.env for c in column]
    if loop.count is not None:
        tree = converted(draft, loop.count, envs)
        if tree is None or not holds(tree, execs, [len(c.iterations) for c in column]):
            raise Irregular
        return [call("range", [tree])]
    trees = [(converted(draft, v, envs), v) for _, v in loop.lists.values()]
    return [
        t if t is not None and holds(t, execs, [v.evaluate(env) for env in envs]) else None
        for t, v in trees
    ]


def opened(
    draft: Draft, column: list[Loop], execs: list[Exec]
) -> tuple[list[ast.expr | None], list[Exec], list[Cond | Step], dict[str, str]]:
    """What a loop walks, and every round of it with what the names are worth there."""
    loop = column[0].item.loop
    assert loop is not None
    targets = loop_names(draft, loop, execs)
    walked = loop_lists(draft, column, execs)
    runs = [(e, t) for e, c in zip(execs, column, strict=True) for t in c.iterations]
    inner = [
        Exec(
            e.instance,
            ChainMap({target: t.env[s] for s, target in targets.items()}, dict(e.names)),
        )
        for e, t in runs
    ]
    return walked, inner, [t for _, t in runs], targets


def loop_head(
    draft: Draft, walked: list[ast.expr | None], targets: Mapping[str, str]
) -> tuple[list[str], ast.expr]:
    """The head of a loop that is written: `for i, n in zip(range(3), widths)`.

    A name that was not needed is left out; of none, the rounds are counted.
    """
    names = [*targets.values()] or ["_"]
    pairs: list[tuple[str, ast.expr | None]] = list(zip(names, walked, strict=True))
    read = [(target, tree) for target, tree in pairs if target in draft.used or not targets]
    draft.used -= set(targets.values())
    if not read:
        read = [("_", next((tree for _, tree in pairs if tree is not None), None))]
    lists = [counted(tree) for _, tree in read if tree is not None]
    if len(lists) < len(read):
        raise Irregular
    if read[0][0] == "_" and isinstance(lists[0], ast.Tuple):
        lists = [call("range", [ast.Constant(len(lists[0].elts))])]
    lists = [draft.use(tree) for tree in lists]
    strict = ast.keyword("strict", ast.Constant(True))
    head = lists[0] if len(lists) == 1 else ast.Call(name("zip"), lists, [strict])
    return [target for target, _ in read], head
