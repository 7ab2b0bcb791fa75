"""Pieces of random bodies: ops, merges, groups, conditions, loops and sharing.

Every piece keeps its map's size unless it says otherwise, and channels are tracked as the
expressions a spec would write, so that most of what is drawn elaborates at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import yaml
from hypothesis import strategies as st

from archspec.backends.torch.helpers import FILES
from archspec.diagnostics import ArchspecError, Source
from archspec.elaboration.build import build
from archspec.frontend.loading import load_source
from archspec.ir.graph import Graph
from archspec.ops import REGISTRY

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
    inputs: int = 1


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
    several: bool = False
    reads: bool = False
    extents: list[str] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)

    def read_input(self) -> None:
        """Let expressions here read the shape of what feeds the network, of 3 channels."""
        first = "input.channels" if self.rank else "input.features"
        self.reads = True
        self.widths += [f"{first} + 1", "4 * input.shape[0] - 4"]
        self.ints += [first, "input.rank"]
        self.flags.append(f"{first} == 3")
        self.floats.append("input.channels / 10")
        self.tests += ["input.shape[0] > 2", f"input.rank == {self.rank}"]


def value(text: str) -> Any:
    """An expression as an attribute's value: a number where it is one."""
    if text.isdigit():
        return int(text)
    return f"${text}" if text.isidentifier() else f"$({text})"


def fits(spec: dict[str, Any]) -> bool:
    """Whether a spec can be built. Anything but an error of the spec's own is a mistake."""
    try:
        graph_of(as_text(spec))
    except ArchspecError:
        return False
    return True


class Pieces:
    """Draws pieces of bodies; what a block is, `Writer` says."""

    def __init__(self, draw: Draw, *, sized: bool = False) -> None:
        self.draw = draw
        self.sized = sized
        self.count = 0
        self.sizes = 0
        self.blocks: dict[str, Any] = {}
        self.made: list[Made] = []
        self.rank = self.pick([0, 1, 2, 2, 2, 3])
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
        read = "_$(input.rank)" if place.reads and self.chance(5) else ""
        return f"{word}{self.count}{read}{place.suffix}"

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
            {"scaled_tanh": None}, {"scaled_sigmoid": {"scale": 0.5}}, "channel_affine",
            {"scale": 0.17}, {"scale": {"factor": 2, "offset": -1}}, {"drop_path": 0.1},
            {"channel_slice": {"start": 0}},
        ]  # fmt: skip
        if place.rank:
            options += [
                {"max_pool": {"kernel_size": 3, "stride": 1, "padding": 1}},
                {"avg_pool": {"kernel_size": 3, "stride": 1, "padding": 1}},
                {"spatial_dropout": 0.2}, {"upsample": 1}, {"local_response_norm": {"size": 3}},
                {"channel_shuffle": 2}, {"subsample": 1},
            ]  # fmt: skip
        options += [{value(h): None} for h in place.heads]
        options += [
            {op: value(p)} for p in place.floats for op in ("dropout", "drop_path", "scale")
        ]
        return self.pick(options)

    def unit(self, place: Place, out: str, stride: str | None = None) -> list[Piece]:
        """A convolution and what follows it."""
        if place.rank and stride is None and self.chance(10):
            place.channels = out
            return [{"pad": 1}, {"conv": {"out_channels": value(out), "kernel_size": 3}}]
        first = self.named(self.conv(place, out, stride), place)
        more = self.pick([0, 0, 1, 2])
        return [first, *(self.named(self.plain(place), place, 15) for _ in range(more))]

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
        from_input = out is not None and place.block and place.channels == "input.channels"
        if out is not None and from_input and self.chance(40):
            test = f"input.channels != {out}"
            return [{"when": test, **self.dictionary(self.conv(inner, out))}], out
        pieces = self.body(inner, self.pick([0, 0, 1])) if place.depth < 2 else []
        pieces += self.unit(inner, wanted)
        if len(pieces) == 1 and isinstance(pieces[0], dict) and self.chance(40):
            if not {"when", "for", "repeat"} & {*pieces[0]} and self.chance(25):
                return {"when": self.test(place), **pieces[0]}, None if out is None else wanted
            return pieces[0], wanted
        if same_size and self.chance(15):
            pieces[0] = {"from": self.pick(same_size), **self.dictionary(pieces[0])}
        return pieces, wanted

    def fan(self, place: Place, out: str | None) -> tuple[Piece, str | None]:
        """`each`: a branch for every round, with an id a list of modules."""
        self.count += 1
        index, count = f"e{self.count}", self.pick(["0", "1", "2", "3", *place.ints])
        inner = replace(place, depth=place.depth + 1, refs=list(place.refs))
        inner.ints = [*place.ints, index]
        head: dict[str, Any] = {"each": {index: f"range({count})"}}
        if count.isdigit() and out is None and self.chance(40):
            head["each"][f"w{index}"] = [self.pick([4, 8]) for _ in range(int(count))]
            inner.widths = [*place.widths, f"w{index}"]
        ident = self.ident(place) if self.chance(70) else None
        if ident is not None:
            head, inner.suffix = {"id": ident, **head}, ""
        elif inner.suffix is not None:
            inner.suffix += f"_$({index})"
        wanted = out if out is not None else self.pick(inner.widths)
        pieces = self.body(inner, self.pick([0, 0, 1])) if place.depth < 2 else []
        pieces += self.unit(inner, wanted)
        same_size = [r for r, _, s in place.refs if s == place.size]
        if same_size and self.chance(20):
            head["from"] = self.pick(same_size)
        if out is not None and out == place.channels and self.chance(15):
            head["when"] = f"{index} > 0"
        only = self.dictionary(pieces[0]) if len(pieces) == 1 else {"id": None}
        if not {"id", "for", "repeat", "from", "when", "share"} & set(only):
            return {**head, **only}, out
        return {**head, "graph": pieces}, out

    def dictionary(self, piece: Piece) -> dict[str, Any]:
        return piece if isinstance(piece, dict) else {piece: None}

    def merge(self, place: Place) -> list[Piece]:
        kind = self.pick(["add", "add", "concat", "multiply", "mean", "maximum", "subtract"])
        count = 2 if kind == "subtract" else self.pick([1, 2, 2, 3])
        if kind == "concat":
            drawn = [self.branch(place, None) for _ in range(count)]
            if self.chance(30):
                drawn.insert(self.pick([0, len(drawn)]), self.fan(place, None))
            parts = [c for _, c in drawn]
            place.channels = None if None in parts else " + ".join(f"{c}" for c in parts)
        else:
            out = self.pick(place.widths)
            drawn = [self.branch(place, out) for _ in range(count)]
            if kind != "subtract" and self.chance(30):
                drawn[self.pick([0, -1])] = self.fan(place, out)
            place.channels = out
        branches: Any = [b for b, _ in drawn]
        if self.chance(20):
            piece: Piece = {kind: [{"parallel": branches}]}
        elif self.chance(15) and kind != "concat":
            piece = {kind: {"branches": branches, "broadcast": True}}
        else:
            piece = {kind: branches}
        fans = [b["id"] for b in branches if isinstance(b, dict) and {"id", "each"} <= set(b)]
        if fans and self.chance(25):  # the rounds' values once more, by the id of all of them
            place.channels = None
            return [self.named(piece, place), {"concat": [fans[0], []]}]
        return [self.named(piece, place)]

    def joined(self, place: Place) -> list[Piece]:
        """A merge that reads one more node, or that has weights of its own."""
        out, columns = self.pick(place.widths), self.ident(place)
        start = self.ident(place)
        if self.chance(30) and self.rank == 2 and place.rank:
            offset = {"conv": {"out_channels": 18, "kernel_size": 3, "padding": 1}}
            given = {"out_channels": value(out), "kernel_size": 3, "padding": 1}
            place.channels = out
            return [self.named({"deform_conv": {"branches": [[], offset], **given}}, place)]
        if columns is None or start is None:
            return [self.plain(place)]
        lead = {"id": start, **self.conv(place, out)}
        branches: list[Piece] = [start, {"from": start, **self.conv(place, out)}]
        if self.chance(40):
            branches = [start, {"from": start, **self.fan(place, out)[0]}]
        given = {"columns": columns, **({"p": 0.2} if self.chance(50) else {})}
        join = {"fractal_join": {"branches": branches, **given}}
        return [lead, {"id": columns, "choose_column": 5}, self.named(join, place)]

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
            self.merge, self.merge, self.excite, self.joined, self.group, self.conditional,
            self.loop, self.call, self.call, self.shared, self.shared_block, self.shared_pair,
            self.aside, self.resized,
        ]  # fmt: skip
        if self.sized and place.rank and not place.several and not place.line:
            deep += [self.sizing] * 30
        if place.line:
            deep = [self.group, self.conditional, self.conditional, self.loop, self.loop, self.call]
        return self.pick(simple if place.depth > 2 else [*simple, *deep])(place)

    def sizing(self, place: Place) -> list[Piece]:
        """Ops whose attributes follow from the size of what feeds the body: `Sizing` says more."""
        raise NotImplementedError

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
        options = ["true", "false", *place.tests]
        options += [] if place.several else [f"input.rank == {place.rank + 1}"]
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
        head: dict[str, Any] = {"when": test}
        if self.chance(40):
            head["else"] = self.otherwise(place, inner)
        if len(pieces) == 1 and not {"when", "else"} & {*self.dictionary(pieces[0])}:
            return [{**head, **self.dictionary(pieces[0])}]
        return [{**head, "graph": pieces}]

    def otherwise(self, place: Place, taken: Place) -> Piece:
        """What stands under an `else`: a body, a node, or nothing."""
        if self.chance(20):
            return []
        other = replace(place, depth=place.depth + 1, refs=list(place.refs))
        other.channels = taken.channels
        pieces = self.body(other, self.pick([1, 1, 2]))
        if other.channels != taken.channels:
            place.channels = None
        return pieces[0] if len(pieces) == 1 and self.chance(60) else pieces

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

    def resized(self, place: Place) -> list[Piece]:
        """A map made smaller, and as large again as it was, or as another is: `like`."""
        ident = self.ident(place)
        if ident is None or place.rank == 0:
            return [self.plain(place)]
        like = self.pick([ident, ident, *(r for r, _, s in place.refs if s == place.size)])
        start = {"id": ident, **self.dictionary(self.plain(place))}
        down: Piece = {"max_pool": {"kernel_size": 3, "stride": 2, "padding": 1}}
        if self.chance(40):
            place.channels = self.pick(place.widths)
            up = {"out_channels": value(str(place.channels)), "like": like}
            again: Piece = {"conv_transpose": {**up, "kernel_size": 3, "stride": 2, "padding": 1}}
        else:
            mode = ["linear", "bilinear", "trilinear"][place.rank - 1]
            ways: list[Piece] = [
                {"upsample": {"like": like, "mode": mode}},
                {"upsample": {"like": like}},
                {"pad": {"like": like, "mode": self.pick(["constant", "replicate"])}},
                {"adaptive_avg_pool": {"like": like}},
                {"adaptive_max_pool": {"like": like}},
            ]
            again = self.pick(ways)
        return [start, down, self.named(again, place)]

    def shared(self, place: Place) -> list[Piece]:
        raise NotImplementedError

    def shared_block(self, place: Place) -> list[Piece]:
        raise NotImplementedError

    def shared_pair(self, place: Place) -> list[Piece]:
        raise NotImplementedError

    def arguments(self, block: Made, place: Place) -> dict[str, Any]:
        raise NotImplementedError

    def call(self, place: Place) -> list[Piece]:
        raise NotImplementedError


@contextmanager
def plugins_apart() -> Iterator[None]:
    """Forget the ops, definitions and modules that plugins bring."""
    ops, files, modules, path = {*REGISTRY}, {*FILES}, {*sys.modules}, [*sys.path]
    try:
        yield
    finally:
        sys.path[:] = path
        for name in [name for name in REGISTRY if name not in ops]:
            if (module := REGISTRY[name].__module__) not in modules:
                sys.modules.pop(module, None)
            del REGISTRY[name]
        for name in [name for name in FILES if name not in files]:
            del FILES[name]
