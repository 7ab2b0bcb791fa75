import torch
from torch import nn


class StochasticPool2d(nn.Module):
    """Draws a value of each window, in proportion to it: Zeiler & Fergus 2013.

    In evaluation it takes the mean that is weighted by these probabilities.
    """

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for dim in (2, 3):
            sizes = (self.kernel_size, self.stride)
            size, step = (n if isinstance(n, int) else n[dim - 2] for n in sizes)
            x = x.unfold(dim, size, step)
        windows = x.flatten(4).clamp(min=0)
        if self.training:
            # The largest of w / e, e exponential noise, is w's with odds w / sum of w.
            noise = torch.empty_like(windows).exponential_()
            drawn = (windows.detach() / noise).argmax(4, keepdim=True)
            return windows.gather(4, drawn).squeeze(4)
        total = windows.sum(4, keepdim=True).clamp(min=torch.finfo(x.dtype).tiny)
        return (windows / total * windows).sum(4)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}"
