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
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60

# A row speaks for a module or for a whole package; the longest matching name counts. What is
# listed may be imported together with everything below it, and everybody sees their own row.
# `archspec` by itself means the package's public API, not the modules below it.
VIEW = {"archspec.graph", "archspec.derived", "archspec.ops", "archspec.diagnostics"}
READING = {
    "archspec.diagnostics",
    "archspec.budget",
    "archspec.source",
    "archspec.expressions",
    "archspec.syntax",
}
CHECKING = {
    *READING,
    "archspec.ops",
    "archspec.names",
    "archspec.vocabulary",
    "archspec.attributes",
    "archspec.bare",
    "archspec.hints",
    "archspec.wording",
}
SPEC = {
    *CHECKING,
    "archspec.values",
    "archspec.initialisation",
    "archspec.reader",
    "archspec.sections",
    "archspec.outputs",
    "archspec.parameters",
    "archspec.requirements",
    "archspec.schema",
}
WALKING = VIEW | {
    "archspec.budget",
    "archspec.environment",
    "archspec.expressions",
    "archspec.syntax",
    "archspec.names",
    "archspec.vocabulary",
    "archspec.attributes",
    "archspec.bare",
    "archspec.hints",
    "archspec.wording",
    "archspec.bodies",
    "archspec.report",
    "archspec.scope",
}
ALLOWED: dict[str, set[str]] = {
    # text -> located tree
    "archspec.codes": set(),
    "archspec.diagnostics": {"archspec.codes"},
    "archspec.collector": set(),
    "archspec.shield": set(),
    "archspec.misaligned": {"archspec.diagnostics", "archspec.vocabulary"},
    "archspec.yaml_errors": {"archspec.diagnostics", "archspec.misaligned"},
    "archspec.source": {
        "archspec.collector",
        "archspec.diagnostics",
        "archspec.shield",
        "archspec.yaml_errors",
    },
    # scalars -> expressions
    "archspec.budget": {"archspec.diagnostics"},
    "archspec.environment": set(),
    "archspec.derived": set(),
    "archspec.functions": set(),
    "archspec.evaluation": {
        "archspec.functions",
        "archspec.diagnostics",
        "archspec.budget",
        "archspec.derived",
        "archspec.environment",
    },
    "archspec.grammar": {"archspec.diagnostics", "archspec.evaluation", "archspec.functions"},
    "archspec.expressions": {
        "archspec.diagnostics",
        "archspec.environment",
        "archspec.budget",
        "archspec.source",
        "archspec.evaluation",
        "archspec.grammar",
    },
    # located tree -> Spec
    "archspec.ops": {"archspec.diagnostics"},
    "archspec.names": {"archspec.diagnostics"},
    "archspec.vocabulary": set(),
    "archspec.syntax": {*READING, "archspec.ops"} - {"archspec.source", "archspec.syntax"},
    "archspec.meant": {"archspec.derived", "archspec.expressions", "archspec.syntax"},
    "archspec.wording": {*READING},
    "archspec.hints": {"archspec.source", "archspec.vocabulary"},
    "archspec.bare": {
        *READING,
        "archspec.ops",
        "archspec.hints",
        "archspec.meant",
        "archspec.wording",
    },
    "archspec.attributes": {
        *READING,
        "archspec.ops",
        "archspec.bare",
        "archspec.hints",
        "archspec.meant",
        "archspec.vocabulary",
        "archspec.wording",
    },
    "archspec.conditions": {
        "archspec.attributes",
        "archspec.derived",
        "archspec.diagnostics",
        "archspec.wording",
    },
    "archspec.values": CHECKING,
    "archspec.miswritten": {*CHECKING, "archspec.values"},
    "archspec.reader": {*CHECKING, "archspec.bodies", "archspec.values", "archspec.miswritten"},
    "archspec.initialisation": {*CHECKING, "archspec.values"},
    "archspec.outputs": {
        *CHECKING,
        "archspec.bodies",
        "archspec.conditions",
        "archspec.derived",
        "archspec.values",
        "archspec.reader",
        "archspec.sections",
    },
    "archspec.sections": {*CHECKING, "archspec.values", "archspec.reader"},
    "archspec.parameters": {*CHECKING, "archspec.values", "archspec.reader"},
    "archspec.requirements": {
        *CHECKING,
        "archspec.conditions",
        "archspec.derived",
        "archspec.environment",
        "archspec.names",
        "archspec.values",
        "archspec.reader",
    },
    "archspec.schema": SPEC - {"archspec.schema"},
    "archspec.bodies": {"archspec.expressions", "archspec.syntax"},
    "archspec.comparisons": {*READING, "archspec.wording"},
    "archspec.unused": SPEC | {"archspec.bodies", "archspec.comparisons"},
    "archspec.using": SPEC,
    "archspec.loading": SPEC | {"archspec.collector", "archspec.unused", "archspec.using"},
    # Spec -> Graph
    "archspec.graph": {
        "archspec.diagnostics",
        "archspec.derived",
        "archspec.names",
        "archspec.ops",
        "archspec.syntax",
    },
    "archspec.selection": VIEW | {"archspec.budget", "archspec.names"},
    "archspec.templates": {"archspec.expressions", "archspec.names", "archspec.syntax"},
    "archspec.scope": VIEW
    | {"archspec.bodies", "archspec.expressions", "archspec.names", "archspec.syntax"},
    "archspec.uneven": VIEW,
    "archspec.limits": VIEW,
    "archspec.report": VIEW | {"archspec.syntax", "archspec.budget", "archspec.uneven"},
    "archspec.sharing": VIEW | {"archspec.syntax", "archspec.names", "archspec.selection"},
    "archspec.binding": WALKING - {"archspec.report", "archspec.scope"} | {"archspec.meant"},
    "archspec.naming": WALKING | {"archspec.outputs", "archspec.templates"},
    "archspec.walk": WALKING
    | {"archspec.conditions", "archspec.naming", "archspec.meant", "archspec.outputs"},
    "archspec.elaborate": WALKING
    | {
        "archspec.naming",
        "archspec.walk",
        "archspec.binding",
        "archspec.limits",
        "archspec.requirements",
        "archspec.sharing",
    },
    "archspec.finish": WALKING | {"archspec.initialisation", "archspec.selection"},
    "archspec.merges": WALKING,
    "archspec.remarks": WALKING | {"archspec.merges"},
    "archspec.forecast": VIEW | {"archspec.expressions", "archspec.syntax"},
    "archspec.build": VIEW
    | {
        "archspec.forecast",
        "archspec.budget",
        "archspec.environment",
        "archspec.syntax",
        "archspec.collector",
        "archspec.limits",
        "archspec.loading",
        "archspec.binding",
        "archspec.outputs",
        "archspec.requirements",
        "archspec.scope",
        "archspec.report",
        "archspec.elaborate",
        "archspec.finish",
        "archspec.remarks",
        "archspec.uneven",
        "archspec.meant",
    },
    "archspec.untried": VIEW
    | {
        "archspec.wording",
        "archspec.budget",
        "archspec.build",
        "archspec.loading",
        "archspec.syntax",
    },
    # Graph -> everything else
    "archspec.analysis": VIEW,
    "archspec.analysis.alignment": set(),
    "archspec.analysis.schedule": {"archspec.graph"},
    "archspec.drawing": VIEW | {"archspec.analysis"},
    "archspec.drawing.measure": set(),
    "archspec.drawing.colours": set(),
    "archspec.drawing.themefile": READING - {"archspec.expressions", "archspec.syntax"}
    | {"archspec.wording", "archspec.drawing.colours"},
    "archspec.drawing.theme": {
        "archspec.diagnostics",
        "archspec.source",
        "archspec.drawing.colours",
        "archspec.drawing.themefile",
    },
    "archspec.drawing.geometry": set(),
    "archspec.drawing.paper": {"archspec.drawing.geometry"},
    "archspec.drawing.bands": {"archspec.drawing.columns", "archspec.drawing.geometry"},
    "archspec.drawing.ways": {
        "archspec.drawing.bands",
        "archspec.drawing.columns",
        "archspec.drawing.geometry",
        "archspec.drawing.turns",
    },
    "archspec.drawing.columns": set(),
    "archspec.drawing.turns": set(),
    "archspec.drawing.paint": {"archspec.drawing.theme"},
    "archspec.drawing.picture": {
        "archspec.drawing.geometry",
        "archspec.drawing.measure",
        "archspec.drawing.paint",
    },
    "archspec.drawing.solids": {"archspec.drawing.geometry", "archspec.ops"},
    "archspec.drawing.options": {"archspec.graph", "archspec.drawing"},
    "archspec.drawing.notes": VIEW
    | {"archspec.analysis", "archspec.drawing", "archspec.show.units"},
    "archspec.backends": VIEW,
    "archspec.backends.base": VIEW
    | {"archspec.backends", "archspec.analysis.schedule", "archspec.drawing.options"},
    "archspec.show": VIEW | {"archspec.analysis"},
    "archspec.show.plot": {
        "archspec.backends.graphviz.fonts",
        "archspec.diagnostics",
        "archspec.drawing.paper",
        "archspec.drawing.theme",
        "archspec.show.units",
        "archspec.svg",
    },
    "archspec.show.bars": {"archspec.analysis", "archspec.show", "archspec.svg"},
    "archspec.show.chart": {
        "archspec.analysis",
        "archspec.show.labels",
        "archspec.show.plot",
        "archspec.show.units",
        "archspec.svg",
    },
    "archspec.show.labels": set(),
    "archspec.show.records": set(),
    "archspec.show.tables": {"archspec.diagnostics"},
    "archspec.show.units": {"archspec.ops"},
    "archspec.show.terminal": {"archspec.show.tables"},
    # the torch backend reads the traces in the graph, which are written in the spec's syntax
    "archspec.backends.torch": VIEW
    | {
        "archspec.backends.base",
        "archspec.analysis.schedule",
        "archspec.expressions",
        "archspec.initialisation",
        "archspec.selection",
        "archspec.syntax",
    },
    "archspec.backends.graphviz": VIEW
    | {
        "archspec.backends.base",
        "archspec.analysis",
        "archspec.drawing",
        "archspec.files",
        "archspec.svg",
    },
    "archspec.backends.graphviz.fonts": set(),
    "archspec.backends.page": VIEW
    | {"archspec.backends.base", "archspec.analysis", "archspec.drawing", "archspec.files"},
    "archspec.backends.pictured": VIEW
    | {
        "archspec.backends.base",
        "archspec.backends.graphviz",
        "archspec.drawing",
        "archspec.files",
        "archspec.svg",
    },
    "archspec.backends.volumes": VIEW
    | {"archspec.backends.pictured", "archspec.analysis", "archspec.drawing"},
    "archspec.backends.strips": VIEW
    | {
        "archspec.backends.base",
        "archspec.backends.pictured",
        "archspec.analysis",
        "archspec.drawing",
    },
    # the ways in
    "archspec.pipeline": VIEW
    | {
        "archspec.drawing.options",
        "archspec.loading",
        "archspec.build",
        "archspec.collector",
        "archspec.analysis",
        "archspec.backends.base",
        "archspec.jsonschema",
        "archspec.untried",
    },
    "archspec.zoo": VIEW
    | {"archspec.analysis", "archspec.pipeline", "archspec.loading", "archspec.show"}
    | {"archspec.using"},
    "archspec.sectionschema": SPEC,
    "archspec.opschema": SPEC | {"archspec.sectionschema"},
    "archspec.jsonschema": SPEC | {"archspec.sectionschema", "archspec.opschema", "archspec.using"},
    "archspec.files": {"archspec.diagnostics", "archspec.source"},
    "archspec.svg": set(),
    "archspec.scores": {"archspec.diagnostics", "archspec.source"},
    "archspec.notebook": {
        "archspec.diagnostics",
        "archspec.graph",
        "archspec.analysis",
        "archspec.drawing.options",
        "archspec.files",
        "archspec.pipeline",
        "archspec.show",
    },
    "archspec": VIEW
    | {"archspec.notebook", "archspec.pipeline", "archspec.analysis", "archspec.drawing.options"},
    "archspec.commands": VIEW
    | {
        "archspec.budget",
        "archspec.drawing",
        "archspec.pipeline",
        "archspec.zoo",
        "archspec.loading",
        "archspec.using",
        "archspec.source",
        "archspec.analysis",
        "archspec.show",
        "archspec.files",
        "archspec.scores",
    },
    "archspec.cli": {"archspec.diagnostics", "archspec.commands"},
    "archspec.__main__": {"archspec.cli"},
}

# Third-party packages and the only rows that may import them, even inside a function.
CONFINED: dict[str, set[str]] = {
    "rich": {"archspec.show.terminal"},
    "click": {"archspec.cli", "archspec.commands"},
    "torch": {"archspec.backends.torch"},
    "safetensors": {"archspec.backends.torch"},
    "matplotlib": {"archspec.show.plot", "archspec.show.bars", "archspec.show.chart"},
    "torchvision": set(),
    "timm": set(),
    "pytorchcv": set(),
    "graphviz": {"archspec.backends.graphviz"},
    "pygraphviz": {"archspec.backends.graphviz"},
    "yaml": {"archspec.source", "archspec.yaml_errors"},
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
        elif package in CONFINED and row not in CONFINED[package]:
            yield f"{where} imports {package}, which {row} may not"


def test_there_is_something_to_look_at() -> None:
    assert {"archspec.diagnostics", "archspec.codes"} <= NAMES


def test_every_row_is_a_module() -> None:
    assert ALLOWED.keys() - NAMES == set()


@each_module
def test_imports_follow_the_arrows(module: Module) -> None:
    assert list(_complaints(module)) == []


def test_the_arrows_are_no_circle() -> None:
    done: set[str] = set()

    def visit(row: str, chain: tuple[str, ...]) -> None:
        assert row not in chain, " -> ".join((*chain, row))
        if row not in done:
            for seen in ALLOWED[row]:
                visit(seen, (*chain, row))
            done.add(row)

    for row in ALLOWED:
        visit(row, ())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("archspec.pipeline", "def f():\n    import torch.nn"),
        ("archspec.analysis.cost", "from torchvision import models"),
        ("archspec.cli", "from archspec.backends.torch import load"),
        ("archspec.cli", "from archspec.backends import torch"),
        ("archspec.cli", "import importlib\nimportlib.import_module('archspec.backends.torch')"),
        ("archspec.graph", "from archspec import elaborate"),
        ("archspec.analysis.cost", "from archspec.schema import Spec"),
        ("archspec.analysis.fold", "import archspec"),
        ("archspec.backends.graphviz.draw", "from archspec.backends.torch import emit"),
        ("archspec.loading", "from . import schema"),
    ],
)
def test_what_is_forbidden_is_noticed(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Module, "text", text)
    assert len(list(_complaints(Module(name, ROOT / "archspec" / "x.py")))) == 1


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
