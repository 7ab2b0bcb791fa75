"""What docs/architecture.md shows of each stage, printed of the objects that the stage holds.

docs/generate.py writes these sections into the page. The network is the page's own `small.yaml`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from archspec import pipeline
from archspec.backends.torch.equality import compare
from archspec.diagnostics import Source, Span
from archspec.elaboration.provenance import Branch, Cond, Step, provenance
from archspec.figures.detail import Detail
from archspec.figures.figure import Figure
from archspec.figures.folding import Box
from archspec.frontend.ast import Block, Home, Item
from archspec.frontend.loading import Document, load_source
from archspec.frontend.source import Scalar
from archspec.ir.dump import dump
from archspec.ir.graph import Definition, Graph, Instance, Node

PAGE = Path(__file__).with_suffix(".md")
WIDTH = 100


@cache
def document() -> Document:
    """The spec of the page, read."""
    found = re.search(
        r"<!-- file: small.yaml -->\n```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.S
    )
    assert found is not None
    return load_source(Source("small.yaml", found[1]))


@cache
def network() -> Graph:
    """Its graph."""
    return pipeline.elaborate(document())


# --- objects as text ------------------------------------------------------------------------

SHORT: Mapping[type, Callable[[Any], str]] = {
    Span: lambda span: f"{span.line}:{span.column}",
    Scalar: lambda scalar: f"Scalar({scalar.value!r}, {sketch(scalar.span)})",
    Node: repr,
    Instance: lambda scope: f"<{scope.path or 'the network'}: {scope.role}>",
    Item: lambda item: f"<item at {sketch(item.span)}>",
    Box: lambda box: f"<box {box.path}>",
    Block: lambda block: f"<block {block.name}>",
    Definition: lambda block: f"<block {block.name}>",
    Home: lambda home: f"<home of {', '.join(home.blocks)}>",
}
"""Objects that are only named where others hold them."""


def sketch(value: Any, column: int = 0, within: bool = True) -> str:
    """An object as Python would write it, on lines of at most `WIDTH` columns.

    Fields that have their defaults are left out, and what is long is shortened to dots.

    Args:
        column: how far its lines after the first are indented.
        within: whether it stands in another object, where some are only named.
    """
    if within and type(value) in SHORT:
        return SHORT[type(value)](value)
    if isinstance(value, BaseModel):
        given = value.model_dump(exclude_unset=True)
        return f"{type(value).__name__}({', '.join(f'{k}={v!r}' for k, v in given.items())})"
    if not (is_dataclass(value) or isinstance(value, HOLDERS)):
        return repr(value)
    begin, end = _brackets(value)
    parts = list(_parts(value, within))
    line = f"{begin}{', '.join(key + sketch(part) for key, part in parts)}{end}"
    if column + len(line) < WIDTH and "\n" not in line:
        return line
    inside = column + 2
    rows = (f"{' ' * inside}{key}{sketch(part, inside)},\n" for key, part in parts)
    return f"{begin}\n{''.join(rows)}{' ' * column}{end}"


HOLDERS = (dict, list, tuple, frozenset)
REPEATED = {"env", "source", "span"}
"""Fields of steps in steps that say again what is said around them."""


def _brackets(value: Any) -> tuple[str, str]:
    if isinstance(value, tuple):
        return "(", ",)" if len(value) == 1 else ")"
    if isinstance(value, list):
        return "[", "]"
    return ("{", "}") if isinstance(value, HOLDERS) else (f"{type(value).__name__}(", ")")


def _parts(value: Any, within: bool) -> Iterator[tuple[str, Any]]:
    """What an object holds, with what stands before it."""
    if isinstance(value, dict):
        yield from ((f"{sketch(key)}: ", one) for key, one in value.items())
    elif isinstance(value, frozenset):
        yield from (("", one) for one in sorted(value))
    elif isinstance(value, HOLDERS):
        yield from (("", one) for one in value)
    else:
        for one in fields(value):
            held = getattr(value, one.name)
            again = within and isinstance(value, Step | Cond | Branch) and one.name in REPEATED
            if not (again or isinstance(held, ast.AST) or _usual(one, held)):
                yield f"{one.name}=", held


def _usual(one: Field[Any], held: Any) -> bool:
    """Whether a field has its default."""
    default = one.default_factory() if one.default_factory is not MISSING else one.default
    return default is not MISSING and type(held) is type(default) and bool(held == default)


def _whole(*values: Any) -> str:
    return _text("text", "\n\n".join(sketch(value, within=False) for value in values))


def _text(language: str, text: str) -> str:
    return f"\n```{language}\n{text.rstrip()}\n```\n\n"


# --- the stages -----------------------------------------------------------------------------


def _in_graph(index: int) -> Item:
    return document().spec.graph[index]


def tree() -> str:
    """The entry of the loop as it was read from the text."""
    nodes: Any = document().tree.get("graph")
    return _whole(nodes.items[1])


def syntax() -> str:
    """The same entry in the abstract syntax."""
    return _whole(_in_graph(1))


def graph() -> str:
    """The whole graph."""
    return _text("text", dump(network()))


def parts() -> str:
    """One of its nodes and the scope that this stands in."""
    node = next(n for n in network().nodes if n.path == "unit2.down")
    return _whole(node, node.scope)


def origin() -> str:
    """How the block of that scope came about."""
    scope = next(i for i in network().instances if i.path == "unit2")
    return _whole(provenance(network()).of[scope])


def boxes() -> str:
    """What a figure shows of it, where each block is a box."""
    figure = Figure(network(), Detail(level="block"))
    return _whole(figure.inside, figure.arrows[1])


def source() -> str:
    """The emitted module."""
    return _text("text", pipeline.source(network()))


def compared() -> str:
    """What is said where the module agrees with the graph."""
    module = pipeline.compile_module(network(), device="meta")
    return _text("text", str(compare(network(), module)))


def lifted() -> str:
    """The spec that the graph alone gives."""
    alone = pipeline.elaborate(document())
    alone.provenance = None
    return _text("yaml", pipeline.to_spec(alone))


SECTIONS: dict[str, Callable[[], str]] = {
    one.__name__: one
    for one in (tree, syntax, graph, parts, origin, boxes, source, compared, lifted)
}
