"""`fmt --upgrade`: files from before version 1 mean in version 1 what they meant before."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from archspec import pipeline
from archspec.cli.app import main
from archspec.diagnostics import Source
from archspec.frontend.loading import load_source
from archspec.frontend.upgrading import upgraded

BLOCK = "blocks:\n  b:\n    params: {n: int}\n    graph: [conv: $n]\n"

ROWS = {
    "a condition was called each": (
        "graph:\n  - add: [identity, {each: wide, conv: 8}]\n",
        "graph:\n  - add: [identity, {when: wide, conv: 8}]\n",
    ),
    "an id for each round": (
        "graph:\n  - concat:\n      - {id: c$i, each: {i: range(2)}, conv: 8}  # two\n",
        "graph:\n  - concat:\n      - {each: {i: range(2)}, graph: [{id: c$i, conv: 8}]}  # two\n",
    ),
    "an id for each round, in lines": (
        "graph:\n  - concat:\n      - id: c$i\n        each: {i: range(2)}\n        conv: 8\n",
        "graph:\n  - concat:\n      - each: {i: range(2)}\n        graph:\n"
        "          - id: c$i\n            conv: 8\n",
    ),
    "one id for all rounds": (
        "graph:\n  - concat:\n      - {id: c, each: {i: range(2)}, conv: 8}\n",
        None,
    ),
    "an id under init": (
        "init: {gate: {weight: zeros}, conv: {bias: zeros}}\ngraph: [{id: gate, conv: 8}]\n",
        "init: {.gate: {weight: zeros}, conv: {bias: zeros}}\ngraph: [{id: gate, conv: 8}]\n",
    ),
    "an id that is kept": (
        "graph: [{id: gate, conv: 3}, {share: {of: gate, own: [gate, batch_norm]}}]\n",
        "graph: [{id: gate, conv: 3}, {share: {of: gate, own: [.gate, batch_norm]}}]\n",
    ),
    "a shipped file": (
        "use: [blocks/conv.yaml, mine.yaml]\ngraph: [conv_bn: 8]\n",
        "use: [std/conv.yaml, mine.yaml]\ngraph: [conv_bn: 8]\n",
    ),
    "a branch that was the identity": (
        "graph:\n  - add: [identity, {when: wide, conv: 3}, [{when: wide, relu: }]]\n",
        "graph:\n  - add: [identity, {when: wide, conv: 3, else: []}, [{when: wide, relu: }]]\n",
    ),
    "what passed on another value": (
        "graph:\n  - {id: a, relu: }\n  - tanh\n  - from: a\n    when: wide  # or a\n    conv: 3\n",
        "graph:\n  - {id: a, relu: }\n  - tanh\n  - from: a\n    when: wide  # or a\n    conv: 3\n"
        "    else: []\n",
    ),
    "a bare value of a parameter with a default": (
        "use: [std/attention.yaml]\ngraph: [squeeze_excitation: 8, {repeat: 2, relu: }]\n",
        "use: [std/attention.yaml]\n"
        "graph: [squeeze_excitation: {reduction: 8}, {repeat: 2, relu: }]\n",
    ),
    "a bare value of the first parameter": (f"{BLOCK}graph: [b: 8]\n", None),
    "a convolution without its relu": (
        "use: [std/conv.yaml]\ngraph:\n  - conv_bn: {out_channels: 8, relu: false}\n",
        "use: [std/conv.yaml]\ngraph:\n  - conv_bn: {out_channels: 8, activation: null}\n",
    ),
    "what a block is": (
        BLOCK.replace("params", "description: What it is.\n    params") + "graph: [b: 8]\n",
        BLOCK.replace("params", "doc: What it is.\n    params") + "graph: [b: 8]\n",
    ),
    "a word that is a name in sight": (
        "graph:\n  - for: {n: [wide, tall, 8]}\n    relu:\n",
        'graph:\n  - for: {n: ["wide", tall, 8]}\n    relu:\n',
    ),
    "a name before square brackets": (
        "graph:\n  - for: {n: [1, 2]}\n    id: a$n\n    label: no. $n[0]\n    relu:\n",
        "graph:\n  - for: {n: [1, 2]}\n    id: a$n\n    label: no. $(n)[0]\n    relu:\n",
    ),
    "an element of a list": ("graph:\n  - conv: $depths[0]\n", None),
}
HEAD = "name: Old\nparams: {wide: true}\ninputs: {image: [3, 32, 32]}\n"


def upgrade(text: str) -> tuple[str, list[str]]:
    return upgraded(Source("old.yaml", text))


@pytest.mark.parametrize("name", ROWS)
def test_what_was_meant_is_said(name: str) -> None:
    before, after = ROWS[name]
    text, done = upgrade(HEAD + before)
    assert text == "archspec: 1\n" + HEAD + (after or before)
    assert bool(done) == (after is not None)


@pytest.mark.parametrize("name", ROWS)
def test_once_is_enough(name: str) -> None:
    text, _ = upgrade(HEAD + ROWS[name][0])
    assert upgrade(text) == (text, [])


def test_a_file_that_says_its_version_is_set_and_no_more() -> None:
    text = "archspec: 1\nname:  x\ngraph:\n- {from: a, when: b, relu: }\n"
    assert upgrade(text) == (
        "archspec: 1\nname: x\ngraph:\n  - {from: a, when: b, relu: }\n",
        [],
    )


def test_a_file_that_lies_beside_is_meant(tmp_path: Path) -> None:
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "conv.yaml").write_text(BLOCK)
    text = f"{HEAD}use: [blocks/conv.yaml]\ngraph: [b: 8]\n"
    assert upgraded(Source("old.yaml", text), tmp_path / "old.yaml") == (
        f"archspec: 1\n{text}",
        [],
    )


def test_what_was_the_identity_is_it() -> None:
    text = f"{HEAD.replace('true', 'false')}{ROWS['a branch that was the identity'][0]}"
    document = load_source(Source("new.yaml", upgrade(text)[0]))
    assert len(pipeline.elaborate(document).nodes[-1].inputs) == 3


def test_what_is_left_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "old.yaml"
    nodes = "graph:\n  - {when: wide, batch_norm: }\n  - conv: 8\n"
    nodes += "  - add: [identity, {each: wide, relu: }]\n"
    path.write_text(HEAD + nodes)
    result = CliRunner().invoke(main, ["fmt", "--upgrade", "-v", str(path)])
    assert result.exit_code == 1
    assert f"{path}: 1 place rewritten for version 1\n" in result.stderr
    assert "    `when` for an `each` that is a condition\n" in result.stderr
    assert "error[E420]: `1` (conv) has weights and no id" in result.stderr
    assert f"--> {path}:7:5" in result.stderr
    assert path.read_text() == f"archspec: 1\n{HEAD}{nodes.replace('each: wide', 'when: wide')}"
