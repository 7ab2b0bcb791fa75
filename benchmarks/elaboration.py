"""Elaboration, from YAML text to graph, of specs ten times as long as one another.

A flat chain is all text: every layer stands in the file. A residual network made with
`repeat` is a few lines, and all elaboration. So is a chain of a million ops; and a concat of
100,000 branches, of which every value lives until the last.
"""

from __future__ import annotations

import gc
import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import archspec
from archspec import pipeline
from benchmarks.measure import Row, timed, worked

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


def loop(nodes: int) -> str:
    """The input is one of them."""
    return f"""
name: loop
inputs: {{x: [4, 8, 8]}}
graph:
  - repeat: {nodes - 1}
    relu:
"""


def concat(branches: int) -> str:
    return f"""
name: concat
inputs: {{x: [4, 8, 8]}}
graph:
  - concat:
      - each: {branches}
        conv: {{out_channels: 1}}
"""


def run(quick: bool) -> Iterator[Row]:
    text = [600, 6_000] if quick else [600, 6_000, 60_000]  # a file has at most 250,000 values
    sizes = [1_000, 10_000] if quick else [1_000, 10_000, 100_000]
    yield from _grown("flat chain", chain, text, quick)
    yield from _grown("residual net", residual, sizes, quick)
    yield _larger("chain in a loop, load", loop, archspec.load, 1_000 if quick else 100_000, 11.0)
    for what, deed in (("stats", archspec.stats), ("source", _source)):
        yield _larger(f"concat, {what}", concat, deed, 100 if quick else 10_000, TARGET)


def _source(file: Path) -> str:
    return pipeline.source(archspec.load(file))


def _larger(
    what: str,
    write: Callable[[int], str],
    deed: Callable[[Path], object],
    size: int,
    target: float,
) -> Row:
    """The CPU time of a deed on a spec ten times as large, once, against three on the smaller."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder, "small.yaml"), Path(folder, "large.yaml")
        small.write_text(write(size), encoding="utf-8")
        large.write_text(write(10 * size), encoding="utf-8")
        few = median(worked(lambda: deed(small)) for _ in range(3))
        many = worked(lambda: deed(large))
    text = f"{what}, {10 * size:,} against {size:,}, CPU"
    return Row("elaboration", text, many, few, "s", many / few, target, 1)


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
