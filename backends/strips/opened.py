"""Graph -> a part with all its words, from left to right or from bottom to top."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from archspec.backends.strips.beneath import beneath
from archspec.backends.strips.common import Shared, shared
from archspec.backends.strips.parts import inset
from archspec.backends.strips.plan import Plan
from archspec.backends.strips.slide import Form, with_key
from archspec.backends.strips.topology import MANY, Topology
from archspec.backends.strips.within import has_more, is_small
from archspec.backends.strips.worded import Worded
from archspec.figures.detail import Repeat
from archspec.figures.options import Options, Panel
from archspec.figures.picture import Picture
from archspec.ir.graph import Graph, Node


class Opened(Form):
    """What is shown, with its words as one reads them.

    Attributes:
        shared: what it has in common with others, if anything.
    """

    called = "all its words"

    def __init__(self, plan: Plan, upwards: bool = False) -> None:
        self.plan, self.upwards = plan, upwards
        steps = plan.steps.of
        self.part = Worded(plan.whole, plan.noted, upwards, entrances=True, steps=steps)
        self.shared: Shared | None = None

    def inset(self, inner: Topology, name: str, *, in_a_line: bool = False) -> Picture:
        """A block in it, opened."""
        return inset(inner, name, self.plan.noted, upwards=self.upwards, in_a_line=in_a_line)

    def together(self, insets: Sequence[Picture]) -> Picture:
        """The part itself, and rows of blocks below it that are boxes in it."""
        if self.shared is None:
            part = self.part.picture
        else:
            part = self.part.placed(self.shared.widths, self.shared.stops)
            part = part if self.upwards else replace(part, stem=self.shared.middle)
        return with_key(beneath(part, insets), self.plan)


def compared(plans: Sequence[Plan], upwards: bool) -> list[Opened]:
    """Parts that stand together, what is alike in them at common places."""
    forms = [Opened(plan, upwards) for plan in plans]
    for form, common in zip(forms, shared([form.part for form in forms]), strict=True):
        form.shared = common
    return forms


def plans_of_parts(figures: Sequence[Panel]) -> list[Plan]:
    """What is shown of parts that are small enough for all their words; none if one is not.

    What is alike is drawn alike: where a normalisation stands before its layer in one of them, none
    goes with the layer before it; and the last activation stands by itself in all, or in none.
    """
    plans = _plans(figures)
    if len(plans) < 2:
        return plans
    unlike = [*_before_layers(plans), *_last_activations(plans)]
    return (_plans(figures, frozenset(unlike)) if unlike else []) or plans


def _plans(figures: Sequence[Panel], apart: Collection[Node] = ()) -> list[Plan]:
    plans = [_plan_of_part(graph, options, apart) for graph, options in figures]
    found = [plan for plan in plans if plan is not None]
    return found if len(found) == len(figures) else []


def _before_layers(plans: Sequence[Plan]) -> Iterator[Node]:
    """All normalisations, where one stands before its layer."""
    foldings = [plan.whole.figure.folding for plan in plans]
    if any(f.is_preactivated(n) for f in foldings for n in f.shown):
        yield from (n for f in foldings for n in f.shown if n.op.category == "normalisation")


def _last_activations(plans: Sequence[Plan]) -> Iterator[Node]:
    """Those at the ends, where one of them stands by itself."""
    boxes = [plan.whole.maps[plan.whole.end].box for plan in plans if plan.whole.end is not None]
    last = [box.parts[-1] for box in boxes]
    ends = [part for part in last if isinstance(part, Node) and part.op.category == "activation"]
    if any(box.part in ends for box in boxes):
        yield from ends


def _plan_of_part(graph: Graph, options: Options, apart: Collection[Node]) -> Plan | None:
    repeats: list[Repeat] = [options.repeat]
    if options.repeat == "equal" and not has_more(graph, options, MANY):
        repeats.insert(0, "none")
    for repeat in repeats:
        chosen = replace(options, repeat=repeat)
        plan = Plan(graph, chosen, tiny_blocks=False, apart=apart)
        if is_small(plan.whole):
            return plan
    return None
