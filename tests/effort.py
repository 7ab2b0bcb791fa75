"""What a deed costs, however busy the machine is: seconds of the processor, not of the clock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


def spent() -> float:
    """Seconds of CPU of this process, and of the processes that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Hold what is done here to so much CPU.

    Raises:
        AssertionError: where it took more.
    """
    start = spent()
    yield
    took = spent() - start
    assert took < seconds, f"{took:.2f} s of CPU instead of {seconds:g}"
