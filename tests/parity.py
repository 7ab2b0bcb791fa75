"""What comparing a network of ours with the same network of another library takes.

The other library's network is built on the meta device and then given seeded weights, which
ours shares: that is far cheaper than any library's initialisation. Batch norms get statistics of
other images than those compared, so that in evaluation too signals neither die nor explode.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from itertools import chain
from math import prod, sqrt
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from tests.figures import Peer
from tests.reference import import_torchvision

_CHANGING = ("running_mean", "running_var", "num_batches_tracked")
"""The buffers that a forward in training changes."""


def reference(peer: Peer, device: str = "meta") -> nn.Module:
    """The other library's network; by default without memory for its weights."""
    torchvision = import_torchvision()  # which timm imports too
    if peer.library == "torchvision":
        make = torchvision.models.get_model
        options: dict[str, Any] = {"weights": None}
    elif peer.library == "timm":
        make = import_module("timm").create_model
        options = {"pretrained": False}
    else:
        make = import_module(f"{peer.library}.model_provider").get_model
        options = {"pretrained": False}
    with torch.device(device):
        module: nn.Module = make(peer.model, **options, **peer.options)
    return module


def parameters(module: nn.Module) -> int:
    """How many a module has; what is shared counts once."""
    return sum(p.numel() for p in module.parameters())


def names(module: nn.Module) -> dict[str, tuple[int, ...]]:
    """A module's tensors with their shapes, in order, without counters of batches.

    A tensor that the module holds under several names goes by the first.
    """
    held = chain(
        module.named_parameters(remove_duplicate=False),
        module.named_buffers(remove_duplicate=False),
    )
    identity = {name: id(tensor) for name, tensor in held}
    first = {number: name for name, number in reversed(identity.items())}
    return {
        name: tuple(tensor.shape)
        for name, tensor in module.state_dict().items()
        if first[identity[name]] == name and not name.endswith("num_batches_tracked")
    }


def paired(ours: nn.Module, theirs: nn.Module, rename: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Our name for each of their tensors: all of them, each once, each of the same shape.

    Without `rename`, tensors go together in order; with it, every substitution is made in
    each of their names, in turn, and must lead to a name of ours.
    """
    mine, yours = names(ours), names(theirs)
    rename = list(rename)
    pairs = {name: _renamed(name, rename) for name in yours} if rename else None
    if pairs is None:
        assert len(mine) == len(yours), _side_by_side(mine, yours)
        pairs = dict(zip(yours, mine, strict=True))
    else:
        met = set(pairs.values())
        assert len(met) == len(pairs), f"several of theirs become {_repeated(pairs.values())}"
        assert met == set(mine), f"only theirs: {met - set(mine)}; only ours: {set(mine) - met}"
    for name, own in pairs.items():
        assert _bare(yours[name]) == _bare(mine[own]), _side_by_side(mine, yours)
    return pairs


def share_weights(
    ours: nn.Module, theirs: nn.Module, pairs: Mapping[str, str], shape: tuple[int, ...]
) -> None:
    """Give both the same seeded weights, and equal statistics, of which each has its own."""
    state = seeded(theirs.state_dict())
    shapes = names(ours)
    state.update(_tied(theirs, state))
    theirs.load_state_dict(state, strict=True, assign=True)
    _observe(theirs, shape)
    state = theirs.state_dict()
    own = {
        name: torch.zeros((), dtype=torch.long)
        for name in ours.state_dict()
        if name.endswith("num_batches_tracked")
    }
    for theirs_, name in pairs.items():
        value = state[theirs_].reshape(shapes[name])
        own[name] = value.clone() if name.endswith(_CHANGING) else value
    own.update(_tied(ours, own))
    ours.load_state_dict(own, strict=True, assign=True)
    for module in (ours, theirs):
        lost = [n for n, t in chain(module.named_parameters(), module.named_buffers()) if t.is_meta]
        assert not lost, f"no state dict holds {lost}"


def seeded(like: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Values under which signals do not die, and no batch norm is the identity."""
    state: dict[str, Tensor] = {}
    for name, t in like.items():
        last = name.rpartition(".")[2]
        if last == "num_batches_tracked":
            state[name] = torch.zeros((), dtype=torch.long)
        elif last == "running_var" or (last == "weight" and t.dim() == 1):
            state[name] = torch.empty(t.shape).uniform_(0.5, 1.0)
        elif last == "weight":
            # What a ReLU halves is made up for; outputs, of linear layers, stay of order 1.
            bound = sqrt((1 if t.dim() == 2 else 6) / prod(t.shape[1:]))
            state[name] = torch.empty(t.shape).uniform_(-bound, bound)
        else:
            state[name] = torch.empty(t.shape).uniform_(-0.1, 0.1)
    return state


def _observe(module: nn.Module, shape: tuple[int, ...]) -> None:
    """Give batch norms the statistics of a batch of noise."""
    norms = [m for m in module.modules() if isinstance(m, _BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    with torch.no_grad():
        module.train()(torch.randn(2, *shape))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def without_dropout(*modules: nn.Module) -> None:
    """Switch off what draws at random in training."""
    for module in chain.from_iterable(m.modules() for m in modules):
        for attribute in ("p", "drop_prob", "drop_rate"):
            random = attribute != "p" or re.search(r"[Dd]rop|Stochastic", type(module).__name__)
            if random and isinstance(getattr(module, attribute, None), float):
                setattr(module, attribute, 0.0)


def outputs(value: Any) -> list[Tensor]:
    """All the tensors that a network returns, in order, however it packs them."""
    return list(_outputs(value))


def assert_same_outputs(ours: Iterable[Tensor], theirs: Iterable[Tensor]) -> None:
    for got, wanted in zip(ours, theirs, strict=True):
        assert wanted.isfinite().all()
        assert wanted.std() > 1e-3, "the other network says the same whatever it sees"
        assert _bare(got.shape) == _bare(wanted.shape)
        _assert_close(got, wanted.reshape(got.shape), "outputs")


def assert_same_statistics(ours: nn.Module, theirs: nn.Module, pairs: Mapping[str, str]) -> None:
    """Batch norms have seen the same batch."""
    got = dict(ours.named_buffers())
    for name, value in theirs.named_buffers():
        if name in pairs:
            _assert_close(got[pairs[name]], value, name)


def _assert_close(got: Tensor, wanted: Tensor, what: str) -> None:
    def message(text: str) -> str:
        return f"{what}: {text}"

    torch.testing.assert_close(got, wanted, rtol=1e-5, atol=1e-5, msg=message)


def _outputs(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        yield from _outputs(list(value.values()))
    else:
        for part in value:
            yield from _outputs(part)


def _bare(shape: Iterable[int]) -> tuple[int, ...]:
    """A shape without ones at its end: a 1x1 convolution of a vector is a linear layer."""
    sizes = list(shape)
    while sizes and sizes[-1] == 1:
        sizes.pop()
    return tuple(sizes)


def _renamed(name: str, rename: Iterable[tuple[str, str]]) -> str:
    for pattern, replacement in rename:
        name = re.sub(pattern, replacement, name)
    return name


def _tied(module: nn.Module, state: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """For each tensor that goes by several names, one value under all of them."""
    first: dict[int, str] = {}
    for name, parameter in module.named_parameters(remove_duplicate=False):
        yield name, state[first.setdefault(id(parameter), name)]


def _repeated(values: Iterable[str]) -> list[str]:
    values = list(values)
    return sorted({v for v in values if values.count(v) > 1})


def _side_by_side(mine: Mapping[str, tuple[int, ...]], yours: Mapping[str, tuple[int, ...]]) -> str:
    """Both lists from just before the first pair whose shapes differ."""
    rows = [f"{name} {list(shape)}" for name, shape in mine.items()]
    others = [f"{name} {list(shape)}" for name, shape in yours.items()]
    shapes = zip(mine.values(), yours.values(), strict=False)
    differ = (i for i, (a, b) in enumerate(shapes) if _bare(a) != _bare(b))
    at = next(differ, min(len(rows), len(others)))
    start = max(at - 4, 0)
    left, right = rows[start : at + 6], others[start : at + 6]
    width = max(map(len, left), default=0)
    left += [""] * (len(right) - len(left))
    right += [""] * (len(left) - len(right))
    lines = [f"  {a:{width}} | {b}" for a, b in zip(left, right, strict=True)]
    return "\n".join([f"ours has {len(rows)} tensors, theirs {len(others)}:", *lines])
