"""Ops that move values about without computing: flatten, reshape, resize, pad, crop."""

from __future__ import annotations

from math import prod
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from archspec.ops.base import (
    Axis,
    Expect,
    MaybeSizes,
    Number,
    Op,
    OpError,
    Shape,
    Sizes,
    check_padding_mode,
    resolve_axis,
    show,
    spatial,
    spread,
)

_Size = Annotated[int, Field(ge=1)]
_Margin = Annotated[int, Field(ge=0)]
_Scale = _Size | Annotated[float, Field(gt=0)]

NewShape = Annotated[
    tuple[_Size | Literal[-1], ...],
    Field(min_length=1),
    Expect("a list of sizes without the batch axis, one of which may be -1"),
]
MaybeMargins = Annotated[
    _Margin | tuple[_Margin, ...] | None,
    Expect("a whole number of at least 0, or a list with one for each axis"),
]
Scales = Annotated[
    _Scale | tuple[_Scale, ...] | None,
    Expect("a number above 0, or a list with one for each axis"),
]
Sides = Annotated[
    _Margin | tuple[_Margin | tuple[_Margin, _Margin], ...],
    Expect("a whole number of at least 0, or a list with one or `[before, after]` for each axis"),
]


class Input(Op):
    """A value that is fed to the network; `inputs:` in a spec makes it."""

    name: ClassVar[str] = "input"
    internal: ClassVar[bool] = True

    shape: tuple[_Size, ...]

    def infer(self, *inputs: Shape) -> Shape:
        return self.shape


class Identity(Op):
    """Its operand, unchanged: `nn.Identity`."""

    name: ClassVar[str] = "identity"
    passes_on: ClassVar[bool] = True


class Flatten(Op):
    """`[C, H, W]` becomes `[C * H * W]`; `nn.Flatten`.

    `start_axis` and `end_axis` bound the axes that are joined; the batch axis is not counted.
    """

    name: ClassVar[str] = "flatten"
    passes_on: ClassVar[bool] = True

    start_axis: Axis = 0
    end_axis: Axis = -1

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        first = resolve_axis(self, self.start_axis, shape, "start_axis")
        last = resolve_axis(self, self.end_axis, shape, "end_axis")
        if first > last:
            raise OpError(
                "E210",
                "`flatten` ends before it starts",
                expected="start_axis not after end_axis",
                found=f"axes {first} to {last} of {show(shape)}",
                attribute="end_axis",
            )
        return (*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :])


class Reshape(Op):
    """The same values in another shape; one size may be -1 and is what the others leave."""

    name: ClassVar[str] = "reshape"
    passes_on: ClassVar[bool] = True
    primary: ClassVar[str | None] = "shape"

    shape: NewShape

    def infer(self, *inputs: Shape) -> Shape:
        (given,) = inputs
        if self.shape.count(-1) > 1:
            raise OpError(
                "E210",
                "only one size of a `reshape` may be -1",
                expected="at most one -1",
                found=show(self.shape),
                attribute="shape",
            )
        known = prod(size for size in self.shape if size != -1)
        rest = prod(given) // known
        out = tuple(rest if size == -1 else size for size in self.shape)
        if prod(out) != prod(given):
            raise OpError(
                "E505",
                f"{prod(given)} values cannot take the shape {show(self.shape)}",
                expected=f"sizes whose product is {prod(given)}",
                found=show(self.shape),
                attribute="shape",
            )
        return out


class Permute(Op):
    """The axes in another order: `permute: [1, 2, 0]` makes `[C, H, W]` into `[H, W, C]`.

    Each axis of the result is the operand's axis of that number; the batch axis stays in front.
    """

    name: ClassVar[str] = "permute"
    passes_on: ClassVar[bool] = True
    primary: ClassVar[str | None] = "axes"

    axes: Annotated[tuple[int, ...], Expect("a list of the axes, counted without the batch")]

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if sorted(self.axes) != list(range(len(shape))):
            raise OpError(
                "E210",
                f"`permute` cannot put the axes of {show(shape)} in the order {show(self.axes)}",
                expected=f"each of the axes 0 to {len(shape) - 1} once",
                found=show(self.axes),
                attribute="axes",
            )
        return tuple(shape[axis] for axis in self.axes)

    def brief(self, rank: int = 2) -> str:
        return ", ".join(map(str, self.axes))


class Upsample(Op):
    """Enlarges a map to `size`, or by `scale_factor`: `nn.Upsample`.

    Output size along an axis: floor(size * scale_factor).
    """

    name: ClassVar[str] = "upsample"
    primary: ClassVar[str | None] = "scale_factor"

    size: MaybeSizes = None
    scale_factor: Scales = None
    mode: Literal["nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear"] = (
        "nearest"
    )
    align_corners: bool | None = None

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        ranks = {"linear": (1,), "bilinear": (2,), "bicubic": (2,), "trilinear": (3,)}
        sizes = spatial(self, shape, ranks.get(self.mode, (1, 2, 3)))
        if self.align_corners is not None and self.mode not in ranks:
            raise OpError(
                "E210",
                f"`align_corners` means nothing in mode `{self.mode}`",
                expected=f"a mode among {', '.join(ranks)}",
                found=self.mode,
                attribute="align_corners",
            )
        self.check_either("size", "scale_factor")
        if self.size is not None:
            return (shape[0], *spread(self.size, len(sizes), "size"))
        assert self.scale_factor is not None
        scales = spread(self.scale_factor, len(sizes), "scale_factor")
        try:
            out = tuple(int(s * f) for s, f in zip(sizes, scales, strict=True))
        except OverflowError:
            raise OpError(
                "E210",
                "`scale_factor` is too large",
                expected="a number that leaves the map a size",
                found=str(self.scale_factor),
                attribute="scale_factor",
            ) from None
        if min(out) < 1:
            raise OpError(
                "E503",
                "`upsample` leaves nothing",
                expected="an output of at least 1 along every axis",
                found=show((shape[0], *out)),
                attribute="scale_factor",
            )
        return (shape[0], *out)


class Subsample(Op):
    """Every `stride`-th value along each spatial axis, beginning with the first.

    Output size along an axis: ceil(size / stride). What a convolution with a 1x1 kernel and that
    stride reads; the shortcut without parameters of He et al. 2015 (option A).
    """

    name: ClassVar[str] = "subsample"
    passes_on: ClassVar[bool] = True
    primary: ClassVar[str | None] = "stride"

    stride: Sizes

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        sizes = spatial(self, shape)
        strides = spread(self.stride, len(sizes), "stride")
        return (shape[0], *(-(-size // s) for size, s in zip(sizes, strides, strict=True)))


class Pad(Op):
    """Margins around a map: `F.pad` and the padding modules.

    `padding` is one number for all sides, or a list with one entry a spatial axis, each a
    number or `[before, after]`. `value` fills the margin in mode `constant`.
    """

    name: ClassVar[str] = "pad"
    primary: ClassVar[str | None] = "padding"

    padding: Sides
    mode: Literal["constant", "reflect", "replicate", "circular"] = "constant"
    value: Number = 0.0

    def sides(self, rank: int) -> tuple[tuple[int, int], ...]:
        """The margins before and after each spatial axis."""
        margins: tuple[int | tuple[int, int], ...] = spread(self.padding, rank, "padding")
        return tuple((m, m) if isinstance(m, int) else m for m in margins)

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        sizes = spatial(self, shape)
        sides = self.sides(len(sizes))
        check_padding_mode(self.mode, shape, tuple(map(max, sides)))
        if self.value and self.mode != "constant":
            raise OpError(
                "E210",
                f"`value` means nothing in mode `{self.mode}`",
                expected="mode `constant`",
                found=self.mode,
                attribute="value",
            )
        return (shape[0], *(s + sum(m) for s, m in zip(sizes, sides, strict=True)))


def given_or_like(
    op: Op, size: int | tuple[int, ...] | None, rank: int, inputs: tuple[Shape, ...]
) -> tuple[int, ...]:
    """The spatial sizes that `size` says, or those of the second operand, which `like` names.

    Raises:
        OpError: E502 when that has not `rank` spatial axes.
    """
    if size is not None:
        return spread(size, rank, "size")
    like = inputs[1]
    if len(like) - 1 != rank:
        raise OpError(
            "E502",
            f"`{op.name}` makes {rank} spatial axes, not those of {show(like)}",
            expected=f"{rank} spatial axes in both",
            found=show(like),
            attribute="like",
        )
    return like[1:]


class Crop(Op):
    """A part of a map, by default its centre.

    Its size is `size`, or that of the node `like` names; `offset` is where it starts along
    each spatial axis, by default floor((size before - size after) / 2). U-Net crops its
    skips: `crop: {like: up}` (Ronneberger et al. 2015).
    """

    name: ClassVar[str] = "crop"
    passes_on: ClassVar[bool] = True
    primary: ClassVar[str | None] = "size"
    references: ClassVar[tuple[str, ...]] = ("like",)

    size: MaybeSizes = None
    offset: MaybeMargins = None
    like: Annotated[str | None, Expect("the id of a node")] = None

    def infer(self, *inputs: Shape) -> Shape:
        shape = inputs[0]
        sizes = spatial(self, shape)
        self.check_either("size", "like")
        wanted = self._wanted(inputs)
        for start, size, whole in zip(self.start(*inputs), wanted, sizes, strict=True):
            if start < 0 or start + size > whole:
                at = f" at {start}" if self.offset is not None else ""
                raise OpError(
                    "E505",
                    f"a crop of {size}{at} does not fit into {whole}",
                    expected=f"at least {show(wanted)} spatially",
                    found=show(shape),
                )
        return (shape[0], *wanted)

    def _wanted(self, inputs: tuple[Shape, ...]) -> tuple[int, ...]:
        return given_or_like(self, self.size, len(inputs[0]) - 1, inputs)

    def start(self, *inputs: Shape) -> tuple[int, ...]:
        """Where the crop begins along each spatial axis."""
        sizes, wanted = inputs[0][1:], self._wanted(inputs)
        if self.offset is None:
            return tuple((s - w) // 2 for s, w in zip(sizes, wanted, strict=True))
        return spread(self.offset, len(sizes), "offset")
