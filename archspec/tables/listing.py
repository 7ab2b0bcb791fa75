"""The shipped networks as a table and as records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import groupby
from typing import Any

from archspec.analysis.units import all_dims, brief, dims
from archspec.ops import Shape
from archspec.tables.tables import Column, Line, Table, separated


@dataclass(frozen=True, slots=True)
class Entry:
    """A variant of a shipped spec: its name, its family, and whether it is the usual form."""

    name: str
    family: str
    variant: str | None
    usual: bool
    params: int
    macs: int
    inputs: Mapping[str, Shape]
    year: int | None
    source: str | None


_FIELDS = tuple(field.name for field in fields(Entry))


def records(entries: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    """A row a variant, as JSON has it."""
    for item in entries:
        inputs = {name: list(shape) for name, shape in item.inputs.items()}
        yield {name: getattr(item, name) for name in _FIELDS} | {"inputs": inputs}


def entry(record: Mapping[str, Any]) -> Entry:
    """The variant that a row of `records` is of."""
    inputs = {name: tuple(shape) for name, shape in record["inputs"].items()}
    return Entry(**{**record, "inputs": inputs})


def as_csv(entries: Iterable[Entry]) -> str:
    """The records as CSV; several inputs are parted by semicolons."""
    rows = [
        {**record, "inputs": all_dims(record["inputs"].values())} for record in records(entries)
    ]
    return separated(rows, _FIELDS)


def table(entries: Iterable[Entry]) -> Table:
    """A line a family and, below it, a line a variant; a star marks the usual form."""
    lines = []
    for family, items in groupby(entries, key=lambda item: (item.family, _published(item))):
        lines.append(Line((family[0], "", "", "", family[1]), "block"))
        for item in items:
            name = item.name + (" *" if item.usual else "")
            inputs = ", ".join(dims(shape) for shape in item.inputs.values())
            cells = (name, f"{item.params:,}", brief(item.macs), inputs, "")
            lines.append(Line(cells, depth=1))
    columns = (
        Column("Name"),
        Column("Params", right=True),
        Column("MACs", right=True),
        Column("Input", right=True),
        Column("Source", flexible=True),
    )
    return Table(
        "Networks that come with archspec",
        columns,
        lines,
        ("MACs: multiply-accumulates at batch 1; parameters and MACs as in evaluation",),
        ("* what the family's own name stands for",),
    )


def _published(item: Entry) -> str:
    """When and by whom: `2015, He et al.`; of a source, what stands before its first comma."""
    by = (item.source or "").partition(",")[0].removesuffix(f" {item.year}")
    return ", ".join(filter(None, (str(item.year or ""), by)))
