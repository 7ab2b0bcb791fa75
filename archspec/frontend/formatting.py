"""`archspec fmt`: a file's text in the form that the printer gives, its comments where they are."""

from __future__ import annotations

import re

from archspec.diagnostics import ArchspecError, Diagnostic, Source
from archspec.frontend.concrete import take_apart
from archspec.frontend.layout import printed
from archspec.frontend.sections import newer
from archspec.frontend.source import Mapping, Scalar, Sequence, Tree, parse
from archspec.util.gc import collector_off
from archspec.util.reading import place_after

_SPEC = re.compile(r"^[\"'{ ]*(graph|blocks)[\"']?\s*:", re.M)
_LINE_END = re.compile("\r\n|\r")
_FOREIGN = re.compile("\\A\ufeff|[\x85\u2028\u2029]")
"""Line ends of which not all programs know, and a byte order mark behind the first."""


def formatted(source: Source) -> str:
    """A file's text in lines of at most 100 columns, set as the shipped specs are.

    Its values, their quotes and the order of keys stay, and so does each comment, whichever
    line break the file has, and the choice between braces and lines where both are readable.

    Raises:
        ArchspecError: where the text is no YAML; E001, too, for line ends of which not all
            programs know, and where a line of another indentation would mean something else;
            E212 for a file of a newer version, whose form is not known here.
    """
    before = parse(source)
    if (unknown := newer(before)) is not None:
        raise ArchspecError(unknown)
    text, ending = normalised(source)
    with collector_off():
        result = printed(take_apart(text))
    if not _says(before, Source(source.name, result)):
        message = f"{source.name} would mean something else once it is formatted"
        hint = "put texts in which a bracket is not closed in quotes"
        raise ArchspecError(Diagnostic("E001", message, hint=hint))
    return result.replace("\n", ending)


def normalised(source: Source) -> tuple[str, str]:
    """A text whose lines end as ours do, and how they ended.

    Raises:
        ArchspecError: E001 for line ends of which not all programs know.
    """
    text = source.text.removeprefix("\ufeff")
    if found := _FOREIGN.search(text):
        code = f"{ord(found[0]):04X}"
        span = place_after(source, text[: found.start()])
        message = f"a text with the character U+{code} in it is not formatted"
        hint = f"write \\u{code} in double quotes"
        raise ArchspecError(Diagnostic("E001", message, span, hint=hint))
    return _LINE_END.sub("\n", text), "\r\n" if "\r\n" in text else "\n"


def is_spec(source: Source) -> bool:
    """Whether a text, which may be anybody's YAML, has what only a spec has.

    Raises:
        ArchspecError: where it looks as if, and is no YAML.
    """
    if not _SPEC.search(source.text):
        return False
    tree = parse(source)
    return isinstance(tree, Mapping) and not {"graph", "blocks"}.isdisjoint(tree.keys())


def _says(tree: Tree, source: Source) -> bool:
    """Whether a text says the same as a tree, quotes included."""
    try:
        return _same(tree, parse(source))
    except ArchspecError:
        return False


def _same(one: Tree, other: Tree) -> bool:
    """Whether two trees are of the same text, apart from the quotes of keys."""
    if isinstance(one, Scalar) and isinstance(other, Scalar):
        return (one.text, one.quoted, type(one.value)) == (
            other.text,
            other.quoted,
            type(other.value),
        )
    if isinstance(one, Sequence) and isinstance(other, Sequence):
        return len(one.items) == len(other.items) and all(map(_same, one.items, other.items))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return len(one.entries) == len(other.entries) and all(
            a[0].text == b[0].text and _same(a[1], b[1])
            for a, b in zip(one.entries, other.entries, strict=True)
        )
    return False
