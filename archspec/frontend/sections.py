"""Located tree -> what each key of a spec's and a block's top level holds, node lists apart.

Each reader takes the key's value; what it cannot read it reports, and leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic, Note, Span
from archspec.frontend.ast import Constant, Item, Value
from archspec.frontend.expressions import MAX_WORD, Template
from archspec.frontend.reader import Reader
from archspec.frontend.source import Mapping, Scalar, Sequence, Tree
from archspec.frontend.wording import kind
from archspec.ops.identifiers import IDENTITY, word_problem

VERSION = 1
"""Of the language that is read here."""


def read_version(tree: Tree, reader: Reader) -> int:
    """The version of the language that a file is written in, which is none that is newer."""
    given = tree.value if isinstance(tree, Scalar) else None
    if type(given) is not int or given < 1:
        message = "the version of the language is a whole number"
        reader.report("E203", message, tree.span, expected=f"archspec: {VERSION}", found=kind(tree))
    return VERSION


def is_newer(tree: Tree, reader: Reader) -> bool:
    """Whether a file is written in a newer version than is known here, which is reported.

    Nothing else is said of such a file: what it holds means something to others.
    """
    found = newer(tree)
    if found is not None:
        reader.diagnostics.append(found)
    return found is not None


def newer(tree: Tree) -> Diagnostic | None:
    """E212 for a file that is written in a newer version than is known here."""
    stated = tree.get("archspec") if isinstance(tree, Mapping) else None
    given = stated.value if isinstance(stated, Scalar) else None
    if stated is None or type(given) is not int or given <= VERSION:
        return None
    message = f"this file is written in version {given} of the language"
    expected = f"at most {VERSION}, the version that this archspec reads"
    hint = "a newer archspec reads it"
    return Diagnostic("E212", message, stated.span, expected=expected, hint=hint)


def read_text(tree: Tree, reader: Reader) -> str:
    if isinstance(tree, Scalar) and tree.value is not None:
        return tree.text
    reader.report("E203", "a text is wanted here", tree.span, expected="words", found=kind(tree))
    return ""


def read_doc(tree: Tree, reader: Reader) -> str:
    """What a block is, in a person's words."""
    return reader.attempt(reader.doc, tree) or ""


def read_line(tree: Tree, reader: Reader) -> str:
    """A text that titles and captions can hold, however many lines it is written in."""
    text = reader.line(read_text(tree, reader), tree.span)
    if len(text) > MAX_WORD:
        message = f"this text has {len(text):,} characters"
        reader.report("E203", message, tree.span, expected=f"at most {MAX_WORD:,}")
    return text


def read_label(tree: Tree, reader: Reader) -> Constant | Template | None:
    """What figures show in place of a name; None where it is faulty."""
    return reader.attempt(reader.label, tree)


def read_name(tree: Tree, reader: Reader) -> str:
    """A network's name, in one line."""
    if isinstance(tree, Scalar) and tree.value is not None and not tree.text.strip():
        message = "a network has a name"
        reader.report("E203", message, tree.span, expected="words", found=kind(tree))
    return read_line(tree, reader)


def read_year(tree: Tree, reader: Reader) -> int:
    if isinstance(tree, Scalar) and type(tree.value) is int:
        return tree.value
    reader.report(
        "E203", "a whole number is wanted here", tree.span, expected="a year", found=kind(tree)
    )
    return 0


def empty(tree: Tree) -> bool:
    """Whether nothing is written where something should be: no value, `{}` or `[]`."""
    if isinstance(tree, Scalar):
        return tree.value is None
    return not (tree.items if isinstance(tree, Sequence) else tree.entries)


def named(key: Scalar, reader: Reader, what: str) -> str:
    problem = word_problem(key.text)
    if problem:
        reader.report("E206", f"`{key.text}` cannot be {what}: {problem}", key.span)
    return key.text


def named_input(key: Scalar, reader: Reader) -> str:
    """The name of an input, by which branches read it."""
    if key.text == IDENTITY:
        message = f"`{key.text}` cannot be an input's name: as a branch it is what feeds the merge"
        reader.report("E206", message, key.span)
    return named(key, reader, "an input's name")


def read_inputs(tree: Tree, reader: Reader) -> dict[str, tuple[Span, Value]]:
    shapes: dict[str, tuple[Span, Value]] = {}
    if empty(tree):
        what = "a name and a shape, such as image: [3, 224, 224]"
        reader.report("E202", "`inputs` is empty", tree.span, expected=what)
        return shapes
    if isinstance(tree, Sequence):
        what = "a name and a shape, such as {image: [3, 224, 224]}"
        reader.report("E203", "an input has a name", tree.span, expected=what, found=kind(tree))
        return shapes
    for key, value in reader.entries(tree, "`inputs`"):
        if not isinstance(value, Sequence) or not value.items:
            reader.report(
                "E203",
                f"the input `{key.text}` has no shape",
                value.span,
                expected="a list of sizes without the batch axis, such as [3, 224, 224]",
                found=kind(value),
            )
            continue
        shapes[named_input(key, reader)] = (key.span, reader.value(value))
    return shapes


def read_variants(tree: Tree, reader: Reader) -> dict[str, dict[str, tuple[Span, Value]]]:
    """Rows of parameters by name, without labels: `row_labels` gives these."""
    variants: dict[str, dict[str, tuple[Span, Value]]] = {}
    for key, value in reader.entries(tree, "`variants`"):
        reader.check_controls(key.text, key.span)
        if key.text.startswith("_"):
            message = f"no variant can be called `{key.text}`"
            hint = "names that begin with an underscore are kept for the language"
            reader.report("E206", message, key.span, hint=hint)
        elif not key.text.strip():
            reader.report("E206", "a variant needs a name", key.span)
        entries = reader.entries(value, "a variant's parameters")
        variants[key.text] = {
            k.text: (k.span, reader.value(v)) for k, v in entries if k.text != "label"
        }
    return variants


def row_labels(tree: Tree | None) -> Iterator[tuple[str, Scalar, Tree]]:
    """The labels in the rows of variants, each with the variant's name and its key."""
    for variant, row in tree.entries if isinstance(tree, Mapping) else ():
        for key, value in row.entries if isinstance(row, Mapping) else ():
            if key.text == "label":
                yield variant.text, key, value


def read_use(tree: Tree, reader: Reader) -> list[tuple[str, Span]]:
    if not isinstance(tree, Sequence):
        reader.report(
            "E203",
            "`use` lists files",
            tree.span,
            expected="[std/conv.yaml]",
            found=kind(tree),
        )
        return []
    for part in tree.items:
        if isinstance(part, Scalar) and part.value is not None and not part.text.strip():
            reader.report("E203", "this names no file", part.span, expected="std/conv.yaml")
    return [(read_text(t, reader), t.span) for t in tree.items]


def read_names(tree: Tree, reader: Reader) -> dict[str, Span]:
    """The names of a block's inputs."""
    names: dict[str, Span] = {}
    if not isinstance(tree, Sequence) or not tree.items:
        reader.report(
            "E203",
            "`inputs` of a block lists names",
            tree.span,
            expected="[x, mask]",
            found=kind(tree),
        )
        return names
    for part in tree.items:
        name = read_text(part, reader)
        if not isinstance(part, Scalar) or part.value is None:
            continue  # which has been reported
        named_input(part, reader)
        if name in names:
            reader.report("E402", f"the input `{name}` is named twice", part.span)
        names[name] = part.span
    return names


def read_graph(tree: Tree, reader: Reader) -> list[Item]:
    if isinstance(tree, Sequence) and not tree.items:
        reader.report("E202", "the graph is empty", tree.span, expected="at least one node")
    reader.unchanged, reader.so_called = [], []
    items = reader.attempt(reader.body, tree) or []
    if reader.unchanged and reader.so_called:
        message = f"`{IDENTITY}` cannot be an id here: as a branch it is what feeds the merge"
        note = Note("as it is here", reader.unchanged[0])
        hint = "write [] for what feeds the merge"
        place = reader.so_called[0]
        reader.diagnostics.append(Diagnostic("E206", message, place, notes=(note,), hint=hint))
    return items
