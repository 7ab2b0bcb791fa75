import torch
from torch import nn


class ChooseColumn(nn.Module):
    """Ones for the columns a sample may use: with probability p one, or else all."""

    def __init__(self, columns: int, p: float = 0.5) -> None:
        super().__init__()
        self.columns = columns
        self.p = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        whole = x.new_ones(x.shape[0], self.columns)
        if not self.training:
            return whole
        column = torch.randint(self.columns, (x.shape[0], 1), device=x.device)
        single = torch.zeros_like(whole).scatter(1, column, 1)
        drawn = torch.rand(x.shape[0], 1, device=x.device) < self.p
        return torch.where(drawn, single, whole)

    def extra_repr(self) -> str:
        return f"columns={self.columns}, p={self.p}"
