"""`archspec check` of a file with variants: each diagnostic once, with the forms it arises in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from archspec.cli.app import main

HEAD = "name: Net\ninputs: {x: [3, 8, 8]}\n"
WINDOW = (
    HEAD + "params: {k: 1}\nvariants: {%s}\ngraph:\n  - conv: {out_channels: 4, kernel_size: $k}\n"
)


def said(tmp_path: Path, text: str, *more: str) -> list[str]:
    """The codes of what `check` says, each with the form it names."""
    path = tmp_path / "net.yaml"
    path.write_text(text)
    result = CliRunner().invoke(main, ["check", *(f"{path}{m}" for m in more or [""])])
    parts = [part for part in re.split(r"\n\n", result.stderr) if "[" in part.partition(":")[0]]
    found = []
    for part in parts:
        code = re.findall(r"\[(\w+)\]", part)[0]
        forms = re.findall(r"= in: (.*(?:variant|form|bare).*)", part)
        assert len(forms) <= 1
        found.append(" ".join([code, *forms]))
    return sorted(found)


@pytest.mark.parametrize(
    ("variants", "expected"),
    [
        ("a: {k: 2}", []),
        ("a: {k: 9}, b: {k: 3}, c: {}", ["E503 variant `a`"]),
        ("a: {k: 9}, b: {k: 3}, c: {k: 9}, d: {}", ["E503 2 of 4 variants: `a`, `c`"]),
        ("a: {k: 9}, b: {k: 3}, c: {k: 11}, d: {}",
         ["E503 2 of 4 variants: `a`, `c`; this is variant `a`"]),
        ("a: {k: 9}, b: {k: 3}", ["E503 variant `a`"]),
        ("a: {k: 9}, b: {k: 3}, c: {k: 9}", ["E503 2 of 4 forms: `a`, `c`"]),
        ("a: {k: 9}", ["E503 variant `a`"]),
        ("a: {k: 9}, b: {k: 9}, c: {k: 9, zz: 1}", ["E106"]),
    ],
)  # fmt: skip
def test_what_arises_in_some_variants_says_which(
    tmp_path: Path, variants: str, expected: list[str]
) -> None:
    assert said(tmp_path, WINDOW % variants) == expected


def test_what_arises_in_all_says_nothing(tmp_path: Path) -> None:
    text = (WINDOW % "a: {k: 9}, b: {k: 11}").replace("k: 1}", "k: int}")
    assert said(tmp_path, text) == ["E503"]
    assert said(tmp_path, text, "@a") == ["E503"]
    assert said(tmp_path, text, "@a", "@a") == ["E503"]
    assert said(tmp_path, WINDOW % "a: {k: 9}, b: {k: 3}, c: {}", "@a") == ["E503"]


def test_the_bare_spec_is_one_of_the_forms(tmp_path: Path) -> None:
    text = (WINDOW % "a: {k: 2}, b: {k: 3}, c: {k: 11}").replace("k: 1}", "k: 9}")
    assert said(tmp_path, text) == ["E503 2 of 4 forms: the bare spec, `c`; this is the bare spec"]
    text = (WINDOW % "a: {k: 2}, b: {k: 3}").replace("k: 1}", "k: 9}")
    assert said(tmp_path, text) == ["E503 the bare spec"]


def test_a_remark_says_in_which_of_the_networks_it_arises(tmp_path: Path) -> None:
    text = (
        HEAD + "params: {k: 1, n: 2, idle: 0}\nvariants: {%s}\ngraph:\n"
        "  - conv: {out_channels: 4, kernel_size: $k}\n"
        "  - add: [identity, {each: n, graph: [batch_norm]}]\n"
        "  - {when: k == 8, batch_norm: }\n"
    )
    assert said(tmp_path, text % "a: {k: 8}, b: {k: 3}") == ["W405", "W503 variant `a`"]
    assert said(tmp_path, text % "a: {k: 8}, b: {k: 8, idle: 1}, c: {}") == [
        "W405",
        "W503 2 of 3 variants: `a`, `b`",
    ]
    # where a form gives no network, its remarks are not known
    assert said(tmp_path, text % "a: {k: 8}, b: {k: 9}, c: {k: 8}, d: {}") == [
        "E503 variant `b`",
        "W405",
        "W503 2 of 4 variants: `a`, `c`",
    ]
    alike = "a: {k: 8, n: 3}, b: {k: 9}, c: {k: 8, n: 3}"
    assert said(tmp_path, (text % alike).replace("k: 1,", "k: int,")) == [
        "E503 variant `b`",
        "W405",
        "W503",
    ]


def test_two_mistakes_that_read_alike_remain_two(tmp_path: Path) -> None:
    text = (
        HEAD + "params: {n: 2}\nvariants: {a: {}, b: {n: 3}}\ngraph:\n  - {repeat: n, graph: []}\n"
        "  - {id: a, from: nope1, relu: }\n  - {id: b, from: nope2, relu: }\n"
    )
    assert said(tmp_path, text) == ["E401", "E401"]
