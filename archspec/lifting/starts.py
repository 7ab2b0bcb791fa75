"""Numbers that go on from loop to loop: `round(0.1 * (first + j) / 17, 4)`.

In the rounds of loops stochastic depth grows by equal steps, from one inner loop to the next too.
Where each of several loops starts is a list, and all else is an expression.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

DIGITS = (4, 5, 6, 3, 2)
MOST = 400
"""So many steps there are at most."""
ENOUGH = 5
"""From so many values on a line through them is believed."""


@dataclass(frozen=True, slots=True)
class Line:
    """What gives the numbers of all loops: `rate * (start + step * j) / count`, or 1 less that.

    Attributes:
        rate: what the numbers grow up to, after `count` steps.
        digits: to how many they are rounded; None where they are not.
        falling: whether they fall from 1.
        starts: the first step of each loop.
        steps: by how many the rounds of each loop advance.
    """

    rate: float
    count: int
    digits: int | None
    falling: bool
    starts: tuple[int, ...]
    steps: tuple[int, ...]

    def text(self, start: str, step: str, index: str) -> str:
        """The expression, of what a start and a step are called, and of the index."""
        turn = index if step == "1" else f"{step} * {index}"
        place = f"({start} + {turn})" if start != "0" else turn
        text = f"{self.rate!r} * {place} / {self.count}"
        text = f"1 - {text}" if self.falling else text
        return text if self.digits is None else f"round({text}, {self.digits})"


def line(rows: Sequence[Sequence[object]]) -> Line | None:
    """The line through the numbers of several loops, one row a loop; None where there is none."""
    values = [value for row in rows for value in row if isinstance(value, float)]
    if len(values) != sum(map(len, rows)) or len(set(values)) < ENOUGH:
        return None
    numbers = [[float(str(value)) for value in row] for row in rows]
    for falling in (False, True):
        found = next(_lines(numbers, falling), None)
        if found is not None:
            return found
    return None


def _lines(rows: Sequence[Sequence[float]], falling: bool) -> Iterator[Line]:
    heights = [[1 - value if falling else value for value in row] for row in rows]
    top = max(map(max, heights))
    slopes = [(row[-1] - row[0]) / (len(row) - 1) for row in heights if len(row) > 1]
    least = min((slope for slope in slopes if slope > 1e-6), default=0)
    if min(map(min, heights)) < 0 or not least:
        return
    for part in (1, 2):  # the shortest step may be of two
        unit = least / part
        last = round(top / unit)
        counts = [count for count in range(last, last + 20) if last and 1 < count <= MOST]
        rates = [(round(top * count / last, 3), count) for count in counts]
        for rate, count in sorted(rates, key=lambda each: (len(repr(each[0])), each[1])):
            yield from _exact(rows, heights, rate, count, falling)


def _exact(
    rows: Sequence[Sequence[float]],
    heights: Sequence[Sequence[float]],
    rate: float,
    count: int,
    falling: bool,
) -> Iterator[Line]:
    """The line with this rate and count, if it gives the very numbers."""
    if rate <= 0:
        return
    places = [[round(height * count / rate) for height in row] for row in heights]
    steps = [row[1] - row[0] if len(row) > 1 else 1 for row in places]
    for row, step in zip(places, steps, strict=True):
        if step < 1 or any(place != row[0] + step * at for at, place in enumerate(row)):
            return
    exact = [[rate * place / count for place in row] for row in places]
    exact = [[1 - value if falling else value for value in row] for row in exact]
    starts = tuple(row[0] for row in places)
    for digits in (None, *DIGITS):
        made = [[v if digits is None else round(v, digits) for v in row] for row in exact]
        if made == [list(row) for row in rows]:
            yield Line(rate, count, digits, falling, starts, tuple(steps))
            return
