"""Graph -> a part with all its words, from left to right or from bottom to top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archspec.backends.strips.beneath import beneath
from archspec.backends.strips.parts import inset, worded
from archspec.backends.strips.plan import Plan
from archspec.backends.strips.slide import Form, with_key
from archspec.backends.strips.topology import Topology
from archspec.backends.strips.within import is_small
from archspec.drawing.detail import Repeat
from archspec.drawing.options import Options
from archspec.drawing.picture import Picture
from archspec.graph import Graph


class Opened(Form):
    """What is shown, with its words as one reads them."""

    called = "all its words"

    def __init__(self, plan: Plan, *, upwards: bool = False) -> None:
        self.plan, self.upwards = plan, upwards

    def inset(self, inner: Topology, name: str) -> Picture:
        """A block in it, opened."""
        return inset(inner, name, self.plan.noted, self.upwards)

    def together(self, insets: Sequence[Picture]) -> Picture:
        """The part itself, and rows of blocks below it that are boxes in it."""
        part = worded(self.plan.whole, self.plan.noted, self.upwards, entrances=True)
        return with_key(beneath(part, insets), self.plan)


def plan_of_part(graph: Graph, options: Options) -> Plan | None:
    """What is shown of a part that is small enough for all its words, and of no other."""
    repeats: list[Repeat] = ["none", "equal"] if options.repeat == "equal" else [options.repeat]
    for repeat in repeats:
        plan = Plan(graph, replace(options, repeat=repeat), tiny_blocks=False)
        if is_small(plan.whole):
            return plan
    return None
