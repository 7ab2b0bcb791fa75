"""Charts as SVG, PDF and PNG. Only this module imports matplotlib, and only when it draws.

The same numbers give the same bytes: no date, no random names, and the font of figures, which
comes along. Text in SVG is text, so that it can be searched and edited.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from archspec.analysis.units import brief
from archspec.diagnostics import ArchspecError, Diagnostic, listed
from archspec.util.svg import described

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from archspec.figures.paper import Paper
    from archspec.figures.theme import Theme

FORMATS = ("svg", "pdf", "png")

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette, told apart by the colour-blind; its yellow is too pale for paper."""

SLIDE = (9.6, 5.4)
"""Inches; words of 8 points are 15 pixels high where it is shown at 1280x720."""

FONT = 9.0
"""The size of words, in points."""

_DPI, _PAD = 200, 0.08
_DECADE = 10
_SIZES: Any = {
    "font.size": FONT,
    "axes.labelsize": 10.0,
    "axes.titlesize": 10.0,
    "xtick.labelsize": FONT,
    "ytick.labelsize": FONT,
    "legend.fontsize": FONT,
    "legend.title_fontsize": FONT,
    "figure.titlesize": 14.0,
}
"""Of words with a place of their own, in points."""

_STYLE: Any = {
    "svg.hashsalt": "archspec",  # names of clip paths, otherwise random
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "text.parse_math": False,  # a label may hold what looks like it
    "font.family": ["Liberation Sans", "sans-serif"],
    "font.sans-serif": ["Arial", "Helvetica", "DejaVu Sans"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
}
_METADATA: dict[str, dict[str, str | None]] = {
    "svg": {"Date": None, "Creator": "archspec"},
    "pdf": {"CreationDate": None, "Creator": "archspec", "Producer": None},
    "png": {"Software": "archspec"},
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """The page of a chart.

    Attributes:
        theme: the colours of paper, words and lines, and how large words are.
        page: its shape, or its pixels; None for the chart's own.
        title: what stands above it, nothing where it is empty; None for the chart's own.
    """

    theme: Theme
    page: Paper | None = None
    title: str | None = None

    @property
    def colours(self) -> tuple[str, ...]:
        """The colours of what is told apart; the last is that of words."""
        return (*COLOURS[:-1], self.theme.ink)

    def points(self, size: float) -> float:
        """How large words are, for the size they usually have."""
        return size * self.theme.font_scale

    def inches(self, own: tuple[float, float], grown: float = 1.0) -> tuple[float, float]:
        """Width and height, larger where there is much to show; a slide's short side is one's."""
        across, high = self.page.size if self.page is not None else own
        unit = grown * (1 if self.page is None else min(SLIDE) / min(across, high))
        return across * unit, high * unit

    def dots(self, across: float) -> float:
        """How many dots an inch has in a bitmap that is so many inches wide."""
        if self.page is None or not self.page.in_pixels:
            return _DPI
        return self.page.whole(self.page.resolution)[0] / across


def format_of(path: Path) -> str:
    """The format that a file's name asks for.

    Raises:
        ArchspecError: E601 where it is none of `FORMATS`.
    """
    suffix = path.suffix.removeprefix(".").lower()
    if suffix in FORMATS:
        return suffix
    raise ArchspecError(
        Diagnostic(
            "E601",
            f"`{path}` does not name a format that charts are drawn in",
            expected=listed([f".{name}" for name in FORMATS]),
        )
    )


@contextmanager
def drawing(sheet: Sheet) -> Iterator[None]:
    """Matplotlib in archspec's style and a theme's colours, whatever the user's settings say.

    Raises:
        ArchspecError: E601 where it is not installed.
    """
    try:
        import matplotlib as mpl
    except ModuleNotFoundError as error:
        raise ArchspecError(
            Diagnostic(
                "E601",
                f"a chart needs `{error.name}`, which is not installed",
                hint="pip install 'archspec-compiler[plot]'",
            )
        ) from error
    _add_font()
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a letter that no font has is an empty box
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        mpl.rcParams.update({name: sheet.points(size) for name, size in _SIZES.items()})
        mpl.rcParams.update(_coloured(sheet.theme))
        yield


def _add_font() -> None:
    """Let matplotlib find the font of figures, before any of that name on the machine."""
    from matplotlib.font_manager import fontManager

    from archspec.backends.graphviz.fonts import FILE

    if all(font.fname != str(FILE) for font in fontManager.ttflist):
        fontManager.addfont(str(FILE))
        fontManager.ttflist.insert(0, fontManager.ttflist.pop())


def _coloured(theme: Theme) -> Any:
    return {
        **dict.fromkeys(("figure.facecolor", "axes.facecolor"), theme.paper),
        **dict.fromkeys(
            ("text.color", "axes.labelcolor", "xtick.labelcolor", "ytick.labelcolor"), theme.ink
        ),
        **dict.fromkeys(("axes.edgecolor", "xtick.color", "ytick.color"), theme.line),
        "grid.color": theme.ground2,
    }


def panels(
    sheet: Sheet, own: tuple[float, float], count: int = 1, grown: float = 1.0
) -> tuple[Figure, list[Axes]]:
    """Empty charts side by side, of a height each, to be filled and saved within `drawing`.

    Args:
        own: inches, where the sheet has no page.
        grown: by how much all is larger than its words.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=sheet.inches(own, grown), dpi=_DPI)
    figure.set_layout_engine("constrained", w_pad=_PAD, h_pad=_PAD)
    return figure, [figure.add_subplot(1, count, i + 1) for i in range(count)]


def saved(figure: Figure, format: str, sheet: Sheet, title: str, description: str) -> bytes:
    """The figure as a file's content; SVG says to who does not see it what it shows."""
    out = io.BytesIO()
    figure.savefig(
        out,
        format=format,
        metadata=_METADATA[format],
        dpi=sheet.dots(figure.get_figwidth()),
        transparent=sheet.theme.transparent,
    )
    drawn = out.getvalue()
    return described(drawn, title, description) if format == "svg" else drawn


def magnitudes(axes: Axes, which: Literal["x", "y"], values: Sequence[float]) -> None:
    """An axis for quantities: with units, and logarithmic where they span more than a decade."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axis = axes.xaxis if which == "x" else axes.yaxis
    least, most = min(values), max(values)
    if least > 0 and most > _DECADE * least:
        (axes.set_xscale if which == "x" else axes.set_yscale)("log")
        few = most < _DECADE**3 * least
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if few else (1,)))
        axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(lambda value, _: tick(value))


def tick(value: float) -> str:
    """`2.5M`: a quantity as briefly as it can be said."""
    text = brief(round(value)) if round(value) else "0"
    number, unit = (text[:-1], text[-1]) if text[-1].isalpha() else (text, "")
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number}{unit}"


def round_down(number: int) -> int:
    """The largest of 1, 2, 5, 10, 20, 50, ... that is no larger."""
    power: int = 10 ** (len(str(number)) - 1)
    return max(step * power for step in (1, 2, 5) if step * power <= number)
