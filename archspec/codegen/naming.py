"""The name authority: every identifier of a generated file comes from here."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from heapq import heappop, heappush

from archspec.ir.graph import Definition, Instance

_TAKEN = {"self", "super", "in_channels", "in_features"}

_AMBIGUOUS = {"l", "O", "I"}
"""Linters refuse these as variables: they look like 1 and 0."""

_NO_CLASS_NAMES = {"None", "True", "False", "ValueError", *_AMBIGUOUS}

_TIMES = re.compile(r"(?<=\d) ?× ?(?=\d)")

LONGEST_CLASS_NAME = 40
"""A label that makes a longer one is a sentence, and no name."""


class Naming:
    """Makes names of a spec's words. `reserved` are those that the file imports or carries."""

    def __init__(self, reserved: frozenset[str]) -> None:
        self.reserved = reserved
        self.class_names: dict[tuple[str, str | None], str] = {}

    @property
    def class_names_taken(self) -> frozenset[str]:
        """What a class cannot be called.

        These are the file's imports and helpers, words of Python, and what constructors raise.
        """
        return self.reserved | _NO_CLASS_NAMES

    def identifier(self, word: str) -> str:
        """A Python identifier near `word`: for variables, parameters and attributes."""
        name = re.sub(r"\W+", "_", word, flags=re.ASCII).strip("_") or "value"
        if name[0].isdigit():
            name = f"n{name}"
        taken = name in _TAKEN or name in self.reserved or name in _AMBIGUOUS
        if taken or keyword.iskeyword(name) or hasattr(builtins, name):
            name += "_"
        return name

    def class_name(self, word: str, label: str | None = None) -> str:
        """`basic_block` is BasicBlock, `WRN-28-10` WRN28_10; by the label where it makes a name."""
        if (word, label) not in self.class_names:
            name = self._labelled(label) if label is not None else None
            if name is None:
                name = _joined(word) or "Network"
                if name[0].isdigit():
                    name = f"Net{name}"
            self.class_names[word, label] = name
        return self.class_names[word, label]

    def _labelled(self, label: str) -> str | None:
        """`ResNet-50` is ResNet50, `Conv 3×3` is Conv3x3; None for what has other letters."""
        spelled = unicodedata.normalize("NFKD", _TIMES.sub("x", label))
        letters = [c for c in spelled if not unicodedata.combining(c)]
        name = _joined("".join(letters))
        sayable = all(c.isascii() or not c.isalnum() for c in letters) and name.isidentifier()
        free = name not in self.class_names_taken and not hasattr(builtins, name)
        return name if sayable and free and len(name) <= LONGEST_CLASS_NAME else None

    def told_apart(self, members: Mapping[Definition, Iterable[Instance]]) -> set[str]:
        """The names that labels give to the classes of one block alone."""
        found: dict[str, set[Definition]] = defaultdict(set)
        for block, instances in members.items():
            labels = {i.kind for i in instances}
            for label in {*labels, spelled(block.name, labels)}:
                found[self.class_name(block.name, label)].add(block)
        return {name for name, blocks in found.items() if len(blocks) == 1}

    def block_class_name(
        self,
        block: Definition,
        group: list[Instance],
        members: list[Instance],
        alone: Container[str],
    ) -> str:
        """A name for the class of some of a block's instances, which are its `members`.

        It is the block's label where all of the group have that and no other block's class would be
        called so, which the names in `alone` are; else it is the block's name, as their labels
        spell it. Then come the words that set them apart from others that are called so.
        """
        label, *others = labels = {i.kind for i in group}
        base = self.class_name(block.name, spelled(block.name, labels) if others else label)
        if base not in alone:
            base = self.class_name(block.name)
        if not others:
            members = [i for i in members if self.class_name(block.name, i.kind) == base]
        words = []
        for param, value in group[0].params.items():
            apart = isinstance(value, str) and any(i.params[param] != value for i in members)
            if apart and all(i.params[param] == value for i in group):
                words.append(_joined(value))
        return base + "".join(words)


def spelled(word: str, labels: Iterable[str | None]) -> str | None:
    """How labels that begin with a word spell it: `MBConv` of `mbconv` where one is `MBConv6`."""
    pattern = r"[\W_]*".join(map(re.escape, re.findall(r"[^\W_]", word)))
    found = [re.match(pattern, label or "", re.IGNORECASE) for label in labels]
    spellings = {match.group() if match else None for match in found}
    return spellings.pop() if len(spellings) == 1 else None


def _joined(words: str) -> str:
    """The letters and digits, each word of them with a capital; numbers are kept apart."""
    capitals = "".join(f" {w[0].upper()}{w[1:]}" for w in re.findall(r"[A-Za-z0-9]+", words))
    return re.sub(r"(?<=\d) (?=\d)", "_", capitals).replace(" ", "")


class Names:
    """Hands out names, each once."""

    def __init__(self, taken: set[str] | None = None) -> None:
        self.taken = set(taken or ())
        self.last: dict[str, int] = {}

    def fresh(self, wanted: str) -> str:
        """`wanted`, or `wanted2`, `wanted3` where that is gone; `conv1_2` where it ends in one."""
        name, count = wanted, self.last.get(wanted, 1)
        apart = "_" if wanted[-1:].isdigit() else ""
        while name in self.taken:
            count += 1
            name = f"{wanted}{apart}{count}"
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
