"""Shape rules of tensor expressions: the shape that comes out, or a ValueError that names both."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from operator import index

from archspec.ops.types import Shape, show


def sizes(shape: Sequence[int]) -> Shape:
    """A shape as a tuple of plain ints.

    Raises:
        ValueError: for a negative size.
    """
    found = tuple(map(index, shape))
    if min(found, default=0) < 0:
        raise ValueError(f"{show(found)} is no shape: a size is negative")
    return found


def axis_of(shape: Shape, axis: int, *, extra: int = 0) -> int:
    """An axis counted from the front; `extra` axes more may be named, as a new one's place.

    Raises:
        ValueError: where there is no such axis.
    """
    rank = len(shape) + extra
    if not -rank <= axis < rank:
        raise ValueError(f"a tensor of shape {show(shape)} has no axis {axis}")
    return index(axis) % rank


def broadcast(a: Shape, b: Shape) -> Shape:
    """The shape that both are stretched to, their last axes aligned.

    Raises:
        ValueError: where the sizes of an axis differ and none is 1.
    """
    rank = max(len(a), len(b))
    pairs = zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True)
    found = []
    for one, other in pairs:
        if one != other and 1 not in (one, other):
            raise ValueError(f"shapes {show(a)} and {show(b)} do not broadcast")
        found.append(other if one == 1 else one)
    return tuple(found)


def stretched(shape: Shape, target: Shape) -> Shape:
    """`target`, to which a tensor of `shape` is broadcast.

    Raises:
        ValueError: where that would change an axis longer than 1, or drop one.
    """
    if len(shape) > len(target) or broadcast(shape, target) != target:
        raise ValueError(f"shape {show(shape)} does not broadcast to {show(target)}")
    return target


def reshaped(shape: Shape, target: Shape) -> Shape:
    """`target`, which must have as many values as `shape`.

    Raises:
        ValueError: where it has not.
    """
    if prod(shape) != prod(target):
        raise ValueError(f"shape {show(shape)} cannot be reshaped to {show(target)}")
    return target


def resolved(shape: Shape, target: Sequence[int]) -> Shape:
    """`target` with the one size that is -1 worked out, if there is one.

    Raises:
        ValueError: where it cannot be.
    """
    if -1 not in target:
        return sizes(target)
    rest = sizes([size for size in target if size != -1])
    if len(rest) != len(target) - 1 or not prod(rest) or prod(shape) % prod(rest):
        raise ValueError(f"shape {show(shape)} cannot be reshaped to {show(target)}")
    return sizes([prod(shape) // prod(rest) if size == -1 else size for size in target])


def permuted(shape: Shape, axes: Sequence[int]) -> Shape:
    """The sizes in the order of `axes`.

    Raises:
        ValueError: unless `axes` names each axis once.
    """
    if sorted(axes) != list(range(len(shape))):
        raise ValueError(f"a tensor of shape {show(shape)} has no axes {show(axes)} to permute")
    return tuple(shape[axis] for axis in axes)


def canonical(chosen: range) -> range:
    """The one way of several to write the positions that a slice chooses.

    Raises:
        ValueError: for a negative step, which PyTorch's slices lack.
    """
    if chosen.step < 0:
        raise ValueError(f"a slice steps forward, not by {chosen.step}")
    if not chosen:
        return range(0)
    return range(chosen[0], chosen[-1] + 1, chosen.step if len(chosen) > 1 else 1)


def sliced(shape: Shape, ranges: Sequence[range]) -> Shape:
    """How many positions are chosen along each axis.

    Raises:
        ValueError: unless there is one canonical range an axis, within its size.
    """
    fits = len(ranges) == len(shape) and all(
        chosen.stop <= size and chosen.start >= 0 and repr(chosen) == repr(canonical(chosen))
        for chosen, size in zip(ranges, shape, strict=True)
    )
    if not fits:
        raise ValueError(f"a tensor of shape {show(shape)} has no slice {show(ranges)}")
    return tuple(map(len, ranges))


def taken(shape: Shape, axis: int, indices: Sequence[int]) -> Shape:
    """The shape with as many positions along `axis` as `indices` names.

    Raises:
        ValueError: for an index that is not in `range(size)`.
    """
    size = shape[axis_of(shape, axis)]
    beyond = [at for at in indices if not 0 <= at < size]
    if beyond:
        raise ValueError(f"axis {axis} of {show(shape)} has no index {beyond[0]}")
    return (*shape[:axis], len(indices), *shape[axis + 1 :])


def joined(shapes: Sequence[Shape], axis: int) -> Shape:
    """The shape of tensors laid one after another along `axis`.

    Raises:
        ValueError: where there is none, or other axes differ.
    """
    if not shapes:
        raise ValueError("nothing to concatenate")
    first, at = shapes[0], axis_of(shapes[0], axis)
    for shape in shapes[1:]:
        if len(shape) != len(first) or taken(shape, at, ()) != taken(first, at, ()):
            raise ValueError(
                f"shapes {show(first)} and {show(shape)} do not concatenate along axis {at}"
            )
    return (*first[:at], sum(shape[at] for shape in shapes), *first[at + 1 :])


def padded(shape: Shape, margins: Sequence[tuple[int, int]]) -> Shape:
    """The shape with so many values added before and after along each axis.

    Raises:
        ValueError: unless there is one pair an axis, and none is negative.
    """
    if len(margins) != len(shape) or any(min(pair) < 0 for pair in margins):
        raise ValueError(f"a tensor of shape {show(shape)} cannot have margins {show(margins)}")
    return tuple(
        size + before + after for size, (before, after) in zip(shape, margins, strict=True)
    )


def summed(shape: Shape, axes: Sequence[int]) -> Shape:
    """The shape without `axes`.

    Raises:
        ValueError: where one is not there or comes twice.
    """
    if len({axis_of(shape, axis) for axis in axes}) < len(axes):
        raise ValueError(f"axes {show(axes)} name one of {show(shape)} twice")
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def multiplied(a: Shape, b: Shape) -> Shape:
    """The shape of a matrix product as `@` has it: vectors count, leading axes broadcast.

    Raises:
        ValueError: where the inner sizes differ, or an operand has no axis.
    """
    if not a or not b or a[-1] != b[-2 if len(b) > 1 else 0]:
        raise ValueError(f"no matrix product of shapes {show(a)} and {show(b)}")
    return (*broadcast(a[:-2], b[:-2]), *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))
