"""DenseNet (densenet121).

Huang et al. 2016, Densely Connected Convolutional Networks, Tables 1 and 2.
"""

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DenseLayer(nn.Module):
    def __init__(self, in_channels: int, growth: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(in_channels, 4 * growth, kernel_size=1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(4 * growth, growth, kernel_size=3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out = self.norm1(x)
        out = self.relu1(out)
        out = self.conv1(out)
        out = self.norm2(out)
        out = self.relu2(out)
        out = self.conv2(out)
        return torch.cat([x, out], 1)


class DenseBlock(nn.Sequential):
    def __init__(self, in_channels: int, depth: int, growth: int) -> None:
        super().__init__()
        for i in range(depth):
            self.add_module(
                f"denselayer{i + 1}", DenseLayer(in_channels, growth=growth)
            )
            in_channels += growth


class Transition(nn.Sequential):
    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(in_channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv = nn.Conv2d(in_channels, in_channels // 2, kernel_size=1, bias=False)
        self.pool = nn.AvgPool2d(2)


class DenseNet121(nn.Module):
    def __init__(self, num_classes: int = 1000) -> None:
        super().__init__()
        self.features = nn.Sequential(
            OrderedDict(
                conv0=nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False),
                norm0=nn.BatchNorm2d(64),
                relu0=nn.ReLU(inplace=True),
                pool0=nn.MaxPool2d(3, stride=2, padding=1),
                denseblock1=DenseBlock(64, depth=6, growth=32),
                transition1=Transition(256),
                denseblock2=DenseBlock(128, depth=12, growth=32),
                transition2=Transition(512),
                denseblock3=DenseBlock(256, depth=24, growth=32),
                transition3=Transition(1024),
                denseblock4=DenseBlock(512, depth=16, growth=32),
                norm5=nn.BatchNorm2d(1024),
            )
        )
        self.classifier = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)
        x = F.relu(x, inplace=True)
        x = F.adaptive_avg_pool2d(x, 1)
        x = torch.flatten(x, 1)
        return self.classifier(x)
