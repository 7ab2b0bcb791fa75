"""Which form figures have, and whether they stand side by side or one below another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial

from archspec.backends.base import Unfit
from archspec.backends.pictured import Scenes
from archspec.backends.strips.kept import Kept
from archspec.backends.strips.opened import Opened, compared, plans_of_parts
from archspec.backends.strips.plan import Plan
from archspec.backends.strips.scene import Strip
from archspec.backends.strips.slide import Form, Slide, chain, formed, plans, slide
from archspec.backends.strips.tower import Tower
from archspec.backends.strips.ushape import plans_in_a_u, slide_in_a_u
from archspec.backends.strips.zoomed import Levels
from archspec.figures.direction import chosen_direction
from archspec.figures.geometry import Point
from archspec.figures.headings import headings
from archspec.figures.options import Options, Panel
from archspec.figures.opwords import plain_name
from archspec.figures.picture import beside, stacked
from archspec.figures.slides import fitting, legible, room, told

_COMFORTABLE = 20.0
"""Pixels: larger words are no easier to read from a slide."""


_LARGE = 16.0
"""Pixels: so large words are to be that each layer of a chain may be drawn by itself."""


_WORTH = 0.93
"""So much smaller words may be so that what is alike in several figures stands at one place."""


_SHARES = 0.93, 0.86
"""Of the room that figures have, what is tried where all of it is too much for them together."""


@dataclass(frozen=True)
class Page:
    """The room for several figures, in pixels, and what stands above each of them."""

    room: Point
    titles: Sequence[str]


def _page(figures: Sequence[Panel]) -> Page:
    """The room for figures, each of which has a title, so that its form is the same with one."""
    titles = [title or "title" for title in headings(figures)]
    return Page(room(figures[0][1]), titles)


@dataclass(frozen=True)
class Arrangement:
    """Figures of one form.

    Attributes:
        enough: how high words are to be so that no other form need be tried, in pixels.
        stacked: whether they stand one below another, and not side by side.
        page: what they have together; else each has its share of the room.
    """

    slides: Sequence[Slide]
    enough: float
    stacked: bool = False
    page: Page | None = None

    @cached_property
    def size(self) -> float:
        """How high the least words are, in pixels."""
        if self.page is None:
            return min(each.size for each in self.slides)
        pictures = [each.picture() for each in self.slides]
        together = stacked if self.stacked else beside
        return fitting(together(pictures, self.page.titles), self.page.room)

    def told(self, alike: bool = False) -> str:
        """The forms, and what was done to the networks.

        Args:
            alike: whether what is alike was to stand once, which is told where nothing is.
        """
        forms = ", ".join(dict.fromkeys(each.form.called for each in self.slides))
        if len(self.slides) > 1:
            forms += " for each, one below another" if self.stacked else " for each, side by side"
        done = dict.fromkeys(text for each in self.slides for text in each.chosen())
        if alike and not any(each.repeats for each in self.slides):
            done["nothing in a row is alike"] = None
        if unsaid := dict.fromkeys(text for each in self.slides for text in each.form.plan.unsaid):
            done[f"left out: {', '.join(unsaid)}"] = None
        more = " (--level layer shows all)" if done else ""
        return "; ".join([forms, *done]) + more


def arranged(figures: Sequence[Panel]) -> Scenes:
    """Figures in the first form whose words are large enough, or else in that of the largest.

    Raises:
        Unfit: where a U is asked for, in whatever style, and there is no clean one.
    """
    if figures[0][1].style == "levels":
        place = _place(figures, False)
        return Scenes([Levels(graph, options, place) for graph, options in figures])
    best: Arrangement | None = None
    for found in _forms(figures):
        if best is None or found.size > best.size:
            best = found
        if best.size >= best.enough:
            break
    assert best is not None
    alike = figures[0][1].repeat == "alike"
    chosen = best.told(alike) if any(_is_free(options) for _, options in figures) else ""
    return Scenes(best.slides, best.stacked, chosen=chosen)


def _is_free(options: Options) -> bool:
    """Whether there was a choice of the form, or of what is opened."""
    return options.style is None or not told(options)


def _forms(figures: Sequence[Panel]) -> Iterator[Arrangement]:
    """Each form that is asked for, in the best of its arrangements."""
    style, alone = figures[0][1].style, len(figures) == 1
    least = legible(figures[0][1])
    us = style != "tower" and _are_us(figures)
    if us:
        yield from _in_a_u(figures, least)
        if style is None and _asks_for_u(figures):
            raise Unfit
    elif style is None:
        parts = _parts(figures, _COMFORTABLE if alone else least)
        if parts:
            yield max(parts, key=lambda found: found.size)
    if style == "tower":
        forms: list[_InRow] = [(Tower, False), (partial(Tower, close=True), False)]
    else:
        towers: list[_InRow] = [(Tower, False)] if style is None and not alone else []
        forms = [*towers, (Strip, not alone)]
    yield from _rows(figures, forms, least)


def _are_us(figures: Sequence[Panel]) -> bool:
    """Whether all encode and decode."""
    return all(chosen_direction(graph, options) == "U" for graph, options in figures)


def _in_a_u(figures: Sequence[Panel], least: float) -> Iterator[Arrangement]:
    """Side by side, each in a U, where each has a clean one; if that is asked for, of any size."""
    shown = [Kept(plans_in_a_u(graph, options)) for graph, options in figures]

    def made(place: Point) -> list[Slide]:
        each = zip(figures, shown, strict=True)
        return [slide_in_a_u(kept, options, place) for (_, options), kept in each]

    with suppress(Unfit):
        yield _together(figures, made, 0.0 if _asks_for_u(figures) else least)


def _asks_for_u(figures: Sequence[Panel]) -> bool:
    return all(options.direction == "U" for _, options in figures)


_InRow = tuple[Callable[[Plan], Form], bool]
"""A form, and whether figures in it stand one below another, and not side by side."""


def _rows(figures: Sequence[Panel], forms: Sequence[_InRow], least: float) -> Iterator[Arrangement]:
    """Chains with each layer by itself, as long as words are large; and what can be read."""
    each = [chain(graph, options) for graph, options in figures]
    chains = [plan for plan in each if plan is not None]
    shown = [Kept(plans(graph, options)) for graph, options in figures]
    differ = _differ(figures)
    for each_form, below in forms:
        form = partial(_outspoken, each_form) if differ else each_form
        if len(chains) == len(figures):
            place = _place(figures, below)
            slides = [Slide(form(plan), place, least) for plan in chains]
            yield Arrangement(slides, _LARGE, below)
        drawn = [Kept(formed(kept, form)) for kept in shown]
        yield _together(figures, partial(_slides, drawn, least), least, below)


def _slides(drawn: Sequence[Iterable[Form]], least: float, place: Point) -> list[Slide]:
    """What can be read of each figure in so much room."""
    return [slide(forms, place, least) for forms in drawn]


def _differ(figures: Sequence[Panel]) -> bool:
    """Whether networks have different activations, so that none goes without saying."""
    nodes = (node for graph, _ in figures for node in graph.nodes)
    names = {plain_name(node) for node in nodes if node.op.category == "activation"}
    return len(figures) > 1 and len(names) > 1


def _outspoken(form: Callable[[Plan], Form], plan: Plan) -> Form:
    """A form of a plan that says each activation."""
    plan.common = ""
    return form(plan)


def _together(
    figures: Sequence[Panel],
    made: Callable[[Point], list[Slide]],
    enough: float,
    stacked: bool = False,
) -> Arrangement:
    """Figures that can be read on the page that they share, with less on each if need be.

    Each could be read by itself, but between them is space, and what they have in common is on one
    line, so that together they may need more than each has.

    Args:
        made: gives them for so much room for each.
    """
    wide, high = _place(figures, stacked)
    slides = made((wide, high))
    least = legible(figures[0][1])
    if len(figures) == 1 or min(each.size for each in slides) < least:
        return Arrangement(slides, enough, stacked)
    page = _page(figures)
    found = [Arrangement(slides, enough, stacked, page)]
    for share in _SHARES:
        if found[-1].size >= least:
            break
        found.append(Arrangement(made((wide * share, high * share)), enough, stacked, page))
    return max(found, key=lambda one: one.size)


def _place(figures: Sequence[Panel], stacked: bool) -> tuple[float, float]:
    """How much room each figure has."""
    wide, high = room(figures[0][1])
    return (wide, high / len(figures)) if stacked else (wide / len(figures), high)


def _parts(figures: Sequence[Panel], enough: float) -> list[Arrangement]:
    """The ways to show figures with all their words; none where one has too many."""
    found = plans_of_parts(figures)
    if not found:
        return []
    several, least = len(figures) > 1, legible(figures[0][1])
    page = _page(figures)

    def made(forms: Sequence[Opened], below: bool) -> Arrangement:
        place = _place(figures, below)
        return Arrangement([Slide(form, place, least) for form in forms], enough, below, page)

    lying, rising = ([Opened(plan, upwards) for plan in found] for upwards in (False, True))
    if not several:
        return [made(lying, False), made(rising, False)]
    ways = []
    for upwards, forms, below in ((False, lying, True), (True, rising, False)):
        each, same = made(forms, below), made(compared(found, upwards), below)
        ways.append(same if same.size >= each.size * _WORTH else each)
    return [*ways, made(lying, False)]
