"""`fmt`: comments and values stay, lines become those of the zoo, and formatting twice is once."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from archspec.diagnostics import ArchspecError, Source
from archspec.frontend.formatting import formatted
from archspec.frontend.printer import print_spec
from archspec.frontend.source import parse
from archspec.ir.equality import difference
from tests.strategies import graph_of
from tests.sweeping import drawn, rounds
from tests.test_printer import KEYS, SPECS, VALUES, read, same

EXAMPLES = sorted(Path("examples").glob("**/*.yaml"))
_COMMENT = re.compile(r"#@\d+@")
_LEAD = re.compile(r"^ *(- )*")
_SEPARATORS = ("\x85", "\u2028", "\u2029")


def fmt(text: str) -> str:
    return formatted(Source("messy.yaml", text))


@pytest.mark.parametrize("path", [*SPECS, *EXAMPLES], ids=lambda path: path.stem)
def test_what_is_shipped_is_formatted(path: Path) -> None:
    text = path.read_text()
    assert fmt(text) == text


MESSY = """\

# what it is


name:   messy
source: 'a title: with a colon'   # a comment
inputs: { x : [3,32,
  32] }
graph:
# the stem
- {id: stem,
   conv: {out_channels: 16}}   # far
- batch_norm:
- relu                         # away


-   id: conv2
    conv:
        out_channels: &wide 32       # wide
        kernel_size:    3            # and square
    # nothing else

- conv: {out_channels: *wide, kernel_size: $(3 if True else 1), padding: $(1 if True else 0),
     bias: false}
- concat:
  - - relu
    - {conv: {out_channels: 1e2,
        # of rows
        kernel_size: 1},   # of ones
       id: a}
  - identity
  # the end of the branches
# the end of the nodes
x-note: >
    Folded
    text.

    More of it.
"""

NEAT = """\
# what it is

name: messy
source: 'a title: with a colon'   # a comment
inputs: {x: [3, 32, 32]}
graph:
  # the stem
  - {id: stem, conv: {out_channels: 16}}  # far
  - batch_norm:
  - relu                       # away

  - id: conv2
    conv:
      out_channels: &wide 32         # wide
      kernel_size: 3                 # and square
    # nothing else

  - conv: {out_channels: *wide, kernel_size: $(3 if True else 1), padding: $(1 if True else 0),
           bias: false}
  - concat:
      - - relu
        - {conv: {out_channels: 1e2,
                  # of rows
                  kernel_size: 1},  # of ones
           id: a}
      - identity
    # the end of the branches
# the end of the nodes
x-note: >
  Folded
  text.

  More of it.
"""


def test_a_messy_file_becomes_neat() -> None:
    assert fmt(MESSY) == NEAT
    assert fmt(NEAT) == NEAT


@pytest.mark.parametrize(
    "text",
    [
        "a: 1e-4\nb: 0.10\nc: 'x'\nd: \"y\"\ne: 010\nf: ~\ng: null\nh:\n",
        "%YAML 1.2\n# above\n---  # here\na: 1\n",
        "a: |\n  kept\n    as it is\n\n  here\nb: |+\n  and\n\nc: |2-\n    spaces first\n",
        "a: &here {b: 1}\nc: *here\n&key d: 1\n*key : 2\n",
        "[relu, conv: 8, {add: [a, b]}]\n",
        "just words  # and a comment\n# below\n",
        "x-mine: {any: thing}\n",
        "a:\n  - []\n  - {}\n  - - - 1\n",
    ],
)
def test_what_is_neat_stays(text: str) -> None:
    assert fmt(text) == text


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a: 1", "a: 1\n"),
        ("\ufeffa: 1\r\nb:  2\r\n", "a: 1\r\nb: 2\r\n"),
        ("a: |\n  no line end", "a: |-\n  no line end\n"),
        ("? a\n: 1\n...\n# end\n", "a: 1\n# end\n"),
        ("a: # one\n  # two\n  1 # three\n", "# one\n# two\na: 1  # three\n"),
        ("- # dash\n  a: 1\n", "# dash\n- a: 1\n"),
        (
            "a: [ # first\n  1, # second\n  # last\n  ]\n",
            "a: [\n    # first\n    1  # second\n    # last\n   ]\n",
        ),
        ("a: {b: 1, c: " + "x" * 90 + "}\n", "a: {b: 1,\n    c: " + "x" * 90 + "}\n"),
        ("a: " + "word " * 25 + "end\n", "a: " + "word " * 18 + "word\n  " + "word " * 6 + "end\n"),
    ],
)
def test_what_becomes_of_details(text: str, result: str) -> None:
    assert fmt(text) == result
    assert fmt(result) == result


@pytest.mark.parametrize("separator", _SEPARATORS)
def test_odd_line_ends_are_refused(separator: str) -> None:
    with pytest.raises(ArchspecError) as caught:
        fmt(f"a: 1 # b{separator}c: 2\n")
    assert caught.value.diagnostics[0].code == "E001"


def test_what_is_formatted_is_the_same_network() -> None:
    text = Path("specs/unet.yaml").read_text()
    rng = random.Random(3)
    disordered = [_disordered(rng, text) for _ in range(12)]
    graphs = []
    for one in disordered:
        try:
            graphs.append((graph_of(one), graph_of(fmt(one))))
        except ArchspecError:
            continue
    assert len(graphs) > 3
    assert all(difference(one, other) is None for one, other in graphs)


def test_what_would_mean_something_else_is_left() -> None:
    with pytest.raises(ArchspecError, match="would mean something else"):
        fmt("$(:\n- )\n")


@pytest.mark.sweep
def test_comments_stay_wherever_they_are() -> None:
    texts = [path.read_text() for path in SPECS]
    for rng in rounds(50, 5_000):
        text = _disordered(rng, rng.choice(texts))
        try:
            parse(Source("disordered.yaml", text))
        except ArchspecError:
            continue
        once = fmt(text)
        assert sorted(_COMMENT.findall(once)) == sorted(_COMMENT.findall(text))
        assert fmt(once) == once


def _wider(lead: str) -> str:
    """What stands before an entry, indented by twice as much."""
    return "".join(part + " " * len(part) for part in re.findall("- |  ", lead))


def _disordered(rng: random.Random, text: str) -> str:
    """A text with comments, blank lines, line breaks, anchors and indentation put in anywhere."""
    lines = text.split("\n")
    for number in range(rng.randrange(1, 12)):
        at = rng.randrange(len(lines))
        line, comment = lines[at], f"#@{number}@"
        margin = " " * (len(line) - len(line.lstrip()))
        gaps = [m.end() for m in re.finditer(r", |[\[{]|: |(?<=\w) (?=\w)", line)] or [0]
        gap, space = rng.choice(gaps), " " * rng.randrange(1, 9)
        match rng.randrange(8):
            case 0:
                lines.insert(at, space + comment)
            case 1:
                lines[at] += space + comment
            case 2:
                lines.insert(at, rng.choice(["", "   "]))
            case 3:
                lines[at : at + 1] = [line[:gap], margin + space + line[gap:]]
            case 4:
                lines[at : at + 1] = [f"{line[:gap]} {comment}", margin + space + line[gap:]]
            case 5:
                lines = [_LEAD.sub(lambda lead: _wider(lead[0]), row) for row in lines]
            case 6:
                lines[at] = line.replace(": ", f": &a{number} ", 1)
            case _:
                lines[at] = line.replace(", ", " ,  ")
    return "\n".join(lines)


@drawn(2_000, sample=20)
@given(
    st.dictionaries(KEYS, VALUES, min_size=1, max_size=6),
    st.sampled_from([None, True, False]),
    st.sampled_from([2, 3, 7]),
    st.sampled_from([20, 100, 1000]),
    st.sampled_from([None, "'", '"', "|", ">"]),
)
def test_what_others_print_is_formatted(
    data: dict[str, object], flow: bool | None, indent: int, width: int, style: str | None
) -> None:
    text = yaml.safe_dump(
        data, default_flow_style=flow, indent=indent, width=width, default_style=style
    )
    try:
        values = read(text)
    except ArchspecError:
        return
    try:
        once = fmt(text)
    except ArchspecError:  # which takes an expression that is not closed in a line by itself
        assert re.search(r"\([^)]*$", text, re.M)
        return
    assert same(read(once), values)
    assert fmt(once) == once


@drawn(2_000, sample=20)
@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=6))
def test_what_is_printed_is_formatted(data: dict[str, object]) -> None:
    text = print_spec(data)
    assert fmt(text) == text


def test_a_file_of_a_newer_version_is_left_as_it_is() -> None:
    with pytest.raises(ArchspecError, match="E212"):
        fmt("archspec: 2\nname:   A\ngraph:  [relu]\n")
