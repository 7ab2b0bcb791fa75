"""Expressions over tensors: how the values of a new tensor follow from those of old ones.

An expression is an operation on further expressions, immutable, and parts of it may be shared.
Operators, indices and methods build it, much as NumPy's do; its shape and dtype are checked as it
is made. It says what is to be computed, and holds no values.

Each expression has a digest of its structure, made from those of its operands. So to compare, hash
or look up costs the same for a leaf and for a chain of thousands, and nothing here recurses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from operator import index
from typing import Any, Literal

from archspec.ir import tensor_shapes as rules
from archspec.ir.tensor_moves import (
    Broadcast,
    Concatenate,
    Pad,
    Permute,
    Reshape,
    Slice,
    Take,
)
from archspec.ir.tensor_ops import (
    Add,
    Constant,
    Divide,
    Dtype,
    Eye,
    MatMul,
    Multiply,
    Negative,
    Noise,
    OldTensor,
    Power,
    Subtract,
    Sum,
    TensorOp,
    Text,
)
from archspec.ops.types import Shape, show


class TensorExpr:
    """An operation on operands.

    The constructor builds what it is given; everything else builds the simplest expression of the
    same values (`applied`).

    Raises:
        ValueError: where the operands do not fit; it names their shapes or dtypes.
    """

    __slots__ = ("digest", "dtype", "op", "operands", "shape")

    op: TensorOp
    operands: tuple[TensorExpr, ...]
    shape: Shape
    dtype: Dtype
    digest: bytes

    def __init__(self, op: TensorOp, *operands: TensorExpr) -> None:
        shape = op.infer(*(one.shape for one in operands))
        dtype = op.typed(*(one.dtype for one in operands))
        hashed = blake2b(repr(op).encode(), digest_size=20)
        for one in operands:
            hashed.update(one.digest)
        values = (hashed.digest(), dtype, op, operands, shape)
        for name, value in zip(self.__slots__, values, strict=True):
            object.__setattr__(self, name, value)

    # --- identity -----------------------------------------------------------------------

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"tensor expressions are immutable: `{name}` cannot be set")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorExpr) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __copy__(self) -> TensorExpr:
        return self

    def __deepcopy__(self, memo: Any) -> TensorExpr:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _last, (flat([self]),)

    def __repr__(self) -> str:
        operands = (Text(f"<{show(one.shape)}>", shape=one.shape) for one in self.operands)
        return f"<{self.op.written(*operands).text}: {show(self.shape)}>"

    # --- arithmetic ---------------------------------------------------------------------

    def _operand(self, value: TensorExpr | float) -> TensorExpr:
        return value if isinstance(value, TensorExpr) else full((), value, self.dtype)

    def __add__(self, other: TensorExpr | float) -> TensorExpr:
        return applied(Add(), self, self._operand(other))

    def __radd__(self, other: float) -> TensorExpr:
        return applied(Add(), self._operand(other), self)

    def __sub__(self, other: TensorExpr | float) -> TensorExpr:
        return applied(Subtract(), self, self._operand(other))

    def __rsub__(self, other: float) -> TensorExpr:
        return applied(Subtract(), self._operand(other), self)

    def __mul__(self, other: TensorExpr | float) -> TensorExpr:
        return applied(Multiply(), self, self._operand(other))

    def __rmul__(self, other: float) -> TensorExpr:
        return applied(Multiply(), self._operand(other), self)

    def __truediv__(self, other: TensorExpr | float) -> TensorExpr:
        return applied(Divide(), self, self._operand(other))

    def __rtruediv__(self, other: float) -> TensorExpr:
        return applied(Divide(), self._operand(other), self)

    def __matmul__(self, other: TensorExpr) -> TensorExpr:
        return applied(MatMul(), self, other)

    def __neg__(self) -> TensorExpr:
        return applied(Negative(), self)

    def __pow__(self, exponent: float) -> TensorExpr:
        return applied(Power(float(exponent)), self)

    def sqrt(self) -> TensorExpr:
        return self**0.5

    def rsqrt(self) -> TensorExpr:
        """1 / sqrt(x)."""
        return self**-0.5

    def sum(self, *axes: int, keep: bool = False) -> TensorExpr:
        """The sum over `axes`, which are then gone, or of size 1 where they are to be kept."""
        named = tuple(sorted(rules.axis_of(self.shape, axis) for axis in axes))
        total = applied(Sum(named), self)
        kept = [1 if axis in named else size for axis, size in enumerate(self.shape)]
        return total.reshape(kept) if keep else total

    # --- moving values ------------------------------------------------------------------

    def reshape(self, shape: Sequence[int]) -> TensorExpr:
        """The values in another shape, in row-major order; one size may be -1."""
        return applied(Reshape(rules.resolved(self.shape, shape)), self)

    def permute(self, axes: Sequence[int]) -> TensorExpr:
        """Axis i of the result is `axes[i]` of this."""
        return applied(Permute(tuple(rules.axis_of(self.shape, axis) for axis in axes)), self)

    def __getitem__(self, item: int | slice | tuple[int | slice | None, ...] | None) -> TensorExpr:
        """As in NumPy: ints, slices that step forward, and None for a new axis of size 1."""
        ranges: list[range] = []
        target: list[int] = []
        for one in item if isinstance(item, tuple) else (item,):
            if one is None:
                target.append(1)
                continue
            if len(ranges) == len(self.shape):
                raise IndexError(f"too many indices for a tensor of shape {show(self.shape)}")
            whole = range(self.shape[len(ranges)])
            if isinstance(one, slice):
                ranges.append(rules.canonical(whole[one]))
                target.append(len(ranges[-1]))
            else:
                ranges.append(range(whole[one], whole[one] + 1))
        rest = self.shape[len(ranges) :]
        chosen = applied(Slice((*ranges, *map(range, rest))), self)
        return chosen.reshape((*target, *rest))

    def take(self, axis: int, indices: Iterable[int]) -> TensorExpr:
        """The positions along `axis` that `indices` names, in its order, as often as it does."""
        at = rules.axis_of(self.shape, axis)
        return applied(Take(at, tuple(map(index, indices))), self)

    def pad(self, margins: Sequence[tuple[int, int]], value: float = 0) -> TensorExpr:
        """With so many times `value` before and after along each axis."""
        pairs = tuple((index(before), index(after)) for before, after in margins)
        return applied(Pad(pairs, _number(value, self.dtype)), self)

    def broadcast(self, shape: Sequence[int]) -> TensorExpr:
        """Axes of size 1 repeated, and new ones put in front, up to `shape`."""
        return applied(Broadcast(rules.sizes(shape)), self)


def applied(op: TensorOp, *operands: TensorExpr) -> TensorExpr:
    """The simplest expression that has the values of `op` on these operands, which are simple."""
    made = TensorExpr(op, *operands)  # checked as it is written
    while len(operands) == 1:
        merged = op.after(operands[0].op)
        if merged is None:
            break
        op, operands = merged, operands[0].operands
    if len(operands) == 1 and op.idle(operands[0].shape):
        return operands[0]
    return made if op is made.op and operands == made.operands else TensorExpr(op, *operands)


# --- leaves, and what joins several ---------------------------------------------------------


def _number(value: float, dtype: Dtype) -> float:
    """A number as one that a tensor of `dtype` holds."""
    if dtype == "float":
        return float(value)
    if value != int(value):
        raise ValueError(f"a tensor of dtype long cannot hold {value!r}")
    return int(value)


def old_tensor(key: str, shape: Sequence[int], dtype: Dtype = "float") -> TensorExpr:
    """A parameter or buffer of the old graph."""
    return TensorExpr(OldTensor(rules.sizes(shape), key, dtype))


def full(shape: Sequence[int], value: float, dtype: Dtype = "float") -> TensorExpr:
    """One number everywhere."""
    return TensorExpr(Constant(rules.sizes(shape), _number(value, dtype), dtype))


def eye(rows: int, columns: int | None = None) -> TensorExpr:
    """The identity matrix; where it is not square, what fits of it."""
    return TensorExpr(Eye(rules.sizes((rows, rows if columns is None else columns))))


def noise(
    distribution: Literal["normal", "uniform"],
    shape: Sequence[int],
    *,
    scale: float,
    seed: int,
    stream: str = "",
) -> TensorExpr:
    """Numbers drawn at random: of standard deviation `scale`, or evenly from -scale to scale.

    The same seed and stream give the same numbers, on any machine. Where one seed serves many
    tensors, `stream` tells them apart: a tensor's key, say.
    """
    return TensorExpr(Noise(rules.sizes(shape), distribution, float(scale), index(seed), stream))


def concatenate(parts: Sequence[TensorExpr], axis: int = 0) -> TensorExpr:
    """The tensors one after another along an axis."""
    at = rules.axis_of(parts[0].shape, axis) if parts else 0
    return applied(Concatenate(at), *parts)


def stack(parts: Sequence[TensorExpr], axis: int = 0) -> TensorExpr:
    """Tensors of one shape side by side along a new axis."""
    for part in parts[1:]:
        if part.shape != parts[0].shape:
            raise ValueError(f"shapes {show(parts[0].shape)} and {show(part.shape)} do not stack")
    at = rules.axis_of(parts[0].shape, axis, extra=1) if parts else 0
    return concatenate([one.reshape((*one.shape[:at], 1, *one.shape[at:])) for one in parts], at)


# --- walking --------------------------------------------------------------------------------


def topological(
    roots: Iterable[TensorExpr], seen: set[TensorExpr] | None = None
) -> Iterator[TensorExpr]:
    """Each expression of which the roots are made once, operands first; none that was `seen`."""
    seen = set() if seen is None else seen
    for root in roots:
        stack = [root]
        while stack:
            left = [one for one in stack[-1].operands if one not in seen]
            if left:
                stack += reversed(left)
                continue
            last = stack.pop()
            if last not in seen:
                seen.add(last)
                yield last


def substituted(
    roots: Sequence[TensorExpr], value: Callable[[OldTensor], TensorExpr]
) -> list[TensorExpr]:
    """The roots with each old tensor replaced by what `value` gives for it, and simplified.

    What the roots share they share again. The cost is linear in what the roots are made of, however
    much the replacements are made of.
    """
    found: dict[TensorExpr, TensorExpr] = {}
    for one in topological(roots):
        if isinstance(one.op, OldTensor):
            found[one] = value(one.op)
        else:
            found[one] = applied(one.op, *(found[operand] for operand in one.operands))
    return [found[root] for root in roots]


Row = tuple[TensorOp, tuple[int, ...]]


def flat(roots: Iterable[TensorExpr]) -> list[Row]:
    """What the roots are made of as a list: each operation, and the places of its operands."""
    places: dict[TensorExpr, int] = {}
    rows: list[Row] = []
    for one in topological(roots):
        places[one] = len(rows)
        rows.append((one.op, tuple(places[operand] for operand in one.operands)))
    return rows


def unflat(rows: Iterable[Row]) -> list[TensorExpr]:
    """The expressions of such a list, in its order."""
    found: list[TensorExpr] = []
    for op, places in rows:
        found.append(TensorExpr(op, *(found[place] for place in places)))
    return found


def _last(rows: Iterable[Row]) -> TensorExpr:
    return unflat(rows)[-1]
