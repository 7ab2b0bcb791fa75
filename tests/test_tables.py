"""The tables of `archspec stats`: columns, rows, and every format."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from math import prod
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from markdown_it import MarkdownIt  # which comes with rich

from archspec.analysis.cost import Dtype, Group, Layer, Stats, stats
from archspec.analysis.units import brief, dims, exact, exact_size, per_axis, percent, ratio, size
from archspec.cli.app import main
from archspec.elaboration.build import build
from archspec.frontend.loading import load
from archspec.tables import costs
from archspec.tables.columns import COLUMNS, available
from archspec.tables.costs import View
from archspec.tables.html import html
from archspec.tables.latex import beamer, escaped, latex
from archspec.tables.records import encoded
from archspec.tables.rows import BY, OUTSIDE, VECTORS
from archspec.tables.tables import Column, Line, Table, markdown, plain, separated
from archspec.tables.terminal import paint
from tests.browser import Browser
from tests.pieces import graph_of
from tests.test_stats import HEAD, NET


@cache
def _tiny(batch: int = 1, dtype: Dtype = "float32") -> Stats:
    return stats(graph_of(NET), batch=batch, dtype=dtype)


@cache
def _known(name: str) -> Stats:
    return stats(build(load(name)))


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["stats", *arguments])


def _records(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# --- golden tables ------------------------------------------------------------------------

HEADER = """\
Tiny: image [3, 8, 8] -> fc [10], head [2]
batch 1, float32, training; K, M, G = 10^3, 10^6, 10^9
1 MAC = one multiply-accumulate of a conv or linear layer; FLOPs = 2 x MACs
memory: a layer's output
"""

TABLE = """
Layer          Op                        Output  Params    MACs   Memory
------------------------------------------------------------------------
stem           unit                       4x8x8     116   6.91K  3.07 kB
  conv         conv 3x3, 4, p1, no bias   4x8x8     108   6.91K  1.02 kB
  norm         batch_norm                 4x8x8       8       -  1.02 kB
  2            relu                       4x8x8       -       -  1.02 kB
first          unit                       4x8x8     152   9.22K  3.07 kB
  conv         conv 3x3, 4, p1, no bias   4x8x8     144   9.22K  1.02 kB
  norm         batch_norm                 4x8x8       8       -  1.02 kB
  2            relu                       4x8x8       -       -  1.02 kB
again          unit                       4x8x8      0*   9.22K  3.07 kB
  conv         conv 3x3, 4, p1, no bias   4x8x8      0*   9.22K  1.02 kB
  norm         batch_norm                 4x8x8      0*       -  1.02 kB
  2            relu                       4x8x8       -       -  1.02 kB
pool           global_avg_pool            4x1x1       -       -     16 B
4              flatten                        4       -       -     16 B
fc             linear 10                     10      50      40     40 B
head           (training only)                2     514     512  1.03 kB
  0            flatten                      256       -       -  1.02 kB
  fc           linear 2                       2     514     512      8 B
------------------------------------------------------------------------
total                                               318  25.38K  9.29 kB
training only                                       514     512  1.03 kB

* uses the parameters of an earlier layer, where they are counted
"""

FOLDED = """
| Layer | Op | Output | Params | MACs | Memory |
| :-- | :-- | --: | --: | --: | --: |
| `stem` | unit | 4x8x8 | 116 | 221.18K | 49.15 kB |
| `first` | unit | 4x8x8 | 152 | 294.91K | 49.15 kB |
| `again` | unit | 4x8x8 | 0\\* | 294.91K | 49.15 kB |
| `pool` | global_avg_pool | 4x1x1 | - | - | 256 B |
| `4` | flatten | 4 | - | - | 256 B |
| `fc` | linear 10 | 10 | 50 | 1.28K | 640 B |
| `head` | (training only) | 2 | 514 | 16.38K | 16.51 kB |
| **total** |  |  | **318** | **812.29K** | **148.61 kB** |
| `training only` |  |  | 514 | 16.38K | 16.51 kB |

- \\* uses the parameters of an earlier layer, where they are counted
- parameters: 318 (636 B)
"""


def test_the_plain_table() -> None:
    text = plain(costs.table(_tiny()))
    assert text.startswith(HEADER + TABLE)
    facts = text.removeprefix(HEADER + TABLE).splitlines()
    assert facts[:4] == [
        "parameters: 318 (1.27 kB)",
        "buffers: 18 (80 B)",
        "MACs: 25,384",
        "FLOPs: 50,768",
    ]
    assert "activations: 9.29 kB, the sum of all outputs" in facts


def test_lines_are_of_a_kind() -> None:
    kinds = {line.cells[0]: line.kind for line in costs.table(_tiny()).lines}
    assert (kinds["stem"], kinds["pool"], kinds["total"]) == ("block", "row", "total")
    assert (kinds["head"], kinds["0"], kinds["training only"]) == ("block", "aside", "aside")


def test_the_folded_table_in_markdown() -> None:
    text = markdown(costs.table(_tiny(32, "float16"), View(depth=1), tree=False))
    assert "\nbatch 32, float16, training; K, M, G = 10^3, 10^6, 10^9\n" in text
    assert FOLDED in text


def test_rows_put_together_and_sorted() -> None:
    view = View(by="op", sort="params", top=3, columns="layers,params,share,elementwise")
    table = costs.table(_tiny(), view)
    assert [column.title for column in table.columns] == [
        *("Op", "Layers", "Params", "Share of Params", "Elementwise")
    ]
    assert [line.cells[:4] for line in table.lines] == [
        ("linear (training only)", "1", "514", "-"),
        ("conv", "3", "252", "79.2%"),
        ("linear", "1", "50", "15.7%"),
        ("total", "12", "318", "100.0%"),
        ("training only", "2", "514", "-"),
    ]
    assert table.foot[0] == "5 more rows not shown: these 3 come first by Params"
    assert "\nconv                         3     252  ########    79.2%" in plain(table)


def test_all_numbers_written_out() -> None:
    view = View(exact=True, columns="+flops,read_bytes,intensity")
    line = costs.table(_tiny(), view).lines[1]
    assert line.cells[3:7] == ("108", "6,912", "1,024 B", "13,824")
    assert line.cells[7] == f"{4 * (192 + 108):,} B"
    short = costs.table(_tiny(), View(columns="+flops,read_bytes")).lines[1]
    assert short.cells[4:] == ("6.91K", "1.02 kB", "13.82K", "1.20 kB")


# --- rows ---------------------------------------------------------------------------------

ADDING = [column.name for column in COLUMNS if column.adds]


def _sums(rows: list[dict[str, str]], *, train_only: bool) -> dict[str, int]:
    chosen = [row for row in rows if row["train_only"] == str(train_only).lower()]
    return {name: sum(int(row[name]) for row in chosen) for name in ADDING}


@pytest.mark.parametrize("view", [View(), View(by="op"), View(by="stage")], ids=str)
@pytest.mark.parametrize("name", ["googlenet", "densenet121", "fractalnet20", "unet", "tiny"])
def test_columns_sum_to_the_totals(name: str, view: View) -> None:
    counted = _tiny() if name == "tiny" else _known(name)
    view = View(by=view.by, columns="+layers,train_only")
    rows = _records(costs.as_csv(counted, view))
    totals = json.loads(costs.as_json(counted))["totals"]
    for train_only, told in ((False, totals), (True, totals["train_only"])):
        sums = _sums(rows, train_only=train_only)
        layers = sums.pop("layers")
        assert layers == sum(layer.train_only is train_only for layer in counted.layers)
        assert sums == {key: told[key] for key in sums}


def _inside(group: Group, around: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Layer]]:
    found = []
    for child in group.children:
        if isinstance(child, Layer):
            found.append((around, child))
        else:
            found += _inside(child, (*around, child.block) if child.block else around)
    return found


def _instances(group: Group, name: str) -> int:
    groups = [child for child in group.children if isinstance(child, Group)]
    return sum((child.block == name) + _instances(child, name) for child in groups)


@pytest.mark.parametrize("name", ["resnet50", "fractalnet20", "googlenet", "dla60"])
def test_by_block_counts_each_layer_once_a_block(name: str) -> None:
    """FractalNet's and DLA's blocks hold themselves."""
    counted = _known(name)
    rows = _records(
        costs.as_csv(counted, View(by="block", columns="instances,layers,macs,train_only"))
    )
    placed = _inside(counted.tree)
    assert {row["block"] for row in rows} == {n for names, _ in placed for n in names or [OUTSIDE]}
    for row in rows:
        only = row["train_only"] == "true"
        mine = [
            layer
            for names, layer in placed
            if row["block"] in (names or (OUTSIDE,)) and layer.train_only is only
        ]
        assert (int(row["layers"]), int(row["macs"])) == (len(mine), sum(x.macs for x in mine))
        if not any(layer.train_only for layer in counted.layers) and row["block"] != OUTSIDE:
            assert int(row["instances"]) == _instances(counted.tree, row["block"])


def test_the_outermost_blocks_share_out_the_network() -> None:
    rows = _records(costs.as_csv(_known("googlenet"), View(by="block", depth=1)))
    everything = [_known("googlenet").totals.macs, _known("googlenet").train_only.macs]
    assert sum(int(row["macs"]) for row in rows) == sum(everything)
    inception = next(row for row in rows if row["block"] == "inception")
    assert inception["instances"] == "9"


def test_stages_are_resolutions() -> None:
    vgg = _records(costs.as_csv(_known("vgg16"), View(by="stage")))
    assert [row["stage"] for row in vgg] == [
        *("224x224", "112x112", "56x56", "28x28", "14x14", "7x7", VECTORS)
    ]
    mine = [layer.macs for layer in _known("vgg16").layers if layer.output[1:] == (56, 56)]
    assert int(vgg[2]["macs"]) == sum(mine) > 0


def test_a_gate_counts_with_the_maps_it_weighs() -> None:
    """Squeeze and excitation makes vectors in the midst of a stage."""
    counted = _known("efficientnet_b0")
    rows = {row["stage"]: row for row in _records(costs.as_csv(counted, View(by="stage")))}
    assert list(rows) == ["112x112", "56x56", "28x28", "14x14", "7x7", VECTORS]
    classifier = [layer for layer in counted.layers if len(layer.output) == 1]
    assert int(rows[VECTORS]["layers"]) == len(classifier) + 1  # the pooling before it
    assert int(rows[VECTORS]["params"]) == sum(layer.params for layer in classifier)


@pytest.mark.parametrize("name", [c.name for c in COLUMNS if c.name not in ("instances", "share")])
def test_sorting(name: str) -> None:
    counted = _known("googlenet")
    rows = json.loads(costs.as_json(counted, View(sort=name, columns=name)))["rows"]
    values = [row[name] for row in rows]
    if isinstance(values[0], str):
        assert values == sorted(values)
    elif isinstance(values[0], list):
        volumes = [
            (prod(v) if not isinstance(v[0], list) else sum(map(prod, v))) if v else 0
            for v in values
            if None not in v
        ]
        assert volumes == sorted(volumes, reverse=True)
    else:
        numbers = [value or 0 for value in values]
        assert numbers == sorted(numbers, reverse=True)
    assert sorted(row["path"] for row in rows) == sorted(layer.path for layer in counted.layers)


def test_sorting_by_what_few_have() -> None:
    rows = _records(costs.as_csv(_tiny(), View(sort="shared")))
    assert [row["shared"] for row in rows][:3] == ["first.conv", "first.norm", ""]
    flags = _records(costs.as_csv(_tiny(), View(sort="train_only")))
    assert [row["train_only"] for row in flags][:3] == ["true", "true", "false"]


def test_the_first_rows_are_those_of_the_most_macs() -> None:
    counted = _known("googlenet")
    rows = _records(costs.as_csv(counted, View(top=5)))
    most = sorted((layer.macs for layer in counted.layers), reverse=True)[:5]
    assert [int(row["macs"]) for row in rows] == most
    assert len(_records(costs.as_csv(counted, View(top=10**9)))) == len(counted.layers)
    foot = costs.table(counted, View(top=5)).foot
    assert foot[0] == f"{len(counted.layers) - 5} more rows not shown: these 5 come first by MACs"
    folded = costs.table(counted, View(top=2, depth=1, sort="output_bytes"))
    assert [line.cells[0] for line in folded.lines[:2]] == ["conv1", "inception3b"]


def test_what_rows_are_sorted_by_is_shown() -> None:
    titles = [column.title for column in costs.table(_tiny(), View(sort="saved")).columns]
    usual = [column.title for column in costs.table(_tiny(), View(sort="macs")).columns]
    assert titles == [*usual[:-1], "Saved", "Share of Saved"]
    assert usual[-1] == "Share of MACs"
    asked = [c.title for c in costs.table(_tiny(), View(sort="saved", columns="op")).columns]
    assert asked == ["Layer", "Op"]
    by_op = [c.title for c in costs.table(_tiny(), View(sort="comparisons", by="op")).columns]
    assert by_op[-2:] == ["Comparisons", "Share of Comparisons"]


# --- columns ------------------------------------------------------------------------------


def test_a_column_goes_by_its_name_or_its_title() -> None:
    by_title = View(columns="op,Memory, flops,read")
    by_name = View(columns="path,op,output_bytes,flops,read_bytes,op")
    assert plain(costs.table(_tiny(), by_title)) == plain(costs.table(_tiny(), by_name))


def test_columns_are_added_to_the_usual_ones() -> None:
    titles = [
        column.title
        for column in costs.table(_tiny(), View(columns="+kernel,+MACs,buffers")).columns
    ]
    assert titles == ["Layer", "Op", "Output", "Params", "MACs", "Memory", "Kernel", "Buffers"]


@pytest.mark.parametrize("by", [None, *BY])
def test_every_column_can_be_shown(by: Any) -> None:
    for name in ["all", *(column.name for column in available(by))]:
        view = View(by=by, columns=name)
        table = costs.table(_tiny(), view)
        for line in table.lines:
            assert len(line.cells) == len(line.values) == len(table.columns)
            assert not any(word in cell for cell in line.cells for word in ("None", "False", "()"))
        assert costs.as_csv(_tiny(), view).count("\n") > 2
    every = costs.as_csv(_tiny(), View(by=by, columns="all")).partition("\n")[0].split(",")
    assert every == [column.name for column in available(by)]


def test_the_help_names_every_column() -> None:
    text = CliRunner().invoke(main, ["stats", "--help"]).stdout
    for column in COLUMNS:
        assert re.search(rf"^ +{column.name} +{re.escape(column.title)} +\S", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--columns", "mac"), "did you mean `macs`?"),
        (("--columns", "op,Memry"), "did you mean `memory`?"),
        (("--columns", "zzz"), "there are path, op, attributes, inputs,"),
        (("--columns", ","), "names with commas between"),
        (("--columns", ""), "names with commas between"),
        (("--columns", "+"), "names with commas between"),
        (("--columns", "instances"), "`instances` needs --by block"),
        (("--columns", "kernel", "--by", "op"), "--by op puts them together"),
        (("--sort", "weight"), "did you mean `weights`?"),
        (("--sort", "path", "--by", "op"), "`path` is of single layers"),
        (("--sort", ""), "there is no column ``"),
        (("--by", "op", "--depth", "1"), "--depth folds blocks, and --by op has none"),
        (("--by", "layer"), "'op', 'block', 'stage'"),
        (("--top", "0"), "x>=1"),
        (("--top", "many"), "not a valid integer"),
        (("--format", "xlsx"), "'latex', 'beamer', 'html'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_shown(arguments: tuple[str, ...], said: str) -> None:
    result = _run("lenet", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr


# --- formats ------------------------------------------------------------------------------

NASTY = r"A|B & <b>\x_y_%$#{}~^*`q` [1] -- 'é' ×"


def _nasty() -> Table:
    columns = (Column("Na|me"), Column("O&p", flexible=True), Column("N", right=True))
    lines = [Line((NASTY, NASTY, "1"), values=(NASTY, NASTY, 1)), Line(("*", "[", "-"), depth=1)]
    return Table(NASTY, columns, [*lines, Line(("total", "", "1"), "total")], (NASTY,), (NASTY,))


class _Reader(HTMLParser):
    """The rows of a page's table, and the tags it is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.rows and {"th", "td"} & set(self.open) and self.tags[-1][1].get("class") != "path":
            self.rows[-1][-1] += data


@pytest.mark.parametrize("name", ["tiny", "googlenet"])
def test_html_holds_the_same_cells(name: str) -> None:
    table = costs.table(_tiny() if name == "tiny" else _known(name), View(columns="+share,kernel"))
    page = _Reader(html(table))
    assert page.open == []
    assert page.rows == [
        [column.title for column in table.columns],
        *(list(line.cells) for line in table.lines),
    ]
    values = [attrs["data-value"] for tag, attrs in page.tags if tag == "td"]
    assert str(table.lines[1].values[4]) in values
    assert "src" not in {name for _, attrs in page.tags for name in attrs}
    assert not re.search(r"https?:|@import|url\(|<link", html(table))


@pytest.mark.browser
@pytest.mark.parametrize(
    "command", ["stats vgg16 --style cs231n", "explain resnet18 conv1", "compare unet lenet"]
)
def test_html_fits_a_slide(command: str, browser: Browser, tmp_path: Path) -> None:
    """Of 1280x720 pixels, with words of 14."""
    page = tmp_path / "table.html"
    done = CliRunner().invoke(main, [*command.split(), "--format", "html"])
    page.write_text(done.stdout, encoding="utf-8")
    browser.open(page)
    over, beside, size = browser.run(
        "(([page, wide]) => [page.scrollHeight - page.clientHeight,"
        " wide.scrollWidth - wide.clientWidth, parseFloat(getComputedStyle(wide).fontSize)])"
        "([document.documentElement, document.querySelector('.wide')])"
    )
    assert over <= 0
    assert beside <= 0
    assert size >= 14


def test_html_escapes() -> None:
    page = _Reader(html(_nasty()))
    assert page.rows[1] == [NASTY, NASTY, "1"]
    assert "b" not in {tag for tag, _ in page.tags}
    assert "script" not in {tag for tag, _ in page.tags}  # no values, nothing to sort by


def _tex_cells(row: str) -> int:
    return len(re.findall(r"(?<!\\)&", row)) + 1


@pytest.mark.parametrize("depth", [1, None])
def test_latex_has_a_cell_a_column(depth: int | None) -> None:
    table = costs.table(_known("googlenet"), View(depth=depth, columns="+share,intensity"))
    text = latex(table)
    body = re.split(r"\\midrule|\\bottomrule|\\toprule|\\endhead", text)
    rows = [row for part in body for row in part.splitlines() if " & " in row]
    assert {_tex_cells(row) for row in rows} == {len(table.columns)}
    heads = 1 if depth == 1 else 2
    assert len(rows) == len(table.lines) + heads
    assert all(row.endswith(" \\\\") for row in rows)
    kinds = ("table", "tabular") if depth == 1 else ("longtable",)
    assert re.findall(r"\\begin\{(\w+)\}", text) == list(kinds)
    bare = text.replace("\\{", "").replace("\\}", "")
    assert bare.count("{") == bare.count("}")


@pytest.mark.parametrize("depth", [1, None])
def test_a_frame_holds_the_table_and_its_remarks(depth: int | None) -> None:
    table = costs.table(_known("googlenet"), View(depth=depth))
    text = beamer(table)
    begun, ended = (re.findall(rf"\\{word}\{{(\w+)\}}", text) for word in ("begin", "end"))
    assert begun == ["frame", "adjustbox", "tabular"] == ended[::-1]
    inside = latex(replace(table, lines=table.lines[:1])).partition("\\toprule")[2]
    assert inside.partition("\\bottomrule")[0] in text
    assert text.count(" \\\\\n") == len(table.lines) + 1
    assert all(escaped(remark) in text for remark in (*table.head, *table.foot))
    shares = [float(share) for share in re.findall(r"=([\d.]+)\\textheight", text)]
    assert len(shares) == 1
    assert 0.4 <= shares[0] < 0.85
    bare = text.replace("\\{", "").replace("\\}", "")
    assert bare.count("{") == bare.count("}")


def test_latex_escapes() -> None:
    text = latex(_nasty())
    cell = (
        r"A\textbar{}B \& \textless{}b\textgreater{}\textbackslash{}x\_y\_\%\$\#\{\}"
        r"\textasciitilde{}\textasciicircum{}*\textasciigrave{}q\textasciigrave{}"
        r" [1] -{}- 'é' $\times$"
    )
    assert text.count(cell) == 5
    assert "\\quad {}* & [ & - \\\\" in text


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs a TeX with booktabs")
@pytest.mark.parametrize("kind", ["nasty", "short", "wide", "long", "slide"])
def test_latex_compiles(kind: str, tmp_path: Path) -> None:
    columns = "all" if kind == "wide" else "+share"
    wide = View(depth=None if kind == "long" else 1, columns=columns)
    table = _nasty() if kind == "nasty" else costs.table(_known("googlenet"), wide)
    text = beamer(table) if kind == "slide" else latex(table)
    packages = text.partition("\n")[0].removeprefix("% ")
    style = "beamer" if kind == "slide" else "article"
    document = f"\\documentclass{{{style}}}{packages}\\begin{{document}}\n{text}\\end{{document}}\n"
    (tmp_path / "x.tex").write_text(document, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "x.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    if kind in ("short", "wide"):  # is as wide as the page at most
        assert "Overfull" not in done.stdout, done.stdout[-2000:]


def test_markdown_has_a_pipe_a_column() -> None:
    for table in (_nasty(), costs.table(_known("unet"), View(columns="+share,inputs"), tree=False)):
        rows = [row for row in markdown(table).splitlines() if row.startswith("| ")]
        assert len(rows) == len(table.lines) + 2
        assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {len(table.columns) + 1}
    cell = r"A\|B & \<b>\\x_y\_%$#{}\~^\*\`q\` [1] -- 'é' ×"
    assert f"| {cell} | 1 |" in markdown(_nasty())
    assert markdown(_nasty()).startswith(f"**{cell}**\n\n{cell}\n\n| Na\\|me | O&p | N |\n")


def test_a_table_of_nothing() -> None:
    table = Table("Empty", [Column(dims((1, 2)))], [Line(("a|b",), "total")])
    assert plain(table) == "Empty\n\n1x2\n---\n---\na|b\n"
    assert "a\\|b" in markdown(table)
    assert _Reader(html(table)).rows == [["1x2"], ["a|b"]]
    assert "\\textbf{a\\textbar{}b} \\\\" in latex(table)


def test_csv_holds_exact_numbers() -> None:
    counted = _known("googlenet")
    rows = _records(costs.as_csv(counted))
    assert [row["path"] for row in rows] == [layer.path for layer in counted.layers]
    lasting = [row for row in rows if row["train_only"] == "false"]
    assert sum(int(row["params"]) for row in lasting) == 6_998_552
    assert sum(int(row["macs"]) for row in lasting) == 1_582_671_872
    concat = next(row for row in rows if row["op"] == "concat")
    assert concat["inputs"] == "64x28x28;128x28x28;32x28x28;32x28x28"
    folded = _records(costs.as_csv(counted, View(depth=1)))
    assert len(folded) < len(rows)
    assert sum(int(row["params"]) for row in folded) == sum(int(row["params"]) for row in rows)


def test_json_says_everything() -> None:
    data = json.loads(costs.as_json(_tiny()))
    assert list(data) == [
        *("name", "variant", "batch", "dtype", "mode", "inputs", "outputs", "totals", "layers")
    ]
    assert data["inputs"] == {"image": [3, 8, 8]}
    assert data["totals"]["params"] == 318
    assert data["totals"]["train_only"]["params"] == HEAD
    for layer, told in zip(_tiny().layers, data["layers"], strict=True):
        assert told.keys() == {*Layer.__dataclass_fields__, "params", "flops", "intensity"}
        assert told["macs"] == layer.macs
    first = {
        "path": "stem.conv",
        "op": "conv",
        "attributes": "3x3, 4, p1, no bias",
        "kernel": [3, 3],
        "inputs": [[3, 8, 8]],
        "output": [4, 8, 8],
        "weights": 108,
        "biases": 0,
        "params": 108,
        "buffers": 0,
        "macs": 6912,
        "flops": 13824,
        "output_bytes": 1024,
        "shared": None,
        "train_only": False,
    }
    assert {key: data["layers"][0][key] for key in first} == first


def test_json_holds_the_rows_of_a_view() -> None:
    view = View(by="stage", columns="params,share")
    data = json.loads(costs.as_json(_tiny(), view))
    assert data["rows"] == [
        {"stage": "8x8", "params": 268, "share": pytest.approx(25_344 / 25_384)},
        {"stage": VECTORS, "params": 50, "share": pytest.approx(40 / 25_384)},
        {"stage": VECTORS, "params": 514, "share": None},
    ]
    assert data["layers"] == json.loads(costs.as_json(_tiny()))["layers"]


# --- the terminal -------------------------------------------------------------------------


def test_the_terminal_has_room_for_every_number(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for width, name in ((100, "googlenet"), (100, "densenet121"), (80, "resnet50")):
        monkeypatch.setenv("COLUMNS", str(width))
        paint(costs.table(_known(name)))
        lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
        assert max(map(len, lines)) <= width
        assert not any("…" in line[width // 2 :] for line in lines)
        assert any(line.startswith("total") and line.endswith("MB") for line in lines)


@pytest.mark.parametrize("width", [20, 40, 57, 80, 120, 300])
def test_a_narrow_terminal_shows_whole_numbers_and_names_what_is_missing(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    table = costs.table(_known("resnet18"), View(columns="all"))
    paint(table)
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= width
    header = next(line for line in out.splitlines() if line.startswith("Layer"))
    shown = [c for c in table.columns if re.search(rf"(^| ){re.escape(c.title)}( |$)", header)]
    assert len(shown) >= 1
    total = next(line for line in out.splitlines() if line.startswith("total"))
    for column, cell in zip(table.columns, table.lines[-1].cells, strict=True):
        if column in shown and not column.bar:
            assert cell in total
    assert ("no room for" in out) == (len(shown) < len(table.columns))
    assert "--" not in out  # not every command whose tables are painted has --columns


def test_no_colour_where_none_is_wanted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    table = costs.table(_tiny(), View(columns="+share"))
    paint(table)
    coloured = capsys.readouterr().out
    paint(table, colour=False)
    bare = capsys.readouterr().out
    assert "\x1b[32m" in coloured or "\x1b[36m" in coloured
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", bare)


def test_a_pipe_gets_the_same_whatever_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = set()
    for width in ("20", "300"):
        monkeypatch.setenv("COLUMNS", width)
        texts.add(_run("resnet18", "--columns", "all").stdout)
    (text,) = texts
    assert "\x1b" not in text
    assert text.isascii()


@pytest.mark.parametrize(
    ("number", "texts"),
    [
        (0, ("-", "-", "0 B", "0 B")),
        (999, ("999", "999", "999 B", "999 B")),
        (1_000, ("1,000", "1.00K", "1.00 kB", "1,000 B")),
        (999_994, ("999,994", "999.99K", "999.99 kB", "999,994 B")),
        (999_996, ("999,996", "1.00M", "1.00 MB", "999,996 B")),
        (4_089_184_256, ("4,089,184,256", "4.09G", "4.09 GB", "4,089,184,256 B")),
        (
            10**19,
            (f"{10**19:,}", "10000.00P", "10000.00 PB", f"{10**19:,} B"),
        ),
    ],
)
def test_units(number: int, texts: tuple[str, ...]) -> None:
    assert (exact(number), brief(number), size(number), exact_size(number)) == texts


def test_other_numbers() -> None:
    assert (ratio(0.0), ratio(1234.567), percent(None), percent(0.123)) == (
        "-",
        "1,234.57",
        "-",
        "12.3%",
    )
    assert per_axis((), "all") == ""
    assert per_axis((43, 11), "all") == "43x11"
    assert per_axis((2, 0.5), "-") == "2x0.5"
    assert per_axis((None, None), "all") == "all"
    assert per_axis((None, 3), "all") == "allx3"


# --- texts that are more than text where they are shown -----------------------------------

FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", '=HYPERLINK("http://a","b")']


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_spreadsheet_computes_nothing(formula: str) -> None:
    text = separated([{"name": formula, "macs": -3, "share": -0.5, "none": None}], ["name", "macs"])
    (row,) = csv.DictReader(io.StringIO(text))
    assert row == {"name": f"'{formula}", "macs": "-3"}


@pytest.mark.parametrize(
    "text",
    [
        "[click](javascript:alert(1))",
        "![image](http://a/b.png)",
        "[a][b]",
        "<a href=b>c</a>",
        "&lt;b&gt;",
        "&#106;s",
        "`a` `` ` ``",
        "**bold** _it_ ~~gone~~ a|b",
    ],
)
def test_markdown_shows_a_text_as_it_is(text: str) -> None:
    table = Table(text, [Column("network"), Column("what")], [Line((text, text))], (text,), (text,))
    shown = MarkdownIt("commonmark").enable("table").enable("strikethrough")
    tokens = shown.parse(markdown(table))
    leaves = [leaf for token in tokens for leaf in token.children or []]
    assert {leaf.type for leaf in leaves} <= {
        *("text", "text_special", "softbreak"),
        *("strong_open", "strong_close", "code_inline"),
    }
    words = "".join(leaf.content for leaf in leaves)
    assert words.count(text) == 5


@pytest.mark.parametrize("bad", ["\x1b", "\u202e", "\u2066", "\x9b", "\x00", "\u200f", "\n"])
def test_no_format_of_a_table_plays_tricks(bad: str) -> None:
    name = f"a{bad}b"
    table = Table(name, [Column("n")], [Line((name,))], (name,), (name,))
    for write in (plain, markdown, latex, html):
        text = write(table)
        assert bad == "\n" or bad not in text
        assert text.count("a\N{REPLACEMENT CHARACTER}b") >= 3
    cells = separated([{"n": name}], ["n"])
    assert cells == "n\na\N{REPLACEMENT CHARACTER}b\n"
    written = encoded({name: [name]}, indent=1)
    assert bad == "\n" or bad not in written
    assert json.loads(written) == {name: [name]}
