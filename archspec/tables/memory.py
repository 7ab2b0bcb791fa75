"""`Memory` in a few lines, and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from archspec.analysis.cost import Mode
from archspec.analysis.memory import Fit, Memory
from archspec.ir.graph import Graph
from archspec.ops.tape import Dtype
from archspec.ops.unknown import UNKNOWN
from archspec.tables.headers import running, title
from archspec.tables.records import encoded

_PHASES = {"forward": "forward pass", "backward": "backward pass", "update": "update"}


def facts(memory: Memory, size: Callable[[int], str]) -> Iterator[str]:
    """What stands below a table."""
    yield f"inputs: {size(memory.inputs)}"
    kinds = [f"{size(count)} {kind}" for kind, count in memory.kinds.items()]
    by_kind = f" ({', '.join(kinds)})" if len(kinds) > 1 else ""
    purpose = "for the backward pass" if memory.optimizer else "if gradients were on"
    yield f"saved {purpose}: {size(memory.saved)}{by_kind}"
    if memory.optimizer is not None:
        yield f"gradients of parameters: {size(memory.gradients)}"
    if memory.state:
        yield f"state of the optimizer: {size(memory.state)}"
    where = f"at {memory.peak.path}" if memory.peak.path else "before anything runs"
    if memory.peak.bytes is UNKNOWN:
        yield "peak: unknown"
        return
    yield f"peak: {size(memory.peak.bytes)} at once, in the {_PHASES[memory.peak.phase]} {where}"


def record(memory: Memory) -> dict[str, Any]:
    """What JSON has of it."""
    return {
        "optimizer": memory.optimizer,
        "checkpoint": list(memory.checkpoint),
        "params_bytes": memory.params,
        "buffers_bytes": memory.buffers,
        "inputs_bytes": memory.inputs,
        "saved_bytes": memory.saved,
        "saved_by_kind": dict(memory.kinds),
        "gradients_bytes": memory.gradients,
        "optimizer_bytes": memory.state,
        "peak_bytes": memory.peak.bytes,
        "peak_phase": memory.peak.phase,
        "peak_at": memory.peak.path,
    }


def fit_lines(graph: Graph, fit: Fit, dtype: Dtype, size: Callable[[int], str]) -> Iterator[str]:
    """The answer to how large a batch may be."""
    name, limit = title(graph), _limit(fit.limit, size)
    if fit.memory is None:
        yield f"{name}, {dtype}: not even one sample fits into {limit}"
    else:
        how = f"{dtype}, {running(fit.memory)}"
        yield f"{name}, {how}: the largest batch for {limit} is {fit.batch:,}"
        yield from facts(fit.memory, size)
    above = fit.next - fit.limit
    excess = f", {size(above)} too much" if above > 0 else ""
    yield f"batch {fit.batch + 1:,} needs {size(fit.next)}{excess}"


def _limit(limit: int, size: Callable[[int], str]) -> str:
    """As cards bear it, where it is a whole number of GiB: `24 GiB (25.77 GB)`."""
    whole, rest = divmod(limit, 2**30)
    return size(limit) if rest else f"{whole:,} GiB ({size(limit)})"


def fit_json(graph: Graph, fit: Fit, dtype: Dtype, mode: Mode) -> str:
    """The same for programs."""
    data = {
        "name": graph.name,
        "variant": graph.variant,
        "dtype": dtype,
        "mode": mode,
        "limit_bytes": fit.limit,
        "batch": fit.batch,
        "next_bytes": fit.next,
        "memory": record(fit.memory) if fit.memory is not None else None,
    }
    return encoded(data, indent=2)
