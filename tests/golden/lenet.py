"""LeNet-5 (lenet5).

LeCun et al. 1998, Gradient-based learning applied to document recognition, Fig. 2.
"""

import torch
from torch import Tensor, nn


class LeNet5(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, kernel_size=5)
        self.s2 = nn.AvgPool2d(2)
        self.c3 = nn.Conv2d(6, 16, kernel_size=5)
        self.s4 = nn.AvgPool2d(2)
        self.c5 = nn.Linear(16 * 5 * 5, 120)
        self.f6 = nn.Linear(120, 84)
        self.output = nn.Linear(84, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.c1(x)
        x = torch.tanh(x)
        x = self.s2(x)

        x = self.c3(x)
        x = torch.tanh(x)
        x = self.s4(x)

        x = torch.flatten(x, 1)
        x = self.c5(x)
        x = torch.tanh(x)
        x = self.f6(x)
        x = torch.tanh(x)
        return self.output(x)
