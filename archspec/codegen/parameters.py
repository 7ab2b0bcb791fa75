"""Writing one class: its names, and every argument as an expression, a literal or a parameter.

An `Author` stands for all instances of a block at once. `Sequences` and `Bodies` build on
it: the first for chains, the second for everything else.
"""

from __future__ import annotations

import ast
from collections import ChainMap
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Protocol

from archspec.codegen.forms import Arg, Layer
from archspec.codegen.naming import Naming
from archspec.codegen.plan import IN_CHANNELS, ClassPlan, Param, annotation
from archspec.codegen.python import Build, build, call, name
from archspec.codegen.shared import Shares
from archspec.codegen.symbols import (
    Exec,
    Irregular,
    Unwritable,
    convert,
    evaluate,
    holds,
    literal,
    names_in,
    same,
    substitute,
    total,
)
from archspec.codegen.target import Target
from archspec.elaboration.provenance import Expansion, Step
from archspec.frontend.ast import Call as CallSyntax
from archspec.frontend.ast import Constant, ParamDecl, Value
from archspec.frontend.expressions import Expression
from archspec.ir.graph import Instance, Node
from archspec.ops import Op, Shape

State = tuple[set[str], dict[str, dict[Instance, Any]], bool, list[dict[str, Any]]]


class Planner(Protocol):
    """What an author asks of the file it writes into."""

    kept: Mapping[str, Any]
    made: dict[Instance, Expansion]
    readers: dict[Node, list[Node]]
    shares: Shares
    order: list[ClassPlan]
    target: Target
    naming: Naming

    def plan_of(self, instance: Instance) -> ClassPlan: ...

    def siblings(self, instance: Instance) -> list[Instance]: ...

    def counted(self, child: Instance | Node | None) -> bool: ...

    def layer(self, node: Node) -> Layer: ...

    def form(self, op: Op, inputs: tuple[Shape, ...]) -> Layer: ...


class Author:
    """The names and values of one class."""

    def __init__(self, planner: Planner, instances: list[Instance]) -> None:
        self.planner = planner
        self.instances = instances
        self.made = [planner.made[instance] for instance in instances]
        self.used: set[str] = set()
        self.extras: dict[str, dict[Instance, Any]] = {}
        self.bound: set[str] = set()
        self.mutated = False
        self.apart = len(instances) < len(planner.siblings(instances[0]))
        ranks = {len(i.inputs[0].output) for i in instances if i.inputs}
        self.channels = IN_CHANNELS[1] if ranks == {1} else IN_CHANNELS[0]
        self.bases: list[dict[str, Any]] = [{} for _ in instances]
        self.execs = [Exec(k, ChainMap(base)) for k, base in enumerate(self.bases)]
        self.known: dict[str, ast.expr] = {}
        self.locals: dict[str, ast.expr] = {}
        for base, instance in zip(self.bases, instances, strict=True):
            if instance.inputs and not self.alone:
                base[self.channels] = instance.inputs[0].output[0]
        self.declare()

    # --- parameters -----------------------------------------------------------------

    def declare(self) -> None:
        """The block's own parameters, and the network's where they are kept."""
        block = self.made[0].block
        for spec, value in self.planner.kept.items():
            self.bind(spec, [value] * len(self.instances))
        if block is None:
            return
        envs = [one.inside for one in self.made]
        for spec, decl in block.params.items():
            values = [i.params[spec] for i in self.instances]
            if decl.default is not None and not isinstance(decl.default, Constant):
                try:
                    tree = convert(decl.default, self.known, envs, self.channels)
                except Unwritable:
                    tree = None
                if tree is not None and holds(tree, self.execs, values):
                    self.derive(spec, tree, values)
                    continue
            alike = all(same(v, values[0]) for v in values)
            if alike and (is_default(decl, values[0]) or (self.apart and not flows(spec))):
                with suppress(Unwritable):  # nobody here asks for another value
                    self.known[spec] = literal(values[0])
                    continue
            self.bind(spec, values)

    def bind(self, spec: str, values: list[Any]) -> None:
        py = self.planner.naming.identifier(spec)
        self.known[spec] = name(py)
        for base, value in zip(self.bases, values, strict=True):
            base[py] = value

    def derive(self, spec: str, tree: ast.expr, values: list[Any]) -> None:
        """A parameter that always has its default: said in place, or once as a local name."""
        if isinstance(tree, (ast.Name, ast.Constant)):
            self.known[spec] = tree
            return
        self.bind(spec, values)
        self.locals[self.planner.naming.identifier(spec)] = tree

    def params(self) -> list[Param]:
        """The constructor's parameters: those the class turned out to use, defaults last."""
        for local, tree in reversed(self.locals.items()):
            if local in self.used:
                self.used |= names_in(tree)
        block = self.made[0].block
        found: list[Param] = []
        if self.channels in self.used and not self.alone:
            found.append(Param(self.channels))
        if block is not None:
            for spec, decl in block.params.items():
                py = self.planner.naming.identifier(spec)
                if py in self.used and py not in self.locals and spec in self.known:
                    given = decl.default
                    default = literal(given.value) if isinstance(given, Constant) else None
                    found.append(Param(py, default=default, spec=spec))
        for py, values in self.extras.items():
            found.append(Param(py, values=values))
        own = {p.name for p in found}
        for spec, value in self.planner.kept.items():
            if self.planner.naming.identifier(spec) in self.used - own:
                default = literal(value) if block is None else None
                values = dict.fromkeys(self.instances, value)
                found.append(Param(self.planner.naming.identifier(spec), values, default, spec))
        for param in found:
            param.kind = annotation([base.get(param.name) for base in self.bases])
        return sorted(found, key=lambda p: p.default is not None)

    @property
    def alone(self) -> bool:
        """True for the network's own class, of which there is one instance."""
        return self.instances[0].parent is None

    def state(self) -> State:
        """What an attempt at a piece of code changes, for `restore` to undo."""
        return set(self.used), dict(self.extras), self.mutated, [dict(b) for b in self.bases]

    def restore(self, state: State) -> None:
        self.used, self.extras, self.mutated = set(state[0]), dict(state[1]), state[2]
        for base, names in zip(self.bases, state[3], strict=True):
            base.clear()
            base.update(names)

    # --- values ---------------------------------------------------------------------

    def use(self, tree: ast.expr) -> ast.expr:
        self.used |= names_in(tree)
        return tree

    def choose(
        self,
        execs: list[Exec],
        envs: list[Mapping[str, Any]],
        values: list[Any],
        syntax: Value | None = None,
        candidates: tuple[ast.expr | None, ...] = (),
        hint: str = "size",
    ) -> ast.expr:
        """How to write values that differ, perhaps, from execution to execution.

        The spec's own expression comes first, then what is known of the shapes; a literal
        where the value is the same everywhere; else a parameter that callers pass.
        """
        trees = [c for c in candidates if c is not None]
        if syntax is not None and not isinstance(syntax, Constant):
            converted = self.converted(syntax, envs)
            trees = [converted, *trees] if converted is not None else trees
        for tree in trees:
            if holds(tree, execs, values):
                return self.use(tree)
        if all(same(v, values[0]) for v in values):
            return literal(values[0])
        for tree in [*self.known.values(), name(self.channels)]:
            if isinstance(tree, ast.Name) and holds(tree, execs, values):
                return self.use(tree)
        return self.use(self.extra(hint, execs, values))

    def converted(self, syntax: Value, envs: list[Mapping[str, Any]]) -> ast.expr | None:
        try:
            return convert(syntax, self.known, envs, None if self.alone else self.channels)
        except Unwritable:
            return None

    def extra(self, hint: str, execs: list[Exec], values: list[Any]) -> ast.expr:
        """A parameter that only inference can supply, such as the features after a flatten."""
        by_instance: dict[Instance, Any] = {}
        for execution, value in zip(execs, values, strict=True):
            instance = self.instances[execution.instance]
            if not same(by_instance.setdefault(instance, value), value):
                raise Irregular
        if len(by_instance) != len(self.instances):
            raise Irregular
        for py, known in self.extras.items():
            if all(same(known[i], v) for i, v in by_instance.items()):
                return name(py)
        py, count = hint, 1
        while py in self.bases[0] or py in self.bound:
            count += 1
            py = f"{hint}{count}"
        self.extras[py] = by_instance
        for base, instance in zip(self.bases, self.instances, strict=True):
            base[py] = by_instance[instance]
        return name(py)

    def test(
        self, execs: list[Exec], envs: list[Mapping[str, Any]], item: Any, taken: list[bool]
    ) -> ast.expr:
        """A condition that differs between executions, as the constructor says it."""
        tree = self.converted(item.when, envs)
        if tree is None:
            raise Irregular
        try:
            fits = all(
                bool(evaluate(tree, e.names)) == t for e, t in zip(execs, taken, strict=True)
            )
        except Unwritable:
            fits = False
        if not fits:
            raise Irregular
        return self.use(tree)

    # --- modules --------------------------------------------------------------------

    def layers(self, nodes: list[Node]) -> list[Layer]:
        """The lowerings of the nodes that one piece of syntax became."""
        return [self.planner.layer(n) for n in nodes]

    def construct(self, execs: list[Exec], steps: list[Step], channels: ast.expr | None) -> Build:
        """`nn.Conv2d(in_channels, channels, kernel_size=3)` for these steps."""
        nodes = [s.node for s in steps if s.node is not None]
        modules = [layer.module for layer in self.layers(nodes)]
        first = modules[0]
        if first is None or any(m is None or m.name != first.name for m in modules):
            raise Irregular
        args, keywords = list[ast.expr](), list[tuple[str, ast.expr]]()
        for i, arg in enumerate(first.args):
            row = [m.args[i] for m in modules if m is not None]
            if all(a.is_default for a in row) and not self.mentions(steps[0], first.args[i]):
                continue
            derived = (channels,) if arg.origin in ("@channels", "@features") else ()
            tree = self.choose(
                execs,
                [s.env for s in steps],
                [a.value for a in row],
                attribute_syntax(steps[0], arg),
                derived,
                arg.name,
            )
            if arg.positional:
                args.append(tree)
            else:
                keywords.append((arg.name, tree))
        return build(first.name, args, keywords, steps[0].item.doc)

    def mentions(self, step: Step, arg: Arg) -> bool:
        """Whether the spec sets an attribute by a parameter that the constructor has."""
        syntax = attribute_syntax(step, arg)
        return syntax is not None and self.varies(syntax, step)

    def varies(self, syntax: Value, step: Step) -> bool:
        """Whether a value is said by way of the constructor's own parameters."""
        if not isinstance(syntax, Expression) or syntax.names.isdisjoint((*self.known, "input")):
            return False  # what it reads is folded
        tree = self.converted(syntax, [step.env])
        return tree is not None and bool(names_in(tree))

    def instantiate(
        self, execs: list[Exec], steps: list[Step], channels: ast.expr | None
    ) -> tuple[Build, ClassPlan, list[ast.expr]]:
        """`Bottleneck(in_channels, channels, stride=2)`, and what its channels may be.

        The class says it, or (while it is still being planned) one of the arguments does.
        """
        instances = [s.instance for s in steps if s.instance is not None]
        plan = self.planner.plan_of(instances[0])
        if any(self.planner.plan_of(i) is not plan for i in instances):
            raise Irregular
        args, keywords = list[ast.expr](), list[tuple[str, ast.expr]]()
        given: dict[str, ast.expr] = {}
        crowded = sum(p.default is None for p in plan.params) > 4
        for param in plan.params:
            values = [plan.value(param, i) for i in instances]
            syntax = argument_syntax(steps[0], param)
            varies = syntax is not None and self.varies(syntax, steps[0])
            if param.default is not None and not varies and holds(param.default, execs, values):
                given[param.name] = param.default
                continue
            kept = self.known.get(param.spec or "") if param.spec in self.planner.kept else None
            derived = channels if param.name in IN_CHANNELS else kept
            envs = [s.env for s in steps]
            tree = self.choose(execs, envs, values, syntax, (derived,), param.name)
            given[param.name] = tree
            if param.default is None and not keywords and (crowded or flows(param.name)):
                args.append(tree)
            else:
                keywords.append((param.name, tree))
        out = list(given.values())
        if plan.channels is not None:
            with suppress(Unwritable):
                out.insert(0, substitute(plan.channels, given))
        return build(plan.name, args, keywords, steps[0].item.doc), plan, out

    # --- channels -------------------------------------------------------------------

    def channels_after(
        self,
        execs: list[Exec],
        nodes: list[Node],
        step: Step,
        envs: list[Mapping[str, Any]],
        operands: list[ast.expr | None],
    ) -> ast.expr | None:
        """An expression for the first axis of what an op gives, if one holds everywhere."""
        values = [n.output[0] for n in nodes]
        candidates: list[ast.expr] = []
        for attribute in ("out_channels", "out_features"):
            syntax = attribute_syntax(step, Arg(attribute, 0, attribute))
            tree = self.converted(syntax, envs) if syntax is not None else None
            candidates += [tree] if tree is not None else []
        syntax = attribute_syntax(step, Arg("channels", (), "channels"))
        if syntax is not None and (tree := self.converted(syntax, envs)) is not None:
            candidates.append(call("len", [tree]))
        known = [o for o in operands if o is not None]
        candidates += known[:1]
        if len(known) == len(operands) > 1:
            candidates.append(total(known))
        if all(v == values[0] for v in values):
            candidates.append(literal(values[0]))
        return next((c for c in candidates if holds(c, execs, values)), None)


def is_default(decl: ParamDecl, value: Any) -> bool:
    return isinstance(decl.default, Constant) and same(value, decl.default.value)


def flows(name: str) -> bool:
    """Sizes of what flows stand at their place; `depth=4` and the like say what they are."""
    return any(word in name for word in ("channels", "features", "width", "filters", "planes"))


def attribute_syntax(step: Step, arg: Arg) -> Value | None:
    """What the spec wrote for an attribute, where it wrote it here."""
    return _said(step, arg.origin, step.node.op.primary if step.node is not None else None)


def argument_syntax(step: Step, param: Param) -> Value | None:
    """What the spec wrote for a block's parameter, where it wrote it here."""
    block = step.expansion.block if step.expansion is not None else None
    return _said(step, param.spec, block.bare if block is not None else None)


def _said(step: Step, name: str | None, bare: str | None) -> Value | None:
    """The value beside `name`, or the bare value where that stands for it."""
    head = step.item.head
    if not isinstance(head, CallSyntax) or name is None:
        return None
    if name in head.args.named:
        return head.args.named[name][1]
    return head.args.bare if name == bare else None
