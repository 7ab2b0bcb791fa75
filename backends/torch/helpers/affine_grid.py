import torch
import torch.nn.functional as F


def affine_grid(
    theta: torch.Tensor,
    size: tuple[int, ...],
    align_corners: bool = False,
) -> torch.Tensor:
    """The points that theta sends the pixels of a map of the given size to."""
    theta = theta.reshape(-1, len(size), len(size) + 1)
    return F.affine_grid(theta, [theta.shape[0], 1, *size], align_corners)
