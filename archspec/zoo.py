"""The shipped networks and what they cost.

`index.json`, in the folder of the specs, has the costs of all of them, so that listing them
need not elaborate any. It is written by `make docs`; a family in it is believed as long as
its spec, and every file that the spec uses, reads as it did then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from archspec import pipeline
from archspec.analysis import cost
from archspec.frontend.loading import Document, families, load
from archspec.frontend.using import library
from archspec.tables.listing import Entry, entry, records

INDEX = "index.json"

_PUBLISHERS = frozenset({"torchvision", "timm", "keras", "caffe", "pytorchcv", "paper"})
"""Variants named for who published them: only with their family do they name a network."""


def networks() -> Iterator[Entry]:
    """Every variant of every shipped spec; elaborated where the index is not up to date."""
    known = _index()
    for path in families():
        family = known.get(path.stem)
        if family is not None and _fresh(family):
            yield from map(entry, family["networks"])
        else:
            yield from counted(load(path), path.stem)


def stale() -> list[str]:
    """The families that `networks` has to elaborate."""
    known = _index()
    names = [path.stem for path in families()]
    return [name for name in names if name not in known or not _fresh(known[name])]


def counted(document: Document, family: str) -> Iterator[Entry]:
    """Every variant of a spec, elaborated and counted."""
    spec = document.spec
    for form in pipeline.forms(document):
        stats = cost.stats(pipeline.elaborate(document, form))
        yield Entry(
            name=label(family, form),
            family=family,
            variant=form,
            usual=form is None or not spec.variants[form],
            params=stats.totals.params,
            macs=stats.totals.macs,
            inputs=stats.inputs,
            year=spec.year,
            source=spec.source or None,
        )


def label(family: str, form: str | None) -> str:
    """The name that a variant of a shipped spec goes by."""
    return f"{family}@{form}" if form in _PUBLISHERS else form or family


def index() -> str:
    """The text of the index as it should be, with every network elaborated."""
    parts = []
    for path in families():
        document = load(path)
        rows = [json.dumps(r, ensure_ascii=False) for r in records(counted(document, path.stem))]
        files = json.dumps({name: _digest(name) for name in _files(document, path)})
        networks = ",\n  ".join(rows)
        parts.append(f'"{path.stem}": {{"files": {files}, "networks": [\n  {networks}]}}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _files(document: Document, path: Path) -> list[str]:
    """The spec's file and those that its blocks are from, as seen from the library."""
    used = {Path(block.span.source.name) for block in document.home.every_block()}
    return sorted(file.relative_to(library()).as_posix() for file in {path, *used})


def _index() -> Mapping[str, Any]:
    """The families in the index; none, if it is missing or damaged."""
    try:
        families: dict[str, Any] = json.loads((library() / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return families


def _fresh(family: Mapping[str, Any]) -> bool:
    return all(_digest(name) == digest for name, digest in family["files"].items())


def _digest(name: str) -> str | None:
    """Of the text, which is the same whatever ends its lines; None where there is no such file."""
    try:
        text = (library() / name).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    return sha256(text.encode()).hexdigest()
