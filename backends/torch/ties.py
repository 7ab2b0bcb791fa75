"""Modules that come again: called once more, or built anew with tensors of earlier ones."""

from __future__ import annotations

from dataclasses import dataclass, field

from archspec.backends.torch.naming import attribute
from archspec.backends.torch.plans import Assign, Flowing, Statement, Val
from archspec.backends.torch.sequences import Sequences
from archspec.backends.torch.symbols import Exec, Irregular
from archspec.backends.torch.text import Call
from archspec.graph import Bundle, Instance, Node, Step


@dataclass(eq=False)
class Context:
    """The executions a part of a body stands for, and the values seen in them.

    Inside a condition these are some of the parent's: `index` says which.
    """

    execs: list[Exec]
    statements: list[Statement]
    flow: list[Flowing]
    target: str = "self"
    parent: Context | None = None
    index: list[int] = field(default_factory=list)
    seen: dict[tuple[Bundle, ...], Val] = field(default_factory=dict)

    def add(self, val: Val) -> Val:
        self.seen[tuple(val.concrete)] = val
        return val


class Ties(Sequences):
    """Writes what `share` asks for. `reached` says how a module is reached from `self`."""

    reached: dict[Node | Instance, str]

    def called(
        self, reached: str, out: Val, source: Val, ctx: Context, *, probed: bool = False
    ) -> Val:
        raise TypeError("Ties call nothing")

    def repeats(self, steps: list[Step], again: list[bool]) -> bool:
        """Whether these uses are calls of modules that are there, as all must be or none."""
        if any(again) and not all(again):
            raise Irregular
        return again[0]

    def again(self, steps: list[Step], ctx: Context, source: Val) -> Val:
        """One more call of a module that is already here."""
        found = set()
        for step, execution in zip(steps, ctx.execs, strict=True):
            made = step.node or step.instance
            assert made is not None and made.origin is not None
            reached = self.access(made.origin, self.instances[execution.instance])
            found.add(reached)
            self.reached[made] = reached
        if len(found) != 1:
            raise Irregular
        out = Val([s.output for s in steps], many=len(steps[0].output) != 1)
        if not out.many:
            out.channels = self.settled(ctx.execs, steps, [source.channels])
        return self.called(found.pop(), out, source, ctx)

    def access(self, made: Node | Instance, top: Instance) -> str:
        """How the module behind a node or an instance is reached from `self`."""
        if made in self.reached:
            return self.reached[made]
        if isinstance(made, Node):
            made = self.planner.shares.home(made, top)
        base, inside = self.base(made, top)
        if any(part.isdigit() for part in inside.split(".")):
            return f'{base}.get_submodule("{inside}")'
        return f"{base}.{inside}" if inside else base

    def base(self, made: Node | Instance, top: Instance) -> tuple[str, str]:
        """The innermost module around it that `self` can name, and its path from there."""
        if made in self.reached:
            return self.reached[made], ""
        scope = made.scope if isinstance(made, Node) else made.parent
        while scope is not None and scope is not top and scope not in self.reached:
            scope = scope.parent
        if scope is None or scope is top:
            return "self", top.relative(made.path)
        return self.reached[scope], scope.relative(made.path)

    def tie(self, steps: list[Step], ctx: Context) -> None:
        """Give what was just built the tensors of others, where its steps share some."""
        rows = [
            self.ties(step, self.instances[execution.instance])
            for step, execution in zip(steps, ctx.execs, strict=True)
        ]
        if any(row != rows[0] for row in rows):
            raise Irregular
        ctx.statements += rows[0]

    def ties(self, step: Step, top: Instance) -> list[Statement]:
        if step.node is not None:
            return self.tied(step.node, top) if step.node.origin is not None else []
        assert step.instance is not None
        if step.instance.origin is None:
            return []
        return [line for node in step.instance.nodes() for line in self.tied(node, top)]

    def tied(self, node: Node, top: Instance) -> list[Statement]:
        """`self.second.conv = self.first.conv`, or only the tensors where the ops differ."""
        shares = self.planner.shares
        provider = shares.provider(node, top)
        if not node.tensors() or provider is node or shares.home(node, top) is not node:
            return []
        theirs = self.access(provider, top)
        if shares.layer(node).module != shares.layer(provider).module:
            mine = self.access(node, top)
            return [Assign(f"{mine}.{t.name}", f"{theirs}.{t.name}") for t in node.tensors()]
        base, inside = self.base(node, top)
        parts = inside.split(".")
        if any(part.isdigit() for part in parts):
            return [Assign(None, Call(f"{base}.set_submodule", [f'"{inside}"', theirs]))]
        for part in parts:
            base = attribute(base, part)
        return [Assign(base, theirs)]
