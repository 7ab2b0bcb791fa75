"""What a page knows of a network: its parts, what joins them, and what they cost, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from archspec.analysis.bypass import signal
from archspec.analysis.cost import Layer, Stats, Totals, stats
from archspec.backends.page.arithmetic import Arithmetic
from archspec.backends.page.parts import Part, Parts
from archspec.figures.called import called, folded
from archspec.figures.detail import LEVELS
from archspec.figures.folding import shapes_of
from archspec.figures.grid import is_a_u, scales
from archspec.figures.headings import headings, title
from archspec.figures.marks import alone, dashed, joins, sign_of
from archspec.figures.notes import field_words, lasting, quiet, written
from archspec.figures.options import Options
from archspec.figures.opwords import attribute_words, op_words, operand_word
from archspec.figures.words import output_words, printable, shape_words
from archspec.ir.graph import Graph, Instance, Node, Output
from archspec.ir.sharing import lender
from archspec.ops.unknown import plain

Record = dict[str, Any]
"""What JSON has of one thing; what is empty, zero or false is left out."""


def to_json(data: Record) -> str:
    """JSON that may stand in a page's `<script>`: no character of it ends one."""
    text = json.dumps(plain(data, "unknown"), ensure_ascii=True, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


_MANY = 30
"""From more boxes at first than these, what is alike in a row stands once, with ×N."""


def describe(graph: Graph, options: Options, *, free: bool = False) -> Record:
    """The network as a page has it.

    `title` stands above, `name` is what the document and a saved figure are called.
    `parts` is the tree, each part before its own, `in` being the position of the part around it;
    a part's costs are those of all layers within. `edges` join layers: tail, head, 1 for what is
    for training only plus 2 where the shape alone is read, and the word beside it, if any. The
    `sums` of a layer are positions in `arithmetic`, and its `attributes` one in those. Where the
    direction is a U, the `row` of a layer says how coarse its maps are, 1 being the finest.

    Args:
        free: whether the page may show less at first, so that all of it can be read.
    """
    parts = Parts(graph, options)
    if free and options.repeat == "equal" and parts.root.boxes() > _MANY:
        parts = Parts(graph, replace(options, repeat="alike"))
    (heading,) = headings([(graph, options)])
    arithmetic, counted = Arithmetic(graph), stats(graph)
    writer = _Writer(counted, options, arithmetic)
    records: list[Record] = []
    places: dict[Node | Output, int] = {}
    _number(parts.root, None, writer, records, places)
    direction = _direction(parts, options)
    if direction == "U":
        _mark_rows(parts, places, records)
    for node in parts.figure.selection.nodes:
        if alone(node) and node not in places:
            places[node] = places[node.inputs[0]]
    rows = [writer.layers[node.path] for node in parts.root.nodes()]
    return {
        "title": printable(heading),
        "name": printable(heading or title(graph, parts.figure.selection.root)),
        "source": printable(graph.source or ""),
        "direction": direction,
        "free": int(free),
        "levels": list(LEVELS),
        "totals": _counts(row for row in rows if not row.train_only),
        "trainOnly": _counts(row for row in rows if row.train_only),
        "parts": records,
        "attributes": list(writer.attributes),
        "arithmetic": arithmetic.lines,
        "edges": list(_edges(parts, places)),
    }


def _direction(parts: Parts, options: Options) -> str:
    """As asked for; else a U for what is one, and what suits the shape of a page."""
    if options.direction is not None:
        return options.direction
    if is_a_u(parts.figure):
        return "U"
    return "TB" if options.size is None else "LR"


def _mark_rows(parts: Parts, places: dict[Node | Output, int], records: list[Record]) -> None:
    """Note the row of a U that each layer with maps stands in."""
    scale = scales(parts.figure)
    steps = {step: row for row, step in enumerate(sorted(set(scale.values())), 1)}
    for box, step in scale.items():
        for node in box.nodes():
            if node in places:
                records[places[node]]["row"] = steps[step]


def _number(
    part: Part,
    outer: int | None,
    writer: _Writer,
    records: list[Record],
    places: dict[Node | Output, int],
) -> None:
    number = len(records)
    record = {"in": outer} if outer is not None else {}
    records.append(record | {k: v for k, v in writer.record(part).items() if v})
    if not isinstance(part.stands, Instance) and not part.children:
        places[part.stands] = number
    for child in part.children:
        _number(child, number, writer, records, places)


def _edges(parts: Parts, places: dict[Node | Output, int]) -> Iterator[list[Any]]:
    """In execution order of the heads, then by operand; then those to the outputs.

    Each with what is said on it: the formula of the value, on one of its edges, and which operand.
    """
    left = dict(parts.figure.formulas)
    for node in parts.figure.selection.nodes:
        if node.op.internal or alone(node):
            continue
        flowing = len(signal(node))
        for operand, value in enumerate(node.inputs):
            kind = int(value.train_only or node.train_only) + 2 * (operand >= flowing)
            words = filter(None, (left.pop(value, None), operand_word(node, operand)))
            said = ", ".join(map(printable, words))
            yield [places[value], places[node], kind, *([said] if said else [])]
    for output in parts.figure.outputs:
        note = left.pop(output.node, None)
        ends = [places[output.node], places[output], int(output.train_only)]
        yield [*ends, *([printable(note)] if note else [])]


def _counts(rows: Iterable[Layer]) -> Record:
    totals = Totals.of(rows)
    return {"params": totals.params, "macs": totals.macs}


class _Writer:
    """Writes down parts, each by itself."""

    def __init__(self, counted: Stats, options: Options, arithmetic: Arithmetic) -> None:
        self.layers = {layer.path: layer for layer in counted.layers}
        self.options = options
        self.arithmetic = arithmetic
        self.attributes: dict[tuple[tuple[str, str], ...], int] = {(): 0}

    def record(self, part: Part) -> Record:
        """Words, looks and costs of a part."""
        if isinstance(part.stands, Output):
            found = _output(part.stands)
        elif part.sort == "input":
            found = _input(part)
        else:
            found = self._body(part)
        found["lines"] = [printable(line) for line in found["lines"]]
        opened = part.opened[1:]
        return found | {
            "sort": part.sort,
            "open": int(bool(part.opened and part.opened[0])),
            "levels": sum(1 << i for i, state in enumerate(opened) if state),
        }

    def _body(self, part: Part) -> Record:
        nodes = list(part.nodes())
        rows = [self.layers[node.path] for node in nodes]
        found = self._looks(part)
        if all(node.train_only for node in nodes):
            found["dashed"] = 1
        if "attributes" in self.options.annotate and not isinstance(part.stands, Instance):
            found["lines"] += quiet((part.children[0] if part.sort == "run" else part).member)
        if self.options.annotate:
            members = part.children if part.sort == "run" else [part]
            costly = [list(member.nodes()) for member in members]
            if part.sort == "network":
                costly = list(map(lasting, costly))
            counted = [{node: self.layers[node.path] for node in some} for some in costly]
            fused = members[0].sort == "fused"
            found["lines"] += written(counted, self.options.annotate, fused=fused)
        return found | {
            "params": sum(row.params for row in rows),
            "macs": sum(row.macs for row in rows),
            "bytes": sum(row.output_bytes for row in rows),
            "field": field_words(rows[-1]) if rows else "",
            "shape": _shapes(part),
        }

    def _looks(self, part: Part) -> Record:
        if part.sort == "run":
            member = part.children[0]
            found = self._looks(member)
            found.pop("sums", None)
            times = len(part.children)
            first, *others = found["lines"]
            if isinstance(member.stands, Instance):  # alikes differ in what they give
                others = _packed([*_names(member.stands)[1:], *_shapes(part)])
            found["lines"] = [f"{first}  × {times}", *others]
            last = part.children[-1].stands
            found["last"] = printable(last.path) if isinstance(last, Node | Instance) else ""
            return found | {"times": times}
        if isinstance(part.stands, Instance):
            return _folded(part, part.stands)
        assert isinstance(part.stands, Node)
        row = self.layers[part.stands.path]
        found = _layer(part.stands, row, brief="attributes" not in self.options.annotate)
        said = tuple((printable(a), printable(b)) for a, b in attribute_words(part.stands.op))
        found["attributes"] = self.attributes.setdefault(said, len(self.attributes))
        if part.sort == "fused":
            others = [child.stands for child in part.children[1:]]
            fused = ", ".join(op_words(node)[0] for node in others if isinstance(node, Node))
            found["lines"].append(fused)
            found.pop("attributes")
            found.pop("news", None)
        elif part.sort == "layer":
            found["sums"] = self.arithmetic.of(part.stands, row)
        return found


def _shapes(part: Part) -> list[str]:
    """The shapes of its values, each once."""
    return [shape_words(shape) for shape in shapes_of(part.member)]


def _names(instance: Instance) -> list[str]:
    """What an instance is, and what it is called."""
    above = instance.parent
    names = ["the network"] if above is None else _spoken(folded([instance], above))
    lent = lender(instance)
    return names if lent is None else [*names, f"weights of {lent.path}"]


def _spoken(names: list[str]) -> list[str]:
    """Names as they are said."""
    return [name.replace("_", " ") for name in names]


def _packed(words: list[str]) -> list[str]:
    """Words side by side, as far as that makes no box wide."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + len(word) <= _WIDE:
            lines[-1] += f", {word}"
        else:
            lines.append(word)
    return lines


_WIDE = 20
"""Letters of words that stand side by side in a box."""


def _folded(part: Part, instance: Instance) -> Record:
    above = instance.parent
    names = _names(instance)
    return {
        "path": printable(instance.path),
        "block": printable(instance.block.name) if instance.block is not None else "",
        "called": list(map(printable, _spoken(called([instance], above)) if above else names)),
        "weights": "" if (lent := lender(instance)) is None else printable(lent.path),
        "role": "ground2",
        "lines": [names[0], *_packed([*names[1:], *_shapes(part)])],
    }


def _layer(node: Node, row: Layer, *, brief: bool) -> Record:
    lines = list(op_words(node, brief=brief))
    form = ""
    role: str = node.op.category
    if joins(node):
        sign = sign_of(node)
        form = "bar" if node.op.stacks else "circle" if sign else "oval"
        role = "bar" if node.op.stacks else "merge"
        lines = [sign or lines[0]]
    if node.shared:
        lines.append(f"weights of {node.owner.path}")
    return {
        "path": printable(node.path),
        "op": node.op.name,
        "lines": lines,
        "form": form,
        "role": role,
        "dashed": int(dashed(node)),
        "weights": printable(row.shared or ""),
        "news": int(bool(node.inputs) and node.output != node.input_shapes[0]),
    }


def _input(part: Part) -> Record:
    node = part.stands
    assert isinstance(node, Node)
    shape = shape_words(node.output)
    found: Record = {"path": printable(node.path), "lines": [node.path, shape], "shape": [shape]}
    return found | {"form": "oval", "role": "paper"}


def _output(output: Output) -> Record:
    shape, *more = output_words(output)
    lines = [output.name, shape, *more]
    found: Record = {"path": printable(output.name), "lines": lines, "shape": [shape]}
    return found | {"form": "oval", "role": "paper", "dashed": int(output.train_only)}
