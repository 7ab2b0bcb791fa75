"""Graph -> the tree of what a page can show: every layer, and all that folds round layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from archspec.figures.detail import LEVELS, Detail, Selection
from archspec.figures.figure import Figure
from archspec.figures.folding import Box, Frame
from archspec.figures.repeats import Member
from archspec.ir.graph import Graph, Instance, Node, Output

Sort = Literal["network", "block", "group", "run", "fused", "layer", "input", "output"]


@dataclass(eq=False, slots=True)
class Part:
    """What is one box when it is folded, and a frame round its children when it is open.

    Attributes:
        sort: `run` for equal neighbours, that are ×N while it is folded; `fused` for a layer with
            the normalisation and the activation after it.
        stands: for a layer or an input the node, for an output the output, for a block, a group
            or the network the instance; for a run or what is fused the first node or instance.
        opened: whether it is open at first, and then at each of `LEVELS`.
    """

    sort: Sort
    stands: Node | Instance | Output
    children: list[Part] = field(default_factory=list)
    opened: tuple[bool, ...] = ()

    @property
    def member(self) -> Member:
        """The parts of the graph that it stands for."""
        if self.sort in ("run", "fused"):
            return tuple(part for child in self.children for part in child.member)
        return () if isinstance(self.stands, Output) else (self.stands,)

    def nodes(self) -> Iterator[Node]:
        """The layers within that the figure reaches, in execution order."""
        for part in self.walk():
            if part.sort == "layer" and isinstance(part.stands, Node):
                yield part.stands

    def boxes(self) -> int:
        """How many boxes it is drawn as at first."""
        if not self.children or not self.opened[0]:
            return 1
        return sum(child.boxes() for child in self.children)

    def walk(self) -> Iterator[Part]:
        """This part and all within, each before its own."""
        yield self
        for child in self.children:
            yield from child.walk()


class Parts:
    """The tree of a figure with everything in it; the detail says what is folded at first.

    Raises:
        ArchspecError: E108 for a name in the detail that no part of the network has.
    """

    def __init__(self, graph: Graph, detail: Detail) -> None:
        structure = Detail(
            only=detail.only, start=detail.start, end=detail.end, fuse=detail.fuse, repeat="none"
        )
        self.figure = Figure(graph, structure)
        self.repeat = detail.repeat
        levels = [Detail(level=level, only=detail.only) for level in LEVELS]
        self._views = [Selection(graph, one) for one in (detail, *levels)]
        self.root = self._root(detail)

    def _root(self, detail: Detail) -> Part:
        wholes = [v.detail.level == "network" and detail.only is None for v in self._views]
        children = [
            *(Part("input", box.part) for box in self.figure.sources),
            *self._inside(self.figure.inside),
            *(Part("output", output) for output in self.figure.outputs),
        ]
        root = self.figure.selection.root
        return Part("network", root, children, tuple(not whole for whole in wholes))

    def _inside(self, entries: Iterable[Box | Frame]) -> list[Part]:
        return list(self._repeated([self._part(entry) for entry in entries]))

    def _part(self, entry: Box | Frame) -> Part:
        if isinstance(entry, Frame):
            instance = entry.instance
            opened = tuple(not view.folds(instance) for view in self._views)
            sort: Sort = "group" if instance.block is None else "block"
            return Part(sort, instance, self._inside(entry.inside), opened)
        layers = [Part("layer", part) for part in entry.parts]
        if len(layers) == 1:
            return layers[0]
        return Part("fused", entry.part, layers, (False,) * len(self._views))

    def _repeated(self, parts: list[Part]) -> Iterator[Part]:
        """The parts, with equal neighbours in runs: members read all that the one before gives."""
        run: list[Part] = []
        for part in [*parts, None]:
            if part is not None and run and self._goes_on(run, part):
                run.append(part)
                continue
            if len(run) > 1:
                states = zip(*(member.opened or self._closed for member in run), strict=True)
                opened = tuple(any(state) or self.repeat == "none" for state in states)
                yield Part("run", run[0].stands, run, opened)
            else:
                yield from run
            run = [part] if part is not None else []

    @property
    def _closed(self) -> tuple[bool, ...]:
        return (False,) * len(self._views)

    def _goes_on(self, run: list[Part], part: Part) -> bool:
        """Whether a part is one more of the same, as `Folding.goes_on` has it for boxes."""
        members = [member.member for member in run[-2:]]
        repeats = self.figure.folding.repeats
        return repeats.goes_on(members, [part.member], self.repeat == "alike")
