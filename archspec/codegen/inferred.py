"""Sizes that no text says: multiples, quotients, sums and products of names already known.

A slice halves the channels and a causal convolution pads by its dilation: `in_channels // 2` and
`(dilation, 0)` say so, where an argument of their own would have each caller compute them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations, permutations
from typing import Any

from archspec.codegen.obstacles import Unwritable
from archspec.codegen.plan import LISTS
from archspec.codegen.symbols import Exec, evaluate, holds, literal, same


def inferred(names: list[ast.expr], execs: list[Exec], values: list[Any]) -> ast.expr | None:
    """An expression over `names` that gives the values, which differ; None where none does.

    Values of a window are inferred one axis at a time.
    """
    if all(isinstance(v, LISTS) for v in values):
        if len({len(v) for v in values}) != 1:
            return None
        axes = [_axis(names, execs, list(axis)) for axis in zip(*values, strict=True)]
        found = [axis for axis in axes if axis is not None]
        return ast.Tuple(found, ast.Load()) if len(found) == len(axes) else None
    return _axis(names, execs, values)


def _axis(names: list[ast.expr], execs: list[Exec], values: list[Any]) -> ast.expr | None:
    if all(same(v, values[0]) for v in values):
        return literal(values[0])
    if not all(type(v) is int for v in values):
        return None
    numbers = dict(_numbers(names, execs))
    candidates = _candidates(numbers, values)
    return next((tree for tree in candidates if holds(tree, execs, values)), None)


def _numbers(names: list[ast.expr], execs: list[Exec]) -> Iterator[tuple[str, list[int]]]:
    """The whole numbers among what is known, by name, with what they are in each execution."""
    for tree in names:
        if isinstance(tree, ast.Name):
            try:
                found = [evaluate(tree, e.names) for e in execs]
            except Unwritable:
                continue
            if all(type(v) is int for v in found):
                yield tree.id, found


def _candidates(numbers: dict[str, list[int]], values: list[int]) -> Iterator[ast.expr]:
    """What the values may be, the simplest first; each is good only where it holds."""
    operator: type[ast.operator]
    trees = {word: ast.Name(word, ast.Load()) for word in numbers}
    yield from trees.values()
    for word, (first, *_) in numbers.items():
        if values[0] and first and first % values[0] == 0:
            yield ast.BinOp(trees[word], ast.FloorDiv(), literal(first // values[0]))
        if first and values[0] % first == 0:
            yield ast.BinOp(literal(values[0] // first), ast.Mult(), trees[word])
    for one, other in combinations(trees.values(), 2):
        for operator in (ast.Mult, ast.Add):
            yield ast.BinOp(one, operator(), other)
    for word, divisor in permutations(trees, 2):
        yield ast.BinOp(trees[word], ast.Sub(), trees[divisor])
        if all(b and a % b == 0 for a, b in zip(numbers[word], numbers[divisor], strict=True)):
            yield ast.BinOp(trees[word], ast.FloorDiv(), trees[divisor])
