"""Writes the generated parts of the documentation anew: `make docs`.

What is generated in a page is marked by a comment on the line before it:

    <!-- file: NAME -->        the block is also a file, there for the commands of the page
    <!-- output: COMMAND -->   the block is what the command prints
    <!-- begin: NAME -->       from here to `<!-- end -->`, what `SECTIONS[NAME]` returns

And in every ```console block, what stands below a `$ archspec ...` is what it prints; `...`
on a line by itself stands for any lines left out. tests/test_docs.py holds all this fresh,
and runs the examples that remain.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import Any

from click.testing import CliRunner
from pydantic import ValidationError
from pydantic_core import PydanticUndefined

import archspec
from archspec import zoo
from archspec.analysis.units import brief, dims
from archspec.backends.graphviz import engine
from archspec.backends.torch.layers import LOWERINGS, Layer
from archspec.cli.app import main as cli
from archspec.diagnostics import Source
from archspec.frontend.ast import Constant, ParamDecl
from archspec.frontend.attributes import expectation
from archspec.frontend.evaluation import show
from archspec.frontend.loading import families, load, load_source
from archspec.frontend.using import SHELF, library
from archspec.ops import REGISTRY, Op, OpError, Shape
from archspec.ops.bases import Movement, Pointwise
from archspec.tables.columns import COLUMNS
from archspec.tables.listing import Entry
from docs import architecture

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
PAGES = tuple(
    ROOT / name
    for name in (
        "README.md",
        "CONTRIBUTING.md",
        "docs/start.md",
        "docs/language.md",
        "docs/cli.md",
        "docs/plugins.md",
        "docs/figures.md",
        "docs/gallery.md",
        "docs/lectures.md",
        "docs/torch.md",
        "docs/python.md",
        "docs/numbers.md",
        "docs/zoo.md",
        "docs/architecture.md",
    )
)
FIGURES = {
    "tiny.svg": "README.md:tiny.yaml",
    "start.svg": "docs/start.md:resnet.yaml",
    "architecture.svg": "docs/architecture.md:small.yaml",
    **{f"zoo/{path.stem}.svg": path.stem for path in families()},
}
"""Each figure of docs/images: its spec, a zoo name or `PAGE:FILE`."""


# --- pages ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, and the comment before it, split at the colon."""

    language: str
    body: str
    kind: str
    what: str
    line: int


_FENCE = re.compile(
    r"^(?P<mark><!-- (?P<kind>\w+)(?:: (?P<what>[^\n]*?))? -->\n)?"
    r"(?P<open>(?P<ticks>```+)(?P<language>\w*)\n)(?P<body>.*?)^(?P=ticks)$",
    re.MULTILINE | re.DOTALL,
)
_SECTION = re.compile(r"^(<!-- begin: (\w+) -->\n).*?^(<!-- end -->)$", re.MULTILINE | re.DOTALL)


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page."""
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start("open")) + 1
        yield Block(
            match["language"], match["body"], match["kind"] or "", match["what"] or "", line
        )


def refreshed(text: str, folder: Path) -> str:
    """A page with its generated parts anew; its files and its commands' results in `folder`."""
    text = _SECTION.sub(lambda match: match[1] + SECTIONS[match[2]]() + match[3], text)

    def replace(match: re.Match[str]) -> str:
        body, kind, what = match["body"], match["kind"], match["what"]
        with chdir(folder):
            if kind == "file":
                Path(what).parent.mkdir(parents=True, exist_ok=True)
                Path(what).write_text(body, encoding="utf-8")
            elif kind == "output":
                body = _kept(body, run(what))
            elif match["language"] == "console":
                body = "".join(_rerun(body))
        return (match["mark"] or "") + match["open"] + body + match["ticks"]

    return _FENCE.sub(replace, text)


def charts(page: Path, folder: Path) -> Iterator[tuple[Path, bytes]]:
    """The SVG files that a page shows and its commands have drawn in `folder`, and their places."""
    for target in re.findall(r"!\[[^\]]*\]\(([^)]+\.svg)\)", page.read_text(encoding="utf-8")):
        drawn = folder / Path(target).name
        if drawn.is_file():
            yield page.parent / target, drawn.read_bytes()


def _rerun(body: str) -> Iterator[str]:
    """A console block with every command's output anew."""
    for part in re.split(r"^(?=\$ )", body, flags=re.MULTILINE):
        if part.strip():
            command, _, old = part.partition("\n")
            new = run(command.removeprefix("$ "))
            gap = "\n" if old.endswith("\n\n") or old == "\n" else ""
            yield f"{command}\n{_kept(old.removesuffix(gap), new)}{gap}"


def run(command: str) -> str:
    """What an `archspec` command prints, on both streams."""
    program, *arguments = shlex.split(command)
    if program != "archspec":
        raise ValueError(f"only archspec is run here, not `{command}`")
    if "--plugin" in arguments:  # which would stay imported here
        started = [sys.executable, "-m", program, *arguments]
        done = subprocess.run(started, check=False, stdout=PIPE, stderr=STDOUT)
        return done.stdout.decode()
    # click 8.1 takes both streams for one where it is told to, as others do in `output`.
    mixing = "mix_stderr" in inspect.signature(CliRunner).parameters
    runner = CliRunner(**({"mix_stderr": True} if mixing else {}))
    result = runner.invoke(cli, arguments, prog_name=program)
    printed = result.stdout if mixing else result.output
    if result.exit_code not in (0, 1, 2):
        raise RuntimeError(f"`{command}` failed: {printed}")
    return printed.rstrip("\n") + "\n" if printed.strip() else ""


def _kept(old: str, new: str) -> str:
    """The old text where it shows the new one: `...` stands for lines, seconds are any."""
    pattern = re.escape(old).replace(re.escape("...\n"), r"(?:.*\n)*?")
    pattern = re.sub(r"\d+\\\.\d\d\\ s\b", r"\\d+\\.\\d\\d s", pattern)
    return old if old and re.fullmatch(pattern, new) else _cut(old, new)


def _cut(old: str, new: str) -> str:
    """New text that is cut where the old one was, if that was in one place."""
    head, *tails = old.split("...\n")
    if len(tails) != 1 or not head:
        return new
    lines = new.splitlines(keepends=True)
    first, last = head.count("\n"), tails[0].count("\n")
    if first + last >= len(lines):
        return new
    return "".join([*lines[:first], "...\n", *lines[len(lines) - last :]])


# --- the reference of ops ---------------------------------------------------------------------

SHAPES: tuple[Shape, ...] = ((4,), (4, 8), (4, 8, 8), (4, 8, 8, 8))
_READS = {
    (1,): "`[F]`",
    (1, 2): "`[F]` or `[L, F]`",
    (3,): "`[C, H, W]`",
    (3, 4): "`[C, H, W]` or `[C, D, H, W]`",
    (2, 3, 4): "`[C, L]`, `[C, H, W]` or `[C, D, H, W]`",
}
"""The shapes with these numbers of axes, in words."""

_OPERANDS: dict[str, tuple[Shape, ...]] = {
    "affine_grid": ((6,),),
    "deform_conv": ((4, 8, 8), (2, 8, 8)),
    "grid_sample": ((4, 8, 8), (8, 8, 2)),
}
"""What is read by the ops that none of `SHAPES` is for."""

_ATTRIBUTES: dict[str, dict[str, Any]] = {
    "affine_grid": {"size": 8},
    "channel_select": {"channels": (0,)},
    "fractional_max_pool": {"output_size": 1},
    "masked_conv": {"kernel_mask": "A"},
}
"""What has to be said of an op besides numbers."""


def ops() -> str:
    """A section an op, under a heading for each module of archspec/ops."""
    parts: list[str] = []
    heading = None
    for op in sorted(REGISTRY.values(), key=_place):
        module = inspect.getmodule(op)
        title = re.split(r"[,.:]", inspect.getdoc(module) or "")[0]
        if title != heading:
            parts.append(f"### {title}\n")
            heading = title
        parts.append("\n".join(_section(op)))
    return "\n" + "\n".join(parts) + "\n"


_ORDER = (
    *("conv", "special_conv", "linear", "pool", "norm", "activation", "dropout", "drop_path"),
    *("shape", "channels", "sampling", "merge"),
)


def _place(op: type[Op]) -> int:
    """Where the op's module stands on the page; one that is not in `_ORDER` comes last."""
    module = op.__module__.rpartition(".")[2]
    return _ORDER.index(module) if module in _ORDER else len(_ORDER)


def _section(op: type[Op]) -> Iterator[str]:
    yield f"#### `{op.name}`\n"
    yield f"{inspect.getdoc(op)}\n"
    fields = dict(sorted(op.model_fields.items(), key=lambda field: field[0] != op.primary))
    if fields:
        yield "| attribute | takes | default |"
        yield "| --- | --- | --- |"
        for name, field in fields.items():
            bare = " (bare value)" if name == op.primary else ""
            default = "required" if field.default is PydanticUndefined else _yaml(field.default)
            yield f"| `{name}`{bare} | {_cell(expectation(op, name))} | {default} |"
        yield ""
    yield from _facts(op)
    yield ""


def _facts(op: type[Op]) -> Iterator[str]:
    """What is found by trying the op on a value of every rank."""
    shapes = [(shape, shape) if op.merges else (shape,) for shape in SHAPES]
    ranks: list[int] = []
    written: list[str] = []
    tensors, macs = "", 0
    for operands in [_OPERANDS[op.name]] if op.name in _OPERANDS else shapes:
        made = _example(op, operands)
        if made is None:
            continue
        ranks.append(len(operands[0]))
        written.append(_written(LOWERINGS[op](made, operands), len(operands)))
        found = [f"`{t.name}`{'' if t.trainable else ' (buffer)'}" for t in made.tensors(*operands)]
        tensors = ", ".join(found) or tensors
        macs += made.macs(operands, made.infer(*operands))
    if not op.merges and op.name not in _OPERANDS:
        yield f"- Reads: {_READS.get(tuple(ranks), 'any shape')}"
    yield f"- PyTorch: {' or '.join(dict.fromkeys(written))}"
    if tensors:
        yield f"- Tensors: {tensors}"
    if macs:
        yield "- MACs are counted"


def _written(layer: Layer, operands: int) -> str:
    if layer.helper is not None:
        return f"`{layer.helper}`, written into the file"
    if layer.module is not None:
        return f"`{layer.module.name}`"
    assert layer.expr is not None
    return f"`{layer.expr.template.format(x=layer.expr.joiner.join('ab'[:operands]), args='')}`"


def _example(op: type[Op], operands: tuple[Shape, ...]) -> Op | None:
    """The op with as little said as possible, if it can read values of these shapes."""
    required = [name for name, field in op.model_fields.items() if field.is_required()]
    optional = [] if op.primary is None else [op.primary]
    for names in (required, [*required, *optional]):
        for value in (1, 2, (-1,)):
            try:
                made = op(**dict.fromkeys(names, value) | _ATTRIBUTES.get(op.name, {}))
                made.infer(*operands)
            except (ValidationError, OpError):
                continue
            return made
    return None


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _yaml(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return f"`{'null' if value is None else str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def work() -> str:
    """A table of what each op computes; at its foot the ops that compute nothing."""
    known = sorted(REGISTRY.values(), key=_place)
    alike: dict[str, list[str]] = {}
    for op in known:
        alike.setdefault(_computed(op), []).append(f"`{op.name}`")
    free = alike.pop(_computed(Movement))
    rows = "\n".join(f"| {', '.join(names)} | {text} |" for text, names in alike.items())
    foot = f"Nothing is computed, for values are only moved, by {', '.join(free)}."
    return f"\n| op | what it computes |\n| --- | --- |\n{rows}\n\n{foot}\n\n"


def _computed(op: type[Op]) -> str:
    if op.work is not Pointwise.work:
        return _cell(" ".join((inspect.getdoc(op.work) or "").split()).rstrip("."))
    counts = ((op.each.elementwise, "operation"), (op.each.comparisons, "comparison"))
    parts = [f"{n} {what}{'' if n == 1 else 's'}" for n, what in counts if n]
    return f"{' and '.join(parts)} a value"


# --- other sections ----------------------------------------------------------------------------


STAR = " \\*"


def networks() -> str:
    """The shipped families: the usual form of each, how many there are, and where it is from."""
    lines = ["| family | usual form | forms | after |", "| --- | --- | ---: | --- |"]
    for path, entries in _zoo():
        usual = ", ".join(f"`{e.name}`" for e in entries if e.usual)
        source = load(path).spec.source.split(",")[0]
        lines.append(f"| [{path.stem}](specs/{path.name}) | {usual} | {len(entries)} | {source} |")
    return "\n".join(lines) + "\n"


def gallery() -> str:
    """A section a family, oldest first: where it is from, its forms, its figure."""
    specs = {path: (load(path).spec, entries) for path, entries in _zoo()}
    order = sorted(specs, key=lambda path: (specs[path][0].year or 0, path.stem))
    contents = [f"[{specs[p][0].name}](#{_anchor(specs[p][0].name)})" for p in order]
    parts = ["\n" + " ·\n".join(contents) + "\n"]
    for path in order:
        spec, entries = specs[path]
        link = f"[{path.name}](../specs/{path.name})"
        parts.append(f"## {spec.name}\n\n{spec.source} ({spec.year}): {link}\n")
        if spec.description:
            parts.append(f"{spec.description.strip()}\n")
        parts.append("| name | params | MACs | input |\n| --- | ---: | ---: | --- |")
        parts += [
            f"| `{e.name}`{STAR if e.usual else ''} | {e.params:,} | {brief(e.macs)} "
            f"| {', '.join(map(dims, e.inputs.values()))} |"
            for e in entries
        ]
        parts.append(f"\n![{path.stem}](images/zoo/{path.stem}.svg)\n")
    return "\n".join(parts) + "\n"


def _zoo() -> Iterator[tuple[Path, list[Entry]]]:
    """Every shipped spec and the networks in it."""
    found = list(zoo.networks())
    for path in families():
        yield path, [entry for entry in found if entry.family == path.stem]


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-")


def shelf() -> str:
    """A table of the shipped blocks: what each takes, and which file has it."""
    lines = ["| block | parameters | file |", "| --- | --- | --- |"]
    for path in sorted((library() / "blocks").glob("*.yaml")):
        used = f"{SHELF}{path.name}"
        text = f"{{name: N, inputs: {{x: [1, 8, 8]}}, use: [{used}], graph: [relu]}}"
        for block in load_source(Source("shelf", text), None).blocks.values():
            takes = ", ".join(f"`{name}{_given(p)}`" for name, p in block.params.items())
            lines.append(f"| `{block.name}` | {takes} | [{used}](../specs/blocks/{path.name}) |")
    return "\n" + "\n".join(lines) + "\n\n"


def _given(param: ParamDecl) -> str:
    """A parameter's type, or its default as the file has it."""
    if param.default is None:
        return f": {param.type}"
    if isinstance(param.default, Constant):
        return f" = {show(param.default.value)}"
    return f" = {getattr(param.default, 'text', '...')}"


def columns() -> str:
    """The columns of `archspec stats`."""
    rows = [f"| `{c.name}` | {c.title} | {c.about} |\n" for c in COLUMNS]
    return "| column | title | what it holds |\n| --- | --- | --- |\n" + "".join(rows)


def modules() -> str:
    """Every module of ours under its folder, with what its docstring says first."""
    found = []
    for folder in sorted({path.parent for path in _python("archspec", "backends")}):
        found.append(f"\n**`{folder.relative_to(ROOT)}/`**\n\n")
        for path in sorted(folder.glob("*.py")):
            about = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
            if about is not None:
                first = " ".join(about.partition("\n\n")[0].split())
                found.append(f"- `{path.name}`: {first}\n")
    return "".join(found)


def _python(*folders: str) -> Iterator[Path]:
    """The files of Python in some folders, at any depth."""
    return (path for folder in folders for path in (ROOT / folder).rglob("*.py"))


SECTIONS: dict[str, Callable[[], str]] = {
    "modules": modules,
    "ops": ops,
    "work": work,
    "shelf": shelf,
    "networks": networks,
    "gallery": gallery,
    "columns": columns,
    **architecture.SECTIONS,
}


# --- figures -----------------------------------------------------------------------------------


def figure(name: str) -> str:
    """The SVG text of a figure that nobody has told anything about."""
    spec = FIGURES[name]
    page, _, wanted = spec.rpartition(":")
    with tempfile.TemporaryDirectory() as folder:
        if page:
            text = (ROOT / page).read_text(encoding="utf-8")
            spec = os.fspath(Path(folder, wanted))
            (body,) = (b.body for b in blocks(text) if (b.kind, b.what) == ("file", wanted))
            Path(spec).write_text(body, encoding="utf-8")
        return archspec.render(spec).svg


def draw(name: str) -> None:
    """Write a figure, unless it is there as it should be."""
    path, drawn = DOCS / "images" / name, figure(name)
    if not path.is_file() or path.read_text(encoding="utf-8") != drawn:
        path.write_text(drawn, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")


def main() -> None:
    engine.ENGINES = (engine.bundled,)  # whatever `dot` this machine has
    index = library() / zoo.INDEX
    before = index.read_text(encoding="utf-8") if index.is_file() else ""
    after = zoo.index()
    if after != before:
        index.write_text(after, encoding="utf-8")
        print(f"wrote {index.relative_to(ROOT)}")
    for page in PAGES:
        before = page.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            after = refreshed(before, Path(folder))
            drawn = dict(charts(page, Path(folder)))
        if after != before:
            page.write_text(after, encoding="utf-8")
            print(f"wrote {page.relative_to(ROOT)}")
        for path, chart in drawn.items():
            if not path.is_file() or path.read_bytes() != chart:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(chart)
                print(f"wrote {path.relative_to(ROOT)}")
    (DOCS / "images" / "zoo").mkdir(parents=True, exist_ok=True)
    for name in FIGURES:
        draw(name)


if __name__ == "__main__":
    main()
