import torch
import torch.nn.functional as F
from torch import nn


class ChannelPad(nn.Module):
    """Adds channels of zeros before and after those of x."""

    def __init__(self, before: int = 0, after: int = 0) -> None:
        super().__init__()
        self.before = before
        self.after = after

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.pad(x, (0, 0) * (x.dim() - 2) + (self.before, self.after))

    def extra_repr(self) -> str:
        return f"before={self.before}, after={self.after}"
