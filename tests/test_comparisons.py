"""Comparisons that the types of the parameters decide."""

from __future__ import annotations

import pytest

from tests.strategies import graph_of

PARAMS = """{flag: true, act: relu, stride: 2, anything: {any: 0}, nothing: null, widths: [1, 2],
  mode: {one_of: [A, B], default: A}, half: $(stride / 2), kind: {type: block, default: relu}}"""


def remarks(condition: str, params: str = PARAMS, more: str = "") -> list[tuple[str, str | None]]:
    graph = graph_of(
        f"name: T\ninputs: {{image: [16, 32, 32]}}\nparams: {params}\n"
        f'graph:\n  - {{when: "{condition}", relu: {more}}}\n  - tanh\n'
    )
    return [(r.message, r.hint) for r in graph.remarks if r.code == "W306"]


@pytest.mark.parametrize(
    ("condition", "holds", "hint"),
    [
        ("flag == 'true'", "never", "write flag or not flag, which are conditions themselves"),
        ("flag != 'no'", "always", "write flag or not flag, which are conditions themselves"),
        ("stride == '2'", "never", "write 2 without quotes"),
        ("'2' == stride", "never", "write 2 without quotes"),
        ("stride in ['1', '2']", "never", "write 1 without quotes"),
        ("stride not in ['1', '2']", "always", "write 1 without quotes"),
        ("act == 1", "never", "write '1', in quotes, or have `act` be a number"),
        ("act == null", "never", None),
        ("mode == 'a'", "never", "did you mean `A`?"),
        ("mode in ['C', 'D']", "never", None),
        ("widths == 3", "never", None),
        ("input.channels == '16'", "never", None),
        ("flag == act", "never", None),
        ("kind == 3", "never", "write '3', in quotes, or have `kind` be a number"),
    ],
)
def test_what_types_decide_is_remarked(condition: str, holds: str, hint: str | None) -> None:
    assert remarks(condition) == [(f"`{condition}` {holds} holds", hint)]


@pytest.mark.parametrize(
    "condition",
    [
        "flag == 1",
        "flag == false",
        "stride == 2.5",
        "act == 'tanh'",
        "act in ['relu', 1]",
        "anything == 'same'",
        "nothing == 'relu'",
        "half == '1'",
        "mode == 'B'",
        "widths == [1]",
        "[1 for act in widths if act == 1]",
        "stride > 1",
    ],
)
def test_what_may_hold_is_not(condition: str) -> None:
    assert remarks(condition) == []


def test_it_is_said_once_and_of_the_name_that_is_meant() -> None:
    assert len(remarks("flag == 'true'", more=", else: sigmoid")) == 1
    loop = ", for: {act: [1, 2]}"
    assert remarks("act == 1", more=loop) == []
    text = (
        "name: T\ninputs: {x: [4]}\nparams: {c: relu}\n"
        "require: [{that: c != 3, else: words}]\n"
        "blocks: {b: {params: {c: int}, graph: [{when: c == 3, relu: }, tanh]}}\n"
        "graph: [b: 3, $c]\n"
    )
    assert [r.message for r in graph_of(text).remarks] == ["`c != 3` always holds"]
