"""Special convolutions: with a mask over the weights, and with sampling points that are learned."""

from __future__ import annotations

from math import prod
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from archspec.ops.base import spatial, spread
from archspec.ops.conv import Convolution
from archspec.ops.merge import Merge
from archspec.ops.stencil import Reading, everything, still
from archspec.ops.tape import Tape, Value
from archspec.ops.types import Expect, Kind, Margins, OpError, Shape, Tensor, show
from archspec.ops.work import Work, interpolated

_Maps = Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)]
_Row = tuple[Literal[0, 1], ...]

Connections = Annotated[
    tuple[_Maps, ...] | None,
    Expect("a list for each output map: the input maps it reads, counted from 0"),
    Kind("index"),
]
KernelMask = Annotated[
    Literal["A", "B"] | tuple[_Row, ...] | None,
    Expect("`A`, `B` or rows of 0 and 1"),
    Kind("mask"),
]


class MaskedConv(Convolution):
    """A convolution of images that uses a part of its weights: weight * mask in place of weight.

    `connections` says for each output map which input maps it reads, as table I of LeNet-5 (LeCun
    et al. 1998). `kernel_mask` says which places of the kernel count: rows of 0 and 1, or `A`,
    what comes before the centre in reading order, or `B`, that and the centre (van den Oord et al.
    2016, PixelCNN). All weights are stored and all are multiplied, so parameters and MACs are
    those of `conv`; the mask is a buffer.
    """

    name: ClassVar[str] = "masked_conv"
    hidden: ClassVar[tuple[str, ...]] = ("connections", "kernel_mask")

    connections: Connections = None
    kernel_mask: KernelMask = None

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        spatial(self, shape, (2,))
        out = super().infer(shape)
        self._check_connections(shape[0])
        kernel = spread(self.kernel_size, 2, "kernel_size")
        if isinstance(self.kernel_mask, tuple):
            rows = {len(row) for row in self.kernel_mask}
            if (len(self.kernel_mask), *rows) != kernel:
                raise OpError(
                    "E505",
                    "`kernel_mask` has not the kernel's size",
                    expected=f"{kernel[0]} rows of {kernel[1]}",
                    found=f"{len(self.kernel_mask)} rows of {' or '.join(map(str, sorted(rows)))}",
                    attribute="kernel_mask",
                )
        elif self.connections is None and self.kernel_mask is None:
            raise OpError(
                "E210",
                "`masked_conv` has no mask",
                expected="`connections` or `kernel_mask`",
                found="neither",
                hint="without a mask it is `conv`",
            )
        return out

    def _check_connections(self, in_channels: int) -> None:
        if self.connections is None:
            return
        problem = None
        if self.groups != 1:
            problem = ("E210", "no groups", f"groups={self.groups}")
        elif len(self.connections) != self.out_channels:
            expected = f"{self.out_channels} lists, one for each output map"
            problem = ("E505", expected, str(len(self.connections)))
        elif (last := max(map(max, self.connections))) >= in_channels:
            problem = ("E210", f"input maps from 0 to {in_channels - 1}", str(last))
        if problem is not None:
            code, expected, found = problem
            raise OpError(
                code,
                "`connections` do not fit the convolution",
                expected=expected,
                found=found,
                attribute="connections",
            )

    def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
        maps = (1, 1) if self.connections is None else (self.out_channels, inputs[0][0])
        kernel = spread(self.kernel_size, 2, "kernel_size")
        mask = (*maps, *((1, 1) if self.kernel_mask is None else kernel))
        attributes = (self.connections, self.kernel_mask)
        return (*super().tensors(*inputs), Tensor("mask", mask, "buffer", determined_by=attributes))

    def _word(self, key: str, value: Any) -> str:
        if key == "connections":
            return f"{sum(map(len, value))} connections"
        if key == "kernel_mask" and isinstance(value, tuple):
            return f"{sum(map(sum, value))} of {prod(map(len, value[:1])) * len(value)} taps"
        return super()._word(key, value)

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """As in `conv`: all weights are multiplied, and masking them can be done ahead."""
        return super().work(inputs, output, training)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        """As `conv`, which keeps the masked weight too."""
        x = self._padded(tape, inputs[0])
        weight, *others = self.tensors(inputs[0].shape[1:])
        masked = tape.tensor(weight.shape, kind="weight copies")
        return tape.product(self.batched(*inputs), x, [weight, *others[:-1]], masked)

    def places(self, rank: int) -> list[tuple[int, int]]:
        height, width = spread(self.kernel_size, 2, "kernel_size")
        if isinstance(self.kernel_mask, tuple):
            sides = (self.kernel_mask, tuple(zip(*self.kernel_mask, strict=True)))
            used = [[i for i, line in enumerate(side) if any(line)] for side in sides]
            return [(u[0], u[-1]) if u else (0, -1) for u in used]
        if self.kernel_mask is None:
            return super().places(rank)
        before = width // 2 + (self.kernel_mask == "B")  # so many of the centre's row count
        last = height // 2 - (0 if before else 1)
        return [(0, last), (0, width - 1 if height > 1 else before - 1)]


class DeformConv(Convolution, Merge):
    """A convolution whose kernel reads the image at points that other layers choose.

    Branches: the image `[C, H, W]`; the offsets `[2 * g * k, h, w]`, for each of g groups of
    channels and each of the k places of the kernel how far down and how far right its point lies
    from where `conv` would read; and, for the second version, a factor for each, `[g * k, h, w]`.
    Here `h, w` is the output's size, as in `conv`. Between pixels it interpolates, outside it
    reads 0. The order of channels is that of `torchvision.ops.deform_conv2d`. Dai et al. 2017,
    Zhu et al. 2018. MACs as in `conv`.
    """

    name: ClassVar[str] = "deform_conv"
    operands: ClassVar[tuple[str, ...]] = ("", "offsets", "factors")
    called: ClassVar[str] = "deformable conv"

    padding: Margins = 0

    def infer(self, *inputs: Shape) -> Shape:
        if len(inputs) not in (2, 3):
            raise OpError(
                "E409",
                f"`deform_conv` has {len(inputs)} operands",
                expected="2 or 3: the image, the offsets and, perhaps, their factors",
                found=str(len(inputs)),
            )
        image, offset = inputs[:2]
        spatial(self, image, (2,))
        out = super().infer(image)
        taps = prod(spread(self.kernel_size, 2, "kernel_size"))
        groups = max(offset[0] // (2 * taps), 1)
        points = ((2 * groups * taps, *out[1:]), (groups * taps, *out[1:]))
        if inputs[1:] != points[: len(inputs) - 1]:
            wanted = " and ".join(map(show, points[: len(inputs) - 1]))
            raise self.disagree(f"{wanted} beside the image", inputs, None)
        if image[0] % groups:
            raise OpError(
                "E504",
                f"{image[0]} channels do not divide into {groups} groups of offsets",
                expected=f"channels divisible by {groups}",
                found=show(image),
            )
        return out

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """As in `conv`; besides, for each point of a group of channels, 2 operations to find it and
        10 for the weights of 4 pixels, and for each value there 7 to interpolate, and 1 for the
        factor.
        """
        (image, offset), factors = inputs[:2], len(inputs) - 2
        for_point, for_value = interpolated(2)
        taps = prod(spread(self.kernel_size, 2, "kernel_size"))
        points = (2 + for_point) * prod(offset) // 2
        values = (for_value + factors) * image[0] * taps * prod(output[1:])
        return super().work(inputs, output, training) + Work(elementwise=points + values)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        """Points, a grid of them, the patches there, and a convolution of the patches."""
        x, offset = inputs[:2]
        batch, channels, *_ = x.shape
        kernel = spread(self.kernel_size, 2, "kernel_size")
        taps = prod(kernel)
        groups = offset.shape[1] // (2 * taps)
        axis = (batch, offset.shape[1] // 2, *offset.shape[2:])
        ends = [tape.call(axis, tape.view(offset, axis, part=True)) for _ in ("down", "right")]
        points = []
        for end in reversed(ends):
            scaled = tape.call(axis, tape.call(axis, end))
            points.append(tape.call(axis, tape.call(axis, scaled)))
        stacked = tape.merge((*axis, 2), *points)
        grid = tape.call((*axis, 2), stacked)
        size = (offset.shape[2] * kernel[0], offset.shape[3] * kernel[1])
        maps = tape.view(x, (batch * groups, channels // groups, *x.shape[2:]))
        patches = tape.call((*maps.shape[:2], *size), maps, grid, keeps=[maps, grid])
        for mask in inputs[2:]:
            laid_out = tape.call((batch * groups, 1, *size), mask)
            patches = tape.multiply(patches, laid_out)
        patches = tape.view(patches, (batch, channels, *size))
        shape = (batch, self.out_channels, *offset.shape[2:])
        out = tape.product(shape, patches, self.tensors(*(v.shape[1:] for v in inputs)))
        tape.hold(*ends, *points, stacked)
        return out

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        points = (None, *still(3)[1:])
        return (everything(3), *(points for _ in inputs[1:]))  # an offset can point anywhere
