"""Unified bodies: items whose slots hold one value for every sample."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from archspec.ir.graph import Instance, Node
from archspec.lifting.samples import ABSENT, Column, Samples, same

Round = TypeVar("Round")
OfRounds = tuple["Level", dict[int, Round]]

BARE = ("condition", "rounds", "list")
"""Kinds of slots that hold expressions, which need no dollar."""


@dataclass(slots=True, eq=False)
class Variable:
    """A name in sight at a level: a parameter, or what a loop walks.

    Attributes:
        values: one a sample.
        used: whether anything that is written reads it.
        default: of a parameter; `computed` is whether that is an expression.
        version: how often values were found that were not known.
        fixed: whether the default is that of the spec, and stays.
        edited: whether it is there for what an edit changed, and decides on nothing else.
        open: samples in which the value is another one, if need be, as something changed there.
    """

    name: str
    kind: str
    values: list[Any]
    used: bool = False
    default: Any = ABSENT
    computed: bool = False
    version: int = 0
    fixed: bool = False
    edited: bool = False
    open: frozenset[int] = frozenset()


@dataclass(slots=True, eq=False)
class Level:
    """The samples of a body: instances of a block, or the rounds of a loop in each of these.

    Attributes:
        outer: the level that a loop stands in, and `above` the sample there of each one here.
        turn: which round a sample is.
        variables: what its loop binds; of a block its parameters.
        lists: what the variables of a loop walk, as slots of the level around.
        index: the number of the round; `rounds` says of each sample of `outer` how many there are.
        units: the instance of each sample, of a block or of the network.
        hidden: names that only a former spec's expressions may read; of a loop `walks` has the
            text of the list that each walks, and the names in that.
    """

    size: int
    outer: Level | None = None
    above: list[int] = field(default_factory=list)
    turn: list[int] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    lists: dict[str, Slot] = field(default_factory=dict)
    index: Variable | None = None
    rounds: list[Any] = field(default_factory=list)
    is_block: bool = False
    units: Sequence[Instance] = ()
    hidden: dict[str, Variable] = field(default_factory=dict)
    walks: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    known: tuple[str, ...] = ()
    samples: Samples | None = None

    @classmethod
    def of_rounds(cls, outer: Level, rounds: Mapping[int, Sequence[Round]]) -> OfRounds[Round]:
        """The level of the rounds that samples of another have, and each round by its sample."""
        inner, found = cls(0, outer), dict[int, Round]()
        for above, each in rounds.items():
            for turn, one in enumerate(each):
                found[inner.size] = one
                inner.above.append(above)
                inner.turn.append(turn)
                inner.size += 1
        return inner, found

    def add(self, variable: Variable) -> None:
        """Bind one more name here."""
        self.variables.append(variable)

    def columns(self) -> Samples:
        """All names in sight, with their values in each sample; those of outer levels first."""
        known = tuple(f"{v.kind} {v.version}" for level in self.chain() for v in level.variables)
        if self.samples is None or known != self.known:
            self.known = known
            depths = {v: -n for n, level in enumerate(self.chain()) for v in level.variables}
            self.samples = Samples(
                tuple(
                    Column(v.name, tuple(at), "list" if v.kind == "values" else v.kind)
                    for v, at in sorted(self.sight(), key=lambda pair: depths[pair[0]])
                    if not v.edited
                )
            )
        return self.samples

    def sight(self) -> Iterator[tuple[Variable, list[Any]]]:
        """The variables in sight, each with a value for every sample; the nearest first."""
        path: list[Level] = []
        seen: set[str] = set()
        for around in self.chain():
            for variable in around.variables:
                if variable.name in seen:
                    continue
                seen.add(variable.name)
                values = variable.values
                for step in reversed(path):
                    values = step.lifted(values)
                yield variable, values
            path.append(around)

    def lifted(self, values: Sequence[Any]) -> list[Any]:
        """Values of the level around, one for each sample here."""
        return [values[index] for index in self.above]

    def chain(self) -> Iterator[Level]:
        level: Level | None = self
        while level is not None:
            yield level
            level = level.outer


@dataclass(slots=True, eq=False)
class Slot:
    """What is written at one place, for every sample of a level; `text` once it is known.

    `said` is what a former spec said there, and `kept` whether that is written; `usual` is the
    plain value that it had there. `about` are the names of what it decides on, and `beside` those
    of what conditions decide on in the same body; `place` are the ids of the nodes that it is for,
    the innermost last.
    """

    kind: str
    values: list[Any]
    hint: str = ""
    text: Any = ABSENT
    said: tuple[Any, ...] = ()
    kept: bool = False
    usual: Any = ABSENT
    about: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    place: tuple[str, ...] = ()

    def of(self, values: list[Any], kind: str = "") -> Slot:
        """A slot for the same place with other values."""
        return Slot(kind or self.kind, values, self.hint, place=self.place)

    @property
    def constant(self) -> bool:
        """Whether it is the same in all samples that constrain it."""
        found = [v for v in self.values if v is not ABSENT]
        return all(same(v, found[0]) for v in found[1:])

    @property
    def first(self) -> Any:
        return next((v for v in self.values if v is not ABSENT), ABSENT)


@dataclass(slots=True, eq=False)
class Item:
    """An entry of a body that many samples have in common.

    Attributes:
        present: whether it is there; None where it always is.
        slots: what is written beside it, by key: `id`, `from.0`, `attribute.stride`, `share`, …
        parts: the node or instance of each sample, and `lenders` those whose weights it uses.
        reuses: whether all that it says of its block is whose weights it uses.
        inner: the level of the loop that it is, and `walks` the count of its rounds.
    """

    kind: str
    name: str
    level: Level
    present: Slot | None = None
    slots: dict[str, Slot] = field(default_factory=dict)
    parts: list[Node | Instance | None] = field(default_factory=list)
    lenders: list[Instance | None] = field(default_factory=list)
    reuses: bool = False
    body: list[Item] = field(default_factory=list)
    branches: list[Arm] = field(default_factory=list)
    inner: Level | None = None
    count: Slot | None = None


@dataclass(slots=True, eq=False)
class Arm:
    """A branch that many samples have in common: a name, or items; of an `each`, a round's."""

    level: Level
    present: Slot | None = None
    inner: Level | None = None
    count: Slot | None = None
    name: Slot | None = None
    items: list[Item] = field(default_factory=list)


def hoisted(slot: Slot, level: Level) -> Slot | None:
    """A slot of the level around, where in each of its samples the values here are one."""
    assert level.outer is not None
    outer: list[Any] = [ABSENT] * level.outer.size
    for above, value in zip(level.above, slot.values, strict=True):
        if value is ABSENT:
            continue
        if outer[above] is ABSENT:
            outer[above] = value
        elif not same(outer[above], value):
            return None
    return slot.of(outer)


def loops(items: list[Item]) -> Iterator[tuple[Level, Slot]]:
    """The levels of all loops and of each `each`, with their counts, the outer ones first."""
    for item in walk(items):
        parts: list[Item | Arm] = [item, *item.branches]
        for one in parts:
            if one.inner is not None and one.count is not None:
                yield one.inner, one.count


def mentions(text: Any, name: str) -> bool:
    """Whether what is written reads a name."""
    return re.search(rf"(?<![\w.]){name}\b", str(text)) is not None


def walk(items: list[Item]) -> Iterator[Item]:
    """All items, those in bodies and branches too, each before what it holds."""
    stack = [iter(items)]
    while stack:
        item = next(stack[-1], None)
        if item is None:
            stack.pop()
            continue
        yield item
        stack.append(iter(item.body))
        stack += [iter(arm.items) for arm in reversed(item.branches)]
