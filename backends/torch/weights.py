"""Checkpoints are fitted to a module key by key, or refused with every reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path

import torch
from torch import Tensor, nn

from archspec.backends.torch.checkpoint import read_state
from archspec.diagnostics import ArchspecError, Diagnostic, Note

SHOWN = 12

State = Mapping[str, Tensor]


def load_weights(module: nn.Module, file: str | Path, *, strict: bool = True) -> Diagnostic | None:
    """Load a `.pth`, `.pt` or `.safetensors` checkpoint into a module; every key must fit.

    A tensor that the module holds under several names need be in the file under one of them.
    Nothing is changed unless everything fits. Without `strict`, what has the key and the shape of
    something in the module is loaded, and a remark is returned that names what was left.

    Raises:
        ArchspecError: E101 where the file cannot be read, E604 where it is no state_dict, or
            its keys, shapes or values do not fit the module's; each difference is named.
    """
    path = Path(file)
    state = read_state(path)
    wanted = module.state_dict()
    names = names_of(module, wanted)
    if any(target.is_meta for target in wanted.values()):
        raise ArchspecError(_no_memory(path))
    problem = misfit(path, state, wanted, names)
    fitting = {key: _held(state, names[key], wanted) for key in wanted}
    left = None
    if problem is not None and not strict and any(fitting.values()):
        left = replace(problem, code="W604", message=_partly(path, problem))
        problem = None
    problems = [*([] if problem is None else [problem]), *_unfit(path, state, wanted, names)]
    if problems:
        raise ArchspecError(*problems)
    found = {key: state[held[0]] for key, held in fitting.items() if held}
    module.load_state_dict(found, strict=left is None)
    return left


def _partly(path: Path, problem: Diagnostic) -> str:
    return problem.message.replace(f"`{path}` does not fit", f"`{path}` was loaded in part")


def names_of(module: nn.Module, wanted: State) -> dict[str, list[str]]:
    """For each key of a module's state_dict all keys of the same tensor, in order."""
    alike: dict[int, list[str]] = {}
    found: dict[str, list[str]] = {}
    held = chain(
        module.named_parameters(remove_duplicate=False),
        module.named_buffers(remove_duplicate=False),
    )
    tensors = {name: id(tensor) for name, tensor in held}
    for key in wanted:
        found[key] = alike.setdefault(tensors.get(key, id(key)), [])
        found[key].append(key)
    return found


def _held(state: State, names: list[str], wanted: State | None = None) -> list[str]:
    """Those of a tensor's names under which a file has it, in the shape that is wanted if any."""
    found = [name for name in names if name in state]
    return [n for n in found if wanted is None or not _reshaped(state[n], wanted[n])]


def misfit(
    path: Path, state: State, wanted: State, names: Mapping[str, list[str]]
) -> Diagnostic | None:
    """All keys and shapes of a checkpoint that do not fit, or None where all do."""
    missing = [k for k in wanted if k == names[k][0] and not _held(state, names[k])]
    surplus = [k for k in state if k not in wanted]
    shapes = [k for k in wanted if k in state and _reshaped(state[k], wanted[k])]
    if not (missing or surplus or shapes):
        return None
    notes = _some("the file lacks `{}`", missing) + _some("the module has no `{}`", surplus)
    for key in shapes[:SHOWN]:
        has, needs = list(state[key].shape), list(wanted[key].shape)
        notes.append(Note(f"`{key}` is {has} in the file and {needs} in the module"))
    hint = None
    if surplus and all(k.startswith("module.") for k in state):
        hint = "the keys begin with `module.`, as DataParallel writes them: take that off"
    return Diagnostic(
        "E604",
        f"`{path}` does not fit: {len(missing)} keys missing, {len(surplus)} unknown, "
        f"{len(shapes)} of another shape",
        notes=tuple(notes),
        hint=hint,
    )


def _reshaped(value: Tensor, target: Tensor) -> bool:
    return not value.is_nested and value.shape != target.shape


def _no_memory(path: Path) -> Diagnostic:
    return Diagnostic(
        "E604",
        f"`{path}` cannot be loaded into a module without memory",
        expected="parameters and buffers on a device that holds values",
        found="some on the device `meta`",
        hint='compile it anew with `device="cpu"`: `to_empty` takes shared parameters apart',
    )


def _some(text: str, keys: list[str]) -> list[Note]:
    notes = [Note(text.format(k)) for k in keys[:SHOWN]]
    if len(keys) > SHOWN:
        notes.append(Note(f"and {len(keys) - SHOWN} more such keys"))
    return notes


def _unfit(
    path: Path, state: State, wanted: State, names: Mapping[str, list[str]]
) -> list[Diagnostic]:
    """A diagnostic for each key whose tensor cannot be loaded, though its shape fits."""
    found = []
    for key, target in wanted.items():
        if key not in state or _reshaped(state[key], target):
            continue
        problem = _problem(state[key], target) or _conflict(key, state, _held(state, names[key]))
        if problem is not None:
            expected, given, hint = problem
            found.append(
                Diagnostic(
                    "E604",
                    f"`{key}` of `{path}` cannot be loaded",
                    expected=expected,
                    found=given,
                    hint=hint,
                )
            )
    if len(found) > SHOWN:
        more = Note(f"and {len(found) - SHOWN} more such keys")
        found = [*found[: SHOWN - 1], replace(found[SHOWN - 1], notes=(more,))]
    return found


_Problem = tuple[str, str, str | None]
"""What was expected, what was found, and what to do."""


def _problem(value: Tensor, target: Tensor) -> _Problem | None:
    """Why a tensor's values cannot become those of another, if they cannot."""
    dtype = _word(target.dtype)
    if value.is_meta:
        return "a tensor with values", "a tensor on the device `meta`, which has none", None
    if value.is_quantized:
        hint = "`tensor.dequantize()` gives its values"
        return f"values of {dtype}", f"quantised values ({_word(value.dtype)})", hint
    if value.layout is not torch.strided or value.is_nested:
        layout = "nested" if value.is_nested else str(value.layout).removeprefix("torch.")
        dense = None if value.is_nested else "`tensor.to_dense()` is the same without the layout"
        return "a dense tensor", f"a tensor of layout {layout}", dense
    if _kind(value.dtype) != _kind(target.dtype):
        return f"values of {dtype}", f"values of {_word(value.dtype)}", None
    try:
        converted = value.to(target.dtype)
        lost = int((~converted.isfinite()).sum())
    except RuntimeError:
        return f"values of {dtype}", f"values of {_word(value.dtype)}", None
    if lost:
        hint = "`module.load_state_dict(torch.load(file))` loads such values all the same"
        found = f"{lost} of {value.numel()} that are infinite or not a number"
        return f"values that are finite in {dtype}", found, hint
    return None


def _conflict(key: str, state: State, held: list[str]) -> _Problem | None:
    """Why a tensor cannot be what the file has under another of its names."""
    first = held[0]
    if key == first or _reshaped(state[key], state[first]) or torch.equal(state[key], state[first]):
        return None
    return f"the values of `{first}`, which is the same tensor in the module", "other values", None


def _kind(dtype: torch.dtype) -> str:
    if dtype.is_complex:
        return "complex"
    if dtype.is_floating_point:
        return "float"
    return "bool" if dtype is torch.bool else "integer"


def _word(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
