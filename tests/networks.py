"""Networks that tests look at: each is elaborated once, whoever asks for it."""

from __future__ import annotations

from functools import cache
from typing import Any

from archspec import pipeline
from archspec.ir.graph import Graph


@cache
def network(name: str, **params: Any) -> Graph:
    """One of the zoo, `name` or `name@variant`, with parameters in place of its own."""
    return pipeline.elaborate(name, params=params)
