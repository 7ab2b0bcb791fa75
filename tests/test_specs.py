"""The specs in `specs/` against figures.yaml: every variant, exactly, and without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from math import prod
from pathlib import Path

import pytest
from click.testing import CliRunner

from archspec.elaboration.build import build
from archspec.frontend.loading import families, load
from archspec.frontend.using import library
from archspec.ir.graph import Graph
from tests.figures import Figures, figures, rows, usual

ROWS = list(figures().values())
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def _params(graph: Graph, *, train_only: bool = False) -> int:
    owned = ((t, n) for n, tensors in graph.owners() for t in tensors)
    return sum(t.count for t, n in owned if t.trainable and n.train_only is train_only)


def _macs(graph: Graph) -> int:
    return sum(n.macs() for n in graph.nodes if not n.train_only)


def _variants() -> dict[str, tuple[Path, str]]:
    """Every variant by the name a user types: its own, or `family@variant` as figures.yaml says."""
    found = {}
    for path in families():
        for variant in load(path).spec.variants:
            qualified = f"{path.stem}@{variant}"
            found[qualified if qualified in figures() else variant] = (path, variant)
    return found


def test_every_variant_has_a_row_and_every_row_a_variant() -> None:
    assert sorted(_variants()) == sorted(figures())


def test_every_family_has_a_usual_form() -> None:
    assert sorted(usual()) == [path.stem for path in families()]


@each_row
def test_counts(row: Figures) -> None:
    graph = build(load(row.name))
    (image,) = graph.inputs
    (output,) = [o.node for o in graph.outputs if not o.train_only]
    assert (image.output, output.output) == (row.input, row.output)
    assert (_params(graph), _params(graph, train_only=True)) == (row.params, row.train_only)
    assert _macs(graph) == row.macs


@pytest.mark.parametrize("row", [row for row in ROWS if row.rounded], ids=lambda row: row.name)
def test_the_exact_count_rounds_to_the_printed_one(row: Figures) -> None:
    assert row.rounded is not None
    number, unit = float(row.rounded[:-1]), {"M": 1e6, "G": 1e9}[row.rounded[-1]]
    digits = len(row.rounded[:-1].partition(".")[2])
    assert round(row.macs / unit, digits) == number


@pytest.mark.parametrize("family", sorted(usual()))
def test_a_familys_own_name_is_its_usual_form(family: str) -> None:
    graph, named = build(load(family)), build(load(usual()[family]))
    assert dict(graph.params) == dict(named.params)
    assert [(n.path, n.op) for n in graph.nodes] == [(n.path, n.op) for n in named.nodes]


@pytest.mark.parametrize("path", sorted(library().rglob("*.yaml")), ids=lambda path: path.stem)
def test_specs_are_pleasant_to_read(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 100
    assert "\t" not in text
    assert text.endswith("\n")


@pytest.mark.parametrize("path", list(families()), ids=lambda path: path.stem)
def test_specs_name_their_source(path: Path) -> None:
    spec = load(path).spec
    assert spec.source
    assert spec.year


CLASSIFY = [path for path in families() if path.stem != "inception_modules"]


@pytest.mark.parametrize("path", CLASSIFY, ids=lambda path: path.stem)
def test_every_network_counts_its_classes_as_told(path: Path) -> None:
    graph = build(load(path), params={"num_classes": 7})
    assert [o.node.output[0] for o in graph.outputs] == [7] * len(graph.outputs)


def test_the_heads_of_googlenet() -> None:
    outputs = build(load("googlenet")).outputs
    assert [(o.name, o.train_only, o.loss_weight) for o in outputs] == [
        ("logits", False, None),
        ("aux1", True, 0.3),
        ("aux2", True, 0.3),
    ]


@pytest.mark.parametrize(("layers", "counts"), rows("googlenet").items())
def test_the_rows_of_googlenets_table(layers: str, counts: tuple[float, float]) -> None:
    nodes = [n for n in build(load("googlenet")).nodes if n.path.split(".")[0] in layers.split()]
    weights = sum(t.count for n in nodes for t in n.tensors() if t.name == "weight")
    found = (weights / 1024, sum(n.macs() for n in nodes) / 1e6)
    assert tuple(round(value, 1) for value in found) == counts


def test_the_connections_of_lenet() -> None:
    """340,908, as LeCun et al. 1998 print: a layer's parameters wherever it is put, S2 and S4 with
    the four values that each sum takes, and the output with what it compares."""
    graph = build(load("lenet5_1998"))
    connections = 0
    for node in graph.nodes:
        places = prod(node.output[1:])
        if node.op.name == "avg_pool":
            connections += 4 * prod(node.output)
        elif node.op.name == "channel_affine":
            connections += prod(node.output)
        else:
            connections += sum(t.count for t in node.tensors()) * places
    assert connections == 340_908


def test_the_sizes_of_alexnets_layers() -> None:
    """Printed as 253,440 for the first, which is not 96 x 55 x 55; the rest agree."""
    convs = [n for n in build(load("alexnet_two_stream")).nodes if n.op.name == "conv"]
    assert [prod(n.output) for n in convs] == [290_400, 186_624, 64_896, 64_896, 43_264]


@pytest.mark.parametrize(("name", "side"), [("fcn32s", 544), ("fcn16s", 560), ("fcn8s", 568)])
def test_the_maps_of_fcn(name: str, side: int) -> None:
    sides = {n.path: n.output[1] for n in build(load(name)).nodes if len(n.output) > 1}
    assert sides["upscore"] == side
    assert (sides["score_fr"], sides["pool4"], sides["pool3"]) == (16, 44, 88)
    ups = [sides[up] for up in ("upscore2", "upscore_pool4") if up in sides]
    assert ups == [34, 70][: len(ups)]


def test_the_skips_of_unet_are_cropped() -> None:
    graph = build(load("unet"))
    crops = [n for n in graph.nodes if n.op.name == "crop"]
    assert [(n.inputs[0].output[1], n.output[1]) for n in crops] == [
        (64, 56),
        (136, 104),
        (280, 200),
        (568, 392),
    ]
    assert all(n.op.name != "crop" for n in build(load("unet_padded")).nodes)


@each_row
def test_stats_say_the_same(row: Figures) -> None:
    from archspec.cli.app import main

    result = CliRunner().invoke(main, ["stats", row.name, "--format", "json"])
    assert result.exit_code == 0, result.output
    stats = json.loads(result.stdout)
    assert (stats["totals"]["params"], stats["totals"]["macs"]) == (row.params, row.macs)
    assert [tuple(shape) for shape in stats["inputs"].values()] == [row.input]


def test_stats_need_no_torch() -> None:
    program = (
        "import sys\n"
        "from archspec.cli.app import main\n"
        "sys.argv = ['archspec', 'stats', 'googlenet', '--format', 'json']\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    assert not end.code\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    totals = json.loads(done.stdout)["totals"]
    row = figures()["googlenet"]
    assert (totals["params"], totals["macs"]) == (row.params, row.macs)
