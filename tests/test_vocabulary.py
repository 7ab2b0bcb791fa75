"""The words of others: each stands for something that there is, or for what there is not."""

from __future__ import annotations

import re

import pytest

from archspec.diagnostics import did_you_mean
from archspec.frontend import vocabulary
from archspec.frontend.schema import BlockKeys, Spec
from archspec.frontend.source import Mapping, parse
from archspec.frontend.using import SHELF, shelf
from archspec.frontend.vocabulary import folded, misspelt, op_hint
from archspec.ops import REGISTRY
from archspec.ops.identifiers import STRUCTURAL
from archspec.util.reading import read

FIELDS = {name for op in REGISTRY.values() for name in op.model_fields}


def test_what_stands_for_a_word_exists() -> None:
    assert {op for ops in vocabulary.words_of("ops").values() for op in ops} <= {*REGISTRY}
    assert {
        name for names in vocabulary.words_of("attributes").values() for name in names
    } <= FIELDS
    keys = {*STRUCTURAL, *Spec.model_fields, *BlockKeys.model_fields, "of", "own"}
    assert {key for keys in vocabulary.words_of("keys").values() for key in keys} <= keys


def test_no_word_hides_an_op_or_means_two() -> None:
    ours = {folded(op) for op in REGISTRY}
    words = [*vocabulary.words_of("ops"), *vocabulary.words_of("no ops"), *vocabulary.shelf()]
    assert ours.isdisjoint(words)
    assert len(words) == len(set(words))
    assert all(len(ops) == 1 for ops in vocabulary.words_of("ops").values())


def test_blocks_of_the_shelf_are_where_it_says() -> None:
    for block, file in set(vocabulary.shelf().values()):
        tree = parse(read(shelf() / file.removeprefix(SHELF)))
        assert isinstance(tree, Mapping)
        blocks = tree.get("blocks")
        assert isinstance(blocks, Mapping) and blocks.get(block) is not None, (block, file)


@pytest.mark.parametrize("op", REGISTRY)
def test_an_op_under_pytorch_s_name_and_capitals(op: str) -> None:
    name = "".join(part.capitalize() for part in op.split("_"))
    for word in (f"nn.{name}", f"torch.nn.{name}2d", f"keras.layers.{name}"):
        hint = op_hint(word, REGISTRY)
        if not word.endswith(("Dropout2d", "62d")):  # one of which means another, and one is none
            assert hint == f"here it is called `{op}`", word


@pytest.mark.parametrize("op", [op for op in REGISTRY if len(op) > 4])
def test_a_slip_in_an_op_is_told_from_another_op(op: str) -> None:
    for at in range(1, len(op) - 1):
        swapped = op[:at] + op[at : at + 2][::-1] + op[at + 2 :]
        for word in {swapped, op[:at] + op[at + 1 :]} - {*REGISTRY}:
            hint = op_hint(word, REGISTRY) or did_you_mean(word, REGISTRY, misspelt) or ""
            assert f"`{op}`" in hint, (word, hint)


NEVER_OURS = """
    matmul bmm einsum max_unpool max_unpool2d pixel_shuffle PixelShuffle pixel_unshuffle attention
    MultiheadAttention lstm gru embedding glu swiglu sum_pool min_pool median_pool switch_norm
    ghost_norm power_norm rms_norm mbconv blur_pool roi_pool roi_align gated_conv octave_conv
    sparse_conv partial_conv dropblock fourier sobel snake sine erf cosine sinusoid while loop
    cumsum roll flip gather topk unfold fold spectral_norm weight_norm softsign rrelu split
    channel_split
"""


@pytest.mark.parametrize("word", NEVER_OURS.split())
def test_an_op_that_there_is_not_is_no_misspelling(word: str) -> None:
    hint = op_hint(word, REGISTRY) or did_you_mean(word, [*REGISTRY, *STRUCTURAL], misspelt)
    assert hint is None or not re.match(r"did you mean|here it is called", hint), hint


def test_a_split_of_channels_is_slices() -> None:
    hints = {
        op_hint(word, REGISTRY) for word in ("split", "channel_split", "ChannelSplit", "chunk")
    }
    assert hints == {"each part is a `channel_slice` with a `from` of its own"}
