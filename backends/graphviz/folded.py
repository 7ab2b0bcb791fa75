"""A figure that is cut into rows: where its boxes, frames and arrows come to lie.

An arrow that is cut leaves its row at the right, runs back between the rows, and comes in at the
left of the next.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import dist, inf

from archspec.backends.graphviz.sheet import Line, Sheet, Thing
from archspec.figures.geometry import Point

GAP = 26.0
"""Between rows."""

_LANE = 7.0
"""Between arrows that run back side by side."""

_MARGIN = 18.0
INDENT = 8.0

_LONGER = 48.0
"""By how much each space between boxes may be widened, for rows to be as long as others."""

Stretch = tuple[float, float, float]
"""From where to where, and by how much it is wider."""


def free_spaces(boxes: Iterable[Thing]) -> Iterator[tuple[float, float]]:
    """From where to where a vertical line meets no box, between the first and the last."""
    reach = inf
    for box in sorted(boxes, key=lambda box: box.low[0]):
        if box.low[0] > reach:
            yield reach, box.low[0]
        reach = box.high[0] if reach == inf else max(reach, box.high[0])


@dataclass(slots=True)
class _Row:
    """What of the figure stands between two cuts, and where its upper edge comes to lie.

    Attributes:
        wider: the spaces between its boxes that are widened, from left to right.
    """

    start: float
    end: float
    low: float = inf
    high: float = -inf
    top: float = 0.0
    wider: list[Stretch] = field(default_factory=list)

    @property
    def length(self) -> float:
        return self.end - self.start + sum(more for _, _, more in self.wider)

    def hold(self, *points: Point) -> None:
        """Make it high enough."""
        for _, y in points:
            self.low, self.high = min(self.low, y), max(self.high, y)

    def move(self, point: Point) -> Point:
        """Where a point of the figure comes to lie."""
        x, y = point
        more = 0.0
        for left, right, by in self.wider:
            if x <= left:
                break
            more += by * min((x - left) / (right - left), 1.0)
        return x - self.start + more, y - self.high + self.top

    def stretch(self, length: float, boxes: Iterable[Thing]) -> None:
        """Make it as long, or as long as it may be."""
        spaces = list(free_spaces(boxes))
        if not spaces or length <= self.length:
            return
        by = min((length - self.length) / len(spaces), _LONGER)
        self.wider = [(left, right, by) for left, right in spaces]


class Folded:
    """A figure on its way into rows.

    Args:
        cuts: where it is cut, from left to right.
        length: how long rows are to be, where spaces between boxes allow it.
        apart: how much further rows stand from one another than they need.
    """

    def __init__(
        self, sheet: Sheet, cuts: Sequence[float], length: float = 0.0, apart: float = 0.0
    ) -> None:
        self.given, self.cuts = sheet, cuts
        self.carried: list[dict[tuple[str, str], int]] = [{} for _ in cuts]
        (left, _), (right, _) = sheet.bounds
        self.rows = [_Row(*ends) for ends in pairwise((left - 1, *cuts, right + 1))]
        self.named = {box.name: box for box in sheet.boxes}
        self.place = {box.name: self._number(box.middle[0]) for box in sheet.boxes}
        self.boxes: list[list[Thing]] = [[] for _ in self.rows]
        for box in sheet.boxes:
            self.boxes[self.place[box.name]].append(box)
        for row, boxes in zip(self.rows, self.boxes, strict=True):
            row.stretch(length, boxes)
        self.stems = {box.name: box for box in sheet.boxes if self._is_stem(box)}
        self.entries = self._entries()
        self.parts = [list(self._parts(line)) for line in sheet.lines]
        self._hold_everything()
        y = 0.0
        for number, row in enumerate(self.rows):
            row.top = y
            lanes = len({_value(x) for x in sheet.lines if self.carries(x, number)})
            y -= row.high - row.low + GAP + apart + lanes * _LANE

    def _hold_everything(self) -> None:
        for box in self.given.boxes:
            self._row(box.middle[0]).hold(box.low, box.high)
        for frame in self.given.frames:
            for row in self.rows:
                if _meets(frame, row.start, row.end):
                    row.hold(frame.low, frame.high)
        for line, parts in zip(self.given.lines, self.parts, strict=True):
            if line.word is not None:
                self._row(line.word[0]).hold(*line.words() or ())
            for number, part in parts:
                self.rows[number].hold(*part)

    def _parts(self, line: Line) -> Iterator[tuple[int, Sequence[Point]]]:
        """The rows that an arrow runs through, and what of it lies in each.

        They are those of the boxes it joins and those between; a cut may lie beyond the end of
        its line, where its head is drawn.
        """
        rest: Sequence[Point] = line.curve
        first, last = self.place[line.tail], self.place[line.head]
        if first < last and line.tail in self.stems:
            tail = self.stems[line.tail]
            start, end = ((x, tail.middle[1]) for x in (tail.high[0], self.cuts[first]))
            yield first, (start, start, end, end)
            rest = split(rest, self.cuts[first])[1]
            first += 1
        for number in range(first, last):
            here, rest = split(rest, self.cuts[number])
            yield number, here
        head = self._entered(line)
        if head is None or line.tip is None:
            yield max(first, last), rest
        else:
            length = dist(rest[-1], line.tip)
            ends = (self.cuts[last - 1], head.low[0] - length)
            start, end = ((x, head.middle[1]) for x in ends)
            yield last, (start, start, end, end)

    def _entered(self, line: Line) -> Thing | None:
        """The box that an arrow from another row comes to in a level line, if it does."""
        head = self.entries.get(line.head)
        return head if head is not None and self.place[line.tail] < self.place[line.head] else None

    def _entries(self) -> dict[str, Thing]:
        """The boxes that one arrow alone comes to from other rows, in a level line."""
        given = self.given.lines
        coming = Counter(x.head for x in given if self.carries(x, self.place[x.head] - 1))
        heads = (box for box in self.given.boxes if coming[box.name] == 1)
        return {head.name: head for head in heads if not self._in_the_way(head, before=True)}

    def _in_the_way(self, box: Thing, *, before: bool) -> bool:
        """Whether another box stands on the level of its middle, on this side of it in its row."""
        x, y = box.middle
        return any(
            other.low[1] < y < other.high[1] and (other.low[0] < x if before else other.low[0] > x)
            for other in self.boxes[self.place[box.name]]
            if other is not box
        )

    def _is_stem(self, box: Thing) -> bool:
        """Whether the value that it gives to several leaves its row straight on, in one line."""
        number = self.place[box.name]
        out = [x for x in self.given.lines if x.tail == box.name and self.carries(x, number)]
        words = [x.word for x in out if x.word and self._number(x.word[0]) == number]
        if len(out) < 2 or len(words) > 1:
            return False
        if len({x.attributes.get("style") for x in out}) > 1:
            return False
        return not self._in_the_way(box, before=False)

    def carries(self, line: Line, number: int) -> bool:
        """Whether an arrow crosses a cut."""
        return self.place[line.tail] <= number < self.place[line.head]

    def sheet(self) -> Sheet:
        """All of it, at its place in the rows."""
        return replace(
            self.given,
            boxes=[box.moved(self._row(box.middle[0]).move) for box in self.given.boxes],
            frames=[piece for frame in self.given.frames for piece in self._pieces(frame)],
            lines=[self._line(*each) for each in zip(self.given.lines, self.parts, strict=True)],
        )

    def _number(self, x: float) -> int:
        return bisect_right(self.cuts, x)

    def _row(self, x: float) -> _Row:
        return self.rows[self._number(x)]

    def _pieces(self, frame: Thing) -> Iterator[Thing]:
        """A frame goes on in the next row, with its name wherever that has room."""
        for number, row in enumerate(self.rows):
            if not _meets(frame, row.start, row.end):
                continue
            begins, ends = frame.low[0] >= row.start, frame.high[0] <= row.end
            low = row.move((frame.low[0] if begins else row.start, frame.low[1]))
            right, high = row.move((frame.high[0] if ends else row.end, frame.high[1]))
            name = frame.name if begins else f"{frame.name} {number}"
            corner = right + (0.0 if ends else INDENT), high
            piece = Thing(name, frame.attributes, low, corner)
            if frame.word is not None:
                indent, down = frame.word[0] - frame.low[0], frame.word[1] - frame.high[1]
                piece = replace(piece, word=(low[0] + indent, high + down))
            yield piece if _has_room(piece) else _unnamed(piece)

    def _line(self, line: Line, parts: Sequence[tuple[int, Sequence[Point]]]) -> Line:
        """An arrow, with a way round for each cut that it crosses."""
        curve: list[Point] = []
        for number, part in parts:
            moved = [self.rows[number].move(point) for point in part]
            if curve:
                for corner in self._round(number - 1, _value(line), curve[-1], moved[0]):
                    curve += [curve[-1], corner, corner]
            curve += moved[1:] if curve else moved
        head, tip = self._entered(line), line.tip
        if parts[0][1][0] == line.curve[0]:
            curve[0] = self._with_box(line.tail, line.curve[0])
        if tip is not None:
            given = dist(line.curve[-1], tip)
            at = tip if head is None else (head.low[0], head.middle[1])
            tip = self._with_box(line.head, at)
            curve[-2:] = _drawn_back(curve[-2:], tip, given)
        word = None if line.word is None else self._row(line.word[0]).move(self._word(line))
        return replace(line, curve=tuple(curve), tip=tip, word=word)

    def _with_box(self, name: str, point: Point) -> Point:
        """Where a point near a box comes to lie, which stays as near."""
        box = self.named[name]
        before, after = box.middle, self._row(box.middle[0]).move(box.middle)
        return point[0] + after[0] - before[0], point[1] + after[1] - before[1]

    def _word(self, line: Line) -> Point:
        """Where its words stand: above the line where it leaves its row, or enters it, straight."""
        corners = line.words()
        assert line.word is not None and corners is not None
        (_, low), (_, high) = corners
        number = self._number(line.word[0])
        tail, head = self.stems.get(line.tail), self._entered(line)
        for end in (tail, head):
            crosses = end is head or self.carries(line, number)
            if end is not None and self.place[end.name] == number and crosses:
                return line.word[0], end.middle[1] + (high - low) / 2 + 1
        return line.word

    def _round(
        self, number: int, value: tuple[str, str], start: Point, end: Point
    ) -> Iterable[Point]:
        """The corners of the way from the end of one row to the beginning of the next.

        What one box gives to several goes one way.
        """
        carried = self.carried[number]
        row, off = self.rows[number], carried.setdefault(value, len(carried)) * _LANE
        right, left = row.length + _MARGIN + off, -_MARGIN - off
        lane = row.top - (row.high - row.low) - GAP / 2 - off
        return (right, start[1]), (right, lane), (left, lane), (left, end[1]), end


def _meets(thing: Thing, start: float, end: float) -> bool:
    return thing.low[0] < end and thing.high[0] > start


def _value(line: Line) -> tuple[str, str]:
    """What lines have in common that run back together: what gives the value, and the dashes."""
    return line.tail, line.attributes.get("style", "")


def _has_room(frame: Thing) -> bool:
    """Whether a frame is as wide as its name."""
    corners = frame.words()
    if corners is None:
        return True
    (left, _), (right, _) = corners
    return right - left + INDENT <= frame.high[0] - frame.low[0]


def _unnamed(frame: Thing) -> Thing:
    return replace(frame, attributes={**frame.attributes, "label": ""}, word=None)


def _drawn_back(end: Sequence[Point], tip: Point, far: float) -> list[Point]:
    """The last two points of a curve, so moved that the end is as far from the tip as it was."""
    control, (x, y) = end
    now = dist((x, y), tip)
    if not now:
        return [*end]
    dx, dy = ((tip[i] - (x, y)[i]) * (1 - far / now) for i in (0, 1))
    return [(control[0] + dx, control[1] + dy), (x + dx, y + dy)]


def split(curve: Sequence[Point], x: float) -> tuple[list[Point], list[Point]]:
    """A Bezier curve of 3n + 1 points in two, where it first reaches x (de Casteljau)."""
    for at in range(0, len(curve) - 3, 3):
        piece = curve[at : at + 4]
        if piece[3][0] < x and at + 4 < len(curve):
            continue
        low, high = 0.0, 1.0
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (middle, high) if _halves(piece, middle)[0][3][0] < x else (low, middle)
        before, after = _halves(piece, high)
        return [*curve[:at], *before], [*after, *curve[at + 4 :]]
    raise ValueError(f"no curve: {curve}")


def _halves(piece: Sequence[Point], t: float) -> tuple[list[Point], list[Point]]:
    """De Casteljau: the curve before the parameter, and after it."""
    levels = [list(piece)]
    while len(levels[-1]) > 1:
        levels.append(
            [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(levels[-1])]
        )
    return [level[0] for level in levels], [level[-1] for level in reversed(levels)]
