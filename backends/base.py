"""What a backend is: found by its name, loaded when asked for.

A backend is a package `archspec.backends.<name>` with an object called `backend`. It reads
the graph and the ops, and nothing of archspec knows it by anything but its name; so what it
imports, a framework of gigabytes perhaps, is imported when it is used and not before.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from archspec import backends
from archspec.codegen.target import Target
from archspec.diagnostics import ArchspecError, Diagnostic, did_you_mean, listed
from archspec.ir.graph import Graph

if TYPE_CHECKING:
    from archspec.figures.options import Options


class Unfit(Exception):
    """A form cannot show a network as what the form is."""


@runtime_checkable
class Compiler(Protocol):
    """A backend that turns a graph into a program."""

    def source(self, graph: Graph) -> str:
        """The program's text, ready to be saved."""
        ...

    @property
    def target(self) -> Target:
        """What the order of the program's ops is planned for, and the classes it consists of."""
        ...

    def compile(self, graph: Graph, *, device: Any = None, dtype: Any = None) -> Any:
        """What the text defines, built: for torch, an `nn.Module`."""
        ...

    def check(self, graph: Graph, *, device: Any = None, dtype: Any = None, batch: int = 2) -> Any:
        """Run it on random input and compare with the graph; the report's `str` is shown.

        Raises:
            ArchspecError: E606 where they disagree.
        """
        ...

    def load_weights(self, module: Any, file: str | Path, *, strict: bool = True) -> Any:
        """The compiled module, filled from a file of weights; it warns of what is left."""
        ...


@runtime_checkable
class Renderer(Protocol):
    """A backend that draws a graph."""

    formats: tuple[str, ...]

    def render(
        self,
        graph: Graph | Sequence[Graph],
        path: str | Path,
        format: str | None = None,
        options: Options | None = None,
    ) -> None:
        """Write the figure to a file."""
        ...


@runtime_checkable
class Describer(Renderer, Protocol):
    """A backend that also gives a figure as text that others can draw."""

    def dot(self, graph: Graph | Sequence[Graph], options: Options | None = None) -> str:
        """The figure as text; of several graphs, side by side."""
        ...


@runtime_checkable
class Stepper(Renderer, Protocol):
    """A backend that also builds a figure up step by step."""

    def steps(
        self, graph: Graph | Sequence[Graph], format: str, options: Options | None = None
    ) -> list[bytes]:
        """The figure with each of its steps, as files of that format; the last is all of it."""
        ...


def names() -> list[str]:
    """The backends there are."""
    return sorted(m.name for m in pkgutil.iter_modules(backends.__path__) if m.ispkg)


def find(name: str) -> object:
    """The backend of that name.

    Raises:
        ArchspecError: E601 where there is none, or what it needs is not installed.
    """
    if name not in names():
        raise ArchspecError(
            Diagnostic(
                "E601",
                f"no backend is called `{name}`",
                expected=listed(names()),
                hint=did_you_mean(name, names()),
            )
        )
    with needing(name):
        found: object = importlib.import_module(f"{backends.__name__}.{name}").backend
    return found


def compiler(name: str) -> Compiler:
    """The backend of that name, which must be one that compiles (E601)."""
    found = find(name)
    if isinstance(found, Compiler):
        return found
    raise ArchspecError(Diagnostic("E601", f"the backend `{name}` does not compile"))


def renderer(name: str) -> Renderer:
    """The backend of that name, which must be one that draws (E601)."""
    found = find(name)
    if isinstance(found, Renderer):
        return found
    raise ArchspecError(Diagnostic("E601", f"the backend `{name}` does not draw"))


def describer(name: str) -> Describer:
    """The backend of that name, which must be one that gives figures as text (E601)."""
    found = find(name)
    if isinstance(found, Describer):
        return found
    raise ArchspecError(Diagnostic("E601", f"the backend `{name}` does not write text"))


def stepper(name: str) -> Stepper:
    """The backend of that name, which must be one that builds figures up (E608)."""
    found = find(name)
    if isinstance(found, Stepper):
        return found
    raise ArchspecError(Diagnostic("E608", f"the backend `{name}` has no figures step by step"))


PICTURES = ("svg", "pdf", "png", "dot")
"""What figures are written as that are neither folded nor unfolded any more."""

PRINTED = ("svg", "pdf", "png")
"""What a figure is written as on paper or a slide."""

FORMATS = (*PICTURES, "html")
"""What figures are written as, by one backend or another."""


def format_of(path: Path, format: str | None, among: Collection[str] = FORMATS) -> str:
    """The format to write a figure in: as asked for, else as the file's name ends.

    Raises:
        ArchspecError: E601 where it is none of `among`.
    """
    wanted = (path.suffix[1:] if format is None else format).lower()
    if wanted in among:
        return wanted
    if wanted:
        message = f"no figure can be written as `{wanted}`"
    else:
        message = f"`{path}` does not say which format to write"
    raise ArchspecError(
        Diagnostic(
            "E601",
            message,
            expected=listed(among),
            hint=did_you_mean(wanted, among) or "end the name in .svg",
        )
    )


_MOST_STEPS = 100

Each = TypeVar("Each")


def few(steps: Sequence[Each]) -> Sequence[Each]:
    """The steps of a figure, where they are no more than anyone would show.

    Raises:
        ArchspecError: E608 where they are.
    """
    if len(steps) <= _MOST_STEPS:
        return steps
    raise ArchspecError(
        Diagnostic(
            "E608",
            f"the figure has {len(steps):,} steps",
            expected=f"at most {_MOST_STEPS}",
            hint="show less of it, with --level, --depth or --only",
        )
    )


_DISTRIBUTIONS = {"torch": "pip install 'archspec-compiler[torch]'"}


@contextmanager
def needing(name: str) -> Iterator[None]:
    """A framework that is not installed becomes E601, with what to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in ("", "archspec"):
            raise
        raise ArchspecError(
            Diagnostic(
                "E601",
                f"the backend `{name}` needs `{missing}`, which is not installed",
                hint=_DISTRIBUTIONS.get(missing, f"pip install {missing}"),
            )
        ) from error
