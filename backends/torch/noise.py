"""Random numbers that are the same on every machine, as `ir.tensor_ops.Noise` defines them."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod, sqrt

import torch
from torch import Tensor

from archspec.ir.tensor_ops import Noise

CHUNK = 2**20
"""Values drawn at a time: the dozen temporaries stay small, however large the tensor is."""

_LOG_2 = float.fromhex("0x1.62e42fefa39efp-1")

# Wichura 1988, PPND16: numerators and denominators, highest power first, where u is within 0.425
# of a half, and where sqrt(-log(u)) is at most 5, and above.
_CENTRAL = (
    (
        2.5090809287301226727e3,
        3.3430575583588128105e4,
        6.7265770927008700853e4,
        4.5921953931549871457e4,
        1.3731693765509461125e4,
        1.9715909503065514427e3,
        1.3314166789178437745e2,
        3.3871328727963666080e0,
    ),
    (
        5.2264952788528545610e3,
        2.8729085735721942674e4,
        3.9307895800092710610e4,
        2.1213794301586595867e4,
        5.3941960214247511077e3,
        6.8718700749205790830e2,
        4.2313330701600911252e1,
        1.0,
    ),
)
_OUTER = (
    (
        7.74545014278341407640e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258e0,
        3.64784832476320460504e0,
        5.76949722146069140550e0,
        4.63033784615654529590e0,
        1.42343711074968357734e0,
    ),
    (
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940e0,
        2.05319162663775882187e0,
        1.0,
    ),
)
_FARTHEST = (
    (
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580e0,
        5.46378491116411436990e0,
        6.65790464350110377720e0,
    ),
    (
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ),
)


def draw(noise: Noise) -> Tensor:
    """The numbers as a float64 tensor on the CPU."""
    out = torch.empty(prod(noise.shape), dtype=torch.float64)
    for start in range(0, len(out), CHUNK):
        part = out[start : start + CHUNK]
        unit = _evenly(noise.key, start, start + len(part))
        drawn = 2 * unit - 1 if noise.distribution == "uniform" else _quantile(unit)
        torch.mul(drawn, noise.scale, out=part)
    return out.reshape(noise.shape)


def _signed(bits: int) -> int:
    """64 bits as the integer that PyTorch takes them for."""
    return (bits + 2**63) % 2**64 - 2**63


def _shifted(z: Tensor, by: int) -> Tensor:
    """`z >> by`, where the bits that come in are zeros."""
    return (z >> by) & ((1 << (64 - by)) - 1)


def _evenly(key: int, start: int, stop: int) -> Tensor:
    """Values `start` to `stop` between 0 and 1, by SplitMix64."""
    z = torch.arange(start + 1, stop + 1) * _signed(0x9E3779B97F4A7C15) + _signed(key)
    z = (z ^ _shifted(z, 30)) * _signed(0xBF58476D1CE4E5B9)
    z = (z ^ _shifted(z, 27)) * _signed(0x94D049BB133111EB)
    z = z ^ _shifted(z, 31)
    return (2 * _shifted(z, 12) + 1).double() / 2**53


def _quantile(u: Tensor) -> Tensor:
    """The normal quantile by AS 241; u is exact, and so are u - 1/2 and 1 - u."""
    q = u - 0.5
    central = q * _ratio(_CENTRAL, 0.180625 - q * q)
    r = torch.sqrt(-_log(torch.minimum(u, 1 - u)))
    outer = torch.where(r <= 5, _ratio(_OUTER, r - 1.6), _ratio(_FARTHEST, r - 5))
    return torch.where(q.abs() <= 0.425, central, torch.where(q < 0, -outer, outer))


def _ratio(polynomials: tuple[Sequence[float], Sequence[float]], x: Tensor) -> Tensor:
    over, under = polynomials
    return _horner(over, x) / _horner(under, x)


def _horner(coefficients: Sequence[float], x: Tensor) -> Tensor:
    """A polynomial, highest power first; each product and each sum is rounded by itself."""
    total = torch.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        total = total * x
        total = total + coefficient
    return total


def _log(r: Tensor) -> Tensor:
    mantissa, exponent = torch.frexp(r)
    small = mantissa < sqrt(0.5)
    m = torch.where(small, 2 * mantissa, mantissa)
    e = (exponent - small.to(exponent.dtype)).double()
    s = (m - 1) / (m + 1)
    series = _horner([1 / n for n in range(21, 0, -2)], s * s)
    return e * _LOG_2 + 2 * s * series
