"""Collecting what elaboration finds wrong, each with the chain of block instances it is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NoReturn

from archspec.diagnostics import MOST, ArchspecError, Diagnostic, Frame, Note, Span
from archspec.elaboration.uneven import cuts
from archspec.frontend.ast import Call, Item
from archspec.frontend.budget import A_FAULT, Budget, current
from archspec.ir.graph import Bundle, Instance, reach
from archspec.ops import Op, OpError
from archspec.ops.types import show

MAX_NODES = 1_000_000
MANY = 10
"""So many instances of one block inside each other are rarely meant."""


class Reporter:
    """Gathers diagnostics; the same mistake met again in a loop or instance is only counted.

    It gives up at the error that makes them `most`. Whatever is met again takes its time all the
    same, for a hint may have to be looked for: the budget pays for it.
    """

    def __init__(self, most: int = MOST) -> None:
        self.budget = current()
        self.most = most
        self.found: dict[tuple[str, Span | str], Diagnostic] = {}
        self.remarked: dict[tuple[str, Span | str], Diagnostic] = {}
        self.again: dict[tuple[str, Span | str], int] = {}

    def __call__(self, diagnostic: Diagnostic, scope: Instance | None = None) -> None:
        key = (diagnostic.code, diagnostic.span or diagnostic.message)
        kept = self.found if diagnostic.severity == "error" else self.remarked
        affordable = kept is self.remarked or self.budget.spend(A_FAULT)
        if key in kept:
            self.again[key] = self.again.get(key, 0) + 1
            if not affordable:
                raise self.error()
            return
        if kept is self.remarked and len(kept) >= MOST:
            return
        if scope is not None and not diagnostic.chain:
            frames = scope.chain
            notes = (*diagnostic.notes, *_recursion(frames))
            diagnostic = replace(diagnostic, chain=frames, notes=notes)
        kept[key] = diagnostic
        if len(self.found) >= self.most or not affordable:
            raise self.error()

    def stop(self, diagnostic: Diagnostic) -> NoReturn:
        """Give up: going on would cost too much."""
        self.found[(diagnostic.code, diagnostic.message)] = diagnostic
        raise Stop(*self.error().diagnostics)

    def error(self) -> Stop:
        """Everything found, as one error."""
        return Stop(*self._whole(self.found), *self.remarks())

    def remarks(self) -> tuple[Diagnostic, ...]:
        """What stops nothing."""
        return tuple(self._whole(self.remarked))

    def _whole(self, kept: Mapping[tuple[str, Span | str], Diagnostic]) -> list[Diagnostic]:
        """Diagnostics with the number of times each was met again."""
        whole = []
        for key, diagnostic in kept.items():
            times = self.again.get(key, 0)
            if times:
                more = "once more" if times == 1 else f"{times:,} times more"
                if self.budget.work < 0:
                    more = f"at least {more}"
                note = Note(f"and {more}, in other iterations or instances")
                whole.append(replace(diagnostic, notes=(*diagnostic.notes, note)))
            else:
                whole.append(diagnostic)
        return whole

    def check(self) -> None:
        """Raise what was found, if anything was."""
        if self.found:
            raise self.error()


class Stop(ArchspecError):
    """An error that no item recovers from."""

    def __reduce__(self) -> tuple[type[ArchspecError], tuple[Diagnostic, ...]]:
        return (ArchspecError, self.diagnostics)


def _recursion(frames: tuple[Frame, ...]) -> list[Note]:
    """A word on recursion that has gone so deep that it may not end."""
    blocks = [frame.block for frame in frames]
    name = max(blocks, key=blocks.count, default="")
    if blocks.count(name) < MANY:
        return []
    return [
        Note(f"here `{name}` is {blocks.count(name)} deep inside itself: is there an end to it?")
    ]


def too_deep(inner: Instance, limit: int) -> Diagnostic:
    """E404; the chain is cut to its ends, for it is long."""
    frames = inner.chain
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
        alike = error.code == "E501" and not error.attribute  # where they should have agreed
        if alike and len(operands) > 1:
            notes += _apart(operands)
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


def _apart(operands: Bundle) -> list[Note]:
    """The nearest node that every operand descends from, and what went uneven after it."""
    above = [reach([node]) for node in operands]
    common = set.intersection(*above)
    passed = {source for node in common for source in node.inputs}
    parted = min(common - passed, key=lambda node: node.path, default=None)
    notes = cuts(operands, set.union(*above) - common)
    if parted is None:
        return notes
    text = f"they part at `{parted.path}` ({parted.op.name}), {show(parted.output)}"
    return [Note(text, parted.span), *notes]


def too_large(span: Span, budget: Budget) -> Diagnostic:
    """E405; where several networks are elaborated, that may be all of them together."""
    steps = f"{budget.most:,} steps"
    if budget.together:
        message, expected = "the variants are too large together", f"at most {steps}"
        hint = "name one, as in file.yaml@variant"
        return Diagnostic("E405", message, span, expected=expected, hint=hint)
    expected = f"at most {MAX_NODES:,} nodes and {steps}"
    return Diagnostic("E405", "the graph is too large", span, expected=expected)


def by_name(flow: Bundle, wanted: int) -> str | None:
    """A hint where what is fed is the first output of a block that has as many as are wanted."""
    for scope in flow[0].scope.ancestors() if len(flow) == 1 else ():
        names = [f"{scope.name}.{name}" for name in scope.outputs]
        if len(names) == wanted and scope.output[0] is flow[0]:
            return f"only the first output of a block flows on: write from: [{', '.join(names)}]"
    return None


def check_reads_one(op: Op, flow: Bundle, item: Item) -> None:
    """Raise E410 where several values feed an op that is no merge."""
    if len(flow) != 1 and not op.merges:
        raise ArchspecError(
            Diagnostic(
                "E410",
                f"`{op.name}` reads one value, not {len(flow)}",
                item.span,
                hint="gather them first, with `add`, `concat` or `mean`",
            )
        )
