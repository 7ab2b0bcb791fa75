"""The hierarchy of a network: stages in it, blocks in these, and layers in blocks."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from archspec.figures.detail import Detail, Selection, by_blocks
from archspec.figures.folding import Box, Folding
from archspec.ir.graph import Graph, Instance, Node


@dataclass(frozen=True, slots=True, eq=False)
class Twig:
    """A part of the network, or equal ones side by side, and what they are made of.

    Attributes:
        box: the parts; `box.times` of them.
        twigs: what the first of them is made of; nothing where it is a layer, or folded.
        form: what equals have in common.
    """

    box: Box
    twigs: tuple[Twig, ...] = field(repr=False)
    form: Hashable = field(repr=False)


class Tree:
    """A network as the tree of its blocks; as far as blocks unless the detail says otherwise.

    Siblings in a row are equal, and one twig with `repeat`, where they have the same layers,
    wired alike, on equal shapes; that they follow one another as values flow is not asked.
    """

    def __init__(self, graph: Graph, detail: Detail) -> None:
        self.graph, self.detail = graph, by_blocks(detail)
        self.selection = Selection(graph, self.detail)
        self.folding = Folding(self.selection)
        self.root = self._twig(self.selection.root)

    @cached_property
    def twigs(self) -> list[Twig]:
        """All parts, each before what it is made of."""
        return list(_all(self.root))

    def _twig(self, part: Instance | Node) -> Twig:
        box = Box([(part,)])
        whole = self.detail.level == "network" and not self.detail.parts
        if isinstance(part, Node) or whole or self.selection.folds(part):
            return Twig(box, (), self.folding.repeats.form((part,)))
        twigs: list[Twig] = []
        for child in part.children:
            inside = [child] if isinstance(child, Node) else list(child.nodes())
            if self.folding.shown.isdisjoint(inside):
                continue
            twig = self._twig(child)
            before = twigs[-1] if twigs else None
            if before is not None and self.folding.fuses(before.box, twig.box):
                box_ = Box([(*before.box.parts, *twig.box.parts)])
                twigs[-1] = Twig(box_, (), self.folding.repeats.form(box_.parts))
            else:
                twigs.append(twig)
        made = tuple(self._repeated(twigs))
        return Twig(box, made, (self.folding.repeats.form((part,)), *(twig.form for twig in made)))

    def _repeated(self, twigs: list[Twig]) -> list[Twig]:
        found: list[Twig] = []
        for twig in twigs:
            before = found[-1] if found else None
            if self.detail.repeat != "none" and before is not None and before.form == twig.form:
                before.box.members += twig.box.members
                before.box.times = len(before.box.members)
            else:
                found.append(twig)
        return found


def _all(twig: Twig) -> Iterator[Twig]:
    yield twig
    for held in twig.twigs:
        yield from _all(held)
