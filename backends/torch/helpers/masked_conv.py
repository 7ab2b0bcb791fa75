import torch
import torch.nn.functional as F
from torch import nn


class MaskedConv2d(nn.Conv2d):
    """A convolution whose weight is multiplied by a mask of zeros and ones.

    connections lists the input maps that each output map reads. kernel_mask has a row
    for each row of the kernel, or is A (what comes before the centre) or B (the centre,
    too).
    """

    mask: torch.Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: str | int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = True,
        connections: tuple[tuple[int, ...], ...] | None = None,
        kernel_mask: str | tuple[tuple[int, ...], ...] | None = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            bias,
        )
        mask = torch.ones(1, 1, 1, 1)
        if connections is not None:
            mask = torch.zeros(out_channels, in_channels, 1, 1)
            for row, maps in zip(mask, connections, strict=True):
                row[list(maps)] = 1
        if isinstance(kernel_mask, str):
            height, width = self.kernel_size
            centre = height // 2 * width + width // 2
            places = torch.arange(height * width).view(height, width)
            mask = mask * (places < centre + (kernel_mask == "B"))
        elif kernel_mask is not None:
            mask = mask * torch.tensor(kernel_mask)
        self.register_buffer("mask", mask)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.conv2d(
            x,
            self.weight * self.mask,
            self.bias,
            self.stride,
            self.padding,
            self.dilation,
            self.groups,
        )
