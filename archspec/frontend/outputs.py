"""What a network or a block returns: `outputs`, read, and which of them there are."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from archspec.diagnostics import ArchspecError, Diagnostic, Note, Span
from archspec.frontend.ast import Constant, Item, OutputDecl, Ref, Value
from archspec.frontend.bodies import conditions
from archspec.frontend.booleans import older
from archspec.frontend.conditions import truth
from archspec.frontend.expressions import Expression
from archspec.frontend.reader import Reader
from archspec.frontend.sections import empty, named
from archspec.frontend.source import Mapping as Tree_
from archspec.frontend.source import Sequence, Tree
from archspec.frontend.value_reader import refusal
from archspec.frontend.wording import describe
from archspec.ops.derived import plain

OF_A_BLOCK = ("from", "when")
"""What may be said of a block's output, where more is said than its id."""

OF_THE_NETWORK = (*OF_A_BLOCK, "train_only", "loss_weight")


# --- reading ----------------------------------------------------------------------------------


def read_outputs(tree: Tree, reader: Reader) -> list[OutputDecl]:
    """The outputs of a network."""
    return _outputs(tree, reader, OF_THE_NETWORK)


def read_block_outputs(tree: Tree, reader: Reader) -> list[OutputDecl]:
    """The outputs of a block, which are values that may be used for anything."""
    return _outputs(tree, reader, OF_A_BLOCK)


def _outputs(tree: Tree, reader: Reader, keys: tuple[str, ...]) -> list[OutputDecl]:
    if empty(tree):
        hint = "leave the key out, and the last node is the output"
        reader.report("E202", "`outputs` is empty", tree.span, expected="an id", hint=hint)
        return []
    if isinstance(tree, Tree_):
        entries = [(named(k, reader, "an output's name"), v) for k, v in tree.entries]
        outputs = reader.every(lambda entry: _output(*entry, reader, keys), entries)
    else:
        ids = tree.items if isinstance(tree, Sequence) else [tree]
        outputs = reader.every(lambda part: _unnamed(part, reader), ids)
    first: dict[str, Span] = {}
    for output in outputs:
        if first.setdefault(output.name, output.ref.span) is not output.ref.span:
            note = Note("the first is here", first[output.name])
            message = f"two outputs are named `{output.name}`"
            hint = "give each a name: {first: an id, second: an id}"
            reader.diagnostics.append(
                Diagnostic("E415", message, output.ref.span, notes=(note,), hint=hint)
            )
    return outputs


def _unnamed(tree: Tree, reader: Reader) -> OutputDecl:
    """An output that is called as the node is."""
    ref = reader.reference(tree)
    if not isinstance(ref.name, Constant):
        message = "an output whose id is computed needs a name"
        hint = "write outputs: {last: ...}, with a name of your own"
        raise refusal("E206", message, tree.span, hint=hint)
    name = str(ref.name.value).replace(".", "_")
    if name[:1].isdigit():
        message, hint = (
            f"no output can be called `{name}`",
            f"write outputs: {{first: {ref.name.value}}}",
        )
        raise refusal("E206", message, tree.span, hint=hint)
    return OutputDecl(name, ref)


def _output(name: str, tree: Tree, reader: Reader, keys: tuple[str, ...]) -> OutputDecl:
    """An output under a name: an id, or more than that."""
    if not isinstance(tree, Tree_):
        return OutputDecl(name, reader.reference(tree))
    said: dict[str, Value] = {}
    for key, value in tree.entries:
        if key.text in ("train_only", "loss_weight") and key.text in keys:
            said[key.text] = reader.value(value)
            _check(key.text, name, said[key.text], reader)
        elif key.text not in keys:
            hint = None
            if key.text in OF_THE_NETWORK:
                hint = f"`{key.text}` is said of the network's own outputs, at the top of the file"
            reader.unknown_key(key, keys, hint)
    source = tree.get("from")
    if source is None:
        raise refusal("E202", "an output needs `from`", tree.span, expected="from: an id")
    when = reader.beside(tree, "when", reader.condition)
    ref = reader.reference(source)
    return OutputDecl(name, ref, when, said.get("train_only"), said.get("loss_weight"))


def _check(key: str, name: str, value: Value, reader: Reader) -> None:
    """Report what is written out and is impossible."""
    if isinstance(value, Constant) and value.span not in reader.faulty:
        fault = _fault(key, name, value.value, value.span, "E203")
        reader.diagnostics += [fault] if fault is not None else []


# --- which there are --------------------------------------------------------------------------


def present(
    declared: list[OutputDecl], env: Mapping[str, Any], of: str = "the network"
) -> list[OutputDecl]:
    """The outputs whose condition holds.

    Raises:
        ArchspecError: E415 where there are outputs, and all are left out.
    """
    there = [d for d in declared if d.when is None or truth(d.when.evaluate(env), d.when.span)]
    if declared and not there:
        message = f"every output of {of} is left out"
        assert declared[0].when is not None
        expected = "at least one output whose condition holds"
        raise ArchspecError(Diagnostic("E415", message, declared[0].when.span, expected))
    return there


def use_of(output: OutputDecl, env: Mapping[str, Any]) -> tuple[bool, float | None]:
    """Whether an output is for training only, and what its loss is weighted with.

    Raises:
        ArchspecError: E306 or E415 for a value that is neither.
    """
    values: dict[str, Any] = {"train_only": False, "loss_weight": None}
    for key, value in (("train_only", output.train_only), ("loss_weight", output.loss_weight)):
        if value is not None:
            values[key] = plain(value.evaluate(env))
            fault = _fault(key, output.name, values[key], value.span, "E306")
            if fault is not None:
                raise ArchspecError(fault)
    weight = values["loss_weight"]
    return values["train_only"], None if weight is None else float(weight)


def _fault(key: str, name: str, value: Any, span: Span, code: str) -> Diagnostic | None:
    """What is wrong with a value of `train_only` or `loss_weight`; `code` is for a wrong type."""
    hint = None
    if key == "train_only":
        wanted, fits = "true or false", isinstance(value, bool)
        hint = older(value)
    else:
        wanted = "a finite number above 0"
        fits = type(value) in (int, float) and isfinite(value)
        if fits and value <= 0:
            message = f"the loss of the output `{name}` has no weight"
            hint = "what no loss is for needs no weight; `when` leaves an output out altogether"
            if value < 0:
                message = f"the loss of the output `{name}` has a weight below 0"
                hint = "what is to grow is made small by a loss of the opposite sign"
            return Diagnostic("E415", message, span, wanted, describe(value), hint=hint)
    if fits:
        return None
    message = f"`{key}` has the wrong type"
    return Diagnostic(code, message, span, wanted, describe(value), hint=hint)


def left_out(output: OutputDecl, items: list[Item], names: Mapping[str, Any]) -> Diagnostic:
    """E415 for an output of a node that this form of the network does not have.

    Args:
        items: where the node is written.
        names: what a condition beside the output can read.
    """
    ident = str(output.ref.name.value) if isinstance(output.ref.name, Constant) else ""
    found = conditions(ident.split("."), items)
    message = f"the output `{output.name}` is that of a node which is left out here"
    hint: str | None = "an output that is not always there has a `when`"
    if not found:
        return Diagnostic("E415", message, output.ref.span, hint=hint)
    hint = None
    if all(condition.names <= names.keys() for condition, _ in found):
        own = [] if output.when is None else [(output.when, True)]
        condition = f"when: {_joined([*own, *found])}"
        hint = f"write {condition}, beside its `from`"
        if output.when is output.train_only is output.loss_weight is None:
            hint = f"write {output.name}: {{from: {ident}, {condition}}}"
    notes = (Note(f"`{ident}` is left out by this condition", found[-1][0].span),)
    return Diagnostic("E415", message, output.ref.span, notes=notes, hint=hint)


def absent(ident: str, ref: Ref, items: list[Item]) -> Diagnostic:
    """E403 for an id that is written, and not there: it comes later, or a condition left it out.

    Args:
        items: what is written in sight.
    """
    found = conditions([ident], items) or []
    asked = [(c, holds) for c, holds in found if c.span.line <= ref.span.line]
    if not asked:
        message, hint = f"`{ident}` is read before it exists", "a node reads what stands above it"
        return Diagnostic("E403", message, ref.span, hint=hint)
    return Diagnostic(
        "E403",
        f"`{ident}` is read, and is left out here",
        ref.span,
        notes=(Note(f"`{ident}` is left out by this condition", asked[-1][0].span),),
        hint=f"what reads it is left out with it by when: {_joined(asked)}",
    )


def _joined(found: list[tuple[Expression, bool]]) -> str:
    """Conditions, of which some are not to hold, as one."""
    words = []
    for condition, holds in found:
        text = " ".join(condition.text.split())
        if len(found) > 1 or not holds:
            text = text if text.isidentifier() else f"({text})"
        words.append(text if holds else f"not {text}")
    whole = " and ".join(words)
    return f"$({whole})" if "," in whole else whole
