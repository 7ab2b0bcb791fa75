"""The networks that another library has too: the same counts and, given the same weights,
the same outputs and the same statistics.

figures.yaml names each network's peer; test_twins.py has those whose very names agree.
"""

from __future__ import annotations

import pytest
import torch
from torch import nn

from archspec.elaboration.build import build
from archspec.frontend.loading import load
from archspec.pipeline import compile_module
from tests.figures import Figures, Peer, peers
from tests.parity import (
    assert_same_outputs,
    assert_same_statistics,
    outputs,
    paired,
    parameters,
    reference,
    share_weights,
    without_dropout,
)

ROWS = peers()
each_peer = pytest.mark.parametrize(("row", "peer"), ROWS, ids=[row.name for row, _ in ROWS])


def _ours(row: Figures, peer: Peer) -> tuple[nn.Module, tuple[int, ...]]:
    """Our network, for an image of the peer's size."""
    document = load(row.name)
    shape = row.input if peer.size is None else (row.input[0], peer.size, peer.size)
    graph = build(document, inputs={next(iter(document.spec.inputs)): shape})
    module: nn.Module = compile_module(graph, device="meta")
    return module, shape


@each_peer
def test_counts(row: Figures, peer: Peer) -> None:
    """figures.yaml against the other library's module: nothing of ours takes part."""
    assert parameters(reference(peer)) == row.params + row.train_only


@each_peer
def test_outputs(row: Figures, peer: Peer) -> None:
    torch.manual_seed(0)
    theirs = reference(peer)
    ours, shape = _ours(row, peer)
    pairs = paired(ours, theirs, peer.rename)
    without_dropout(ours, theirs)
    share_weights(ours, theirs, pairs, shape)
    image = torch.randn(2, *shape)
    with torch.no_grad():
        for training in (False, True) if peer.train else (False,):
            ours.train(training)
            theirs.train(training)
            got, wanted = outputs(ours(image.clone())), outputs(theirs(image.clone()))
            assert_same_outputs(got, wanted)
    assert_same_statistics(ours, theirs, pairs)
