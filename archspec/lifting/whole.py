"""Blocks in which nothing was changed: they are written as their spec has them.

So a block is one text in all variants of a network, whatever is decided in each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archspec.frontend.ast import Block, Constant, ParamDecl
from archspec.frontend.loading import Document
from archspec.frontend.source import Mapping as Tree
from archspec.frontend.source import plain
from archspec.frontend.unused import said_in
from archspec.frontend.using import parsed
from archspec.ir.graph import Graph
from archspec.lifting.samples import ABSENT, frozen

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Whole:
    """A block of a spec, and what else has to be there for it to mean the same.

    Attributes:
        data: what stands under its name.
        params: its parameters, in the order declared.
        read: the network's parameters that it reads, each with its value where the spec has none.
        blocks: the blocks that it names.
        words: all names in it, none of which the network may give to another parameter.
    """

    data: Data
    params: Mapping[str, ParamDecl]
    read: Mapping[str, Any]
    blocks: frozenset[str]
    words: frozenset[str]


def whole_blocks(graphs: Sequence[Graph]) -> dict[str, Whole]:
    """The blocks that can be written as the one spec has them that all of some graphs came from."""
    documents = {graph.origin for graph in graphs}
    (document, *others) = documents
    if others or not isinstance(document, Document):
        return {}
    named: dict[str, list[Block]] = {}
    for block in document.home.every_block():
        named.setdefault(block.name, []).append(block)
    alone = {name: one for name, (one, *more) in named.items() if not more}
    found = {name: whole for name, one in alone.items() if (whole := _whole(one, document, alone))}
    return _closed(found, graphs)


def _closed(found: dict[str, Whole], graphs: Sequence[Graph]) -> dict[str, Whole]:
    """Those of which no instance was changed, and which use no others than such."""
    used = {name: set(whole.blocks) for name, whole in found.items()}
    present: set[str] = set()
    for instance in (i for graph in graphs for i in graph.instances):
        if instance.block is None:
            continue
        name = instance.block.name
        present.add(name)
        if instance.stale:
            found.pop(name, None)
        around = instance.parent.unit.block if instance.parent is not None else None
        if around is not None:
            used.setdefault(around.name, set()).add(name)
    left: set[str] = set()
    while len(left) != len(found):
        left = set(found)
        found = {name: whole for name, whole in found.items() if used[name] <= left}
    return {name: found[name] for name in _reached(found, present)}


def _reached(found: Mapping[str, Whole], present: set[str]) -> Iterator[str]:
    """The blocks that there are instances of, and those that these name."""
    done, waiting = set[str](), [name for name in found if name in present]
    while waiting:
        name = waiting.pop(0)
        if name not in done:
            done.add(name)
            waiting += sorted(found[name].blocks)
            yield name


def _whole(block: Block, document: Document, known: Mapping[str, Block]) -> Whole | None:
    """A block as the spec has it; None where it is not known what all that it names will be."""
    said = said_in(block)
    called = (said.heads | said.words) & block.home.blocks.keys()
    if not called <= known.keys() or said.picked:
        return None
    read: dict[str, Any] = {}
    for name in sorted(said.names.keys() - block.params.keys() - {"input"}):
        read[name] = ABSENT
        if name not in document.spec.params:  # a used file has it, and says what it is
            default = block.home.params[name].default if name in block.home.params else None
            if not isinstance(default, Constant):
                return None
            read[name] = frozen(default.value)
    tree = parsed(block.span.source)
    blocks = tree.get("blocks") if isinstance(tree, Tree) else None
    found = blocks.get(block.name) if isinstance(blocks, Tree) else None
    data: Any = plain(found) if found is not None else {}
    words = {*said.names, *said.words, *said.heads, *block.params}
    return Whole(data, block.params, read, frozenset(called), frozenset(words))
