"""Pictures as lists of shapes and words, which any format can be written from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from math import cos, radians, sin
from operator import attrgetter
from typing import Any, Literal, get_args

from archspec.figures.geometry import Corners, Point, around
from archspec.figures.measure import width
from archspec.figures.paint import INK, PAPER, Paint

Anchor = Literal["start", "middle", "end"]

Outline = tuple[float, float, float, float]
"""Left, top, width and height."""

MARGIN = 14.0
TITLE, HEADING = 15.0, 18.0
"""The size of a picture's title, where words are 10 points high, and of that of several."""
ENLARGED = 2.5
"""What is small is not blown up to any size."""

ALWAYS = 0
"""The step of what is there from the first on, such as a title."""

_BETWEEN = 28.0
_ASCENT, _DESCENT = 0.76, 0.24
_ABOVE = 0.8
"""Of a title's size: how far its baseline is above what it stands over."""


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed shape."""

    points: tuple[Point, ...]
    fill: Paint
    line: Paint | None = None
    thick: float = 1.0
    dashed: bool = False
    dotted: bool = False
    since: int = ALWAYS


@dataclass(frozen=True, slots=True)
class Line:
    """An open line."""

    points: tuple[Point, ...]
    line: Paint
    thick: float = 1.0
    dashed: bool = False
    since: int = ALWAYS


@dataclass(frozen=True, slots=True)
class Oval:
    """An ellipse, by its middle and its radii."""

    middle: Point
    radii: Point
    fill: Paint
    line: Paint
    thick: float = 1.0
    dashed: bool = False
    since: int = ALWAYS


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text; `at` is on the baseline, at its start, middle or end.

    Attributes:
        turned: whether it is read from top to bottom, with its baseline on the left.
        ground: what it stands on, where it is turned or slanted.
        slant: by how many degrees it rises to the right.
    """

    at: Point
    text: str
    size: float
    paint: Paint
    anchor: Anchor = "middle"
    turned: bool = False
    ground: Paint = PAPER
    slant: float = 0.0
    since: int = ALWAYS

    @property
    def angle(self) -> float:
        """By how many degrees it is turned clockwise."""
        return 90.0 if self.turned else -self.slant

    @property
    def start(self) -> Point:
        """The beginning of its baseline."""
        along, (x, y) = width(self.text, self.size), self.at
        back = {"start": 0.0, "middle": along / 2, "end": along}[self.anchor]
        turn = radians(self.angle)
        return x - back * cos(turn), y - back * sin(turn)

    @property
    def outline(self) -> tuple[Point, Point, Point, Point]:
        """The corners of what it covers, however it is turned."""
        (x, y), along, turn = self.start, width(self.text, self.size), radians(self.angle)
        right, up = (cos(turn), sin(turn)), (sin(turn), -cos(turn))

        def at(a: float, b: float) -> Point:
            return x + a * right[0] + b * up[0], y + a * right[1] + b * up[1]

        low, high = -_DESCENT * self.size, _ASCENT * self.size
        return at(0, low), at(along, low), at(along, high), at(0, high)

    @property
    def left(self) -> float:
        """Where it begins: its least x, or its least y where it is turned."""
        along = width(self.text, self.size)
        return self.at[self.turned] - {"start": 0.0, "middle": along / 2, "end": along}[self.anchor]


Item = Polygon | Line | Oval | Words
"""Each has a step since which it is there, where a figure is built up step by step."""


def corners(item: Item) -> Corners:
    """Upper left and lower right corner of what an item covers; y grows downwards."""
    if isinstance(item, Words) and item.slant:
        return around(item.outline)
    if isinstance(item, Words):
        left, y = item.left, item.at[1]
        right = left + width(item.text, item.size)
        if item.turned:
            x = item.at[0]
            return (x - _DESCENT * item.size, left), (x + _ASCENT * item.size, right)
        return (left, y - _ASCENT * item.size), (right, y + _DESCENT * item.size)
    half = item.thick / 2
    if isinstance(item, Oval):
        (x, y), (across, up) = item.middle, item.radii
        return (x - across - half, y - up - half), (x + across + half, y + up + half)
    (left, top), (right, low) = around(item.points)
    return (left - half, top - half), (right + half, low + half)


@dataclass(frozen=True)
class Picture:
    """Shapes and words, the later over the earlier.

    Attributes:
        axis: the height along which it lies: what is beside it has its own there.
        stem: the x along which it stands, where it does: a title has its middle there.
        box: the corners of all there is, without a margin.
    """

    items: tuple[Item, ...]
    axis: float = 0.0
    stem: float | None = None

    @cached_property
    def box(self) -> Corners:
        if not self.items:
            return (0.0, self.axis), (0.0, self.axis)
        starts, ends = zip(*map(corners, self.items), strict=True)
        return around(starts)[0], around(ends)[1]

    @property
    def middle(self) -> float:
        """The x of its stem, or halfway between its edges."""
        (left, _), (right, _) = self.box
        return (left + right) / 2 if self.stem is None else self.stem

    def with_more(self, items: Sequence[Item]) -> Picture:
        """The same with more over it."""
        whole = replace(self, items=(*self.items, *items))
        if self.items and items:  # what is measured is not measured again
            vars(whole)["box"] = around((*self.box, *Picture(tuple(items)).box))
        return whole

    def moved(self, dx: float, dy: float) -> Picture:
        """The same elsewhere."""
        stem = None if self.stem is None else self.stem + dx
        return Picture(tuple(_moved(item, dx, dy) for item in self.items), self.axis + dy, stem)

    def scaled(self, factor: float) -> Picture:
        """The same, larger; lines stay as thick as they are."""
        if factor == 1:
            return self
        items = tuple(_scaled(item, factor) for item in self.items)
        stem = None if self.stem is None else self.stem * factor
        return Picture(items, self.axis * factor, stem)

    def since(self, step: int) -> Picture:
        """The same, all of it there from a step on."""
        return self._coming(lambda _: step)

    def no_sooner(self, step: int) -> Picture:
        """The same, none of it there before a step."""
        return self._coming(lambda since: max(since, step))

    def after(self, steps: int) -> Picture:
        """The same, where it begins after so many steps of something else."""
        return self._coming(lambda since: max(since, 1) + steps) if steps else self

    def _coming(self, step: Callable[[int], int]) -> Picture:
        """The same, each item of it there from another step on."""
        steps = ((item, step(item.since)) for item in self.items)
        items = (item if item.since == to else replace(item, since=to) for item, to in steps)
        return replace(self, items=tuple(items))

    def until(self, step: int) -> Picture:
        """What is there of it with a step."""
        return replace(self, items=tuple(item for item in self.items if item.since <= step))

    @property
    def steps(self) -> list[int]:
        """The steps with which anything comes; of what is there as a whole, that alone."""
        return sorted({item.since for item in self.items} - {ALWAYS}) or [ALWAYS]

    def outline(self, page: Point | None = None) -> Outline:
        """Of the sheet it is drawn on, of a page's shape if given."""
        (left, top), (right, low) = self.box
        wide, high = right - left + 2 * MARGIN, low - top + 2 * MARGIN
        if page is not None:
            scale = min(page[0] / wide, page[1] / high, ENLARGED)
            wide, high = page[0] / scale, page[1] / scale
        return (left + right - wide) / 2, (top + low - high) / 2, wide, high

    def words(self) -> Iterator[str]:
        """All that is written in it."""
        return (item.text for item in self.items if isinstance(item, Words))


def _moved(item: Item, dx: float, dy: float) -> Item:
    if isinstance(item, Words):
        return _put(item, (item.at[0] + dx, item.at[1] + dy))
    if isinstance(item, Oval):
        return _put(item, (item.middle[0] + dx, item.middle[1] + dy))
    return _put(item, tuple([(x + dx, y + dy) for x, y in item.points]))


_BUT_WHERE: dict[Any, attrgetter[tuple[Any, ...]]] = {
    kind: attrgetter(*[one.name for one in fields(kind)[1:]]) for kind in get_args(Item)
}
"""What an item is, without its first field, which says where that is."""


def _put(item: Item, where: Point | tuple[Point, ...]) -> Item:
    """The same elsewhere, for which `replace` takes three times as long."""
    kind: Callable[..., Item] = type(item)
    return kind(where, *_BUT_WHERE[kind](item))


def _scaled(item: Item, factor: float) -> Item:
    def point(at: Point) -> Point:
        return at[0] * factor, at[1] * factor

    if isinstance(item, Words):
        return replace(item, at=point(item.at), size=item.size * factor)
    if isinstance(item, Oval):
        return replace(item, middle=point(item.middle), radii=point(item.radii))
    return _put(item, tuple([(x * factor, y * factor) for x, y in item.points]))


def titled(picture: Picture, title: str, size: float = TITLE) -> Picture:
    """A picture with a title over it, which is its last item, where it has any."""
    if not title:
        return picture
    words = Words((picture.middle, picture.box[0][1] - _ABOVE * size), title, size, INK)
    return picture.with_more([words])


def beside(pictures: Sequence[Picture], titles: Sequence[str]) -> Picture:
    """Pictures in a row, their axes on one line, and their titles on another."""
    items: list[Item] = []
    x = 0.0
    whole = [titled(*each) for each in zip(pictures, titles, strict=True)]
    top = min((picture.box[0][1] - picture.axis for picture in whole), default=0.0)
    for picture, title in zip(whole, titles, strict=True):
        (left, _), (right, _) = picture.box
        items += picture.moved(x - left, -picture.axis).items
        last = items[-1] if title else None
        if isinstance(last, Words):
            items[-1] = replace(last, at=(last.at[0], top + _ASCENT * last.size))
        x += right - left + _BETWEEN
    return Picture(tuple(items))


def stacked(pictures: Sequence[Picture], titles: Sequence[str], left: bool = False) -> Picture:
    """Pictures one below another, each under its title.

    Args:
        left: whether their left edges are on one line, and not their middles.
    """
    items: list[Item] = []
    low = 0.0
    for picture, title in zip(pictures, titles, strict=True):
        whole = titled(picture, title)
        (_, top), (_, bottom) = whole.box
        items += whole.moved(-picture.box[0][0] if left else -picture.middle, low - top).items
        low += bottom - top + _BETWEEN
    return Picture(tuple(items))
