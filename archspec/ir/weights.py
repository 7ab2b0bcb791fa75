"""Weight maps: how each tensor of a new graph follows from the tensors of an old one.

A tensor is known by its key in a module's state dict: the path of the node that owns it, a dot, and
its name. What several nodes share is one tensor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from archspec.ir.graph import Graph
from archspec.ir.tensor_expr import TensorExpr, flat, old_tensor, substituted, topological, unflat
from archspec.ir.tensor_ops import OldTensor
from archspec.ir.weight_text import lines
from archspec.ops.types import Tensor, show


def state_of(graph: Graph) -> dict[str, Tensor]:
    """All parameters and buffers of a graph by key, in the order of its nodes; shared ones once."""
    return {
        f"{node.path}.{tensor.name}": tensor
        for node, tensors in graph.owners()
        for tensor in tensors
    }


def old_tensors(graph: Graph) -> dict[str, TensorExpr]:
    """All parameters and buffers of a graph by key, as expressions to build others of."""
    return {key: old_tensor(key, one.shape, one.dtype) for key, one in state_of(graph).items()}


class WeightMap(Mapping[str, TensorExpr]):
    """For each tensor of a new graph, by key, an expression over the tensors of an old one.

    Immutable; equal where the keys and the structure of the expressions are, in whatever order.
    """

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[str, TensorExpr]) -> None:
        self._entries = dict(entries)

    @classmethod
    def identity(cls, graph: Graph) -> WeightMap:
        """The map that copies every tensor of a graph."""
        return cls(old_tensors(graph))

    def __getitem__(self, key: str) -> TensorExpr:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __hash__(self) -> int:
        return hash(frozenset(self._entries.items()))

    def __repr__(self) -> str:
        copied = sum(isinstance(one.op, OldTensor) for one in self.values())
        return f"<weights: {len(self):,} tensors, {copied:,} of them copied>"

    def __reduce__(self) -> tuple[Any, ...]:
        places: dict[TensorExpr, int] = {}
        for one in topological(self.values()):
            places[one] = len(places)
        keys = {key: places[one] for key, one in self.items()}
        return _restored, (flat(self.values()), keys)

    def dump(self) -> str:
        """The map as text, a line a tensor; `weight_text.lines` says how."""
        return "".join(f"{line}\n" for line in lines(self))

    def read(self) -> dict[str, OldTensor]:
        """The old tensors that the expressions read, by key.

        Raises:
            ValueError: where two expressions take one of them to be of different shapes or dtypes.
        """
        found: dict[str, OldTensor] = {}
        for one in topological(self.values()):
            if isinstance(one.op, OldTensor):
                first = found.setdefault(one.op.key, one.op)
                if first != one.op:
                    raise ValueError(
                        f"`{first.key}` is read as {_told(first)}, and as {_told(one.op)}"
                    )
        return found

    def renamed(self, names: Mapping[str, str]) -> WeightMap:
        """The same map, where the new tensors in `names` are called what it gives for them.

        Raises:
            ValueError: for a key that is not there, and where two tensors would have one name.
        """
        unknown = names.keys() - self.keys()
        if unknown:
            raise ValueError(f"there is no `{min(unknown)}` to rename")
        found = {names.get(key, key): one for key, one in self.items()}
        if len(found) < len(self):
            raise ValueError("two tensors would have one name")
        return WeightMap(found)

    def after(self, first: WeightMap) -> WeightMap:
        """The map that does what `first` and then this one does.

        The cost is linear in this map alone, and `first` is shared, not copied. So a chain is best
        composed from its beginning: `third.after(second.after(first))`.

        Raises:
            ValueError: where this map reads what `first` does not give, or of another shape.
        """
        problems = list(_unlike(self.read(), first, "the first map"))
        if problems:
            raise ValueError("; ".join(problems))
        found = substituted(list(self.values()), lambda old: first[old.key])
        return WeightMap(dict(zip(self, found, strict=True)))

    def verify(self, old: Graph, new: Graph) -> None:
        """Hold the map against the graphs that it leads between.

        Raises:
            ValueError: where a tensor of `new` is missing, a key is not one of its tensors, a shape
                or dtype is not that of the graph's, or a tensor that is read is not one of `old`'s.
        """
        wanted = state_of(new)
        problems = [f"`{key}` of the new graph is missing" for key in wanted if key not in self]
        problems += _unlike(self, wanted, "the new graph")
        problems += _unlike(self.read(), state_of(old), "the old graph")
        if problems:
            raise ValueError("; ".join(problems))


_Typed = TensorExpr | OldTensor | Tensor


def _told(one: _Typed) -> str:
    return f"{one.dtype} {show(one.shape)}"


def _unlike(named: Mapping[str, _Typed], given: Mapping[str, _Typed], holder: str) -> Iterator[str]:
    """What is wrong with tensors of which each should be one that `holder` has."""
    for key, one in named.items():
        if key not in given:
            yield f"{holder} has no `{key}`"
        elif _told(one) != _told(given[key]):
            yield f"`{key}` is {_told(one)} here, and {_told(given[key])} in {holder}"


def _restored(rows: Iterable[Any], keys: Mapping[str, int]) -> WeightMap:
    found = unflat(rows)
    return WeightMap({key: found[place] for key, place in keys.items()})
