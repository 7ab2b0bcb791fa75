import torch


def center_crop(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """The centre of x, as large as like along the spatial axes."""
    for dim in range(2, x.dim()):
        size = like.shape[dim]
        x = x.narrow(dim, (x.shape[dim] - size) // 2, size)
    return x
