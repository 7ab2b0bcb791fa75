"""Which layer of one network is which of another.

Within each pair of block instances the children are matched by id first. Those without an id
have a position instead, which shifts when something is inserted before them; they, and ids
that only one network has, are matched by what they are: the longest common subsequence of equal
ones, then of those equal but for their shapes, then of those of one op or block, and at last of
those that make the same of the same. What is left has no twin.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from archspec.analysis.alignment import align
from archspec.analysis.parts import block_name
from archspec.ir.graph import Graph, Instance, Node

Part = Instance | Node


def match(before: Graph, after: Graph) -> dict[Part, Part]:
    """The twin in the second network of each part of the first that has one.

    Takes time in proportion to the number of layers and, within one block instance, to its
    square divided by the length of a machine word.
    """
    twins: dict[Part, Part] = {}
    _match(before.root, after.root, _Fingerprints(), twins)
    by_name = {node.path: node for node in after.inputs}
    rest = [node for node in before.inputs if node.path not in by_name]
    twins |= {node: by_name.pop(node.path) for node in before.inputs if node.path in by_name}
    return twins | dict(zip(rest, by_name.values(), strict=False))


def identity(part: Part) -> str | None:
    """Its id: the last word of its path, unless that is a position."""
    word = part.path.rpartition(".")[2]
    return None if word[:1].isdigit() else word


def settled(value: Any) -> Any:
    """A value as it means: a list of equal sizes, one an axis, is that size."""
    if isinstance(value, list | tuple):
        items = tuple(map(settled, value))
        return items[0] if items and items.count(items[0]) == len(items) else items
    return value


class _Fingerprints:
    """Numbers that are equal for what is equal: cheap to compare however much is within."""

    def __init__(self) -> None:
        self.numbers: dict[Hashable, int] = {}
        self.known: dict[tuple[Part, bool], int] = {}

    def exact(self, part: Part) -> int:
        """Equal ops, attributes, shapes and, within blocks, ids."""
        return self._number(part, True)

    def form(self, part: Part) -> int:
        """Equal but for the shapes."""
        return self._number(part, False)

    def _number(self, part: Part, shapes: bool) -> int:
        if (part, shapes) not in self.known:
            content: Hashable
            if isinstance(part, Instance):
                within = tuple((identity(c), self._number(c, shapes)) for c in part.children)
                content = (block_name(part), within)
            else:
                sizes = (part.input_shapes, part.output, part.train_only) if shapes else ()
                content = (type(part.op), *attributes(part).values(), sizes)
            self.known[part, shapes] = self.numbers.setdefault(content, len(self.numbers))
        return self.known[part, shapes]


def attributes(node: Node) -> dict[str, Any]:
    """An op's attributes; which nodes it refers to is part of the wiring."""
    fields = type(node.op).model_fields
    return {k: settled(getattr(node.op, k)) for k in fields if k not in node.op.references}


def _sort(part: Part) -> Hashable:
    """The op or the block, whatever its attributes."""
    if isinstance(part, Instance):
        return Instance, block_name(part)
    return Node, part.op.name


def _replaceable(part: Part) -> Hashable:
    """For layers what they make of what; any block may have taken another's place."""
    return Instance if isinstance(part, Instance) else (part.input_shapes, part.output)


def _match(x: Instance, y: Instance, known: _Fingerprints, twins: dict[Part, Part]) -> None:
    """Note which part of one instance is which of the other, at every depth."""
    twins[x] = y
    named: dict[Any, Part] = {(identity(c), type(c)): c for c in y.children if identity(c)}
    moved = {c: named[identity(c), type(c)] for c in x.children if (identity(c), type(c)) in named}
    back = {second: first for first, second in moved.items()}

    def same_id(part: Part) -> Hashable:
        return back.get(part, part)  # a part that has no namesake is equal to itself alone

    anchors = list(align(x.children, y.children, [same_id]))
    for first, _ in anchors:
        back.pop(moved.pop(first))
    left = [c for c in x.children if c not in moved]
    right = [c for c in y.children if c not in back]
    keys: list[Callable[[Part], Hashable]]
    keys = [same_id, known.exact, known.form, _sort, _replaceable]
    back |= {second: first for first, second in anchors}
    for first, second in [*align(left, right, keys), *moved.items()]:
        if isinstance(first, Instance) and isinstance(second, Instance):
            _match(first, second, known, twins)
        else:
            twins[first] = second
