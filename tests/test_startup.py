"""What the command line imports: no more than what it was asked for needs."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from importlib import import_module

import pytest

import archspec.ops
from archspec.cli.app import COMMANDS, main
from archspec.ops import REGISTRY, Op
from archspec.ops.registry import Registry

_PROGRAM = """
import json, sys
from archspec.__main__ import main
sys.argv[1:] = {words!r}
try:
    main()
except SystemExit as done:
    assert not done.code
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def loaded(*words: str) -> set[str]:
    """The modules that a command has imported when it ends."""
    program = _PROGRAM.format(words=list(words))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


def _ours(modules: set[str]) -> set[str]:
    return {module for module in modules if module.startswith("archspec.")}


@pytest.mark.parametrize("words", [("--help",), ("--version",), ()])
def test_help_imports_next_to_nothing(words: tuple[str, ...]) -> None:
    modules = loaded(*words)
    assert _ours(modules) <= {
        "archspec.__main__",
        "archspec.cli.app",
        "archspec.diagnostics.codes",
        "archspec.diagnostics.diagnostic",
        "archspec.cli",
        "archspec.cli.common",
        "archspec.diagnostics",
        "archspec.tables",
        "archspec.tables.tables",
    }
    assert not modules & {"pydantic", "yaml", "networkx", "torch", "numpy"}


def test_stats_imports_the_ops_that_the_spec_uses() -> None:
    modules = loaded("stats", "lenet5")
    assert not modules & {"networkx", "torch", "numpy", "matplotlib", "graphviz", "rich"}
    assert not modules & {"archspec.analysis.arithmetic", "archspec.analysis.term"}
    families = {op.family() for op in REGISTRY.values()}
    used = {family for family in families if f"archspec.ops.{family}" in modules}
    assert {"activation", "linear", "pool", "conv"} <= used
    assert not used & {"drop_path", "norm", "sampling", "special_conv"}
    lowered = {m.rpartition(".")[2] for m in modules if m.startswith("archspec.backends.torch.low")}
    assert lowered & families <= used


def test_a_table_imports_nothing_of_charts() -> None:
    modules = loaded("compare", "lenet5")
    assert "archspec.tables.comparison" in modules
    assert not modules & {
        "archspec.tables.plot",
        "archspec.figures.theme",
        "archspec.figures.paper",
    }


def _defined(op: type[Op]) -> set[type[Op]]:
    return {*op.__subclasses__()}.union(*map(_defined, op.__subclasses__()))


def test_the_registry_lists_every_op_where_it_stands() -> None:
    for module in pkgutil.iter_modules(archspec.ops.__path__, "archspec.ops."):
        import_module(module.name)
    here = {
        op.name: op
        for op in _defined(Op)
        if "name" in op.__dict__ and not op.internal and op.__module__.startswith("archspec.ops.")
    }
    assert {name: op for name, op in REGISTRY.items() if name in here} == here
    assert set(Registry()) == here.keys()


def test_an_op_is_defined_once() -> None:
    conv = REGISTRY["conv"]
    with pytest.raises(TypeError, match="`conv` is defined twice"):
        type("Again", (conv,), {"__module__": __name__, "name": "conv"})
    with pytest.raises(TypeError, match="`conv` is defined twice"):
        Registry().enter(type("Elsewhere", (), {"name": "conv", "family": lambda: "merge"}))  # type: ignore[arg-type]
    assert REGISTRY["conv"] is conv


def test_every_command_is_there_with_the_words_that_list_it() -> None:
    with main.make_context("archspec", [], resilient_parsing=True) as context:
        for name in COMMANDS:
            command = main.get_command(context, name)
            assert command is not None and command.name == name
            assert command.help
