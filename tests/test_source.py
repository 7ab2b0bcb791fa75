"""YAML text to located tree: the core schema, the places, the limits and the wording."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.diagnostics import ArchspecError, Diagnostic, Source, Span
from archspec.frontend import source as module
from archspec.frontend.flow_escape import shielded
from archspec.frontend.source import Mapping, Scalar, Sequence, Tree, parse, plain, resolve
from archspec.util.reading import MAX_BYTES, read
from tests.effort import within


def tree_of(text: str) -> Tree:
    return parse(Source("spec.yaml", text))


def data(text: str) -> object:
    return plain(tree_of(text))


def errors(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(ArchspecError) as caught:
        tree_of(text)
    return caught.value.diagnostics


def error(text: str) -> Diagnostic:
    found = errors(text)
    assert len(found) == 1, [d.render() for d in found]
    return found[0]


def shown(span: Span | None) -> str:
    """The characters a caret line would underline."""
    assert span is not None
    return span.source.line(span.line)[span.column - 1 : span.end - 1]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((word, word) for word in ("on", "yes", "no", "off", "12:30", "1_000", "2001-01-01")),
        *((word, word) for word in ("<<", "=", "0b1", "-0o7", ".", "tRue", "1e", "+")),
        *((word, None) for word in ("~", "null", "Null", "NULL", "")),
        *((word, True) for word in ("true", "True", "TRUE")),
        *((word, False) for word in ("false", "False", "FALSE")),
        *(("010", 10), ("-7", -7), ("+7", 7), ("0o17", 15), ("0x1F", 31)),
        *(("1e-4", 1e-4), ("1.", 1.0), (".5", 0.5), ("-2.5E+3", -2500.0)),
        *((".inf", math.inf), ("-.INF", -math.inf), ("+.Inf", math.inf)),
    ],
)
def test_core_schema(text: str, value: object) -> None:
    found = resolve(text)
    assert found == value
    assert type(found) is type(value)
    assert data(f"a: {text}\n") == {"a": value}


def test_nan_and_quoted_scalars() -> None:
    assert math.isnan(float(str(resolve(".nan"))))
    assert data("['1', \"true\", '']") == ["1", "true", ""]
    assert data("a: |-\n  5\n") == {"a": "5"}


def test_design_examples_parse() -> None:
    assert data("a: {channels: $channels, stride: $(2 if i > 0 and j == 0 else 1)}") == {
        "a": {"channels": "$channels", "stride": "$(2 if i > 0 and j == 0 else 1)"}
    }
    text = "{when: stride != 1 or input.channels != 4 * channels,\n conv: {c: $(4 * channels)}}"
    assert data(text) == {
        "when": "stride != 1 or input.channels != 4 * channels",
        "conv": {"c": "$(4 * channels)"},
    }
    assert data("- {id: bn1, batch_norm: }") == [{"id": "bn1", "batch_norm": None}]


def test_mapping_helpers_and_keys_that_are_not_strings() -> None:
    tree = tree_of("1: a\non: b\nnull: c\n")
    assert isinstance(tree, Mapping)
    assert tree.keys() == ["1", "on", "null"]
    found, key = tree.get("on"), tree.key("1")
    assert isinstance(found, Scalar)
    assert found.value == "b"
    assert key is not None
    assert key.value == "1"
    assert tree.get("off") is None
    assert tree.key("off") is None


@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_columns_count_characters(bom: str) -> None:
    tree = tree_of(f"{bom}é😀: ü   # c\nb: &x   word\n")
    assert isinstance(tree, Mapping)
    (_, first), (_, second) = tree.entries
    assert shown(tree.entries[0][0].span) == "é😀"
    assert (str(first.span), shown(first.span)) == ("spec.yaml:1:5", "ü")
    assert shown(second.span) == "word"


def test_spans_of_collections_and_of_many_lines() -> None:
    tree = tree_of("f: {a: 1}\ng: [1,\n 2]\nm:\n  k: v\nl:\n- x\nq: 'one\n  two'\nb: |\n  t\n")
    assert isinstance(tree, Mapping)
    spans = {key.text: shown(value.span) for key, value in tree.entries}
    assert spans == {
        "f": "{a: 1}",
        "g": "[1,",
        "m": "k",
        "l": "- x",
        "q": "'one",
        "b": "|",
    }
    assert shown(tree.span) == "f"


def test_every_mistake_is_reported_at_once() -> None:
    found = errors("a: *y\nb: !!str c\na: 2\n[q]: 1\nb: 3\n")
    assert [d.code for d in found] == ["E001", "E003", "E002", "E007", "E002"]
    assert str(found[2].span) == "spec.yaml:3:1"
    assert str(found[2].notes[0].span) == "spec.yaml:1:1"


@pytest.mark.parametrize("tag", ["!!python/object:os.system", "!foo", "!!str", "!", "!e!x"])
def test_tags_are_refused(tag: str) -> None:
    found = error(f"a: {tag} b\n")
    assert found.code == "E003"
    assert shown(found.span).startswith("!")


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "a: 1\n---\nb: 2\n"])
def test_one_document_it_must_be(text: str) -> None:
    assert error(text).code == "E006"


def test_keys_that_are_no_words() -> None:
    assert [d.code for d in errors("? {a: 1}\n: 2\n")] == ["E007"]
    assert [d.code for d in errors("? \n: 1\n")] == ["E007"]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a:\n\tb: 1\n", "2:1", "tab"),
        ("a:\n  b: 1\n\tc: 2\n", "3:1", "tab"),
        ("name:LeNet\ngraph: 1\n", "1:1", "space is missing"),
        ("a: 1\nname:LeNet\ngraph: 1\n", "2:1", "space is missing"),
        ("a: [1, 2\nb: 3\n", "1:4", "never closed"),
        ("a: {b: [1, {\n", "1:12", "never closed"),
        ('a: "abc\nb: 3\n', "1:4", "quote is never closed"),
        ("a: @b\n", "1:4", "cannot begin with `@`"),
        ("a: `b`\n", "1:4", "cannot begin with"),
        ("a: %b\n", "1:4", "cannot begin with `%`"),
        ("a: b: c\n", "1:5", "second colon"),
        ("a: 1\n  b: 2\n", "2:4", "no key can stand here"),
        ("a:\n    b: 1\n  c: 2\n", "3:3", "indentation"),
        ("a: - b\n", "1:4", "list cannot begin"),
        ("a:\n  - b\n  c: 1\n", "3:3", "key stands among list items"),
        ("b: 1\n- c\n", "2:1", "list item stands among keys"),
        ("a: [1]]\n", "1:7", "never opened"),
        ("a: {b: 1,, c: 2}\n", "1:10", "value is missing"),
        ('a: "b" c\n', "1:8", "value ended"),
        ('a: "\\d"\n', "1:5", "escape"),
        ("a: *\n", "1:4", "name"),
        ("a: \x00", "1:4", "U+0000"),
        ("a: \ud800", "1:4", "U+D800"),
    ],
)
@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
def test_syntax_errors(
    text: str, place: str, words: str, loader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOADER", getattr(yaml, loader))
    found = error(text)
    assert found.code == "E001"
    assert words in found.message
    if words != "escape":  # the two parsers differ by the backslash itself
        assert str(found.span) == f"spec.yaml:{place}"


@pytest.mark.parametrize(
    "text, plain",
    [
        ("- {stride: $(2 if a[0, 1])}", [{"stride": "$(2 if a[0, 1])"}]),
        ("- {stride: $(depths[0]), x: 1}", [{"stride": "$(depths[0])", "x": 1}]),
        ("- {stride: $(max(a, b)), x: 1}", [{"stride": "$(max(a, b))", "x": 1}]),
        ("- [$(max(a, b)), 2]", [["$(max(a, b))", 2]]),
        ("- {stride: $depths[i], x: 1}", [{"stride": "$depths[i]", "x": 1}]),
        ("a: $(x[1: 2])", {"a": "$(x[1: 2])"}),
        ("a: \"$(f(x, 'b'))\"  # $(c, d)", {"a": "$(f(x, 'b'))"}),
        ("{a: $$(, b: (c)}", {"a": "$$(", "b": "(c)"}),
        ("- {when: max(a, b) > c[0], x: 1}", [{"when": "max(a, b) > c[0]", "x": 1}]),
        ("{p: 'f(', q: ')'}", {"p": "f(", "q": ")"}),
        (
            "{p: 'a[0', q: [']', \"b(\"], r: f(x, 'y')}",
            {"p": "a[0", "q": ["]", "b("], "r": "f(x, 'y')"},
        ),
        ("{a: $(max(b,\n  c)), d: 1}", {"a": "$(max(b, c))", "d": 1}),
        (
            '- "$(": 1\n  a: "b\n    $( c"\n  d: 3\n  ")": 2',
            [{"$(": 1, "a": "b $( c", "d": 3, ")": 2}],
        ),
        (
            "- a: $(f(b,\n    c)[1:],\n    {d: #})\n  e: f(x\n- b",
            [{"a": "$(f(b, c)[1:], {d: #})", "e": "f(x"}, "b"],
        ),
        ("- {i: range(1, n), j: d[1:]}", [{"i": "range(1, n)", "j": "d[1:]"}]),
        (
            "- {i: range(len(d[0]) - 1), j: [a, b]}",
            [{"i": "range(len(d[0]) - 1)", "j": ["a", "b"]}],
        ),
    ],
)
def test_an_expression_is_one_value_whatever_stands_in_it(text: str, plain: object) -> None:
    assert data(text) == plain


@pytest.mark.parametrize("text", ["- {when: (a, b) == c, x: 1}", "{a: $(max(b,\nc)), d: 1}"])
def test_torn_expressions_are_told_to_use_quotes(text: str) -> None:
    assert "quotes" in (error(text).hint or "")


def test_braces_after_a_dollar() -> None:
    assert error("{a: ${b}}").hint == "write $(...) instead of ${...}"


def test_brackets_in_strings_and_prose_do_not_tear() -> None:
    assert data("{a: $(x == ')'), b: $(x == '('), c: $$(, d: f(x), e: (x}") == {
        "a": "$(x == ')')",
        "b": "$(x == '(')",
        "c": "$$(",
        "d": "f(x)",
        "e": "(x",
    }


# --- Limits -------------------------------------------------------------------------------

LAUGHS = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 30)
)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{a: " * 100_000,
        "- " * 5_000 + "a",
        "? " * 5_000 + "a",
        "".join("  " * i + "a:\n" for i in range(200)),
        "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 90)),
        LAUGHS,
        "a: &x [*x]\n",
        "&x a: &y {b: *y}\n",
        "a: " + "9" * 5_000,
        "a: 0x" + "f" * 5_000,
        "a: " + "1" * 5_000 + ".5",
        "#" * (MAX_BYTES + 1),
    ],
)
def test_limits_are_errors_and_come_fast(text: str) -> None:
    with within(2):
        assert errors(text)[-1].code == "E004"


@pytest.mark.parametrize("part", ["[", "{a: ", "- ", "? "])
def test_what_nests_too_deep_has_one_place_whatever_the_parser(part: str) -> None:
    """Some parsers have a limit of their own, a thousand deep, and look far ahead."""
    found = errors(f"x: 1\nx: 2\na:\n {part * 5_000}")
    assert [d.code for d in found] == ["E002", "E004"]
    assert "more than 60 deep" in found[1].message
    assert str(found[1].span) == f"spec.yaml:4:{2 + 59 * len(part)}"


def test_too_many_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_NODES", 1_000)
    assert error("[" + "a," * 1_000 + "]").code == "E004"
    assert data("[" + "a," * 999 + "]") == ["a"] * 999


def test_aliases_are_shared_within_the_budget() -> None:
    assert data("a: &x {k: [1, 2]}\nb: *x\nc: &x 3\nd: *x\n") == {
        "a": {"k": [1, 2]},
        "b": {"k": [1, 2]},
        "c": 3,
        "d": 3,
    }


def test_many_mistakes_do_not_flood() -> None:
    assert len(errors("a: 1\n" * 10_000)) == 50


def test_a_long_list_is_fast() -> None:
    with within(5):
        tree = tree_of("- {x: 1, y: foo}\n" * 20_000)
        assert isinstance(tree, Sequence)
        assert len(tree.items) == 20_000


# --- Files --------------------------------------------------------------------------------


def read_error(path: Path) -> Diagnostic:
    with pytest.raises(ArchspecError) as caught:
        read(path)
    return caught.value.diagnostics[0]


def test_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: \xc3\xa9\n")
    assert read(path) == Source(str(path), "a: é\n")


def test_what_cannot_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path, tmp_path / "none", tmp_path / "fifo", Path("/dev/zero"), Path("a\0")):
        assert read_error(path).code == "E101"


@pytest.mark.parametrize("part", ["N", "a1", "a.", "f(", "$(", "a[", "'a ", '" ', "a)("])
def test_long_lines_take_no_longer_than_many_short_ones(part: str) -> None:
    """A megabyte of anything is shielded in a second or two, not in an hour."""
    with within(10):
        shielded(part * (2**20 // len(part)))


def test_too_large_a_file(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    assert read_error(path).code == "E004"


def test_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("a: 1\né: ".encode() + b"\xe9\n")
    found = read_error(path)
    assert found.code == "E005"
    assert str(found.span) == f"{path}:2:4"


# --- Any text, any data -------------------------------------------------------------------

YAMLISH = st.text(st.sampled_from("ab1:-?,[]{}&*!|>'\"%@`#$() \n\t~.\\é\ufeff\x85\u2028\0"))


@settings(max_examples=400, deadline=None)
@given(st.text() | YAMLISH)
def test_any_text_is_a_tree_or_a_diagnosis(text: str) -> None:
    try:
        tree = tree_of(text)
    except ArchspecError as found:
        assert str(found)
    else:
        plain(tree)


class CoreDumper(yaml.SafeDumper):
    """Quotes exactly the strings that the core schema would not read back as strings."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if isinstance(resolve(text), str) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


CoreDumper.add_representer(str, _represent_text)
CoreDumper.ignore_aliases = lambda *_: True  # type: ignore[method-assign]

# PyYAML breaks lines at three more characters than YAML 1.2 does, and folds them in quotes.
TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x85\u2028\u2029"), max_size=20
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
DATA = st.recursive(
    SCALARS, lambda d: st.lists(d, max_size=4) | st.dictionaries(TEXT, d, max_size=4), max_leaves=12
)


@settings(max_examples=200, deadline=None)
@given(DATA, st.booleans())
def test_what_is_dumped_is_read_back(value: object, unicode: bool) -> None:
    text = yaml.dump(value, Dumper=CoreDumper, allow_unicode=unicode, default_flow_style=False)
    assert data(text) == value
