"""The strips backend: a network in one line, its blocks as tiny pictures.

A strip goes from left to right, in narrow boxes; a tower from bottom to top.
"""

from __future__ import annotations

from archspec.backends.pictured import Pictured
from archspec.backends.strips.scene import Strip
from archspec.backends.strips.slide import Slide, slide
from archspec.backends.strips.tower import Tower
from archspec.drawing.options import Options
from archspec.graph import Graph


def _drawn(graph: Graph, options: Options, share: float) -> Slide:
    return slide(graph, options, Tower if options.style == "tower" else Strip, share)


backend = Pictured("strips", "strip", "boxes", _drawn)
"""What `archspec.backends` finds under the name `strips`."""
