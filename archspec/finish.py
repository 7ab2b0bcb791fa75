"""The last checks on a graph, which need all of it: outputs, loose ends, in-place ops, `init`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archspec.diagnostics import Diagnostic, Note, Span, did_you_mean
from archspec.expressions import Template
from archspec.graph import Graph, Instance, Node, Output, reach
from archspec.initialisation import InitRule
from archspec.ops import REGISTRY, Shape
from archspec.ops.base import show
from archspec.report import Reporter
from archspec.scope import idents
from archspec.syntax import Constant, Item
from archspec.vocabulary import op_hint


def mark_train_only(outputs: list[Output]) -> set[Node]:
    """Set `train_only` on what only training-only outputs need; the set of all needed nodes."""
    needed = reach(o.node for o in outputs if not o.train_only)
    training = reach(o.node for o in outputs if o.train_only) - needed
    for node in training:
        node.train_only = True
    return needed | training


def check_used(nodes: list[Node], needed: set[Node], report: Reporter) -> None:
    """E406 for each loose end: a node that no output needs and no other node reads."""
    read = {i for n in nodes for i in n.inputs}
    for node in nodes:
        if node not in needed and node not in read:
            what = "input" if node.op.name == "input" else "value of"
            notes = [
                Note(f"it is the input `{name}` of `{fed.path}`, which does not read it", span)
                for fed, name, span in _named_inputs(node)
            ]
            report(
                Diagnostic(
                    "E406",
                    f"the {what} `{node.path}` is never used",
                    node.span,
                    notes=tuple(notes),
                    hint="read it in the block, or leave it out"
                    if notes
                    else "read it with `from`, merge it, name it in `outputs`, or leave it out",
                ),
                node.scope,
            )


def _named_inputs(node: Node) -> Iterator[tuple[Instance, str, Span]]:
    """The block instances that a value feeds under a name."""
    for child in node.scope.children:
        if isinstance(child, Instance) and child.block is not None and child.block.inputs:
            for (name, span), fed in zip(child.block.inputs.items(), child.inputs, strict=True):
                if fed is node:
                    yield child, name, span


def check_in_place(nodes: list[Node], outputs: list[Output], report: Reporter) -> None:
    """E411 where an in-place op overwrites a value that something else reads too."""
    if not any(n.op.in_place for n in nodes):
        return
    readers: dict[Node, list[Node]] = {}
    for node in nodes:
        for source in node.inputs:
            readers.setdefault(source, []).append(node)
    returned = {o.node for o in outputs}
    for node in nodes:
        if not node.op.in_place:
            continue
        source, notes = node.inputs[0], list[Note]()
        for value, reader in _memory(node):
            it = "it" if value is source else f"`{value.path}`, the same memory,"
            others = [r for r in readers[value] if r is not reader]
            notes += [Note(f"`{r.path}` ({r.op.name}) reads {it} too", r.span) for r in others[:3]]
            if value in returned:
                notes.append(Note(f"{it} is an output of the network"))
            if value.op.name == "input":
                notes.append(Note(f"{it} is the caller's own tensor"))
        if notes:
            report(
                Diagnostic(
                    "E411",
                    f"`{node.op.name}` in place overwrites `{source.path}`, "
                    "which is needed elsewhere",
                    node.span,
                    notes=tuple(notes),
                    hint="leave out `inplace: true`",
                ),
                node.scope,
            )


def _memory(node: Node) -> Iterator[tuple[Node, Node]]:
    """The values whose memory an in-place op overwrites, each with its reader on the way there.

    They are its operand and, where that may be another value passed on, that one too.
    """
    reader, passed = node, True
    while passed:
        value = reader.inputs[0]
        yield value, reader
        alone = value.op.merges and len(value.inputs) == 1
        passed = bool(value.inputs) and (value.op.passes_on or value.op.in_place or alone)
        reader = value


def check_init(graph: Graph, bodies: Iterable[list[Item]], report: Reporter) -> None:
    """E401 for a rule that names neither an op nor a node, E418 for one that fits no tensor.

    The id of a node that this form of the network leaves out will do.
    """
    if not graph.init:
        return
    here = _ids(graph.root)
    written = [ident for body in bodies for ident in idents(body)]
    ids = {*here, *(i.value for i in written if isinstance(i, Constant))}
    templates = [i for i in written if isinstance(i, Template)]
    for rule in graph.init:
        meant = [n for n in graph.nodes if rule.means(n.op.name, n.id)]
        problem = next((p for n in meant if (p := _misfit(rule, n)) is not None), None)
        if problem is not None:
            report(problem)
        elif rule.of_op:
            continue
        elif rule.name not in ids and not any(t.matches(rule.name) for t in templates):
            known = [*REGISTRY, *sorted(ids)]
            message = f"`init` names `{rule.name}`, which is neither an op nor the id of a node"
            hint = op_hint(rule.name, REGISTRY) or did_you_mean(rule.name, known)
            report(Diagnostic("E401", message, rule.key, hint=hint))
        elif rule.name in here and not any(n.tensors() for n in meant):
            message = f"`{rule.name}` has no weights of its own"
            hint = None if meant else "name the nodes within it that have"
            report(Diagnostic("E418", message, rule.key, hint=hint))


def _ids(instance: Instance) -> set[str]:
    """The names of all nodes and instances within."""
    found: set[str] = set()
    for child in instance.children:
        if isinstance(child, Instance):
            found |= {child.name} | _ids(child)
        elif child.id is not None:
            found.add(child.id)
    return found


def _extent(shape: Shape | None) -> str:
    """How many numbers a list holds."""
    if shape is None:
        return "lists of different lengths"
    return f"{shape[0]} numbers" if len(shape) == 1 else f"lists in the shape {show(shape)}"


def _misfit(rule: InitRule, node: Node) -> Diagnostic | None:
    """Why a rule cannot hold for a node that it means."""
    shape = next((t.shape for t in node.tensors() if t.name == rule.tensor), None)
    if shape is None:
        return None
    wanted: str | None = None
    hint: str | None = None
    found = f"{show(shape)}, of `{node.op.name}`"
    if rule.values is not None:
        if rule.extent != shape:
            wanted, found = _extent(shape), _extent(rule.extent)
    elif rule.scheme == "bilinear":
        alike = node.op.name == "conv_transpose" and node.input_shapes[0][0] == node.output[0]
        if not alike or len(shape) < 3:
            wanted = "the weight of a `conv_transpose` with as many channels out as in"
    elif rule.scheme == "dirac" and len(shape) < 3:
        wanted = "the weight of a convolution"
    elif rule.scheme.startswith(("xavier", "kaiming", "orthogonal")) and len(shape) < 2:
        wanted, hint = "a tensor of two axes or more", "for one of one axis there is `normal`"
    if wanted is None:
        return None
    what = f"`{rule.scheme}`" if rule.values is None else "the list"
    return Diagnostic(
        "E418",
        f"{what} does not fit the {rule.tensor} of `{node.path}`",
        rule.span,
        expected=wanted,
        found=found,
        notes=(Note(f"`{node.path}` is here", node.span),),
        hint=hint,
    )
