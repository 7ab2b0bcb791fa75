"""The ops once more, value by value, in numbers that count what is done with them.

A second, slow reading of what each op computes: it is checked against PyTorch's values, and its
counts against archspec's. Values lie in dictionaries by their position, `[channel, ...]`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import product

import torch
from torch import Tensor

Place = tuple[int, ...]


@dataclass
class Counter:
    """What has been done since it was made."""

    macs: int = 0
    elementwise: int = 0
    comparisons: int = 0


@dataclass
class Number:
    """A number; arithmetic with others, or with constants, raises its counter's counts."""

    value: float
    counter: Counter = field(repr=False)

    def _made(self, value: float) -> Number:
        self.counter.elementwise += 1
        return Number(value, self.counter)

    def __add__(self, other: Number | float) -> Number:
        return self._made(self.value + plain(other))

    def __sub__(self, other: Number | float) -> Number:
        return self._made(self.value - plain(other))

    def __rsub__(self, other: float) -> Number:
        return self._made(other - self.value)

    def __mul__(self, other: Number | float) -> Number:
        return self._made(self.value * plain(other))

    def __truediv__(self, other: Number | float) -> Number:
        return self._made(self.value / plain(other))

    def __rtruediv__(self, other: float) -> Number:
        return self._made(other / self.value)

    def __pow__(self, exponent: float) -> Number:
        return self._made(self.value**exponent)

    __radd__ = __add__
    __rmul__ = __mul__

    def apply(self, function: Callable[[float], float]) -> Number:
        """A call of exp, log, sqrt, erf, tanh, abs or floor."""
        return self._made(function(self.value))

    def over(self, bound: Number | float) -> bool:
        """A comparison."""
        self.counter.comparisons += 1
        return self.value > plain(bound)

    def at_least(self, bound: Number | float) -> Number:
        """The larger of two: a comparison."""
        return self if self.over(bound) else Number(plain(bound), self.counter)

    def at_most(self, bound: Number | float) -> Number:
        return Number(plain(bound), self.counter) if self.over(bound) else self

    def accumulate(self, a: Number, b: float) -> Number:
        """self + a * b, a multiply-accumulate."""
        self.counter.macs += 1
        return Number(self.value + a.value * b, self.counter)


def plain(value: Number | float) -> float:
    return value.value if isinstance(value, Number) else value


Values = dict[Place, Number]


def places(*sizes: int) -> Iterator[Place]:
    """All positions in a map of these sizes."""
    return product(*map(range, sizes))


def numbers(tensor: Tensor, counter: Counter) -> Values:
    """The values of one sample, without the batch axis."""
    return {p: Number(float(tensor[p]), counter) for p in places(*tensor.shape)}


def tensor(values: Values) -> Tensor:
    shape = tuple(max(axis) + 1 for axis in zip(*values, strict=True))
    found = torch.empty(shape)
    for place, number in values.items():
        found[place] = number.value
    return found


def total(parts: Iterable[Number]) -> Number:
    return reduce(lambda a, b: a + b, parts)


def mean(parts: Sequence[Number]) -> Number:
    return total(parts) / len(parts)


def largest(parts: Iterable[Number]) -> Number:
    return reduce(lambda a, b: b.at_least(a), parts)


def weighted(parts: Sequence[Number], weights: Sequence[Number | float]) -> Number:
    return total([p * w for p, w in zip(parts, weights, strict=True)])


def read(x: Values, place: Place) -> Number:
    """A value of a map; 0 outside of it."""
    return x.get(place) or Number(0.0, next(iter(x.values())).counter)


def slid(
    out: Sequence[int], kernel: Sequence[int], stride: int, padding: int = 0
) -> Iterator[tuple[Place, list[Place]]]:
    """Each position of the output with the positions its window reads, margins included."""
    for place in places(*out):
        starts = [i * stride - padding for i in place[1:]]
        yield (
            place,
            [
                (place[0], *(s + o for s, o in zip(starts, tap, strict=True)))
                for tap in places(*kernel)
            ],
        )


def pooled(
    x: Values,
    out: Sequence[int],
    kernel: Sequence[int],
    reduction: Callable[[list[Number]], Number],
    stride: int,
    padding: int = 0,
) -> Values:
    windows = slid(out, kernel, stride, padding)
    return {place: reduction([read(x, p) for p in window]) for place, window in windows}


def adaptive(
    x: Values, size: Sequence[int], out: Sequence[int], reduction: Callable[[list[Number]], Number]
) -> Values:
    found = {}
    for place in places(*out):
        spans = [
            range(i * s // n, -(-(i + 1) * s // n))
            for i, s, n in zip(place[1:], size[1:], out[1:], strict=True)
        ]
        found[place] = reduction([x[(place[0], *p)] for p in product(*spans)])
    return found


def convolved(
    x: Values, weight: Tensor, bias: Tensor | None, out: Sequence[int], stride: int, padding: int,
    groups: int,
) -> Values:  # fmt: skip
    width, counter = weight.shape[1], next(iter(x.values())).counter
    found = {}
    for place, window in slid(out, weight.shape[2:], stride, padding):
        first = place[0] // (out[0] // groups) * width
        value = Number(0.0, counter)
        for channel in range(width):
            for tap, (_, *at) in zip(places(*weight.shape[2:]), window, strict=True):
                number = read(x, (first + channel, *at))
                value = value.accumulate(number, float(weight[(place[0], channel, *tap)]))
        found[place] = value if bias is None else value + float(bias[place[0]])
    return found


def transposed(
    x: Values, weight: Tensor, bias: Tensor, out: Sequence[int], stride: int, padding: int,
    groups: int,
) -> Values:  # fmt: skip
    """Each value of the input, times the kernel, is laid over the output."""
    counter = next(iter(x.values())).counter
    wide = {p: Number(0.0, counter) for p in places(out[0], *(n + 2 * padding for n in out[1:]))}
    channels = 1 + max(place[0] for place in x)
    for (channel, *at), number in x.items():
        first = channel // (channels // groups) * weight.shape[1]
        for o, *tap in places(*weight.shape[1:]):
            place = (first + o, *(i * stride + t for i, t in zip(at, tap, strict=True)))
            taken = wide.get(place, Number(0.0, counter))  # beyond the last whole stride
            wide[place] = taken.accumulate(number, float(weight[(channel, o, *tap)]))
    cut = {p: wide[(p[0], *(i + padding for i in p[1:]))] for p in places(*out)}
    return {place: number + float(bias[place[0]]) for place, number in cut.items()}


def standardised(
    x: Values, group: Callable[[Place], object], eps: float,
    weight: Callable[[Place], float] | None, bias: Callable[[Place], float] | None,
) -> Values:  # fmt: skip
    """Each group less its mean and over its deviation, times weight and plus bias."""
    groups: dict[object, list[Place]] = {}
    for place in x:
        groups.setdefault(group(place), []).append(place)
    found = {}
    for members in groups.values():
        centre = mean([x[p] for p in members])
        away = {p: x[p] - centre for p in members}
        variance = mean([d * d for d in away.values()])
        factor = 1 / (variance + eps).apply(math.sqrt)
        for place, distance in away.items():
            value = distance * factor
            value = value if weight is None else value * weight(place)
            found[place] = value if bias is None else value + bias(place)
    return found


def exponentials(line: Sequence[Number]) -> tuple[list[Number], Number, list[Number]]:
    """Of a line the values less the largest, the sum of their exponentials, and these."""
    top = largest(line)
    away = [n - top for n in line]
    raised = [n.apply(math.exp) for n in away]
    return away, total(raised), raised


def corners(coordinates: Sequence[Number]) -> list[tuple[Place, Number]]:
    """The pixels around a point, and the weight of each in linear interpolation."""
    axes = []
    for coordinate in coordinates:
        low = coordinate.apply(math.floor)
        right = coordinate - low
        axes.append([(int(low.value), 1 - right), (int(low.value) + 1, right)])
    return [
        (tuple(at for at, _ in corner), reduce(lambda a, b: a * b, [w for _, w in corner]))
        for corner in product(*axes)
    ]


def along_axes(x: Values, taps: Sequence[Sequence[Sequence[tuple[int, float]]]]) -> Values:
    """Weighted sums along the last axis, of those along the one before, and so on.

    `taps` has for each spatial axis, for each output position, the positions read and weights.
    """

    def value(place: Place, at: Place) -> Number:
        if len(at) == len(place):
            return x[at]
        reads = taps[len(at) - 1][place[len(at)]]
        return weighted([value(place, (*at, i)) for i, _ in reads], [w for _, w in reads])

    channels = 1 + max(place[0] for place in x)
    return {p: value(p, p[:1]) for p in places(channels, *map(len, taps))}
