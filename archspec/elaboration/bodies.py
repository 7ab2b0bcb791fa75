"""Walking bodies: loops, conditions, groups and branches, and what ids mean on the way.

A `Walker` runs items one by one with the value that flows along them. A faulty item is
reported and gives no value; what reads it stays silent, so that one run reports every
independent mistake once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archspec.diagnostics import ArchspecError, Diagnostic, Note, Span
from archspec.elaboration.collect import Reporter, Stop, too_large
from archspec.elaboration.naming import Env, Naming
from archspec.elaboration.provenance import Branch, Cond, Expansion, Loop, Step, Trace
from archspec.elaboration.scope import Entry, Scope, forget
from archspec.frontend.ast import (
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
from archspec.frontend.bodies import vanishing
from archspec.frontend.budget import A_STEP, current
from archspec.frontend.conditions import truth
from archspec.frontend.environment import over
from archspec.frontend.expressions import Expression
from archspec.frontend.meant import whole_hint
from archspec.frontend.outputs import present
from archspec.frontend.wording import describe
from archspec.ir.graph import Bundle, Instance, Node, Role
from archspec.ops import Op
from archspec.ops.derived import kind, plain
from archspec.ops.identifiers import cut_note

PATIENCE = 50_000
"""Steps that are made after a mistake, to find others."""

Flow = Bundle | None
"""What flows along a body: values, `()` where nothing feeds it, None after a mistake."""


class Walker(Naming):
    """Runs bodies and keeps the nodes; what an op or block does is `Elaborator`'s."""

    def __init__(self, report: Reporter) -> None:
        super().__init__(report)
        self.nodes: list[Node] = []
        self.weighted: set[Instance] = set()  # in which something has weights
        self.budget = current()
        self.patience = PATIENCE
        self.read: set[int] = set()
        self.vanishing: dict[Group, Item | None] = {}

    def call(
        self, item: Item, head: Call, ident: str | None, env: Env, flow: Flow, scope: Scope
    ) -> Step | None:
        """An op, a merge or a block."""
        raise TypeError("a Walker calls nothing")

    def explained(self, diagnostic: Diagnostic, scope: Scope) -> Diagnostic:
        """A diagnostic of an item, with all that is known of its cause."""
        return diagnostic

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
            before, scope.fixed = scope.fixed, item.loop.fixed(scope.fixed)
            for bindings in self.bindings(item.loop, env):
                trace, flow = self.conditional(item, over(env, bindings), flow, scope)
                if trace is not None:
                    iterations.append(trace)
            scope.fixed = before
            return Loop(item, env, source, iterations), flow
        except Stop:
            raise
        except ArchspecError as error:
            for diagnostic in error.diagnostics:
                self.report(self.explained(diagnostic, scope), scope.instance)
            forget(item, scope)
            return None, None

    def bindings(self, loop: For, env: Env, *, branches: bool = False) -> list[dict[str, Any]]:
        """The names each iteration adds."""
        if loop.asked and loop.count is not None:
            return [{}] * truth(loop.count.evaluate(env), loop.count.span)
        if loop.count is not None:
            count = plain(loop.count.evaluate(env))
            if type(count) is not int or count < 0:
                raise ArchspecError(
                    Diagnostic(
                        "E417",
                        f"`{'each' if branches else 'repeat'}` wants a count",
                        loop.span,
                        expected="a whole number of at least 0"
                        + (", or names beside lists" if branches else ""),
                        found=describe(count),
                        hint=f"a branch that is there or not has {{when: {loop.count.text}, ...}}"
                        if branches and isinstance(count, bool)
                        else whole_hint(loop.count, count, bare=True),
                    )
                )
            return [{}] * self.bounded(count, loop.span)
        lists: dict[str, Any] = {}
        if id(loop) not in self.read:  # what is in sight of it in one round is so in all
            self.read.add(id(loop))
            loop.check_words(env)
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
                        if kind(lists[name]) is int
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
        if not self.budget.allows(count):
            self.report.stop(too_large(span, self.budget))
        return count

    def count(self, steps: int, span: Span) -> None:
        """So many steps are made: rounds, nodes, or values that are put side by side."""
        budget = self.budget
        budget.steps += steps if budget.steps + steps <= budget.most else self.bounded(steps, span)
        if self.report.found:
            self.patience -= steps
            if self.patience < 0:
                raise self.report.error()
        budget.work += A_STEP * steps

    def holds(self, condition: Expression, env: Env) -> bool:
        """Whether a branch is there, which is asked once a round."""
        self.count(1, condition.span)
        return truth(condition.evaluate(env), condition.span)

    def conditional(
        self, item: Item, env: Env, flow: Flow, scope: Scope
    ) -> tuple[Cond | Step | None, Flow]:
        """One item in one iteration, if its condition holds."""
        self.count(1, item.span)
        if item.when is None:
            return self.step(item, env, flow, scope)
        if not truth(item.when.evaluate(env), item.when.span):
            scope.moves(item.when, item)
            return Cond(item, env, flow or (), None), flow
        step, after = self.step(item, env, flow, scope)
        scope.moves(item.when, item)
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
        elif scope.moving is not None and step is not None:
            self.check_place(step, scope)
        labelled = None if step is None else step.node or step.instance
        if labelled is not None:
            labelled.doc = item.doc
            labelled.label = None if item.label is None else item.label.evaluate(env)
        if item.note is not None and step is not None and step.output:
            note = cut_note(str(item.note.evaluate(env)))
            if note:  # of an expression nothing may be left
                scope.instance.notes[step.output[-1]] = note
        return step, step.output if step is not None else None

    def check_place(self, step: Step, scope: Scope) -> None:
        """E420 for weights whose only name is a position that a condition decides on."""
        node, inner = step.node, step.instance
        if inner is not None and inner not in self.weighted:
            return
        if node is not None and type(node.op).tensors is Op.tensors:
            return
        nodes = [node] if node is not None else inner.nodes() if inner is not None else ()
        if not any(n.tensors() and not n.shared for n in nodes):
            return
        place = node.told if node is not None else inner.told if inner is not None else ""
        message = f"{place} has weights and no id, and a condition may move it"
        head = step.item.head
        word = head.name if isinstance(head, Call) and isinstance(head.name, str) else "part"
        hint = self.template(word, step.item, scope)
        hint = hint or "give it an `id`; a number is one, which is its position then"
        assert scope.moving is not None
        notes = (Note("this is not always there", scope.moving.span),)
        diagnostic = Diagnostic("E420", message, step.item.span, notes=notes, hint=hint)
        self.report(diagnostic, scope.instance)

    def fed(self, item: Item, env: Env, scope: Scope) -> Flow:
        """What `from` names: one value, or several side by side."""
        refs: list[Ref] = []
        for ref in item.feed:
            named = ref.name.evaluate(env)
            many = named if isinstance(named, (tuple, list)) else [named]
            self.count(len(many) - 1, item.span)
            refs += [Ref(Constant(name, ref.span), ref.span) for name in many]
        found = [self.resolve(ref, env, scope)[0] for ref in refs]
        return None if None in found else tuple(v for bundle in found for v in bundle or ())

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
            traces, after = self.sides(head, env, flow, scope)
            if after is None:
                return None
            return Step(item, env, flow or (), after, body=traces)
        if not head.body and not head.scoped:  # an id for what flows here, and nothing else
            self.place(ident, item, scope)
            return None if flow is None else Step(item, env, flow, flow, body=[])
        before = scope.position, scope.moving
        name = self.claim(ident, item, scope)
        role: Role = "list" if head.under_id else "round" if head.scoped else "group"
        fed = flow or ()
        inner = Instance(
            scope.path(name), name, scope.instance, None, {}, fed, item.span, role=role
        )
        inner.origin = item
        scope.instance.children.append(inner)
        around = scope.opened(Expansion(inner, None, item, env))
        step = self.enter(head.body, env, flow, around)
        if not inner.children and not head.scoped:  # all is left out: an id for what flows here
            scope.instance.children.pop()
            scope.position, scope.moving = before
        if head not in self.vanishing:
            self.vanishing[head] = vanishing(head)
        asked = self.vanishing[head]
        if asked is not None and asked.when is not None:
            scope.moves(asked.when, asked)
        return step

    def sides(self, head: Group, env: Env, flow: Flow, scope: Scope) -> tuple[list[Trace], Flow]:
        """A body; of a condition with an `else`, each side begins at the same position."""
        if not head.either:
            return self.body(head.body, env, flow, scope)
        before, traces = scope.moving, list[Trace]()
        for side in head.body:
            scope.moving = before
            found, flow = self.body([side], env, flow, scope)
            traces += found
        scope.moving = before
        if head.takes is None and head.body[0].when is not None:
            scope.moves(head.body[0].when, head.body[0])
        return traces, flow

    def enter(self, items: list[Item], env: Env, flow: Flow, scope: Scope) -> Step | None:
        """Run a body in a scope of its own."""
        expansion, inner = scope.expansion, scope.instance
        self.scopes[inner] = scope
        self.bodies[inner] = items
        expansion.body, after = self.body(items, env, flow, scope)
        if after is None:
            return None
        inner.output = after
        block = expansion.block
        if block is not None and block.outputs:
            try:
                there = present(block.outputs, env, f"the block `{block.name}`")
                found = {o.name: self.returned(o, env, scope) for o in there}
            except ArchspecError as error:
                self.report(error.diagnostics[0], inner)
                return None
            if None in found.values():
                return None
            inner.outputs = {name: value[0] for name, value in found.items() if value}
            inner.output = after = tuple(inner.outputs.values())
        assert expansion.item is not None
        flowing = after[:1] if inner.outputs else after
        return Step(expansion.item, expansion.env, inner.inputs, flowing, expansion=expansion)

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
        self.count(sum(len(b.output) for b in branches if b is not None), span)
        return tuple(v for b in branches if b is not None for v in b.output)

    def fan(self, fan: Fan, env: Env, flow: Flow, scope: Scope) -> Iterator[Branch | None]:
        """The branches of an `each`, one a round, without those that a `when` leaves out."""
        item = fan.body
        try:
            rounds = list(enumerate(self.bindings(fan.loop, env, branches=True)))
            if item.when is not None:
                rounds = [(n, r) for n, r in rounds if self.holds(item.when, over(env, r))]
        except ArchspecError as error:
            self.report(error.diagnostics[0], scope.instance)
            forget(item, scope)
            yield None
            return
        asked = fan.loop.count if fan.loop.asked else item.when
        before, scope.fixed = scope.fixed, fan.loop.fixed(scope.fixed)
        for turn, bindings in rounds:
            if fan.under_id:  # whose rounds are told apart by their positions
                scope.moving = None
            elif asked is not None and turn:
                scope.moves(asked, item)
            number = scope.position
            traces, after = self.body([item], over(env, bindings), flow, scope)
            if fan.under_id and scope.position == number + 1:  # one thing, which so has a name
                made = scope.instance.children[-1] if scope.instance.children else None
                inner = self.scopes.get(made) if isinstance(made, Instance) else None
                scope.names[str(number)] = Entry(after, inner)
            yield None if after is None else Branch(flow or (), traces, after, fan)
        if asked is not None and not fan.under_id:
            scope.moves(asked, item)
        scope.fixed = before
