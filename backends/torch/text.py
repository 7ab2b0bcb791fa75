"""Python text in the layout of `ruff format`: one line where it fits, else one item a line."""

from __future__ import annotations

from dataclasses import dataclass, field

WIDTH = 88
INDENT = "    "


@dataclass(slots=True)
class Call:
    """A call: `nn.Conv2d(3, 64, kernel_size=7)`. Arguments are texts or calls."""

    head: str
    args: list[Code] = field(default_factory=list)
    keywords: list[tuple[str, Code]] = field(default_factory=list)

    def flat(self) -> str:
        parts = [flat(a) for a in self.args] + [f"{k}={flat(v)}" for k, v in self.keywords]
        return f"{self.head}({', '.join(parts)})"


@dataclass(slots=True)
class Repeat:
    """`*(X for _ in range(n))`: the same module n times over, each built anew."""

    item: Code
    count: int

    def flat(self) -> str:
        return f"*({flat(self.item)} for _ in range({self.count}))"


Code = str | Call | Repeat


def flat(code: Code) -> str:
    """The code on one line."""
    return code if isinstance(code, str) else code.flat()


def lines(code: Code, depth: int, prefix: str = "", suffix: str = "") -> list[str]:
    """The code at an indentation, behind `prefix` and before `suffix`, broken where too long.

    Modules stand one a line, each with a comma, which the formatter takes as a wish and
    keeps; other arguments share a line where they can.
    """
    margin = INDENT * depth
    whole = f"{margin}{prefix}{flat(code)}{suffix}"
    children = isinstance(code, Call) and sum(not isinstance(a, str) for a in code.args) > 1
    if isinstance(code, str) or (len(whole) <= WIDTH and not children):
        return [whole]
    if isinstance(code, Repeat):
        return [
            f"{margin}{prefix}*(",
            *lines(code.item, depth + 1),
            f"{margin}{INDENT}for _ in range({code.count})",
            f"{margin}){suffix}",
        ]
    if prefix.endswith(" = ") and len(f"{margin}{prefix}{code.head}(") > WIDTH:
        return [f"{margin}{prefix}(", *lines(code, depth + 1), f"{margin}){suffix}"]
    inner = code.flat()[len(code.head) + 1 : -1]
    if not children and len(margin) + len(INDENT) + len(inner) <= WIDTH:
        return [f"{margin}{prefix}{code.head}(", f"{margin}{INDENT}{inner}", f"{margin}){suffix}"]
    out = [f"{margin}{prefix}{code.head}("]
    for arg in code.args:
        out += lines(arg, depth + 1, "", ",")
    for key, value in code.keywords:
        out += lines(value, depth + 1, f"{key}=", ",")
    return [*out, f"{margin}){suffix}"]


def fold(items: list[Code]) -> list[Code]:
    """Three or more equal neighbours become one `Repeat`."""
    folded: list[Code] = []
    i = 0
    while i < len(items):
        text = flat(items[i])
        j = i
        while j < len(items) and flat(items[j]) == text:
            j += 1
        if j - i >= 3:
            folded.append(Repeat(items[i], j - i))
        else:
            folded += items[i:j]
        i = j
    return folded
