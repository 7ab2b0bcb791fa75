"""What arrows have in common is drawn once: a line that is drawn twice looks thicker than others.

Arrows of one value run together where they go from a row to the next, before they part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from archspec.backends.graphviz.sheet import Sheet
from archspec.figures.geometry import Point

_TINY = 0.01
"""Points on paper that are nearer are one."""

Run = tuple[int, float]
"""A level line, of axis 0, or an upright one, of axis 1, and where on the other axis it is."""
Span = tuple[float, float]


def with_trunks_drawn_once(sheet: Sheet) -> Sheet:
    """Each arrow without what an arrow before it has drawn of the same line."""
    taken: dict[tuple[str, str], dict[Run, list[Span]]] = {}
    lines = []
    for line in sheet.lines:
        runs = taken.setdefault((line.tail, line.attributes.get("style", "")), {})
        lines.append(replace(line, pieces=tuple(_pieces(line.curve, runs))))
    return replace(sheet, lines=lines)


def _pieces(curve: Sequence[Point], runs: dict[Run, list[Span]]) -> Iterator[tuple[Point, ...]]:
    """What of a curve is not drawn yet, and its end, after which all of it is."""
    piece: list[Point] = []
    for at in range(0, len(curve) - 3, 3):
        part = curve[at : at + 4]
        run = _run(part)
        if run is None or (at + 4 == len(curve) and _ended(part, run, runs)):
            piece = [*(piece or part[:1]), *part[1:]]
            continue
        axis = run[0]
        start, end = part[0][axis], part[3][axis]
        for first, last in _free(start, end, runs.setdefault(run, [])):
            a, b = (_on(run, value) for value in (first, last))
            if piece and abs(first - start) > _TINY:
                yield tuple(piece)
                piece = []
            piece = [*(piece or [a]), a, b, b]
            if abs(last - end) > _TINY:
                yield tuple(piece)
                piece = []
        if piece and piece[-1] != _on(run, end):  # what ended here was drawn before
            yield tuple(piece)
            piece = []
        runs[run].append((min(start, end), max(start, end)))
    if piece:
        yield tuple(piece)


def _ended(part: Sequence[Point], run: Run, runs: Mapping[Run, Sequence[Span]]) -> bool:
    """Whether the end of a part is drawn already, which the head is drawn with."""
    end = part[3][run[0]]
    return any(low - _TINY < end < high + _TINY for low, high in runs.get(run, ()))


def _run(part: Sequence[Point]) -> Run | None:
    for axis in (0, 1):
        across = [point[1 - axis] for point in part]
        if max(across) - min(across) < _TINY and abs(part[3][axis] - part[0][axis]) > _TINY:
            return axis, round(part[0][1 - axis], 2)
    return None


def _on(run: Run, value: float) -> Point:
    return (value, run[1]) if run[0] == 0 else (run[1], value)


def _free(start: float, end: float, taken: Sequence[Span]) -> Iterator[Span]:
    """The parts of a way from start to end that are in none of the spans."""
    low, high = min(start, end), max(start, end)
    found: list[Span] = []
    for a, b in sorted(taken):
        if low + _TINY < a and low < high:
            found.append((low, min(a, high)))
        low = max(low, b)
    if low + _TINY < high:
        found.append((low, high))
    yield from found if start < end else ((b, a) for a, b in reversed(found))
