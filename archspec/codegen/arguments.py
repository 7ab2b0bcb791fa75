"""The arguments of what a constructor builds: each an expression, a literal or a parameter."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from contextlib import suppress
from math import prod
from typing import Any

from archspec.codegen.draft import OUT_CHANNELS, WINDOW, Channels, Draft, flows
from archspec.codegen.forms import Arg, Construct, Layer
from archspec.codegen.inferred import inferred
from archspec.codegen.obstacles import Irregular, Unwritable, either
from archspec.codegen.plan import IN_CHANNELS, ClassPlan, Param
from archspec.codegen.python import Build, build, call, dotted, name
from archspec.codegen.structure import said
from archspec.codegen.symbols import (
    Exec,
    Symbol,
    convert,
    evaluate,
    fold_constants,
    holds,
    literal,
    names_in,
    same,
    substitute,
    total,
)
from archspec.elaboration.provenance import Step
from archspec.frontend.ast import Call as CallSyntax
from archspec.frontend.ast import Constant, Value
from archspec.frontend.expressions import Expression
from archspec.ir.graph import Instance, Node
from archspec.ops import Shape

CROWDED = 22
"""Characters of the keywords of a call from which on they would fill its line: it has none."""


def choose(
    draft: Draft,
    execs: list[Exec],
    envs: list[Mapping[str, Any]],
    values: list[Any],
    syntax: Value | None = None,
    candidates: tuple[ast.expr | None, ...] = (),
    hint: str = "size",
) -> ast.expr:
    """How to write values that differ, perhaps, from execution to execution.

    The spec's own expression comes first, then what is known of the shapes; a literal
    where the value is the same everywhere; then what follows from names already known;
    else a parameter that callers pass.
    """
    trees = [c for c in candidates if c is not None]
    if syntax is not None and not isinstance(syntax, Constant):
        own = converted(draft, syntax, envs)
        trees = [own, *trees] if own is not None else trees
    for tree in trees:
        if holds(tree, execs, values):
            return draft.use(tree)
    if all(same(v, values[0]) for v in values):
        return literal(values[0])
    names = [*draft.known.values(), name(draft.channels)]
    follows = inferred(names, execs, values)
    return draft.use(passed_in(draft, hint, execs, values) if follows is None else follows)


def converted(draft: Draft, syntax: Value, envs: list[Mapping[str, Any]]) -> ast.expr | None:
    try:
        return convert(syntax, draft.known, envs, None if draft.alone else draft.channels)
    except Unwritable:
        return None


def passed_in(draft: Draft, hint: str, execs: list[Exec], values: list[Any]) -> ast.expr:
    """A parameter that only inference can supply, such as the features after a flatten."""
    by_instance: dict[Instance, Any] = {}
    for execution, value in zip(execs, values, strict=True):
        instance = draft.instances[execution.instance]
        if not same(by_instance.setdefault(instance, value), value):
            raise Irregular(f"its `{hint}` differs from use to use, and no expression says it")
    if len(by_instance) != len(draft.instances):
        raise Irregular(f"some instances alone have its `{hint}`, and no expression says it")
    for py, known in draft.extras.items():
        if all(same(known[i], v) for i, v in by_instance.items()):
            return name(py)
    py, count = hint, 1
    while py in draft.bases[0] or py in draft.bound:
        count += 1
        py = f"{hint}{count}"
    draft.extras[py] = by_instance
    for base, instance in zip(draft.bases, draft.instances, strict=True):
        base[py] = by_instance[instance]
    return name(py)


def condition(
    draft: Draft,
    execs: list[Exec],
    envs: list[Mapping[str, Any]],
    when: Expression | None,
    taken: list[bool],
) -> ast.expr:
    """A condition that differs between executions, as the constructor says it."""
    tree = None if when is None else converted(draft, when, envs)
    if tree is None:
        raise Irregular("its constructor cannot ask this condition")
    try:
        fits = all(bool(evaluate(tree, e.names)) == t for e, t in zip(execs, taken, strict=True))
    except Unwritable:
        fits = False
    if not fits:
        raise Irregular("its constructor cannot ask this condition")
    return draft.use(tree)


# --- modules --------------------------------------------------------------------------------


def layers_of(draft: Draft, nodes: list[Node]) -> list[Layer]:
    """The lowerings of the nodes that one piece of syntax became."""
    return [draft.planner.layer(n) for n in nodes]


def construct(
    draft: Draft, execs: list[Exec], steps: list[Step], channels: ast.expr | None
) -> Build:
    """Write what builds the modules of these steps: `Conv(in_channels, channels, stride=2)`."""
    nodes = [s.node for s in steps if s.node is not None]
    modules = [layer.module for layer in layers_of(draft, nodes) if layer.module is not None]
    if len(modules) < len(nodes):
        raise Irregular("it is a layer in some instances, and none in others")
    args, keywords = list[ast.expr](), list[tuple[str, ast.expr]]()
    function = handed(draft, execs, steps, modules) or dotted(modules[0].name)
    if isinstance(function, ast.Attribute) and any(m.name != modules[0].name for m in modules):
        raise Irregular(f"the layer is {either(m.name for m in modules)}")
    for key in dict.fromkeys(a.name for m in modules for a in m.args):
        row = [a for m in modules for a in m.args if a.name == key]
        arg = row[0]
        if all(a.is_default for a in row) and not mentions(draft, steps[0], arg):
            continue
        if len(row) < len(modules):
            raise Irregular(f"`{key}` is given in some instances, and not in others")
        derived = (channels,) if arg.origin in ("@channels", "@features") else ()
        if arg.origin == "@features" and not isinstance(channels, ast.Name):
            derived = (flattened(nodes), *derived)
        tree = choose(
            draft,
            execs,
            [s.env for s in steps],
            [a.value for a in row],
            attribute_syntax(steps[0], arg),
            derived,
            arg.name,
        )
        if arg.positional:
            args.append(tree)
        else:
            keywords.append((arg.name, tree))
    return build(function, args, keywords, steps[0].item.doc)


def handed(
    draft: Draft, execs: list[Exec], steps: list[Step], modules: list[Construct]
) -> ast.expr | None:
    """The parameter that is the class of these modules, if one is."""
    head = steps[0].item.head
    if not isinstance(head, CallSyntax) or not isinstance(head.name, Expression):
        return None
    tree = converted(draft, head.name, [s.env for s in steps])
    values = [Symbol(dotted(m.name)) for m in modules]
    if not isinstance(tree, ast.Name) or not holds(tree, execs, values):
        return None
    return draft.use(tree)


def flattened(nodes: list[Node]) -> ast.expr | None:
    """`256 * 6 * 6`, where a vector was a volume of that shape in all executions."""
    shapes = {shape_before(node) for node in nodes}
    shape = shapes.pop()
    if shapes or shape is None or max(shape[1:], default=1) == 1:
        return None
    tree = literal(shape[0])
    for size in shape[1:]:
        tree = ast.BinOp(tree, ast.Mult(), literal(size))
    return tree


def shape_before(node: Node) -> Shape | None:
    """The shape of what was made flat for this op, with nothing but functions in between."""
    source = node.inputs[0] if node.inputs else None
    while source is not None and len(source.inputs) == 1 and not source.tensors():
        shape = source.inputs[0].output
        if len(source.output) == 1 < len(shape):
            return shape if prod(shape) == source.output[0] else None
        source = source.inputs[0] if shape == source.output else None
    return None


def mentions(draft: Draft, step: Step, arg: Arg) -> bool:
    """Whether the spec sets an attribute by a parameter that the constructor has."""
    syntax = attribute_syntax(step, arg)
    return syntax is not None and varies(draft, syntax, step)


def varies(draft: Draft, syntax: Value, step: Step) -> bool:
    """Whether a value is said by way of the constructor's own parameters."""
    if not isinstance(syntax, Expression) or syntax.names.isdisjoint((*draft.known, "input")):
        return False  # what it reads is folded
    tree = converted(draft, syntax, [step.env])
    return tree is not None and bool(names_in(tree))


def instantiate(
    draft: Draft, execs: list[Exec], steps: list[Step], channels: ast.expr | None
) -> tuple[Build, ClassPlan, list[ast.expr]]:
    """`Bottleneck(in_channels, channels, stride=2)`, and what its channels may be.

    The class says it, or (while it is still being planned) one of the arguments does.
    """
    instances = [s.instance for s in steps if s.instance is not None]
    plan = draft.planner.plan_of(instances[0])
    names = [draft.planner.plan_of(i).name for i in instances]
    if len(set(names)) > 1:
        raise Irregular(f"what stands here is {either(names)}, which are classes of their own")
    args, keywords = list[ast.expr](), list[tuple[str, ast.expr]]()
    given: dict[str, ast.expr] = {}
    asked = [p.name for p in plan.params if p.default is None and not flows(p.name)]
    crowded = sum(map(len, asked)) > CROWDED
    for param in plan.params:
        values = [plan.value(param, i) for i in instances]
        syntax = argument_syntax(steps[0], param)
        differs = syntax is not None and varies(draft, syntax, steps[0])
        if param.default is not None and not differs and holds(param.default, execs, values):
            given[param.name] = param.default
            continue
        kept = draft.known.get(param.spec or "") if param.spec in draft.planner.kept else None
        derived = channels if param.name in IN_CHANNELS else kept
        envs = [s.env for s in steps]
        tree = choose(draft, execs, envs, values, syntax, (derived,), param.name)
        given[param.name] = tree
        bare = flows(param.name) or (crowded and param.name not in WINDOW)
        if param.default is None and not keywords and bare:
            args.append(tree)
        else:
            keywords.append((param.name, tree))
    out = list(given.values())
    if plan.channels is not None:
        with suppress(Unwritable):
            out.insert(0, substitute(plan.channels, given))
    return build(plan.name, args, keywords, steps[0].item.doc), plan, out


# --- channels -------------------------------------------------------------------------------


def channels_after(
    draft: Draft,
    execs: list[Exec],
    nodes: list[Node],
    step: Step,
    envs: list[Mapping[str, Any]],
    operands: list[ast.expr | None],
) -> ast.expr | None:
    """An expression for the first axis of what an op gives, if one holds everywhere."""
    values = [n.output[0] for n in nodes]
    words = (*OUT_CHANNELS, "channels", "start", "stop")
    syntax = {word: attribute_syntax(step, Arg(word, None, word)) for word in words}
    trees = {w: converted(draft, s, envs) for w, s in syntax.items() if s is not None}
    candidates = [tree for w in OUT_CHANNELS if (tree := trees.get(w)) is not None]
    if (listed := trees.get("channels")) is not None:
        candidates.append(call("len", [listed]))
    known = [o for o in operands if o is not None]
    start, stop = trees.get("start"), trees.get("stop") or next(iter(known), None)
    if stop is not None:  # of a slice
        difference = stop if start is None else ast.BinOp(stop, ast.Sub(), start)
        candidates.append(fold_constants(difference))
    candidates += known[:1]
    if len(known) == len(operands) > 1:
        candidates.append(total(known))
    if all(v == values[0] for v in values):
        candidates.append(literal(values[0]))
    return next((c for c in candidates if holds(c, execs, values)), None)


def settled(execs: list[Exec], steps: list[Step], candidates: list[Channels]) -> Channels:
    """The channels after a block: the first candidate that holds, or a literal."""
    nodes = [s.output[0] for s in steps]
    values = [n.output[0] for n in nodes]
    for tree in candidates:
        if tree is not None and holds(tree, execs, values):
            return tree
    return literal(values[0]) if all(v == values[0] for v in values) else None


def attribute_syntax(step: Step, arg: Arg) -> Value | None:
    """What the spec wrote for an attribute, where it wrote it here."""
    return said(step, arg.origin, step.node.op.primary if step.node is not None else None)


def argument_syntax(step: Step, param: Param) -> Value | None:
    """What the spec wrote for a block's parameter, where it wrote it here."""
    block = step.expansion.block if step.expansion is not None else None
    return said(step, param.spec, block.bare if block is not None else None)
