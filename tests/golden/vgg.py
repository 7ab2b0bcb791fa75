"""VGG (vgg16_bn).

Simonyan & Zisserman 2014, Very Deep Convolutional Networks, Table 1.
"""

import torch
from torch import Tensor, nn


class VGG16WithBatchNorm(nn.Module):
    def __init__(self, num_classes: int = 1000, *, dropout: float = 0.5) -> None:
        super().__init__()
        self.features = nn.Sequential()
        in_channels = 3
        for channels, depth in zip(
            (64, 128, 256, 512, 512), (2, 2, 3, 3, 3), strict=True
        ):
            for _ in range(depth):
                self.features.append(
                    nn.Conv2d(in_channels, channels, kernel_size=3, padding=1)
                )
                self.features.append(nn.BatchNorm2d(channels))
                self.features.append(nn.ReLU(inplace=True))
                in_channels = channels
            self.features.append(nn.MaxPool2d(2))
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, num_classes),
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(
                    module.weight, mode="fan_out", nonlinearity="relu"
                )
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.01)
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.classifier(x)
