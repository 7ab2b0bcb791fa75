"""What the arrows of a U mean: what is said beside them, and what their key says."""

from __future__ import annotations

from functools import cached_property

from archspec.analysis.bypass import weighted
from archspec.backends.strips import words
from archspec.backends.strips.levels import UP, Levels, Step
from archspec.backends.strips.plan import Plan
from archspec.backends.strips.steps import COPY, key
from archspec.figures.columns import Edge
from archspec.figures.paint import Paint
from archspec.figures.picture import Picture
from archspec.figures.words import size_words
from archspec.ir.graph import Node


class Meanings:
    """What arrows stand for. What all of one colour stand for is in the key, else beside each.

    Attributes:
        steps: the thick arrows.
        passed: what only passes on what is copied, in words, by edge; nothing for most.
    """

    def __init__(self, plan: Plan, found: Levels) -> None:
        self.maps, self.note, self.costs = plan.whole.maps, plan.whole.note, plan.notes
        parts = [maps.box.part for maps in self.maps if maps.stacking and maps.signed]
        self.bars = [part for part in parts if isinstance(part, Node)]
        self.steps = [step for step in found.steps if step.by]
        self.upwards = {step for step in self.steps if any(step.head in own for own in _up(found))}
        self.passed: dict[Edge, str] = {}
        for edge in found.copies:
            number = found.across.get(edge)
            said = [] if number is None else words.parts(self.maps[number])
            self.passed[edge] = ", ".join(said)

    def fill(self, step: Step) -> Paint:
        """The colour of a thick arrow."""
        return Paint("upsampling" if step in self.upwards else "pooling")

    def beside(self, step: Step) -> list[str]:
        """The size of what a thick arrow leads to, its note, what it costs where that is asked for,
        and what it does if no key says so.
        """
        last = self.maps[step.by[-1]]
        costs = (cost for number in step.by for cost in self.costs[self.maps[number]])
        size = ", ".join(filter(None, (self.note(last), size_words(last.shape), *costs)))
        return [size] if len(self._done[self.fill(step)]) == 1 else [self._does(step), size]

    def along(self, edge: Edge) -> str:
        """What is said on the arrow of a copy."""
        return self.passed[edge] if len(set(self.passed.values())) > 1 else ""

    def key(self, across: float) -> Picture:
        """Rows, no longer than so much, that say what arrows mean."""
        entries: list[tuple[Paint, int | None, str]] = []
        passed = set(self.passed.values())
        if passed:
            (text,) = passed if len(passed) == 1 else ("",)
            entries.append((COPY, 0, " and ".join(filter(None, ("copy", text)))))
        for step in self.steps:
            if all(fill != self.fill(step) for fill, *_ in entries):
                turn = -1 if step in self.upwards else 1
                entries.append((self.fill(step), turn, self._meaning(step)))
        bars = dict.fromkeys(words.op(part) for part in self.bars)
        return key([*entries, *((Paint("bar"), None, text) for text in bars)], across)

    def _does(self, step: Step) -> str:
        return ", ".join(text for i in step.by for text in words.parts(self.maps[i]))

    @cached_property
    def _done(self) -> dict[Paint, list[str]]:
        """What all arrows of each colour do."""
        found: dict[Paint, dict[str, None]] = {}
        for step in self.steps:
            found.setdefault(self.fill(step), {})[self._does(step)] = None
        return {fill: list(said) for fill, said in found.items()}

    def _meaning(self, step: Step) -> str:
        """What the arrows of a colour do, or their role where they do several things."""
        done = self._done[self.fill(step)]
        alone = done[0] if len(done) == 1 else ""
        if step not in self.upwards:
            return alone or "pooling"
        if not any(weighted(node) for i in step.by for node in self.maps[i].box.nodes()):
            return alone or "upsampling"
        return ": ".join(filter(None, ("up-conv", alone)))


def _up(found: Levels) -> list[list[int]]:
    return [own for place, own in found.parts.items() if place.side == UP]
