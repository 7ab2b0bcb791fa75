"""Constructors of emitted code ask what `require` asks of their arguments."""

from __future__ import annotations

import ast
import json
import re
import textwrap
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.backends.torch import backend
from tests.strategies import graph_of
from tests.sweeping import drawn
from tests.test_emission import check_style, emitted, holds

UNIT = """
    blocks:
      unit:
        params: {{channels: int, groups: 1, p: 0.5, kind: zeros}}
        require: [{require}]
        graph:
          - conv: {{out_channels: $channels, groups: $groups, padding_mode: $kind}}
          - dropout: $p
    graph: [unit: 3, unit: {{channels: 6, groups: 3, p: 0.1, kind: circular}}]
"""


def unit(that: str, words: str = "no") -> str:
    """The source of two units with a requirement."""
    entry = f"{{that: {json.dumps(that)}, else: {json.dumps(words, ensure_ascii=False)}}}"
    return emitted(UNIT.format(require=entry))


def classes(source: str) -> dict[str, Any]:
    """What a file defines."""
    space: dict[str, Any] = {}
    exec(compile(source, "<emitted>", "exec"), space)
    return space


@pytest.mark.parametrize(
    ("that", "test"),
    [
        ("channels % groups == 0", "channels % groups != 0"),
        ("channels != 77", "channels == 77"),
        ("channels > 2", "channels <= 2"),
        ("channels in [3, 6]", "channels not in (3, 6)"),
        ("not channels == 5", "channels == 5"),
        ("p < 1", "not p < 1"),
        ("0 < channels < 9", "not 0 < channels < 9"),
        ("channels > 2 and groups > 0", "not (channels > 2 and groups > 0)"),
        ("channels > 2 or input.height == 8", None),
        ("input.channels < 9 or channels > 9", "not (in_channels < 9 or channels > 9)"),
        (
            "kind in ['zeros', 'circular'] or channels == 1",
            'not (kind in ("zeros", "circular") or channels == 1)',
        ),
        ("input.height == 8", None),
        ("len([n for n in range(channels)]) == channels", None),
    ],
)
def test_a_condition_on_arguments_is_asked(that: str, test: str | None) -> None:
    source = unit(that)
    if test is None:
        assert "ValueError" not in source
    else:
        holds(source, f'if {test}: raise ValueError("no")')


def test_what_is_refused_is_said_with_its_values() -> None:
    source = unit("channels % groups == 0", "$channels in $groups groups, {not} so")
    block = classes(source)["Unit"]
    block(3, 6, groups=3)
    with pytest.raises(ValueError, match=r"^7 in 3 groups, \{not\} so$"):
        block(3, 7, groups=3)


def test_words_that_read_what_the_class_does_not_have_leave_the_condition_out() -> None:
    assert "ValueError" not in unit("channels > 2", "of $(sum([n for n in range(channels)]))")
    holds(unit("channels > 2", "of $input.height"), 'raise ValueError("of 8")')


def test_the_network_asks_of_the_parameters_that_it_keeps() -> None:
    source = emitted("""
        params: {num_classes: 10, width: 4}
        require:
          - {that: num_classes > 1, else: "more than $num_classes"}
          - {that: width % 2 == 0, else: even}
        graph: [conv: $width, flatten, linear: $num_classes]
    """)
    holds(source, 'if num_classes <= 1: raise ValueError(f"more than {num_classes}")')
    assert "even" not in source
    network = classes(source)["Small"]
    assert network().state_dict().keys() == network(3).state_dict().keys()
    with pytest.raises(ValueError, match="more than 1"):
        network(1)


def test_a_condition_stands_before_what_is_built_and_after_what_torch_wants_first() -> None:
    source = emitted("""
        blocks:
          unit:
            params: {n: int, m: $(2 * n)}
            require: [{that: m > n, else: positive}]
            graph: [{id: a, conv: $m}, add: [identity, [conv: $m]]]
        graph: [unit: 3, unit: 4]
    """)
    holds(source, 'super().__init__() if 2 * n <= n: raise ValueError("positive")')


def test_long_conditions_and_words_are_broken_as_the_formatter_does() -> None:
    terms = [f"channels != {number}" for number in range(100, 107)]
    long = unit(" and ".join(terms), "word " * 23)
    holds(long, "if not ( channels != 100 and channels != 101")
    brackets = "(channels > 2 or groups > 9) and (groups < 4 or channels > 10) and channels < 99"
    holds(unit(brackets), "(channels > 2 or groups > 9) and (groups < 4 or channels > 10) and")
    sums = " + ".join(["channels"] * 8)
    check_style(unit(f"{sums} > 2 * groups"))


WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"], exclude_characters="$"),
    max_size=30,
) | st.sampled_from(
    ['"', "'", "\\", "{", "}", '"""', "{0}", "%s", "\\n", "#", "$channels", "$groups"]
)


@drawn(2_000, sample=12)
@given(st.lists(WORDS, min_size=1, max_size=9))
def test_any_words_can_be_said(words: list[str]) -> None:
    said = f"w {' '.join(words)}"[:118].replace("$c", " $c").replace("$g", " $g")
    said = re.sub(r"\$(?!channels\b|groups\b)", "", said)
    entry = f"{{that: channels > 2, else: {json.dumps(said, ensure_ascii=False)}}}"
    graph = graph_of(
        f"name: S\ninputs: {{x: [3, 8, 8]}}\n{textwrap.dedent(UNIT.format(require=entry))}"
    )
    source = backend.source(graph)
    check_style(source)
    ast.parse(source)
    with pytest.raises(ValueError) as caught:
        classes(source)["Unit"](3, 1, groups=1)
    wanted = re.sub(r"\$(channels|groups)\b", "1", said)
    seen = "".join(c if c.isprintable() else " " for c in " ".join(wanted.split()))
    assert " ".join(str(caught.value).split()) == " ".join(seen.split())
