"""What a strip or a tower shows of a network, before anything has a place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from archspec.backends.strips import words
from archspec.backends.strips.alike import as_one, looped
from archspec.backends.strips.dissolved import dissolved
from archspec.backends.strips.exits import hung
from archspec.backends.strips.flowing import flowing, switches
from archspec.backends.strips.topology import Topology, settled, topology
from archspec.backends.strips.within import Insides, fitting
from archspec.figures.buildup import BuildUp, build_up
from archspec.figures.called import own_name
from archspec.figures.columns import columns
from archspec.figures.figure import Figure
from archspec.figures.maps import Maps, maker
from archspec.figures.notes import Notes
from archspec.figures.options import Options
from archspec.figures.opwords import plain_name
from archspec.figures.words import shape_words
from archspec.ir.graph import Graph, Instance, Node

_SLIM, _NARROWEST = 58, 0.38
"""Boxes in rows of many, from which on these are narrower, and how much at most."""


class BlockKind(NamedTuple):
    """Blocks that are drawn in one way.

    Attributes:
        inner: what is in one of them.
        name: what this is called.
        since: the step with which one first comes.
        place: how many other kinds come before in the network.
    """

    inner: Topology
    name: str
    since: int
    place: int


class Plan:
    """The boxes of a network in a line, and what is in its blocks.

    Args:
        tiny_blocks: whether blocks are small pictures; else they are boxes with their names.
        folded: whether layers in a row that read the same are one.
        apart: nodes that are not to be written into the box of what they read.
        in_a_u: whether it stands in one.
        insides: what other plans of the network know of its blocks, to which this one adds.

    Attributes:
        whole: the line.
        opened: whether blocks may be opened beside it.
        left_out: what only chooses for others, and is not drawn unless everything is asked for.
    """

    def __init__(
        self,
        graph: Graph,
        options: Options,
        *,
        tiny_blocks: bool = True,
        folded: bool = False,
        apart: Collection[Node] = (),
        in_a_u: bool = False,
        insides: Insides | None = None,
    ) -> None:
        self.graph, self.options = graph, options
        self.tiny_blocks, self.in_a_u = tiny_blocks, in_a_u
        self.opened = True
        whole = topology(Figure(graph, replace(options, fuse=True), False, apart))
        everything = options.level == "layer" or "attributes" in options.annotate
        self.left_out = [] if everything else switches(whole)
        whole = dissolved(whole if everything else settled(flowing(whole)))
        self.whole = hung(as_one(looped(whole))) if folded else whole
        self.insides: Insides = {} if insides is None else insides
        self.known: dict[object, Topology | None] = {}
        self.foldings: dict[object, int] = {}
        self.costs = Notes(graph, options.annotate)
        self.notes = {m: self.noted(m) for m in self.whole.maps}

    def tell_apart(self) -> None:
        """Give blocks at the top that are called alike the ids that they have there.

        A U needs none, as its rows tell. What gives an output has the name of that beside it.
        """
        tops: list[tuple[Maps, list[Instance]]] = []
        ends = set(self.whole.named.values())
        for number, maps in enumerate(self.whole.maps):
            run = [part for part, *_ in maps.box.run if isinstance(part, Instance)]
            ours = maps.folded and run[0].parent is self.graph.root and number not in ends
            if ours and not maps.train_only:
                tops.append((maps, run))
        often = Counter(words.block(run[0]) for _, run in tops)
        for maps, run in tops:
            name = words.block(run[0])
            if run[0].label is None and often[name] > 1 and own_name(run[0]) and not maps.known:
                maps.known = words.besides(run)

    def beside(self, maps: Maps) -> list[str]:
        """What is said of a block that is a small picture, besides its name."""
        return [*words.weights(maps), *self.notes[maps]]

    def noted(self, maps: Maps) -> tuple[str, ...]:
        """What a box costs, as far as that is asked for; one of the line, or of an opened block."""
        return () if maps.source or maps.signed else self.costs.of(maps.box)

    @cached_property
    def inner(self) -> dict[Maps, Topology | None]:
        """Of each box that is a block, what a small picture of it shows."""
        return {maps: self._within(maps, self.whole) for maps in self.whole.maps}

    def _within(self, maps: Maps, among: Topology) -> Topology | None:
        part = maker(maps)
        if maps.source or isinstance(part, Node) or part.parent is None:
            return None
        body = among.bodies.get(maps)
        form = (
            self.whole.figure.folding.repeats.form((part,)),
            body is None,
            self._folded_in.get(part),
        )
        if form not in self.known:
            least = self._folding(part) if body is None else 0
            found = fitting(self.graph, part, body, least, self.options, self.insides)
            self.known[form] = found[1]
        return self.known[form]

    @cached_property
    def _folded_in(self) -> dict[Instance, frozenset[str]]:
        """What is to be folded in each part, by its path there."""
        found: dict[Instance, set[str]] = {}
        for one in self.whole.figure.selection.collapsed:
            for around in one.ancestors():
                found.setdefault(around, set()).add(around.relative(one.path))
        return {around: frozenset(paths) for around, paths in found.items()}

    def _folding(self, part: Instance) -> int:
        """How much is folded in small pictures of what is of a kind with a part: as much in all."""
        kind = _kind(part)
        if kind not in self.foldings:
            repeats = self.whole.figure.folding.repeats
            alike = {
                repeats.form((one,), exact=False): one
                for one in self.graph.instances
                if _kind(one) == kind and any(one.nodes())
            }
            found = (
                fitting(self.graph, one, told=self.options, known=self.insides)
                for one in alike.values()
            )
            self.foldings[kind] = max((n for n, inner in found if inner is not None), default=0)
        return self.foldings[kind]

    @cached_property
    def steps(self) -> BuildUp:
        """The steps in which it is built up."""
        whole = self.whole
        return build_up(whole.figure, whole.maps, whole.wires, in_a_u=self.in_a_u)

    def tiny(self, maps: Maps) -> tuple[Topology, str] | None:
        """A block that is a small picture, and its name: a side branch for training is none.

        None are those with rows of many boxes where these are too many in all.
        """
        inner, part = self.inner[maps], maps.box.part
        if inner is None or not self.tiny_blocks or maps.train_only or isinstance(part, Node):
            return None
        if part in self.whole.figure.selection.collapsed:
            return None
        if inner.slim and self._many > _SLIM / _NARROWEST:
            return None
        return inner, words.named(maps, words.block(part))

    @cached_property
    def _many(self) -> int:
        """The boxes of all rows of many."""
        return sum(one.length for one in self.inner.values() if one is not None and one.slim)

    @property
    def narrow(self) -> float:
        """How much less than usual a box is given in rows of many, where these are many."""
        return min(1.0, _SLIM / max(self._many, 1))

    @property
    def unsaid(self) -> list[str]:
        """What goes with boxes and is not written in them, each kind once."""
        shown = [self.whole, *(inner for inner in self.inner.values() if inner is not None)]
        maps = [maps for one in shown for maps in one.maps]
        boxes = (box for one in maps for box in (*one.leading, *one.passing))
        nodes = (part for box in boxes if isinstance(part := box.part, Node))
        return list(dict.fromkeys(filter(None, map(words.unsaid, nodes))))

    def lines(self, maps: Maps) -> list[str]:
        """What is written in a box, costs in the last line."""
        notes = self.notes[maps]
        return [*words.along(maps, self.common), *([", ".join(notes)] if notes else [])]

    @cached_property
    def common(self) -> str:
        """The activation behind most hidden layers, which goes without saying; none if no such.

        Where it is a box of its own in the line, it is said of all.
        """
        nodes = (node for node in self.whole.figure.selection.nodes if node.op.rectifies)
        most = next((name for name, _ in Counter(map(plain_name, nodes)).most_common(1)), "")
        alone = (maker(maps) for maps in self.whole.maps if not maps.source)
        said = {plain_name(part) for part in alone if isinstance(part, Node)}
        return "" if most in said else most

    @property
    def silent(self) -> list[str]:
        """What goes with layers in the line and is not written there: norms, that activation."""
        with_words = (maps for maps in self.whole.maps if self.tiny(maps) is None)
        nodes = [node for maps in with_words for node in words.going_with(maps)]
        nodes = [node for node in nodes if node.label is None]
        norms = ["norms"] if any(node.op.category == "normalisation" for node in nodes) else []
        return [*norms, *dict.fromkeys(n for n in map(plain_name, nodes) if n == self.common)]

    @cached_property
    def stages(self) -> list[tuple[str, int, int]]:
        """What is opened at the top of the figure: its name, its first and its last box."""
        return [*self._stages()]

    def _stages(self) -> Iterator[tuple[str, int, int]]:
        root = self.whole.figure.selection.root
        found: dict[Instance, list[int]] = {}
        for number, maps in enumerate(self.whole.maps):
            for stage in self._around(maps)[-1:]:
                found.setdefault(stage, []).append(number)
        if root.parent is not None:  # of a block's branches, side by side, none is a stage
            column = columns(len(self.whole.maps), list(self.whole.wires))
            found = {
                stage: numbers
                for stage, numbers in found.items()
                if _apart([column[n] for n in numbers], column)
            }
        for stage, numbers in found.items():
            name, part = words.stage(stage), maker(self.whole.maps[numbers[0]])
            known = isinstance(part, Instance) and name == words.block(part)
            itself = known or not own_name(stage)
            if len(numbers) > 1 or not itself:  # one box that is its stage speaks for itself
                yield name, min(numbers), max(numbers)

    def _around(self, maps: Maps) -> list[Instance]:
        """What is opened and a box stands in, from the innermost to what stands at the top."""
        selection = self.whole.figure.selection
        part = maps.box.part
        if isinstance(part, Node):  # of a dense layer, what is left of it is a node
            part = self.whole.figure.box_of[part].part
        scope = part.scope if isinstance(part, Node) else part.parent
        outer = [] if scope is None or maps.source else selection.around(scope)
        return [] if outer and outer[-1] in self.graph.recursive else outer

    def _opened(self) -> Iterator[tuple[str, int, int]]:
        """The same of blocks within stages, where it was asked for that they be opened."""
        found: dict[Instance, list[int]] = {}
        for number, maps in enumerate(self.whole.maps):
            for block in self._around(maps)[:-1]:
                if block.block is not None and block in self.whole.figure.selection.expanded:
                    found.setdefault(block, []).append(number)
        stages = {(first, last) for _, first, last in self.stages}
        for block, numbers in found.items():
            extent = min(numbers), max(numbers)
            if len(numbers) > 1 and extent not in stages:
                yield words.block(block), *extent

    def bracketed(self, *, sizes: bool) -> Iterator[tuple[list[str], int, int]]:
        """The lines under each stage: its name and, if wanted, the size of the one value it gives.

        A part at the end of the figure gives what this gives.
        """
        for name, first, last in (*self._opened(), *self.stages):
            own = range(first, last + 1)
            wires = ((tail, head) for tail, head in self.whole.wires if tail in own)
            given = {tail for tail, head in wires if head not in own}
            given |= {end for end in self.whole.ends if end in own}
            yield [name, *(self._sizes(last) if sizes and given == {last} else ())], first, last

    def _sizes(self, number: int) -> Iterator[str]:
        """The size of what leaves a box, unless that is a vector, whose layer says as much."""
        maps = self.whole.maps[number]
        shapes = [box.shapes[0] for box in (maps.box, *maps.passing)]
        yield from map(shape_words, [shape for shape in shapes if len(shape) > 1][-1:])

    @cached_property
    def leaving(self) -> dict[Maps, int]:
        """The step with which an arrow first leaves each box."""
        return dict(zip(self.whole.maps, self.steps.leaving(self.whole.wires), strict=True))

    def said(self) -> Iterator[tuple[str, int]]:
        """What each box is called, with its ×N, and the step with which it comes."""
        for maps, since in zip(self.whole.maps, self.steps.of, strict=True):
            yield ", ".join(self.lines(maps)) + words.repeated(maps), since

    def kinds_of_blocks(self) -> Iterator[BlockKind]:
        """Each kind of block in the line; what comes most often is the first.

        It is told by one of those of the stride that most have. Where kinds have one name, it is
        said where that stands; and of several whose numbers differ, that it is one of them.
        """
        if not self.opened:
            return
        kinds: dict[object, list[Instance]] = {}
        opened: dict[Instance, Topology] = {}
        comes: dict[object, int] = {}
        for maps, since in zip(self.whole.maps, self.steps.of, strict=True):
            for instance, inner in self._blocks(maps, self.inner[maps]):
                opened[instance] = inner
                kinds.setdefault(inner.form, []).append(instance)
                comes[inner.form] = min(comes.get(inner.form, since), since)
        often = Counter(words.block(alike[0]) for alike in kinds.values())
        place = {form: number for number, form in enumerate(kinds)}
        for form, alike in sorted(kinds.items(), key=lambda kind: len(kind[1]), reverse=True):
            plain = {one: tuple(_computed(opened[one], channels=False)) for one in alike}
            ((most, _),) = Counter(plain.values()).most_common(1)
            first = next(one for one in alike if plain[one] == most)
            differ = len({tuple(_computed(opened[one])) for one in alike}) > 1
            name = words.block(first)
            if often[name] > 1:
                name = words.placed(first)
            elif differ:
                name = words.numbered(first)
            several = f", one of {len(alike)}" if differ else ""
            yield BlockKind(opened[first], name + several, comes[form], place[form])

    def _blocks(self, maps: Maps, inner: Topology | None) -> Iterator[tuple[Instance, Topology]]:
        """The blocks that a box stands for; of a row of blocks, each of these.

        What is to be folded is not opened elsewhere, either.
        """
        if inner is None or maps.box.part in self.whole.figure.selection.collapsed:
            return
        boxes = [m for m in inner.maps if not (m.source or m.joint or m.stacking)]
        folded = [m for m in boxes if m.folded]
        if folded and len(folded) == len(boxes) and inner.in_a_row:
            for one in folded:
                yield from self._blocks(one, self._within(one, inner))
            return
        for (part,) in maps.box.run:
            if isinstance(part, Instance):
                yield part, inner

    def boxes(self, line: Iterable[Maps]) -> Iterator[Maps]:
        """Boxes of the line; of blocks that are small pictures what is in them."""
        for maps in line:
            block = self.tiny(maps)
            yield from [maps] if block is None else block[0].maps


def _kind(part: Instance) -> object:
    """What parts share that are drawn in one way: their block, or the blocks that groups hold."""
    if part.block is not None:
        return part.block.name
    inner = (child for child in part.children if isinstance(child, Instance))
    held = frozenset(child.block.name for child in inner if child.block is not None)
    return held or part


def _computed(one: Topology, *, channels: bool = True) -> Iterator[str]:
    """What the boxes of a block compute, in words."""
    yield from (words.parts(maps, channels=channels)[0] for maps in one.maps if not maps.source)


def _apart(mine: list[int], column: list[int]) -> bool:
    """Whether nothing else stands in the columns from the first of these to their last."""
    low, high = min(mine), max(mine)
    return sum(low <= c <= high for c in column) == len(mine)
