"""Random tensor expressions, each beside the values that NumPy computes for it on its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from hashlib import blake2b
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from archspec.ir.tensor_expr import (
    TensorExpr,
    concatenate,
    eye,
    full,
    noise,
    old_tensor,
    stack,
)
from archspec.ir.tensor_moves import Broadcast, Concatenate, Pad, Permute, Reshape, Slice, Take
from archspec.ir.tensor_ops import Sum, TensorOp

Array = npt.NDArray[Any]
Pair = tuple[TensorExpr, Array]

LARGEST = 1e3
"""What a step may come to: where rounding differs, it must not grow beyond what is compared."""
MOST = 200
"""Values in one tensor."""


def olds(values: Mapping[str, Array]) -> dict[str, TensorExpr]:
    return {
        key: old_tensor(key, one.shape, "long" if one.dtype == np.int64 else "float")
        for key, one in values.items()
    }


@st.composite
def states(draw: Any) -> dict[str, Array]:
    """Some tensors, of which one holds whole numbers."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    shapes = draw(st.lists(st.lists(st.integers(1, 4), max_size=4), min_size=2, max_size=4))
    found = {f"old.{at}.weight": rng.normal(size=shape) for at, shape in enumerate(shapes)}
    return {**found, "old.steps": rng.integers(-9, 9, size=draw(st.sampled_from([(), (3,)])))}


@st.composite
def entries(draw: Any, values: Mapping[str, Array], steps: int = 10) -> dict[str, Pair]:
    """A few expressions over these tensors, and what they come to."""
    pool = [(one, values[key]) for key, one in olds(values).items()]
    drawer = Drawer(draw, pool)
    for _ in range(draw(st.integers(1, steps))):
        drawer.step()
    chosen = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=4))
    last = pool[-1]
    return {f"new.{at}.weight": pair for at, pair in enumerate([*chosen, last])}


@st.composite
def rearranged(draw: Any, kind: str) -> tuple[dict[str, Array], Pair]:
    """A tensor with long axes, and what becomes of it by one kind of move, several times over."""
    shape = draw(st.lists(st.integers(1, 9), min_size=1, max_size=3))
    value = np.arange(math.prod(shape), dtype=np.float64).reshape(shape)
    drawer = Drawer(draw, [(old_tensor("old", shape), value)])
    for _ in range(draw(st.integers(2, 4))):
        drawer.pool = [getattr(drawer, kind)()]
    return {"old": value}, drawer.pool[0]


class Drawer:
    """Draws one step after another, each on what is in the pool."""

    def __init__(self, draw: Any, pool: list[Pair]) -> None:
        self.draw, self.pool = draw, pool
        self.kind: Callable[[], Pair] = self.arithmetic

    def step(self) -> None:
        kinds: list[Callable[[], Pair]] = [
            self.arithmetic,
            self.arithmetic,
            self.quotient,
            self.root,
            self.product,
            self.sum,
            self.reshape,
            self.permute,
            self.index,
            self.index,
            self.take,
            self.pad,
            self.broadcast,
            self.joined,
            self.leaf,
        ]
        if self.draw(st.booleans()):  # else once more of the same, perhaps on what it gave
            self.kind = self.draw(st.sampled_from(kinds))
        expr, value = self.kind()
        assert expr.shape == value.shape
        assert expr.dtype == ("long" if value.dtype == np.int64 else "float")
        if value.size <= MOST and value.ndim < 7 and np.abs(value).max(initial=0) < LARGEST:
            self.pool.append((expr, value))

    def pick(self, accepts: Callable[[Array], bool] = lambda _: True) -> Pair:
        fitting = [pair for pair in self.pool if accepts(pair[1])]
        if fitting and fitting[-1] is self.pool[-1] and self.draw(st.booleans()):
            return fitting[-1]
        return self.draw(st.sampled_from(fitting or [(full((2, 3), 1.5), np.full((2, 3), 1.5))]))

    def real(self) -> Pair:
        return self.pick(lambda value: value.dtype == np.float64)

    def either(self, op: TensorOp, x: TensorExpr, simple: TensorExpr) -> TensorExpr:
        """The expression as it is, or as it is simplified."""
        return TensorExpr(op, x) if self.draw(st.booleans()) else simple

    # --- arithmetic ---------------------------------------------------------------------

    def arithmetic(self) -> Pair:
        x, a = self.pick()
        if self.draw(st.integers(0, 3)) == 0:
            return -x, -a
        number = self.draw(st.integers(-3, 3))
        y, b = self.pick(lambda b: a.dtype == b.dtype and _broadcast(a, b))
        other: tuple[Any, Any] = self.draw(st.sampled_from([(y, b), (y, b), (number, number)]))
        if not _broadcast(a, np.asarray(other[1])) or np.asarray(other[1]).dtype.kind != (
            a.dtype.kind
        ):
            other = (number, a.dtype.type(number))
        y, b = other
        found: list[Pair] = [(x + y, a + b), (x - y, a - b), (x * y, a * b)]
        found += [(y + x, b + a), (y - x, b - a), (y * x, b * a)]
        return self.draw(st.sampled_from(found))  # type: ignore[no-any-return]

    def quotient(self) -> Pair:
        (x, a), (y, b) = self.real(), self.real()
        if _broadcast(a, b) and self.draw(st.booleans()):
            return x / (y * y + 1), a / (b * b + 1)
        return 2 / (y * y + 1.0), 2 / (b * b + 1.0)

    def root(self) -> Pair:
        x, a = self.real()
        x, a = x * x + 0.5, a * a + 0.5
        found = [(x.sqrt(), np.sqrt(a)), (x.rsqrt(), 1 / np.sqrt(a)), (x**1.5, a**1.5)]
        return self.draw(st.sampled_from(found))  # type: ignore[no-any-return]

    def product(self) -> Pair:
        x, a = self.real()
        if not a.ndim:
            x, a = x.reshape((1,)), a.reshape(1)
        y, b = self.pick(
            lambda b: (
                b.dtype == np.float64
                and b.ndim > 0
                and b.shape[-2 if b.ndim > 1 else 0] == a.shape[-1]
                and _broadcast(np.empty(a.shape[:-2]), np.empty(b.shape[:-2]))
            )
        )
        if b.shape[-2 if b.ndim > 1 else 0] != a.shape[-1]:
            return x @ full((a.shape[-1],), 0.5), a @ np.full(a.shape[-1], 0.5)
        return x @ y, a @ b

    def sum(self) -> Pair:
        x, a = self.pick()
        axes = self.draw(st.sets(st.sampled_from(range(a.ndim)))) if a.ndim else set()
        keep = self.draw(st.booleans())
        value = np.sum(a, axis=tuple(axes), keepdims=keep)
        if keep:
            return x.sum(*axes, keep=True), value
        return self.either(Sum(tuple(sorted(axes))), x, x.sum(*(at - a.ndim for at in axes))), value

    # --- moves --------------------------------------------------------------------------

    def reshape(self) -> Pair:
        x, a = self.pick(lambda a: a.size > 0)
        left = a.size
        target: list[int] = []
        while left > 1 or (len(target) < 5 and self.draw(st.booleans())):
            factor = self.draw(st.sampled_from([n for n in range(1, left + 1) if left % n == 0]))
            target.append(factor)
            left //= factor
            if len(target) == 5:
                target[-1] *= left
                break
        open_one = [-1, *target[1:]] if target and math.prod(target[1:]) else target
        return self.either(Reshape(tuple(target)), x, x.reshape(open_one)), a.reshape(target)

    def permute(self) -> Pair:
        x, a = self.pick()
        axes = tuple(self.draw(st.permutations(range(a.ndim))))
        simple = x.permute([at - a.ndim for at in axes])
        return self.either(Permute(axes), x, simple), np.transpose(a, axes)

    def index(self) -> Pair:
        x, a = self.pick()
        item: list[int | slice | None] = []
        mixed = self.draw(st.booleans())
        for size in a.shape[: self.draw(st.integers(0, a.ndim))]:
            if mixed and self.draw(st.booleans()):
                item.append(None)
            if mixed and size and self.draw(st.booleans()):
                item.append(self.draw(st.integers(-size, size - 1)))
            else:
                near, far = st.integers(0, 1), st.integers(-size - 1, size + 1)
                start = self.draw(st.none() | near | far)
                stop = self.draw(st.none() | far)
                item.append(slice(start, stop, self.draw(st.none() | st.integers(1, 3))))
        slices = [one for one in item if isinstance(one, slice)]
        if len(slices) == len(item) and self.draw(st.booleans()):
            slices += [slice(None)] * (a.ndim - len(slices))
            ranges = [range(size)[one] for one, size in zip(slices, a.shape, strict=True)]
            exact = tuple(
                range(r[0], r[-1] + 1, r.step if len(r) > 1 else 1) if r else range(0)
                for r in ranges
            )
            return TensorExpr(Slice(exact), x), np.asarray(a[tuple(item)])
        return x[tuple(item)], np.asarray(a[tuple(item)])

    def take(self) -> Pair:
        x, a = self.pick(lambda a: a.ndim > 0 and a.size > 0)
        axis = self.draw(st.integers(0, a.ndim - 1))
        at = self.draw(st.lists(st.integers(0, a.shape[axis] - 1), min_size=1, max_size=5))
        simple = x.take(axis - a.ndim, at)
        return self.either(Take(axis, tuple(at)), x, simple), np.take(a, at, axis=axis)

    def pad(self) -> Pair:
        x, a = self.pick(lambda a: a.ndim > 0)
        margins = tuple(
            (self.draw(st.integers(0, 1)), self.draw(st.integers(0, 2))) for _ in a.shape
        )
        number = self.draw(st.integers(-2, 2))
        exact = int(number) if a.dtype == np.int64 else float(number)
        value = np.pad(a, margins, constant_values=number)
        return self.either(Pad(margins, exact), x, x.pad(margins, number)), value

    def broadcast(self) -> Pair:
        x, a = self.pick()
        sizes = [self.draw(st.integers(1, 3)) if n == 1 else n for n in a.shape]
        target = (*self.draw(st.lists(st.integers(1, 3), max_size=2)), *sizes)
        return self.either(Broadcast(target), x, x.broadcast(target)), np.broadcast_to(a, target)

    def joined(self) -> Pair:
        x, a = self.pick()
        axis = self.draw(st.integers(0, a.ndim))
        alike = [
            pair for pair in self.pool if pair[1].shape == a.shape and a.dtype == pair[1].dtype
        ]
        parts = [(x, a), *self.draw(st.lists(st.sampled_from(alike or [(x, a)]), max_size=3))]
        exprs, values = [one for one, _ in parts], [value for _, value in parts]
        if axis == a.ndim or self.draw(st.booleans()):
            return stack(exprs, axis), np.stack(values, axis)
        if self.draw(st.booleans()):
            return TensorExpr(Concatenate(axis), *exprs), np.concatenate(values, axis)
        return concatenate(exprs, axis - a.ndim), np.concatenate(values, axis)

    def leaf(self) -> Pair:
        shape = tuple(self.draw(st.lists(st.integers(1, 4), max_size=3)))
        kind = self.draw(st.sampled_from(["normal", "uniform", "eye", "full", "long"]))
        if kind == "eye":
            rows, columns = self.draw(st.integers(1, 4)), self.draw(st.integers(1, 4))
            return eye(rows, columns), np.eye(rows, columns)
        if kind == "full":
            return full(shape, 0.25), np.full(shape, 0.25)
        if kind == "long":
            return full(shape, 3, "long"), np.full(shape, 3, np.int64)
        seed = self.draw(st.integers(0, 9))
        return (
            noise(kind, shape, scale=0.5, seed=seed, stream="n"),
            noise_values(kind, shape, 0.5, seed, "n"),
        )


def _broadcast(a: Array, b: Array) -> bool:
    pairs = zip(reversed(a.shape), reversed(b.shape), strict=False)
    return all(one == other or 1 in (one, other) for one, other in pairs)


# --- noise ----------------------------------------------------------------------------------


def noise_values(
    distribution: str, shape: tuple[int, ...], scale: float, seed: int, stream: str
) -> Array:
    """The numbers of `Noise`, one after another, by Python's integers and its own AS 241.

    Uniform ones to the last bit; of normal ones Python takes the logarithm of its C library.
    """
    hashed = blake2b(f"{seed}/{stream}".encode(), digest_size=8).digest()
    key = int.from_bytes(hashed, "big")
    unit = [_unit(key, at) for at in range(math.prod(shape))]
    normal = NormalDist()
    drawn = [2 * u - 1 if distribution == "uniform" else normal.inv_cdf(u) for u in unit]
    return np.array([one * scale for one in drawn]).reshape(shape)


def _unit(key: int, at: int) -> float:
    mask = 2**64 - 1
    z = (key + (at + 1) * 0x9E3779B97F4A7C15) & mask
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & mask
    return (2 * ((z ^ z >> 31) >> 12) + 1) / 2**53
