"""The name authority: every identifier of a generated file comes from here."""

from __future__ import annotations

import builtins
import keyword
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from heapq import heappop, heappush

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


class Numbers:
    """The smallest free name of each word: `out`, `out2`, `out3`; however many are taken.

    Which names are taken, `taken` says; a name that gets free again is to be told to `free`.
    """

    def __init__(self, taken: Container[str]) -> None:
        self.taken = taken
        self.next: dict[str, int] = {}
        self.freed: dict[str, list[int]] = defaultdict(list)

    def smallest(self, word: str, besides: Iterable[str] = ()) -> str:
        """The first name of a word that is not taken, or that is among `besides`."""
        freed = self.freed[word]
        while freed and _numbered(word, freed[0]) in self.taken:
            heappop(freed)
        following = self.next.get(word, 1)
        while not freed and _numbered(word, following) in self.taken:
            following += 1
        self.next[word] = following
        others = (number for name in besides for known, number in _words(name) if known == word)
        return _numbered(word, min((*freed[:1], *others), default=following))

    def free(self, name: str) -> None:
        """Note that a name is no longer taken."""
        for word, number in _words(name):
            if number < self.next.get(word, 1):
                heappush(self.freed[word], number)


def _numbered(word: str, number: int) -> str:
    return word if number == 1 else f"{word}{number}"


def _words(name: str) -> Iterator[tuple[str, int]]:
    """The words a name can be of, and its number there: `out12` is of `out12`, `out1` and `out`."""
    yield name, 1
    for start in range(len(name) - 1, 0, -1):
        if not "0" <= name[start] <= "9":
            break
        if name[start] != "0" and name[start:] != "1":
            yield name[:start], int(name[start:])


def attribute(target: str, name: str) -> str:
    """How a child is reached: `self.conv1`, or `self["0"]` where it has a position."""
    return f'{target}["{name}"]' if name.isdigit() else f"{target}.{name}"
