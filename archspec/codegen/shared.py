"""`share` as the module tree sees it: who provides a node's tensors, and whose module runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archspec.codegen.children import called_in
from archspec.codegen.forms import Layer
from archspec.codegen.structure import readings, structure
from archspec.elaboration.provenance import Provenance
from archspec.ir.graph import Instance, Node
from archspec.ops.derived import relative


class Shares:
    """Answers about one graph. `top` is the scope whose text is being written.

    What a node shares outside of `top` is for the class around it to arrange.
    """

    def __init__(self, layer: Callable[[Node], Layer], made: Provenance) -> None:
        self.layer, self.made, self.lent = layer, made.of, made.lent
        self._parts: dict[Instance, dict[str, Node]] = {}
        self._again: dict[Instance, bool] = {}

    def parts(self, instance: Instance) -> dict[str, Node]:
        """The nodes of an instance by the paths they have inside it."""
        if instance not in self._parts:
            self._parts[instance] = {instance.relative(n.path): n for n in instance.nodes()}
        return self._parts[instance]

    def lender(self, part: Node | Instance) -> Node | Instance | None:
        """What a `share` of its own names, if it has one."""
        return self.lent.get(part) if isinstance(part, Node) else self.made[part].lender

    def counterpart(self, node: Node, instance: Instance) -> Node | None:
        """The node of the instance's lender that stands where `node` does."""
        lender = self.made[instance].lender
        assert lender is not None
        return self.parts(lender).get(instance.relative(node.path))

    def provider(self, node: Node, top: Instance) -> Node:
        """The node whose tensors this one uses."""
        if node in self.lent:
            return self.provider(self.lent[node], top)
        scope: Instance | None = node.scope
        while scope is not None and scope is not top:
            if self.made[scope].lender is not None and not self.made[scope].keeps(node):
                other = self.counterpart(node, scope)
                return node if other is None else self.provider(other, top)
            scope = scope.parent
        return node

    def home(self, node: Node, top: Instance) -> Node:
        """The node at whose path the module stands that computes this one."""
        if self.calls_again(node):
            return self.home(self.lent[node], top)
        scope: Instance | None = node.scope
        while scope is not None and scope is not top:
            if self.made[scope].lender is not None and self.runs_again(scope):
                other = self.counterpart(node, scope)
                return node if other is None else self.home(other, top)
            scope = scope.parent
        return node

    def calls_again(self, node: Node) -> bool:
        """Whether a node that shares is the very same op: then its lender's module serves."""
        return (
            node in self.lent
            and self.lends_module(node)
            and self.layer(node).module == self.layer(self.lent[node]).module
        )

    def lends_module(self, node: Node) -> bool:
        """Whether what a node shares stands in a module, not in a call."""
        lender = self.lent[node]
        if node.tensors() or (lender in self.lent and self.calls_again(lender)):
            return True
        return not called_in([lender], [self.layer(lender)])

    def runs_again(self, instance: Instance) -> bool:
        """Whether an instance that shares does what its lender does, with all its tensors."""
        if instance not in self._again:
            lender, whole = self.made[instance].lender, not self.made[instance].own
            self._again[instance] = (
                lender is not None and whole and self.rows(instance) == self.rows(lender)
            )
        return self._again[instance]

    def rows(self, instance: Instance) -> list[tuple[Any, ...]]:
        """All that an instance computes, in terms that do not say where it stands."""

        inside = {n.path for n in instance.nodes()}

        def place(node: Node) -> Any:
            if node.path in inside:
                return instance.relative(node.path)
            return instance.inputs.index(node) if node in instance.inputs else None

        def derived(node: Node) -> Any:
            trees = node.derived or {}
            expressions = {key: relative(tree, place) for key, tree in trees.items()}
            return node.op.name, node.op.model_dump(exclude=set(trees)), expressions

        rows: list[tuple[Any, ...]] = [
            (instance.relative(n.path), self.layer(n) if n.derived is None else derived(n))
            for n in instance.nodes()
        ]
        body = self.made[instance].body
        return [*rows, structure(body), readings(body)]
