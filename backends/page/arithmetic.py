"""The arithmetic of layers as a page has it: each line once, however many layers it is true of."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from archspec.analysis.arithmetic import (
    Given,
    Line,
    output_line,
    shape_lines,
    tensor_lines,
    work_lines,
)
from archspec.analysis.cost import Layer
from archspec.analysis.receptive import fields
from archspec.analysis.receptive_arithmetic import field_lines
from archspec.figures.words import printable
from archspec.ir.graph import Graph, Node

_NAMES = {
    ("parameters", "sum"): "parameters",
    ("field", "size"): "receptive field",
    ("field", "stride"): "its stride",
}
"""What numbers are called that elsewhere stand below their subject."""


class Arithmetic:
    """Gathers lines, and knows them by their number.

    Attributes:
        lines: what each is about, its arithmetic in names, and in numbers with the result.
    """

    def __init__(self, graph: Graph) -> None:
        self.lines: list[tuple[str, str, str]] = []
        self._numbers: dict[tuple[str, str, str], int] = {}
        self._fields = fields(graph)
        self._given: dict[Hashable, tuple[Given, list[int]]] = {}

    def of(self, node: Node, row: Layer) -> list[int]:
        """The numbers of a layer's lines; what does not change has none."""
        key = (node.op, node.input_shapes, node.shared, len(node.inputs) > 1 and node)
        known = self._given.get(key)
        if known is None:
            given = Given.of_node(node)
            known = self._given[key] = given, list(self._noted(_own(node, given, row)))
        given, own = known
        return [*own, *self._noted(field_lines(node, given, self._fields))]

    def _noted(self, lines: Iterator[Line]) -> Iterator[int]:
        for entry in lines:
            if entry.numbers and entry.note != "unchanged":
                names, *rest = entry.steps if entry.names else ("", *entry.steps)
                what = _NAMES.get((entry.subject, entry.what), entry.what)
                key = (printable(what), printable(names), " = ".join(rest))
                if key not in self._numbers:
                    self._numbers[key] = len(self.lines)
                    self.lines.append(key)
                yield self._numbers[key]


def _own(node: Node, given: Given, row: Layer) -> Iterator[Line]:
    """What follows from the op and the shapes that it reads."""
    yield from shape_lines(given)
    yield from (entry for entry in tensor_lines(node, given) if entry.subject == "parameters")
    yield from work_lines(given, 1, training=True)
    yield output_line(node, given, row, 1)
