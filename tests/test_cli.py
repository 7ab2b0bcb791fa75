"""The command line: what it prints, where, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import archspec
from archspec import pipeline
from archspec.backends.torch.target import TORCH
from archspec.cli.app import main
from archspec.cli.common import colourful, input_shape, setting
from archspec.diagnostics import ArchspecError, Diagnostic, Source, Span, coloured
from archspec.util.files import guard

FAULTY = """\
name: Faulty
inputs: {image: [3, 8, 8]}
graph:
  - conv: {out_chanels: 8}
  - rleu
"""
COMMANDS = (
    "check",
    "compare",
    "compile",
    "diff",
    "explain",
    "fmt",
    "list",
    "paths",
    "render",
    "schema",
    "stats",
)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture
def faulty(tmp_path: Path) -> str:
    path = tmp_path / "faulty.yaml"
    path.write_text(FAULTY)
    return str(path)


# --- help and options ---------------------------------------------------------------------


def test_alone_it_prints_help() -> None:
    alone, asked = run(), run("--help")
    assert alone.exit_code == asked.exit_code == 0
    assert alone.stdout == asked.stdout
    assert all(f"\n  {command} " in alone.stdout for command in COMMANDS)
    assert "Examples:" in alone.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    result = CliRunner(env={"COLUMNS": "80"}).invoke(main, [command, "-h"])
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: main {command}")
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_the_version() -> None:
    assert run("--version").stdout == f"archspec, version {archspec.__version__}\n"


def test_settings_are_yaml() -> None:
    assert setting("n=10") == ("n", 10)
    assert setting("depths=[3, [4, 6]]") == ("depths", (3, (4, 6)))
    assert setting("flag=true") == ("flag", True)
    assert setting("rate = 1e-4") == ("rate", 1e-4)
    assert setting("block=on") == ("block", "on")
    assert setting("empty=") == ("empty", "")


def test_input_shapes() -> None:
    assert input_shape("3x224x224") == (None, (3, 224, 224))
    assert input_shape("[3, 8]".replace(" ", "")) == (None, (3, 8))
    assert input_shape("left=16") == ("left", (16,))


def test_settings_and_inputs_reach_the_network() -> None:
    result = run("stats", "resnet18", "--set", "num_classes=10", "--input", "3x64x64")
    assert "linear 10 " in result.stdout
    assert "image [3, 64, 64] -> fc [10]" in result.stdout
    named = run("stats", "resnet18", "--input", "image=3x64x64")
    assert "image [3, 64, 64]" in named.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("stats",),
        ("stats", "lenet", "--batch", "0"),
        ("stats", "lenet", "--dtype", "int8"),
        ("stats", "lenet", "--set", "num_classes"),
        ("stats", "lenet", "--set", "=3"),
        ("stats", "lenet", "--set", "a=[1, 2"),
        ("stats", "lenet", "--set", "num_clases=3"),
        ("stats", "lenet", "--set", "num_classes=many"),
        ("stats", "lenet", "--input", "3xAx3"),
        ("stats", "lenet", "--input", "=3x3"),
        ("stats", "lenet", "--input", "photo=1x32x32"),
        ("stats", "lenet", "--input", "0x32x32"),
        ("stats", "lenett"),
        ("stats", "resnet@resnet51"),
        ("stats", "nowhere/net.yaml"),
        ("check",),
        ("render", "lenet", "-o", "x.gif"),
        ("render", "lenet", "--format", "svg"),
        ("compile", "lenet", "-o", "nowhere/lenet.py"),
    ],
    ids=" ".join,
)
def test_a_faulty_command_line(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr
    assert "Traceback" not in result.stderr


def test_a_shape_needs_a_name_where_there_are_several_inputs(tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(
        "name: Two\ninputs: {a: [4], b: [4]}\ngraph:\n  - {id: sum, from: a, add: [[], b]}\n"
    )
    result = run("stats", str(path), "--input", "8")
    assert result.exit_code == 2
    assert "hint: write a=8" in result.stderr
    assert run("stats", str(path), "--input", "a=8", "--input", "b=8").exit_code == 0


# --- errors -------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["stats", "check", "compile", "render", "schema"])
def test_a_faulty_spec(command: str, faulty: str) -> None:
    result = run(command, faulty)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "did you mean `out_channels`?" in result.stderr
    assert "did you mean `relu`" in result.stderr
    assert result.stderr.endswith("\n\n2 errors\n")


def test_quiet_still_complains(faulty: str) -> None:
    assert run("-q", "check", faulty).stderr == run("check", "--quiet", faulty).stderr != ""


def test_no_traceback_for_a_mistake_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(pipeline, "elaborate", fail)
    result = run("stats", "lenet")
    assert result.exit_code == 70
    assert result.stderr.startswith("internal error: ZeroDivisionError: oops\n")
    assert "Traceback" not in result.stderr
    assert "Traceback" in run("stats", "lenet", "--verbose").stderr


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (PermissionError(13, "Permission denied", "x.svg"), 1, "x.svg: permission denied"),
    ],
)
def test_what_comes_from_outside(
    error: BaseException, status: int, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(pipeline, "elaborate", fail)
    result = run("stats", "lenet")
    assert result.exit_code == status
    assert text in result.stderr


def test_a_reader_that_has_seen_enough() -> None:
    program = f"'{sys.executable}' -m archspec stats resnet152 --format json | head -c 10"
    done = subprocess.run(program, shell=True, capture_output=True, text=True, check=False)
    assert done.stdout == '{\n  "name"'
    assert done.stderr == ""


def test_output_in_any_encoding(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(
        "name: Réseau ∞\ninputs: {image: [4]}\ngraph: [{linear: 2}]\n", encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-m", "archspec", "stats", str(path)],
        capture_output=True,
        encoding="latin-1",
        check=False,
        env={"PYTHONIOENCODING": "latin-1", "PYTHONPATH": ":".join(sys.path)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Réseau \\u221e: image [4] -> output [2]")


# --- colour -------------------------------------------------------------------------------


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variables", "stream", "wanted"),
    [
        ({}, _Terminal(), True),
        ({}, io.StringIO(), False),
        ({"NO_COLOR": "1"}, _Terminal(), False),
        ({"NO_COLOR": ""}, _Terminal(), True),
        ({"TERM": "dumb"}, _Terminal(), False),
    ],
)
def test_when_there_is_colour(
    variables: dict[str, str], stream: Any, wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with main.make_context("archspec", ["list"]):
        assert colourful(stream) is wanted
    with main.make_context("archspec", ["--no-color", "list"]):
        assert colourful(stream) is False


def test_coloured_diagnostics_say_the_same() -> None:
    span = Span(Source("net.yaml", "  - rleu | ^^"), 1, 5, 9)
    text = Diagnostic("E205", "unknown op: `rleu`", span, hint="did you mean `relu`?").render()
    painted = coloured(text)
    assert "\033[1;31merror[E205]\033[0m" in painted
    bare = painted
    for code in ("\033[1;31m", "\033[1m", "\033[34m", "\033[0m"):
        bare = bare.replace(code, "")
    assert bare == text


# --- list and check -----------------------------------------------------------------------


def test_list_has_a_row_for_every_variant() -> None:
    rows = json.loads(run("list", "--format", "json").stdout)
    by_name = {row["name"]: row for row in rows}
    assert len(by_name) == len(rows) >= 34
    assert by_name["resnet50"] | {"source": "", "year": 0} == {
        "name": "resnet50",
        "family": "resnet",
        "variant": "resnet50",
        "usual": True,
        "params": 25_557_032,
        "macs": 4_089_184_256,
        "inputs": {"image": [3, 224, 224]},
        "year": 0,
        "source": "",
    }
    assert by_name["googlenet@torchvision"]["params"] == 6_624_904
    usual = [row["family"] for row in rows if row["usual"]]
    assert sorted(set(usual)) == sorted(usual) == sorted({row["family"] for row in rows})
    for name in ("resnext50_32x4d", "googlenet@torchvision", "lenet5_d2l"):
        assert pipeline.load(name).variant == by_name[name]["variant"]


def test_list_as_text_csv_and_markdown() -> None:
    text = run("list").stdout
    rows = [line.split() for line in text.splitlines()]
    assert ["resnet", "2015,", "He", "et", "al."] in rows
    assert ["resnet50", "*", "25,557,032", "4.09G", "3x224x224"] in rows
    assert max(map(len, text.splitlines())) <= 110
    records = list(csv.DictReader(io.StringIO(run("list", "--format", "csv").stdout)))
    assert {row["name"]: row["params"] for row in records}["lenet5"] == "61706"
    assert "| `lenet5 *` | 61,706 |" in run("list", "--format", "markdown").stdout


def test_check_says_what_is_right() -> None:
    result = run("check", "lenet", "resnet@resnet18", "googlenet@torchvision")
    assert result.stdout.splitlines() == [
        "ok: lenet.yaml (lenet5): 61,706 parameters",
        "ok: lenet.yaml (lenet5_d2l): 61,706 parameters",
        "ok: lenet.yaml (lenet5_1998): 60,000 parameters",
        "ok: resnet.yaml (resnet18): 11,689,512 parameters",
        "ok: googlenet.yaml (torchvision): 6,624,904 parameters, and 6,379,984 for training only",
    ]
    quiet = run("check", "-q", "lenet")
    assert (quiet.exit_code, quiet.output) == (0, "")


def test_check_goes_on_after_a_fault(faulty: str) -> None:
    result = run("check", "missing.yaml", faulty, "lenet@lenet5")
    assert result.exit_code == 1
    assert result.stdout == "ok: lenet.yaml (lenet5): 61,706 parameters\n"
    assert result.stderr.endswith("\n3 errors\n")


def test_a_mistake_in_every_variant_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(
        "name: Net\ninputs: {image: [3, 4, 4]}\nparams: {n: 1}\n"
        "variants: {a: {n: 2}, b: {n: 3}}\n"
        "graph:\n  - conv: {out_channels: $n, kernel_size: 9}\n"
    )
    assert run("check", str(path)).stderr.endswith("\n1 error\n")


def test_all_variants_together_have_a_limit_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archspec.frontend.budget.MAX_STEPS_TOGETHER", 100)
    path = tmp_path / "net.yaml"
    path.write_text(
        "name: Net\ninputs: {image: [3, 4, 4]}\nparams: {n: 40}\n"
        "variants: {a: {n: 41}, b: {n: 90}, c: {n: 42}, d: {n: 43}}\n"
        "graph:\n  - {repeat: $n, relu: }\n"
    )
    together = run("check", str(path))
    assert together.exit_code == 1
    assert [line.split(":")[0] for line in together.stdout.splitlines()] == ["ok", "ok"]
    assert together.stderr.count("error[E405]: the variants are too large together") == 1
    assert "at most 100 steps" in together.stderr and "\n1 error\n" in together.stderr
    for name in "bcd":
        assert run("check", f"{path}@{name}", "--input", "3x8x8").exit_code == 0


PINNED = """\
error[E506]: the `linear` at `fc` pins the input size
 --> {path}:6:14
  |
6 |   - {{id: fc, linear: 10}}
  |              ^^^^^^
  = expected: fc.weight [10, 256], as at the spec's own size
  = found: [10, 1024]
  = note: it reads [256] at the spec's own size and [1024] at this one
  = note: through `1` (flatten) ({path}:5:5)
  = hint: put `global_avg_pool` or `adaptive_avg_pool` before it, which give the same size \
whatever comes

1 error
"""


def test_check_names_what_pins_the_input_size(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    text = (
        "name: Net\ninputs: {image: [3, 8, 8]}\ngraph:\n"
        "  - {conv: {out_channels: 4}}\n  - flatten\n  - {id: fc, linear: 10}\n"
    )
    path.write_text(text)
    result = run("check", str(path), "--input", "3x16x16")
    assert result.exit_code == 1
    assert result.stderr == PINNED.format(path=path)
    path.write_text(text.replace("  - flatten", "  - {adaptive_avg_pool: 8}\n  - flatten"))
    assert run("check", str(path), "--input", "3x16x16").exit_code == 0


def test_stats_says_whose_numbers_they_are_at_another_size(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(
        "name: Net\ninputs: {image: [1, 4, 4]}\ngraph: [flatten, {id: fc, linear: 10}]\n"
    )
    assert run("stats", str(path), "--input", "1x4x4").stderr == ""
    assert run("stats", str(path), "--input", "1x8x8", "--quiet").stderr == ""
    assert run("stats", str(path), "--input", "1x8x8").stderr == (
        "these numbers are for a module compiled at this size. A module compiled at the spec's own "
        "size does not take it: `fc` (linear) would have to change\n"
    )


def test_check_at_another_size() -> None:
    assert run("check", "vgg16", "--input", "3x256x256").stdout == (
        "ok: vgg.yaml (vgg16): 138,357,544 parameters at [3, 256, 256]\n"
    )
    assert run("check", "lenet5", "--input", "1x40x40").stderr.startswith("error[E506]")
    heads = run("check", "googlenet@googlenet", "--input", "3x320x320").stderr
    assert heads.count("E506") == 2


# --- compile and render -------------------------------------------------------------------


def test_compile_prints_and_saves_the_same_text(tmp_path: Path) -> None:
    printed = run("compile", "lenet")
    assert printed.stdout.startswith('"""LeNet-5')
    path = tmp_path / "lenet.py"
    saved = run("compile", "lenet", "-o", str(path))
    assert (saved.exit_code, saved.stdout, saved.stderr) == (0, "", f"wrote {path}\n")
    assert path.read_text() == printed.stdout
    assert [p.name for p in tmp_path.iterdir()] == ["lenet.py"]


def test_compile_does_not_overwrite_something_else(tmp_path: Path) -> None:
    path = tmp_path / "lenet.py"
    assert run("compile", "lenet", "-q", "-o", str(path)).output == ""
    assert run("compile", "lenet", "-o", str(path)).exit_code == 0
    path.write_text(path.read_text() + "# mine\n")
    refused = run("compile", "lenet", "-o", str(path))
    assert refused.exit_code == 2
    assert refused.stderr.startswith("error[E107]")
    assert path.read_text().endswith("# mine\n")
    assert run("compile", "lenet", "-o", str(path), "--force").exit_code == 0
    assert not path.read_text().endswith("# mine\n")


@pytest.mark.parametrize("name", ["folder.svg", "none/chart.svg", "file/chart.svg", "x" * 300])
@pytest.mark.parametrize("force", [False, True])
def test_where_no_file_can_be_is_said_at_once(tmp_path: Path, name: str, force: bool) -> None:
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "file").touch()
    path = tmp_path / name
    with pytest.raises(ArchspecError, match="cannot write") as caught:
        guard(path, force)
    assert caught.value.diagnostics[0].code == "E101"
    result = run("paths", "resnet20", "--plot", f"{path}.svg".replace(".svg.svg", ".svg"))
    assert (result.exit_code, result.stdout) == (2, "")


class _Backend:
    """Stands in for PyTorch, which takes seconds to import."""

    target = TORCH

    def source(self, graph: Any) -> str:
        return f"# {graph.name}\n"

    def compile(self, graph: Any, *, device: Any = None, dtype: Any = None) -> Any:
        return graph.name, device, dtype

    def check(self, graph: Any, *, device: Any = None, dtype: Any = None, batch: int = 2) -> Any:
        if device == "cuda":
            raise ArchspecError(Diagnostic("E605", "no CUDA device is available here"))
        return f"{graph.name} runs: {device}, {dtype}, {batch}"

    def load_weights(self, module: Any, file: str | Path, *, strict: bool) -> Any:
        return module, file


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "compiler", lambda _: _Backend())


@pytest.mark.usefixtures("backend")
def test_compile_checks_what_it_wrote(tmp_path: Path) -> None:
    path = tmp_path / "lenet.py"
    arguments = ("compile", "lenet", "--check", "--dtype", "bfloat16", "--batch", "3")
    result = run(*arguments, "-o", str(path))
    assert result.stdout == "LeNet-5 runs: None, bfloat16, 3\n"
    printed = run(*arguments)
    assert (printed.stdout, printed.stderr) == (result.stdout, "")
    both = run(*arguments, "-o", "-")
    assert both.stdout == "# LeNet-5\n" + result.stdout
    idle = run("compile", "lenet", "--batch", "3")
    assert idle.exit_code == 2
    assert "add --check" in idle.stderr
    failed = run(*arguments, "--device", "cuda")
    assert failed.exit_code == 1
    assert "error[E605]" in failed.stderr


@pytest.mark.usefixtures("backend")
def test_the_public_functions() -> None:
    graph = archspec.load("lenet", num_classes=7)
    assert graph.outputs[0].node.output == (7,)
    assert archspec.load(graph) is graph
    assert archspec.stats(graph).totals.params < 61_706
    assert archspec.stats("resnet", "resnet18", batch=2).batch == 2
    assert archspec.compile("lenet", device="cpu", dtype="float16") == ("LeNet-5", "cpu", "float16")
    assert archspec.load_weights("module", "x.pth") == ("module", "x.pth")
    with pytest.raises(TypeError, match="too late"):
        archspec.load(graph, num_classes=3)
    with pytest.raises(archspec.ArchspecError, match="no variant `resnet19`"):
        archspec.stats("resnet", variant="resnet19")
    with pytest.raises(AttributeError, match="no attribute 'complie'"):
        _ = archspec.complie
    assert set(archspec.__all__) == set(dir(archspec))


def test_render_writes_dot(tmp_path: Path) -> None:
    path = tmp_path / "lenet.dot"
    assert run("render", "lenet", "-o", str(path)).stderr == f"wrote {path}\n"
    assert path.read_text() == run("render", "lenet").stdout == str(archspec.render("lenet"))
    assert run("render", "lenet", "-o", str(path)).exit_code == 2
    assert run("render", "lenet", "-o", str(path), "--force").exit_code == 0


def test_backends_are_found_by_name() -> None:
    from archspec.backends import base

    assert {"graphviz", "torch"} <= set(base.names())
    for name, find in (("grapviz", base.renderer), ("torch", base.renderer)):
        with pytest.raises(ArchspecError) as caught:
            find(name)
        assert caught.value.diagnostics[0].code == "E601"
    hint = "pip install 'archspec-compiler"
    with pytest.raises(ArchspecError, match=hint), base.needing("torch"):
        raise ModuleNotFoundError("no torch", name="torch.nn")


def test_help_and_errors_need_no_torch(faulty: str) -> None:
    program = (
        "import sys\n"
        "from archspec.cli.app import main\n"
        f"for words in ([], ['list'], ['stats', 'lenet'], ['check', {faulty!r}],\n"
        "              ['compile', 'lenet'], ['schema']):\n"
        "    try:\n"
        "        main(words)\n"
        "    except SystemExit:\n"
        "        pass\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
