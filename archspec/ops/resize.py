"""Ops that change the size of a map: enlarge, subsample, pad, crop."""

from __future__ import annotations

from math import floor, prod
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from archspec.ops.base import spatial, spread
from archspec.ops.bases import Movement
from archspec.ops.like import Like, SizedLike, given_or_like, like_sizes
from archspec.ops.margins import both_sides, check_padding_mode
from archspec.ops.shape import sliced
from archspec.ops.stencil import Reading, over_maps, resized, window
from archspec.ops.tape import Tape, Value
from archspec.ops.types import (
    OF_CONVOLUTIONS,
    Category,
    Child,
    Expect,
    Kind,
    MaybeSizes,
    Number,
    OpError,
    Shape,
    Stride,
    show,
)
from archspec.ops.work import Work, separable

_Size = Annotated[int, Field(ge=1)]
_Margin = Annotated[int, Field(ge=0)]
_Scale = _Size | Annotated[float, Field(gt=0)]
MaybeMargins = Annotated[
    _Margin | tuple[_Margin, ...] | None,
    Expect("a whole number of at least 0, or a list with one for each axis"),
    Kind("index"),
]
Scales = Annotated[
    _Scale | tuple[_Scale, ...] | None,
    Expect("a number above 0, or a list with one for each axis"),
    Kind("factor"),
]
Sides = Annotated[
    _Margin | tuple[_Margin | tuple[_Margin, _Margin], ...] | None,
    Expect(
        "a whole number of at least 0, or a list with one or `[before, after]` for each axis",
        instead=OF_CONVOLUTIONS,
    ),
    Kind("padding"),
]


class Upsample(SizedLike):
    """Enlarges a map to `size`, or by `scale_factor`: `nn.Upsample`.

    Output size along an axis: floor(size * scale_factor). Instead of a size, `like` names a
    node, whose spatial size the map gets. No axis may become smaller.
    """

    name: ClassVar[str] = "upsample"
    category: ClassVar[Category] = "upsampling"
    quiet: ClassVar[tuple[str, ...]] = ("align_corners",)
    resizes: ClassVar[bool] = True
    primary: ClassVar[str | None] = "scale_factor"
    sized: ClassVar[tuple[str, ...]] = ("size", "scale_factor")

    size: MaybeSizes = None
    scale_factor: Scales = None
    mode: Literal["nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear"] = (
        "nearest"
    )
    align_corners: bool | None = None
    like: Like = None

    def infer(self, *inputs: Shape) -> Shape:
        shape = inputs[0]
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
        self.check_either("size", "scale_factor", "like")
        if self.scale_factor is None:
            given = "size" if self.like is None else "like"
            out = given_or_like(self, self.size, len(sizes), inputs)
        else:
            given = "scale_factor"
            out = _scaled(self.scale_factor, sizes)
        if any(after < before for before, after in zip(sizes, out, strict=True)):
            factor = given == "scale_factor"
            pooled = show(out) if self.like is None else f"{{like: {self.like}}}"
            raise OpError(
                "E505",
                f"`upsample` would make {show(sizes)} smaller, {show(out)}",
                expected=f"{'a factor of at least 1' if factor else f'at least {show(sizes)}'} "
                "along every axis",
                found=show(shape),
                hint=f"a pooling makes a map smaller: adaptive_avg_pool: {pooled}"
                if min(out) > 0
                else None,
                attribute=given,
            )
        return (shape[0], *out)

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """Weighted sums along one axis after the other: 3 operations a value for `linear`, 9 for
        `bilinear`, 21 for `trilinear`, 35 for `bicubic`; none for `nearest`, which moves values.
        """
        if self.mode.startswith("nearest"):
            return Work()
        taps = 4 if self.mode == "bicubic" else 2
        return Work(elementwise=separable(taps, len(output) - 1) * prod(output))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        return tape.call(self.batched(*inputs), inputs[0])

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        scales = spread(self.scale_factor, len(output) - 1, "scale_factor")
        axes = zip(inputs[0][1:], output[1:], scales, strict=True)
        corners = bool(self.align_corners)
        return (over_maps(resized(*axis, self.mode, corners=corners) for axis in axes),)


def _scaled(factor: float | tuple[float, ...], sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Spatial sizes times `scale_factor`, rounded down."""
    scales = spread(factor, len(sizes), "scale_factor")
    try:
        return tuple(floor(s * f) for s, f in zip(sizes, scales, strict=True))
    except OverflowError:
        raise OpError(
            "E210",
            "`scale_factor` is too large",
            expected="a number that leaves the map a size",
            found=str(factor),
            attribute="scale_factor",
        ) from None


class Subsample(Movement):
    """Every `stride`-th value along each spatial axis, beginning with the first.

    Output size along an axis: ceil(size / stride). What a convolution with a 1x1 kernel and that
    stride reads; the shortcut without parameters of He et al. 2015 (option A).
    """

    name: ClassVar[str] = "subsample"
    adapts: ClassVar[bool] = True
    resizes: ClassVar[bool] = True
    primary: ClassVar[str | None] = "stride"
    passes_on: ClassVar[bool] = True
    sized: ClassVar[tuple[str, ...]] = ("stride",)

    stride: Stride

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        sizes = spatial(self, shape)
        strides = spread(self.stride, len(sizes), "stride")
        return (shape[0], *(-(-size // s) for size, s in zip(sizes, strides, strict=True)))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        steps = (1, 1, *spread(self.stride, len(x.shape) - 2, "stride"))
        return sliced(tape, x, self.batched(x), steps)

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        return (over_maps(map(window, spread(self.stride, len(output) - 1, "stride"))),)


class Pad(SizedLike, Movement):
    """Margins around a map: `F.pad` and the padding modules.

    `padding` is one number for all sides, or a list with one entry a spatial axis, each a
    number or `[before, after]`. Instead, `like` names a node, to whose spatial size the map is
    padded, with floor((size after - size before) / 2) in front. `value` fills the margin in mode
    `constant`.
    """

    name: ClassVar[str] = "pad"
    resizes: ClassVar[bool] = True
    primary: ClassVar[str | None] = "padding"
    sized: ClassVar[tuple[str, ...]] = ("padding", "value")

    padding: Sides = None
    mode: Literal["constant", "reflect", "replicate", "circular"] = "constant"
    value: Number = 0.0
    like: Like = None

    def sides(self, *inputs: Shape) -> tuple[tuple[int, int], ...]:
        """The margins before and after each spatial axis.

        Raises:
            OpError: E505 where the map is larger than the one it is to be like.
        """
        sizes = inputs[0][1:]
        if self.padding is not None:
            pairs = both_sides(self.padding, len(sizes))
            hint = f"before and after an axis are a list in it: {pairs}" if pairs else None
            margins: tuple[int | tuple[int, int], ...] = spread(
                self.padding, len(sizes), "padding", hint
            )
            return tuple(m if isinstance(m, tuple) else (m, m) for m in margins)
        wanted = like_sizes(self, len(sizes), inputs)
        extra = tuple(w - s for w, s in zip(wanted, sizes, strict=True))
        if min(extra) < 0:
            raise OpError(
                "E505",
                f"a margin does not make {show(sizes)} into {show(wanted)}",
                expected=f"a map of at most {show(wanted)} spatially",
                found=show(inputs[0]),
                hint="`crop` takes a margin away",
                attribute="like",
            )
        return tuple((e // 2, e - e // 2) for e in extra)

    def zeros_around(self, *inputs: Shape) -> tuple[tuple[int, int], ...]:
        return self.sides(*inputs) if self.mode == "constant" and self.value == 0 else ()

    def infer(self, *inputs: Shape) -> Shape:
        shape = inputs[0]
        sizes = spatial(self, shape)
        self.check_either("padding", "like")
        sides = self.sides(*inputs)
        given = "padding" if self.like is None else "like"
        check_padding_mode(self.mode, shape, tuple(map(max, sides)), given)
        if self.value and self.mode != "constant":
            raise OpError(
                "E210",
                f"`value` means nothing in mode `{self.mode}`",
                expected="mode `constant`",
                found=self.mode,
                attribute="value",
            )
        margins = zip(sizes, sides, strict=True)
        return (shape[0], *(size + before + after for size, (before, after) in margins))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        return tape.pad(self.batched(*inputs), inputs[0], self.mode)

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        return (over_maps(window(start=-before) for before, _ in self.sides(*inputs)),)


class Crop(SizedLike, Movement):
    """A part of a map, by default its centre.

    Its size is `size`, or that of the node `like` names; `offset` is where it starts along
    each spatial axis, by default floor((size before - size after) / 2). U-Net crops its
    skips: `crop: {like: up}` (Ronneberger et al. 2015).
    """

    name: ClassVar[str] = "crop"
    adapts: ClassVar[bool] = True
    quiet: ClassVar[tuple[str, ...]] = ("offset",)
    resizes: ClassVar[bool] = True
    primary: ClassVar[str | None] = "size"
    passes_on: ClassVar[bool] = True
    sized: ClassVar[tuple[str, ...]] = ("size", "offset")
    child: ClassVar[Child] = "never"

    size: MaybeSizes = None
    offset: MaybeMargins = None
    like: Like = None

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

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        every = self.like is not None or self.offset is None
        return sliced(tape, inputs[0], self.batched(*inputs), every=every)

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        return (over_maps(window(start=start) for start in self.start(*inputs)),)
