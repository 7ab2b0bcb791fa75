"""`compile(..., taps=...)`: a module that gives values from within, and ends with them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

import archspec
from archspec import ArchspecError


def test_taps_give_what_hooks_see() -> None:
    torch.manual_seed(0)
    taps = ["maxpool", "layer1", "layer2.0", "layer3.1.conv1"]
    whole = archspec.compile("resnet18").eval()
    seen: dict[str, Tensor] = {}
    for path in taps:
        whole.get_submodule(path).register_forward_hook(
            lambda _m, _i, out, path=path: seen.update({path.replace(".", "_"): out.clone()})
        )
    part = archspec.compile("resnet18", taps=taps).eval()
    part.load_state_dict({k: v for k, v in whole.state_dict().items() if k in part.state_dict()})
    image = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        whole(image)
        got = part(image)
    assert list(got) == list(seen)
    assert all(torch.equal(got[name], seen[name]) for name in seen)


def test_what_taps_do_not_need_is_left_out_and_keys_stay() -> None:
    part = archspec.compile("resnet18", taps="layer2", device="meta")
    whole = archspec.compile("resnet18", device="meta")
    assert [n for n, _ in part.named_children()] == [
        "conv1", "bn1", "relu", "maxpool", "layer1", "layer2",
    ]  # fmt: skip
    wanted = [k for k in whole.state_dict() if not k.startswith(("layer3", "layer4", "fc"))]
    assert list(part.state_dict()) == wanted


def test_one_tap_alone_gives_a_tensor_and_a_mapping_gives_names() -> None:
    image = torch.randn(1, 3, 64, 64)
    assert archspec.compile("resnet18", taps="layer1")(image).shape == (1, 64, 16, 16)
    named = archspec.compile("resnet18", taps={"c2": "layer1", "c3": "layer2"})
    assert list(named(image)) == ["c2", "c3"]


@pytest.mark.parametrize(
    ("name", "tap"),
    [("resnet18", "layer3.1.conv1"), ("resnet50", "layer2.0.conv3"), ("vgg16", "features.9"),
     ("googlenet", "inception4a.branch2"), ("densenet121", "features.denseblock2")],
)  # fmt: skip
def test_a_tap_may_end_within_a_block_or_a_sequence(name: str, tap: str) -> None:
    """The block is then another in that place: it may share what others share within theirs."""
    module = archspec.compile(name, taps=tap, device="meta")
    whole = archspec.compile(name, device="meta")
    assert module.state_dict().keys() < whole.state_dict().keys()
    seen: list[torch.Size] = []
    whole.get_submodule(tap).register_forward_hook(lambda _m, _i, out: seen.append(out.shape))
    image = torch.empty(1, 3, 224, 224, device="meta")
    whole.eval()(image)
    assert [module.eval()(image).shape] == seen


def test_a_tap_that_is_not_there_is_refused() -> None:
    with pytest.raises(ArchspecError, match=r"E423.*`layer9`"):
        archspec.compile("resnet18", taps=["layer9"])


def test_weights_of_the_whole_fill_a_part(tmp_path: Path) -> None:
    whole = archspec.compile("resnet18")
    torch.save(whole.state_dict(), tmp_path / "whole.pth")
    part = archspec.compile("resnet18", taps="layer3")
    with pytest.warns(archspec.Remark, match=r"W604.*0 keys missing, 32 unknown") as warned:
        assert archspec.load_weights(part, tmp_path / "whole.pth", strict=False) is part
    assert warned[0].filename == __file__
    assert all(torch.equal(v, whole.state_dict()[k]) for k, v in part.state_dict().items())


def test_what_works_in_place_leaves_a_tap_as_it_was() -> None:
    """`relu` overwrites `bn1` in the whole network, and not where `bn1` is wanted."""
    module = archspec.compile("resnet18", taps=["bn1", "relu"]).eval()
    with torch.no_grad():
        found = module(torch.randn(1, 3, 64, 64))
    assert bool((found["bn1"] < 0).any()) and torch.equal(found["bn1"].relu(), found["relu"])
