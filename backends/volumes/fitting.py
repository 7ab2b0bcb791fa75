"""How large things are drawn, and how much is shown: so that words are read and a slide is full."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, product
from typing import Any, Literal

from archspec.backends.pictured import Scenes
from archspec.backends.volumes.scene import Scene
from archspec.figures import solids
from archspec.figures.detail import Level
from archspec.figures.geometry import Point
from archspec.figures.maps import Maps
from archspec.figures.options import Panel
from archspec.figures.picture import MARGIN
from archspec.figures.slides import FEW, SIZE, details, legible, room, told

_TITLE, _BETWEEN = 24.0, 40.0
"""Above a picture, and between two."""
_AROUND = 2 * MARGIN + 2
"""Margins, and half a line all round."""

_SIDES, _FLAT, _THICK = (0.42, 4.0), (0.25, 4.0), (0.5, 3.0)
"""By how much solids and planes are smaller and larger, at the most, than by themselves."""
_ROOMY, _MIDDLING, _GIVEN_UP = (0.85, 1.0, 1.25), 1.2, 0.85
"""Slices under which words have room, for which sides of this size are given up; and so
much of any size for the last, under which all words have room."""
_BETTER, _MUCH = 1.04, 1.12
_VIEWS = (
    ((38.0, 1.0), 1.0),
    ((45.0, 1.0), _BETTER),
    ((52.0, 1.0), _BETTER),
    ((59.0, 1.0), _BETTER),
    ((59.0, 0.75), _MUCH),
    ((59.0, 0.55), _MUCH),
)
"""How steeply edges into the paper rise, how long they are, and by how much sides are to be larger
for that than in the view before."""
_SQUAT, _APART = 1.5, 1.25
"""By how much slices may be enlarged more than sides, and planes be further from one another: at
the most as far down as to the right."""
_LINES = (2, 3)
"""Rows in which what goes from left to right may go on."""
_STEPS = 6
_SHORTEST = 20.0
"""What a solid and the arrow to it take of a page at the least."""
_FULL, _FULLER = 0.8, 1.06
"""So much of a page's height is enough; where it is less, what is larger by that is better."""
_LARGER, _KEPT, _KEPT_FLAT = (1.43, 1.29, 1.15), 0.88, 0.75
"""Words that are so much larger than they need be, and what is to be left of solids, and of planes,
then."""
_SEVERAL, _MANY = 60, 250
"""Maps for which the first slope is good enough, and those that no slide shows."""


@dataclass(frozen=True, slots=True)
class Size:
    """By how much sides and slices are larger, and in how many rows they stand."""

    side: float = 1.0
    thick: float = 1.0
    slope: float = 38.0
    depth: float = 1.0
    lines: int = 1

    @property
    def both(self) -> Point:
        """Of sides and of slices."""
        return self.side, self.thick


@dataclass(frozen=True)
class Fit:
    """How scenes fill a page.

    Attributes:
        below: whether they stand below one another.
    """

    scenes: Sequence[Scene]
    size: Size
    below: bool = False

    @cached_property
    def shown(self) -> list[Scene]:
        """The scenes, so large."""
        return [drawn(scene, self.size) for scene in self.scenes]

    @property
    def level(self) -> Level | None:
        """How far the networks are opened."""
        return self.scenes[0].figure.detail.level

    @property
    def scenes_shown(self) -> Scenes:
        """The scenes, and how they stand together."""
        return Scenes(self.shown, self.below, left=True, chosen=", ".join(self._chosen()))

    def _chosen(self) -> Iterator[str]:
        """What is done to the networks so that they can be read, unless that was asked for."""
        options = self.scenes[0].options
        boxes = [maps.box for maps in _all_maps(self.scenes)]
        done = []
        if not told(self.scenes[0].asked) and self.level is not None:
            done.append(f"{self.level}s are slices")
        if any(box.times > 1 for box in boxes) and options.repeat == "alike":
            done.append("what is alike in a row stands once, with ×N")
        if done:
            form = options.style or "volumes"
            yield f"{form}; {'; '.join(done)} (--level layer shows all)"

    @property
    def extent(self) -> Point:
        """Width and height, with margins and titles."""
        wides, ups, downs, _ = zip(*(scene.measures for scene in self.shown), strict=True)
        if self.below:
            wide, high = max(wides), sum(ups) + sum(downs)
            high += (_BETWEEN + _TITLE) * (len(wides) - 1)
        else:
            wide, high = sum(wides) + _BETWEEN * (len(wides) - 1), max(ups) + max(downs)
        return wide + _AROUND, high + _AROUND + _TITLE

    def fits(self, page: Point) -> bool:
        """Whether a page is large enough."""
        room = page[0] - _AROUND, page[1] - _AROUND - _TITLE
        least = (scene.least for scene in self.shown)
        if any(wide > room[0] or high > room[1] for wide, high in least):
            return False
        wide, high = self.extent
        return wide <= page[0] and high <= page[1] and self.clear

    @property
    def each(self) -> list[bool]:
        """In which of them channels are written at each slice."""
        return [bool(scene.cells) and scene.each for scene in self.shown]

    @property
    def clear(self) -> bool:
        """Whether what stands above lines lies on nothing."""
        return all(scene.measures.clear for scene in self.shown)


def drawn(scene: Scene, size: Size) -> Scene:
    """A scene at a size."""
    scale = scene.fitting.times(size.side, size.thick)
    return scene.at(replace(scale, slope=size.slope, depth=size.depth), size.lines)


def fitted(scenes: Sequence[Scene], page: Point, below: bool = False, lines: int = 1) -> Fit | None:
    """The size at which scenes fill a page; None where they are too large at any.

    First sides grow as far as the page lets them, then slices become thicker, and planes stand
    further apart.

    Args:
        below: whether they stand below one another.
        lines: in how many rows each goes on.
    """
    if max(scene.length for scene in scenes) * _SHORTEST > page[0] * lines:
        return None

    def fits(size: Size) -> bool:
        return Fit(scenes, size, below).fits(page)

    flat = any(scene.flat for scene in scenes)
    smallest, most = _FLAT if flat else _SIDES
    found: Size | None = None
    one = flat or len(_all_maps(scenes)) > _SEVERAL
    for (slope, depth), better in _VIEWS[1:2] if one else _VIEWS:
        view = Size(_MIDDLING, 1.0, slope, depth, lines)
        if found is None:
            ways = _first_ways(view, smallest, fits)
        else:
            ways = _better_ways(found, better, flat)
        for side, thick in ways:
            least = replace(view, side=side, thick=thick)
            if fits(least):
                found = _largest("side", least, most, fits)
                break
    if found is None:
        return None
    if flat:
        found = _largest("depth", found, _APART, fits)
    else:
        thickest = max(found.thick, min(_THICK[1], _SQUAT * found.side))
        found = _largest("thick", found, thickest, fits)
    return Fit(scenes, found, below)


def _first_ways(view: Size, smallest: float, fits: Callable[[Size], bool]) -> Iterator[Point]:
    """Sides and slices from which to grow in a view: under slices, words have room if they can."""
    roomy = (n for n in reversed(_ROOMY) if fits(replace(view, thick=n)))
    for thick in (*islice(roomy, 1), _THICK[0], *_ROOMY):
        yield smallest, thick


def _better_ways(found: Size, better: float, flat: bool) -> Iterator[Point]:
    """The same where another view is to be better than what is found."""
    if not flat and found.thick < _ROOMY[-1]:
        yield better * _GIVEN_UP * found.side, _ROOMY[-1]
    yield better * found.side, found.thick


def _largest(
    name: Literal["side", "thick", "depth"], least: Size, most: float, fits: Callable[[Size], bool]
) -> Size:
    """The largest of a size's numbers, up to the most, that fits where the least does."""

    def at(number: float) -> Size:
        changed: dict[str, Any] = {name: number}
        return replace(least, **changed)

    if fits(at(most)):
        return at(most)
    low, high = getattr(least, name), most
    for _ in range(_STEPS):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if fits(at(middle)) else (low, middle)
    return at(low)


def fitted_scenes(figures: Sequence[Panel]) -> Scenes:
    """Figures with as much of their networks as leaves words legible, so large that all is full.

    What is told of the detail stays. Else names that were said before are left out where there
    is no room for all, then blocks are folded, then stages; what is alike is drawn once where
    there is no room for all, or solids would be small.
    """
    first = figures[0][1]
    scale = SIZE / legible(first)
    wide, high = room(first)
    page = wide * scale, high * scale
    tried: list[tuple[float, list[Scene]]] = []
    best: Fit | None = None
    last: list[Scene] | None = None  # what shows little, where nothing else is legible
    seen: list[list[Scene]] = []
    for scenes in _candidates(figures):
        seen.append(scenes)
        if best is not None and best.level != scenes[0].figure.detail.level:
            break
        few = min(len(scene.selected.maps) for scene in scenes) < FEW
        if few and tried and not told(first):
            last = last or scenes
            continue
        if len(_all_maps(scenes)) > _MANY:
            tried.append((float(_MANY), scenes))
            continue
        ways = (fitted(scenes, page, below) for below in (False, True)[: len(scenes)])
        found = max(filter(None, ways), key=lambda fit: fit.size.side, default=None)
        if found is None:
            wide, high = Fit(scenes, Size(_SIDES[0], _THICK[0]), len(scenes) > 1).extent
            tried.append((max(wide / page[0], high / page[1]), scenes))
        elif best is None or found.size.side > _FULLER * best.size.side:
            best = found
        if best is not None and best.extent[1] > _FULL * page[1]:
            break
    if best is None and last is not None:
        best = fitted(last, page)
    if best is None and first.style == "planes":
        best = _in_rows(seen, page)
    if best is not None:
        return _worded(best, page).scenes_shown
    return _enlarged(*min(tried, key=lambda each: each[0]), page)


def _in_rows(candidates: Iterable[list[Scene]], page: Point) -> Fit | None:
    """As much of planes as is legible in rows, where nothing is in one."""
    for scenes in candidates:
        if len(_all_maps(scenes)) <= _MANY:
            ways = (fitted(scenes, page, len(scenes) > 1, lines) for lines in _LINES)
            found = max(filter(None, ways), key=lambda fit: fit.size.side, default=None)
            if found is not None:
                return found
    return None


def _worded(fit: Fit, page: Point) -> Fit:
    """With words as large as they can be without making what is drawn much smaller."""
    kept = _KEPT_FLAT if all(scene.flat for scene in fit.scenes) else _KEPT
    for larger in _LARGER:
        smaller = page[0] / larger, page[1] / larger
        found = fitted(fit.scenes, smaller, fit.below, fit.size.lines)
        if found is not None and found.each == fit.each:
            sizes = zip(found.size.both, fit.size.both, strict=True)
            if all(size * larger > kept * before for size, before in sizes):
                return found
    return fit


def _all_maps(scenes: Sequence[Scene]) -> list[Maps]:
    return [maps for scene in scenes for maps in scene.selected.maps]


def _candidates(figures: Sequence[Panel]) -> Iterator[list[Scene]]:
    """Less and less of some networks, at one scale."""
    details_of = [[options, *details(options)] for _, options in figures]
    for chosen in dict.fromkeys(zip(*details_of, strict=True)):
        clear = False
        scenes: list[Scene] = []
        for lined, brief in product((True, False), (False, True)):
            if brief and not any(scene.flat or scene.tags for scene in scenes):
                continue  # no other than what is not brief
            scenes = [
                Scene(graph, options, brief=brief, lined=lined)
                for (graph, _), options in zip(figures, chosen, strict=True)
            ]
            if lined and not Fit(scenes, Size(_MIDDLING, _ROOMY[-1])).clear:
                continue
            if not lined and clear:
                break
            clear = lined
            fitting = solids.fitting(maps.shape for maps in _all_maps(scenes))
            for scene in scenes:
                scene.fitting = fitting
                scene.asked = figures[0][1]
            yield scenes


def _enlarged(by: float, scenes: Sequence[Scene], page: Point) -> Scenes:
    """Scenes that fit on no slide, on one that is larger: their words are small there."""
    several = len(scenes) > 1
    if len(_all_maps(scenes)) > _MANY:
        return Fit(scenes, Size(), several).scenes_shown
    while True:
        by *= 1.02
        found = fitted(scenes, (page[0] * by, page[1] * by), several)
        if found is not None:
            return found.scenes_shown
