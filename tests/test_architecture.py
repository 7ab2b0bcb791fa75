"""The shape of the code: who imports whom, how long things get, what may not be named.

`ALLOWED` is the architecture. A module that is missing from it fails the test: say there
what the new module may see before it sees anything.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import networkx as nx
import pytest

from archspec.ops import Op

ROOT = Path(__file__).parents[1]
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60

# A row speaks for a module or for a whole package; the longest matching name counts. What is
# listed may be imported together with everything below it, and everybody sees their own row.
# `archspec` by itself means the package's public API, not the modules below it.
OPS = {"archspec.ops", "archspec.diagnostics"}
IR = {"archspec.ir", *OPS}
DRAWN = {*IR, "archspec.util", "archspec.analysis", "archspec.figures"}
ALLOWED: dict[str, set[str]] = {
    "archspec.diagnostics": set(),
    "archspec.util": {"archspec.diagnostics"},
    "archspec.ops": {"archspec.diagnostics"},
    # text -> Spec
    "archspec.frontend": {*OPS, "archspec.util"},
    # Spec -> Graph
    "archspec.ir": OPS,
    "archspec.elaboration": {*IR, "archspec.util", "archspec.frontend"},
    # Graph -> Spec; what is lifted is elaborated again, to be compared
    "archspec.lifting": {*IR, "archspec.util", "archspec.frontend", "archspec.elaboration"},
    # Graph and how it came about -> classes, statements and expressions
    "archspec.codegen": {*IR, "archspec.elaboration.provenance", "archspec.frontend"},
    # Graph -> everything else
    "archspec.analysis": IR,
    "archspec.tables": {*IR, "archspec.util", "archspec.analysis"},
    "archspec.tables.plot": {
        *OPS,
        "archspec.util",
        "archspec.tables",
        "archspec.analysis",
        "archspec.figures.paper",
        "archspec.figures.theme",
        "archspec.backends.graphviz.fonts",
    },
    "archspec.figures": {*IR, "archspec.util", "archspec.analysis"},
    # a theme is a file, which is read as specs are
    "archspec.figures.themefile": {*OPS, "archspec.frontend", "archspec.figures.colours"},
    "archspec.backends": IR,
    "archspec.backends.base": {
        *IR,
        "archspec.backends",
        "archspec.codegen.target",
        "archspec.figures.options",
    },
    # it reads how a graph came about, which is written in the spec's syntax
    "archspec.backends.torch": {
        *IR,
        "archspec.backends.base",
        "archspec.codegen",
        "archspec.elaboration.provenance",
        "archspec.elaboration.selection",
        "archspec.frontend",
    },
    "archspec.backends.graphviz": {*DRAWN, "archspec.backends.base"},
    "archspec.backends.graphviz.fonts": set(),
    "archspec.backends.page": {*DRAWN, "archspec.backends.base"},
    "archspec.backends.pictured": {
        *DRAWN,
        "archspec.backends.base",
        "archspec.backends.graphviz",
    },
    "archspec.backends.volumes": {*DRAWN, "archspec.backends.pictured"},
    "archspec.backends.strips": {
        *DRAWN,
        "archspec.backends.base",
        "archspec.backends.pictured",
    },
    # the ways in
    "archspec.pipeline": {
        *DRAWN,
        "archspec.backends.base",
        "archspec.codegen",
        "archspec.elaboration",
        "archspec.frontend",
        "archspec.lifting",
    },
    "archspec.zoo": {
        *IR,
        "archspec.analysis",
        "archspec.frontend",
        "archspec.pipeline",
        "archspec.tables",
    },
    "archspec.notebook": {*DRAWN, "archspec.pipeline", "archspec.tables"},
    "archspec": {
        *IR,
        "archspec.analysis",
        "archspec.figures.options",
        "archspec.notebook",
        "archspec.pipeline",
        "archspec.util",
    },
    "archspec.cli": {
        *DRAWN,
        "archspec.frontend",
        "archspec.pipeline",
        "archspec.tables",
        "archspec.zoo",
    },
    "archspec.__main__": {"archspec.cli"},
}

# Third-party packages and who alone may import them, even inside a function.
CONFINED: dict[str, set[str]] = {
    "rich": {"archspec.tables.terminal"},
    "click": {"archspec.cli"},
    "torch": {"archspec.backends.torch"},
    "safetensors": {"archspec.backends.torch"},
    "matplotlib": {"archspec.tables.plot", "archspec.tables.bars", "archspec.tables.chart"},
    "torchvision": set(),
    "timm": set(),
    "pytorchcv": set(),
    "graphviz": {"archspec.backends.graphviz"},
    "pygraphviz": {"archspec.backends.graphviz"},
    "yaml": {
        "archspec.frontend.concrete",
        "archspec.frontend.source",
        "archspec.frontend.yaml_errors",
    },
}


@dataclass(frozen=True)
class Import:
    """One imported name and where: `from a import b` counts as `a.b`."""

    name: str
    line: int


@dataclass(frozen=True)
class Module:
    name: str
    path: Path

    @property
    def place(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")


def _modules() -> Iterator[Module]:
    for directory, package in (("archspec", "archspec"), ("backends", "archspec.backends")):
        for path in sorted((ROOT / directory).rglob("*.py")):
            parts = path.relative_to(ROOT / directory).with_suffix("").parts
            if parts[-1] == "__init__":
                parts = parts[:-1]
            yield Module(".".join((package, *parts)), path)


MODULES = list(_modules())
NAMES = {module.name for module in MODULES}
each_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.place)


def _imports(text: str) -> Iterator[Import]:
    """Every import in a text, wherever it stands; and calls that import a literal name."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                yield from (Import(alias.name, node.lineno) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                start = "." * level + (module or "")
                yield from (Import(f"{start}.{alias.name}", node.lineno) for alias in names)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__")
                | ast.Attribute(attr="import_module" | "__import__"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield Import(name, node.lineno)


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@cache
def _row(name: str) -> str | None:
    """The row of `ALLOWED` that speaks for a module; the package's own row only for itself."""
    rows = [row for row in ALLOWED if name == row or (row != "archspec" and _within(name, row))]
    return max(rows, key=len, default=None)


def _target(imported: str) -> str:
    """The module that an imported name is, or lies in."""
    while imported not in NAMES and _row(imported) is None and "." in imported:
        imported = imported.rpartition(".")[0]
    return imported


def _file(imported: str) -> str | None:
    """The module of ours that an imported name is, or stands in."""
    while imported not in NAMES and "." in imported:
        imported = imported.rpartition(".")[0]
    return imported if imported in NAMES else None


def _may_import(row: str, target: str) -> bool:
    seen = {row, *ALLOWED[row]}
    return any(target == name if name == "archspec" else _within(target, name) for name in seen)


def _complaints(module: Module) -> Iterator[str]:
    row = _row(module.name)
    assert row is not None, f"{module.place} has no row in ALLOWED"
    for item in _imports(module.text):
        where = f"{module.place}:{item.line}"
        package = item.name.partition(".")[0]
        if item.name.startswith("."):
            yield f"{where} imports relatively"
        elif package == "archspec":
            target = _target(item.name)
            if not _may_import(row, target):
                yield f"{where} imports {target}, which {row} does not see"
        elif package in CONFINED and not any(_within(module.name, n) for n in CONFINED[package]):
            yield f"{where} imports {package}, which it may not"


def test_there_is_something_to_look_at() -> None:
    assert {"archspec.diagnostics", "archspec.diagnostics.codes"} <= NAMES


def test_every_row_is_a_module() -> None:
    assert ALLOWED.keys() - NAMES == set()


@each_module
def test_imports_follow_the_arrows(module: Module) -> None:
    assert list(_complaints(module)) == []


def test_the_arrows_are_no_circle() -> None:
    rows = nx.DiGraph((row, _row(seen)) for row in ALLOWED for seen in ALLOWED[row])
    rows.remove_edges_from([(row, row) for row in rows])
    assert list(nx.simple_cycles(rows)) == []


def test_files_are_no_circle() -> None:
    """Imports inside functions and for types count: who has to be read first is clear."""
    files = nx.DiGraph(
        (module.name, file)
        for module in MODULES
        for item in _imports(module.text)
        if (file := _file(item.name)) not in (None, module.name, "archspec")
    )
    assert [
        sorted(found) for found in nx.strongly_connected_components(files) if len(found) > 1
    ] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("archspec.pipeline", "def f():\n    import torch.nn"),
        ("archspec.analysis.cost", "from torchvision import models"),
        ("archspec.cli.app", "from archspec.backends.torch import load"),
        ("archspec.cli.app", "from archspec.backends import torch"),
        (
            "archspec.cli.app",
            "import importlib\nimportlib.import_module('archspec.backends.torch')",
        ),
        ("archspec.ir.graph", "from archspec import elaborate"),
        ("archspec.analysis.cost", "from archspec.frontend.schema import Spec"),
        ("archspec.analysis.fold", "import archspec"),
        ("archspec.ir.edit", "from archspec.frontend.ast import Item"),
        ("archspec.frontend.printer", "from archspec.ir.graph import Graph"),
        ("archspec.figures.box", "from archspec.tables.rows import rows"),
        ("archspec.backends.graphviz.draw", "from archspec.backends.torch import emit"),
        ("archspec.frontend.loading", "from . import schema"),
    ],
)
def test_what_is_forbidden_is_noticed(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Module, "text", text)
    assert len(list(_complaints(Module(name, ROOT / "archspec" / "x.py")))) == 1


# What asks for an op by its name or class, outside of the op and of its lowerings; and why.
BY_NAME: dict[str, str] = {
    "archspec.ir.builder": "makes the inputs of a network, which no spec writes as ops",
    "archspec.elaboration.build": "makes the inputs of a network, which no spec writes as ops",
    "archspec.elaboration.selection": "finds the nodes of an op that a spec names",
    "archspec.elaboration.sharing": "compares the ops of two nodes with one another",
    "archspec.backends.torch.layers": "finds the file of an op's lowering",
}


def _is_op(node: ast.AST) -> bool:
    """Whether an expression is an op, by what it is called: `op`, `node.op`."""
    name = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
    return name == "op" or name.endswith("_op")


def _is_op_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "name" and _is_op(node.value)


def _dispatches(text: str) -> Iterator[str]:
    """Where a text asks which op it has: by class, name, family, or attributes that it may have."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.ImportFrom(module=str(module), names=names) if _within(module, "archspec.ops"):
                there = vars(import_module(module))
                for alias in names:
                    found = there.get(alias.name)
                    if isinstance(found, type) and issubclass(found, Op) and found is not Op:
                        yield f"{node.lineno} names the op class {alias.name}"
            case ast.Compare(left=left, comparators=others):
                if any(map(_is_op_name, (left, *others))):
                    yield f"{node.lineno} compares an op's name"
            case ast.Match(subject=subject) if _is_op_name(subject):
                yield f"{node.lineno} compares an op's name"
            case ast.Subscript(slice=key) if _is_op_name(key):
                yield f"{node.lineno} looks an op's name up"
            case ast.Call(func=ast.Attribute(attr="get"), args=[key, *_]) if _is_op_name(key):
                yield f"{node.lineno} looks an op's name up"
            case ast.Call(func=ast.Attribute(attr="family", value=value)) if _is_op(value):
                yield f"{node.lineno} asks for an op's family"
            case ast.Call(func=ast.Name(id="getattr" | "hasattr"), args=[op, ast.Constant(), *_]):
                if _is_op(op):
                    yield f"{node.lineno} asks whether an op has an attribute"


def test_nothing_dispatches_on_ops_elsewhere() -> None:
    """What others ask of an op is a property of the op, so that an op stands in one place."""
    owners = ("archspec.ops", "archspec.backends.torch.lowerings")
    others = [m for m in MODULES if not any(_within(m.name, owner) for owner in owners)]
    found = {module.name: list(_dispatches(module.text)) for module in others}
    assert {name for name, places in found.items() if places} == BY_NAME.keys(), found


@pytest.mark.parametrize(
    "text",
    [
        "from archspec.ops.conv import Conv",
        "node.op.name == 'concat'",
        "op.name in ('crop', 'pad')",
        "SIGNS[node.op.name]",
        "SIGNS.get(part.op.name, '')",
        "node.op.family() == 'norm'",
        "hasattr(op, 'kernel_size')",
        "getattr(node.op, 'stride', 1)",
    ],
)
def test_a_dispatch_is_noticed(text: str) -> None:
    assert len(list(_dispatches(text))) == 1


_FRAMEWORK = re.compile(r"\b(torch|nn|F|Tensor|Sequential|Module\w*|Identity|\w+_(sub)?module)\b")


def _framework_words(text: str) -> Iterator[str]:
    """Words of a framework in the texts of a module that are no docstring."""
    tree = ast.parse(text)
    said = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield from (f"{node.lineno} {m[0]}" for m in _FRAMEWORK.finditer(node.value))


def test_code_is_planned_without_a_frameworks_words() -> None:
    """A target says them."""
    planning = [m for m in MODULES if _within(m.name, "archspec.codegen")]
    found = {m.name: list(_framework_words(m.text)) for m in planning}
    assert planning and not any(found.values()), found
    target = next(m for m in MODULES if m.name == "archspec.backends.torch.target")
    assert len(list(_framework_words(target.text))) > 10


def _repository_files(*suffixes: str) -> Iterator[Path]:
    skipped = {".git", ".hypothesis", ".venv", "out", "build", "dist", "__pycache__"}
    for path in sorted(ROOT.iterdir()):
        if path.name in skipped or path.name.endswith((".egg-info", "_cache")):
            continue
        for file in [path] if path.is_file() else path.rglob("*"):
            if file.is_file() and file.suffix in suffixes and not skipped & set(file.parts):
                yield file


def test_backends_is_imported_under_its_installed_name() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{item.line}"
        for path in _repository_files(".py")
        for item in _imports(path.read_text(encoding="utf-8"))
        if _within(item.name, "backends")
    ]
    assert found == []


@each_module
def test_files_and_functions_stay_short(module: Module) -> None:
    lines = len(module.text.splitlines())
    assert lines <= MAX_FILE_LINES, f"{module.place} has {lines} lines"
    long = [
        f"{module.place}:{node.lineno} {node.name} has {length} lines"
        for node in ast.walk(ast.parse(module.text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]
    assert long == []


@pytest.mark.parametrize("directory", ["archspec", "backends"])
def test_every_package_is_shipped(directory: str) -> None:
    """setup.py finds packages by their `__init__.py`."""
    holding_code = {path.parent for path in (ROOT / directory).rglob("*.py")}
    assert [d for d in sorted(holding_code) if not (d / "__init__.py").exists()] == []


def test_no_package_index_is_named() -> None:
    """Where packages come from is the machine's business: it may have an index of its own."""
    index = re.compile(
        r"--(extra-)?index-url|--find-links|--trusted-host"
        r"|\b(pypi|pythonhosted|npmjs|crates|anaconda)\.(org|com|io)\b"
        r"|\bdownload\.pytorch\.",
    )
    files = [*_repository_files(".py", ".md", ".toml", ".yaml", ".yml", ".cfg", ".ini", "")]
    assert ROOT / "Makefile" in files and ROOT / ".ci" / "run" in files
    named = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in files
        if path != Path(__file__) and (match := index.search(path.read_text(encoding="utf-8")))
    ]
    assert named == []
