"""Which networks take inputs of other sizes, as a table: `check --scale`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from archspec.diagnostics import Diagnostic
from archspec.ir.graph import Node
from archspec.tables.tables import Column, Line, Table


@dataclass(frozen=True, slots=True)
class Stop:
    """What a network does not go beyond at some size of its input.

    Attributes:
        where: the path of a layer or a block, or the line of the spec.
        why: one sentence.
        train_only: True where evaluation takes the size.
    """

    where: str
    why: str
    train_only: bool = False


@dataclass(frozen=True, slots=True)
class Rescaled:
    """A network and, for each scale, what stops it there; None where nothing does."""

    name: str
    inputs: str
    stops: Mapping[float, Stop | None]


def stop_at(pins: Mapping[Node, Diagnostic]) -> Stop | None:
    """The first layer whose parameters depend on the input's size, one that evaluation runs."""
    node = min(pins, key=lambda node: node.train_only, default=None)
    return Stop(node.path, pins[node].message, node.train_only) if node is not None else None


def stop_in(diagnostic: Diagnostic) -> Stop:
    """What an elaboration failed at."""
    span = diagnostic.span
    place = f" ({Path(span.source.name).name}, line {span.line})" if span is not None else ""
    where = f"line {span.line}" if span is not None else diagnostic.code
    if diagnostic.chain:
        where = diagnostic.chain[-1].path
    causes = [f"; {note.text}" for note in diagnostic.notes if note.cause]
    advice = f"; {diagnostic.hint}" if causes and diagnostic.hint else ""
    return Stop(where, f"{diagnostic.message}{place}{''.join(causes)}{advice}")


def table(networks: Sequence[Rescaled], scales: Sequence[float]) -> Table:
    """A line a network, a column a scale; below, why each stops."""
    lines = [
        Line((one.name, one.inputs, *(_cell(one.stops[scale]) for scale in scales)))
        for one in networks
    ]
    return Table(
        "Inputs of other sizes",
        (Column("Network"), Column("Input", right=True), *(Column(f"x{s:g}") for s in scales)),
        lines,
        ("spatial sizes times the scale, rounded; ok, or where the network stops",),
        tuple(dict.fromkeys(_reasons(networks))),
    )


def _cell(stop: Stop | None) -> str:
    if stop is None:
        return "ok"
    return f"{stop.where} *" if stop.train_only else stop.where


def _reasons(networks: Sequence[Rescaled]) -> Iterator[str]:
    for one in networks:
        for stop in one.stops.values():
            if stop is not None and not stop.train_only:
                yield f"{one.name}: {stop.why}"
    if any(stop and stop.train_only for one in networks for stop in one.stops.values()):
        yield "* in training only: evaluation takes this size"
