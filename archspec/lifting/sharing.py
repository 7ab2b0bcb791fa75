"""Owners of tensors -> `share`: whose weights an instance or a node uses, and what it keeps."""

from __future__ import annotations

from collections.abc import Iterable

from archspec.ir.graph import Graph, Instance, Node
from archspec.lifting.entries import Names
from archspec.lifting.names import Namer, is_list
from archspec.lifting.unsayable import Unsayable


class Shares:
    """Says of the parts of one graph what they share.

    `lenders` has for each instance that shares the one whose weights it uses.

    Raises:
        Unsayable: where no `share` says whose tensors a node uses.
    """

    def __init__(self, graph: Graph, names: Namer) -> None:
        self.graph, self.names = graph, names
        self.scopes = {i.path: i for i in graph.instances}
        self.expected: dict[str, str] = {}
        self.sharing: set[Instance] = set()
        self.lenders: dict[Instance | Node, Instance] = {}
        self.found: dict[Instance | Node, tuple[Names, tuple[str, ...]]] = {}
        self.reached: set[Node] = set()
        self.users: dict[str, list[Node]] = {}
        for node in graph.nodes:
            self.users.setdefault(node.owner.path, []).append(node)
        if any(n.lender is not None for n in graph.nodes):
            self._walk(graph.root)

    def of(self, part: Node | Instance) -> tuple[Names, tuple[str, ...]] | None:
        """The names of what a part shares, and what keeps its own; empty where it shares nothing.

        None within an instance that shares: there the lender's own instance says it.
        """
        if isinstance(part, Node) and part in self.reached:  # a name that its body may give
            return self._meaning(self.names.wanted(part.owner, part.scope), part.scope), ()
        if part in self.found:
            return self.found[part]
        around = part.scope if isinstance(part, Node) else part.parent
        inside = around is not None and any(s in self.sharing for s in around.ancestors())
        return None if inside else ((), ())

    def _walk(self, root: Instance) -> None:
        stack: list[Instance | Node] = [root]
        while stack:
            part = stack.pop()
            if isinstance(part, Node):
                self._node(part)
                continue
            if part.block is not None:
                self._instance(part)
            stack += reversed(part.children)

    def _due(self, node: Node) -> str:
        """The owner that a node has by what is shared around it."""
        return self.expected.get(node.path, node.path)

    def _node(self, node: Node) -> None:
        owner = node.owner
        if owner.path == self._due(node):
            return
        users = self.users[owner.path]
        for lender in (owner, *users[: users.index(node)]):
            names = self._meaning(self.names.of(lender, node.scope), node.scope)
            if names:
                self.found[node] = names, ()
                return
        if self.names.reaches(owner, node.scope):
            before = {*self.names.claimed}
            names = self._meaning(self.names.wanted(owner, node.scope), node.scope)
            self.names.lenders |= self.names.claimed - before
            if names:
                self.reached.add(node)
                return
        message = "`share` gives a node those of one in sight, and a block those of what has the"
        message += " same path within one other instance"
        raise Unsayable(f"`{node.path}` uses the tensors of `{owner.path}`: {message}")

    def _meaning(self, names: Names, scope: Instance) -> Names:
        """Those of the names of a value that mean its node, and not a scope that gives it."""
        around = [f"{one.path}." if one.path else "" for one in scope.ancestors()]
        return tuple(n for n in names if not any(f"{path}{n}" in self.scopes for path in around))

    def _instance(self, inner: Instance) -> None:
        """Find whose weights an instance uses that uses some from outside."""
        nodes = [n for n in inner.nodes() if n.tensors()]
        before = f"{inner.path}."
        foreign = [
            n for n in nodes if n.owner.path != self._due(n) and not n.owner.path.startswith(before)
        ]
        if not foreign or inner.parent is None:
            return
        tail = inner.relative(foreign[0].path)
        found = (self.scopes.get(path) for path in self._lenders(foreign[0], tail))
        lenders = [one for one in found if one is not None and one.block and one is not inner]
        for lender in sorted(lenders, key=lambda one: one.block is not inner.block):
            names = self._named(lender, inner.parent)
            own = self._own(inner, lender, nodes) if names else None
            if names and own is not None:
                self.found[inner] = names, own
                self.sharing.add(inner)
                self.lenders[inner] = lender
                return

    def _lenders(self, node: Node, tail: str) -> Iterable[str]:
        """The scopes before a node in which the same place has its tensors."""
        users = self.users[node.owner.path]
        before = [node.owner.path, *(n.path for n in users[: users.index(node)])]
        return [u[: -len(tail) - 1] for u in dict.fromkeys(before) if u.endswith(f".{tail}")]

    def _named(self, lender: Instance, scope: Instance) -> Names:
        """The name of an instance in a scope, by its first value."""
        around: Instance | None = scope
        while around is not None:
            if lender.parent is around:
                return (lender.name,) if not lender.name.isdecimal() else self._claim(lender)
            if around.block is not None:
                return ()
            parent, parts = lender.parent, [lender]
            while parent is not None and parent is not around and parent.block is None:
                parts.append(parent)
                parent = parent.parent
            if parent is around:
                self.names.lenders |= {p for p in parts if p.parent and not is_list(p.parent)}
                return (".".join(p.name for p in reversed(parts)),)
            around = around.parent
        return ()

    def _claim(self, lender: Instance) -> Names:
        self.names.lenders.add(lender)
        return (lender.name,)

    def _own(self, inner: Instance, lender: Instance, nodes: list[Node]) -> tuple[str, ...] | None:
        """The fewest selectors for the nodes that keep their own; None where there are none."""
        kept: list[Node] = []
        owners: dict[str, str] = {}
        by_path = self.graph.by_path
        for node in nodes:
            twin = by_path.get(f"{lender.path}.{inner.relative(node.path)}")
            if twin is None and node.shared:
                return None
            if twin is not None and node.owner is twin.owner:
                owners[node.path] = twin.owner.path
            elif node.owner.path.startswith(f"{inner.path}."):
                kept.append(node)
            else:
                return None
        own = selectors(inner, nodes, [n for n in kept if not n.shared])
        if own is None:
            return None
        self.expected.update(owners)
        for node in kept:
            self.expected[node.path] = node.owner.path
        return own


def selectors(inner: Instance, nodes: list[Node], kept: list[Node]) -> tuple[str, ...] | None:
    """The fewest words that select just some of the nodes with weights within an instance."""
    wanted, chosen = set(kept), list[str]()
    meant: dict[str, set[Node]] = {}
    for node in nodes:
        meant.setdefault(node.op.name, set()).add(node)
        words = inner.relative(node.path).split(".")
        for word in words:
            meant.setdefault(f".{word}", set()).add(node)
        for start in range(len(words) - 1):
            meant.setdefault("".join(f".{w}" for w in words[start:]), set()).add(node)
    fitting = {word: found for word, found in meant.items() if found <= set(kept)}
    while wanted:
        best = max(
            fitting,
            key=lambda w: (len(fitting[w] & wanted), not w.startswith("."), -len(w)),
            default=None,
        )
        if best is None or not fitting[best] & wanted:
            return None
        chosen.append(best)
        wanted -= fitting[best]
    return tuple(chosen)
