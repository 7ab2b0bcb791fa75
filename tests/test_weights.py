"""Checkpoints: whatever fits is loaded, whatever does not is named, and no code is run."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

import archspec
from archspec.diagnostics import ArchspecError, Diagnostic

State = dict[str, Tensor]


@pytest.fixture
def module() -> nn.Module:
    torch.manual_seed(0)
    return archspec.compile("lenet5")  # type: ignore[no-any-return]


@pytest.fixture
def state() -> State:
    """What another training might have left."""
    torch.manual_seed(1)
    return dict(archspec.compile("lenet5").state_dict())


def _saved(state: Any, folder: Path, suffix: str) -> Path:
    path = folder / f"weights{suffix}"
    if suffix == ".safetensors":
        save_file(state, path)
    else:
        torch.save(state, path)
    return path


def _refusal(module: nn.Module, path: Path, code: str = "E604") -> Diagnostic:
    """Why the file is refused; and that the module is as it was."""
    before = {k: v.clone() for k, v in module.state_dict().items()}
    with pytest.raises(ArchspecError) as caught:
        archspec.load_weights(module, path)
    assert all(torch.equal(v, before[k]) for k, v in module.state_dict().items())
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == code
    assert str(path) in diagnostic.message
    return diagnostic


def _notes(diagnostic: Diagnostic) -> list[str]:
    return [note.text for note in diagnostic.notes]


each_kind = pytest.mark.parametrize("suffix", [".pth", ".pt", ".safetensors"])


@each_kind
def test_a_checkpoint_is_loaded(
    module: nn.Module, state: State, tmp_path: Path, suffix: str
) -> None:
    assert archspec.load_weights(module, _saved(state, tmp_path, suffix)) is module
    assert all(torch.equal(v, state[k]) for k, v in module.state_dict().items())


def test_a_path_may_be_text(module: nn.Module, state: State, tmp_path: Path) -> None:
    archspec.load_weights(module, str(_saved(state, tmp_path, ".pth")))
    assert torch.equal(module.state_dict()["c1.weight"], state["c1.weight"])


def test_a_checkpoint_with_more_around_the_weights(
    module: nn.Module, state: State, tmp_path: Path
) -> None:
    path = _saved({"state_dict": state, "epoch": 3, "best": 0.9}, tmp_path, ".pth")
    archspec.load_weights(module, path)
    assert torch.equal(module.state_dict()["c1.weight"], state["c1.weight"])


def test_buffers_are_loaded_too(tmp_path: Path) -> None:
    trained, fresh = (archspec.compile("resnet18", num_classes=3) for _ in range(2))
    trained(torch.randn(2, 3, 32, 32))
    archspec.load_weights(fresh, _saved(trained.state_dict(), tmp_path, ".pth"))
    assert fresh.bn1.num_batches_tracked == 1
    assert torch.equal(fresh.bn1.running_mean, trained.bn1.running_mean)


def test_another_dtype_is_converted(module: nn.Module, state: State, tmp_path: Path) -> None:
    halves = {k: v.to(torch.bfloat16) for k, v in state.items()}
    archspec.load_weights(module, _saved(halves, tmp_path, ".pth"))
    weight = module.state_dict()["c1.weight"]
    assert weight.dtype == torch.float32
    assert torch.equal(weight, halves["c1.weight"].float())


def test_training_goes_on_after_loading(module: nn.Module, state: State, tmp_path: Path) -> None:
    """The parameters are the same objects as before: an optimizer still holds them."""
    before = list(module.parameters())
    archspec.load_weights(module, _saved(state, tmp_path, ".pth"))
    assert all(a is b for a, b in zip(module.parameters(), before, strict=True))
    assert all(p.requires_grad for p in module.parameters())


@each_kind
def test_everything_that_does_not_fit_is_named_at_once(
    module: nn.Module, state: State, tmp_path: Path, suffix: str
) -> None:
    del state["c1.weight"], state["f6.bias"]
    state["fc.weight"] = torch.zeros(3)
    state["output.weight"] = torch.zeros(7, 84)
    diagnostic = _refusal(module, _saved(state, tmp_path, suffix))
    assert "2 keys missing, 1 unknown, 1 of another shape" in diagnostic.message
    assert _notes(diagnostic) == [
        "the file lacks `c1.weight`",
        "the file lacks `f6.bias`",
        "the module has no `fc.weight`",
        "`output.weight` is [7, 84] in the file and [10, 84] in the module",
    ]
    assert diagnostic.hint is None


def test_each_misfit_alone_is_enough(module: nn.Module, state: State, tmp_path: Path) -> None:
    missing = {k: v for k, v in state.items() if k != "c3.bias"}
    surplus = {**state, "more": torch.zeros(1)}
    turned = {**state, "f6.weight": state["f6.weight"].T.contiguous()}
    for wrong, key in ((missing, "c3.bias"), (surplus, "more"), (turned, "f6.weight")):
        (note,) = _notes(_refusal(module, _saved(wrong, tmp_path, ".pth")))
        assert f"`{key}`" in note


def test_a_shape_that_would_broadcast_is_refused(
    module: nn.Module, state: State, tmp_path: Path
) -> None:
    state["c1.bias"] = torch.zeros(1)
    assert "`c1.bias`" in _notes(_refusal(module, _saved(state, tmp_path, ".pth")))[0]


def test_of_very_many_keys_some_are_named(tmp_path: Path) -> None:
    module = archspec.compile("resnet18")
    diagnostic = _refusal(module, _saved({}, tmp_path, ".pth"))
    assert f"{len(module.state_dict())} keys missing" in diagnostic.message
    notes = _notes(diagnostic)
    assert len(notes) < 20
    assert notes[-1].endswith("more such keys")


def test_data_parallel_is_recognised(module: nn.Module, state: State, tmp_path: Path) -> None:
    prefixed = {f"module.{k}": v for k, v in state.items()}
    diagnostic = _refusal(module, _saved(prefixed, tmp_path, ".pth"))
    assert diagnostic.hint is not None
    assert "`module.`" in diagnostic.hint


class Malicious:
    """Unpickled by plain pickle, it makes a directory."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("format", ["torch", "old torch", "pickle"])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_code_in_a_file_is_not_run(
    module: nn.Module, state: State, tmp_path: Path, format: str, suffix: str
) -> None:
    mark, path = tmp_path / "was-here", tmp_path / f"weights{suffix}"
    content = {**state, "c1.weight": Malicious(mark)}
    if format == "pickle":
        path.write_bytes(pickle.dumps(Malicious(mark)))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=format == "torch")
    diagnostic = _refusal(module, path)
    assert not mark.exists()
    if format == "torch" and suffix == ".pth":
        assert "could run code" in diagnostic.message
        assert diagnostic.hint is not None
    # The file is what it is feared to be.
    if format == "pickle":
        pickle.loads(path.read_bytes())
        assert mark.is_dir()


def test_a_whole_module_is_refused(module: nn.Module, tmp_path: Path) -> None:
    path = _saved(archspec.compile("lenet5"), tmp_path, ".pth")
    assert "state_dict" in str(_refusal(module, path).hint)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 64, b"not a checkpoint\n", b"PK\x03\x04 and no more"],
    ids=["empty", "zeros", "text", "cut off"],
)
@each_kind
def test_other_files_are_refused(
    module: nn.Module, tmp_path: Path, suffix: str, content: bytes
) -> None:
    path = tmp_path / f"weights{suffix}"
    path.write_bytes(content)
    _refusal(module, path)


@each_kind
def test_a_file_that_was_cut_off(
    module: nn.Module, state: State, tmp_path: Path, suffix: str
) -> None:
    path = _saved(state, tmp_path, suffix)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    _refusal(module, path)


@pytest.mark.parametrize(
    "content",
    [[1, 2], {"a": 1}, torch.zeros(3), {1: torch.zeros(3)}, {"state_dict": {"a": "b"}}, None],
    ids=["list", "numbers", "tensor", "keys", "nested", "nothing"],
)
def test_other_contents_are_refused(module: nn.Module, tmp_path: Path, content: object) -> None:
    diagnostic = _refusal(module, _saved(content, tmp_path, ".pth"))
    assert "is not a state_dict" in diagnostic.message


def test_there_is_no_such_file(module: nn.Module, tmp_path: Path) -> None:
    _refusal(module, tmp_path / "weights.pth", "E101")
    _refusal(module, tmp_path, "E101")


def test_weights_for_another_dtype_of_module(state: State, tmp_path: Path) -> None:
    module = archspec.compile("lenet5", dtype="float64")
    archspec.load_weights(module, _saved(state, tmp_path, ".safetensors"))
    assert torch.equal(module.c1.weight, state["c1.weight"].double())


def test_shared_weights_may_be_stored_once(tmp_path: Path) -> None:
    spec = tmp_path / "shared.yaml"
    spec.write_text(
        "name: Shared\ninputs: {x: [4]}\n"
        "graph:\n  - {id: step, linear: 4}\n  - relu\n  - {share: step}\n"
    )
    first, second = (archspec.compile(spec) for _ in range(2))
    for suffix in (".pth", ".safetensors"):
        archspec.load_weights(second, _saved(dict(first.state_dict()), tmp_path, suffix))
        assert torch.equal(second.step.weight, first.step.weight)


# --- values ----------------------------------------------------------------------------------


def _pair(diagnostic: Diagnostic) -> tuple[str, str]:
    return str(diagnostic.expected), str(diagnostic.found)


MISFITS: dict[str, tuple[Callable[[Tensor], Tensor], str, str]] = {
    "sparse": (lambda w: w.to_sparse(), "a dense tensor", "layout sparse_coo"),
    "compressed": (lambda w: w.to_sparse_csr(), "a dense tensor", "layout sparse_csr"),
    "nested": (
        lambda w: torch.nested.nested_tensor([w[0], w[1, :3]]), "a dense tensor", "layout nested",
    ),
    "quantised": (
        lambda w: torch.quantize_per_tensor(w, 0.1, 0, torch.qint8),
        "values of float32",
        "quantised values (qint8)",
    ),
    "meta": (lambda w: w.to("meta"), "a tensor with values", "on the device `meta`"),
    "complex": (lambda w: w.to(torch.complex64), "values of float32", "values of complex64"),
    "bool": (lambda w: w > 0, "values of float32", "values of bool"),
    "integer": (lambda w: w.to(torch.int8), "values of float32", "values of int8"),
    "nan": (
        lambda w: w.index_fill(0, torch.tensor(0), torch.nan),
        "values that are finite in float32",
        f"{84} of {840} that are infinite or not a number",
    ),
    "infinite": (lambda w: w + torch.inf, "values that are finite in float32", "840 of 840"),
    "too large": (lambda w: w.double() + 1e300, "values that are finite in float32", "840 of 840"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", MISFITS)
def test_values_that_cannot_be_loaded(
    module: nn.Module, state: State, tmp_path: Path, kind: str
) -> None:
    """The faulty tensor is the last, so that what came before it would have been written."""
    turned, expected, found = MISFITS[kind]
    assert [*state][-2] == "output.weight"
    state["output.weight"] = turned(state["output.weight"])
    diagnostic = _refusal(module, _saved(state, tmp_path, ".pth"))
    assert "`output.weight`" in diagnostic.message
    assert diagnostic.expected == expected
    assert found in str(diagnostic.found)


def test_everything_that_is_wrong_is_said_at_once(
    module: nn.Module, state: State, tmp_path: Path
) -> None:
    state["c1.weight"] = state["c1.weight"].to(torch.complex64)
    state["c1.bias"] = state["c1.bias"].to(torch.int32)
    del state["f6.bias"]
    with pytest.raises(ArchspecError) as caught:
        archspec.load_weights(module, _saved(state, tmp_path, ".pth"))
    messages = [d.message for d in caught.value.diagnostics]
    assert [("f6" in m, "c1.weight" in m, "c1.bias" in m) for m in messages] == [
        (False, False, False),
        (False, True, False),
        (False, False, True),
    ]
    assert "1 keys missing" in messages[0]


def test_of_very_many_faulty_values_some_are_named(tmp_path: Path) -> None:
    module = archspec.compile("resnet18")
    state = {k: v * torch.nan for k, v in module.state_dict().items() if v.is_floating_point()}
    state = {**module.state_dict(), **state}
    with pytest.raises(ArchspecError) as caught:
        archspec.load_weights(module, _saved(state, tmp_path, ".pth"))
    found = caught.value.diagnostics
    assert len(found) == 12
    assert found[-1].notes[-1].text.endswith("more such keys")


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "float8_e4m3fn"])
def test_other_floats_are_converted(
    module: nn.Module, state: State, tmp_path: Path, dtype: str
) -> None:
    given = {k: v.to(getattr(torch, dtype)) for k, v in state.items()}
    archspec.load_weights(module, _saved(given, tmp_path, ".pth"))
    for key, value in module.state_dict().items():
        assert torch.equal(value, given[key].float())


def test_counters_are_whole_numbers(tmp_path: Path) -> None:
    module = archspec.compile("resnet18", num_classes=2)
    state = dict(module.state_dict())
    state["bn1.num_batches_tracked"] = torch.tensor(7, dtype=torch.int32)
    archspec.load_weights(module, _saved(state, tmp_path, ".pth"))
    assert module.bn1.num_batches_tracked == 7
    assert module.bn1.num_batches_tracked.dtype == torch.int64
    state["bn1.num_batches_tracked"] = torch.tensor(7.0)
    found = _pair(_refusal(module, _saved(state, tmp_path, ".pth")))
    assert found == ("values of int64", "values of float32")


def test_a_module_without_memory_is_refused(state: State, tmp_path: Path) -> None:
    module = archspec.compile("lenet5", device="meta")
    with pytest.raises(ArchspecError) as caught:
        archspec.load_weights(module, _saved(state, tmp_path, ".pth"))
    (diagnostic,) = caught.value.diagnostics
    assert "meta" in str(diagnostic.found)
    assert 'compile it anew with `device="cpu"`' in str(diagnostic.hint)


# --- files -----------------------------------------------------------------------------------


def _pickled(_: State) -> bytes:
    return pickle.dumps(Malicious(Path("/nowhere")))


def _old(state: State) -> bytes:
    file = io.BytesIO()
    torch.save(state, file, _use_new_zipfile_serialization=False)
    return file.getvalue()


def _zipped(_: State) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("notes.txt", "nothing")
    return file.getvalue()


GARBAGE: dict[str, tuple[Callable[[State], bytes], str]] = {
    "nothing": (lambda _: b"", "an empty file"),
    "text": (lambda _: b"hello world\n", "neither an archive nor a whole pickle"),
    "a full stop": (lambda _: b".", "neither an archive nor a whole pickle"),
    "zeros": (lambda _: bytes(64), "neither an archive nor a whole pickle"),
    "an archive": (_zipped, "an archive that is cut short, or holds something else"),
    "an archive's beginning": (lambda _: b"PK\x03\x04 and no more", "an archive that is cut short"),
    "the old format's beginning": (lambda s: _old(s)[:100], "nor a whole pickle"),
    "the old format, cut off": (lambda s: _old(s)[:-100], "unexpected EOF"),
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_what_is_no_checkpoint_is_not_said_to_be_code(
    module: nn.Module, state: State, tmp_path: Path, kind: str
) -> None:
    content, found = GARBAGE[kind]
    path = tmp_path / "weights.pth"
    path.write_bytes(content(state))
    diagnostic = _refusal(module, path)
    assert "is not a checkpoint" in diagnostic.message
    assert "code" not in diagnostic.message
    assert found in str(diagnostic.found)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("format", ["torch", "old torch", "pickle"])
def test_code_is_said_to_be_code(
    module: nn.Module, state: State, tmp_path: Path, format: str, protocol: int
) -> None:
    path = tmp_path / "weights.pth"
    content: Any = {**state, "f6.bias": Malicious(tmp_path / "was-here")}
    if format == "pickle":
        path.write_bytes(pickle.dumps(content["f6.bias"], protocol))
    else:
        new = format == "torch"
        torch.save(content, path, pickle_protocol=protocol, _use_new_zipfile_serialization=new)
    diagnostic = _refusal(module, path)
    assert "could run code" in diagnostic.message
    assert f"`{os.mkdir.__module__}.mkdir`" in str(diagnostic.found)
    assert not (tmp_path / "was-here").exists()


def test_weights_among_other_things_are_asked_for(
    module: nn.Module, state: State, tmp_path: Path
) -> None:
    diagnostic = _refusal(module, _saved({"epoch": 3, "model": state}, tmp_path, ".pth"))
    assert "`int` under `epoch`" in str(diagnostic.found)
    assert "`epoch`, `model`" in str(diagnostic.hint)


def test_a_file_that_may_not_be_read(
    module: nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "weights.pth"
    path.write_bytes(b"anything")
    monkeypatch.setattr(torch, "load", denied)
    assert "Permission denied" in _refusal(module, path, "E101").message


# --- tensors with several names --------------------------------------------------------------

TIED = """
name: Tied
inputs: {x: [4, 8]}
graph:
  - {id: step, conv: {out_channels: 4, kernel_size: 3, padding: 1}}
  - {id: wide, share: step, conv: {out_channels: 4, kernel_size: 3, padding: 2, dilation: 2}}
"""


@pytest.fixture
def tied(tmp_path: Path) -> nn.Module:
    spec = tmp_path / "tied.yaml"
    spec.write_text(TIED)
    torch.manual_seed(2)
    module: nn.Module = archspec.compile(spec)
    assert {"wide.weight", "wide.bias"} <= set(module.state_dict())
    return module


@each_kind
@pytest.mark.parametrize("kept", ["step", "wide", "both"])
def test_of_several_names_any_will_do(
    tied: nn.Module, tmp_path: Path, suffix: str, kept: str
) -> None:
    state = {k: torch.randn_like(v) for k, v in tied.state_dict().items() if k.startswith("step")}
    state |= {k.replace("step", "wide"): v.clone() for k, v in state.items()}
    given = {k: v for k, v in state.items() if kept == "both" or k.startswith(kept)}
    archspec.load_weights(tied, _saved(given, tmp_path, suffix))
    assert torch.equal(tied.step.weight, state["step.weight"])
    assert tied.wide.weight is tied.step.weight


def test_names_of_one_tensor_must_agree(tied: nn.Module, tmp_path: Path) -> None:
    state = {k: v.clone() for k, v in tied.state_dict().items()}
    state["wide.bias"] += 1
    diagnostic = _refusal(tied, _saved(state, tmp_path, ".pth"))
    assert "`wide.bias`" in diagnostic.message
    assert "`step.bias`" in str(diagnostic.expected)
    assert diagnostic.found == "other values"


def test_of_several_names_one_is_missed(tied: nn.Module, tmp_path: Path) -> None:
    state = {k: v for k, v in tied.state_dict().items() if k.endswith("weight")}
    diagnostic = _refusal(tied, _saved(state, tmp_path, ".pth"))
    assert _notes(diagnostic) == ["the file lacks `step.bias`"]
