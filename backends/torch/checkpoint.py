"""Read the tensors of a checkpoint from a file, without running any code that is in it."""

from __future__ import annotations

import pickle
import pickletools
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from archspec.diagnostics import ArchspecError, Diagnostic, listed

_NAMING = {"GLOBAL", "STACK_GLOBAL", "INST"}
"""The opcodes of a pickle that name a function or a class to be imported."""

_PICKLES = 4
"""How many pickles PyTorch's old format begins with: the last of them holds the object."""

_SHOWN = 4


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a checkpoint by key, on the CPU.

    Raises:
        ArchspecError: E101 where the file cannot be read, E604 where it is no state_dict.
    """
    if not path.is_file():
        raise ArchspecError(Diagnostic("E101", f"there is no file `{path}`"))
    loaded = _loaded(path)
    if isinstance(loaded, Mapping) and isinstance(loaded.get("state_dict"), Mapping):
        loaded = loaded["state_dict"]
    if not isinstance(loaded, Mapping):
        raise ArchspecError(_no_state_dict(path, f"a value of type `{type(loaded).__name__}`"))
    for key, value in loaded.items():
        if not isinstance(key, str):
            raise ArchspecError(_no_state_dict(path, f"a key of type `{type(key).__name__}`"))
        if not isinstance(value, torch.Tensor):
            found = f"a value of type `{type(value).__name__}` under {listed([key])}"
            raise ArchspecError(_no_state_dict(path, found, [*map(str, loaded)]))
    return dict(loaded)


def _loaded(path: Path) -> Any:
    """What the file holds, as `torch.load` or safetensors give it."""
    try:
        if _is_safetensors(path):
            from safetensors.torch import load_file

            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        reason = error.strerror or _first_line(error)
        raise ArchspecError(Diagnostic("E101", f"cannot read `{path}`: {reason}")) from error
    except Exception as error:
        raise ArchspecError(_unreadable(path, error)) from error


def _is_safetensors(path: Path) -> bool:
    return path.suffix.lower() == ".safetensors"


def _unreadable(path: Path, error: Exception) -> Diagnostic:
    """E604 for a file that was refused or is none of the formats; which of the two, is looked up
    in the file itself.
    """
    wanted = "a state_dict, as `torch.save` or safetensors write it"
    if isinstance(error, pickle.UnpicklingError):
        names = _imports(path)
        if names is not None:
            return Diagnostic(
                "E604",
                f"`{path}` holds more than tensors, and loading it could run code",
                expected=wanted,
                found=f"a pickle that imports {listed(names, _SHOWN)}",
                hint="save `module.state_dict()`, not the module itself",
            )
    if path.stat().st_size == 0:
        found = "an empty file"
    elif not _is_safetensors(path) and _starts_like_a_zip(path):
        found = "an archive that is cut short, or holds something else"
    elif not _is_safetensors(path) and not isinstance(error, RuntimeError):
        found = "a file that is neither an archive nor a whole pickle"
    else:
        found = _first_line(error)
    return Diagnostic("E604", f"`{path}` is not a checkpoint", expected=wanted, found=found)


def _imports(path: Path) -> list[str] | None:
    """What the pickle in a file imports, some of it; None where there is no whole pickle."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                name = next(n for n in archive.namelist() if n.endswith("data.pkl"))
                with archive.open(name) as file:
                    return _named(file, 1)
        with path.open("rb") as file:
            return _named(file, _PICKLES)
    except Exception:  # whatever is wrong with it, it is no pickle that could be loaded
        return None


def _named(file: Any, pickles: int) -> list[str] | None:
    """The functions and classes that a file's pickles name, those of any state_dict apart."""
    found: dict[str, None] = {}
    for _ in range(pickles):
        words: list[str] = []
        memo: dict[int, str] = {}
        try:
            for opcode, argument, _ in pickletools.genops(file):
                if opcode.name == "STACK_GLOBAL":
                    found[".".join(words[-2:])] = None
                elif opcode.name in _NAMING:
                    found[str(argument).replace(" ", ".")] = None
                elif opcode.name == "MEMOIZE" or opcode.name.endswith("PUT"):
                    memo[len(memo) if argument is None else argument] = words[-1] if words else ""
                elif opcode.name.endswith("GET"):
                    words.append(memo.get(argument or 0, ""))
                else:
                    words.append(argument if isinstance(argument, str) else "")
        except ValueError:  # what follows the pickles of the old format is none
            if not found:
                raise
            break
    usual = ("torch._utils.", "torch.storage.", "collections.OrderedDict")
    return [n for n in found if not (n.startswith(usual) or n.endswith("Storage"))] or None


def _starts_like_a_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _no_state_dict(path: Path, found: str, keys: Sequence[str] = ()) -> Diagnostic:
    hint = None
    if len(keys) > 1:
        hint = f"its keys are {listed(keys, _SHOWN)}: save the one with the weights by itself"
    return Diagnostic(
        "E604", f"`{path}` is not a state_dict", expected="tensors by name", found=found, hint=hint
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
