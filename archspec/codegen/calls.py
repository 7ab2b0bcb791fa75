"""Calls of modules, and what they are given."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from archspec.codegen.draft import Draft
from archspec.codegen.forms import arguments
from archspec.codegen.naming_hints import passed, spread
from archspec.codegen.places import Place
from archspec.codegen.plan import Compute, Val
from archspec.codegen.references import Context
from archspec.codegen.sizes import Sizes
from archspec.ir.graph import Instance


@dataclass(frozen=True, slots=True)
class Given:
    """What the call of a module is given after its operands.

    Attributes:
        text: `Layer.call`; `references` are the values that fill it.
        within: the instances that are called, whose class may want sizes.
    """

    text: str | None = None
    references: list[Val] = field(default_factory=list)
    within: list[Instance] = field(default_factory=list)

    @property
    def arguments(self) -> tuple[list[ast.expr], list[ast.keyword]]:
        """The further arguments, and those with keywords."""
        references = [val.tree for val in self.references]
        if self.text is None:
            return references, []
        call = arguments(self.text, references)
        return call.args, call.keywords


NOTHING = Given()


def called(
    draft: Draft,
    reached: Place,
    out: Val,
    source: Val,
    ctx: Context,
    given: Given = NOTHING,
    *,
    probed: bool = False,
) -> Val:
    """A module's value."""
    if out.train_only and not reached.ends_in_position:
        out.hint = reached.word
    vals, sizes = spread(source), Sizes(draft, ctx)
    wanted = draft.planner.plan_of(given.within[0]).sizes if given.within else []
    handed = [sizes.text(sized, given.within) for sized in wanted]
    further, keywords = given.arguments
    value = ast.Call(reached.tree, [*map(passed, vals), *further, *handed], keywords)
    reads = [*vals, *given.references, *sizes.vals]
    plain = len(value.args) == 1 and isinstance(value.args[0], ast.Name) and not keywords
    alone = reached if plain else None
    ctx.flow.append(Compute(out, reads, value, probed, train_only=out.train_only, calls=alone))
    return out
