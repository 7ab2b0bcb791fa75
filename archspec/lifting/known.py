"""What is in sight of a body from the start: the block's own parameters, and what feeds it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, get_args

from archspec.frontend.ast import Constant
from archspec.ir.graph import Graph, Instance
from archspec.lifting.blocks import Block
from archspec.lifting.kinds import forms
from archspec.lifting.names import fresh
from archspec.lifting.samples import ABSENT, frozen, same
from archspec.lifting.terms import Item, Level, Slot, Variable, walk
from archspec.lifting.unsayable import Unsayable
from archspec.lifting.whole import Whole
from archspec.ops import REGISTRY
from archspec.ops.derived import plain
from archspec.ops.types import KindName


def introduce(block: Block, recalled: bool) -> None:
    """Bring the parameters that a block is declared with into sight, and the sizes it reads.

    Args:
        recalled: whether it is known where the spec passed them on; if it is, those of changed
            instances are taken to be what they were until something says otherwise.
    """
    changed = frozenset(n for n, i in enumerate(block.instances) if i.stale)
    slots = [(s, i.level) for i in walk(block.items) for s in i.slots.values()]
    names = dict.fromkeys(n for i in block.instances for n in i.params)
    for name in names:
        values = [_given(i, name, recalled) for i in block.instances]
        variable = _bring(block.level, name, values, slots)
        variable.default = _default(block, name)
        variable.fixed = recalled
        variable.open = changed if recalled else frozenset()
    block.level.units = block.instances
    _sizes(block)
    if block.circle:
        taken = {v.name for v in block.level.variables}
        heights = [_height(i, block.circle) for i in block.instances]
        if not any(_counts(v.values, heights) for v in block.level.variables):
            block.level.add(Variable(fresh("depth", taken), "count", heights))


def introduce_whole(block: Block, whole: Whole) -> None:
    """Bring the parameters into sight of a block that is written as its spec has it."""
    slots = [(s, i.level) for i in walk(block.items) for s in i.slots.values()]
    for name, declared in whole.params.items():
        values = [_given(i, name, False) for i in block.instances]
        variable = Variable(name, _kind(name, values, slots, block.level), values, used=True)
        default = declared.default
        if default is not None:
            variable.computed = not isinstance(default, Constant)
            variable.default = getattr(default, "value", default)
        block.level.add(variable)


def introduce_read(level: Level, whole: Whole) -> None:
    """Bring the network's parameters into sight that a block reads which is written as it was.

    Raises:
        Unsayable: where it is not known what one of them is.
    """
    for name, value in whole.read.items():
        variable = next((v for v in level.variables if v.name == name), None)
        if variable is None:
            variable = level.hidden.pop(name, None) or Variable(name, "unknown", [value])
            variable.values = (variable.values * level.size)[: level.size]
            level.add(variable)
        if ABSENT in variable.values:
            raise Unsayable(f"`{name}` is not known, which blocks read")
        variable.used = True


def introduce_all(level: Level, graphs: Sequence[Graph], items: list[Item]) -> None:
    """Bring the network's parameters into sight, as far as they differ."""
    slots = [(s, i.level) for i in walk(items) for s in i.slots.values()]
    for name in dict.fromkeys(n for g in graphs for n in g.params):
        values = [_value(g.params.get(name, ABSENT)) for g in graphs]
        _bring(level, name, values, slots)
    level.units = [graph.root for graph in graphs]


def _bring(
    level: Level, name: str, values: list[Any], slots: Sequence[tuple[Slot, Level]]
) -> Variable:
    """Bring a parameter into sight; one that is the same everywhere is hidden."""
    if Slot("", values).constant:
        variable = level.hidden[name] = Variable(name, "unknown", values)
    else:
        variable = Variable(name, _kind(name, values, slots, level), values)
        level.add(variable)
    return variable


def _default(block: Block, name: str) -> Any:
    """The default that a parameter is declared with, if that is a value."""
    found = [i.block.params.get(name) for i in block.instances if i.block is not None]
    values = {frozen(p.default) if p is not None and not p.computed else None for p in found}
    (value, *others) = values
    return ABSENT if others or value is None else value


def _given(instance: Instance, name: str, recalled: bool) -> Any:
    """What a parameter is in an instance, if that is known."""
    return ABSENT if instance.stale and not recalled else _value(instance.params.get(name, ABSENT))


def _value(value: Any) -> Any:
    """A parameter's value as an ordinary one: the name of a block is a word."""
    return str(value) if isinstance(value, str) else frozen(plain(value))


def _sizes(block: Block) -> None:
    fed = [i.inputs for i in block.instances]
    ranks = {len(f[0].output) if len(f) == 1 else 0 for f in fed}
    if len(ranks) == 1 and ranks != {0}:
        name = "input.features" if ranks == {1} else "input.channels"
        block.level.add(Variable(name, "channels", [f[0].output[0] for f in fed]))


def _counts(values: Sequence[Any], heights: Sequence[int]) -> bool:
    """Whether a parameter is these heights, or as much more or less everywhere."""
    if not all(type(v) is int for v in values):
        return False
    return len({v - height for v, height in zip(values, heights, strict=True)}) == 1


def _height(instance: Instance, circle: Collection[str]) -> int:
    """How many instances of its own circle of blocks stand within each other in one, at most."""
    deepest, stack = 0, [(instance, 0)]
    while stack:
        part, depth = stack.pop()
        deepest = max(deepest, depth)
        for child in part.children:
            if isinstance(child, Instance):
                again = child.block is not None and child.block.name in circle
                stack.append((child, depth + again))
    return deepest


def _kind(name: str, values: Sequence[Any], slots: Sequence[tuple[Slot, Level]], own: Level) -> str:
    """What a parameter measures: what is written with its values, or what its name says."""
    found = set()
    for slot, level in slots:
        if level is own and slot.kind in get_args(KindName):
            pairs = zip(values, slot.values, strict=True)
            if all(b is ABSENT or same(a, b) for a, b in pairs) and not slot.constant:
                found.add(slot.kind)
    # Of several kinds it is that from which the others may follow: `padding` from `dilation`.
    hubs = sorted(hub for hub in found if all("is" in forms(kind, hub) for kind in found))
    if hubs:
        return "count" if hubs[0] == "index" else hubs[0]  # the index is a loop's
    known = [v for v in values if v is not ABSENT]
    if all(isinstance(v, bool) for v in known):
        return "flag"
    if all(v is None or isinstance(v, str) for v in known):
        return "word"
    if "channels" in name or name in ("width", "hidden", "growth"):
        return "channels"
    kinds = {op.kinds()[name] for op in REGISTRY.values() if name in op.model_fields}
    if len(kinds) == 1 and len(name) > 1:  # a letter means something else in each op
        return str(kinds.pop())
    return "list" if all(isinstance(v, tuple) for v in known) else "unknown"
