"""The blocks of some graphs: all instances of each, and the body that they have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from archspec.ir.graph import Instance, Node
from archspec.lifting.align import pattern
from archspec.lifting.branching import PLAIN, TASTES
from archspec.lifting.entries import Branch, Entry, Names
from archspec.lifting.reading import Reading
from archspec.lifting.samples import ABSENT
from archspec.lifting.terms import Item, Level, Slot, Variable, walk
from archspec.lifting.unify import Unifier
from archspec.lifting.whole import Whole


def called(part: Node | Instance) -> str:
    """The name of an instance's block, or of a node's op."""
    if isinstance(part, Node):
        return part.op.name
    return part.block.name if part.block is not None else ""


@dataclass(slots=True, eq=False)
class Block:
    """A block with all its instances, each of which is a sample of its body.

    Attributes:
        circle: the names of the blocks that it holds and that hold it, at any depth; its own is
            among them. Empty where it is not recursive.
        whole: what its spec has in its place, where that is written.
    """

    name: str
    instances: list[Instance]
    level: Level
    items: list[Item]
    outputs: dict[str, Slot] = field(default_factory=dict)
    there: dict[str, Slot] = field(default_factory=dict)
    index: dict[Instance, int] = field(default_factory=dict)
    label: Slot | None = None
    whole: Whole | None = None
    circle: frozenset[str] = frozenset()

    @property
    def calls(self) -> set[str]:
        """The blocks that its body uses."""
        used = [i for i in walk(self.items) if i.kind == "block"]
        return {called(part) for item in used for part in item.parts if part is not None}

    @property
    def inputs(self) -> tuple[str, ...]:
        block = self.instances[0].block
        return block.inputs if block is not None else ()

    def parameters(self) -> list[Variable]:
        """Those that are read, in the order in which the block declares them; new ones last."""
        block = self.instances[0].block
        places = {name: i for i, name in enumerate(block.params if block is not None else ())}
        known = [v for v in self.level.variables if v.used and v.name.isidentifier()]
        return sorted(known, key=lambda v: places.get(v.name, len(places)))


def gather(readings: Sequence[Reading], network: Level, unifier: Unifier) -> list[Block]:
    """The blocks of some graphs, each after those that it uses."""
    instances: dict[str, list[tuple[int, Reading, Instance]]] = {}
    for number, reading in enumerate(readings):
        for instance in reading.graph.instances:
            if instance.block is not None:
                instances.setdefault(instance.block.name, []).append((number, reading, instance))
    blocks = {name: _block(name, found, network, unifier) for name, found in instances.items()}
    _close(blocks)
    return list(_ordered(blocks))


def _block(
    name: str,
    found: Sequence[tuple[int, Reading, Instance]],
    network: Level,
    unifier: Unifier,
) -> Block:
    level = Level(len(found), network, [number for number, _, _ in found], is_block=True)
    bodies = chosen(found)
    block = Block(name, [i for _, _, i in found], level, unifier.unify(level, bodies))
    block.index = {instance: n for n, instance in enumerate(block.instances)}
    _outputs(block, found)
    kinds = [i.kind for i in block.instances]
    if any(kinds):
        block.label = Slot("text", [k or "" for k in kinds], "label")
    return block


def chosen(found: Sequence[tuple[int, Reading, Instance]]) -> dict[int, list[Entry]]:
    """The bodies of instances, each read in the way that is most like the others."""
    bodies = {n: reading.body(instance) for n, (_, reading, instance) in enumerate(found)}
    shapes: dict[tuple[str, ...], list[int]] = {}
    for number, body in bodies.items():
        shapes.setdefault(tuple(tokens(body)), []).append(number)
    if len(shapes) < 2 or not any(t == "[" for shape in shapes for t in shape):
        return bodies
    if any(reading.taste is not PLAIN for _, reading, _ in found):
        return bodies
    best: tuple[float, dict[int, list[Entry]]] | None = None
    wide = any(body and body[-1].kind == "parallel" for body in bodies.values())
    for taste in TASTES:
        tried, total = dict(bodies), 0.0
        usual = max(shapes, key=lambda shape: (len(shapes[shape]), len(shape)))
        _, reading, instance = found[shapes[usual][0]]
        model = [*tokens(reading.body(instance, taste))]
        for numbers in shapes.values():
            ways = [(taste, 0.0), *((t, 1.0) for t in TASTES if t is not taste)]
            _, reader, one = found[numbers[0]]
            costs = [_unlike(model, [*tokens(reader.body(one, w))]) + more for w, more in ways]
            if wide:
                inside = [_wrapped(reader.body(one, w)) for w, _ in ways]
                costs += [_unlike(model, [*tokens(body)]) + 0.5 for body in inside]
            at = costs.index(min(costs))
            total += costs[at]
            for number in numbers:
                _, reader, one = found[number]
                body = reader.body(one, ways[at % len(ways)][0])
                tried[number] = _wrapped(body) if at >= len(ways) else body
        total += taste is not PLAIN
        if best is None or total < best[0]:
            best = total, tried
    return bodies if best is None else best[1]


def _wrapped(entries: list[Entry]) -> list[Entry]:
    """A body as the only branch of a `parallel`."""
    if not entries or entries[-1].kind == "parallel":
        return entries
    around = Entry("parallel", source=entries[0].source, output=entries[-1].output)
    around.branches = [Branch(chain=entries)]
    return [around]


def tokens(entries: Sequence[Entry], depth: int = 0) -> Iterator[str]:
    """What stands in a body, how deep it stands in branches, and brackets around these."""
    for entry in entries:
        for branch in entry.branches:
            yield "["
            yield from tokens(branch.entries, depth + 1)
        ident = pattern(entry.id) or ""
        yield f"{depth} {entry.kind} {entry.name} {ident}"
        if entry.body:
            yield from tokens(entry.body, depth)


def _unlike(ours: list[str], theirs: list[str]) -> float:
    """How many tokens of two bodies have no partner."""
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    matched = sum(block.size for block in matcher.get_matching_blocks())
    return float(len(ours) + len(theirs) - 2 * matched)


def _outputs(block: Block, found: Sequence[tuple[int, Reading, Instance]]) -> None:
    names = dict.fromkeys(name for i in block.instances for name in i.outputs)
    for name in names:
        refs: list[Any] = []
        for _, reading, instance in found:
            value = instance.outputs.get(name)
            refs.append(ABSENT if value is None else reading.names.wanted(value, instance))
        block.outputs[name] = Slot("reference", _one(refs))
        if ABSENT in refs:
            block.there[name] = Slot("condition", [r is not ABSENT for r in refs])


def _one(refs: Sequence[Names | Any]) -> list[Any]:
    """Of the names that values have, those that most have in common."""
    known = [set(r) for r in refs if r is not ABSENT]
    common = set.intersection(*known)
    return [r if r is ABSENT else next((n for n in r if n in common), r[0]) for r in refs]


def _close(blocks: dict[str, Block]) -> None:
    """Note of each block which others it is recursive with."""
    uses = {name: block.calls for name, block in blocks.items()}
    holds: dict[str, set[str]] = {}
    for name in blocks:
        inside, left = set[str](), [name]
        while left:
            new = uses[left.pop()] - inside
            inside |= new
            left += new
        holds[name] = inside
    for name, block in blocks.items():
        block.circle = frozenset(other for other in holds[name] if name in holds[other])


def _ordered(blocks: dict[str, Block]) -> Iterable[Block]:
    """Blocks in an order in which each comes after those that it uses, its circle excepted."""
    done: dict[str, None] = {}
    for start, block in blocks.items():
        stack = [(start, iter(sorted(block.calls)))]
        path = {start}
        while stack:
            name, left = stack[-1]
            inner = next((n for n in left if n not in done and n not in path), None)
            if inner is None:
                stack.pop()
                path.discard(name)
                done.setdefault(name)
            else:
                path.add(inner)
                stack.append((inner, iter(sorted(blocks[inner].calls))))
    return [blocks[name] for name in done]
