"""Expressions are printed as they are, and broken where the formatter would break them."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.codegen.flat import BINARY, COMPARISONS, flat
from archspec.codegen.layout import laid
from archspec.codegen.python import LOAD, equal

A, B, C = "x" * 32, "y" * 36, "z" * 21
EXPRESSIONS = [
    f"torch.stack([{A}, {B}]).mean(0)",
    f"torch.stack([{A}, {B}, {C}]).mean(0)",
    f"torch.cat([{A}, {B}, {C}], 1)",
    f"torch.amax(torch.stack([{A}, {B}, {C}]), 1)",
    f"{A} * {B}",
    f"{A} + {B} + {B}",
    f"({A} + {B}) / 2",
    f"({A} + {B} + {C}) / 3",
    f"[branch({A}) for branch in self.{A}{B}]",
    f'self["aa"]({A}, {B})',
    f'self["aa"]({A}, {B}, {C})',
    f"sum([{A}, *{B}, {C}])",
    f"functools.reduce(torch.maximum, [{A}, *{B}, {C}])",
    f"fractal_join([{A}, {B}], self.training, {C}, p=0.2)",
    f"fractal_join([{A}, {B}, {C}], self.training, {C}, p=0.2)",
    f"{A}{C}[:, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]",
    f"{A}{B} * 0.23 + 2",
    f'F.grid_sample({A}, {B}, mode="nearest")',
    f"torch.flatten({A}{B}, 1).unflatten(1, (3, 4, 5))",
]


def parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def test_long_lines_are_broken_as_the_formatter_breaks_them() -> None:
    rows = ["class Net:", "    def forward(self, x):"]
    for expression in EXPRESSIONS:
        for prefix in ("x = ", "return ", "shortcut, out = "):
            rows += laid(parsed(expression), 2, prefix)
    text = "\n".join(rows) + "\n"
    found = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "-"],
        input=text,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert found.stdout == text
    assert any(len(row) > 80 for row in rows)


NAMES = st.sampled_from(["a", "b2", "in_channels"]).map(lambda name: ast.Name(name, LOAD))
NUMBERS = st.integers(0, 99) | st.floats(0, 1e30, allow_nan=False) | st.booleans() | st.none()
TEXTS = st.text("ab\"'\\\n{} é", max_size=4)
LEAVES = NAMES | (NUMBERS | TEXTS).map(ast.Constant)
SIGNS = (ast.USub(), ast.Not(), ast.Invert())


def grown(parts: st.SearchStrategy[ast.expr]) -> st.SearchStrategy[ast.expr]:
    """Expressions of such parts."""
    some = st.lists(parts, min_size=2, max_size=3)
    spans = st.builds(ast.Slice, parts | st.none(), parts | st.none(), parts | st.none())
    binary = st.sampled_from([sign() for sign in BINARY])
    compared = st.sampled_from([sign() for sign in COMPARISONS]).map(lambda sign: [sign])
    return st.one_of(
        st.builds(ast.BinOp, parts, binary, parts),
        st.builds(ast.UnaryOp, st.sampled_from(SIGNS), parts),
        st.builds(ast.BoolOp, st.sampled_from([ast.And(), ast.Or()]), some),
        st.builds(ast.Compare, parts, compared, NAMES.map(lambda right: [right])),
        st.builds(ast.IfExp, parts, parts, parts),
        st.builds(ast.Call, NAMES, some, st.just([])),
        st.builds(ast.Subscript, NAMES, spans | parts, st.just(LOAD)),
        st.builds(ast.Attribute, NAMES | st.builds(ast.Call, NAMES, some, st.just([])),
                  st.just("shape"), st.just(LOAD)),
        st.builds(ast.Tuple, st.lists(parts, max_size=3), st.just(LOAD)),
        st.builds(ast.List, some, st.just(LOAD)),
    )  # fmt: skip


@given(st.recursive(LEAVES, grown, max_leaves=12))
def test_what_is_printed_reads_as_what_it_was(tree: ast.expr) -> None:
    assert equal(parsed(flat(tree)), tree)


@pytest.mark.parametrize(
    "text",
    ["2**i", "-(2**i)", "(-2) ** i", "2**-i", "x ** (-i * 2)", "self.depth**2", "f(x) ** 2",
     "x[a + 1 :]", "x[:, : n // 2]", "x[1:]", "x[:: a.b]", "(a, b)[0]", "not a or b",
     'f(a=1, b="c")', "1e20", "k is None"],
)  # fmt: skip
def test_it_is_spelled_as_the_formatter_spells_it(text: str) -> None:
    assert flat(parsed(text)) == text
    formatted = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "-"],
        input=text,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert formatted.stdout == f"{text}\n"
