"""Parameters that need not be: what is computed for one place, or counts a list that is another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archspec.lifting.blocks import Block
from archspec.lifting.terms import Arm, Item, Slot, Variable, loops, mentions, walk


def leave_out(block: Block, circle: Sequence[Block]) -> None:
    """Write in the body of a block what its needless parameters are, and take these from it.

    Args:
        circle: the blocks that use one another, this among them, whose calls of it give them no
            longer.
    """
    _write_out(block)
    known = {variable.name for variable in block.parameters()}
    for item in (item for one in circle for item in walk(one.items)):
        if item.kind == "block" and item.name == block.name:
            for key in [k for k in item.slots if k.startswith("argument.")]:
                if key.removeprefix("argument.") not in known:
                    del item.slots[key]


def _write_out(block: Block) -> None:
    slots = [slot for item in walk(block.items) for slot in _slots(item)]
    slots += [*block.outputs.values(), *block.there.values()]
    slots += [block.label] if block.label is not None else []
    for variable in block.parameters():
        read = [slot for slot in slots if mentions(slot.text, variable.name)]
        others = [
            v for v in block.parameters() if v.computed and mentions(v.default, variable.name)
        ]
        if others or any(slot.kept for slot in read):
            continue
        if variable.computed:
            if len(read) == 1 and read[0].text == f"${variable.name}":
                read[0].text, variable.used = variable.default, False
        elif read and all(slot.text == variable.name for slot in read):
            _counted(variable, read, block.items)


def _counted(variable: Variable, counts: Sequence[Slot], items: list[Item]) -> None:
    """Say how long a list is that a loop walks in place of a parameter that says only that."""
    lists = []
    for inner, count in loops(items):
        if count in counts:
            walked = (str(slot.text).removeprefix("$") for slot in inner.lists.values())
            lists.append(next((text for text in walked if text.isidentifier()), None))
    if len(lists) == len(counts) and None not in lists:
        for count, name in zip(counts, lists, strict=True):
            count.text = f"len({name})"
        variable.used = False


def _slots(item: Item) -> Iterator[Slot]:
    """The slots of an item, of its branches, and of the lists that it walks."""
    yield from item.slots.values()
    parts: list[Item | Arm] = [item, *item.branches]
    for one in parts:
        yield from (slot for slot in (one.present, one.count) if slot is not None)
        yield from one.inner.lists.values() if one.inner is not None else ()
    yield from (arm.name for arm in item.branches if arm.name is not None)
