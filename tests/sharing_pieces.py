"""Pieces of random bodies that share weights."""

from __future__ import annotations

from typing import Any

from tests.pieces import Made, Piece, Pieces, Place, value


class Sharing(Pieces):
    """Draws nodes and blocks whose weights come again."""

    def shared(self, place: Place) -> list[Piece]:
        """A node whose weights come again, with the same or with other attributes."""
        ident, out = self.ident(place), self.pick(place.widths)
        if ident is None:
            return [self.plain(place)]
        lead = [self.conv(place, out)]
        if self.chance(20):  # with the statistics of another
            rounded = self.pick([{"eps": 0.01}, {"momentum": 0.3}, {}])
            norms: list[Piece] = [{"id": ident, "batch_norm": {}}, "relu"]
            return [*lead, *norms, {"share": ident, "batch_norm": rounded}]
        if place.rank == 0:
            again: Piece = {"share": ident}
            return [*lead, {"id": ident, "linear": value(out)}, "relu", again]
        given = {"out_channels": value(out), "kernel_size": 3, "padding": 1}
        other = {**given, "dilation": 2, "padding": 2}
        again = self.pick(
            [{"share": ident}, {"share": ident, "conv": given}, {"share": ident, "conv": other}]
        )
        if self.chance(25):  # back to as many channels as there were, with the same weight
            back = {**given, "bias": False}
            there = {**back, "out_channels": value(self.pick(place.widths))}
            ends: list[Piece] = [{"id": ident, "conv": there}, "relu"]
            return [*lead, *ends, {"share": ident, "conv_transpose": back}]
        tail = [self.plain(place)] if self.chance(50) else []
        return [*lead, {"id": ident, "conv": given}, *tail, again]

    def shared_block(self, place: Place) -> list[Piece]:
        ident, out = self.ident(place), self.pick(place.widths)
        known = [m for m in self.made if not m.several and m.out == "channels"]
        if ident is None or not known:
            return [self.plain(place)]
        block = self.pick(known)
        lead = self.conv(place, out)
        args = {**self.arguments(block, place), "channels": value(out)}
        if block.stride:
            args["stride"] = 1
        own = self.pick(["batch_norm", "conv", None, None, None])
        share: Any = ident if own is None else {"of": ident, "own": [own]}
        again: Piece = {"share": share}
        if self.chance(30):
            other = {**self.arguments(block, place), "channels": value(out)}
            again[block.name] = {**other, **({"stride": 1} if block.stride else {})}
        second = self.ident(place)
        if second is not None and self.chance(50):
            again["id"] = second
        if block.inputs == 2 and self.chance(60):
            return [lead, *self.joins(block, ident, args, again, place)]
        if block.inputs == 2:
            before, between = ({"parallel": [[], [self.plain(place)]]} for _ in range(2))
            return [lead, before, {"id": ident, block.name: args}, between, again]
        return [lead, {"id": ident, block.name: args}, again]

    def joins(
        self, block: Made, ident: str, args: dict[str, Any], again: Piece, place: Place
    ) -> list[Piece]:
        """A block of two inputs that reads one value twice, or two in any order, and again."""
        first, second = self.ident(place), self.ident(place)
        assert first is not None and second is not None
        lead = [{"id": i, **self.dictionary(self.plain(place))} for i in (first, second)]
        pairs = [[a, b] for a in (first, second) for b in (first, second)]
        uses = [{"id": ident, "from": self.pick(pairs), block.name: args}]
        names = [ident]
        for _ in range(self.pick([1, 2, 3])):
            name = self.ident(place)
            assert name is not None
            given = again if self.chance(50) else {"share": self.pick(names)}
            names.append(name)
            uses.append({**given, "id": name, "from": self.pick(pairs)})
        return [*lead, *uses, {"add": [first, second, *names]}]

    def shared_pair(self, place: Place) -> list[Piece]:
        """A block of several outputs, whose second instance reads one output of the first."""
        known = [m for m in self.made if m.several and "" not in m.several]
        ident, second = self.ident(place), self.ident(place)
        if ident is None or second is None or not known:
            return [self.plain(place)]
        block = self.pick(known)
        place.channels = None
        ends = [f"{i}.{name}" for i in (ident, second) for name in block.several]
        start = {"id": ident, block.name: self.arguments(block, place)}
        return [
            start,
            {"id": second, "from": self.pick(ends[:2]), "share": ident},
            {"concat": ends if self.chance(50) else ends[::-1]},
        ]
