"""Expressions fitted to samples: what gives a value, or decides on a node, from names in sight.

The caller says what the value is in each sample and what the names in sight are there; `fit`
answers with expressions of the language, best first. They stay within a kind (`kinds.py`), are
believed only where there are enough different samples, and are evaluated in all of these before
they are handed over. What nothing fits is a parameter.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from archspec.diagnostics import ArchspecError, Source, Span
from archspec.frontend.budget import apart
from archspec.frontend.environment import Namespace
from archspec.frontend.expressions import Expression, parse_expression
from archspec.lifting.atoms import mask_of
from archspec.lifting.choices import chosen, where
from archspec.lifting.forms import Candidate, following, following_two
from archspec.lifting.ramps import GROWING, ramps
from archspec.lifting.samples import ABSENT, Absent, Column, Rows, Samples, frozen, same
from archspec.lifting.scaling import scaled_lists

__all__ = ["ABSENT", "Absent", "Column", "Fitted", "Samples", "condition", "fit", "literal"]

MOST = 4
"""So many expressions are handed over at most."""

Worth = Callable[[str, frozenset[str]], int]
"""How much less an expression costs than its characters, by its text and the names it reads."""


def _nothing(_text: str, _names: frozenset[str]) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class Fitted:
    """An expression that gives the target in all samples.

    Attributes:
        text: the expression, without a dollar.
        cost: what it costs to read, in characters or thereabouts.
        names: the columns that it reads.
        data: what stands in a spec: a plain value, `$p`, `$(4 * p)`, or a list of such.
    """

    text: str
    cost: int
    names: frozenset[str]
    data: Any


def fit(
    target: Sequence[Any],
    columns: Sequence[Column],
    kind: str,
    prefer: Sequence[str] = (),
    worth: Worth = _nothing,
) -> list[Fitted]:
    """Expressions that give the target in every sample, best first; none if it is a parameter.

    A target that is the same in all samples is a constant. Where it is absent it constrains
    nothing.

    Args:
        target: the value in each sample, or `ABSENT`.
        columns: the names in sight; `Samples`, where there are many targets.
        kind: what the target measures, a word of `archspec.ops.types.KINDS`; "list" where it is a
            list of which no more is known.
        prefer: expressions that come first wherever they hold, such as those of a former spec.
        worth: what is taken off the costs of expressions.
    """
    samples = Samples.of(columns)
    gathered = samples.gather(target)
    if not gathered:
        return []
    values = tuple(gathered.values())
    constant = all(same(value, values[0]) for value in values)
    if constant and not prefer:
        return [_constant(values[0])]
    with apart():
        found = [*_preferred(prefer, gathered, samples, same)]
        if constant:
            return [*found, _constant(values[0])]
        rows = samples.where(tuple(gathered))
        if any(isinstance(value, tuple) for value in values):
            found += _of_lists(gathered, samples, kind)
        else:
            for candidates in _candidates(gathered, samples, rows, kind):
                found += _verified(candidates, gathered, samples, same, worth)
                if found:
                    break
    return _distinct(found)


def condition(
    present: Sequence[Any],
    columns: Sequence[Column],
    prefer: Sequence[str] = (),
    worth: Worth = _nothing,
) -> list[Fitted]:
    """Conditions for `when`, which hold in just the samples that are flagged, best first.

    Where `present` is `ABSENT` it constrains nothing.
    """
    samples = Samples.of(columns)
    gathered = samples.gather([flag if flag is ABSENT else bool(flag) for flag in present])
    if not gathered:
        return []
    values = tuple(gathered.values())
    with apart():
        found = [*_preferred(prefer, gathered, samples, _holds)]
        if len(set(values)) == 1:
            return [*found, _constant(values[0])]
        rows = samples.where(tuple(gathered))
        found += _verified(where(mask_of(values), rows), gathered, samples, _holds, worth)
    return _distinct(found)


def _holds(value: Any, wanted: bool) -> bool:
    return bool(value) is wanted


# --- Candidates ---------------------------------------------------------------------------


def _candidates(
    gathered: dict[int, Any], samples: Samples, rows: Rows, kind: str
) -> Iterator[Iterable[Candidate]]:
    """What may give the values: groups of expressions, the simpler ones first."""
    values = tuple(gathered.values())
    yield following(values, rows, kind)
    if all(isinstance(value, bool) for value in values):
        yield where(mask_of(values), rows)
        return
    if kind in GROWING:
        yield ramps(values, rows)
    yield following_two(values, rows, kind)
    numbers = tuple(gathered)

    def part(mask: int) -> list[Candidate]:
        """What gives the target in some of the rows."""
        some = [row for row in range(rows.size) if mask >> row & 1]
        within = tuple(values[row] for row in some)
        if all(same(value, within[0]) for value in within):
            return []
        return following(within, samples.where([numbers[row] for row in some]), kind)

    yield chosen(values, rows, kind, literal, part)


def _of_lists(gathered: dict[int, Any], samples: Samples, kind: str) -> list[Fitted]:
    """A list that is a column, or one list scaled, or whose elements are each fitted alone."""
    values = tuple(gathered.values())
    rows = samples.where(tuple(gathered))
    for candidates in (following(values, rows, kind), scaled_lists(values, rows)):
        whole = [*_verified(candidates, gathered, samples, same)]
        if whole:
            return whole
    if (
        kind != "list"
        and len({len(value) if isinstance(value, tuple) else -1 for value in values}) == 1
    ):
        parts = []
        for position in range(len(values[0])):
            element = {number: value[position] for number, value in gathered.items()}
            best = _element(element, samples, kind)
            if best is None:
                break
            parts.append(best)
        else:
            text = f"[{', '.join(part.text for part in parts)}]"
            names = frozenset[str]().union(*(part.names for part in parts))
            cost = sum(part.cost + 2 for part in parts)
            return [Fitted(text, cost, names, [part.data for part in parts])]
    return [*_verified(chosen(values, rows, kind, literal, lambda _: []), gathered, samples, same)]


def _element(element: dict[int, Any], samples: Samples, kind: str) -> Fitted | None:
    """What gives one position of a list."""
    values = tuple(element.values())
    if all(same(value, values[0]) for value in values):
        return _constant(values[0])
    if any(isinstance(value, tuple) for value in values):
        return next(iter(_of_lists(element, samples, kind)), None)
    rows = samples.where(tuple(element))
    for candidates in _candidates(element, samples, rows, kind):
        found = [*_verified(candidates, element, samples, same)]
        if found:
            return found[0]
    return None


# --- Words of the language ----------------------------------------------------------------


def literal(value: Any) -> str:
    """A plain value as an expression writes it."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(literal, value))}]"
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return repr(value)


def _constant(value: Any) -> Fitted:
    text = literal(value)
    return Fitted(text, len(text), frozenset(), _plain(value))


def _plain(value: Any) -> Any:
    return [*map(_plain, value)] if isinstance(value, tuple) else value


_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)?(\[-?\w+\])*")


def written(text: str) -> str:
    """An expression with its dollar, in brackets where these are needed."""
    return f"${text}" if _NAME.fullmatch(text) else f"$({text})"


# --- Checking by the language itself ------------------------------------------------------


@lru_cache(maxsize=4096)
def parsed(text: str) -> Expression | None:
    """The expression in a text; None if it is none."""
    span = Span(Source("lifted", text), 1, 1, 1 + len(text))
    try:
        with apart():
            return parse_expression(text, span)
    except ArchspecError:
        return None


def _verified(
    candidates: Iterable[Candidate],
    gathered: dict[int, Any],
    samples: Samples,
    agrees: Callable[[Any, Any], bool],
    worth: Worth = _nothing,
) -> Iterator[Fitted]:
    """The best of the candidates that hold in every row as the language evaluates them."""
    found = 0
    costs = [(text, cost - worth(text, names), names) for text, cost, names in candidates]
    for text, cost, names in sorted(costs, key=lambda one: (one[1], one[0])):
        if found < MOST and _gives(text, names, gathered, samples, agrees):
            found += 1
            yield Fitted(text, cost, named(text, samples), written(text))


def _preferred(
    texts: Sequence[str],
    gathered: dict[int, Any],
    samples: Samples,
    agrees: Callable[[Any, Any], bool],
) -> Iterator[Fitted]:
    """Those of the texts that hold."""
    known = {column.name for column in samples}
    for text in texts:
        plain = text[2:-1] if text.startswith("$(") and text.endswith(")") else text.lstrip("$")
        expression = parsed(plain)
        names = _names(expression) if expression else frozenset()
        sees = names and names <= known
        if sees and _gives(plain, names, gathered, samples, agrees):
            yield Fitted(plain, len(plain), names, written(plain))


def named(text: str, samples: Samples) -> frozenset[str]:
    """The columns that an expression reads."""
    expression = parsed(text)
    known = {column.name for column in samples}
    return frozenset(_names(expression) & known) if expression else frozenset()


def _names(expression: Expression) -> frozenset[str]:
    """The columns that an expression reads: `input.channels`, not `input`."""
    sizes = {
        f"input.{node.attr}"
        for node in ast.walk(expression.tree)
        if isinstance(node, ast.Attribute)
    }
    return (expression.names - {"input"}) | sizes


def _gives(
    text: str,
    names: frozenset[str],
    gathered: dict[int, Any],
    samples: Samples,
    agrees: Callable[[Any, Any], bool],
) -> bool:
    """Whether an expression gives the target in every row, as the language evaluates it."""
    expression = parsed(text)
    if expression is None:
        return False
    read = names | _names(expression)  # a name may be made of several that are in sight, too
    used = [at for at, column in enumerate(samples) if column.name in read]
    done: dict[tuple[Any, ...], Any] = {}
    for number, wanted in gathered.items():
        key = tuple(samples.table[number][at] for at in used)
        if key in done:
            if not same(done[key], wanted):
                return False
            continue
        done[key] = wanted
        if ABSENT in key:
            return False
        try:
            value = expression.evaluate(environment(samples, number, read))
        except ArchspecError:
            return False
        if not agrees(frozen(value), wanted):
            return False
    return True


def environment(samples: Samples, number: int, names: frozenset[str]) -> dict[str, object]:
    """Some of the columns as the language sees them in a row."""
    env: dict[str, object] = {}
    sizes: dict[str, object] = {}
    for column, value in zip(samples, samples.table[number], strict=True):
        if column.name not in names:
            continue
        if column.name.startswith("input."):
            sizes[column.name.removeprefix("input.")] = value
        else:
            env[column.name] = [*value] if isinstance(value, tuple) else value
    if sizes:
        env["input"] = Namespace("input", dict(sizes))
    return env


def _distinct(found: Iterable[Fitted]) -> list[Fitted]:
    """Each text once, where it comes first."""
    return [*{one.text: one for one in reversed([*found])}.values()][::-1]
