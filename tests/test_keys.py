"""Which keys may stand beside what is as the table in docs/language.md has it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from archspec.diagnostics import ArchspecError, Source
from archspec.frontend.jsonschema import spec_schema
from archspec.frontend.loading import load_source
from archspec.frontend.source import parse, plain

SCHEMA = Draft202012Validator(spec_schema())
PAGE = Path(__file__).parents[1] / "docs" / "language.md"

HEADS = {
    "an op": "conv: 8",
    "a block": "unit: ",
    "a merge": "add: [identity, [relu]]",
    "`graph`": "graph: [relu]",
    "`parallel`": "parallel: [[relu], [tanh]]",
    "`share` alone": "share: a",
    "nothing": "",
}
KEYS = {
    "id": "id: name",
    "label": "label: Words",
    "note": "note: F",
    "doc": "doc: words",
    "from": "from: a",
    "when": "when: true",
    "else": "else: [relu]",
    "for": "for: {i: [1]}",
    "repeat": "repeat: 1",
    "each": "each: {i: [1]}",
    "share": "share: a",
}


def rows() -> list[tuple[str, str, str]]:
    """Each cell of the table: the key, what it stands beside, and whether it may."""
    text = PAGE.read_text(encoding="utf-8")
    table = re.search(r"^\| beside \|.*\n(?:\|.*\n)+", text, re.MULTILINE)
    assert table is not None
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table[0].splitlines()]
    heads, cells = lines[0][1:], lines[2:]
    assert set(heads) == set(HEADS)
    assert [row[0].strip("`") for row in cells] == list(KEYS)
    return [(row[0].strip("`"), h, c) for row in cells for h, c in zip(heads, row[1:], strict=True)]


def may(head: str, keys: list[str]) -> bool:
    """Whether a node is read without complaint."""
    parts = dict.fromkeys([*(KEYS[key] for key in keys), HEADS[head]])
    node = f"{{{', '.join(filter(None, parts))}}}"
    place = f"add: [identity, {node}]" if "each" in keys else node
    unit = "{graph: [conv: 8]}"
    text = f"name: T\ninputs: {{x: [8, 4, 4]}}\nblocks: {{unit: {unit}}}\n"
    source = Source("s", f"{text}graph:\n- {{id: a, conv: 8}}\n- {place}\n")
    try:
        load_source(source)
        read = True
    except ArchspecError:
        read = False
    assert SCHEMA.is_valid(plain(parse(source))) == read, "an editor says it, too"
    return read


@pytest.mark.parametrize("key, head, said", rows())
def test_a_cell(key: str, head: str, said: str) -> None:
    asked = re.fullmatch(r"with `(\w+)`", said)
    if asked is None:
        assert may(head, [key]) == {"yes": True, "no": False}[said]
    else:
        assert may(head, [key, asked[1]])
        assert not may(head, [key])


@pytest.mark.parametrize("keys", [["for", "repeat"], ["for", "each"], ["repeat", "each"]])
def test_no_two_loops_stand_together(keys: list[str]) -> None:
    assert not may("an op", keys)
