"""What the spec said that graphs came from: its expressions and loops, where they still hold.

It is a hint: an expression is taken where it gives what a slot has in all samples, and what is
lifted is elaborated and compared in any case.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from archspec.diagnostics import ArchspecError
from archspec.elaboration.binding import input_namespace
from archspec.frontend.ast import (
    Call,
    Constant,
    Fan,
    For,
    Group,
    ListValue,
    MapValue,
    Value,
    names_in,
)
from archspec.frontend.ast import Item as Written
from archspec.frontend.budget import apart
from archspec.frontend.expressions import Expression
from archspec.frontend.loading import Document
from archspec.ir.graph import Bundle, Graph, Instance
from archspec.lifting import phrases
from archspec.lifting.fit import parsed, written
from archspec.lifting.samples import ABSENT, frozen, same
from archspec.lifting.terms import BARE, Item, Level, Slot, Variable, walk
from archspec.ops import REGISTRY
from archspec.ops.derived import plain

_RANGE = re.compile(r"range\((.*)\)")


class Former:
    """Answers about the specs of some graphs; it knows nothing where these have no origin."""

    def __init__(self, graphs: Sequence[Graph]) -> None:
        self.loops: dict[Written, tuple[For, ...]] = {}
        self.conditions: dict[Written, tuple[Expression, ...]] = {}
        self.defaults: dict[tuple[str, str], Value] = {}
        documents = [g.origin for g in graphs if isinstance(g.origin, Document)]
        self.known = 0 < len(documents) == len(graphs)
        self.names = {name for document in documents for name in document.spec.params}
        for document in dict.fromkeys(documents) if self.known else ():
            bodies = [b.graph for b in document.home.every_block()]
            for body in (document.spec.graph, *bodies):
                self._walk(body, (), ())
            for block in document.home.every_block():
                for name, declared in block.params.items():
                    if declared.default is not None and names_in(declared.default):
                        self.defaults[block.name, name] = declared.default

    def _walk(
        self, items: Iterable[Written], loops: tuple[For, ...], conditions: tuple[Expression, ...]
    ) -> None:
        """Note the loops and conditions around each item, its own the last."""
        for item in items:
            here = loops if item.loop is None else (*loops, item.loop)
            asked = conditions if item.when is None else (*conditions, item.when)
            self.loops[item], self.conditions[item] = here, asked
            head = item.head
            if isinstance(head, Group):
                self._walk(head.body, here, asked)
            for branch in getattr(head, "branches", None) or ():
                if isinstance(branch, Fan):
                    self._walk([branch.body], (*here, branch.loop), asked)
                elif isinstance(branch, list):
                    self._walk(branch, here, asked)

    # --- what was said in a slot ------------------------------------------------------

    def recall(self, item: Item) -> None:
        """Note beside the slots of an item what the spec said in their places."""
        if not self.known:
            return
        origins = dict.fromkeys(p.origin for p in item.parts if p is not None)
        said = [one for one in origins if isinstance(one, Written)]
        for key, slot in item.slots.items():
            found = [value for one in said if (value := _said(one, key, item)) is not None]
            slot.said = tuple(dict.fromkeys(v for v in found if not isinstance(v, _PLAIN)))
            if len(said) == 1 and slot.usual is ABSENT:
                slot.usual = _constant(said[0], key, item)
        if item.present is not None:
            asked = (c for one in said for c in reversed(self.conditions.get(one, ())))
            item.present.said = tuple(dict.fromkeys(asked))
            if item.kind == "op":
                item.present.usual = _was(item, [_head(one) for one in said])
                if item.present.usual is False:  # the spec had another op there, or nothing
                    item.present.said = ()

    def calls(self, item: Item) -> bool:
        """Whether the spec named the block of an item, be it one that shares its weights."""
        origins = (p.origin for p in item.parts if p is not None) if self.known else ()
        return any(isinstance(one, Written) and isinstance(one.head, Call) for one in origins)

    def kept(self, slot: Slot, level: Level) -> bool:
        """Whether something that the spec said holds in a slot, in which it is written then."""
        for value in slot.said:
            text = _holding(value, slot, level)
            if text is not None:
                slot.kept = True
                slot.text = text if slot.kind in BARE else _dollared(value, text)
                return True
        return False

    def computed(self, block: str, variable: Variable, level: Level) -> str | None:
        """The default of a parameter that the spec computes, where that is what it is."""
        value = self.defaults.get((block, variable.name))
        text = None if value is None else _holding(value, Slot("", variable.values), level)
        return text if text is None or value is None else _dollared(value, text)

    # --- loops ------------------------------------------------------------------------

    def walked(self, inner: Level, count: Slot, items: Sequence[Item]) -> Variable | None:
        """Bring into sight what the spec's loop walked, where it has as many rounds as one here.

        Returns:
            What it counted its rounds with; None where it did not.
        """
        loop = self._loop(inner, items)
        if loop is None or inner.outer is None:
            return None
        counted = None
        rounds = [loop.count] if loop.count is not None else list(_ranges(loop))
        count.said = tuple(one for one in rounds if one is not None)
        for name, (_, value) in loop.lists.items():
            rows = self._rows(value, inner)
            if rows is None:
                continue
            elements = [rows[a][t] for a, t in zip(inner.above, inner.turn, strict=True)]
            text = _listed(value) if inner.outer.size > 1 else getattr(value, "text", None)
            if elements and _steps(elements, inner.turn) in ({0}, {1}):
                counted = Variable(name, "index", elements)
            elif text is not None:
                inner.hidden[name] = Variable(name, "walked", elements)
                inner.walks[name] = (text, names_in(value))
        return counted

    def _loop(self, inner: Level, items: Sequence[Item]) -> For | None:
        """The loop of the spec in the place of one here: as deep, if there are as many."""
        if not self.known:
            return None
        depth = sum(1 for level in inner.chain() if level.turn) - 1
        for item in walk(list(items)):
            for part in item.parts:
                if part is not None and isinstance(part.origin, Written):
                    around = self.loops.get(part.origin, ())
                    return around[depth] if depth < len(around) else None
        return None

    def _rows(self, value: Value, inner: Level) -> list[Any] | None:
        """The list of each sample around, if it has an element for each round."""
        assert inner.outer is not None
        names = names_in(value)
        sight = _sight(inner.outer, names - {"input"})
        if sight is None or "input" in names:
            return None
        rows: list[Any] = []
        rounds = Counter(inner.above)
        for sample in range(inner.outer.size):
            try:
                with apart():
                    row = value.evaluate({n: v[sample] for n, (_, _, v) in sight.items()})
            except (ArchspecError, ArithmeticError, LookupError, TypeError, ValueError):
                row = None
            row = list(plain(tuple(row))) if isinstance(row, tuple | list | range) else []
            if rounds[sample] and len(row) != rounds[sample]:
                return None
            rows.append(row)
        return rows


def _listed(value: Value) -> Any:
    """What stands in a spec where a loop walks a list."""
    if isinstance(value, Constant):
        return phrases.plain(value.value)
    if not isinstance(value, ListValue):
        return getattr(value, "text", None)
    parts = [_listed(item) for item in value.items]
    return [
        written(part.removeprefix("$")) if isinstance(item, Expression) else part
        for part, item in zip(parts, value.items, strict=True)
    ]


def _steps(elements: Sequence[Any], turns: Sequence[int]) -> set[Any]:
    """By how much the elements of a list are more than the numbers of the rounds."""
    pairs = zip(elements, turns, strict=True)
    return {e - t if type(e) is int else None for e, t in pairs}


def _ranges(loop: For) -> Iterator[Expression | None]:
    """What a loop counts up to, as it says it in `range(n)`."""
    for _, value in loop.lists.values():
        text = getattr(value, "text", "").removeprefix("$")
        found = _RANGE.fullmatch(text)
        if found is not None:
            yield parsed(found[1])


def given(value: Value, slot: Slot, level: Level) -> list[Any] | None:
    """What a value is in each sample that has one in a slot; None where that is not known."""
    sight = _sight(level, names_in(value))
    if sight is None:
        return None
    found: list[Any] = []
    try:
        with apart():
            for sample, target in enumerate(slot.values):
                if target is ABSENT:
                    found.append(ABSENT)
                    continue
                env = {n: values[sample] for n, (_, _, values) in sight.items()}
                one = value.evaluate({**env, "input": input_namespace(_fed(level, sample))})
                found.append(bool(one) if slot.kind == "condition" else one)
    except (ArchspecError, ArithmeticError, LookupError, TypeError, ValueError):
        return None
    return found


def agrees(values: Sequence[Any], slot: Slot) -> bool:
    """Whether values are those that a slot has, wherever it has one."""
    pairs = zip(values, slot.values, strict=True)
    return all(target is ABSENT or _agrees(value, target) for value, target in pairs)


def _holding(value: Value, slot: Slot, level: Level) -> str | None:
    """The text of a value that is what a slot has in all samples; None where it is not."""
    values = given(value, slot, level) if names_in(value) else None
    if values is None or not agrees(values, slot):
        return None
    return bound(value, level)


def bound(value: Value, level: Level) -> str | None:
    """The text of a value, whose names are read from now on."""
    for around, variable, _ in (_sight(level, names_in(value)) or {}).values():
        _use(variable, around)
    text: str | None = getattr(value, "text", None)
    if isinstance(value, Expression) and text is not None:
        known = parsed(text)
        if known is not None and ast.dump(known.tree) != ast.dump(value.tree):
            return opposite(text)  # what stands under `else`
    return text


def opposite(text: str) -> str:
    """A condition that holds where another one does not."""
    if text.isidentifier():
        return f"not {text}"
    if " and " not in text:
        for one, other in ((" == ", " != "), (" != ", " == "), (" < ", " >= "), (" >= ", " < ")):
            if one in text:
                return text.replace(one, other)
    return f"not ({text})"


def _said(one: Written, key: str, item: Item) -> Value | None:
    """What a spec says at a key of an item."""
    kind, _, name = key.partition(".")
    found: Value | None = None
    if kind in ("attribute", "argument") and isinstance(one.head, Call):
        named = one.head.args.named.get(name)
        found = named[1] if named is not None else None
        if found is None and one.head.args.bare is not None and name == _bare(item):
            found = one.head.args.bare
    elif kind in ("id", "label", "note"):
        found = getattr(one, kind)
    elif kind == "from" and int(name) < len(one.feed):
        found = one.feed[int(name)].name
    elif kind == "head" and isinstance(one.head, Call) and not isinstance(one.head.name, str):
        found = one.head.name
    return found


_PLAIN = Constant | ListValue | MapValue


def _head(one: Written) -> str | None:
    """The op or the block that an item is, if the spec says it by name."""
    name = one.head.name if isinstance(one.head, Call) else None
    return name if isinstance(name, str) else None


def _was(item: Item, heads: Sequence[str | None]) -> bool:
    """Whether a spec that had these heads had this op; of one that it chose, most samples say."""
    flags = item.present.values if item.present is not None else []
    return item.name in heads or (None in heads and flags.count(True) > flags.count(False))


def _constant(one: Written, key: str, item: Item) -> Any:
    """The plain value that a spec has at a key of an item, or that of the op by itself."""
    value = _said(one, key, item)
    kind, _, name = key.partition(".")
    if isinstance(value, Constant):
        return frozen(value.value)
    if value is None and kind == "head":
        return _head(one) or ABSENT
    if value is None and kind == "attribute" and _head(one) == item.name:
        field = REGISTRY[item.name].model_fields.get(name)
        if field is not None and not field.is_required():
            return frozen(field.default)
    return ABSENT


def _bare(item: Item) -> str | None:
    """What a bare value beside an item's op or block stands for."""
    if item.kind in ("op", "merge"):
        return REGISTRY[item.name].primary
    part = next((p for p in item.parts if isinstance(p, Instance) and p.block), None)
    first = next(iter(part.block.params.values()), None) if part and part.block else None
    return None if first is None or first.default is not None or first.computed else first.name


def _dollared(value: Value, text: str) -> str:
    return written(text.removeprefix("$")) if isinstance(value, Expression) else text


Sight = Mapping[str, tuple[Level, Variable, list[Any]]]


def _sight(level: Level, names: Iterable[str]) -> Sight | None:
    """Variables in sight, hidden ones too, with their values in the samples of a level."""
    found: dict[str, tuple[Level, Variable, list[Any]]] = {}
    for name in names:
        if name == "input":
            continue
        one = next(_named(level, name), None)
        if one is None or ABSENT in one[2]:
            return None
        found[name] = one
    return found


def _named(level: Level, name: str) -> Iterator[tuple[Level, Variable, list[Any]]]:
    path: list[Level] = []
    for around in level.chain():
        known = {v.name: v for v in around.variables}
        variable = known.get(name) or around.hidden.get(name)
        hidden = name not in known
        if variable is not None and not (hidden and _is_mode(variable)):
            values = variable.values
            for step in reversed(path):
                values = step.lifted(values)
            yield around, variable, list(values)
        path.append(around)


def _is_mode(variable: Variable) -> bool:
    """Whether a parameter decides what there is, as flags and words do; here that is decided."""
    return variable.kind == "unknown" and any(isinstance(v, bool | str) for v in variable.values)


def _use(variable: Variable, level: Level) -> None:
    """Bind a hidden variable, of a loop with the list that it walks."""
    variable.used, variable.open = True, frozenset()
    if level.hidden.pop(variable.name, None) is None:
        return
    level.add(variable)
    if variable.name in level.walks and level.outer is not None:
        text, names = level.walks[variable.name]
        level.lists[variable.name] = Slot("list", [], variable.name, text)
        for around, one, _ in (_sight(level.outer, names) or {}).values():
            _use(one, around)


def _fed(level: Level, sample: int) -> Bundle:
    """What feeds the block, or the network, in a sample."""
    while not level.units and level.outer is not None:
        level, sample = level.outer, level.above[sample]
    return level.units[sample].inputs


def _agrees(value: Any, target: Any) -> bool:
    return isinstance(target, int | float | str | tuple | type(None)) and same(
        frozen(plain(value)) if not isinstance(value, str) else str(value), frozen(target)
    )
