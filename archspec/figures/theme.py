"""What has which colour.

The rest of drawing speaks of roles, such as `pooling` or `ink`; a theme gives each its colour.
Themes are YAML: those in archspec/figures/themes, which go by their names, and files of one's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from archspec.diagnostics import ArchspecError, Diagnostic, Span, did_you_mean, listed
from archspec.figures.colours import contrast
from archspec.figures.themefile import ThemeFile
from archspec.ops.types import CATEGORIES, Category
from archspec.util.reading import read

MEANINGS: Mapping[Category, str] = {
    "convolution": "convolution",
    "pooling": "pooling",
    "upsampling": "up-convolution or upsampling",
    "normalisation": "normalisation",
    "activation": "activation",
    "linear": "fully connected",
    "reshaping": "reshaping or resizing",
    "other": "sampling",
}
"""In a legend; the others speak for themselves."""

READABLE, LEAST = 4.5, 3.0
"""Contrasts that WCAG 2.2 asks of words and, at the least, of large ones."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as `#rrggbb`, by role, and how large words are.

    Attributes:
        name: how it is asked for.
        paper: what everything stands on.
        ink: words in boxes.
        faint: words beside boxes, dark enough to read on paper and on grounds.
        line: outlines and arrows.
        frame: outlines of open blocks.
        ground, ground2: inside of open blocks, by turns; folded blocks have the second.
        bar, bar_ink: a concatenation, and the word on it; of `ink` and `bar_ink` one is light
            and one is dark.
        fills: inside of an op's box, by its category.
        font_scale: by how much words are larger than usual, `FONT_SCALES` at the least and most.
        transparent: whether the paper is left out; everything else is drawn as on paper.
        dark: what a page has in its place for a reader who asks for dark colours; a theme that
            is given has none.
    """

    name: str
    paper: str
    ink: str
    faint: str
    line: str
    frame: str
    ground: str
    ground2: str
    bar: str
    bar_ink: str
    fills: Mapping[Category, str] = field(hash=False)
    font_scale: float = 1.0
    transparent: bool = False
    dark: Theme | None = field(default=None, compare=False, repr=False)

    def colour(self, role: str) -> str:
        """The colour of a role: an attribute's name, or a category of op.

        Raises:
            KeyError: where there is no such role.
        """
        if role in self.fills:
            return self.fills[role]  # type: ignore[index]
        if role not in ROLES:
            raise KeyError(role)
        found: str = getattr(self, role)
        return found

    def words_on(self, role: str) -> str:
        """The role that words have on what has a role: `ink`, or `bar_ink` where ink is not read.

        Raises:
            KeyError: where there is no such role.
        """
        ink, other = (contrast(self.colour(words), self.colour(role)) for words in _WORDS)
        return _WORDS[ink < READABLE and ink < other]

    def meanings(self, categories: Collection[Category]) -> list[tuple[Category, str]]:
        """Return what those of these categories mean that have a meaning of their own.

        Those of one colour come together, with the first category that has the colour.
        """
        alike: dict[str, list[Category]] = {}
        for category in MEANINGS:
            if category in categories:
                alike.setdefault(self.fills[category], []).append(category)
        return [(same[0], ", ".join(map(MEANINGS.__getitem__, same))) for same in alike.values()]

    def pairs(self) -> Iterator[tuple[str, str]]:
        """The roles of words, each with what such words stand on."""
        yield from ((self.words_on(category), category) for category in self.fills)
        yield from (("ink", "paper"), ("ink", "ground2"), ("bar_ink", "bar"))
        yield from (("faint", ground) for ground in ("paper", "ground", "ground2"))


ROLES = tuple(f.name for f in fields(Theme) if f.type == "str" and f.name != "name")
_WORDS = ("ink", "bar_ink")


NAMES = ("light", "dark", "print", "textbook")


def theme(wanted: str | Path) -> Theme:
    """The theme of that name, or what a YAML file says on top of one of those.

    Raises:
        ArchspecError: E110 for an unknown name; for a file E101, whatever its YAML is refused for,
            E201 and E203 for its keys, E111 for a value that is no colour, and E112 where words
            would have a contrast below 3:1.
    """
    if wanted in NAMES:
        return _shipped(str(wanted))
    path = Path(wanted)
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise ArchspecError(
            Diagnostic(
                "E110",
                f"no theme is called `{wanted}`",
                expected=f"{listed(NAMES)}, or a file whose name ends in .yaml",
                hint=did_you_mean(str(wanted), NAMES),
            )
        )
    given = ThemeFile(read(path), NAMES, ROLES, CATEGORIES)
    base = _shipped(given.base or LIGHT.name)
    fills = {category: given.fills.get(category, colour) for category, colour in base.fills.items()}
    settings: dict[str, Any] = {**given.roles, **given.settings}
    made = replace(base, name=path.stem, fills=fills, **settings)
    unreadable = list(_unreadable(made, given))
    if unreadable:
        raise ArchspecError(*unreadable)
    return made


def _unreadable(made: Theme, given: ThemeFile) -> Iterator[Diagnostic]:
    """Words of a file's theme that are too like what they stand on; once for each colour."""
    found: dict[Span, list[tuple[float, str, str]]] = {}
    for words, ground in made.pairs():
        ratio = contrast(made.colour(words), made.colour(ground))
        place = given.places.get(ground) or given.places.get(words)
        if ratio < LEAST and place is not None:
            found.setdefault(place, []).append((ratio, words, ground))
    for place, pairs in found.items():
        ratio, words, ground = min(pairs)
        yield Diagnostic(
            "E112",
            f"words in `{words}` cannot be read on {listed(ground for _, _, ground in pairs)}",
            place,
            expected=f"a contrast of {LEAST:g}:1 or more, better {READABLE:g}:1",
            found=f"{ratio:.2f}:1 between {made.colour(words)} and {made.colour(ground)}",
        )


@cache
def _shipped(name: str) -> Theme:
    folder = Path(__file__).parent / "themes"
    given = ThemeFile(read(folder / f"{name}.yaml"), NAMES, ROLES, CATEGORIES)
    fills = {category: given.fills[category] for category in CATEGORIES}
    settings: dict[str, Any] = {role: given.roles[role] for role in ROLES}
    return Theme(name, **settings, fills=fills)


LIGHT = replace(_shipped("light"), dark=_shipped("dark"))
"""Where no theme is given."""
