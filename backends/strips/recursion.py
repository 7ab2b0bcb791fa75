"""Blocks that are made of themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from archspec.ir.graph import Instance


def branching(recursive: Collection[Instance]) -> set[Instance]:
    """Those of blocks that hold several of themselves: a fractal's, and not the levels of a U."""
    held: Counter[Instance] = Counter()
    for instance in recursive:
        outer = (a for a in list(instance.ancestors())[1:] if a.block is instance.block)
        held.update(list(outer)[:1])
    blocks = {outer.block for outer, times in held.items() if times > 1}
    return {instance for instance in recursive if instance.block in blocks}
