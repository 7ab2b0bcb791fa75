"""What stands above a table: which network it is of, and how that runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archspec.analysis.cost import Stats
from archspec.analysis.memory import Memory
from archspec.ir.graph import Graph

if TYPE_CHECKING:
    from archspec.analysis.explanation import Explanation
    from archspec.analysis.paths import Paths

_OPTIMIZERS = {"sgd": "SGD", "momentum": "SGD with momentum", "adam": "Adam", "adamw": "AdamW"}


def title(network: Graph | Stats | Paths | Explanation) -> str:
    """Its name, with the variant where there is one."""
    return f"{network.name} ({network.variant})" if network.variant else network.name


def as_figures_call_it(stats: Stats, graph: Graph) -> Stats:
    """What a network costs, under the network's label where that has one."""
    return stats if graph.title is None else replace(stats, name=graph.title, variant=None)


def running(memory: Memory) -> str:
    """A training step with its optimiser, or evaluation."""
    count = len(memory.checkpoint)
    again = f", {count} part{'s' if count > 1 else ''} checkpointed" if count else ""
    if memory.optimizer is None:
        return f"evaluation{again}"
    return f"training with {_OPTIMIZERS[memory.optimizer]}{again}"


def setting(stats: Stats) -> str:
    """What the numbers hold for, and how they are written."""
    mode = "training" if stats.mode == "train" else "evaluation"
    if stats.memory is not None:
        mode = running(stats.memory)
    return f"batch {stats.batch}, {stats.dtype}, {mode}; K, M, G = 10^3, 10^6, 10^9"
