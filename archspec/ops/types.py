"""What ops are made of: shapes, tensors, the types of attributes, and how an op refuses."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Annotated, Literal, get_args

from pydantic import Field

Shape = tuple[int, ...]
"""Sizes of one value without the batch axis; `[C, H, W]` for an image, `[F]` for features."""


MAX_AXES = 63
"""Axes of a value without the batch axis: PyTorch's tensors have at most 64."""
MAX_SIZE = 2**31 - 1
"""The largest size an axis can have, and the largest whole number an attribute."""


@dataclass(frozen=True, slots=True)
class Expect:
    """Metadata on an attribute's type: how a diagnostic and the reference page word it.

    `instead` says what to do for words that it does not take, which others do, and `nested` for
    lists in a list. `position` is true of places among the axes, before which others count the
    batch.
    """

    text: str
    instead: tuple[tuple[str, str], ...] = ()
    nested: str | None = None
    position: bool = False


Category = Literal[
    "convolution",
    "pooling",
    "upsampling",
    "normalisation",
    "activation",
    "linear",
    "reshaping",
    "merge",
    "noise",
    "other",
]
"""What a reader takes an op for, in a figure's colours and legend."""
CATEGORIES: tuple[Category, ...] = get_args(Category)

Sign = Literal["", "+", "−", "×"]
"""What can stand in a circle for an op that merges; "" for an op without a sign."""

Child = Literal["named", "linked", "never"]
"""When a node is a module of its own in a program, and no call: where it has an id, as people
keep a layer; only where it stands in a sequence of modules; or never.
"""

KindName = Literal[
    "axis",
    "channels",
    "count",
    "dilation",
    "factor",
    "flag",
    "groups",
    "index",
    "kernel",
    "mask",
    "number",
    "padding",
    "probability",
    "rate",
    "reference",
    "shape",
    "size",
    "stride",
    "unknown",
    "word",
]
KINDS: Mapping[KindName, str] = {
    "axis": "a place among the axes of a value, the batch not counted",
    "channels": "how many channels or features a value has, or lie before a border between them",
    "count": "how many there are of what is neither channels nor positions",
    "dilation": "the distance between the taps of a kernel, in positions",
    "factor": "a ratio of two spatial sizes",
    "flag": "true or false",
    "groups": "into how many groups channels are divided: 1, the channels, or between",
    "index": "a place among channels, positions or branches, counted from 0",
    "kernel": "how many positions or channels a window covers",
    "mask": "which elements of a kernel are used",
    "number": "a real number that is none of the others",
    "padding": "how many positions are added at the ends of a spatial axis",
    "probability": "a number from 0 to 1: how often something happens",
    "rate": "by how much a branch is scaled, which may rise or fall from block to block",
    "reference": "the id of a node",
    "shape": "the sizes of all axes: channels first where there are any",
    "size": "how many positions a spatial axis has",
    "stride": "the distance between neighbouring windows, in positions",
    "unknown": "not declared, by an op from outside the package",
    "word": "one of several words",
}
"""What an attribute measures, by kind: numbers of two kinds are equal by chance at most."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Metadata on an attribute's type: the kind of its value, or of each value in a list."""

    name: KindName


Positive = Annotated[int, Field(ge=1), Expect("a whole number of at least 1")]
NaturalNumber = Annotated[int, Field(ge=0), Expect("a whole number of at least 0")]
Channels = Annotated[Positive, Kind("channels")]
Groups = Annotated[Positive, Kind("groups")]
Count = Annotated[Positive, Kind("count")]
Index = Annotated[NaturalNumber, Kind("index")]
Probability = Annotated[
    float, Field(ge=0, le=1), Expect("a number from 0 to 1"), Kind("probability")
]
MAX_WINDOW = 2**20
"""The longest that a kernel, stride, margin or the like can be; what is longer is a slip."""

Size = Annotated[int, Field(ge=1, le=MAX_WINDOW)]
Margin = Annotated[int, Field(ge=0, le=MAX_WINDOW)]
Sizes = Annotated[
    Size | tuple[Size, ...],
    Expect("a whole number of at least 1, or a list with one for each axis"),
]
Kernel = Annotated[Sizes, Kind("kernel")]
Stride = Annotated[Sizes, Kind("stride")]
Dilation = Annotated[Sizes, Kind("dilation")]
MaybeSizes = Annotated[
    Size | tuple[Size, ...] | None,
    Expect("a whole number of at least 1, or a list with one for each axis"),
    Kind("size"),
]
OF_CONVOLUTIONS = (
    ("same", "`padding: same` is for convolutions: at stride 1, $(k // 2) keeps the size"),
    ("valid", "`padding: valid` is for convolutions: write 0"),
)
"""What to write for words of convolutions where margins are numbers."""

Margins = Annotated[
    Margin | tuple[Margin, ...],
    Expect(
        "a whole number of at least 0, or a list with one for each axis", instead=OF_CONVOLUTIONS
    ),
    Kind("padding"),
]
DropRate = Annotated[
    float,
    Field(ge=0, lt=1),
    Expect("the part that is dropped, at least 0 and less than 1"),
    Kind("probability"),
]
Number = Annotated[float, Expect("a number"), Kind("number")]
Rate = Annotated[float, Expect("a number"), Kind("rate")]
AboveZero = Annotated[float, Field(gt=0), Expect("a number above 0"), Kind("number")]
NotNegative = Annotated[float, Field(ge=0), Expect("a number of at least 0"), Kind("number")]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One parameter or buffer of an op, named as PyTorch names it in a state_dict."""

    name: str
    shape: Shape
    kind: Literal["weight", "bias", "buffer"]
    dtype: Literal["float", "long"] = "float"
    determined_by: Hashable = None
    """The attributes that its values follow from; None where they are drawn or learned."""

    @property
    def count(self) -> int:
        return prod(self.shape)

    @property
    def trainable(self) -> bool:
        return self.kind != "buffer"


class OpError(Exception):
    """An op cannot take its operands; elaboration adds the place and the chain of blocks."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        expected: str | None = None,
        found: str | None = None,
        hint: str | None = None,
        attribute: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.expected, self.found, self.hint = expected, found, hint
        self.attribute = attribute


def show(shape: Iterable[object]) -> str:
    """`[64, 56, 56]`, as shapes are written in specs and messages."""
    return "[" + ", ".join(map(str, shape)) + "]"
