"""Python text in the layout of `ruff format`: one line where it fits, else one item a line."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

WIDTH = 88
INDENT = "    "


@dataclass(slots=True)
class Call:
    """A call: `nn.Conv2d(3, 64, kernel_size=7)`. Arguments are texts or calls.

    Without a head and in square brackets it is a list.
    """

    head: str
    args: list[Code] = field(default_factory=list)
    keywords: list[tuple[str, Code]] = field(default_factory=list)
    brackets: str = "()"

    def flat(self) -> str:
        parts = [flat(a) for a in self.args] + [f"{k}={flat(v)}" for k, v in self.keywords]
        return f"{self.head}{self.brackets[0]}{', '.join(parts)}{self.brackets[1]}"


@dataclass(slots=True)
class Repeat:
    """`*(X for _ in range(n))`: the same module n times over, each built anew.

    `alone`, as a call's only argument, it needs neither star nor brackets.
    """

    item: Code
    rounds: str
    alone: bool = False

    def flat(self) -> str:
        text = f"{flat(self.item)} {self.rounds}"
        return text if self.alone else f"*({text})"


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
    if isinstance(code, Repeat) and code.alone:
        return [*lines(code.item, depth, prefix), *_rounds(code.rounds, depth)]
    if isinstance(code, Repeat):
        return [
            f"{margin}{prefix}*(",
            *lines(code.item, depth + 1),
            *_rounds(code.rounds, depth + 1),
            f"{margin}){suffix}",
        ]
    opening, closing = f"{margin}{prefix}{code.head}{code.brackets[0]}", code.brackets[1]
    if prefix.endswith(" = ") and len(opening) > WIDTH:
        return [f"{margin}{prefix}(", *lines(code, depth + 1), f"{margin}){suffix}"]
    inner = code.flat()[len(code.head) + 1 : -1]
    if not children and len(margin) + len(INDENT) + len(inner) <= WIDTH:
        return [opening, f"{margin}{INDENT}{inner}", f"{margin}{closing}{suffix}"]
    out = [opening]
    for arg in code.args:
        sole = (isinstance(arg, Repeat) and arg.alone) or (isinstance(arg, Call) and not arg.head)
        out += lines(arg, depth + 1, "", "" if sole else ",")
    for key, value in code.keywords:
        out += lines(value, depth + 1, f"{key}=", ",")
    return [*out, f"{margin}{closing}{suffix}"]


def _rounds(text: str, depth: int) -> list[str]:
    """`for maps in ((0, 1), (1, 2))`; what a long one walks stands one a line."""
    head, _, walked = text.partition(" in ")
    if len(INDENT) * depth + len(text) <= WIDTH or not walked.startswith(("(", "[")):
        return [f"{INDENT * depth}{text}"]
    tree = ast.parse(walked, mode="eval").body
    items = [ast.unparse(item) for item in tree.elts]  # type: ignore[attr-defined]
    return lines(Call("", list(items), brackets=walked[0] + walked[-1]), depth, f"{head} in ")


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
            folded.append(Repeat(items[i], f"for _ in range({j - i})"))
        else:
            folded += items[i:j]
        i = j
    return folded
