"""Ids while a graph is built: given to nodes, looked up by those that read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archspec.diagnostics import ArchspecError, Diagnostic, Note, did_you_mean, listed
from archspec.elaboration.collect import Reporter
from archspec.elaboration.provenance import Step
from archspec.elaboration.scope import Entry, Scope
from archspec.frontend.ast import Constant, Item, OutputDecl, Ref
from archspec.frontend.attributes import is_op
from archspec.frontend.bodies import loops_around, written_ids
from archspec.frontend.outputs import absent, left_out
from archspec.frontend.templates import computed_hint, template_hint
from archspec.frontend.wording import describe
from archspec.ir.graph import Bundle, Instance, Node
from archspec.ops import REGISTRY
from archspec.ops.identifiers import IDENTITY, id_problem, is_position

Env = Mapping[str, Any]

_LONGEST_PATH = 1_000


class Naming:
    """Knows the scopes of all instances, and what is written in each."""

    def __init__(self, report: Reporter) -> None:
        self.report = report
        self.by_path: dict[str, Node] = {}
        self.scopes: dict[Instance, Scope] = {}
        self.bodies: dict[Instance, list[Item]] = {}
        self.written: dict[int, set[str]] = {}

    def ident(self, item: Item, env: Env) -> str | None:
        if item.id is None:
            return None
        ident = str(item.id.evaluate(env))
        if not isinstance(item.id, Constant) and (problem := id_problem(ident)) is not None:
            message, hint = f"`{ident}` cannot be an id: {problem}", computed_hint(item.id.text)
            raise ArchspecError(Diagnostic("E206", message, item.id.span, hint=hint))
        return ident

    def name(self, ident: str, item: Item, step: Step | None, scope: Scope) -> None:
        """Let `from: ident` find the step from now on."""
        opened = step.instance if step is not None else None
        inner = self.scopes.get(opened) if opened is not None else None
        scope.names[ident] = Entry(step.output if step is not None else None, inner)

    def claim(self, ident: str | None, item: Item, scope: Scope) -> str:
        if len(scope.instance.path) + len(ident or "") > _LONGEST_PATH:
            message = f"the path of this node has more than {_LONGEST_PATH:,} characters"
            hint = "give shorter ids, or nest less"
            raise ArchspecError(Diagnostic("E405", message, item.span, hint=hint))
        position = scope.position
        if ident is not None:
            self.check_free(ident, item, scope)
        name = scope.claim(ident)
        if name is None:
            raise ArchspecError(self.taken(str(position) if ident is None else ident, item, scope))
        return name

    def place(self, ident: str | None, item: Item, scope: Scope) -> None:
        """Take an id for what is no node, and so has no position."""
        if ident is None:
            return
        self.check_free(ident, item, scope)
        scope.taken.add(ident)

    def check_free(self, ident: str, item: Item, scope: Scope) -> None:
        """Raise E402 for an id that is taken, or has been read here as that of a node outside."""
        if ident in scope.taken:
            raise ArchspecError(self.taken(ident, item, scope))
        read = scope.borrowed.get(ident)
        if read is not None and item.id is not None:
            message = f"the id `{ident}` would hide the node outside that is read here above"
            note, hint = Note("it is read here", read), "call one of the two otherwise"
            place = item.id.span
            raise ArchspecError(Diagnostic("E402", message, place, notes=(note,), hint=hint))

    def taken(self, ident: str, item: Item, scope: Scope) -> Diagnostic:
        """E402, with the first place; in a loop that is the same, and a template is wanted."""
        path, hint = scope.path(ident), None
        there = [*scope.instance.children, *filter(None, [self.by_path.get(path)])]
        first = next((child.span for child in there if child.path == path), None)
        if scope.expansion.block is not None:
            first = scope.expansion.block.inputs.get(ident, first)
        if first == item.span and isinstance(item.id, Constant):
            hint = self.template(ident, item, scope)
        message = f"the id `{ident}` is used twice"
        if item.id is None:
            message = f"this node stands at {ident}, which is the id of another"
            hint = "counting goes on from an id that is a number: give this one an id, too"
        return Diagnostic(
            "E402",
            message,
            item.id.span if item.id is not None else item.span,
            notes=(Note("first here", first),) if first not in (None, item.span) else (),
            hint=hint,
        )

    def template(self, word: str, item: Item, scope: Scope) -> str | None:
        """A hint for the id of an item in a loop; None where it stands in none."""
        return template_hint(word, loops_around(item, self.bodies[scope.instance]) or [])

    def resolve(self, ref: Ref, env: Env, scope: Scope) -> tuple[Bundle | None, Scope | None]:
        """The value behind a reference, and the scope it opened; None where that is faulty.

        Raises:
            ArchspecError: E401 where nothing has the id, E403 where it comes later.
        """
        named = ref.name.evaluate(env)
        if isinstance(named, tuple | list | range):
            raise ArchspecError(_several(named, ref))
        dotted = str(named)
        found = scope.look_up(dotted)
        if not isinstance(found, str):
            self.borrow(dotted.partition(".")[0], ref, scope)
            return found
        if not all(dotted.split(".")):
            message, expected = f"`{dotted}` is not an id", "ids with single dots between them"
            raise ArchspecError(Diagnostic("E401", message, ref.span, expected=expected))
        whole, visible = scope.parts(dotted)
        if not whole:
            if scope.lost(found):
                return None, None
            visible = scope.visible()
        inner = None if whole else scope.within(found)
        hint = f"write `{inner}`" if inner is not None else did_you_mean(found, visible)
        written = self.is_written(found, scope.instance)
        if not (whole or written or inner):
            hint = _branch_of(found, ref, scope) or hint
        if hint is None and written:
            raise ArchspecError(absent(found, ref, self.in_sight(scope.instance)))
        if (computed := computed_hint(ref.span.text)) is not None:
            hint = computed
        if hint is None and whole:
            hint = self.kept_inside(whole, found, scope)
        if hint is None and is_position(found):
            hint = f"a position is no id: the node that is to be read has {{id: {found}, ...}}"
        if found == "input" and not whole:
            hint = _fed(scope.instance)
        elif hint is None and not whole and self.outside(found, scope):
            hint = f"`{found}` stands outside the block, which sees its own nodes only"
        raise ArchspecError(
            Diagnostic(
                "E401",
                f"`{whole}` has no part `{found}`" if whole else f"no node has the id `{found}`",
                ref.span,
                expected=listed(visible) or (None if whole else "an id; none is in sight"),
                hint=hint,
            )
        )

    def returned(self, output: OutputDecl, env: Env, scope: Scope) -> Bundle | None:
        """The value of an output; None where that is faulty.

        Raises:
            ArchspecError: E415 where a condition leaves its node out, else as `resolve`.
        """
        try:
            return self.resolve(output.ref, env, scope)[0]
        except ArchspecError as error:
            if error.diagnostics[0].code != "E403":
                raise
            items = self.bodies[scope.instance]
            raise ArchspecError(left_out(output, items, env)) from None

    def kept_inside(self, whole: str, name: str, scope: Scope) -> str | None:
        """A hint for a node of a block that is none of the block's outputs."""
        found = scope.look_up(whole)
        inner = found[1] if not isinstance(found, str) else None
        block = inner.expansion.block if inner is not None else None
        if inner is None or block is None or name not in inner.names:
            return None
        known = [output.name for output in block.outputs] or ["the id of its last node"]
        return (
            f"`{name}` stands in the block `{block.name}`, of which one reads what it lists: "
            f"outputs: [{', '.join([*known, name])}]"
        )

    def borrow(self, name: str, ref: Ref, scope: Scope) -> None:
        """Remember who reads an id here; W404 where a node outside has it, too."""
        inner = scope.borrow(name, ref.span)
        if inner is None:
            return
        message = f"`{name}` is the id of two nodes that are in sight here"
        hint = "the nearer one is read; with an id of its own each can be told"
        found = f"one in `{inner.instance.path}`, and one outside"
        diagnostic = Diagnostic("W404", message, ref.span, found=found, hint=hint)
        self.report(diagnostic, scope.instance)

    def in_sight(self, instance: Instance) -> list[Item]:
        """What is written in an instance and, unless it is a block's, around it."""
        parts = list[list[Item]]()
        for around in instance.ancestors():
            parts.append(self.bodies[around])
            if around.block is not None:
                break
        return [item for items in reversed(parts) for item in items]

    def is_written(self, ident: str, instance: Instance) -> bool:
        """Whether an id stands somewhere in sight, reached or not."""
        for around in instance.ancestors():
            items = self.bodies[around]
            if id(items) not in self.written:
                self.written[id(items)] = written_ids(items)
            if ident in self.written[id(items)]:
                return True
            if around.block is not None:
                break
        return False

    def outside(self, name: str, scope: Scope) -> bool:
        """Whether a node of that id stands in an instance around this one."""
        return any(
            name in self.scopes[instance].names
            for instance in scope.instance.ancestors()
            if instance in self.scopes
        )


_CHAIN = (
    "these are branches side by side; nodes that follow each other are one branch, with a second "
    "dash before the first, `- - `, and the rest aligned below it"
)


def _branch_of(word: str, ref: Ref, scope: Scope) -> str | None:
    """A hint for the name of an op or block that stands where an id does."""
    if word == IDENTITY:
        return f"`{IDENTITY}` is what feeds a merge, among its branches; elsewhere leave it out"
    what = "block" if word in scope.home.blocks else "op"
    if what == "op" and not is_op(word):
        return None
    if not ref.place:
        article = "an op" if what == "op" else "a block"
        return f"`{word}` is no id, but {article}: give the node an `id`, and write that"
    if what == "op" and REGISTRY[word].merges:
        return None
    if ref.place == "chain":
        return f"{_CHAIN}; a branch of one {what} is [{word}]"
    return f"a word is the id of a node; a branch of one {what} is [{word}]"


def _several(named: Sequence[Any], ref: Ref) -> Diagnostic:
    """E306 for a list where one id is wanted."""
    text = " ".join(ref.span.text.split())
    hint = "name each by itself, in an entry of its own; what is not always there has a `when`"
    if ref.place:
        inner = text.removeprefix("$").removeprefix("(").removesuffix(")")
        hint = f"a branch for each of them: {{each: {{one: {inner}}}, from: $one}}"
    return Diagnostic(
        "E306",
        "one id is wanted here, and not a list",
        ref.span,
        expected="an id",
        found=describe(named),
        hint=hint,
    )


def _fed(instance: Instance) -> str:
    """What to write for `input`, which is no id."""
    while instance.block is None and instance.parent is not None:
        instance = instance.parent
    if instance.block is None:
        names = [node.path for node in instance.inputs]
        return f"the network's inputs are read by their names: {listed(names)}"
    if instance.block.inputs:
        return f"what feeds the block is read by its names: {listed(instance.block.inputs)}"
    return "with `inputs: [x]` in the block, what feeds it is read as `x`"
