import torch
from torch import nn


class LowRankLinear(nn.Module):
    """A linear layer whose weight is a product of two thin matrices: Denil et al. 2013."""

    def __init__(self, in_features: int, out_features: int, rank: int, bias: bool = True) -> None:
        super().__init__()
        self.down = nn.Linear(in_features, rank, bias=False)
        self.up = nn.Linear(rank, out_features, bias=bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.up(self.down(x))
