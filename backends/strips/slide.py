"""How much of a network is shown: as much as leaves words large enough on a slide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import product

from archspec.backends.strips.plan import Plan
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


def legible(options: Options) -> float:
    """How high words are to be at least, in pixels."""
    return LEGIBLE * options.theme.font_scale


def planned(
    graph: Graph, options: Options, alone: Callable[[Plan], Picture], share: float = 1.0
) -> Plan:
    """What is shown of a graph: the most that can be read.

    What is told of the detail stays. Else blocks that are alike are drawn once where there is no
    room for all, then stages are folded, and then blocks are boxes with their names.

    Args:
        alone: the picture of a plan, with no block opened.
        share: of a slide's width, that there is room for.
    """
    least = legible(options)
    told = options.level is not None or options.depth is not None
    found: dict[float, Plan] = {}
    for tiny_blocks, (folded, repeat) in product((True, False), _DETAILS):
        chosen = replace(options, repeat=repeat) if options.repeat == "equal" else options
        if not told:
            chosen = replace(chosen, level=folded)
        plan = Plan(graph, chosen, tiny_blocks=tiny_blocks)
        if found and not told and len(plan.whole.maps) < _FEW:
            continue
        size = pixels(alone(plan), share)
        if size >= least:
            return plan
        found.setdefault(size, plan)
    return found[max(found)]


def filled(
    alone: Picture,
    insets: Iterable[Picture],
    put: Callable[[Sequence[Picture]], Picture],
    share: float,
    least: float,
) -> Picture:
    """A picture with those of the insets for which a slide has room.

    Args:
        put: gives the whole picture with some insets.
        share: of a slide's width, that there is room for.
        least: how high words are to be.
    """
    shown: list[Picture] = []
    whole = alone
    for inset in insets:
        more = put([*shown, inset])
        if pixels(more, share) >= min(least, pixels(whole, share)):
            shown.append(inset)
            whole = more
    return whole


def with_key(picture: Picture, plan: Plan) -> Picture:
    """A picture with its legend, if that is asked for."""
    return with_legend(picture, plan.colours()) if plan.options.legend else picture
