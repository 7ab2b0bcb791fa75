"""How much code was emitted for each network before code generation was a tree, and is now.

`tests/emitted_before.tar.xz` holds the file of every shipped network as commit 73772f5 emitted it.
`python -m tests.emitted_before` prints a table, and with a folder it writes both states there, so
that they can be compared with any tool.
"""

from __future__ import annotations

import ast
import io
import sys
import tarfile
import tokenize
from pathlib import Path

from archspec import pipeline, zoo

ARCHIVE = Path(__file__).with_suffix(".tar.xz")


def before() -> dict[str, str]:
    """The emitted file of each network at that time, by `family@variant`."""
    with tarfile.open(ARCHIVE) as archive:
        files = {member.name: archive.extractfile(member) for member in archive if member.isfile()}
        return {Path(name).stem: file.read().decode() for name, file in files.items() if file}


def now() -> dict[str, str]:
    """What is emitted for each network today, by the same names."""
    return {
        f"{entry.family}@{entry.variant}": pipeline.source(pipeline.elaborate(entry.name))
        for entry in zoo.networks()
    }


def code_lines(text: str) -> int:
    """Count the lines of `text` that hold code, initialisation apart.

    Docstrings, comments and blank lines are none. Of an initialisation, which is a statement of a
    constructor that calls `nn.init`, no line counts.
    """
    apart = {
        line
        for node in ast.walk(ast.parse(text))
        if _is_apart(node) and isinstance(node, ast.stmt)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    lines = {
        line
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in skipped and token.type != tokenize.ENDMARKER
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(lines - apart)


def _is_apart(node: ast.AST) -> bool:
    """Whether a statement is a docstring, or has nothing but an initialisation in it."""
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case ast.Expr() | ast.For() | ast.If():
            return "nn.init." in ast.unparse(node) and not any(
                isinstance(part, ast.Assign) for part in ast.walk(node)
            )
    return False


def main() -> None:
    """Print the lines of code of each network before and now, the largest growth first."""
    old, new = before(), now()
    if folder := next(iter(sys.argv[1:]), None):
        for state, texts in {"before": old, "now": new}.items():
            Path(folder, state).mkdir(parents=True)
            for name, text in texts.items():
                Path(folder, state, f"{name}.py").write_text(text, encoding="utf-8")
    counts = {name: (code_lines(old[name]), code_lines(new[name])) for name in old if name in new}
    for name, (was, is_) in sorted(counts.items(), key=lambda item: item[1][0] / item[1][1]):
        print(f"{name:40} {was:5} {is_:5} {is_ / was:6.2f}")
    was, is_ = map(sum, zip(*counts.values(), strict=True))
    print(f"{'all':40} {was:5} {is_:5} {is_ / was:6.2f}")


if __name__ == "__main__":
    main()
