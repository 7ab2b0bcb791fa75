"""Classes -> the text of a Python file."""

from __future__ import annotations

from collections.abc import Container

from archspec.backends.torch.helpers import FILES
from archspec.backends.torch.helpers import reads as helper_reads
from archspec.backends.torch.helpers import source as helper_source
from archspec.backends.torch.layers import check_lowered
from archspec.backends.torch.starts import initialisation
from archspec.backends.torch.target import TORCH
from archspec.backends.torch.unbound import check_bound
from archspec.codegen.definitions import definitions
from archspec.codegen.printing import printed
from archspec.codegen.program import program
from archspec.codegen.python import reads
from archspec.codegen.words import of_file
from archspec.ir.graph import Graph


def write(graph: Graph, *, probe: bool = False) -> tuple[str, str]:
    """The file's text, and the name of the network's class in it.

    Args:
        probe: pass every value that no module computes through `probe(...)`, which the
            text leaves undefined; for checking shapes.

    Raises:
        ArchspecError: E602 for an op that has no lowering, E606 where the text would read a
            name that nothing binds.
    """
    check_lowered(graph)
    planned = program(graph, TORCH)
    starts = initialisation(graph, planned)
    classes = definitions(graph, planned, TORCH, starts, probe=probe)
    read = reads(classes)
    helpers = [h for h in {**planned.helpers, **read} if h in FILES and h in read]
    imports = _imports({*read}.union(*map(helper_reads, helpers)))
    body = "\n\n\n".join([*map(helper_source, helpers), *map(printed, classes)])
    text = f"{of_file(graph)}\n\n{imports}\n\n\n{body}\n"
    check_bound(text, ("probe",) if probe else ())
    return text, planned.root.name


def _imports(used: Container[str]) -> str:
    found = ["from collections import OrderedDict", ""] if "OrderedDict" in used else []
    if "torch" in used:
        found.append("import torch")
    if "F" in used:
        found.append("import torch.nn.functional as F")
    names = [n for n in ("Tensor", "nn") if n in used]
    if names:
        found.append(f"from torch import {', '.join(names)}")
    return "\n".join(found)
