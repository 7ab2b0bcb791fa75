"""The YAML language server with our schemas: what it marks, offers and shows.

Skipped where `make lsp` has not installed it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from archspec.frontend.jsonschema import spec_schema
from archspec.frontend.parameters import TYPES
from archspec.frontend.using import library
from archspec.ops import REGISTRY
from archspec.ops.identifiers import STRUCTURAL
from archspec.pipeline import json_schema
from docs.generate import PAGES, blocks
from tests.language_server import CURSOR, NODE, SERVER, Editor, editor
from tests.test_docs import _completed

pytestmark = pytest.mark.skipif(
    NODE is None or not SERVER.is_file(), reason="wants node, and what `make lsp` installs"
)

HEAD = "name: net\ninputs: {x: [16, 32, 32]}\n"
OWN = """
name: net
inputs: {image: [3, 32, 32]}
params: {norm: {one_of: [batch, none], default: batch, doc: of every unit}, width: 3}
variants: {bare: {norm: none, label: Bare}}
blocks:
  unit:
    doc: A convolution.
    params: {channels: int, stride: {one_of: [1, 2], default: 1}}
    graph: [{conv: {out_channels: $channels, stride: $stride}}]
graph: [unit: 3]
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """A folder with the schema of all specs, and that of `OWN`."""
    folder = tmp_path_factory.mktemp("editor")
    (folder / "own.yaml").write_text(OWN)
    for name, schema in (("all", spec_schema()), ("own", json_schema(str(folder / "own.yaml")))):
        (folder / f"{name}.schema.json").write_text(json.dumps(schema))
    with editor(folder) as session:
        yield session


# --- what it marks --------------------------------------------------------------------------


def _is_plain(text: str) -> bool:
    """Whether it is YAML for those, too, who do not know that commas stand in `$(...)`."""
    try:
        yaml.safe_load(text)
    except yaml.YAMLError:
        return False
    return True


def test_nothing_is_marked_in_what_is_shipped(opened: Editor) -> None:
    for path in sorted([*library().rglob("*.yaml"), *Path("examples").rglob("*.yaml")]):
        assert opened.diagnostics(path.read_text(), "all.schema.json") == [], path


def test_nothing_is_marked_in_the_examples_of_the_docs(opened: Editor) -> None:
    tried = 0
    for page in PAGES:
        for block in blocks(page.read_text()):
            text = _completed(block.body)
            wrong = block.what.startswith("wrong") or block.kind == "fragment"
            if block.language != "yaml" or wrong or not _is_plain(text):
                continue
            tried += 1
            assert opened.diagnostics(text, "all.schema.json") == [], text
    assert tried > 40


WRONG = {
    "an op": "graph:\n  - relu\n  - cnov: 3  # !",
    "an op among keys": "graph:\n  - relu\n  - {id: a, cnov: 3}  # !",
    "a bare op": "graph:\n  - relu\n  - rleu  # !\n  - tanh",
    "a key": "graph:\n  - relu\n  - wehn: x  # !\n    relu:",
    "two ops": "graph:\n  - relu\n  - conv: 3  # !\n    batch_norm:",
    "an attribute": "graph:\n  - conv:\n      out_channels: 3\n      paddin: 1  # !\n  - relu",
    "an attribute in braces": "graph:\n  - relu\n  - conv: {out_channels: 3, paddin: 1}  # !",
    "an inferred attribute": "graph:\n  - relu\n  - conv: {in_channels: 3, out_channels: 1}  # !",
    "no attribute": "graph:\n  - relu\n  - conv: {kernel_size: 3}  # !",
    "a word for a number": "graph:\n  - relu\n  - conv: {out_channels: many}  # !",
    "too small": "graph:\n  - conv:\n      out_channels: 3\n      stride: 0  # !\n  - relu",
    "a number for a truth value": "graph:\n  - relu\n  - conv: {out_channels: 3, bias: 3}  # !",
    "a mode": "graph:\n  - relu\n  - conv: {out_channels: 3, padding_mode: mirror}  # !",
    "deep in branches": """blocks:
  unit:
    graph:
      - when: x
        graph:
          - add:
              - identity
              - - conv: 3
                - concat:
                    - conv:
                        out_channels: 3
                        bais: true  # !
graph: [unit]""",
    "an attribute of a merge": "graph:\n  - relu\n  - concat: {branches: [identity], axes: 1}  # !",
    "a merge of a number": "graph:\n  - relu\n  - add: 3  # !",
    "a word kept free": "blocks:\n  freeze: {graph: [relu]}  # !\ngraph: [relu]",
    "a variant kept free": "variants:\n  _a: {}  # !\ngraph: [relu]",
    "a type": "params:\n  a: {type: integer}  # !\ngraph: [relu]",
    "a type with a default": "params:\n  a: {integer: 1}  # !\ngraph: [relu]",
    "no choices": "params:\n  a: {one_of: []}  # !\ngraph: [relu]",
    "a list under each": "graph:\n  - add:\n      - identity\n      - {each: [1], relu: }  # !",
    "each beside no branch": "graph:\n  - relu\n  - {each: {i: range(3)}, relu: }  # !",
    "a requirement without words": "require:\n  - that: 3 > 2  # !\ngraph: [relu]",
    "a bare requirement": "require:\n  - a > b  # !\ngraph: [relu]",
    "a key of a requirement": "require:\n  - {that: 3 > 2, esle: no}  # !\ngraph: [relu]",
    "else alone": "graph:\n  - relu\n  - {relu: , else: tanh}  # !",
    "else a number": "graph:\n  - relu\n  - {when: x, relu: , else: 3}  # !",
    "else a slip": "graph:\n  - relu\n  - when: x\n    relu:\n    else: tnah  # !",
    "version 2": "archspec: 2  # !\ngraph: [relu]",
    "a version in quotes": "archspec: '1'  # !\ngraph: [relu]",
    "the graph": "grahp: [relu]  # !",
    "a section": "varaints: {a: {}}  # !\ngraph: [relu]",
    "an output": "graph: [{id: a, relu: }]\noutputs:\n  a: {from: a, train_olny: true}  # !",
    "a scheme": "init:\n  conv: {weight: zeross}  # !\ngraph: [relu]",
    "a tensor": "init:\n  conv: {wieght: zeros}  # !\ngraph: [relu]",
    "an op in init": "init:\n  covn: {weight: zeros}  # !\ngraph: [relu]",
    "an op in own": "graph:\n  - {id: a, conv: 3}\n  - share: {of: a, own: batchnorm}  # !",
    "a key of a block": "blocks:\n  u:\n    param: {a: 3}  # !\n    graph: [relu]\ngraph: [u]",
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_a_mistake_is_marked_where_it_is(opened: Editor, text: str) -> None:
    text = HEAD + text
    (line,) = (n for n, row in enumerate(text.split("\n"), 1) if row.endswith("# !"))
    marked = {found for found, _ in opened.diagnostics(text, "all.schema.json")}
    assert line in marked
    assert marked <= {1, line}, "at the top it may say what is missing in the file"


def test_a_slip_is_called_one(opened: Editor) -> None:
    found = opened.diagnostics(f"{HEAD}graph: [{{id: a, cnov: 3}},\n  rleu]", "all.schema.json")
    assert [message for _, message in found] == 2 * [
        "Nearly the name of an op or a key: it is misspelt."
    ]


def test_with_a_schema_of_its_own_a_spec_has_its_blocks_and_no_others(opened: Editor) -> None:
    assert opened.diagnostics(OWN, "own.schema.json") == []
    for good, wrong in (("unit: 3", "unti: 3"), ("norm: none", "norm: nothing"), ("Bare", "[]")):
        assert opened.diagnostics(OWN.replace(good, wrong), "own.schema.json")
    assert opened.diagnostics(OWN.replace("[unit: 3]", "[unti]"), "own.schema.json") == [
        (11, "No op or block is called so.")
    ]


# --- what it offers -------------------------------------------------------------------------

KEYS = {*STRUCTURAL} - {"each"}
CONV = {"out_channels", "kernel_size", "stride", "padding", "bias", "padding_mode"}
SECTIONS = {
    "params",
    "variants",
    "require",
    "init",
    "blocks",
    "outputs",
    "use",
    "label",
    "archspec",
}
OFFERED = {
    "an empty file": ("█", {"name", "inputs", "graph", *SECTIONS}),
    "half a section": (HEAD + "va█", SECTIONS),
    "between sections": (HEAD + "█\ngraph: [relu]", SECTIONS),
    "after blocks": ("blocks:\n  u: {graph: [relu]}\n█", {"name", "inputs", "graph", "use"}),
    "an empty item": (HEAD + "graph:\n  - relu\n  - █\n  - tanh", {*REGISTRY, *KEYS}),
    "half a word": (HEAD + "graph:\n  - max█", {*REGISTRY, *KEYS}),
    "in empty braces": (HEAD + "graph:\n  - {█}", {*REGISTRY, *KEYS}),
    "half a word in braces": (HEAD + "graph:\n  - {id: a, re█}", {*REGISTRY, *KEYS} - {"id"}),
    "beside an op": (HEAD + "graph:\n  - conv: 3\n    █", KEYS),
    "half a key beside an op": (HEAD + "graph:\n  - conv: 3\n    wh█\n  - relu", KEYS),
    "in a list in brackets": (HEAD + "graph: [relu, ta█]", {*REGISTRY}),
    "attributes": (HEAD + "graph:\n  - conv:\n      █", CONV),
    "more attributes": (HEAD + "graph:\n  - conv:\n      stride: 2\n      █", CONV - {"stride"}),
    "half an attribute": (HEAD + "graph:\n  - conv: {out_channels: 3, pad█}", {"padding"}),
    "a mode": (HEAD + "graph:\n  - pad: {mode: █}", {"constant", "reflect", "replicate"}),
    "half a mode": (HEAD + "graph:\n  - conv:\n      padding_mode: ref█", {"reflect", "zeros"}),
    "a truth value": (HEAD + "graph:\n  - conv:\n      bias: █", {"true", "false"}),
    "a branch": (HEAD + "graph:\n  - add:\n      - █", {*REGISTRY, "each"}),
    "a list as a branch": (HEAD + "graph:\n  - add:\n      - - █", {*REGISTRY}),
    "in a list as a branch": (HEAD + "graph:\n  - add: [identity, [re█]]", {*REGISTRY}),
    "branches": (HEAD + "graph:\n  - concat:\n      █", {"branches", "axis"}),
    "beside parallel": (HEAD + "graph:\n  - parallel:\n      - █", {*REGISTRY}),
    "in a group": (HEAD + "graph:\n  - id: g\n    graph:\n      - █", {*REGISTRY, *KEYS}),
    "else": (HEAD + "graph:\n  - when: x\n    relu:\n    else: ta█", {"tanh"}),
    "a list under else": (
        HEAD + "graph:\n  - when: x\n    relu:\n    else:\n      - █",
        {*REGISTRY},
    ),
    "in a block": (HEAD + "blocks:\n  u:\n    █", {"params", "inputs", "graph", "require", "doc"}),
    "the body of a block": (HEAD + "blocks:\n  u:\n    graph:\n      - █", {*REGISTRY, *KEYS}),
    "a type": (HEAD + "params:\n  a: █", {*TYPES}),
    "half a type": (HEAD + "params: {a: i█}", {*TYPES}),
    "a mapping of a parameter": (
        HEAD + "params:\n  a:\n    █",
        {*TYPES, "one_of", "default", "doc"},
    ),
    "a type by name": (HEAD + "params: {a: {type: █}}", {*TYPES}),
    "an output": (HEAD + "outputs:\n  a:\n    █", {"from", "train_only", "loss_weight"}),
    "an op in init": (HEAD + "init:\n  █", {"conv", "linear"}),
    "a tensor": (HEAD + "init:\n  conv:\n    █", {"weight", "bias"}),
    "a scheme": (HEAD + "init:\n  conv: {weight: k█}", {"kaiming_normal", "zeros", "orthogonal"}),
    "a word of a scheme": (
        HEAD + "init:\n  conv: {weight: {kaiming_normal: {mode: █}}}",
        {"fan_in", "fan_out"},
    ),
    "share": (HEAD + "graph:\n  - share:\n      █", {"of", "own"}),
    "own": (HEAD + "graph:\n  - share: {of: a, own: █}", {"conv", "batch_norm"}),
    "in the list of own": (HEAD + "graph:\n  - share: {of: a, own: [ba█]}", {"batch_norm"}),
    "use": (HEAD + "use: [█]", {"std/conv.yaml", "std/residual.yaml"}),
    "a requirement": (HEAD + "require:\n  - █", {"that", "else"}),
    "a version": (HEAD + "archspec: █", {"1"}),
}


@pytest.mark.parametrize("case", OFFERED.values(), ids=OFFERED)
def test_words_are_offered_where_they_may_stand(opened: Editor, case: tuple[str, set[str]]) -> None:
    text, wanted = case
    assert wanted <= opened.completions(text, "all.schema.json").keys()


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        (HEAD + "graph:\n  - relu\n  - █", {"each", "property", "graph:"}),
        (HEAD + "graph:\n  - conv: 3\n    █", {"conv", "each"}),
        (HEAD + "graph:\n  - conv: {stride: 2, pa█}", {"stride", "relu", "id"}),
        (HEAD + "blocks:\n  u:\n    graph: [relu]\n    █", {"graph", "variants", "name"}),
        ("blocks:\n  u: {graph: [relu]}\n█", {"variants", "init", "outputs"}),
    ],
)
def test_words_are_not_offered_elsewhere(opened: Editor, text: str, absent: set[str]) -> None:
    offered = opened.completions(text, "all.schema.json").keys()
    assert offered
    assert absent.isdisjoint(offered)


def test_what_is_offered_says_what_it_is_and_its_default(opened: Editor) -> None:
    nodes = opened.completions(HEAD + "graph:\n  - re█", "all.schema.json")
    assert nodes["relu"]["documentation"] == "max(0, x)."
    assert nodes["when"]["documentation"] == "The condition under which it is there."
    within = opened.completions(HEAD + "graph:\n  - conv:\n      █", "all.schema.json")
    assert within["stride"]["insertText"] == "stride: ${1:1}"
    assert "Default: `1`." in within["stride"]["documentation"]["value"]
    assert within["padding_mode"]["insertText"] == "padding_mode: ${1:zeros}"
    (skeleton,) = [item for item in within.values() if item["label"] == "conv"]
    assert skeleton["insertText"] == "out_channels: "


def test_with_a_schema_of_its_own_a_spec_is_offered_its_blocks_and_parameters(
    opened: Editor,
) -> None:
    def offered(good: str, half: str) -> set[str]:
        assert OWN.count(good) == 1
        return {*opened.completions(OWN.replace(good, half), "own.schema.json")}

    assert {"unit", "conv"} <= offered("[unit: 3]", "[un█]")
    assert {"channels", "stride"} <= offered("unit: 3", "unit: {ch█}")
    assert {"1", "2"} <= offered("unit: 3", "unit: {channels: 3, stride: █}")
    assert {"norm", "width"} <= offered("{norm: none, label: Bare}", "{no█}")
    assert {"batch", "none"} <= offered("norm: none", "norm: █")


# --- what it shows --------------------------------------------------------------------------

SHOWN = {
    "a bare op": ("graph:\n  - re█lu", "#### relu\n\nmax(0, x)."),
    "an op": ("graph:\n  - ma█x_pool: 2", "The largest value of each window: `nn.MaxPool1d`"),
    "an op with attributes": ("graph:\n  - {id: a, co█nv: {out_channels: 3}}", "`nn.Conv2d`"),
    "an op with an expression": ("graph:\n  - ma█x_pool: $k", "The largest value of each window"),
    "a merge": ("graph:\n  - a█dd: [identity, [relu]]", "The sum of its operands."),
    "branches": ("graph:\n  - concat: {bra█nches: [identity]}", "What it gathers"),
    "an attribute": (
        "graph:\n  - conv: {out_channels: 3, st█ride: 2}",
        "#### conv\n\nA whole number of at least 1, or a list with one for each axis. Default: `1`",
    ),
    "a mode": ("graph:\n  - conv: {out_channels: 3, padding_mode: ref█lect}", "* `circular`"),
    "a key": ("graph:\n  - {wh█en: x, relu: }", "The condition under which it is there."),
    "else": ("graph:\n  - {when: x, relu: , el█se: [tanh]}", "What stands in its place"),
    "a loop": ("graph:\n  - {fo█r: {i: range(3)}, relu: }", "Names beside lists"),
    "share": ("graph:\n  - {sh█are: a}", "Whose weights it uses."),
    "own": ("graph:\n  - share: {of: a, ow█n: [conv]}", "What keeps weights of its own"),
    "an op in own": ("graph:\n  - share: {of: a, own: [con█v]}", "Cross-correlation"),
    "identity": ("graph:\n  - add: [iden█tity, [relu]]", "What feeds the merge, unchanged."),
    "a section": ("var█iants: {a: {}}", "Parameters by variant: the paper's table."),
    "the graph": ("gra█ph: [relu]", "The network: a list of nodes."),
    "a type": ("params: {a: in█t}", "Required: whole numbers."),
    "a type with a default": ("params: {a: {in█t: 3}}", "Its default; it takes whole numbers."),
    "choices": ("params: {a: {one█_of: [1, 2]}}", "The values that it may have."),
    "a requirement": ("require: [{th█at: x > 2, else: no}]", "What has to hold."),
    "a label of a variant": ("variants: {a: {lab█el: A}}", "What figures call the variant."),
    "a tensor": ("init: {conv: {wei█ght: zeros}}", "How it starts"),
    "a scheme": ("init: {conv: {weight: {nor█mal: {std: 1}}}}", "`torch.nn.init.normal_`"),
    "an output": ("outputs: {a: {from: b, train█_only: true}}", "Not returned in evaluation."),
    "a key of a block": ("blocks: {u: {doc: a, gra█ph: [relu]}}", "The body: a list of nodes."),
}


@pytest.mark.parametrize("case", SHOWN.values(), ids=SHOWN)
def test_words_are_explained_where_they_stand(opened: Editor, case: tuple[str, str]) -> None:
    text, wanted = case
    assert wanted in opened.hover(HEAD + text, "all.schema.json")


def test_a_block_shows_its_own_words(opened: Editor) -> None:
    shown = opened.hover(OWN.replace("[unit: 3]", f"[un{CURSOR}it: 3]"), "own.schema.json")
    assert "#### unit\n\nA convolution." in shown
