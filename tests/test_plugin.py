"""Ops from outside the package, in Python and by --plugin; what they do not say is unknown."""

from __future__ import annotations

import copy
import json
import math
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from click.testing import CliRunner, Result

from archspec import pipeline
from archspec.backends.torch.target import TORCH
from archspec.cli.app import main
from archspec.codegen.schedule import schedule
from archspec.diagnostics import ArchspecError, Source
from archspec.elaboration.build import build
from archspec.figures.options import Options
from archspec.frontend.loading import load_source
from archspec.ir.graph import Graph
from archspec.ops import REGISTRY, Op, Shape, Work
from archspec.ops.types import Tensor
from archspec.ops.unknown import UNKNOWN, plain
from archspec.tables import costs
from archspec.tables.costs import View
from archspec.tables.difference import table as difference_table
from archspec.tables.explanation import table as explanation_table
from archspec.tables.html import html
from archspec.tables.latex import latex
from archspec.tables.tables import markdown
from archspec.tables.tables import plain as plain_table
from tests.pieces import plugins_apart

EXAMPLE = Path(__file__).parents[1] / "examples" / "plugin"


# --- the worked example ---------------------------------------------------------------------


in_the_example = pytest.mark.usefixtures("example")


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make the folder of the example the current one."""
    monkeypatch.chdir(EXAMPLE)
    with plugins_apart():
        yield


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@in_the_example
def test_the_example_is_counted_and_drawn() -> None:
    assert run("stats", "low_rank.yaml").exit_code == 1  # E401 without the plugin
    done = run("stats", "low_rank.yaml", "--plugin", "low_rank", "--format", "json")
    data = json.loads(done.stdout)
    row = next(layer for layer in data["layers"] if layer["op"] == "low_rank")
    assert row["params"] == 16 * 1568 + 512 * 16 + 512
    assert row["macs"] == 16 * (1568 + 512)
    assert row["saved_bytes"] is None and data["memory"]["peak_bytes"] is None
    assert data["unknown"] == {"low_rank": ["memory", "receptive field"]}
    dot = pipeline.render(pipeline.elaborate("low_rank.yaml"), None, None, Options(style="blocks"))
    assert dot is not None and 'label="low-rank FC 512\\nrank 16"' in dot


@in_the_example
def test_the_example_compiles_to_a_file_that_needs_torch_alone() -> None:
    done = run("--plugin", "low_rank", "compile", "low_rank.yaml", "--check")
    assert done.exit_code == 0 and "33,792" not in done.output
    text = pipeline.source(pipeline.elaborate("low_rank.yaml"))
    assert "class LowRankLinear(nn.Module):" in text and "import low_rank" not in text
    module = pipeline.compile_module(pipeline.elaborate("low_rank.yaml"))
    assert module(torch.zeros(2, 1, 28, 28)).shape == (2, 10)
    assert sum(p.numel() for p in module.parameters()) == 39_002


@in_the_example
def test_the_example_refuses_what_it_cannot_take(tmp_path: Path) -> None:
    spec = tmp_path / "x.yaml"
    spec.write_text(
        "name: x\ninputs: {a: [8, 4, 4]}\ngraph: [{low_rank: {out_features: 4, rank: 2}}]\n"
    )
    done = run("check", str(spec), "--plugin", "low_rank")
    assert done.exit_code == 1 and "E502" in done.output and "flatten" in done.output


def test_the_page_shows_the_example() -> None:
    page = (EXAMPLE.parents[1] / "docs" / "plugins.md").read_text(encoding="utf-8")
    for file in EXAMPLE.glob("*.*"):
        assert f"<!-- file: {file.name} -->" in page
        assert file.read_text(encoding="utf-8") in page


def test_a_plugin_is_found_in_the_current_folder_from_the_command_line() -> None:
    command = [sys.executable, "-m", "archspec", "check", "low_rank.yaml", "--plugin", "low_rank"]
    done = subprocess.run(command, cwd=EXAMPLE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("absent_ops", None, "cannot import `absent_ops`: ModuleNotFoundError"),
        ("broken_ops", "1 / 0\n", "cannot import `broken_ops`: ZeroDivisionError"),
        (
            "twice_ops",
            "from archspec.ops import Op\nclass C(Op): name = 'conv'\n",
            "TypeError",
        ),
        ("ops/mine.py", None, "named as Python imports it: --plugin mine"),
    ],
)
def test_a_plugin_that_cannot_be_imported_is_told(
    name: str, text: str | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if text is not None:
        (tmp_path / f"{name}.py").write_text(text)
    for arguments in (["stats", "lenet5", "--plugin", name], ["--plugin", name, "stats", "lenet5"]):
        with plugins_apart():
            done = run(*arguments)
        assert done.exit_code == 2 and said in " ".join(done.output.split()), done.output
        assert "Traceback" not in done.output


# --- what an op does not say ----------------------------------------------------------------

SPEC = """
name: bare
inputs: {image: [3, 32, 32]}
graph:
  - conv: {out_channels: 8, kernel_size: 3, padding: 1}
  - {id: whirl, swirl: {strength: 2}}
  - max_pool: 2
  - flatten
  - {id: scores, linear: 10}
"""


@pytest.fixture
def bare() -> Iterator[Graph]:
    with plugins_apart():

        class Swirl(Op):
            """Nothing is said of it but that its value has the operand's shape."""

            name: ClassVar[str] = "swirl"
            strength: float = 1.0

        yield build(load_source(Source("bare.yaml", SPEC)))


def test_what_is_not_said_is_unknown_and_no_zero(bare: Graph) -> None:
    found = pipeline.stats(bare)
    assert found.unknown == {"swirl": ("operations", "memory", "receptive field")}
    rows = {layer.path: layer for layer in found.layers}
    whirl, conv = rows["whirl"], rows["0"]
    for name in ("macs", "flops", "elementwise", "comparisons", "intensity", "saved_bytes"):
        assert getattr(whirl, name) is UNKNOWN, name
        assert getattr(found.totals, name) is UNKNOWN, name
        assert getattr(conv, name) is not UNKNOWN, name
    assert whirl.params == 0 and whirl.output_bytes == 8 * 32 * 32 * 4
    assert found.memory is not None and found.memory.peak.bytes is UNKNOWN
    fields = {path: row.field.unknown for path, row in rows.items() if row.field is not None}
    assert fields == {"0": False, "whirl": True, "2": True, "3": True, "scores": True}
    with pytest.raises(ArchspecError, match="E114"):
        pipeline.fit(bare, 2**34)


def test_tables_name_what_is_unknown(bare: Graph) -> None:
    counted = pipeline.stats(bare)
    table = costs.table(counted, View(columns="+elementwise,intensity,saved_bytes,field,share"))
    written = [plain_table(table), markdown(table), html(table), latex(table)]
    written.append(costs.as_csv(counted))
    for text in written:
        assert not re.search(r"\bnan\b", text, re.I)
        assert "unknown" in text
    assert "unknown: `swirl` does not say its operations, memory, receptive field" in written[0]
    rows = [line.cells for line in costs.table(counted, View(sort="macs")).lines]
    assert "swirl" in rows[0][1]  # it may be the largest
    data = json.loads(costs.as_json(counted))  # JSON knows no NaN
    assert data["totals"]["macs"] is None and data["layers"][1]["macs"] is None


def test_explanations_say_what_is_unknown(bare: Graph) -> None:
    text = plain_table(explanation_table(pipeline.explain(bare, "whirl")))
    assert text.count("unknown, its op does not say") == 4
    field = plain_table(explanation_table(pipeline.explain(bare, "scores")))
    assert "unknown, an op on the way does not say which positions it reads" in field


def test_figures_say_what_is_unknown(bare: Graph, tmp_path: Path) -> None:
    options = Options(style="blocks", annotate=("macs", "rf"))
    dot = pipeline.render(bare, None, None, options)
    assert dot is not None and "unknown MACs" in dot
    assert "swirl strength 2" in dot.replace("\\n", " ")
    for name in ("x.svg", "x.html"):
        pipeline.render(bare, tmp_path / name, None, Options())
        text = (tmp_path / name).read_text()
        assert not re.search(r"[:\[,]NaN|\bnan\b", text)
    assert '"macs":"unknown"' in text.replace("&quot;", '"')


def test_an_op_without_a_lowering_is_refused_where_code_is_written(bare: Graph) -> None:
    for ask in (pipeline.source, pipeline.compile_module):
        with pytest.raises(ArchspecError, match=r"E602.*`swirl`"):
            ask(bare)


UNWRITABLE = """
name: Bare
inputs: {image: [4, 8, 8]}
blocks:
  unit:
    params: {turns: int}
    graph:
      - {for: {i: range(turns)}, swirl: {strength: $(i + 1)}}
      - {id: sum, add: [[{pull: {}}, {swirl: {strength: 2}}], []]}
      - {when: turns > 1, swirl: {strength: 3}}
graph:
  - conv: 4
  - {for: {n: "[1, 1, 2]"}, unit: {turns: $n}}
  - {id: end, swirl: {strength: 3}}
"""


@pytest.mark.usefixtures("bare")
def test_ops_without_a_lowering_run_in_the_order_of_the_spec() -> None:
    """Those with tensors, too, and those in loops, in blocks and under conditions."""

    class Pull(Op):
        """An op with a weight."""

        name: ClassVar[str] = "pull"

        def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
            return (Tensor("weight", (inputs[0][0],), "weight"),)

    graph = build(load_source(Source("bare.yaml", UNWRITABLE)))
    for training in (False, True):
        order = schedule(graph, TORCH, training=training)
        assert order.order == [n for n in graph.nodes if not n.op.internal]
    assert pipeline.stats(graph).totals.params == 4 * 4 + 4 + 3 * 4
    with pytest.raises(ArchspecError, match=r"E602"):
        pipeline.source(graph)


def test_two_networks_are_compared_where_one_has_something_unknown(bare: Graph) -> None:
    change = pipeline.difference(pipeline.elaborate("lenet5"), bare)
    text = plain_table(difference_table(change, ("lenet5", "bare")))
    assert "unknown" in text and "nan" not in text


# --- the number -----------------------------------------------------------------------------


def test_what_is_computed_with_something_unknown_is_unknown() -> None:
    for made in (UNKNOWN + 1, 1 - UNKNOWN, 2 * UNKNOWN, UNKNOWN / 3, 3 // UNKNOWN, -UNKNOWN):
        assert made is UNKNOWN
    assert sum([1, UNKNOWN, 2]) is UNKNOWN and abs(UNKNOWN) is UNKNOWN
    assert Work(UNKNOWN) * 3 + Work(1) == Work(UNKNOWN)
    assert not UNKNOWN < 1 and not UNKNOWN > 1 and UNKNOWN != 0 and bool(UNKNOWN)
    assert f"{UNKNOWN:,}" == f"{UNKNOWN:>9.2f}" == str(UNKNOWN) == repr(UNKNOWN) == "unknown"
    assert math.isnan(float(UNKNOWN))
    copies: list[Any] = [copy.copy(UNKNOWN), copy.deepcopy(UNKNOWN)]
    assert all(made is UNKNOWN for made in [*copies, pickle.loads(pickle.dumps(UNKNOWN))])
    assert plain({"a": [1, UNKNOWN], "b": (UNKNOWN,)}) == {"a": [1, None], "b": [None]}


def test_an_op_defined_anew_takes_the_place_of_itself() -> None:
    """A cell of a notebook is run again."""
    with plugins_apart():
        for strength in (1.0, 2.0):
            exec(_CELL.format(strength=strength), {"__name__": "__main__", "Op": Op})
        assert REGISTRY["again"].model_fields["strength"].default == 2.0
        for name in ("relu", "Again", "a-b", ""):
            with pytest.raises(TypeError, match=r"defined twice|needs a name"):
                exec(
                    _CELL.format(strength=1).replace('"again"', f'"{name}"'),
                    {"__name__": "x", "Op": Op},
                )


_CELL = """
from typing import ClassVar
class Again(Op):
    name: ClassVar[str] = "again"
    strength: float = {strength}
"""


def test_what_an_op_says_is_what_it_defines() -> None:
    assert {unsaid for op in REGISTRY.values() for unsaid in op.unsaid()} == set()

    assert Op.unsaid() == ("operations", "memory", "receptive field")
