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
VIEW = {"archspec.ir.graph", "archspec.ops.derived", "archspec.ops", "archspec.diagnostics"}
READING = {
    "archspec.diagnostics",
    "archspec.frontend.budget",
    "archspec.frontend.source",
    "archspec.frontend.expressions",
    "archspec.frontend.ast",
}
CHECKING = {
    *READING,
    "archspec.ops",
    "archspec.frontend.identifiers",
    "archspec.frontend.vocabulary",
    "archspec.frontend.attributes",
    "archspec.frontend.bare",
    "archspec.frontend.hints",
    "archspec.frontend.wording",
}
SPEC = {
    *CHECKING,
    "archspec.frontend.value_reader",
    "archspec.frontend.initialisation",
    "archspec.frontend.reader",
    "archspec.frontend.sections",
    "archspec.frontend.outputs",
    "archspec.frontend.parameters",
    "archspec.frontend.requirements",
    "archspec.frontend.schema",
}
WALKING = VIEW | {
    "archspec.frontend.budget",
    "archspec.frontend.environment",
    "archspec.frontend.expressions",
    "archspec.frontend.ast",
    "archspec.frontend.identifiers",
    "archspec.frontend.vocabulary",
    "archspec.frontend.attributes",
    "archspec.frontend.bare",
    "archspec.frontend.hints",
    "archspec.frontend.wording",
    "archspec.frontend.bodies",
    "archspec.elaboration.collect",
    "archspec.elaboration.scope",
}
ALLOWED: dict[str, set[str]] = {
    # text -> located tree
    "archspec.diagnostics.codes": set(),
    "archspec.diagnostics": {"archspec.diagnostics.codes"},
    "archspec.util.gc": set(),
    "archspec.frontend.flow_escape": set(),
    "archspec.frontend.misaligned": {"archspec.diagnostics", "archspec.frontend.vocabulary"},
    "archspec.frontend.yaml_errors": {"archspec.diagnostics", "archspec.frontend.misaligned"},
    "archspec.frontend.source": {
        "archspec.util.gc",
        "archspec.diagnostics",
        "archspec.frontend.flow_escape",
        "archspec.frontend.yaml_errors",
    },
    # scalars -> expressions
    "archspec.frontend.budget": {"archspec.diagnostics"},
    "archspec.frontend.environment": set(),
    "archspec.ops.derived": set(),
    "archspec.frontend.functions": set(),
    "archspec.frontend.evaluation": {
        "archspec.frontend.functions",
        "archspec.diagnostics",
        "archspec.frontend.budget",
        "archspec.ops.derived",
        "archspec.frontend.environment",
    },
    "archspec.frontend.grammar": {
        "archspec.diagnostics",
        "archspec.frontend.evaluation",
        "archspec.frontend.functions",
    },
    "archspec.frontend.expressions": {
        "archspec.diagnostics",
        "archspec.frontend.environment",
        "archspec.frontend.budget",
        "archspec.frontend.source",
        "archspec.frontend.evaluation",
        "archspec.frontend.grammar",
    },
    # located tree -> Spec
    "archspec.ops": {"archspec.diagnostics"},
    "archspec.frontend.identifiers": {"archspec.diagnostics"},
    "archspec.frontend.vocabulary": set(),
    "archspec.frontend.ast": {*READING, "archspec.ops"}
    - {"archspec.frontend.source", "archspec.frontend.ast"},
    "archspec.frontend.meant": {
        "archspec.ops.derived",
        "archspec.frontend.expressions",
        "archspec.frontend.ast",
    },
    "archspec.frontend.wording": {*READING},
    "archspec.frontend.hints": {"archspec.frontend.source", "archspec.frontend.vocabulary"},
    "archspec.frontend.bare": {
        *READING,
        "archspec.ops",
        "archspec.frontend.hints",
        "archspec.frontend.meant",
        "archspec.frontend.wording",
    },
    "archspec.frontend.attributes": {
        *READING,
        "archspec.ops",
        "archspec.frontend.bare",
        "archspec.frontend.hints",
        "archspec.frontend.meant",
        "archspec.frontend.vocabulary",
        "archspec.frontend.wording",
    },
    "archspec.frontend.conditions": {
        "archspec.frontend.attributes",
        "archspec.ops.derived",
        "archspec.diagnostics",
        "archspec.frontend.wording",
    },
    "archspec.frontend.value_reader": CHECKING,
    "archspec.frontend.miswritten": {*CHECKING, "archspec.frontend.value_reader"},
    "archspec.frontend.reader": {
        *CHECKING,
        "archspec.frontend.bodies",
        "archspec.frontend.value_reader",
        "archspec.frontend.miswritten",
    },
    "archspec.frontend.initialisation": {*CHECKING, "archspec.frontend.value_reader"},
    "archspec.frontend.outputs": {
        *CHECKING,
        "archspec.frontend.bodies",
        "archspec.frontend.conditions",
        "archspec.ops.derived",
        "archspec.frontend.value_reader",
        "archspec.frontend.reader",
        "archspec.frontend.sections",
    },
    "archspec.frontend.sections": {
        *CHECKING,
        "archspec.frontend.value_reader",
        "archspec.frontend.reader",
    },
    "archspec.frontend.parameters": {
        *CHECKING,
        "archspec.frontend.value_reader",
        "archspec.frontend.reader",
    },
    "archspec.frontend.requirements": {
        *CHECKING,
        "archspec.frontend.conditions",
        "archspec.ops.derived",
        "archspec.frontend.environment",
        "archspec.frontend.identifiers",
        "archspec.frontend.value_reader",
        "archspec.frontend.reader",
    },
    "archspec.frontend.schema": SPEC - {"archspec.frontend.schema"},
    "archspec.frontend.bodies": {"archspec.frontend.expressions", "archspec.frontend.ast"},
    "archspec.frontend.comparisons": {*READING, "archspec.frontend.wording"},
    "archspec.frontend.unused": SPEC
    | {"archspec.frontend.bodies", "archspec.frontend.comparisons"},
    "archspec.frontend.using": SPEC,
    "archspec.frontend.loading": SPEC
    | {"archspec.util.gc", "archspec.frontend.unused", "archspec.frontend.using"},
    # Spec -> Graph
    "archspec.ir.graph": {
        "archspec.diagnostics",
        "archspec.ops.derived",
        "archspec.frontend.identifiers",
        "archspec.ops",
        "archspec.frontend.ast",
    },
    "archspec.elaboration.selection": VIEW
    | {"archspec.frontend.budget", "archspec.frontend.identifiers"},
    "archspec.frontend.templates": {
        "archspec.frontend.expressions",
        "archspec.frontend.identifiers",
        "archspec.frontend.ast",
    },
    "archspec.elaboration.scope": VIEW
    | {
        "archspec.frontend.bodies",
        "archspec.frontend.expressions",
        "archspec.frontend.identifiers",
        "archspec.frontend.ast",
    },
    "archspec.elaboration.uneven": VIEW,
    "archspec.ir.limits": VIEW,
    "archspec.elaboration.collect": VIEW
    | {"archspec.frontend.ast", "archspec.frontend.budget", "archspec.elaboration.uneven"},
    "archspec.elaboration.sharing": VIEW
    | {"archspec.frontend.ast", "archspec.frontend.identifiers", "archspec.elaboration.selection"},
    "archspec.elaboration.binding": WALKING
    - {"archspec.elaboration.collect", "archspec.elaboration.scope"}
    | {"archspec.frontend.meant"},
    "archspec.elaboration.naming": WALKING
    | {"archspec.frontend.outputs", "archspec.frontend.templates"},
    "archspec.elaboration.bodies": WALKING
    | {
        "archspec.frontend.conditions",
        "archspec.elaboration.naming",
        "archspec.frontend.meant",
        "archspec.frontend.outputs",
    },
    "archspec.elaboration.calls": WALKING
    | {
        "archspec.elaboration.naming",
        "archspec.elaboration.bodies",
        "archspec.elaboration.binding",
        "archspec.ir.limits",
        "archspec.frontend.requirements",
        "archspec.elaboration.sharing",
    },
    "archspec.elaboration.validate": WALKING
    | {"archspec.frontend.initialisation", "archspec.elaboration.selection"},
    "archspec.elaboration.merges": WALKING,
    "archspec.elaboration.remarks": WALKING | {"archspec.elaboration.merges"},
    "archspec.elaboration.forecast": VIEW
    | {"archspec.frontend.expressions", "archspec.frontend.ast"},
    "archspec.elaboration.build": VIEW
    | {
        "archspec.elaboration.forecast",
        "archspec.frontend.budget",
        "archspec.frontend.environment",
        "archspec.frontend.ast",
        "archspec.util.gc",
        "archspec.ir.limits",
        "archspec.frontend.loading",
        "archspec.elaboration.binding",
        "archspec.frontend.outputs",
        "archspec.frontend.requirements",
        "archspec.elaboration.scope",
        "archspec.elaboration.collect",
        "archspec.elaboration.calls",
        "archspec.elaboration.validate",
        "archspec.elaboration.remarks",
        "archspec.elaboration.uneven",
        "archspec.frontend.meant",
    },
    "archspec.elaboration.untried": VIEW
    | {
        "archspec.frontend.wording",
        "archspec.frontend.budget",
        "archspec.elaboration.build",
        "archspec.frontend.loading",
        "archspec.frontend.ast",
    },
    # Graph -> everything else
    "archspec.analysis": VIEW,
    "archspec.analysis.alignment": set(),
    "archspec.analysis.schedule": {"archspec.ir.graph"},
    "archspec.figures": VIEW | {"archspec.analysis"},
    "archspec.figures.measure": set(),
    "archspec.figures.colours": set(),
    "archspec.figures.themefile": READING
    - {"archspec.frontend.expressions", "archspec.frontend.ast"}
    | {"archspec.frontend.wording", "archspec.figures.colours"},
    "archspec.figures.theme": {
        "archspec.diagnostics",
        "archspec.frontend.source",
        "archspec.figures.colours",
        "archspec.figures.themefile",
    },
    "archspec.figures.geometry": set(),
    "archspec.figures.paper": {"archspec.figures.geometry"},
    "archspec.figures.bands": {"archspec.figures.columns", "archspec.figures.geometry"},
    "archspec.figures.ways": {
        "archspec.figures.bands",
        "archspec.figures.columns",
        "archspec.figures.geometry",
        "archspec.figures.turns",
    },
    "archspec.figures.columns": set(),
    "archspec.figures.turns": set(),
    "archspec.figures.paint": {"archspec.figures.theme"},
    "archspec.figures.picture": {
        "archspec.figures.geometry",
        "archspec.figures.measure",
        "archspec.figures.paint",
    },
    "archspec.figures.solids": {"archspec.figures.geometry", "archspec.ops"},
    "archspec.figures.options": {"archspec.ir.graph", "archspec.figures"},
    "archspec.figures.notes": VIEW
    | {"archspec.analysis", "archspec.figures", "archspec.analysis.units"},
    "archspec.backends": VIEW,
    "archspec.backends.base": VIEW
    | {"archspec.backends", "archspec.analysis.schedule", "archspec.figures.options"},
    "archspec.tables": VIEW | {"archspec.analysis"},
    "archspec.tables.plot": {
        "archspec.backends.graphviz.fonts",
        "archspec.diagnostics",
        "archspec.figures.paper",
        "archspec.figures.theme",
        "archspec.analysis.units",
        "archspec.util.svg",
    },
    "archspec.tables.bars": {"archspec.analysis", "archspec.tables", "archspec.util.svg"},
    "archspec.tables.chart": {
        "archspec.analysis",
        "archspec.tables.labels",
        "archspec.tables.plot",
        "archspec.analysis.units",
        "archspec.util.svg",
    },
    "archspec.tables.labels": set(),
    "archspec.tables.records": set(),
    "archspec.tables.tables": {"archspec.diagnostics"},
    "archspec.analysis.units": {"archspec.ops"},
    "archspec.tables.terminal": {"archspec.tables.tables"},
    # the torch backend reads the traces in the graph, which are written in the spec's syntax
    "archspec.backends.torch": VIEW
    | {
        "archspec.backends.base",
        "archspec.analysis.schedule",
        "archspec.frontend.expressions",
        "archspec.frontend.initialisation",
        "archspec.elaboration.selection",
        "archspec.frontend.ast",
    },
    "archspec.backends.graphviz": VIEW
    | {
        "archspec.backends.base",
        "archspec.analysis",
        "archspec.figures",
        "archspec.util.files",
        "archspec.util.svg",
    },
    "archspec.backends.graphviz.fonts": set(),
    "archspec.backends.page": VIEW
    | {"archspec.backends.base", "archspec.analysis", "archspec.figures", "archspec.util.files"},
    "archspec.backends.pictured": VIEW
    | {
        "archspec.backends.base",
        "archspec.backends.graphviz",
        "archspec.figures",
        "archspec.util.files",
        "archspec.util.svg",
    },
    "archspec.backends.volumes": VIEW
    | {"archspec.backends.pictured", "archspec.analysis", "archspec.figures"},
    "archspec.backends.strips": VIEW
    | {
        "archspec.backends.base",
        "archspec.backends.pictured",
        "archspec.analysis",
        "archspec.figures",
    },
    # the ways in
    "archspec.pipeline": VIEW
    | {
        "archspec.figures.options",
        "archspec.frontend.loading",
        "archspec.elaboration.build",
        "archspec.util.gc",
        "archspec.analysis",
        "archspec.backends.base",
        "archspec.frontend.jsonschema",
        "archspec.elaboration.untried",
    },
    "archspec.zoo": VIEW
    | {"archspec.analysis", "archspec.pipeline", "archspec.frontend.loading", "archspec.tables"}
    | {"archspec.frontend.using"},
    "archspec.frontend.sectionschema": SPEC,
    "archspec.frontend.opschema": SPEC | {"archspec.frontend.sectionschema"},
    "archspec.frontend.jsonschema": SPEC
    | {"archspec.frontend.sectionschema", "archspec.frontend.opschema", "archspec.frontend.using"},
    "archspec.util.files": {"archspec.diagnostics", "archspec.frontend.source"},
    "archspec.util.svg": set(),
    "archspec.tables.accuracies": {"archspec.diagnostics", "archspec.frontend.source"},
    "archspec.notebook": {
        "archspec.diagnostics",
        "archspec.ir.graph",
        "archspec.analysis",
        "archspec.figures.options",
        "archspec.util.files",
        "archspec.pipeline",
        "archspec.tables",
    },
    "archspec": VIEW
    | {"archspec.notebook", "archspec.pipeline", "archspec.analysis", "archspec.figures.options"},
    "archspec.cli": VIEW
    | {
        "archspec.frontend.budget",
        "archspec.figures",
        "archspec.pipeline",
        "archspec.zoo",
        "archspec.frontend.loading",
        "archspec.frontend.using",
        "archspec.frontend.source",
        "archspec.analysis",
        "archspec.tables",
        "archspec.util.files",
        "archspec.tables.accuracies",
    },
    "archspec.cli.app": {"archspec.diagnostics", "archspec.cli"},
    "archspec.__main__": {"archspec.cli.app"},
}

# Third-party packages and the only rows that may import them, even inside a function.
CONFINED: dict[str, set[str]] = {
    "rich": {"archspec.tables.terminal"},
    "click": {"archspec.cli.app", "archspec.cli"},
    "torch": {"archspec.backends.torch"},
    "safetensors": {"archspec.backends.torch"},
    "matplotlib": {"archspec.tables.plot", "archspec.tables.bars", "archspec.tables.chart"},
    "torchvision": set(),
    "timm": set(),
    "pytorchcv": set(),
    "graphviz": {"archspec.backends.graphviz"},
    "pygraphviz": {"archspec.backends.graphviz"},
    "yaml": {"archspec.frontend.source", "archspec.frontend.yaml_errors"},
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
    assert {"archspec.diagnostics", "archspec.diagnostics.codes"} <= NAMES


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
        ("archspec.cli.app", "from archspec.backends.torch import load"),
        ("archspec.cli.app", "from archspec.backends import torch"),
        (
            "archspec.cli.app",
            "import importlib\nimportlib.import_module('archspec.backends.torch')",
        ),
        ("archspec.ir.graph", "from archspec import elaborate"),
        ("archspec.analysis.cost", "from archspec.frontend.schema import Spec"),
        ("archspec.analysis.fold", "import archspec"),
        ("archspec.backends.graphviz.draw", "from archspec.backends.torch import emit"),
        ("archspec.frontend.loading", "from . import schema"),
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
