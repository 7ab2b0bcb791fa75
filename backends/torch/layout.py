"""Statements of `forward` that are too long, broken as `ruff format` breaks them."""

from __future__ import annotations

import ast
from itertools import pairwise

from archspec.backends.torch.words import INDENT, WIDTH


def wrapped(prefix: str, text: str, margin: str, suffix: str = "") -> list[str]:
    """An expression on one line, or what stands in its last brackets on lines of their own."""
    whole = f"{margin}{prefix}{text}{suffix}"
    if len(whole) <= WIDTH:
        return [whole]
    head, items, tail, joiner = _parts(text, WIDTH - len(margin + prefix))
    if not items:
        return [whole]
    inner = margin + INDENT
    line = inner + (", " if joiner == "," else " ").join(items)
    collection = joiner == "," and head.rpartition("=")[2] in ("(", "[")  # an item a line
    if len(line) <= WIDTH and not collection:
        below = [line]
    elif joiner == ",":
        below = [row for item in items for row in wrapped("", item, inner, ",")]
    else:
        below = [inner + item for item in items]
    return [f"{margin}{prefix}{head}", *below, f"{margin}{tail}{suffix}"]


Parts = tuple[str, list[str], str, str]
"""What comes before the items in brackets, the items, what comes after, what joins them."""


def _parts(text: str, room: int) -> Parts:
    """Where an expression is broken, whose first line has so much room."""
    name, equals, value = text.partition("=")
    if equals and name.isidentifier():  # an argument with its keyword
        head, items, tail, joiner = _parts(value, room - len(name) - 1)
        return f"{name}={head}", items, tail, joiner
    if text.startswith("*") or text == ":":
        return "", [], "", ""
    tree = ast.parse(text, mode="eval").body
    if isinstance(tree, ast.Call):
        return _call(text, tree, room)
    if isinstance(tree, ast.List | ast.Tuple):
        opening, closing = "[]" if isinstance(tree, ast.List) else "()"
        return opening, [_said(text, e) for e in tree.elts], closing, ","
    if isinstance(tree, ast.Subscript) and isinstance(tree.slice, ast.Tuple):
        head = f"{_said(text, tree.value)}["
        return head, [_said(text, e) for e in tree.slice.elts], "]", ","
    if isinstance(tree, ast.ListComp):
        element = _said(text, tree.elt)
        return "[", [element, text[1 + len(element) : -1].strip()], "]", " "
    return _operation(text, tree)


def _call(text: str, tree: ast.Call, room: int) -> Parts:
    """The last brackets; of f(x).mean(0), and where the first line would be too long, f's."""
    head = f"{_said(text, tree.func)}("
    owner = tree.func.value if isinstance(tree.func, ast.Attribute) else None
    trailing = len(tree.args) == 1 and isinstance(tree.args[0], ast.Constant)
    if isinstance(owner, ast.Call) and (trailing or len(head) > room):
        start = len(_said(text, owner))
        before, items, tail, joiner = _parts(text[:start], room)
        return before, items, tail + text[start:], joiner
    keywords = [f"{k.arg}={_said(text, k.value)}" for k in tree.keywords]
    return head, [*(_said(text, a) for a in tree.args), *keywords], ")", ","


def _operation(text: str, tree: ast.expr) -> Parts:
    """What stands between operators, each with the one before it."""
    if isinstance(tree, ast.BinOp):
        inner = _said(text, tree.left)
        there = text.startswith(f"({inner})")  # brackets, as in (a + b) / 2
        tail = text[1 + len(inner) :] if there else ")"
        return "(", _terms(inner if there else text), tail, " "
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.operand, ast.BoolOp):
        inner = text.removeprefix("not (").removesuffix(")")
        return "not (", _operands(inner, ast.parse(inner, mode="eval").body), ")", " "
    if isinstance(tree, ast.BoolOp | ast.Compare | ast.UnaryOp):
        return "(", _operands(text, tree), ")", " "
    return "", [], "", ""


def _operands(text: str, tree: ast.expr) -> list[str]:
    """`a and b` as `a`, `and b`; `a == b` as `a`, `== b`; anything else in one piece."""
    terms = tree.values if isinstance(tree, ast.BoolOp) else []
    if isinstance(tree, ast.Compare):
        terms = [tree.left, *tree.comparators]
    raw, start, items = text.encode(), 0, list[str]()
    for before, after in pairwise(terms):
        between = raw[before.end_col_offset : after.col_offset]
        brackets = len(between) - len(between.lstrip(b") "))
        cut = (before.end_col_offset or 0) + brackets
        items.append(raw[start:cut].decode().strip())
        start = cut
    return [*items, raw[start:].decode().strip()]


def _said(text: str, node: ast.expr) -> str:
    if text.isascii():  # the library's way goes through the whole text each time
        return text[node.col_offset : node.end_col_offset]
    return ast.get_source_segment(text, node) or ""


def _terms(text: str) -> list[str]:
    """`a + b * c - d` as `a`, `+ b * c`, `- d`."""
    tree, terms = ast.parse(text, mode="eval").body, list[str]()
    sums = isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add | ast.Sub)
    while isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add | ast.Sub) is sums:
        start = len(_said(text, tree.left))
        terms.insert(0, text[start:].strip())
        text, tree = text[:start], tree.left
    return [text, *terms]
