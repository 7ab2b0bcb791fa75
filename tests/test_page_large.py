"""A page of ten thousand layers opens in five seconds, whatever their form."""

from __future__ import annotations

import time

import pytest

from tests.pieces import graph_of
from tests.shown import Shown
from tests.sweeping import some

pytestmark = pytest.mark.browser


def conv(number: int, name: str = "") -> str:
    called = f"id: {name}, " if name else ""
    return f"{called}conv: {{out_channels: {8 + number % 7}, kernel_size: 3, padding: 1}}"


def nested(depth: int, each: int) -> str:
    lines = []
    for level in range(depth):
        indent = "  " * (2 * level + 1)
        lines += [f"{indent}- id: g{level}", f"{indent}  graph:"]
        lines += [f"{indent}    - {{{conv(i)}}}" for i in range(each)]
    return "\n".join(lines) + "\n"


UNIT = "blocks:\n  unit:\n    params: {c: int}\n    graph:\n" + "".join(
    f"      - {{conv: {{out_channels: {'$c' if i == 4 else 8}}}}}\n      - relu\n" for i in range(5)
)
LARGE = {
    "chain": "graph:\n" + "".join(f"  - {{{conv(i)}}}\n" for i in range(10_000)),
    "skips": "graph:\n"
    + "".join(
        f"  - {{{conv(0, f'c{i}')}}}\n  - {{id: r{i}, relu: }}\n"
        f"  - {{id: a{i}, add: [r{i}, {f'a{i - 1}' if i else f'c{i}'}]}}\n"
        for i in range(3334)
    ),
    "blocks": UNIT + "graph:\n" + "".join(f"  - {{unit: {8 + i % 9}}}\n" for i in range(1000)),
    "equal": UNIT + "graph:\n  - repeat: 1000\n    unit: 8\n",
    "nested": "graph:\n" + nested(20, 500),
    "wide": "graph:\n  - concat:\n"
    + "".join(
        f"      - [{', '.join(f'{{{conv(i + j)}}}' for j in range(10))}]\n" for i in range(1000)
    ),
    "read by all": "graph:\n"
    + "".join(f"  - {{{conv(i)}}}\n  - {{id: j{i}, concat: [[], image]}}\n" for i in range(5000)),
}


@pytest.mark.slow
@pytest.mark.sweep
@pytest.mark.parametrize("form", some(list(LARGE), 2))
def test_ten_thousand_layers_open_in_five_seconds(shown: Shown, form: str) -> None:
    """Of the browser's processor; of its clock what even a busy machine needs."""
    text = "name: large\ninputs: {image: [8, 16, 16]}\n" + LARGE[form]
    graph = graph_of(text)
    assert len(graph.nodes) >= 10_000
    begun = time.monotonic()
    shown.open(graph)
    assert shown.browser.spent() < 5_000
    assert time.monotonic() - begun < 120
    assert shown.run("document.querySelectorAll('.box').length") >= 3
    for view in ("Expand all", "Fit"):
        start = shown.browser.spent()
        shown.press(view)
        assert shown.browser.spent() - start < 5_000
    size = len((shown.folder / "0.html").read_bytes())
    assert size < 600 * len(graph.nodes) + 200_000
