"""Parts of a network by name: block instances, groups with an id, and all instances of a block."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from archspec.diagnostics import LONGEST_WORD, ArchspecError, Diagnostic, did_you_mean, listed
from archspec.ir.graph import Graph, Instance, Node

_PATHS = "`archspec stats` prints the paths"

_MOST = 2_000
"""Paths that are compared with a name that none has."""


def block_name(instance: Instance) -> str | None:
    """The block's name; None for a group with an id, and for the network."""
    return instance.block.name if instance.block is not None else None


def unknown(what: str, name: str, known: Iterable[str]) -> ArchspecError:
    """E108: the network has no such part."""
    known = list(dict.fromkeys(known))
    return ArchspecError(
        Diagnostic(
            "E108",
            f"the network has no {what} `{name}`",
            expected=listed(known) if known else None,
            hint=did_you_mean(name, known) or (_PATHS if known else None),
        )
    )


def all_named(graph: Graph, names: Iterable[str]) -> tuple[Instance, ...]:
    """All the instances that blocks' names and paths stand for; or labels, where neither does.

    Raises:
        ArchspecError: E108 for a name that no block and no instance has.
    """
    found: dict[Instance, None] = {}
    for name in names:
        parts = [i for i in graph.instances if i.path]
        called = [i for i in parts if name in (i.path, block_name(i))]
        called = called or [i for i in parts if name in (i.label, i.kind)]
        if not called:
            raise _unknown_part(name, graph, parts)
        found.update(dict.fromkeys(called))
    return tuple(found)


def _unknown_part(name: str, graph: Graph, parts: Sequence[Instance]) -> ArchspecError:
    """E108: no block and no instance is called so; with the blocks, and the nearest paths."""
    blocks = list(dict.fromkeys(filter(None, map(block_name, parts))))
    paths = [instance.path for instance in parts]
    labels = dict.fromkeys(label for i in parts for label in (i.kind, i.label) if label)
    looked_at = paths[:_MOST] if len(name) <= LONGEST_WORD else []
    near = get_close_matches(name, looked_at, n=3, cutoff=0.4)
    near = list(dict.fromkeys((*near, *paths)))[:3]
    known = f"a block ({listed(blocks)}), or a path such as {listed(near)}"
    return ArchspecError(
        Diagnostic(
            "E108",
            f"the network `{graph.title or graph.name}` has no block or part `{name}`",
            expected=known if blocks else f"a path such as {listed(near)}" if near else None,
            hint=did_you_mean(name, [*blocks, *paths, *labels]) or (_PATHS if near else None),
        )
    )


def named(graph: Graph, names: Iterable[str]) -> tuple[Instance, ...]:
    """Those of `all_named` that stand in no other of them."""
    found = dict.fromkeys(all_named(graph, names))
    return tuple(i for i in found if not any(a in found for a in list(i.ancestors())[1:]))


def one_named(graph: Graph, name: str) -> Node | Instance:
    """The layer, input or block that a name stands for.

    That is a path, or the end of a single one, such as an id that comes once; or the name of a
    block with a single instance; or else a label that figures show.

    Raises:
        ArchspecError: E108 for a name that nothing has, E113 for one that several things have.
    """
    parts: dict[str, Node | Instance] = {i.path: i for i in graph.instances if i.path}
    parts |= graph.by_path
    if name in parts:
        return parts[name]
    found = [path for path in parts if path.endswith(f".{name}")]
    found += [i.path for i in graph.instances if block_name(i) == name]
    found = found or [path for path, part in parts.items() if part.label == name]
    if not found:
        raise unknown("block or layer", name, parts)
    if len(found) > 1:
        raise ArchspecError(
            Diagnostic(
                "E113",
                f"{len(found)} parts of the network are called `{name}`",
                expected=listed(found),
                hint="write the whole path of one of them",
            )
        )
    return parts[found[0]]


def calls(graph: Graph, parts: Iterable[Instance]) -> tuple[Instance, ...]:
    """The given instances, and those that share all their weights: calls of the same modules."""
    given = tuple(parts)
    wanted = {_module(part) for part in given if _module(part)[1]}
    return tuple(i for i in graph.instances if i in given or _module(i) in wanted)


def _module(instance: Instance) -> tuple[str | None, tuple[str, ...]]:
    """The block, and whose weights an instance of it uses, layer by layer."""
    owners = tuple(node.owner.path for node in instance.nodes() if node.tensors())
    return block_name(instance), owners
