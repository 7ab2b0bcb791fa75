"""What is said at which solid, and what was said before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain

from archspec.backends.volumes import cells, words
from archspec.backends.volumes.slices import Said
from archspec.backends.volumes.spine import Spine
from archspec.backends.volumes.touching import Run, Touching, main_of
from archspec.figures.lenders import known_as
from archspec.figures.maps import Maps, Selected, maker
from archspec.figures.notes import Notes
from archspec.ir.graph import Instance, Node
from archspec.ir.sharing import lender
from archspec.ops.types import Category


class Telling:
    """Knows what goes without saying.

    Args:
        spine: of the picture, if it is a line with arches.
        runs: the maps that touch, for each place.
        costs: what is written at boxes besides, where that was asked for.
        rising: whether what samples maps stands in a row below them, first in its solid.
    """

    def __init__(
        self,
        selected: Selected,
        spine: Spine | None,
        runs: Sequence[Run],
        costs: Notes,
        *,
        rising: bool,
    ) -> None:
        self.selected, self.spine, self.runs, self.rising = selected, spine, runs, rising
        self.costs = costs
        self.number = {maps: n for n, run in enumerate(runs) for maps in run}
        self.stages = list(self._stages())
        self.lent = self._lent()

    def _stages(self) -> Iterator[list[str]]:
        """The names of opened parts that a solid holds as a whole, where they are theirs alone."""
        everything = self.selected.figure.graph.instances
        inside = {n: [*run] for n, run in enumerate(self.runs)}
        for arch in self.spine.arches if self.spine is not None else ():
            if arch.head is not None:
                inside[self.number[arch.head]] += arch.tags
        for n, run in enumerate(self.runs):
            names = words.stages(run, inside[n])
            yield [name for name in names if words.is_said_of_one(name, everything)]

    def said(self, run: Run, bracketed: Sequence[str]) -> Said:
        """What is written at a solid, besides its channels.

        Args:
            bracketed: the names of parts that stand elsewhere.
        """
        return Said(
            self._parts(run, bracketed),
            [[] if maps in self._quiet else [maps] for maps in run],
            [list(self.notes(maps)) for maps in run],
            told=self._is_told(run),
            sampled=self._is_sampled(run),
        )

    @cached_property
    def _quiet(self) -> set[Maps]:
        """What is made as all maps of its colour are, but for the first; each vector is told."""
        named: dict[Category, list[tuple[Maps, list[str]]]] = {}
        for maps in self.selected.maps:
            if maps in self.number and not (maps.source or maps.joint or maps.stacking):
                said = words.names([maps], cells.MOST)
                named.setdefault(self.selected.kinds[maps], []).append((maps, said))
        alike = (kind for kind in named.values() if all(said == kind[0][1] for _, said in kind))
        return {maps for _, *others in alike for maps, _ in others if len(maps.shape) > 1}

    def _lent(self) -> dict[Maps, str]:
        """What lends its weights, at the first maps of each part that borrows them."""
        found: dict[Instance | Node, Maps] = {}
        instances = self.selected.figure.graph.instances
        lenders = {one: lent for one in instances if (lent := lender(one)) is not None}
        for maps in self.selected.maps:
            part = maker(maps)
            around = (part.scope if isinstance(part, Node) else part).ancestors()
            whole = [one for one in around if one in lenders]
            if whole:
                found.setdefault(whole[-1], maps)
            elif isinstance(part, Node) and part.shared:
                found.setdefault(part, maps)
        names = {
            part: part.owner.path if isinstance(part, Node) else known_as(lenders[part])
            for part in found
        }
        return {maps: f"weights of {names[part]}" for part, maps in found.items()}

    def notes(self, maps: Maps) -> Iterator[str]:
        """Lines besides what makes maps: which output they are, a spec's own words, costs."""
        figure = self.selected.figure
        for output in figure.outputs if len(figure.outputs) > 1 else ():
            if self.selected.of[figure.box_of[output.node]] is maps:
                named = output.name not in self._whole(maps)
                name = f"output {output.name}" if named else "output"
                if output.train_only and maps.train_only:
                    name += ", training only"
                elif output.train_only:  # what it is made from is there always
                    name = f"{output.name}, own loss" if named else "own loss"
                yield from words.wrapped(name)
        if maps in self.lent:
            yield from words.wrapped(self.lent[maps])
        yield from chain(*map(words.wrapped, words.wished(maps)))
        yield from self.costs.of(maps.box)

    def _whole(self, maps: Maps) -> list[str]:
        """The names of the parts that the solid of some maps holds as a whole."""
        return self.stages[self.number[maps]] if maps in self.number else []

    def _parts(self, run: Run, bracketed: Sequence[str]) -> list[str]:
        """What a solid is called: the labels of opened parts that begin with it, and its own names.

        Args:
            bracketed: the names that stand elsewhere.
        """
        whole = self._whole(run[0])
        begun = (label for maps in run for label in self._labelled.get(maps, ()))
        return list(dict.fromkeys([*(one for one in begun if one not in bracketed), *whole]))

    @cached_property
    def _labelled(self) -> dict[Maps, list[str]]:
        """The labels of opened parts, outermost first, at the first maps of each."""
        found: dict[Instance, Maps] = {}
        for maps in self.selected.maps:
            part = maker(maps)
            scope = part.scope if isinstance(part, Node) else part.parent
            for one in () if scope is None or maps.source else reversed([*scope.ancestors()]):
                if one.parent is not None and one.label is not None:
                    found.setdefault(one, maps)
        labels: dict[Maps, list[str]] = {}
        for one, maps in found.items():
            labels.setdefault(maps, []).append(one.label or "")
        return labels

    def _is_told(self, run: Run) -> bool:
        """Whether the resolution of a solid is written at the maps before."""
        if self.spine is None:
            solids = (self._solid(link.tail) for link in self.selected.into[run[0]])
            tails = [self._first(one) for one in solids]
        else:
            before = self.runs[: self.number[run[0]]]
            solid = next((one for one in reversed(before) if not one[0].joint), None)
            tails = [self._first(solid)] if solid else []
        tails = [tail for tail in tails if not tail.source]
        size = self._first(run).shape[1:]
        return bool(tails) and all(tail.shape[1:] == size for tail in tails)

    def _solid(self, maps: Maps) -> Run:
        return self.runs[self.number[maps]] if maps in self.number else [maps]

    def _first(self, run: Run) -> Maps:
        """The maps whose resolution is written at a solid."""
        made = (maps for maps in run if self.rising or not Touching.samples(maps))
        return next(made, run[0])

    def _is_sampled(self, run: Run) -> bool:
        """Whether a solid ends with a sampling whose resolution nothing after it has."""
        last = run[-1]
        if len(run) < 2 or last is main_of(run) or len(last.shape) < 2:
            return False
        heads = (link.head for link in self.selected.links if link.tail is last)
        return all(maps.shape[1:] != last.shape[1:] for maps in heads)
