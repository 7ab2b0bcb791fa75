"""Expressions: what they give, what they refuse, where the caret stands, what they may cost."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.diagnostics import ArchspecError, Diagnostic, Source, Span
from archspec.frontend.expressions import (
    Expression,
    Namespace,
    Template,
    parse_bare,
    parse_expression,
    parse_value,
)
from archspec.frontend.source import Mapping, Scalar, parse
from tests.effort import within

ENV: dict[str, object] = {
    "channels": 16,
    "depths": [3, 4, 6, 3],
    "i": 1,
    "word": "abc",
    "table": {"a": 1},
    "input": Namespace("input", {"channels": 64, "shape": [1, 28, 28]}),
    "größe": 3,
}


def expression(text: str) -> Expression:
    source = Source("spec.yaml", f"x: {text}")
    return parse_expression(text, Span(source, 1, 4, 4 + len(text)))


def value(text: str) -> object:
    return expression(text).evaluate(ENV)


def errors(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(ArchspecError) as caught:
        value(text)
    return caught.value.diagnostics


def error(text: str) -> Diagnostic:
    found = errors(text)
    assert len(found) == 1, [d.render() for d in found]
    return found[0]


def shown(span: Span | None) -> str:
    assert span is not None
    return span.source.line(span.line)[span.column - 1 : span.end - 1]


def scalar(yaml: str) -> Scalar:
    tree = parse(Source("spec.yaml", yaml))
    assert isinstance(tree, Mapping)
    found = tree.entries[0][1]
    assert isinstance(found, Scalar)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4 * channels", 64),
        ("$channels * 2", 32),
        ("$(4 * $channels)", 64),
        ("  channels - -1", 17),
        ("7 / 2", 3.5),
        ("7 // 2 + 7 % 4", 6),
        ("2 ** 10", 1024),
        ("2 ** -1", 0.5),
        ("+channels", 16),
        ("not channels", False),
        ("true and not null", True),
        ("0 or 'x'", "x"),
        ("1 and 0 and 1 / 0", 0),
        ("1 < 2 <= 2 != 3", True),
        ("1 < 2 > 3", False),
        ("4 in depths and 5 not in depths", True),
        ("2 if i > 0 and i == 1 else 1", 2),
        ("1 / 0 if false else 5", 5),
        ("depths[i]", 4),
        ("depths[-1]", 3),
        ("depths[1:3]", [4, 6]),
        ("depths[::-1]", [3, 6, 4, 3]),
        ("word[0] + 'd'", "ad"),
        ("table['a']", 1),
        ("input.channels", 64),
        ("input.shape[-1] // 2", 14),
        ("[1] * 3 + [i]", [1, 1, 1, 1]),
        ("2 * (1, i)", (1, 1, 1, 1)),
        ("range(len(depths))", range(4)),
        ("sum(depths)", 16),
        ("max(depths) - min(1, 2)", 5),
        ("ceil(2.1) + floor(2.9) + round(2.6) + abs(-1) + int(1.9)", 10),
        ("round(2.567, 2)", 2.57),
        ("all([d > 2 for d in depths])", True),
        ("all([d > 3 for d in depths]) or all([0])", False),
        ("any([d > 5 for d in depths]) and all([])", True),
        ("any([])", False),
        ("log2(2 ** 40)", 40.0),
        ("int(log2(input.channels))", 6),
        ("True + 1", 2),
        ("channels\n  + 1", 17),
        ("'#$?=' + 's'", "#$?=s"),
        ("größe + 1", 4),
        ("2 ** 62", 2**62),
    ],
)
def test_values(text: str, expected: object) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


def test_names() -> None:
    found = expression("max(a, b[c]) + $input.x if true else range(n)")
    assert found.names == {"a", "b", "c", "input", "n"}
    assert expression("len(x) + len").names == {"x", "len"}


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "E301", ""),
        ("1 +", "E301", "+"),
        ("(1", "E301", "("),
        ("channels channels", "E301", "c"),
        ("channels = 1", "E301", "="),
        ("i && i", "E301", "&&"),
        ("!i", "E301", "!"),
        ("i ? 1 : 2", "E301", "?"),
        ("1 # one", "E301", "#"),
        ("${i}", "E301", "${"),
        ("1 + chanels", "E302", "chanels"),
        ("größe + chanels", "E302", "chanels"),
        ("'é😀' + $chanels", "E302", "chanels"),
        ("1 + range", "E302", "range"),
        ("rang(3)", "E302", "rang"),
        ("1 + input.chanels", "E302", "chanels"),
        ("1 + {x for x in depths}", "E303", "{x for x in depths}"),
        ("sum(x for x in depths)", "E303", "(x for x in depths)"),
        ("[x for x in depths for y in depths]", "E303", "y"),
        ("[x for x, y in depths]", "E303", "x, y"),
        ("lambda x: x", "E303", "lambda x: x"),
        ("(i := 2)", "E301", "="),
        ("f'{i}'", "E303", "f'{i}'"),
        ("{1: 2}", "E303", "{1: 2}"),
        ("1 is 1", "E303", "1 is 1"),
        ("i ^ 2", "E303", "i ^ 2"),
        ("~i", "E303", "~i"),
        ("1j", "E303", "1j"),
        ("b'a'", "E303", "b'a'"),
        ("...", "E303", "..."),
        ("max(*depths)", "E303", "*depths"),
        ("max(**table)", "E303", "**table"),
        ("word.upper()", "E303", "word.upper()"),
        ("().__class__", "E304", "__class__"),
        ("word.upper", "E304", "upper"),
        ("2 + 1 / 0", "E304", "1 / 0"),
        ("0.0 ** -1", "E304", "0.0 ** -1"),
        ("(-8) ** 0.5", "E304", "(-8) ** 0.5"),
        ("1 + depths[9]", "E304", "depths[9]"),
        ("depths['a']", "E304", "depths['a']"),
        ("table['b']", "E304", "table['b']"),
        ("depths[::0]", "E304", "depths[::0]"),
        ("i[0]", "E304", "i[0]"),
        ("word + 1", "E304", "word + 1"),
        ("'%99d' % 1", "E304", "'%99d' % 1"),
        ("-word", "E304", "-word"),
        ("1 < word", "E304", "1 < word"),
        ("max(1, word)", "E304", "max(1, word)"),
        ("sum([[1], [2]])", "E304", "sum([[1], [2]])"),
        ("range(0, 5, 0)", "E304", "range(0, 5, 0)"),
        ("len(i)", "E304", "len(i)"),
        ("all(word)", "E304", "all(word)"),
        ("any(i)", "E304", "any(i)"),
        ("all(true, false)", "E304", "all(true, false)"),
        ("log2(0)", "E304", "log2(0)"),
        ("log2(-1.5)", "E304", "log2(-1.5)"),
        ("log2(word)", "E304", "log2(word)"),
        ("log2(depths)", "E304", "log2(depths)"),
    ],
)
def test_mistakes_and_their_places(text: str, code: str, place: str) -> None:
    found = error(text)
    assert found.code == code
    assert shown(found.span).lstrip("$") == place.lstrip("$")


def test_hints() -> None:
    assert error("chanels").hint == "did you mean `channels`?"
    assert error("input.chanels").hint == "did you mean `channels`?"
    assert error("rang(3)").hint == "did you mean `range`?"
    assert "$(...)" in (error("${i}").hint or "")
    assert "[... for ... in ...]" in (error("sum(x for x in depths)").hint or "")
    assert "3, 4, 6, 3" in error("depths[9]").message
    assert [d.code for d in errors("rang(1) + (2 is 3)")] == ["E302", "E303"]


@pytest.mark.parametrize(
    "text",
    [
        "x" * 3_000,
        "(" * 900 + "1" + ")" * 900,
        "-" * 1_999 + "1",
        "not " * 450 + "1",
        "1" + "+1" * 900,
        "i" + ".a" * 900,
        "[" * 150 + "]" * 150,
        "9" * 30,
        "1e999",
        "2 ** 63",
        "-2 ** 63 - 1",
        "10 ** 10 ** 10",
        "2 ** 62 * 2",
        "1e308 * 10",
        "10.0 ** 400",
        "2 ** 62 * 1e308",
        "'a' * 10 ** 7",
        "[0] * 1000 * 1001",
        "[[[0] * 1000] * 1000] * 1000",
        "[[0] * 900] * 900 == [[0] * 900] * 900",
        "range(10 ** 12)",
        "range(-2 ** 62, 2 ** 62)",
        "int('9' * 5000)",
        "int('9' * 30)",
    ],
)
def test_bounds(text: str) -> None:
    with within(1):
        assert error(text).code == "E305"


def test_rounding_cannot_be_made_to_hang() -> None:
    assert error("round(5, -10 ** 9)").code == "E304"


def test_evaluation_is_fast() -> None:
    found = expression("4 * channels")
    with within(20_000 * 20e-6):
        for _ in range(20_000):
            found.evaluate(ENV)


# --- Scalars ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("yaml", "kind", "expected"),
    [
        ("a: 5", int, 5),
        ("a: word", str, "word"),
        ("a: $$5", str, "$5"),
        ("a: ", type(None), None),
        ("a: $channels", Expression, 16),
        ("a: $input.channels", Expression, 64),
        ("a: $input.shape[0]", Expression, 1),
        ("a: $depths[i + 1]", Expression, 6),
        ("a: $(4 * channels)", Expression, 64),
        ("a: \"$(max(1, 'é)'[0] == ')'))\"", Expression, 1),
        ("a: $(')')", Expression, ")"),
        ("a: |\n  $(2 *\n  i)\n", Expression, 2),
        ("a: layer$(i + 1)", Template, "layer2"),
        ("a: $word$i", Template, "abc1"),
        ("a: $$$i", Template, "$1"),
        ("a: $(i)(i)", Template, "1(i)"),
        ("a: x$(true)", Template, "xtrue"),
        ("a: $channels * 2", Template, "16 * 2"),
    ],
)
def test_parse_value(yaml: str, kind: type, expected: object) -> None:
    found = parse_value(scalar(yaml))
    assert type(found) is kind
    assert (found.evaluate(ENV) if isinstance(found, Expression | Template) else found) == expected


@pytest.mark.parametrize(
    ("yaml", "code", "place"),
    [
        ("a: $(1 + chanels)", "E302", "chanels"),
        ('a: "$(1 + chanels)"', "E302", "chanels"),
        ("é: layer$(chanels)", "E302", "chanels"),
        ("a: l$i.$chanels", "E302", "chanels"),
        ("a: l$(depths)", "E306", "depths"),
        ('a: "\\t$(chanels)"', "E302", '"\\t$(chanels)"'),
        ("a: >\n  $(1 +\n  chanels)\n", "E302", ">"),
        ("a: $(1", "E301", "("),
        ("a: $depths[0", "E301", "["),
        ("a: $(')", "E301", "'"),
        ("a: x${b}", "E301", "${"),
        ("a: 5$ each", "E301", "$ "),
        ("a: $()", "E301", ")"),
    ],
)
def test_places_within_scalars(yaml: str, code: str, place: str) -> None:
    with pytest.raises(ArchspecError) as caught:
        found = parse_value(scalar(yaml))
        assert isinstance(found, Expression | Template)
        found.evaluate(ENV)
    (found_error,) = caught.value.diagnostics
    assert found_error.code == code
    assert shown(found_error.span) == place


@pytest.mark.parametrize(
    ("yaml", "expected"),
    [
        ("when: channels > 2", True),
        ("when: '$channels > 2'", True),
        ("when: $(i == 0)", False),
        ("when: true", True),
        ("repeat: 010", 10),
        ("repeat: 3", 3),
    ],
)
def test_bare_expressions(yaml: str, expected: object) -> None:
    assert parse_bare(scalar(yaml)).evaluate(ENV) == expected


def test_a_bare_expression_is_not_empty() -> None:
    with pytest.raises(ArchspecError, match="empty"):
        parse_bare(scalar("when:"))


def test_a_long_hostile_scalar_is_read_in_linear_time() -> None:
    for text in ("$(" + "'\\" * 200_000, "$(" + "(" * 400_000, "$i" * 20_000):
        with within(5), contextlib.suppress(ArchspecError):
            parse_value(Scalar(text, Span(Source("s", text), 1, 1, 2), text, False))


def test_templates_are_bounded() -> None:
    found = parse_value(scalar("a: " + "$(word * 300000) " * 4))
    assert isinstance(found, Template)
    with pytest.raises(ArchspecError) as caught:
        found.evaluate(ENV)
    assert caught.value.diagnostics[0].code == "E305"


# --- Any text -----------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *("1", "2.5", "'a'", "i", "word", "depths", "input", "input.channels", "true", "null"),
        *("(", ")", "[", "]", "{", "}", ",", ":", ".", "$", "$i", "$(", "${", "#", "@", "\\"),
        *("+", "-", "*", "/", "//", "%", "**", "==", "<", ">", ":=", "in", "not", "and", "or"),
        *("if", "else", "for", "lambda", "max(", "len(", "range(", "é", "\n", "\0", " "),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.text() | st.lists(PIECES, max_size=12).map(" ".join))
def test_any_text_gives_a_value_or_a_diagnosis(text: str) -> None:
    source = Source("s", text)
    try:
        expression(text).evaluate(ENV)
    except ArchspecError as found:
        assert str(found)
    try:
        found_value = parse_value(Scalar(text, Span(source, 1, 1, 1 + len(text)), text, False))
        if isinstance(found_value, Expression | Template):
            found_value.evaluate(ENV)
    except ArchspecError as found:
        assert str(found)


NUMBERS = st.integers(-50, 50).map(str)
ARITHMETIC = st.recursive(
    NUMBERS,
    lambda e: st.tuples(e, st.sampled_from(["+", "-", "*"]), e).map(lambda t: f"({' '.join(t)})"),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(ARITHMETIC)
def test_arithmetic_is_pythons(text: str) -> None:
    expected = eval(text)  # of digits and signs only
    if abs(expected) < 2**63:
        assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("[2 * d for d in depths]", [6, 8, 12, 6]),
        ("[d for d in depths if d > 3 if d < 6]", [4]),
        ("[i for i in range(channels // 8)]", [0, 1]),
        ("[[j * i for j in range(2)] for i in depths[:2]]", [[0, 3], [0, 4]]),
        ("[i for i in [7]] + [i]", [7, 1]),
        ("sum([round(d / 7, 2) for d in depths])", 2.29),
    ],
)
def test_a_comprehension_is_a_list_and_its_name_is_seen_inside_only(
    text: str, result: object
) -> None:
    assert value(text) == result


def test_a_comprehensions_name_is_not_one_that_it_reads() -> None:
    assert expression("[k * d for d in depths]").names == {"k", "depths"}
    assert expression("[d for d in d] + [d]").names == {"d"}
    assert error("[d for d in depths] + [d]").code == "E302"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[x for x in 3]", "E304"),
        ("[x for x in word]", "E304"),
        ("[[0] * 2000 for i in range(2000)]", "E305"),
        ("[[[i for i in range(200)] for j in range(200)] for k in range(200)]", "E305"),
    ],
)
def test_a_comprehension_walks_lists_and_is_bounded(text: str, code: str) -> None:
    with within(5):
        assert error(text).code == code
