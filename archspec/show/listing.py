"""The shipped networks as a table and as records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from archspec.analysis.cost import Stats
from archspec.show.tables import Column, Line, Table, separated
from archspec.show.units import brief, dims


@dataclass(frozen=True, slots=True)
class Entry:
    """A variant of a shipped spec: its name, its family, and whether it is the usual form."""

    name: str
    family: str
    usual: bool
    year: int | None
    source: str | None
    stats: Stats


def records(entries: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    """A row a variant, as JSON has it."""
    for entry in entries:
        stats = entry.stats
        yield {
            "name": entry.name,
            "family": entry.family,
            "variant": stats.variant,
            "usual": entry.usual,
            "params": stats.totals.params,
            "macs": stats.totals.macs,
            "inputs": {name: list(shape) for name, shape in stats.inputs.items()},
            "year": entry.year,
            "source": entry.source,
        }


_FIELDS = ("name", "family", "variant", "usual", "params", "macs", "inputs", "year", "source")


def as_csv(entries: Iterable[Entry]) -> str:
    """The records as CSV; several inputs are parted by semicolons."""
    rows = [
        {**record, "inputs": ";".join(dims(tuple(s)) for s in record["inputs"].values())}
        for record in records(entries)
    ]
    return separated(rows, _FIELDS)


def table(entries: Iterable[Entry]) -> Table:
    """A line a variant; a star marks the usual form of its family."""
    lines = [
        Line(
            (
                entry.name,
                entry.family + (" *" if entry.usual else ""),
                f"{entry.stats.totals.params:,}",
                brief(entry.stats.totals.macs),
                ", ".join(dims(shape) for shape in entry.stats.inputs.values()),
                str(entry.year or "-"),
                (entry.source or "").partition(",")[0],
            )
        )
        for entry in entries
    ]
    columns = (
        Column("Name"),
        Column("Family"),
        Column("Params", right=True),
        Column("MACs", right=True),
        Column("Input", right=True),
        Column("Year", right=True),
        Column("Source", flexible=True),
    )
    return Table(
        "Networks that come with archspec",
        columns,
        lines,
        ("MACs: multiply-accumulates at batch 1; parameters and MACs as in evaluation",),
        ("* what the family's own name stands for",),
    )
