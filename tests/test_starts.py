"""How weights start in the networks that another library has too: from the same distributions.

Both modules are built as their constructors leave them, some times over. A tensor that is the same
number everywhere in theirs is that number in ours. Of all others the two samples are compared by
the Kolmogorov-Smirnov statistic, and by their means and spreads, whose errors are known. Each
limit is passed by chance once in some million tensors; `test_the_limits_tell_schemes_apart` has
what they refuse.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log, pi, sqrt

import pytest
import torch
from torch import Tensor, nn

from archspec.elaboration.build import build
from archspec.frontend.loading import load
from archspec.pipeline import compile_module
from tests.figures import Peer, peers, twins
from tests.parity import paired, reference
from tests.sweeping import some
from tests.test_twins import OPTIONS

SEEDS = (1, 2)
FEW = 20_000
"""What is looked at of a tensor, spread over all of it."""

KS = sqrt(-log(1e-7 / 2) / 2)
ERRORS = 5.5
"""Standard errors: a normal variable is further from its mean once in 26 million."""


def differ(ours: Tensor, theirs: Tensor) -> str:
    """In what two samples of one size are of different distributions; nothing if in nothing."""
    if theirs.min() == theirs.max():
        return "" if bool((ours == theirs[0]).all()) else f"all are {theirs[0]}"
    n = len(theirs)
    merged, order = torch.cat([ours, theirs]).sort()
    steps = torch.where(order < n, 1.0, -1.0).cumsum(0) / n
    last = torch.cat([merged[1:] != merged[:-1], torch.tensor([True])])
    if float(steps[last].abs().max()) > KS * sqrt(2 / n):
        return "distribution"
    spread = theirs.std()
    if float((ours.mean() - theirs.mean()).abs()) > ERRORS * float(spread) * sqrt(2 / n):
        return "mean"
    # Not the root of squares: a number far out, which truncated normals have, would decide it.
    # The error of this one is at most that of a normal variable, for what is drawn here.
    if abs(log(_deviation(ours) / _deviation(theirs))) > ERRORS * sqrt(pi - 2) / sqrt(n):
        return "spread"
    return ""


def _deviation(values: Tensor) -> float:
    return float((values - values.mean()).abs().mean())


def sample(tensor: Tensor) -> Tensor:
    flat = tensor.detach().flatten()
    return flat[:: max(1, len(flat) // FEW)]


UNLIKE = {
    # Its paper's form, of the same file, has no batch norm, and would not learn from theirs.
    "googlenet@torchvision",
    # timm starts the last norm of a block at zero, torchvision at one.
    "resnext101_32x4d",
}

SAME = (("^", ""),)

PAIRS = [
    *((row, Peer("torchvision", str(row.twin), rename=SAME)) for row in twins()),
    *((row, peer) for row, peer in peers() if peer.library == "timm"),
]
CASES = [(row, peer) for row, peer in PAIRS if row.name not in UNLIKE]
QUICK = [(r, p) for r, p in CASES if r.name in {"squeezenet1_1", "resnet18", "efficientnet_b0"}]


def built(name: str, peer: Peer) -> Iterator[tuple[nn.Module, nn.Module]]:
    """Both networks as they start, from some seeds."""
    options = {**OPTIONS.get(peer.model, {}), **peer.options}
    options.pop("init_weights", None)
    for seed in SEEDS:
        torch.manual_seed(seed)
        theirs = reference(Peer(peer.library, peer.model, options), "cpu")
        torch.manual_seed(seed + len(SEEDS))
        yield compile_module(build(load(name))), theirs


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("name", "peer"),
    [(row.name, peer) for row, peer in some(CASES, 0, always=QUICK)],
    ids=lambda value: value if isinstance(value, str) else value.library,
)
def test_weights_start_as_in_the_other_library(name: str, peer: Peer) -> None:
    ours, theirs = dict[str, list[Tensor]](), dict[str, list[Tensor]]()
    pairs: dict[str, str] = {}
    for mine, yours in built(name, peer):
        pairs = paired(mine, yours, peer.rename)
        for module, found in ((mine, ours), (yours, theirs)):
            for key, tensor in module.named_parameters():
                found.setdefault(key, []).append(sample(tensor))
    wrong = {
        own: how
        for key, own in pairs.items()
        if key in theirs and (how := differ(torch.cat(ours[own]), torch.cat(theirs[key])))
    }
    assert not wrong, wrong


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kaiming_normal_", "kaiming_uniform_"),
        ("kaiming_normal_", "xavier_normal_"),
        ("kaiming_uniform_", "xavier_uniform_"),
        ("trunc_normal_", "ones_"),
        ("zeros_", "normal_"),
    ],
)
def test_the_limits_tell_schemes_apart(one: str, other: str) -> None:
    """A convolution that starts by another scheme is refused; by its own it is not."""
    torch.manual_seed(0)

    def drawn(scheme: str) -> Tensor:
        return sample(getattr(nn.init, scheme)(torch.empty(64, 32, 3, 3)))

    assert differ(drawn(one), drawn(other)) and differ(drawn(other), drawn(one))
    assert not differ(drawn(one), drawn(one)) and not differ(drawn(other), drawn(other))
