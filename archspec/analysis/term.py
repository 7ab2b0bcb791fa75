"""Numbers that remember how they were computed, so that the computation can be shown.

An op's methods compute with whatever numbers they are given. Given plain ones they say that a
convolution makes 112 rows; given terms they say `⌊(224 + 2·3 − 7) / 2⌋ + 1`, for what a term goes
through is written down. So the arithmetic that is shown is the arithmetic that is done.

Terms are kept as one would write them on a board: factors of 1 and addends of 0 are left out, and
`(k - 1) + 1` is k. A division that leaves no rest needs no rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, trunc
from typing import Any

Number = int | float | Fraction


@dataclass(frozen=True, slots=True)
class Known:
    """A number that is given; `name` is what it is called, where it has a name.

    `told` is True of one that is written even where it changes nothing, as in `2·1`.
    """

    number: Number
    name: str = ""
    told: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """A sign applied to one or two trees, and the number that this gives."""

    sign: str
    parts: tuple[Tree, ...]
    number: Number


Tree = Known | Applied

_ROUNDED: dict[str, Callable[[Any], int]] = {"⌊": floor, "⌈": ceil, "trunc": trunc, "round": round}
"""What makes a whole number of a fraction, by the sign it is written with."""


# --- trees as they are written ---------------------------------------------------------------


def _is(tree: Tree, number: Number) -> bool:
    """Whether a tree is a given number and no more, so that it can be left out."""
    return isinstance(tree, Known) and tree.number == number and not tree.told


def _given(*trees: Tree) -> bool:
    return all(isinstance(tree, Known) for tree in trees)


def _applied(sign: str, *parts: Tree, number: Number) -> Applied:
    return Applied(sign, parts, _whole(number))


def _whole(number: Number) -> Number:
    return int(number) if isinstance(number, Fraction) and number.denominator == 1 else number


def _along(tree: Tree, signs: tuple[str, ...]) -> tuple[Tree, list[tuple[str, Tree]]]:
    """The first part of a sum and the others with their signs, however many there are."""
    others = []
    while isinstance(tree, Applied) and tree.sign in signs:
        others.append((tree.sign, tree.parts[1]))
        tree = tree.parts[0]
    return tree, others[::-1]


def _add(a: Tree, b: Tree) -> Tree:
    if _is(b, 0):
        return a
    if _is(a, 0):
        return b
    if isinstance(b, Applied) and b.sign == "neg":
        return _subtract(a, b.parts[0])
    if isinstance(b, Applied) and b.sign == "+":
        first, addends = _along(b, ("+",))
        for addend in (first, *(part for _, part in addends)):
            a = _add(a, addend)
        return a
    if isinstance(a, Applied) and a.sign == "-" and _given(*a.parts) and a.parts[1] == b:
        return a.parts[0]
    return _applied("+", a, b, number=a.number + b.number)


def _subtract(a: Tree, b: Tree) -> Tree:
    if _is(b, 0):
        return a
    if _is(a, 0):
        return _negative(b)
    if isinstance(b, Applied) and b.sign == "+":
        return _subtract(_subtract(a, b.parts[0]), b.parts[1])
    if isinstance(a, Applied) and a.sign == "+" and a.parts[0] == b:
        return a.parts[1]
    return _applied("-", a, b, number=a.number - b.number)


def _multiply(a: Tree, b: Tree) -> Tree:
    if _is(a, 0) or _is(b, 0):
        return Known(a.number * b.number)
    if _is(a, 1):
        return b
    return a if _is(b, 1) else _applied("*", a, b, number=a.number * b.number)


def _divide(a: Tree, b: Tree) -> Tree:
    if _is(a, 0) or _is(b, 1):
        return a
    if isinstance(a.number, float) or isinstance(b.number, float):
        return _applied("/", a, b, number=a.number / b.number)
    return _applied("/", a, b, number=Fraction(a.number) / Fraction(b.number))


def _negative(a: Tree) -> Tree:
    if isinstance(a, Known) and not a.name:
        return Known(-a.number)
    if isinstance(a, Applied):
        if a.sign == "neg":
            return a.parts[0]
        if a.sign == "/" and a.parts[0].number < 0:
            return _divide(_negative(a.parts[0]), a.parts[1])
        if a.sign == "⌊":
            return _rounded("⌈", _negative(a.parts[0]))
    return _applied("neg", a, number=-a.number)


def _rounded(sign: str, a: Tree) -> Tree:
    """A whole number near to another one; where that is whole itself, nothing is written."""
    number = _ROUNDED[sign](a.number)
    if number != a.number:
        return _applied(sign, a, number=number)
    if isinstance(a, Applied):
        return Applied(a.sign, a.parts, number)
    return Known(number, a.name)


def _power(a: Tree, b: Tree) -> Tree:
    return a if _is(b, 1) else _applied("^", a, b, number=a.number**b.number)


def _floored(a: Tree, b: Tree) -> Tree:
    return _rounded("⌊", _divide(a, b))


def _rest(a: Tree, b: Tree) -> Tree:
    return _applied("mod", a, b, number=a.number % b.number)


# --- numbers that have one -------------------------------------------------------------------


def _tree(value: Any) -> Tree | None:
    """The tree of a term; a plain number is its own; None for what is no number."""
    if isinstance(value, Term | Real):
        return value.tree
    return Known(value) if isinstance(value, Number) else None


def term(tree: Tree) -> Any:
    """A number with its tree: a `Term` where it is whole, a `Real` otherwise."""
    return Term(tree) if isinstance(tree.number, int) else Real(tree)


def _signs(combine: Callable[[Tree, Tree], Tree]) -> tuple[Any, Any]:
    """An operator, and the one for a term that stands on its right."""

    def forth(self: Any, other: Any) -> Any:
        tree = _tree(other)
        return NotImplemented if tree is None else term(combine(self.tree, tree))

    def back(self: Any, other: Any) -> Any:
        tree = _tree(other)
        return NotImplemented if tree is None else term(combine(tree, self.tree))

    return forth, back


def _to_whole(sign: str) -> Any:
    def rounded(self: Any, *digits: int) -> Any:
        return round(self.tree.number, *digits) if digits else term(_rounded(sign, self.tree))

    return rounded


class _Arithmetic:
    """What whole and other numbers that remember have in common: all that ops compute with."""

    tree: Tree

    __add__, __radd__ = _signs(_add)
    __sub__, __rsub__ = _signs(_subtract)
    __mul__, __rmul__ = _signs(_multiply)
    __truediv__, __rtruediv__ = _signs(_divide)
    __floordiv__, __rfloordiv__ = _signs(_floored)
    __mod__, __rmod__ = _signs(_rest)
    __pow__, __rpow__ = _signs(_power)
    __floor__, __ceil__ = _to_whole("⌊"), _to_whole("⌈")
    __trunc__, __round__ = _to_whole("trunc"), _to_whole("round")

    def __neg__(self) -> Any:
        return term(_negative(self.tree))

    def __abs__(self) -> Any:
        return -self if self.tree.number < 0 else self


class Term(_Arithmetic, int):
    """A whole number that remembers how it was computed."""

    def __new__(cls, tree: Tree) -> Term:
        self = int.__new__(cls, int(tree.number))
        self.tree = tree
        return self


class Real(_Arithmetic, float):
    """Any other number that does."""

    def __new__(cls, tree: Tree) -> Real:
        self = float.__new__(cls, float(tree.number))
        self.tree = tree
        return self


def named(value: Any, name: str, *, told: bool = False) -> Any:
    """A number as a term of that name; in a list each with its place; all else as it is.

    Args:
        told: whether it is written even where it changes nothing.
    """
    if isinstance(value, tuple):
        places = (f"{name}[{i}]" if name else "" for i in range(len(value)))
        return tuple(named(part, at, told=told) for part, at in zip(value, places, strict=True))
    if isinstance(value, Number) and not isinstance(value, bool):
        return term(Known(value, name, told))
    return value


# --- writing ---------------------------------------------------------------------------------

_SUM, _PRODUCT, _POWER, _ATOM = range(4)


def numbers(value: Any, *, thousands: bool = False) -> str:
    """Return how a number was computed, in numbers: `⌊(224 + 2·3 − 7) / 2⌋ + 1`.

    Args:
        thousands: write `25,088`, as counts are written, instead of `25088`, as sizes are.
    """
    write = "{:,}".format if thousands else "{}".format
    return _written(_tree(value) or Known(value), lambda known: write(known.number))[0]


def names(value: Any) -> str:
    """Return how it was computed, in names: `⌊(height + 2·padding − kernel_size) / stride⌋ + 1`.

    Empty where nothing has a name.
    """
    tree = _tree(value) or Known(value)
    if not any(known.name for known in _leaves(tree)):
        return ""
    return _written(tree, lambda known: known.name or str(known.number))[0]


def _leaves(tree: Tree) -> Iterator[Known]:
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Known):
            yield part
        else:
            waiting.extend(part.parts)


def _written(tree: Tree, leaf: Callable[[Known], str]) -> tuple[str, int]:
    """A tree as text, and how tightly that holds together."""
    if isinstance(tree, Known):
        text = leaf(tree).replace("-", "−")
        level = _PRODUCT if isinstance(tree.number, Fraction) and "/" in text else _ATOM
        return text, _SUM if text.startswith("−") else level
    if tree.sign in ("+", "-"):
        return _sum(tree, leaf), _SUM
    texts = [_written(part, leaf) for part in tree.parts]

    def at_least(place: int, level: int) -> str:
        text, found = texts[place]
        return text if found >= level else f"({text})"

    if tree.sign == "neg":
        return f"−{at_least(0, _PRODUCT)}", _SUM
    if tree.sign in _ROUNDED:
        closing = {"⌊": "⌋", "⌈": "⌉"}.get(tree.sign)
        inner = texts[0][0]
        return f"{tree.sign}{inner}{closing}" if closing else f"{tree.sign}({inner})", _ATOM
    if tree.sign == "*":
        apart = [isinstance(part, Applied) and part.sign in ("/", "mod") for part in tree.parts]
        return "·".join(at_least(i, _ATOM if apart[i] else _PRODUCT) for i in (0, 1)), _PRODUCT
    if tree.sign == "^":
        return f"{at_least(0, _ATOM)}^{at_least(1, _ATOM)}", _POWER
    return f"{at_least(0, _PRODUCT)} {tree.sign} {at_least(1, _POWER)}", _PRODUCT


_ADDENDS = 60
"""Of a sum, what is written; of a longer one, its beginning and its end."""


def _sum(tree: Tree, leaf: Callable[[Known], str]) -> str:
    first, others = _along(tree, ("+", "-"))
    if len(others) > _ADDENDS:
        others = [*others[:2], ("+", Known(0, "…")), *others[-2:]]
    words = [_written(first, leaf)[0]]
    for sign, part in others:
        text, level = ("…", _ATOM) if part == Known(0, "…") else _written(part, leaf)
        words += ["−" if sign == "-" else "+", text if level >= _PRODUCT else f"({text})"]
    return " ".join(words)
