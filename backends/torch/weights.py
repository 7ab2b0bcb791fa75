"""Checkpoints: read without running code, fitted key by key, or refused with every reason."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from archspec.diagnostics import ArchspecError, Diagnostic, Note

SHOWN = 12


def load_weights(module: nn.Module, file: str | Path) -> nn.Module:
    """Load a `.pth`, `.pt` or `.safetensors` checkpoint into a module; every key must fit.

    Returns the module. Nothing is changed unless everything fits.

    Raises:
        ArchspecError: E101 where the file cannot be read, E604 where it is no state_dict, or
            its keys or shapes differ from the module's; each difference is named.
    """
    path = Path(file)
    state = read_state(path)
    wanted = module.state_dict()
    problem = misfit(path, state, wanted)
    if problem is not None:
        raise ArchspecError(problem)
    module.load_state_dict(state)
    return module


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a checkpoint by key, on the CPU."""
    if not path.is_file():
        raise ArchspecError(Diagnostic("E101", f"there is no file `{path}`"))
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(path))
        loaded: Any = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ArchspecError(
            Diagnostic(
                "E604",
                f"`{path}` holds more than tensors, and loading it could run code",
                expected="a state_dict",
                hint="save `module.state_dict()`, not the module itself",
            )
        ) from error
    except Exception as error:
        raise ArchspecError(
            Diagnostic("E604", f"`{path}` is not a checkpoint: {_first_line(error)}")
        ) from error
    if isinstance(loaded, Mapping) and isinstance(loaded.get("state_dict"), Mapping):
        loaded = loaded["state_dict"]
    if not isinstance(loaded, Mapping) or not all(
        isinstance(k, str) and isinstance(v, torch.Tensor) for k, v in loaded.items()
    ):
        raise ArchspecError(
            Diagnostic("E604", f"`{path}` is not a state_dict", expected="tensors by name")
        )
    return dict(loaded)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def misfit(
    path: Path, state: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor]
) -> Diagnostic | None:
    """Everything about a checkpoint that does not fit, or None where all does."""
    missing = [k for k in wanted if k not in state]
    surplus = [k for k in state if k not in wanted]
    shapes = [k for k in wanted if k in state and state[k].shape != wanted[k].shape]
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


def _some(text: str, keys: list[str]) -> list[Note]:
    notes = [Note(text.format(k)) for k in keys[:SHOWN]]
    if len(keys) > SHOWN:
        notes.append(Note(f"and {len(keys) - SHOWN} more such keys"))
    return notes
