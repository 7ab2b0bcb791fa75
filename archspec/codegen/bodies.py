"""Everything that is not a chain: merges, references, conditions, and their `forward`."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace

from archspec.codegen.aliasing import NOTHING, Context, Given, flowing
from archspec.codegen.chain_items import statements
from archspec.codegen.forms import Layer
from archspec.codegen.module_lists import Fans, rounds
from archspec.codegen.naming import Names
from archspec.codegen.naming_hints import (
    branch_hint,
    child,
    ident,
    passed,
    phrased,
    saved,
    spread,
    takes_list,
)
from archspec.codegen.places import SELF, Place
from archspec.codegen.plan import Choice, Compute, Sized, Val
from archspec.codegen.python import Assign, Branching, Build, build, dotted
from archspec.codegen.sizes import Sizes
from archspec.codegen.structure import named_by_attributes
from archspec.codegen.symbols import Irregular, holds, names_in
from archspec.elaboration.provenance import Cond, Loop, Step, Trace
from archspec.frontend.ast import Call as CallSyntax
from archspec.frontend.ast import Parallel, Ref
from archspec.ir.graph import Instance, Node


class Bodies(Fans):
    """Writes bodies with branches. `children` maps a module's path to how it is reached."""

    def begin(self, names: Iterable[str] = ()) -> None:
        self.reached = {}
        self.declared = {}
        self.attributes = Names(set(names))
        self.spare: dict[str, Place] = {}
        self.saved: dict[str, str] = {}
        self.placed: dict[Place, set[int]] = {}
        self.sizes: list[Sized] = []

    # --- walking --------------------------------------------------------------------

    def body(self, bodies: list[list[Trace]], ctx: Context, flow: Val) -> Val:
        if len({len(b) for b in bodies}) != 1:
            raise Irregular
        for column in zip(*bodies, strict=True):
            flow = self.trace(list(column), ctx, flow)
        return flow

    def trace(self, column: list[Trace], ctx: Context, flow: Val) -> Val:
        if any(c.item is not column[0].item for c in column):
            raise Irregular
        if isinstance(column[0], Loop):
            loops = [c for c in column if isinstance(c, Loop)]
            if len({len(c.iterations) for c in loops}) != 1:
                raise Irregular
            for i in range(len(loops[0].iterations)):
                row: list[Trace] = [c.iterations[i] for c in loops]
                flow = self.trace(row, ctx, flow)
            return flow
        if isinstance(column[0], Cond):
            return self.choice([c for c in column if isinstance(c, Cond)], ctx, flow)
        return self.step([c for c in column if isinstance(c, Step)], ctx, flow)

    def step(self, steps: list[Step], ctx: Context, flow: Val) -> Val:
        first = steps[0]
        source = flow
        wanted = [s.source for s in steps]
        if first.source and (first.item.feed or flow.concrete != wanted):
            names = [[ref.name.evaluate(s.env) for ref in s.item.feed] for s in steps]
            source = self.fed(wanted, names, ctx)
        if first.body is not None:
            after = self.body([s.body for s in steps if s.body is not None], ctx, source)
        elif first.node is None and first.branches is not None:
            parts = [v for val in self.branches(steps, ctx, source) for v in spread(val)]
            after = Val([s.output for s in steps], many=True, parts=parts)
        elif first.branches is not None:
            after = self.merge(steps, ctx, source)
        elif first.instance is not None:
            after = self.instance(steps, ctx, source)
        else:
            after = self.node(steps, ctx, source)
        after.ident = after.ident or ident(steps)
        return ctx.add(after)

    # --- merges ---------------------------------------------------------------------

    def branches(self, steps: list[Step], ctx: Context, source: Val) -> list[Val]:
        rows = [s.branches for s in steps if s.branches is not None]
        head = steps[0].item.head
        assert isinstance(head, (CallSyntax, Parallel)) and head.branches is not None
        if len({len(r) for r in rows}) != 1:
            raise Irregular
        values = []
        for number, column in enumerate(zip(*rows, strict=True)):
            if any(b.syntax is not column[0].syntax for b in column):
                raise Irregular
            if isinstance(column[0].syntax, Ref):
                ref = column[0].syntax
                names = [ref.name.evaluate(s.env) for s in steps]
                values.append(self.read([b.output for b in column], names, ctx))
                continue
            start = len(ctx.flow)
            wanted = [b.source for b in column]
            before = source
            if column[0].source and source.concrete != wanted:
                before = self.find(wanted, ctx)
            value = self.body([b.body for b in column], ctx, before)
            hint = branch_hint(steps[0], number)
            for line in ctx.flow[start:]:
                result = line.target if isinstance(line, Compute) else line.result
                result.hint = result.hint or hint
            values.append(value)
        return values

    def merge(self, steps: list[Step], ctx: Context, source: Val) -> Val:
        operands = [v for val in self.branches(steps, ctx, source) for v in spread(val)]
        nodes = [s.node for s in steps if s.node is not None]
        operands += self.references(steps, nodes, ctx)
        if self.planner.layer(nodes[0]).expr is not None:
            return self.functional(steps, ctx, operands)
        everything = Val([n.inputs for n in nodes], many=True, parts=operands)
        return self.module(steps, nodes, ctx, everything, operands[0].channels)

    def functional(self, steps: list[Step], ctx: Context, operands: list[Val]) -> Val:
        """A node written as an expression; it must be the same text in every execution."""
        nodes = [s.node for s in steps if s.node is not None]
        layers, sizes = self.layers(nodes), Sizes(self, ctx)
        if any(n.derived for n in nodes):
            ops = zip(sizes.ops(nodes), nodes, strict=True)
            layers = [self.planner.form(op, n.input_shapes) for op, n in ops]
        exprs = [layer.expr for layer in layers]
        expr = exprs[0]
        if expr is None or any(e != expr for e in exprs):
            raise Irregular
        flat_operands = [v for val in operands for v in spread(val)]
        out = Val([s.output for s in steps], doc=steps[0].item.doc)
        out.channels = self.channels_after(
            ctx.execs,
            nodes,
            steps[0],
            [s.env for s in steps],
            [v.channels for v in flat_operands],
        )
        gathered = takes_list(expr, [v.many for v in flat_operands])
        infix = expr.template == "{x}" and len(flat_operands) > 1
        value, reads = phrased(expr, flat_operands), [*flat_operands, *sizes.vals]
        ctx.flow.append(Compute(out, reads, value, True, infix, out.train_only, gathered))
        return out

    # --- modules --------------------------------------------------------------------

    def node(self, steps: list[Step], ctx: Context, source: Val) -> Val:
        nodes = [s.node for s in steps if s.node is not None]
        operands = [source, *self.references(steps, nodes, ctx)]
        layers = self.layers(nodes)
        given = Given(layers[0].call, operands[1:])
        if any(layer.call != given.text for layer in layers):
            raise Irregular
        if self.repeats(steps, [self.planner.shares.calls_again(n) for n in nodes]):
            return self.again(steps, ctx, source, given)
        if self.prefers_expression(nodes, layers):
            return self.functional(steps, ctx, operands)
        return self.module(steps, nodes, ctx, source, source.channels, given)

    def references(self, steps: list[Step], nodes: list[Node], ctx: Context) -> list[Val]:
        """The operands that attributes name, behind those that flow."""
        named = [named_by_attributes(step) for step in steps]
        return [
            self.read([(n.references[key],) for n in nodes], [row.get(key) for row in named], ctx)
            for key in nodes[0].references
        ]

    def module(
        self,
        steps: list[Step],
        nodes: list[Node],
        ctx: Context,
        source: Val,
        channels: ast.expr | None,
        given: Given = NOTHING,
    ) -> Val:
        """A node as a module of its own, called with its operands."""
        code = self.construct(ctx.execs, steps, channels)
        nameless = child(steps[0]).isdigit() and not nodes[0].tensors()
        reached = self.place(steps, code, ctx, bool(nodes[0].tensors()))
        out = Val([s.output for s in steps])
        if nameless:  # others of its kind may share the module
            out.doc, code.doc = code.doc, ""
        out.channels = self.channels_after(
            ctx.execs, nodes, steps[0], [s.env for s in steps], [channels]
        )
        for node in nodes:
            self.reached[node] = reached
        self.tie(steps, ctx)
        return self.called(reached, out, source, ctx, given, probed=nameless)

    def prefers_expression(self, nodes: list[Node], layers: list[Layer]) -> bool:
        """Nothing to keep and no name to bear: `F.relu(x)` rather than a module."""
        first = layers[0]
        if first.module is None or first.passes or any(n.derived for n in nodes):
            return True
        same_text = first.expr is not None and all(la.expr == first.expr for la in layers)
        return same_text and all(n.id is None and not n.tensors() for n in nodes)

    def place(self, steps: list[Step], code: Build, ctx: Context, stateful: bool) -> Place:
        """Keep a module: under its id, at its position, or (stateless) under its op's name."""
        names = {child(s) for s in steps}
        if len(names) != 1:
            raise Irregular
        name = names.pop()
        if name.isdigit() and not stateful:
            spare = ast.dump(code)
            if spare in self.spare:
                return self.spare[spare]
            op = steps[0].node.op.name if steps[0].node is not None else name
            target = SELF.child(self.attributes.fresh(op))
            if ctx.parent is None:
                self.spare[spare] = target
        else:
            target = self.claim(ctx.target.child(name), ctx)
        ctx.statements.append(Assign(target.tree, code))
        return target

    def claim(self, target: Place, ctx: Context) -> Place:
        """The attribute, which no other module may have in the same instances."""
        held = self.placed.setdefault(target, set())
        wanted = {e.instance for e in ctx.execs}
        if held & wanted:
            raise Irregular
        held |= wanted
        return target

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
        """A module's value; where it is one of a class, `within` are its instances."""
        if out.train_only and not reached.ends_in_position:
            out.hint = reached.word
        vals, sizes = spread(source), Sizes(self, ctx)
        plan = self.planner.plan_of(within[0]) if within else None
        handed = [sizes.text(s, within or []) for s in (plan.sizes if plan else ())]
        further, keywords = given.arguments
        value = ast.Call(reached.tree, [*map(passed, vals), *further, *handed], keywords)
        reads = [*vals, *given.references, *sizes.vals]
        plain = len(value.args) == 1 and isinstance(value.args[0], ast.Name) and not keywords
        alone = reached if plain else None
        ctx.flow.append(Compute(out, reads, value, probed, train_only=out.train_only, calls=alone))
        return out

    def instance(self, steps: list[Step], ctx: Context, source: Val) -> Val:
        instances = [s.instance for s in steps if s.instance is not None]
        first = instances[0]
        if first.block is None:
            return self.group(steps, instances, ctx, source)
        if self.repeats(steps, [self.planner.shares.runs_again(i) for i in instances]):
            return self.again(steps, ctx, source)
        code, plan, channels = self.instantiate(ctx.execs, steps, source.channels)
        reached = self.place(steps, code, ctx, True)
        for instance in instances:
            self.reached[instance] = reached
        self.tie(steps, ctx)
        out = self.returned(instances, plan.many, ctx)
        if not plan.many:
            out.channels = self.settled(ctx.execs, steps, [*channels, source.channels])
        return flowing(self.called(reached, out, source, ctx, within=instances))

    def group(self, steps: list[Step], instances: list[Instance], ctx: Context, source: Val) -> Val:
        """A group with an id: `nn.Sequential` where it is a chain nobody looks into."""
        names = {i.name for i in instances}
        if len(names) != 1:
            raise Irregular
        bodies = [self.planner.made[i].body for i in instances]
        if not any(i.children for i in instances):  # an `each` of no rounds
            return self.body(bodies, ctx, source)
        target = self.claim(ctx.target.child(names.pop()), ctx)
        if all(any(rounds(body)) for body in bodies):
            module_list = self.module_list(steps, instances, ctx, source, target)
            if module_list is not None:
                return module_list
        if all(map(self.closed, instances)) and all(map(self.is_chain, bodies)):
            links, channels = self.chain(bodies, ctx.execs, source.channels, False)
            doc = steps[0].item.doc
            ctx.statements += statements(links, target, self.planner.target.words, "chain", doc)
            for instance in instances:
                self.reached[instance] = target
            return self.called(target, Val([s.output for s in steps], channels), source, ctx)
        holder = self.planner.target.words.containers["dictionary"]
        ctx.statements.append(Assign(target.tree, build(holder, doc=steps[0].item.doc)))
        outer, ctx.target = ctx.target, target
        out = self.body(bodies, ctx, source)
        ctx.target = outer
        return out

    # --- conditions -----------------------------------------------------------------

    def choice(self, conds: list[Cond], ctx: Context, flow: Val) -> Val:
        taken = [i for i, c in enumerate(conds) if c.step is not None]
        if conds[0].source and flow.concrete != [c.source for c in conds]:
            flow = self.find([c.source for c in conds], ctx)
        if not taken:
            return flow
        steps = [c.step for c in conds if c.step is not None]
        if len(taken) == len(conds):
            return self.step(steps, ctx, flow)
        ran = [c.step is not None for c in conds]
        tree = self.test(ctx.execs, [c.env for c in conds], conds[0].item, ran)
        source = flow
        if source.many or any(len(s.output) != 1 for s in steps):
            raise Irregular
        inner = Context([ctx.execs[i] for i in taken], [], [], ctx.target, ctx, taken, {})
        entry = inner.add(Val([source.concrete[i] for i in taken], source.channels))
        entry_alias(entry, source)
        result = self.step(steps, inner, entry)
        if not inner.flow and not inner.statements and result.concrete == entry.concrete:
            return source
        concrete = [c.step.output if c.step is not None else c.source for c in conds]
        values = [b[0].output[0] for b in concrete]
        out = Val(concrete)
        candidates = [c for c in (result.channels, source.channels) if c is not None]
        out.channels = next((c for c in candidates if holds(c, ctx.execs, values)), None)
        self.conclude(tree, inner, ctx, source, result, out)
        return ctx.add(out)

    def conclude(
        self, tree: ast.expr, inner: Context, ctx: Context, source: Val, result: Val, out: Val
    ) -> None:
        """One module or nothing is a module that may be none; more becomes an `if` in forward."""
        (source,), (result,) = spread(source), spread(result)
        only = inner.flow[0] if len(inner.flow) == 1 else None
        kept = inner.statements
        target = None
        if (
            isinstance(only, Compute)
            and not only.functional
            and only.operands == [source]
            and only.target is result
        ):
            target = only.calls
        everywhere = {e.instance for e in ctx.execs}
        if (
            kept
            and isinstance(only, Compute)
            and target is not None
            and not target.ends_in_position
            and self.placed.get(target) == {e.instance for e in inner.execs}
        ):
            self.placed[target] = everywhere
            kinds = self.planner.target.words.containers
            nothing = Assign(target.tree, build(kinds["nothing"]), dotted(kinds["module"]))
            ctx.statements += [nothing, Branching(tree, kept)]
            out.hint = only.target.hint
            out.doc = only.target.doc
            ctx.flow.append(replace(only, target=out, operands=[source], train_only=out.train_only))
            return
        names = names_in(tree)
        for name in sorted(names - set(self.saved)):
            self.saved[name] = self.attributes.fresh(name)
        before = ctx.flow[-1] if ctx.flow else None
        taken = frozenset(inner.index)
        every = frozenset(range(len(ctx.execs)))
        opposite = (
            isinstance(before, Choice)
            and not before.opposite
            and before.result is source
            and every - taken == before.taken
        )
        if kept:
            last = ctx.statements[-1] if ctx.statements else None
            other = isinstance(last, Branching) and last.taken == every - taken
            if opposite and other and isinstance(last, Branching) and not last.orelse:
                last.orelse = kept
            else:
                ctx.statements.append(Branching(tree, kept, taken=taken))
        condition = saved(tree, self.saved)
        ctx.flow.append(Choice(condition, inner.flow, source, result, out, taken, opposite))


def entry_alias(entry: Val, source: Val) -> None:
    """Inside a condition the entering value is the same variable as outside."""
    entry.parts = [source]
