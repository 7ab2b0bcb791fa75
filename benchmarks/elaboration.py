"""Elaboration, from YAML text to graph, of specs ten times as long as one another.

A flat chain is all text: every layer stands in the file. A residual network made with
`repeat` is a few lines, and all elaboration.
"""

from __future__ import annotations

import gc
import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import archspec
from benchmarks.measure import Row, timed

TARGET = 12.0


def chain(nodes: int) -> str:
    rows = "".join(
        f"  - {{id: n{i}, conv: {{out_channels: 4}}}}\n  - relu\n" for i in range(nodes // 2)
    )
    return f"name: chain\ninputs: {{x: [4, 8, 8]}}\ngraph:\n{rows}"


def residual(nodes: int) -> str:
    """Five nodes a repetition."""
    return f"""
name: residual
inputs: {{x: [4, 8, 8]}}
blocks:
  unit:
    params: {{channels: int, stride: 1}}
    graph:
      - add:
          - - conv: {{out_channels: $channels, kernel_size: 3, stride: $stride, padding: 1}}
            - batch_norm
            - relu
          - - {{when: input.channels != channels, conv: {{out_channels: $channels}}}}
      - relu
graph:
  - repeat: {nodes // 5}
    unit: {{channels: 4}}
"""


def run(quick: bool) -> Iterator[Row]:
    sizes = [1_000, 10_000] if quick else [1_000, 10_000, 100_000]
    for what, write in (("flat chain", chain), ("residual net", residual)):
        yield from _grown(what, write, sizes, quick)


def _grown(what: str, write: Callable[[int], str], sizes: list[int], quick: bool) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for size in sizes:
            files[size] = Path(folder, f"{size}.yaml")
            files[size].write_text(write(size), encoding="utf-8")
        samples: dict[int, list[float]] = {size: [] for size in sizes}
        rounds = 1 if quick else 3
        for _ in range(rounds):
            for size, file in files.items():
                for _ in range(3 if size < sizes[-1] else 1):
                    gc.collect()
                    samples[size].append(timed(lambda file=file: archspec.load(file)))
    for small, large in itertools.pairwise(sizes):
        few, many = median(samples[small]), median(samples[large])
        yield Row(
            "elaboration",
            f"{what}, {large:,} nodes against {small:,}",
            many,
            few,
            "s",
            many / few,
            TARGET,
            len(samples[large]),
        )
