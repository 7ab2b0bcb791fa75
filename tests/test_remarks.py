"""Remarks: what causes one, what does not, and that they are told once and change nothing else."""

from __future__ import annotations

import traceback
import warnings
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings

import archspec
from archspec import pipeline
from archspec.backends.torch import backend
from archspec.cli.app import main
from archspec.diagnostics import Diagnostic, Source
from archspec.frontend.loading import load, load_source
from tests.strategies import graph_of, specs

ROOT = Path(__file__).parents[1]
SHIPPED = sorted((ROOT / "specs").glob("*.yaml"))

TRAPS = """
name: Traps
inputs: {image: [1, 3, 32, 32]}
graph:
  - conv: {out_channels: 8}
  - add: [[{when: input.channels == 1, conv: {out_channels: 8}}]]
  - global_avg_pool
  - {id: norm, batch_norm: }
  - flatten
"""


def remarks(text: str) -> list[str]:
    """The codes of remarks on the graph; what is written in vain has tests of its own."""
    vain = [remark.code for remark in load_source(Source("spec.yaml", text)).vain]
    return [remark.code for remark in graph_of(text).remarks if remark.code not in vain]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "traps.yaml"
    path.write_text(TRAPS, encoding="utf-8")
    return str(path)


# --- what causes none -----------------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_no_shipped_network_causes_one(path: Path) -> None:
    document = load(path)
    values = {}
    for form in pipeline.forms(document):
        graph = pipeline.elaborate(document, form)
        values[form] = graph.params
        assert not graph.remarks, form
    assert not pipeline.untried(document, values)


MERGES = """
name: A
inputs: {image: [16, 8, 8]}
params: {n: 1, wide: false}
blocks:
  both: {graph: [parallel: [[relu], [tanh]]]}
  two: {graph: [{id: a, relu: }, {id: b, tanh: }], outputs: {a: a, b: b}}
  strands:
    params: {n: int}
    graph:
      - {when: n == 1, relu: }
      - {when: n > 1, parallel: [[relu], {each: $n, tanh: }]}
  some: {params: {n: int}, graph: [parallel: [{each: $n, relu: }]]}
graph:
"""


@pytest.mark.parametrize(
    "graph",
    [
        "[concat: [{each: $n, relu: }]]",
        "[add: [{id: towers, each: $n, relu: }]]",
        "[add: [{graph: [relu]}, {when: wide, graph: []}]]",
        "[{id: a, relu: }, {add: [{when: wide, tanh: }, a]}]",
        "[parallel: [{each: $n, relu: }], add: [[]]]",
        "[{id: p, parallel: [{each: $n, relu: }]}, {add: [p]}]",
        "[{id: p, parallel: [{each: $n, relu: }]}, {from: p, add: [[]]}]",
        "[concat: [{strands: 1}]]",
        "[{some: $n}, {mean: [[]]}]",
        "[{when: wide, parallel: [[relu], [tanh]]}, {concat: [[]]}]",
        "[both, {add: [[]]}]",
        "[add: [[both]]]",
        "[add: [[], [relu]]]",
    ],
)
def test_a_merge_that_may_have_more_operands_causes_none(graph: str) -> None:
    assert remarks(MERGES.strip() + " " + graph + "\n") == []


@pytest.mark.parametrize(
    "graph",
    [
        "[add: [[relu]]]",
        "[add: [[relu, tanh]]]",
        "[concat: [[{when: wide, relu: }]]]",
        "[mean: [[]]]",
        "[{id: a, relu: }, {maximum: [a]}]",
        "[{id: a, relu: }, {from: a, add: [[]]}]",
        "[{repeat: 2, relu: }, {multiply: [[]]}]",
        "[{graph: [relu]}, {concat: [[]]}]",
        "[{id: g, graph: [{add: [[tanh]]}]}]",
        "[add: [[], {add: [[relu]]}]]",
        "[parallel: [[{add: [[relu]]}], []], {add: [[]]}]",
        "[{id: t, two: }, {add: [[]]}, {add: [[], t.b]}]",
    ],
)
def test_a_merge_that_never_has_a_second_operand_causes_one(graph: str) -> None:
    assert remarks(MERGES.strip() + " " + graph + "\n") == ["W401"]


@pytest.mark.parametrize(
    "shape",
    [
        *[(3, 32, 32), (1, 28, 28), (16, 4, 4), (64, 3, 3), (3, 8, 3), (32, 64, 1), (2, 1125, 1)],
        *[(1, 64, 64, 64), (2, 3, 32, 32), (3, 1, 32, 32), (28, 28), (1, 3), (3,)],
    ],
)
def test_shapes_of_samples_with_channels_first_cause_none(shape: tuple[int, ...]) -> None:
    text = f"name: A\ninputs: {{x: {list(shape)}}}\ngraph: [relu]\n"
    assert remarks(text) == []


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        ((1, 3, 32, 32), "W501"),
        ((1, 1, 28, 28), "W501"),
        ((224, 160, 3), "W502"),
        ((28, 28, 1), "W502"),
        ((32, 32, 4), "W502"),
        ((16, 112, 112, 3), "W502"),
        ((1, 32, 32, 3), "W502"),
    ],
)
def test_other_shapes_cause_one(shape: tuple[int, ...], code: str) -> None:
    text = f"name: A\ninputs: {{x: {list(shape)}}}\ngraph: [relu]\n"
    assert remarks(text) == [code]


INPUT = """
name: A
inputs: {image: [8, 16, 16]}
blocks: {same: {params: {c: 1}, graph: [conv: {out_channels: $input.channels}]}}
graph:
  - id: stem
    conv: {out_channels: $input.channels}
  - {id: wide, conv: {out_channels: 64}}
"""


@pytest.mark.parametrize(
    ("node", "count"),
    [
        ("same", 0),
        ("{same: {c: $input.channels}}", 1),
        ("{repeat: 3, same: {c: $input.channels}}", 1),
        ("{concat: [[], [{from: image, same: {c: $input.channels}}]]}", 0),
        ("{concat: [[], [{from: stem, same: {c: $input.channels}}]]}", 0),
        ("{concat: [[], [{from: wide, same: {c: $input.channels}}]]}", 1),
        ("{conv: {out_channels: $input.shape[0], groups: $input.channels}}", 2),
        ("{add: [[], [{conv: {out_channels: $(8 * input.channels)}}]]}", 1),
        ("{concat: [{each: {c: [1, 2]}, conv: {out_channels: $(c * input.channels)}}]}", 1),
        ("{concat: [{each: $input.channels, relu: }]}", 1),
        ("{repeat: $input.channels, relu: }", 1),
        ("{for: {c: '[input.channels, 1]'}, conv: {out_channels: $c}}", 1),
        ("{id: a$(input.channels), relu: }", 1),
        ("{$('relu' if input.channels == 64 else 'tanh'): }", 1),
        ("{parallel: [[{conv: {out_channels: $input.channels}}]]}", 1),
        ("{upsample: {size: [$input.height, $input.width]}}", 0),
        ("{graph: [{conv: {out_channels: 8}}, {conv: {out_channels: $input.channels}}]}", 0),
    ],
)
def test_input_is_remarked_on_where_something_else_flows(node: str, count: int) -> None:
    assert remarks(f"{INPUT.strip()}\n  - {node}\n") == ["W402"] * count


def test_in_a_group_of_a_block_input_is_what_the_block_reads() -> None:
    text = """name: A
inputs: {image: [8, 16, 16]}
blocks:
  halves:
    graph:
      - conv: {out_channels: $(2 * input.channels)}
      - {id: g, graph: [relu, {conv: {out_channels: $input.channels}}]}
      - {when: input.channels > 1, graph: [{conv: {out_channels: $input.channels}}]}
graph: [conv: 16, halves]
"""
    assert remarks(text) == []


@settings(suppress_health_check=list(HealthCheck))
@given(specs())
def test_torch_refuses_a_batch_of_one_where_statistics_have_one_value(text: str) -> None:
    graph = graph_of(text)
    lone = [n for n in graph.nodes if n.op.batch_values(*n.input_shapes) == 1]
    told = [remark for remark in graph.remarks if remark.code == "W503"]
    assert bool(told) == any(not n.train_only for n in lone)
    module = backend.compile(graph, device="meta").train()
    refused = False
    try:
        module(*(torch.randn(1, *n.output, device="meta") for n in graph.inputs))
    except ValueError as error:
        refused = any(f.name == "batch_norm" for f in traceback.extract_tb(error.__traceback__))
    assert refused == bool(lone)


# --- how they are told ----------------------------------------------------------------------

COMMANDS = ("check", "compile", "stats", "render", "compare", "paths")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_tells_each_once_and_goes_on(command: str, spec: str) -> None:
    loud, quiet = run(command, spec), run(command, spec, "--quiet")
    for code in ("W501", "W402", "W401", "W503"):
        assert loud.stderr.count(f"remark[{code}]") == 1
    assert loud.exit_code == quiet.exit_code == 0
    assert quiet.stderr == ""
    if command != "check":
        assert loud.stdout == quiet.stdout
    assert "remark" not in loud.stdout


def test_two_networks_with_one_remark_tell_it_once(spec: str) -> None:
    found = run("diff", spec, "--input", "1x3x64x64", "--exit-code")
    assert found.exit_code == 3
    assert found.stderr.count("remark[W401]") == 1
    found = run("compare", spec, spec)
    assert found.stderr.count("remark[W401]") == 1


def test_an_error_comes_first_and_is_counted_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "name: A\ninputs: {x: [32, 32, 3]}\ngraph: [{conv: {out_channels: 8, kernel_size: 5}}]\n"
    )
    loud, quiet = run("check", str(path)), run("check", str(path), "--quiet")
    assert loud.exit_code == quiet.exit_code == 1
    assert loud.stderr.index("error[E503]") < loud.stderr.index("remark[W502]")
    assert loud.stderr.endswith("\n1 error\n")
    assert "error[E503]" in quiet.stderr
    assert "W502" not in quiet.stderr


def test_from_python_they_are_data_and_warnings(spec: str) -> None:
    with pytest.warns(archspec.Remark) as issued:
        graph = archspec.load(spec)
    assert [remark.code for remark in graph.remarks] == ["W501", "W402", "W401", "W503"]
    assert all(isinstance(r, Diagnostic) and r.severity == "remark" for r in graph.remarks)
    assert [str(w.message) for w in issued] == [f"\n{r.render()}" for r in graph.remarks]
    assert {w.filename for w in issued} == {__file__}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        archspec.stats(graph)  # which has told


@pytest.mark.parametrize("function", ["compile", "stats", "paths", "render"])
def test_every_function_that_takes_a_spec_warns_where_it_is_called(
    function: str, spec: str
) -> None:
    with pytest.warns(archspec.Remark) as issued:
        getattr(archspec, function)(spec)
    assert len(issued) == 4
    assert {w.filename for w in issued} == {__file__}


def test_what_nests_deep_is_walked_through() -> None:
    inner = "{deep: $(n - 1), when: n > 0}"
    for _ in range(12):
        inner = f"{{add: [[], [{inner}, relu]]}}"
    text = "name: A\ninputs: {x: [8]}\nblocks:\n  deep:\n    params: {n: int}\n"
    assert remarks(f"{text}    graph: [{inner}, add: [[tanh]]]\ngraph: [deep: 60]\n") == ["W401"]


def test_many_are_told_in_part() -> None:
    nodes = "\n".join("  - add: [[relu]]" for _ in range(200))
    found = remarks(f"name: A\ninputs: {{x: [8]}}\ngraph:\n{nodes}\n")
    assert found == ["W401"] * 50


# --- linear layers along positions ------------------------------------------------------------

ALONG = [
    "conv: 4, linear: 5",
    "conv: 4, batch_norm, relu, linear: 5",
    "conv: 4, max_pool: 2, {dropout: 0.5}, linear: 5",
    "relu, avg_pool: 2, linear: 5",
    "global_max_pool, linear: 5",
    "conv: 4, add: [identity, [tanh]], group_norm: 2, linear: 5",
    "{conv_transpose: {out_channels: 4}}, concat: [identity, [conv: 2]], linear: 5",
    "conv: 4, linear: 12, linear: 12",
    "{adaptive_avg_pool: 4}, {id: a, linear: 4}, relu",
]
NOT_ALONG = [
    "linear: 5",
    "batch_norm, relu, linear: 5",
    "layer_norm: 1, linear: 5, relu, linear: 3",
    "conv: 4, flatten, linear: 5",
    "conv: 4, permute: [1, 0], linear: 5",
    "conv: 4, permute: [1, 0], add: [identity, [linear: 4, relu, linear: 4]]",
    "conv: 4, {reshape: [12, -1]}, linear: 5",
    "conv: 4, permute: [1, 0], linear: 12, relu, linear: 12",
    "permute: [1, 0], relu, permute: [1, 0], linear: 5",
]


@pytest.mark.parametrize(
    ("graph", "count"), [*((g, 1) for g in ALONG), *((g, 0) for g in NOT_ALONG)]
)
def test_a_linear_layer_along_positions(graph: str, count: int) -> None:
    text = f"name: A\ninputs: {{x: [8, 12]}}\ngraph: [{graph}]\n"
    assert remarks(text).count("W504") == count
