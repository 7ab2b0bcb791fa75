"""The breakdown of VGG-16 in Stanford's CS231n, for any network: `stats --style cs231n`.

A row for each layer that holds parameters, has a window, joins values or makes more or fewer
of them; what keeps its operand's size and learns nothing (activations, dropout, reshaping) has
none, as in the lecture. Sizes are written as there, channels last, and biases are not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import prod

from archspec.analysis.cost import Layer, Stats
from archspec.analysis.units import brief, size
from archspec.ir.graph import Graph, Node
from archspec.ops import Shape
from archspec.ops.tape import WIDTHS, stored
from archspec.tables.headers import title
from archspec.tables.tables import Column, Line, Table

_PRINTED = {
    (15_237_608, 138_344_128): "the slide of Stanford's CS231n prints 24M * 4 bytes ~= 96 MB as"
    " the total memory of these rows; their sum is 15,237,608 values"
}
"""What a slide says of the table whose rows hold so many values and weights at batch 1."""

_COLUMNS = (
    Column("Row"),
    Column("Output"),
    Column("Memory"),
    Column("Bytes", right=True),
    Column("Weights"),
    Column("Layer", flexible=True),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the breakdown.

    Attributes:
        name: as in `CONV3-64`.
        output: channels last, `1x1x4096` for a vector in a network of images.
        memory, weights: the products as they are written out; `weights` is empty for none.
        values: how many the layer makes for the whole batch.
        count: weights that are counted here: 0 where those of another layer are used.
    """

    name: str
    output: str
    memory: str
    values: int
    weights: str
    count: int
    path: str
    train_only: bool


def rows(graph: Graph, stats: Stats) -> list[Row]:
    """The rows of a network in execution order, its inputs first.

    Args:
        stats: the costs of just this graph.
    """
    layers = {layer.path: layer for layer in stats.layers}
    rank = max((len(node.output) - 1 for node in graph.inputs), default=0)
    shown: set[Node] = set()
    found = []
    for node in graph.nodes:
        layer = layers.get(node.path)
        if layer is None or _has_row(node, layer):
            shown.add(node)
            found.append(_row(node, layer, shown, stats.batch, rank))
    return found


def _has_row(node: Node, layer: Layer) -> bool:
    learns = any(tensor.trainable for tensor in node.tensors())
    resized = prod(node.output) != prod(node.inputs[0].output)
    return bool(layer.kernel) or learns or len(node.inputs) > 1 or resized


def _row(node: Node, layer: Layer | None, shown: set[Node], batch: int, rank: int) -> Row:
    spatial = node.output[1:] or (1,) * rank
    factors = _factors(node.output) if batch == 1 else (batch, *_factors(node.output))
    return Row(
        _name(node, layer.kernel if layer is not None else ()),
        "x".join(map(str, (*spatial, node.output[0]))),
        _product(factors),
        batch * prod(node.output),
        _weights(node, layer.kernel, shown) if layer is not None else "",
        layer.weights if layer is not None else 0,
        node.path,
        node.train_only,
    )


def _name(node: Node, kernel: tuple[int, ...]) -> str:
    """`CONV3-64`, `CONV1x7-192`, `POOL2`, `FC`."""
    name = node.op.lettered or node.op.name.upper().replace("_", " ")
    sizes = kernel[:1] if len(set(kernel)) == 1 else kernel
    channels = f"-{node.output[0]}" if kernel and node.op.makes is not None else ""
    return name + "x".join(map(str, sizes)) + channels


def _weights(node: Node, kernel: tuple[int, ...], shown: set[Node]) -> str:
    """The number of a layer's weights as a product, such as `(3*3*64)*128`."""
    shapes = [tensor.shape for tensor in node.tensors() if tensor.kind == "weight"]
    return " + ".join(_written(node, shape, kernel, shown) for shape in shapes)


def _written(node: Node, shape: Shape, kernel: tuple[int, ...], shown: set[Node]) -> str:
    if kernel and len(shape) == len(kernel) + 2:
        reads, makes = node.inputs[0].output[0], node.output[0]
        groups = prod(kernel) * reads * makes // prod(shape)
        shared_out = f"/{groups}" if groups > 1 else ""
        return f"({_product((*kernel, reads))}{shared_out})*{makes}"
    if len(shape) == 2:
        return _product((*_factors(_read(node, shape[1], shown)), shape[0]))
    return _product(shape)


def _read(node: Node, features: int, shown: set[Node]) -> Shape:
    """The features that a layer reads; where they were flattened, the maps they are from."""
    source = node.inputs[0]
    while source not in shown:
        source = source.inputs[0]
    return source.output if prod(source.output) == features else (features,)


def _factors(shape: Shape) -> Shape:
    """The sizes, channels last; the channels alone where there is one position."""
    return (*shape[1:], shape[0]) if prod(shape[1:]) > 1 else shape[:1]


def _product(factors: Iterable[int]) -> str:
    return "*".join(map(str, factors))


# --- the table ----------------------------------------------------------------------------


def chosen(names: str | None) -> list[int]:
    """The columns that `--columns` names by their titles, or all; the first is always there.

    Raises:
        ValueError: for a column that there is not; says which there are.
    """
    titles = [column.title.lower() for column in _COLUMNS]
    wanted = titles if names is None else [name.strip().lower() for name in names.split(",")]
    for name in wanted:
        if name not in titles:
            known = ", ".join(column.title for column in _COLUMNS)
            raise ValueError(f"--style cs231n has no column `{name}`; it has {known}")
    return list(dict.fromkeys([0, *map(titles.index, wanted)]))


def table(graph: Graph, stats: Stats, names: str | None = None) -> Table:
    """The breakdown as a table, with the sums of its rows below.

    Args:
        names: titles of columns with commas between, as `chosen` reads them.
    """
    width = WIDTHS[stored(stats.dtype)]
    found, shown = rows(graph, stats), chosen(names)
    lines = [Line(_cells(row, width), "aside" if row.train_only else "row") for row in found]
    return Table(
        title(stats),
        [_COLUMNS[index] for index in shown],
        [
            replace(line, cells=tuple(line.cells[index] for index in shown))
            for line in (*lines, *_sums(found, width))
        ],
        (
            f"batch {stats.batch}, {stats.dtype}; memory: the values of a row's output;"
            " 1 MB = 10^6 bytes",
            "biases are not counted; what keeps the size and has no parameters has no row",
        ),
        tuple(_foot(found, stats, width)),
    )


def _cells(row: Row, width: int) -> tuple[str, ...]:
    memory, weights = row.memory, row.weights
    if "*" in memory:
        memory = f"{memory} = {_rounded(row.values)}"
    if weights and not row.count:
        weights = "0*"
    elif not weights.isdecimal():
        weights = f"{weights} = {row.count:,}" if weights else "0"
    name = f"{row.name} (training only)" if row.train_only else row.name
    return (name, f"[{row.output}]", memory, size(row.values * width), weights, row.path)


def _rounded(number: int) -> str:
    """Two digits and a power of a thousand, as on the slide: 3,211,264 is `3.2M`."""
    if number < 1000:
        return str(number)
    value = float(f"{number:.2g}")
    rank = next(rank for rank in (4, 3, 2, 1) if value >= 1000**rank)
    return f"{value / 1000**rank:g}{'KMGT'[rank - 1]}"


def _sums(found: list[Row], width: int) -> Iterator[Line]:
    for training, name in ((False, "TOTAL"), (True, "training only")):
        part = [row for row in found if row.train_only == training]
        if part:
            values, weights = sum(r.values for r in part), sum(r.count for r in part)
            cells = (name, "", f"{values:,}", size(values * width), f"{weights:,}", "")
            yield Line(cells, "aside" if training else "total")


def _foot(found: list[Row], stats: Stats, width: int) -> Iterator[str]:
    lasting = [row for row in found if not row.train_only]
    values, weights = sum(r.values for r in lasting), sum(r.count for r in lasting)
    yield f"memory: {values:,} values * {width} bytes = {size(values * width)}, forward only"
    yield f"parameters: {brief(weights)} weights; {stats.totals.biases:,} biases are not among them"
    if any(row.weights and not row.count for row in found):
        yield "* uses the parameters of an earlier layer, where they are counted"
    if (values, weights) in _PRINTED:
        yield _PRINTED[values, weights]
