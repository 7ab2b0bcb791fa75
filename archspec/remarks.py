"""What is sound about a spec, and may not be what is meant: remarks, which stop nothing.

Each says a fact that holds, not a taste, and none of the shipped networks has one.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from archspec.bodies import expressions, is_place
from archspec.diagnostics import Diagnostic, Note, Span
from archspec.expressions import Expression
from archspec.graph import Branch, Bundle, Cond, Instance, Loop, Node, Output, Step, Trace, reach
from archspec.ops import OpError, Shape
from archspec.ops.base import show
from archspec.report import Reporter
from archspec.syntax import BranchSyntax, Call, Constant, Fan, Item, Parallel, Ref, Value

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


def remark_graph(root: Instance, nodes: list[Node], report: Reporter) -> None:
    """W401 and W402 for what was written and came out oddly, W503 for what cannot be trained."""
    _Walk(root, report).body(root, root.body, lambda: len(root.inputs) == 1)
    lone = [n for n in nodes if n.op.batch_values(*n.input_shapes) == 1 and not n.train_only]
    if lone:
        first, *others = lone
        more = f"and {len(others)} more like it, such as `{others[0].path}`" if others else ""
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
        self.seen: set[Item] = set()

    def body(self, scope: Instance, traces: list[Trace], single: Callable[[], bool]) -> None:
        for i, trace in enumerate(traces):
            self.read(trace, scope)
            step = trace.step if isinstance(trace, Cond) else trace
            if isinstance(step, Loop):
                self.body(scope, list(step.iterations), partial(_single, traces, i, single))
            elif step is not None:
                self.read(step, scope)
                if step.node is None or step.branches is not None:
                    self.inside(step, scope, partial(_single, traces, i, single))

    def inside(self, step: Step, scope: Instance, single: Callable[[], bool]) -> None:
        if step.instance is not None:
            self.body(step.instance, step.instance.body, lambda: False)
            return
        if step.item.feed:
            single = partial(_named, step.item.feed, step.source)
        if step.body is not None:
            self.body(scope, step.body, single)
        for branch in step.branches or ():
            self.body(scope, branch.body, single)
        if step.node is not None and step.branches is not None:
            remark = _of_a_merge(step, step.node, step.branches, single)
            if remark is not None:
                self.report(remark, scope)

    def read(self, trace: Trace, scope: Instance) -> None:
        """W402 for an item of the network's graph that asks for the channels of its input.

        Where what flows has as many, it comes to the same.
        """
        item = trace.item
        if scope.block is not None or trace.source == self.source or item in self.seen:
            return
        if len(self.source) != 1 or all(
            node.output[0] == self.source[0].output[0] for node in trace.source
        ):
            return
        for expression, place in _channels_read(item):
            self.seen.add(item)
            self.report(_of_the_network(expression, place, self.source[0], trace.source))


def _single(traces: list[Trace], end: int, before: Callable[[], bool]) -> bool:
    """Whether what the first traces of a body end in is one value, whatever flows into it."""
    found = _ends_in_one(traces[:end])
    return before() if found is None else found


def _step(trace: Trace | None) -> Step | None:
    """The step whose value a trace ends in, if it took one."""
    while isinstance(trace, Loop):
        trace = trace.iterations[-1] if trace.iterations else None
    return trace.step if isinstance(trace, Cond) else trace


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


# --- merges ---------------------------------------------------------------------------------


def _of_a_merge(
    step: Step, node: Node, branches: list[Branch], single: Callable[[], bool]
) -> Diagnostic | None:
    """W401 for a merge that merges nothing, W409 for one that reads what feeds it under an id."""
    if len(branches) != 1:
        return _twice(node, branches)
    (branch,) = branches
    fans = [b for b in _written(step.item) if isinstance(b, Fan)]
    if len(branch.output) != 1:
        return None
    if not fans:
        return _one_operand(node) if _written_alone(branch, single) else None
    asked = [fan for fan in fans if fan.loop.asked and fan is not branch.syntax]
    if branch.output == branch.source or len(asked) < len(fans) - (branch.syntax in fans):
        return None
    lost = any(not is_place(fan.body) for fan in asked)  # and not only what came in
    return _left_alone(node) if lost and _sums(node) else None


def _sums(node: Node) -> bool:
    """Whether an op makes one value as large as each of its operands, as a concat does not."""
    shape = node.inputs[0].output
    try:
        return node.op.gathers and node.op.infer(shape, shape) == shape
    except OpError:  # it wants an operand of another kind besides
        return False


def _twice(node: Node, branches: list[Branch]) -> Diagnostic | None:
    for branch in branches:
        if branch.syntax == [] and len(branch.output) == 1:  # what feeds the merge
            (value,) = branch.output
            for other in branches:
                if other.output == (value,) and other.syntax != []:
                    return _what_feeds_again(node, value, other)
    return None


def _what_feeds_again(node: Node, value: Node, branch: Branch) -> Diagnostic:
    """W409 for a branch that is the id of what feeds the merge, or in which all is left out."""
    if isinstance(branch.syntax, Ref):
        span, how = branch.syntax.span, "by its id"
        hint = "`identity` is the value right above; what is to be gone around stands in a branch"
    else:
        span, how = node.span, "through a branch in which all is left out"
        hint = "a `when` beside the branch, as in {when: ..., graph: [...]}, leaves out the branch"
    return Diagnostic(
        "W409",
        f"`{node.op.name}` reads what feeds it twice",
        span,
        expected="two values",
        found=f"`{value.path}` ({value.op.name}), as `identity` and {how}",
        hint=hint,
    )


def _left_alone(node: Node) -> Diagnostic:
    operand = node.inputs[0]
    return Diagnostic(
        "W401",
        f"`{node.op.name}` has one operand, because a `when` leaves out the other",
        node.span,
        expected="two branches or more",
        found=f"`{operand.path}` ({operand.op.name}), {show(operand.output)}",
        hint="where what came in is to be added then, the branch has `else: []` beside its `when`",
    )


def _written_alone(branch: Branch, single: Callable[[], bool]) -> bool:
    """Whether a merge's only branch brings one value alone in every form of the network."""
    if isinstance(branch.syntax, Ref):
        return _named((branch.syntax,), branch.output)
    return _single(branch.body, len(branch.body), single)


def _written(item: Item) -> Sequence[BranchSyntax]:
    """The branches of a merge as they are written."""
    return (item.head.branches if isinstance(item.head, Call) else None) or ()


def _named(refs: Sequence[Ref], values: Bundle) -> bool:
    """Whether a reference is the id of a node that is all there is, not of several side by side."""
    if len(refs) != 1 or len(values) != 1 or not isinstance(refs[0].name, Constant):
        return False
    return values[0].id == str(refs[0].name.value).rpartition(".")[2]


def _ends_in_one(body: list[Trace]) -> bool | None:
    """Whether a body ends in one value always; None where that is up to what feeds it."""
    for trace in reversed(body):
        step, head = _step(trace), trace.item.head
        if step is None:  # left out in this form, and not in another
            if not isinstance(head, Call) or (head.op is None and head.branches is None):
                return False
        elif not _gives_one(step):
            return False
        if trace.item.when is None and trace.item.loop is None:
            return True
    return None


def _gives_one(step: Step) -> bool:
    """Whether a step gives one value whatever its loops and conditions do."""
    if step.node is not None:
        return True
    if step.instance is not None and step.instance.outputs:
        return True
    if step.branches is not None:
        return False
    return bool(_ends_in_one(step.instance.body if step.instance is not None else step.body or []))


def _one_operand(node: Node) -> Diagnostic:
    operand = node.inputs[0]
    return Diagnostic(
        "W401",
        f"`{node.op.name}` has one operand, and returns it unchanged",
        node.span,
        expected="two branches or more",
        found=f"`{operand.path}` ({operand.op.name}), {show(operand.output)}",
        hint="`identity` is the value that feeds the merge: "
        f"{node.op.name}: [identity, [...]] goes around the branch",
    )


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
