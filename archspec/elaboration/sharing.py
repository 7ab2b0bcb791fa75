"""`share`: nodes of one instance take the tensors of their counterparts in another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archspec.diagnostics import ArchspecError, Diagnostic, Note, Span, did_you_mean
from archspec.elaboration.provenance import Expansion
from archspec.elaboration.selection import dotted, selected
from archspec.frontend.ast import Item, Share
from archspec.ir.graph import Instance, Node
from archspec.ops.selectors import Selector
from archspec.ops.types import show


def kin(node: Node, origin: Node) -> bool:
    """Whether two nodes have tensors of the same names, each with as many axes in both.

    Then they can share whatever their ops are, if sizes agree too: a transposed convolution has
    the weights of the convolution whose gradient it is.
    """
    ours = [(t.name, len(t.shape)) for t in node.tensors()]
    theirs = [(t.name, len(t.shape)) for t in origin.tensors()]
    return node.op.name == origin.op.name or (bool(ours) and ours == theirs)


def same_tensors(node: Node, origin: Node, span: Span) -> Diagnostic | None:
    """E507 where two nodes could not use the same tensors; None where they can."""
    ours, theirs = node.tensors(), origin.tensors()
    if ours == theirs:
        return None
    here = {t.name: t.shape for t in ours}
    there = {t.name: t.shape for t in theirs}
    name = next((n for n in [*here, *there] if here.get(n) != there.get(n)), None)
    if name is None:
        name = next(a.name for a, b in zip(ours, theirs, strict=True) if a != b)
        return Diagnostic(
            "E507",
            f"{node.told} has another `{name}` than {origin.told}, and would share it",
            span,
            expected=f"attributes that give the same `{name}` in both",
        )
    hint = None
    if name == "bias" and "weight" in here and node.op.name != origin.op.name:
        hint = (
            "with `bias: false` in both they share the weight alone, and "
            "`channel_affine: {weight: false}` is a bias by itself"
        )
    return Diagnostic(
        "E507",
        f"the weights of {origin.told} do not fit {node.told}",
        span,
        expected=f"{name} {_shape(here.get(name))} here",
        found=f"{name} {_shape(there.get(name))} there",
        notes=(
            Note(f"`{origin.path}` reads {show(origin.inputs[0].output)}", origin.span),
            Note(f"`{node.path}` reads {show(node.inputs[0].output)}", node.span),
        ),
        hint=hint,
    )


def _shape(shape: tuple[int, ...] | None) -> str:
    return "absent" if shape is None else show(shape)


def adopt(
    expansion: Expansion,
    origin: Instance,
    share: Share,
    own: tuple[str, ...],
    by_path: Mapping[str, Node],
) -> None:
    """Give every node of an instance the tensors of its counterpart, save those in `own`.

    A node that shares with another of the instance goes on doing so, whatever that one now uses.
    `by_path` has all nodes so far, of which `origin` may have far more.

    Raises:
        ArchspecError: E507 where they do not fit, E408 where there is no counterpart or
            something in `own` selects nothing.
    """
    span, inner = share.of.span, expansion.instance
    expansion.lender, expansion.own = origin, _selectors(own, span)
    before = f"{origin.path}." if origin.path else ""
    ours = {n.path: n for n in inner.nodes()}
    _check_own(expansion, ours.values(), span)
    for node in ours.values():
        if node.lender is not None:
            node.lender = node.lender.owner
            continue
        if expansion.keeps(node) or not node.tensors():
            continue
        counterpart = by_path.get(before + inner.relative(node.path))
        if counterpart is None or not kin(node, counterpart):
            raise ArchspecError(
                Diagnostic(
                    "E408",
                    f"{origin.told} has no counterpart of {node.told}",
                    span,
                    hint="the two instances took different branches or counts",
                )
            )
        problem = same_tensors(node, counterpart, span)
        if problem is not None:
            raise ArchspecError(problem)
        node.lender = counterpart.owner


def _selectors(own: tuple[str, ...], span: Span) -> tuple[Selector, ...]:
    """What the words under `own` select, which an expression may have given."""
    found = {word: Selector.of(word) for word in own}
    for word, selector in found.items():
        if selector is None:
            message, expected = f"`{word}` selects nothing", "`conv`, `.gate` or `.g.conv1`"
            raise ArchspecError(Diagnostic("E408", message, span, expected=expected))
    return tuple(selector for selector in found.values() if selector is not None)


def _check_own(expansion: Expansion, nodes: Iterable[Node], span: Span) -> None:
    """Raise E408 where something under `own` selects nothing that has weights."""
    inner, words = expansion.instance, expansion.own
    weighty = [node for node in nodes if node.tensors()] if words else []
    for own, meant in selected(weighty, words, span, inner.relative).items():
        if not meant:
            ops = {node.op.name for node in weighty}
            ids = {part for n in weighty for part in inner.relative(n.path).split(".")}
            blocks = {i.block.name for n in weighty for i in n.scope.ancestors() if i.block}
            hint = dotted(own.text, ids) or did_you_mean(own.text, [*ops, *(f".{i}" for i in ids)])
            if own.text in blocks:
                hint = "a block is selected by the ids of its instances, or by its ops"
            message = f"`own: {own.text}` selects nothing that has weights"
            wanted = "an op, as `conv`, or what has an id, as `.gate`"
            raise ArchspecError(Diagnostic("E408", message, span, expected=wanted, hint=hint))


def cannot_share(item: Item, why: str, hint: str | None = None) -> Diagnostic:
    assert item.share is not None
    of = getattr(item.share.of.name, "value", None) or getattr(item.share.of.name, "text", "")
    return Diagnostic(
        "E408", f"the weights of `{of}` cannot be shared here: {why}", item.share.of.span, hint=hint
    )
