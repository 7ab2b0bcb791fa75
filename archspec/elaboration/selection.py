"""Which nodes of a graph selectors mean."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable

from archspec.diagnostics import Span
from archspec.frontend.budget import current
from archspec.ir.graph import Node
from archspec.ops.selectors import Selector


def selected(
    nodes: Iterable[Node],
    selectors: Iterable[Selector],
    span: Span | None = None,
    relative: Callable[[str], str] = str,
) -> dict[Selector, list[Node]]:
    """The nodes that each of some selectors means, by their paths or what is `relative` of these.

    `span` is where it is reported that there are too many to look for, if that is asked.
    """
    found: dict[Selector, list[Node]] = {s: [] for s in selectors}
    ops = {s.text: s for s in found if not s.path}
    paths = {s.path: s for s in found if s.path}
    sizes = sorted({len(path) for path in paths})
    budget = current()
    for node in nodes:
        if node.op.name in ops:
            found[ops[node.op.name]].append(node)
        if not sizes:
            continue
        names = relative(node.path).split(".")
        if span is not None and len(sizes) > 1:
            budget.pay(len(sizes) * len(names), span)
        parts = {tuple(names[i : i + n]) for n in sizes for i in range(len(names) - n + 1)}
        for part in parts & paths.keys():
            found[paths[part]].append(node)
    return found


def dotted(word: str, ids: Container[str]) -> str | None:
    """A hint for an id that is written as ops are."""
    return f"a bare word is an op; what has the id `{word}` is `.{word}`" if word in ids else None
