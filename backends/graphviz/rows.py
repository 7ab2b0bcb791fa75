"""A long figure in rows, as text is set: what runs from left to right goes on below.

The figure is cut between boxes, where few arrows cross. An arrow that is cut leaves its row at
the right, runs back between the rows, and comes in at the left of the next.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf

from archspec.backends.graphviz.page import HEADING, scale_of, worth_of_scale
from archspec.backends.graphviz.sheet import Line, Sheet, Thing
from archspec.drawing.geometry import Point

_GAP = 26.0
"""Between rows."""

_LANE = 7.0
"""Between arrows that run back side by side."""

_MARGIN = 18.0
_INDENT = 8.0

_MOST_ROWS = 24
_BOTHER = 0.05
"""How much smaller a figure may be for each arrow that need not be cut."""

_COVER = 0.25
"""How much smaller a figure may be to cover the whole of its page."""

_FOLD = 6.0
"""What it costs to have rows."""

_LONE = 2.0
"""What it costs to have a row for a single box; one for two costs half of it."""

_FRAME = 1.2
"""What it costs to cut a frame, where to cut what one box gives costs 1."""

_CROSSING = 3.0
"""To cut what n boxes give costs n to this power: ways that run back side by side are a maze."""

_MANY = 400
"""Boxes."""

_SIZES = [1 + step / 8 for step in range(9)]
"""Widths that are tried, as parts of what equal rows would have: a cut is not everywhere."""


@dataclass(frozen=True, slots=True)
class _Folding:
    """One way to cut a figure, and how large the figure is then."""

    cutter: _Cutter
    cuts: tuple[float, ...]
    width: float
    height: float
    bother: float


def in_rows(sheets: Sequence[Sheet], page: Point) -> tuple[list[Sheet], float]:
    """Figures that stand one below another, each in as many rows as suit a page.

    They are to be large enough, with few arrows cut; all have one scale, so that what is
    narrow enough for the page at the scale of the others is not cut. Besides, by what part they
    must be worth more for it, where they need not be cut.

    Args:
        page: the page's width and height in points.
    """
    ways = [list(_foldings(sheet)) for sheet in sheets]
    best: list[_Folding] = []
    most = -inf
    for across in sorted({way.width for each in ways for way in each}):
        chosen = [_narrow(each, across) for each in ways]
        size = max(way.width for way in chosen), sum(way.height + HEADING for way in chosen)
        bother = _BOTHER * sum(way.bother for way in chosen)
        scale = scale_of(size, page)
        covered = scale * size[0] / page[0] * scale * size[1] / page[1]
        worth = worth_of_scale(scale) * (1 + _COVER * covered) / (1 + bother)
        if worth > most:
            best, most = chosen, worth
    bother = _BOTHER * sum(way.bother for way in best)
    return [way.cutter.folded(way.cuts) for way in best], bother


def _foldings(sheet: Sheet) -> Iterator[_Folding]:
    """Ways to cut a figure, with rows of many lengths."""
    cutter = _Cutter(sheet)
    length, _ = sheet.size
    tried: dict[tuple[float, ...], None] = {(): None}
    many = len(sheet.boxes) > _MANY  # of which each way to cut them takes its time
    for rows in range(2, min(len(cutter.cuts) + 1, _MOST_ROWS) + 1, 2 if many else 1):
        sizes = _SIZES[::4] if many else _SIZES
        tried |= dict.fromkeys(cutter.chosen(length / rows * size) for size in sizes)
    for cuts in tried:
        yield _Folding(cutter, cuts, *cutter.folded(cuts).size, cutter.bother(cuts))


def _narrow(ways: Sequence[_Folding], across: float) -> _Folding:
    """The lowest of the ways that are no wider, or else the narrowest."""
    found = [way for way in ways if way.width <= across]
    if not found:
        return min(ways, key=lambda way: way.width)
    return min(found, key=lambda way: way.height * (1 + _BOTHER * way.bother))


@dataclass(slots=True)
class _Row:
    """What of the figure stands between two cuts, and where its upper edge comes to lie."""

    start: float
    end: float
    low: float = inf
    high: float = -inf
    top: float = 0.0

    def hold(self, *points: Point) -> None:
        """Make it high enough."""
        for _, y in points:
            self.low, self.high = min(self.low, y), max(self.high, y)

    def move(self, point: Point) -> Point:
        """Where a point of the figure comes to lie."""
        return point[0] - self.start, point[1] - self.high + self.top


class _Cutter:
    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        (self.left, _), (self.right, _) = sheet.bounds
        self.cuts = sorted(set(self._gaps()))
        boxes = {box.name: box for box in sheet.boxes}
        spans: dict[tuple[str, str], tuple[float, float]] = {}
        for line in sheet.lines:
            value = line.tail, line.attributes.get("style", "")
            start, end = spans.get(value, (inf, -inf))
            left, right = boxes[line.tail].high[0], boxes[line.head].low[0]
            spans[value] = min(start, left), max(end, right)
        crossing = _over(spans.values(), self.cuts)
        framed = _over([(frame.low[0], frame.high[0]) for frame in sheet.frames], self.cuts)
        self.cost: dict[float, float] = {
            c: crossing[c] ** _CROSSING + _FRAME * framed[c] for c in self.cuts
        }

    def _gaps(self) -> Iterator[float]:
        """Where a vertical line meets no box: near the next one, so that words stay before it.

        Where a frame begins between two boxes, also before the frame; where one ends, after it.
        """
        reach = self.left
        edges = sorted(x for frame in self.sheet.frames for x in (frame.low[0], frame.high[0]))
        for box in sorted(self.sheet.boxes, key=lambda box: box.low[0]):
            low = box.low[0]
            if low > reach + 2 * _INDENT and reach > self.left:
                yield max((reach + low) / 2, low - _INDENT)
                for x in edges[bisect_right(edges, reach) : bisect_left(edges, low)]:
                    yield x - 2.0
                    yield x + 2.0
            reach = max(reach, box.high[0])

    def bother(self, cuts: tuple[float, ...]) -> float:
        """What it costs to cut there: to have rows at all, and what is more than the one arrow."""
        rows = Counter(bisect_right(cuts, box.middle[0]) for box in self.sheet.boxes)
        lone = sum(1 / count for count in rows.values() if count < 3) if cuts else 0.0
        more = sum(self.cost[cut] - 1 for cut in cuts)
        return _FOLD * bool(cuts) + more + _LONE * lone

    def chosen(self, width: float) -> tuple[float, ...]:
        """Cuts that leave rows of about this width, with few arrows to carry over."""
        found: list[float] = []
        start = self.left
        while self.right - start > width:
            first = bisect_right(self.cuts, start + width / 2)
            near = self.cuts[first : bisect_right(self.cuts, start + width)]
            near = near or self.cuts[first : first + 1]
            if not near:
                break
            start = min(near, key=lambda c: (self.cost[c], -c))
            found.append(start)
        return tuple(found)

    def folded(self, cuts: tuple[float, ...]) -> Sheet:
        """The figure, cut there."""
        folded = _Folded(self.sheet, cuts)
        y = 0.0
        for number, row in enumerate(folded.rows):
            row.top = y
            lanes = len({x.tail for x in folded.given.lines if folded.carries(x, number)})
            y -= row.high - row.low + _GAP + lanes * _LANE
        return folded.sheet()


def _over(spans: Iterable[tuple[float, float]], places: Iterable[float]) -> dict[float, int]:
    """How many spans each place lies within."""
    starts, ends = (sorted(side) for side in zip(*spans, strict=True)) if spans else ([], [])
    return {place: bisect_left(starts, place) - bisect_right(ends, place) for place in places}


def _meets(thing: Thing, start: float, end: float) -> bool:
    return thing.low[0] < end and thing.high[0] > start


class _Folded:
    """A figure on its way into rows."""

    def __init__(self, sheet: Sheet, cuts: Sequence[float]) -> None:
        self.given, self.cuts = sheet, cuts
        self.carried: list[dict[str, int]] = [{} for _ in cuts]
        (left, _), (right, _) = sheet.bounds
        self.rows = [_Row(*ends) for ends in pairwise((left - 1, *cuts, right + 1))]
        self.place = {box.name: self._number(box.middle[0]) for box in sheet.boxes}
        self.stems = {box.name: box for box in sheet.boxes if self._is_stem(box)}
        self.parts = [list(self._parts(line)) for line in sheet.lines]
        self._hold_everything()

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
        yield max(first, last), rest

    def _is_stem(self, box: Thing) -> bool:
        """Whether the value that it gives to several leaves its row straight on, in one line."""
        number = self.place[box.name]
        out = [x for x in self.given.lines if x.tail == box.name and self.carries(x, number)]
        words = [x.word for x in out if x.word and self._number(x.word[0]) == number]
        if len(out) < 2 or len(words) > 1:
            return False
        if len({x.attributes.get("style") for x in out}) > 1:
            return False
        return not any(
            self.place[other.name] == number
            and other.low[0] > box.middle[0]
            and other.low[1] < box.middle[1] < other.high[1]
            for other in self.given.boxes
        )

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
        """A frame goes on in the next row; its name stands at the beginning."""
        for number, row in enumerate(self.rows):
            if not _meets(frame, row.start, row.end):
                continue
            begins, ends = frame.low[0] >= row.start, frame.high[0] <= row.end
            low = (frame.low[0] if begins else row.start, frame.low[1])
            high = (frame.high[0] if ends else row.end + _INDENT, frame.high[1])
            attributes = dict(frame.attributes)
            if not begins:
                attributes["label"] = ""
            yield Thing(
                frame.name if begins else f"{frame.name} {number}",
                attributes,
                row.move(low),
                row.move(high),
                row.move(frame.word) if begins and frame.word is not None else None,
            )

    def _line(self, line: Line, parts: Sequence[tuple[int, Sequence[Point]]]) -> Line:
        """An arrow, with a way round for each cut that it crosses."""
        curve: list[Point] = []
        for number, part in parts:
            moved = [self.rows[number].move(point) for point in part]
            if curve:
                for corner in self._round(number - 1, line.tail, curve[-1], moved[0]):
                    curve += [curve[-1], corner, corner]
            curve += moved[1:] if curve else moved
        last, _ = parts[-1]
        tip = None if line.tip is None else self.rows[last].move(line.tip)
        word = None if line.word is None else self._row(line.word[0]).move(self._word(line))
        return replace(line, curve=tuple(curve), tip=tip, word=word)

    def _word(self, line: Line) -> Point:
        """Where its words stand: above the line if it leaves its row straight on."""
        assert line.word is not None
        tail = self.stems.get(line.tail)
        corners = line.words()
        if tail is None or corners is None:
            return line.word
        number = self.place[tail.name]
        if not self.carries(line, number) or self._number(line.word[0]) != number:
            return line.word
        (_, low), (_, high) = corners
        return line.word[0], tail.middle[1] + (high - low) / 2 + 1

    def _round(self, number: int, tail: str, start: Point, end: Point) -> Iterable[Point]:
        """The corners of the way from the end of one row to the beginning of the next.

        What one box gives to several goes one way.
        """
        carried = self.carried[number]
        row, off = self.rows[number], carried.setdefault(tail, len(carried)) * _LANE
        right, left = row.end - row.start + _MARGIN + off, -_MARGIN - off
        lane = row.top - (row.high - row.low) - _GAP / 2 - off
        return (right, start[1]), (right, lane), (left, lane), (left, end[1]), end


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
