"""Python text in the layout of `ruff format`: one line where it fits, else one item a line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from archspec.backends.torch.words import INDENT, WIDTH, comment


@dataclass(slots=True)
class Call:
    """A call: `nn.Conv2d(3, 64, kernel_size=7)`. Arguments are texts or calls.

    Without a head and in square brackets it is a list. `doc` is what the spec says of what it
    builds, a comment above it.
    """

    head: str
    args: list[Code] = field(default_factory=list)
    keywords: list[tuple[str, Code]] = field(default_factory=list)
    brackets: str = "()"
    doc: str = ""

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


@dataclass(slots=True)
class Text:
    """A text with the values of expressions in it, if any: several in a row where it is long.

    Attributes:
        pieces: words with the spaces behind them, and expressions, which are marked.
    """

    pieces: list[tuple[str, bool]] = field(default_factory=list)

    def say(self, words: str) -> None:
        """Add words as they are, but for what cannot be seen."""
        seen = "".join(c if c.isprintable() else " " for c in words)
        self.pieces += [(piece, False) for piece in re.findall(r"\S+ ?| ", seen)]

    def evaluate(self, expression: str) -> None:
        """Add the value of an expression."""
        self.pieces.append((expression, True))

    def flat(self) -> str:
        return self.quoted(self.pieces)

    def quoted(self, pieces: list[tuple[str, bool]]) -> str:
        """Some of it as a literal, with the quotes that need fewer backslashes."""
        said = "".join(piece for piece, evaluated in pieces if not evaluated)
        quote = '"' if said.count('"') <= said.count("'") else "'"
        formatted = any(evaluated for _, evaluated in self.pieces)
        out = ""
        for piece, evaluated in pieces:
            escaped = piece.replace("\\", "\\\\").replace(quote, f"\\{quote}")
            if formatted:
                escaped = escaped.replace("{", "{{").replace("}", "}}")
            out += f"{{{piece}}}" if evaluated else escaped
        return f"{'f' * formatted}{quote}{out}{quote}"

    def rows(self, room: int) -> list[str]:
        """Literals that fit, which Python puts together."""
        rows: list[list[tuple[str, bool]]] = [[]]
        for piece in self.pieces:
            if rows[-1] and len(self.quoted([*rows[-1], piece])) > room:
                rows.append([])
            rows[-1].append(piece)
        return [self.quoted(row) for row in rows]


Code = str | Call | Repeat | Text


def flat(code: Code) -> str:
    """The code on one line."""
    return code if isinstance(code, str) else code.flat()


def above(code: Code) -> Iterator[str]:
    """What is said above a piece of code: of itself, or of the module that it repeats."""
    if isinstance(code, Repeat):
        yield from above(code.item)
    elif isinstance(code, Call):
        if code.doc:
            yield code.doc
        only = code.args[0] if len(code.args) == 1 else ""
        if isinstance(only, Repeat) and only.alone:
            yield from above(only)


def remarked(code: Code, told: set[str]) -> Code:
    """The code without those words, here and within, that were said before; `told` learns them."""
    if isinstance(code, Repeat):
        return replace(code, item=remarked(code.item, told))
    if not isinstance(code, Call):
        return code
    doc = "" if code.doc in told else code.doc
    told.add(doc)
    args = [remarked(a, told) for a in code.args]
    keywords = [(k, remarked(v, told)) for k, v in code.keywords]
    return replace(code, args=args, keywords=keywords, doc=doc)


def lines(code: Code, depth: int, prefix: str = "", suffix: str = "") -> list[str]:
    """The code at an indentation, behind `prefix` and before `suffix`, broken where too long.

    Modules stand one a line, each with a comma, which the formatter takes as a wish and
    keeps; other arguments share a line where they can. What is said of a piece stands above it.
    """
    said = [row for words in above(code) for row in comment(words, INDENT * depth)]
    return said + _lines(code, depth, prefix, suffix)


def _lines(code: Code, depth: int, prefix: str, suffix: str) -> list[str]:
    margin = INDENT * depth
    whole = f"{margin}{prefix}{flat(code)}{suffix}"
    children = isinstance(code, Call) and sum(not isinstance(a, str) for a in code.args) > 1
    children = children or _speaks(code)
    if isinstance(code, Text):
        rows = code.rows(WIDTH - len(margin))
        return [whole] if len(whole) <= WIDTH else [f"{margin}{row}" for row in rows]
    if isinstance(code, str) or (len(whole) <= WIDTH and not children):
        return [whole]
    if isinstance(code, Repeat) and code.alone:
        return [*_lines(code.item, depth, prefix, ""), *_rounds(code.rounds, depth)]
    if isinstance(code, Repeat):
        return [
            f"{margin}{prefix}*(",
            *_lines(code.item, depth + 1, "", ""),
            *_rounds(code.rounds, depth + 1),
            f"{margin}){suffix}",
        ]
    opening, closing = f"{margin}{prefix}{code.head}{code.brackets[0]}", code.brackets[1]
    if prefix.endswith(" = ") and len(opening) > WIDTH:
        return [f"{margin}{prefix}(", *_lines(code, depth + 1, "", ""), f"{margin}){suffix}"]
    inner = code.flat()[len(code.head) + 1 : -1]
    if not children and len(margin) + len(INDENT) + len(inner) <= WIDTH:
        return [opening, f"{margin}{INDENT}{inner}", f"{margin}{closing}{suffix}"]
    out = [opening]
    for arg in code.args:
        alone = isinstance(arg, Repeat) and arg.alone
        sole = alone or (isinstance(arg, Call) and not arg.head)
        write = _lines if alone else lines  # what is said of it stands above the call
        out += write(arg, depth + 1, "", "" if sole else ",")
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


def _speaks(code: Code) -> bool:
    """Whether something is said of a part of it, in the place where that stands."""
    if isinstance(code, Repeat):
        return _speaks(code.item)
    parts = [*code.args, *(value for _, value in code.keywords)] if isinstance(code, Call) else []
    return any(
        _speaks(part) or (any(above(part)) and not (isinstance(part, Repeat) and part.alone))
        for part in parts
    )


def fold(items: list[Code]) -> list[Code]:
    """Three or more equal neighbours, of which the same is said, become one `Repeat`."""
    folded: list[Code] = []
    i = 0
    while i < len(items):
        kind = flat(items[i]), [*above(items[i])]
        j = i
        while j < len(items) and (flat(items[j]), [*above(items[j])]) == kind:
            j += 1
        if j - i >= 3:
            folded.append(Repeat(items[i], f"for _ in range({j - i})"))
        else:
            folded += items[i:j]
        i = j
    return folded
