"""What was lifted -> the plain data of a whole file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archspec.ir.graph import Graph
from archspec.lifting.blocks import Block
from archspec.lifting.defaults import declared, typed, usual
from archspec.lifting.lifter import Lifter
from archspec.lifting.phrases import plain
from archspec.lifting.samples import ABSENT, same
from archspec.lifting.terms import Variable
from archspec.lifting.unsayable import Unsayable
from archspec.lifting.writing import Writer

Data = dict[str, Any]


def file_of(lifted: Lifter) -> Data:
    """The plain data of a file that has all the graphs, as variants where there are several."""
    graph = lifted.graphs[0]
    first = {b.name: p[0] for b in lifted.blocks.values() if (p := b.parameters())}
    bare = {name: p.name for name, p in first.items() if p.default is ABSENT}
    writer = Writer(bare)
    said: Data = {"name": graph.name}
    labels = {g.label for g in lifted.graphs}
    if len(labels) == 1 and graph.label is not None:
        said["label"] = plain(graph.label)
    for key in ("source", "year"):
        if getattr(graph, key) is not None:
            said[key] = getattr(graph, key)
    said["inputs"] = {
        node.path: [lifted.inputs[node.path, axis].text for axis in range(len(node.output))]
        for node in graph.inputs
    }
    _parameters(said, lifted)
    rules = [rule for g in lifted.graphs for rule in g.init]
    if rules:
        said["init"] = starts(rules)
    if lifted.blocks:
        said["blocks"] = {b.name: definition(b, writer) for b in lifted.blocks.values()}
        said["blocks"] |= {n: w.data for n, w in lifted.whole.items() if n not in lifted.blocks}
    said["graph"] = writer.whole(lifted.items)
    if lifted.outputs:
        said["outputs"] = {name: _end(parts) for name, parts in lifted.outputs.items()}
    return said


def _end(parts: dict[str, Any]) -> Any:
    said = {key: slot.text for key, slot in parts.items() if slot.text is not False}
    said = {key: text for key, text in said.items() if text is not None}
    return said["from"] if list(said) == ["from"] else said


def _parameters(said: Data, lifted: Lifter) -> None:
    """The network's parameters and its variants."""
    graphs, known = lifted.graphs, [v for v in lifted.level.variables if v.used]
    places = {name: place for place, name in enumerate(graphs[0].params)}
    known.sort(key=lambda variable: places.get(variable.name, len(places)))
    defaults = {v.name: _default(v, graphs) for v in known}
    if known:
        said["params"] = {v.name: typed(defaults[v.name], v.values) for v in known}
    if len(graphs) == 1:
        return
    rows: Data = {}
    for number, graph in enumerate(graphs):
        if graph.variant is not None:
            row: Data = {"label": plain(graph.label)} if "label" not in said else {}
            row = row if graph.label is not None else {}
            rows[graph.variant] = row | {
                v.name: plain(v.values[number])
                for v in known
                if v.values[number] is not ABSENT and not same(v.values[number], defaults[v.name])
            }
    said["variants"] = rows


def _default(variable: Variable, graphs: Sequence[Graph]) -> Any:
    """The value of the graph that is no variant, or the most usual one."""
    for graph, value in zip(graphs, variable.values, strict=True):
        if graph.variant is None and value is not ABSENT:
            return value
    return usual(variable.values)


def definition(block: Block, writer: Writer) -> Data:
    """What stands under the name of a block."""
    if block.whole is not None:
        return dict(block.whole.data)
    said: Data = {}
    if block.label is not None and block.label.text:
        said["label"] = block.label.text
    known = block.instances[0].block
    if known is not None and known.doc:
        said["doc"] = plain(known.doc)
    if block.inputs:
        said["inputs"] = list(block.inputs)
    parameters = block.parameters()
    if parameters:
        said["params"] = {p.name: declared(p) for p in parameters}
    said["graph"] = writer.whole(block.items)
    if block.outputs:
        outputs: Data = {}
        for name, slot in block.outputs.items():
            there = block.there.get(name)
            outputs[name] = slot.text if there is None else {"from": slot.text, "when": there.text}
        alike = all(name == text for name, text in outputs.items())
        said["outputs"] = list(outputs) if alike else outputs
    return said


def starts(rules: Sequence[Any]) -> Data:
    """What is said under `init`.

    Raises:
        Unsayable: where graphs say different things of one tensor.
    """
    said: Data = {}
    for rule in rules:
        scheme: Any = plain(rule.values) if rule.values is not None else rule.scheme
        if rule.args:
            scheme = {rule.scheme: dict(rule.args)}
        known = said.setdefault(rule.selector.text, {})
        if known.setdefault(rule.tensor, scheme) != scheme:
            raise Unsayable(f"`{rule.selector.text}` starts otherwise in another variant")
    return said
