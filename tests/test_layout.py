"""Long lines of `forward` are broken where the formatter would break them."""

from __future__ import annotations

import subprocess
import sys

from archspec.backends.torch.layout import wrapped

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


def test_long_lines_are_broken_as_the_formatter_breaks_them() -> None:
    rows = ["class Net:", "    def forward(self, x):"]
    for expression in EXPRESSIONS:
        for prefix in ("x = ", "return ", "shortcut, out = "):
            rows += wrapped(prefix, expression, " " * 8)
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
