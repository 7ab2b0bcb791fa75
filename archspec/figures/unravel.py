"""A network as the sum of its paths: Veit et al. 2016, Residual networks behave like ensembles of
relatively shallow networks, equation 5 and figure 1b.

With y₁ = y₀ + f₁(y₀) put into y₂ = y₁ + f₂(y₁), the expression of the output is a tree in which
every block stands as often as paths lead from it to the output. All copies read one input, and
so do layers before it, up to where ways part.

What is one term is said by the figure's detail: a residual block (`archspec.analysis.bypass`)
is a body and a merge, with a projection between where there is one; other blocks are terms as
they are, and layers in a row are one. A term gives one value, or else it is several terms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import repeat, takewhile
from typing import Literal

from archspec.analysis.bypass import END, Crossing, Flow, crossings
from archspec.analysis.parts import all_named
from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.figures.detail import Detail, Selection, by_blocks
from archspec.figures.folding import Box
from archspec.ir.graph import Graph, Instance, Node
from archspec.ops.types import Category

Role = Literal["source", "body", "bypass", "joint", "layers"]

MOST_ARROWS = 600
"""A hundred boxes or two; seven residual blocks in a row have 382 arrows."""

MANY = 10**12
"""Paths through layers are counted up to here."""

_FOLLOW: tuple[Category, ...] = ("normalisation", "activation", "noise")


@dataclass(eq=False, slots=True)
class Term:
    """What is one box of the network, and of which the unravelled view has copies.

    Attributes:
        nodes: in execution order; the last one gives the term's value.
        role: a block's body or bypass, a merge, or any other layers.
        where: the block that a body or a bypass belongs to.
        instance: the one that is folded, if that is it.
        operands: what it reads, a merge once for each of its operands.
        ends: whether its value leaves what is shown.
        number: for bodies and bypasses, from 1; the same where all weights are the same.
    """

    nodes: list[Node]
    role: Role
    where: str | None = None
    instance: Instance | None = None
    operands: list[Term] = field(default_factory=list, repr=False)
    ends: bool = False
    number: int = 0

    @property
    def path(self) -> str:
        """Of the node that gives its value: no other term has it."""
        return self.nodes[-1].path

    @property
    def box(self) -> Box:
        return Box([tuple(self.nodes)])


@dataclass(frozen=True, slots=True, eq=False)
class Copy:
    """One of the places where a term stands in the expression of the output.

    Attributes:
        index: counts the copies of a term, from 1.
    """

    term: Term
    index: int
    operands: tuple[Copy, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Group:
    """Nodes that may be one term."""

    key: Hashable
    role: Role = "layers"
    where: str | None = None
    instance: Instance | None = None


_REST = _Group(None)


class Unravelled:
    """A network, or a part of it, and the tree of its paths.

    Attributes:
        terms: in execution order, sources first.

    Raises:
        ArchspecError: E405 where the tree would have more than `MOST_ARROWS`; E108 where
            no path runs through what is shown.
    """

    def __init__(self, graph: Graph, detail: Detail) -> None:
        self.graph, self.detail = graph, by_blocks(detail)
        self.selection = Selection(graph, self.detail)
        self.flow = Flow(graph)
        if not self._live():
            self.flow = Flow(graph, mode="train")
        self.nodes = self._live()
        if not self.nodes:
            raise ArchspecError(Diagnostic("E108", "no path of the network runs through here"))
        self.group = _Grouping(self).group
        self.terms = self._terms()
        _number(self.terms)
        self.times = self._times()

    def _live(self) -> list[Node]:
        live = set(self.flow.nodes)
        return [node for node in self.selection.nodes if node in live]

    @cached_property
    def shown(self) -> set[Node]:
        return set(self.nodes)

    def name(self, term: Term) -> str:
        """The block of a body: the end of its path where that tells it from the others."""
        where = term.where or ""
        others = {t.where or "" for t in self.terms if t.role == "body"} - {where}
        parts = where.split(".")
        ends = (".".join(parts[start:]) for start in reversed(range(len(parts))))
        alone = (e for e in ends if not any(o == e or o.endswith(f".{e}") for o in others))
        return next((end for end in alone if not end[:1].isdigit()), where)

    def leaves(self, node: Node) -> bool:
        """Whether a node's value is read, or returned, where the figure does not reach."""
        readers = self.flow.readers[node]
        return any(at == END or reader not in self.shown for reader, at in readers)

    def _terms(self) -> list[Term]:
        """The terms with their operands: groups, cut where a value leaves them."""
        last: dict[Node, Node] = {}
        for node in reversed(self.nodes):
            to = {node} if self.leaves(node) else {last[r] for r, _ in self.flow.readers[node]}
            end = to.pop()
            apart = node in self.flow.starts or self.group[end] != self.group[node]
            last[node] = node if to or apart else end
        terms: dict[Node, Term] = {}
        sources: dict[Node, Term] = {}
        for node in self.nodes:
            group, end = self.group[node], last[node]
            if node in self.flow.starts:
                sources[node] = Term([node], "source", ends=self.leaves(node))
                continue
            term = terms.setdefault(end, _term(group, ends=self.leaves(end)))
            term.nodes.append(node)
            for _, operand in self.flow.operands[node]:
                if operand not in self.shown:
                    sources.setdefault(operand, Term([operand], "source"))
                if last.get(operand) is not end:
                    before = sources.get(operand) or terms[operand]
                    if term.role == "joint" or before not in term.operands:
                        term.operands.append(before)
        order = {node: place for place, node in enumerate(self.nodes)}
        return [*sources.values(), *sorted(terms.values(), key=lambda t: order[t.nodes[-1]])]

    # --- how many ---------------------------------------------------------------------------

    @cached_property
    def paths(self) -> int:
        """How many ways lead through the boxes, from a source to an end."""
        ways: dict[Term, int] = {}
        for term in self.terms:
            ways[term] = sum(ways[operand] for operand in term.operands) or 1
        return sum(ways[term] for term in self.terms if term.ends)

    @cached_property
    def through_layers(self) -> int:
        """How many ways there are if those within boxes are told apart; `MANY` from there on."""
        ways: dict[Node, int] = {}
        for node in self.nodes:
            starts = node in self.flow.starts
            found = sum(ways.get(o, 1) for _, o in self.flow.operands[node]) + starts
            ways[node] = min(found, MANY)
        return min(sum(n for node, n in ways.items() if self.leaves(node)), MANY)

    @cached_property
    def once(self) -> set[Term]:
        """Sources, and layers before ways part: drawn once, whoever reads them."""
        found: set[Term] = set()
        read = Counter(operand for term in self.terms for operand in term.operands)
        for term in self.terms:
            alone = all(operand in found and read[operand] == 1 for operand in term.operands)
            if term.role == "source" or (term.role == "layers" and alone):
                found.add(term)
        return found

    def _times(self) -> dict[Term, int]:
        """How many copies there are of each term."""
        times = {term: int(term.ends) for term in self.terms}
        arrows = 0
        for term in reversed(self.terms):
            if term in self.once:
                times[term] = 1
            arrows += times[term] * len(term.operands)
            if arrows > MOST_ARROWS:
                raise _too_many()
            for operand in term.operands:
                times[operand] += times[term]
        return times

    # --- the tree ---------------------------------------------------------------------------

    @cached_property
    def copies(self) -> list[Copy]:
        """All boxes of the unravelled view, in execution order of the terms."""
        return [copy for copies in self._made[0].values() for copy in copies]

    @cached_property
    def ends(self) -> list[Copy]:
        """The copies whose values leave what is shown, one for each term with such a value."""
        left = self._made[1]
        return [next(left[term]) for term in self.terms if term.ends]

    @cached_property
    def _made(self) -> tuple[dict[Term, list[Copy]], dict[Term, Iterator[Copy]]]:
        """The copies of each term, and those that none has read."""
        made: dict[Term, list[Copy]] = {}
        unread: dict[Term, Iterator[Copy]] = {}
        for term in self.terms:
            made[term] = [
                Copy(term, number + 1, tuple(next(unread[o]) for o in term.operands))
                for number in range(self.times[term])
            ]
            unread[term] = repeat(*made[term]) if term in self.once else iter(made[term])
        return made, unread


def _term(group: _Group, ends: bool) -> Term:
    return Term([], group.role, group.where, group.instance, ends=ends)


def _too_many() -> ArchspecError:
    return ArchspecError(
        Diagnostic(
            "E405",
            f"unravelled, this has more than {MOST_ARROWS} arrows",
            expected="seven residual blocks in a row, or what has as few paths",
            hint="show a part of it with --from and --to, or with --only; "
            "or fold more of it with --level stage or --collapse",
        )
    )


class _Grouping:
    """Which nodes may be one term, by the level of detail; the first to claim a node has it."""

    def __init__(self, view: Unravelled) -> None:
        self.view, self.flow, self.detail = view, view.flow, view.detail
        self.group: dict[Node, _Group] = {}
        self.open = set(all_named(view.graph, self.detail.expand))
        self.by_block = self.detail.level == "block"
        selection = view.selection
        if self.detail.level == "network" and not self.detail.parts:
            self.group = dict.fromkeys(view.nodes, _Group(selection.root, instance=selection.root))
        elif self.by_block:
            self._fold(selection.collapsed.__contains__)
            self._blocks()
        else:
            self._fold(selection.folds)
        for node in view.nodes:
            if node not in self.group:
                self.group[node] = self._own(node)

    def _fold(self, folds: Callable[[Instance], bool]) -> None:
        """Claim for each node the outermost instance round it that is folded."""
        root = self.view.selection.root
        for node in self.view.nodes:
            inside = takewhile(lambda scope: scope is not root, node.scope.ancestors())
            outermost = next((i for i in reversed(list(inside)) if i.path and folds(i)), None)
            if outermost is not None:
                self.group.setdefault(node, _Group(outermost, instance=outermost))

    def _blocks(self) -> None:
        """Claim bodies and bypasses, and then blocks that have none within."""
        around = crossings(self.flow)
        for crossing in _innermost(around):
            self._claim(crossing, crossing.body, "body")
        for crossing in around:
            straight = (n for n in crossing.bypass if len(self.flow.operands[n]) == 1)
            self._claim(crossing, straight, "bypass")
        busy = {n for c in _innermost(around) for n in c.body}
        busy |= {head for c in around for head, at in c.exits if at != END and head not in c.body}
        mixed = {scope for node in busy for scope in node.scope.ancestors()}
        self._fold(lambda i: i not in mixed and self.view.selection.folds(i))

    def _claim(self, crossing: Crossing, nodes: Iterable[Node], role: Role) -> None:
        group = _Group((role, crossing.path), role, crossing.path)
        for node in nodes:
            if node in self.view.shown and not self._opened(node):
                self.group.setdefault(node, group)

    def _opened(self, node: Node) -> bool:
        return not self.open.isdisjoint(node.scope.ancestors())

    def _own(self, node: Node) -> _Group:
        """A merge is a term, with what follows it; layers in a row are one at block level."""
        operands = self.flow.operands[node]
        if len(operands) > 1:
            return _Group(node, "joint")
        by_block = self.by_block and not self._opened(node)
        if operands and node.op.category in _FOLLOW:
            before = operands[0][1]
            group = self.group.get(before, _REST)
            follows = self.detail.fuse or (by_block and group.role == "joint")
            if follows and isinstance(group.key, Node) and len(self.flow.readers[before]) == 1:
                return group
        return _REST if by_block else _Group(node)


def _innermost(around: list[Crossing]) -> Iterator[Crossing]:
    """The crossings within whose bodies there is no other."""
    claimed: set[Node] = set()
    for crossing in sorted(around, key=lambda c: len(c.body)):
        if claimed.isdisjoint(crossing.body):
            claimed |= crossing.body
            yield crossing


def _number(terms: list[Term]) -> None:
    """Bodies, and bypasses with weights, are numbered by their weights."""
    for role in ("body", "bypass"):
        numbers: dict[Hashable, int] = {}
        for term in terms:
            owners = tuple(node.owner for node in term.nodes if node.tensors())
            if term.role == role and owners:
                term.number = numbers.setdefault(owners, len(numbers) + 1)
