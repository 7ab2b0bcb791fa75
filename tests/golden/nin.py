"""Network in Network (nin_cifar10).

Lin et al. 2013, Network In Network, Fig. 2; widths from the authors' Caffe files.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ConvReLU(nn.Module):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 1,
        padding: int = 0,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, out_channels, kernel_size=kernel_size, padding=padding
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return F.relu(x, inplace=True)


class Mlpconv(nn.Sequential):
    def __init__(
        self,
        in_channels: int,
        n: int,
        kernel_size: int,
        padding: int,
        hidden: int,
        out: int,
    ) -> None:
        super().__init__()
        self.conv = ConvReLU(in_channels, n, kernel_size=kernel_size, padding=padding)
        self.cccp1 = ConvReLU(n, hidden)
        self.cccp2 = ConvReLU(hidden, out)


class NiN(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mlpconv1 = Mlpconv(3, 192, kernel_size=5, padding=2, hidden=160, out=96)
        self.dropout = nn.Dropout()
        self.mlpconv2 = Mlpconv(96, 192, kernel_size=5, padding=2, hidden=192, out=192)
        self.mlpconv3 = Mlpconv(192, 192, kernel_size=3, padding=1, hidden=192, out=10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.mlpconv1(x)
        x = F.max_pool2d(x, 3, stride=2, ceil_mode=True)
        x = self.dropout(x)
        x = self.mlpconv2(x)
        x = F.avg_pool2d(x, 3, stride=2, ceil_mode=True)
        x = self.dropout(x)
        x = self.mlpconv3(x)
        x = F.adaptive_avg_pool2d(x, 1)
        return torch.flatten(x, 1)
