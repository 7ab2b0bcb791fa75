"""Random valid specs of blocks whose instances differ in what their conditions say."""

from __future__ import annotations

import itertools

from hypothesis import strategies as st

from tests.pieces import Draw, Piece, as_text, fits

__all__ = ["switched_specs"]

TESTS = ["f", "not f", "g", "not g", "f and g", "n > 1", "n == 0", "n > 0 and not f"]


class Switching:
    """Draws one block of a value that keeps its shape, [4, 8, 8]."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.count = 0
        self.refs: list[str] = []
        self.depth = 0

    def pick(self, count: int) -> int:
        return int(self.draw(st.integers(0, count - 1)))

    def ident(self) -> str:
        self.count += 1
        return f"{'abcx'[self.pick(4)]}{self.count}"

    def op(self) -> Piece:
        plain: list[Piece] = [{"relu": None}, {"tanh": None}, {"batch_norm": None}]
        convs: list[Piece] = [{"conv": 4}, {"conv": {"out_channels": 4, "bias": "$g"}}]
        piece = [*convs, *plain][self.pick(5)]
        return piece if piece in plain[:2] and self.pick(2) else {"id": self.ident(), **piece}

    def body(self) -> list[Piece]:
        return [self.piece() for _ in range(1 + self.pick(3))]

    def piece(self) -> Piece:
        if self.depth > 3:
            return self.op()
        self.depth += 1
        known = [*self.refs]
        found = [self.op, self.op, self.when, self.when, self.merge, self.group][self.pick(6)]()
        self.refs = known if "when" in found or "for" in found else self.refs
        self.depth -= 1
        if "id" in found and not {"when", "for", "else"} & {*found}:
            self.refs.append(found["id"])
        return found

    def when(self) -> Piece:
        head: Piece = {"when": TESTS[self.pick(len(TESTS))]}
        known = [*self.refs]
        if self.pick(3) == 0:
            body = self.piece()
            head |= {"graph": [body]} if {"when", "else"} & {*body} else body
        else:
            head["graph"] = self.body()
        self.refs = known
        if self.pick(3) == 0:
            head["else"] = self.body()
        self.refs = known
        return head

    def merge(self) -> Piece:
        known = [*self.refs]
        branches: list[Piece] = []
        for _ in range(2 + self.pick(2)):
            kind = self.pick(5)
            if kind == 0 and known:
                branches.append(known[self.pick(len(known))])
            elif kind == 1:
                branches.append([])
            elif kind == 2 and known:
                first = {"from": known[self.pick(len(known))], "graph": self.body()}
                branches.append([first])
            else:
                branches.append(self.body())
            self.refs = [*known]
        return {["add", "multiply", "mean"][self.pick(3)]: branches}

    def group(self) -> Piece:
        known, self.refs = self.refs, []
        ident = self.ident()
        body = self.body()
        self.refs = known + [f"{ident}.{ref}" for ref in self.refs]
        found: Piece = {"id": ident, "graph": body}
        if self.pick(6):
            return found
        return {"for": {"i": "range(n)"}, "id": f"{ident}_$(i)", "graph": body}

    def spec(self) -> Piece:
        block: Piece = {"params": {"f": "bool", "g": "bool", "n": "int"}, "graph": self.body()}
        two = self.pick(3) == 0 and self.refs
        if two:
            block["graph"].append({"id": "end", "sigmoid": None})
            block["outputs"] = {"end": "end", "side": self.refs[self.pick(len(self.refs))]}
        ways = [*itertools.product([False, True], [False, True], [0, 1, 2])]
        graph: list[Piece] = [{"conv": 4}]
        for _ in range(2 + self.pick(4)):
            f, g, n = ways[self.pick(len(ways))]
            call = {"b": {"f": f, "g": g, "n": n}}
            graph.append({"add": [call]} if two else call)
        return {"name": "T", "inputs": {"x": [4, 8, 8]}, "blocks": {"b": block}, "graph": graph}


@st.composite
def switched_specs(draw: Draw) -> str:
    """The text of a valid spec of a block whose instances differ in their conditions."""
    while True:
        spec = Switching(draw).spec()
        if fits(spec):
            return as_text(spec)
