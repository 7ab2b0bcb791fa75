"""`Memory` in a few lines, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from archspec.analysis.memory import Fit, Memory
from archspec.graph import Graph

_PHASES = {"forward": "forward pass", "backward": "backward pass", "update": "update"}


def facts(memory: Memory, size: Callable[[int], str]) -> Iterator[str]:
    """What stands below a table."""
    yield f"inputs: {size(memory.inputs)}"
    kinds = [f"{size(count)} {kind}" for kind, count in memory.kinds.items()]
    listed = f" ({', '.join(kinds)})" if len(kinds) > 1 else ""
    purpose = "for the backward pass" if memory.optimizer else "if gradients were on"
    yield f"saved {purpose}: {size(memory.saved)}{listed}"
    if memory.optimizer is not None:
        yield f"gradients of parameters: {size(memory.gradients)}"
    if memory.state:
        yield f"state of the optimizer: {size(memory.state)}"
    where = f"at {memory.peak.path}" if memory.peak.path else "before anything runs"
    yield f"peak: {size(memory.peak.bytes)} at once, in the {_PHASES[memory.peak.phase]} {where}"


def setting(memory: Memory) -> str:
    """How the network runs."""
    if memory.optimizer is None:
        return "evaluation"
    names = {"sgd": "SGD", "momentum": "SGD with momentum", "adam": "Adam", "adamw": "AdamW"}
    again = f", {len(memory.checkpoint)} parts checkpointed" if memory.checkpoint else ""
    return f"training with {names[memory.optimizer]}{again}"


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


def fit_lines(graph: Graph, fit: Fit, size: Callable[[int], str]) -> Iterator[str]:
    """The answer to how large a batch may be."""
    name = f"{graph.name} ({graph.variant})" if graph.variant else graph.name
    if fit.memory is None:
        yield f"{name}: not even one sample fits into {size(fit.limit)}"
        yield f"batch 1 needs {size(fit.next)}"
        return
    yield f"{name}, {setting(fit.memory)}: the largest batch for {size(fit.limit)} is {fit.batch:,}"
    yield from facts(fit.memory, size)
    yield f"batch {fit.batch + 1:,} needs {size(fit.next)}"


def fit_json(graph: Graph, fit: Fit) -> str:
    """The same for programs."""
    data = {
        "name": graph.name,
        "variant": graph.variant,
        "limit_bytes": fit.limit,
        "batch": fit.batch,
        "next_bytes": fit.next,
        "memory": record(fit.memory) if fit.memory is not None else None,
    }
    return json.dumps(data, ensure_ascii=False, indent=2)
