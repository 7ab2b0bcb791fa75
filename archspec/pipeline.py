"""The story on one screen: a name becomes a document, a graph, and then whatever is asked.

name ──load──▶ Document ──elaborate──▶ Graph ──▶ stats, check, render, compile
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from archspec.analysis.check import pinned
from archspec.analysis.cost import Mode, Stats
from archspec.analysis.cost import stats as cost
from archspec.analysis.memory import Fit, Memory, kept, memory
from archspec.analysis.memory import fit as largest_batch
from archspec.analysis.parts import calls, named, one_named
from archspec.analysis.step import OPTIMIZERS, Optimizer
from archspec.backends.base import (
    PRINTED,
    Compiler,
    Unfit,
    compiler,
    describer,
    format_of,
    needing,
    renderer,
    stepper,
)
from archspec.codegen.program import program
from archspec.codegen.schedule import schedule
from archspec.diagnostics import ArchspecError, Diagnostic, listed
from archspec.elaboration.build import build
from archspec.elaboration.provenance import known, verify_changed
from archspec.frontend.loading import Document, load
from archspec.ir.graph import Graph, Node
from archspec.ir.verify import verify
from archspec.ops import Shape
from archspec.ops.tape import DTYPES, Dtype
from archspec.util.gc import collector_off

if TYPE_CHECKING:
    from archspec.analysis.difference import Difference
    from archspec.analysis.explanation import Explanation
    from archspec.analysis.paths import Paths
    from archspec.codegen.splits import Split
    from archspec.figures.options import Options
    from archspec.lifting.checked import Lifted

_LOG = logging.getLogger("archspec")

Spec = str | Path | Graph
"""A network as the public API takes it: a name, a path, or a graph that is elaborated already."""

Inputs = Sequence[tuple[str | None, Shape]]
"""Shapes that override the spec's, each with its input's name unless there is only one."""


def elaborate(
    spec: Spec | Document,
    variant: str | None = None,
    params: Mapping[str, Any] | None = None,
    inputs: Inputs = (),
) -> Graph:
    """Elaborate a spec and return its graph.

    Raises:
        ArchspecError: whatever is wrong with the spec or the choices.
        TypeError: for choices beside a graph, which has made its own.
    """
    if isinstance(spec, Graph):
        if variant is not None or params or inputs:
            raise TypeError("a graph is elaborated already: variant and parameters come too late")
        return spec
    document = spec if isinstance(spec, Document) else load(spec)
    shapes = dict(_named(document, inputs))
    return build(document, variant=variant, params=params or {}, inputs=shapes)


def _named(document: Document, inputs: Inputs) -> Iterator[tuple[str, Shape]]:
    """Each shape with its input's name, which need not be said where there is only one."""
    names = list(document.spec.inputs)
    for name, shape in inputs:
        if name is None and len(names) != 1:
            raise ArchspecError(
                Diagnostic(
                    "E415",
                    "the network has several inputs, so a shape needs a name",
                    expected=listed(names),
                    hint=f"write {names[0]}={'x'.join(map(str, shape))}" if names else None,
                )
            )
        yield name if name is not None else names[0], shape


def programmed(graph: Graph) -> Graph:
    """The graph with how it came from a spec, which says in what order its program runs.

    One that was built or edited is lifted, and what it elaborates to again takes its place: the
    same nodes by the same names.

    Raises:
        Unsound: for a graph that does not hold together.
        ArchspecError: E609 for one that cannot be lifted.
    """
    if known(graph):
        return graph
    return _lifted(graph).graph


def to_spec(graph: Graph) -> str:
    """The text of a spec that elaborates to a graph, with the comments of the file it came from.

    Raises:
        Unsound: for a graph that does not hold together.
        ArchspecError: E609 for one that cannot be lifted.
    """
    return _lifted(graph).like(graph)


def _lifted(graph: Graph) -> Lifted:
    from archspec.lifting.remembered import lifted_once

    with collector_off():
        return lifted_once(graph)


def stats(
    graph: Graph,
    *,
    batch: int = 1,
    dtype: Dtype = "float32",
    mode: Mode = "train",
    optimizer: Optimizer = "sgd",
    checkpoint: Sequence[str] = (),
) -> Stats:
    """Count what a network costs.

    Raises:
        ArchspecError: E108 for a name in `checkpoint` that no block and no instance has.
    """
    graph = programmed(graph)
    with collector_off():
        needed = _memory(graph, mode, dtype, optimizer, checkpoint)(batch)
        return cost(graph, batch=batch, dtype=dtype, mode=mode, memory=needed)


def fit(
    graph: Graph,
    limit: int,
    *,
    dtype: Dtype = "float32",
    mode: Mode = "train",
    optimizer: Optimizer = "sgd",
    checkpoint: Sequence[str] = (),
) -> Fit:
    """Return the largest batch whose peak is at most `limit` bytes; E114 where that is unknown."""
    return largest_batch(_memory(programmed(graph), mode, dtype, optimizer, checkpoint), limit)


def _memory(
    graph: Graph, mode: Mode, dtype: Dtype, optimizer: Optimizer, checkpoint: Sequence[str]
) -> Callable[[int], Memory]:
    """Memory by batch, in the order and with the variables of the compiled module."""
    _check_setting(mode, dtype, optimizer)
    order = schedule(graph, _torch().target, training=mode == "train")
    apart = calls(graph, named(graph, _several(checkpoint)))

    def needed(batch: int) -> Memory:
        return memory(
            graph,
            order,
            batch=batch,
            dtype=dtype,
            training=mode == "train",
            optimizer=optimizer,
            checkpoint=apart,
        )

    return needed


def _check_setting(mode: Mode, dtype: Dtype, optimizer: Optimizer = "sgd") -> None:
    """ValueError for a mode, a dtype or an optimizer that there is not."""
    for given, choices in ((mode, get_args(Mode)), (dtype, DTYPES), (optimizer, OPTIMIZERS)):
        if given not in choices:
            raise ValueError(f"{given!r} is none of {', '.join(choices)}")


def explain(
    graph: Graph,
    name: str,
    *,
    batch: int = 1,
    dtype: Dtype = "float32",
    mode: Mode = "train",
) -> Explanation:
    """Explain how the numbers of a layer or a block are computed.

    Raises:
        ArchspecError: E108 for a name that no part of the network has, E113 for one that several
            have.
    """
    from archspec.analysis.explanation import Explainer

    graph = programmed(graph)
    part = one_named(graph, name)
    training = mode == "train"
    with collector_off():
        _check_setting(mode, dtype)
        order = schedule(graph, _torch().target, training=training)
        needed = memory(graph, order, batch=batch, dtype=dtype, training=training)
        counted = cost(graph, batch=batch, dtype=dtype, mode=mode, memory=needed)
        saved = kept(graph, order, batch=batch, dtype=dtype, training=training)
        return Explainer(graph, counted, saved).of(part)


def difference(before: Graph, after: Graph, **setting: Any) -> Difference:
    """Return what changed from one network to another, and in cost; `setting` is as for `stats`."""
    from archspec.analysis.difference import difference as differ

    return differ(before, after, (stats(before, **setting), stats(after, **setting)))


def paths(
    graph: Graph, *, block: str | None = None, delete: Sequence[str] = (), mode: Mode = "eval"
) -> Paths:
    """Count the paths through a network, by length, and those that deleting a block leaves."""
    from archspec.analysis.paths import paths as count_paths

    with collector_off():
        verify_changed(graph)
        return count_paths(graph, block=block, delete=_several(delete), mode=mode)


def _several(names: Sequence[str]) -> Sequence[str]:
    """Names; one alone is no sequence of letters."""
    return [names] if isinstance(names, str) else names


def forms(document: Document) -> list[str | None]:
    """The forms a document has: the variant its name picked, else its variants and the bare spec.

    The bare spec comes as None, unless a variant changes nothing and so is the same, or the
    spec has parameters that only a variant gives.
    """
    if document.variant is not None:
        return [document.variant]
    variants = document.spec.variants
    complete = all(p.default is not None for p in document.spec.params.values())
    bare = not variants or (complete and all(variants.values()))
    return [None, *variants] if bare else list(variants)


def untried(document: Document, forms: Mapping[str | None, Mapping[str, Any]]) -> list[Diagnostic]:
    """Remarks on values that no form of a spec has: W410 where there is an error under one.

    `forms` are those that were elaborated, with the values of the parameters.
    """
    from archspec.elaboration.untried import untried as attempt

    with collector_off():
        return attempt(document, forms)


def json_schema(spec: Spec | None = None) -> dict[str, Any]:
    """Return the JSON Schema of all specs, or of one spec with its own blocks."""
    from archspec.frontend.jsonschema import spec_schema

    document = None if spec is None or isinstance(spec, Graph) else load(spec)
    return spec_schema(document.blocks, document.spec.params) if document else spec_schema()


def pins(graph: Graph, resized: Graph) -> Mapping[Node, Diagnostic]:
    """Return E506 by each node that keeps a network compiled as `graph` from being `resized`."""
    return pinned(graph, resized)


def check(graph: Graph, resized: Graph | None = None) -> None:
    """Whether a graph holds together; and, beside the same spec at another size, what pins it.

    Raises:
        ArchspecError: E506 for each node that cannot follow the input's size.
    """
    verify(graph)
    if resized is not None:
        verify(resized)
        found = pinned(graph, resized)
        if found:
            raise ArchspecError(*found.values())


_DRAWN_BY = {
    None: "strips",
    "blocks": "graphviz",
    "strip": "strips",
    "tower": "strips",
    "levels": "strips",
    "volumes": "volumes",
    "planes": "volumes",
}


def render(
    graph: Graph | Sequence[Graph],
    path: Path | None = None,
    format: str | None = None,
    options: Options | None = None,
) -> str | None:
    """Draw a figure, or several side by side, into a file; without one, return it as DOT text.

    DOT text has a box an op unless another style is asked for. So has a U for which no style is
    asked for, where there is no clean one.
    """
    style = None if options is None else options.style
    wanted = "dot" if path is None else format_of(path, format)
    figures = describer(_DRAWN_BY["blocks" if style is None and wanted == "dot" else style])
    with collector_off():
        verify_changed(graph)
        if path is None:
            return figures.dot(graph, options)
        try:
            (renderer("page") if wanted == "html" else figures).render(graph, path, wanted, options)
        except Unfit:  # boxes can stand in rows by resolution however they are wired
            assert options is not None, "nothing but a U that is asked for is unfit"
            render(graph, path, format, replace(options, style="blocks"))
            _LOG.info("drew boxes, a row for each resolution, as there is no clean U")
    return None


def build_up(
    graph: Graph | Sequence[Graph],
    path: Path,
    format: str | None = None,
    options: Options | None = None,
) -> dict[Path, bytes]:
    """Draw a figure, or several side by side, step by step: files that are to be written.

    Each has what the one before it has, at the same place; the last has all.

    Raises:
        ArchspecError: E608 for what has no steps, or too many.
    """
    wanted = format_of(path, format)
    if wanted not in PRINTED:
        message = f"what is written as `{wanted}` has no steps"
        raise ArchspecError(Diagnostic("E608", message, expected=listed(PRINTED)))
    figures = stepper(_DRAWN_BY[None if options is None else options.style])
    with collector_off():
        verify_changed(graph)
        steps = figures.steps(graph, wanted, options)
    return {file_of_step(path, n, wanted): drawn for n, drawn in enumerate(steps, 1)}


def file_of_step(path: Path, number: int, format: str | None = None) -> Path:
    """Where a step is written: `x.2.svg` for `x.svg`, `x.2` for a name that says no format."""
    if path.suffix[1:].lower() == format_of(path, format):
        return path.with_name(f"{path.stem}.{number}{path.suffix}")
    return path.with_name(f"{path.name}.{number}")


def source(graph: Graph) -> str:
    """Return the Python source of a network, which imports nothing but PyTorch."""
    graph = programmed(graph)
    with collector_off():
        return _torch().source(graph)


def splits(graph: Graph) -> tuple[Split, ...]:
    """Return the blocks that its source has several classes of, and why."""
    return program(programmed(graph), _torch().target).splits


def compile_module(graph: Graph, device: Any = None, dtype: Any = None) -> Any:
    """Compile a network and return its `nn.Module`."""
    with needing("torch"):
        return _torch().compile(programmed(graph), device=device, dtype=dtype)


def check_module(graph: Graph, *, device: Any = None, dtype: Any = None, batch: int = 2) -> Any:
    """Run the module of a network forward and backward and compare it with the graph."""
    with needing("torch"):
        return _torch().check(programmed(graph), device=device, dtype=dtype, batch=batch)


def load_weights(module: Any, file: str | Path, *, strict: bool = True) -> Any:
    """Load a checkpoint into a compiled module and return the module."""
    with needing("torch"):
        return _torch().load_weights(module, file, strict=strict)


def _torch() -> Compiler:
    return compiler("torch")
