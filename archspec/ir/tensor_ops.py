"""The operations of tensor expressions: shape, dtype, and how each is written.

They are plain data, as a graph's ops are, and compute nothing: a backend does. `after` and `idle`
say what can be written more simply. Only what moves values is: arithmetic stays as it is written,
so that it is rounded as written.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from hashlib import blake2b
from math import isfinite
from typing import ClassVar, Literal, NamedTuple, TypeVar, dataclass_transform

from archspec.ir import tensor_shapes as rules
from archspec.ops.types import Shape, show

Dtype = Literal["float", "long"]
"""As `archspec.ops.types.Tensor` has it; how wide a float is does not matter here."""

SUM, PRODUCT, SIGN, POWER, ATOM = range(5)
"""How tightly operators bind, loosest first."""


class Text(NamedTuple):
    """An expression as it is written, how tightly its outermost operator binds, and its shape."""

    text: str
    binding: int = ATOM
    shape: Shape = ()

    def within(self, binding: int) -> str:
        """The text as an operand of what binds so tightly."""
        return self.text if self.binding >= binding else f"({self.text})"


_Class = TypeVar("_Class")


@dataclass_transform(frozen_default=True)
def operation(cls: type[_Class]) -> type[_Class]:
    return dataclass(frozen=True, slots=True)(cls)


class TensorOp(ABC):
    """Base of all operations. `real` is true of one that is defined for floats alone."""

    __slots__ = ()

    real: ClassVar[bool] = False

    @abstractmethod
    def infer(self, *shapes: Shape) -> Shape:
        """The shape of the result.

        Raises:
            ValueError: where the operands do not fit; it names their shapes.
        """

    @abstractmethod
    def written(self, *operands: Text) -> Text:
        """The operation with its operands as they are written, in the manner of Python."""

    def typed(self, *dtypes: Dtype) -> Dtype:
        """The dtype of the result, which is that of all operands.

        Raises:
            ValueError: where they differ, or the operation is not for them.
        """
        name = type(self).__name__
        if len(set(dtypes)) > 1:
            raise ValueError(f"{name} needs operands of one dtype, not {' and '.join(dtypes)}")
        if self.real and dtypes[0] != "float":
            raise ValueError(f"{name} is for floats, not for {dtypes[0]}")
        return dtypes[0]

    def after(self, first: TensorOp) -> TensorOp | None:
        """The one operation that does what `first` and then this do; None where there is none."""
        return None

    def idle(self, *shapes: Shape) -> bool:
        """Whether the result is the one operand itself."""
        return False


# --- without operands -----------------------------------------------------------------------


@operation
class Leaf(TensorOp):
    """What has no operands, and says its shape itself."""

    shape: Shape

    def infer(self, *shapes: Shape) -> Shape:
        return rules.sizes(self.shape)

    def typed(self, *dtypes: Dtype) -> Dtype:
        return "float"


@operation
class OldTensor(Leaf):
    """A parameter or buffer of the old graph: its owner's path, a dot, and its name."""

    key: str
    dtype: Dtype

    def typed(self, *dtypes: Dtype) -> Dtype:
        return self.dtype

    def written(self, *operands: Text) -> Text:
        return Text(self.key)


@operation
class Constant(Leaf):
    """One number everywhere."""

    value: float
    dtype: Dtype

    def typed(self, *dtypes: Dtype) -> Dtype:
        if not isfinite(self.value) or (self.dtype == "long") != isinstance(self.value, int):
            raise ValueError(f"{self.value!r} is no constant of dtype {self.dtype}")
        return self.dtype

    def written(self, *operands: Text) -> Text:
        if self.shape:
            return Text(f"full({show(self.shape)}, {self.value!r})")
        return Text(repr(self.value), SIGN if self.value < 0 else ATOM)


@operation
class Eye(Leaf):
    """The identity matrix; where it is not square, what fits of it."""

    def infer(self, *shapes: Shape) -> Shape:
        if len(self.shape) != 2:
            raise ValueError(f"{show(self.shape)} is not the shape of a matrix")
        return rules.sizes(self.shape)

    def written(self, *operands: Text) -> Text:
        return Text(f"eye({show(self.shape)})")


@operation
class Noise(Leaf):
    """Numbers drawn at random, the same ones wherever they are drawn.

    Value i, counted in row-major order, depends on `key` and i alone. On 64-bit integers that wrap
    around, SplitMix64 (Steele, Lea & Flood 2014) makes z of them: z = key + (i + 1) *
    0x9E3779B97F4A7C15; z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9; z = (z ^ z >> 27) *
    0x94D049BB133111EB; z = z ^ z >> 31. Its upper 52 bits k give u = (2k + 1) / 2^53, exactly.

    A uniform value is scale * (2u - 1). A normal one is scale times the quantile of u, by algorithm
    AS 241, PPND16 (Wichura 1988). Each + - * / and square root is rounded by itself, in float64,
    and so it is in log(r), which PPND16 needs: with r = m * 2^e, m from sqrt(1/2) to sqrt(2), and
    s = (m - 1) / (m + 1), that is e * log(2) + 2s * (1 + s^2/3 + s^4/5 + ... + s^20/21), by Horner.
    No library's functions take part, which differ from machine to machine in the last bit.
    """

    distribution: Literal["normal", "uniform"]
    scale: float
    seed: int
    stream: str

    @property
    def key(self) -> int:
        """Where the numbers begin: 64 bits that follow from seed and stream."""
        hashed = blake2b(f"{self.seed}/{self.stream}".encode(), digest_size=8)
        return int.from_bytes(hashed.digest(), "big")

    def written(self, *operands: Text) -> Text:
        stream = f", stream={self.stream!r}" if self.stream else ""
        text = f"{show(self.shape)}, {self.scale!r}, seed={self.seed}{stream}"
        return Text(f"{self.distribution}({text})")


# --- arithmetic -----------------------------------------------------------------------------


@operation
class Arithmetic(TensorOp):
    """Of two operands, value by value, broadcast to one shape."""

    symbol: ClassVar[str]
    binding: ClassVar[int]

    def infer(self, *shapes: Shape) -> Shape:
        a, b = shapes
        return rules.broadcast(a, b)

    def written(self, *operands: Text) -> Text:
        a, b = operands
        text = f"{a.within(self.binding)} {self.symbol} {b.within(self.binding + 1)}"
        return Text(text, self.binding)


@operation
class Add(Arithmetic):
    symbol: ClassVar[str] = "+"
    binding: ClassVar[int] = SUM


@operation
class Subtract(Arithmetic):
    symbol: ClassVar[str] = "-"
    binding: ClassVar[int] = SUM


@operation
class Multiply(Arithmetic):
    symbol: ClassVar[str] = "*"
    binding: ClassVar[int] = PRODUCT


@operation
class Divide(Arithmetic):
    symbol: ClassVar[str] = "/"
    binding: ClassVar[int] = PRODUCT
    real: ClassVar[bool] = True


@operation
class MatMul(Arithmetic):
    """The matrix product, of vectors and of stacks of matrices too."""

    symbol: ClassVar[str] = "@"
    binding: ClassVar[int] = PRODUCT
    real: ClassVar[bool] = True

    def infer(self, *shapes: Shape) -> Shape:
        a, b = shapes
        return rules.multiplied(a, b)


@operation
class Negative(TensorOp):
    def infer(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def written(self, *operands: Text) -> Text:
        return Text(f"-{operands[0].within(SIGN)}", SIGN)


@operation
class Power(TensorOp):
    """x to a constant power."""

    exponent: float
    real: ClassVar[bool] = True

    def infer(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def written(self, *operands: Text) -> Text:
        if self.exponent == 0.5:
            return Text(f"sqrt({operands[0].text})")
        return Text(f"{operands[0].within(ATOM)} ** {self.exponent!r}", POWER)


@operation
class Sum(TensorOp):
    """The sum over axes, which are gone then."""

    axes: tuple[int, ...]

    def infer(self, *shapes: Shape) -> Shape:
        return rules.summed(shapes[0], self.axes)

    def idle(self, *shapes: Shape) -> bool:
        return not self.axes

    def written(self, *operands: Text) -> Text:
        return Text(f"sum({operands[0].text}, {show(self.axes)})")
