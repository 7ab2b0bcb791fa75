"""What an op is: attributes, a shape rule, named tensors and a cost, in one class.

An op's attributes are the fields of a pydantic model and bear PyTorch's names and
defaults. A subclass that sets `name` is entered in the registry by being defined; the
reference page, the JSON Schema and the table of lowerings all follow from there.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict

from archspec.ops.registry import Registry
from archspec.ops.stencil import Reading, still
from archspec.ops.types import Category, Child, Kind, KindName, OpError, Shape, Sign, Tensor, show
from archspec.ops.unknown import UNKNOWN
from archspec.ops.work import Work

if TYPE_CHECKING:
    from archspec.ops.tape import Tape, Value

REGISTRY: "Registry[Op]" = Registry()
"""Every op by the name a spec calls it."""

OPERAND = "operand"
"""What an attribute says in a graph that names another node in a spec."""

_T = TypeVar("_T")


class Op(BaseModel):
    """Base of all ops. A subclass defines attributes, `infer`, and what it costs.

    Class attributes, of the language:
        name: the key in a spec.
        primary: the attribute a bare value stands for (`linear: 120`), if any.
        merges: True for an op that takes branches (`add: [a, b]`).
        inferred: PyTorch constructor arguments that archspec infers; writing one is an error.
        references: attributes that name another node; its value is one more operand.
        sized: attributes that may follow from the size of a value each time the network runs:
            no tensor's shape depends on them, and PyTorch takes them in a call.
        internal: True for the value of an input, which no spec writes as an op.
        idle: True for an op that does nothing where no attribute is given.

    Class attributes, of its values:
        passes_on: True where the value may be the operand itself, or a view of it.
        gathers: True for a merge that keeps what is in each operand, so that one of them can
            be a way around the others; a factor cannot.
        local: True where a value depends on the operands at its own position alone.
        trains_only: True for an op that does nothing but in training, such as dropout.
        resizes: True for an op whose value is the operand itself where it keeps its shape.
        rectifies: True for ReLU and what takes its place behind hidden layers.
        channels_first: True for an op that makes maps, of which the first axis is the channels.
        makes: the attribute that says how many channels or features it makes, if any.
        adapts: True for an op that leaves out positions or channels, or adds channels of zeros,
            so that a value fits what it is merged with.
        sums: True for a sum.
        pairwise: True for a merge that takes its operands two at a time.

    Class attributes, of programs:
        child: when its node is a module of its own; with tensors it always is.
        infix: the sign between its operands where its value is written with that alone.

    Class attributes, of how it is shown:
        category: what a reader takes it for, which decides its colour.
        called: its name in a lecture; its name with spaces where this is empty.
        lettered: its name in tables in capitals; its name where this is empty.
        sign: what stands for it in a circle; "" for a name in a box.
        result: what it makes, in a legend that explains its sign.
        stacks: True for a merge that puts its operands side by side, drawn as a bar.
        operands: what each operand is called where they differ, the first of them "".
        quiet: attributes that figures write only where all attributes are asked for.
        hidden: attributes that no figure writes.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, defer_build=True, allow_inf_nan=False
    )

    name: ClassVar[str] = ""
    primary: ClassVar[str | None] = None
    merges: ClassVar[bool] = False
    inferred: ClassVar[tuple[str, ...]] = ()
    references: ClassVar[tuple[str, ...]] = ()
    sized: ClassVar[tuple[str, ...]] = ()
    internal: ClassVar[bool] = False
    idle: ClassVar[bool] = False

    passes_on: ClassVar[bool] = False
    gathers: ClassVar[bool] = False
    local: ClassVar[bool] = False
    trains_only: ClassVar[bool] = False
    resizes: ClassVar[bool] = False
    rectifies: ClassVar[bool] = False
    channels_first: ClassVar[bool] = False
    makes: ClassVar[str | None] = None
    adapts: ClassVar[bool] = False
    sums: ClassVar[bool] = False
    pairwise: ClassVar[bool] = False

    child: ClassVar[Child] = "named"
    infix: ClassVar[str] = ""

    category: ClassVar[Category] = "other"
    called: ClassVar[str] = ""
    lettered: ClassVar[str] = ""
    sign: ClassVar[Sign] = ""
    result: ClassVar[str] = ""
    stacks: ClassVar[bool] = False
    operands: ClassVar[tuple[str, ...]] = ()
    quiet: ClassVar[tuple[str, ...]] = ()
    hidden: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        if "name" in cls.__dict__ and not cls.internal:
            REGISTRY.enter(cls)

    def unnamed(self) -> Self:
        """The op in a graph: what an attribute refers to is an operand there, and has no name."""
        if not self.references:
            return self
        given = {role: OPERAND for role in self.references if getattr(self, role) is not None}
        return self.model_copy(update=given) if given else self

    @classmethod
    def family(cls) -> str:
        """The module of `archspec.ops` that defines it, such as `norm` or `activation`."""
        return cls.__module__.rpartition(".")[2]

    @classmethod
    @cache
    def kinds(cls) -> Mapping[str, KindName]:
        """What each attribute measures: a word of `archspec.ops.types.KINDS` by its name.

        The type says it, by a `Kind` among its metadata; true or false is a "flag", one of several
        words a "word". What says nothing is "unknown".
        """
        fields = cls.model_fields.items()
        return MappingProxyType({n: _kind(f.annotation, f.metadata) for n, f in fields})

    def infer(self, *inputs: Shape) -> Shape:
        """The output's shape.

        Raises:
            OpError: when the op cannot take `inputs`.
        """
        return inputs[0]

    def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
        """The parameters and buffers, in PyTorch's order; called only after `infer` succeeded."""
        return ()

    def built_for(self, *inputs: Shape) -> Shape:
        """The sizes that the op without its tensors is built for, and takes no others."""
        return ()

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Multiply-accumulates at batch 1: convolutions, linear layers and matmuls only."""
        return self.work(inputs, output).macs

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """Return what is computed at batch 1; see `archspec.ops.work`. Unless said: unknown."""
        return Work(UNKNOWN, UNKNOWN, UNKNOWN)

    def trace(self, tape: "Tape", *inputs: "Value") -> "Value":
        """Play the op on a tape: the tensors it makes, and those that autograd keeps.

        Unless said, its value is a tensor of its own, and all else is unknown (`unsaid`).
        """
        return tape.call(self.batched(*inputs), *inputs)

    @classmethod
    def unsaid(cls) -> tuple[str, ...]:
        """Return what the op does not say of itself, as a table names it.

        Some of "operations" (`work`), "memory" (`trace`) and "receptive field" (`stencils`).
        """
        said = {
            "operations": cls.work is not Op.work,
            "memory": cls.trace is not Op.trace,
            "receptive field": cls.local or cls.stencils is not Op.stencils,
        }
        return tuple(what for what, known in said.items() if not known)

    def batched(self, *inputs: "Value") -> Shape:
        """The output's shape at run time, batch axis first."""
        return (inputs[0].shape[0], *self.infer(*(x.shape[1:] for x in inputs)))

    def batch_values(self, *inputs: Shape) -> int | None:
        """Of how many values of one sample each of its statistics over the batch is made.

        None where it has no such statistics.
        """
        return None

    def read(self, inputs: tuple[_T, ...]) -> tuple[_T, ...]:
        """Those of the operands whose values are read; of the others the shape alone is."""
        return inputs

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...] | None:
        """Return which positions of its operands those of the output read, in evaluation.

        One reading an operand; what comes after the last has its shape read, not its values.
        None where the op does not say.
        """
        return tuple(still(len(shape)) for shape in inputs) if self.local else None

    def check_either(self, *names: str) -> None:
        """E210 unless exactly one of these attributes is given."""
        given = [f"`{name}`" for name in names if getattr(self, name) is not None]
        if len(given) != 1:
            *others, last = (f"`{name}`" for name in names)
            raise OpError(
                "E210",
                f"`{self.name}` wants either {', '.join(others)} or {last}",
                expected="one of them",
                found=f"both {' and '.join(given)}" if given else "neither",
            )

    @property
    def features_last(self) -> bool:
        """True where features are along the last axis, as in `[L, F]` and `[H, W, C]`."""
        return False

    @property
    def in_place(self) -> bool:
        """True where the op overwrites its operand."""
        return bool(vars(self).get("inplace"))

    @property
    def pads(self) -> bool:
        """True where the op itself adds positions at the ends of a spatial axis."""
        padding = getattr(self, "padding", 0)
        return any(padding) if isinstance(padding, tuple) else bool(padding)

    @property
    def cardinality(self) -> int:
        """Into how many groups of channels it divides its operand, which do not mix."""
        return getattr(self, "groups", 1) if self.makes is not None else 1

    def kernel_sizes(self, rank: int) -> tuple[int, ...]:
        """The sizes of its kernel along `rank` spatial axes; () for an op without one."""
        size = getattr(self, "kernel_size", None)
        return () if size is None else spread(size, rank, "kernel_size")

    def strides(self, rank: int) -> tuple[int, ...]:
        """The distances of its windows along `rank` spatial axes: its strides, or 1."""
        return spread(getattr(self, "stride", 1), rank, "stride")

    def dilations(self, rank: int) -> tuple[int, ...]:
        """The distances of the taps of its kernel along `rank` spatial axes, or 1."""
        return spread(getattr(self, "dilation", 1), rank, "dilation")

    def brief(self, rank: int = 2, named: Mapping[str, str] | None = None) -> str:
        """The attributes in few words, for a table cell: `7x7, 64, s2, p3`.

        What equals its default is left out, the kernel excepted.

        Args:
            rank: the number of spatial axes, for a kernel written as one number.
            named: what the nodes are called that attributes refer to.
        """
        parts: list[str] = []
        for key, field in type(self).model_fields.items():
            value = (named or {}).get(key, getattr(self, key))
            if key == "kernel_size":
                parts.insert(0, _by_axis(spread(value, rank, key) if rank else value))
            elif field.is_required() or value != field.default:
                parts.append(self._word(key, value))
        return ", ".join(parts)

    def spoken(self, rank: int) -> tuple[str, ...]:
        """What a lecturer says of it where its name and its attributes say something else.

        Args:
            rank: the number of the operand's spatial axes.

        Returns its name and, if anything, what is less important.
        """
        return ()

    def changes_nothing(self, inputs: tuple[Shape, ...], output: Shape) -> bool:
        """Whether its value is the operand itself, in training, too."""
        return self.resizes and output == inputs[0]

    def takes_back(self, before: "Op") -> bool:
        """Whether it gives values the order again that they had before another op."""
        return False

    def zeros_around(self, *inputs: Shape) -> tuple[tuple[int, int], ...]:
        """The zeros that it puts before and after each spatial axis, where it does nothing else."""
        return ()

    def _word(self, key: str, value: Any) -> str:
        if value is False:
            return f"no {key}"
        if value is True:
            return key
        if key in _ABBREVIATIONS:
            return _ABBREVIATIONS[key] + _by_axis(value)
        return _by_axis(value) if key == self.primary else f"{key}={_by_axis(value)}"


def _kind(annotation: Any, metadata: Iterable[object]) -> KindName:
    """The kind of an attribute of this type."""
    for entry in metadata:
        if isinstance(entry, Kind):
            return entry.name
    while type(None) in (options := get_args(annotation)) and len(options) == 2:
        annotation = next(option for option in options if option is not type(None))
    if annotation is bool:
        return "flag"
    return "word" if get_origin(annotation) is Literal else "unknown"


_ABBREVIATIONS = {
    "out_channels": "",
    "output_size": "",
    "shape": "",
    "stride": "s",
    "padding": "p",
    "dilation": "d",
    "groups": "g",
}


def _by_axis(value: Any) -> str:
    """`3x5` for a list with one size an axis, `1+2` for the two sides of one."""
    if isinstance(value, tuple):
        return "x".join("+".join(map(str, v)) if isinstance(v, tuple) else str(v) for v in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def spread(
    value: _T | tuple[_T, ...], rank: int, attribute: str, hint: str | None = None
) -> tuple[_T, ...]:
    """One value for each of `rank` axes: one alone is repeated, a list must have that length.

    Raises:
        OpError: E210 when a list has another length, with the hint.
    """
    if not isinstance(value, tuple):
        return (value,) * rank
    if len(value) != rank:
        raise OpError(
            "E210",
            f"`{attribute}` is a list of {len(value)}, but the spatial axes are {rank}",
            expected=f"one value, or a list of {rank}",
            found=show(value),
            hint=hint,
            attribute=attribute,
        )
    return value


def spatial(op: Op, shape: Shape, ranks: tuple[int, ...] = (1, 2, 3)) -> tuple[int, ...]:
    """The spatial axes of `[C, ...]`, once it is known that the op takes that many.

    Raises:
        OpError: E502 when the rank is not one the op is defined for.
    """
    if len(shape) - 1 not in ranks:
        wanted = {0: "[F]", 1: "[C, L]", 2: "[C, H, W]", 3: "[C, D, H, W]"}
        hint = None
        if len(shape) == 1:
            ones = [1] * (2 if 2 in ranks else ranks[0])
            hint = (
                f"`{op.name}` works on maps: reshape: {show((*shape, *ones))} makes one of a "
                "vector; where a `flatten` has left it, that stands too early"
            )
        raise OpError(
            "E502",
            f"`{op.name}` cannot take a value of shape {show(shape)}",
            expected=" or ".join(wanted[r] for r in ranks),
            found=show(shape),
            hint=hint,
        )
    return shape[1:]
