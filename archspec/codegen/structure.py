"""What instances of a block have in common: how they are built, and what they read in it."""

from __future__ import annotations

from typing import Any

from archspec.elaboration.provenance import Cond, Loop, Step, Trace
from archspec.frontend.ast import Call, Ref, Value
from archspec.ir.graph import Definition


def structure(traces: list[Trace], loose: Definition | None = None) -> tuple[Any, ...]:
    """What two instances must have in common to be written without conditions and loops.

    With the block they are of as `loose`: without loops alone. Then conditions may differ, the
    positions of what has no weights, and what stands in instances of other blocks, which have
    classes of their own.
    """
    return tuple(_shape_of(t, loose) for t in traces)


def _shape_of(trace: Trace, loose: Definition | None) -> Any:
    if isinstance(trace, Loop):
        return (id(trace.item), *(_shape_of(t, loose) for t in trace.iterations))
    if isinstance(trace, Cond):
        if loose is not None and not _recursive(trace, loose):
            return id(trace.item)
        return (id(trace.item), None if trace.step is None else _shape_of(trace.step, loose))
    parts: list[Any] = [id(trace.item), len(trace.source), len(trace.output)]
    if trace.expansion is not None:
        parts += [trace.expansion.instance.name, id(trace.expansion.instance.block)]
        if loose is None or trace.expansion.instance.block in (None, loose):
            parts.append(structure(trace.expansion.body, loose))
    if trace.node is not None:
        node = trace.node
        parts += [node.op.name, len(node.inputs[0].output) if node.inputs else 0]
        if loose is None or node.id is not None or node.tensors():
            parts.append(node.path.rpartition(".")[2])
    if trace.body is not None:
        parts += [structure(trace.body, loose)]
    if trace.branches is not None:
        parts += [(structure(b.body, loose), len(b.output)) for b in trace.branches]
    return tuple(parts)


def readings(traces: list[Trace]) -> tuple[Any, ...]:
    """What each step of a body names to be read, as the block's own text has it.

    Two instances of a block that are built alike and name the same read the same of their
    inputs, in the same order. The nodes do not tell: one value may stand for two inputs.
    """
    return tuple(_read_by(trace) for trace in traces)


def _read_by(trace: Trace) -> Any:
    if isinstance(trace, Loop):
        return readings([*trace.iterations])
    named = [ref.name.evaluate(trace.env) for ref in trace.item.feed]
    if isinstance(trace, Cond):
        return (named, None if trace.step is None else _read_by(trace.step))
    if trace.item.share is not None:
        named.append(trace.item.share.of.name.evaluate(trace.env))
    named += named_by_attributes(trace).values()
    parts: list[Any] = [named]
    for branch in trace.branches or []:
        if isinstance(branch.syntax, Ref):
            parts.append(branch.syntax.name.evaluate(trace.env))
        else:
            parts.append(readings(branch.body))
    if trace.body is not None:
        parts.append(readings(trace.body))
    if trace.expansion is not None:
        parts.append(readings(trace.expansion.body))
    return tuple(parts)


def said(step: Step, name: str | None, bare: str | None) -> Value | None:
    """What the spec wrote beside a name, or the bare value where that stands for it."""
    head = step.item.head
    if not isinstance(head, Call) or name is None:
        return None
    if name in head.args.named:
        return head.args.named[name][1]
    return head.args.bare if name == bare else None


def named_by_attributes(step: Step) -> dict[str, Any]:
    """What attributes name, by these, as the spec has it: in the graph they are operands."""
    if step.node is None or not isinstance(step.item.head, Call):
        return {}
    given = step.item.head.args.named
    keys = (key for key in step.node.op.references if key in given)
    return {key: given[key][1].evaluate(step.env) for key in keys}


def _recursive(trace: Trace, block: Definition) -> bool:
    """Whether a block's instances stand within one another here."""
    if isinstance(trace, Loop):
        return any(_recursive(t, block) for t in trace.iterations)
    step = trace.step if isinstance(trace, Cond) else trace
    if step is None:
        return False
    inner = [*(step.body or []), *(t for b in step.branches or [] for t in b.body)]
    if step.expansion is not None and step.expansion.block is None:
        inner += step.expansion.body
    here = step.instance is not None and step.instance.block is block
    return here or any(_recursive(t, block) for t in inner)
