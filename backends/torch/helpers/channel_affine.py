import torch
from torch import nn


class ChannelAffine(nn.Module):
    """weight * x + bias, with a number of each for every channel."""

    def __init__(
        self,
        num_channels: int,
        weight: bool = True,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if weight:
            self.weight = nn.Parameter(torch.ones(num_channels))
        else:
            self.register_parameter("weight", None)
        if bias:
            self.bias = nn.Parameter(torch.zeros(num_channels))
        else:
            self.register_parameter("bias", None)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shape = (-1,) + (1,) * (x.dim() - 2)
        if self.weight is not None:
            x = x * self.weight.view(shape)
        if self.bias is not None:
            x = x + self.bias.view(shape)
        return x
