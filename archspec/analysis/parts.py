"""Parts of a network by name: block instances, groups with an id, and all instances of a block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archspec.diagnostics import ArchspecError, Diagnostic, did_you_mean, listed
from archspec.graph import Graph, Instance


def instances(root: Instance) -> Iterator[Instance]:
    """An instance and all those within it, in order."""
    yield root
    for child in root.children:
        if isinstance(child, Instance):
            yield from instances(child)


def _block(instance: Instance) -> str | None:
    return instance.block.name if instance.block is not None else None


def unknown(what: str, name: str, known: Iterable[str]) -> ArchspecError:
    """E108: the network has no such part."""
    known = list(dict.fromkeys(known))
    return ArchspecError(
        Diagnostic(
            "E108",
            f"the network has no {what} `{name}`",
            expected=listed(known) if known else None,
            hint=did_you_mean(name, known),
        )
    )


def named(graph: Graph, names: Iterable[str]) -> tuple[Instance, ...]:
    """The instances that blocks' names and paths stand for, without those within another.

    Raises:
        ArchspecError: E108 for a name that no block and no instance has.
    """
    everything = list(instances(graph.root))
    found: dict[Instance, None] = {}
    for name in names:
        called = [i for i in everything if i.path and name in (i.path, _block(i))]
        if not called:
            blocks = [block for i in everything if (block := _block(i)) is not None]
            raise unknown("block", name, blocks or [i.path for i in everything if i.path])
        found.update(dict.fromkeys(called))
    return tuple(i for i in found if not any(a in found for a in list(i.ancestors())[1:]))
