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
from tests.sweeping import some
from tests.test_twins import SIZES, _peer, each_twin

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


FAMILIES = ("alexnet", "vgg11_bn", "squeezenet1_0", "googlenet@torchvision", "inception_v3",
            "resnet18", "resnext50_32x4d", "densenet121", "fcn_resnet50")  # fmt: skip
"""One twin of each form; a sweep takes all."""

ROWS = some(twins(), 1, always=[row for row in twins() if row.name in FAMILIES])


@pytest.fixture(scope="module", params=ROWS, ids=lambda row: row.name)
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


@each_twin
def test_twins_have_the_modules_of_their_twins_in_their_order(row: Figures) -> None:
    """Inside of blocks ours may have more: an `nn.Identity` where a shortcut is one."""
    ours = dict(archspec.compile(row.name, device="meta").named_modules())
    theirs = dict(reference(_peer(row)).named_modules())
    for path in ("", BACKBONE) if BACKBONE in theirs else ("",):
        children = [[n for n, _ in both[path].named_children()] for both in (ours, theirs)]
        assert children[0] == children[1], path
    for name, module in theirs.items():
        assert name in ours, name
        if type(module).__module__.startswith("torch.nn") and not list(module.children()):
            assert type(ours[name]) is type(module), name
    assert {type(ours[name]) for name in ours.keys() - theirs.keys()} <= {nn.Identity}


@pytest.mark.sweep
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


@pytest.mark.sweep
def test_the_intermediate_layer_getter(pair: Pair) -> None:
    from torchvision.models._utils import IntermediateLayerGetter

    ours, theirs = pair.parts
    with torch.no_grad():
        wanted, _ = _in_a_row(theirs, pair.image)
        layers = {name: f"{name} of it" for name in wanted}
        got = [IntermediateLayerGetter(m, layers)(pair.image.clone()) for m in (ours, theirs)]
    assert list(got[0]) == list(got[1]) == list(layers.values())
    assert_same_outputs(got[0].values(), got[1].values())


@pytest.mark.sweep
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


@pytest.mark.sweep
def test_taps(pair: Pair) -> None:
    """The children of a twin that torchvision's getter can give, as `compile(taps=...)`."""
    from torchvision.models._utils import IntermediateLayerGetter

    ours, theirs = pair.parts
    with torch.no_grad():
        reached, _ = _in_a_row(theirs, pair.image)
        inner = f"{BACKBONE}." if ours is not pair.ours else ""
        taps = {name: f"{inner}{name}" for name in reached}
        part = archspec.compile(pair.row.name, device="meta", taps=taps).to_empty(device="cpu")
        state = pair.ours.state_dict()
        part.load_state_dict({key: state[key] for key in part.state_dict()})
        found = part.eval()(pair.image.clone())
        got = found if isinstance(found, dict) else {next(iter(taps)): found}
        wanted = IntermediateLayerGetter(theirs, {n: n for n in taps})(pair.image.clone())
    assert list(got) == list(wanted)
    for name in _not_overwritten(list(taps)):
        assert_same_outputs([got[name]], [wanted[name]])


def _not_overwritten(names_: list[str]) -> list[str]:
    """All but `bn1`, in whose memory torchvision's `relu` works: its getter gives that twice."""
    return [name for name in names_ if name != "bn1"]
