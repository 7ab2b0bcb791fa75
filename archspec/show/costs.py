"""`Stats` as a table, as records and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from archspec.analysis.cost import Group, Layer, Stats, Totals
from archspec.ops import Shape
from archspec.ops.base import show
from archspec.show.tables import Column, Line, Table, separated
from archspec.show.units import brief, dims, exact, size

_COLUMNS = (
    Column("Layer"),
    Column("Op", flexible=True),
    Column("Output", right=True),
    Column("Params", right=True),
    Column("MACs", right=True),
    Column("Memory", right=True),
)


def table(stats: Stats, *, depth: int | None = None, paths: bool = False) -> Table:
    """The table of layers with subtotals for every block instance.

    Args:
        depth: how many levels of blocks to show, 0 for the sums alone; default: all.
        paths: whole paths and no lines for the blocks that are open, where rows cannot be
            indented.
    """
    if paths:
        lines = [_line(entry, entry.path, 0) for entry in folded(stats, depth)]
    else:
        lines = list(_tree(stats.tree, 0, depth)) if depth != 0 else []
    outputs = ", ".join(_shapes(stats.outputs))
    foot = []
    if any(layer.shared for layer in stats.layers):
        foot.append("* uses the parameters of an earlier layer, where they are counted")
    return Table(
        f"{_title(stats)}: {', '.join(_shapes(stats.inputs))} -> {outputs}",
        _COLUMNS,
        [*lines, *_sums(stats)],
        (
            f"batch {stats.batch}, {stats.dtype}; memory: a layer's output, 1 MB = 10^6 bytes",
            "1 MAC = one multiply-accumulate of a conv, linear or matmul; FLOPs = 2 x MACs",
        ),
        (*_facts(stats), *foot),
    )


def folded(stats: Stats, depth: int | None = None) -> Iterator[Group | Layer]:
    """The rows that remain when everything below `depth` is folded away, in order."""

    def entries(group: Group, level: int) -> Iterator[Group | Layer]:
        for child in group.children:
            if isinstance(child, Group) and (depth is None or level < depth):
                yield from entries(child, level + 1)
            else:
                yield child

    if depth != 0:
        yield from entries(stats.tree, 1) if depth is not None else stats.layers


def _title(stats: Stats) -> str:
    return f"{stats.name} ({stats.variant})" if stats.variant else stats.name


def _shapes(named: dict[str, Shape]) -> list[str]:
    return [f"{name} {show(shape)}" for name, shape in named.items()]


def _tree(group: Group, level: int, depth: int | None, training: bool = False) -> Iterator[Line]:
    """Lines within a group; a group that is folded is a line like a layer's."""
    for child in group.children:
        name = child.path[len(group.path) :].lstrip(".") if group.path else child.path
        line = _line(child, name, level, training)
        if isinstance(child, Layer) or (depth is not None and level + 1 >= depth):
            yield line
        else:
            yield Line(line.cells, "block", level)
            yield from _tree(child, level + 1, depth, training or child.train_only)


def _line(entry: Group | Layer, name: str, level: int, said: bool = False) -> Line:
    """One line; `said` where a block around it is already marked as training only."""
    if isinstance(entry, Group):
        what, params, macs = _block(entry), entry.totals.params, entry.totals.macs
        memory = entry.totals.activations_bytes
    else:
        what, params, macs = f"{entry.op} {entry.attributes}".rstrip(), entry.params, entry.macs
        memory = entry.output_bytes
    if entry.train_only and not said:
        what = f"{what} (training only)".lstrip()
    cells = (
        name,
        what,
        dims(entry.output),
        "0*" if entry.shared and not params else exact(params),
        brief(macs),
        size(memory),
    )
    return Line(cells, "aside" if entry.train_only else "row", level)


def _block(group: Group) -> str:
    """The block's name; for a group of nothing but instances of one block, how many of which."""
    if group.block is not None:
        return group.block
    blocks = {child.block if isinstance(child, Group) else None for child in group.children}
    (block,) = blocks if len(blocks) == 1 else (None,)
    return f"{len(group.children)} x {block}" if block else ""


def _sums(stats: Stats) -> Iterator[Line]:
    whole, extra = stats.totals, stats.train_only
    yield Line(("total", "", "", *_numbers(whole)), "total")
    if extra != Totals():
        yield Line(("training only", "", "", *_numbers(extra)), "aside")


def _numbers(totals: Totals) -> tuple[str, str, str]:
    return exact(totals.params), brief(totals.macs), size(totals.activations_bytes)


def _facts(stats: Stats) -> Iterator[str]:
    totals = stats.totals
    yield f"parameters: {totals.params:,} ({size(totals.params_bytes)})"
    if totals.buffers:
        yield f"buffers: {totals.buffers:,} ({size(totals.buffers_bytes)})"
    yield f"MACs: {totals.macs:,}"
    yield f"FLOPs: {totals.flops:,}"
    yield f"activations: {size(totals.activations_bytes)}, the sum of all outputs"


# --- for programs -------------------------------------------------------------------------


def record(layer: Layer) -> dict[str, Any]:
    """A layer as JSON has it."""
    return {
        "path": layer.path,
        "op": layer.op,
        "attributes": layer.attributes,
        "inputs": [list(shape) for shape in layer.inputs],
        "output": list(layer.output),
        "params": layer.params,
        "buffers": layer.buffers,
        "macs": layer.macs,
        "flops": layer.flops,
        "output_bytes": layer.output_bytes,
        "shared": layer.shared,
        "train_only": layer.train_only,
    }


def _sums_record(totals: Totals) -> dict[str, Any]:
    return {
        "params": totals.params,
        "buffers": totals.buffers,
        "macs": totals.macs,
        "flops": totals.flops,
        "activations_bytes": totals.activations_bytes,
        "params_bytes": totals.params_bytes,
        "buffers_bytes": totals.buffers_bytes,
    }


def as_dict(stats: Stats) -> dict[str, Any]:
    """What `--format json` prints."""
    return {
        "name": stats.name,
        "variant": stats.variant,
        "batch": stats.batch,
        "dtype": stats.dtype,
        "inputs": {name: list(shape) for name, shape in stats.inputs.items()},
        "outputs": {name: list(shape) for name, shape in stats.outputs.items()},
        "totals": {**_sums_record(stats.totals), "train_only": _sums_record(stats.train_only)},
        "layers": [record(layer) for layer in stats.layers],
    }


def as_json(stats: Stats) -> str:
    """JSON with a line for each entry and each layer, so that it can be read and compared."""
    data = as_dict(stats)
    layers = ",\n    ".join(json.dumps(layer, ensure_ascii=False) for layer in data.pop("layers"))
    entries = [f"  {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in data.items()]
    entries.append(f'  "layers": [\n    {layers}\n  ]')
    return "{\n" + ",\n".join(entries) + "\n}\n"


_FIELDS = (
    *("path", "op", "attributes", "inputs", "output", "params", "buffers"),
    *("macs", "flops", "output_bytes", "shared", "train_only"),
)


def as_csv(stats: Stats, depth: int | None = None) -> str:
    """A record a layer, or a folded block; numbers exact, shapes as in `64x112x112`."""
    records = []
    for entry in folded(stats, depth):
        row = record(entry) if isinstance(entry, Layer) else _folded_record(entry)
        row["inputs"] = ";".join(dims(shape) for shape in row["inputs"])
        row["output"] = dims(row["output"])
        records.append(row)
    return separated(records, _FIELDS)


def _folded_record(group: Group) -> dict[str, Any]:
    return {
        **_sums_record(group.totals),
        "path": group.path,
        "op": group.block or "",
        "attributes": "",
        "inputs": [],
        "output": group.output,
        "output_bytes": group.totals.activations_bytes,
        "shared": None,
        "train_only": group.train_only,
    }
