"""What a spec says in words stands in emitted code: once, in its place, and harmless there."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.backends.torch import backend
from archspec.codegen.words import comment
from tests.strategies import graph_of
from tests.sweeping import drawn
from tests.test_emission import check_style, emitted

UNIT = """
    blocks:
      unit:
        doc: A convolution and an activation.
        params:
          channels: {type: int, doc: how many it gives}
          kernel_size: {int: 3, doc: an odd number}
        graph:
          - {doc: keeps the size, conv: {out_channels: $channels, kernel_size: $kernel_size,
             padding: $(kernel_size // 2)}}
          - relu
    params: {num_classes: {int: 10, doc: of CIFAR-10}}
"""


def placed(source: str, *pairs: tuple[str, str]) -> None:
    """Each comment stands in the source once, and right above a line that begins so."""
    lines = [line.strip() for line in source.splitlines()]
    for words, below in pairs:
        assert lines.count(f"# {words}") == 1, source
        assert lines[lines.index(f"# {words}") + 1].startswith(below), source


def test_parameters_are_explained_where_their_block_is() -> None:
    source = emitted(f"""{UNIT}
    graph: [unit: 4, unit: {{channels: 4, kernel_size: 5}}, global_avg_pool, flatten,
            linear: $num_classes]
    """)
    docstrings = [ast.get_docstring(n) for n in ast.parse(source).body if type(n) is ast.ClassDef]
    assert docstrings == [
        "A convolution and an activation.\n\n"
        "Args:\n    channels: how many it gives\n    kernel_size: an odd number",
        "Args:\n    num_classes: of CIFAR-10",
    ]


def test_parameters_that_the_class_does_not_take_are_not_explained() -> None:
    source = emitted(
        f"{UNIT}\n    graph: [unit: 4, unit: 4, linear: {{out_features: 3}}]".replace(
            "linear: {out_features: 3}", "conv: 2"
        )
    )
    assert "how many it gives" in source and "an odd number" not in source
    assert "CIFAR" not in source


def test_a_node_is_explained_above_what_builds_it_or_else_above_its_use() -> None:
    source = emitted("""
        blocks:
          unit:
            graph:
              - {id: a, doc: as wide, conv: 3}
              - {doc: without a module, relu: }
              - {share: a, doc: once more}
              - id: g
                doc: a group
                graph: [conv: 3, {doc: inside, batch_norm: }]
              - doc: x + F(x)
                add: [identity, [{doc: halved, dropout: 0.5}]]
        graph:
          - {id: first, doc: the first, unit: }
          - {id: second, unit: }
    """)
    placed(
        source,
        ("as wide", "self.a = nn.Conv2d("),
        ("without a module", "x = F.relu(x)"),
        ("once more", "x = self.a(x)"),
        ("a group", "self.g = nn.Sequential("),
        ("inside", "nn.BatchNorm2d("),
        ("halved", "out = self.dropout(x)"),
        ("x + F(x)", "return x + out"),
        ("the first", "self.first = Unit("),
    )


def test_one_doc_of_many_nodes_is_said_once() -> None:
    source = emitted("""
        params: {widths: [4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52]}
        blocks:
          stage:
            params: {n: int}
            graph: [{repeat: n, doc: n of them, conv: {out_channels: 3}}]
          either:
            params: {deep: true}
            graph: [{when: deep, id: c, doc: one or the other, conv: 3, else: {conv: {
              out_channels: 3, kernel_size: 3, padding: 1}}}]
          forks:
            graph:
              - id: sum
                add: [{id: paths, doc: paths alike, each: {i: range(3)}, conv: 3}]
        graph:
          - {stage: 2}
          - {stage: 3}
          - {either: {}, id: e1}
          - {either: {deep: false}, id: e2}
          - {doc: three in a row, repeat: 3, conv: 3}
          - {forks: , id: forks}
          - {doc: pooled, repeat: 3, max_pool: 1}
          - {for: {i: range(13), n: widths}, id: c$i, doc: wider and wider, conv: $n}
    """)
    placed(
        source,
        ("n of them", "*(nn.Conv2d("),
        ("one or the other", "self.c = "),
        ("paths alike", "self.paths = nn.ModuleList("),
        ("three in a row", "self.append(nn.Conv2d("),
        ("pooled", "self.append(nn.MaxPool2d("),
        ("wider and wider", "for i, n in zip("),
    )


def test_loops_and_repeats_have_the_words_above_them() -> None:
    source = emitted("""
        params: {widths: [4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52]}
        graph:
          - id: g
            graph: [{doc: alike, repeat: 3, relu: }, {doc: not that, relu: }, {id: w, conv: 3}]
          - {for: {i: range(13), n: widths}, id: c$i, doc: wider and wider, conv: $n}
          - {doc: at the end, relu: }
    """)
    placed(
        source,
        ("alike", "*(nn.ReLU() for _ in range(3))"),
        ("not that", "nn.ReLU(),"),
        ("wider and wider", "for i, n in zip("),
        ("at the end", "self.append(nn.ReLU())"),
    )


def test_words_that_speak_of_code_import_nothing() -> None:
    source = emitted("""
        blocks: {unit: {doc: "torch.cat of F.relu(x)", graph: [{doc: a Tensor, conv: 3}]}}
        graph: [unit]
    """)
    assert "import torch\n" not in source and "functional" not in source
    assert "Tensor" not in source.replace("# a Tensor", "")


DIRECTIVES = [
    *("type: int", "type: ignore", "type:ignore", "mypy: ignore-errors", "ruff: noqa", "noqa"),
    *("flake8: noqa", "fmt: off", "fmt:skip", "isort: skip_file", "pyright: basic", "pyre-strict"),
    *("pylint: disable=all", "-*- coding: latin-1 -*-", "coding: latin-1", "! /bin/sh"),
]


@pytest.mark.parametrize("words", DIRECTIVES)
def test_no_comment_speaks_to_a_tool(words: str) -> None:
    long = f"{'word ' * 16}{words} and {words}"  # which begins a row
    for said in (words, long, f"{'x' * 78} {words}"):
        rows = comment(said, "    ")
        assert all(row.startswith("    # ") and len(row) <= 88 for row in rows)
        assert not any(row.startswith(f"    # {words}") for row in rows)
        assert " ".join(row[6:].removeprefix("… ") for row in rows) == said
    ast.parse("x = 1\n" + "\n".join(comment(words, "")), type_comments=True)


def test_no_comment_silences_a_linter() -> None:
    rows = [row for words in DIRECTIVES for row in comment(words, "")]
    code = "\n".join([*rows, "import os", ""])
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F", "-"]
    found = subprocess.run(command, check=False, input=code, capture_output=True, encoding="utf-8")
    assert "F401" in found.stdout


HOSTILE = st.lists(
    st.sampled_from(
        [
            *DIRECTIVES,
            *(
                '"""',
                "'''",
                '"',
                "'",
                "\\",
                '\\"""',
                "#",
                "# type: ignore",
                "\\N{DASH}",
                "{x}",
                "%s",
            ),
            *("$$", "x" * 200, "卷积" * 60, "é", "e\u0301", "👩‍💻"),
            *("https://example.org/" + "a" * 100, "Args:", ">>> 1", "pass", "):", "\u00a0", "\t"),
        ]
    )
    | st.text(
        st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"]), min_size=1, max_size=100
    ),
    min_size=1,
    max_size=12,
).map(" ".join)


@drawn(2_000, sample=10)
@given(st.lists(HOSTILE, min_size=6, max_size=6))
def test_nothing_breaks_out_of_its_comment(docs: list[str]) -> None:
    said = [json.dumps(f"w {doc}" if not doc.strip() else doc, ensure_ascii=False) for doc in docs]
    text = textwrap.dedent("""
        name: Small
        inputs: {image: [3, 8, 8]}
        blocks:
          unit:
            doc: DOC0
            params: {k: {int: 1, doc: DOC1}}
            graph:
              - {id: a, doc: DOC2, conv: {out_channels: 3, kernel_size: $k, padding: same}}
              - {doc: DOC3, relu: }
              - {doc: DOC4, add: [identity, [{doc: DOC3, tanh: }]]}
        graph:
          - {doc: DOC4, unit: {}}
          - {doc: DOC5, unit: {k: 3}}
          - {repeat: 3, doc: DOC5, relu: }
    """)
    plain = re.sub(r" *doc: DOC0\n|doc: DOC\d,? ?", "", text)
    hostile = re.sub(r"DOC(\d)", lambda found: said[int(found[1])], text)
    source, other = (backend.source(graph_of(t)) for t in (hostile, plain))
    assert bare(source) == bare(other)
    assert source == backend.source(graph_of(hostile))
    if "://" not in hostile:
        check_style(source)


def bare(source: str) -> str:
    """The code without its docstrings."""
    tree = ast.parse(source, type_comments=True)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    del tree.body[0]
    return ast.dump(tree)
