"""Walking bodies: loops, conditions, groups and branches, and what ids mean on the way.

A `Walker` runs items one by one with the value that flows along them. A faulty item is
reported and gives no value; what reads it stays silent, so that one run reports every
independent mistake once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archspec.attributes import describe, is_op, truth
from archspec.diagnostics import ArchspecError, Diagnostic, Note, Span, did_you_mean, listed
from archspec.graph import Branch, Bundle, Cond, Instance, Loop, Node, Step, Trace
from archspec.names import id_problem
from archspec.report import MAX_STEPS, Reporter, Stop, too_large
from archspec.scope import Entry, Scope, written_ids
from archspec.syntax import (
    BranchSyntax,
    Call,
    Constant,
    Fan,
    For,
    Group,
    Item,
    Parallel,
    Ref,
    Reuse,
)

Env = Mapping[str, Any]

Flow = Bundle | None
"""What flows along a body: values, `()` where nothing feeds it, None after a mistake."""


class Walker:
    """Runs bodies and keeps the nodes; what an op or block does is `Elaborator`'s."""

    def __init__(self, report: Reporter) -> None:
        self.report = report
        self.nodes: list[Node] = []
        self.by_path: dict[str, Node] = {}
        self.scopes: dict[Instance, Scope] = {}
        self.bodies: dict[Instance, list[Item]] = {}
        self.steps = 0

    def call(
        self, item: Item, head: Call, ident: str | None, env: Env, flow: Flow, scope: Scope
    ) -> Step | None:
        """An op, a merge or a block."""
        raise TypeError("a Walker calls nothing")

    def reuse(
        self, item: Item, ident: str | None, env: Env, flow: Flow, scope: Scope
    ) -> Step | None:
        """`share: id` alone."""
        raise TypeError("a Walker shares nothing")

    # --- bodies and items -----------------------------------------------------------

    def body(
        self, items: list[Item], env: Env, flow: Flow, scope: Scope
    ) -> tuple[list[Trace], Flow]:
        traces: list[Trace] = []
        for item in items:
            trace, flow = self.item(item, env, flow, scope)
            if trace is not None:
                traces.append(trace)
        return traces, flow

    def item(self, item: Item, env: Env, flow: Flow, scope: Scope) -> tuple[Trace | None, Flow]:
        """One item with its loop, if it has one."""
        try:
            if item.loop is None:
                return self.conditional(item, env, flow, scope)
            source, iterations = flow or (), []
            for bindings in self.bindings(item.loop, env):
                trace, flow = self.conditional(item, {**env, **bindings}, flow, scope)
                if trace is not None:
                    iterations.append(trace)
            return Loop(item, env, source, iterations), flow
        except Stop:
            raise
        except ArchspecError as error:
            for diagnostic in error.diagnostics:
                self.report(diagnostic, scope.instance)
            self.forget(item, env, scope)
            return None, None

    def bindings(self, loop: For, env: Env, *, branches: bool = False) -> list[dict[str, Any]]:
        """The names each iteration adds. A condition counts as one branch, or as none."""
        if loop.count is not None:
            count = loop.count.evaluate(env)
            if branches and isinstance(count, bool):
                count = int(count)
            if type(count) is not int or count < 0:
                raise ArchspecError(
                    Diagnostic(
                        "E417",
                        f"`{'each' if branches else 'repeat'}` wants a count",
                        loop.span,
                        expected="a whole number of at least 0"
                        + (", a condition, or names beside lists" if branches else ""),
                        found=describe(count),
                    )
                )
            return [{}] * self.bounded(count, loop.span)
        lists: dict[str, Any] = {}
        for name, (_, value) in loop.lists.items():
            lists[name] = value.evaluate(env)
            if not isinstance(lists[name], (list, tuple, range)):
                raise ArchspecError(
                    Diagnostic(
                        "E417",
                        f"`{name}` has nothing to walk",
                        value.span,
                        expected="a list, or range(n)",
                        found=describe(lists[name]),
                        hint=f"write range({getattr(value, 'text', lists[name])}) to count"
                        if type(lists[name]) is int
                        else None,
                    )
                )
        lengths = {name: len(values) for name, values in lists.items()}
        if len(set(lengths.values())) > 1:
            raise ArchspecError(
                Diagnostic(
                    "E416",
                    "lists that are walked side by side differ in length",
                    loop.span,
                    expected="lists of one length",
                    found=", ".join(f"{name}: {n}" for name, n in lengths.items()),
                )
            )
        self.bounded(next(iter(lengths.values())), loop.span)
        return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]

    def bounded(self, count: int, span: Span) -> int:
        if self.steps + count > MAX_STEPS:
            self.report.stop(too_large(span))
        return count

    def conditional(
        self, item: Item, env: Env, flow: Flow, scope: Scope
    ) -> tuple[Cond | Step | None, Flow]:
        """One item in one iteration, if its condition holds."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            self.report.stop(too_large(item.span))
        if item.when is None:
            return self.step(item, env, flow, scope)
        if item.feed:  # `from` says what is read, `when` whether the op is applied
            flow = self.fed(item, env, scope)
        if not truth(item.when.evaluate(env), item.when.span):
            return Cond(item, env, flow or (), None), flow
        step, after = self.step(item, env, flow, scope)
        return Cond(item, env, flow or (), step), after

    def step(self, item: Item, env: Env, flow: Flow, scope: Scope) -> tuple[Step | None, Flow]:
        if item.feed:
            flow = self.fed(item, env, scope)
        ident = self.ident(item, env)
        head = item.head
        step: Step | None
        if isinstance(head, Group):
            step = self.group(item, head, ident, env, flow, scope)
        elif isinstance(head, Parallel):
            branches = self.branches(head.branches, env, flow, scope)
            values = self.gathered(branches, item.span)
            broken = any(b is None for b in branches)
            step = None if broken else Step(item, env, flow or (), values)
            if step is not None:
                step.branches = [b for b in branches if b is not None]
        elif isinstance(head, Reuse):
            step = self.reuse(item, ident, env, flow, scope)
        else:
            step = self.call(item, head, ident, env, flow, scope)
        if ident is not None:
            self.name(ident, item, step, scope)
        return step, step.output if step is not None else None

    def fed(self, item: Item, env: Env, scope: Scope) -> Flow:
        """What `from` names: one value, or several side by side."""
        refs: list[Ref] = []
        for ref in item.feed:
            named = ref.name.evaluate(env)
            many = named if isinstance(named, (tuple, list)) else [named]
            refs += [Ref(Constant(name, ref.span), ref.span) for name in many]
        found = [self.resolve(ref, env, scope)[0] for ref in refs]
        return None if None in found else tuple(v for bundle in found for v in bundle or ())

    # --- names ----------------------------------------------------------------------

    def ident(self, item: Item, env: Env) -> str | None:
        if item.id is None:
            return None
        ident = str(item.id.evaluate(env))
        problem = None if isinstance(item.id, Constant) else id_problem(ident)
        if problem:
            raise ArchspecError(
                Diagnostic("E206", f"`{ident}` cannot be an id: {problem}", item.id.span)
            )
        return ident

    def name(self, ident: str, item: Item, step: Step | None, scope: Scope) -> None:
        """Let `from: ident` find the step from now on."""
        opened = step.instance if step is not None else None
        inner = self.scopes.get(opened) if opened is not None else None
        scope.names[ident] = Entry(step.output if step is not None else None, inner)

    def forget(self, item: Item, env: Env, scope: Scope) -> None:
        """A faulty item's id is known all the same, so that its readers stay silent."""
        if isinstance(item.id, Constant):
            scope.names.setdefault(item.id.value, Entry(None))

    def claim(self, ident: str | None, item: Item, scope: Scope) -> str:
        name = scope.claim(ident)
        if name is None:
            raise ArchspecError(self.taken(str(ident), item, scope))
        return name

    def taken(self, ident: str, item: Item, scope: Scope) -> Diagnostic:
        """E402, with the first place; in a loop that is the same, and a template is wanted."""
        path, hint = scope.path(ident), None
        there = [*scope.instance.children, *filter(None, [self.by_path.get(path)])]
        first = next((child.span for child in there if child.path == path), None)
        if scope.instance.block is not None:
            first = scope.instance.block.inputs.get(ident, first)
        if first == item.span and isinstance(item.id, Constant):
            name = next(iter(item.loop.lists), "i") if item.loop is not None else "i"
            hint = f"in a loop, an id is a template: {ident}_${name}"
        return Diagnostic(
            "E402",
            f"the id `{ident}` is used twice",
            item.id.span if item.id is not None else item.span,
            notes=(Note("first here", first),) if first not in (None, item.span) else (),
            hint=hint,
        )

    def resolve(self, ref: Ref, env: Env, scope: Scope) -> tuple[Flow, Scope | None]:
        """The value behind a reference, and the scope it opened.

        Raises:
            ArchspecError: E401 where nothing has the id, E403 where it comes later.
        """
        dotted = str(ref.name.evaluate(env))
        found = scope.look_up(dotted)
        if not isinstance(found, str):
            return found
        whole, visible = dotted, scope.visible()
        if found != dotted:
            whole, visible = scope.parts(dotted)
        later = written_ids(self.bodies[scope.instance])
        hint = did_you_mean(found, visible)
        if found in later and hint is None:
            raise ArchspecError(
                Diagnostic(
                    "E403",
                    f"`{found}` is read before it exists",
                    ref.span,
                    hint="a node reads what stands above it; a `when` may also have left it out",
                )
            )
        if hint is None and is_op(found):
            hint = f"a word is the id of a node; a branch of one op is [{found}]"
        elif hint is None and found == dotted and self.outside(found, scope):
            hint = f"`{found}` stands outside the block, which sees its own nodes only"
        raise ArchspecError(
            Diagnostic(
                "E401",
                f"no node has the id `{dotted}`"
                if dotted == found
                else f"`{whole}` has no part `{found}`",
                ref.span,
                expected=listed(visible)
                or ("an id; none is in sight" if whole == dotted else None),
                hint=hint,
            )
        )

    def outside(self, name: str, scope: Scope) -> bool:
        """Whether a node of that id stands in an instance around this one."""
        return any(
            name in self.scopes[instance].names
            for instance in scope.instance.ancestors()
            if instance in self.scopes
        )

    # --- groups and branches --------------------------------------------------------

    def group(
        self,
        item: Item,
        head: Group,
        ident: str | None,
        env: Env,
        flow: Flow,
        scope: Scope,
    ) -> Step | None:
        if ident is None and not head.scoped:
            traces, after = self.body(head.body, env, flow, scope)
            if after is None:
                return None
            return Step(item, env, flow or (), after, body=traces)
        name = self.claim(ident, item, scope)
        inner = Instance(
            scope.path(name), name, scope.instance, None, {}, env, flow or (), item.span, item
        )
        scope.instance.children.append(inner)
        return self.enter(inner, head.body, env, flow, Scope(inner, outer=scope))

    def enter(
        self,
        inner: Instance,
        items: list[Item],
        env: Env,
        flow: Flow,
        scope: Scope,
    ) -> Step | None:
        """Run a body in a scope of its own."""
        self.scopes[inner] = scope
        self.bodies[inner] = (
            items
            if inner.block is not None or inner.parent is None
            else [*self.bodies[inner.parent], *items]
        )
        inner.body, after = self.body(items, env, flow, scope)
        if after is None:
            return None
        inner.output = after
        if inner.block is not None and inner.block.outputs:
            values: list[Node] = []
            for decl in inner.block.outputs:
                try:
                    value, _ = self.resolve(decl.ref, env, scope)
                except ArchspecError as error:
                    self.report(error.diagnostics[0], inner)
                    return None
                if value is None:
                    return None
                inner.outputs[decl.name] = value[0]
                values.append(value[0])
            inner.output = tuple(values)
        assert inner.item is not None
        return Step(inner.item, inner.env, inner.inputs, inner.output, instance=inner)

    def branches(
        self,
        branches: list[BranchSyntax],
        env: Env,
        flow: Flow,
        scope: Scope,
    ) -> list[Branch | None]:
        """Every branch run, each from what feeds the merge; None for a faulty one."""
        results: list[Branch | None] = []
        for branch in branches:
            if isinstance(branch, Ref):
                try:
                    value, _ = self.resolve(branch, env, scope)
                except ArchspecError as error:
                    self.report(error.diagnostics[0], scope.instance)
                    value = None
                results.append(None if value is None else Branch(value, [], value, branch))
            elif isinstance(branch, Fan):
                results += self.fan(branch, env, flow, scope)
            else:
                traces, after = self.body(branch, env, flow, scope)
                results.append(None if after is None else Branch(flow or (), traces, after, branch))
        return results

    def gathered(self, branches: list[Branch | None], span: Span) -> Bundle:
        """All values of the branches. They count as steps: side by side they can double."""
        self.steps += self.bounded(sum(len(b.output) for b in branches if b is not None), span)
        return tuple(v for b in branches if b is not None for v in b.output)

    def fan(self, fan: Fan, env: Env, flow: Flow, scope: Scope) -> Iterator[Branch | None]:
        """The branches of an `each`, one a round."""
        item = fan.body
        try:
            rounds = self.bindings(fan.loop, env, branches=True)
        except ArchspecError as error:
            self.report(error.diagnostics[0], scope.instance)
            yield None
            return
        for bindings in rounds:
            number = scope.position
            traces, after = self.body([item], {**env, **bindings}, flow, scope)
            if fan.listed and scope.position == number + 1:  # the round is one thing, so named
                scope.names[str(number)] = Entry(after)
            yield None if after is None else Branch(flow or (), traces, after, fan)
