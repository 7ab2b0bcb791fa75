"""The name authority: every identifier of a generated file comes from here."""

from __future__ import annotations

import builtins
import keyword
import re

_TAKEN_BY_FILE = {"torch", "nn", "F", "Tensor", "self", "super", "in_channels", "in_features"}

CLASS_NAMES_TAKEN = frozenset({"F", "Tensor", "None", "True", "False"})
"""What a class cannot be called: the file's imports, and words of Python."""


def identifier(word: str) -> str:
    """A Python identifier near `word`: for variables, parameters and attributes."""
    name = re.sub(r"\W+", "_", word, flags=re.ASCII).strip("_") or "value"
    if name[0].isdigit():
        name = f"n{name}"
    if keyword.iskeyword(name) or name in _TAKEN_BY_FILE or hasattr(builtins, name):
        name += "_"
    return name


def class_name(word: str) -> str:
    """`basic_block` is BasicBlock, `LeNet-5` is LeNet5."""
    parts = re.findall(r"[A-Za-z0-9]+", word)
    name = "".join(p[0].upper() + p[1:] for p in parts) or "Network"
    if name[0].isdigit():
        name = f"Net{name}"
    return name


class Names:
    """Hands out names, each once."""

    def __init__(self, taken: set[str] | None = None) -> None:
        self.taken = set(taken or ())

    def fresh(self, wanted: str) -> str:
        """`wanted`, or `wanted2`, `wanted3` where that is gone."""
        name, count = wanted, 1
        while name in self.taken:
            count += 1
            name = f"{wanted}{count}"
        self.taken.add(name)
        return name


def attribute(target: str, name: str) -> str:
    """How a child is reached: `self.conv1`, or `self["0"]` where it has a position."""
    return f'{target}["{name}"]' if name.isdigit() else f"{target}.{name}"
