import torch
from torch import nn


class ChannelSlice(nn.Module):
    """Channels from start up to stop, every step-th."""

    def __init__(self, start: int = 0, stop: int | None = None, step: int = 1) -> None:
        super().__init__()
        self.start = start
        self.stop = stop
        self.step = step

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, self.start : self.stop : self.step]

    def extra_repr(self) -> str:
        return f"start={self.start}, stop={self.stop}, step={self.step}"
