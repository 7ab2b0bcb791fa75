"""An explanation as a table in which each number has its arithmetic, as records, and as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from textwrap import wrap
from typing import Any

from archspec.analysis.arithmetic import Line as Arithmetic
from archspec.analysis.arithmetic import Subject
from archspec.analysis.explanation import Explanation
from archspec.ops import Shape
from archspec.ops.types import show
from archspec.tables.headers import title
from archspec.tables.records import document
from archspec.tables.tables import Column, Line, Table, plain, separated

_WIDTH = 80
"""From here on arithmetic goes on in the next row, where there is a place to break it."""

_TITLES: dict[Subject, str] = {"members": "holds", "field": "receptive field"}
"""What a subject is called, where that is not its own name."""

_SHORT = {"params": "parameters", "rf": "receptive field", "field": "receptive field"}
"""What figures and other tables call them."""


def text(explanation: Explanation) -> str:
    """What `str` of an explanation is: the table, with no line cut."""
    return plain(table(explanation))


def only(explanation: Explanation, names: str) -> Explanation:
    """An explanation of some of its numbers alone.

    Args:
        names: subjects as the table calls them, and numbers, with commas between.

    Raises:
        ValueError: for what it has none of; says what it has.
    """
    subjects = {_TITLES.get(e.subject, e.subject): e.subject for e in explanation.lines}
    found: set[Arithmetic] = set()
    for name in (name.strip().lower() for name in names.split(",")):
        subject = subjects.get(_SHORT.get(name, name))
        told = {
            entry
            for entry in explanation.lines
            if entry.subject == subject
            or (subject is None and name in entry.what.lower().split(", "))
        }
        if not told:
            known = ", ".join(dict.fromkeys([*subjects, *(e.what for e in explanation.lines)]))
            raise ValueError(f"`{explanation.path}` has no `{name}`, but {known}")
        found |= told
    return replace(explanation, lines=tuple(e for e in explanation.lines if e in found))


def table(explanation: Explanation) -> Table:
    """A row for each number, below its subject; long arithmetic has one in names above it."""
    lines: list[Line] = []
    for subject, group in groupby(explanation.lines, key=lambda entry: entry.subject):
        together = _shapes(explanation.outputs) if subject == "shape" else ""
        lines.append(Line((_TITLES.get(subject, subject), together), "block"))
        before = ""
        for entry in group:
            what = entry.what
            for row in _rows(entry, before):
                lines.append(Line((what, row), depth=1))
                what = ""
            before = entry.names
    return Table(
        f"{title(explanation)}: {explanation.path}",
        (Column("Number"), Column("How it is computed", flexible=True)),
        lines,
        tuple(_head(explanation)),
        tuple(_foot(explanation)),
    )


def _head(explanation: Explanation) -> Iterator[str]:
    kind = explanation.kind or "group"
    yield f"{kind}: {explanation.attributes}" if explanation.attributes else kind
    for doc in explanation.doc:
        yield from wrap(doc, _WIDTH)
    if explanation.inputs:
        given = (f"{show(shape)} from {path}" for path, shape in explanation.inputs)
        yield f"reads {', '.join(given)}"
    yield f"gives {_shapes(explanation.outputs)}"
    if explanation.alike:
        first, *others, last = explanation.alike
        yield f"×{len(others) + 2}: {first} {'to' if others else 'and'} {last} are alike"
    if explanation.train_only:
        yield "runs in training only"


def _foot(explanation: Explanation) -> Iterator[str]:
    mode = "training" if explanation.mode == "train" else "evaluation"
    kept = "for the backward pass" if explanation.mode == "train" else "if gradients were on"
    told = {word for entry in explanation.lines for word in (entry.subject, entry.what)}
    if told & {"work", "memory"}:
        saved = f"; saved: {kept}" if "saved" in told else ""
        yield f"batch {explanation.batch}, {explanation.dtype}, {mode}{saved}"
    if explanation.computed and "work" in told:
        yield f"work: {explanation.computed}"


def _shapes(values: Iterable[tuple[str, Shape]]) -> str:
    return ", ".join(show(shape) for _, shape in values)


def _rows(entry: Arithmetic, before: str) -> Iterator[str]:
    """The arithmetic in a row; where that is too long, in names and below in numbers.

    Such names are not said twice in a row.
    """
    steps = list(entry.steps)
    if entry.names and len(" = ".join(steps)) > _WIDTH:
        if entry.names != before:
            yield from _wrapped(entry.names)
        steps = [f"= {steps[1]}", *steps[2:]]
    words = " = ".join(steps)
    if entry.note:
        words = f"{words}, {entry.note}" if words else entry.note
    yield from _wrapped(words)


def _wrapped(words: str) -> list[str]:
    """Rows of words, each sign with what follows it."""
    glued = re.sub("([=+−/]) ", "\\1\u00a0", words)
    rows = wrap(glued, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return [row.replace("\u00a0", " ") for row in rows]


_FIELDS = ("subject", "what", "names", "arithmetic", "value", "unit", "note")


def records(explanation: Explanation) -> list[dict[str, Any]]:
    """A record for each number."""
    return [
        {
            "subject": entry.subject,
            "what": entry.what,
            "names": entry.names,
            "arithmetic": entry.numbers,
            "value": float(entry.value) if isinstance(entry.value, Fraction) else entry.value,
            "unit": entry.unit,
            "note": entry.note,
        }
        for entry in explanation.lines
    ]


def as_csv(explanation: Explanation) -> str:
    """The records as CSV."""
    return separated(records(explanation), _FIELDS)


def as_json(explanation: Explanation) -> str:
    """The whole explanation for programs."""
    return document(
        {
            "name": explanation.name,
            "variant": explanation.variant,
            "path": explanation.path,
            "kind": explanation.kind,
            "attributes": explanation.attributes,
            "doc": list(explanation.doc),
            "alike": list(explanation.alike),
            "inputs": _values(explanation.inputs),
            "outputs": _values(explanation.outputs),
            "batch": explanation.batch,
            "dtype": explanation.dtype,
            "mode": explanation.mode,
            "train_only": explanation.train_only,
            "computed": explanation.computed,
            "lines": records(explanation),
        }
    )


def _values(values: Iterable[tuple[str, Shape]]) -> list[dict[str, Any]]:
    return [{"path": path, "shape": list(shape)} for path, shape in values]
