"""`--check`: run the module forward and backward and compare it with its graph.

Twice: on the user's device and in their dtype at the network's own size, where shapes and
gradients are looked at; and in float64 on random weights, where every value is compared.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from archspec.backends.torch.equality import Equal, compare
from archspec.backends.torch.layers import LOWERINGS
from archspec.backends.torch.runtime import checked_dtype, construct
from archspec.backends.torch.shrinking import quick_setting
from archspec.backends.torch.state import check_constants
from archspec.codegen.shared import Shares
from archspec.diagnostics import ArchspecError, Diagnostic, Note
from archspec.elaboration.provenance import provenance
from archspec.ir.graph import Graph, Node
from archspec.ops.types import Shape, show


@dataclass(frozen=True)
class Report:
    """What a check saw: shapes and values of all nodes agreed, and every gradient was finite.

    Attributes:
        nodes: how many nodes' output shapes were compared.
        parameters: how many trainable numbers the module holds, each counted once.
        forward_seconds, backward_seconds: one run each, on `device`.
        equal: what was compared in value.
    """

    device: str
    dtype: str
    batch: int
    nodes: int
    parameters: int
    forward_seconds: float
    backward_seconds: float
    equal: Equal

    def __str__(self) -> str:
        return (
            f"checked on {self.device}, batch {self.batch}, {self.dtype}: "
            f"{self.nodes} shapes and {self.parameters:,} parameters as inferred; "
            f"forward {self.forward_seconds:.2f} s, backward {self.backward_seconds:.2f} s, "
            f"all gradients finite\n{self.equal}"
        )


def check(
    graph: Graph,
    *,
    device: str | torch.device | None = None,
    dtype: torch.dtype | str | None = None,
    batch: int = 2,
    resized: Graph | None = None,
) -> Report:
    """Compile the graph, run it on random input in both modes, compare, and report.

    With the graph of the same spec at another input size, `resized`, the module is run at that
    size and compared with it.

    Where shapes are compared, the module is the one that would be saved, save that each value no
    module computes is looked at on its way; values are those of the very module. On a GPU where
    there is one, unless `device` says otherwise; what has no float64 leaves that to the CPU.

    Raises:
        ArchspecError: E605 for the device, E606 for anything that disagrees.
    """
    if device is None:
        device = "cuda" if torch.cuda.is_available() else "cpu"
    kind = checked_dtype(dtype) or torch.float32
    seen: list[Shape] = []

    def probe(value: Tensor) -> Tensor:
        seen.append(tuple(value.shape[1:]))
        return value

    module = construct(graph, device=device, dtype=kind, probe=probe)
    parameters = sum(p.numel() for p in module.parameters())
    check_constants(graph, module)
    try:
        forward, backward = _run(resized or graph, module, seen, device, kind, batch)
        del module  # memory for the next
        equal = _equal(graph, resized or graph, device)
    except torch.cuda.OutOfMemoryError as error:
        hint = "try a smaller --batch"
        raise ArchspecError(Diagnostic("E605", "the device's memory is full", hint=hint)) from error
    except (RuntimeError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        hint = "batch norm needs more than one value a channel: try a larger --batch"
        raise ArchspecError(
            Diagnostic(
                "E606",
                f"the module cannot be run at batch {batch}: {reason}",
                hint=hint if "more than 1 value" in reason else None,
            )
        ) from error
    return Report(
        str(device),
        str(kind).removeprefix("torch."),
        batch,
        len(graph.nodes) - len(graph.inputs),
        parameters,
        forward,
        backward,
        equal,
    )


def _equal(graph: Graph, run: Graph, device: str | torch.device) -> Equal:
    """Compare the module of `graph` with another elaboration of it, in values."""
    place = torch.device(device)
    setting = quick_setting(run)
    module = construct(graph, device="meta")  # it gets its tensors there
    return compare(run, module, device="cpu" if place.type == "mps" else place, setting=setting)


def _run(
    graph: Graph, module: nn.Module, seen: list[Shape], device: Any, dtype: Any, batch: int
) -> tuple[float, float]:
    """A training step and an evaluation, compared with the graph; seconds forward and backward."""
    inputs = [torch.randn(batch, *n.output, device=device, dtype=dtype) for n in graph.inputs]
    module.train()
    with _watched(graph, module) as calls:
        start = _now(device)
        returned = module(*inputs)
        middle = _now(device)
        loss = sum((o.float() * torch.randn_like(o.float())).sum() for o in _values(returned))
        assert isinstance(loss, Tensor)
        if loss.requires_grad:
            torch.autograd.backward(loss)
        end = _now(device)
        _compare(graph, module, calls, seen, training=True)
    _check_outputs(graph, returned, training=True)
    _check_gradients(module)
    seen.clear()
    evaluate(graph, module, seen, inputs)
    return middle - start, end - middle


def evaluate(graph: Graph, module: nn.Module, seen: list[Shape], inputs: list[Tensor]) -> None:
    """Run the module in evaluation and compare what came by with the graph.

    Args:
        seen: where the module's `probe` puts the shapes of what no module computes.

    Raises:
        ArchspecError: E606 for anything that disagrees.
    """
    module.eval()
    with torch.no_grad(), _watched(graph, module) as calls:
        _check_outputs(graph, module(*inputs), training=False)
        _compare(graph, module, calls, seen, training=False)


def _now(device: Any) -> float:
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def _values(returned: Any) -> list[Tensor]:
    return list(returned.values()) if isinstance(returned, dict) else [returned]


def module_paths(graph: Graph, module: nn.Module) -> dict[Node, str]:
    """Where the module that computes each node is: the first of the paths it has."""
    made = provenance(graph)
    shares = Shares(lambda n: LOWERINGS[type(n.op)](n.op, n.input_shapes), made)
    first: dict[nn.Module, str] = {}
    modules = dict(module.named_modules(remove_duplicate=False))
    for path, child in modules.items():
        first.setdefault(child, path)
    homes = {n: shares.home(n, graph.root).path for n in graph.nodes if n not in graph.inputs}
    return {n: first[modules[p]] if p in modules else p for n, p in homes.items()}


@contextmanager
def _watched(graph: Graph, module: nn.Module) -> Iterator[dict[str, list[Shape]]]:
    """The output shapes of every call of every module that computes a node."""
    calls: dict[str, list[Shape]] = {}
    modules = dict(module.named_modules(remove_duplicate=False))
    handles = []
    for path in dict.fromkeys(module_paths(graph, module).values()):
        child = modules.get(path)
        if child is not None:
            calls[path] = []

            def hook(_: nn.Module, __: Any, output: Tensor, path: str = path) -> None:
                calls[path].append(tuple(output.shape[1:]))

            handles.append(child.register_forward_hook(hook))
    try:
        yield calls
    finally:
        for handle in handles:
            handle.remove()


def _compare(
    graph: Graph,
    module: nn.Module,
    calls: dict[str, list[Shape]],
    seen: list[Shape],
    *,
    training: bool,
) -> None:
    """Each node's inferred shape against the one that came by, in order of execution."""
    notes: list[Note] = []
    probed, paths = iter(seen), module_paths(graph, module)
    turns = {path: iter(shapes) for path, shapes in calls.items()}
    for node in graph.nodes:
        if node.op.internal or not (training or _evaluated(node)):
            continue
        found = next(turns.get(paths[node], probed), None)
        if found != node.output:
            what = show(found) if found is not None else "nothing"
            notes.append(
                Note(
                    f"`{node.path}` ({node.op.name}) is {what}, not {show(node.output)}", node.span
                )
            )
    surplus = sum(1 for _ in probed) + sum(1 for t in turns.values() for _ in t)
    if surplus:
        notes.append(Note(f"{surplus} values came by that the graph does not have"))
    if notes:
        raise _disagrees("the module's shapes are not those inferred", notes)


def _evaluated(node: Node) -> bool:
    """Whether evaluation runs a node: a block that it needs any of runs whole."""
    if not node.train_only:
        return True
    blocks = [i for i in node.scope.ancestors() if i.block is not None]
    return bool(blocks) and not all(n.train_only for n in blocks[-1].nodes())


def _check_outputs(graph: Graph, returned: Any, *, training: bool) -> None:
    wanted = [o for o in graph.outputs if training or not o.train_only]
    found = [tuple(v.shape[1:]) for v in _values(returned)]
    names = list(returned) if isinstance(returned, dict) else [o.name for o in wanted]
    if found != [o.node.output for o in wanted] or names != [o.name for o in wanted]:
        raise _disagrees(
            "the module does not return what the spec says",
            [Note(f"it returned {dict(zip(names, found, strict=False))}")],
        )


def _check_gradients(module: nn.Module) -> None:
    notes = []
    for name, parameter in module.named_parameters():
        if parameter.grad is None:
            notes.append(Note(f"no gradient reaches `{name}`"))
        elif not bool(torch.isfinite(parameter.grad).all()):
            notes.append(Note(f"the gradient of `{name}` is not finite"))
    if notes:
        raise _disagrees("some parameters cannot be trained", notes)


def _disagrees(message: str, notes: list[Note]) -> ArchspecError:
    shown = notes[:10]
    if len(notes) > 10:
        shown.append(Note(f"and {len(notes) - 10} more"))
    return ArchspecError(Diagnostic("E606", message, notes=tuple(shown)))
