"""From `Stats` to rows: the tree of blocks, the layers in order, or layers put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from math import prod
from typing import TYPE_CHECKING, Literal

from archspec.analysis.cost import Counts, Group, Layer, Stats, Totals
from archspec.analysis.units import dims
from archspec.ops import Shape

if TYPE_CHECKING:
    from archspec.analysis.receptive import Field

By = Literal["op", "block", "stage"]
BY: tuple[By, ...] = ("op", "block", "stage")

OUTSIDE = "no block"
VECTORS = "vectors"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: a layer, a block instance, or layers put together.

    Attributes:
        label: its name within the block around it, or what its layers have in common.
        op: the op; of a block instance the block.
        output: the shape of its value; those of its values where a block gives several.
        layers: how many layers it stands for.
        instances: how often the block is there; None for what is no block.
        shared: the layer whose parameters it uses; of a block instance "" where one within does.
        level: how many blocks are around it in the tree.
        open: True for a block instance whose layers follow.
        marked: True where a block around it is training only already.
    """

    label: str
    counts: Counts
    path: str = ""
    op: str = ""
    attributes: str = ""
    inputs: tuple[Shape, ...] = ()
    output: Shape | tuple[Shape, ...] = ()
    kernel: Shape = ()
    field: Field | None = None
    layers: int = 1
    instances: int | None = None
    shared: str | None = None
    train_only: bool = False
    level: int = 0
    open: bool = False
    marked: bool = False


def row(entry: Layer | Group, label: str) -> Row:
    """A layer, or a block instance as a whole."""
    if isinstance(entry, Layer):
        return Row(
            label,
            entry,
            entry.path,
            entry.op,
            entry.attributes,
            entry.inputs,
            entry.output,
            entry.kernel,
            entry.field,
            shared=entry.shared,
            train_only=entry.train_only,
        )
    return Row(
        label,
        entry.totals,
        entry.path,
        _block(entry),
        output=entry.outputs[0] if len(entry.outputs) == 1 else entry.outputs,
        field=entry.field,
        layers=sum(1 for _ in _layers(entry)),
        shared="" if entry.shared else None,
        train_only=entry.train_only,
    )


def whole(stats: Stats) -> Iterator[Row]:
    """The total of what runs in evaluation and, where there is such, of what only trains."""
    trained = sum(layer.train_only for layer in stats.layers)
    yield Row("total", stats.totals, layers=len(stats.layers) - trained)
    if trained:
        yield Row("training only", stats.train_only, layers=trained, train_only=True, marked=True)


def _layers(group: Group) -> Iterator[Layer]:
    for child in group.children:
        if isinstance(child, Group):
            yield from _layers(child)
        else:
            yield child


def _block(group: Group) -> str:
    """The block's name; for a group of nothing but instances of one block, how many of which."""
    if group.block is not None:
        return group.block
    blocks = {child.block if isinstance(child, Group) else None for child in group.children}
    (block,) = blocks if len(blocks) == 1 else (None,)
    return f"{len(group.children)} x {block}" if block else ""


# --- one by one ---------------------------------------------------------------------------


def tree(stats: Stats, depth: int | None = None) -> Iterator[Row]:
    """A row a block instance and, below it, what is within; `depth` levels are opened."""

    def within(group: Group, level: int, marked: bool) -> Iterator[Row]:
        for child in group.children:
            label = child.path[len(group.path) :].lstrip(".") if group.path else child.path
            opened = isinstance(child, Group) and (depth is None or level + 1 < depth)
            yield replace(row(child, label), level=level, open=opened, marked=marked)
            if isinstance(child, Group) and opened:
                yield from within(child, level + 1, marked or child.train_only)

    if depth != 0:
        yield from within(stats.tree, 0, marked=False)


def flat(stats: Stats, depth: int | None = None) -> Iterator[Row]:
    """What is left of the tree when the rows of open blocks are dropped, under whole paths."""
    for entry in folded(stats, depth):
        yield row(entry, entry.path)


def folded(stats: Stats, depth: int | None = None) -> Iterator[Group | Layer]:
    """The entries that remain when everything below `depth` is folded away, in order."""

    def entries(group: Group, level: int) -> Iterator[Group | Layer]:
        for child in group.children:
            if isinstance(child, Group) and (depth is None or level < depth):
                yield from entries(child, level + 1)
            else:
                yield child

    if depth != 0:
        yield from entries(stats.tree, 1) if depth is not None else stats.layers


# --- put together -------------------------------------------------------------------------


def together(stats: Stats, by: By, depth: int | None = None) -> list[Row]:
    """A row an op, a block or a stage, in order of appearance; what only trains stands apart.

    A block's row has the layers of all its instances, those of blocks within them too, so that
    rows overlap where blocks nest; `depth` leaves out the blocks below a level.
    """
    if by == "block":
        return _by_block(stats, depth)
    labels = _stages(stats.layers) if by == "stage" else [layer.op for layer in stats.layers]
    found: dict[tuple[str, bool], list[Layer]] = {}
    for label, layer in zip(labels, stats.layers, strict=True):
        found.setdefault((label, layer.train_only), []).append(layer)
    return [_sum(label, layers) for (label, _), layers in found.items()]


def _sum(label: str, layers: list[Layer], instances: int | None = None) -> Row:
    train_only = layers[0].train_only
    return Row(
        f"{label} (training only)" if train_only else label,
        Totals.of(layers),
        label,
        layers=len(layers),
        instances=instances,
        shared="" if any(layer.shared for layer in layers) else None,
        train_only=train_only,
    )


def _by_block(stats: Stats, depth: int | None) -> list[Row]:
    layers: dict[tuple[str, bool], list[Layer]] = {}
    instances: dict[tuple[str, bool], int] = {}

    def visit(group: Group, level: int, around: tuple[str, ...]) -> None:
        for child in group.children:
            if isinstance(child, Layer):
                for name in around or (OUTSIDE,):
                    layers.setdefault((name, child.train_only), []).append(child)
                continue
            inside = around
            if child.block is not None and (depth is None or level < depth):
                key = (child.block, child.train_only)
                layers.setdefault(key, [])  # in order of appearance, the outer one first
                instances[key] = instances.get(key, 0) + 1
                if child.block not in around:  # a block within itself counts its layers once
                    inside = (*around, child.block)
            visit(child, level + 1, inside)

    visit(stats.tree, 0, ())
    return [_sum(key[0], some, instances.get(key)) for key, some in layers.items() if some]


def _stages(layers: Iterable[Layer]) -> list[str]:
    """For each layer the resolution it works at.

    Vectors and 1x1 maps on the way between two maps of one resolution, as in squeeze and
    excitation, belong to that resolution; all others are a stage of their own.
    """
    sizes = [(layer.output[1:] if prod(layer.output[1:]) > 1 else ()) for layer in layers]
    runs = [(size, len(list(same))) for size, same in groupby(sizes)]
    labels: list[str] = []
    for index, (size, length) in enumerate(runs):
        before = runs[index - 1][0] if index else ()
        after = runs[index + 1][0] if index + 1 < len(runs) else ()
        resolution = size or (before if before == after else ())
        labels += [dims(resolution) if resolution else VECTORS] * length
    return labels
