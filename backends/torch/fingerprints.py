"""Fingerprints of values: what two programs are compared by.

Two programs of one network compute its values in other orders, hold them for other times and
overwrite some. So no value is kept for comparison, but a fingerprint taken when it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

RELATIVE = 1e-9
"""How far two values may differ, as a part of their size.

Programs that call the same kernels agree bit for bit, and most do. Where one adds a list that the
other adds pair by pair, float64 rounds otherwise: 1e-16 a value, which a hundred layers can make
1e-12. What a mistake changes is larger by far, and what is smaller than that, such as the `eps`
of a norm, is compared as a setting, too.
"""

ROUNDING = 1e-13
"""What cancels leaves the rounding errors of what it was made of, as a part of their size.

The gradient of a bias in front of a batch norm is 0, and is computed as a sum of many numbers.
"""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A value, as far as it is compared: its shape, its size, and where it lies.

    Attributes:
        odd: how many of its numbers are not finite; the rest is as if these were 0.
        size: its 2-norm.
        mark: its projection on a random direction, one for each number of elements. Where values
            differ, so does this, but for a chance as small as the difference that is allowed.
    """

    shape: tuple[int, ...]
    odd: int
    size: float
    mark: float

    def matches(self, other: Fingerprint, slack: float = 0.0) -> bool:
        """Whether both are of one value, but for rounding errors; `slack` is allowed beside."""
        if self.shape != other.shape or self.odd != other.odd:
            return False
        most = RELATIVE * max(self.size, other.size) + slack
        pairs = ((self.size, other.size), (self.mark, other.mark))
        return all(a == b or abs(a - b) <= most for a, b in pairs)


_CHUNK = 4096


def fingerprint(value: Tensor) -> Fingerprint:
    """The fingerprint of a floating-point tensor."""
    flat, odd, scale = value.detach().reshape(-1), 0, 1.0
    size = float(torch.linalg.vector_norm(flat))
    if not 1e-150 < size < 1e150:  # its squares are out of range, or it is 0
        finite = torch.isfinite(flat)
        odd = int(flat.numel() - finite.sum())
        flat = torch.where(finite, flat, 0)
        scale = (float(flat.abs().max()) if flat.numel() else 0.0) or 1.0
        flat = flat / scale
        size = float(torch.linalg.vector_norm(flat))
    return Fingerprint(tuple(value.shape), odd, scale * size, scale * _projection(flat))


def _projection(flat: Tensor) -> float:
    """The projection on a direction that is a product of two: in chunks, and across them."""
    whole, rest = divmod(flat.numel(), _CHUNK)
    within = _direction(_CHUNK, 1, flat.device, flat.dtype)
    across = _direction(whole + 1, 2, flat.device, flat.dtype)
    chunks = flat[: whole * _CHUNK].view(whole, _CHUNK) @ within
    last = torch.dot(flat[whole * _CHUNK :], within[:rest])
    return float(torch.dot(chunks, across[:whole]) + last * across[whole])


@cache
def _direction(length: int, seed: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(length, generator=random, dtype=torch.float64).to(device, dtype)
