import torch
import torch.nn.functional as F
from torch import nn


class MixedPool2d(nn.Module):
    """a * max pooling + (1 - a) * average pooling with a trained a: Lee et al. 2015."""

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        padding: int | tuple[int, int] = 0,
        ceil_mode: bool = False,
        num_parameters: int = 1,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.weight = nn.Parameter(torch.full((num_parameters,), 0.5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        window = (self.kernel_size, self.stride, self.padding)
        largest = F.max_pool2d(x, *window, ceil_mode=self.ceil_mode)
        mean = F.avg_pool2d(x, *window, ceil_mode=self.ceil_mode)
        return mean + self.weight.view(-1, 1, 1) * (largest - mean)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}"
