import torch
import torch.nn.functional as F
from torch import nn


class DeformConv2d(nn.Module):
    """A convolution that reads the image at points of its own: Dai et al. 2017.

    The channels of offset are, for each group of channels and each place of the kernel,
    how far down and how far right its point is moved; mask has a factor for each point.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        conv = nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size,
            groups=groups,
            bias=bias,
        )
        self.weight = conv.weight
        self.bias = conv.bias
        self.stride = (stride, stride) if isinstance(stride, int) else stride
        self.padding = (padding, padding) if isinstance(padding, int) else padding
        self.dilation = (dilation, dilation) if isinstance(dilation, int) else dilation
        self.groups = groups

    def forward(
        self,
        x: torch.Tensor,
        offset: torch.Tensor,
        mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        rows, columns = kernel = self.weight.shape[2:]
        height, width = offset.shape[2:]
        groups = offset.shape[1] // (2 * rows * columns)
        offset = offset.reshape(-1, groups, rows, columns, 2, height, width)
        down, right = offset.unbind(4)
        # Where each point lies; axes: batch, group, two of the kernel, two of the map.
        down = down + self._places(x, 0, rows, height)[:, None, :, None]
        right = right + self._places(x, 1, columns, width)[:, None]
        points = [(2 * right + 1) / x.shape[3] - 1, (2 * down + 1) / x.shape[2] - 1]
        # Images in which each output pixel is a patch as large as the kernel.
        size = (height * rows, width * columns)
        grid = torch.stack(points, -1).permute(0, 1, 4, 2, 5, 3, 6)
        maps = x.reshape(-1, x.shape[1] // groups, *x.shape[2:])
        patches = F.grid_sample(maps, grid.reshape(-1, *size, 2), align_corners=False)
        if mask is not None:
            mask = mask.reshape(-1, groups, rows, columns, height, width)
            mask = mask.permute(0, 1, 4, 2, 5, 3)
            patches = patches * mask.reshape(-1, 1, *size)
        patches = patches.reshape(-1, x.shape[1], *size)
        return F.conv2d(patches, self.weight, self.bias, kernel, groups=self.groups)

    def _places(self, x: torch.Tensor, axis: int, taps: int, size: int) -> torch.Tensor:
        """Where a convolution reads, for each place of the kernel: [taps, size]."""
        start = torch.arange(size, device=x.device, dtype=x.dtype) * self.stride[axis]
        tap = torch.arange(taps, device=x.device, dtype=x.dtype) * self.dilation[axis]
        return tap[:, None] + start - self.padding[axis]
