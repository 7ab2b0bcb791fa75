"""How a value is called where it is read: an id, or ids with dots between them."""

from __future__ import annotations

from collections.abc import Iterable

from archspec.ir.borders import flowing
from archspec.ir.graph import Graph, Instance, Node
from archspec.lifting.entries import Names
from archspec.lifting.unsayable import Unsayable


def is_list(scope: Instance) -> bool:
    """Whether a scope holds the rounds of an `each` that has an id."""
    return scope.role == "list"


class Namer:
    """The names of values, and those that lifting has to give to values without one.

    `claimed` are the nodes and instances whose position has to be written as an id, as it has of
    `lenders`; `placed` are ids for what flows into a scope.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.claimed: set[Node | Instance] = set()
        self.lenders: set[Node | Instance] = set()
        self.placed: dict[Instance, dict[Node, str]] = {}
        self.taken: dict[Instance, set[str]] = {}

    def begin(self, unit: Instance) -> None:
        """Take back the names that were given in a body, which is read anew, and claim some."""
        for part in [p for p in self.claimed if _around(p).unit is unit]:
            self.claimed.discard(part)
        for scope in [s for s in self.placed if s.unit is unit]:
            del self.placed[scope]
            self.taken.pop(scope, None)
        left = [unit]
        while left:
            scope = left.pop()
            self.claim(scope)
            left += (c for c in scope.children if isinstance(c, Instance) and c.block is None)

    def claim(self, scope: Instance) -> None:
        """Claim the positions in a scope that counting does not give, and those of its outputs."""
        count = 0
        for part in scope.children:
            number = int(part.path.rpartition(".")[2]) if part.id is None else count
            if number != count:
                self.claimed.add(part)
            count = number + 1
        ends = [*scope.outputs.values()]
        if scope.parent is None:
            last = flowing(scope.children[-1]) if scope.children else ()
            said = {output.node.id or "output" for output in self.graph.outputs}
            implied = scope.output == last and said == {o.name for o in self.graph.outputs}
            ends = [] if implied else [output.node for output in self.graph.outputs]
        for value in ends:
            self.wanted(value, scope)

    def of(self, value: Node, scope: Instance) -> Names:
        """The names of a value as seen from within a scope; empty where it has none."""
        return self._found(value, scope, False)

    def reaches(self, value: Node, scope: Instance) -> bool:
        """Whether a value can be named in a scope, which need not have a name so far."""
        around: Instance | None = value.scope
        inside = {*scope.ancestors()}
        boundary = next((s for s in scope.ancestors() if s.block is not None), None)
        while around is not None and around not in inside:
            if around.block is not None and value not in (*around.outputs.values(), *around.output):
                return False
            around = around.parent
        if around is None or boundary is None:
            return around is not None
        return value in boundary.inputs or boundary in around.ancestors()

    def wanted(self, value: Node, scope: Instance) -> Names:
        """The names of a value, which is given one where it has none.

        Raises:
            Unsayable: where no name can reach it.
        """
        found = self._found(value, scope, True)
        if not found:
            raise Unsayable(f"`{value.path}` cannot be named in `{scope.path}`")
        return found

    def _found(self, value: Node, scope: Instance, want: bool) -> Names:
        around: Instance | None = scope
        while around is not None:
            names = self._in(value, around, want)
            if names or around.block is not None:
                return names
            around = around.parent
        return ()

    def _in(self, value: Node, scope: Instance, want: bool) -> Names:
        """The names of a value that has one in this very scope."""
        names: list[str] = []
        if scope.parent is None and value in scope.inputs:
            return (value.path,)
        if scope.block is not None and value in scope.inputs:
            names = [
                n for n, v in zip(scope.block.inputs, scope.inputs, strict=False) if v is value
            ]
        if not names and value in scope.inputs and value in self.placed.get(scope, {}):
            names = [self.placed[scope][value]]
        if not names:
            names = self._below(value, scope, want)
        if not names and want and value in scope.inputs and scope.block is not None:
            names = [self._place(value, scope)]
        return tuple(names)

    def _below(self, value: Node, scope: Instance, want: bool) -> list[str]:
        """The names of a value that is made in a scope, at any depth."""
        inner: Instance | Node = value
        around: Instance | None = value.scope
        path: list[Instance | Node] = [value]
        while around is not None and around is not scope:
            inner = around
            path.append(inner)
            around = around.parent
        if around is None or value.op.internal:
            return []
        return self._dotted(value, path[::-1], want)

    def _dotted(self, value: Node, path: list[Instance | Node], want: bool) -> list[str]:
        """The name of the last of some parts, each of which holds the next."""
        words: list[str] = []
        in_list = False
        for part in path:
            word = part.id
            if in_list:  # rounds are told apart by their positions
                word = part.path.rpartition(".")[2]
            elif word is None and (want or part in self.claimed or part in self.lenders):
                word = part.path.rpartition(".")[2]
                self.claimed.add(part)
            if word is None:
                return []
            words.append(word)
            if isinstance(part, Instance):
                if flowing(part) == (value,):
                    dotted = ".".join(words)
                    named = [f"{dotted}.{n}" for n, v in part.outputs.items() if v is value]
                    return [dotted, *named]
                if part.block is not None:
                    name = next((n for n, v in part.outputs.items() if v is value), None)
                    if name is None:
                        return []
                    words.append(name)
                    break
                in_list = is_list(part)
        return [".".join(words)]

    def _place(self, value: Node, scope: Instance) -> str:
        """A new id for what feeds a scope."""
        taken = self.taken.setdefault(scope, {c.path.rpartition(".")[2] for c in scope.children})
        word = fresh("x", taken)
        taken.add(word)
        self.placed.setdefault(scope, {})[value] = word
        return word


def _around(part: Node | Instance) -> Instance:
    scope = part.scope if isinstance(part, Node) else part.parent
    assert scope is not None
    return scope


def fresh(word: str, taken: Iterable[str]) -> str:
    """A word that is not taken: the given one, or that with a number behind it."""
    known = set(taken)
    number, name = 2, word
    while name in known:
        name, number = f"{word}{number}", number + 1
    return name
