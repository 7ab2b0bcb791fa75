"""How much of a network is shown: as much as leaves words large enough on a slide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Protocol

from archspec.backends.strips.plan import Plan
from archspec.backends.strips.topology import Topology
from archspec.drawing.detail import Level, Repeat
from archspec.drawing.geometry import Point
from archspec.drawing.legends import with_legend
from archspec.drawing.maps import maker
from archspec.drawing.options import Options
from archspec.drawing.picture import Picture, Words, titled
from archspec.graph import Graph, Instance

LEGIBLE = 14.0
"""Pixels."""
_PIXELS = (1280.0, 720.0)
_PIXELS_A_POINT = 4 / 3
SLIDE = tuple(pixels * 10.0 / LEGIBLE for pixels in _PIXELS)
"""Width and height of a slide where words of 10 points are legible."""
_FEW = 5
"""Boxes that are too few to show how a network is made, where more could be shown."""
_MANY = 20
"""Boxes of a chain that are all shown, blocks open."""
_DETAILS: tuple[tuple[Level, Repeat], ...] = (
    ("block", "equal"),
    ("block", "alike"),
    ("stage", "alike"),
)


def room(options: Options) -> Point:
    """Width and height, in pixels, of the page that is asked for, or else of a slide."""
    wide, high = _PIXELS
    if options.page is not None:
        wide, high = (points * _PIXELS_A_POINT for points in options.page)
    return wide, high


def pixels(picture: Picture, room: Point = _PIXELS) -> float:
    """How high the least words are, in so much room, under a title."""
    _, _, wide, high = titled(picture, "title").outline()
    least = min((item.size for item in picture.items if isinstance(item, Words)), default=0.0)
    return least * min(room[0] / wide, room[1] / high)


class Form(Protocol):
    """A way to draw a plan: a strip, or a tower."""

    plan: Plan
    called: str

    def inset(self, inner: Topology, name: str) -> Picture:
        """A block, opened."""
        ...

    def together(self, insets: Sequence[Picture]) -> Picture:
        """The network with some of its blocks opened beside it."""
        ...


@dataclass(frozen=True)
class Slide:
    """A form with as much of a network as leaves words large enough on a slide.

    Attributes:
        room: width and height that there is, in pixels.
        least: how high words are to be, in pixels.
    """

    form: Form
    room: Point
    least: float

    def said(self) -> Iterator[str]:
        """What each box is called, in the order of the network."""
        return self.form.plan.said()

    @property
    def size(self) -> float:
        """How high the least words are, in pixels, before any block is opened beside."""
        return pixels(self.form.together(()), self.room)

    def picture(self) -> Picture:
        """The network, and those of its blocks for which there is room."""
        return self.form.together(self._insets)

    @cached_property
    def _insets(self) -> list[Picture]:
        """Its blocks, opened, for which there is room."""
        shown: list[Picture] = []
        size = self.size
        for block in self.form.plan.kinds_of_blocks():
            more = [*shown, self.form.inset(*block)]
            fuller = pixels(self.form.together(more), self.room)
            if fuller >= min(self.least, size):
                shown, size = more, fuller
        return shown

    def chosen(self) -> Iterator[str]:
        """What is done to the network so that it can be read."""
        plan = self.form.plan
        boxes = [maps for maps in plan.whole.maps if not maps.source]
        tiny = [maps for maps in boxes if plan.tiny(maps) is not None]
        if any(len(maps.box.parts) > 1 for maps in boxes):
            yield "norms and activations go with their layers"
        if tiny:
            opened = len(self._insets)
            kinds = f", {opened} opened" if opened else ""
            yield f"blocks are tiny{kinds}"
        if any(isinstance(maker(maps), Instance) for maps in boxes if maps not in tiny):
            yield "blocks are boxes" if not tiny else "others are boxes"
        if any(maps.box.times > 1 for maps in boxes):
            alike = "alike" if plan.options.repeat == "alike" else "equal"
            yield f"what is {alike} in a row stands once, with ×N"


def slide(graph: Graph, options: Options, form: Callable[[Plan], Form], room: Point) -> Slide:
    """What is shown of a graph: the most that can be read.

    What is told of the detail stays. Else blocks that are alike are drawn once where there is no
    room for all, then stages are folded, and then blocks are boxes with their names.

    Args:
        room: width and height that there is, in pixels.
    """
    least = LEGIBLE * options.theme.font_scale
    found: dict[float, Slide] = {}
    for plan in _plans(graph, options):
        drawn = Slide(form(plan), room, least)
        if drawn.size >= least:
            return drawn
        found.setdefault(drawn.size, drawn)
    return found[max(found)]


def _plans(graph: Graph, options: Options) -> Iterator[Plan]:
    """What may be shown, from the most to the least; of a chain, all of it."""
    told = options.level is not None or options.depth is not None
    if not told:
        whole = Plan(graph, options)
        if whole.whole.chain and len(whole.whole.maps) <= _MANY:
            yield whole
    for number, (tiny_blocks, (level, repeat)) in enumerate(product((True, False), _DETAILS)):
        chosen = replace(options, repeat=repeat) if options.repeat == "equal" else options
        if not told:
            chosen = replace(chosen, level=level)
        plan = Plan(graph, chosen, tiny_blocks=tiny_blocks)
        if not number or told or len(plan.whole.maps) >= _FEW:
            yield plan


def with_key(picture: Picture, plan: Plan) -> Picture:
    """A picture with its legend, if that is asked for."""
    options = plan.options
    return with_legend(picture, plan.colours(), options.theme) if options.legend else picture
