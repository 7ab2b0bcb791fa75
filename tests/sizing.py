"""Pieces of random bodies whose attributes are computed from the sizes of values.

Most leave a map as large as what feeds the body, as long as the map came in so, so that they
can stand anywhere. Some cannot follow the size of the input: for these `check` has to say so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.pieces import Piece, Pieces, Place

_DECIMAL = ["max(floor({} / 0.1) // 20, 1)", "ceil({} / 0.3) // 4 + 1", "max(round({} * 0.4), 1)"]
_AXES = {1: ["length"], 2: ["height", "width"], 3: ["depth", "height", "width"]}


class Sizing(Pieces):
    """Draws ops, loops and conditions that read sizes."""

    def sides(self, place: Place) -> list[str]:
        """An expression for each spatial axis of what feeds the body."""
        named = [f"input.{axis}" for axis in _AXES[self.rank]]
        counted = [f"input.shape[{axis + 1}]" for axis in range(self.rank)]
        return list(self.pick([named, named, counted, place.extents or named]))

    def extent(self, place: Place) -> list[str]:
        """A block's argument: the sizes of what feeds the caller, or some made of these."""
        sides = self.sides(place)
        form = self.pick(["{}", "{}", "{}", "{} // 2 * 2 + {} % 2", "max({}, 2)", "{} + 1 - 1"])
        return [f"$({form.replace('{}', side)})" for side in sides]

    def form(self, place: Place, null: bool) -> Any:
        """A block's argument that is a number, or a list, or `null` where an op takes that."""
        sides = self.sides(place)
        small = self.each(self.pick(["max({} // 3, 1)", "{} // {} + 1", "2"]), sides)
        forms = [1, 2, small[0], small[-1], small, [1, *small[1:]]]
        return self.pick([*forms, None, [None, *small[1:]]] if null else forms)

    def formed(self, place: Place) -> list[Piece]:
        """What takes such an argument as it is, and back to the size that came in."""
        if place.forms[0] == "form":
            way = self.pick(
                [
                    {"crop": {"size": "$form"}},
                    {"crop": {"size": 1, "offset": "$form"}},
                    {"pad": {"padding": "$form"}},
                    {"adaptive_max_pool": "$form"},
                    {"max_pool": {"kernel_size": "$form", "stride": "$form"}},
                ]
            )
        else:
            way = {self.pick(["adaptive_avg_pool", "adaptive_max_pool"]): "$form"}
            if self.chance(30):
                way = {"avg_pool": {"kernel_size": 2, "stride": "$form"}}
        back = {"adaptive_avg_pool": self.each("{}", self.sides(place))}
        return [self.named(way, place, 20), self.named(back, place, 30)]

    def sizing(self, place: Place) -> list[Piece]:
        drawn: list[Callable[[Place], list[Piece]]] = [
            self.back_to_size, self.back_to_size, self.windowed, self.padded, self.reshaped,
            self.scaled, self.structural, self.frozen, self.transposed,
        ]  # fmt: skip
        drawn += [self.formed] * (4 * len(place.forms))
        pieces = self.pick(drawn)(place)
        wrapped = self.pick([None, None, None, "group", "when", "loop", "branch"])
        if wrapped == "group":
            ident = self.ident(place)
            return [{**({} if ident is None else {"id": ident}), "graph": pieces}]
        if wrapped == "when":
            return [{"when": self.test(place), "graph": pieces}]
        if wrapped == "loop":
            return [{"repeat": self.pick([1, 2]), "graph": pieces}]
        if wrapped == "branch":
            return [{"add": [[], pieces]}]
        return pieces

    def each(self, form: str, sides: list[str]) -> list[str]:
        return [f"$({form.replace('{}', side)})" for side in sides]

    def back_to_size(self, place: Place) -> list[Piece]:
        """Another size, and back to the one that came in."""
        sides = self.sides(place)
        size = self.each("{}", sides)
        smaller = self.each(
            self.pick(["max({} // 2, 1)", "ceil({} / 2)", "{} - 1", "3", *_DECIMAL]), sides
        )
        down = self.pick(
            [
                {"adaptive_avg_pool": {"output_size": smaller}},
                {"adaptive_max_pool": {"output_size": [None, *smaller[1:]]}},
                {"max_pool": {"kernel_size": 2, "stride": 2, "ceil_mode": True}},
                {"upsample": {"size": self.each("{} + 2", sides)}},
                {"crop": {"size": smaller}},
                {"crop": {"size": smaller, "offset": 0}},
                {"subsample": {"stride": 2}},
                "global_avg_pool",
                {"conv": {"out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1}},
            ]
        )
        modes = {1: ["linear"], 2: ["bilinear", "bicubic"], 3: ["trilinear"]}[self.rank]
        ups = [
            {"adaptive_avg_pool": {"output_size": size}},
            {"adaptive_max_pool": {"output_size": size}},
        ]
        if "upsample" not in down:
            ups += [
                {"upsample": {"size": size}},
                {"upsample": {"size": size, "mode": self.pick(["nearest", *modes])}},
            ]
        up = self.pick(ups)
        if isinstance(down, dict) and "conv" in down:
            place.channels = "4"
        between = [self.plain(replace(place))] if self.chance(40) else []
        return [self.named(down, place, 20), *between, self.named(up, place, 30)]

    def windowed(self, place: Place) -> list[Piece]:
        """Windows as large as the map allows, of an odd size with margins for it."""
        sides = self.sides(place)
        reach = self.pick(["min({} // 3, 2)", "{} // 4", "1", "({} - 1) // 4"])
        kernel = self.each(f"2 * ({reach}) + 1", sides)
        given = {"kernel_size": kernel, "stride": 1, "padding": self.each(reach, sides)}
        return [self.named({self.pick(["avg_pool", "max_pool"]): given}, place, 30)]

    def padded(self, place: Place) -> list[Piece]:
        """Margins that follow the size, cropped again."""
        sides = self.sides(place)
        margins: list[Any] = self.each(self.pick(["{} // 3", "1", "min({}, 4) - 1"]), sides)
        if self.chance(40):
            margins[0] = [margins[0], self.pick([0, margins[0]])]
        mode = self.pick(["constant", "constant", "reflect", "replicate"])
        back: dict[str, Any] = {"size": self.each("{}", sides)}
        if self.chance(30):
            back["offset"] = self.each(self.pick(["{} // 3", "0"]), sides)
        return [{"pad": {"padding": margins, "mode": mode}}, self.named({"crop": back}, place, 20)]

    def reshaped(self, place: Place) -> list[Piece]:
        """One axis for all positions, and the map again."""
        sides = self.sides(place)
        whole = "$(" + " * ".join(sides) + ")"
        flat = self.pick([["reshape", [-1, whole]], ["flatten", {"start_axis": 1}]])
        inner: list[Piece] = [{flat[0]: flat[1]}]
        if self.chance(30):
            inner.append(self.pick(["relu", {"softmax": {"axis": -1}}]))
        return [*inner, {"reshape": [-1, *self.each("{}", sides)]}]

    def scaled(self, place: Place) -> list[Piece]:
        side = self.sides(place)[0]
        return [
            self.pick(
                [
                    {"scale": f"$(1 / {side})"},
                    {"scale": {"factor": f"$({side})", "offset": f"$({side} - 3)"}},
                    {"subsample": f"$({side} // {side})"},
                    {"local_response_norm": {"size": f"$({side} // 3 + 1)"}},
                    {"upsample": {"scale_factor": f"$({side} / {side})"}},
                ]
            )
        ]

    def structural(self, place: Place) -> list[Piece]:
        """What decides whether, how often and under which name something is there."""
        side = self.sides(place)[0]
        if place.extents and "extent" in side:
            side = f"input.{_AXES[self.rank][0]}"
        piece = self.dictionary(self.pick(["relu", "tanh", {"scale": 0.5}]))
        return [
            self.pick(
                [
                    {"when": f"{side} > {self.pick([3, 6, 8])}", **piece},
                    {"repeat": f"{side} // {self.pick([3, 4])}", **piece},
                    {"for": {"each": f"range({side} % 3)"}, **piece},
                    {"for": {"each": f"[{side}, 2]"}, "scale": "$(1 / each)"},
                    {"add": [[], {"each": {"turn": f"range({side} // 5)"}, **piece}]},
                    {"add": [[], {"each": {"turn": f"[{side}, 2]"}, "scale": "$(turn / 3)"}]},
                    {"scale": f"$(2 if {side} > 6 else 1)"},
                    {"crop": {"size": self.each("{} if {} < 8 else {} - 1", [side] * self.rank)}},
                ]
            )
        ]

    def frozen(self, place: Place) -> list[Piece]:
        """What a module keeps as it was built."""
        side, out = self.sides(place)[0], self.pick(place.widths)
        odd = f"min({side} // 3, 3)"
        return [
            self.pick(
                [
                    {"dropout": f"$(1 / {side})"},
                    {"leaky_relu": {"negative_slope": f"$(1 / {side})"}},
                    {"layer_norm": {"elementwise_affine": False}},
                    "layer_norm",
                    {"adaptive_avg_pool": {"output_size": [None] * self.rank}},
                    {"adaptive_max_pool": {"output_size": None}},
                    self.convolution(place, out, odd),
                ]
            )
        ]

    def convolution(self, place: Place, out: str, reach: str) -> Piece:
        place.channels = None
        given = {"kernel_size": f"$(2 * ({reach}) + 1)", "padding": f"$({reach})"}
        return {"conv": {"out_channels": 4, **given}}

    def transposed(self, place: Place) -> list[Piece]:
        """A spatial axis first, where its size stands for channels."""
        if self.rank != 2:
            return self.back_to_size(place)
        first, second = self.sides(place)
        inner: Piece = self.pick(
            [
                {"channel_slice": {"stop": f"$({first})"}},
                {"graph": [{"channel_pad": {"after": f"$({first} // 2)"}},
                           {"channel_slice": {"stop": f"$({first})"}}]},
                {"graph": [{"channel_slice": {"start": f"$({first} // 2)"}},
                           {"channel_pad": {"before": f"$({first} // 2)"}}]},
                {"channel_shuffle": f"$({first})"},
                {"channel_select": [f"$({first} - 1)", 0]},
                "batch_norm",
                {"group_norm": {"num_groups": 1, "affine": False}},
            ]
        )  # fmt: skip
        back = {"adaptive_avg_pool": [f"$({first})", f"$({second})"]}
        return [{"permute": [1, 0, 2]}, inner, {"permute": [1, 0, 2]}, back]
