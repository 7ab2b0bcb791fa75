"""Golden copies of generated files: a change of the emitter shows here as a diff to read.

`python -m tests.test_golden --update` writes them anew and says which changed. Every zoo
network's file, golden or not, must be formatted and clean, and of what has to be installed import
torch alone.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import archspec
from archspec import pipeline
from archspec.frontend.loading import families, load

GOLDEN = Path(__file__).parent / "golden"
NAMES = {
    "alexnet.py": "alexnet",
    "densenet.py": "densenet121",
    "googlenet.py": "googlenet@torchvision",
    "googlenet_paper.py": "googlenet",
    "lenet.py": "lenet5",
    "nin.py": "nin_cifar10",
    "resnet.py": "resnet50",
    "resnext.py": "resnext50_32x4d",
    "unet.py": "unet",
    "vgg.py": "vgg16_bn",
}


def emitted(name: str) -> str:
    return pipeline.source(archspec.load(name))


@pytest.mark.parametrize("file", NAMES)
def test_emitted_code_is_the_golden_copy(file: str) -> None:
    assert emitted(NAMES[file]) == (GOLDEN / file).read_text(encoding="utf-8")


def test_every_golden_file_is_compared() -> None:
    assert {p.name for p in GOLDEN.glob("*.py")} == set(NAMES)


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the file of every variant of every family."""
    folder = tmp_path_factory.mktemp("zoo")
    for path in families():
        for form in pipeline.forms(load(path)):
            name = f"{path.stem}@{form}" if form else path.stem
            (folder / f"{name}.py").write_text(emitted(name), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "command",
    [
        ["format", "--check", "--isolated"],
        ["check", "--isolated", "--select", "E,F,W,I,UP", "--line-length", "88"],
        # What this project asks of its own files, but that torch is only imported in some, and
        # the length of functions and the number of arguments: some networks say much.
        ["check", "--config", "pyproject.toml", "--ignore", "TID251,PLR0915,PLR0913,PLR0917"],
    ],
    ids=["format", "check", "project"],
)
def test_every_file_passes_ruff(zoo: Path, command: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "ruff", *command, str(zoo)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


UNTYPED = ['"Tensor" not callable  [operator]']
"""What PyTorch's own types make of right code.

That calls of modules return `Any` (`no-any-return`) is left to `--no-warn-return-any`. A module
that is reached by its name in a container is `Tensor | Module` for them (`Module.__getattr__`).
"""


def test_every_file_has_right_types(zoo: Path, tmp_path: Path) -> None:
    """mypy takes no `@` in the names of modules."""
    for path in zoo.glob("*.py"):
        (tmp_path / f"{path.stem.replace('@', '_at_')}.py").write_text(path.read_text("utf-8"))
    strict = ["--strict", "--no-warn-return-any", "--config-file=", "--no-error-summary"]
    found = subprocess.run(
        [sys.executable, "-m", "mypy", *strict, "."],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    wrong = [line for line in found.stdout.splitlines() if not line.endswith(tuple(UNTYPED))]
    assert not wrong and not found.stderr, "\n".join([*wrong, found.stderr])


def test_every_file_imports_nothing_else_to_be_installed(zoo: Path) -> None:
    for path in zoo.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert all(n.split(".")[0] in ("torch", "collections") for n in names), (
                path.name,
                names,
            )


def test_emission_is_deterministic(zoo: Path) -> None:
    for path in sorted(zoo.glob("*.py"))[::5]:
        assert emitted(path.stem) == path.read_text(encoding="utf-8")


def update() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for file, name in NAMES.items():
        path, text = GOLDEN / file, emitted(name)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path}")


if __name__ == "__main__" and "--update" in sys.argv:
    update()
