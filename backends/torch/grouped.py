"""Grouped convolutions in float64 on a CPU, where PyTorch runs one group after another.

A depthwise convolution of 768 channels is 768 convolutions there, and takes seconds.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | tuple[int, ...] = 1,
    padding: str | int | tuple[int, ...] = 0,
    dilation: int | tuple[int, ...] = 1,
    groups: int = 1,
) -> Tensor:
    """What `torch.conv2d` gives; of many groups by one matrix product for each."""
    slow = groups > 1 and input.dtype == torch.float64 and input.device.type == "cpu"
    if not slow or isinstance(padding, str):
        return torch.conv2d(input, weight, bias, stride, padding, dilation, groups)
    kernel = weight.shape[2:]
    windows = (kernel, dilation, padding, stride)
    columns = F.unfold(input, *windows)
    columns = columns.view(input.shape[0], groups, -1, columns.shape[-1])
    found = weight.reshape(groups, weight.shape[0] // groups, -1) @ columns
    axes = zip(input.shape[2:], *(_pair(w) for w in windows), strict=True)
    size = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, d, p, s in axes]
    value: Tensor = found.reshape(input.shape[0], weight.shape[0], *size)
    return value if bias is None else value + bias.view(-1, 1, 1)


def _pair(value: int | tuple[int, ...]) -> tuple[int, ...]:
    return (value, value) if isinstance(value, int) else tuple(value)
