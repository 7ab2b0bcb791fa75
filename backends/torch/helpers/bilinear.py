import torch


def bilinear_(weight: torch.Tensor) -> torch.Tensor:
    """Make a transposed convolution upsample each channel by itself, bilinearly."""
    kernel = torch.ones(())
    for size in weight.shape[2:]:
        distance = (torch.arange(size) - (size - 1) / 2).abs()
        kernel = kernel.unsqueeze(-1) * (1 - distance / ((size + 1) // 2))
    channel = torch.arange(len(weight))
    with torch.no_grad():
        weight.zero_()
        weight[channel, channel % weight.shape[1]] = kernel.to(weight)
    return weight
