"""A spec that is printed like another: what is the same is written the same, and comments stay."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archspec
from archspec.diagnostics import Source
from archspec.frontend.layout import printed
from archspec.frontend.likeness import make_like
from archspec.frontend.printer import _spec, print_spec
from tests.sweeping import drawn
from tests.test_formatting import fmt
from tests.test_printer import KEYS, SPECS, VALUES, read, same

OLD = """\
# what it is
name: old
inputs: {x: [3, 32, 32]}
params:
  width: 16       # of the stem
  eps: 1.0e-5     # as printed

# all of it
graph:
  # the stem
  - {id: stem, conv: {out_channels: $width,   # wide
                      kernel_size: 3}}
  - relu          # first
  - 'batch_norm'
  - relu          # second
  - id: b
    add:          # two
      - identity
      - conv: 16  # one of them
  # the end
"""


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_what_has_not_changed_is_written_as_it_was(path: Path) -> None:
    source = Source(str(path), path.read_text())
    data = read(source.text)
    assert print_spec(data, like=source) == source.text


def changed(change: str, data: dict[str, Any]) -> None:
    match change:
        case "a value":
            data["params"]["width"] = 32
        case "an attribute":
            data["graph"][0]["conv"]["kernel_size"] = 5
        case "a node more":
            data["graph"].insert(1, {"id": "new", "conv": 16})
        case "a node less":
            del data["graph"][1]
        case "a node in a branch":
            data["graph"][4]["add"][1] = [{"conv": 16}, "relu"]
        case "a section more":
            data["blocks"] = {"unit": {"graph": ["relu"]}}


@pytest.mark.parametrize(
    ("change", "lost", "lines"),
    [
        ("a value", [], 2),
        ("an attribute", [], 2),
        ("a node more", [], 1),
        ("a node less", ["# first"], 1),
        ("a node in a branch", ["# one of them"], 3),
        ("a section more", [], 4),
    ],
)
def test_a_change_changes_little(change: str, lost: list[str], lines: int) -> None:
    data = read(OLD)
    changed(change, data)
    text = print_spec(data, like=Source("old.yaml", OLD))
    assert same(read(text), data)
    comments = re.findall("# .*", OLD)
    assert [c for c in comments if c not in text] == lost
    assert len(set(text.splitlines()) ^ set(OLD.splitlines())) <= lines
    assert fmt(text) == text


def test_anchors_stay_with_their_aliases() -> None:
    old = "name: x\nparams: {a: &a 8, b: *a}  # equal\ngraph: [relu]\n"
    data = read(old)
    del data["params"]["a"]
    text = print_spec(data, like=Source("old.yaml", old))
    assert text == "name: x\nparams: {b: 8}  # equal\ngraph: [relu]\n"


def test_what_cannot_be_taken_apart_is_like_nothing() -> None:
    data = {"name": "x", "graph": ["relu"]}
    text = print_spec(data)
    assert print_spec(data, like=Source("old.yaml", "name: 'x\x85'\n")) == text
    assert print_spec(data, like=Source("old.yaml", "[relu]")) == text


@drawn(2_000, sample=25)
@given(
    st.dictionaries(KEYS, VALUES, min_size=1, max_size=5),
    st.dictionaries(KEYS, VALUES, min_size=1, max_size=5),
)
def test_whatever_it_is_like_it_says_what_it_should(
    data: dict[str, Any], old: dict[str, Any]
) -> None:
    merged = {**old, **{name: data[name] for name in list(data)[::2]}}
    text = printed(make_like(_spec(merged), merged, Source("old.yaml", print_spec(old))))
    assert same(read(text), merged)


def test_a_graph_that_was_edited_keeps_the_comments_of_its_file() -> None:
    graph = archspec.load("lenet5")
    with archspec.edit(graph) as editor:
        editor.replace("f6", "linear", out_features=100)
    text = archspec.to_spec(editor.graph)
    assert "# a 5x5 convolution of a 5x5 map\n" in text
    assert "- {id: f6, linear: 100}\n" in text
