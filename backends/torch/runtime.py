"""Source -> `nn.Module`: run the very text that would be saved, and check what came out."""

from __future__ import annotations

import copyreg
import hashlib
import linecache
import sys
from collections.abc import Callable
from contextlib import nullcontext
from types import ModuleType
from typing import Any

import torch
from torch import nn

from archspec.backends.torch.source import write
from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.ir.graph import Graph
from archspec.ir.weights import state_of


def load_source(text: str) -> ModuleType:
    """The Python module a generated text defines; the same text gives the same module.

    Its classes can be pickled: a pickle carries the text, so that it loads in any process
    that has archspec.
    """
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    name = f"archspec_generated_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    filename = f"<archspec {digest}>"
    module.__file__ = filename
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    sys.modules[name] = module
    try:
        exec(compile(text, filename, "exec"), module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    for value in list(vars(module).values()):
        if isinstance(value, type) and value.__module__ == name:
            copyreg.pickle(value, _reducer(text))
    return module


def _reducer(text: str) -> Callable[[nn.Module], tuple[Any, ...]]:
    def reduce(module: nn.Module) -> tuple[Any, ...]:
        return revive, (text, type(module).__name__), module.__dict__

    return reduce


def revive(text: str, name: str) -> nn.Module:
    """An empty instance of a generated class, for pickle to fill."""
    cls = getattr(load_source(text), name)
    module: nn.Module = cls.__new__(cls)
    return module


def construct(
    graph: Graph,
    *,
    device: str | torch.device | None = None,
    dtype: torch.dtype | str | None = None,
    probe: Callable[[Any], Any] | None = None,
) -> nn.Module:
    """The network as a module, every parameter where the graph says, on `device` in `dtype`.

    Raises:
        ArchspecError: E602 for an op without a lowering, E605 for a device or dtype that is
            not there, E606 where the module is not what the graph describes.
    """
    text, name = write(graph, probe=probe is not None)
    space = load_source(text)
    if probe is not None:
        vars(space)["probe"] = probe
    place = checked_device(device) if device is not None else nullcontext()
    with place:
        module: nn.Module = getattr(space, name)()
    verify(graph, module)
    wanted = checked_dtype(dtype)
    return module if wanted is None else module.to(wanted)


def checked_device(device: str | torch.device) -> torch.device:
    """The device of that name.

    Raises:
        ArchspecError: E605 where there is none.
    """
    try:
        found = torch.device(device)
    except RuntimeError as error:
        raise ArchspecError(
            Diagnostic("E605", f"there is no device `{device}`", expected="cpu, cuda, meta, ...")
        ) from error
    if found.type == "cuda" and not torch.cuda.is_available():
        raise ArchspecError(
            Diagnostic(
                "E605", "no CUDA device is available here", hint="leave out the device, or say cpu"
            )
        )
    return found


def checked_dtype(dtype: torch.dtype | str | None) -> torch.dtype | None:
    if dtype is None or isinstance(dtype, torch.dtype):
        return dtype
    found = getattr(torch, dtype, None)
    if not isinstance(found, torch.dtype) or not found.is_floating_point:
        raise ArchspecError(
            Diagnostic(
                "E605",
                f"`{dtype}` is not a floating-point dtype",
                expected="float32, bfloat16, ...",
            )
        )
    return found


def expected_state(graph: Graph) -> dict[str, tuple[int, ...]]:
    """Every parameter and buffer a module of this graph has, by its key, shared ones once."""
    return {key: tensor.shape for key, tensor in state_of(graph).items()}


def verify(graph: Graph, module: nn.Module) -> None:
    """Compare every parameter and buffer of the module with the graph.

    Raises:
        ArchspecError: E606 with the keys that disagree. It would be a mistake of archspec's.
    """
    wanted = expected_state(graph)
    found = {k: tuple(v.shape) for k, v in module.named_parameters()}
    found |= {k: tuple(v.shape) for k, v in module.named_buffers()}
    if found == wanted:
        return
    wrong = [k for k in {**wanted, **found} if wanted.get(k) != found.get(k)]
    lines = [
        f"{k}: {wanted.get(k, 'absent')} in the graph, {found.get(k, 'absent')} in the module"
        for k in wrong[:10]
    ]
    raise ArchspecError(
        Diagnostic(
            "E606",
            f"the generated module disagrees with the graph in {len(wrong)} tensors",
            expected="the same keys and shapes",
            found="; ".join(lines),
            hint="this is a mistake of archspec's: please report the spec",
        )
    )
