"""Pause cyclic garbage collection while a large graph is built."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_off() -> Iterator[None]:
    """Keep the collector from looking, again and again, through a growing heap of live objects.

    With it on, the cost of a spec grows faster than its nodes: nothing of what is built is
    garbage, and all of it is looked at each time.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            if gc.get_freeze_count() == 0:
                # Into the oldest generation in one step: what was built lives on, and need not
                # be looked through at once only because the collector is back.
                gc.freeze()
                gc.unfreeze()
            gc.enable()
