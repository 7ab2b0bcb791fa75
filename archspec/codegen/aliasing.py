"""Values that are read again, and modules: called once more, or built with others' tensors."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from archspec.codegen.forms import arguments
from archspec.codegen.places import SELF, Place
from archspec.codegen.plan import Compute, Flowing, Val
from archspec.codegen.python import LOAD, Assign, Statement, method
from archspec.codegen.sequences import Sequences
from archspec.codegen.symbols import Exec, Irregular
from archspec.elaboration.provenance import Step
from archspec.ir.graph import Bundle, Instance, Node


@dataclass(eq=False)
class Context:
    """The executions a part of a body stands for, and the values seen in them.

    Inside a condition these are some of the parent's: `index` says which.
    """

    execs: list[Exec]
    statements: list[Statement]
    flow: list[Flowing]
    target: Place = SELF
    parent: Context | None = None
    index: list[int] = field(default_factory=list)
    seen: dict[tuple[Bundle, ...], Val] = field(default_factory=dict)

    def add(self, val: Val) -> Val:
        if len(val.concrete[0]) > 1:  # a list stays one, whoever gathers the same values
            self.seen.setdefault(tuple(val.concrete), val)
        else:
            self.seen[tuple(val.concrete)] = val
        return val


@dataclass(frozen=True, slots=True)
class Given:
    """What the call of a module is given after its operands: `Layer.call`, and who fills it."""

    text: str | None = None
    references: list[Val] = field(default_factory=list)

    @property
    def arguments(self) -> tuple[list[ast.expr], list[ast.keyword]]:
        """The further arguments, and those with keywords."""
        references = [val.tree for val in self.references]
        if self.text is None:
            return references, []
        call = arguments(self.text, references)
        return call.args, call.keywords


NOTHING = Given()


def flowing(given: Val) -> Val:
    """What of a block's values flows on: the first, under another name where it is that, too."""
    parts = given.parts or [given]
    return next(part for part in reversed(parts) if part.concrete == parts[0].concrete)


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


class Ties(Sequences):
    """Writes what `share` asks for.

    `reached` says how a module is reached from `self`, `declared` are a block's named inputs.
    """

    reached: dict[Node | Instance, Place]
    declared: dict[Any, Val]

    def called(
        self,
        reached: Place,
        out: Val,
        source: Val,
        ctx: Context,
        given: Given = NOTHING,
        *,
        probed: bool = False,
        within: list[Instance] | None = None,
    ) -> Val:
        raise TypeError("Ties call nothing")

    def read(self, wanted: list[Bundle], names: list[Any], ctx: Context) -> Val:
        """The value that is these nodes, and that the spec calls by one of these names.

        Where a block reads one value twice, its names tell the inputs apart.
        """
        declared = self.declared.get(names[0]) if len(set(map(str, names))) == 1 else None
        if declared is not None:
            places, at = list(range(len(ctx.execs))), ctx
            while at.parent is not None:
                places, at = [at.index[i] for i in places], at.parent
            if [declared.concrete[i] for i in places] == wanted:
                return declared
        return self.find(wanted, ctx)

    def fed(self, wanted: list[Bundle], names: list[list[Any]], ctx: Context) -> Val:
        """What `from` names: one value, or several side by side."""
        if len(names[0]) < 2 or any(len(w) != len(names[0]) for w in wanted):
            return self.read(wanted, [row[0] if row else None for row in names], ctx)
        known = ctx.seen.get(tuple(wanted))
        if known is not None:
            return known
        parts = [
            self.read([(w[k],) for w in wanted], [row[k] for row in names], ctx)
            for k in range(len(names[0]))
        ]
        return Val(list(wanted), parts[0].channels, many=True, parts=parts)

    def find(self, wanted: list[Bundle], ctx: Context) -> Val:
        """The value that is these nodes in these executions."""
        found = ctx.seen.get(tuple(wanted))
        if found is not None:
            return found
        if ctx.parent is not None:
            for val in reversed(ctx.parent.seen.values()):
                if all(val.concrete[i] == w for i, w in zip(ctx.index, wanted, strict=True)):
                    return val
        for val in [*ctx.seen.values()]:
            picked = self.pick(val, wanted, ctx)
            if picked is not None:
                return picked
        if len({len(w) for w in wanted}) == 1 and len(wanted[0]) > 1:
            parts = [self.find([(w[k],) for w in wanted], ctx) for k in range(len(wanted[0]))]
            return Val(list(wanted), parts[0].channels, many=True, parts=parts)
        if ctx.parent is not None and ctx.parent.parent is not None:
            index = [ctx.parent.index[i] for i in ctx.index]
            outer = Context(
                ctx.execs, ctx.statements, ctx.flow, parent=ctx.parent.parent, index=index
            )
            return self.find(wanted, outer)
        raise Irregular

    def pick(self, val: Val, wanted: list[Bundle], ctx: Context) -> Val | None:
        """One of the values of a block that has several, by its place among them."""
        if not val.many or any(len(w) != 1 for w in wanted):
            return None
        for place in range(len(val.concrete[0])):
            if all(
                len(c) > place and c[place] is w[0]
                for c, w in zip(val.concrete, wanted, strict=True)
            ):
                if val.parts is not None:
                    found = (self.picked(p, wanted, ctx) for p in val.parts)
                    return next(filter(None, found), None)
                one = Val(list(wanted))
                value = ast.Subscript(val.tree, ast.Constant(place), LOAD)
                ctx.flow.append(Compute(one, [val], value))
                return ctx.add(one)
        return None

    def picked(self, part: Val, wanted: list[Bundle], ctx: Context) -> Val | None:
        """A part of several values, if it is the one, or what it is of that."""
        return part if part.concrete == wanted and not part.many else self.pick(part, wanted, ctx)

    def repeats(self, steps: list[Step], again: list[bool]) -> bool:
        """Whether these uses are calls of modules that are there, as all must be or none."""
        if any(again) and not all(again):
            raise Irregular
        return again[0]

    def returned(self, instances: list[Instance], many: bool, ctx: Context) -> Val:
        """The values that a call of a block gives; by name where it names them."""
        out = Val([i.output for i in instances], many=many)
        names = list(instances[0].outputs)
        if many and names:
            rows: list[list[Bundle]] = [
                [(i.output[k],) for i in instances] for k in range(len(names))
            ]
            out.parts = [ctx.add(Val(row, hint=n)) for row, n in zip(rows, names, strict=True)]
        return out

    def again(self, steps: list[Step], ctx: Context, source: Val, given: Given = NOTHING) -> Val:
        """One more call of a module that is already here."""
        found = set()
        for step, execution in zip(steps, ctx.execs, strict=True):
            made = step.node or step.instance
            lender = None if made is None else self.planner.shares.lender(made)
            assert made is not None and lender is not None
            reached = self.access(lender, self.instances[execution.instance])
            found.add(reached)
            self.reached[made] = reached
        if len(found) != 1:
            raise Irregular
        within = [s.instance for s in steps if s.instance is not None]
        if within:
            out = self.returned(within, len(within[0].output) != 1, ctx)
        else:
            out = Val([s.output for s in steps])
        if not out.many:
            out.channels = self.settled(ctx.execs, steps, [source.channels])
        out.doc = steps[0].item.doc
        return flowing(self.called(found.pop(), out, source, ctx, given, within=within))

    def access(self, made: Node | Instance, top: Instance) -> Place:
        """How the module behind a node or an instance is reached from `self`."""
        if made in self.reached:
            return self.reached[made]
        if isinstance(made, Node):
            made = self.planner.shares.home(made, top)
        base, inside, scope = self.base(made, top)
        return self.within(base, inside, scope) or base.asked(
            self.planner.target.words.reach, inside
        )

    def within(self, base: Place, inside: str, scope: Instance) -> Place | None:
        """`base.branch[0].conv`; None where the way leads through what may not be indexed."""
        at: Instance | None = scope
        for part in inside.split(".") if inside else ():
            if not part.isdigit():
                base = base.child(part)
            elif at is None or at is self.instances[0] or at.block is None:
                return None
            elif self.planner.plan_of(at).base == "chain":
                base = base.item(part)
            else:
                base = base.child(part)
            inner = (c for c in at.children if isinstance(c, Instance)) if at is not None else ()
            at = next((c for c in inner if c.name == part), None)
        return base

    def base(self, made: Node | Instance, top: Instance) -> tuple[Place, str, Instance]:
        """The innermost module around it that `self` can name, its path from there, and that."""
        if made in self.reached:
            return self.reached[made], "", top
        scope = made.scope if isinstance(made, Node) else made.parent
        while scope is not None and scope is not top and scope not in self.reached:
            scope = scope.parent
        if scope is None or scope is top:
            return SELF, top.relative(made.path), top
        return self.reached[scope], scope.relative(made.path), scope

    def tie(self, steps: list[Step], ctx: Context) -> None:
        """Give what was just built the tensors of others, where its steps share some."""
        rows = [
            self.ties(step, self.instances[execution.instance])
            for step, execution in zip(steps, ctx.execs, strict=True)
        ]
        if any(row != rows[0] for row in rows):
            raise Irregular
        ctx.statements += (tie.statement for tie in rows[0])

    def ties(self, step: Step, top: Instance) -> list[Tie]:
        if step.node is not None:
            return self.tied(step.node, top) if step.node in self.planner.shares.lent else []
        assert step.instance is not None
        if self.planner.shares.lender(step.instance) is None:
            return []
        return [tie for node in step.instance.nodes() for tie in self.tied(node, top)]

    def tied(self, node: Node, top: Instance) -> list[Tie]:
        """`self.second.conv = self.first.conv`, or only the tensors where the ops differ."""
        shares = self.planner.shares
        provider = shares.provider(node, top)
        if not node.tensors() or provider is node or shares.home(node, top) is not node:
            return []
        theirs = self.access(provider, top)
        if shares.layer(node).module != shares.layer(provider).module:
            ours = self.access(node, top)
            names = [t.name for t in node.tensors() if t.trainable]
            if len(names) < len(node.tensors()):  # each buffer alone would come apart in `.to()`
                names.append(self.planner.target.words.buffers)
            return [Tie(ours.child(n), theirs.child(n)) for n in names]
        base, inside, scope = self.base(node, top)
        mine = self.within(base, inside, scope)
        if mine is None:
            return [Tie(base, theirs, inside, self.planner.target.words.put)]
        return [Tie(mine, theirs)]
