"""From a name to a `Document`: find the file, read it, bring in what it uses.

A spec is named by its path, by `path@variant`, or by a zoo name: a family in the shipped
`specs/` folder, `family@variant`, or a variant's own name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from pathlib import Path

from archspec.attributes import is_op
from archspec.budget import budgeted
from archspec.collector import collector_off
from archspec.diagnostics import (
    LONGEST_WORD,
    ArchspecError,
    Diagnostic,
    Findings,
    Note,
    Source,
    Span,
    did_you_mean,
    listed,
)
from archspec.reader import Reader
from archspec.schema import Spec, block_names, is_network, read_library, read_spec, used_files
from archspec.source import MAX_BYTES, Mapping, Tree, parse, read
from archspec.syntax import Block

_NUMBER = re.compile(r"(?<![vV\d])\d+")
_NEAR = 0.8
"""How alike the letters of two names are that differ by a slip; those of a kind, such as MnasNet
and DenseNet, are less alike."""


@dataclass(frozen=True, eq=False)
class Document:
    """A spec that has been read and checked, with every block it can name.

    Attributes:
        variant: the variant its name picked, if any.
        path: its file; None for a text.
    """

    spec: Spec
    blocks: dict[str, Block]
    tree: Mapping
    path: Path | None
    variant: str | None = None


@cache
def library() -> Path:
    """The folder of shipped specs: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).parent
    inside = package / "specs"
    return inside if inside.is_dir() else package.parent / "specs"


@lru_cache(maxsize=8)
def parsed(source: Source) -> Tree:
    """The tree of a text; kept, because looking for a variant's name has read the file before."""
    return parse(source)


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
    return Document(document.spec, document.blocks, document.tree, path, variant)


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
    if re.fullmatch(r"[\w.-]+", base) and _is_file(shipped):
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
    if _is_file(base):
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
            or "`archspec list` prints all that come along; a file's name ends in .yaml",
        )
    )


def _is_there(name: str) -> bool:
    try:
        return Path(name).exists()
    except OSError:  # no name of anything, for it is too long
        return False


def _is_file(name: str | Path) -> bool:
    try:
        return Path(name).is_file()
    except OSError:
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
    folder = path.parent if path is not None else library()
    loader = _Libraries(folder)
    blocks = loader.bring_in(tree, (_real(path),) if path is not None else ())
    own = block_names(tree)
    reader = Reader([*blocks, *own])
    reader.diagnostics += loader.diagnostics
    spec = read_spec(tree, reader)
    if reader.diagnostics or spec is None or not isinstance(tree, Mapping):
        raise ArchspecError(*reader.diagnostics)
    check_blocks(spec.blocks, blocks, reader)
    if reader.diagnostics:
        raise ArchspecError(*reader.diagnostics)
    return Document(spec, {**blocks, **spec.blocks}, tree, path)


def check_blocks(own: dict[str, Block], used: dict[str, Block], reader: Reader) -> None:
    """No block may hide another, or an op."""
    for name, block in own.items():
        if name in used:
            reader.diagnostics.append(defined_twice(block, used[name]))
        elif is_op(name):
            message = f"the block `{name}` hides the op of that name"
            reader.report("E211", message, block.span, hint="rename it")


def defined_twice(block: Block, first: Block) -> Diagnostic:
    return Diagnostic(
        "E211",
        f"the block `{block.name}` is defined twice",
        block.span,
        notes=(Note("it is defined here first", first.span),),
        hint="rename one of them",
    )


def _real(path: Path) -> Path:
    """A path without links; one that goes round in a circle is left, for opening it to refuse."""
    return Path(os.path.realpath(path))


MAX_USES = 200
MAX_CHAIN = 30


def _too_many_files(span: Span) -> Diagnostic:
    return Diagnostic(
        "E004",
        "too much is brought in by `use`",
        span,
        expected=f"at most {MAX_USES} entries in all files, {MAX_CHAIN} files that use one another "
        f"in a row, and {MAX_BYTES // 2**20} MiB",
    )


class _Libraries:
    """Follows `use`, each file once, only below the spec's own folder or the library."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.roots = (_real(folder), _real(library()))
        self.diagnostics = Findings()
        self.read: dict[Path, dict[str, Block]] = {}
        self.uses = 0
        self.characters = 0

    def bring_in(self, tree: Tree, chain: tuple[Path, ...]) -> dict[str, Block]:
        blocks: dict[str, Block] = {}
        for name, span in used_files(tree):
            self.uses += 1
            if self.uses > MAX_USES or len(chain) > MAX_CHAIN:
                self.diagnostics.append(_too_many_files(span))
                raise ArchspecError(*self.diagnostics)
            path = self.find(name, span)
            if path is None:
                continue
            if path in chain:
                way = [self.shown(p).name for p in chain[chain.index(path) + 1 :]]
                by = f", by way of {listed(way)}" if way else ""
                hint = "put what both need into a file of its own" if way else "leave it out"
                self.diagnostics.append(
                    Diagnostic("E105", f"`{name}` uses itself{by}", span, hint=hint)
                )
                continue
            if is_network(parsed(read(self.shown(path)))):
                message = f"`{name}` is a network, and `use` brings in blocks"
                hint = "move its `blocks` to a file of their own, and use that in both"
                self.diagnostics.append(Diagnostic("E203", message, span, hint=hint))
                continue
            found = self.library(path, span, chain)
            self.diagnostics += [
                defined_twice(block, blocks[key])
                for key, block in found.items()
                if blocks.get(key, block) is not block
            ]
            blocks.update(found)
        return blocks

    def find(self, name: str, span: Span) -> Path | None:
        for root in self.roots if "\0" not in name else ():
            path = _real(root / name)
            if not any(path.is_relative_to(r) for r in self.roots):
                self.diagnostics.append(
                    Diagnostic(
                        "E104",
                        f"`{name}` is outside the spec's folder and the library",
                        span,
                        hint="copy the file beside the spec",
                    )
                )
                return None
            if _is_file(path):
                return path
        known = [
            p.relative_to(r).as_posix()
            for r in dict.fromkeys(self.roots)
            for p in sorted(r.glob("blocks/*.yaml"))
        ]
        hint = did_you_mean(name, known)
        message = f"no file `{name}` beside the spec or in the library"
        expected = listed(known) if known and hint is None else None
        self.diagnostics.append(Diagnostic("E101", message, span, expected=expected, hint=hint))
        return None

    def shown(self, path: Path) -> Path:
        """A file's path as seen from where the spec's own path starts."""
        root = self.roots[0]
        return self.folder / path.relative_to(root) if path.is_relative_to(root) else path

    def library(self, path: Path, span: Span, chain: tuple[Path, ...]) -> dict[str, Block]:
        if path not in self.read:
            source = read(self.shown(path))
            self.characters += len(source.text)
            if self.characters > MAX_BYTES:
                self.diagnostics.append(_too_many_files(span))
                raise ArchspecError(*self.diagnostics)
            tree = parsed(source)
            used = self.bring_in(tree, (*chain, path))
            reader = Reader([*used, *block_names(tree)])
            found = read_library(tree, reader)
            if found is not None:
                check_blocks(found.blocks, used, reader)
            self.diagnostics += reader.diagnostics
            self.read[path] = {**used, **(found.blocks if found is not None else {})}
        return self.read[path]
