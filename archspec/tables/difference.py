"""What changed between two networks, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any, Literal

from archspec.analysis.cost import Stats, Totals
from archspec.analysis.difference import Change, Cost, Difference, Entry, Side
from archspec.analysis.units import brief, dims, exact, size
from archspec.ops.unknown import UNKNOWN
from archspec.tables import memory
from archspec.tables.headers import setting
from archspec.tables.records import encoded
from archspec.tables.tables import Column, Line, Table

_COLUMNS = (
    Column("Layer"),
    Column("Change", flexible=True),
    Column("Output", right=True),
    Column("Params", right=True),
    Column("MACs", right=True),
    Column("Memory", right=True),
)
_MARKS = {"same": "=", "changed": "~", "added": "+", "removed": "-"}
_SHOWN_ELSEWHERE = ("output", "id")
"""Changes that have a column of their own, or are told by the path."""


def table(
    difference: Difference,
    names: tuple[str, str],
    *,
    depth: int | None = None,
    paths: bool = False,
) -> Table:
    """A line for each layer and block that changed; blocks and layers that did not, counted.

    Args:
        names: what to call the two networks.
        depth: how many levels of blocks to show, 0 for the sums alone; default: all.
        paths: whole paths, where rows cannot be indented.
    """
    before, after = difference.before, difference.after
    head = [
        setting(after),
        "memory: a layer's output",
        "+ added, - removed, ~ changed, = as before; numbers are differences",
    ]
    if difference.root.changes:
        head.append(_words(difference.root.changes))
    lines = list(_Lines(depth, paths).within(difference.root)) if depth != 0 else []
    head += [_words([change]) for change in difference.ends]
    foot = ["no difference"] if difference.equal else list(_memory(before, after))
    return Table(
        f"{names[0]} -> {names[1]}",
        _COLUMNS,
        [*lines, *_sums(before, after, names)],
        head,
        foot,
    )


@dataclass(frozen=True, slots=True)
class _Lines:
    """Writes entries as lines, down to a depth."""

    depth: int | None
    paths: bool

    def within(self, entry: Entry, level: int = 0) -> Iterator[Line]:
        """The lines of a block. A run of what is equal, or came or went alike, is one line."""
        for alike, run in groupby(entry.children, _likeness):
            entries = list(run)
            if entries[0].kind == "same":
                yield self.equal(entries, level)
            elif len(alike) > 1 and len(entries) > 1:
                yield self.repeated(entries, level)
            else:
                yield from self.changed(entries, level)

    def changed(self, entries: Sequence[Entry], level: int) -> Iterator[Line]:
        """A line each, and what is within; but not again what is within the one before."""
        told: Entry | None = None
        for entry in entries:
            open_ = entry.kind == "changed" and not entry.leaf
            again = told is not None and open_ and _content(told) == _content(entry)
            remark = f" (as {self.name(told)})" if told is not None and again else ""
            yield self.line(entry, level, remark)
            if open_ and not again and (self.depth is None or level + 1 < self.depth):
                yield from self.within(entry, level + 1)
                told = entry

    def equal(self, entries: Sequence[Entry], level: int) -> Line:
        layers = sum(entry.side.layers for entry in entries)
        what = f"{layers} layers" if layers != 1 else entries[0].side.what
        return Line((f"= {self.span(entries)}", what, *[""] * 4), "aside", level)

    def repeated(self, entries: Sequence[Entry], level: int) -> Line:
        first = entries[0].side
        layers = sum(entry.side.layers for entry in entries)
        what = f"{len(entries)} x {first.what or 'group'}, {layers} layers"
        delta = sum((entry.delta for entry in entries), Cost())
        name = f"{_MARKS[entries[0].kind]} {self.span(entries)}"
        return Line((name, what, dims(first.output), *_signed(delta)), "row", level)

    def line(self, entry: Entry, level: int, remark: str) -> Line:
        kind: Literal["row", "block"]
        kind = "row" if entry.leaf or entry.kind != "changed" else "block"
        name = f"{_MARKS[entry.kind]} {self.name(entry)}"
        cells = (name, _what(entry) + remark, _output(entry), *_signed(entry.delta))
        return Line(cells, kind, level)

    def span(self, entries: Sequence[Entry]) -> str:
        ends = entries if len(entries) == 1 else (entries[0], entries[-1])
        return " ... ".join(map(self.name, ends))

    def name(self, entry: Entry) -> str:
        """Its path or the last word of it; and what it was before where the id is another."""
        sides = [entry.side]
        if entry.before is not None and any(change.what == "id" for change in entry.changes):
            sides.insert(0, entry.before)
        return " -> ".join(s.path if self.paths else _last(s.path) for s in sides)


def _likeness(entry: Entry) -> tuple[Any, ...]:
    """What neighbours that share a line have in common; alone where there is no such line."""
    if entry.kind in ("added", "removed") and not entry.leaf:
        return entry.kind, entry.side.what, entry.side.output, entry.side.cost
    return (entry.kind,)


def _content(entry: Entry) -> tuple[Any, ...]:
    """All that the lines of an entry say, but for its own name and the costs as they were."""
    within = tuple((_last(child.side.path), _content(child)) for child in entry.children)
    return entry.kind, entry.changes, _output(entry), entry.delta, within


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _what(entry: Entry) -> str:
    """What it is, or what changed about it; inputs only where nothing else says why it costs."""
    if entry.kind != "changed":
        what = entry.side.what or "group"
        return what if entry.leaf else f"{what}, {entry.side.layers} layers"
    changes = [change for change in entry.changes if change.what not in _SHOWN_ELSEWHERE]
    own = [change for change in changes if change.what != "input"]
    if own or any(change.what == "output" for change in entry.changes):
        changes = own
    op = entry.side.what.partition(" ")[0]
    if any(change.what in ("op", "block") for change in changes):
        op = ""
    return f"{op} {_words(changes)}".strip()


def _words(changes: Sequence[Change]) -> str:
    return ", ".join(
        f"{change.before} -> {change.after}"
        if change.what in ("op", "block")
        else f"{change.what} {change.before} -> {change.after}"
        for change in changes
    )


def _output(entry: Entry) -> str:
    sides = [side for side in (entry.before, entry.after) if side is not None]
    return " -> ".join(dict.fromkeys(dims(side.output) for side in sides))


def _signed(delta: Cost) -> tuple[str, str, str]:
    """Differences with their signs; nothing for none."""
    return (
        _sign(delta.params, exact),
        _sign(delta.macs, brief),
        _sign(delta.activations_bytes, size),
    )


def _sign(number: int, written: Callable[[int], str]) -> str:
    if number is UNKNOWN:
        return str(number)
    return f"{'+' if number > 0 else '-'}{written(abs(number))}" if number else ""


def _sums(before: Stats, after: Stats, names: tuple[str, str]) -> Iterator[Line]:
    """The totals of both, their difference and their ratio; training only apart."""
    sides = Cost.of(before.totals), Cost.of(after.totals)
    for i, (name, cost) in enumerate(zip(names, sides, strict=True)):
        numbers = exact(cost.params), brief(cost.macs), size(cost.activations_bytes)
        yield Line((name, "", "", *numbers), "row" if i else "total")
    yield Line(("difference", "", "", *_signed(sides[1] - sides[0])), "block")
    if before.train_only != Totals() or after.train_only != Totals():
        extra = Cost.of(after.train_only) - Cost.of(before.train_only)
        yield Line(("training only", "", "", *_signed(extra)), "aside")


def _memory(before: Stats, after: Stats) -> Iterator[str]:
    """What is needed at once, which no layer has a share of."""
    if before.memory is not None and after.memory is not None:
        for what, x, y in (
            ("saved for the backward pass", before.memory.saved, after.memory.saved),
            ("peak", before.memory.peak.bytes, after.memory.peak.bytes),
        ):
            yield f"{what}: {size(x)} -> {size(y)}"


# --- for programs -------------------------------------------------------------------------


def as_json(difference: Difference, names: tuple[str, str]) -> str:
    """The differences as a tree, without what is equal; sides with their costs."""
    before, after = difference.before, difference.after
    delta = Cost.of(after.totals) - Cost.of(before.totals)
    data = {
        "before": _network(before, names[0]),
        "after": _network(after, names[1]),
        "batch": after.batch,
        "dtype": after.dtype,
        "mode": after.mode,
        "equal": difference.equal,
        "delta": asdict(delta),
        "ends": [asdict(change) for change in difference.ends],
        "changes": [asdict(change) for change in difference.root.changes],
        "children": list(_records(difference.root)),
    }
    return encoded(data, indent=1)


def _network(stats: Stats, name: str) -> dict[str, Any]:
    totals = asdict(Cost.of(stats.totals))
    if stats.memory is not None:
        whole = memory.record(stats.memory)
        totals |= {key: whole[key] for key in ("saved_bytes", "peak_bytes")}
    return {"name": name, "totals": totals, "train_only": asdict(Cost.of(stats.train_only))}


def _records(entry: Entry) -> Iterator[dict[str, Any]]:
    for child in entry.children:
        if child.kind != "same":
            yield {
                "kind": child.kind,
                "before": _side(child.before),
                "after": _side(child.after),
                "delta": asdict(child.delta),
                "changes": [asdict(change) for change in child.changes],
                "children": list(_records(child)),
            }


def _side(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    return {
        "path": side.path,
        "what": side.what,
        "output": list(side.output),
        "layers": side.layers,
        **asdict(side.cost),
    }
