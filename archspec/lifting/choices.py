"""Values and nodes that depend on a condition: `2 if i > 0 and j == 0 else 1`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from typing import Any

from archspec.lifting.atoms import Atom, atoms, by_mask
from archspec.lifting.forms import Candidate
from archspec.lifting.kinds import tests
from archspec.lifting.samples import Rows

BRANCH = 10
"""What it costs to read a conditional expression."""
JOINT = 6
"""What it costs to read `and` or `or`."""
SHAPE = 24
"""What it is worth to compare with the size of the input and nothing else."""
MOST_PAIRED = 60
"""So many conditions at most are joined with one another."""

Literal = Callable[[Any], str]
Following = Callable[[int], list[Candidate]]
"""What gives the target in the rows of a mask from columns, without a condition."""


def where(
    mask: int, rows: Rows, kinds: frozenset[str] | None = None, *, brief: bool = False
) -> list[Candidate]:
    """Conditions that hold in just the rows of a mask, of one part where there is one.

    Args:
        mask: the rows where they hold.
        rows: the rows.
        kinds: what the columns may measure that they read; any where it is None.
        brief: whether they are written before `if` and `else`.
    """
    found = [atom for atom in _able(by_mask(rows).get(mask, ()), kinds) if atom.founded]
    if not found:
        return [*_joined(mask, _all(rows, kinds), rows, brief)]
    return [_alone(atom, brief) for atom in found]


def _alone(atom: Atom, brief: bool) -> Candidate:
    text = atom.brief if brief else atom.text
    worth = SHAPE if atom.shape else 0
    return Candidate(text, atom.cost - len(atom.text) + len(text) - worth, atom.names)


def _able(found: Sequence[Atom], kinds: frozenset[str] | None) -> list[Atom]:
    if kinds is None:
        return list(found)
    return [atom for atom in found if all(vector.kind in kinds for vector in atom.vectors)]


def _all(rows: Rows, kinds: frozenset[str] | None) -> list[Atom]:
    """All conditions of such columns, the cheapest first."""
    key = ("able", kinds)
    if key not in rows.notes:
        rows.notes[key] = sorted(_able(atoms(rows), kinds), key=lambda atom: (atom.cost, atom.text))
    able: list[Atom] = rows.notes[key]
    return able


def _joined(mask: int, able: Sequence[Atom], rows: Rows, brief: bool) -> Iterator[Candidate]:
    """`a and b`, `a or b`, of two columns or more with four different rows.

    Before `if` and `else`, `i + j` says as much as `i > 0 or j > 0`.
    """
    for word, more, parts in (
        ("and", 0, [atom for atom in able if atom.mask & mask == mask][:MOST_PAIRED]),
        ("or", 4, [atom for atom in able if atom.mask | mask == mask][:MOST_PAIRED]),
    ):
        for at, one in enumerate(parts):
            for other in parts[at + 1 :]:
                both = one.mask & other.mask if word == "and" else one.mask | other.mask
                vectors = {vector.name: vector for vector in (*one.vectors, *other.vectors)}
                if both != mask or len(vectors) < 2 or not _told(one, other):
                    continue
                if mask in (one.mask, other.mask):
                    continue  # one of them says it alone, and was not believed
                if rows.several(*vectors.values()) < 4:
                    continue
                first, second = sorted((one, other), key=lambda a: _order(a, rows))
                text = f"{first.text} {word} {second.text}"
                cost = one.cost + other.cost + JOINT + more
                if brief and word == "or" and first.counts and second.counts:
                    text = f"{first.brief} + {second.brief}"
                    cost = len(text) + JOINT
                yield Candidate(text, cost, frozenset(vectors))


def _told(one: Atom, other: Atom) -> bool:
    """Whether two conditions make one: both may be reasons, or a flag or a word is one of them."""
    chosen = [vector.kind in ("flag", "word") for atom in (one, other) for vector in atom.vectors]
    return any(chosen) or (one.cause and other.cause)


def _order(atom: Atom, rows: Rows) -> tuple[bool, int]:
    """Which of two conditions comes first: a flag, else that on the column that comes first."""
    names = [vector.name for vector in rows.vectors]
    first = min(names.index(v.name) if v.name in names else len(names) for v in atom.vectors)
    return atom.vectors[0].kind != "flag", first


# --- Values -------------------------------------------------------------------------------


def chosen(
    values: Sequence[Any], rows: Rows, kind: str, literal: Literal, following: Following
) -> list[Candidate]:
    """`a if c else b`, of which a and b are constants, or one of them follows from a column.

    Args:
        values: the target in each row.
        rows: the rows.
        kind: what the target measures.
        literal: how a constant is written.
        following: what gives the target in some rows from one column.
    """
    groups: dict[Any, int] = {}
    for row, value in enumerate(values):
        key = (isinstance(value, bool), value)
        groups[key] = groups.get(key, 0) | 1 << row
    allowed = None if kind == "word" else tests(kind)
    found = [*_mixed(groups, rows, allowed, literal, following)]
    if len(groups) == 3 and kind == "word":
        found += _staged(groups, rows, literal)
    if len(groups) == 2:
        (one, mask), (other, rest) = ((key[1], mask) for key, mask in groups.items())
        found += _constants(one, other, where(mask, rows, allowed, brief=True), literal)
        found += _constants(other, one, where(rest, rows, allowed, brief=True), literal)
    return found


def _constants(
    one: Any, other: Any, conditions: Sequence[Candidate], literal: Literal
) -> Iterator[Candidate]:
    for text, cost, names in conditions:
        shown = f"{literal(one)} if {text} else {literal(other)}"
        yield Candidate(shown, len(shown) - len(text) + cost + BRANCH, names)


def _mixed(
    groups: dict[Any, int],
    rows: Rows,
    allowed: frozenset[str] | None,
    literal: Literal,
    following: Following,
) -> Iterator[Candidate]:
    """A constant where a condition holds, else what follows from a column; or the reverse."""
    for atom in _all(rows, allowed):
        if len(atom.vectors) > 1 and not atom.last:
            continue
        if not atom.cause and atom.vectors[0].kind != "index":
            continue
        rest = rows.full & ~atom.mask
        constant = next((key[1] for key, mask in groups.items() if atom.mask & ~mask == 0), None)
        for part in following(rest) if constant is not None else ():
            if _founded(atom, part, rows):
                text = f"{literal(constant)} if {atom.brief} else {part.text}"
                cost = len(text) + BRANCH + atom.cost - len(atom.text) + part.cost - len(part.text)
                yield Candidate(text, cost, atom.names | part.names)
        if constant is None and atom.vectors[0].kind in ("flag", "word"):
            yield from _two_sided(atom, rest, following)


def _staged(groups: dict[Any, int], rows: Rows, literal: Literal) -> Iterator[Candidate]:
    """One of three words where a condition holds, one of the others where a second does."""
    for one, other, last in permutations(groups.items()):
        (_, first), mask = one
        (_, second), within = other
        conditions = where(mask, rows, brief=True)[:2]
        seconds = _between(within, within | mask, rows) if conditions else []
        for text, cost, names in conditions:
            for more, further, read in seconds:
                shown = f"{literal(first)} if {text} else {literal(second)} if {more}"
                shown += f" else {literal(last[0][1])}"
                extra = cost - len(text) + further - len(more)
                yield Candidate(shown, len(shown) + 2 * BRANCH + extra, names | read)


def _between(least: int, most: int, rows: Rows) -> list[Candidate]:
    """The best conditions that hold in some rows, and in none but others."""
    found = [
        _alone(atom, True)
        for atom in _all(rows, None)
        if atom.founded and least & ~atom.mask == 0 and atom.mask & ~most == 0
    ]
    return sorted(found, key=lambda one: (one.cost, one.text))[:2]


def _two_sided(atom: Atom, rest: int, following: Following) -> Iterator[Candidate]:
    """What follows from one column where a flag holds, and from another where it does not."""
    for one in following(atom.mask)[:2]:
        for other in following(rest)[:2]:
            text = f"{one.text} if {atom.brief} else {other.text}"
            yield Candidate(
                text, len(text) + BRANCH + one.cost // 2, atom.names | one.names | other.names
            )


def _founded(atom: Atom, part: Candidate, rows: Rows) -> bool:
    """Whether the columns of a condition and of a value have four different rows."""
    names = atom.names | part.names
    vectors = [vector for vector in rows.vectors if vector.name in names]
    return len(vectors) > 1 and rows.several(*vectors) >= 4
