"""Charts as SVG, PDF and PNG. Only this module imports matplotlib, and only when it draws.

The same numbers give the same bytes: no date, no random names, and the font that comes with
matplotlib. Text in SVG is text, so that it can be searched and edited.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from archspec.diagnostics import ArchspecError, Diagnostic, listed
from archspec.show.units import brief
from archspec.svg import described

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("svg", "pdf", "png")

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette, told apart by the colour-blind; its yellow is too pale for paper."""

_DPI = 200
_DECADE = 10
_STYLE: Any = {
    "svg.hashsalt": "archspec",  # names of clip paths, otherwise random
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "font.family": ["DejaVu Sans", "sans-serif"],
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e0e0e0",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
}
_METADATA: dict[str, dict[str, str | None]] = {
    "svg": {"Date": None, "Creator": "archspec"},
    "pdf": {"CreationDate": None, "Creator": "archspec", "Producer": None},
    "png": {"Software": "archspec"},
}


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
def drawing() -> Iterator[None]:
    """Matplotlib in archspec's style, whatever the user's own settings say.

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
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty chart of so many inches, to be filled and saved within `drawing`."""
    figure, (axes,) = panels(width, height, 1)
    return figure, axes


def panels(width: float, height: float, count: int) -> tuple[Figure, list[Axes]]:
    """Empty charts side by side in one figure of so many inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
    return figure, [figure.add_subplot(1, count, i + 1) for i in range(count)]


def saved(figure: Figure, format: str, title: str, description: str) -> bytes:
    """The figure as a file's content; SVG says to who does not see it what it shows."""
    out = io.BytesIO()
    figure.savefig(out, format=format, metadata=_METADATA[format])
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
