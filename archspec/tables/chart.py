"""Many networks in one chart: operations against parameters, or accuracy against operations.

The second is the chart of Canziani et al. 2016, "An Analysis of Deep Neural Network Models for
Practical Applications", Fig. 2: top-1 accuracy against operations, with areas in proportion to
the number of parameters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import dist, inf, pi, sqrt
from typing import TYPE_CHECKING, Any

from archspec.analysis.comparison import Profile
from archspec.analysis.units import brief
from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.ops.unknown import UNKNOWN
from archspec.tables.labels import Spot, arrange
from archspec.tables.plot import (
    COLOURS,
    FONT,
    SLIDE,
    Sheet,
    drawing,
    magnitudes,
    panels,
    round_down,
    saved,
    tick,
)
from archspec.util.svg import listing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Point = tuple[float, float]

_MARKERS = "osD^vPX<>*"
_DOT = 36.0
"""Area of a point, in square points of the paper, 72 to the inch."""
_BUBBLE = 1600.0
"""Area of the largest bubble."""
_REACH = 1.25
"""How much further a square reaches than a circle of its area, to its corners; and a triangle."""
_INCH = 72
_ROOMY, _LEAST, _MOST = 20, 0.75, 2.5
"""So many names fit easily; with more of them the paper grows beside its words, up to so many
times, and with fewer it shrinks."""


def chart(profiles: Sequence[Profile], format: str, sheet: Sheet) -> tuple[bytes, list[str]]:
    """The chart as a file's content, and the names that found no place in it.

    Where accuracies are known, they stand against operations; networks without one are left out,
    and so is a network whose operations are unknown.

    Raises:
        ArchspecError: E601 where matplotlib is not installed, E114 where nothing is left to show.
    """
    bubbles = any(profile.top1 is not None for profile in profiles)
    shown = [p for p in profiles if p.top1 is not None] if bubbles else list(profiles)
    shown = [p for p in shown if p.stats.totals.macs is not UNKNOWN]
    if not shown:
        raise ArchspecError(Diagnostic("E114", "how much these networks compute is unknown"))
    points = [_point(profile, bubbles) for profile in shown]
    areas = _areas(shown) if bubbles else [_DOT] * len(shown)
    scale = min(max(sqrt(len(shown) / _ROOMY), _LEAST), _MOST)
    with drawing(sheet):
        figure, (axes,) = panels(sheet, SLIDE, grown=scale)
        if sheet.title:
            figure.suptitle(sheet.title)
        _axes(axes, points, bubbles, shown[0].stats.batch)
        drawn = _draw(axes, shown, points, areas, bubbles, sheet)
        if bubbles and any(p.stats.totals.params for p in shown):
            _sizes(axes, max(p.stats.totals.params for p in shown), sheet)
        figure.draw_without_rendering()  # settles the layout, in which names then find a place
        figure.set_layout_engine("none")
        marks = list(zip(points, areas, drawn, strict=True))
        missing = _name(axes, [profile.label for profile in shown], marks, sheet)
        title = sheet.title or f"{axes.get_ylabel()} against {axes.get_xlabel()}"
        return saved(figure, format, sheet, title, _description(shown)), missing


def _description(shown: Sequence[Profile]) -> str:
    """The numbers of each network."""
    rows = []
    for profile in shown:
        totals = profile.stats.totals
        top1 = "" if profile.top1 is None else f", top-1 {profile.top1:g}%"
        numbers = f"{brief(totals.params)} parameters, {brief(totals.macs)} MACs{top1}"
        rows.append(f"{profile.label}: {numbers}")
    return listing("networks", rows)


def _point(profile: Profile, bubbles: bool) -> Point:
    totals = profile.stats.totals
    if bubbles:
        return totals.macs, profile.top1 or 0.0
    return totals.params, totals.macs


def _areas(shown: Sequence[Profile]) -> list[float]:
    """Of bubbles: in proportion to the parameters, but large enough to be seen."""
    most = max(profile.stats.totals.params for profile in shown) or 1
    return [max(_BUBBLE * profile.stats.totals.params / most, 4.0) for profile in shown]


def _axes(axes: Axes, points: Sequence[Point], bubbles: bool, batch: int) -> None:
    operations = f"multiply-accumulates, batch {batch}"
    magnitudes(axes, "x", [x for x, _ in points])
    axes.margins(0.1)
    if bubbles:
        axes.set_xlabel(operations)
        axes.set_ylabel("top-1 accuracy (%)")
    else:
        magnitudes(axes, "y", [y for _, y in points])
        axes.set_xlabel("parameters")
        axes.set_ylabel(operations)


def _draw(
    axes: Axes,
    shown: Sequence[Profile],
    points: Sequence[Point],
    areas: Sequence[float],
    bubbles: bool,
    sheet: Sheet,
) -> list[str]:
    """The points, of a colour and a shape for each family; the shapes are returned.

    Areas of all shapes are of one scale.
    """
    families: dict[str, list[int]] = {}
    for i, profile in enumerate(shown):
        families.setdefault(profile.family, []).append(i)
    axes.update_datalim(points)
    axes.autoscale_view()  # so that places are those on the paper
    places = axes.transAxes.inverted().transform(axes.transData.transform(points))
    colours = palette([[tuple(places[i]) for i in members] for members in families.values()])
    handles = []
    drawn: dict[int, str] = {}
    for members, colour, shape in zip(families.values(), colours, shapes(colours), strict=True):
        family = shown[members[0]].kin
        fill = sheet.colours[colour]
        look: Any = {"facecolors": fill, "marker": shape, "label": family}
        if bubbles:
            look |= {"edgecolors": fill, "alpha": 0.55}
        xs, ys = zip(*(points[i] for i in members), strict=True)
        scale = _scale(shape)
        drawn |= dict.fromkeys(members, shape)
        axes.scatter(xs, ys, s=[areas[i] * scale for i in members], zorder=2, **look)
        handles.append(axes.scatter([], [], s=_DOT * scale, **look))
    if 1 < len(families) < len(shown):
        axes.figure.legend(handles=handles, loc="outside right upper")
    return [drawn[i] for i in range(len(shown))]


def palette(series: Sequence[Sequence[Point]], colours: int = len(COLOURS)) -> list[int]:
    """A colour for each series: another one than those of all that come near it, if it can be.

    The first have one each. Any further one has that of which the nearest point is farthest, that
    of its neighbour in the legend aside.
    """
    chosen: list[int] = []
    for points in series:
        room = [inf] * colours
        for other, colour in zip(series, chosen, strict=False):
            room[colour] = min(room[colour], *(dist(a, b) for a in points for b in other))
        if chosen and colours > 1:
            room[chosen[-1]] = -inf
        chosen.append(room.index(max(room)))
    return chosen


def shapes(colours: Sequence[int]) -> list[str]:
    """The shape of each series' points: by turns, and none twice in one colour while there is one.

    So whoever sees no colours tells as many series apart as there are shapes.
    """
    taken: dict[int, Counter[str]] = {}
    used: Counter[str] = Counter()
    found = []
    for colour in colours:
        own = taken.setdefault(colour, Counter())
        shape = min(_MARKERS, key=lambda mark: (own[mark], used[mark]))
        own[shape] += 1
        used[shape] += 1
        found.append(shape)
    return found


def _scale(marker: str) -> float:
    """By how much a marker is to be larger for its area to be that of a circle of its size."""
    from matplotlib.markers import MarkerStyle

    style: Any = MarkerStyle(marker)
    outline = style.get_path().transformed(style.get_transform()).to_polygons()[0]
    corners = [(float(x), float(y)) for x, y in outline]
    area = abs(sum(a * d - b * c for (a, b), (c, d) in pairwise(corners))) / 2
    return pi / 4 / area


def _sizes(axes: Axes, most: int, sheet: Sheet) -> None:
    """What the areas of the bubbles stand for."""
    largest = round_down(most)
    counts = [largest, largest // 4, largest // 20]
    grey = sheet.theme.frame
    marks = {tick(n): axes.scatter([], [], s=_BUBBLE * n / most, c=grey) for n in counts if n}
    # The room of the largest bubble, in heights of the font.
    room = 2 * sqrt(_BUBBLE / pi) / sheet.points(FONT)
    axes.figure.legend(
        handles=list(marks.values()),
        labels=list(marks),
        title="parameters",
        loc="outside right lower",
        handlelength=room,
        handleheight=room,
        labelspacing=0,
        scatteryoffsets=[0.08],  # level with the text
    )


def _name(
    axes: Axes, names: Sequence[str], marks: Sequence[tuple[Point, float, str]], sheet: Sheet
) -> list[str]:
    """Write the names beside their points; those that found no place are returned."""
    figure = axes.figure
    unit = _INCH / figure.dpi
    frame = axes.get_window_extent()
    texts = [figure.text(0, 0, name, fontsize=sheet.points(FONT)) for name in names]
    spots = []
    for text, (point, area, shape) in zip(texts, marks, strict=True):
        x, y = axes.transData.transform(point)
        box = text.get_window_extent()
        where = ((x - frame.x0) * unit, (y - frame.y0) * unit)
        disk = shape == _MARKERS[0]
        radius = (1.0 if disk else _REACH) * sqrt(area / pi)
        spots.append(Spot(*where, radius, box.width * unit, box.height * unit, disk))
        text.remove()
    places = arrange(spots, frame.width * unit, frame.height * unit)
    for name, (point, *_), spot, place in zip(names, marks, spots, places, strict=True):
        if place is not None:
            _beside(axes, point, name, (place.x - spot.x, place.y - spot.y), sheet)
            if place.start is not None:
                _beside(axes, point, "", (place.start[0] - spot.x, place.start[1] - spot.y), sheet)
    return [name for name, place in zip(names, places, strict=True) if place is None]


def _beside(axes: Axes, point: Point, text: str, offset: Point, sheet: Sheet) -> None:
    """A text so far from a point, or a line to the point if there is none."""
    line = {"arrowstyle": "-", "color": sheet.theme.frame, "linewidth": 0.5}
    axes.annotate(
        text,
        point,
        offset,
        textcoords="offset points",
        fontsize=sheet.points(FONT),
        va="bottom",
        arrowprops=None if text else line,
        zorder=3,
    )
