"""U-Net: Ronneberger et al. 2015, U-Net, Fig. 1."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def center_crop(x: Tensor, like: Tensor) -> Tensor:
    """The centre of x, as large as like along the spatial axes."""
    for dim in range(2, x.dim()):
        size = like.shape[dim]
        x = x.narrow(dim, (x.shape[dim] - size) // 2, size)
    return x


class ConvReLU(nn.Module):
    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int = 1
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=kernel_size)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return F.relu(x, inplace=True)


class DoubleConv(nn.Sequential):
    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__(
            ConvReLU(in_channels, channels, kernel_size=3),
            ConvReLU(channels, channels, kernel_size=3),
        )


class Level(nn.Module):
    def __init__(
        self, in_channels: int, channels: int, depth: int, dropout: float
    ) -> None:
        super().__init__()
        self.depth = depth
        self.encoder = DoubleConv(in_channels, channels)
        if depth > 0:
            self.down = nn.MaxPool2d(2)
            self.below = Level(channels, 2 * channels, depth=depth - 1, dropout=dropout)
            self.up = nn.ConvTranspose2d(
                2 * channels, channels, kernel_size=2, stride=2
            )
            self.decoder = DoubleConv(2 * channels, channels)
        else:
            self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        encoder = self.encoder(x)
        if self.depth > 0:
            x = self.down(encoder)
            x = self.below(x)
            x = self.up(x)
            encoder = center_crop(encoder, x)
            encoder = torch.cat([encoder, x], 1)
            encoder = self.decoder(encoder)
        else:
            encoder = self.dropout(encoder)
        return encoder


class UNet(nn.Module):
    def __init__(self, *, dropout: float = 0.5) -> None:
        super().__init__()
        self.top = Level(1, 64, depth=4, dropout=dropout)
        self.score = nn.Conv2d(64, 2, kernel_size=1)
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = self.top(x)
        return self.score(x)
