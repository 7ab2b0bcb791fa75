import torch
import torch.nn.functional as F


def pad_like(
    x: torch.Tensor,
    like: torch.Tensor,
    mode: str = "constant",
    value: float = 0.0,
) -> torch.Tensor:
    """x with margins that make it as large as like spatially."""
    margins: list[int] = []
    for dim in reversed(range(2, x.dim())):
        extra = like.shape[dim] - x.shape[dim]
        margins += [extra // 2, extra - extra // 2]
    return F.pad(x, margins, mode, value)
