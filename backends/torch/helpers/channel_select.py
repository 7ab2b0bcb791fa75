import torch
from torch import nn


class ChannelSelect(nn.Module):
    """The given channels of x, in the given order."""

    def __init__(self, channels: tuple[int, ...]) -> None:
        super().__init__()
        self.channels = list(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, self.channels]

    def extra_repr(self) -> str:
        return str(self.channels)
