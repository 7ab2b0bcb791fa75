"""The strips backend: a network in one line, its blocks as tiny pictures.

A strip goes from left to right, in narrow boxes; a tower from bottom to top.
"""

from __future__ import annotations

from archspec.backends.pictured import Pictured
from archspec.backends.strips.scene import Strip
from archspec.backends.strips.slide import planned
from archspec.backends.strips.tower import Tower
from archspec.drawing.options import Options
from archspec.graph import Graph


def drawn(graph: Graph, options: Options, share: float = 1.0) -> Strip | Tower:
    """The figure of a graph, of as much of it as leaves words large enough on a slide.

    Args:
        share: of a slide's width, that there is room for.
    """
    form = Tower if options.style == "tower" else Strip
    plan = planned(graph, options, lambda plan: form(plan).alone, share)
    return form(plan, share)


backend = Pictured("strips", "strip", "boxes", drawn)
"""What `archspec.backends` finds under the name `strips`."""
