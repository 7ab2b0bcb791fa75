"""Hints that are followed to the letter: what is wrong, what is said, and what then is right.

A text that begins with an indent is the list of a graph.
"""

from __future__ import annotations

import pytest

from archspec.diagnostics import ArchspecError
from tests.strategies import graph_of

Rows = list[tuple[str, str, str]]


def spec(text: str) -> str:
    """A whole spec of a text that may leave out its name, its input and the key of its graph."""
    whole = f"graph:\n{text}" if text.startswith(" ") else text
    head = "" if "name:" in whole else "name: T\ninputs: {image: [16, 32, 32]}\n"
    return f"{head}{whole}\n"


def check_followed(wrong: str, hint: str, right: str) -> None:
    with pytest.raises(ArchspecError) as caught:
        graph_of(spec(wrong))
    said = "\n".join(f"{d.message}: {d.hint}" for d in caught.value.diagnostics)
    assert hint in said
    assert graph_of(spec(right)).nodes


LAYOUT: Rows = [
    (
        "  - conv: {out_channels: 16 kernel_size: 3}",
        "write `16, kernel_size: ...`",
        "  - conv: {out_channels: 16, kernel_size: 3}",
    ),
    ("  - {id: a conv: 16}", "write `a, conv: ...`", "  - {id: a, conv: 16}"),
    (
        "  - {id: a, conv: {out_channels: 16} label: A}",
        "write `16}, label: ...`",
        "  - {id: a, conv: {out_channels: 16}, label: A}",
    ),
    (
        "  - conv: {out_channels: $(2 * 8) kernel_size: 3}",
        "write `8), kernel_size: ...`",
        "  - conv: {out_channels: $(2 * 8), kernel_size: 3}",
    ),
    ("  - id: a, conv: 16\n  - relu", "{id: a, conv: 16}", "  - {id: a, conv: 16}\n  - relu"),
    ("  - repeat: 2, conv: 16", "{repeat: 2, conv: 16}", "  - {repeat: 2, conv: 16}"),
    ("  - when: 2 > 1, tanh:", "{when: 2 > 1, tanh: }", "  - {when: 2 > 1, tanh: }"),
    (
        "  - id: a, conv: {out_channels: 16}  # the first",
        "{id: a, conv: {out_channels: 16}}",
        "  - {id: a, conv: {out_channels: 16}}",
    ),
    (
        "  - when: true\n    id: a, conv: 16",
        "`id` and `conv` below each other",
        "  - when: true\n    id: a\n    conv: 16",
    ),
    ("  - label: A, B: C\n    relu:", 'label: "A, B: C"', '  - label: "A, B: C"\n    relu:'),
    ("  - conv: 16\n   - relu", "put it in column 3", "  - conv: 16\n  - relu"),
    ("  - conv: 16\n    - relu", "put it in column 3", "  - conv: 16\n  - relu"),
    ("  - conv: 16\n - relu", "put it in column 3", "  - conv: 16\n  - relu"),
    (
        "  - add:\n      - identity\n     - [relu]",
        "put it in column 7",
        "  - add:\n      - identity\n      - [relu]",
    ),
    (
        "  - when: true\n    - relu",
        "write `graph:` above",
        "  - when: true\n    graph:\n    - relu",
    ),
    (
        "  - repeat: 2\n    - conv: 16\n    - relu",
        "write `graph:` above",
        "  - repeat: 2\n    graph:\n    - conv: 16\n    - relu",
    ),
    ("  - id: a\n   conv: 16", "align it with `id`, in column 5", "  - id: a\n    conv: 16"),
    ("  - id: a\n     conv: 16", "align it with `id`, in column 5", "  - id: a\n    conv: 16"),
    ("  - relu\n   conv: 16", "begin it with `- `, in column 3", "  - relu\n  - conv: 16"),
    ("  - flatten\n      end_axis: 1", "write `flatten:`", "  - flatten:\n      end_axis: 1"),
    ("  - id: a\n    relu\n  - tanh", "write `relu:`", "  - id: a\n    relu:\n  - tanh"),
    ("  - id: a\n    conv 16\n  - tanh", "`conv: 16`", "  - id: a\n    conv: 16\n  - tanh"),
    ("graph\n  - relu", "write `graph:`", "graph:\n  - relu"),
    (
        "  - conv:\n      out_channels 16\n      stride: 2",
        "write `out_channels: 16`",
        "  - conv:\n      out_channels: 16\n      stride: 2",
    ),
    (
        "  - concat: {branches:[identity, [relu]]}",
        "write `branches: ...`",
        "  - concat: {branches: [identity, [relu]]}",
    ),
]


@pytest.mark.parametrize(("wrong", "hint", "right"), LAYOUT)
def test_layout(wrong: str, hint: str, right: str) -> None:
    check_followed(wrong, hint, right)
