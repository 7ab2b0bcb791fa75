import torch


def crop_to(x: torch.Tensor, size: tuple[int, ...]) -> torch.Tensor:
    """The centre of x, of this size along the spatial axes."""
    for dim, length in enumerate(size, 2):
        x = x.narrow(dim, (x.shape[dim] - length) // 2, length)
    return x
