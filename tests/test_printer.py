"""The printer: plain data to YAML that reads back as the same data, and looks as the zoo does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.diagnostics import Source
from archspec.frontend.printer import print_spec
from archspec.frontend.source import parse, plain
from tests.sweeping import drawn

SPECS = sorted(Path("specs").glob("**/*.yaml"))

_PIECES = ["$(", "(", ")", "$x", "f(", "[0]", ", ", ": ", " #", "'", '"', "\\", "{", "}", "[", "]"]
_PIECES += ["- ", "? ", "& ", "*", "!", "|", ">", "%", "@", "`", "---", "...", "\n", "\t", " ", "é"]
_PIECES += ["true", "null", "~", "on", "1e-4", "0x1f", "010", ".inf", "<<", "a", "word", "\x85"]
_PIECES += ["\ufeff", "\u2028", "\U0001f600", "if", "else", "Szegedy et al. 2014", "\x7f", "="]
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.lists(st.sampled_from(_PIECES), max_size=9).map("".join),
    st.lists(st.sampled_from([*_PIECES, "layers", "channels"]), max_size=60).map(" ".join),
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS, TEXTS
)
KEYS = st.one_of(
    st.sampled_from(
        ["name", "params", "graph", "blocks", "id", "for", "when", "else", "conv", "add", "doc"]
    ),
    TEXTS.filter(lambda text: len(text) < 80),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=20,
)


def read(text: str) -> Any:
    return plain(parse(Source("printed.yaml", text)))


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal, and 1 is neither 1.0 nor true."""
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


@drawn(2_000, sample=25)
@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=6))
def test_what_is_printed_reads_back(data: dict[str, Any]) -> None:
    text = print_spec(data)
    assert same(read(text), data)
    assert print_spec(data) == text


@drawn(2_000, sample=25)
@given(st.lists(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4), max_size=5))
def test_nodes_read_back(nodes: list[dict[str, Any]]) -> None:
    data = {"name": "n", "graph": [*nodes, "relu"], "blocks": {"b": {"graph": nodes}}}
    assert same(read(print_spec(data)), data)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_shipped_specs_read_back(path: Path) -> None:
    data = plain(parse(Source(str(path), path.read_text())))
    assert isinstance(data, dict)
    text = print_spec(data)
    assert same(read(text), data)
    assert max(map(len, text.splitlines())) <= 100
    assert print_spec(read(text)) == text


def test_looks_as_the_zoo_does() -> None:
    branch = [
        {"from": "x", "conv": {"out_channels": 64}, "id": "skip"},
        {"relu": {"inplace": True}},
    ]
    text = print_spec(
        {
            "graph": [
                {"conv": {"out_channels": 64, "kernel_size": 3}, "id": "conv1"},
                {"batch_norm": None, "id": "bn"},
                "relu",
                {"max_pool": 2},
                {"add": ["identity", branch]},
                {"graph": [{"block": {"width": "$width"}}, "relu"], "for": {"i": "range(3)"}},
                {"when": "width > 8", "graph": [{"id": "norm", "batch_norm": None}, "relu"]},
                {"add": ["x", {"conv": 8, "from": "y"}]},
                {"block": {"width": 8}, "repeat": 2},
                {"graph": ["relu", {"conv": 8}], "repeat": 2},
                {"linear": "$num_classes", "id": "fc"},
            ],
            "blocks": {
                "block": {
                    "graph": [
                        {
                            "conv": {
                                "out_channels": "$width",
                                "kernel_size": "$(3 if width > 8 else 1)",
                                "padding": "$(1 if width > 8 else 0)",
                                "bias": False,
                            },
                            "id": "conv",
                        }
                    ],
                    "params": {"width": "int"},
                }
            },
            "params": {"width": 64, "eps": 1e-05, "num_classes": 1000},
            "inputs": {"x": [3, 224, 224]},
            "description": "One two three four, " * 6 + "five.",
            "source": "Nobody 2026, A title: with a colon",
            "name": "Example",
        }
    )
    assert (
        text
        == """\
name: Example
source: "Nobody 2026, A title: with a colon"
description: >-
  One two three four, One two three four, One two three four, One two three four, One two three
  four, One two three four, five.
inputs: {x: [3, 224, 224]}

params: {width: 64, eps: 1e-5, num_classes: 1000}

blocks:
  block:
    params: {width: int}
    graph:
      - id: conv
        conv: {out_channels: $width, kernel_size: $(3 if width > 8 else 1),
               padding: $(1 if width > 8 else 0), bias: false}

graph:
  - {id: conv1, conv: {out_channels: 64, kernel_size: 3}}
  - {id: bn, batch_norm: }
  - relu
  - max_pool: 2
  - add:
      - identity
      - - {id: skip, from: x, conv: {out_channels: 64}}
        - relu: {inplace: true}
  - for: {i: range(3)}
    graph:
      - block: {width: $width}
      - relu
  - {when: width > 8, graph: [{id: norm, batch_norm: }, relu]}
  - add: [x, {from: y, conv: 8}]
  - {repeat: 2, block: {width: 8}}
  - repeat: 2
    graph:
      - relu
      - conv: 8
  - {id: fc, linear: $num_classes}
"""
    )


@pytest.mark.parametrize("data", [{"name": {1}}, {7: "x"}, {"name": [b"x"]}])
def test_what_is_no_yaml_is_refused(data: Any) -> None:
    with pytest.raises(TypeError):
        print_spec(data)
