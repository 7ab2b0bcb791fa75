"""Bad specs in Markdown: what a file of tests/errors/ holds, and what archspec says to it.

A file is a title, a sentence, the spec in a `yaml` block, and the exact diagnostics in a
`text` block. More `yaml` blocks are further files and bear their names (`yaml blocks/a.yaml`);
so do `csv` blocks, and `python` blocks that have a name.
A `console` block holds the command whose errors these are, a `python` block the call; without
either the spec is loaded and built.
"""

from __future__ import annotations

import contextlib
import re
import shlex
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from click.testing import CliRunner

from archspec import pipeline
from archspec.cli.app import main
from archspec.diagnostics import ArchspecError, Remark
from tests.pieces import plugins_apart

FOLDER = Path(__file__).parent / "errors"
SPEC = "spec.yaml"

_BLOCK = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_COUNT = re.compile(r"^\d+ errors?\n?\Z", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One file of the corpus."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        return self.path.stem

    @cached_property
    def blocks(self) -> list[tuple[str, str]]:
        """The fenced blocks: what stands after the fence, and the text within."""
        return [(m["info"].strip(), m["body"]) for m in _BLOCK.finditer(self.text)]

    def block(self, kind: str) -> str | None:
        return next((body for info, body in self.blocks if info == kind), None)

    @property
    def files(self) -> dict[str, str]:
        """The files to lay out, by name; a block without a name is the spec."""
        blocks = [(info.split(), body) for info, body in self.blocks]
        files = [(words, body) for words, body in blocks if words[:1] in (["yaml"], ["csv"])]
        files += [(words, body) for words, body in blocks if words[:1] == ["python"] and words[1:]]
        return {words[1] if len(words) > 1 else SPEC: body for words, body in files}

    @property
    def title(self) -> str:
        return self.text.partition("\n")[0].removeprefix("# ").strip()

    @property
    def sentence(self) -> str:
        return _BLOCK.split(self.text, maxsplit=1)[0].partition("\n")[2].strip()

    @property
    def expected(self) -> str:
        return (self.block("text") or "").rstrip("\n")

    @property
    def codes(self) -> list[str]:
        return re.findall(r"^(?:error|remark)\[([EW]\d{3})\]", self.expected, re.MULTILINE)

    @property
    def rank(self) -> tuple[int, int]:
        """Where it stands as an example: one error is plainer than several, and short is plain."""
        return len(self.codes), len(self.text)

    def with_expected(self, said: str) -> str:
        """The file with other diagnostics in it."""
        block = f"```text\n{said}\n```"
        if self.block("text") is None:
            return f"{self.text.rstrip()}\n\n{block}\n"
        return re.sub(r"^```text\n.*?^```$", lambda _: block, self.text, flags=re.M | re.S)


def cases() -> Iterator[Case]:
    """Every file of the corpus, sorted."""
    for path in sorted(FOLDER.glob("*.md")):
        yield Case(path, path.read_text(encoding="utf-8"))


def said(case: Case, folder: Path) -> str:
    """What archspec says to a case, laid out in an empty folder; "" where it finds nothing."""
    for name, text in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    console, python = case.block("console"), case.block("python")
    with contextlib.chdir(folder), plugins_apart():
        try:
            if console is not None:
                return _run(console)
            if python is not None:
                with warnings.catch_warnings(record=True) as issued:
                    warnings.simplefilter("always", Remark)
                    exec(compile(python, f"{case.name}.md", "exec"), {})
                return "\n\n".join(
                    str(w.message).strip("\n") for w in issued if w.category is Remark
                )
            remarks = pipeline.elaborate(SPEC).remarks
            return "\n\n".join(remark.render() for remark in remarks)
        except ArchspecError as error:
            return str(error)
    return ""


def _run(console: str) -> str:
    """The errors of the last `$ archspec ...` line; no count, which says nothing more."""
    result = None
    for line in console.splitlines():
        program, *arguments = shlex.split(line.removeprefix("$ "))
        assert program == "archspec", line
        result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result is not None
    assert result.exit_code in (0, 1, 2), f"exit status {result.exit_code}"
    return _COUNT.sub("", result.stderr).strip("\n")
