"""What stands before a merge is split into its branches."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from archspec.ir.graph import Bundle, Instance, Node
from archspec.lifting.entries import Branch, Entry, Place
from archspec.lifting.names import Namer
from archspec.lifting.unsayable import Unsayable

PARALLEL, LISTED, UNNAMED, LOST, ALONE = 1.5, 0.4, 4.0, 3.0, 0.3
"""What it costs that values are put side by side, that one is named under `from`, that a branch is
of a value without a name, that a value stands within a branch that is read later, too, and that the
identity is of a value that is read nowhere else."""


BEFORE = 20.0
"""What it costs that an entry stands in a branch of a merge that the spec has before the merge."""


@dataclass(frozen=True, slots=True)
class Taste:
    """What branches cost.

    Attributes:
        named: one that is an id.
        elsewhere: a chain that starts elsewhere than the others do, and has to say so.
        entry: each entry of a chain; `long` for each beyond the eighth.
    """

    named: float = 1.0
    elsewhere: float = 1.2
    entry: float = 0.0
    long: float = 0.2


PLAIN = Taste()
TASTES = (PLAIN, Taste(named=0.1, entry=0.5), Taste(elsewhere=0.0, entry=-0.01, long=0.0))
"""The usual one, one for which little stands in branches, and one for which much does."""
EXPLICIT = Taste(named=0.01, elsewhere=50.0, entry=50.0)
"""One for which branches are names, wherever there are any."""
SHORT = 60
"""Of so many entries before it a merge may take all."""
DEEPEST = 20
"""Branches within branches are not more than so many."""

_DIGITS = re.compile(r"\d+")
Readers = Mapping[Node, Collection[Node]]
"""The nodes that read each value."""
Plan = tuple[float, list[tuple[str, int, int]]]


class Stack:
    """The entries of a body so far, from left to right."""

    def __init__(
        self, names: Namer, readers: Readers, scope: Instance, feed: Bundle, taste: Taste
    ) -> None:
        self.names, self.readers, self.scope = names, readers, scope
        self.feed, self.taste = feed, taste
        self.entries: list[Entry] = []
        self.where: dict[Node, int] = {}
        self.held: dict[Node, int] = {}
        """The entry that each value stands in, be it deep in a branch, and what stands in each."""
        self.contents: list[list[Node]] = []
        self.moved: list[Node] = []
        self.breaks: list[int] = []
        self.item: Place | None = None
        """Where the spec has the merge whose branches are looked for."""

    @property
    def flow(self) -> Bundle:
        return self.before(len(self.entries))

    @property
    def ends_in_list(self) -> bool:
        return bool(self.entries) and self.entries[-1].kind == "list"

    def before(self, index: int) -> Bundle:
        """What flows to the entry of an index."""
        return self.entries[index - 1].output if index else self.feed

    def add(self, entry: Entry) -> None:
        """Put an entry behind the others; a merge takes what belongs into its branches."""
        source = entry.source or ()
        if entry.kind == "merge":
            self.gather(entry, source)
        elif len(source) > 1 and source != self.flow:
            self.side_by_side(source, self.naming_cost(source))
        self.push(entry)

    def push(self, entry: Entry) -> None:
        if self.ends_in_list:  # which is a branch, and no node
            self.wrap()
        index = len(self.entries)
        if entry.source is not None and entry.source != self.flow:
            self.breaks.append(index)
        self.entries.append(entry)
        for value in entry.output:
            self.where[value] = index
        inside = [*self.moved, *(v for v in entry.output if v not in self.held)]
        self.contents.append(inside)
        self.moved = []
        for value in inside:
            self.held[value] = index

    def naming_cost(self, values: Bundle) -> float:
        """What it costs to name values under `from`, those with numbers being less alike."""
        cost = 0.0
        for value in values:
            names = self.names.of(value, self.scope)
            numbered = bool(names) and any(map(str.isdigit, names[0]))
            cost += LISTED * self.taste.named + 2.0 * numbered if names else UNNAMED
        return cost

    def side_by_side(self, values: Bundle, limit: float) -> None:
        """Put values side by side by `parallel`, where that is cheaper than the limit."""
        plan = self.best(values, merged=False)
        if plan is not None and plan[0] + PARALLEL < limit:
            entry = Entry("parallel", output=values)
            self.take(entry, plan)
            self.push(entry)

    def wrap(self) -> None:
        """Put the last entry into a `parallel`, as its only branch."""
        last = self.entries[-1]
        entry = Entry("parallel", output=last.output)
        self.take(entry, (0.0, [("chain", len(self.entries) - 1, len(self.entries))]))
        self.push(entry)

    def end(self, values: Bundle) -> None:
        """End in values, whatever flows."""
        if self.ends_in_list:
            self.wrap()
        if values == self.flow:
            return
        if len(values) == 1:
            self.push(Entry("place", source=values, output=values))
        else:
            self.side_by_side(values, float("inf"))

    def gather(self, entry: Entry, operands: Bundle) -> None:
        """Give a merge its branches."""
        self.item = entry.item
        plan = self.best(operands, merged=True)
        if plan is None and self.ends_in_list:
            self.wrap()  # the merge reads its rounds one by one, or some of them
            plan = self.best(operands, merged=True)
        if plan is None:
            path = entry.part.path if entry.part is not None else ""
            raise Unsayable(f"the operands of `{path}` cannot be written")
        self.take(entry, plan)
        self.item = None

    def take(self, entry: Entry, plan: Plan) -> None:
        """Move entries from the stack into the branches of an entry."""
        _, steps = plan
        flows = [s for s in steps if s[0] != "name"]
        start = next((first for kind, first, _ in flows), len(self.entries))
        feed = self.before(start)
        values = self.values_of(entry)
        at = 0
        for kind, first, last in steps:
            if kind == "name":
                name = self.names.wanted(values[at], self.scope)
                entry.branches.append(Branch(name=name))
                at += 1
            else:
                chain = self.entries[first:last]
                entry.branches.append(Branch(chain=chain))
                at += len(chain[-1].output) if chain else len(feed)
        entry.source = feed if any(_reads(branch, feed) for branch in entry.branches) else None
        entry.size = 1 + sum(e.size for e in self.entries[start:])
        entry.depth = 1 + max((e.depth for e in self.entries[start:]), default=0)
        for gone in self.entries[start:]:
            for value in gone.output:
                self.where.pop(value, None)
        self.moved += (value for inside in self.contents[start:] for value in inside)
        del self.entries[start:], self.contents[start:]
        while self.breaks and self.breaks[-1] >= start:
            self.breaks.pop()

    def values_of(self, entry: Entry) -> Bundle:
        return entry.output if entry.kind == "parallel" else entry.source or ()

    # --- plans ------------------------------------------------------------------------

    def best(self, operands: Bundle, merged: bool) -> Plan | None:
        """The cheapest way to write operands as branches.

        Args:
            operands: the values.
            merged: whether they end in a merge; else they flow on side by side.
        """
        found = (self.plan(start, operands, merged) for start in self.starts(operands))
        plans = [plan for plan in found if plan is not None]
        if len(operands) > 2 and self.are_numbered(operands):
            plans.append((1.0, [("name", 0, 0)] * len(operands)))
        return min(plans, key=lambda plan: plan[0], default=None)

    def are_numbered(self, operands: Bundle) -> bool:
        """Whether operands have names that differ in numbers alone."""
        names = [self.names.of(value, self.scope) for value in operands]
        if not all(names) or self.ends_in_list:
            return False
        shapes = [{_DIGITS.sub("#", text) for text in name} for name in names]
        return len({name[0] for name in names}) == len(names) and bool(set.intersection(*shapes))

    def starts(self, operands: Bundle) -> list[int]:
        """Where the first branch may begin, the shortest branches first."""
        known = {len(self.entries)}
        if len(self.entries) <= SHORT:
            known.add(0)
        for value in dict.fromkeys(operands):
            if value in self.where:
                known.add(self.where[value] + 1)
        if self.feed and set(self.feed) & set(operands):
            known.add(0)
        for at in self.breaks[-len(operands) - 2 :]:
            known.add(at)
            source = self.entries[at].source or ()
            if source == self.feed:
                known.add(0)
            if source and source[0] in self.where:
                known.add(self.where[source[0]] + 1)
        deep = (e for e in self.entries[-2 * len(operands) :])
        if any(e.depth >= DEEPEST for e in deep):
            known = {len(self.entries)}
        if self.ends_in_list:  # which has to stand in a branch
            known.discard(len(self.entries))
            known.add(len(self.entries) - 1)
        return sorted(known, reverse=True)

    def plan(self, start: int, operands: Bundle, merged: bool) -> Plan | None:
        """The cheapest way whose branches are all the entries from `start` on."""
        feed, end, count = self.before(start), len(self.entries), len(operands)
        alone = merged and start > 0 and all(len(self.readers.get(v, ())) == 1 for v in feed)
        best: dict[tuple[int, int], Plan] = {(0, start): (0.0, [])}
        for at in range(count):
            states = [(s, p) for s, p in best.items() if s[0] == at]
            for (_, index), (cost, steps) in states:
                for step, more, taken in self.steps(at, index, feed, operands, merged):
                    total = cost + more + ALONE * (alone and step[0] == "identity")
                    state = (at + taken, step[2] if step[0] == "chain" else index)
                    if state not in best or total < best[state][0]:
                        best[state] = (total, [*steps, step])
        return best.get((count, end))

    def steps(
        self, at: int, index: int, feed: Bundle, operands: Bundle, merged: bool
    ) -> Iterator[tuple[tuple[str, int, int], float, int]]:
        """What the next branch may be, with its cost and the number of operands that it gives."""
        value, size = operands[at], len(feed)
        if size and operands[at : at + size] == feed:
            yield ("identity", index, index), 0.5 * (merged and size > 1), size
        where = self.where.get(value)
        if where is not None and where >= index:
            output = self.entries[where].output
            last = where + 1
            lists = any(e.kind == "list" for e in self.entries[index:last])
            if operands[at : at + len(output)] == output and not (lists and last - index > 1):
                cost = self.chain(index, last, feed, merged)
                yield ("chain", index, last), cost, len(output)
        inside = self.held.get(value, -1)
        if inside < index:  # what stands in a later branch cannot be read
            names = self.names.of(value, self.scope)
            if names:
                yield ("name", 0, 0), self.taste.named, 1
            elif self.names.reaches(value, self.scope):
                yield ("name", 0, 0), UNNAMED, 1

    def chain(self, first: int, last: int, feed: Bundle, merged: bool) -> float:
        """What a chain of entries costs; one that says anyway where it starts is best merged."""
        cost, flow = 0.0, feed
        for index, entry in enumerate(self.entries[first:last], first):
            anyway = merged and entry.source != self.before(index)
            if entry.source is not None and entry.source != flow and not anyway:
                cost += self.taste.elsewhere
            flow = entry.output
        lost = self.entries[first:last]
        held = sum(e.size for e in lost)
        cost += self.taste.entry * held + self.taste.long * max(held - 8, 0)
        before = (e for e in lost if self.item and e.item and e.item < self.item)
        return cost + LOST * sum(map(self.is_lost, lost)) + BEFORE * len([*before])

    def is_lost(self, entry: Entry) -> bool:
        """Whether others read an entry's value than what follows it."""
        if entry.kind in ("parallel", "place"):
            return False
        most = 1 if entry.id is None else 3
        return any(len(self.readers.get(v, ())) > most for v in entry.output)


def _reads(branch: Branch, feed: Bundle) -> bool:
    """Whether a branch reads what feeds its merge."""
    chain = branch.chain
    return chain is not None and (not chain or chain[0].source == feed)
