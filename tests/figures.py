"""The table in figures.yaml: what each variant in `specs/` must count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("figures.yaml")


@dataclass(frozen=True)
class Peer:
    """The same network in another library, and what it takes to compare the two.

    `rename` turns their names into ours, where the tensors of both do not come in the same
    order; `size` is the side of the image, by default the row's own; `train` is false where
    theirs draws at random in training.
    """

    library: str
    model: str
    options: Mapping[str, Any] = field(default_factory=dict)
    rename: tuple[tuple[str, str], ...] = ()
    size: int | None = None
    train: bool = True


@dataclass(frozen=True)
class Figures:
    """One row; `name` is what a user types."""

    name: str
    input: tuple[int, ...]
    output: tuple[int, ...]
    params: int
    macs: int
    source: str
    train_only: int = 0
    rounded: str | None = None
    twin: str | None = None
    peer: Peer | None = None
    train_at: int | None = None


def _tables() -> dict[str, Any]:
    tables: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tables


@cache
def figures() -> dict[str, Figures]:
    """Every row by its name."""
    return {name: Figures(name, **_row(**row)) for name, row in _tables()["variants"].items()}


def _row(**row: Any) -> dict[str, Any]:
    row |= {key: tuple(row[key]) for key in ("input", "output")}
    return row | {"peer": Peer(**row["peer"])} if "peer" in row else row


@cache
def usual() -> dict[str, str]:
    """For each family the row that its own name stands for."""
    names: dict[str, str] = _tables()["usual"]
    return names


def rows(name: str) -> dict[str, tuple[float, float]]:
    """The layers of a network with their weights in units of 1,024 and operations in millions."""
    table: dict[str, list[float]] = _tables()["rows"][name]
    return {path: (weights, operations) for path, (weights, operations) in table.items()}


def twins() -> list[Figures]:
    """The rows with a twin in torchvision."""
    return [row for row in figures().values() if row.twin is not None]


def peers() -> list[tuple[Figures, Peer]]:
    """The rows with a peer in some library, beside it."""
    return [(row, row.peer) for row in figures().values() if row.peer is not None]
