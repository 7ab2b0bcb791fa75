"""What `explain` says is arithmetic, and gives the numbers that `stats` and the shapes say.

Every expression is read by a small evaluator that knows nothing of how it was written.
"""

from __future__ import annotations

import csv
import io
import json
import re
from fractions import Fraction
from math import ceil, floor, isqrt, prod
from textwrap import dedent
from typing import Any, ClassVar

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import archspec
from archspec import pipeline
from archspec.analysis.arithmetic import Given, Line, axis_names, line, shape_lines, work_lines
from archspec.analysis.cost import Group, Layer, Mode
from archspec.analysis.explanation import Explainer
from archspec.analysis.memory import kept
from archspec.analysis.receptive import fields
from archspec.analysis.term import Applied, names
from archspec.backends.torch import backend
from archspec.cli.app import main
from archspec.codegen.schedule import schedule
from archspec.diagnostics import ArchspecError
from archspec.frontend.loading import families, load
from archspec.ir.graph import Graph, Instance, Node
from archspec.ops import REGISTRY, Op, Shape
from archspec.ops.tape import Dtype
from archspec.ops.types import Tensor
from archspec.ops.work import Work
from archspec.tables.explanation import text
from tests.strategies import graph_of, sized_specs, specs
from tests.sweeping import drawn, some
from tests.test_ops import ROWS, Row, label, prepare
from tests.test_startup import loaded

# --- an evaluator ---------------------------------------------------------------------------

_TOKEN = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?|[a-z]+|[-+−·/^()⌊⌋⌈⌉,]| +")


class Sum:
    """Reads an expression of numbers as one would read it on a board."""

    def __init__(self, text: str) -> None:
        text = re.sub(r", ", " , ", text)
        found = _TOKEN.findall(text)
        assert "".join(found) == text, text
        self.tokens = [token for token in found if token.strip()]
        self.at = 0

    @property
    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        token = self.next
        assert not wanted or token in wanted, (self.tokens, self.at, wanted)
        self.at += 1
        return token

    def whole(self) -> Fraction:
        value = self.sum()
        assert self.at == len(self.tokens), self.tokens
        return value

    def sum(self) -> Fraction:
        value = -self.product() if self.next == "−" and self.take() else self.product()
        while self.next in ("+", "−"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> Fraction:
        value = self.power()
        while self.next in ("·", "/", "mod"):
            sign, other = self.take(), self.power()
            if sign == "·":
                value *= other
            else:
                value = value / other if sign == "/" else value % other
        return value

    def power(self) -> Fraction:
        value = self.atom()
        return value ** int(self.atom()) if self.next == "^" and self.take() else value

    def atom(self) -> Fraction:
        token = self.take()
        if token[0].isdigit():
            return Fraction(token.replace(",", ""))
        if token == "max":
            self.take("(")
            values = [self.sum()]
            while self.take(",", ")") == ",":
                values.append(self.sum())
            return max(values)
        if token in ("trunc", "round"):
            self.take("(")
            value = self.sum()
            self.take(")")
            return Fraction(int(value) if token == "trunc" else round(value))
        value = self.sum()
        self.take({"(": ")", "⌊": "⌋", "⌈": "⌉"}[token])
        return Fraction({"(": Fraction, "⌊": floor, "⌈": ceil}[token](value))


def evaluated(entry: Line) -> Fraction | None:
    """What the arithmetic of a line gives; it says so itself."""
    if not entry.numbers:
        return None if entry.value is None else Fraction(entry.value)
    value = Sum(entry.numbers).whole()
    assert entry.value is not None and value == Fraction(entry.value), entry
    return value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("⌊(224 + 2·3 − 7) / 2⌋ + 1", 112),
        ("⌈(13 − 2) / 2⌉·2^3", 48),
        ("1,000·512 + 1,000", 513_000),
        ("5 − (−5) + 1", 11),
        ("64·(128 / 32)·3·3", 2304),
        ("8·4 / 3 / 2", Fraction(16, 3)),
        ("max(3, 11, 7)", 11),
        ("−2 + 1/2", Fraction(-3, 2)),
    ],
)
def test_the_evaluator_reads_as_one_would(text: str, value: Fraction) -> None:
    assert Sum(text).whole() == value


# --- every op -------------------------------------------------------------------------------


def by_axis(lines: list[Line], operand: tuple[int, ...], axes: tuple[str, ...]) -> list[int]:
    """What the lines of a shape say of each axis, in order."""
    said: dict[str, int] = {}
    for entry in lines:
        value = evaluated(entry)
        for name in entry.what.split(", "):
            assert name not in said
            said[name] = int(value) if value is not None else operand[axes.index(name)]
    return [said[name] for name in axes]


@pytest.mark.parametrize("row", ROWS, ids=label)
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_an_op_explains_what_it_says(row: Row, training: bool) -> None:
    op, shapes, _ = prepare(row)
    output = op.infer(*shapes)
    given = Given.of(op, [(f"x{i}", shape) for i, shape in enumerate(shapes)])
    axes = axis_names(len(output), features_last=op.features_last)
    assert by_axis(list(shape_lines(given)), shapes[0], axes) == list(output)
    assert given.op.tensors(*given.inputs) == op.tensors(*shapes)
    for tensor, plain in zip(given.op.tensors(*given.inputs), op.tensors(*shapes), strict=True):
        assert evaluated(line("parameters", tensor.name, tensor.count)) == plain.count
    work = op.work(shapes, output, training)
    said = {entry.what: evaluated(entry) for entry in work_lines(given, 3, training)}
    counts = {
        "MACs": work.macs,
        "FLOPs": 2 * work.macs,
        "elementwise": work.elementwise,
        "comparisons": work.comparisons,
    }
    assert said == {what: 3 * count for what, count in counts.items() if count}


def put_in(value: Any) -> str:
    """The arithmetic of a term in names, with its numbers put in: each name has one alone."""
    leaves, found = [value.tree], dict[str, Any]()
    while leaves:
        tree = leaves.pop()
        if isinstance(tree, Applied):
            leaves += tree.parts
        elif tree.name:
            assert found.setdefault(tree.name, tree.number) == tree.number, (found, tree)
    text = names(value)
    for name in sorted(found, key=len, reverse=True):
        number = f"({found[name]})".replace("-", "−")
        text = re.sub(rf"(?<![\w.\]]){re.escape(name)}(?![\w.\[])", number, text)
    return text


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_names_say_what_numbers_say(row: Row) -> None:
    op, shapes, _ = prepare(row)
    given = Given.of(op, [(f"x{i}", shape) for i, shape in enumerate(shapes)])
    work = given.op.work(given.inputs, given.output, training=True)
    counts = [tensor.count for tensor in given.op.tensors(*given.inputs)]
    for value in (*given.found, *counts, work.macs, work.elementwise, work.comparisons):
        if hasattr(value, "tree") and names(value):
            assert Sum(put_in(value)).whole() == Fraction(value.tree.number)


def test_operands_are_told_apart() -> None:
    text = """
    name: Same
    inputs: {x: [4, 8, 8]}
    graph:
      - concat:
          - - {id: left, graph: [{id: conv, conv: {out_channels: 2}}, relu]}
          - - {id: right, graph: [{id: conv, conv: {out_channels: 3}}]}
          - []
    """
    graph = graph_of(dedent(text))
    (channels, *_) = pipeline.explain(graph, graph.nodes[-1].path).lines
    assert channels.names == "left.1.channels + conv.channels + x.channels"
    assert channels.numbers == "2 + 3 + 4"


def test_a_merge_of_thousands_is_explained_in_a_line() -> None:
    branches = "".join(f"      - {{conv: {{out_channels: {1 + i % 3}}}}}\n" for i in range(3000))
    graph = graph_of("name: n\ninputs: {x: [3, 4, 4]}\ngraph:\n  - concat:\n" + branches)
    channels = next(shape_lines(Given.of_node(graph.nodes[-1])))
    assert channels.steps[-1] == str(graph.nodes[-1].output[0]) == "6000"
    assert channels.numbers == "1 + 2 + 3 + … + 2 + 3"


def test_every_op_is_explained() -> None:
    assert {name for name, _, _ in ROWS} == {*REGISTRY}


# --- every layer and every block of networks ------------------------------------------------

NETWORKS = [
    f"{path.stem}@{form}" if form else path.stem
    for path in families()
    for form in pipeline.forms(load(path))
]
SETTINGS: list[tuple[int, Dtype, Mode]] = [
    (1, "float32", "train"),
    (3, "amp", "train"),
    (2, "bfloat16", "eval"),
]


class Told:
    """A network with its costs, and all that is told of it."""

    def __init__(self, graph: Graph, batch: int, dtype: Dtype, mode: Mode) -> None:
        self.graph, training = graph, mode == "train"
        self.counted = pipeline.stats(graph, batch=batch, dtype=dtype, mode=mode)
        order = schedule(graph, backend.target, training=training)
        saved = kept(graph, order, batch=batch, dtype=dtype, training=training)
        self.explainer = Explainer(graph, self.counted, saved)
        self.fields = fields(graph)

    def of(self, part: Node | Instance) -> dict[str, list[Line]]:
        """The lines by their subjects, every one of which is right in itself."""
        found: dict[str, list[Line]] = {}
        for entry in self.explainer.of(part).lines:
            evaluated(entry)
            found.setdefault(entry.subject, []).append(entry)
        return found


def values(lines: list[Line]) -> dict[str, Any]:
    return {entry.what: entry.value for entry in lines}


def check_layer(told: Told, node: Node, row: Layer) -> None:
    lines = told.of(node)
    axes = axis_names(len(node.output), features_last=node.op.features_last)
    assert by_axis(lines["shape"], node.input_shapes[0], axes) == list(node.output)
    tensors = {tensor.name: tensor for tensor in node.tensors()}
    for subject, trainable in (("parameters", True), ("buffers", False)):
        wanted = {n: t.count for n, t in tensors.items() if t.trainable == trainable}
        more = {"sum": sum(wanted.values())} if len(wanted) > 1 else {}
        assert values(lines.get(subject, [])) == wanted | more
    counts = {"MACs": row.macs, "FLOPs": row.flops, "elementwise": row.elementwise}
    counts["comparisons"] = row.comparisons
    assert values(lines.get("work", [])) == {what: n for what, n in counts.items() if n}
    memory = [entry for entry in lines["memory"] if entry.what != "saved"]
    saved = sum(entry.value or 0 for entry in lines["memory"] if entry.what == "saved")
    sizes = {"output": row.output_bytes, "parameters": row.params_bytes}
    sizes["buffers"] = row.buffers_bytes
    if told.counted.mode == "train":
        sizes["gradients"] = row.params_bytes
    told_of = values(memory)
    assert saved == row.saved_bytes == told_of.pop("saved together", row.saved_bytes)
    assert told_of == {what: n for what, n in sizes.items() if n or what == "output"}
    check_field(told, node, lines.get("field", []))


def check_field(told: Told, node: Node, lines: list[Line]) -> None:
    field = told.fields.get(node)
    if field is None:
        assert lines == []
        return
    axes = axis_names(len(field.extent) + 1)[1:]
    said: dict[tuple[str, str], Any] = {}
    for entry in lines:
        what, _, along = entry.what.partition(" (")
        for axis in along.rstrip(")").split(", ") if along else axes:
            assert (what, axis) not in said
            said[what, axis] = entry.value
    wanted = {("size", axis): size for axis, size in zip(axes, field.size, strict=True)}
    if not field.whole:
        wanted |= {("stride", axis): s for axis, s in zip(axes, field.stride, strict=True)}
    if field.context:  # what sees everything, beside
        wanted |= {("besides", axis): None for axis in axes}
    assert said == wanted


def check_block(told: Told, instance: Instance, group: Group) -> None:
    lines = told.of(instance)
    totals = group.totals
    sizes = {"outputs": totals.output_bytes, "parameters": totals.params_bytes}
    sizes |= {"buffers": totals.buffers_bytes, "saved": totals.saved_bytes}
    counts = {"MACs": totals.macs, "FLOPs": totals.flops, "elementwise": totals.elementwise}
    counts["comparisons"] = totals.comparisons
    for subject, wanted in (
        ("parameters", {"sum": totals.params}),
        ("buffers", {"sum": totals.buffers}),
        ("work", counts),
        ("memory", sizes),
    ):
        assert values(lines.get(subject, [])) == {what: n for what, n in wanted.items() if n}
    check_field(told, instance.output[0], lines.get("field", []))


def check(graph: Graph, batch: int, dtype: Dtype, mode: Mode) -> None:
    """Every layer, input, block and group of a network is explained, and rightly."""
    told = Told(graph, batch, dtype, mode)
    rows = {row.path: row for row in told.counted.layers}
    for node in graph.nodes:
        if node.op.internal:
            axes = axis_names(len(node.output))
            assert by_axis(told.of(node)["shape"], (), axes) == list(node.output)
        else:
            check_layer(told, node, rows[node.path])
    for instance in graph.instances:
        if instance.path and instance.output:
            group = told.explainer.rows[instance.path]
            assert isinstance(group, Group)
            check_block(told, instance, group)


@pytest.mark.sweep
@pytest.mark.parametrize("name", some(NETWORKS, 40))
def test_every_number_of_a_network_is_explained(name: str) -> None:
    graph = pipeline.elaborate(name)
    check(graph, *SETTINGS[len(graph.nodes) % len(SETTINGS)])


@drawn(3_000, sample=60)
@given(specs() | sized_specs(), st.sampled_from(SETTINGS))
def test_every_number_of_a_random_network_is_explained(
    text: str, setting: tuple[int, Dtype, Mode]
) -> None:
    check(graph_of(text), *setting)


# --- what is printed --------------------------------------------------------------------------


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["explain", *arguments])


def rows(text: str) -> dict[str, str]:
    """The rows of a printed table by what they are of; a long one is joined."""
    found: dict[str, str] = {}
    what = ""
    for row in text.split("\n-", 1)[1].splitlines()[1:]:
        if not row.strip():
            break
        match = re.fullmatch(r"(?: {2}(\S(?:\S| (?! ))*))? +(\S.*)|\S.*", row)
        assert match is not None, row
        if match[1]:
            what = match[1]
        if match[2]:
            found[what] = (
                f"{found[what]} {match[2]}" if what in found and not match[1] else match[2]
            )
    return found


def test_a_convolution_is_explained_as_on_the_board() -> None:
    found = rows(run("resnet18", "conv1").stdout)
    assert found["height, width"] == (
        "⌊(height + 2·padding − kernel_size) / stride⌋ + 1 = ⌊(224 + 2·3 − 7) / 2⌋ + 1 = 112"
    )
    assert found["weight"].endswith(" = 64·3·7·7 = 9,408")
    assert found["MACs"].endswith(" = 64·112·112·7·7·3 = 118,013,952")
    assert found["output"].endswith(" = 64·112·112·4 = 3,211,264 B")
    assert found["size"].endswith(" = 1 + (7 − 1)·1 = 7")


def written(attributes: str, op: str = "conv", image: str = "[16, 45, 60]") -> dict[str, str]:
    """The lines of an op's shape: arithmetic in names, and in numbers."""
    text = f"name: One\ninputs: {{image: {image}}}\ngraph:\n  - {{id: one, {op}: {attributes}}}\n"
    found = pipeline.explain(graph_of(text), "one")
    lines = [entry for entry in found.lines if entry.subject == "shape"]
    return {entry.what: f"{entry.names} = {entry.numbers} = {entry.value}" for entry in lines}


@pytest.mark.parametrize(
    ("op", "attributes", "height"),
    [
        (
            "conv",
            "{out_channels: 8, kernel_size: 3, dilation: 2, padding: 2, stride: 3}",
            "⌊(height + 2·padding − dilation·(kernel_size − 1) − 1) / stride⌋ + 1"
            " = ⌊(45 + 2·2 − 2·(3 − 1) − 1) / 3⌋ + 1 = 15",
        ),
        (
            "conv",
            "{out_channels: 8, kernel_size: 5, padding: same}",
            "height + (kernel_size − 1) − kernel_size + 1 = 45 + (5 − 1) − 5 + 1 = 45",
        ),
        (
            "conv",
            "{out_channels: 8, kernel_size: [3, 5], padding: [1, 2]}",
            "height + 2·padding[0] − kernel_size[0] + 1 = 45 + 2·1 − 3 + 1 = 45",
        ),
        (
            "conv_transpose",
            "{out_channels: 8, kernel_size: 3, stride: 2, padding: 1, output_padding: 1}",
            "(height − 1)·stride − 2·padding + kernel_size + output_padding"
            " = (45 − 1)·2 − 2·1 + 3 + 1 = 90",
        ),
        (
            "max_pool",
            "{kernel_size: 2, ceil_mode: true}",
            "⌈(height − kernel_size) / kernel_size⌉ + 1 = ⌈(45 − 2) / 2⌉ + 1 = 23",
        ),
        (
            "max_pool",
            "{kernel_size: 2, stride: 3, padding: 1, ceil_mode: true}",
            "(height + 2·padding − kernel_size) / stride + 1 = (45 + 2·1 − 2) / 3 + 1 = 16",
        ),
        ("upsample", "1.5", "⌊height·scale_factor⌋ = ⌊45·1.5⌋ = 67"),
        ("subsample", "2", "⌈height / stride⌉ = ⌈45 / 2⌉ = 23"),
        ("adaptive_avg_pool", "[7, 5]", "output_size[0] = 7 = 7"),
    ],
)
def test_shapes_are_explained_in_names_and_numbers(op: str, attributes: str, height: str) -> None:
    found = written(attributes, op)
    name = next(what for what in found if what.split(", ")[0] == "height")
    assert found[name] == height


def test_ceil_mode_may_take_the_last_window_back() -> None:
    """It would start in the right padding: 4 + 2 = 6 values, windows at 0, 3 and not at 6."""
    found = written(
        "{kernel_size: 2, stride: 3, padding: 1, ceil_mode: true}", "max_pool", "[1, 5, 5]"
    )
    assert found["height, width"].endswith("⌈(5 + 2·1 − 2) / 3⌉ + 1 − 1 = 2")


def test_a_derived_size_comes_first() -> None:
    text = """
    name: Halves
    inputs: {image: [3, 45, 60]}
    graph:
      - {id: middle, crop: "$([int(input.height / 2), input.width // 2])"}
    """
    found = pipeline.explain(graph_of(dedent(text)), "middle").lines
    first, second = (entry for entry in found if entry.subject == "attributes")
    assert (first.what, first.names, first.numbers, first.value) == (
        "size[0]",
        "trunc(image.height / 2)",
        "trunc(45 / 2)",
        22,
    )
    assert (second.names, second.numbers, second.value) == ("image.width / 2", "60 / 2", 30)


def test_a_merge_names_its_operands() -> None:
    found = rows(run("googlenet", "inception3a.4").stdout)
    assert found["channels"].endswith("= 64 + 128 + 32 + 32 = 256")
    assert found["height, width"] == "28, unchanged"
    assert rows(run("resnet18", "layer1.0.5").stdout)["size"].startswith("max(27, 11) = 27")


def test_a_size_of_another_node_is_named_by_the_attribute() -> None:
    found = rows(run("unet", "top.4").stdout)
    assert found["height, width"] == "like.height = 392"
    assert found["channels"] == "64, unchanged"


def test_what_is_read_twice_is_told_twice() -> None:
    text = """
    name: Twice
    inputs: {x: [4], y: [4]}
    graph:
      - {id: empty, from: x, graph: [{when: false, relu: }]}
      - {id: place, from: x, graph: []}
      - {id: sum, from: x, add: [[], [], {from: y, graph: []}]}
    """
    graph = graph_of(dedent(text))
    assert [path for path, _ in pipeline.explain(graph, "sum").inputs] == ["x", "x", "y"]
    for name in ("empty", "place"):  # which are only names
        with pytest.raises(ArchspecError, match=f"no block or layer `{name}`"):
            pipeline.explain(graph, name)


def test_shared_weights_are_counted_where_they_are() -> None:
    text = """
    name: Twice
    inputs: {x: [8]}
    graph:
      - {id: a, linear: 8}
      - {id: b, linear: 8, share: a}
    """
    found = pipeline.explain(graph_of(dedent(text)), "b").lines
    (weight, *_) = (entry for entry in found if entry.subject == "parameters")
    assert (weight.value, weight.note) == (64, "those of a, counted there")
    assert not [e for e in found if e.subject == "memory" and e.what == "parameters"]


def test_a_block_is_the_sum_of_what_it_holds() -> None:
    found = run("resnet50", "layer1").stdout
    assert "\n  1, 2           bottleneck ×2, gives [256, 56, 56]\n" in found
    assert rows(found)["sum"] == "bottleneck 0 + 2·bottleneck 1 = 1,284 + 2·771 = 2,826"
    member = run("resnet50", "layer1.2").stdout
    assert "\n×2: layer1.1 and layer1.2 are alike\n" in member


def test_what_is_alike_need_not_cost_the_same() -> None:
    """The first block of a ConvNeXt is never dropped, the others ever more often."""
    found = run("convnext_tiny", "stage1.blocks").stdout
    assert "\n  0, 1, 2        convnext_block ×3, gives [96, 56, 56]\n" in found
    assert rows(found)["sum"] == "3·convnext_block 0 = 3·79,296 = 237,888"
    assert rows(found)["elementwise"].startswith("convnext_block 0 + 2·convnext_block 1 = ")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("layer2.0.bn1", "layer2.0.bn1"),
        ("fc", "fc"),
        ("0.downsample.0", None),
        ("layer3", "layer3"),
    ],
)
def test_names(name: str, path: str | None) -> None:
    result = run("resnet18", name)
    if path is None:
        assert result.exit_code == 2 and "E113" in result.stderr
    else:
        assert result.stdout.splitlines()[0] == f"ResNet (resnet18): {path}"


def test_a_block_with_one_instance_goes_by_its_name() -> None:
    text = """
    name: Named
    inputs: {x: [8, 4, 4]}
    blocks:
      unit: {graph: [{id: inner, conv: {out_channels: 8}}, relu]}
    graph: [{id: first, unit: }, {id: after, relu: }]
    """
    graph = graph_of(dedent(text))
    assert pipeline.explain(graph, "unit").path == "first"
    assert pipeline.explain(graph, "inner").path == "first.inner"


def test_options_are_those_of_stats() -> None:
    words = ("resnet18", "conv1", "--input", "3x64x64", "--batch", "8", "--dtype", "amp")
    found = rows(run(*words, "--mode", "eval").stdout)
    assert found["MACs"].endswith("= 8·64·32·32·7·7·3 = 77,070,336")
    assert found["output"].endswith("= 8·64·32·32·2 = 1,048,576 B")
    assert "gradients" not in found
    assert rows(run("resnet18", "fc", "--set", "num_classes=7").stdout)["features"].endswith("= 7")
    assert run("resnet@resnet18", "fc").stdout == run("resnet18", "fc").stdout


def test_every_format() -> None:
    data = json.loads(run("resnet18", "conv1", "--format", "json").stdout)
    assert data["path"] == "conv1" and data["outputs"][0]["shape"] == [64, 112, 112]
    (height,) = (entry for entry in data["lines"] if entry["what"] == "height, width")
    assert (height["arithmetic"], height["value"]) == ("⌊(224 + 2·3 − 7) / 2⌋ + 1", 112)
    lines = list(csv.DictReader(io.StringIO(run("resnet18", "conv1", "--format", "csv").stdout)))
    assert [entry["what"] for entry in lines] == [entry["what"] for entry in data["lines"]]
    assert "| `weight` |" in run("resnet18", "conv1", "--format", "markdown").stdout
    latex = run("resnet18", "conv1", "--format", "latex").stdout
    assert "$\\lfloor$(224 + 2$\\cdot$3 $-$ 7) / 2$\\rfloor$ + 1 = 112" in latex
    assert "⌊(224 + 2·3 − 7) / 2⌋ + 1 = 112" in run("resnet18", "conv1", "--format", "html").stdout


def test_some_numbers_alone() -> None:
    def told(*names: str, part: str = "conv1") -> list[tuple[str, str]]:
        out = run("resnet18", part, "--only", ",".join(names), "--format", "csv").stdout
        return [(e["subject"], e["what"]) for e in csv.DictReader(io.StringIO(out))]

    shape = [("shape", "channels"), ("shape", "height, width")]
    assert told("shape") == shape
    assert told("width", "macs") == [shape[1], ("work", "MACs")]
    assert told("rf") == told("receptive field") == [("field", "size"), ("field", "stride")]
    assert told("parameters") == told("Params") == [("parameters", "weight")]
    assert told("holds", part="layer1.0") == told(
        *(what for _, what in told("holds", part="layer1.0")), part="layer1.0"
    )
    alone = run("resnet18", "conv1", "--only", "shape").stdout
    assert alone.rstrip().endswith("= 112")
    assert "batch" not in alone and "batch" in run("resnet18", "conv1", "--only", "macs").stdout
    refused = run("resnet18", "conv1", "--only", "shape,flaps")
    assert refused.exit_code == 2
    assert "no `flaps`, but shape, parameters, work, memory" in " ".join(refused.stderr.split())


def test_from_python() -> None:
    found = archspec.explain("resnet18", "conv1", num_classes=10)
    assert str(found) == run("resnet18", "conv1", "--set", "num_classes=10").stdout
    assert repr(found) == "<ResNet resnet18: the arithmetic of conv1>"
    assert "⌊(224 + 2·3 − 7) / 2⌋ + 1 = 112" in (found._repr_html_() or "")
    with pytest.raises(AttributeError):
        found.path = "other"  # type: ignore[misc]
    with pytest.raises(archspec.ArchspecError) as error:
        archspec.explain("resnet18", "conv9")
    assert [d.code for d in error.value.diagnostics] == ["E108"]
    with pytest.raises(ValueError, match="batch"):
        archspec.explain("resnet18", "conv1", batch=0)


class Halved(Op):
    """An op that somebody else wrote, with no thought of terms."""

    name: ClassVar[str] = "halved"
    internal: ClassVar[bool] = True
    factor: float = 0.5

    def infer(self, *inputs: Shape) -> Shape:
        channels, *sizes = inputs[0]
        return (channels, *(int(max(1, round(size * self.factor, 3))) for size in sizes))

    def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
        return (Tensor("weight", (len(range(inputs[0][0])), 3 << 1), "weight"),)

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        return Work(elementwise=sum(divmod(prod(inputs[0]), isqrt(prod(output)))) | 1)


def test_what_forgets_is_told_as_it_is() -> None:
    op, shape = Halved(), (5, 9, 13)
    given = Given.of(op, [("x", shape)])
    output = op.infer(shape)
    assert by_axis(list(shape_lines(given)), shape, axis_names(3)) == list(output) == [5, 4, 6]
    (weight,) = given.op.tensors(*given.inputs)
    assert evaluated(line("parameters", "weight", weight.count)) == 30
    (work,) = work_lines(given, 2, training=True)
    assert work.what == "elementwise"
    assert evaluated(work) == 2 * op.work((shape,), output).elementwise


def test_it_needs_no_framework() -> None:
    assert not loaded("explain", "resnet18", "conv1") & {"torch", "numpy", "networkx", "rich"}


def test_what_the_spec_says_of_a_part_is_said() -> None:
    graph = graph_of("""
name: T
inputs: {x: [8, 12, 12]}
blocks:
  unit:
    doc: One convolution.
    params: {channels: {int: 4, doc: of the output}, k: 3}
    graph: [{doc: no padding, conv: {out_channels: $channels, kernel_size: $k}}, relu]
graph:
  - {id: u, doc: the first, unit: }
  - {id: v, when: true, unit: , else: {doc: never, relu: }}
  - {id: w, when: false, unit: , else: {doc: instead, relu: }}
""")
    told = {path: pipeline.explain(graph, path).doc for path in ("u", "u.0", "u.1", "v", "w")}
    block = ("One convolution.", "channels: of the output")
    assert told == {
        "u": ("the first", *block),
        "u.0": ("no padding",),
        "u.1": (),
        "v": block,
        "w": ("instead",),
    }
    assert "\nchannels: of the output\n" in text(pipeline.explain(graph, "u"))
