"""What running an op does to memory: the tensors it makes, and those autograd keeps.

An op's `trace` plays the op on a `Tape` as PyTorch runs it, one kernel after the other; no
number is computed, only sizes are. `archspec.analysis.memory` reads the tape: forwards for
what is alive and what is kept, backwards for the gradients.

What each kernel keeps follows PyTorch's table of derivatives (tools/autograd/derivatives.yaml):
a convolution its input, a ReLU its output, a max pooling its input and where the maxima lay.
What autocast casts follows the lists in "Automatic Mixed Precision package" of its manual.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Final, Literal, get_args

from archspec.ops.types import Shape, Tensor

Dtype = Literal["float32", "float16", "bfloat16", "amp"]
"""Of parameters and activations; `amp` is autocast to bfloat16."""

DTYPES: tuple[Dtype, ...] = get_args(Dtype)

StorageKind = Literal["activations", "indices", "masks", "statistics", "weight copies"]

WIDTHS: Final = {"float32": 4, "float16": 2, "bfloat16": 2, "int64": 8, "bool": 1}
"""Bytes a value of each dtype takes."""

_LOW = "bfloat16"


def stored(dtype: Dtype) -> str:
    """The dtype of parameters, and of what flows in: autocast leaves these as they are."""
    return "float32" if dtype == "amp" else dtype


def nbytes(tensor: Tensor, dtype: Dtype) -> int:
    """Bytes of a parameter or a buffer; a counter is as wide in every dtype."""
    return tensor.count * WIDTHS["int64" if tensor.dtype == "long" else stored(dtype)]


@dataclass(slots=True, eq=False)
class Storage:
    """A piece of memory; views and what works in place share one.

    `shape` and `dtype` are those of the tensor that it was made for, where there is one.
    """

    nbytes: int
    kind: StorageKind = "activations"
    shape: Shape = ()
    dtype: str = ""


@dataclass(slots=True, eq=False)
class Value:
    """A tensor at run time: its whole shape, batch axis first, and where it lies.

    `grad` is True where autograd follows it, as something trained lies before it; `strides` are
    those of a permuted or sliced view, and None where values lie row by row; `viewed` is True of
    any view.
    """

    shape: Shape
    dtype: str
    storage: Storage
    grad: bool = False
    strides: Shape | None = None
    viewed: bool = False

    @property
    def count(self) -> int:
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        return self.count * WIDTHS[self.dtype]


@dataclass(slots=True, eq=False)
class Kernel:
    """One call that autograd records.

    Attributes:
        reads: the activations it reads; parameters are not among them.
        aside: what it writes beside its output, such as the places of maxima.
        keeps: what autograd holds on to until the kernel's own backward has run.
        trained: True where parameters take part, whose gradients its backward makes.
        passes: what it reads whose gradient is the output's own, or a view of it.
        scratch: bytes that its backward needs in passing.
    """

    reads: tuple[Value, ...]
    out: Value
    aside: tuple[Storage, ...] = ()
    keeps: tuple[Storage, ...] = ()
    trained: bool = False
    passes: tuple[Value, ...] = ()
    scratch: int = 0


OUTPUT: Final = "output"
"""Stands among what a kernel keeps for its own output."""

Kept = Value | Literal["output"]


@dataclass(slots=True, eq=False)
class Tape:
    """Kernels in the order they run.

    Attributes:
        training: the module's mode.
        autograd: whether gradients are on.
        dtype: of parameters and activations; `amp` for autocast to bfloat16.
        owner: whose parameters are used now.
        in_list: whether the operands of the op that runs now come in a list.
        held: what a variable refers to although nothing reads it any more, and until when.
        copies: the parameters that autocast has cast so far, by owner and name.
    """

    training: bool
    autograd: bool
    dtype: Dtype = "float32"
    kernels: list[Kernel] = field(default_factory=list)
    owner: str = ""
    in_list: bool = False
    held: dict[Storage, int] = field(default_factory=dict)
    copies: dict[tuple[str, str], Value] = field(default_factory=dict)

    @property
    def usual(self) -> str:
        """The dtype of parameters, and of what flows in."""
        return stored(self.dtype)

    def tensor(
        self, shape: Shape, dtype: str | None = None, kind: StorageKind = "activations"
    ) -> Value:
        """A tensor that is there, or that a kernel writes beside its output."""
        dtype = dtype or self.usual
        storage = Storage(prod(shape) * WIDTHS[dtype], kind, shape, dtype)
        return Value(shape, dtype, storage)

    # --- kernels ------------------------------------------------------------------------

    def call(
        self,
        shape: Shape,
        *reads: Value,
        keeps: Iterable[Kept] = (),
        aside: Iterable[Value] = (),
        trained: bool = False,
        scratch: int = 0,
        dtype: str | None = None,
    ) -> Value:
        """A kernel that writes a new tensor of the given shape.

        Args:
            dtype: of the output; by default the widest of what it reads.
        """
        out = self.tensor(shape, dtype or _widest(reads) or self.usual)
        return self._record(out, reads, keeps, aside, trained=trained, scratch=scratch)

    def product(
        self, shape: Shape, x: Value, tensors: Sequence[Tensor], weight: Value | None = None
    ) -> Value:
        """A convolution or a linear layer; autocast runs these in low precision.

        Args:
            tensors: weight and bias.
            weight: what stands for the weight where that is computed.
        """
        if self.dtype != "amp":
            made = [] if weight is None else [weight]
            return self.call(shape, x, keeps=[x, *made], aside=made, trained=True)
        x = self.cast(x, _LOW)
        copies = [self._copy(tensor) for tensor in tensors]
        plain = len(copies[0].shape) == 2  # linear: only its input's gradient reads it
        keeps = [x] if plain and not x.grad else [x, copies[0]]
        return self.call(shape, x, *copies, keeps=keeps)

    def merge(self, shape: Shape, *reads: Value) -> Value:
        """A kernel whose output's gradient is that of each operand: a stack, a concatenation."""
        return self._record(self.tensor(shape, _widest(reads)), reads, passes=reads)

    def view(
        self, x: Value, shape: Shape, strides: Shape | None = None, *, part: bool = False
    ) -> Value:
        """The same memory in another shape; a `part` of it has a gradient as large as the whole."""
        out = Value(shape, x.dtype, x.storage, strides=strides, viewed=True)
        return self._record(out, (x,), passes=() if part else (x,))

    def overwrite(
        self, x: Value, *, keeps: Iterable[Kept] = (), aside: Iterable[Value] = ()
    ) -> Value:
        """A kernel that works in place; that of a view copies the gradient of the whole."""
        out = Value(x.shape, x.dtype, x.storage, strides=x.strides, viewed=x.viewed)
        scratch = x.storage.nbytes + x.nbytes if x.viewed else 0
        return self._record(out, (x,), keeps, aside, scratch=scratch)

    def overwrite_copied(self, x: Value) -> Value:
        """A kernel that works in place, but whose derivative reads what was there before."""
        before = [self.tensor(x.shape, x.dtype)] if x.grad else []
        return self.overwrite(x, keeps=before, aside=before)

    def pad(self, shape: Shape, x: Value, mode: str) -> Value:
        """x with a margin; the gradient of a circular one takes two tensors like the output."""
        keeps = [x] if mode in ("reflect", "replicate") else []
        given = 2 * prod(shape) * WIDTHS[x.dtype] - x.nbytes
        return self.call(shape, x, keeps=keeps, scratch=given if mode == "circular" else 0)

    def mask(self, x: Value, drawn: Shape, *, in_place: bool = False) -> Value:
        """x times a mask of the shape `drawn` that was made at random."""
        mask = self.tensor(drawn, x.dtype, "masks")
        if in_place:
            return self.overwrite(x, keeps=[mask], aside=[mask])
        return self.call(x.shape, x, keeps=[mask], aside=[mask])

    # --- arithmetic ---------------------------------------------------------------------

    def add(self, a: Value, b: Value) -> Value:
        """a + b; the gradient of an operand that was stretched is a sum."""
        shape = _stretched(a, b)
        passes = tuple(x for x in (a, b) if x.shape == shape)
        return self._record(self.tensor(shape, _widest((a, b))), (a, b), passes=passes)

    def subtract(self, a: Value, b: Value) -> Value:
        """a - b; the gradient of b is the negative one, and a sum of that where b was stretched."""
        shape = _stretched(a, b)
        out = self.tensor(shape, _widest((a, b)))
        passes = (a,) if a.shape == shape and a is not b else ()
        scratch = out.nbytes if b.grad and b.shape != shape else 0
        return self._record(out, (a, b), passes=passes, scratch=scratch)

    def extreme(self, a: Value, b: Value) -> Value:
        """The larger or the smaller of a and b.

        The gradient takes half of itself and two masks on its way.
        """
        shape = _stretched(a, b)
        stretched = any(x.shape != shape for x in (a, b))
        scratch = prod(shape) * ((1 + stretched) * WIDTHS[a.dtype] + 2 * WIDTHS["bool"])
        return self.call(shape, a, b, keeps=[a, b], scratch=scratch)

    def sum(self, shape: Shape, x: Value) -> Value:
        """A sum over an axis; its gradient is stretched, without a copy."""
        return self._record(self.tensor(shape, x.dtype), (x,), passes=(x,))

    def gather(self, kind: Literal["mean", "prod", "amax", "amin"], *values: Value) -> Value:
        """`torch.stack(values).kind(0)`.

        The gradient of all but the mean takes a mask, counts of what it tells, and a quotient.
        """
        shape = tuple(map(max, *(x.shape for x in values))) if len(values) > 1 else values[0].shape
        whole = self.tensor((len(values), *shape), _widest(values))
        stacked = self._record(whole, values, passes=tuple(x for x in values if x.shape == shape))
        if kind == "mean":
            return self.call(shape, stacked)
        counts = prod(shape) * (WIDTHS["int64"] + WIDTHS[stacked.dtype])
        scratch = stacked.count * WIDTHS["bool"] + counts
        return self.call(shape, stacked, keeps=[stacked, OUTPUT], scratch=scratch)

    def multiply(self, a: Value, b: Value) -> Value:
        """a * b, which keeps each factor whose other one wants a gradient."""
        shape = _stretched(a, b)
        keeps = [x for x, other in ((a, b), (b, a)) if other.grad]
        summed = any(x.grad and x.count < prod(shape) for x in (a, b))
        return self.call(shape, a, b, keeps=keeps, scratch=prod(shape) * WIDTHS[a.dtype] * summed)

    def divide(self, a: Value, b: Value) -> Value:
        """a / b; the gradient of b takes two quotients and a product on its way."""
        keeps = [b, a] if b.grad else [b]
        return self.call(_stretched(a, b), a, b, keeps=keeps, scratch=2 * a.nbytes * b.grad)

    def power(self, x: Value) -> Value:
        """x to a constant power; the gradient takes another power and its multiple."""
        return self.call(x.shape, x, keeps=[x], scratch=2 * x.nbytes)

    # --- precision and variables --------------------------------------------------------

    def cast(self, x: Value, dtype: str) -> Value:
        """x in another dtype, and x itself where it has it."""
        if x.dtype == dtype:
            return x
        return self._record(self.tensor(x.shape, dtype), (x,))

    def widened(self, x: Value) -> Value:
        """What autocast hands to a kernel that it runs in float32."""
        return self.cast(x, "float32") if self.dtype == "amp" else x

    def shift(self, x: Value, dtype: str, *, trained: bool = False) -> Value:
        """x plus numbers, perhaps parameters; its gradient is the output's own."""
        return self._record(self.tensor(x.shape, dtype), (x,), trained=trained, passes=(x,))

    def hold(self, *values: Value) -> None:
        """Some variable refers to these values until now, though nothing reads them any more."""
        for value in values:
            self.held[value.storage] = len(self.kernels) - 1

    def _copy(self, tensor: Tensor) -> Value:
        """A parameter in low precision, cast once for all its uses."""
        key = (self.owner, tensor.name)
        if key not in self.copies:
            copy = self.tensor(tensor.shape, _LOW, "weight copies")
            self.copies[key] = self._record(copy, (), trained=True)
        return self.copies[key]

    def _record(
        self,
        out: Value,
        reads: tuple[Value, ...],
        keeps: Iterable[Kept] = (),
        aside: Iterable[Value] = (),
        *,
        trained: bool = False,
        passes: tuple[Value, ...] = (),
        scratch: int = 0,
    ) -> Value:
        out.grad = self.autograd and (trained or any(x.grad for x in reads))
        kept = (out.storage if isinstance(k, str) else k.storage for k in keeps)
        made = tuple(x.storage for x in aside)
        keep = tuple(kept) if out.grad else ()
        passes = tuple(x for x in passes if x.dtype == out.dtype)
        self.kernels.append(Kernel(reads, out, made, keep, trained, passes, scratch))
        return out


def _widest(reads: Iterable[Value]) -> str | None:
    return max((x.dtype for x in reads), key=lambda dtype: WIDTHS[dtype], default=None)


def _stretched(a: Value, b: Value) -> Shape:
    """The shape of what two tensors are broadcast to."""
    return tuple(map(max, a.shape, b.shape))
