"""What changed between two networks: what is matched, what is told, and what it sums to."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import archspec
from archspec import pipeline, zoo
from archspec.analysis import alignment
from archspec.analysis.alignment import align, common
from archspec.analysis.cost import stats
from archspec.analysis.difference import Cost, Difference, Entry, difference
from archspec.cli.app import main
from archspec.ir.graph import Graph
from tests.effort import within
from tests.pieces import graph_of

BASE = """
name: Base
inputs: {image: [3, 16, 16]}
blocks:
  unit:
    params: {channels: int, stride: 1}
    graph:
      - {id: conv, conv: {out_channels: $channels, kernel_size: 3, stride: $stride, padding: 1}}
      - batch_norm:
      - relu
graph:
  - {id: stem, unit: 8}
  - relu
  - conv: {out_channels: 8, kernel_size: 3, padding: 1}
  - relu
  - conv: {out_channels: 8, kernel_size: 3, padding: 1}
  - relu
  - {id: tail, unit: {channels: 16, stride: 2}}
  - {id: pool, global_avg_pool: }
  - flatten
  - {id: fc, linear: 10}
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def edited(old: str, new: str, text: str = BASE) -> Difference:
    """From `text` to the same with one thing replaced, where it first stands."""
    assert old in text
    return pipeline.difference(graph_of(text), graph_of(text.replace(old, new, 1)))


@cache
def between(before: str, after: str) -> Difference:
    return pipeline.difference(pipeline.elaborate(before), pipeline.elaborate(after))


def leaves(entry: Entry) -> Iterator[Entry]:
    """The entries that are not told by what is within them."""
    for child in entry.children:
        if child.kind == "changed" and not child.leaf:
            yield from leaves(child)
        else:
            yield child


def told(difference: Difference) -> list[tuple[str, str, list[str]]]:
    """What is not the same: how, where, and what about it."""
    return [
        (e.kind, e.side.path, [c.what for c in e.changes])
        for e in leaves(difference.root)
        if e.kind != "same"
    ]


# --- subsequences -------------------------------------------------------------------------


def lengths(a: list[int], b: list[int]) -> int:
    """The length of a longest common subsequence, by the textbook's table."""
    row = [0] * (len(b) + 1)
    for x in a:
        diagonal = 0
        for j, y in enumerate(b, 1):
            diagonal, row[j] = row[j], diagonal + 1 if x == y else max(row[j], row[j - 1])
    return row[-1]


words = st.lists(st.integers(0, 4), max_size=40)


@given(words, words)
def test_common_is_longest_and_in_order(a: list[int], b: list[int]) -> None:
    pairs = common(a, b)
    assert all(a[i] == b[j] for i, j in pairs)
    assert all(p < r and q < s for (p, q), (r, s) in pairwise(pairs))
    assert len(pairs) == lengths(a, b)


@given(words, words)
def test_in_pieces_it_is_still_common(a: list[int], b: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "_MAX_BITS", 9)
        pairs = common(a, b)
    assert all(a[i] == b[j] for i, j in pairs)
    assert all(p < r and q < s for (p, q), (r, s) in pairwise(pairs))


def test_what_comes_first_is_matched_first() -> None:
    assert common("aaa", "aaaaa") == [(0, 0), (1, 1), (2, 2)]


def test_weaker_keys_fill_the_gaps() -> None:
    found = align(["A1", "B2", "C3"], ["A1", "B9", "C3"], [str, lambda word: word[0]])
    assert list(found) == [("A1", "A1"), ("B2", "B9"), ("C3", "C3")]


def test_long_sequences_take_no_time() -> None:
    """difflib needs minutes for the half of this."""
    shuffled = random.Random(0)
    a = [shuffled.randrange(50) for _ in range(40_000)]
    b = [shuffled.randrange(50) for _ in range(40_000)]
    with within(20):
        assert len(common(a, b)) > 5_000


# --- matching -----------------------------------------------------------------------------


def test_a_layer_in_the_middle_is_all_that_was_added() -> None:
    found = edited("  - {id: tail", "  - conv: {out_channels: 8}\n  - {id: tail")
    assert told(found) == [("added", "6", [])]
    assert edited("  - conv", "  - dropout\n  - conv").root.delta == Cost(0, 0, 8 * 256 * 4)


def test_so_is_a_block_and_what_is_gone() -> None:
    assert told(edited("  - {id: tail", "  - unit: 8\n  - {id: tail")) == [("added", "6", [])]
    assert told(edited("  - relu\n  - {id: tail", "  - {id: tail")) == [("removed", "5", [])]
    assert told(edited("      - batch_norm:\n", "")) == [
        ("removed", "stem.1", []),
        ("removed", "tail.1", []),
    ]


def test_attributes_are_named_with_both_values() -> None:
    found = edited("stride: 2}", "stride: 1}")
    entries = {e.side.path: e for e in leaves(found.root)}
    (stride, shape) = entries["tail.conv"].changes
    assert (stride.what, stride.before, stride.after) == ("stride", "2", "1")
    assert (shape.what, shape.before, shape.after) == ("output", "[16, 8, 8]", "[16, 16, 16]")
    assert entries["stem"].kind == entries["fc"].kind == "same"


def test_equal_sizes_are_equal_however_they_are_written() -> None:
    assert edited("kernel_size: 3", "kernel_size: [3, 3]").equal


def test_another_op_in_the_same_place_is_a_change() -> None:
    text = BASE.replace("  - conv", "  - {id: act, relu: }\n  - conv", 1)
    (change,) = told(edited("act, relu", "act, gelu", text))
    assert change == ("changed", "act", ["op"])
    assert told(edited("  - relu\n  - {id: tail", "  - gelu\n  - {id: tail")) == [
        ("changed", "5", ["op"])
    ]


def test_a_new_id_is_a_change() -> None:
    assert told(edited("{id: pool, global_avg_pool: }", "{id: mean, global_avg_pool: }")) == [
        ("changed", "mean", ["id"])
    ]


def test_a_wider_layer_is_felt_by_its_readers() -> None:
    found = {path: what for _, path, what in told(edited("channels: 16", "channels: 32"))}
    assert found["fc"] == ["input"]
    assert found["tail.conv"] == ["out_channels", "output"]


WIRED = """
name: Wired
inputs: {x: [4, 8, 8]}
graph:
  - {id: a, conv: {out_channels: 4}}
  - {id: b, conv: {out_channels: 4}}
  - {id: c, conv: {out_channels: 4}}
  - {id: sum, add: [b, c]}
outputs: {y: sum}
"""


def test_wiring_counts() -> None:
    assert told(edited("[b, c]", "[a, c]", WIRED)) == [("changed", "sum", ["reads"])]
    assert told(edited("[b, c]", "[c, b]", WIRED)) == [("changed", "sum", ["reads", "reads"])]
    assert told(edited("[b, c]", "[a, b, c]", WIRED)) == [("changed", "sum", ["reads"])]
    assert told(edited("c, conv: {", "c, from: a, conv: {", WIRED)) == [("changed", "c", ["reads"])]


def test_shared_weights_count() -> None:
    found = edited(
        "{id: b, conv: {out_channels: 4}}", "{id: b, share: a, conv: {out_channels: 4}}", WIRED
    )
    assert told(found) == [("changed", "b", ["weights"])]
    assert found.root.delta.params == -20


def test_outputs_count() -> None:
    (change,) = edited("{y: sum}", "{y: sum, z: b}", WIRED).ends
    assert (change.what, change.before, change.after) == ("output z", "none", "b")
    found = edited("{y: sum}", "{y: sum, z: {from: b, train_only: true}}", WIRED)
    assert found.ends[0].after == "b, training only"
    assert not found.equal


@pytest.mark.parametrize("name", ["resnet50", "googlenet", "unet", "densenet121", "dla34"])
def test_nothing_changes_about_what_is_the_same(name: str) -> None:
    found = between(name, name)
    assert found.equal
    assert told(found) == []
    assert found.root.delta == Cost()


def test_nor_about_any_variant_when_it_is_read_anew() -> None:
    for entry in list(zoo.networks())[::12]:
        first, second = (pipeline.elaborate(entry.family, entry.variant) for _ in range(2))
        assert difference(first, second, (stats(first), stats(second))).equal, entry.name


# --- known pairs --------------------------------------------------------------------------


def test_vgg_16_and_19_differ_by_three_convolutions() -> None:
    added = [e for e in leaves(between("vgg16", "vgg19").root) if e.kind != "same"]
    assert {e.kind for e in added} == {"added"}
    convolutions = ["conv 3x3, 256, p1", "conv 3x3, 512, p1", "conv 3x3, 512, p1"]
    assert sorted(e.side.what for e in added) == [*convolutions, *["relu inplace"] * 3]


def test_batch_norm_is_all_that_vgg_gains_by_it() -> None:
    added = [e for e in leaves(between("vgg16", "vgg16_bn").root) if e.kind != "same"]
    assert [(e.kind, e.side.what) for e in added] == [("added", "batch_norm")] * 13


def test_resnext_changes_groups_and_widths_alone() -> None:
    found = told(between("resnet50", "resnext50_32x4d"))
    assert {kind for kind, _, _ in found} == {"changed"}
    assert {path.rpartition(".")[2] for _, path, what in found if "groups" in what} == {"conv2"}
    assert sum("groups" in what for _, _, what in found) == 16


def test_deeper_densenets_only_gain_dense_layers() -> None:
    entries = list(leaves(between("densenet121", "densenet169").root))
    assert {e.kind for e in entries} == {"same", "changed", "added"}
    added = [e.side.path for e in entries if e.kind == "added"]
    assert added == [
        *(f"features.denseblock3.denselayer{i}" for i in range(25, 33)),
        *(f"features.denseblock4.denselayer{i}" for i in range(17, 33)),
    ]


PAIRS = (
    ("resnet50", "wide_resnet50_2"),
    ("resnet34", "resnet50"),
    ("vgg16", "vgg16_bn"),
    ("lenet", "alexnet"),
    ("googlenet", "bn_inception"),
    ("densenet121", "densenet169"),
    ("unet", "voxresnet"),
    ("recurrent_resnet56", "resnet56"),
)


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_differences_sum_to_that_of_the_totals(before: str, after: str) -> None:
    found = between(before, after)
    first, second = (pipeline.stats(pipeline.elaborate(name)) for name in (before, after))
    whole = Cost(
        *(
            getattr(second.totals, field)
            + getattr(second.train_only, field)
            - getattr(first.totals, field)
            - getattr(first.train_only, field)
            for field in ("params", "macs", "activations_bytes")
        )
    )
    assert found.root.delta == whole
    assert sum((e.delta for e in leaves(found.root)), Cost()) == whole


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_every_layer_is_told_of_once(before: str, after: str) -> None:
    found = between(before, after)

    def layers(which: str) -> int:
        return sum(
            side.layers for e in leaves(found.root) if (side := getattr(e, which)) is not None
        )

    for which, name in (("before", before), ("after", after)):
        whole = pipeline.elaborate(name)
        assert layers(which) == len(whole.nodes) - len(whole.inputs)


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_there_and_back_is_the_same(before: str, after: str) -> None:
    assert between(before, after).root.delta == -between(after, before).root.delta


def test_thousands_of_layers_take_no_time() -> None:
    first, second = pipeline.elaborate("preact_resnet1001"), pipeline.elaborate("resnet1202")
    costs = stats(first), stats(second)
    with within(5):
        found = difference(first, second, costs)
    delta = costs[1].totals.params - costs[0].totals.params
    assert found.root.delta.params == delta


def test_nor_do_thousands_in_one_block_that_all_differ() -> None:
    def chain(sizes: list[int]) -> Graph:
        layers = "\n".join(f"  - linear: {size}" for size in sizes)
        return graph_of(f"name: Chain\ninputs: {{x: [4]}}\ngraph:\n{layers}\n")

    chosen = random.Random(1)
    sizes = [chosen.randrange(1, 400) for _ in range(3000)]
    first, second = chain(sizes), chain(sizes[::-1])
    costs = stats(first), stats(second)
    with within(5):
        assert not difference(first, second, costs).equal


@given(st.lists(st.integers(1, 3), min_size=1, max_size=9), st.data())
def test_what_is_inserted_is_what_is_found(widths: list[int], data: Any) -> None:

    def chain(sizes: list[int]) -> Graph:
        layers = "\n".join(f"  - conv: {{out_channels: {size}}}" for size in sizes)
        return graph_of(f"name: Chain\ninputs: {{x: [1, 4]}}\ngraph:\n{layers}\n")

    at = data.draw(st.integers(0, len(widths)))
    more = [*widths[:at], 7, *widths[at:]]
    found = told(pipeline.difference(chain(widths), chain(more)))
    assert [(kind, path) for kind, path, _ in found if kind != "changed"] == [("added", str(at))]
    assert all(what == ["input"] for kind, _, what in found if kind == "changed")


# --- the command --------------------------------------------------------------------------


def test_it_prints_what_changed_and_the_totals() -> None:
    out = run("diff", "resnet50", "wide_resnet50_2").stdout
    assert "    ~ conv1          conv out_channels 64 -> 128 " in out
    assert "= conv1 ... maxpool  4 layers\n" in out
    assert "(as 1)" in out
    assert "difference" in out
    assert "+43,326,208" in out  # 68,883,240 - 25,557,032, as torchvision counts them


def test_alone_a_spec_is_compared_with_what_the_options_make_of_it() -> None:
    out = run("diff", "vgg16", "--set", "batch_norm=true", "--depth", "1").stdout
    assert out.startswith("vgg16 -> vgg16 (batch_norm=true)\n")
    assert "+8,448" in out
    resized = run("diff", "resnet18", "--input", "3x256x256").stdout
    assert "\ninput image [3, 224, 224] -> [3, 256, 256]\n" in resized
    assert run("diff", "vgg16").exit_code == 2


def test_depth_folds() -> None:
    out = run("diff", "resnet50", "wide_resnet50_2", "--depth", "1").stdout
    assert "~ layer4" in out
    assert "bottleneck" not in out
    assert "~" not in run("diff", "resnet50", "vgg16", "--depth", "0").stdout.partition("---")[2]


def test_markdown_has_whole_paths() -> None:
    out = run("diff", "resnet50", "wide_resnet50_2", "--format", "markdown").stdout
    assert "| `~ layer1.0.conv1` | conv out_channels 64 -> 128 |" in out


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "html"])
def test_every_format_says_what_was_added(form: str) -> None:
    out = run("diff", "vgg16", "vgg19", "--format", form).stdout
    assert "conv 3x3, 512, p1" in out
    assert "+5,309,696" in out


def test_json_says_all_that_changed() -> None:
    data = json.loads(run("diff", "vgg16", "vgg16_bn", "--format", "json").stdout)
    assert data["equal"] is False
    assert data["delta"]["params"] == 8448
    assert data["after"]["totals"]["params"] == 138_365_992
    for side, name in (("before", "vgg16"), ("after", "vgg16_bn")):
        memory = archspec.stats(name).memory
        assert memory is not None
        assert data[side]["totals"]["saved_bytes"] == memory.saved
        assert data[side]["totals"]["peak_bytes"] == memory.peak.bytes
    (features,) = data["children"]
    assert features["before"]["path"] == "features"
    assert len(features["children"]) == 13
    assert features["children"][0]["after"]["what"] == "batch_norm"
    assert features["children"][0]["before"] is None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("lenet", "lenet"), 0),
        (("lenet", "lenet", "--exit-code"), 0),
        (("lenet", "alexnet"), 0),
        (("lenet", "alexnet", "--exit-code"), 3),
        (("lenet", "nowhere.yaml", "--exit-code"), 2),
    ],
)
def test_exit_codes(arguments: tuple[str, ...], code: int) -> None:
    assert run("diff", *arguments).exit_code == code


def test_what_is_equal_is_said_to_be() -> None:
    assert "no difference" in run("diff", "resnet50", "resnet@resnet50").stdout


def test_a_faulty_spec_is_told_of(tmp_path: Path) -> None:
    faulty = tmp_path / "faulty.yaml"
    faulty.write_text("name: Faulty\ninputs: {x: [3, 8, 8]}\ngraph: [rleu]\n")
    result = run("diff", "lenet", str(faulty))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "E205" in result.stderr
