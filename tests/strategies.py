"""Random valid specs: a `Writer` draws a network piece by piece and drops what cannot be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from tests.pieces import Draw, Made, Piece, Place, as_text, fits, graph_of, value
from tests.settling import settled
from tests.sharing_pieces import Sharing
from tests.sizing import Sizing

__all__ = ["Writer", "as_text", "graph_of", "shared_specs", "sized_specs", "specs"]

Kind = Callable[[str], tuple[Made, dict[str, Any]]]


class Writer(Sharing, Sizing):
    """Draws one spec."""

    # --- blocks ---------------------------------------------------------------------

    def arguments(self, block: Made, place: Place) -> dict[str, Any]:
        args: dict[str, Any] = {}
        for name, kind in block.params.items():
            if kind.endswith("?") and self.chance(50):
                continue
            args[name] = self.argument(kind.rstrip("?"), place)
        return args

    def argument(self, kind: str, place: Place) -> Any:
        if kind in ("width", "stride"):
            return value(self.pick(place.widths)) if kind == "width" else 1
        if kind == "depth":
            return self.pick([0, 1, 2])
        if kind == "count":
            return value(self.pick(["1", "2", *place.ints]))
        if kind == "flag":
            return self.pick([True, False, *(value(f) for f in place.flags)])
        if kind in ("extent", "form", "form or null"):
            return self.extent(place) if kind == "extent" else self.form(place, kind != "form")
        if kind == "widths":
            return [value(self.pick(place.widths)) for _ in range(self.pick([1, 2]))]
        if kind == "head":
            return self.pick(["relu", "tanh", "identity", *(value(h) for h in place.heads)])
        return self.pick([0.1, 0.25])

    def call(self, place: Place) -> list[Piece]:
        """An instance of a block that was drawn before."""
        if not self.made:
            return self.unit(place, self.pick(place.widths))
        block = self.pick(self.made)
        repeated = self.pick([1, 1, 2, 3]) if place.depth < 2 else 1
        repeated += "form" in block.params
        return [p for _ in range(repeated) for p in self.called(block, place)]

    def called(self, block: Made, place: Place) -> list[Piece]:
        args = self.arguments(block, place)
        out = None
        if block.out is not None and block.out == "channels":
            out = str(args["channels"]).removeprefix("$").removeprefix("(").removesuffix(")")
        piece: Piece = {block.name: args}
        if block.inputs == 2:
            return self.fed(piece, place, out)
        if not block.several:
            place.channels = out
            alike = [m for m in self.made if m.params == block.params and not m.several]
            alike = [m for m in alike if m.inputs == 1]
            if len(alike) > 1 and self.chance(30):
                return self.picked_block(alike, args, place)
            return [self.named(piece, place, 40)]
        ident = self.ident(place)
        place.channels = None
        if ident is not None and self.chance(60):
            ends = [f"{ident}.{name}" for name in block.several]
            tail: Piece = {"concat": ends}
            if self.chance(30):
                tail = {"concat": [[{"from": ends[0], "relu": None}], *ends[1:]]}
            return [{"id": ident, **piece}, tail]
        return [piece, {"concat": [[]]}] if self.chance(50) else [{"concat": [piece]}]

    def fed(self, piece: Piece, place: Place, out: str | None) -> list[Piece]:
        """An instance of a block with two inputs, and what feeds it."""
        first, second = self.ident(place), self.ident(place)
        if first is None or second is None or self.chance(30):
            before: list[Piece] = [{"parallel": [[self.plain(place)], []]}]
        else:
            before = [{"id": i, **self.dictionary(self.plain(place))} for i in (first, second)]
            known = [r for r, _, s in place.refs if s == place.size]
            given = [first, second]
            if known and self.chance(40):
                before, given = before[:1], [self.pick(known), first]
            piece = {"from": given, **piece}
        place.channels = out
        return [*before, self.named(piece, place, 40)]

    def picked_block(self, alike: list[Made], args: dict[str, Any], place: Place) -> list[Piece]:
        """`$block` over a list of blocks that take the same arguments."""
        self.count += 1
        names = [self.pick(alike).name for _ in range(2)]
        place.channels = None
        return [{"for": {f"block{self.count}": names}, f"$block{self.count}": args}]

    def define(self, kind: Kind | None = None) -> None:
        """One more block, kept if a network with one instance of it can be built."""
        self.count += 1
        name = self.pick(["unit", "Unit", "conv_bn", "convBn", "block", "max_", "net"])
        name = f"{name}{len(self.made)}" if name in self.blocks or self.chance(50) else name
        kinds = [*[self.ordinary] * 3, self.level, self.strands, self.joining]
        made, block = (kind or self.pick(kinds))(name)
        if name in self.blocks:
            return
        self.blocks[name] = block
        args = {"channels": 8, **{p: 1 for p, k in made.params.items() if k == "depth"}}
        args |= {p: [4, 8] for p, k in made.params.items() if k == "widths"}
        args |= {p: [6, 7, 5][: self.rank] for p, k in made.params.items() if k == "extent"}
        lead: list[Piece] = [{"conv": {"out_channels": 4}} if self.rank else {"linear": 4}]
        lead += [{"parallel": [[], ["relu"]]}] if made.inputs == 2 else []
        tail = [{"concat": [[]]}]
        if fits(self.spec([*lead, {name: args}, *tail], None)):
            self.made.append(made)
        else:
            del self.blocks[name]

    def ordinary(self, name: str) -> tuple[Made, dict[str, Any]]:
        params: dict[str, Any] = {"channels": "int"}
        kinds = {"channels": "width"}
        place = Place(self.rank, ["channels", "width"], "input.channels", block=True)
        place.line = self.chance(40)
        place.heads, place.flags = ["act"], ["flag"]
        if self.chance(60):
            params["hidden"] = self.pick(
                ["$(2 * channels)", "$channels", 8, "$(channels // 2 * 2)"]
            )
            kinds["hidden"] = "width?"
            place.widths.append("hidden")
        options: list[tuple[str, Any, str, list[str]]] = [
            ("n", 2, "count?", place.ints), ("bias", True, "flag?", place.flags),
            ("drop", 0.5, "p?", place.floats), ("kind", "relu", "head?", place.heads),
            ("max", 1, "count?", place.ints), ("x", False, "flag?", place.flags),
        ]  # fmt: skip
        for param, default, kind, known in options:
            if self.chance(30):
                params[param], kinds[param] = default, kind
                known.insert(0, param)
        if self.chance(25):
            params["widths"], kinds["widths"] = "list", "widths"
            place.widths.append("widths[0]")
        if self.chance(20):
            place.widths.append("2 * input.channels")
        if self.sized and self.rank and self.chance(60):
            params["extent"], kinds["extent"] = "list", "extent"
            place.extents = [f"extent[{axis}]" for axis in range(self.rank)]
        pieces: list[Piece] = []
        if self.sized and self.rank and self.chance(40):
            params["form"] = self.pick([{"any": 1}, None])
            kinds["form"] = "form" if params["form"] else "form or null"
            place.forms = [kinds["form"]]
            pieces += self.formed(place)
        stride = self.rank > 0 and self.chance(30)
        if stride:
            params["stride"], kinds["stride"] = 1, "stride?"
            pieces += self.strided(place)
        pieces += self.body(place, self.pick([1, 1, 2, 3]))
        if "widths" in params and self.chance(60):
            pieces += [{"for": {"w": "widths"}, **self.conv(place, "w")}]
            place.channels = None
        block: dict[str, Any] = {"params": params, "graph": pieces}
        several = self.several(place, block) if not place.line and self.chance(20) else ()
        if place.channels != "channels" and not several and self.chance(60):
            pieces += self.unit(place, "channels")
        out = place.channels if place.channels == "channels" else None
        return Made(name, kinds, out, stride, several), block

    def joining(self, name: str) -> tuple[Made, dict[str, Any]]:
        """A block of two inputs, which its body reads by their names."""
        place = Place(self.rank, ["channels", "width"], None, several=True)
        place.refs = [("left", None, 0), ("right", None, 0)]
        params: dict[str, Any] = {"channels": "int"}
        kinds = {"channels": "width"}
        if self.chance(30):
            params["n"], kinds["n"] = {self.pick(["int", "any"]): 2}, "count?"
            place.ints.insert(0, "n")
        pieces: list[Piece] = [{"from": "left", **self.conv(place, "channels")}]
        pieces += self.body(place, self.pick([0, 1, 2]))
        pieces += self.unit(place, "channels")
        right = {"from": "right", **self.conv(place, "channels")}
        pieces.append({self.pick(["add", "multiply"]): [[], right]})
        if self.chance(25):
            pieces.append({"concat": [[], "left"]})
            place.channels = None
        block = {"inputs": ["left", "right"], "params": params, "graph": pieces}
        return Made(name, kinds, place.channels, inputs=2), block

    def several(self, place: Place, block: dict[str, Any]) -> tuple[str, ...]:
        """Two named outputs of one size."""
        first, second = self.ident(place), self.ident(place)
        block["graph"] += [
            {"id": first, **self.conv(place, "channels")},
            {"id": second, **self.dictionary(self.pick(["relu", self.conv(place, "channels")]))},
        ]
        block["outputs"] = {"left": first, "right": second}
        return ("left", "right")

    def strided(self, place: Place) -> list[Piece]:
        """A residual whose shortcut projects where it must."""
        test = "stride != 1 or input.channels != channels"
        main = [*self.unit(place, "channels", "stride"), *self.unit(place, "channels")]
        project = {"conv": {"out_channels": "$channels", "stride": "$stride"}}
        short = [{"when": test, **project}]
        if self.chance(50):
            short = [{"when": test, "graph": [project, "batch_norm"]}]
        self.sizes += 1
        place.size, place.channels = self.sizes, "channels"
        return [{"add": [main, short]}]

    def level(self, name: str) -> tuple[Made, dict[str, Any]]:
        """A recursive block, U-Net's."""
        join = self.pick(["add", "concat"])
        below = {"channels": self.pick(["$(2 * channels)", "$channels"]), "depth": "$(depth - 1)"}
        pool = {"max_pool": {"kernel_size": 3, "stride": 2, "padding": 1}}
        up = {"conv_transpose": {"out_channels": "$channels", "kernel_size": 2, "stride": 2}}
        inner = [pool, {name: below}, up, {"crop": {"like": "start"}}]
        if self.chance(30):
            inner = [{name: below}, {"conv": {"out_channels": "$channels"}}]
        place = Place(self.rank, ["channels"], "channels", block=True)
        graph = [
            {"id": "start", "conv": {"out_channels": "$channels"}},
            {"when": "depth > 0", "graph": [{join: [[], inner]}, *self.unit(place, "channels")]},
        ]
        if self.chance(30):
            graph[1] = {"when": "depth > 0", name: {**below, "channels": "$channels"}}
        params = {"channels": "int", "depth": "int"}
        return Made(name, {"channels": "width", "depth": "depth"}, "channels"), {
            "params": params,
            "graph": graph,
        }

    def strands(self, name: str) -> tuple[Made, dict[str, Any]]:
        """FractalNet's block: values side by side, gathered by whoever uses it."""
        place = Place(self.rank, ["channels"], None, block=True)
        below = {name: {"channels": "$channels", "depth": "$(depth - 1)"}}
        inner = [{self.pick(["mean", "add"]): [below]}, below]
        if self.chance(30):
            inner = [{"fractal_join": {"branches": [below], "first": "$(9 - depth)"}}, below]
        graph = [
            {"when": "depth == 0", **self.dictionary(self.conv(place, "channels"))},
            {"when": "depth > 0", "parallel": [[*self.unit(place, "channels")], inner]},
        ]
        if self.chance(50):
            more = {"when": "depth > 0", "graph": inner}
            graph = [{"parallel": [[*self.unit(place, "channels")], more]}]
        whole = [{"mean": [{"graph": graph}]}] if self.chance(30) else graph
        several = ("",) if whole is graph else ()
        made = Made(name, {"channels": "width", "depth": "depth"}, None, False, several)
        return made, {"params": {"channels": "int", "depth": "int"}, "graph": whole}

    # --- the network ----------------------------------------------------------------

    def spec(self, graph: list[Piece], outputs: Any, inputs: Any = None) -> dict[str, Any]:
        found: dict[str, Any] = {"name": "Drawn", "inputs": inputs or self.inputs(1)}
        found["params"] = {"width": 4, "act": "relu", "flag": True, "classes": 5, **self.params}
        if self.blocks:
            found["blocks"] = self.blocks
        found["graph"] = graph
        if outputs is not None:
            found["outputs"] = outputs
        return settled(found)

    def inputs(self, count: int) -> dict[str, list[int]]:
        sizes = [6, 7, 5][: self.rank]
        return {name: [3, *sizes] for name in ["image", "x", "left"][:count]}

    def sharing(self, place: Place) -> list[Piece]:
        """A piece that shares; now and then any other."""
        kinds = [self.shared, self.shared_block, self.shared_block, self.shared_pair, self.piece]
        return list(self.pick(kinds)(place))

    def network(self, drawn: Callable[[Place], list[Piece]] | None = None) -> dict[str, Any]:
        self.params["width"] = self.pick([4, 8])
        for _ in range(self.pick([0, 1, 2, 3])):
            self.define()
        place = Place(self.rank, ["4", "8", "width"], "width", heads=["act"], flags=["flag"])
        count = self.pick([1, 1, 1, 2]) if self.rank else 1
        if count == 1 and self.chance(50):
            place.read_input()
        pieces = self.stem(place, count)
        inputs = self.inputs(count)
        for _ in range(self.pick([1, 2, 3, 5, 8])):
            pieces = self.more(pieces, place, inputs, self.piece)
        if self.rank and self.chance(30):
            pieces = self.more(pieces, place, inputs, self.down)
            pieces = self.more(pieces, place, inputs, self.piece)
        if self.rank and self.chance(40):
            pieces = self.more(pieces, place, inputs, self.head)
        return self.started(self.finished(pieces, place, inputs), place)

    def started(self, spec: dict[str, Any], place: Place) -> dict[str, Any]:
        """The spec, perhaps with rules for how weights start, of ops and of nodes."""
        ids = [i for ref, _, _ in place.refs if "$" not in (i := ref.rpartition(".")[2])]
        if not self.chance(20):
            return spec
        init: dict[str, Any] = {"batch_norm": {"weight": "ones", "bias": "zeros"}}
        if self.chance(50):
            init["conv"] = {"weight": {"normal": {"std": 0.01}}, "bias": "zeros"}
        for ident in ids:
            if self.chance(50):
                init[f".{ident}"] = {"weight": {"constant": {"val": 0.5}}, "bias": "zeros"}
        for known in (init, {k: v for k, v in init.items() if not k.startswith(".")}):
            if fits({**spec, "init": known}):
                return {**spec, "init": known}
        return spec

    def more(
        self,
        pieces: list[Piece],
        place: Place,
        inputs: Any,
        drawn: Callable[[Place], list[Piece]],
    ) -> list[Piece]:
        """The pieces and one more, if it fits; the place is put back where it does not."""
        before = replace(place, refs=list(place.refs))
        longer = [*pieces, *drawn(place)]
        if fits(self.spec(longer, None, inputs)):
            return longer
        vars(place).update(vars(before))
        return pieces

    def stem(self, place: Place, count: int) -> list[Piece]:
        if self.rank == 0:
            return [self.conv(place, "width")]
        if count == 1:
            return [{"conv": {"out_channels": "$width", "kernel_size": 3, "padding": 1}}]
        names = list(self.inputs(count))
        first = {"id": "first", "from": names[0], "conv": {"out_channels": "$width"}}
        second: Piece = {"id": "second", "from": names[1]}
        second |= self.pick([{"share": "first"}, {"conv": {"out_channels": "$width"}}])
        return [first, second, {self.pick(["add", "subtract"]): ["first", "second"]}]

    def down(self, place: Place) -> list[Piece]:
        self.sizes += 1
        place.size = self.sizes
        strided = [m for m in self.made if m.stride and not m.several]
        if strided and self.chance(60):
            block = self.pick(strided)
            place.channels = None
            return [{block.name: {**self.arguments(block, place), "stride": 2}}]
        if self.chance(50):
            return [{"max_pool": {"kernel_size": 3, "stride": 2, "padding": 1}}]
        return self.unit(place, self.pick(place.widths), "2")

    def head(self, place: Place) -> list[Piece]:
        self.sizes += 1
        ends: list[list[Piece]] = [
            ["flatten"], ["global_avg_pool", "flatten"], [{"adaptive_avg_pool": 2}, "flatten"],
        ]  # fmt: skip
        pieces = self.pick(ends)
        place.rank, place.size, place.channels, place.depth = 0, self.sizes, None, 3
        for _ in range(self.pick([0, 1, 2])):
            pieces = [*pieces, *self.piece(place)]
        return [*pieces, {"linear": "$classes"}]

    def finished(self, pieces: list[Piece], place: Place, inputs: Any) -> dict[str, Any]:
        """The whole spec, perhaps with outputs for training only."""
        refs = [r for r, _, _ in place.refs]
        if not refs or not self.chance(35):
            return self.spec(pieces, None, inputs)
        whole = [*pieces, {"id": "last", "identity": None}]
        outputs: dict[str, Any] = {"last": "last"}
        for number in range(self.pick([1, 2])):
            aux = f"aux{number}"
            reader = self.pick([{"relu": None}, {"graph": ["relu", "flatten", {"linear": 3}]}])
            whole.append({"id": aux, "from": self.pick(refs), **reader})
            outputs[aux] = self.pick(
                [aux, {"from": aux, "train_only": True, "loss_weight": 0.3},
                 {"from": aux, "train_only": True}]
            )  # fmt: skip
        found = self.spec(whole, outputs, inputs)
        return found if fits(found) else self.spec(pieces, None, inputs)


@st.composite
def specs(draw: Draw) -> str:
    """The text of a valid spec."""
    return as_text(Writer(draw).network())


@st.composite
def shared_specs(draw: Draw) -> str:
    """The text of a valid spec in which weights come again in many ways."""
    writer = Writer(draw)
    while not any(m.inputs == 2 for m in writer.made) and len(writer.blocks) < 4:
        writer.define(writer.pick([writer.joining, writer.ordinary, writer.level]))
    return as_text(writer.network(writer.sharing))


@st.composite
def sized_specs(draw: Draw) -> str:
    """The text of a valid spec, in which attributes are computed from the sizes of values."""
    return as_text(Writer(draw, sized=True).network())
