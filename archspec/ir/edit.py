"""Edits of a graph: on a copy, and all of them or none.

```python
with edit(graph) as editor:
    editor.replace("layer1.0.conv1", "conv", out_channels=64, kernel_size=5, padding=2)
    editor.remove("layer1.0.relu")
graph = editor.graph
```
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any

from archspec.diagnostics import did_you_mean
from archspec.ir.arguments import (
    given_graph,
    given_id,
    given_index,
    given_input,
    given_output,
    several,
)
from archspec.ir.clone import clone, embed
from archspec.ir.draft import Draft, Part, fresh, holds, name_of, within
from archspec.ir.graph import Graph, Instance, Node
from archspec.ir.making import Refused, make
from archspec.ir.settle import settle
from archspec.ops.base import Op
from archspec.ops.types import Tensor

Value = Part | str
"""A part, or the value that it gives: a node, an instance that gives one value, or a path."""


class Editor:
    """Edits a copy of a graph; `commit` verifies it and returns it.

    A part is given by its path in the graph as it was at first, or as the node or instance itself:
    one of the original graph, or one that an edit has returned. What a part is called changes at
    the commit: what has no id is called by its position, which moves with what stands before it.

    What no output needs after the edits is dropped, and so are scopes that become empty. A value
    that is read across the border of a block becomes one of its inputs or outputs. An instance in
    which something was changed is `stale`, and so are those around it: its parameters no longer say
    what is in it. So is the network then, which has no variant any longer; its label stays.
    `provenance` is gone; what a part came from stays as its `origin`.

    An edit of what nothing needs any longer is refused, since it would have no effect.
    """

    def __init__(self, graph: Graph) -> None:
        self.original = given_graph(graph)
        copy = graph.copy(provenance=False)
        self.draft = Draft(copy)
        self._graph: Graph | None = None
        self._dissolved: set[Part] = set()
        self._copies: dict[Part, Part] = dict(zip(graph.nodes, copy.nodes, strict=True))
        self._copies |= dict(zip(graph.root.instances(), copy.root.instances(), strict=True))
        self._own: set[Part] = {*self._copies.values()}
        self._parts = {part.path: part for part in self._own if part is not copy.root}

    def __enter__(self) -> Editor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.commit()

    def commit(self) -> Graph:
        """Return the edited graph.

        Raises:
            Refused: with all reasons why it is none; the original is what it was.
        """
        if self._graph is None:
            self._graph = settle(self.draft)
        return self._graph

    @property
    def graph(self) -> Graph:
        """The edited graph, once it is committed."""
        if self._graph is None:
            raise Refused("nothing is committed yet")
        return self._graph

    # --- parts ----------------------------------------------------------------------

    def part(self, part: Value) -> Part:
        """The node or instance of the draft that is meant.

        Raises:
            Refused: where there is none.
        """
        if self._graph is not None:
            raise Refused("these edits are committed: others begin with the graph that they made")
        if not isinstance(part, str | Node | Instance):
            raise Refused(f"{part!r} is no node")
        found = self._parts.get(part) if isinstance(part, str) else self._copies.get(part, part)
        if found is None or found not in self._own:
            if not isinstance(part, str):
                raise Refused(f"`{part.path}` is a part of another graph")
            raise Refused(f"the graph has no `{part}`", did_you_mean(part, self._parts))
        if found in self._dissolved:
            raise Refused(f"`{found.path}` is gone: an edit before this one dissolved it")
        return found

    def _there(self, part: Value) -> Part:
        """The node or instance that is meant, where the edits before this one have left it.

        What an output needs that was taken out may be needed again.
        """
        found = self.part(part)
        if not self.draft.needed(found):
            raise Refused(f"{found.told} is gone: after the edits before this one nothing needs it")
        return found

    def node(self, node: Value) -> Node:
        """The node of the draft that is meant."""
        found = self.part(node)
        if isinstance(found, Instance):
            if len(found.output) != 1:
                raise Refused(f"`{found.path}` gives {len(found.output)} values: name one of them")
            return found.output[0]
        return found

    def _op(self, node: Value) -> Node:
        """A node that may be edited, which is no instance and no input."""
        found = self._there(node)
        if isinstance(found, Instance) or found.op.internal:
            what = "an instance" if isinstance(found, Instance) else "an input of the network"
            raise Refused(f"`{found.path}` is {what}, and no op")
        return found

    # --- edits ----------------------------------------------------------------------

    def replace(
        self,
        part: Value,
        by: Op | str | Node | Instance | Graph,
        /,
        **attributes: Any,
    ) -> Part:
        """Put something in the place of a part; what is meant follows from what it is replaced by.

        - An op, or the name of one and its attributes: the node has another op, and its operands.
        - A node: all that reads the part's value reads that node's.
        - An instance or a graph, in place of an instance: a copy of its body, fed as that was.

        Returns:
            What is there now.
        """
        if not isinstance(by, Op | str | Node | Instance | Graph):
            raise Refused(f"{by!r} is no op, no part and no graph")
        if isinstance(by, Op | str):
            return self._replace_op(self._op(part), by, attributes)
        if isinstance(by, Node):
            value, to = self.node(self._there(part)), self.node(by)
            if value is to:
                raise Refused(f"`{value.path}` cannot be replaced by itself")
            self.draft.redirect(value, to)
            return to
        found = self._there(part)
        if not isinstance(found, Instance) or found.parent is None:
            raise Refused(f"`{found.path}` is no instance, and cannot be replaced by one")
        if isinstance(by, Graph):
            made = embed(self.draft, found, by)
        else:
            other = self.part(by)
            assert isinstance(other, Instance), "what is replaced by an instance"
            made = clone(self.draft, found, other)
        self._dissolved |= {*found.instances(), *found.nodes()}
        self._own |= {*made.instances(), *made.nodes()}
        return made

    def _replace_op(self, node: Node, by: Op | str, attributes: dict[str, Any]) -> Node:
        op, references = make(by, attributes, self.node)
        flowing = node.inputs[: len(node.inputs) - len(node.references)]
        if len(flowing) > 1 and not op.merges:
            raise Refused(f"`{op.name}` reads one value, and {node.told} has {len(flowing)}")
        old = _tensors(node)
        node.op, node.derived = op.unnamed(), None
        self.draft.rewire(node, (*flowing, *references))
        self.draft.anew.update(references)
        self.draft.edited[node.scope] = None
        if not old or _tensors(node) != old:
            self._part_ways(node)
        return node

    def _part_ways(self, node: Node) -> None:
        """Give a node tensors of its own; those that share what it had go on sharing that."""
        node.lender = None
        heir: Node | None = None
        for other in self.draft.graph.root.nodes():
            if other.lender is node:
                other.lender, heir = heir, heir or other

    def remove(self, part: Value, *, branch: int | None = None) -> None:
        """Take out a part, whose readers then read what it reads; of a merge, perhaps one branch.

        A node or an instance that reads several values, or gives several, cannot be taken out: its
        readers would not know what to read. `replace` says it.
        """
        found = self._there(part)
        if isinstance(found, Instance) and found.parent is None:
            raise Refused("the network itself cannot be taken out")
        if branch is not None:
            self._remove_branch(self._op(found), branch)
            return
        if isinstance(found, Instance):
            read, given = found.inputs, found.output
        else:
            node = self._op(found)
            read, given = node.inputs[: len(node.inputs) - len(node.references)], (node,)
        if len({*read}) != 1 or len(given) != 1:
            many = f"reads {len({*read})} values and gives {len(given)}"
            raise Refused(f"`{found.path}` {many}: nothing follows for its readers")
        if isinstance(found, Instance) and not holds(found, given[0]):
            raise Refused(f"`{found.path}` gives what it is given")
        self.draft.redirect(given[0], read[0])

    def _remove_branch(self, node: Node, branch: int) -> None:
        count = len(node.inputs) - len(node.references)
        given_index(branch, count if node.op.merges else 0, f"{node.told} has no branch")
        if count == 1:
            raise Refused(f"{node.told} has no other branch")
        self.draft.rewire(node, [*node.inputs[:branch], *node.inputs[branch + 1 :]])
        self.draft.edited[node.scope] = None

    def rename(self, part: Value, name: str | int | None) -> None:
        """Give a part another id, or none: then its position is what it is called.

        A number is an id, too: it claims the position, from which counting goes on.
        """
        found = self._there(part)
        if isinstance(found, Node) and found.op.internal:
            if name is None:
                raise Refused(f"the input `{found.path}` has to have a name")
            name = given_input(name)
        else:
            name = given_id(name)
        if name is None and isinstance(found, Instance) and found.role in ("group", "list"):
            hint = f"inline({found.path!r}) dissolves it"
            raise Refused(f"the {found.role} `{found.path}` has to have an id", hint)
        scope = found.parent if isinstance(found, Instance) else found.scope
        if scope is None:
            raise Refused("the network is called as its graph is")
        there = [*scope.children, *(self.draft.graph.inputs if scope.parent is None else ())]
        if any(name == name_of(one) for one in there if one is not found and one.id is not None):
            raise Refused(f"`{within(scope, name)}` is there already")
        found.path = within(scope, name)
        self.draft.claimed.discard(found)
        if name is not None and name.isdecimal():
            self.draft.claimed.add(found)
        if isinstance(found, Instance):
            found.name = name_of(found)
        self.draft.edited[scope] = None

    def insert(
        self,
        op: Op | str,
        /,
        *,
        after: Value | None = None,
        before: Value | None = None,
        operand: int = 0,
        also: Value | Sequence[Value] = (),
        id: str | int | None = None,
        **attributes: Any,
    ) -> Node:
        """Put an op on a way of values, and return its node.

        Args:
            after: the value that it reads; all that read this value read the new one. What is put
                after an instance stands outside of it.
            before: the node, or the instance, that reads the new value, in place of one of its
                operands: on this edge alone.
            operand: which of the operands of `before`.
            also: what a merge reads besides; one value alone needs no list.
        """
        if (after is None) == (before is None):
            raise Refused("what is inserted stands either after a value or before a node")
        made, references = make(op, attributes, self.node)
        id = given_id(id)
        others = tuple(map(self.node, several(also, "what a merge reads besides")))
        if others and not made.merges:
            raise Refused(f"`{made.name}` reads one value, and is given {1 + len(others)}")
        place = before if after is None else after
        assert place is not None
        beside = self._there(place)
        value = self.node(beside) if before is None else self._operand(beside, operand)
        scope = beside.parent if isinstance(beside, Instance) else beside.scope
        if scope is None or (before is not None and isinstance(beside, Node) and not beside.inputs):
            raise Refused(f"nothing stands before `{beside.path}`")
        first = isinstance(beside, Node) and beside.op.internal
        index = 0 if first else scope.children.index(beside) + (before is None)
        node = self.draft.node(made.unnamed(), (value, *others, *references), scope, index, id)
        self._own.add(node)
        if isinstance(beside, Instance):
            inside = before is not None
            self.draft.redirect(
                value, node, [node], lambda one: (beside in one.ancestors()) is inside
            )
        elif before is None:
            self.draft.redirect(value, node, [node])
        else:
            inputs = list(beside.inputs)
            inputs[operand] = node
            self.draft.rewire(beside, inputs)
        return node

    def _operand(self, part: Part, operand: int) -> Node:
        """One of the values that a node or an instance reads."""
        return part.inputs[given_index(operand, len(part.inputs), f"{part.told} has no operand")]

    def inline(self, part: Instance | str) -> None:
        """Dissolve a scope: what stands in it stands in the one around it.

        Ids that are taken there get the scope's name before them.
        """
        scope = self._there(part)
        if not isinstance(scope, Instance) or scope.parent is None:
            raise Refused(f"`{scope.path or 'network'}` is no scope within the network")
        around, draft = scope.parent, self.draft
        taken = {one.id for one in around.children if one.id is not None and one is not scope}
        taken |= {*around.block.inputs} if around.block is not None else set()
        taken |= {node.path for node in draft.graph.inputs} if around.parent is None else set()
        index = around.children.index(scope)
        around.children.pop(index)
        for number, child in enumerate([*scope.children]):
            wish = child.id
            if wish in taken and scope.id is not None:
                wish = f"{scope.id}_{wish}"
            name = None if wish is None else fresh(wish, taken)
            draft.place(child, around, index + number)
            draft.claimed.discard(child)
            child.path = within(around, name)
            if isinstance(child, Instance):
                child.name = name_of(child)
        self._dissolved.add(scope)
        around.notes |= scope.notes
        draft.mentioned(around)

    # --- outputs --------------------------------------------------------------------

    def output(
        self,
        name: str,
        value: Value,
        *,
        train_only: bool = False,
        loss_weight: float | None = None,
    ) -> None:
        """Let a value be an output, in place of the one that has this name, if there is one."""
        made = given_output(name, self.node(value), train_only, loss_weight)
        self.draft.anew.add(made.node)
        self._forget_outputs(name)
        outputs = self.draft.graph.outputs
        place = next((n for n, one in enumerate(outputs) if one.name == name), len(outputs))
        outputs[place : place + 1] = [made]

    def remove_output(self, name: str) -> None:
        """Take out an output, and with it what no other output needs."""
        outputs = self.draft.graph.outputs
        if all(output.name != name for output in outputs):
            raise Refused(f"the network has no output `{name}`")
        self._forget_outputs(name)
        outputs[:] = [output for output in outputs if output.name != name]

    def _forget_outputs(self, name: str) -> None:
        """Remember what an output was that is none now: it may be one again."""
        draft = self.draft
        draft.ends |= {output.node for output in draft.graph.outputs if output.name == name}
        draft.edited[draft.graph.root] = None


def _tensors(node: Node) -> tuple[Tensor, ...]:
    """The tensors of a node; none where it cannot stand where the edits so far have left it."""
    try:
        node.op.infer(*node.input_shapes)
        return node.tensors()
    except Exception:  # the commit says what is wrong
        return ()


def edit(graph: Graph) -> Editor:
    """Return an editor of a copy of a graph, for a `with` that commits at its end."""
    return Editor(graph)
