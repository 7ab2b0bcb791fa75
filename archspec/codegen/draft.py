"""What is known of one class while it is written: its names, parameters, modules and values.

A `Draft` stands for all instances of a block at once. What writes a class is handed it.
"""

from __future__ import annotations

import ast
from collections import ChainMap, Counter
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol

from archspec.codegen.flat import flat
from archspec.codegen.forms import Layer
from archspec.codegen.groups import Groups
from archspec.codegen.handed import Handed
from archspec.codegen.naming import Names, Naming
from archspec.codegen.obstacles import Unwritable
from archspec.codegen.places import SELF, Place
from archspec.codegen.plan import IN_CHANNELS, ClassPlan, Param, Sized, Val, annotation
from archspec.codegen.python import LOAD, dotted, name
from archspec.codegen.shared import Shares
from archspec.codegen.symbols import Exec, Symbol, convert, holds, literal, names_in, same
from archspec.codegen.target import Target
from archspec.elaboration.provenance import Expansion
from archspec.frontend.ast import Constant, ParamDecl, Value
from archspec.ir.draft import name_of
from archspec.ir.graph import Instance, Node
from archspec.ops import Op, Shape
from archspec.ops.identifiers import MODULE_ATTRIBUTES

OUT_CHANNELS = ("out_channels", "out_features")

WINDOW: Mapping[str, int | None] = {
    "kernel_size": None,
    "stride": 1,
    "padding": 0,
    "dilation": 1,
    "groups": 1,
}
"""How a window moves, in the order of its arguments, with the values that change nothing."""

Channels = ast.expr | None
"""The size of the first axis of what flows, as a constructor says it; None where it cannot."""


class Planner(Protocol):
    """What is asked of the plan of the whole file."""

    kept: Mapping[str, Any]
    made: dict[Instance, Expansion]
    readers: dict[Node, list[Node]]
    shares: Shares
    order: list[ClassPlan]
    target: Target
    naming: Naming
    handed: Handed
    groups: Groups

    def plan_of(self, instance: Instance) -> ClassPlan: ...

    def siblings(self, instance: Instance) -> list[Instance]: ...

    def counted(self, child: Instance | Node | None) -> bool: ...

    def layer(self, node: Node) -> Layer: ...

    def form(self, op: Op, inputs: tuple[Shape, ...]) -> Layer: ...


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What an attempt at a piece of code changes in a draft."""

    used: set[str]
    extras: dict[str, dict[Instance, Any]]
    mutated: bool
    names: list[tuple[MutableMapping[str, Any], dict[str, Any]]]


class Draft:
    """The names and values of one class.

    Attributes:
        instances: those that the class stands for; `made` is how each came about.
        channels: the constructor's name for the size of the first axis of its input.
        bases: what the constructor's names are worth in each instance; `execs` are executions in
            which they are worth that.
        known: what the constructor says for each of the spec's names; `locals` are those of its
            names that it computes at first.
        used: the names that it reads, of which parameters are made.
        extras: parameters that its block does not have, with what each instance passes.
        bound: the names that its loops bind.
        mutated: whether it sets the variable of the channels on the way.
        apart: whether other instances of the block have another class.
        reached: how modules are reached from `self`; `placed` says of which instances they are.
        spare: the modules without a name and without tensors, by how they are built.
        declared: the block's named inputs.
        attributes: the names of attributes; `kept` are those for what `forward` reads of the
            constructor, with that.
        sizes: the arguments of `forward` that are no values.
        classes: the parameters that are classes of modules, with those for the spec's words.
    """

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
        self.reached: dict[Node | Instance, Place] = {}
        self.declared: dict[Any, Val] = {}
        children = {name_of(c) for i in instances for c in i.children}
        self.attributes = Names(children | MODULE_ATTRIBUTES)
        self.spare: dict[str, Place] = {}
        self.kept: dict[str, tuple[Place, ast.expr]] = {}
        self.placed: dict[Place, set[int]] = {}
        self.sizes: list[Sized] = []
        self.classes: dict[str, dict[str, ast.expr]] = {}
        self.declare()

    # --- parameters -----------------------------------------------------------------

    def declare(self) -> None:
        """The block's own parameters, and the network's where they are kept."""
        block = self.made[0].block
        for spec, value in self.planner.kept.items():
            self.bind(spec, [value] * len(self.instances))
        envs = [one.inside for one in self.made]
        if block is None:
            self.declare_around(envs)
            return
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
            kinds = {} if alike else self.planner.handed.of(self.instances[0], spec)
            if kinds and all(v in kinds for v in values):
                trees = {value: dotted(kind) for value, kind in kinds.items()}
                self.classes[spec] = trees
                values = [Symbol(trees[v]) for v in values]
            self.bind(spec, values)

    def declare_around(self, envs: list[Mapping[str, Any]]) -> None:
        """Of a group, the names around it that are not worth the same in all instances."""
        for spec in envs[0]:
            values = [env.get(spec) for env in envs]
            if spec in self.planner.kept or all(same(v, values[0]) for v in values):
                continue
            if all(map(is_plain, values)):
                self.bind(spec, values)
                self.extras[self.planner.naming.identifier(spec)] = dict(
                    zip(self.instances, values, strict=True)
                )

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
                    found.append(self.param(py, spec, decl.default))
        extras = ((py, values) for py, values in self.extras.items() if py in self.used)
        found += (Param(py, values=values) for py, values in extras)
        own = {p.name for p in found}
        for spec, value in self.planner.kept.items():
            if self.planner.naming.identifier(spec) in self.used - own:
                default = literal(value) if block is None else None
                values = dict.fromkeys(self.instances, value)
                found.append(Param(self.planner.naming.identifier(spec), values, default, spec))
        for param in found:
            if param.spec in self.classes:
                module = dotted(self.planner.target.words.containers["module"])
                param.kind = ast.Subscript(name("type"), module, LOAD)
            else:
                param.kind = annotation([base.get(param.name) for base in self.bases])
        if self.alone:
            return of_network(found)
        for param in found:
            if param.default is None:
                param.default = usual(param.name, [base.get(param.name) for base in self.bases])
        return of_block(found)

    def param(self, py: str, spec: str, given: Value | None) -> Param:
        """A parameter of the block, with the default that the spec gives it."""
        value = given.value if isinstance(given, Constant) else None
        if spec in self.classes:
            values = {i: base[py] for i, base in zip(self.instances, self.bases, strict=True)}
            default = self.classes[spec].get(str(value)) or commonest([*values.values()])
            return Param(py, values, default, spec)
        return Param(py, default=literal(value) if isinstance(given, Constant) else None, spec=spec)

    @property
    def alone(self) -> bool:
        """True for the network's own class, of which there is one instance."""
        return self.instances[0].parent is None

    # --- attempts -------------------------------------------------------------------

    def snapshot(self, execs: list[Exec]) -> Snapshot:
        """What `restore` needs to undo an attempt, which may set names of these executions."""
        names = [(each, dict(each)) for each in (*self.bases, *(e.names for e in execs))]
        return Snapshot(set(self.used), dict(self.extras), self.mutated, names)

    def restore(self, before: Snapshot) -> None:
        self.used, self.extras = set(before.used), dict(before.extras)
        self.mutated = before.mutated
        for names, were in before.names:
            names.clear()
            names.update(were)

    # --- names ----------------------------------------------------------------------

    def use(self, tree: ast.expr) -> ast.expr:
        self.used |= names_in(tree)
        return tree

    def keeping(self, tree: ast.expr, wanted: str) -> ast.expr:
        """What the constructor knows, as `forward` reads it: an attribute."""
        key = ast.dump(tree)
        if key not in self.kept:
            self.kept[key] = SELF.child(self.attributes.fresh(wanted)), tree
        return self.kept[key][0].tree

    @contextmanager
    def knowing(self, targets: Mapping[str, str]) -> Iterator[None]:
        """Inside a loop its names are known."""
        known = self.known
        self.known = {**known, **{spec: name(target) for spec, target in targets.items()}}
        try:
            yield
        finally:
            self.known = known

    def is_running(self, channels: Channels) -> bool:
        """Whether an expression is the variable of the running channels."""
        return isinstance(channels, ast.Name) and channels.id == self.channels

    def reads_running(self, channels: ast.expr) -> bool:
        """Whether an expression reads the variable of the running channels."""
        return any(isinstance(n, ast.Name) and n.id == self.channels for n in ast.walk(channels))


def is_plain(value: Any) -> bool:
    """Whether a constructor can be given a value as it is."""
    if isinstance(value, (list, tuple)):
        return all(map(is_plain, value))
    return value is None or isinstance(value, (bool, int, float, str))


def is_default(decl: ParamDecl, value: Any) -> bool:
    return isinstance(decl.default, Constant) and same(value, decl.default.value)


def flows(name: str) -> bool:
    """Sizes of what flows stand at their place; `depth=4` and the like say what they are."""
    return any(word in name for word in ("channels", "features", "width", "filters", "planes"))


def of_block(params: list[Param]) -> list[Param]:
    """A block's parameters as its spec has them, but for what people put in one order.

    What flows in and out comes first; the words of a window follow one another.
    """
    leading = (*IN_CHANNELS, *OUT_CHANNELS)
    params.sort(key=lambda p: leading.index(p.name) if p.name in leading else len(leading))
    places = [k for k, p in enumerate(params) if p.name in WINDOW]
    words = sorted((params[k] for k in places), key=lambda p: list(WINDOW).index(p.name))
    for k, param in zip(places, words, strict=True):
        params[k] = param
    return sorted(params, key=lambda p: p.default is not None)


def usual(name: str, values: list[Any]) -> ast.expr | None:
    """The default of a word of a window, where most instances leave it at what changes nothing."""
    neutral = WINDOW.get(name)
    common = sum(same(v, neutral) for v in values)
    return literal(neutral) if neutral is not None and 2 * common > len(values) else None


def commonest(values: list[Symbol]) -> ast.expr | None:
    """What most of these are, if that is one thing."""
    value, count = Counter(values).most_common(1)[0]
    return value.tree if 2 * count > len(values) else None


def of_network(params: list[Param]) -> list[Param]:
    """The network's parameters: a size comes first, all others are passed by keyword."""
    sizes = [p for p in params if flat(p.kind) == "int"]
    first, rest = sizes[:1], [p for p in params if p not in sizes[:1]]
    return [*first, *(replace(p, keyword=True) for p in rest)]
