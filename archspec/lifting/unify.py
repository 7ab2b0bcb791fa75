"""Bodies of many samples -> one body of items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archspec.lifting.align import align, branch_score, pattern, score
from archspec.lifting.entries import Branch, Entry, Names
from archspec.lifting.folding import fan, fold, unfold
from archspec.lifting.policy import Policy
from archspec.lifting.samples import ABSENT
from archspec.lifting.terms import Arm, Item, Level, Slot
from archspec.lifting.unsayable import Unsayable
from archspec.ops import REGISTRY

Bodies = Mapping[int, Sequence[Entry]]
"""The entries of each sample that has the body."""


class Unifier:
    """Unifies bodies as a policy says."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def unify(self, level: Level, bodies: Bodies, folded: bool = False) -> list[Item]:
        """One body for all samples of a level that have it.

        Args:
            folded: whether there are loops in place of runs already.
        """
        samples = list(bodies)
        bodies = bodies if folded else fold(bodies, self.policy)
        columns = align([bodies[s] for s in samples], score)
        items: list[Item] = []
        for column in columns:
            entries = {samples[n]: entry for n, entry in sorted(column.items())}
            if next(iter(entries.values())).kind == "loop" and unfold(entries):
                once = {s: e.rounds[0] for s, e in entries.items()}
                inside = self.unify(level, once, folded=True)
                items += _asked(level, inside, entries, samples)
            else:
                items += self.item(level, entries, samples)
        return items

    def item(
        self, level: Level, entries: Mapping[int, Entry], samples: Sequence[int]
    ) -> list[Item]:
        """The item of a column; before it a `from` by itself, where some samples alone have one."""
        one = next(iter(entries.values()))
        item = Item(one.kind, one.name, level, _present(level, entries, samples))
        item.parts = [None] * level.size
        for sample, entry in entries.items():
            item.parts[sample] = entry.part
        before = _feeds(item, entries, samples)
        names = {s: e.name for s, e in entries.items()}
        if len(set(names.values())) > 1:
            item.slots["head"] = _slot(level, "word", names, one.kind)
        item.lenders = [None] * level.size
        for sample, entry in entries.items():
            item.lenders[sample] = entry.lender
        _words(item, entries)
        if one.kind in ("op", "merge"):
            _attributes(item, entries)
        _shares(item, entries)
        if one.kind == "group":
            item.body = self.unify(level, {s: e.body for s, e in entries.items()})
        elif one.kind in ("list", "loop"):
            self.rounds(item, entries)
        if one.branches or any(e.branches for e in entries.values()):
            item.branches = self.branches(level, {s: e.branches for s, e in entries.items()})
        return [*before, item]

    def rounds(self, item: Item, entries: Mapping[int, Entry]) -> None:
        """The rounds of an `each` under an id, a level of their own."""
        one = next(iter(entries.values()))
        inner, rounds = Level.of_rounds(item.level, {s: e.rounds for s, e in entries.items()})
        item.inner = inner
        counts = {s: len(e.rounds) for s, e in entries.items()}
        if item.present is not None and one.kind == "loop" and len(set(counts.values())) > 1:
            for sample, there in enumerate(item.present.values):
                if there is False:  # it makes no rounds, and need not be asked
                    counts[sample] = 0
            item.present = None
        item.count = _slot(item.level, "rounds", counts)
        inner.rounds = item.count.values
        item.body = self.unify(inner, rounds, folded=one.kind == "loop")

    def branches(self, level: Level, branches: Mapping[int, Sequence[Branch]]) -> list[Arm]:
        samples = list(branches)
        folded = fan([branches[s] for s in samples], self.policy)
        arms: list[Arm] = []
        for column in align(folded, branch_score):
            found = {samples[n]: branch for n, branch in sorted(column.items())}
            present = _present(level, found, samples)
            if next(iter(found.values())).rounds:
                arms.append(self.fan(level, found, samples))
            else:
                arms.append(self.arm(level, found))
                arms[-1].present = present
        return arms

    def arm(self, level: Level, branches: Mapping[int, Branch]) -> Arm:
        arm = Arm(level)
        if next(iter(branches.values())).chain is None:
            arm.name = _names(level, {s: b.name for s, b in branches.items()})
        else:
            arm.items = self.unify(level, {s: b.entries for s, b in branches.items()})
        return arm

    def fan(self, level: Level, branches: Mapping[int, Branch], samples: Sequence[int]) -> Arm:
        """An `each`, whose rounds are a level of their own; where it is not there, it has none."""
        inner, rounds = Level.of_rounds(level, {s: b.rounds for s, b in branches.items()})
        counts = {s: len(branches[s].rounds) if s in branches else 0 for s in samples}
        arm = self.arm(inner, rounds)
        count = _slot(level, "rounds", counts)
        inner.rounds = count.values
        return Arm(level, None, inner, count, arm.name, arm.items)


def _asked(
    level: Level, items: list[Item], there: Mapping[int, Any], samples: Sequence[int]
) -> list[Item]:
    """Items that are there in some of the samples alone."""
    if len(there) < len(samples):
        for item in items:
            known = item.present.values if item.present else [ABSENT] * level.size
            values = list(known)
            for sample in samples:
                if sample not in there:
                    values[sample] = False
                elif values[sample] is ABSENT:
                    values[sample] = True
            item.present = Slot("condition", values)
    return items


def _present(level: Level, there: Mapping[int, Any], samples: Sequence[int]) -> Slot | None:
    if len(there) == len(samples):
        return None
    values: list[Any] = [ABSENT] * level.size
    for sample in samples:
        values[sample] = sample in there
    return Slot("condition", values)


def _slot(level: Level, kind: str, values: Mapping[int, Any], hint: str = "") -> Slot:
    found = [ABSENT] * level.size
    for sample, value in values.items():
        found[sample] = value
    return Slot(kind, found, hint)


def _words(item: Item, entries: Mapping[int, Entry]) -> None:
    """The id, and what is for readers."""
    level = item.level
    idents = {s: e.id for s, e in entries.items()}
    if any(i is not None for i in idents.values()):
        for sample, entry in entries.items():
            if idents[sample] is None and entry.part is not None:
                idents[sample] = entry.part.path.rpartition(".")[2]
        item.slots["id"] = _slot(level, "id", idents)
    for name in ("label", "note", "doc"):
        said = {s: getattr(e, name) for s, e in entries.items()}
        if any(said.values()):
            item.slots[name] = _slot(level, "text", {s: v or "" for s, v in said.items()}, name)


def _attributes(item: Item, entries: Mapping[int, Entry]) -> None:
    names = dict.fromkeys(n for e in entries.values() for n in e.attributes)
    ops = [REGISTRY[name] for name in dict.fromkeys(e.name for e in entries.values())]
    kinds = {name: kind for op in reversed(ops) for name, kind in op.kinds().items()}
    for name in (n for n in dict.fromkeys(f for op in ops for f in op.model_fields) if n in names):
        values = {s: _attribute(e, name) for s, e in entries.items()}
        item.slots[f"attribute.{name}"] = _slot(item.level, kinds[name], values, name)
    for role in dict.fromkeys(r for e in entries.values() for r in e.references):
        refs = {s: e.references.get(role, ()) for s, e in entries.items()}
        item.slots[f"attribute.{role}"] = _names(item.level, refs)


def _attribute(entry: Entry, name: str) -> Any:
    """What an entry's op was given, or its default; `ABSENT` where the op has no such attribute."""
    field = REGISTRY[entry.name].model_fields.get(name)
    return entry.attributes.get(name, ABSENT if field is None else field.default)


def _names(level: Level, names: Mapping[int, Names]) -> Slot:
    """A reference: of several names that a value has, one that it has in all samples."""
    common = set.intersection(*(set(n) for n in names.values())) if names else set()
    chosen = next((n for n in next(iter(names.values())) if n in common), None)
    shapes = [{*map(pattern, n)} for n in names.values() if n]
    shape = min(filter(None, set.intersection(*shapes)), key=len, default=None) if shapes else None
    values: dict[int, Any] = {}
    for sample, known in names.items():
        alike = (n for n in known if pattern(n) == shape)
        values[sample] = chosen or next(alike, known[0] if known else None)
    return _slot(level, "reference", values)


def _feeds(item: Item, entries: Mapping[int, Entry], samples: Sequence[int]) -> list[Item]:
    """What is written under `from`."""
    feeds = {s: e.feed for s, e in entries.items()}
    if not any(feeds.values()):
        return []
    called = {s: f or entries[s].called for s, f in feeds.items()}
    known = all(called.values()) and all(map(all, called.values()))
    if known and len({len(c) for c in called.values()}) == 1:
        _write_feed(item, called)
        return []
    some = {s: f for s, f in feeds.items() if f}
    place = Item("place", "", item.level, _present(item.level, some, samples))
    place.parts = [None] * item.level.size
    _write_feed(place, some)
    return [place]


def _write_feed(item: Item, feeds: Mapping[int, tuple[Names, ...]]) -> None:
    counts = sorted({len(names) for names in feeds.values()})
    if len(counts) > 1:
        told = " and ".join(map(str, counts))
        raise Unsayable(f"what stands at one place reads {told} values, side by side")
    for number in range(max(map(len, feeds.values()))):
        item.slots[f"from.{number}"] = _names(item.level, {s: f[number] for s, f in feeds.items()})


def _shares(item: Item, entries: Mapping[int, Entry]) -> None:
    said = {s: e.share for s, e in entries.items() if e.share is not None}
    if any(share[0] for share in said.values()):
        item.slots["share"] = _names(item.level, {s: share[0] for s, share in said.items()})
        own = {s: share[1] for s, share in said.items()}
        if any(own.values()):
            item.slots["own"] = _slot(item.level, "own", own)
