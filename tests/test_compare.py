"""Networks side by side: depth against the names of networks, the chart, accuracies."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from archspec import pipeline, zoo
from archspec.analysis.comparison import depth
from archspec.analysis.receptive import network_field
from archspec.cli.app import main
from archspec.diagnostics import ArchspecError
from archspec.figures.headings import title
from archspec.figures.theme import theme
from archspec.tables.accuracies import read_scores
from archspec.tables.comparison import ratio
from archspec.tables.labels import Spot, arrange
from archspec.tables.plot import round_down, tick
from tests.saved_svg import SVG


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


# --- depth --------------------------------------------------------------------------------

NAMED = re.compile(
    r"(?:vgg|resnet|plain|densenet|preact_resnet|recurrent_resnet|multi_resnet|resnext)_?"
    r"(?:bc_)?(\d+)(?!\.)"
)
ODD = {
    "densenet264": 265,  # 1 + 2 (6 + 12 + 64 + 48) + 3 + 1: the paper's own name is one less
}
KNOWN = {
    "alexnet": 8,
    "googlenet": 22,
    "squeezenet": 18,
    "zfnet": 8,
    "lenet5": 5,
    "mobilenetv1_100": 28,
    "wide_resnet50_2": 50,
    "wide_resnet101_2": 101,
    "inception_v3": 48,
    "xception": 71,
}


def test_depth_is_what_names_say() -> None:
    checked = 0
    for entry in zoo.networks():
        match = NAMED.match(entry.name)
        named = int(match[1]) if match else KNOWN.get(entry.name)
        if named is not None:
            found = depth(pipeline.elaborate(entry.family, entry.variant))
            assert found == ODD.get(entry.name, named), entry.name
            checked += 1
    assert checked > 80


@pytest.mark.parametrize("name", ["resnet50", "googlenet", "densenet121", "unet", "dla34", "lenet"])
def test_depth_is_the_longest_path_of_networkx(name: str) -> None:
    """By the state_dict's own account: a layer is what has a weight of two axes or more."""
    graph = pipeline.elaborate(name)
    live = {n.path for n in graph.nodes if not n.train_only}
    dag = nx.DiGraph(graph.dag.subgraph(live))
    for source, target in dag.edges:
        tensors = graph.by_path[target].tensors()
        weights = [t for t in tensors if t.name == "weight" and len(t.shape) > 1]
        dag.edges[source, target]["weight"] = len(weights)
    assert depth(graph) == nx.dag_longest_path_length(dag)


# --- the table ----------------------------------------------------------------------------


def test_numbers_are_those_of_stats() -> None:
    data = json.loads(run("compare", "resnet50", "vgg16", "unet", "--format", "json").stdout)
    assert [entry["network"] for entry in data] == ["resnet50", "vgg16", "unet"]
    for entry in data:
        graph = pipeline.elaborate(entry["network"])
        counted = pipeline.stats(graph)
        totals, memory = counted.totals, counted.memory
        assert memory is not None
        assert (entry["saved_bytes"], entry["peak_bytes"]) == (memory.saved, memory.peak.bytes)
        assert entry["params"] == totals.params
        assert entry["macs"] == totals.macs
        assert entry["activations_bytes"] == totals.activations_bytes
        field = network_field(graph)
        assert field is not None
        assert tuple(entry["field"]) == field.size


def test_ratios_are_to_the_first() -> None:
    out = run("compare", "resnet50", "wide_resnet50_2").stdout
    first, second = (
        line for line in out.splitlines() if line.startswith(("resnet50 ", "wide_resnet50_2 "))
    )
    assert "x" not in first.replace("3x224x224", "").replace("483x483", "").replace("427x427", "")
    assert f" x{68_883_240 / 25_557_032:.2f} " in second
    assert "Ratio" not in run("compare", "resnet50").stdout


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (2, 1, "x2.00"),
        (12_345, 10, "x1,234"),
        (1, 20, "x0.050"),
        (1, 10**6, "x<0.001"),
        (0, 5, "x0.00"),
        (5, 0, ""),
    ],
)
def test_ratios(number: int, unit: int, text: str) -> None:
    assert ratio(number, unit) == text


def test_a_star_stands_for_all_variants(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("compare", "vgg@*", "--format", "csv").stdout)))
    assert [row["network"] for row in rows] == [
        entry.name for entry in zoo.networks() if entry.family == "vgg"
    ]
    assert {row["family"] for row in rows} == {"vgg"}
    own = tmp_path / "own.yaml"
    own.write_text(
        "name: Own\ninputs: {x: [4]}\nparams: {n: 2}\nvariants: {wide: {n: 8}}\n"
        "graph: [{linear: $n}]\n"
    )
    out = run("compare", f"{own}@*", "--format", "csv").stdout
    assert [line.partition(",")[0] for line in out.splitlines()[1:]] == ["own", "own@wide"]


def test_two_of_one_name_are_told_apart(tmp_path: Path) -> None:
    names = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        spec = tmp_path / folder / "net.yaml"
        spec.write_text("name: Net\ninputs: {x: [4]}\ngraph: [{linear: 2}]\n")
        names.append(str(spec))
    data = json.loads(run("compare", *names, "--format", "json").stdout)
    assert [entry["network"] for entry in data] == names


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "html"])
def test_every_format_names_every_network(form: str) -> None:
    out = run("compare", "lenet", "alexnet", "--format", form).stdout
    assert "lenet" in out
    assert "61,100,840" in out


def test_batch_and_settings_hold_for_all() -> None:
    data = json.loads(
        run(
            *("compare", "resnet18", "resnet34", "--batch", "4", "--set", "num_classes=10"),
            *("--input", "3x64x64", "--optimizer", "adam", "--format", "json"),
        ).stdout
    )
    for entry in data:
        graph = pipeline.elaborate(
            entry["network"], params={"num_classes": 10}, inputs=[(None, (3, 64, 64))]
        )
        counted = pipeline.stats(graph, batch=4, optimizer="adam")
        assert counted.memory is not None
        assert entry["macs"] == counted.totals.macs
        assert entry["peak_bytes"] == counted.memory.peak.bytes
        assert (entry["mode"], entry["optimizer"]) == ("train", "adam")


def test_an_error_says_in_which_network() -> None:
    result = run("compare", "resnet18", "lenet", "--set", "depths=[1,1,1,1]")
    assert result.exit_code == 2
    assert "note: in the network `lenet`" in result.stderr


# --- accuracies ---------------------------------------------------------------------------


def test_accuracies_are_read(tmp_path: Path) -> None:
    file = tmp_path / "top1.csv"
    file.write_text(
        "# from their papers\nyear,Network,top1\n2015, resnet50 ,76.1\n\n2014,vgg16,71.6\n"
    )
    assert read_scores(file) == {"resnet50": 76.1, "vgg16": 71.6}
    out = run("compare", "resnet50", "vgg16", "lenet", "--top1", str(file))
    assert "76.1%" in out.stdout
    assert "no accuracy for lenet" in out.stderr
    data = json.loads(run("compare", "vgg16", "--top1", str(file), "--format", "json").stdout)
    assert data[0]["top1"] == 71.6
    assert run("compare", "lenet", "--top1", str(file)).exit_code == 2


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("", [1]),
        ("name,score\nresnet50,70\n", [1]),
        ("network,top1\nresnet50,many\nvgg16,71\nvgg19,101\n", [2, 4]),
        ("network,top1\nresnet50,70\nresnet50,71\n", [3]),
        ("network,top1\n,70\n", [2]),
        ("network,top1\nresnet50\n", [2]),
        ("network,top1\nresnet50,nan\n", [2]),
        ("network,top1\n\n# why\nresnet50,-1\n", [4]),
    ],
)
def test_faulty_lines_are_named(text: str, places: list[int], tmp_path: Path) -> None:
    file = tmp_path / "top1.csv"
    file.write_text(text)
    with pytest.raises(ArchspecError) as caught:
        read_scores(file)
    found = caught.value.diagnostics
    assert [d.code for d in found] == ["E109"] * len(places)
    assert [d.span.line for d in found if d.span] == places
    result = run("compare", "resnet50", "--top1", str(file))
    assert result.exit_code == 1
    assert f"top1.csv:{places[0]}:1" in result.stderr


def test_other_separators_are_told(tmp_path: Path) -> None:
    file = tmp_path / "top1.csv"
    for separator in ";\t|":
        file.write_text(f"network{separator}top1\nresnet50{separator}76\n")
        with pytest.raises(ArchspecError) as caught:
            read_scores(file)
        assert caught.value.diagnostics[0].hint == "put commas between the columns"
    file.write_text("network,top1\nresnet50,\n")
    with pytest.raises(ArchspecError, match="`resnet50` has no accuracy"):
        read_scores(file)


# --- the chart ----------------------------------------------------------------------------

spots = st.lists(
    st.builds(
        Spot,
        st.floats(0, 500),
        st.floats(0, 300),
        st.floats(1, 20),
        st.floats(10, 90),
        st.floats(6, 12),
    ),
    max_size=40,
)


@given(spots)
def test_names_never_overlap(spots: list[Spot]) -> None:
    places = arrange(spots, 500, 300)
    boxes = [
        (p.x, p.y, p.x + s.width, p.y + s.height)
        for p, s in zip(places, spots, strict=True)
        if p is not None
    ]
    for i, (left, below, right, above) in enumerate(boxes):
        assert left >= 0
        assert below >= 0
        assert right <= 500
        assert above <= 300
        for other in boxes[:i]:
            apart = other[0] >= right or other[2] <= left or other[1] >= above or other[3] <= below
            assert apart


def test_names_find_room_in_a_crowd() -> None:
    crowd = [Spot(250 + i % 5, 150 + i // 5, 3, 40, 8) for i in range(20)]
    assert None not in arrange(crowd, 500, 300)


def test_names_stand_in_points_that_are_large_enough() -> None:
    row = [Spot(60 + 30 * i, 50, 20, 24, 8) for i in range(4)]  # each overlaps the next
    small = Spot(100, 90, 3, 24, 8)
    *places, beside = arrange([*row, small], 300, 120)
    assert [(place.x, place.y) for place in places if place is not None] == [
        (spot.x - 12, 46) for spot in row
    ]
    assert beside is not None
    assert beside.x >= 103 or beside.x + 24 <= 97 or not 78 < beside.y < 93


def test_a_name_without_room_has_no_place() -> None:
    assert arrange([Spot(5, 5, 1, 80, 8)], 20, 20) == [None]


@pytest.fixture
def plotting() -> None:
    pytest.importorskip("matplotlib")


@pytest.mark.usefixtures("plotting")
def test_the_chart_names_all_networks_in_text(tmp_path: Path) -> None:
    chart = tmp_path / "out.svg"
    result = run("compare", "vgg@*", "resnet@*", "lenet", "--plot", str(chart))
    assert result.stderr == f"wrote {chart}\n"
    texts = {e.text for e in ElementTree.parse(chart).iter(f"{SVG}text")}
    named = {e.name for e in zoo.networks() if e.family in ("vgg", "resnet")}
    assert {title(pipeline.elaborate(name)) for name in named} <= texts
    assert {"LeNet-5", "VGG", "ResNet", "parameters", "multiply-accumulates, batch 1"} <= texts


@pytest.mark.usefixtures("plotting")
@pytest.mark.parametrize("suffix", ["svg", "pdf", "png"])
def test_the_same_networks_give_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    charts = [tmp_path / f"{i}.{suffix}" for i in range(2)]
    for chart in charts:
        run("compare", "lenet", "alexnet", "vgg16", "--plot", str(chart))
    first, second = (chart.read_bytes() for chart in charts)
    assert first == second
    assert first.startswith({"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}[suffix])


@pytest.mark.usefixtures("plotting")
def test_accuracies_make_it_the_other_chart(tmp_path: Path) -> None:
    file, chart = tmp_path / "top1.csv", tmp_path / "out.svg"
    file.write_text("network,top1\nresnet50,76.1\nvgg16,71.6\nalexnet,56.5\n")
    run(
        "compare",
        "resnet50",
        "vgg16",
        "alexnet",
        "lenet",
        *("--top1", str(file), "--plot", str(chart)),
    )
    texts = {e.text for e in ElementTree.parse(chart).iter(f"{SVG}text")}
    assert {"top-1 accuracy (%)", "multiply-accumulates, batch 1", "100M", "VGG-16"} <= texts
    assert not {"lenet", "LeNet-5"} & texts


@pytest.mark.usefixtures("plotting")
def test_what_costs_nothing_is_drawn_too(tmp_path: Path) -> None:
    spec, chart = tmp_path / "nothing.yaml", tmp_path / "out.svg"
    spec.write_text("name: Nothing\ninputs: {x: [4]}\ngraph: [relu]\n")
    result = run("compare", str(spec), "lenet", "--plot", str(chart))
    assert result.exit_code == 0
    assert ">Nothing<" in chart.read_text()


@pytest.mark.usefixtures("plotting")
def test_two_of_one_label_go_by_their_names(tmp_path: Path) -> None:
    spec, chart = tmp_path / "own.yaml", tmp_path / "out.svg"
    spec.write_text("name: LeNet\ninputs: {x: [4]}\ngraph: [{linear: 2}]\n")
    run("compare", str(spec), "lenet5_d2l", "alexnet", "--plot", str(chart))
    texts = {e.text for e in ElementTree.parse(chart).iter(f"{SVG}text")}
    assert {"own", "lenet5_d2l", "AlexNet"} <= texts


LARGE = ["resnet50", "vgg16", "densenet121", "googlenet", "alexnet", "unet", "lenet", "xception"]


@pytest.mark.usefixtures("plotting")
@pytest.mark.parametrize("options", ["", "--bars params,macs,peak", "--size 4:3", "--bars depth"])
def test_charts_are_read_from_a_slide(options: str, tmp_path: Path) -> None:
    """Words are 14 pixels high or more where the chart is shown at 1280x720."""
    chart = tmp_path / "out.svg"
    result = run("compare", *LARGE, "--plot", str(chart), *options.split())
    assert result.stderr == f"wrote {chart}\n"
    root = ElementTree.parse(chart).getroot()
    wide, high = (float(root.get(key, "").removesuffix("pt")) for key in ("width", "height"))
    assert wide / high == pytest.approx(4 / 3 if "4:3" in options else 16 / 9, abs=0.01)
    styles = [e.get("style", "") for e in root.iter(f"{SVG}text")]
    sizes = {float(size) for style in styles for size in re.findall(r"font-size: ([\d.]+)", style)}
    assert min(sizes) * min(1280 / wide, 720 / high) >= 14
    assert all("'Liberation Sans'" in style for style in styles)


@pytest.mark.usefixtures("plotting")
def test_a_chart_takes_a_page_a_title_and_a_theme(tmp_path: Path) -> None:
    png, svg = tmp_path / "out.png", tmp_path / "out.svg"
    for size in ((1280, 720), (1001, 333)):
        asked = "x".join(map(str, size))
        run("compare", "lenet", "alexnet", "--plot", str(png), "--size", asked, "--force")
        with Image.open(png) as drawn:
            assert drawn.size == size
    dark = ("--theme", "dark", "--title", "Was $k$ kostet")
    run("compare", "lenet", "--plot", str(svg), *dark)
    text = svg.read_text()
    assert ">Was $k$ kostet<" in text
    assert f"fill: {theme('dark').paper}" in text and f"fill: {theme('dark').ink}" in text
    assert theme("light").ink not in text
    run("paths", "resnet20", "--plot", str(svg), "--force", "--size", "16:9", *dark)
    text = svg.read_text()
    assert ">Was $k$ kostet<" in text and "18,014" not in text
    assert theme("light").ink not in text


@pytest.mark.usefixtures("plotting")
def test_bars_say_what_the_table_says(tmp_path: Path) -> None:
    chart = tmp_path / "out.svg"
    run("compare", "lenet", "vgg16", "--plot", str(chart), "--bars", "params, depth,peak")
    texts = [e.text for e in ElementTree.parse(chart).iter(f"{SVG}text")]
    assert {"LeNet-5", "VGG-16", "61.71K", "138.36M", "16", "1.17 GB", "depth"} <= set(texts)
    assert texts.count("LeNet-5") == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--size", "16:9"], "name its file with --plot"),
        (["--title", "x"], "name its file with --plot"),
        (["--bars", "macs"], "name its file with --plot"),
        (["--plot", "x.svg", "--bars", "flaps"], "is none of params, macs"),
        (["--plot", "x.svg", "--size", "wide"], "write 16:9, or 1280x720"),
        (["--plot", "x.svg", "--size", "1x99999"], "write 16:9, or 1280x720"),
        (["--plot", "x.svg", "--title", "x" * 121], "at most 120 characters"),
        (["--plot", "x.svg", "--theme", "drak"], "did you mean `dark`?"),
    ],
)
def test_what_no_chart_can_be(options: list[str], words: str) -> None:
    result = run("compare", "lenet", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in " ".join(result.stderr.split())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    chart = tmp_path / "out.svg"
    chart.write_text("mine")
    result = run("compare", "lenet", "--plot", str(chart))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "E107" in result.stderr
    assert chart.read_text() == "mine"


def test_other_formats_are_refused_at_once(tmp_path: Path) -> None:
    result = run("compare", "lenet", "--plot", str(tmp_path / "out.gif"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "E601" in result.stderr


def test_without_matplotlib_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    chart = tmp_path / "out.svg"
    result = run("compare", "lenet", "--plot", str(chart))
    assert result.exit_code == 2
    assert "pip install 'archspec-compiler[plot]'" in result.stderr
    assert not chart.exists()


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (7, "7"), (1000, "1K"), (2_500_000, "2.5M"), (10**10, "10G")]
)
def test_ticks(number: int, text: str) -> None:
    assert tick(number) == text


@pytest.mark.parametrize(("number", "round_"), [(1, 1), (19, 10), (49, 20), (138_357_544, 10**8)])
def test_round_numbers(number: int, round_: int) -> None:
    assert round_down(number) == round_
