"""Properties of random valid specs: what the graph says is what the emitted module does."""

from __future__ import annotations

import ast
import copy
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from torch import Tensor, nn

from archspec.backends.torch import backend
from archspec.backends.torch.equality import compare
from archspec.backends.torch.source import write
from archspec.backends.torch.unbound import unbound
from archspec.ir.graph import Graph
from tests.strategies import graph_of, sized_specs, specs
from tests.sweeping import drawn


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """The tensors are tiny: more threads would only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def named(returned: Any, graph: Graph, *, training: bool) -> dict[str, Tensor]:
    """What `forward` returned, by the outputs' names."""
    wanted = [o.name for o in graph.outputs if training or not o.train_only]
    values = returned if isinstance(returned, dict) else {wanted[0]: returned}
    assert list(values) == wanted
    return values


def shapes(values: dict[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(v.shape[1:]) for name, v in values.items()}


def feed(graph: Graph, device: str) -> list[Tensor]:
    return [torch.randn(2, *n.output, device=device) for n in graph.inputs]


def check_tensors(graph: Graph, module: nn.Module) -> None:
    """Every tensor is where the graph has it, in its shape, once."""
    wanted = {f"{n.path}.{t.name}": t for n, tensors in graph.owners() for t in tensors}
    parameters = {k: tuple(v.shape) for k, v in module.named_parameters()}
    buffers = {k: tuple(v.shape) for k, v in module.named_buffers()}
    assert parameters == {k: t.shape for k, t in wanted.items() if t.trainable}
    assert buffers == {k: t.shape for k, t in wanted.items() if not t.trainable}
    assert set(wanted) <= set(module.state_dict())
    counted = sum(t.count for t in wanted.values() if t.trainable)
    assert sum(p.numel() for p in module.parameters()) == counted


def check_outputs(graph: Graph, module: nn.Module) -> None:
    """In both modes each named output has the shape that was inferred."""
    for training in (True, False):
        module.train(training)
        found = shapes(named(module(*feed(graph, "meta")), graph, training=training))
        kept = [o for o in graph.outputs if training or not o.train_only]
        assert found == {o.name: o.node.output for o in kept}


def check_values(graph: Graph) -> None:
    """In both modes the module computes what the nodes compute one by one."""
    compare(graph, backend.compile(graph, device="meta"))


@drawn(5_000)
@given(specs() | sized_specs())
def test_every_name_is_bound(text: str) -> None:
    graph = graph_of(text)
    assert not unbound(backend.source(graph))
    assert not unbound(write(graph, probe=True)[0], {"probe"})


@drawn(5_000)
@given(specs())
def test_the_module_is_what_the_graph_describes(text: str) -> None:
    graph = graph_of(text)
    module = backend.compile(graph, device="meta")
    check_tensors(graph, module)
    check_outputs(graph, module)


@drawn(5_000)
@given(specs())
def test_forward_and_backward_agree_with_every_shape_and_value(text: str) -> None:
    graph = graph_of(text)
    report = backend.check(graph, device="cpu")
    assert report.nodes == len(graph.nodes) - len(graph.inputs)
    assert report.nodes <= report.equal.values <= 2 * report.nodes


@drawn(5_000)
@given(specs())
def test_a_module_is_copied_and_pickled_whole(text: str) -> None:
    graph = graph_of(text)
    module = backend.compile(graph, device="cpu").eval()
    inputs = feed(graph, "cpu")
    with torch.no_grad():
        expected = named(module(*(i.clone() for i in inputs)), graph, training=False)
        for again in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
            found = named(again(*(i.clone() for i in inputs)), graph, training=False)
            for name, value in expected.items():
                torch.testing.assert_close(found[name], value, rtol=0, atol=0, equal_nan=True)


def imported(source: str) -> set[str]:
    """The packages a file imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def ruff(folder: Path, *arguments: str) -> str:
    """What ruff has to say about every file of a folder, by its own defaults."""
    found = subprocess.run(
        [sys.executable, "-m", "ruff", *arguments, "--isolated", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if found.returncode == 0 else found.stdout + found.stderr


@pytest.mark.sweep
def test_sources_are_stable_clean_and_formatted(tmp_path: Path) -> None:
    sources: set[str] = set()

    @drawn(2_000)
    @given(specs() | sized_specs())
    def collect(text: str) -> None:
        source = backend.source(graph_of(text))
        assert backend.source(graph_of(text)) == source
        assert imported(source) <= {"torch", "collections"}
        assert all(len(line) <= 88 for line in source.splitlines())
        sources.add(source)

    collect()
    for number, source in enumerate(sorted(sources)):
        (tmp_path / f"drawn{number}.py").write_text(source, encoding="utf-8")
    problems = ruff(tmp_path, "check", "--select", "E,F,W,I", "--output-format", "concise")
    problems += ruff(tmp_path, "format", "--diff")
    assert not problems, problems[:4000]
