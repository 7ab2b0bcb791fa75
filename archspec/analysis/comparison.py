"""What can be put side by side of networks that have nothing else in common."""

from __future__ import annotations

from dataclasses import dataclass

from archspec.analysis.bypass import signal, weighted
from archspec.analysis.cost import Stats
from archspec.analysis.receptive import Field
from archspec.ir.graph import Graph, Node


@dataclass(frozen=True, slots=True)
class Profile:
    """A network in a few numbers.

    Attributes:
        name: how it is asked for, and what tables call it.
        family: the spec that it is a form of.
        label: what figures call it.
        kin: what figures call its family.
        depth: layers with weights along the longest path.
        field: the receptive field; None where the input has no spatial axes.
        top1: its accuracy in per cent, where somebody has measured it.
    """

    name: str
    family: str
    label: str
    kin: str
    stats: Stats
    depth: int
    field: Field | None
    top1: float | None = None


def depth(graph: Graph) -> int:
    """Convolutions and linear layers along the longest path that runs in evaluation.

    It is what the names of networks count: 50 for ResNet-50, whose projections lie on no longest
    path, and 22 for GoogLeNet. A layer that is used twice counts twice.
    """
    depths: dict[Node, int] = {}
    for node in graph.nodes:
        before = max((depths[operand] for operand in signal(node)), default=0)
        depths[node] = before + weighted(node)
    return max((depths[o.node] for o in graph.outputs if not o.train_only), default=0)
