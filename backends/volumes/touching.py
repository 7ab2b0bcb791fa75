"""Which maps touch: what has one resolution is one solid, a slice for each op in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archspec.backends.volumes import words
from archspec.backends.volumes.spine import Spine
from archspec.figures.maps import Maps, Selected

Run = list[Maps]

_THINNER = 8


def main_of(run: Sequence[Maps]) -> Maps:
    """The maps whose resolution a solid has: its last, before what samples them."""
    return next((maps for maps in reversed(run) if not Touching.samples(maps)), run[-1])


class Touching:
    """Tells what belongs to one solid.

    Args:
        spine: of the picture, if it is a line with arches.
        in_a_u: whether what leads from one resolution to another stands with the coarser one, as
            between the rows of a U, and not with the finer one.
    """

    def __init__(self, selected: Selected, spine: Spine | None, *, in_a_u: bool) -> None:
        self.selected, self.spine, self.in_a_u = selected, spine, in_a_u
        ends = selected.figure.outputs
        self.ends = {selected.of[selected.figure.box_of[output.node]] for output in ends}
        arches = spine.arches if spine is not None else []
        self.skipped = {arch.tail for arch in arches if arch.head is not None and arch.head.joint}
        """What skips begin at: a solid ends there, so that they lead over whole ones."""
        self.after: dict[Maps, list[Maps]] = {maps: [] for maps in selected.maps}
        for link in selected.links:
            self.after[link.tail].append(link.head)

    def lumps(self) -> list[Run]:
        """The maps of the picture, equals in a row together."""
        return self._runs(lambda run, maps: self._alike(run[-1], maps))

    @staticmethod
    def _alike(one: Maps, other: Maps) -> bool:
        """Whether two are of one form, and made by ops of one name."""
        whole = [maps.source or maps.joint or maps.stacking for maps in (one, other)]
        forms = [(m.box.shapes, m.kind, m.train_only, words.lecun(m)) for m in (one, other)]
        return not any(whole) and forms[0] == forms[1]

    def runs(self) -> list[Run]:
        """The maps of the picture, those together that touch."""
        return self._runs(self.touch)

    def _runs(self, touch: Callable[[Run, Maps], bool]) -> list[Run]:
        of: dict[Maps, Run] = {}
        order = self.selected.maps if self.spine is None else self.spine.maps
        for number, maps in enumerate(order):
            if self.spine is None:
                before = self._only_read(maps)
            else:
                before = order[number - 1] if number else None
            run = of[before] if before is not None else None
            if run and run[-1] is before and touch(run, maps):
                run.append(maps)
                of[maps] = run
            else:
                of[maps] = [maps]
        return list({id(run): run for run in of.values()}.values())

    def _only_read(self, maps: Maps) -> Maps | None:
        """What maps are made from, if that is one, and nothing else reads it."""
        into = self.selected.into[maps]
        if len(into) != 1 or into[0].tail in self.ends:
            return None
        return into[0].tail if len(self.after[into[0].tail]) == 1 else None

    def touch(self, run: Sequence[Maps], maps: Maps) -> bool:
        """Whether maps are the next slice of a solid."""
        last = run[-1]
        spatial = all(not one.source and len(one.shape) > 1 for one in (run[0], maps))
        apart = run[0].joint or maps.joint or last in self.skipped or self._stands_out(last, maps)
        if not spatial or apart or last.train_only != maps.train_only:
            return False
        if maps.stacking:
            read = {link.tail for link in self.selected.into[maps]}
            return last in read and not self.closed(run) and self.same(last, maps)
        if self.closed(run):
            return self.samples(maps) and self.samples(last) and not self.in_a_u
        return self.same(last, maps) or self._leads_on(last, maps)

    def _leads_on(self, last: Maps, maps: Maps) -> bool:
        """Whether what leads to another resolution stands with what it reads.

        In a U what samples stands in the row below, and what is finer in the row above, unless it
        is to be added to what is there: then it leads up to the sum.
        """
        if self.finer(last, maps):
            return self.samples(maps) and not self.in_a_u
        added = any(after.joint for after in self.after[maps])
        return self.in_a_u and added and self.finer(maps, last)

    def _stands_out(self, last: Maps, maps: Maps) -> bool:
        """Whether a network's output is so much thinner that it would not be seen as a slice."""
        return maps in self.ends and _THINNER * maps.shape[0] <= last.shape[0]

    def closed(self, run: Sequence[Maps]) -> bool:
        """Whether a solid ends with what leads to another resolution."""
        return len(run) > 1 and not self.same(run[-2], run[-1])

    def same(self, one: Maps, other: Maps) -> bool:
        """Whether two have one resolution."""
        return self.selected.resolutions.same(one.box, other.box)

    def finer(self, one: Maps, other: Maps) -> bool:
        """Whether the first has a finer resolution."""
        return self.selected.resolutions.finer(one.box, other.box)

    @staticmethod
    def samples(maps: Maps) -> bool:
        """Whether it makes no new maps, and is a thin slice."""
        return not maps.source and maps.kind == "pooling"

    # --- rows of a U ----------------------------------------------------------------------

    def rows(self, runs: Sequence[Run]) -> list[int]:
        """The row of each solid, the finest first; what has no resolution stays in its row."""
        tops: list[Maps | None] = []
        for run in runs:
            sized = any(side > 1 for side in run[0].shape[1:])
            tops.append(run[0] if sized else tops[-1] if tops else None)
        kinds: list[Maps] = []
        for top in tops:
            if top is not None and not any(self.same(top, known) for known in kinds):
                kinds.append(top)
        kinds.sort(key=lambda one: -max(one.shape[1:]))
        return [
            next((n for n, kind in enumerate(kinds) if top and self.same(top, kind)), 0)
            for top in tops
        ]
