"""Collecting what elaboration finds wrong, each with the chain of block instances it is in."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from archspec.diagnostics import ArchspecError, Diagnostic, Frame, Note, Span
from archspec.graph import Branch, Bundle, Instance, Node
from archspec.ops import Op, OpError
from archspec.ops.base import show
from archspec.syntax import Call

MAX_REPORTED = 50


class Reporter:
    """Gathers diagnostics; the same mistake met again in a loop or instance is only counted."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, Span | str], Diagnostic] = {}
        self.again: dict[tuple[str, Span | str], int] = {}

    def __call__(self, diagnostic: Diagnostic, scope: Instance | None = None) -> None:
        key = (diagnostic.code, diagnostic.span or diagnostic.message)
        if key in self.found:
            self.again[key] = self.again.get(key, 0) + 1
            return
        if scope is not None and not diagnostic.chain:
            diagnostic = replace(diagnostic, chain=chain(scope))
        self.found[key] = diagnostic
        if len(self.found) >= MAX_REPORTED:
            raise self.error()

    def stop(self, diagnostic: Diagnostic) -> NoReturn:
        """Give up: going on would cost too much."""
        self.found[(diagnostic.code, diagnostic.message)] = diagnostic
        raise Stop(*self.error().diagnostics)

    def error(self) -> Stop:
        """Everything found, as one error."""
        whole = []
        for key, diagnostic in self.found.items():
            times = self.again.get(key, 0)
            if times:
                more = "once more" if times == 1 else f"{times} times more"
                note = Note(f"and {more}, in other iterations or instances")
                whole.append(replace(diagnostic, notes=(*diagnostic.notes, note)))
            else:
                whole.append(diagnostic)
        return Stop(*whole)

    def check(self) -> None:
        """Raise what was found, if anything was."""
        if self.found:
            raise self.error()


class Stop(ArchspecError):
    """An error that no item recovers from."""

    def __reduce__(self) -> tuple[type[ArchspecError], tuple[Diagnostic, ...]]:
        return (ArchspecError, self.diagnostics)


def chain(scope: Instance) -> tuple[Frame, ...]:
    """The block instances around a place, outermost first."""
    blocks = [i for i in scope.ancestors() if i.block is not None]
    return tuple(Frame(i.path, i.block.name, i.span) for i in reversed(blocks) if i.block)


def too_deep(inner: Instance, limit: int) -> Diagnostic:
    """E404; the chain is cut to its ends, for it is long."""
    frames = chain(inner)
    name = inner.block.name if inner.block is not None else inner.name
    return Diagnostic(
        "E404",
        f"instances of `{name}` nest too deep",
        inner.span,
        expected=f"at most {limit} block instances inside each other",
        chain=(*frames[:2], frames[-1]),
        hint="a block that instantiates itself needs a `when` that ends the recursion",
    )


def op_error(
    error: OpError,
    op: Op,
    operands: Bundle,
    call: Call | None,
    span: Span,
    branches: list[Branch] | None = None,
) -> Diagnostic:
    """An `OpError` with its place; for a merge also each operand's shape and where they parted."""
    if call is not None:
        span = call.span
        if error.attribute is not None and error.attribute in call.args.named:
            span = call.args.named[error.attribute][1].span
    notes: list[Note] = []
    if op.merges:
        for number, node in enumerate(operands, 1):
            text = f"operand {number} is `{node.path}` ({node.op.name}), {show(node.output)}"
            notes.append(Note(text, node.span))
        parted = _parting(branches or [])
        if parted is not None:
            text = f"they part at `{parted.path}` ({parted.op.name}), {show(parted.output)}"
            notes.append(Note(text, parted.span))
    elif operands:
        node = operands[0]
        text = f"it reads `{node.path}` ({node.op.name}), {show(node.output)}"
        notes.append(Note(text, node.span))
    return Diagnostic(
        error.code,
        error.message,
        span,
        expected=error.expected,
        found=error.found,
        notes=tuple(notes),
        hint=error.hint,
    )


def _parting(branches: list[Branch]) -> Node | None:
    """The nearest node that every operand descends from, where there is one."""
    sources = [v for b in branches for v in b.source]
    first = sources[0] if sources else None
    return first if first is not None and all(s is first for s in sources) else None
