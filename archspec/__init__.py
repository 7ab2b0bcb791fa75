"""archspec: network architectures in YAML, compiled to modules, figures and tables.

The functions here are the whole public API. Importing the package imports next to nothing;
each function brings in what it needs, and only `compile` and `load_weights` need PyTorch.

A spec's parameter that bears the name of a function's own argument, such as `mode`, is given to
`load`: `render(load("unet", depth=3), "unet.svg")`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from archspec.analysis.cost import Mode, Stats
    from archspec.analysis.explanation import Explanation
    from archspec.analysis.paths import Paths
    from archspec.analysis.step import Optimizer
    from archspec.diagnostics import ArchspecError, Remark
    from archspec.figures.options import Options
    from archspec.ir.builder import Builder
    from archspec.ir.edit import Editor
    from archspec.ir.graph import Graph, Node
    from archspec.notebook import Drawing
    from archspec.ops.tape import Dtype

    __version__: str

__all__ = [
    "ArchspecError",
    "Builder",
    "Options",
    "Remark",
    "__version__",
    "compile",
    "dump",
    "edit",
    "explain",
    "extract",
    "load",
    "load_weights",
    "paths",
    "render",
    "save",
    "stats",
    "to_spec",
]


def load(spec: str | Path | Graph, variant: str | None = None, **params: Any) -> Graph:
    """Load a spec and return its graph: every node with its shape, and the tree of instances.

    Remarks on the spec are in `remarks` of the graph. Every function that takes a spec also
    issues them as warnings of the class `archspec.Remark`.

    Args:
        spec: a path, `path@variant`, or a name that `archspec list` shows.
        variant: a name under `variants:` of the spec.
        **params: values of the spec's parameters, which override those of the variant and the
            defaults.

    Raises:
        ArchspecError: with every mistake found, each with its place.
    """
    from archspec import notebook

    notebook.teach()
    return _elaborated(spec, variant, params)


def compile(
    spec: str | Path | Graph,
    variant: str | None = None,
    device: Any = None,
    dtype: Any = None,
    *,
    taps: str | Sequence[str] | Mapping[str, str] | None = None,
    **params: Any,
) -> Any:
    """Compile a network and return it as a `torch.nn.Module`, initialised as the spec says.

    Args:
        spec, variant, params: as for `load`.
        device: a `torch.device` or its name; default: torch's own.
        dtype: a `torch.dtype` or its name; default: torch's own.
        taps: what the module gives in place of the network's outputs: the values at some paths, as
            `["layer2", "layer4.0.relu"]`, or by names of their own, as `{"c3": "layer2"}`. One
            alone needs no list. What they do not need is left out.

    Raises:
        ArchspecError: with every mistake found, each with its place; E602 for an op without a
            lowering, E605 for a device or dtype that is not available, E423 for a tap that is
            not there.
    """
    from archspec.ir.extract import tapped
    from archspec.pipeline import compile_module

    graph = _elaborated(spec, variant, params)
    return compile_module(graph if taps is None else tapped(graph, taps), device, dtype)


def stats(
    spec: str | Path | Graph,
    variant: str | None = None,
    batch: int = 1,
    dtype: Dtype = "float32",
    *,
    mode: Mode = "train",
    optimizer: Optimizer = "sgd",
    checkpoint: Sequence[str] = (),
    **params: Any,
) -> Stats:
    """Count what a network costs, layer by layer and in total; this imports no framework.

    Args:
        spec, variant, params: as for `load`.
        batch: the number of samples; MACs and bytes are those of the whole batch.
        dtype: of parameters and activations; "amp" is autocast to bfloat16.
        mode: "train" for a training step, "eval" for a forward pass without gradients.
        optimizer: of the training step: "sgd", "momentum", "adam" or "adamw".
        checkpoint: blocks, or paths of their instances, that run again in the backward pass; one
            alone needs no list.

    Returns:
        Stats: `layers`, `totals`, and in `memory` what autograd keeps and the peak, in bytes.
            Numbers that an op from outside does not say are `archspec.ops.unknown.UNKNOWN`.

    Raises:
        ArchspecError: with every mistake found, each with its place; E108 for a block to
            checkpoint that is not there.
        ValueError: for a batch below 1, and a dtype, mode or optimizer that there is not.
    """
    from archspec import notebook, pipeline

    notebook.teach()
    graph = _elaborated(spec, variant, params)
    return pipeline.stats(
        graph, batch=batch, dtype=dtype, mode=mode, optimizer=optimizer, checkpoint=checkpoint
    )


def explain(
    spec: str | Path | Graph,
    name: str,
    variant: str | None = None,
    batch: int = 1,
    dtype: Dtype = "float32",
    *,
    mode: Mode = "train",
    **params: Any,
) -> Explanation:
    """Explain how the numbers of a layer or a block are computed.

    Args:
        spec, variant, params: as for `load`.
        name: the path of a layer, a block or a group, or an id or a block's name that
            occurs once.
        batch, dtype, mode: as for `stats`.

    Raises:
        ArchspecError: with every mistake found, each with its place; E108 for a name that no part
            of the network has, E113 for one that several have.
        ValueError: for a batch below 1, and a dtype or mode that there is not.
    """
    from archspec import notebook, pipeline

    notebook.teach()
    graph = _elaborated(spec, variant, params)
    return pipeline.explain(graph, name, batch=batch, dtype=dtype, mode=mode)


def paths(
    spec: str | Path | Graph,
    variant: str | None = None,
    *,
    block: str | None = None,
    delete: Sequence[str] = (),
    mode: Mode = "eval",
    **params: Any,
) -> Paths:
    """Count the paths from a network's inputs to its outputs, by length.

    Args:
        spec, variant, params: as for `load`.
        block: the name of the block whose instances make up the length of a path; by default every
            block that has a bypass.
        delete: paths of blocks, groups or layers to delete first; bypasses stay. One alone needs
            no list.
        mode: "train" also counts paths to the outputs that only train.

    Raises:
        ArchspecError: with every mistake found, each with its place; E108 for a block or layer
            that is not there.
    """
    from archspec import pipeline

    graph = _elaborated(spec, variant, params)
    return pipeline.paths(graph, block=block, delete=delete, mode=mode)


def render(
    spec: str | Path | Graph | Sequence[str | Path | Graph],
    path: str | Path | None = None,
    variant: str | None = None,
    *,
    format: str | None = None,
    options: Options | None = None,
    **params: Any,
) -> Drawing:
    """Draw a network, and write the figure to a file if a path is given.

    Args:
        spec, variant, params: as for `load`; several specs are drawn side by side.
        path: ends in .svg, .pdf, .png or .dot, or in .html for an interactive page.
        format: the format, where the path does not say it.
        options: its style and direction, what is opened, folded and left out, and what
            boxes say: `archspec.Options`.

    Returns:
        What a notebook shows; with the figure's `dot`, `svg` and interactive `page`, each drawn
        when it is asked for.

    Raises:
        ArchspecError: with every mistake found, each with its place. When it is drawn: E601 for an
            unknown format, E603 where nothing can draw it, E108 for a part that is not there.
        ValueError: for no spec at all.
    """
    from functools import partial
    from pathlib import Path

    from archspec.ir.graph import Graph
    from archspec.notebook import Drawing

    specs = [spec] if isinstance(spec, str | Path | Graph) else spec
    graphs = map(partial(_elaborated, variant=variant, params=params), specs)
    drawing = Drawing(tuple(graphs), options)
    if path is not None:
        drawing.save(path, format)
    return drawing


def dump(spec: str | Path | Graph, variant: str | None = None, **params: Any) -> str:
    """Return the network's graph as text that diffs well: a line a node, scopes indented.

    Args:
        spec, variant, params: as for `load`.

    Raises:
        ArchspecError: with every mistake found, each with its place.
    """
    from archspec.ir.dump import dump

    return dump(_elaborated(spec, variant, params))


def to_spec(spec: str | Path | Graph, variant: str | None = None, **params: Any) -> str:
    """Return the text of a spec that elaborates to the network's graph, whoever built or edited it.

    Runs of blocks become loops, what differs between a block's instances its parameters. The text
    is elaborated, and compared with the graph, before it is returned.

    Args:
        spec, variant, params: as for `load`.

    Raises:
        ArchspecError: with every mistake found, each with its place; E609 for a graph for which
            there is no such text.
    """
    from archspec import pipeline

    return pipeline.to_spec(_elaborated(spec, variant, params))


def save(
    spec: str | Path | Graph,
    path: str | Path,
    variant: str | None = None,
    *,
    force: bool = False,
    **params: Any,
) -> None:
    """Write the network as a spec, as `to_spec` has it.

    Args:
        spec, variant, params: as for `load`.
        path: the file.
        force: whether a file that holds something else is overwritten, be it the spec's own.

    Raises:
        ArchspecError: as `to_spec`; E107 for a file that is there, E101 where none can be.
        TypeError: for what is no path.
    """
    from os import PathLike
    from pathlib import Path

    from archspec import pipeline
    from archspec.util.files import guard, write

    if not isinstance(path, str | PathLike):
        raise TypeError(f'a spec is saved to a path, as "net.yaml", and not to {path!r}')
    text = pipeline.to_spec(_elaborated(spec, variant, params))
    if not force:
        guard(Path(path), False, text, "force=True")
    write(Path(path), text)


def edit(graph: Graph) -> Editor:
    """Edits of a graph, for a `with` that makes all of them at its end, or none.

    The editor works on a copy, and has the edited graph as `graph` afterwards.

    Raises:
        ArchspecError: E422 for edits that leave no graph, with all reasons; E423 for one that
            cannot be made.
    """
    from archspec.ir.edit import edit

    return edit(graph)


def extract(
    graph: Graph,
    inputs: Node | str | Sequence[Node | str],
    outputs: Node | str | Sequence[Node | str] | Mapping[str, Node | str],
    name: str | None = None,
) -> Graph:
    """What computes some values of a graph from others, as a graph of its own.

    Args:
        inputs: the values that become inputs, as nodes or their paths; one alone needs no list.
        outputs: the values that become outputs; a mapping gives them names.
        name: what the network is called; default: as the whole.

    Raises:
        ArchspecError: E422, E423 where the values are not enough, or do not lead to the outputs.
    """
    from archspec.ir.extract import extract

    return extract(graph, inputs, outputs, name)


def load_weights(module: Any, file: str | Path, *, strict: bool = True) -> Any:
    """Fill a compiled module from a .pth or .safetensors file, every key accounted for.

    Args:
        strict: without it, as for fine-tuning, what fits is loaded, and a warning of the class
            `archspec.Remark` names what was left of the file and of the module.

    Returns:
        The module.

    Raises:
        ArchspecError: E604 with the keys and shapes that do not fit, or where none does, E101 for
            the file.
    """
    from archspec.pipeline import load_weights

    return load_weights(module, file, strict=strict)


def _elaborated(spec: str | Path | Graph, variant: str | None, params: dict[str, Any]) -> Graph:
    """The graph of a spec, its remarks issued as warnings where the caller called."""
    import warnings

    from archspec import pipeline
    from archspec.diagnostics import Remark

    graph = pipeline.elaborate(spec, variant, params)
    for remark in graph.remarks if graph is not spec else ():
        warnings.warn(f"\n{remark.render()}", Remark, stacklevel=3)
    return graph


def __getattr__(name: str) -> Any:
    if name in ("ArchspecError", "Remark"):
        from archspec import diagnostics

        return getattr(diagnostics, name)
    if name == "Builder":
        from archspec.ir.builder import Builder

        return Builder
    if name == "Options":
        from archspec.figures.options import Options

        return Options
    if name == "__version__":
        from importlib.metadata import version

        return version("archspec-compiler")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
