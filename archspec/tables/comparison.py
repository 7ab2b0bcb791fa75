"""Networks side by side, as a table, as CSV and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from archspec.analysis.comparison import Profile
from archspec.analysis.receptive import CONTEXT, Field
from archspec.analysis.units import all_dims, brief, dims, exact, size
from archspec.ops.unknown import UNKNOWN
from archspec.tables.columns import BESIDES, MACS
from archspec.tables.headers import setting
from archspec.tables.records import lines_of
from archspec.tables.tables import Column, Line, Table, separated

_LITTLE = 0.001


def table(profiles: Sequence[Profile]) -> Table:
    """A line a network; a ratio is to the network of the first line."""
    first = profiles[0]
    stats = first.stats
    scored = any(profile.top1 is not None for profile in profiles)
    several = len(profiles) > 1
    rows = [list(_cells(profile, first, several, scored)) for profile in profiles]
    lines = [Line(tuple(text for _, text in row)) for row in rows]
    return Table(
        f"{len(profiles)} networks" if several else first.name,
        [column for column, _ in rows[0]],
        lines,
        (
            setting(stats),
            MACS.note,
        ),
        tuple(_notes(profiles, scored)),
    )


def _cells(
    profile: Profile, first: Profile, several: bool, scored: bool
) -> Iterator[tuple[Column, str]]:
    """A row, each cell with its column; what is asked for most comes first."""
    counts, units = numbers(profile), numbers(first)

    def counted(
        title: str, name: str, written: Callable[[int], str], *, compared: bool = False
    ) -> Iterator[tuple[Column, str]]:
        yield Column(title, right=True), written(counts[name])
        if compared and several:
            times = "" if profile is first else ratio(counts[name], units[name])
            yield Column("Ratio", right=True), times

    yield Column("Network", flexible=True), profile.name
    yield from counted("Params", "params", exact, compared=True)
    yield from counted("MACs", "macs", brief, compared=True)
    if scored:
        top1 = "" if profile.top1 is None else f"{profile.top1:g}%"
        yield Column("Top-1", right=True), top1
    yield Column("Depth", right=True), str(profile.depth)
    yield Column("Field", right=True), _field(profile.field)
    yield from counted("Peak", "peak_bytes", size, compared=True)
    yield from counted("Saved", "saved_bytes", size)
    yield from counted("Activations", "activations_bytes", size)
    yield Column("Input", right=True), all_dims(profile.stats.inputs.values())


def _field(field: Field | None) -> str:
    if field is None:
        return "-"
    if field.unknown:
        return str(UNKNOWN)
    return f"{dims(field.size)}{BESIDES if field.context else ''}"


def numbers(profile: Profile) -> dict[str, int]:
    """Sums over the layers; what is kept for the backward pass, and the peak of all memory."""
    totals, needed = profile.stats.totals, profile.stats.memory
    return {
        "params": totals.params,
        "macs": totals.macs,
        "activations_bytes": totals.activations_bytes,
        "saved_bytes": needed.saved if needed is not None else 0,
        "peak_bytes": needed.peak.bytes if needed is not None else 0,
    }


QUANTITIES = {
    "params": "parameters",
    "macs": "MACs",
    "depth": "depth",
    "peak": "peak memory",
    "saved": "saved",
    "activations": "activations",
}
"""What may be drawn in bars, and what it is called there."""


def quantity(profile: Profile, name: str) -> tuple[int, str]:
    """One of `QUANTITIES` of a network, as a number and as it is written."""
    if name == "depth":
        return profile.depth, str(profile.depth)
    counts = numbers(profile)
    found = counts[name] if name in counts else counts[f"{name}_bytes"]
    return found, brief(found) if name in counts else size(found)


def ratio(number: int, unit: int) -> str:
    """`x2.19`: how many times as much; nothing where there is nothing to compare with."""
    if not unit:
        return ""
    times = number / unit
    if times is UNKNOWN:
        return str(times)
    if 0 < times < _LITTLE:
        return f"x<{_LITTLE}"
    digits = 0 if times >= 100 else 3 if 0 < times < 0.1 else 2
    return f"x{times:,.{digits}f}"


def _notes(profiles: Sequence[Profile], scored: bool) -> Iterator[str]:
    if len(profiles) > 1:
        yield "x2.00: twice as much as the first"
    if scored:
        yield "top-1: as the file says"
    yield "depth: convolutions and linear layers with weights along the longest path"
    yield "field: the largest receptive field before a layer sees everything, in pixels"
    if any(profile.field is not None and profile.field.context for profile in profiles):
        yield f"{BESIDES} and all of the input, {CONTEXT}"
    yield "peak: of all that is alive at once, parameters included"
    yield "saved: what autograd keeps for the backward pass; activations: the sum of all outputs"


# --- for programs -------------------------------------------------------------------------


def record(profile: Profile) -> dict[str, Any]:
    """A network as JSON has it."""
    stats = profile.stats
    return {
        "network": profile.name,
        "family": profile.family,
        "name": stats.name,
        "variant": stats.variant,
        "inputs": {name: list(shape) for name, shape in stats.inputs.items()},
        "batch": stats.batch,
        "dtype": stats.dtype,
        "mode": stats.mode,
        "optimizer": stats.memory.optimizer if stats.memory is not None else None,
        **numbers(profile),
        "depth": profile.depth,
        "field": list(profile.field.size) if profile.field is not None else None,
        "top1": profile.top1,
    }


def as_json(profiles: Sequence[Profile]) -> str:
    """A list with a line a network."""
    return lines_of(map(record, profiles))


def as_csv(profiles: Sequence[Profile]) -> str:
    """A record a network; numbers exact, several inputs parted by semicolons."""
    rows = [
        {
            **record(profile),
            "inputs": all_dims(profile.stats.inputs.values()),
            "field": "" if profile.field is None else _field(profile.field).removesuffix(BESIDES),
        }
        for profile in profiles
    ]
    return separated(rows, list(rows[0]))
