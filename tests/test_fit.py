"""Expressions fitted to samples: which ones, and that each gives the target in every sample."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.diagnostics import Source, Span
from archspec.frontend.expressions import (
    Expression,
    Namespace,
    Template,
    parse_expression,
    parse_value,
)
from archspec.frontend.source import Scalar
from archspec.lifting.fit import ABSENT, Column, Fitted, Samples, condition, fit
from archspec.lifting.kinds import NUMBERS, SELECTORS, comparable, forms
from archspec.lifting.samples import frozen
from archspec.lifting.starts import line
from archspec.lifting.templates import template
from tests.sweeping import drawn

DEPTHS = (3, 4, 6, 3)
ROUNDS = [(i, j) for i, depth in enumerate(DEPTHS) for j in range(depth)]
"""Stage and block of ResNet-50."""
STAGE = Column("i", tuple(i for i, _ in ROUNDS), "index")
BLOCK = Column("j", tuple(j for _, j in ROUNDS), "index")
STRIDE = Column("stride", tuple(2 if i else 1 for i, _ in ROUNDS), "stride")
CHANNELS = Column("channels", tuple(64 * 2**i for i, _ in ROUNDS), "channels")
INPUT = Column(
    "input.channels",
    tuple(256 * 2**i if j else 128 * 2**i if i else 64 for i, j in ROUNDS),
    "channels",
)


def column(name: str, kind: str, *values: Any) -> Column:
    return Column(name, values, kind)


def index(count: int) -> Column:
    return Column("i", tuple(range(count)), "index")


KERNEL = column("kernel_size", "kernel", 1, 3, 5, 7)
NORM = column("norm", "flag", True, False, True, False)
WIDTH = column("width", "channels", 16, 32, 48, 64)


@pytest.mark.parametrize(
    ("target", "columns", "kind", "text"),
    [
        ([64] * 4, [WIDTH], "channels", "64"),
        ([(3, 1)] * 4, [KERNEL], "kernel", "[3, 1]"),
        ([None] * 4, [], "word", "null"),
        ([16, 32, 48, 64], [WIDTH], "channels", "width"),
        ([64, 128, 192, 256], [WIDTH], "channels", "4 * width"),
        ([8, 16, 24, 32], [WIDTH], "channels", "width // 2"),
        ([20, 36, 52, 68], [WIDTH], "channels", "width + 4"),
        ([0, 1, 2, 3], [KERNEL], "padding", "kernel_size // 2"),
        ([(0, 0), (1, 1), (2, 2), (3, 3)],
         [KERNEL], "padding", "[kernel_size // 2, kernel_size // 2]"),
        ([(0, 1), (1, 1), (2, 1), (3, 1)], [KERNEL], "padding", "[kernel_size // 2, 1]"),
        ([1, 2, 4, 8], [column("dilation", "dilation", 1, 2, 4, 8)], "padding", "dilation"),
        ([1, 2, 4, 8], [index(4)], "dilation", "2 ** i"),
        ([512, 256, 128, 64], [index(4)], "channels", "512 // 2 ** i"),
        ([64, 96, 128, 160], [index(4)], "channels", "32 * (i + 2)"),
        ([4, 3, 2, 1], [index(4)], "count", "4 - i"),
        ([False, True, False, True], [NORM], "flag", "not norm"),
        ([32, 64, 32, 64], [NORM, WIDTH], "channels", "32 if norm else 64"),
        ([64, 64, 64, 32], [index(4)], "channels", "32 if i == 3 else 64"),
        ([128 * 2**i for i, _ in ROUNDS], [STAGE, BLOCK], "channels", "128 * 2 ** i"),
        ([2 if i and not j else 1 for i, j in ROUNDS],
         [STAGE, BLOCK], "stride", "2 if i > 0 and j == 0 else 1"),
        ([2 if i and not j else 1 for i, j in ROUNDS],
         [STRIDE, BLOCK], "stride", "1 if j else stride"),
        ([1 if i + j else 100 for i, j in ROUNDS],
         [STAGE, BLOCK], "padding", "1 if i + j else 100"),
        ([256 * 2**i for i, _ in ROUNDS], [INPUT, CHANNELS], "channels", "4 * channels"),
        ([round(0.2 * i / 7, 4) for i in range(8)],
         [index(8)], "probability", "round(0.2 * i / 7, 4)"),
        ([i / 10 for i in range(5)], [index(5)], "probability", "i / 10"),
        ([2, 1], [column("n", "count", 2, 3)], "index", "4 - n"),
        ([8, 16, 24, 64], [WIDTH, NORM], "channels", None),
        ([8, 16, 12, 32], [column("half", "flag", True, True, False, False),
                           column("c", "channels", 16, 32, 24, 64)], "channels", "c // 2"),
        ([8, 16, 24, 64], [column("half", "flag", True, True, False, False),
                           column("c", "channels", 16, 32, 24, 64)],
         "channels", "c // 2 if half else c"),
    ],
)  # fmt: skip
def test_a_target_is_fitted(
    target: list[Any], columns: list[Column], kind: str, text: str | None
) -> None:
    found = fit(target, columns, kind)
    assert (found[0].text if found else None) == text
    assert fit(target, Samples(tuple(columns)), kind) == found


@pytest.mark.parametrize(
    ("target", "columns", "kind"),
    [
        # kinds that have nothing to do with one another
        ([16, 32, 48, 64], [column("kernel_size", "kernel", 16, 32, 48, 64)], "channels"),
        ([0, 1, 2, 3], [index(4)], "padding"),
        # too few rows for an unusual factor, a sum, an index, two columns
        ([48, 96], [column("p", "channels", 16, 32)], "channels"),
        ([20, 36], [column("p", "channels", 16, 32)], "channels"),
        ([64, 128], [index(2)], "channels"),
        ([2, 1], [index(2)], "stride"),
        ([24, 40, 80],
         [column("p", "channels", 8, 8, 16), column("q", "channels", 16, 32, 64)], "channels"),
        # one row with two values; truth values are no numbers
        ([1, 2, 3, 3], [column("p", "channels", 1, 1, 3, 3)], "channels"),
        ([1, 2, 3, 4], [column("p", "channels", 1, 2, 3, ABSENT)], "channels"),
    ],
)  # fmt: skip
def test_what_may_be_true_by_chance_is_a_parameter(
    target: list[Any], columns: list[Column], kind: str
) -> None:
    assert fit(target, columns, kind) == []


def test_truth_values_are_no_numbers() -> None:
    flag = column("p", "flag", True, False, True)
    assert [one.text for one in fit([1, 0, 1], [flag], "count")] == [
        "1 if p else 0",
        "0 if not p else 1",
    ]
    number = column("p", "count", 1, 0, 1)
    assert fit([True, False, True], [number], "flag")[0].text == "p > 0"


def test_a_word_may_depend_on_two_conditions() -> None:
    forms = [("A", 16), ("A", 16), ("B", 16), ("B", 16), ("C", 16), ("C", 16)]
    option = column("option", "word", *(option for option, _ in forms))
    fed = column("input.channels", "channels", *(8, 16) * 3)
    wide = column("channels", "channels", *(16,) * 6)
    note = ["", "F + x", "F + Wx", "F + x", "F + Wx", "F + x"]
    assert fit(note, [option, fed, wide], "word")[0].text == (
        "'F + x' if input.channels == channels else '' if option == 'A' else 'F + Wx'"
    )


def test_a_parameter_of_which_nothing_is_known_may_be_the_value_itself() -> None:
    stem = column("stem", "unknown", 16, 32, 48, 64)
    assert fit([16, 32, 48, 64], [stem], "channels")[0].text == "stem"
    assert fit([8, 16, 24, 32], [stem], "channels") == []
    assert condition([False, False, True, True], [stem]) == []


def in_two_loops(*depths: tuple[int, ...]) -> tuple[list[Column], list[int]]:
    """The columns of loops over lists of depths, one a variant, and the place in all rounds."""
    rounds = [(each, i, j) for each in depths for i, depth in enumerate(each) for j in range(depth)]
    names = [("depths", "list"), ("i", "index"), ("j", "index")]
    columns = [
        Column(name, tuple(one[at] for one in rounds), kind)
        for at, (name, kind) in enumerate(names)
    ]
    return columns, [sum(each[:i]) + j for each, i, j in rounds]


def test_a_probability_may_grow_with_the_place_in_all_rounds() -> None:
    columns, places = in_two_loops((2, 3, 2), (3, 4, 5))
    total = [7] * 7 + [12] * 12
    rate = [0.2] * 7 + [0.3] * 12
    target = [round(p * at / (n - 1), 4) for p, at, n in zip(rate, places, total, strict=True)]
    found = fit(target, [*columns, column("p", "probability", *rate)], "probability")
    assert found[0].text == "round(p * (sum(depths[:i]) + j) / (sum(depths) - 1), 4)"
    assert found[0].names == {"p", "depths", "i", "j"}


def test_a_number_as_an_id_may_count_all_rounds() -> None:
    columns, places = in_two_loops((1, 1, 2), (2, 2, 3))
    unit = [2] * 4 + [3] * 7
    steps = zip(unit, places, columns[1].values, strict=True)
    ids = [k * at + i for k, at, i in steps]
    found = template(ids, [*columns, column("unit", "count", *unit)])
    assert found[0].text == "$(unit * (sum(depths[:i]) + j) + i)"
    assert found[0].names == {"unit", "depths", "i", "j"}
    ids = [at + 2 * i + 1 for at, i in zip(places, columns[1].values, strict=True)]
    assert template(ids, columns)[0].text == "$(sum(depths[:i]) + j + 2 * i + 1)"


def test_numbers_that_go_on_from_loop_to_loop() -> None:
    rows = [[round(0.1 * at / 17, 4) for at in part] for part in (range(3), range(3, 6))]
    found = line([*rows, [round(0.1 * at / 17, 4) for at in range(6, 18)]])
    assert found is not None
    assert (found.starts, found.steps) == ((0, 3, 6), (1, 1, 1))
    assert found.text("first", "1", "j") == "round(0.1 * (first + j) / 17, 4)"
    falling = [[round(1 - 0.3 * at / 39, 6) for at in range(first, 38, 2)] for first in (10, 20)]
    found = line([[round(1 - 0.3 * at / 39, 6) for at in range(10)], *falling])
    assert found is not None and found.steps == (1, 2, 2)
    assert found.text("first", "step", "j") == "round(1 - 0.3 * (first + step * j) / 39, 6)"
    assert line([[0.1, 0.2, 0.4], [0.5, 0.7, 0.9]]) is None
    assert line([[1, 2, 3], [4, 5, 6]]) is None
    assert line([[0.5, 0.5], [0.5]]) is None


def test_the_last_round_of_a_list() -> None:
    columns, _ = in_two_loops((1, 1), (1, 1, 1), (1, 1, 1, 1))
    present = [i < len(d) - 1 for d, i in zip(columns[0].values, columns[1].values, strict=True)]
    assert condition(present, columns)[0].text == "i < len(depths) - 1"


def test_a_list_may_be_another_one_scaled() -> None:
    alpha = column("alpha", "number", 1.0, 0.75, 0.5)
    lists = [(64, 128, 250), (48, 96, 187), (32, 64, 125)]
    text = "[int(c * alpha) for c in [64, 128, 250]]"
    assert [fit(lists, [alpha], kind)[0].text for kind in ("channels", "list")] == [text, text]
    assert fit([64, 48, 32], [alpha], "channels")[0].text == "int(64 * alpha)"
    k = column("k", "count", 2, 4)
    assert fit([(32, 64, 128), (64, 128, 256)], [k], "list")[0].text == (
        "[c * k for c in [16, 32, 64]]"
    )
    assert fit([(32, 64), (64, 128)], [k], "list") == []


def test_samples_in_which_the_target_is_absent_constrain_nothing() -> None:
    assert fit([ABSENT, 32, 48, 64], [WIDTH], "channels")[0].text == "width"
    assert fit([ABSENT, 32, ABSENT, ABSENT], [WIDTH], "channels")[0].text == "32"
    assert fit([ABSENT] * 4, [WIDTH], "channels") == []
    assert condition([ABSENT, False, True, False], [NORM])[0].text == "norm"


def test_former_expressions_come_first_wherever_they_hold() -> None:
    target = [16, 32, 48, 64]
    texts = ["$(3 * width)", "$(2 * width // 2)", "unknown", "width +"]
    assert [one.text for one in fit(target, [WIDTH], "channels", texts)] == [
        "2 * width // 2",
        "width",
    ]
    depths = Column("depths", ((3, 4),) * 4, "list")
    assert fit(target, [WIDTH, depths], "channels", ["depths[0] * width // 3"])[0].text == (
        "depths[0] * width // 3"
    )
    assert condition([False, True, True, True], [KERNEL], ["$(kernel_size >= 3)"])[0].text == (
        "kernel_size >= 3"
    )


@pytest.mark.parametrize(
    ("present", "columns", "text"),
    [
        ([True, False, True, False], [NORM], "norm"),
        ([False, True, False, True], [NORM], "not norm"),
        ([not j for _, j in ROUNDS], [INPUT, CHANNELS], "input.channels != 4 * channels"),
        ([i > 0 for i, _ in ROUNDS], [STAGE], "i > 0"),
        ([i < 3 for i, _ in ROUNDS], [STAGE], "i < 3"),
        ([i > 0 and j == 0 for i, j in ROUNDS], [STAGE, BLOCK], "i > 0 and j == 0"),
        ([False, True, True, True], [column("p", "probability", 0.0, 0.1, 0.2, 0.2)], "p > 0"),
        ([False, True, False, True], [column("a", "word", None, "relu", None, "tanh")], "a"),
        ([False, True, False, True],
         [column("a", "word", "x", "relu", "x", "relu")], "a == 'relu'"),
        ([True, True, False, True],
         [column("s", "stride", 2, 2, 1, 1), NORM], "not norm or s != 1"),
        ([True, True, False], [index(3), column("n", "count", 3, 3, 3)], "i < 2"),
        ([True, False, True, True, False], [column("i", "index", 0, 1, 0, 1, 2),
                                            column("n", "count", 2, 2, 3, 3, 3)], "i < n - 1"),
        ([True, False], [index(2)], None),
        ([True, False], [WIDTH], None),
    ],
)  # fmt: skip
def test_a_condition_is_fitted(
    present: list[bool], columns: list[Column], text: str | None
) -> None:
    columns = [Column(c.name, c.values[: len(present)], c.kind) for c in columns]
    found = condition(present, columns)
    assert (found[0].text if found else None) == text


@pytest.mark.parametrize(
    ("names", "columns", "text"),
    [
        (["layer1", "layer2", "layer3"], [index(3)], "layer$(i + 1)"),
        (["block3_1", "block3_2"], [index(2)], "block3_$(i + 1)"),
        (["f0x", "f1x", "f2x"], [index(3)], "f$(i)x"),
        (["f0", "f1"], [index(2)], "f$i"),
        (["a", "b", "c"], [index(3)], "$('abc'[i])"),
        (["mixed_5b", "mixed_5c"], [index(2)], "mixed_5$('bc'[i])"),
        (["stem"] * 3, [index(3)], "stem"),
        ([0, 3, 6], [index(3)], "$(3 * i)"),
        (["c1", "c2", "c3", "c4"], [column("i", "index", 0, 0, 1, 1),
                                    column("j", "index", 0, 1, 0, 1)], "c$(2 * i + j + 1)"),
        (["score_pool4", "score_pool3"], [column("pool", "word", "pool4", "pool3")], "score_$pool"),
        (["fc6", "fc7"], [column("id", "word", "fc6", "fc7")], "$id"),
        (["c01", "c02"], [index(2)], "c0$(i + 1)"),
        (["left", "right"], [index(2)], None),
        (["c1", "c4"], [index(2)], None),
    ],
)  # fmt: skip
def test_ids_of_iterations_have_a_template(
    names: list[str | int], columns: list[Column], text: str | None
) -> None:
    found = template(names, columns)
    assert (found[0].text if found else None) == text
    if found:
        assert [instantiated(found[0], columns, at) for at in range(len(names))] == [
            str(name) for name in names
        ]


def instantiated(fitted: Fitted, columns: list[Column], at: int) -> str:
    span = Span(Source("id", fitted.text), 1, 1, 1 + len(fitted.text))
    value = parse_value(Scalar(fitted.text, span, fitted.text, False))
    env = {column.name: column.values[at] for column in columns}
    return str(value.evaluate(env) if isinstance(value, Expression | Template) else value)


# --- Whatever the samples are -------------------------------------------------------------


def evaluated(fitted: Fitted, columns: list[Column], at: int) -> Any:
    env: dict[str, object] = {
        c.name: c.values[at] for c in columns if not c.name.startswith("input.")
    }
    sizes = {c.name[6:]: c.values[at] for c in columns if c.name.startswith("input.")}
    env["input"] = Namespace("input", sizes)
    span = Span(Source("x", fitted.text), 1, 1, 1 + len(fitted.text))
    return parse_expression(fitted.text, span).evaluate(env)


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "flag": st.booleans(),
    "word": st.sampled_from(["relu", "tanh", None, "it's"]),
    "probability": st.sampled_from([0.0, 0.05, 0.1, 0.2]),
    "channels": st.sampled_from([0, 1, 3, 4, 8, 12, 16, 64]),
}
SMALL = st.integers(-1, 5)


@st.composite
def samples(draw: st.DrawFn) -> tuple[list[Any], list[Column], str]:
    """A target, which may follow from the columns or not, the columns, and its kind."""
    count = draw(st.integers(1, 9))
    kinds = st.sampled_from(sorted(SELECTORS | NUMBERS))

    def values(kind: str) -> tuple[Any, ...]:
        one = VALUES.get(kind, SMALL)
        known = st.one_of(one, one, one, one, one, one, one, st.just(ABSENT))
        full = draw(st.lists(one, min_size=count, max_size=count))
        holes = draw(st.lists(known, min_size=count, max_size=count))
        return tuple(holes if draw(st.integers(0, 9)) == 0 else full)

    names = ["p", "q", "i", "input.channels", "input.height"]
    columns = [Column(name, values(kind), kind) for name in names for kind in [draw(kinds)]]
    kind = draw(kinds)
    target = list(values(kind))
    made = draw(st.sampled_from([None, 2, 4, "sum", "first", "pair"]))
    one, other = draw(st.sampled_from(columns)), draw(st.sampled_from(columns))
    if made is not None and one.kind in NUMBERS and other.kind in NUMBERS:
        for at, (a, b) in enumerate(zip(one.values, other.values, strict=True)):
            if ABSENT not in (a, b):
                target[at] = (
                    a * made
                    if isinstance(made, int)
                    else {"sum": a + b, "first": a if b else 1, "pair": (a, 1)}[made]
                )
    return target, columns, kind


@drawn(20_000, sample=30)
@given(samples())
def test_what_is_fitted_gives_the_target_and_stays_within_its_kind(
    case: tuple[list[Any], list[Column], str],
) -> None:
    target, columns, kind = case
    kinds = {column.name: column.kind for column in columns}
    found = fit(target, columns, kind)
    assert found == fit(target, Samples(tuple(columns)), kind)
    for fitted in found:
        for at, wanted in enumerate(target):
            if wanted is not ABSENT:
                value = frozen(evaluated(fitted, columns, at))
                assert value == wanted, fitted.text
                assert isinstance(value, bool) is isinstance(wanted, bool), fitted.text
        if len(fitted.names) == 1 and " if " not in fitted.text:
            (name,) = fitted.names
            assert forms(kind, kinds[name]) or kind == "flag", (fitted.text, kind, kinds)


@drawn(20_000, sample=30)
@given(samples())
def test_a_condition_holds_in_just_these_samples(
    case: tuple[list[Any], list[Column], str],
) -> None:
    target, columns, _ = case
    present = [value if value is ABSENT else bool(value) for value in target]
    for fitted in condition(present, columns):
        for at, wanted in enumerate(present):
            if wanted is not ABSENT:
                assert bool(evaluated(fitted, columns, at)) is wanted, fitted.text


def test_only_kinds_that_measure_the_same_are_compared() -> None:
    assert comparable("count", "index") and comparable("size", "size")
    assert not comparable("channels", "kernel") and not comparable("stride", "count")
