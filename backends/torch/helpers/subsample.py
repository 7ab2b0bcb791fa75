import torch
from torch import nn


class Subsample(nn.Module):
    """Every stride-th value along each spatial axis of x, beginning with the first."""

    def __init__(self, stride: int | tuple[int, ...]) -> None:
        super().__init__()
        self.stride = stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        axes = x.dim() - 2
        steps = (self.stride,) * axes if isinstance(self.stride, int) else self.stride
        return x[(slice(None), slice(None), *(slice(None, None, s) for s in steps))]

    def extra_repr(self) -> str:
        return f"stride={self.stride}"
