"""What a strip or a tower shows of a network, before anything has a place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from archspec.backends.strips import words
from archspec.backends.strips.topology import Topology, settled, topology, within
from archspec.drawing.called import own_name
from archspec.drawing.figure import Figure
from archspec.drawing.maps import Maps, maker
from archspec.drawing.notes import Notes
from archspec.drawing.options import Options
from archspec.drawing.theme import Kind
from archspec.graph import Graph, Instance, Node


class Plan:
    """The boxes of a network in a line, and what is in its blocks.

    Args:
        tiny_blocks: whether blocks are small pictures; else they are boxes with their names.

    Attributes:
        whole: the line.
        inner: of each box that is a block, what a small picture of it shows.
    """

    def __init__(self, graph: Graph, options: Options, *, tiny_blocks: bool = True) -> None:
        self.graph, self.options, self.tiny_blocks = graph, options, tiny_blocks
        whole = topology(Figure(graph, replace(options, fuse=True), framed=False))
        self.whole = whole if options.level == "layer" else settled(whole)
        self.known: dict[int, Topology | None] = {}
        self.inner = {maps: self._within(maps) for maps in self.whole.maps}
        notes = Notes(graph, options.annotate)
        self.notes = {m: () if m.source else notes.of(m.box) for m in self.whole.maps}

    def _within(self, maps: Maps) -> Topology | None:
        part = maker(maps)
        if maps.source or isinstance(part, Node) or part.parent is None:
            return None
        form = self.whole.figure.folding.repeats.form((part,))
        if form not in self.known:
            self.known[form] = within(self.graph, part)
        return self.known[form]

    def tiny(self, maps: Maps) -> tuple[Topology, str] | None:
        """A block that is a small picture, and its name: a side branch for training is none."""
        inner, part = self.inner[maps], maps.box.part
        if inner is None or not self.tiny_blocks or maps.train_only or isinstance(part, Node):
            return None
        return inner, words.block(part)

    def lines(self, maps: Maps) -> list[str]:
        """What is written in a box, costs in the last line."""
        notes = self.notes[maps]
        return [*words.along(maps), *([", ".join(notes)] if notes else [])]

    def stages(self) -> Iterator[tuple[str, int, int]]:
        """What is opened at the top of the figure: its name, its first and its last box."""
        root = self.whole.figure.selection.root
        found: dict[Instance, list[int]] = {}
        for number, maps in enumerate(self.whole.maps):
            part = maps.box.part
            scope = part.scope if isinstance(part, Node) else part.parent
            around = [] if scope is None or maps.source else list(scope.ancestors())
            if root in around[1:]:
                found.setdefault(around[around.index(root) - 1], []).append(number)
        for stage, numbers in found.items():
            if len(numbers) > 1 or own_name(stage):  # one box of no name speaks for itself
                yield words.stage(stage), min(numbers), max(numbers)

    def said(self) -> Iterator[str]:
        """What each box is called, with its ×N."""
        for maps in self.whole.maps:
            times = f"{maps.box.times} × " if maps.box.times > 1 else ""
            yield times + ", ".join(self.lines(maps))

    def kinds_of_blocks(self) -> Iterator[tuple[Topology, str]]:
        """Each kind of block in the line, with its name; what comes most often first."""
        kinds: dict[object, list[Instance]] = {}
        opened: dict[Instance, Topology] = {}
        for maps in self.whole.maps:
            for instance, inner in self._blocks(maps, self.inner[maps]):
                opened[instance] = inner
                kinds.setdefault(inner.form, []).append(instance)
        for alike in sorted(kinds.values(), key=len, reverse=True):
            yield opened[alike[0]], words.block(alike[0])

    def _blocks(self, maps: Maps, inner: Topology | None) -> Iterator[tuple[Instance, Topology]]:
        """The blocks that a box stands for; of a row of blocks, each of these."""
        if inner is None:
            return
        folded = [m for m in inner.maps if isinstance(maker(m), Instance) and not m.source]
        if folded and len(folded) == len(inner.maps) == inner.length:
            for one in folded:
                yield from self._blocks(one, self._within(one))
            return
        for (part,) in maps.box.run:
            if isinstance(part, Instance):
                yield part, inner

    def colours(self) -> set[Kind]:
        """The kinds of all boxes, those in blocks too."""
        boxes = [m for maps, inner in self.inner.items() for m in (inner.maps if inner else [maps])]
        return {maps.kind for maps in boxes if not maps.source}
