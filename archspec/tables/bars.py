"""Networks side by side in bars, a chart a quantity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archspec.analysis.comparison import Profile
from archspec.tables.comparison import QUANTITIES, quantity
from archspec.tables.plot import FONT, SLIDE, Sheet, drawing, panels, saved
from archspec.util.svg import listing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROOMY, _LEAST = 16, 0.75
"""So many bars stand easily below one another; with more of them the paper grows beside its words,
and with fewer it shrinks."""
_NUMBER = 4.5
"""Width of a number behind its bar, in heights of the font."""
_NAMES = 0.8
"""The share of the paper that bars have, beside names."""


def bars(profiles: Sequence[Profile], names: Sequence[str], format: str, sheet: Sheet) -> bytes:
    """The chart as a file's content: a bar a network from the top, as long as its number.

    Args:
        names: which of `comparison.QUANTITIES` have bars, from the left.

    Raises:
        ArchspecError: E601 where matplotlib is not installed.
    """
    grown = max(len(profiles) / _ROOMY, _LEAST)
    with drawing(sheet):
        figure, axes = panels(sheet, SLIDE, len(names), grown)
        if sheet.title:
            figure.suptitle(sheet.title)
        points = 72 * figure.get_figwidth() * _NAMES / len(names)
        behind = min(sheet.points(FONT) * _NUMBER / points, 0.7)
        for index, (on, name) in enumerate(zip(axes, names, strict=True)):
            _draw(on, profiles, name, sheet, behind)
            on.set_yticks(range(len(profiles)), [p.label for p in profiles] if index == 0 else [])
        called = ", ".join(QUANTITIES[name] for name in names)
        return saved(figure, format, sheet, sheet.title or called, _description(profiles, names))


def _draw(axes: Axes, profiles: Sequence[Profile], name: str, sheet: Sheet, behind: float) -> None:
    """The bars of one quantity, with room `behind` the longest for its number."""
    told = [quantity(profile, name) for profile in profiles]
    drawn = axes.barh(
        range(len(told)), [number for number, _ in told], color=sheet.colours[0], height=0.65
    )
    axes.bar_label(drawn, [text for _, text in told], padding=3, fontsize=sheet.points(FONT))
    axes.set_xlim(0, (max(number for number, _ in told) or 1) / (1 - behind))
    axes.set_title(QUANTITIES[name])
    axes.invert_yaxis()
    axes.xaxis.set_visible(False)
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _description(profiles: Sequence[Profile], names: Sequence[str]) -> str:
    """The numbers of each network."""
    rows = []
    for profile in profiles:
        numbers = (f"{quantity(profile, name)[1]} {QUANTITIES[name]}" for name in names)
        rows.append(f"{profile.label}: {', '.join(numbers)}")
    return listing("networks", rows)
