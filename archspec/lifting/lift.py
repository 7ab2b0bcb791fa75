"""Graph -> Spec: the plain data of a file that elaborates to the graph again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.frontend.printer import print_spec
from archspec.ir.graph import Graph
from archspec.lifting.check import mismatch
from archspec.lifting.files import file_of
from archspec.lifting.lifter import Lifter
from archspec.lifting.policy import POLICIES, Policy

Data = dict[str, Any]


def lift(graph: Graph) -> Data:
    """The plain data of a spec that elaborates to a graph.

    Raises:
        ArchspecError: E421 for a graph that cannot be written as a spec, with the reason.
    """
    return lift_family([graph])


def lift_family(graphs: Sequence[Graph]) -> Data:
    """The plain data of one spec with a variant for each of several graphs.

    Several policies are tried, from the one that folds most to the one that folds nothing; what
    they give is read, elaborated and compared, and the first that comes out equal is returned.

    Raises:
        ArchspecError: E421 where none does, with the reason.
    """
    reason = ""
    for policy in POLICIES:
        data, why = attempt(graphs, policy)
        if data is not None:
            return data
        reason = reason or why
    name = graphs[0].name
    raise ArchspecError(Diagnostic("E421", f"`{name}` cannot be written as a spec", found=reason))


def attempt(graphs: Sequence[Graph], policy: Policy) -> tuple[Data | None, str]:
    """What a policy gives, if that elaborates to the graphs; else the reason why it does not."""
    try:
        data = file_of(Lifter(graphs, policy))
        why = mismatch(print_spec(data), graphs)
    except LookupError as error:
        return None, str(error)
    except ArchspecError as error:
        return None, error.diagnostics[0].message
    return (data, "") if why is None else (None, why)
