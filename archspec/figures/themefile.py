"""A theme's YAML file: colours by role, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from archspec.diagnostics import ArchspecError, Diagnostic, Source, Span, did_you_mean, listed
from archspec.figures.colours import normal
from archspec.frontend.source import Mapping, Scalar, Tree, parse
from archspec.frontend.wording import kind

FONT_SCALES = 0.5, 4.0
"""By how much words may be larger than usual, at the least and at the most."""

_SETTINGS = {
    "font_scale": "a number from {:g} to {:g}".format(*FONT_SCALES),
    "transparent": "true or false",
}


def is_scale(value: Any) -> bool:
    """Whether words may be larger by so much."""
    least, most = FONT_SCALES
    return bool(least <= value <= most)


class ThemeFile:
    """What a file says, mistakes told together.

    Attributes:
        base: the name of the theme that the rest is taken from, if the file says one.
        roles, fills: colours as `#rrggbb`, by the names they may have.
        settings: the scale of words and whether there is paper, as far as the file says.
        places: where each colour stands.

    Raises:
        ArchspecError: what `archspec.frontend.source.parse` raises, E201 and E203 for keys and
            what they hold, E110 for an unknown base, E111 for a value that is no colour.
    """

    def __init__(
        self, source: Source, bases: Sequence[str], roles: Sequence[str], kinds: Sequence[str]
    ) -> None:
        self.base: str | None = None
        self.roles: dict[str, str] = {}
        self.fills: dict[str, str] = {}
        self.settings: dict[str, Any] = {}
        self.places: dict[str, Span] = {}
        self._problems: list[Diagnostic] = []
        elsewhere = dict.fromkeys(kinds, "write it under `fills`")
        known = ("base", *roles, "fills", *_SETTINGS)
        for key, value in self._entries(_parsed(source), known, elsewhere):
            if key.text == "base":
                self.base = self._base(value, bases)
            elif key.text == "fills":
                beside = dict.fromkeys(roles, "write it beside `fills`")
                for name, colour in self._entries(value, kinds, beside):
                    self._take(self.fills, name, colour)
            elif key.text in _SETTINGS:
                self._set(key.text, value)
            else:
                self._take(self.roles, key, value)
        if self._problems:
            raise ArchspecError(*self._problems)

    def _entries(
        self, tree: Tree, known: Sequence[str], elsewhere: dict[str, str]
    ) -> Iterator[tuple[Scalar, Tree]]:
        """The entries of a mapping, but for those whose keys are unknown."""
        if not isinstance(tree, Mapping):
            message = "roles and their colours are wanted here"
            example = f'a mapping, such as {known[1]}: "#102030"'
            self._report("E203", message, tree, expected=example, found=kind(tree))
            return
        for key, value in tree.entries:
            if key.text in known:
                yield key, value
                continue
            hint = elsewhere.get(key.text) or did_you_mean(key.text, known)
            expected = listed(known)
            self._report("E201", f"unknown key `{key.text}`", key, expected=expected, hint=hint)

    def _base(self, tree: Tree, bases: Sequence[str]) -> str | None:
        if isinstance(tree, Scalar) and tree.text in bases:
            return tree.text
        self._report(
            "E110",
            "a theme is based on one that comes with archspec",
            tree,
            expected=listed(bases),
            found=kind(tree),
            hint=did_you_mean(tree.text, bases) if isinstance(tree, Scalar) else None,
        )
        return None

    def _set(self, key: str, tree: Tree) -> None:
        """Take a setting that is no colour."""
        value = tree.value if isinstance(tree, Scalar) else None
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if isinstance(value, bool) if key == "transparent" else number and is_scale(value):
            self.settings[key] = value
            return
        message = f"`{key}` is given something else"
        self._report("E203", message, tree, expected=_SETTINGS[key], found=kind(tree))

    def _take(self, into: dict[str, str], key: Scalar, tree: Tree) -> None:
        colour = normal(tree.text) if isinstance(tree, Scalar) else None
        if colour is not None:
            into[key.text], self.places[key.text] = colour, tree.span
            return
        hint = None
        if isinstance(tree, Scalar):
            if tree.value is None:
                hint = "`#` begins a comment: put the colour in quotes"
            elif quoted := normal(f"#{tree.text}"):
                hint = f'write "{quoted}"'
        where = key if isinstance(tree, Scalar) and tree.value is None else tree
        expected = 'six hexadecimal digits, "#1f2933", or three, "#123"'
        message = f"`{key.text}` is given no colour"
        self._report("E111", message, where, expected=expected, found=kind(tree), hint=hint)

    def _report(
        self,
        code: str,
        message: str,
        tree: Tree,
        *,
        expected: str,
        found: str | None = None,
        hint: str | None = None,
    ) -> None:
        self._problems.append(
            Diagnostic(code, message, tree.span, expected=expected, found=found, hint=hint)
        )


def _parsed(source: Source) -> Tree:
    try:
        return parse(source)
    except ArchspecError as error:  # its hints on whole files are for specs
        told = (replace(d, hint=None) if d.code == "E006" else d for d in error.diagnostics)
        raise ArchspecError(*told) from None
