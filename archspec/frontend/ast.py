"""The abstract syntax of bodies: what `graph:` lists hold, with a span on everything.

Plain data, made by `reader` and walked by `elaborate`; the torch backend goes back to it
for the expressions it writes into constructors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import is_
from typing import Any, Literal, TypeVar

from archspec.diagnostics import ArchspecError, Diagnostic, Span
from archspec.frontend.budget import current, extent
from archspec.frontend.expressions import Expression, Template, parse_expression
from archspec.ops.base import Op

T = TypeVar("T")

_COMPREHENSION = re.compile(r" for \w+ in ")


def charged(value: T, span: Span, times: int = 1) -> T:
    """A value with all that it holds, once the budget has paid for that.

    A list that holds another twice, which does so too, and so on, is small and stands for a
    large one: whatever walks over it would take for ever. `times` is how often that will be.

    Raises:
        ArchspecError: E405 where the budget is used up.
    """
    if isinstance(value, int | float) or value is None:
        return value
    budget = current()
    budget.pay(times * extent(value, max(budget.work, 0)), span)
    return value


@dataclass(slots=True, eq=False)
class Constant:
    """A value written out."""

    value: Any
    span: Span

    def evaluate(self, env: Mapping[str, Any]) -> Any:
        return self.value


@dataclass(slots=True, eq=False)
class ListValue:
    """A list with at least one expression in it."""

    items: list[Value]
    span: Span

    def evaluate(self, env: Mapping[str, Any]) -> Any:
        return charged(tuple(item.evaluate(env) for item in self.items), self.span)


@dataclass(slots=True, eq=False)
class MapValue:
    """A mapping; attributes and arguments use it, and nested values where an op wants one."""

    entries: dict[str, tuple[Span, Value]]
    span: Span

    def evaluate(self, env: Mapping[str, Any]) -> Any:
        values = {key: value.evaluate(env) for key, (_, value) in self.entries.items()}
        return charged(values, self.span)


Label = Constant | Template
"""What figures show in place of a name: words, which may have expressions in them."""

Value = Constant | ListValue | MapValue | Expression | Template


def is_constant(value: Value) -> bool:
    """True where no environment is needed to know the value."""
    if isinstance(value, MapValue):
        return all(is_constant(v) for _, v in value.entries.values())
    return isinstance(value, Constant)


def names_in(value: Value) -> frozenset[str]:
    """The names that a value reads."""
    if isinstance(value, Expression):
        return value.names
    if isinstance(value, Constant):
        return frozenset()
    parts: Iterable[Any] = value.parts if isinstance(value, Template) else ()
    if isinstance(value, ListValue):
        parts = value.items
    elif isinstance(value, MapValue):
        parts = (entry for _, entry in value.entries.values())
    return frozenset().union(*(names_in(part) for part in parts if not isinstance(part, str)))


@dataclass(slots=True, eq=False)
class Args:
    """The attributes of an op or the arguments of a block, or its one bare value."""

    named: dict[str, tuple[Span, Value]] = field(default_factory=dict)
    bare: Value | None = None


@dataclass(slots=True, eq=False)
class Ref:
    """A reference to a node by id, or by a dotted path of ids; it may be a template.

    `place` says where it stands: as a branch, or as one beside single nodes, which may be meant
    as a chain.
    """

    name: Constant | Template | Expression
    span: Span
    place: Literal["", "branch", "chain"] = ""


@dataclass(slots=True, eq=False)
class Fan:
    """`each`: a branch for every round of a loop; or `when` beside a branch: one, or none.

    `under_id` is true where an id was written: the rounds then stand in a scope of that name,
    at its positions, as in an `nn.ModuleList`.
    """

    loop: For
    body: Item
    under_id: bool = False


BranchSyntax = Ref | list["Item"] | Fan
"""One branch of a merge: a node's id, a body that starts from what feeds the merge, or many."""


@dataclass(slots=True, eq=False)
class Call:
    """The head of an ordinary item: an op or a block, named, or picked by an expression.

    `op` is the op itself where every attribute is constant; `branches` stand in a merge.
    """

    name: str | Expression | Template
    span: Span
    args: Args
    branches: list[BranchSyntax] | None = None
    op: Op | None = None


@dataclass(slots=True, eq=False)
class Group:
    """The head of an item that holds a body of its own.

    `scoped` is true where it opens a scope even without an id, which then is its position;
    `under_id` where it holds the rounds of one `each` under an id; `either` where it holds a node
    with a condition, and what stands there instead, and `takes` then how many positions that is,
    if it is as many in either case.
    """

    body: list[Item]
    scoped: bool = False
    under_id: bool = False
    either: bool = False
    takes: int | None = None


@dataclass(slots=True, eq=False)
class Parallel:
    """The head of an item whose branches' values stay apart."""

    branches: list[BranchSyntax]


@dataclass(slots=True, eq=False)
class Reuse:
    """The head of an item that is nothing but `share: <id>`: the same again, elsewhere."""


@dataclass(slots=True, eq=False)
class Share:
    """`share`: whose weights to use, and which parts keep their own."""

    of: Ref
    own: tuple[Value, ...] = ()

    def apart(self, env: Mapping[str, Any]) -> tuple[str, ...]:
        """The names under `own`; an expression there may be a word, or a list of them."""
        given = [value.evaluate(env) for value in self.own]
        lists = [g if isinstance(g, (tuple, list)) else [g] for g in given]
        return tuple(str(name) for names in lists for name in names)


@dataclass(slots=True, eq=False)
class For:
    """`for` (names beside lists) or `repeat` (a count and no name).

    `asked` is true where the count is the `when` of a branch, which is there once or not at all.
    """

    lists: dict[str, tuple[Span, Expression | ListValue | Constant]]
    count: Expression | None
    span: Span
    asked: bool = False
    words: tuple[tuple[str, Span], ...] = ()

    def fixed(self, known: frozenset[str]) -> frozenset[str]:
        """Which names are the same in every form of the network, where that is known of others."""
        if not self.lists:
            return known
        own = {name: names_in(value) <= known for name, (_, value) in self.lists.items()}
        return known - own.keys() | {name for name, same in own.items() if same}

    def check_words(self, env: Mapping[str, Any]) -> None:
        """Raise E307 for a word in a written list that would be an expression outside of it.

        `{n: w}` walks the list `w`, and `{n: [w]}` the word: whoever writes that has to say so.
        """
        for word, span in self.words:
            message = f"`{word}` is a word in this list, and may be meant as an expression"
            if _COMPREHENSION.search(word):
                hint = f'write "[{word}]", in quotes'
                raise ArchspecError(Diagnostic("E307", message, span, hint=hint))
            try:
                names = parse_expression(word, span).names
            except ArchspecError:
                continue
            if names and all(name in env for name in names):
                value = f"${word}" if word.isidentifier() else f"$({word})"
                hint = f'write {value} for its value, or "{word}" for the word'
                raise ArchspecError(Diagnostic("E307", message, span, hint=hint))


@dataclass(slots=True, eq=False)
class Item:
    """One entry of a body. The loop is outermost; the condition is asked in each iteration."""

    head: Call | Group | Parallel | Reuse
    span: Span
    id: Constant | Template | Expression | None = None
    label: Label | None = None
    note: Label | None = None
    feed: tuple[Ref, ...] = ()
    when: Expression | None = None
    loop: For | None = None
    share: Share | None = None
    doc: str = ""

    def take(self, other: Item) -> None:
        """Be called as another is, and read what it reads, where nothing is said of that here."""
        self.id = self.id or other.id
        self.label = self.label or (other.label if other.id is not None else None)
        self.doc = self.doc or other.doc
        self.note = self.note or other.note
        self.feed = self.feed or other.feed


def choice(value: Any) -> tuple[bool, Any]:
    """A value as it is compared with others: `true` is not 1."""
    return isinstance(value, bool), tuple(value) if isinstance(value, list) else value


@dataclass(slots=True, eq=False)
class ParamDecl:
    """A parameter: a type without default, or a default whose type it then has.

    `choices` are the values that it may have, where these are listed.
    """

    name: str
    span: Span
    type: str | None
    default: Value | None
    choices: tuple[Any, ...] | None = None
    doc: str = ""

    offered: frozenset[tuple[bool, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.offered = frozenset(map(choice, self.choices or ()))

    def offers(self, value: Any) -> bool:
        """Whether a value is one of the choices."""
        try:
            return choice(value) in self.offered
        except TypeError:  # what holds a mapping has no hash, and is none
            return False


@dataclass(slots=True, eq=False)
class Requirement:
    """An entry of `require`: a condition, and what is wrong where it does not hold."""

    that: Expression
    otherwise: Label


@dataclass(slots=True, eq=False)
class OutputDecl:
    """An entry of `outputs`; the network's own may be for training only, and have a weight."""

    name: str
    ref: Ref
    when: Expression | None = None
    train_only: Value | None = None
    loss_weight: Value | None = None


@dataclass(slots=True, eq=False)
class Home:
    """What is in sight in one file: blocks, and the parameters that the file declares.

    The file's own blocks stand before those of the files that it uses, and both before the ops.
    """

    blocks: dict[str, Block] = field(default_factory=dict)
    params: dict[str, ParamDecl] = field(default_factory=dict)

    def reached(self) -> list[Home]:
        """This and all others whose blocks come into it."""
        found, waiting = dict.fromkeys([self]), [self]
        while waiting:
            for block in waiting.pop().blocks.values():
                if block.home not in found:
                    found[block.home] = None
                    waiting.append(block.home)
        return list(found)

    def every_block(self) -> list[Block]:
        """The blocks of all of these, each once."""
        blocks = (block for home in self.reached() for block in home.blocks.values())
        return list(dict.fromkeys(blocks))


class BlockName(str):
    """The name of a block as a value, which means the same block in files that do not see it."""

    block: Block


def lent(value: Any, home: Home) -> Any:
    """A value as it is handed to a block of another file: names of blocks go on meaning these."""
    if isinstance(value, BlockName):
        return value
    if isinstance(value, str) and value in home.blocks:
        name = BlockName(value)
        name.block = home.blocks[value]
        return name
    if isinstance(value, (tuple, list)):
        items = tuple(lent(v, home) for v in value)
        return value if all(map(is_, items, value)) else items
    return value


@dataclass(slots=True, eq=False)
class Block:
    """A block's definition: a function from values and parameters to values.

    `home` is what its file has in sight, and the body therefore.
    """

    name: str
    span: Span
    params: dict[str, ParamDecl]
    graph: list[Item]
    outputs: list[OutputDecl]
    inputs: dict[str, Span] = field(default_factory=dict)
    doc: str = ""
    label: Label | None = None
    require: list[Requirement] = field(default_factory=list)
    home: Home = field(default_factory=Home)

    @property
    def bare(self) -> str | None:
        """The parameter a bare argument stands for: the first, unless it has a default.

        So a parameter that is added behind it, or is given a default, changes no meaning.
        """
        first = next(iter(self.params.values()), None)
        return None if first is None or first.default is not None else first.name

    @property
    def likely(self) -> str | None:
        """The parameter that a bare argument was meant for, where it stands for none."""
        required = (name for name, p in self.params.items() if p.default is None)
        return next(required, next(iter(self.params), None))
