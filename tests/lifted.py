"""What lifted files are measured with: graphs from nowhere, length, transfer, local changes."""

from __future__ import annotations

import contextlib
import difflib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archspec import pipeline
from archspec.diagnostics import ArchspecError, Source
from archspec.elaboration.build import build
from archspec.frontend.loading import load, load_source
from archspec.frontend.printer import print_spec
from archspec.frontend.using import library
from archspec.ir.equality import difference
from archspec.ir.graph import Definition, Graph
from archspec.lifting.lift import lift, lift_family

HAND = Path(__file__).parent / "hand"


# --- Graphs from nowhere ------------------------------------------------------------------


def bare(graph: Graph, *, plain: bool = False) -> Graph:
    """A graph without a trace of the spec that it came from; changed in place.

    `plain` also takes what figures say of it, which files written by hand leave out.
    """
    graph.provenance = graph.origin = None
    for part in (*graph.nodes, *graph.instances):
        part.origin = None
        if plain:
            part.label, part.doc = None, ""
    if plain:
        graph.label = graph.title = graph.source = graph.year = None
        for instance in graph.instances:
            instance.kind = None
            instance.notes.clear()
            if instance.block is not None:
                instance.block.doc = ""
    return graph


def hidden(graph: Graph) -> Graph:
    """A graph whose blocks are called b1, b2, …, and no values of parameters known; in place."""
    known: dict[Definition, Definition] = {}
    for instance in graph.instances:
        if instance.block is not None:
            fresh = Definition(f"b{len(known) + 1}", instance.block.inputs)
            instance.block = known.setdefault(instance.block, fresh)
        instance.params, instance.passed = {}, frozenset()
    graph.params, graph.declared = {}, {}
    return graph


def again(text: str, variant: str | None = None, **params: Any) -> Graph:
    """The graph of a lifted file."""
    return build(load_source(Source("lifted.yaml", text)), variant=variant, params=params)


def unlike(one: Graph, other: Graph) -> str | None:
    """The first difference of two graphs, the parameters of blocks and of the network left aside.

    A lift may find other parameters than those that blocks had; instances of one block hold the
    same nodes all the same.
    """
    for graph in (one, other):
        graph.params, graph.declared, graph.variant = {}, {}, None
        for instance in graph.instances:
            instance.params, instance.passed = {}, frozenset()
            if instance.block is not None:
                instance.block.params = {}
    return difference(one, other)


# --- Length -------------------------------------------------------------------------------

_COMMENT = re.compile(r"(^|\s)#(?![0-9a-fA-F]{6}).*$")
_ASIDE = ("description", "source", "year")


@dataclass(frozen=True)
class Length:
    """Lines that are not blank, their characters, and how many are longer than 100."""

    lines: int
    characters: int
    long: int

    @classmethod
    def of(cls, lines: Sequence[str]) -> Length:
        """The length of a text without comments and blank lines."""
        plain = [_COMMENT.sub("", line).rstrip() for line in lines]
        plain = [line for line in plain if line]
        return cls(len(plain), sum(map(len, plain)), sum(len(line) > 100 for line in plain))

    def __add__(self, other: Length) -> Length:
        return Length(
            self.lines + other.lines,
            self.characters + other.characters,
            self.long + other.long,
        )

    def ratios(self, other: Length) -> tuple[float, float]:
        """How much longer this is, in lines and in characters."""
        return self.lines / other.lines, self.characters / other.characters

    def beside(self, other: Length) -> float:
        """How much longer this is, in lines or in characters, whichever is more."""
        return max(self.ratios(other))


def length(text: str) -> Length:
    """The length of a file, without what no graph says: its source, its description."""
    parts = sections(text.splitlines())
    return Length.of([line for key, lines in parts if key not in _ASIDE for line in lines])


def sections(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """The entries of a mapping in block style: each key, with its lines."""
    keyed = [re.match(r"( *)([\w.-]+):", line) for line in lines]
    margin = min((len(match[1]) for match in keyed if match), default=0)
    starts = [at for at, match in enumerate(keyed) if match and len(match[1]) == margin]
    for at, end in zip(starts, [*starts[1:], len(lines)], strict=False):
        match = keyed[at]
        if match:
            yield match[2], list(lines[at:end])


def family_length(path: Path) -> Length:
    """The length of a shipped file, with the blocks of other files that it uses."""
    text = path.read_text(encoding="utf-8")
    total, left, done = length(text), [text], set[str]()
    shelf: dict[str, str] = {}
    used = _used(text)
    while used:
        name = used.pop()
        file = library() / name
        if not file.is_file():
            file = library() / "blocks" / name.removeprefix("std/")
        content = file.read_text(encoding="utf-8")
        used += _used(content)
        shelf |= definitions(content)
    while left:
        words = set(re.findall(r"\w+", left.pop()))
        for name in sorted(words & shelf.keys() - done):
            done.add(name)
            total += Length.of(shelf[name].splitlines())
            left.append(shelf[name])
    return total


def _used(text: str) -> list[str]:
    """The files that a file names under `use`."""
    line = re.search(r"^use: \[(.*)\]", text, re.MULTILINE)
    return line[1].split(", ") if line else []


def definitions(text: str) -> dict[str, str]:
    """The text of each block that a file defines."""
    top = dict(sections(text.splitlines()))
    return {name: "\n".join(lines) for name, lines in sections(top.get("blocks", [""])[1:])}


# --- Lifting ------------------------------------------------------------------------------


@dataclass
class Lifted:
    """One lifted file: its text, why it is not equal or was refused, and the time it took."""

    text: str = ""
    wrong: str | None = None
    refused: str | None = None
    seconds: float = 0.0
    """CPU time of lifting, without checking."""


def timed(make: Callable[[], Any]) -> tuple[Any, float]:
    """What is made, and how much CPU time that took."""
    start = time.process_time()
    made = make()
    return made, time.process_time() - start


def lifted(graph: Graph) -> Lifted:
    """A graph, lifted and compared with what is elaborated from its text."""
    return _checked(lambda: lift(graph), [(None, graph)])


def lifted_family(graphs: Sequence[Graph]) -> Lifted:
    """Variants of a family in one file, each compared with what is elaborated from it."""
    several = len(graphs) > 1
    wanted = [(graph.variant if several else None, graph) for graph in graphs]
    return _checked(lambda: lift_family(graphs), wanted)


def _checked(make: Callable[[], Any], wanted: Sequence[tuple[str | None, Graph]]) -> Lifted:
    found = Lifted()
    try:
        data, found.seconds = timed(make)
    except ArchspecError as error:
        found.refused = str(error).splitlines()[0]
        return found
    except Exception as error:  # a crash is one more way to be wrong, and the others are measured
        found.wrong = f"{type(error).__name__}: {error}"
        return found
    found.text = print_spec(data)
    for variant, graph in wanted:
        try:
            wrong = unlike(graph, again(found.text, variant))
        except ArchspecError as error:
            wrong = str(error).splitlines()[0]
        if wrong is not None:
            found.wrong = f"{variant}: {wrong}" if variant else wrong
            break
    return found


def family(path: Path, change: Callable[[Graph], Graph] = bare) -> list[Graph]:
    """The graphs of all variants of a shipped file, changed."""
    document = load(path)
    return [change(pipeline.elaborate(document, form)) for form in pipeline.forms(document)]


# --- Transfer -----------------------------------------------------------------------------


def transfers(path: Path, out: str) -> bool:
    """Whether a variant follows from the parameters of what the others of its family are lifted to.

    The values are tried that it has in the shipped file, and those that it has where it is
    lifted with the others, there by the names of parameters and by the values they have in these.
    """
    graphs = family(path)
    (last,) = (graph for graph in graphs if graph.variant == out)
    others = [graph for graph in graphs if graph.variant != out]
    rows, text = [dict(last.params)], ""
    with contextlib.suppress(ArchspecError):  # what is refused is counted elsewhere
        apart = lift_family(others)
        text = print_spec(apart)
        together = lift_family(graphs)
        rows += [_values(together, out), _translated(apart, together, out)]
        rows.append({**rows[-1], **rows[0]})
    return bool(text) and any(_gives(text, row, last) for row in rows)


def _values(data: Mapping[str, Any], variant: str) -> dict[str, Any]:
    """The values that the parameters of a lifted family have in a variant."""
    said = data.get("params", {})
    defaults = {k: next(iter(v.values())) if isinstance(v, dict) else v for k, v in said.items()}
    row = data["variants"][variant] if "variants" in data else {}
    return defaults | {name: value for name, value in row.items() if name in defaults}


def _translated(apart: Mapping[str, Any], together: Mapping[str, Any], out: str) -> dict[str, Any]:
    """What a variant has in parameters that are alike in all others, whatever they are called."""
    columns, wanted = (
        {
            name: [_values(data, variant)[name] for variant in apart.get("variants", {})]
            for name in data.get("params", {})
        }
        for data in (together, apart)
    )
    last = _values(together, out)
    return {
        name: last[other]
        for name, values in wanted.items()
        for other in sorted(columns, key=lambda word: word == name)
        if columns[other] == values
    }


def _gives(text: str, row: Mapping[str, Any], wanted: Graph) -> bool:
    """Whether a file gives a graph where its parameters have the values of a row."""
    known = load_source(Source("lifted.yaml", text)).spec.params
    given = {name: value for name, value in row.items() if name in known}
    with contextlib.suppress(ArchspecError):
        found = again(text, **given)
        for graph in (found, wanted):  # what a variant is called does not follow from parameters
            graph.label = graph.title = None
        return unlike(wanted, found) is None
    return False


# --- Local changes ------------------------------------------------------------------------


def altered(before: str, after: str) -> int:
    """How many lines of a file another one changes, adds or leaves out."""
    one, other = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return sum(
        max(end - start, to - at)
        for tag, start, end, at, to in matcher.get_opcodes()
        if tag != "equal"
    )


def blocks_of(texts: Sequence[str]) -> Iterator[tuple[str, set[str]]]:
    """Each block that several files define, and the texts that it has in them."""
    found: dict[str, list[str]] = {}
    for text in texts:
        for name, body in definitions(text).items():
            found.setdefault(name, []).append(body)
    for name, bodies in found.items():
        if len(bodies) > 1:
            yield name, set(bodies)
