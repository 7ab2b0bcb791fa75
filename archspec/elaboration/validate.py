"""The last checks on a graph, which need all of it: outputs, loose ends, in-place ops, `init`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from archspec.diagnostics import Diagnostic, Note, Span, did_you_mean
from archspec.elaboration.collect import Reporter
from archspec.elaboration.provenance import Provenance
from archspec.elaboration.selection import dotted, selected
from archspec.frontend.ast import Constant, Item, OutputDecl
from archspec.frontend.attributes import is_op
from archspec.frontend.bodies import heads, idents
from archspec.frontend.budget import current
from archspec.frontend.expressions import Template
from archspec.frontend.initialisation import InitRule
from archspec.frontend.vocabulary import op_hint
from archspec.ir.graph import Graph, Instance, Node, Output, reach
from archspec.ir.inplace import Need, overwriting
from archspec.ops import REGISTRY, Op, OpError, Shape
from archspec.ops.derived import Axis, axes
from archspec.ops.types import show


def mark_train_only(outputs: list[Output]) -> set[Node]:
    """Set `train_only` on what only training-only outputs need; the set of all needed nodes."""
    needed = reach(o.node for o in outputs if not o.train_only)
    training = reach(o.node for o in outputs if o.train_only) - needed
    for node in training:
        node.train_only = True
    return needed | training


def check_used(
    nodes: list[Node],
    needed: set[Node],
    absent: Iterable[OutputDecl],
    made: Provenance,
    report: Reporter,
) -> None:
    """E406 for each loose end: a node that no output needs and no other node reads.

    Args:
        absent: the outputs that a condition leaves out.
    """
    loose = [node for node in nodes if node not in needed]
    read = {i for n in nodes for i in n.inputs} if loose else set()
    loose = [node for node in loose if node not in read]
    named = _named_inputs(dict.fromkeys(node.scope for node in loose), made)
    returned = {o.ref.name.value: o for o in absent if isinstance(o.ref.name, Constant)}
    for node in loose:
        what = "input" if node.op.internal else "value of"
        notes = [
            Note(f"it is the input `{name}` of `{fed.path}`, which does not read it", span)
            for fed, name, span in named.get(node, ())
        ]
        report(
            Diagnostic(
                "E406",
                f"the {what} {node.told} is never used",
                node.span,
                notes=tuple(notes),
                hint="read it in the block, or leave it out"
                if notes
                else _named_output(node)
                or _absent(returned.get(node.path))
                or "read it with `from`, merge it, name it in `outputs`, or leave it out",
            ),
            node.scope,
        )


def _absent(output: OutputDecl | None) -> str | None:
    """A hint for what is returned where the condition of an output holds."""
    if output is None or output.when is None:
        return None
    return (
        f"the output `{output.name}` of it is left out: write its `when` here, too, and beside "
        "what this alone reads"
    )


def _named_output(node: Node) -> str | None:
    """A hint for an output of a block that is not its first, and so does not flow on."""
    for scope in node.scope.ancestors():
        for name, value in scope.outputs.items():
            if value is node:
                read = f"is read as `{scope.name}.{name}`"
                if scope.name.isdigit():
                    read = f"is read as `ID.{name}`, where the instance has an id"
                return f"of a block's outputs only the first flows on; this one {read}"
    return None


def keep_derived(nodes: list[Node], lent: Mapping[Node, Node]) -> None:
    """Forget how an attribute was computed where no other size of the input could change it.

    The spatial axes of the inputs are doubled, and the shapes of what follows inferred again. An
    attribute that was shared stays a number where the values it follows are not in sight.
    """
    deriving = [n for n in nodes if n.derived]
    for node in deriving:
        if node.shared or node in lent:
            fed = {value for scope in node.scope.ancestors() for value in scope.inputs}
            node.derived = node.derived if fed.issuperset(node.measured) else None
    deriving = [n for n in deriving if n.derived]
    if not deriving:
        return
    needed = reach(value for node in deriving for value in node.measured)
    doubled: dict[Node, Shape | None] = {}
    for node in nodes:
        if node in needed:
            doubled[node] = _doubled(node, doubled)

    def varies(axis: Axis) -> bool:
        shape = doubled[axis.value]
        return shape is None or shape[axis.axis] != axis.value.output[axis.axis]

    for node in deriving:
        assert node.derived is not None
        kept = {k: t for k, t in node.derived.items() if any(map(varies, axes(t)))}
        node.derived = kept or None


def _doubled(node: Node, shapes: Mapping[Node, Shape | None]) -> Shape | None:
    """A value's shape where those of the inputs are doubled; None where it has none there."""
    if not node.inputs:
        return (node.output[0], *(2 * size for size in node.output[1:]))
    before = [shapes[source] for source in node.inputs]
    known = [shape for shape in before if shape is not None]
    if len(known) < len(before):
        return None
    try:
        return node.op_at(lambda axis: (shapes[axis.value] or ())[axis.axis]).infer(*known)
    except (OpError, ArithmeticError, IndexError, KeyError, TypeError, ValueError):
        return None


def _named_inputs(
    scopes: Iterable[Instance], made: Provenance
) -> dict[Node, list[tuple[Instance, str, Span]]]:
    """The block instances in these that a value feeds under a name."""
    found: dict[Node, list[tuple[Instance, str, Span]]] = {}
    for child in (child for scope in scopes for child in scope.children):
        block = made.of[child].block if isinstance(child, Instance) else None
        if isinstance(child, Instance) and block is not None and block.inputs:
            for (name, span), fed in zip(block.inputs.items(), child.inputs, strict=True):
                found.setdefault(fed, []).append((child, name, span))
    return found


def check_in_place(nodes: list[Node], outputs: list[Output], report: Reporter) -> None:
    """E411 where an in-place op overwrites a value that something else reads too."""
    for node, needs in overwriting(nodes, outputs):
        report(
            Diagnostic(
                "E411",
                f"`{node.op.name}` in place overwrites {node.inputs[0].told}, "
                "which is needed elsewhere",
                node.span,
                notes=tuple(map(_needed, needs)),
                hint="leave out `inplace: true`",
            ),
            node.scope,
        )


def _needed(need: Need) -> Note:
    """What needs a value beside one of its readers."""
    it = f"{need.value.told}, the same memory," if need.aliased else "it"
    if isinstance(need.by, Node):
        return Note(f"`{need.by.path}` ({need.by.op.name}) reads {it} too", need.by.span)
    if need.by == "output":
        return Note(f"{it} is an output of the network")
    if need.by == "gradient":
        same = ", the same memory," if need.aliased else ""
        return Note(f"{need.value.told}{same} is kept for its own gradient", need.value.span)
    return Note(f"{it} is the caller's own tensor")


def check_init(
    graph: Graph, bodies: Iterable[list[Item]], report: Reporter
) -> tuple[InitRule, ...]:
    """E401 for a rule that names neither an op nor a node, E418 for one that fits no tensor.

    The id of a node, or the op, that this form of the network leaves out will do.

    Returns:
        The rules for ops, and those for ids and paths that something here has.
    """
    if not graph.init:
        return ()
    written = _Written(bodies, _ids(graph.root))
    rules = [rule for rule in graph.init if rule.key is not None]
    meaning = selected(graph.nodes, (r.selector for r in rules), rules[0].key) if rules else {}
    for rule in rules:
        meant = meaning[rule.selector]
        problem = next((p for n in meant if (p := _misfit(rule, n)) is not None), None)
        if problem is None and not meant:
            problem = written.missing(rule)
        elif problem is None and not any(t.name == rule.tensor for n in meant for t in n.tensors()):
            problem = _weightless(rule, meant, written)
        if problem is not None:
            report(problem)
    return tuple(r for r in graph.init if not r.selector.path or meaning.get(r.selector, True))


def _weightless(rule: InitRule, meant: list[Node], written: _Written) -> Diagnostic | None:
    """E418 or W403 for nodes of which none has such a tensor; those of an op may do without."""
    word, ops = rule.selector.text, {type(node.op) for node in meant}
    if not rule.selector.path and any(op.tensors is not Op.tensors for op in ops):
        return None
    if any(node.tensors() for node in meant):
        return Diagnostic("W403", f"`{word}` has no `{rule.tensor}`", rule.key)
    return Diagnostic("E418", f"`{word}` has no weights", rule.key, hint=dotted(word, written.ids))


class _Written:
    """The ops and ids that a spec has anywhere.

    Args:
        here: the ids in this form of it.
    """

    def __init__(self, bodies: Iterable[list[Item]], here: set[str]) -> None:
        bodies = list(bodies)
        idents_ = [ident for body in bodies for ident in idents(body)]
        self.ids = {*here, *(str(i.value) for i in idents_ if isinstance(i, Constant))}
        self.templates = _Templates(i for i in idents_ if isinstance(i, Template))
        self.heads = {head for body in bodies for head in heads(body)}

    def missing(self, rule: InitRule) -> Diagnostic | None:
        """What to say of a rule for which there is no node; None where another form has one."""
        word, key = rule.selector.text, rule.key
        if not rule.selector.path:
            return self.no_op(word, key)
        for part in rule.selector.path:
            if part not in self.ids and not self.templates.match(part, key):
                known = [f".{ident}" for ident in sorted(self.ids)]
                hint = did_you_mean(f".{part}", known) or None
                message = f"`init` names `{word}`, and nothing has the id `{part}`"
                return Diagnostic("E401", message, key, hint=hint)
        if len(rule.selector.path) == 1:
            return None
        message, hint = f"nothing here has the path `{word}`", f"`.{rule.selector.path[-1]}` is any"
        return Diagnostic("W403", message, key, hint=hint)

    def no_op(self, word: str, key: Span | None) -> Diagnostic | None:
        if is_op(word):
            if word in self.heads or None in self.heads:
                return None
            hint = dotted(word, self.ids)
            return Diagnostic("W403", f"there is no `{word}` in this network", key, hint=hint)
        message = f"`init` names `{word}`, which is no op"
        ids = [f".{ident}" for ident in sorted(self.ids)]
        hint = dotted(word, self.ids) or op_hint(word, REGISTRY)
        hint = hint or did_you_mean(word, REGISTRY) or did_you_mean(f".{word}", ids)
        return Diagnostic("E401", message, key, hint=hint)


class _Templates:
    """The ids that hold expressions; each is looked at for each name, which the budget pays for."""

    def __init__(self, templates: Iterable[Template]) -> None:
        self.patterns = [re.compile(p) for p in dict.fromkeys(t.pattern for t in templates)]

    def match(self, name: str, place: Span | None) -> bool:
        budget = current()
        for start in range(0, len(self.patterns), _TOGETHER):
            some = self.patterns[start : start + _TOGETHER]
            if place is not None:
                budget.pay(2 * len(some), place)
            if any(pattern.fullmatch(name) for pattern in some):
                return True
        return False


_TOGETHER = 100
"""So many patterns are paid for at once, for to pay takes longer than to match."""


def _ids(instance: Instance) -> set[str]:
    """The names of all nodes and instances within."""
    found: set[str] = set()
    for child in instance.children:
        if isinstance(child, Instance):
            found |= {child.name} | _ids(child)
        elif child.id is not None:
            found.add(child.id)
    return found


def _extent(shape: Shape | None) -> str:
    """How many numbers a list holds."""
    if shape is None:
        return "lists of different lengths"
    return f"{shape[0]} numbers" if len(shape) == 1 else f"lists in the shape {show(shape)}"


def _misfit(rule: InitRule, node: Node) -> Diagnostic | None:
    """Why a rule cannot hold for a node that it means."""
    shape = next((t.shape for t in node.tensors() if t.name == rule.tensor), None)
    if shape is None:
        return None
    wanted: str | None = None
    hint: str | None = None
    found = f"{show(shape)}, of `{node.op.name}`"
    if rule.values is not None:
        if rule.extent != shape:
            wanted, found = _extent(shape), _extent(rule.extent)
    elif rule.scheme == "bilinear":
        alike = node.op.category == "upsampling" and node.input_shapes[0][0] == node.output[0]
        if not alike or len(shape) < 3:
            wanted = "the weight of a `conv_transpose` with as many channels out as in"
    elif rule.scheme == "dirac" and len(shape) < 3:
        wanted = "the weight of a convolution"
    elif rule.scheme.startswith(("xavier", "kaiming", "orthogonal")) and len(shape) < 2:
        wanted, hint = "a tensor of two axes or more", "for one of one axis there is `normal`"
    if wanted is None:
        return None
    what = f"`{rule.scheme}`" if rule.values is None else "the list"
    return Diagnostic(
        "E418",
        f"{what} does not fit the {rule.tensor} of {node.told}",
        rule.span,
        expected=wanted,
        found=found,
        notes=(Note(f"`{node.path}` is here", node.span),),
        hint=hint,
    )
