"""Random valid specs: a `Writer` draws a network piece by piece and drops what cannot be.

Every piece keeps its map's size unless it says otherwise, and channels are tracked as the
expressions a spec would write, so that most of what is drawn elaborates at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import yaml
from hypothesis import strategies as st

from archspec.build import build
from archspec.diagnostics import ArchspecError, Source
from archspec.graph import Graph
from archspec.loading import load_source

Piece = Any
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
Draw = Callable[[st.SearchStrategy[Any]], Any]


def graph_of(text: str) -> Graph:
    """The graph of a spec's text."""
    return build(load_source(Source("spec.yaml", text)))


def as_text(spec: dict[str, Any]) -> str:
    return str(yaml.dump(spec, Dumper=DUMPER, sort_keys=False, allow_unicode=True, width=100))


@dataclass
class Made:
    """A block already drawn: what it takes and what it gives."""

    name: str
    params: dict[str, str]
    out: str | None
    stride: bool = False
    several: tuple[str, ...] = ()


@dataclass
class Place:
    """Where a body is being written, and what is known of the value that flows there."""

    rank: int
    widths: list[str]
    channels: str | None
    ints: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    floats: list[str] = field(default_factory=list)
    suffix: str | None = ""
    refs: list[tuple[str, str | None, int]] = field(default_factory=list)
    size: int = 0
    depth: int = 0
    block: bool = False
    line: bool = False


def value(text: str) -> Any:
    """An expression as an attribute's value: a number where it is one."""
    if text.isdigit():
        return int(text)
    return f"${text}" if text.isidentifier() else f"$({text})"


class Writer:
    """Draws one spec."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.count = 0
        self.sizes = 0
        self.blocks: dict[str, Any] = {}
        self.made: list[Made] = []
        self.rank = self.pick([1, 2, 2, 2, 3])
        self.params: dict[str, Any] = {}

    # --- choices --------------------------------------------------------------------

    def pick(self, options: list[Any]) -> Any:
        return self.draw(st.sampled_from(options))

    def chance(self, percent: int) -> bool:
        return bool(self.draw(st.integers(0, 99)) >= 100 - percent)

    def ident(self, place: Place) -> str | None:
        """An id that is new in its scope; None where none can be given."""
        if place.suffix is None:
            return None
        self.count += 1
        word = self.pick(["a", "conv", "out", "x", "unit", "b", "max", "stem"])
        return f"{word}{self.count}{place.suffix}"

    def named(self, piece: Piece, place: Place, percent: int = 30) -> Piece:
        """The piece, perhaps with an id, which later pieces may then refer to."""
        if not self.chance(percent) or (isinstance(piece, dict) and "id" in piece):
            return piece
        ident = self.ident(place)
        if ident is None:
            return piece
        if place.suffix == "":
            place.refs.append((ident, place.channels, place.size))
        return {"id": ident, **(piece if isinstance(piece, dict) else {piece: None})}

    # --- ops ------------------------------------------------------------------------

    def conv(self, place: Place, out: str, stride: str | None = None) -> Piece:
        place.channels = out
        if place.rank == 0:
            return {"linear": value(out)}
        kernels: list[dict[str, Any]] = [{"kernel_size": 1}, {"kernel_size": 3, "padding": 1}]
        if stride is None:
            kernels += [
                {"kernel_size": 3, "padding": "same", "bias": False},
                {"kernel_size": 3, "dilation": 2, "padding": 2},
                {"kernel_size": [3] * place.rank, "padding": [1] * place.rank, "groups": 2},
                {"kernel_size": "$(1 + 2)", "padding": 1},
            ]
        given = {"out_channels": value(out), **self.pick(kernels)}
        if stride is not None:
            given["stride"] = value(stride)
        if place.flags and self.chance(30):
            given["bias"] = value(place.flags[0])
        head = "conv_transpose" if stride is None and self.chance(10) else "conv"
        if given["padding"] == "same" if "padding" in given else False:
            head = "conv"
        return {head: given}

    def plain(self, place: Place) -> Piece:
        """An op that keeps the shape."""
        options: list[Piece] = [
            "relu", "tanh", "identity", "batch_norm", "gelu", "softmax",
            {"batch_norm": {"affine": False}}, {"dropout": 0.5}, "layer_norm", "prelu",
            {"group_norm": {"num_groups": 2}}, {"leaky_relu": {"negative_slope": 0.1}},
            {"scaled_tanh": None}, {"scaled_sigmoid": {"scale": 0.5}},
        ]  # fmt: skip
        if place.rank:
            options += [
                {"max_pool": {"kernel_size": 3, "stride": 1, "padding": 1}},
                {"avg_pool": {"kernel_size": 3, "stride": 1, "padding": 1}},
                {"spatial_dropout": 0.2}, {"upsample": 1}, {"local_response_norm": {"size": 3}},
            ]  # fmt: skip
        options += [{value(h): None} for h in place.heads]
        options += [{"dropout": value(p)} for p in place.floats]
        return self.pick(options)

    def unit(self, place: Place, out: str, stride: str | None = None) -> list[Piece]:
        """A convolution and what follows it."""
        if place.rank and stride is None and self.chance(10):
            place.channels = out
            return [{"pad": 1}, {"conv": {"out_channels": value(out), "kernel_size": 3}}]
        pieces = [self.named(self.conv(place, out, stride), place)]
        for _ in range(self.pick([0, 0, 1, 2])):
            pieces.append(self.named(self.plain(place), place, 15))
        return pieces

    # --- merges ---------------------------------------------------------------------

    def branch(self, place: Place, out: str | None) -> tuple[Piece, str | None]:
        """A branch that ends in `out` channels, or in whatever it likes where that is None."""
        inner = replace(place, depth=place.depth + 1)
        wanted = out if out is not None else self.pick(place.widths)
        same_size = [r for r, c, s in place.refs if s == place.size and (out is None or c == out)]
        if same_size and self.chance(20):
            ref = self.pick(same_size)
            return ref, next(c for r, c, _ in place.refs if r == ref)
        if (out is None or place.channels == out) and self.chance(35):
            return [], place.channels
        if out is not None and place.block and place.channels == "input.channels":
            if self.chance(40):
                test = f"input.channels != {out}"
                return [{"when": test, **self.dictionary(self.conv(inner, out))}], out
        pieces = self.body(inner, self.pick([0, 0, 1])) if place.depth < 2 else []
        pieces += self.unit(inner, wanted)
        if len(pieces) == 1 and isinstance(pieces[0], dict) and self.chance(40):
            return pieces[0], wanted
        if same_size and self.chance(15):
            pieces[0] = {"from": self.pick(same_size), **self.dictionary(pieces[0])}
        return pieces, wanted

    def dictionary(self, piece: Piece) -> dict[str, Any]:
        return piece if isinstance(piece, dict) else {piece: None}

    def merge(self, place: Place) -> list[Piece]:
        kind = self.pick(["add", "add", "concat", "multiply", "mean", "maximum", "subtract"])
        count = 2 if kind == "subtract" else self.pick([1, 2, 2, 3])
        if kind == "concat":
            drawn = [self.branch(place, None) for _ in range(count)]
            parts = [c for _, c in drawn]
            place.channels = None if None in parts else " + ".join(f"{c}" for c in parts)
        else:
            out = self.pick(place.widths)
            drawn = [self.branch(place, out) for _ in range(count)]
            place.channels = out
        branches: Any = [b for b, _ in drawn]
        if self.chance(20):
            piece: Piece = {kind: [{"parallel": branches}]}
        elif self.chance(15) and kind != "concat":
            piece = {kind: {"branches": branches, "broadcast": True}}
        else:
            piece = {kind: branches}
        return [self.named(piece, place)]

    def excite(self, place: Place) -> list[Piece]:
        """Squeeze and excitation, where the channels are known."""
        if place.channels is None or not place.rank:
            return [self.plain(place)]
        squeeze = ["global_avg_pool", {"conv": {"out_channels": value(place.channels)}}, "sigmoid"]
        return [{"multiply": {"broadcast": True, "branches": [[], squeeze]}}]

    # --- structure ------------------------------------------------------------------

    def body(self, place: Place, length: int) -> list[Piece]:
        """Pieces that keep the map's size."""
        pieces: list[Piece] = []
        for _ in range(length):
            pieces += self.piece(place)
        return pieces

    def piece(self, place: Place) -> list[Piece]:
        simple: list[Callable[[Place], list[Piece]]] = [
            lambda p: self.unit(p, self.pick(p.widths)),
            lambda p: [self.named(self.plain(p), p)],
        ]
        deep: list[Callable[[Place], list[Piece]]] = [
            self.merge, self.merge, self.excite, self.group, self.conditional, self.loop,
            self.call, self.call, self.shared, self.shared_block, self.aside,
        ]  # fmt: skip
        if place.line:
            deep = [self.group, self.conditional, self.conditional, self.loop, self.loop, self.call]
        return self.pick(simple if place.depth > 2 else [*simple, *deep])(place)

    def group(self, place: Place) -> list[Piece]:
        """A group; with an id it is a scope of its own, seen into from outside."""
        ident = self.ident(place) if self.chance(60) else None
        inner = replace(place, depth=place.depth + 1)
        if ident is None:
            pieces = self.body(inner, self.pick([1, 2]))
        else:
            inner = replace(inner, suffix="", refs=list(place.refs))
            known = len(inner.refs)
            pieces = self.body(inner, self.pick([1, 2]))
            if place.suffix == "":
                place.refs += [(f"{ident}.{r}", c, s) for r, c, s in inner.refs[known:]]
        place.channels = inner.channels
        found: dict[str, Any] = {} if ident is None else {"id": ident}
        return [{**found, "graph": pieces}]

    def test(self, place: Place) -> str:
        options = ["true", "false", f"input.rank == {place.rank + 1}", *place.tests]
        options += [f"{i} > 0" for i in place.ints] + [f"{i} % 2 == 0" for i in place.ints]
        options += [f"not {f}" for f in place.flags] + list(place.flags)
        if place.block:
            options += [f"input.channels {o} {w}" for w in place.widths for o in ("!=", "<")]
        return str(self.pick(options))

    def conditional(self, place: Place) -> list[Piece]:
        inner = replace(place, depth=place.depth + 1, refs=list(place.refs))
        pieces = self.body(inner, self.pick([1, 1, 2]))
        test = self.test(place)
        if inner.channels != place.channels:
            place.channels = None
        if len(pieces) == 1 and "when" not in self.dictionary(pieces[0]):
            return [{"when": test, **self.dictionary(pieces[0])}]
        return [{"when": test, "graph": pieces}]

    def loop(self, place: Place) -> list[Piece]:
        self.count += 1
        count = self.pick(["1", "2", "3", *place.ints])
        head: dict[str, Any]
        inner = replace(place, depth=place.depth + 1, refs=list(place.refs))
        if place.ints and self.chance(50):
            count = self.pick(place.ints)
        if self.chance(40):
            head = {"repeat": value(count) if count.isdigit() else count}
            inner.suffix = None
        else:
            index = f"i{self.count}"
            head = {"for": {index: f"range({count})"}}
            if inner.suffix is not None:
                inner.suffix += f"_$({index})"
            inner.ints = [*place.ints, index]
            if count.isdigit() and self.chance(50):
                width = f"w{self.count}"
                row = [self.pick([4, 8]) for _ in range(int(count))]
                head["for"][width] = row
                inner.widths = [*place.widths, width]
        inner.channels = None
        pieces = self.body(inner, self.pick([1, 1, 2]))
        place.channels = inner.channels if inner.channels in place.widths else None
        only = self.dictionary(pieces[0]) if len(pieces) == 1 else None
        if only is not None and not {"for", "repeat"} & set(only):
            return [{**head, **only}]
        ident = self.ident(inner) if self.chance(50) else None
        return [{**head, **({} if ident is None else {"id": ident}), "graph": pieces}]

    def aside(self, place: Place) -> list[Piece]:
        """Two readers of one node that is not the one above."""
        first, second = self.ident(place), self.ident(place)
        if first is None or second is None:
            return [self.plain(place)]
        out = self.pick(place.widths)
        start = {"id": first, **self.dictionary(self.plain(place))}
        left = {"id": second, **self.conv(place, out)}
        right = {"from": first, **self.conv(place, out)}
        return [start, left, right, {self.pick(["add", "concat"]): [second, []]}]

    # --- sharing --------------------------------------------------------------------

    def shared(self, place: Place) -> list[Piece]:
        """A node whose weights come again, with the same or with other attributes."""
        ident, out = self.ident(place), self.pick(place.widths)
        if ident is None:
            return [self.plain(place)]
        lead = [self.conv(place, out)]
        if place.rank == 0:
            again: Piece = {"share": ident}
            return [*lead, {"id": ident, "linear": value(out)}, "relu", again]
        given = {"out_channels": value(out), "kernel_size": 3, "padding": 1}
        other = {**given, "dilation": 2, "padding": 2}
        again = self.pick(
            [{"share": ident}, {"share": ident, "conv": given}, {"share": ident, "conv": other}]
        )
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
        return [lead, {"id": ident, block.name: args}, again]

    # --- blocks ---------------------------------------------------------------------

    def arguments(self, block: Made, place: Place) -> dict[str, Any]:
        args: dict[str, Any] = {}
        for name, kind in block.params.items():
            if kind.endswith("?") and self.chance(50):
                continue
            args[name] = self.argument(kind.rstrip("?"), place)
        return args

    def argument(self, kind: str, place: Place) -> Any:
        if kind == "width":
            return value(self.pick(place.widths))
        if kind == "stride":
            return 1
        if kind == "depth":
            return self.pick([0, 1, 2])
        if kind == "count":
            return value(self.pick(["1", "2", *place.ints]))
        if kind == "flag":
            return self.pick([True, False, *(value(f) for f in place.flags)])
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
        return [p for _ in range(repeated) for p in self.called(block, place)]

    def called(self, block: Made, place: Place) -> list[Piece]:
        args = self.arguments(block, place)
        out = None
        if block.out is not None and block.out == "channels":
            out = str(args["channels"]).removeprefix("$").removeprefix("(").removesuffix(")")
        piece: Piece = {block.name: args}
        if not block.several:
            place.channels = out
            alike = [m for m in self.made if m.params == block.params and not m.several]
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

    def picked_block(self, alike: list[Made], args: dict[str, Any], place: Place) -> list[Piece]:
        """`$block` over a list of blocks that take the same arguments."""
        self.count += 1
        names = [self.pick(alike).name for _ in range(2)]
        place.channels = None
        return [{"for": {f"block{self.count}": names}, f"$block{self.count}": args}]

    def define(self) -> None:
        """One more block, kept if a network with one instance of it can be built."""
        self.count += 1
        name = self.pick(["unit", "Unit", "conv_bn", "convBn", "block", "max_", "net"])
        name = f"{name}{len(self.made)}" if name in self.blocks or self.chance(50) else name
        drawn = self.pick([self.ordinary, self.ordinary, self.ordinary, self.level, self.strands])
        made, block = drawn(name)
        if name in self.blocks:
            return
        self.blocks[name] = block
        args = {"channels": 8, **{p: 1 for p, k in made.params.items() if k == "depth"}}
        args |= {p: [4, 8] for p, k in made.params.items() if k == "widths"}
        tail = [{"concat": [[]]}]
        if fits(self.spec([{"conv": {"out_channels": 4}}, {name: args}, *tail], None)):
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
        stride = self.chance(30)
        pieces: list[Piece] = []
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
        graph = [
            {"when": "depth == 0", **self.dictionary(self.conv(place, "channels"))},
            {"when": "depth > 0", "parallel": [[*self.unit(place, "channels")], inner]},
        ]
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
        return found

    def inputs(self, count: int) -> dict[str, list[int]]:
        sizes = [6, 7, 5][: self.rank]
        return {name: [3, *sizes] for name in ["image", "x", "left"][:count]}

    def network(self) -> dict[str, Any]:
        self.params["width"] = self.pick([4, 8])
        for _ in range(self.pick([0, 1, 2, 3])):
            self.define()
        place = Place(self.rank, ["4", "8", "width"], "width", heads=["act"], flags=["flag"])
        count = self.pick([1, 1, 1, 2])
        pieces = self.stem(place, count)
        inputs = self.inputs(count)
        for _ in range(self.pick([1, 2, 3, 5, 8])):
            pieces = self.more(pieces, place, inputs, lambda p: self.piece(p))
        if self.chance(30):
            pieces = self.more(pieces, place, inputs, self.down)
            pieces = self.more(pieces, place, inputs, lambda p: self.piece(p))
        if self.chance(40):
            pieces = self.more(pieces, place, inputs, self.head)
        return self.finished(pieces, place, inputs)

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


def fits(spec: dict[str, Any]) -> bool:
    """Whether a spec can be built. Anything but an error of the spec's own is a mistake."""
    try:
        graph_of(as_text(spec))
    except ArchspecError:
        return False
    return True


@st.composite
def specs(draw: Draw) -> str:
    """The text of a valid spec."""
    return as_text(Writer(draw).network())
