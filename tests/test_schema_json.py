"""`archspec schema`: it accepts every spec there is, and refuses what is misspelt."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from archspec import pipeline
from archspec.cli.app import main
from archspec.diagnostics import ArchspecError, Source
from archspec.frontend.jsonschema import spec_schema
from archspec.frontend.loading import families, load, load_source
from archspec.frontend.source import parse, plain
from archspec.frontend.using import library, shelf
from archspec.ops import REGISTRY
from archspec.util.reading import read
from docs.generate import PAGES, blocks
from tests.mutants import tree_of
from tests.strategies import graph_of
from tests.sweeping import rounds
from tests.test_docs import _completed

GENERIC = Draft202012Validator(spec_schema())

SPEC = """
archspec: 1
x-course: {lecture: 9}
name: net
label: Net-$(width)
inputs: {image: [3, 32, 32]}
params:
  width: 16
  kernel: {any: 3}
  norm: {one_of: [batch, null], default: batch, doc: of every unit}
  size: {type: int, default: 32, doc: of the images}
  blur: {float: 0.5, doc: "0 is none"}
variants: {wide: {width: 64, label: Wide net}, usual: {}}
init:
  conv: {weight: {kaiming_normal: {mode: fan_out}}, bias: zeros}
  .out: {bias: [0, 0.5, 1], weight: [[1, 2], [3, 4]]}
blocks:
  unit:
    params: {channels: int, stride: 1}
    graph:
      - {id: conv, conv: {out_channels: $channels, stride: $stride}}
      - {when: stride > 1, batch_norm: }
      - relu
  join:
    label: Join of two
    doc: Left and right, added.
    inputs: [left, right]
    graph:
      - {id: sum, add: [left, {from: right, relu: }]}
    outputs: {sum: {from: sum, when: $size}}
graph:
  - {id: a, doc: As wide as it can be, unit: $width}
  - {id: b, from: a, repeat: 2, unit: {channels: $(2 * width)}}
  - {for: {i: range(2), s: [1, 2]}, $kind: {channels: 8, stride: $s}}
  - add: [[], [{unit: {channels: 8}}], b]
  - concat: {branches: [[], b], axis: 0}
  - parallel: [[], relu]
  - mean: [[], a]
  - {from: [a, b], join: }
  - concat: [[], {each: {k: [1, 3]}, conv: {out_channels: 4, kernel_size: $k}}]
  - add: [{id: paths, each: {i: range(3), w: widths}, graph: [relu, {linear: $w}]}]
  - {share: {of: a, own: [batch_norm]}}
  - {share: b, id: again}
  - {when: width > 8, graph: [{dropout: 0.5}, {max_pool: {kernel_size: [2, $(1 + 1)]}}]}
  - {id: 17, when: width > 9, relu: , else: [tanh, sigmoid]}
  - add: [17, {when: width > 10, relu: }, {when: width > 11, repeat: 2, relu: , else: tanh}]
  - {from: 17, share: {of: b, own: [conv, .conv, .a.0.b, $kind]}}
  - {id: out, label: Head, linear: 10}
outputs:
  logits: out
  aux: {from: a, train_only: true, loss_weight: 0.3}
  late: {from: 17, when: width > 9, train_only: $blur, loss_weight: $(1 / 3)}
"""


def _tree(text: str) -> Any:
    return plain(parse(Source("<spec>", text)))


def _accepts(validator: Draft202012Validator, tree: Any) -> bool:
    return next(validator.iter_errors(tree), None) is None


@pytest.mark.parametrize("path", sorted(library().rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_file_is_accepted(path: Path) -> None:
    assert _accepts(GENERIC, plain(parse(read(path))))


@pytest.mark.parametrize("path", list(families()), ids=lambda path: path.stem)
def test_every_spec_is_accepted_by_its_own_schema(path: Path) -> None:
    schema = Draft202012Validator(spec_schema(load(path).blocks))
    assert _accepts(schema, plain(parse(read(path))))


def test_the_spec_of_this_test_is_accepted() -> None:
    errors = [error.message for error in GENERIC.iter_errors(_tree(SPEC))]
    assert errors == []


MISSPELT = {
    "top level": ("inputs:", "input:"),
    "no name at all": ("name: net", "nmae: net"),
    "graph of the spec": ("\ngraph:", "\ngrahp:"),
    "outputs": ("outputs:", "output:"),
    "an output": ("train_only", "train_olny"),
    "a block": ("    graph:", "    body:"),
    "params of a block": ("    params:", "    param:"),
    "id beside an op": ("{id: conv,", "{idd: conv,"),
    "when beside an op": ("{when: stride", "{wehn: stride"),
    "id beside a block": ("{id: a, doc", "{ident: a, doc"),
    "from beside a block": ("from: a, repeat", "form: a, repeat"),
    "repeat": ("repeat: 2", "repaet: 2"),
    "for": ("{for:", "{four:"),
    "share": ("{share: b, id: again}", "{shaer: b, id: again}"),
    "of in share": ("{of: a,", "{off: a,"),
    "own in share": ("own:", "onw:"),
    "an attribute": ("out_channels", "out_chanels"),
    "an inferred attribute": ("{out_channels:", "{in_channels: 3, out_channels:"),
    "an attribute of a merge": ("axis: 0", "axes: 0"),
    "branches": ("{branches: [[], b], axis", "{branch: [[], b], axis"),
    "graph of a group": ("graph: [{dropout", "grpah: [{dropout"),
    "two ops in a node": (
        "{id: out, label: Head, linear: 10}",
        "{id: out, label: Head, linear: 10, relu: }",
    ),
    "parallel": ("parallel: [[], relu]", "paralel: [[], {relu: }]"),
    "a tensor in init": ("bias: zeros", "biases: zeros"),
    "a scheme in init": ("kaiming_normal", "kaiming_normel"),
    "an argument in init": ("mode: fan_out", "modus: fan_out"),
    "an op": ("label: Head, linear: 10}", "label: Head, liner: 10}"),
    "an op without its underscore": ("- {when: stride > 1, batch_norm: }", "- batchnorm"),
    "an op as a bare word": ("- relu\n", "- rleu\n"),
    "an op in init": ("  conv: {weight", "  covn: {weight"),
    "a type beside a default": ("{any: 3}", "{anny: 3}"),
    "choices": ("{one_of:", "{oneof:"),
    "a default beside choices": (", default: batch", ", defalt: batch"),
    "inputs of a block": ("    inputs: [left", "    input: [left"),
    "each": ("[[], {each:", "[[], {eahc:"),
    "label of the network": ("label: Net", "labl: Net"),
    "label of a block": ("label: Join", "lable: Join"),
    "label beside an op": ("label: Head", "labell: Head"),
    "doc of a block": ("    doc: Left", "    docs: Left"),
    "doc beside a block": ("doc: As", "dok: As"),
}


@pytest.mark.parametrize("change", MISSPELT.values(), ids=MISSPELT)
def test_misspelt_keys_are_refused(change: tuple[str, str]) -> None:
    assert SPEC.count(change[0]) >= 1
    assert not _accepts(GENERIC, _tree(SPEC.replace(*change, 1)))


@pytest.mark.parametrize(
    "change",
    [
        ("stride: $stride", "stride: 0"),
        ("stride: $stride", "stride: fast"),
        ("bias: zeros", "bias: zeroes"),
        ("[3, 32, 32]", "[3, 0, 32]"),
        ("[3, 32, 32]", "3"),
        ("conv: {out_channels: $channels, stride: $stride}", "conv: {stride: 2}"),
        ("train_only: true", "train_only: often"),
        ("loss_weight: 0.3", "loss_weight: 0"),
        ("when: width > 9, train", "when: [width], train"),
        ("from: sum, when: $size", "from: sum, train_only: true"),
        ("id: again", "id: 3rd"),
        ("{any: 3}", "{any: 3, int: 3}"),
        ("{type: int, default", "{type: integer, default"),
        ("[batch, null]", "[]"),
        ("{one_of: [batch", "{type: str, one_of: [batch"),
        ("bias: [0, 0.5, 1]", "bias: [0, half, 1]"),
        ("inputs: [left, right]", "inputs: [left, left]"),
        ("inputs: [left, right]", "inputs: {left: [3]}"),
        ("from: [a, b]", "from: []"),
        ("{each: {k: [1, 3]}", "{each: [1, 3]"),
        ("{each: {k: [1, 3]}", "{repeat: 2, each: {k: [1, 3]}"),
        ("{id: out, label: Head, linear: 10}", "{each: {i: range(3)}, linear: 10}"),
        ("- relu\n", "- 3\n"),
        ("label: Net-$(width)", "label: [Net]"),
        ("label: Join of two", "label: {en: Join}"),
        ("label: Head, linear: 10", "label: [Head], linear: 10"),
        ("- parallel:", "- label: Both\n    parallel:"),
        ("{when: width > 8, graph", "{label: Wide, when: width > 8, graph"),
        ("archspec: 1\n", "archspec: 2\n"),
        ("archspec: 1\n", "archspec: '1'\n"),
        ("usual: {}}", "_usual: {}}"),
        ("  unit:\n", "  freeze:\n"),
        ("id: 17", "id: -17"),
        ("{id: 17, when: width > 9, relu: ,", "{id: 17, relu: ,"),
        ("{when: width > 10, relu: }", "{when: width > 10, repeat: 2, relu: }"),
        (".a.0.b", ".a..b"),
        (".a.0.b", "batchnorm"),
        ("  .out:", "  .out.:"),
        ("  .out:", "  out:"),
        ("{when: width > 8, graph", "{doc: wide ones, when: width > 8, graph"),
        ("doc: Left and right", "doc: [Left, right] #"),
    ],
)
def test_wrong_values_are_refused(change: tuple[str, str]) -> None:
    assert SPEC.count(change[0]) == 1
    assert not _accepts(GENERIC, _tree(SPEC.replace(*change)))


USED = """
archspec: 1
params: {eps: 1e-3, width: {int: 16}}
blocks: {unit: {graph: [{batch_norm: {eps: $eps}}]}}
"""


@pytest.mark.parametrize("params", ["{eps: float}", "{eps: {flaot: 1}}", "[eps]"])
def test_a_file_of_blocks_has_defaults(params: str) -> None:
    assert _accepts(GENERIC, _tree(USED))
    given = "{eps: 1e-3, width: {int: 16}}"
    assert not _accepts(GENERIC, _tree(USED.replace(given, params)))


OWN = """
name: net
inputs: {image: [3, 32, 32]}
params: {norm: {one_of: [batch, none], default: batch}, width: 3}
variants: {bare: {norm: none, label: Bare}}
blocks:
  unit:
    params: {channels: int, stride: {one_of: [1, 2], default: 1}, kernel_size: 1}
    graph: [{conv: {out_channels: $channels, stride: $stride, kernel_size: $kernel_size}}]
  scaled:
    params: {by: 2}
    graph: [scale: $by]
graph:
  - unit: {channels: 4, stride: $width}
  - scaled
  - {id: a, unit: 3}
"""


@pytest.mark.parametrize(
    "change",
    [
        ("unit: 3", "unti: 3"),
        ("{channels: 4,", "{chanels: 4,"),
        ("- unit:", "- cnov:"),
        ("- scaled", "- scaled: 3"),
        ("stride: $width", "stride: 3"),
        ("{norm: none", "{norm: nothing"),
        ("{norm: none", "{nrm: none"),
    ],
)
def test_with_a_spec_its_blocks_are_known(change: tuple[str, str], tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(OWN)
    result = CliRunner().invoke(main, ["schema", str(path)])
    assert result.exit_code == 0
    schema = Draft202012Validator(json.loads(result.stdout))
    assert _accepts(schema, _tree(OWN))
    assert not _accepts(schema, _tree(OWN.replace(*change)))


def test_it_is_a_schema_and_every_attribute_is_described() -> None:
    schema = json.loads(CliRunner().invoke(main, ["schema"]).stdout)
    Draft202012Validator.check_schema(schema)
    assert all(f"#/$defs/{name}" in json.dumps(schema) for name in schema["$defs"])
    for name, op in REGISTRY.items():
        if op.internal:
            continue
        definition = schema["$defs"][f"op_{name}"]
        assert definition["description"]
        attributes = next(f for f in definition["anyOf"] if "properties" in f)["properties"]
        assert set(attributes) - {"branches"} == set(op.model_fields)
        for attribute, described in attributes.items():
            assert attribute == "branches" or described["description"].endswith(".")
    for section in ("network", "library", "block"):
        described = schema["$defs"][section]["properties"].values()
        assert all(p["description"] for p in described)


HIDING = """
name: net
inputs: {image: [3, 32, 32]}
blocks:
  conv:
    params: {mine: int}
    graph: [{linear: $mine}]
graph:
  - flatten
  - conv: {mine: 3}
  - {repeat: 2, graph: [add: [identity, [conv: 3]]]}
"""


@pytest.mark.parametrize("own", ["blocks:\n  conv:", "use: [mine.yaml]\nblocks:\n  conv_:"])
def test_a_block_may_stand_before_an_op(own: str) -> None:
    """Also one of a file that only `archspec check` reads."""
    text = HIDING.replace("blocks:\n  conv:", own)
    assert _accepts(GENERIC, _tree(text))
    assert not _accepts(GENERIC, _tree(text.replace("repeat", "repaet")))


@pytest.mark.parametrize("own", ["blocks:\n  conv_:", "use: [std/conv.yaml]\nblocks:\n  conv_:"])
def test_where_nothing_hides_them_ops_are_known(own: str) -> None:
    assert not _accepts(GENERIC, _tree(HIDING.replace("blocks:\n  conv:", own)))


def test_no_shipped_block_stands_before_an_op() -> None:
    for path in shelf().glob("*.yaml"):
        assert REGISTRY.keys().isdisjoint(_tree(path.read_text())["blocks"])


WRITTEN = """
name: net
inputs: {image: [4, 8, 8]}
params: {width: 4}
init: {conv: {weight: {normal: {std: 1}}}}
blocks: {unit: {doc: a unit, graph: [conv: 4, {id: 7, batch_norm: }]}}
graph:
  - {id: a, label: one, unit: }
  - {share: {of: a, own: [batch_norm]}}
  - {id: 8, relu: }
  - {share: a}
  - {id: 19, add: [8, identity]}
outputs: {out: 19, flow: {from: 8}}
"""


@pytest.mark.parametrize(
    "change",
    [
        ("own: [batch_norm]", "own: .7"),
        ("own: [batch_norm]", "own: [.7]"),
        ("own: [batch_norm]", "own: []"),
        ("name: net", "name: true"),
        ("doc: a unit", "doc: false"),
        ("label: one", "label: true"),
        ("id: a,", "id: '30', doc: 1, unit: }\n  - {id: a,"),
        ("id: 8", "id: true, doc: yes, relu: }\n  - {id: 8"),
        ("{normal: {std: 1}}", "{normal: }"),
        ("init: {conv: {weight: {normal: {std: 1}}}}", "init: "),
        ("{width: 4}", "{width: 4, rows: [{a: 1}, 2]}"),
        ("{share: a}", '{share: {of: a, own: [$("batch_norm")]}}'),
    ],
)
def test_what_is_written_so_is_no_mistake(change: tuple[str, str]) -> None:
    assert WRITTEN.count(change[0]) == 1
    text = WRITTEN.replace(*change)
    assert graph_of(text).nodes
    assert _accepts(GENERIC, _tree(text)), text


def test_the_docs_name_the_language_server_that_is_tried() -> None:
    root = Path(__file__).parents[1]
    (pinned,) = re.findall(r"yaml-language-server@(\S+)", (root / "Makefile").read_text())
    assert f"`yaml-language-server` {pinned}," in (root / "docs" / "cli.md").read_text()


def _examples() -> list[str]:
    """The specs of this file and of the docs that are right as they stand."""
    texts = [HIDING, OWN, WRITTEN]
    for page in PAGES:
        texts += [_completed(b.body) for b in blocks(page.read_text()) if b.language == "yaml"]
    return [text for text in texts if _is_right(text)]


def _is_right(text: str) -> bool:
    """Whether every form of a spec is a graph."""
    try:
        document = load_source(Source("spec.yaml", text))
        for form in pipeline.forms(document):
            pipeline.check(pipeline.elaborate(document, form))
    except ArchspecError:
        return False
    return True


_MAY_NOT_BE_BUILT = re.compile(r"\b(when|for|repeat|each):")
"""What stands beside these and is not built is looked at by the schema alone."""


@pytest.mark.sweep
def test_what_check_accepts_is_no_mistake() -> None:
    """Of good specs with a few values replaced, moved, doubled or renamed; and so the converse."""
    texts = [text for text in _examples() if not _MAY_NOT_BE_BUILT.search(text)]
    accepted = 0
    for rng in rounds(200, 20_000):
        text = tree_of(rng.choice(texts), rng)
        if text is not None and not _MAY_NOT_BE_BUILT.search(text) and _is_right(text):
            accepted += 1
            assert [error.message for error in GENERIC.iter_errors(_tree(text))] == [], text
    assert accepted > 10


@pytest.mark.sweep
def test_any_block_may_have_the_name_of_any_op() -> None:
    texts = [text for text in _examples() if re.search(r"^blocks:", text, re.MULTILINE)]
    renamed = 0
    for rng in rounds(25, 2_000):
        text, op = rng.choice(texts), rng.choice([*REGISTRY])
        name = rng.choice([*_tree(text)["blocks"]])
        text = re.sub(rf"\b{name}\b(?!\.yaml)", op, text)
        if _is_right(text):
            renamed += 1
            assert [error.message for error in GENERIC.iter_errors(_tree(text))] == [], text
    assert renamed > 10
