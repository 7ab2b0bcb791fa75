"""What stands above figures: each one's title, and that of several together."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.figures.called import kind_of_block
from archspec.figures.detail import Selection
from archspec.figures.options import Options, Panel
from archspec.figures.words import short
from archspec.ir.graph import Graph, Instance

HEADING = 22.0
"""The size of the words above several figures; each one's own title is smaller."""


def title(
    graph: Graph, shown: Instance | None = None, *, by_path: bool = False, alone: bool = False
) -> str:
    """The network's name, its variant's, and that of a part which is shown by itself.

    Args:
        by_path: whether a part goes by its path, and not by its block.
        alone: whether a label of the part, or of its block, says it all.
    """
    if alone and shown is not None and (label := shown.label or shown.kind):
        return short(label)
    part = shown.path if shown is not None else ""
    if shown is not None and not by_path:
        part = shown.label or kind_of_block(shown) or part
    whole = graph.title or " · ".join(filter(None, (graph.name, graph.variant)))
    return short(" · ".join(dict.fromkeys(filter(None, (whole, part)))))


def headings(figures: Sequence[Panel]) -> list[str]:
    """What stands above each: what was asked for, or what it is called; then no two are alike.

    Parts with labels go by these alone where that tells them apart.
    """
    roots = _roots(figures)
    labels = [title(*root, alone=True) for root in roots]
    own = labels if len(set(labels)) == len(labels) else _names(roots)
    return [
        words if chosen.title is None else "".join(chosen.titles)
        for words, (_, chosen) in zip(own, figures, strict=True)
    ]


def _roots(figures: Sequence[Panel]) -> list[tuple[Graph, Instance]]:
    return [(graph, Selection(graph, chosen).root) for graph, chosen in figures]


def _names(roots: Sequence[tuple[Graph, Instance]]) -> list[str]:
    """The names of networks with those of the parts that are shown of them."""
    called = [title(*root) for root in roots]
    return [
        words if called.count(words) == 1 else title(*root, by_path=True)
        for words, root in zip(called, roots, strict=True)
    ]


def name_of(options: Options, figures: Sequence[Panel]) -> str:
    """What the whole is called, whether or not that stands above it."""
    own = zip(_names(_roots(figures)), figures, strict=True)
    names = ("".join(chosen.titles) or words for words, (_, chosen) in own)
    return above_all(options, figures) or ", ".join(names)


def of_step(name: str, number: int, count: int, called: str) -> str:
    """What a step of a figure is called: `ResNet-18, step 2 of 6: layer1`."""
    return ": ".join(filter(None, (f"{name}, step {number} of {count}", called)))


def above_all(options: Options, figures: Sequence[Panel]) -> str:
    """What stands above several figures together; nothing above one."""
    return options.titles[0] if len(figures) > 1 and len(options.titles) == 1 else ""
