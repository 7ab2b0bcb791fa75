"""From a network down to its smallest blocks, each level in the one before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from archspec.backends.strips import words
from archspec.backends.strips.dissolved import dissolved
from archspec.backends.strips.entrances import entered, unentered
from archspec.backends.strips.flowing import flowing
from archspec.backends.strips.recursion import branching
from archspec.backends.strips.topology import Topology, settled, topology
from archspec.backends.strips.unlike import besides
from archspec.backends.strips.within import within
from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.figures.detail import Detail, Selection
from archspec.figures.figure import Figure
from archspec.figures.maps import Maps
from archspec.figures.options import Options
from archspec.figures.repeats import Repeats
from archspec.ir.graph import Graph, Instance, Node

DEEPEST = 4
"""Levels that have room side by side."""
_FEW = 3
"""Layers in a row that are no level of their own within a block."""
_TALL = 14
"""Boxes upon one another, from which on alike ones are drawn once."""


@dataclass(frozen=True, slots=True)
class Level:
    """What is opened, and the box in it that is opened next.

    Attributes:
        instance: the network, a stage or a block.
        shown: what is in it.
        opened: the number of the box that the next level opens; None in the last.
        unlike: what others of the same block have that the opened one has not, by number.
    """

    instance: Instance
    shown: Topology
    opened: int | None = None
    unlike: Mapping[int, str] = field(default_factory=dict)


def descent(graph: Graph, options: Options) -> list[Level]:
    """The levels from a network, or the part of it that is shown, down to a block.

    What is opened holds blocks rather than layers, if there is such; it is of the kind that is
    there most often; and of these the first. What is to be expanded comes before all.

    Raises:
        ArchspecError: E607 where nothing within is a block of several layers, E108 for a name in
            `expand` that no block and no part has.
    """
    return _Descent(graph, options).levels()


class _Descent:
    def __init__(self, graph: Graph, options: Options) -> None:
        self.graph, self.options = graph, options
        selection = Selection(graph, Detail(only=options.only, expand=options.expand))
        self.root, self.wanted = selection.root, selection.expanded
        self.recursive = graph.recursive
        self.nested = {*self.recursive} - branching(self.recursive)
        """Blocks with one of their kind in each, which are levels themselves."""
        self.repeats = Repeats(selection)
        self.known: dict[int, Topology | None] = {}
        self.depths: dict[int, int] = {}

    def levels(self) -> list[Level]:
        found: list[Level] = []
        instance: Instance | None = self.root
        body: Node | None = None
        while instance is not None:
            shown = self._shown(instance, body)
            shown = entered(shown) if found else shown
            opened = self._opened(shown, instance) if len(found) < DEEPEST - 1 else None
            unlike = {} if opened is None else self._unlike(shown, opened)
            found.append(Level(instance, shown, opened, unlike))
            if opened is None:
                break
            maps = shown.maps[opened]
            instance, body = _sole(self._part(maps)), shown.bodies.get(maps)
        if len(found) < 2:
            what = f"`{self.root.path}`" if self.root.path else "the network"
            raise ArchspecError(
                Diagnostic(
                    "E607",
                    f"{what} has no levels to open: nothing in it is a block of several layers",
                    hint="draw it as `--style strip` or `--style tower`",
                )
            )
        return found

    def _shown(self, instance: Instance, body: Node | None) -> Topology:
        """What is in an instance: of a block all, if that is little; of others blocks as boxes."""
        if instance.block is not None and instance not in self.nested:
            inner = within(self.graph, instance, body)
            if inner is not None:
                return inner
        whole = Detail(only=instance.path or None, fuse=True, shapes="none")
        folded = replace(whole, depth=0)
        level = replace(whole, level="block")
        blocks = instance.path and instance not in self.recursive
        tried = [level, replace(level, repeat="alike")] if blocks else [folded]
        for detail in tried:
            found = self._topology(detail)
            if found.length <= _TALL:
                return found
        return self._topology(replace(folded, repeat="alike"))

    def _topology(self, detail: Detail) -> Topology:
        figure = Figure(self.graph, detail, framed=False)
        found = dissolved(settled(flowing(topology(figure))))
        return unentered(found) if detail.only else found

    def _opened(self, shown: Topology, within: Instance) -> int | None:
        """The box that the next level opens; nothing where there is none that could be."""
        held: dict[int, int] = {}
        for number, maps in enumerate(shown.maps):
            if not maps.source and not maps.train_only:
                depth = max((self._depth(part) for part in self._parts(maps)), default=0)
                if depth > 1 or (depth and not (within.block and self._plain(maps))):
                    held[number] = depth
        for number in held:
            if self.wanted.intersection(self._parts(shown.maps[number])):
                return number
        if not held:
            return None
        held = {n: depth for n, depth in held.items() if depth > 1} or held  # stages before blocks
        held = {n: held[n] for n in held if self._has_room(shown.maps[n])} or held
        kinds = {number: self._kind(shown.maps[number]) for number in held}
        often: Counter[object] = Counter()
        for number, kind in kinds.items():
            often[kind] += self._weight(shown.maps[number])
        return max(held, key=lambda number: often[kinds[number]])

    def _unlike(self, shown: Topology, opened: int) -> dict[int, str]:
        """What boxes have besides, that stand for the block that is opened but in another form."""
        usual = next(self._parts(shown.maps[opened]), None)
        known = None if usual is None or usual.block is None else self._within(usual)
        found: dict[int, str] = {}
        for number, maps in enumerate(shown.maps):
            part = next(self._parts(maps), None)
            if known is None or usual is None or part is None or part.block is not usual.block:
                continue
            if words.part(part) != words.part(usual):
                continue
            inner = self._within(part)
            if inner is not None and inner.form != known.form and (more := besides(inner, known)):
                found[number] = more
        return found

    def _has_room(self, maps: Maps) -> bool:
        """Whether what is in a box is no taller than a level may be."""
        inner = self._within(next(self._parts(maps)))
        return inner is None or inner.length <= _TALL

    def _plain(self, maps: Maps) -> bool:
        """Whether a block is a few layers in a row, which within a block need no level."""
        inner = self._within(next(self._parts(maps)))
        return inner is not None and inner.in_a_row and inner.length <= _FEW

    def _part(self, maps: Maps) -> Instance:
        """What is opened of a box: of several in a row what is wanted, or the first."""
        parts = list(self._parts(maps))
        return next((part for part in parts if part in self.wanted), parts[0])

    def _parts(self, maps: Maps) -> Iterator[Instance]:
        if maps.folded:
            yield from (part for (part,) in maps.box.run if isinstance(part, Instance))

    def _depth(self, instance: Instance) -> int:
        """How many levels of parts of several boxes an instance has, itself among them."""
        form = self.repeats.form((instance,))
        if form not in self.depths and next(instance.nodes(), None) is None:
            self.depths[form] = 0
        if form not in self.depths:
            nested = max((self._depth(part) for part in _children(instance)), default=0)
            several = nested or self._within(instance) is not None or self._several(instance)
            self.depths[form] = nested + 1 if several else 0
        return self.depths[form]

    def _within(self, instance: Instance) -> Topology | None:
        form = self.repeats.form((instance,))
        if form not in self.known:
            self.known[form] = within(self.graph, instance)
        return self.known[form]

    def _several(self, instance: Instance) -> bool:
        """Whether there are several boxes in an instance, normalisations and the like aside."""
        detail = Detail(only=instance.path, fuse=True)
        return len(Figure(self.graph, detail, framed=False).folding.boxes) > 1

    def _weight(self, maps: Maps) -> int:
        """How many blocks a box is, or has in it."""
        part = maps.box.part
        assert isinstance(part, Instance)
        inner = 1 if part.block else sum(c.block is not None for c in _children(part))
        return maps.box.times * max(inner, 1)

    def _kind(self, maps: Maps) -> object:
        """What boxes share that are of a block and wired alike, or hold the same blocks."""
        part = maps.box.part
        assert isinstance(part, Instance)
        if part.block is None:
            return frozenset(c.block.name for c in _children(part) if c.block is not None)
        inner = self._within(part)
        return part.block.name, None if inner is None else inner.form


def _sole(instance: Instance) -> Instance:
    """A part, or of a group that is called as the block that it alone holds, this block."""
    inner = list(_children(instance))
    if instance.block is None and len(inner) == len(instance.children) == 1:
        return inner[0] if words.stage(instance) == words.part(inner[0]) else instance
    return instance


def _children(instance: Instance) -> Iterator[Instance]:
    return (child for child in instance.children if isinstance(child, Instance))
