"""Random valid specs that take values out of groups, loops and conditions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from archspec.ir.graph import Graph
from tests.pieces import Draw, Piece, Place, as_text, fits, graph_of
from tests.strategies import Writer

__all__ = ["tapped_specs"]


class Tapping(Writer):
    """Draws a spec with many ids, and outputs and readers of what bears them."""

    def named(self, piece: Piece, place: Place, percent: int = 30) -> Piece:
        return super().named(piece, place, 60 if percent else 0)

    def group(self, place: Place) -> list[Piece]:
        """A group, most often with an id and a chain of ops with ids."""
        ident = self.ident(place)
        if ident is None or self.chance(30):
            return super().group(place)
        inner = replace(place, depth=place.depth + 1, suffix="", refs=[])
        pieces = self.unit(inner, self.pick(place.widths))
        if self.chance(30):
            pieces += self.conditional(inner)
        if self.chance(30) and place.depth < 3:
            pieces += self.group(inner)
        pieces += self.unit(inner, self.pick(place.widths))
        place.channels = inner.channels
        if place.suffix == "":
            place.refs += [(f"{ident}.{r}", c, s) for r, c, s in inner.refs]
        return [{"id": ident, "graph": pieces}]

    def piece(self, place: Place) -> list[Piece]:
        return self.group(place) if self.chance(40) else super().piece(place)

    def parted(self, place: Place) -> list[Piece]:
        """A piece that has parts."""
        return list(self.pick([self.group, self.loop, self.conditional, self.group])(place))

    def several(self, place: Place, block: dict[str, Any]) -> tuple[str, ...]:
        """Two named outputs, of which one is perhaps in a group."""
        found = super().several(place, block)
        inner = [r for r, c, s in place.refs if "." in r and s == place.size and c == "channels"]
        if inner and self.chance(70):
            block["outputs"]["left"] = self.pick(inner)
        return found

    def finished(self, pieces: list[Piece], place: Place, inputs: Any) -> dict[str, Any]:
        """The whole spec, with further outputs taken from anywhere."""
        for _ in range(self.pick([1, 2])):
            pieces = self.more(pieces, place, inputs, self.parted)
        last = self.dictionary(pieces[-1])
        simple = "id" in last and "$" not in str(last["id"]) and not {"for", "repeat"} & {*last}
        end = last["id"] if simple else "last"
        whole = [*pieces] if simple else [*pieces, {"id": "last", "identity": None}]
        outputs: dict[str, Any] = {"end": end}
        found = self.spec(whole, outputs, inputs)
        if not fits(found):
            return super().finished(pieces, place, inputs)
        known = taps(graph_of(as_text(found)))
        inner = [path for path in known if "." in path]
        for number in range(self.pick([3, 1, 2, 4]) if known else 0):
            name, tap = f"tap{number}", self.pick(inner if inner and self.chance(70) else known)
            longer, more = [*whole], {**outputs, name: tap}
            if self.chance(40):
                reader = self.pick([{"relu": None}, {"graph": ["relu", {"add": [[], tap]}]}])
                longer.append({"id": name, "from": tap, **reader})
                more[name] = name
            if self.chance(30):
                more[name] = {"from": more[name], "train_only": True}
            if fits(self.spec(longer, more, inputs)):
                whole, outputs = longer, more
        return self.spec(whole, outputs, inputs)


def taps(graph: Graph) -> list[str]:
    """The paths of what has an id, as far as ids lead there."""
    things = [*graph.nodes[len(graph.inputs) :], *graph.instances]
    return sorted({t.path for t in things if t.id is not None})


@st.composite
def tapped_specs(draw: Draw) -> str:
    """The text of a valid spec in which values are taken out of groups, loops and conditions."""
    return as_text(Tapping(draw).network())
