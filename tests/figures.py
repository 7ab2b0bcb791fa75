"""The table in figures.yaml: what each variant in `specs/` must count."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("figures.yaml")


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


def _tables() -> dict[str, Any]:
    tables: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tables


@cache
def figures() -> dict[str, Figures]:
    """Every row by its name."""
    return {
        name: Figures(name, tuple(row.pop("input")), tuple(row.pop("output")), **row)
        for name, row in _tables()["variants"].items()
    }


@cache
def usual() -> dict[str, str]:
    """For each family the row that its own name stands for."""
    names: dict[str, str] = _tables()["usual"]
    return names


def twins() -> list[Figures]:
    """The rows with a twin in torchvision."""
    return [row for row in figures().values() if row.twin is not None]
