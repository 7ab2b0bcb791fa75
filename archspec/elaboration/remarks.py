"""What is sound about a spec, and may not be what is meant: remarks, which stop nothing.

Each says a fact that holds, not a taste, and none of the shipped networks has one.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from archspec.diagnostics import Diagnostic, Note, Span
from archspec.elaboration.collect import Reporter
from archspec.elaboration.merges import named, of_a_merge, single_at
from archspec.elaboration.provenance import Cond, Expansion, Step, Trace
from archspec.frontend.ast import Call, Constant, Fan, Item, Parallel, Value
from archspec.frontend.bodies import expressions
from archspec.frontend.expressions import Expression
from archspec.ir.graph import Bundle, Instance, Node, Output, reach
from archspec.ops import Op, Shape
from archspec.ops.types import show

_IMAGE = 8
"""Images are at least so many pixels high and wide."""


def remark_input(name: str, shape: Shape, span: Span | None, report: Reporter) -> None:
    """W501 for a shape that begins with the batch, W502 for one that ends with the channels."""
    if len(shape) == 4 and shape[0] == 1 and shape[1] in (1, 3):
        report(
            Diagnostic(
                "W501",
                f"the input `{name}` seems to begin with the batch",
                span,
                expected="[C, H, W]",
                found=f"{show(shape)}, which is one channel of depth {shape[1]}",
                hint=f"leave out the batch axis, which is never written: {show(shape[1:])}",
            )
        )
    elif _channels_last(shape):
        right = (shape[-1], *shape[len(shape) == 4 and shape[0] == 1 : -1])
        report(
            Diagnostic(
                "W502",
                f"the input `{name}` seems to end with the channels",
                span,
                expected="[C, H, W]" if len(right) == 3 else "[C, D, H, W]",
                found=f"{show(shape)}, which is {shape[0]} channel{'s' * (shape[0] > 1)} of "
                + " x ".join(map(str, shape[1:])),
                hint=f"channels come first: {show(right)}",
            )
        )


def _channels_last(shape: Shape) -> bool:
    """Whether images of 3 channels, or square ones of 1 or 4, seem to end with these."""
    if len(shape) not in (3, 4) or min(shape[-3:-1]) < _IMAGE:
        return False
    return shape[-1] == 3 or (shape[-1] in (1, 4) and shape[-3] == shape[-2])


def remark_graph(root: Expansion, nodes: list[Node], report: Reporter) -> None:
    """W401 and W402 for what was written and came out oddly, W503 for what cannot be trained."""
    _Walk(root.instance, report).expansion(root, lambda: len(root.instance.inputs) == 1)
    with_statistics = (n for n in nodes if type(n.op).batch_values is not Op.batch_values)
    lone = [n for n in with_statistics if n.op.batch_values(*n.input_shapes) == 1]
    lone = [n for n in lone if not n.train_only]
    if lone:
        first, *others = lone
        more = f"and {len(others)} more like it, such as {others[0].told}" if others else ""
        report(
            Diagnostic(
                "W503",
                f"at batch 1, `{first.op.name}` has a single value to take its statistics from",
                first.span,
                expected="two values or more for each channel in training",
                found=f"{show(first.inputs[0].output)}, one value for each channel of a sample",
                notes=(Note(more),) if more else (),
                hint="torch refuses to train at batch 1, the last of an epoch too: take 2 samples "
                "or more (`drop_last=True`)",
            ),
            first.scope,
        )


def remark_axes(nodes: list[Node], report: Reporter) -> None:
    """W504 for what multiplies along the last axis of a map `[C, L]`, which has the positions.

    A permutation, or another shape, says that this is known.
    """
    maker: dict[Node, Node] = {}  # of a map `[C, L]`, the op that has put its channels first
    for node in nodes:
        if not maker and len(node.output) != 2:
            continue
        read = node.op.read(node.inputs)
        known = next((maker[source] for source in read if source in maker), None)
        if (
            known is not None
            and node.op.features_last
            and node.op.macs(node.input_shapes, node.output)
        ):
            report(_along_positions(node, known), node.scope)
        elif len(node.output) == 2 and node.op.channels_first:
            maker[node] = node
        elif known is not None and _keeps_axes(node):
            maker[node] = known


def _keeps_axes(node: Node) -> bool:
    """Whether the axes of a value mean what those of the operands do."""
    if node.op.local or node.op.merges:
        return len(node.output) == 2
    same = node.output == node.inputs[0].output
    return same and not (node.op.passes_on or node.op.features_last)


def _along_positions(node: Node, maker: Node) -> Diagnostic:
    source = node.inputs[0]
    channels, length = source.output
    hint = f"`flatten` before it makes one vector of {channels * length:,}"
    if length > 1:
        hint += "; for a layer at each position permute: [1, 0] puts the channels last"
    return Diagnostic(
        "W504",
        f"`{node.op.name}` goes along the last axis, and this map has its channels on the first",
        node.span,
        expected="[F], or [L, F] with the features last",
        found=f"{show(source.output)} of `{source.path}` ({source.op.name}), "
        f"{channels} channels of {length}",
        notes=(Note(f"`{maker.path}` ({maker.op.name}) makes maps of channels", maker.span),),
        hint=hint,
    )


class _Walk:
    """Goes through the traces once; `single` says whether one value is what flows, always."""

    def __init__(self, root: Instance, report: Reporter) -> None:
        self.source = root.inputs
        self.report = report
        self.blocks = 0  # that are around
        self.asked: dict[Item, list[tuple[Expression, ast.AST]]] = {}

    def expansion(self, scope: Expansion, single: Callable[[], bool]) -> None:
        self.blocks += scope.instance.block is not None
        self.body(scope.instance, scope.body, single)
        self.blocks -= scope.instance.block is not None

    def body(self, scope: Instance, traces: list[Trace], single: Callable[[], bool]) -> None:
        outside = not self.blocks
        for i, trace in enumerate(traces):
            if outside:
                self.read(trace)
            step = trace.step if isinstance(trace, Cond) else trace
            if isinstance(step, Step):
                if outside and step is not trace:
                    self.read(step)
                if step.node is None or step.branches is not None:
                    self.inside(step, scope, partial(single_at, traces, i, single))
            elif step is not None:
                self.body(scope, list(step.iterations), partial(single_at, traces, i, single))

    def inside(self, step: Step, scope: Instance, single: Callable[[], bool]) -> None:
        if step.expansion is not None:
            self.expansion(step.expansion, lambda: False)
            return
        if step.item.feed:
            single = partial(named, step.item.feed, step.source)
        if step.body is not None:
            self.body(scope, step.body, single)
        for branch in step.branches or ():
            self.body(scope, branch.body, single)
        if step.node is not None and step.branches is not None:
            remark = of_a_merge(step, step.node, step.branches, single)
            if remark is not None:
                self.report(remark, scope)

    def read(self, trace: Trace) -> None:
        """W402 for an item of the network's graph that asks for the channels of its input.

        Where what flows has as many, it comes to the same.
        """
        item = trace.item
        asked = self.asked.get(item)
        if asked is None:
            asked = self.asked[item] = list(_channels_read(item))
        if not asked or trace.source == self.source:
            return
        if len(self.source) != 1 or all(
            node.output[0] == self.source[0].output[0] for node in trace.source
        ):
            return
        self.asked[item] = []  # which has been said now
        for expression, place in asked:
            self.report(_of_the_network(expression, place, self.source[0], trace.source))


# --- outputs for training only ---------------------------------------------------------------


def remark_outputs(
    outputs: list[Output], places: Mapping[str, Span], nodes: list[Node], report: Reporter
) -> None:
    """W408 for a head that is for training only and that all of evaluation goes through.

    A head has as many channels as an output that stays: features that a loss looks at have not.
    What a path leads around, or a merge reads, has its part in evaluation.
    """
    heads = [o for o in outputs if o.train_only and not o.node.train_only]
    staying = [o.node for o in outputs if not o.train_only]
    channels = {node.output[0] for node in staying}
    through = _narrows(staying, nodes) if heads else {}
    for head in heads:
        reader = through.get(head.node)
        if reader is None or head.node.output[0] not in channels:
            continue
        report(
            Diagnostic(
                "W408",
                f"the output `{head.name}` is for training only, and evaluation runs through it",
                places[head.name],
                expected="a head beside what evaluation returns",
                found=f"`{head.node.path}` ({head.node.op.name}), {show(head.node.output)}, "
                f"which `{reader.path}` ({reader.op.name}) reads",
                hint="where that is to read what the head reads, it says so with `from`",
            )
        )


def _narrows(ends: list[Node], nodes: list[Node]) -> dict[Node, Node]:
    """The nodes that every path to the ends goes through, with who reads each; no merge does.

    A node stands behind what it reads: one is passed by where something before it is read behind
    it, or is an end.
    """
    needed = reach(ends)
    chain = [node for node in nodes if node in needed]
    last = dict.fromkeys(chain, 0)
    readers: dict[Node, Node] = {}
    merged = set[Node]()
    for i, node in enumerate(chain):
        for source in node.op.read(node.inputs):
            last[source] = i
            readers.setdefault(source, node)
            if node.op.merges:
                merged.add(source)
    last.update(dict.fromkeys(ends, len(chain)))
    found: dict[Node, Node] = {}
    furthest = 0
    for i, node in enumerate(chain):
        if furthest <= i < last[node] < len(chain) and node not in merged:
            found[node] = readers[node]
        furthest = max(furthest, last[node])
    return found


# --- `input` in the network's graph -----------------------------------------------------------


def _channels_read(item: Item) -> Iterator[tuple[Expression, ast.AST]]:
    """Where an item, its loop or its condition asks for the channels or features of `input`."""
    values: list[Value | None] = [item.id, item.when]
    written = item.head.branches if isinstance(item.head, (Call, Parallel)) else None
    loops = [item.loop, *(b.loop for b in written or () if isinstance(b, Fan))]
    for loop in filter(None, loops):
        values += [loop.count, *(value for _, value in loop.lists.values())]
    if isinstance(item.head, Call) and item.head.op is None:
        values += [value for _, value in item.head.args.named.values()]
        values += [item.head.args.bare]
        if isinstance(item.head.name, Expression):
            values.append(item.head.name)
    for value in values:
        if value is None or isinstance(value, Constant):
            continue
        for expression in expressions(value):
            if "input" in expression.names:
                yield from ((expression, n) for n in ast.walk(expression.tree) if _is_channels(n))


def _is_channels(node: ast.AST) -> bool:
    """`input.channels`, `input.features` or `input.shape[0]`.

    Heights and widths are left out: to ask for the network's own at its end is ordinary.
    """
    if isinstance(node, ast.Subscript):
        index = node.slice
        return _is_part(node.value, "shape") and isinstance(index, ast.Constant) and not index.value
    return _is_part(node, "channels") or _is_part(node, "features")


def _is_part(node: ast.AST, part: str) -> bool:
    """Whether this is `input.part`."""
    whole = node.value if isinstance(node, ast.Attribute) and node.attr == part else None
    return isinstance(whole, ast.Name) and whole.id == "input"


def _of_the_network(
    expression: Expression, place: ast.AST, source: Node, flow: Bundle
) -> Diagnostic:
    here = " and ".join(f"`{n.path}` ({n.op.name}), {show(n.output)}" for n in flow[:3])
    return Diagnostic(
        "W402",
        f"`{ast.unparse(place)}` is that of the network's input, not of what flows in here",
        expression.place(place),
        found=f"{source.output[0]}, of `{source.path}`; what flows in here is {here}",
        hint="within a block `input` is what the block reads; if the network's is meant, say so "
        "with a parameter that `inputs` uses too",
    )
