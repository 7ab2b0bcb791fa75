import torch
from torch import nn


class RBF(nn.Module):
    """Squared distances to fixed centres, here of random signs: LeCun et al. 1998."""

    centres: torch.Tensor

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        signs = torch.randint(0, 2, (out_features, in_features)) * 2.0 - 1.0
        self.register_buffer("centres", signs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x[:, None] - self.centres).square().sum(2)
