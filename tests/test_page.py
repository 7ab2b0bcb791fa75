"""The page's data is the graph, whatever the names; and the file is one that fetches nothing."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
import sys
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import archspec
from archspec.analysis.cost import Group, stats
from archspec.analysis.explanation import Explainer
from archspec.backends.base import find
from archspec.backends.page.data import describe, to_json
from archspec.cli.app import main
from archspec.diagnostics import ArchspecError, Source
from archspec.elaboration.build import build
from archspec.figures.colours import contrast
from archspec.figures.detail import LEVELS, Detail
from archspec.figures.figure import Figure
from archspec.figures.marks import alone
from archspec.figures.options import Options
from archspec.figures.theme import Theme, theme
from archspec.figures.words import printable
from archspec.frontend.loading import families, load, load_source
from archspec.ir.graph import Graph, Instance
from tests.pieces import graph_of
from tests.test_render import HEADS, NASTY, renamed

page: Any = find("page")

SPECS = ["heads", "lenet", "resnet50", "googlenet", "densenet121", "unet", "inception_v4", "vgg16"]


@cache
def network(name: str) -> Graph:
    if name == "heads":
        return graph_of(HEADS)
    return build(load(name))


def described(name: str, **options: Any) -> dict[str, Any]:
    """What the page reads, through JSON."""
    found: dict[str, Any] = json.loads(to_json(describe(network(name), Options(**options))))
    return found


def leaves(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in data["parts"] if part["sort"] in ("layer", "input")]


def within(data: dict[str, Any], number: int) -> set[int]:
    """A part and all in it; parts stand before what is in them."""
    found = {number}
    for i, part in enumerate(data["parts"]):
        if part.get("in") in found:
            found.add(i)
    return found


# --- the data is the graph ----------------------------------------------------------------


@pytest.mark.parametrize("name", SPECS)
def test_layers_and_edges_are_those_of_the_graph(name: str) -> None:
    graph, data = network(name), described(name)
    assert Counter(part["path"] for part in leaves(data)) == Counter(graph.dag)
    paths = [part.get("path") for part in data["parts"]]
    heads = {i for i, part in enumerate(data["parts"]) if part["sort"] == "output"}
    drawn = Counter((paths[a], paths[b]) for a, b, *_ in data["edges"] if b not in heads)
    assert drawn == Counter(graph.dag.edges())
    ends = Counter((paths[a], paths[b]) for a, b, *_ in data["edges"] if b in heads)
    assert ends == Counter((o.node.path, o.name) for o in graph.outputs)


@pytest.mark.parametrize("name", SPECS)
def test_the_tree_is_that_of_the_instances(name: str) -> None:
    graph, data = network(name), described(name)
    parts = data["parts"]

    def around(part: dict[str, Any]) -> list[str]:
        found = []
        while "in" in part:
            part = parts[part["in"]]
            if part["sort"] in ("block", "group", "network"):
                found.append(part.get("path", ""))
        return found

    for part in leaves(data):
        node = graph.by_path[part["path"]]
        assert around(part) == [i.path for i in node.scope.ancestors()], part["path"]


@pytest.mark.parametrize("name", SPECS)
def test_costs_are_those_of_the_tables(name: str) -> None:
    data, counted = described(name), stats(network(name))
    rows = {layer.path: layer for layer in counted.layers}
    groups: dict[str, Group] = {}

    def gather(group: Group) -> None:
        groups[group.path] = group
        for child in group.children:
            if isinstance(child, Group):
                gather(child)

    gather(counted.tree)
    seen = Counter(part["sort"] for part in data["parts"])
    for part in data["parts"]:
        costs = (part.get("params", 0), part.get("macs", 0), part.get("bytes", 0))
        if part["sort"] == "layer":
            row = rows[part["path"]]
            assert costs == (row.params, row.macs, row.output_bytes)
        elif part["sort"] in ("block", "group", "network"):
            totals = groups[part.get("path", "")].totals
            assert costs == (totals.params, totals.macs, totals.output_bytes)
    assert seen["layer"] == len(rows)
    assert data["totals"] == {"params": counted.totals.params, "macs": counted.totals.macs}


@pytest.mark.parametrize("name", SPECS)
def test_layers_have_their_arithmetic(name: str) -> None:
    """What `archspec explain` says of a layer, but for what does not change; each line once."""
    graph, data = network(name), described(name)
    table = [tuple(entry) for entry in data["arithmetic"]]
    assert len({*table}) == len(table)
    explainer = Explainer(graph, stats(graph), {})
    for part in data["parts"]:
        if part["sort"] != "layer":
            assert "sums" not in part
            continue
        wanted = [
            (entry.names, entry.numbers, entry.result)
            for entry in explainer.of(graph.by_path[part["path"]]).lines
            if entry.numbers and entry.note != "unchanged"
            if entry.subject not in ("attributes", "buffers")
            if entry.subject != "memory" or entry.what == "output"
        ]
        said = [table[at] for at in part.get("sums", [])]
        assert len(said) == len(wanted)
        for (_, names, numbers), (in_names, in_numbers, result) in zip(said, wanted, strict=True):
            assert names == in_names or (names == "" and in_names == in_numbers)
            assert numbers in (result, f"{in_numbers} = {result}")


@pytest.mark.parametrize("name", SPECS)
def test_runs_are_equal_neighbours_and_multiply_back(name: str) -> None:
    data = described(name)
    for number, part in enumerate(data["parts"]):
        if part["sort"] != "run":
            continue
        members = [p for p in data["parts"] if p.get("in") == number]
        assert part["times"] == len(members) > 1
        for cost in ("params", "macs"):
            assert part.get(cost, 0) == sum(m.get(cost, 0) for m in members)
        told = {tuple(m["lines"][:1]) for m in members}
        assert len(told) == 1 and part["lines"][0] == f"{told.pop()[0]}  × {len(members)}"


def test_resnet50_repeats_what_the_paper_repeats() -> None:
    runs = [part for part in described("resnet50")["parts"] if part["sort"] == "run"]
    assert [(part["path"], part["times"]) for part in runs] == [
        ("layer1.1", 2),
        ("layer2.1", 3),
        ("layer3.1", 5),
        ("layer4.1", 2),
    ]


def test_alikes_are_runs_where_that_is_asked_for() -> None:
    def runs(**options: Any) -> dict[str, dict[str, Any]]:
        parts = described("densenet121", **options)["parts"]
        return {p["path"]: p for p in parts if p["sort"] == "run" and "block" in p}

    assert not runs()
    first = runs(repeat="alike")["features.denseblock1.denselayer1"]
    assert first["times"] == 6 and first["lines"][-1] == "256×56×56"  # what the last one gives
    assert first["params"] == sum(
        layer.params
        for layer in stats(network("densenet121")).layers
        if layer.path.startswith("features.denseblock1.")
    )


DETAILS: list[dict[str, Any]] = [
    *({"level": level} for level in LEVELS),
    {"depth": 0},
    {"depth": 1},
    {"repeat": "none", "level": "block"},
    {"fuse": True},
]


@pytest.mark.parametrize("options", DETAILS, ids=str)
@pytest.mark.parametrize("name", SPECS)
def test_what_is_open_at_first_is_what_the_figure_shows(name: str, options: dict[str, Any]) -> None:
    graph, data = network(name), described(name, **options)
    parts = data["parts"]
    boxes: set[frozenset[str]] = set()

    def walk(number: int) -> None:
        part = parts[number]
        inside = [i for i, other in enumerate(parts) if other.get("in") == number]
        if inside and (part.get("open") or part["sort"] == "run"):
            for i in inside:
                walk(i)
            return
        layers = (parts[i] for i in within(data, number))
        boxes.add(frozenset(p["path"] for p in layers if p["sort"] == "layer"))

    walk(0)
    shown = Figure(graph, Detail(**{**options, "repeat": "none"}))
    expected = {frozenset(n.path for n in box.nodes()) for box in shown.folding.boxes}
    assert boxes - {frozenset()} == expected
    runs = [p for p in parts if p["sort"] == "run"]
    assert all(p.get("open") for p in runs) or options.get("repeat") != "none"


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", SPECS)
def test_level_buttons_give_what_the_level_gives(name: str, level: str) -> None:
    data = described(name, level=level)
    bit = 1 << LEVELS.index(level)  # type: ignore[arg-type]
    for part in data["parts"]:
        assert part.get("open", 0) == int(bool(part.get("levels", 0) & bit))


def test_a_page_opens_at_blocks_unless_told() -> None:
    for options in ({}, {"expand": ("layer1.0",)}, {"repeat": "none"}):
        told = page.html(network("resnet50"), Options(level="block", **options))
        free = page.html(network("resnet50"), Options(**options))
        assert free.replace('"free":1', '"free":0') == told
        assert ('"free":1' in free) == ("expand" not in options)
    for options in ({"level": "layer"}, {"depth": 0}):
        assert page.html(network("resnet50"), Options(**options)) != page.html(network("resnet50"))


def test_where_many_boxes_are_alike_a_page_says_so_unless_told() -> None:
    """As the default figure does: ConvNeXt's blocks differ in their rates of drop path alone.

    So they are equal, for a rate is no structure.
    """

    def times(html: str) -> list[int]:
        data = json.loads(re.findall('id="network">(.*?)</script>', html)[0])
        runs = [p for p in data["parts"] if p["sort"] == "run" and "block" in p]
        return [run["times"] for run in runs if not run.get("open")]

    convnext, densenet = network("convnext"), network("densenet121")
    assert times(page.html(convnext)) == [3, 3, 9, 3]
    assert times(page.html(convnext, Options(level="block"))) == [3, 3, 9, 3]
    assert times(page.html(convnext, Options(repeat="none"))) == []
    assert times(page.html(densenet)) == []  # which has few boxes


def test_boxes_say_in_a_line_what_a_lecturer_says() -> None:
    parts = {p.get("path"): p for p in described("unet", level="block")["parts"]}
    assert parts["top.down"]["lines"] == ["2×2 max pool, /2"]
    assert parts["top.up"]["lines"] == ["2×2 transposed conv, 64, ×2"]
    assert parts["top.encoder"]["lines"] == ["Double conv", "encoder, 64×568×568"]
    stem = {p.get("path"): p for p in described("resnet50")["parts"]}["conv1"]
    assert stem["lines"] == ["7×7 conv, 64, /2"]
    noted = described("resnet50", annotate=("attributes",))["parts"]
    asked = next(p for p in noted if p.get("path") == "conv1")
    assert "stride 2, pad 3" in asked["lines"] and "no bias" in asked["lines"]
    told = described("fcn_resnet", level="block")["parts"]
    lines = next(p["lines"] for p in told if p.get("path") == "aux_classifier")
    assert lines == ["FCN head", "aux classifier", "21×65×65"]  # which would make it wide


def test_what_is_a_u_says_which_layer_is_how_coarse() -> None:
    data = described("unet")
    assert data["direction"] == "U"
    rows = {p["path"]: p.get("row") for p in data["parts"] if p["sort"] == "layer"}
    assert rows["top.encoder.0.conv"] == rows["top.decoder.1.conv"] == rows["score"] == 1
    assert rows["top.below.below.below.below.encoder.0.conv"] == max(filter(None, rows.values()))
    assert described("unet", direction="TB")["direction"] == "TB"
    assert described("resnet50")["direction"] == "TB"
    assert not any("row" in part for part in described("resnet50")["parts"])


def test_options_choose_the_first_view() -> None:
    data = described("resnet50", level="block", expand=("layer1.0",), collapse=("layer4",))
    opened = {p["path"]: p.get("open", 0) for p in data["parts"] if p["sort"] in ("block", "group")}
    assert opened["layer1.0"] and not opened["layer2.0"]
    assert opened["layer3"] and not opened["layer4"]
    assert described("lenet", direction="LR")["direction"] == "LR"
    assert described("lenet")["direction"] == "TB"
    noted = described("lenet", annotate=("params",))["parts"]
    assert any(line.endswith(" parameters") for part in noted for line in part["lines"])


def test_a_part_is_shown_by_itself() -> None:
    data = described("googlenet", only="inception")
    graph = network("googlenet")
    inside = {n.path for n in graph.nodes if n.path.startswith("inception3a.")}
    layers = {p["path"] for p in data["parts"] if p["sort"] == "layer"}
    assert layers == inside
    assert [p["path"] for p in data["parts"] if p["sort"] == "input"] == ["maxpool2"]
    rows = [row for row in stats(graph).layers if row.path in inside]
    assert data["totals"]["params"] == sum(row.params for row in rows)
    between = described("resnet50", start="layer1", end="layer2.0")
    first, *_, last = (p["path"] for p in between["parts"] if p["sort"] == "layer")
    assert first.startswith("layer1.0") and last.startswith("layer2.0")
    with pytest.raises(ArchspecError) as error:
        described("resnet50", only="layr1")
    assert error.value.diagnostics[0].code == "E108"


def test_looks_are_the_figures_vocabulary() -> None:
    parts = {part.get("path"): part for part in described("heads")["parts"]}
    assert parts["gated"]["form"] == "circle" and parts["gated"]["lines"] == ["×"]
    assert parts["aux.2"]["dashed"] and parts["logits.2"]["dashed"]
    assert parts["aux.3"]["dashed"] and "dashed" not in parts["logits.3"]
    assert parts["stage.again"]["weights"] == "stage.first"
    assert "weights of stage.first" in parts["stage.again"]["lines"]
    bars = [p for p in described("googlenet")["parts"] if p.get("op") == "concat"]
    assert bars and all(p["form"] == "bar" and p["role"] == "bar" for p in bars)
    twice = [e for e in described("heads")["edges"] if e[1] == _at("heads", "squared")]
    assert len(twice) == 2 and twice[0] == twice[1]


def _at(name: str, path: str) -> int:
    return next(i for i, p in enumerate(described(name)["parts"]) if p.get("path") == path)


# --- the file -----------------------------------------------------------------------------


class Reader(HTMLParser):
    """What a browser finds in a page: elements, what they hold, and attributes that fetch."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": [], "title": [], "h1": []}
        self.policy = ""
        self._in = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self._in = tag
        given = dict(attrs)
        self.addresses += [v or "" for k, v in attrs if k in ("src", "href", "action", "data")]
        self.handlers += [k for k, _ in attrs if k.startswith("on") or k == "style"]
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given.get("content") or ""

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in in self.texts:
            self.texts[self._in].append(data)


def test_the_file_fetches_nothing_and_runs_its_own_script_alone() -> None:
    found = Reader(page.html(network("googlenet")))
    assert found.addresses == ["#sheet"] and found.handlers == []
    assert found.tags["script"] == 2 and found.tags["style"] == 1
    assert not {"link", "iframe", "object", "embed", "img", "base"} & set(found.tags)
    rules = dict(rule.strip().split(" ", 1) for rule in found.policy.split(";"))
    assert rules["default-src"] == "'none'"
    for kind, text in (("script", found.texts["script"][1]), ("style", found.texts["style"][0])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[f"{kind}-src"] == f"'sha256-{digest}'"
    assert not re.search(r"@import|url\((?!#)|https?://(?!www\.w3\.org/2000/svg)", str(found.texts))


HOSTILE = [
    *NASTY,
    "</script><script>document.title='broken'</script>",
    "<!--<script>",
    "<img src=x onerror=\"document.title='broken'\">",
    "{{script}}",
    "\u2028\u2029",
    "\u202eevil",
    "__proto__",
    "\ud800",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_data(name: str) -> None:
    graph = renamed(name)
    graph.source = name
    text = page.html(graph, Options(level="block"))
    found = Reader(text)
    usual = Reader(page.html(renamed("plain"), Options(level="block")))
    assert found.tags == usual.tags and found.handlers == []
    data = found.texts["script"][0]
    assert not re.search("[<>&]", data) and data.isascii()
    known = json.loads(data)
    assert printable(name) in {part.get("path") for part in known["parts"]}
    assert known["title"] == f"{printable(name)} · v"
    assert "".join(found.texts["title"]) == f"{printable(name)} · v"


def test_the_bytes_are_the_same_every_time() -> None:
    first = page.html(network("heads"))
    assert first == page.html(build(load_source(Source("elsewhere.yaml", HEADS))))


def test_every_spec_has_a_page() -> None:
    for family in families():
        graph = build(load(family.stem))
        data = describe(graph, Options(level="block"))
        layers = [part for part in data["parts"] if part["sort"] == "layer"]
        drawn = (node for node in graph.nodes if not node.op.internal and not alone(node))
        assert len(layers) == sum(1 for _ in drawn)


@pytest.mark.parametrize("name", ["light", "dark", "print"])
def test_the_theme_gives_the_colours(name: str) -> None:
    style = Reader(page.html(network("lenet"), Options(theme=name))).texts["style"][0]
    check_colours(style.partition("}")[0], theme(name))
    own = style.partition("}")[2]
    assert not re.search(r"#[0-9a-f]{3,8}\b", own), "a colour that no theme gave"
    assert "color-scheme" not in own


def check_colours(style: str, theme: Theme) -> None:
    for role in ("paper", "ink", "bar", "convolution"):
        assert f"--{role}: {theme.colour(role)};" in style
    for kind in theme.fills:
        assert f"--on-{kind}: {theme.colour(theme.words_on(kind))};" in style


@pytest.mark.parametrize("name", ["light", "dark", "print"])
def test_words_have_the_contrast_that_wcag_asks_for(name: str) -> None:
    """4.5 to 1, on whatever a page writes them."""
    found = theme(name)
    for kind, fill in found.fills.items():
        assert contrast(found.colour(found.words_on(kind)), fill) >= 4.5, kind
    for words, ground in itertools.product(("ink", "faint"), ("paper", "ground", "ground2")):
        assert contrast(found.colour(words), found.colour(ground)) >= 4.5, (words, ground)
    assert contrast(found.bar_ink, found.bar) >= 4.5


def test_a_page_without_a_theme_is_as_its_reader_has_it() -> None:
    style = Reader(page.html(network("lenet"))).texts["style"][0]
    light, _, rest = style.partition("@media (prefers-color-scheme: dark)")
    dark, _, own = rest.partition("}")
    check_colours(light, theme("light"))
    check_colours(dark, theme("dark"))
    assert not re.search(r"#[0-9a-f]{3,8}\b", own), "a colour that no theme gave"
    given = Reader(page.html(network("lenet"), Options(theme="light"))).texts["style"][0]
    assert "prefers-color-scheme" not in given


def test_instances_without_layers_are_left_out() -> None:
    for name in SPECS:
        empty = [i.path for i in _instances(network(name).root) if not list(i.nodes())]
        assert not {p.get("path") for p in described(name)["parts"][1:]} & set(empty)


def _instances(root: Instance) -> list[Instance]:
    inner = [c for c in root.children if isinstance(c, Instance)]
    return inner + [i for c in inner for i in _instances(c)]


# --- the ways in --------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["-o", "x.html"], ["-o", "x", "--format", "html"]])
def test_the_command_writes_a_page_where_there_is_no_engine(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    done = CliRunner().invoke(main, ["render", "lenet", *arguments, "--level", "block"])
    assert (done.exit_code, done.stdout) == (0, "")
    expected = page.html(network("lenet"), Options(level="block"))
    assert Path(arguments[1]).read_text(encoding="utf-8") == expected
    archspec.render("lenet", arguments[1], format="html")
    assert Path(arguments[1]).read_text(encoding="utf-8") == page.html(network("lenet"))


@pytest.mark.parametrize("options", [{}, {"view": "tree"}, {"style": "volumes"}])
def test_a_page_shows_the_graph_of_one_network(options: dict[str, Any]) -> None:
    graphs = [network("lenet"), *([] if options else [network("vgg16")])]
    with pytest.raises(ArchspecError) as error:
        page.html(graphs, Options(**options))
    assert error.value.diagnostics[0].code == "E601"
    assert page.html([network("lenet")]) == page.html(network("lenet"))


def test_messages_name_the_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArchspecError) as error:
        archspec.render("lenet", tmp_path / "x.htm")
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "E601" and "`html`" in (diagnostic.expected or "")
    assert "html" in (diagnostic.hint or "")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(ArchspecError) as error:
        archspec.render("lenet", tmp_path / "x.svg", options=Options(style="blocks"))
    assert ".html" in (error.value.diagnostics[0].hint or "")
