"""From a name to a `Document`: find the file, read it, bring in what it uses.

A spec is named by its path, by `path@variant`, or by a zoo name: a family in the shipped
`specs/` folder, `family@variant`, or a variant's own name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import islice
from pathlib import Path

from archspec.diagnostics import (
    LONGEST_WORD,
    MOST,
    ArchspecError,
    Diagnostic,
    Source,
    did_you_mean,
    listed,
)
from archspec.frontend.ast import Block, Home
from archspec.frontend.attributes import is_op
from archspec.frontend.budget import budgeted
from archspec.frontend.reader import Reader
from archspec.frontend.schema import Spec, block_names, read_spec
from archspec.frontend.source import Mapping
from archspec.frontend.unused import in_vain
from archspec.frontend.using import Libraries, in_sight, is_file, library, parsed, real
from archspec.util.gc import collector_off
from archspec.util.reading import read

_NUMBER = re.compile(r"(?<![vV\d])\d+")
_NEAR = 0.8
"""How alike the letters of two names are that differ by a slip; those of a kind, such as MnasNet
and DenseNet, are less alike."""


@dataclass(frozen=True, eq=False)
class Document:
    """A spec that has been read and checked, with every block it can name.

    Attributes:
        home: what the spec's file has in sight.
        variant: the variant its name picked, if any.
        path: its file; None for a text.
        remarks: what may not be meant in how its files come together.
        vain: what is written and nothing reads; of a spec with errors that may be due to these.
    """

    spec: Spec
    home: Home
    tree: Mapping
    path: Path | None
    variant: str | None = None
    remarks: tuple[Diagnostic, ...] = ()
    vain: tuple[Diagnostic, ...] = ()

    @property
    def blocks(self) -> dict[str, Block]:
        """Every block that the spec can name."""
        return self.home.blocks


def families() -> Iterator[Path]:
    """The shipped specs, sorted; library files of blocks are not among them."""
    yield from sorted(library().glob("*.yaml"))


def load(name: str | Path) -> Document:
    """The document a name stands for.

    Raises:
        ArchspecError: E101 and E0xx for the file, E102 and E103 for the name, E2xx and E3xx
            for what stands in it.
    """
    with collector_off():
        path, variant = locate(str(name))
        document = load_source(read(path), path)
    if variant is None:
        return document
    if variant not in document.spec.variants:
        raise ArchspecError(unknown_variant(document, variant))
    return replace(document, variant=variant)


def unknown_variant(document: Document, variant: str) -> Diagnostic:
    known = document.spec.variants
    return Diagnostic(
        "E103",
        f"`{document.spec.name}` has no variant `{variant}`",
        expected=listed(known) if known else "no variants",
        hint=did_you_mean(variant, known),
    )


def locate(name: str) -> tuple[Path, str | None]:
    """The file and the variant that a name stands for.

    Raises:
        ArchspecError: E102 where nothing has that name.
    """
    base, _, variant = name.partition("@")
    if "/" in base or "\\" in base or base.endswith((".yaml", ".yml")):
        if not _is_there(base) and _is_there(name):
            return Path(name), None
        return Path(base), variant or None
    shipped = library() / f"{base}.yaml"
    if re.fullmatch(r"[\w.-]+", base) and is_file(shipped):
        return shipped, variant or None
    if not variant:
        having = [p for p in families() if _mentions(p, base) and base in variant_names(p)]
        if len(having) > 1:
            raise ArchspecError(
                Diagnostic(
                    "E102",
                    f"`{base}` is ambiguous: {len(having)} families have a variant of that name",
                    expected=listed([f"{path.stem}@{base}" for path in having]),
                )
            )
        if having:
            return having[0], base
    if is_file(base):
        return Path(base), variant or None
    known = [p.stem for p in families()]
    known += [v for p in families() for v in variant_names(p)]
    raise ArchspecError(
        Diagnostic(
            "E102",
            f"no spec is named `{name}`",
            expected="a path, `path@variant`, or a name that `archspec list` shows",
            hint=_numbered(base, known)
            or did_you_mean(base, _meant(base, known))
            or "`archspec list` prints the bundled ones; a file's name ends in .yaml",
        )
    )


def _is_there(name: str) -> bool:
    try:
        return Path(name).exists()
    except OSError:  # no name of anything, for it is too long
        return False


def _numbered(name: str, known: list[str]) -> str | None:
    """A hint for a depth that there is not: the names that are the same but for their numbers.

    What follows a `v` is no number but a version, and of another version is another network.
    """
    stem = _NUMBER.sub("#", name)
    alike = [k for k in known if "#" in stem and _NUMBER.sub("#", k) == stem]
    alike.sort(key=lambda k: [int(n) for n in re.findall(r"\d+", k)])
    return f"there is also {listed(alike)}" if alike else None


def _meant(name: str, known: list[str]) -> list[str]:
    """The known names that begin with a name; else those that it may be, with a slip in it.

    Of the latter its letters are nearly those, and its numbers, if any, the first of theirs: who
    asks for MobileNetV2 is not helped by MobileNetV1.
    """
    if len(name) > LONGEST_WORD:
        return []
    plain = {k: re.sub(r"[\W_]", "", k.lower()) for k in (name, *known)}
    begun = [k for k in known if plain[k].startswith(plain[name])]
    letters, numbers = _parts(plain[name])
    parts = {k: _parts(plain[k]) for k in known}
    return begun or [
        k
        for k, (others, theirs) in parts.items()
        if numbers == theirs[: len(numbers)]
        and SequenceMatcher(None, letters, others).ratio() > _NEAR
    ]


def _parts(name: str) -> tuple[str, list[str]]:
    """The letters of a name, and its numbers; a version is not the number that it has."""
    return re.sub(r"\d", "", name), re.findall(r"v?\d+", name)


def _mentions(path: Path, name: str) -> bool:
    """Whether the text can define the variant at all: reading it is far cheaper than parsing."""
    return name in path.read_text(encoding="utf-8")


def variant_names(path: Path) -> list[str]:
    """The names under `variants:` of a file, without reading the rest of it into a spec."""
    tree = parsed(read(path))
    variants = tree.get("variants") if isinstance(tree, Mapping) else None
    return variants.keys() if isinstance(variants, Mapping) else []


def load_source(source: Source, path: Path | None = None) -> Document:
    """A document from a text; `use` is looked up from the folder of `path`.

    Raises:
        ArchspecError: all diagnostics of the file, and of the files it uses.
    """
    with budgeted():
        return _read(source, path)


def _read(source: Source, path: Path | None) -> Document:
    tree = parsed(source)
    loader = Libraries(path.parent if path is not None else library())
    used = loader.bring_in(tree, (real(path),) if path is not None else ())
    reader = Reader([*used, *block_names(tree)])
    reader.diagnostics += loader.diagnostics
    spec = read_spec(tree, reader)
    if reader.diagnostics or spec is None or not isinstance(tree, Mapping):
        raise ArchspecError(*reader.diagnostics)
    home = in_sight(spec.blocks, used, spec.params)
    remarks = [*loader.remarks, *(_hides(b) for b in spec.blocks.values() if is_op(b.name))]
    vain = tuple(islice(in_vain(spec, home), MOST))
    return Document(spec, home, tree, path, remarks=tuple(remarks), vain=vain)


def _hides(block: Block) -> Diagnostic:
    """W211: within this file a word is no longer an op."""
    message = f"the block `{block.name}` hides the op of that name in this file"
    return Diagnostic("W211", message, block.span, hint="call it otherwise, if that is not meant")
