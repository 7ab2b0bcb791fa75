"""Why a block is several classes: `archspec compile --explain`."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from archspec import pipeline
from tests.strategies import graph_of
from tests.test_cli import run

HEAD = "name: Small\ninputs: {image: [4, 8, 8]}\n"

CASES = {
    "what stands here is A or B, which are classes of their own": """
        blocks:
          a: {graph: [{id: conv, conv: 4}]}
          b: {graph: [{id: conv, conv: 4}, tanh]}
          unit: {params: {inner: block}, graph: [add: [identity, [{id: inner, $inner: }]]]}
        graph: [unit: a, unit: b]
    """,
    "the merge has 2 or 3 branches": """
        blocks:
          unit: {params: {n: int}, graph: [concat: [identity, {each: n, conv: 4}]]}
        graph: [unit: 1, unit: 2]
    """,
    "the loop has 1 or 2 rounds, and `forward` has none in its place": """
        blocks:
          unit:
            params: {n: int}
            graph:
              - for: {i: range(n)}
                id: part$i
                graph: [{id: left, conv: 4}, add: [identity, left]]
              - concat: [identity, part0]
        graph: [unit: 1, unit: 2]
    """,
}


@pytest.mark.parametrize("why", CASES)
def test_a_block_of_several_classes_says_why(why: str) -> None:
    (split,) = pipeline.splits(graph_of(HEAD + textwrap.dedent(CASES[why])))
    assert (split.block, split.why) == ("unit", why)
    assert len(split.classes) == 2
    assert split.place is not None and split.place.line >= split.span.line


def test_the_command_says_where(tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(HEAD + textwrap.dedent(next(iter(CASES.values()))), encoding="utf-8")
    first, second = run("compile", str(file), "--explain").output.splitlines()
    assert first.endswith("net.yaml:7:3: `unit` is 2 classes: UnitA, UnitB")
    assert second.strip().startswith(str(file)) and next(iter(CASES)) in second
    assert run("compile", "resnet50", "--explain").output == "each block is one class\n"
