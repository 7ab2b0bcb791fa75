"""Why a block is several classes: what of its instances no single class can say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from archspec.codegen.obstacles import Irregular, Unwritable
from archspec.codegen.plan import ClassPlan
from archspec.diagnostics import Span
from archspec.elaboration.provenance import Expansion
from archspec.ir.graph import Definition, Instance

UNSAID = "its instances differ in a way that neither a parameter nor a condition says"


@dataclass(frozen=True, slots=True)
class Split:
    """A block of which there are several classes.

    Attributes:
        block: its name; `span` is where it is defined.
        classes: theirs.
        why: what one class could not say; `place` is where that stands, if one place is known.
    """

    block: str
    span: Span
    classes: tuple[str, ...]
    why: str
    place: Span | None

    def __str__(self) -> str:
        first = f"{self.span}: `{self.block}` is {len(self.classes)} classes: "
        first += ", ".join(self.classes)
        return f"{first}\n  {self.place or self.span}: {self.why}"


def splits(
    members: Mapping[Definition, list[Instance]],
    plans: Mapping[Instance, ClassPlan],
    made: Mapping[Instance, Expansion],
    obstacles: Mapping[Definition, Irregular | Unwritable],
) -> Iterator[Split]:
    """The blocks that are several classes, in the order in which the spec defines them."""
    found = []
    for block, instances in members.items():
        names = tuple(dict.fromkeys(plans[i].name for i in instances if i in plans))
        written = made[instances[0]].block
        if len(names) > 1 and written is not None:
            obstacle = obstacles.get(block)
            why, place = (obstacle.why, obstacle.span) if obstacle is not None else ("", None)
            found.append(Split(block.name, written.span, names, why or UNSAID, place))
    yield from sorted(found, key=lambda one: (one.span.source.name, one.span.line))
