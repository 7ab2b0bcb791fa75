"""Ops in place: those are accepted whose gradients torch can compute."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from archspec.diagnostics import ArchspecError
from tests.pieces import graph_of
from tests.sweeping import drawn

LAYERS = {
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "silu": nn.SiLU,
    "mish": nn.Mish,
    "hardswish": nn.Hardswish,
    "hardtanh": nn.Hardtanh,
    "hardsigmoid": nn.Hardsigmoid,
    "dropout": nn.Dropout,
    "alpha_dropout": nn.AlphaDropout,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "softplus": nn.Softplus,
    "batch_norm": lambda: nn.BatchNorm1d(6),
    "linear": lambda: nn.Linear(6, 6),
    "flatten": nn.Flatten,
}
INSTEAD = {"relu", "relu6", "leaky_relu", "elu", "selu", "silu", "mish", "hardswish", "hardtanh"}
INSTEAD |= {"dropout"}  # nn.AlphaDropout works in place only by name

OPS = st.sampled_from(sorted(LAYERS))
FIRST = OPS.filter(lambda op: op not in {"flatten", "dropout", "alpha_dropout"})
"""What gives a tensor of its own: an op in place would overwrite the caller's otherwise."""

CHAINS = st.lists(
    OPS.flatmap(lambda op: st.tuples(st.just(op), st.just(False) | st.just(op in INSTEAD))),
    min_size=1,
    max_size=5,
)


def has_gradients(layers: list[nn.Module], mode: bool) -> bool:
    x = nn.Sequential(*layers).train(mode)(torch.rand(4, 6) - 0.5)
    if x.requires_grad:
        try:
            x.sum().backward()
        except RuntimeError as error:
            assert "inplace" in str(error)
            return False
    return True


@drawn(2_000, sample=60)
@given(FIRST, CHAINS)
def test_what_has_gradients_in_both_modes_is_accepted_and_nothing_else(
    first: str, chain: list[tuple[str, bool]]
) -> None:
    layers = [LAYERS[first](), *(LAYERS[op](**({"inplace": True} if p else {})) for op, p in chain)]
    words = {"linear": "linear: 6"}
    items = [words.get(op, f"{op}: {{inplace: true}}" if p else op) for op, p in chain]
    text = f"name: A\ninputs: {{x: [6]}}\ngraph: [{', '.join([words.get(first, first), *items])}]\n"
    try:
        graph_of(text)
    except ArchspecError as error:
        assert {d.code for d in error.diagnostics} == {"E411"}
        accepted = False
    else:
        accepted = True
    assert accepted == all(has_gradients(layers, mode) for mode in (True, False)), text
