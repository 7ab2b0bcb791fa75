import torch
from torch import nn


class Scale(nn.Module):
    """x * factor + offset."""

    def __init__(self, factor: float = 1.0, offset: float = 0.0) -> None:
        super().__init__()
        self.factor = factor
        self.offset = offset

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.offset == 0:
            return x * self.factor
        return (x if self.factor == 1 else x * self.factor) + self.offset

    def extra_repr(self) -> str:
        return f"factor={self.factor}, offset={self.offset}"
