"""What the classes of emitted code are called: by labels where these make names."""

from __future__ import annotations

import builtins
import json
import keyword
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.backends.torch import backend
from archspec.backends.torch.target import TORCH
from archspec.codegen.naming import Names, Naming, spelled
from archspec.elaboration.build import build
from archspec.frontend.loading import load_source
from archspec.frontend.source import Source
from tests.strategies import graph_of
from tests.sweeping import drawn
from tests.test_emission import emitted, holds

NAMING = Naming(TORCH.reserved)


def classes(source: str) -> list[str]:
    return re.findall(r"^class (\w+)", source, re.MULTILINE)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("ResNet-50", "ResNet50"),
        ("U-Net", "UNet"),
        ("basic block", "BasicBlock"),
        ("Conv-BN-ReLU", "ConvBNReLU"),
        ("Conv 3×3", "Conv3x3"),
        ("WRN-28-10", "WRN28_10"),
        ("SqueezeNet 1.1", "SqueezeNet1_1"),
        ("Café au lait", "CafeAuLait"),
        ("x² block", "X2Block"),
    ],
)
def test_a_label_makes_a_name(label: str, name: str) -> None:
    assert NAMING.class_name("word", label) == name


@pytest.mark.parametrize(
    "label",
    [
        *("—", "+ / ×", "Блок", "Блок A", "卷积", "3×3 conv", "None", "True", "F", "Tensor"),
        *("Exception", "ValueError", "DropPath", "I"),
        "a sentence of words that is far too long for any name",
    ],
)
def test_what_makes_no_name_leaves_the_name(label: str) -> None:
    assert NAMING.class_name("the_word", label) == "TheWord"


def test_networks_and_blocks_are_called_by_their_labels() -> None:
    source = emitted("""
        label: U-Net, small
        blocks:
          unit: {label: basic block, graph: [conv: {out_channels: 4}]}
          other: {label: Basic block, graph: [relu, conv: {out_channels: 4}]}
          plain: {label: "—", graph: [tanh, conv: {out_channels: 4}]}
          last: {label: U-Net small, graph: [conv: {out_channels: 4}, relu]}
        graph: [unit, other, plain, last]
    """)
    assert classes(source) == ["Unit", "Other", "Plain", "Last", "UNetSmall"]


def test_numbers_of_two_kinds_are_kept_apart() -> None:
    """Those of the words, and those that tell classes of one block apart."""
    source = emitted("""
        blocks: {one: {label: MBConv 1, graph: [conv: {out_channels: 4}]}}
        graph: [one, relu]
    """)
    assert classes(source) == ["MBConv1", "Small"]
    assert Names({"MBConv1"}).fresh("MBConv1") == "MBConv1_2"


def test_a_variant_that_its_label_does_not_say_is_no_part_of_the_name() -> None:
    text = """
        name: some net
        label: {}
        inputs: {{image: [3, 8, 8]}}
        params: {{width: 4}}
        variants: {{wide: {{width: 8}}, named: {{label: The other, width: 16}}}}
        graph: [conv: {{out_channels: $width}}]
    """
    cases = {("Some Net", "wide"): "SomeNet", ("Net-$width", "wide"): "Net8"}
    cases |= {("Some Net", "named"): "TheOther", ("$width", "wide"): "SomeNet"}
    for (label, variant), name in cases.items():
        graph = build(load_source(Source("spec.yaml", text.format(label))), variant=variant)
        assert classes(backend.source(graph)) == [name], (label, variant)


def test_one_class_for_several_labels_has_the_blocks_name() -> None:
    source = emitted("""
        blocks:
          unit: {label: Unit of $channels, params: {channels: int}, graph: [conv: $channels, relu]}
        graph: [unit: 4, unit: 8]
    """)
    assert classes(source) == ["Unit", "Small"]
    alike = emitted("""
        blocks:
          unit: {label: Unit of $channels, params: {channels: int}, graph: [conv: $channels, relu]}
        graph: [unit: 4, unit: 4]
    """)
    assert classes(alike) == ["UnitOf4", "Small"]


def test_classes_of_one_block_are_told_apart_by_its_label_or_by_words() -> None:
    body = """
        blocks:
          unit:
            {label}
            params: {{kind: str}}
            graph:
              - conv: {{out_channels: 3, padding_mode: $kind}}
              - $("relu" if kind == "zeros" else "tanh")
        graph: [unit: {{kind: zeros}}, unit: {{kind: circular}}]
    """
    plain = classes(emitted(body.format(label="doc: a unit")))
    assert plain == ["UnitZeros", "UnitCircular", "Small"]
    named = classes(emitted(body.format(label="label: Of the $kind kind")))
    assert named == ["OfTheZerosKind", "OfTheCircularKind", "Small"]
    alike = classes(emitted(body.format(label="label: $('Unit' if kind else '') of it")))
    assert alike == ["UnitOfItZeros", "UnitOfItCircular", "Small"]


def test_a_loop_hides_no_class() -> None:
    source = emitted("""
        params: {widths: [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]}
        blocks:
          unit: {params: {n: int}, graph: [conv: $n, batch_norm]}
          stage: {params: {widths: {type: list}}, graph: [{for: {Unit: widths}, unit: $Unit}]}
        graph:
          - stage: {widths: [3, 4]}
          - stage: {widths: [5, 6, 7]}
          - {for: {Unit: widths, i: range(13)}, id: u$i, unit: $Unit}
    """)
    holds(source, "for Unit2 in widths:", "Unit(in_channels, n=Unit2)")


LABELS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="$"), min_size=1
) | st.sampled_from(
    [*dir(builtins), *keyword.kwlist, *NAMING.class_names_taken, "__class__", "super"]
)


@drawn(5_000, sample=300)
@given(LABELS)
def test_a_class_name_is_always_one(label: str) -> None:
    name = NAMING.class_name("unit", label)
    assert name.isidentifier() and name.isascii() and name not in NAMING.class_names_taken
    assert not keyword.iskeyword(name) and not hasattr(builtins, name)
    letters = [c for c in unicodedata.normalize("NFD", label) if not unicodedata.combining(c)]
    if not any(c.isalnum() for c in letters):
        assert name == "Unit"


@drawn(400, sample=12)
@given(st.lists(LABELS.filter(lambda text: text.strip()), min_size=4, max_size=4))
def test_labels_change_no_name_of_a_weight(labels: list[str]) -> None:
    said = [json.dumps(" ".join(label.split())[:120], ensure_ascii=False) for label in labels]
    text = f"""
        name: Small
        inputs: {{image: [3, 8, 8]}}
        label: {said[0]}
        blocks:
          one: {{label: {said[1]}, graph: [conv: 4, {{id: bn, batch_norm: }}]}}
          two: {{label: {said[2]}, params: {{n: int}}, graph: [conv: $n]}}
          three: {{label: {said[3]}, graph: [{{id: a, one: }}, {{id: b, two: 4}}]}}
        graph: [one, two: 5, two: 6, three]
    """
    named, plain = graph_of(text), graph_of(re.sub(r"label: \"(?:[^\"\\]|\\.)*\"(?:, )?", "", text))
    modules = [backend.compile(graph, device="meta") for graph in (named, plain)]
    keys = [list(module.state_dict()) for module in modules]
    assert keys[0] == keys[1]
    assert backend.source(named) == backend.source(graph_of(text))
    assert len(set(classes(backend.source(named)))) == 4


@pytest.mark.parametrize(
    ("word", "labels", "spelling"),
    [
        ("mbconv", ["MBConv1", "MBConv6"], "MBConv"),
        ("conv_bn", ["Conv-BN-ReLU", "Conv-BN"], "Conv-BN"),
        ("mbconv", ["MBConv1", "mbconv"], None),
        ("mbconv", ["MBConv1", None], None),
        ("unit", ["Wide unit", "Deep unit"], None),
    ],
)
def test_labels_spell_a_block(word: str, labels: list[str], spelling: str | None) -> None:
    assert spelled(word, labels) == spelling


def test_a_class_is_spelled_as_the_labels_of_its_instances() -> None:
    source = emitted("""
        blocks:
          mbconv:
            label: MBConv$expand
            params: {expand: int}
            graph: [{id: conv, conv: $(expand * input.channels)}, relu]
        graph: [mbconv: 1, mbconv: 6]
    """)
    holds(source, "class MBConv(nn.Module):")
