"""What is sound about a merge, and may not be what is meant: W401 and W409."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archspec.diagnostics import Diagnostic
from archspec.elaboration.provenance import Branch, Cond, Loop, Step, Trace
from archspec.frontend.ast import BranchSyntax, Call, Constant, Fan, Item, Ref
from archspec.frontend.bodies import is_place
from archspec.ir.graph import Bundle, Node
from archspec.ops import OpError
from archspec.ops.types import show


def of_a_merge(
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
        hint = "`identity` is the value that feeds the merge: "
        hint += f"{node.op.name}: [identity, [...]] goes around the branch"
        alone = _written_alone(branch, single)
        return _one_operand(node, "and returns it unchanged", hint) if alone else None
    asked = [fan for fan in fans if fan.loop.asked and fan is not branch.syntax]
    if branch.output == branch.source or len(asked) < len(fans) - (branch.syntax in fans):
        return None
    lost = any(not is_place(fan.body) for fan in asked)  # and not only what came in
    hint = "where what came in is to be added then, the branch has `else: []` beside its `when`"
    why = "because a `when` leaves out the other"
    return _one_operand(node, why, hint) if lost and _sums(node) else None


def _sums(node: Node) -> bool:
    """Whether an op makes one value as large as each of its operands, as a concat does not."""
    shape = node.inputs[0].output
    try:
        return node.op.gathers and node.op.infer(shape, shape) == shape
    except OpError:  # it wants an operand of another kind besides
        return False


def _twice(node: Node, branches: list[Branch]) -> Diagnostic | None:
    feeding = next((b.output for b in branches if b.syntax == []), ())  # the same for all of these
    if len(feeding) != 1:
        return None
    again = (b for b in branches if b.output == feeding and _is_fixed(b.syntax))
    return next((_what_feeds_again(node, feeding[0], b) for b in again), None)


def _is_fixed(written: BranchSyntax) -> bool:
    """Whether a branch is not what feeds the merge, nor an id that is another one in each round."""
    return isinstance(written.name, Constant) if isinstance(written, Ref) else written != []


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


def _written_alone(branch: Branch, single: Callable[[], bool]) -> bool:
    """Whether a merge's only branch brings one value alone in every form of the network."""
    if isinstance(branch.syntax, Ref):
        return named((branch.syntax,), branch.output)
    return single_at(branch.body, len(branch.body), single)


def _written(item: Item) -> Sequence[BranchSyntax]:
    """The branches of a merge as they are written."""
    return (item.head.branches if isinstance(item.head, Call) else None) or ()


def named(refs: Sequence[Ref], values: Bundle) -> bool:
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
    body = step.expansion.body if step.expansion is not None else step.body
    return bool(_ends_in_one(body or []))


def _one_operand(node: Node, why: str, hint: str) -> Diagnostic:
    operand = node.inputs[0]
    return Diagnostic(
        "W401",
        f"`{node.op.name}` has one operand, {why}",
        node.span,
        expected="two branches or more",
        found=f"`{operand.path}` ({operand.op.name}), {show(operand.output)}",
        hint=hint,
    )


def single_at(traces: list[Trace], end: int, before: Callable[[], bool]) -> bool:
    """Whether what the first traces of a body end in is one value, whatever flows into it."""
    found = _ends_in_one(traces[:end])
    return before() if found is None else found


def _step(trace: Trace | None) -> Step | None:
    """The step whose value a trace ends in, if it took one."""
    while isinstance(trace, Loop):
        trace = trace.iterations[-1] if trace.iterations else None
    return trace.step if isinstance(trace, Cond) else trace
