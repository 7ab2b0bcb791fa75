"""Lifting that is checked: the spec is read and elaborated again, and is the graph."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from archspec.diagnostics import ArchspecError, Diagnostic, Source
from archspec.elaboration.build import build
from archspec.frontend.loading import Document, load_source
from archspec.frontend.printer import print_spec
from archspec.ir.equality import difference
from archspec.ir.graph import Graph
from archspec.lifting.apart import apart, wholly_apart
from archspec.lifting.files import file_of
from archspec.lifting.lifter import Lifter
from archspec.lifting.merging import merges
from archspec.lifting.policy import LITERAL, POLICIES, Policy
from archspec.lifting.unsayable import Unsayable
from archspec.ops.derived import plain

Data = Mapping[str, Any]

MOVED = "E420"
"""The code for weights whose position a condition decides on, which then want their numbers."""


LARGE = 4_000
"""Of graphs with more nodes the first spec that is right is taken."""


@dataclass(frozen=True, slots=True)
class Lifted:
    """A spec as plain data and as text, the graphs that it elaborates to, and how it was made.

    `exact` is whether these are the graphs in all, what flows to groups that do not read it too;
    `merged` is whether it is the spec that edited graphs came from, with what the edits changed.
    """

    data: Data
    text: str
    graphs: tuple[Graph, ...]
    policy: Policy
    exact: bool = True
    merged: bool = False

    @property
    def graph(self) -> Graph:
        """The only graph, or the first."""
        return self.graphs[0]

    def like(self, graph: Graph) -> str:
        """The text; what is as in the file that a graph came from is written as it is there."""
        origin = graph.origin
        like = origin.tree.span.source if isinstance(origin, Document) else None
        return print_spec(self.data, like)


def lifted(*graphs: Graph) -> Lifted:
    """A spec of some graphs, whose elaborations are these but for the parameters of blocks.

    Several graphs are variants of one network, by the names that they have. What the spec said that
    they came from, if any, is kept where it holds. Of the policies that fold something the one is
    taken whose spec is right and the shortest; else nothing is folded. Where edits changed some
    instances of a block, so that no block says what all of them are, these have blocks of their
    own; and where that does not help, each block says one thing alone, and everything is called by
    its name. A block with the name of an op that stands beside it has another name in each case.

    Raises:
        ArchspecError: E609 where no policy finds such a spec, with what stands in the way.
    """
    merged = _merged(graphs)
    if merged is not None:
        return merged
    reasons: list[str] = []
    nearly: list[Lifted] = []
    for ones, policies in _ways(graphs):
        best = _best(ones, policies, reasons)
        if best is not None and best.exact:
            return best
        nearly += [best] if best is not None else []
    if nearly:
        return nearly[0]
    message = f"no spec was found for the graph `{graphs[0].name}`"
    raise ArchspecError(Diagnostic("E609", message, found=reasons[0]))


def _ways(graphs: Sequence[Graph]) -> Iterator[tuple[Sequence[Graph], Sequence[Policy]]]:
    """The graphs as they may be lifted, and the policies by which they may."""
    if all(graph.origin is not None for graph in graphs):
        yield graphs, POLICIES
        yield graphs, [replace(policy, whole=False) for policy in POLICIES]
    anew = [replace(policy, whole=False, recalled=False) for policy in POLICIES]
    yield graphs, anew
    split = [apart(graph) for graph in graphs]
    named = [one or graph for one, graph in zip(split, graphs, strict=True)]
    if any(one is not None for one in split):
        yield named, anew
    edited = any(graph.root.stale for graph in graphs)  # else a block says what all of it are
    yield [*map(wholly_apart, graphs)] if edited else named, [LITERAL]


def _merged(graphs: Sequence[Graph]) -> Lifted | None:
    """The spec that edited graphs came from, changed as the edits change what is lifted.

    None where there were no edits, and where that is no spec of these graphs.
    """
    size = sum(len(graph.nodes) for graph in graphs)
    if size > LARGE or not any(graph.root.stale for graph in graphs):
        return None
    before = [former for graph in graphs if (former := _before(graph)) is not None]
    kept = _best(before, POLICIES, []) if len(before) == len(graphs) else None
    if kept is None:
        return None
    policy = replace(kept.policy, whole=False)
    old, new = (_numbered(each, policy) for each in (before, graphs))
    if isinstance(old, str) or isinstance(new, str):
        return None
    for data in merges(old.data, new.data, kept.data):
        one = _right(graphs, policy, partial(dict, data))
        if isinstance(one, Lifted) and one.exact:
            return replace(one, merged=True)
    return None


def _before(graph: Graph) -> Graph | None:
    """The graph that an edited one was at first; None where that is not known."""
    if not isinstance(graph.origin, Document):
        return None
    declared = graph.origin.spec.params
    given = {name: plain(value) for name, value in graph.params.items() if name in declared}
    try:
        return build(graph.origin, variant=graph.variant, params=given)
    except ArchspecError:
        return None


def _best(graphs: Sequence[Graph], policies: Sequence[Policy], reasons: list[str]) -> Lifted | None:
    """The shortest of what policies give that is right; the first where the former spec decides.

    Args:
        reasons: gets what is wrong of others.
    """
    size, own = sum(len(graph.nodes) for graph in graphs), graphs[0].params
    best: Lifted | None = None
    enough = policies[-2] if len(graphs) == 1 and len(policies) > 1 else policies[-1]
    for policy in policies:
        found = _numbered(graphs, policy)
        if isinstance(found, str):
            reasons.append(found)
        elif best is None or _rank(found, own) < _rank(best, own):
            best = found
        if best is not None and (
            (policy.recalled and best.exact) or policy is enough or size > LARGE
        ):
            break
    return best


def _rank(found: Lifted, own: Container[str]) -> tuple[bool, float]:
    return not found.exact, cost(found.text) - _data(found, own)


def _numbered(graphs: Sequence[Graph], policy: Policy) -> Lifted | str:
    """What a policy gives, positions written as ids where these may move; else what is wrong."""
    why = ""
    for tried in (policy, replace(policy, numbered=True)):
        found = attempt(graphs, tried)
        if isinstance(found, Lifted):
            return found
        code, why = found
        if code != MOVED:
            break
    return why


def cost(text: str) -> float:
    """What it costs to read a text: its characters, more for lines, conditions, lists of lists."""
    size = sum(len(line.strip()) + 4 for line in text.splitlines())
    hard = text.count("[[") + text.count("'[")
    return size + 6.0 * text.count(" if ") + 10.0 * hard + 4.0 * text.count("when:")


def _data(found: Lifted, own: Container[str]) -> float:
    """What is taken off for what parameters that are given are in variants: it is data."""
    rows = found.data.get("variants", {}).values()
    said = [f"{key}: {value}, " for row in rows for key, value in row.items() if key in own]
    return 0.5 * sum(map(len, said))


def attempt(graphs: Sequence[Graph], policy: Policy) -> Lifted | tuple[str, str]:
    """What a policy gives where that is right; else the code of what is wrong, if any, and why."""
    return _right(graphs, policy, lambda: file_of(Lifter(graphs, policy)))


def _right(
    graphs: Sequence[Graph], policy: Policy, make: Callable[[], Data]
) -> Lifted | tuple[str, str]:
    """What is made, if it is a spec of the graphs; else the code of what is wrong, and why."""
    try:
        data = make()
        text = print_spec(data)
        document = load_source(Source(f"{graphs[0].name}.yaml", text))
        made, exact = [], True
        for graph in graphs:
            one = build(document, variant=graph.variant if len(graphs) > 1 else None)
            if len(graphs) == 1:
                one = replace(one, variant=graph.variant, title=graph.title)
            made.append(one)
            found = difference(graph, one, parameters=False)
            exact = exact and found is None
            if found is not None and difference(graph, one, parameters=False, flow=False):
                return "", found
    except Unsayable as error:
        return "", str(error)
    except RecursionError:
        return "", "its scopes nest deeper than a spec may"
    except ArchspecError as error:
        first = error.diagnostics[0]
        return first.code, first.message
    return Lifted(data, text, tuple(made), policy, exact)
