"""The words that cannot be ids, against the installed torch."""

from __future__ import annotations

import keyword

import pytest
from torch import __version__, nn

from archspec.ops.identifiers import MODULE_ATTRIBUTES, id_problem

CONTAINERS = (nn.Module, nn.Sequential, nn.ModuleDict, nn.ModuleList)
NEWEST = (2, 13)  # the release that MODULE_ATTRIBUTES was last compared with


def _public() -> set[str]:
    """What a child may not be called, of classes and of their instances."""
    return {n for cls in CONTAINERS for n in dir(cls()) if not n.startswith("_")}


def test_the_list_has_every_attribute_of_torchs_modules() -> None:
    assert _public() - MODULE_ATTRIBUTES == set()


def test_the_list_has_nothing_else() -> None:
    major, minor = __version__.split(".")[:2]
    if (int(major), int(minor)) != NEWEST:
        pytest.skip("other releases may lack some of them")
    assert MODULE_ATTRIBUTES - _public() == set()


@pytest.mark.parametrize("word", sorted({*_public(), *keyword.kwlist, "self", "loss_weights"}))
def test_such_words_are_refused(word: str) -> None:
    assert id_problem(word) is not None


@pytest.mark.parametrize(
    "word", ["", "01", "-1", "1234567890", "2a", "_a", "a-b", "a.b", "a b", "a\n", "größe"]
)
def test_what_is_no_word_is_refused(word: str) -> None:
    assert id_problem(word) is not None


@pytest.mark.parametrize("word", ["a", "conv1", "layer_3b", "Inception", "weight", "bn", "0", "17"])
def test_other_words_are_ids(word: str) -> None:
    assert id_problem(word) is None
