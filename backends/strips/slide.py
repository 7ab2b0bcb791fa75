"""How much of a network is shown: as much as leaves words large enough on a slide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Protocol

from archspec.backends.strips.plan import Plan
from archspec.backends.strips.topology import Topology
from archspec.drawing.detail import Level, Repeat
from archspec.drawing.legends import with_legend
from archspec.drawing.options import Options
from archspec.drawing.picture import Picture, Words, titled
from archspec.graph import Graph

LEGIBLE = 14.0
"""Pixels."""
_PIXELS = (1280.0, 720.0)
SLIDE = tuple(pixels * 10.0 / LEGIBLE for pixels in _PIXELS)
"""Width and height of a slide where words of 10 points are legible."""
_FEW = 5
"""Boxes that are too few to show how a network is made, where more could be shown."""
_DETAILS: tuple[tuple[Level, Repeat], ...] = (
    ("block", "equal"),
    ("block", "alike"),
    ("stage", "alike"),
)


def pixels(picture: Picture, share: float = 1.0) -> float:
    """How high the least words are on a slide, or on a share of its width, under a title."""
    _, _, wide, high = titled(picture, "title").outline()
    least = min(item.size for item in picture.items if isinstance(item, Words))
    return least * min(share * _PIXELS[0] / wide, _PIXELS[1] / high)


class Form(Protocol):
    """A way to draw a plan: a strip, or a tower."""

    plan: Plan

    def inset(self, inner: Topology, name: str) -> Picture:
        """A block, opened."""
        ...

    def together(self, insets: Sequence[Picture]) -> Picture:
        """The network with some of its blocks opened beside it."""
        ...


@dataclass(frozen=True, slots=True)
class Slide:
    """A form with as much of a network as leaves words large enough on a slide.

    Attributes:
        share: of the slide's width, that there is room for.
        least: how high words are to be, in pixels.
    """

    form: Form
    share: float
    least: float

    def said(self) -> Iterator[str]:
        """What each box is called, in the order of the network."""
        return self.form.plan.said()

    def picture(self) -> Picture:
        """The network, and those of its blocks for which there is room."""
        shown: list[Picture] = []
        whole = self.form.together(shown)
        for block in self.form.plan.kinds_of_blocks():
            more = [*shown, self.form.inset(*block)]
            fuller = self.form.together(more)
            if pixels(fuller, self.share) >= min(self.least, pixels(whole, self.share)):
                shown, whole = more, fuller
        return whole


def slide(graph: Graph, options: Options, form: Callable[[Plan], Form], share: float) -> Slide:
    """What is shown of a graph: the most that can be read.

    What is told of the detail stays. Else blocks that are alike are drawn once where there is no
    room for all, then stages are folded, and then blocks are boxes with their names.

    Args:
        share: of the slide's width, that there is room for.
    """
    least = LEGIBLE * options.theme.font_scale
    told = options.level is not None or options.depth is not None
    found: dict[float, Form] = {}
    for tiny_blocks, (folded, repeat) in product((True, False), _DETAILS):
        chosen = replace(options, repeat=repeat) if options.repeat == "equal" else options
        if not told:
            chosen = replace(chosen, level=folded)
        plan = Plan(graph, chosen, tiny_blocks=tiny_blocks)
        if found and not told and len(plan.whole.maps) < _FEW:
            continue
        drawn = form(plan)
        size = pixels(drawn.together(()), share)
        if size >= least:
            return Slide(drawn, share, least)
        found.setdefault(size, drawn)
    return Slide(found[max(found)], share, least)


def with_key(picture: Picture, plan: Plan) -> Picture:
    """A picture with its legend, if that is asked for."""
    return with_legend(picture, plan.colours()) if plan.options.legend else picture
