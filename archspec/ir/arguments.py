"""What a caller of the builder or of an edit gives, checked: whatever it cannot be is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from archspec.ir.graph import Graph, Instance, Node, Output
from archspec.ir.making import Refused
from archspec.ops.identifiers import IDENTITY, LONGEST_LABEL, id_problem, word_problem


def given_graph(value: Any) -> Graph:
    """A graph.

    Raises:
        Refused: for anything else, as the name of a spec.
    """
    if isinstance(value, Graph):
        return value
    hint = f"write archspec.load({value!r})" if isinstance(value, str) else None
    raise Refused(f"{value!r} is no graph", hint)


def given_node(value: Any) -> Node:
    """A node."""
    if not isinstance(value, Node):
        raise Refused(f"{value!r} is no node")
    return value


def given_id(value: Any) -> str | None:
    """An id, or None for none; a whole number is an id, too."""
    if value is None:
        return None
    word = str(value) if type(value) is int else value
    if not isinstance(word, str):
        raise Refused(f"{value!r} cannot be an id: it is no text and no whole number")
    if (problem := id_problem(word)) is not None:
        raise Refused(f"`{word}` cannot be an id: {problem}")
    return word


def given_word(value: Any, what: str) -> str:
    """The name of what is no module: an input, an output, a block or a parameter.

    Args:
        what: what it is the name of, as in "an output".
    """
    if not isinstance(value, str):
        raise Refused(f"{value!r} cannot be the name of {what}: it is no text")
    if (problem := word_problem(value)) is not None:
        raise Refused(f"`{value}` cannot be the name of {what}: {problem}")
    return value


def given_input(value: Any) -> str:
    """The name of an input."""
    word = given_word(value, "an input")
    if word == IDENTITY:
        raise Refused(f"`{word}` cannot be the name of an input: it is what feeds a merge")
    return word


def given_line(value: Any, what: str) -> str:
    """A line of text that people read: the name of a network, or a label."""
    if not isinstance(value, str):
        raise Refused(f"{value!r} cannot be {what}: it is no text")
    if not value.strip() or not value.isprintable():
        raise Refused(f"{value!r} cannot be {what}: it is not one line of text")
    if len(value) > LONGEST_LABEL:
        raise Refused(f"{what} has at most {LONGEST_LABEL} characters, and this has {len(value):,}")
    return value


def given_text(value: Any, what: str) -> str:
    """Text of any length."""
    if not isinstance(value, str):
        raise Refused(f"{value!r} cannot be {what}: it is no text")
    return value


def given_index(value: Any, count: int, told: str) -> int:
    """One of the positions below `count`.

    Args:
        told: what has no such position otherwise, as in "`sum` has no branch".
    """
    if type(value) is not int or not 0 <= value < count:
        raise Refused(f"{told} {value!r}")
    return value


def several(values: Any, what: str) -> list[Any]:
    """Several values; one alone needs no list."""
    if isinstance(values, str | Node | Instance):
        return [values]
    if not isinstance(values, Iterable):
        raise Refused(f"{values!r} cannot be {what}: it is no list")
    return list(values)


def given_mapping(value: Any, what: str) -> Mapping[Any, Any]:
    """Values by their names."""
    if not isinstance(value, Mapping):
        raise Refused(f"{value!r} cannot be {what}: it is no mapping")
    return value


def given_output(name: Any, node: Node, train_only: Any, loss_weight: Any) -> Output:
    """An output of the network."""
    made = Output(given_word(name, "an output"), node, train_only, loss_weight)
    if (problem := output_problem(made)) is not None:
        raise Refused(problem)
    return made


def output_problem(output: Output) -> str | None:
    """Why an output cannot be for that, or weigh as much, as it says; None where it can."""
    weight: Any = output.loss_weight
    only: Any = output.train_only
    if not isinstance(only, bool):
        return f"`train_only` of the output `{output.name}` is true or false: {only!r}"
    if weight is None or (type(weight) in (int, float) and isfinite(weight) and weight > 0):
        return None
    return f"the loss weight of the output `{output.name}` is a finite number above 0: {weight!r}"
