"""What one load may cost: a budget of work that all its expressions, parameters and faults share.

Bounds on single values do not bound a load, in which an expression may be evaluated a million
times over. A unit is about a fifth of a microsecond: an element or a character that an expression
makes or walks over, or a step of its evaluation. Each node that is made adds what an ordinary
node's attributes take.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from archspec.diagnostics import ArchspecError, Diagnostic, Span

MAX_WORK = 10_000_000
MAX_STEPS = 1_250_000
MAX_STEPS_TOGETHER = 100_000
"""Steps of all variants of a spec; one by one, each may have as many as there may be."""
MAX_TRIALS = 100_000
A_PARSE = 500
"""What it takes to parse an expression."""
A_STEP = 100
"""What a round or a node adds: so many units are ordinary for its id, condition and attributes."""
A_PARAMETER = 5
"""What it takes to give a parameter of a block its value."""
A_FAULT = 50_000
"""What a mistake takes that has a hint to look for, whether it is shown or only counted."""
A_VARIANT = 50_000
"""What a variant takes before it has any nodes."""


class Budget:
    """The work that is left, and the steps that were made.

    Attributes:
        work: units left; below 0 where it is used up.
        steps: rounds and nodes visited so far.
        most: how many of these there may be.
        together: whether it is for all variants of a spec, and not for one network.
        spent: whether something was asked for that it could not pay for.
        trials: nodes that may yet be made to find out which inputs fit, with budgets apart.
    """

    __slots__ = ("most", "spent", "steps", "together", "trials", "work")

    def __init__(self, together: bool = False) -> None:
        self.work = MAX_WORK
        self.steps = 0
        self.together = together
        self.most = MAX_STEPS_TOGETHER if together else MAX_STEPS
        self.spent = False
        self.trials = MAX_TRIALS

    def spend(self, units: int) -> bool:
        """Take units; whether there were so many."""
        self.work -= units
        self.spent |= self.work < 0
        return self.work >= 0

    def allows(self, steps: int) -> bool:
        """Whether so many steps are left to be made."""
        self.spent |= self.steps + steps > self.most
        return self.steps + steps <= self.most

    def pay(self, units: int, span: Span) -> None:
        """Take units; E405 at the place that they are for where there are not so many left."""
        if not self.spend(units):
            raise ArchspecError(
                Diagnostic(
                    "E405",
                    "this takes too much work",
                    span,
                    expected=f"at most {MAX_WORK:,} elements and characters, and {A_STEP} more "
                    "for each node",
                    hint="name one variant, as in file.yaml@variant" if self.together else None,
                )
            )


_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def budgeted(together: bool = False) -> Iterator[Budget]:
    """One budget for all that is done within; what is within another shares that one's."""
    outer = _budget.get()
    if outer is not None:
        yield outer
        return
    token = _budget.set(Budget(together))
    try:
        yield current()
    finally:
        _budget.reset(token)


@contextmanager
def apart(together: bool = False) -> Iterator[Budget]:
    """A new budget for what is done within, whatever is left of the one around."""
    token = _budget.set(Budget(together))
    try:
        yield current()
    finally:
        _budget.reset(token)


def current() -> Budget:
    """The budget of the load that is going on; a new one where none is."""
    return _budget.get() or Budget()


def extent(value: object, most: int) -> int:
    """How many elements and characters a value holds at any depth; beyond `most` they are not
    counted."""
    count, stack = 0, [value]
    while stack and count <= most:
        item = stack.pop()
        if isinstance(item, list | tuple):
            count += len(item)
            if count <= most:
                stack.extend(item)
        elif isinstance(item, dict):
            count += len(item)
            stack.extend(item.values())
        elif isinstance(item, str | range):
            count += len(item)
    return count
