"""What walks over modules gives on a twin what it gives on torchvision's module.

torchvision's `IntermediateLayerGetter` and `nn.Sequential(*module.children())` run the children of
a module one after the other. On some of torchvision's own modules that fails, as where a head
stands among the children; then it fails on ours at the same child.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archspec
from tests.figures import Figures, twins
from tests.parity import assert_same_outputs, names, reference, share_weights, without_dropout
from tests.test_twins import SIZES, _peer

BACKBONE = "backbone"
"""torchvision's FCN has a getter there, that gives several values; ours has what it walks over."""


@dataclass(frozen=True)
class Pair:
    """A twin and torchvision's module with the same random weights, and an image for both."""

    row: Figures
    ours: nn.Module
    theirs: nn.Module
    image: Tensor

    @property
    def parts(self) -> tuple[nn.Module, nn.Module]:
        """The modules whose children run one after the other."""
        if hasattr(self.theirs, BACKBONE):
            return self.ours.get_submodule(BACKBONE), self.theirs.get_submodule(BACKBONE)
        return self.ours, self.theirs


@pytest.fixture(scope="module", params=twins(), ids=lambda row: row.name)
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    row = request.param
    torch.manual_seed(0)
    theirs = reference(_peer(row))
    ours = archspec.compile(row.name, device="meta")
    without_dropout(ours, theirs)
    size = SIZES.get(row.name, 64)
    share_weights(ours, theirs, {name: name for name in names(theirs)}, (3, size, size))
    yield Pair(row, ours.eval(), theirs.eval(), torch.randn(1, 3, size, size))


def _in_a_row(module: nn.Module, image: Tensor) -> tuple[dict[str, Tensor], str | None]:
    """The value of each child, one after the other, and the child that fails, if any does."""
    value, found = image.clone(), {}
    for name, child in module.named_children():
        try:
            value = child(value)
        except (RuntimeError, TypeError):
            return found, name
        found[name] = value.clone()
    return found, None


def test_twins_have_the_children_of_their_twins_in_their_order(pair: Pair) -> None:
    ours, theirs = pair.parts
    assert [n for n, _ in pair.ours.named_children()] == [
        n for n, _ in pair.theirs.named_children()
    ]
    assert [n for n, _ in ours.named_children()] == [n for n, _ in theirs.named_children()]


def test_all_modules_of_the_twin_are_there(pair: Pair) -> None:
    """Of ours there are more: an `nn.Identity` where a shortcut is one."""
    ours = {n: type(m) for n, m in pair.ours.named_modules()}
    for name, module in pair.theirs.named_modules():
        assert name in ours, name
        if type(module).__module__.startswith("torch.nn") and not list(module.children()):
            assert ours[name] is type(module), name
    more = {kind for name, kind in ours.items() if name not in dict(pair.theirs.named_modules())}
    assert more <= {nn.Identity}


def test_children_in_a_row(pair: Pair) -> None:
    """`nn.Sequential(*list(m.children())[:-1])`, and where it fails, that of fewer."""
    with torch.no_grad():
        got, wanted = (_in_a_row(module, pair.image) for module in pair.parts)
        assert got[1] == wanted[1] and got[0].keys() == wanted[0].keys()
        assert_same_outputs(got[0].values(), wanted[0].values())
        for end in {-1, len(wanted[0])}:
            results = [_sequence(module, end, pair.image) for module in pair.parts]
            assert (results[0] is None) == (results[1] is None)
            if results[0] is not None and results[1] is not None:
                assert_same_outputs([results[0]], [results[1]])


def _sequence(module: nn.Module, end: int, image: Tensor) -> Tensor | None:
    try:
        result: Tensor = nn.Sequential(*list(module.children())[:end])(image.clone())
    except (RuntimeError, TypeError):
        return None
    return result


def test_the_intermediate_layer_getter(pair: Pair) -> None:
    from torchvision.models._utils import IntermediateLayerGetter

    ours, theirs = pair.parts
    with torch.no_grad():
        wanted, _ = _in_a_row(theirs, pair.image)
        layers = {name: f"{name} of it" for name in wanted}
        got = [IntermediateLayerGetter(m, layers)(pair.image.clone()) for m in (ours, theirs)]
    assert list(got[0]) == list(got[1]) == list(layers.values())
    assert_same_outputs(got[0].values(), got[1].values())


def test_the_feature_extractor(pair: Pair) -> None:
    """Of all modules that both have, as far as both are reached by a forward pass."""
    from torchvision.models.feature_extraction import create_feature_extractor

    wanted = _reached(pair)
    got: list[dict[str, Any]] = []
    for module in (pair.ours, pair.theirs):
        extractor = create_feature_extractor(
            module, eval_return_nodes=wanted, train_return_nodes=[]
        )
        with torch.no_grad():
            got.append(extractor.eval()(pair.image.clone()))
    assert list(got[0]) == list(got[1]) == wanted
    assert_same_outputs(got[0].values(), got[1].values())


def _reached(pair: Pair) -> list[str]:
    """The modules with weights, activations and pools that run in evaluation, in order."""
    found: list[str] = []
    handles = [
        module.register_forward_hook(lambda *_, name=name: found.append(name))
        for name, module in pair.theirs.named_modules()
        if name and not list(module.children())
    ]
    with torch.no_grad():
        pair.theirs(pair.image.clone())
    for handle in handles:
        handle.remove()
    heads = ("aux",) if pair.row.train_only else ()
    return [name for name in dict.fromkeys(found) if not name.startswith((*heads, "Aux"))]
