"""Graphs made by hand, node by node.

```python
build = Builder("Small")
x = build.input("image", [3, 32, 32])
x = build("conv", x, out_channels=8, id="stem")
with build.block("residual", {"channels": 8}) as block:
    y = build("conv", x, out_channels=8, kernel_size=3, padding=1)
    y = build("add", y, x)
graph = build.graph()
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from archspec.ir.arguments import (
    given_id,
    given_input,
    given_line,
    given_mapping,
    given_node,
    given_output,
    given_text,
    given_word,
)
from archspec.ir.draft import NOWHERE, Draft, within
from archspec.ir.graph import Definition, Graph, Instance, Node, Output, Parameter, Role
from archspec.ir.limits import check_size
from archspec.ir.making import Refused, make, tuples
from archspec.ir.settle import settle
from archspec.ops import OpError
from archspec.ops.base import Op
from archspec.ops.identifiers import block_problem
from archspec.ops.shape import Input
from archspec.ops.types import MAX_AXES, MAX_SIZE, Shape


class Builder:
    """Makes a graph: calling it puts a node behind those that are there.

    A node is called by its `id`, or by its position in its scope. What a block reads of the values
    outside becomes its inputs, in the order in which it is first read; what it gives is its last
    value, unless `returns` says which.
    """

    def __init__(self, name: str, *, source: str | None = None, year: int | None = None) -> None:
        self._root = Instance("", "", None, None, {}, (), NOWHERE, role="network")
        name = given_line(name, "the name of a network")
        source = None if source is None else given_text(source, "a source")
        wrong: Any = year
        if year is not None and type(wrong) is not int:
            raise Refused(f"{year!r} cannot be a year: it is no whole number")
        self._graph = Graph(name, [], self._root, [], [], {}, source=source, year=year)
        self._draft = Draft(self._graph)
        self._scopes = [self._root]
        self._blocks: dict[str, Definition] = {}
        self._done = False

    # --- nodes ----------------------------------------------------------------------

    def input(self, name: str, shape: Sequence[int]) -> Node:
        """Add an input of the network, of a shape without the batch axis.

        Raises:
            Refused: for a name that cannot be one, or is taken, and an impossible shape.
        """
        self._check_open()
        given_input(name)
        given: Any = shape
        sizes = tuple(given) if isinstance(given, list | tuple) else ()
        if not 0 < len(sizes) <= MAX_AXES or not all(
            type(n) is int and 0 < n <= MAX_SIZE for n in sizes
        ):
            raise Refused(f"the input `{name}` has an impossible shape, {list(sizes) or shape!r}")
        self._check_free(name, self._root)
        node = input_node(name, sizes, self._root)
        self._graph.inputs.append(node)
        return node

    def __call__(
        self,
        op: Op | str,
        /,
        *values: Node,
        id: str | None = None,
        share: Node | None = None,
        label: str | None = None,
        doc: str = "",
        **attributes: Any,
    ) -> Node:
        """Add a node, and return it; its shape is inferred.

        Args:
            op: an op, or the name of one.
            values: what it reads.
            id: what it is called; default: by its position.
            share: the node whose tensors it uses.
            label, doc: what figures and descriptions say of it.
            attributes: the op's; those that refer to a node are given the node.

        Raises:
            Refused: for an op that there is not, attributes that it cannot have, and values that
                it cannot take.
        """
        self._check_open()
        scope = self._scopes[-1]
        made, references = make(op, attributes, given_node)
        values = tuple(map(given_node, values))
        if not values or (len(values) > 1 and not made.merges):
            wanted = "values" if made.merges else "one value"
            raise Refused(f"`{made.name}` reads {wanted}, and is given {len(values)}")
        inputs = (*values, *references)
        id = self._free(id, scope)
        shown = None if label is None else given_line(label, "a label")
        told_of = given_text(doc, "a doc")
        lender = None if share is None else given_node(share).owner
        try:
            shapes = tuple(value.output for value in inputs)
            shape = made.infer(*shapes)
            check_size(made, shapes, shape)
        except OpError as error:
            told = " and ".join(f"{value.told} {list(value.output)}" for value in inputs)
            raise Refused(f"`{made.name}` cannot read {told}: {error}", error.hint) from None
        node = self._draft.node(made, inputs, scope, len(scope.children), id, shape)
        node.label, node.doc, node.lender = shown, told_of, lender
        return node

    # --- scopes ---------------------------------------------------------------------

    @contextmanager
    def block(
        self,
        name: str,
        params: Mapping[str, Any] | None = None,
        *,
        id: str | None = None,
        label: str | None = None,
        doc: str = "",
    ) -> Iterator[Instance]:
        """Open an instance of a block, with the values of its parameters, for a `with`.

        Instances of blocks of one name are to have one body, up to what its parameters decide.
        """
        given_word(name, "a block")
        if (problem := block_problem(name)) is not None:
            raise Refused(f"`{name}` cannot be the name of a block: {problem}")
        said = given_mapping(params or {}, "the parameters of a block").items()
        values = {given_word(key, "a parameter"): tuples(value) for key, value in said}
        label = None if label is None else given_line(label, "a label")
        doc = given_text(doc, "a doc")
        known = self._blocks.setdefault(name, Definition(name, (), {}))
        given = {key: Parameter(key, _type(value)) for key, value in values.items()}
        known.params = {**given, **known.params}
        with self._scope("block", id, known, values) as scope:
            scope.label, scope.doc = label, doc
            yield scope

    @contextmanager
    def group(self, id: str) -> Iterator[Instance]:
        """Open a group with an id, for a `with`: its nodes read the values around it."""
        if id is None:
            raise Refused("a group has to have an id")
        with self._scope("group", id, None, {}) as scope:
            yield scope

    @contextmanager
    def _scope(
        self, role: Role, id: str | None, block: Definition | None, params: dict[str, Any]
    ) -> Iterator[Instance]:
        self._check_open()
        around = self._scopes[-1]
        id = self._free(id, around)
        path = within(around, id)
        name = path.rpartition(".")[2]
        scope = Instance(path, name, around, block, params, (), NOWHERE, role=role)
        scope.passed = frozenset(params)
        around.children.append(scope)
        if id is not None and id.isdecimal():
            self._draft.claimed.add(scope)
        self._scopes.append(scope)
        try:
            yield scope
        finally:
            self._scopes.pop()
        if not scope.children:
            raise Refused(f"{scope.told} holds nothing")
        if not scope.output:
            last = scope.children[-1]
            scope.output = last.output[:1] if isinstance(last, Instance) else (last,)

    def returns(self, *values: Node, **named: Node) -> None:
        """Say what the scope that is open gives: one value, or several, by their names."""
        self._check_open()
        scope = self._scopes[-1]
        for value in (*values, *named.values()):
            given_node(value)
        for name in named:
            given_word(name, "an output")
        if scope.parent is None:
            raise Refused("the network gives what `output` says")
        scope.outputs = dict(named)
        scope.output = tuple(named.values()) or values
        if len(values) + bool(named) != 1:
            raise Refused(f"`{scope.path}` returns one value, or several that have names")

    # --- the network ----------------------------------------------------------------

    def output(
        self,
        name: str,
        value: Node,
        *,
        train_only: bool = False,
        loss_weight: float | None = None,
    ) -> None:
        """Let a value be an output of the network; default: the last is the only one."""
        self._check_open()
        made = given_output(name, given_node(value), train_only, loss_weight)
        if any(output.name == name for output in self._graph.outputs):
            raise Refused(f"there is an output `{name}` already")
        self._graph.outputs.append(made)

    def graph(self) -> Graph:
        """Return the graph, which is verified; nothing can be added to it afterwards.

        Raises:
            Unsound: where it is none, with all reasons.
        """
        self._check_open()
        if len(self._scopes) > 1:
            raise Refused(f"`{self._scopes[-1].path}` is still open")
        self._done = True
        graph = self._graph
        if not graph.outputs and self._root.children:
            last = self._root.children[-1]
            node = last.output[0] if isinstance(last, Instance) else last
            graph.outputs = [Output(node.id or "output", node)]
        self._draft.edited.clear()
        return settle(self._draft)

    def _check_open(self) -> None:
        if self._done:
            raise Refused("the graph is made: `archspec.edit` changes it")

    def _free(self, id: str | None, scope: Instance) -> str | None:
        """The id of something in a scope, if it has one, where nothing has it yet."""
        word = given_id(id)
        if word is not None and not word.isdecimal():
            self._check_free(word, scope)
        return word

    def _check_free(self, word: str, scope: Instance) -> None:
        path = within(scope, word)
        there = [*scope.children, *(self._graph.inputs if scope is self._root else ())]
        if any(one.path == path for one in there):
            raise Refused(f"`{path}` is there already")


def input_node(name: str, shape: Shape, root: Instance) -> Node:
    """Return a node for an input of a network."""
    return Node(name, Input(shape=shape), (), shape, root, NOWHERE)


def _type(value: Any) -> str:
    """The type of a parameter that has this value."""
    types = {bool: "bool", int: "int", float: "float", str: "str", tuple: "list"}
    return types.get(type(value), "any")
