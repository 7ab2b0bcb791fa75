"""The name authority: every identifier of a generated file comes from here."""

from __future__ import annotations

import builtins
import keyword
import re

from archspec.backends.torch.helpers import FILES
from archspec.graph import Instance

_TAKEN_BY_FILE = {"torch", "nn", "F", "Tensor", "self", "super", "in_channels", "in_features"}
_TAKEN_BY_FILE |= set(FILES)

_AMBIGUOUS = {"l", "O", "I"}
"""Linters refuse these as variables: they look like 1 and 0."""

CLASS_NAMES_TAKEN = frozenset({"F", "Tensor", "None", "True", "False", *FILES})
"""What a class cannot be called: the file's imports and helpers, and words of Python."""


def identifier(word: str) -> str:
    """A Python identifier near `word`: for variables, parameters and attributes."""
    name = re.sub(r"\W+", "_", word, flags=re.ASCII).strip("_") or "value"
    if name[0].isdigit():
        name = f"n{name}"
    taken = name in _TAKEN_BY_FILE or name in _AMBIGUOUS
    if taken or keyword.iskeyword(name) or hasattr(builtins, name):
        name += "_"
    return name


def class_name(word: str) -> str:
    """`basic_block` is BasicBlock, `LeNet-5` is LeNet5."""
    parts = re.findall(r"[A-Za-z0-9]+", word)
    name = "".join(p[0].upper() + p[1:] for p in parts) or "Network"
    if name[0].isdigit():
        name = f"Net{name}"
    return name


def special_name(base: str, group: list[Instance], members: list[Instance]) -> str:
    """A name for the class of some of a block's instances: by the words that set them apart."""
    words = []
    for param, value in group[0].params.items():
        apart = isinstance(value, str) and any(i.params[param] != value for i in members)
        if apart and all(i.params[param] == value for i in group):
            words.append("".join(w[0].upper() + w[1:] for w in re.findall(r"[A-Za-z0-9]+", value)))
    return base + "".join(words)


class Names:
    """Hands out names, each once."""

    def __init__(self, taken: set[str] | None = None) -> None:
        self.taken = set(taken or ())
        self.last: dict[str, int] = {}

    def fresh(self, wanted: str) -> str:
        """`wanted`, or `wanted2`, `wanted3` where that is gone."""
        name, count = wanted, self.last.get(wanted, 1)
        while name in self.taken:
            count += 1
            name = f"{wanted}{count}"
        self.taken.add(name)
        self.last[wanted] = count
        return name

    def release(self, name: str) -> None:
        """Let a name be had again."""
        self.taken.discard(name)
        self.last.clear()


def attribute(target: str, name: str) -> str:
    """How a child is reached: `self.conv1`, or `self["0"]` where it has a position."""
    return f'{target}["{name}"]' if name.isdigit() else f"{target}.{name}"
