import torch


def crop_like(x: torch.Tensor, like: torch.Tensor, offset: tuple[int, ...]) -> torch.Tensor:
    """The part of x that starts at offset and is as large as like spatially."""
    for dim, start in enumerate(offset, 2):
        x = x.narrow(dim, start, like.shape[dim])
    return x
