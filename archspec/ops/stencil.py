"""Which positions of their operands ops read, axis by axis: what receptive fields are made of.

An op's `stencils` gives for each operand a `Reading`: for each axis of the operand a `Stencil`
and the axis of the output it runs along, or None where every value of the output may depend
on all positions of that axis. Stencils follow one another (`after`) and merge (`union`).

The map is taken to go on beyond its borders, as in the literature: what is read in the padding
counts as a position, whatever the padding is filled with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import accumulate, pairwise
from math import ceil, floor, gcd, lcm
from operator import mul
from typing import NamedTuple

Rational = int | Fraction
Interval = tuple[Rational, Rational]
"""The first and the last position, both included."""

MAX_PERIOD = 1024
"""The longest period that is written out; beyond it a stencil becomes a straight bound."""


@dataclass(frozen=True, slots=True)
class Stencil:
    """What each position along one axis reads along another.

    Position i + n * period reads from first + n * shift to last + n * shift, where first and
    last are `ends[i]`; one whose `ends` are None reads nothing. A convolution has a period of 1
    and shifts by its stride; doubling a map has a period of 2 and shifts by 1. `step` is the
    distance of what is read within the ends.
    """

    ends: tuple[Interval | None, ...]
    shift: Rational
    step: int = 1

    @property
    def period(self) -> int:
        return len(self.ends)

    @property
    def rate(self) -> Fraction:
        """By how much a position shifts on average."""
        return Fraction(self.shift) / self.period

    def widest(self, count: int) -> Rational:
        """How many positions the widest of the first `count` reaches across; 0 for none at all."""
        return max((e[1] - e[0] + 1 for e in self.ends[:count] if e), default=0)

    def at(self, position: Rational) -> Interval | None:
        """The ends of one position; it must be whole unless the period is 1."""
        if len(self.ends) == 1:
            turn, ends = position, self.ends[0]
        else:
            turn, phase = divmod(position, len(self.ends))
            ends = self.ends[int(phase)]
        if ends is None:
            return None
        return ends[0] + turn * self.shift, ends[1] + turn * self.shift

    def bound(self) -> Stencil:
        """The narrowest stencil of period 1 that reaches at least as far."""
        rate = self.rate
        lines = [(e[0] - i * rate, e[1] - i * rate) for i, e in enumerate(self.ends) if e]
        return Stencil((_around(lines),), rate)

    @property
    def steady(self) -> bool:
        """True where nothing is empty and no end ever moves backwards."""
        if not all(self.ends):
            return False
        ends = [e for e in (*self.ends, self.at(self.period)) if e]
        return all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(ends))

    def after(self, inner: Stencil) -> Stencil:
        """What is read through both: `self` reads the positions whose own reading `inner` is."""
        times = inner.period // gcd(int(self.shift), inner.period)
        if not _whole(self.shift) or self.period * times > MAX_PERIOD:
            inner, times = inner.bound(), 1
        turns = self.shift * times
        steady = inner.period == 1 or inner.steady
        ends = (self.at(i) for i in range(self.period * times))
        return Stencil(
            tuple(_through(e, self.step, inner, steady) if e else None for e in ends),
            (turns if inner.period == 1 else turns // inner.period) * inner.shift,
        )

    def union(self, other: Stencil, count: int) -> Stencil:
        """What either reads, for an axis of `count` positions.

        Where the two drift apart, as a map that was halved from 15 to 7 and enlarged to 15
        again does from the map it was, the positions there are are written out.
        """
        if self == other:
            return self
        if self.shift * other.period == other.shift * self.period:
            period = lcm(self.period, other.period)
            if period > MAX_PERIOD:
                return self.bound().union(other.bound(), count)
            shift = self.shift * (period // self.period)
            return Stencil(tuple(_either(self, other, range(period))), shift)
        if count > MAX_PERIOD:
            return _parted(self.bound(), other.bound(), count)
        ends = tuple(_either(self, other, range(count)))
        middles = [(e[0] + e[1]) / Fraction(2) for e in (ends[0], ends[-1]) if e]
        if count > 1 and len(middles) == 2:
            rate = max(Fraction(0), middles[1] - middles[0]) / (count - 1)
        else:
            rate = max(self.rate, other.rate)
        return Stencil(ends, rate * count)


def _whole(value: Rational) -> bool:
    return isinstance(value, int) or value.denominator == 1


def _through(ends: Interval, step: int, inner: Stencil, steady: bool) -> Interval | None:
    """What the positions from one end to the other, every step-th, read through `inner`.

    Where that is not steady, no more than a period of them at each end can matter, as every
    period shifts forwards.
    """
    if steady:
        return _around(filter(None, map(inner.at, ends)))
    taps = range(int(ends[0]), int(ends[1]) + 1, step)
    near = (*taps[: inner.period], *taps[inner.period :][-inner.period :])
    return _around(filter(None, map(inner.at, near)))


def _around(intervals: Iterable[Interval]) -> Interval | None:
    """The interval from the first of all beginnings to the last of all ends."""
    known = list(intervals)
    return (min(e[0] for e in known), max(e[1] for e in known)) if known else None


def _either(a: Stencil, b: Stencil, positions: Iterable[int]) -> Iterator[Interval | None]:
    for i in positions:
        yield _around(filter(None, (a.at(i), b.at(i))))


def _parted(a: Stencil, b: Stencil, count: int) -> Stencil:
    """A bound of two bounds of different rates: straight lines are farthest apart at the ends."""
    rate = max(a.rate, b.rate)
    places = (0, count - 1)
    both = zip(places, _either(a, b, places), strict=True)
    lines = [(e[0] - i * rate, e[1] - i * rate) for i, e in both if e]
    return Stencil((_around(lines),), rate)


STILL = Stencil(((0, 0),), 1)
"""Each position reads the one of the same number."""


def window(stride: int = 1, start: int = 0, taps: int = 1, step: int = 1) -> Stencil:
    """A window that slides: position i reads `taps` positions from i * stride + start on."""
    return Stencil(((start, start + step * (taps - 1)) if taps else None,), stride, step)


def transposed(stride: int, padding: int, taps: int, step: int) -> Stencil:
    """The window of a convolution read backwards.

    Position i reads each j with i = stride * j - padding + step * k for one of the places k of
    the kernel, 0 to taps - 1. A kernel smaller than the stride leaves some that read nothing.
    """
    reach = step * (taps - 1)
    if stride > MAX_PERIOD:
        bound = (Fraction(padding - reach, stride), Fraction(padding, stride))
        return Stencil((bound,), Fraction(1, stride))
    every = stride // gcd(stride, step)  # places that far apart write to the same positions
    ends: list[Interval | None] = [None] * stride
    for k in range(min(every, taps)):
        phase = (step * k - padding) % stride
        last = k + (taps - 1 - k) // every * every
        at = phase + padding
        ends[phase] = ((at - step * last) // stride, (at - step * k) // stride)
    return Stencil(tuple(ends), 1, step // gcd(stride, step))


def spaced(ratio: Fraction, ends: Callable[[int], Interval]) -> Stencil:
    """Positions whose places in the operand are `ratio` apart, rounded to its positions.

    `ends` gives those of a position by rounding i * ratio + constant down or up.
    """
    if ratio.denominator <= MAX_PERIOD:
        return Stencil(tuple(map(ends, range(ratio.denominator))), ratio.numerator)
    few = Stencil(tuple(map(ends, range(MAX_PERIOD))), ratio * MAX_PERIOD).bound()
    first, last = few.ends[0] or (0, 0)
    return Stencil(((first - 1, last + 1),), ratio)  # rounding moves an end by less than 1


class Along(NamedTuple):
    """An operand's axis is read along an axis of the output."""

    axis: int
    stencil: Stencil


Reading = tuple[Along | None, ...]
"""How an operand is read: one entry for each of its axes; None for all positions at once."""


@cache
def still(rank: int) -> tuple[Along, ...]:
    """Position by position, along every axis."""
    return tuple(Along(axis, STILL) for axis in range(rank))


def over_maps(stencils: Iterable[Stencil | None], *, mixing: bool = False) -> Reading:
    """Along each spatial axis of `[C, ...]` what its stencil says; `mixing` reads all channels."""
    axes = (Along(axis, s) if s is not None else None for axis, s in enumerate(stencils, 1))
    return (None if mixing else Along(0, STILL), *axes)


def everything(rank: int) -> Reading:
    """All positions of all axes."""
    return (None,) * rank


def stretched(shape: Sequence[int], output: Sequence[int]) -> Reading:
    """Position by position, but all of an axis of size 1 that is stretched to the output's size."""
    axes = zip(still(len(output)), shape, output, strict=True)
    return tuple(along if size == wide else None for along, size, wide in axes)


def strung(shapes: Sequence[Sequence[int]], axis: int) -> tuple[Reading, ...]:
    """One operand after the other along an axis, and position by position along the others."""
    rest = still(len(shapes[0]))
    sizes = [shape[axis] for shape in shapes]
    *starts, total = accumulate(sizes, initial=0)
    parts = (Along(axis, _part(start, n, total)) for start, n in zip(starts, sizes, strict=True))
    return tuple((*rest[:axis], part, *rest[axis + 1 :]) for part in parts)


def _part(start: int, size: int, total: int) -> Stencil:
    """The positions from `start` on are those of an operand, the others are not its own."""
    if total > MAX_PERIOD:
        return window(start=-start)
    ends = ((i, i) if 0 <= i < size else None for i in range(-start, total - start))
    return Stencil(tuple(ends), total)


def regrouped(shape: Sequence[int], output: Sequence[int]) -> Reading:
    """The same values in another shape: axes that are neither split nor joined stay apart."""
    places = zip(output, accumulate(output, mul, initial=1), strict=False)
    kept = {place: axis for axis, place in enumerate(places)}
    found = zip(shape, accumulate(shape, mul, initial=1), strict=False)
    axes = (kept.get(place) if place[0] > 1 else None for place in found)
    return tuple(Along(axis, STILL) if axis is not None else None for axis in axes)


def adaptive(size: int, count: int) -> Stencil | None:
    """Window i of `count` covers floor(i * size / count) to ceil((i + 1) * size / count)."""
    if count == 1:
        return None
    return spaced(
        Fraction(size, count),
        lambda i: (i * size // count, -(-(i + 1) * size // count) - 1),
    )


def resized(
    size: int, wide: int, scale: float | None, mode: str, *, corners: bool = False
) -> Stencil:
    """An axis of `size` resized to `wide`, where no size was given `scale` times, as in PyTorch.

    Position i reads those around i * ratio + offset. `nearest` rounds down; `bicubic` reads two
    positions on either side, the linear modes one; all read a single one where they meet it.
    """
    ratio = Fraction(size, wide) if scale is None else 1 / Fraction(str(scale))
    offset = (ratio - (0 if mode == "nearest-exact" else 1)) / 2
    if corners:
        ratio = Fraction(size - 1, max(wide - 1, 1))
    if corners or mode == "nearest":
        offset = Fraction(0)

    def ends(i: int) -> Interval:
        place = i * ratio + offset
        low = floor(place)
        if mode.startswith("nearest") or place == low:
            return low, low
        return (low - 1, low + 2) if mode == "bicubic" else (low, low + 1)

    return spaced(ratio, ends)


def fractional(size: int, count: int, taps: int) -> Stencil:
    """Wherever the windows of a fractional pooling may fall: its steps are rounded either way."""
    if count == 1:
        return window(start=size - taps, taps=taps)
    ratio = Fraction(size - taps, count - 1)
    return spaced(ratio, lambda i: (floor(i * ratio), ceil(i * ratio) + taps - 1))
