"""The last checks on a graph, which need all of it: outputs, unused values, in-place ops."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic, Note
from archspec.graph import Node, Output, reach
from archspec.report import Reporter


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
            report(
                Diagnostic(
                    "E406",
                    f"the {what} `{node.path}` is never used",
                    node.span,
                    hint="read it with `from`, merge it, name it in `outputs`, or leave it out",
                ),
                node.scope,
            )


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
