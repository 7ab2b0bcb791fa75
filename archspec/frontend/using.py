"""`use`: which files a file brings blocks in from, and what it has in sight then."""

from __future__ import annotations

import os
from functools import cache, lru_cache
from pathlib import Path

from archspec.diagnostics import (
    ArchspecError,
    Diagnostic,
    Findings,
    Note,
    Source,
    Span,
    did_you_mean,
    listed,
)
from archspec.frontend.ast import Block, Home, ParamDecl
from archspec.frontend.reader import Reader
from archspec.frontend.schema import block_names, is_network, read_library, used_files
from archspec.frontend.source import Tree, parse
from archspec.util.reading import MAX_BYTES, read

SHELF = "std/"
"""What the names of the shipped files of blocks begin with, whatever lies beside a spec."""

_MAX_USES = 200
_MAX_CHAIN = 30


@cache
def library() -> Path:
    """The folder of shipped specs: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).parents[1]
    inside = package / "specs"
    return inside if inside.is_dir() else package.parent / "specs"


def shelf() -> Path:
    """The folder of the shipped files of blocks."""
    return library() / "blocks"


@lru_cache(maxsize=8)
def parsed(source: Source) -> Tree:
    """The tree of a text; kept, because looking for a variant's name has read the file before."""
    return parse(source)


def is_file(name: str | Path) -> bool:
    try:
        return Path(name).is_file()
    except OSError:
        return False


def real(path: Path) -> Path:
    """A path without links; one that goes round in a circle is left, for opening it to refuse."""
    return Path(os.path.realpath(path))


def in_sight(own: dict[str, Block], used: dict[str, Block], params: dict[str, ParamDecl]) -> Home:
    """What a file's own blocks see: each other, before what is brought in."""
    home = Home({**used, **own}, params)
    for block in own.values():
        block.home = home
    return home


def _defined_twice(block: Block, first: Block) -> Diagnostic:
    return Diagnostic(
        "E211",
        f"the block `{block.name}` is brought in twice",
        block.span,
        notes=(Note("it is defined here, too", first.span),),
        hint=f"leave one of the files out, or define `{block.name}` where both are used",
    )


def _too_many_files(span: Span) -> Diagnostic:
    return Diagnostic(
        "E004",
        "too much is brought in by `use`",
        span,
        expected=f"at most {_MAX_USES} entries in all files, {_MAX_CHAIN} files that use one "
        f"another in a row, and {MAX_BYTES // 2**20} MiB",
    )


class Libraries:
    """Follows `use`, each file once, only below the spec's own folder or the library.

    `remarks` are of files that stand in place of shipped ones.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.roots = (real(folder), real(library()))
        self.diagnostics = Findings()
        self.remarks: list[Diagnostic] = []
        self.read: dict[Path, dict[str, Block]] = {}
        self.uses = 0
        self.characters = 0

    def bring_in(self, tree: Tree, chain: tuple[Path, ...]) -> dict[str, Block]:
        """The blocks of the files that a file names; its path ends the chain, if it has one.

        What these use themselves is theirs.
        """
        blocks: dict[str, Block] = {}
        own = frozenset(block_names(tree))
        for name, span in used_files(tree):
            self.uses += 1
            if self.uses > _MAX_USES or len(chain) > _MAX_CHAIN:
                self.diagnostics.append(_too_many_files(span))
                raise ArchspecError(*self.diagnostics)
            path = self.find(name, span, chain)
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
                _defined_twice(block, blocks[key])
                for key, block in found.items()
                if key not in own and blocks.get(key, block) is not block
            ]
            blocks.update(found)
        return blocks

    def find(self, name: str, span: Span, chain: tuple[Path, ...]) -> Path | None:
        """The file that a name in `use` means; None where there is none, which is reported.

        Shipped files see shipped ones alone; others see what lies beside the spec before these.
        """
        if name.startswith(SHELF):
            return self.on_shelf(name, span)
        shipped = bool(chain) and chain[-1].is_relative_to(self.roots[1])
        for root in self.roots[shipped:] if "\0" not in name else ():
            path = real(root / name)
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
            if is_file(path):
                self.remark_hidden(path, name, span)
                return path
        beside = [
            p.relative_to(self.roots[0]).as_posix()
            for p in sorted(self.roots[0].glob("blocks/*.yaml"))
        ]
        self.not_found(name, span, "beside the spec or in the library", [*beside, *_on_shelf()])
        return None

    def on_shelf(self, name: str, span: Span) -> Path | None:
        """A shipped file of blocks, whatever there is beside the spec."""
        folder = real(shelf())
        path = real(folder / name.removeprefix(SHELF)) if "\0" not in name else folder
        if path.is_relative_to(folder) and is_file(path):
            return path
        self.not_found(name, span, "among the shipped ones, which `std/` means", _on_shelf())
        return None

    def not_found(self, name: str, span: Span, where: str, known: list[str]) -> None:
        there = did_you_mean(f"{SHELF}{Path(name).name}", known)
        hint = did_you_mean(name, known) or there
        expected = listed(known) if known and hint is None else None
        message = f"no file `{name}` {where}"
        self.diagnostics.append(Diagnostic("E101", message, span, expected=expected, hint=hint))

    def remark_hidden(self, path: Path, name: str, span: Span) -> None:
        """W104 for a file that has the name of a shipped one and something else in it."""
        shipped = real(self.roots[1] / name)
        if shipped == path or not shipped.is_relative_to(real(shelf())) or not is_file(shipped):
            return
        if read(self.shown(path)).text != read(shipped).text:
            message = f"`{name}` is the file beside the spec, not the shipped one"
            hint = f"the shipped one is `{SHELF}{shipped.name}`"
            self.remarks.append(Diagnostic("W104", message, span, hint=hint))

    def shown(self, path: Path) -> Path:
        """A file's path as seen from where the spec's own path starts."""
        root = self.roots[0]
        return self.folder / path.relative_to(root) if path.is_relative_to(root) else path

    def library(self, path: Path, span: Span, chain: tuple[Path, ...]) -> dict[str, Block]:
        """The blocks that a file defines."""
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
            self.diagnostics += reader.diagnostics
            self.read[path] = found.blocks if found is not None else {}
            if found is not None:
                in_sight(found.blocks, used, found.params)
        return self.read[path]


def _on_shelf() -> list[str]:
    return [f"{SHELF}{path.name}" for path in sorted(shelf().glob("*.yaml"))]
