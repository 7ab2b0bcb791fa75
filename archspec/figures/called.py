"""What figures call the parts of a network: by labels, by blocks and ids, never by positions."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.figures.marks import sole_op
from archspec.figures.opwords import kernel_words
from archspec.ir.graph import Instance


def kind_of_block(instance: Instance) -> str | None:
    """What its block is called: by the block's label, or by its name; None where it has none."""
    if instance.block is None:
        return None
    return instance.kind or instance.block.name.replace("_", " ")


def own_name(instance: Instance, around: Instance | None = None) -> str:
    """The id nearest to it, within `around` if given; nothing where there are positions alone."""
    steps = instance.path.split(".")
    if around is not None and around.path and instance.path.startswith(f"{around.path}."):
        steps = around.relative(instance.path).split(".")
    return next((step for step in reversed(steps) if not step.isdigit()), "")


def called(run: Sequence[Instance], around: Instance | None = None) -> list[str]:
    """What parts in a row are, and what the first and the last of them are called.

    A part's own label says both. Of an id that begins with the block's name only the rest is said.

    Args:
        around: the instance whose frame they stand in.
    """
    first, last = run[0], run[-1]
    between = " and " if len(run) == 2 else " … "
    if first.label is not None:
        return [spanned(first.label, last.label or "", between=between)]
    kind = kind_of_block(first)
    names = own_name(first, around), own_name(last, around)
    if kind is None:
        return [spanned(*names, between=between) or own_name(first)]
    numbers = [_number(part, name) for part, name in zip((first, last), names, strict=True)]
    if None not in numbers:
        told = spanned(*filter(None, numbers), between=between)
        return [" ".join(filter(None, (kind, told)))]
    return [kind, spanned(*names, between=between)]


def _number(instance: Instance, name: str) -> str | None:
    """What follows its block's name in its own, as `3a` in `inception3a`; None where more does."""
    assert instance.block is not None
    word = _letters(name)
    for known in (instance.block.name, kind_of_block(instance) or ""):
        rest = word.removeprefix(_letters(known))
        if not rest or (rest != word and rest[0].isdigit()):
            return rest
    return None


def _letters(name: str) -> str:
    """A name's letters and digits, small, by which names are compared."""
    return "".join(c for c in name.casefold() if c.isalnum())


def folded(run: Sequence[Instance], around: Instance | None = None) -> list[str]:
    """What parts in a row are called that are not opened; with its kernel, if they have one."""
    words = called(run, around)
    only = sole_op(run[0]) if run[0].label is None else None
    kernel = kernel_words(only) if only is not None and only.tensors() else ""
    return [f"{words[0]}, {kernel}", *words[1:]] if kernel else words


def spanned(*names: str, between: str = " … ") -> str:
    """From the first to the last, where these are two."""
    return between.join(dict.fromkeys(filter(None, names)))
