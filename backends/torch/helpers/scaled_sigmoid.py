import torch
from torch import nn


class ScaledSigmoid(nn.Module):
    """1 / (1 + exp(-scale * x))."""

    def __init__(self, scale: float = 1.7) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.scale * x)

    def extra_repr(self) -> str:
        return f"scale={self.scale}"
