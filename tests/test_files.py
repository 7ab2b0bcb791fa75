"""Files that are read and written: under odd names, by way of links, pipes and closed streams."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archspec.cli.app import main
from archspec.diagnostics import ArchspecError
from archspec.frontend.loading import load
from archspec.util.files import guard, write

SPEC = "name: Tiny\ninputs: {x: [3]}\ngraph: [relu]\n"
ARCHSPEC = [sys.executable, "-m", "archspec"]


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(SPEC)
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def shell(line: str, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """A line of bash in which `$0` is archspec and `$1` the first of the arguments."""
    program = f'archspec() {{ "{sys.executable}" -m archspec "$@"; }}; {line}'
    command = ["bash", "-c", program, "bash", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=120)


# --- what a path leads to -----------------------------------------------------------------


def test_links_that_go_round_are_no_file(spec: Path) -> None:
    loop = spec.with_name("loop.yaml")
    loop.symlink_to(loop)
    using = spec.with_name("using.yaml")
    using.write_text(SPEC + "use: [loop.yaml]\n")
    for arguments in (("check", loop), ("check", using), ("compile", spec, "-o", loop)):
        result = run(*arguments)
        assert "error[E101]" in result.stderr, result.output
        assert result.exit_code == (1 if using in arguments else 2)


@pytest.mark.parametrize("name", ["x" * 300 + ".yaml", "x" * 5_000, "x/" * 3_000 + "a.yaml"])
def test_names_that_no_file_can_have(spec: Path, name: str) -> None:
    result = run("check", name)
    assert result.exit_code == 2
    assert result.stderr.startswith("error[E10")
    assert len(result.stderr) < 1_500
    using = spec.with_name("using.yaml")
    using.write_text(SPEC + f"use: [{name}]\n")
    assert "error[E101]" in run("check", using).stderr


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/stdin", "pipe", "folder.yaml", "none.yaml"])
def test_what_is_no_file_is_not_read(tmp_path: Path, target: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder.yaml").mkdir()
    link = tmp_path / "link.yaml"
    link.symlink_to(target)
    result = subprocess.run(
        [*ARCHSPEC, "check", str(link)], capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 2
    assert result.stderr.startswith("error[E101]")


def test_escape_sequences_in_a_name_do_not_reach_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m\u202e\nb.yaml"
    path.write_text(SPEC)
    good = run("check", path)
    assert good.exit_code == 0
    tables = [run("check", path, "--scale", "2"), run("compare", path, path)]
    tables += [run("compare", path, path, "--format", f) for f in ("markdown", "latex", "csv")]
    path.write_text("name: [\n")
    bad = run("check", path)
    assert bad.exit_code == 1
    for result in (good, bad, *tables):
        assert not {"\x1b", "\u202e"} & set(result.output)
        assert "b.yaml" in result.output or "b" in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)


# --- writing ------------------------------------------------------------------------------


def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    before = os.umask(0o027)
    try:
        write(path, "1")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        for mode in (0o600, 0o755, 0o444):
            path.chmod(mode)
            write(path, "2")
            assert stat.S_IMODE(path.stat().st_mode) == mode
    finally:
        os.umask(before)


def test_a_link_goes_on_pointing_to_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    target, link = tmp_path / "below" / "a.py", tmp_path / "link.py"
    target.write_text("old")
    link.symlink_to(target)
    write(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    target.unlink()
    write(link, "again")
    assert link.is_symlink()
    assert target.read_text() == "again"


def test_a_file_of_two_names_keeps_both(tmp_path: Path) -> None:
    path, other = tmp_path / "net.yaml", tmp_path / "other.yaml"
    path.write_text("name:   A\ninputs: {x: [4]}\ngraph: [relu]\n")
    other.hardlink_to(path)
    assert run("fmt", path).exit_code == 0
    assert path.read_text() == other.read_text() and path.samefile(other)
    assert path.read_text().startswith("name: A\n")


def test_nobody_can_lay_a_link_where_a_draft_will_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever name a draft might get, it is a new file."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    folder = tmp_path / "shared"
    folder.mkdir()
    names: list[str] = []
    replace = Path.replace

    def watched(draft: Path, target: Path) -> Path:
        names.append(draft.name)
        assert not draft.is_symlink()
        return replace(draft, target)

    monkeypatch.setattr(Path, "replace", watched)
    for round_ in range(3):
        for name in (f".out.py.{os.getpid()}", *names):
            (folder / name).symlink_to(victim)
        write(folder / "out.py", f"{round_}")
        for path in folder.iterdir():
            if path.is_symlink():
                path.unlink()
    assert victim.read_text() == "precious"
    assert len(set(names)) == 3
    assert [p.name for p in folder.iterdir()] == ["out.py"]


@pytest.mark.parametrize("length", [200, 253, 255])
def test_any_name_that_a_file_can_have(tmp_path: Path, spec: Path, length: int) -> None:
    path = tmp_path / ("x" * (length - 3) + ".py")
    for _ in range(2):
        assert run("compile", spec, "-o", path).exit_code == 0
    assert "class Tiny" in path.read_text()


def test_a_failed_write_leaves_nothing_and_takes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.py"
    path.write_text("old")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ArchspecError, match="no space left"):
        write(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.py"]


@pytest.mark.parametrize("how", ["itself", "link", "hard link", "used", "used, by a hard link"])
def test_what_is_read_is_never_overwritten(spec: Path, how: str) -> None:
    blocks = spec.with_name("blocks.yaml")
    blocks.write_text("blocks: {b: {graph: [relu]}}\n")
    spec.write_text(SPEC.replace("relu", "b") + "use: [blocks.yaml]\n")
    source = blocks if how.startswith("used") else spec
    path = source if how in ("itself", "used") else spec.with_name("other.svg")
    if how == "link":
        path.symlink_to(source)
    elif "hard link" in how:
        path.hardlink_to(source)
    before = source.read_text()
    for command in ("compile", "render"):
        more = () if command == "compile" else ("--format", "dot")
        result = run(command, spec, "-o", path, "--force", *more)
        assert (result.exit_code, source.read_text()) == (2, before)
        assert "error[E107]" in result.stderr
        assert "is made from" in result.stderr


def test_another_file_is_overwritten_after_it_has_been_refused(spec: Path) -> None:
    path = spec.with_name("out.py")
    path.write_text("mine")
    load(spec)
    with pytest.raises(ArchspecError, match="exists"):
        guard(path, force=False)
    guard(path, force=True)


def test_a_file_may_have_the_number_of_one_that_was_read_and_is_gone(spec: Path) -> None:
    """File systems give numbers out again, within one process, too."""
    load(spec)
    path = spec.with_name("out.py")
    spec.rename(path)
    guard(path, force=True)


# --- pipes and streams --------------------------------------------------------------------


def test_output_goes_where_the_shell_says(spec: Path) -> None:
    plain = shell('archspec compile "$1"', spec).stdout
    assert b"class Tiny" in plain
    for line in (
        'archspec compile "$1" -o /dev/stdout',
        'archspec compile "$1" -o /dev/stdout | cat',
        'archspec compile "$1" -o /dev/fd/3 3>&1 | cat',
        'archspec compile "$1" -o /proc/self/fd/1',
        'archspec compile "$1" -o >(cat); wait; sleep 0.3',
        'archspec compile "$1" -o /dev/stdout > "$2"; cat "$2"',
        'archspec compile "$1" -o "$2" > "$2"; cat "$2"',
        'archspec compile "$1" -o /dev/fd/3 3> "$2"; cat "$2"',
        'rm -f "$3"; mkfifo "$3"; cat "$3" & archspec compile "$1" -o "$3"; wait',
    ):
        done = shell(line, spec, spec.with_name("out.py"), spec.with_name("pipe"))
        assert done.stdout == plain, (line, done)
        assert done.stderr.startswith(b"wrote "), line
    names = sorted(path.name for path in spec.parent.iterdir())
    assert names == ["out.py", "pipe", "tiny.yaml"]


@pytest.mark.parametrize("command", ["stats", "compile", "check", "render", "list"])
def test_a_closed_stdout_is_said(spec: Path, command: str) -> None:
    arguments = [] if command == "list" else [spec]
    done = shell(f'archspec {command} "$@" >&-', *arguments)
    assert done.returncode == 1
    assert b"standard output is closed" in done.stderr
    assert b"Traceback" not in done.stderr
    assert shell(f'archspec {command} "$@" >&- 2>&-', *arguments).returncode == 1
    quiet = shell(f'archspec {command} "$@" <&- 2>&-', *arguments)
    assert quiet.returncode == 0
    assert quiet.stdout


def test_no_file_takes_the_place_of_a_closed_stream(spec: Path) -> None:
    path = spec.with_name("out.py")
    done = shell('archspec compile "$1" -o "$2" >&- 2>&- <&-', spec, path)
    assert done.returncode == 0
    assert path.read_bytes() == shell('archspec compile "$1"', spec).stdout


@pytest.mark.parametrize("buffered", ["", "1"])
def test_a_full_device_and_a_reader_that_has_gone(
    spec: Path, buffered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", buffered)
    for what in ('stats "$1"', "--help", "--version", "list"):
        full = shell(f"archspec {what} > /dev/full", spec)
        assert full.returncode == 1
        assert full.stderr.splitlines()[0].startswith(b"error[E101]: ")
        assert b"Traceback" not in full.stderr and b"Exception" not in full.stderr
    gone = shell('set -o pipefail; archspec list | head -1; echo "${PIPESTATUS[0]}"')
    assert b"Traceback" not in gone.stderr


# --- interruptions ------------------------------------------------------------------------

INTERRUPTING = """
import os, signal, time
os.kill(os.getpid(), signal.SIGINT)
time.sleep(60)
"""


@pytest.mark.parametrize("module", ["click", "yaml", "pydantic", "networkx"])
def test_interrupted_while_importing(tmp_path: Path, spec: Path, module: str) -> None:
    (tmp_path / f"{module}.py").write_text(INTERRUPTING)
    done = subprocess.run(
        [*ARCHSPEC, "check", str(spec)],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (done.returncode, done.stderr, done.stdout) == (130, "interrupted\n", "")
