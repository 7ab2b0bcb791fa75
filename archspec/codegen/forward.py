"""The statements of a `forward`."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from archspec.codegen.places import SELF
from archspec.codegen.plan import Choice, ClassPlan, Compute, Flowing, Repeat, Val
from archspec.codegen.python import (
    Assign,
    Blank,
    Branching,
    Leave,
    Looping,
    Statement,
    bound,
    call,
    equal,
    name,
    substituted,
)
from archspec.codegen.target import Words
from archspec.codegen.variables import Forward

PARAGRAPHS = 12
"""From this many lines on, a body is set in paragraphs: one for each resolution."""


class Writer:
    """Writes the body of one `forward`. With `probe`, each functional value passes through it.

    What `told` holds was said in the constructor, and is not said again.
    """

    def __init__(
        self,
        plan: ClassPlan,
        forward: Forward,
        words: Words,
        *,
        probe: bool = False,
        told: Iterable[str] = (),
    ) -> None:
        self.plan = plan
        self.flow = forward.flow
        self.names = forward.names
        self.inlined = forward.inlined
        self.training = SELF.child(words.training).tree
        self.probe = probe
        self.told = set(told)

    def variable(self, val: Val) -> ast.expr:
        return name(self.names[val])

    def value(self, line: Compute, pending: dict[str, ast.expr]) -> ast.expr:
        """What a statement computes, over variables; sums of before stand in it where pending."""
        values = {v.token: pending.get(v.token) or self.variable(v) for v in line.operands}
        tree = substituted(line.value, values)
        return call("probe", [tree]) if self.probe and line.functional else tree

    def statements(self, flow: list[Flowing], returned: Compute | None = None) -> list[Statement]:
        """Statements; an infix sum read at once by the next expression is written into it."""
        out: list[Statement] = []
        pending: dict[str, ast.expr] = {}
        training: Branching | None = None
        said: list[str] = []
        for number, line in enumerate(flow):
            if isinstance(line, Choice):
                training = None
                self.choice(line, out)
                continue
            if isinstance(line, Repeat):
                training = None
                self.repeat(line, out)
                continue
            value = self.value(line, pending)
            doc = line.target.doc
            said += [doc] if doc and doc not in self.told else []
            self.told.add(doc)
            if line in self.inlined:
                pending = {line.target.token: value}
                continue
            pending = {}
            if not line.train_only:
                training = None
            elif training is None:
                training = Branching(self.training, [])
                out.append(training)
            here = out if training is None else training.body
            names = [self.names[t] for t in line.targets]
            if line is returned:
                here.append(Leave("return", value, said))
            elif not (isinstance(value, ast.Name) and names == [value.id]):
                here.append(Assign(bound(names), value, notes=said))
            said = []
            if len(flow) >= PARAGRAPHS and resizes(line) and number + 1 < len(flow):
                here.append(Blank())
        return again(out)

    def choice(self, line: Choice, out: list[Statement]) -> None:
        """A condition, or the other half of the one before."""
        moved = self.names[line.result] != self.names[line.source]
        body = self.rewriting(line, out)
        before = out[-1] if out else None
        if line.opposite and not moved and isinstance(before, Branching):
            before.orelse = body
        else:
            out.append(Branching(line.test, body))

    def repeat(self, line: Repeat, out: list[Statement]) -> None:
        """A loop, whose rounds rewrite one variable."""
        body = self.rewriting(line, out)
        out.append(Looping(["_"], line.walked, body))

    def rewriting(self, line: Choice | Repeat, out: list[Statement]) -> list[Statement]:
        """The body of a condition or a loop, which rewrites a variable that is there before it."""
        names = self.names
        if names[line.result] != names[line.source]:
            out.append(Assign(name(names[line.result]), self.variable(line.source)))
        body = self.statements(line.body)
        if names[line.inner] != names[line.result]:
            body.append(Assign(name(names[line.result]), self.variable(line.inner)))
        return body

    def returning(self) -> list[Statement]:
        """The whole body for a class that returns one value, the last expression returned."""
        flow, result = self.flow, self.plan.outputs[0]
        last = flow[-1] if flow else None
        if isinstance(last, Compute) and last.target is result and not last.train_only:
            value = self.value(last, {})
            if not isinstance(value, ast.Name) or value.id != self.names[result]:
                return self.statements(flow, returned=last)
        return [*self.statements(flow), Leave("return", self.variable(result))]


def resizes(line: Compute) -> bool:
    """True for a pooling or another op without weights that changes the spatial size."""
    (node,) = line.target.concrete[0] if len(line.target.concrete[0]) == 1 else (None,)
    if node is None or len(node.inputs) != 1 or node.op.tensors(*node.input_shapes):
        return False
    before, after = node.inputs[0].output, node.output
    return len(before) == len(after) > 1 and before[1:] != after[1:] and max(after[1:]) > 1


def again(body: list[Statement]) -> list[Statement]:
    """The same statement three times or more in a row, as a module's repeated use is, in a loop."""
    out: list[Statement] = []
    for run in _runs(body):
        if len(run) < 3:
            out += run
        else:
            out.append(Looping(["_"], call("range", [ast.Constant(len(run))]), [run[0]]))
    return out


def _runs(body: list[Statement]) -> list[list[Statement]]:
    """Equal assignments, on which nothing is said, that follow one another."""
    runs: list[list[Statement]] = []
    for statement in body:
        before = runs[-1][0] if runs else None
        if (
            isinstance(statement, Assign)
            and isinstance(before, Assign)
            and not statement.notes
            and not before.notes
            and equal(statement.value, before.value)
            and _target(statement) == _target(before)
        ):
            runs[-1].append(statement)
        else:
            runs.append([statement])
    return runs


def _target(statement: Assign) -> str | None:
    return None if statement.target is None else ast.dump(statement.target)
