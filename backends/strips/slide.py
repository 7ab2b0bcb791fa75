"""How much of a network is shown: as much as leaves words large enough on a slide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Protocol

from archspec.backends.base import Unfit
from archspec.backends.strips.plan import BlockKind, Plan
from archspec.backends.strips.topology import Topology
from archspec.backends.strips.within import Insides, has_more, is_small
from archspec.figures.geometry import Point
from archspec.figures.legends import with_meanings
from archspec.figures.options import Options
from archspec.figures.picture import Picture
from archspec.figures.slides import FEW, details, pixels, told
from archspec.ir.graph import Graph

_MOST = 600
"""Boxes, from which on they are not drawn to see how large words are: a slide of 914 by 514 points
has no room for so many with words of 10 points."""
_LARGER = 1.4, 1.2
"""How much larger opened blocks may be than the network beside."""
_SAME = 0.999
_MANY = 20
"""Boxes of a chain that are all shown, blocks open."""


class Form(Protocol):
    """A way to draw a plan: a strip, a tower, or a U.

    Attributes:
        terse: whether boxes leave out norms, and the activation that most layers have.
        lower: whether opened blocks may have all words of a box in a line.
    """

    plan: Plan
    called: str
    terse: bool = False
    lower: bool = False

    def inset(self, inner: Topology, name: str, *, in_a_line: bool = False) -> Picture:
        """A block, opened; lower where what goes with a layer stands in one line with it."""
        ...

    def together(self, insets: Sequence[Picture]) -> Picture:
        """The network with some of its blocks opened beside it."""
        ...

    def sized(self) -> Form:
        """The same with the sizes of what leaves its stages."""
        return self

    def taller(self) -> Iterator[Form]:
        """The same filling more and more of a slide."""
        return iter(())


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

    @property
    def steps(self) -> Sequence[str]:
        """What the steps are called in which it is built up."""
        return self.form.plan.steps.names

    def said(self) -> Iterator[tuple[str, int]]:
        """What each box is called, in the order of the network, and the step it comes with."""
        return self.form.plan.said()

    @cached_property
    def size(self) -> float:
        """How high the least words are, in pixels, before any block is opened beside."""
        return pixels(self.form.together(()), self.room)

    def picture(self) -> Picture:
        """The network, and those of its blocks for which there is room.

        The sizes of stages are said where words stay legible. Blocks are as large, and boxes as
        long, as the words of the network leave room for.
        """
        return self._picture

    @cached_property
    def _picture(self) -> Picture:
        form, insets = self.form.sized(), self._insets
        picture = self.form.together(insets)
        size = pixels(picture, self.room)
        if form is not self.form:
            sized = form.together(insets)
            told = pixels(sized, self.room)
            if told >= min(size, self.least):
                picture, size = sized, told
            else:
                form = self.form
        for larger in ([one.scaled(k) for one in insets] for k in _LARGER if insets):
            whole = form.together(larger)
            if self._leaves(size, whole):
                picture, insets = whole, larger
                break
        for whole in (taller.together(insets) for taller in form.taller()):
            if not self._leaves(size, whole):
                break
            picture = whole
        return picture

    def _leaves(self, size: float, picture: Picture) -> bool:
        """Whether words are still so large."""
        return pixels(picture, self.room) >= size * _SAME

    @cached_property
    def _kinds(self) -> list[BlockKind]:
        """Its kinds of blocks, what comes most often first."""
        return [*self.form.plan.kinds_of_blocks()]

    @cached_property
    def _insets(self) -> list[Picture]:
        """Its blocks, opened, for which there is room; if low ones are more, or larger, these."""
        ways = [self._opened_blocks(in_a_line=False)]
        if self.form.lower:
            ways.append(self._opened_blocks(in_a_line=True))
        return max(ways, key=lambda way: way[:2])[2]

    def _opened_blocks(self, *, in_a_line: bool) -> tuple[int, float, list[Picture]]:
        """How many blocks there is room for, how high words then are, and these blocks, opened.

        They stand in the order of the network.
        """
        shown: dict[int, Picture] = {}
        size = self.size
        for kind in self._kinds:
            inset = self.form.inset(kind.inner, kind.name, in_a_line=in_a_line).since(kind.since)
            more = dict(sorted({**shown, kind.place: inset}.items()))
            fuller = pixels(self.form.together([*more.values()]), self.room)
            if fuller >= min(self.least, size):
                shown, size = more, fuller
        return len(shown), size, [*shown.values()]

    def chosen(self) -> Iterator[str]:
        """What is done to the network so that it can be read."""
        plan = self.form.plan
        boxes = [maps for maps in plan.whole.maps if not maps.source]
        small = [maps for maps in boxes if plan.tiny(maps) is not None]
        if plan.left_out:
            yield "switches of training are left out"
        if self.form.terse:
            yield from _unsaid(plan.silent)
        elif any(len(maps.box.parts) > 1 for maps in boxes):
            yield "norms and activations go with their layers"
        if small:
            yield f"blocks are tiny{self._opened()}"
        if any(maps.folded for maps in boxes if maps not in small):
            yield "others are boxes" if small else f"blocks are boxes{self._opened()}"
        if self.repeats:
            alike = "alike" if plan.options.repeat == "alike" else "equal"
            counted = ", with ×N" if any(maps.box.times > 1 for maps in boxes) else ""
            yield f"what is {alike} in a row stands once{counted}"

    @property
    def repeats(self) -> bool:
        """Whether anything stands once for several in a row."""
        plan = self.form.plan
        line = [maps for maps in plan.whole.maps if not maps.source]
        return any(maps.box.times > 1 for maps in (*line, *plan.boxes(line)))

    def _opened(self) -> str:
        """Of how many kinds of blocks one is opened beside; of how many in all, if not of each."""
        opened, kinds = len(self._insets), len(self._kinds)
        if kinds == 0:
            return ""
        among = f" of {kinds} kinds" if 0 < opened < kinds else ""
        return f", {opened or 'none'}{among} opened"


def _unsaid(names: Sequence[str]) -> Iterator[str]:
    """That these are not written."""
    if names:
        go = "go" if len(names) > 1 or names[0] == "norms" else "goes"
        yield f"{' and '.join(names)} {go} unsaid"


def slide(forms: Iterable[Form], room: Point, least: float) -> Slide:
    """What is shown of a network: the most that can be read.

    Args:
        forms: what may be shown, from the most to the least.
        room, least: as for a slide.

    Raises:
        Unfit: where there is none of these.
    """
    found: dict[float, Slide] = {}
    for form in forms:
        drawn = Slide(form, room, least)
        if drawn.size >= least:
            return drawn
        found.setdefault(drawn.size, drawn)
    if not found:
        raise Unfit
    return found[max(found)]


def formed(plans: Iterable[Plan], form: Callable[[Plan], Form]) -> Iterator[Form]:
    """Plans in a form, without those that it cannot draw, for which it raises Unfit."""
    for plan in _drawable(plans):
        with suppress(Unfit):
            yield form(plan)


def chain(graph: Graph, options: Options) -> Plan | None:
    """Each layer of a short chain by itself; None for what is none, or is to be told otherwise."""
    if told(options) or options.repeat == "alike" or has_more(graph, options, _MANY):
        return None
    plan = Plan(graph, replace(options, repeat="none"))
    return plan if _is_short_chain(plan.whole) else None


def _is_short_chain(whole: Topology) -> bool:
    return whole.chain and len(whole.maps) <= _MANY


def tiny(options: Options) -> tuple[bool, ...]:
    """Whether blocks may be small pictures, and whether else boxes; where stages are to be boxes,
    they are no pictures of what is in them.
    """
    return (False,) if options.level in ("stage", "network") else (True, False)


def _drawable(plans: Iterable[Plan]) -> Iterator[Plan]:
    """Plans without those of more boxes than any slide has room for, unless there is no other."""
    least: Plan | None = None
    fits = False
    for plan in plans:
        if len(plan.whole.maps) <= _MOST:
            fits = True
            yield plan
        elif least is None or len(plan.whole.maps) < len(least.whole.maps):
            least = plan
    if not fits and least is not None:
        yield least


def plans(graph: Graph, options: Options) -> Iterator[Plan]:
    """What may be shown of a graph in a strip or a tower, from the most to the least.

    What is told of the detail stays. Else all is shown of a chain, and of a part by itself if it is
    small; blocks that are alike are drawn once where there is no room for all, then stages are
    folded, and then blocks are boxes with their names.
    """
    folded, insides = options.repeat != "none", Insides()
    if not told(options):
        whole = Plan(graph, options, folded=folded, insides=insides)
        if _is_short_chain(whole.whole) or (options.parts and is_small(whole.whole)):
            yield whole
    for number, (tiny_blocks, chosen) in enumerate(product(tiny(options), details(options))):
        plan = Plan(graph, chosen, tiny_blocks=tiny_blocks, folded=folded, insides=insides)
        plan.opened = len(tiny(options)) > 1
        if not number or told(options) or len(plan.whole.maps) >= FEW:
            yield plan


def with_key(picture: Picture, plan: Plan) -> Picture:
    """A picture with its legend, if that is asked for."""
    return with_meanings(picture, plan.boxes(plan.whole.maps), plan.options)
