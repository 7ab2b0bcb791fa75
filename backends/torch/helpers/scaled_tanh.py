import torch
from torch import nn


class ScaledTanh(nn.Module):
    """1.7159 * tanh(2x / 3), as in LeCun et al. 1998."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 1.7159 * torch.tanh(2 / 3 * x)
