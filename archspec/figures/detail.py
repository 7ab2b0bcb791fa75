"""How much of a network a figure shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeVar, get_args

from archspec.analysis.parts import all_named, named, unknown
from archspec.diagnostics import ArchspecError
from archspec.ir.graph import Graph, Instance, Node, reach

Level = Literal["network", "stage", "block", "layer"]
LEVELS: tuple[Level, ...] = get_args(Level)
Repeat = Literal["equal", "alike", "none"]
REPEATS: tuple[Repeat, ...] = get_args(Repeat)

Shapes = Literal["all", "change", "channels", "none"]
SHAPES: tuple[Shapes, ...] = get_args(Shapes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """What is opened, what is folded, and what is left out.

    Attributes:
        level: `layer` unless given, which opens everything; `network` is one box; `stage` one
            for each part at the top of the spec; `block` opens groups and folds blocks.
        depth: in place of a level, how many levels of blocks to open.
        expand, collapse: blocks, or paths of instances, that are open or folded all the same.
        only: a block, of which the first instance is shown by itself, or an instance's path, or
            the label of either; several come side by side, of several networks one of each, where
            nothing is the whole of one.
        start, end: nodes or instances between which the figure lies.
        fuse: whether a layer, the normalisation and the activation after it are one box.
        repeat: what is drawn once, with ×N, where it comes several times in a row: what is
            equal, or also folded blocks that are alike: of the same ops, kernels and strides, but
            of other numbers of channels, rates and factors.
        residuals: whether what is added to a skip has a frame.
        shapes: on which arrows shapes are written: on all, on those where they change, where
            channels change and these alone, or on none. Unless given, where they change in boxes,
            and on none elsewhere.

    Raises:
        ValueError: for a level beside a depth, and for an unknown word.
    """

    level: Level | None = None
    depth: int | None = None
    expand: tuple[str, ...] = ()
    collapse: tuple[str, ...] = ()
    only: str | tuple[str, ...] | None = None
    start: str | None = None
    end: str | None = None
    fuse: bool = False
    repeat: Repeat = "equal"
    residuals: bool = False
    shapes: Shapes | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """What is shown by itself: one part a figure."""
        return (self.only,) if isinstance(self.only, str) else self.only or ()

    def __post_init__(self) -> None:
        if self.level is not None and self.depth is not None:
            raise ValueError("a level and a depth both say what is opened: give one.")
        for key, words in (("repeat", REPEATS), ("shapes", (None, *SHAPES))):
            if getattr(self, key) not in words:
                raise ValueError(
                    f"{key} is {getattr(self, key)!r}, not {' or '.join(filter(None, words))}"
                )


_Detail = TypeVar("_Detail", bound=Detail)


def by_blocks(detail: _Detail) -> _Detail:
    """The detail, as far as blocks unless it says how far."""
    told = detail.level is not None or detail.depth is not None
    return detail if told else replace(detail, level="block")


class Selection:
    """A detail, applied to a graph.

    Raises:
        ArchspecError: E108 for a name that no block and no part of the network has, and where
            no way leads from the start to the end.
    """

    def __init__(self, graph: Graph, detail: Detail) -> None:
        self.graph, self.detail = graph, detail
        self.collapsed = set(all_named(graph, detail.collapse))
        self.expanded: set[Instance] = set()
        for instance in all_named(graph, detail.expand):
            self.expanded.update(instance.ancestors())
        if len(detail.parts) > 1:
            raise ValueError("several parts by themselves are several figures")
        self.root = named(graph, detail.parts)[0] if detail.parts else graph.root

    def folds(self, instance: Instance) -> bool:
        """Whether an instance is one box."""
        if instance in self.collapsed:
            return True
        if instance in self.expanded or instance is self.root:
            return False
        if self.detail.depth is not None:
            level = sum(1 for _ in instance.ancestors()) - sum(1 for _ in self.root.ancestors())
            return level > self.detail.depth
        if self.detail.level == "block":
            return instance.block is not None and instance not in self.graph.recursive
        return self.detail.level in ("network", "stage")

    def around(self, instance: Instance) -> list[Instance]:
        """What of the figure an instance is in, itself first and then outwards; nothing else."""
        around: list[Instance] = []
        for one in instance.ancestors():
            if one is self.root:
                return around
            around.append(one)
        return []

    @cached_property
    def nodes(self) -> list[Node]:
        """The nodes that the figure shows, in execution order."""
        shown = set(self.root.nodes()) if self.detail.parts else set(self.graph.nodes)
        if self.detail.end is not None:
            shown &= reach(self._part(self.detail.end))
        if self.detail.start is not None:
            begin = set(self._part(self.detail.start))
            after: set[Node] = set()
            for node in self.graph.nodes:
                if node in begin or any(source in after for source in node.inputs):
                    after.add(node)
            shown &= after
        if not shown:
            raise unknown("way to", self.detail.end or "", [])
        return [node for node in self.graph.nodes if node in shown]

    def _part(self, name: str) -> list[Node]:
        """A node, or those of an instance."""
        node = self.graph.by_path.get(name)
        if node is not None:
            return [node]
        found = next((i for i in self.graph.instances if i.path == name and name), None)
        if found is None:
            paths = [i.path for i in self.graph.instances if i.path]
            raise unknown("block or layer", name, [*self.graph.by_path, *paths])
        return list(found.nodes())


def check_parts(graphs: Sequence[Graph], parts: Sequence[str | None]) -> None:
    """Raise an ArchspecError, E108, where one of several networks has no such part."""
    for graph, part in zip(graphs, parts, strict=True):
        try:
            named(graph, [part] if part else [])
        except ArchspecError as error:
            if len({*parts}) > 1:
                raise
            whole = 'say a part of each network, in their order, and "" for the whole of one'
            raise ArchspecError(*(replace(d, hint=whole) for d in error.diagnostics)) from error
