"""Expressions: `$name`, `$(4 * channels)`, and the bare ones of `when`, `for` and `repeat`.

Python's `ast` reads them and a small evaluator of our own computes them: no `eval`, no
attribute but those of a `Namespace`, no call but of a few functions, and a bound on the size of
every value, checked before the value is built.
"""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from archspec.diagnostics import ArchspecError, Diagnostic, Span
from archspec.frontend.budget import A_PARSE, current
from archspec.frontend.environment import Namespace
from archspec.frontend.evaluation import Fault, Run, evaluate, show
from archspec.frontend.grammar import faults_of
from archspec.frontend.source import Scalar

__all__ = [
    "Expression",
    "Namespace",
    "Template",
    "parse_bare",
    "parse_expression",
    "parse_value",
]

MAX_TEXT = 2_000
MAX_WORD = 1_000
"""Characters of a text that is a value, and so a word of some kind; descriptions have more."""
MAX_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression: `names` are the variables it reads, `tree` has no sigils left."""

    text: str
    span: Span
    tree: ast.expr
    names: frozenset[str]

    def evaluate(self, env: Mapping[str, object]) -> object:
        """The value where the names mean what `env` says.

        Raises:
            ArchspecError: E302 for an unknown name or attribute, E304 for what cannot be
                computed, E305 for a value that is too large.
        """
        budget = current()
        if isinstance(self.tree, ast.Name) and self.tree.id in env and budget.spend(1):
            return _checked(env[self.tree.id], self.span)  # as most are, and in one step
        run = Run(env, budget.work)
        whole = run.elements
        try:
            value = evaluate(self.tree, run)
        except Fault as fault:
            raise ArchspecError(self._diagnostic(fault)) from None
        except RecursionError:
            message = "the values of this expression nest too deep"
            raise ArchspecError(Diagnostic("E305", message, self.span)) from None
        finally:
            budget.spend(whole - run.elements)
        return _checked(value, self.span)

    def place(self, node: ast.AST) -> Span:
        """Where a part of the tree stands."""
        return _node_span(self.text, self.span, node)

    def _diagnostic(self, fault: Fault) -> Diagnostic:
        return Diagnostic(fault.code, fault.message, self.place(fault.node), hint=fault.hint)


@dataclass(frozen=True, slots=True)
class Template:
    """Text with expressions in it, such as `layer$(i + 1)`."""

    parts: tuple[str | Expression, ...]
    span: Span
    text: str

    def evaluate(self, env: Mapping[str, object]) -> str:
        """The text with every expression's value written into it.

        Raises:
            ArchspecError: as `Expression.evaluate`, and E306 for a value that is no word or
                number.
        """
        out: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                out.append(part)
                continue
            value = part.evaluate(env)
            if not isinstance(value, str | int | float):
                message = f"only words and numbers can be written into text, not {show(value)}"
                raise ArchspecError(Diagnostic("E306", message, part.span))
            out.append(str(value).lower() if isinstance(value, bool) else str(value))
        text = "".join(out)
        check_length(text, self.span)
        current().spend(len(text))
        return text

    @property
    def pattern(self) -> str:
        """A regular expression for all that some values could make of it."""
        return "".join(re.escape(p) if isinstance(p, str) else ".*" for p in self.parts)

    def matches(self, text: str) -> bool:
        """Whether some values could make this text of it."""
        return re.fullmatch(self.pattern, text) is not None


def _checked(value: object, span: Span) -> object:
    if isinstance(value, str):
        check_length(value, span)
    return value


def check_length(text: str, span: Span) -> None:
    """Raise E305 for a text that is longer than any word."""
    if len(text) > MAX_WORD:
        message = f"a text has at most {MAX_WORD:,} characters, and this has {len(text):,}"
        raise ArchspecError(Diagnostic("E305", message, span))


# --- From text to tree --------------------------------------------------------------------

_STRING = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_STRING_OR_SIGIL = re.compile(rf"({_STRING})|\$(?=[^\W\d]|\()", re.DOTALL)
_STRING_OR_BRACKET = re.compile(rf"{_STRING}|[()\[\]'\"]", re.DOTALL)
_STRING_OR_FOREIGN = re.compile(
    rf"{_STRING}|\$\{{|\$|#|&&|\|\||!(?!=)|\?|(?<![=!<>])=(?!=)", re.DOTALL
)
_FOREIGN = {
    "${": "write $(...) instead of ${...}",
    "$": "a name follows `$`, or a bracket: $name, $(...)",
    "#": "an expression holds no comment",
    "&&": "write `and`",
    "||": "write `or`",
    "!": "write `not`",
    "?": "write `x if condition else y`",
    "=": "to compare, write `==`",
}
_QUOTE_HINT = "close it; or, where YAML cut the value at a comma or bracket, put it in quotes"
_ONE_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_CONSTANTS = {"true": True, "false": False, "null": None}


def parse_expression(text: str, span: Span) -> Expression:
    """The expression in `text`, in which `$name` and `$(...)` mean the same without the `$`.

    `span` is that of the text, or wider where escapes or line breaks hide the columns.

    Raises:
        ArchspecError: E301 for bad syntax, E302 for an unknown function, E303 for Python the
            language does not have, E305 for a text too long or too deep.
    """
    if len(text) > MAX_TEXT:
        message = f"an expression may have {MAX_TEXT:,} characters, this has {len(text):,}"
        raise ArchspecError(Diagnostic("E305", message, span))
    if not text.strip():
        raise ArchspecError(Diagnostic("E301", "the expression is empty", span))
    plain = _STRING_OR_SIGIL.sub(lambda match: match[1] or " ", text).replace("\n", " ")
    for match in _STRING_OR_FOREIGN.finditer(plain):
        if match[0] in _FOREIGN:
            place = _piece(text, span, match.start(), len(match[0]))
            message = f"`{match[0]}` cannot stand in an expression"
            raise ArchspecError(Diagnostic("E301", message, place, hint=_FOREIGN[match[0]]))
    if _ONE_NAME.fullmatch(plain) and not keyword.iskeyword(plain) and plain not in _CONSTANTS:
        name = ast.Name(plain, col_offset=0, end_col_offset=len(plain.encode()))
        return Expression(text, span, name, frozenset({plain}))
    current().pay(A_PARSE, span)
    tree = _python_tree(plain, text, span)
    expression = Expression(text, span, tree, _names(tree))
    faults = faults_of(tree)
    if faults:
        raise ArchspecError(*(expression._diagnostic(fault) for fault in _outermost(faults)))
    return expression


def _outermost(faults: list[Fault]) -> list[Fault]:
    """Those that do not stand within the place of another, which come after it."""
    kept: dict[int, Fault] = {}
    within: set[int] = set()
    for fault in faults:
        if id(fault.node) not in within:
            kept.setdefault(id(fault.node), fault)
            within |= {id(node) for node in ast.walk(fault.node)} - {id(fault.node)}
    return list(kept.values())


def _names(tree: ast.AST) -> frozenset[str]:
    """The names a tree reads, without those of the functions it calls and of comprehensions."""
    if isinstance(tree, ast.Name):
        return frozenset({tree.id})
    if isinstance(tree, ast.Call):
        return frozenset().union(*map(_names, tree.args))
    inside = frozenset().union(*map(_names, ast.iter_child_nodes(tree)))
    if isinstance(tree, ast.ListComp):
        (loop,) = tree.generators[:1]
        return (inside - _names(loop.target)) | _names(loop.iter)
    return inside


def negated(expression: Expression) -> Expression:
    """What holds where a condition does not; faults stand where they do in the condition."""
    tree: ast.expr = ast.UnaryOp(ast.Not(), expression.tree)
    match expression.tree:
        case ast.Compare(left=left, ops=[op], comparators=right) if type(op) in _OPPOSITES:
            tree = ast.Compare(left, [_OPPOSITES[type(op)]()], right)
    ast.copy_location(tree, expression.tree)
    return Expression(expression.text, expression.span, tree, expression.names)


_OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.Lt: ast.GtE,
    ast.Gt: ast.LtE,
    ast.In: ast.NotIn,
    ast.NotEq: ast.Eq,
    ast.GtE: ast.Lt,
    ast.LtE: ast.Gt,
    ast.NotIn: ast.In,
}


def parse_bare(scalar: Scalar) -> Expression:
    """The expression of a `when`, `for` or `repeat`, which needs no `$`; raises what
    `parse_expression` raises."""
    span = _text_span(scalar)
    if isinstance(scalar.value, str) or not scalar.text:
        return parse_expression(scalar.text, span)
    tree = ast.Constant(scalar.value, lineno=1, col_offset=0, end_col_offset=len(scalar.text))
    return Expression(scalar.text, span, tree, frozenset())


def _python_tree(plain: str, text: str, span: Span) -> ast.expr:
    indent = len(plain) - len(plain.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(plain[indent:], mode="eval").body
    except (RecursionError, MemoryError):
        raise ArchspecError(Diagnostic("E305", "the expression nests too deep", span)) from None
    except (SyntaxError, ValueError) as error:
        if "too many nested" in str(error):
            raise ArchspecError(Diagnostic("E305", "the expression nests too deep", span)) from None
        column = (getattr(error, "offset", None) or len(plain) + 1) - 1 + indent
        what = (getattr(error, "msg", None) or str(error)).split(" (")[0]
        hint = _QUOTE_HINT if "never closed" in what else None
        place = _piece(text, span, min(column, len(text) - 1), 1)
        message = f"the expression does not parse: {what}"
        if what == "invalid syntax":
            message = "the expression makes no sense from here on"
        raise ArchspecError(Diagnostic("E301", message, place, hint=hint)) from None
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    if level:
        raise ArchspecError(Diagnostic("E305", "the expression nests too deep", span))
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            node.col_offset += indent
            node.end_col_offset = (node.end_col_offset or 0) + indent
    return cast(ast.expr, _YamlWords().visit(tree))


class _YamlWords(ast.NodeTransformer):
    """Makes constants of YAML's `true`, `false` and `null`."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in _CONSTANTS:
            return ast.copy_location(ast.Constant(_CONSTANTS[node.id]), node)
        return node


def _piece(text: str, span: Span, start: int, length: int) -> Span:
    """The part of `span` that shows `text[start:][:length]`; all of it where escapes or line
    breaks hide the columns."""
    exact = span.end - span.column == len(text)
    return span.narrowed(start, length) if exact else span


def _node_span(text: str, span: Span, node: ast.AST) -> Span:
    raw = text.encode("utf-8", "replace")  # Python counts columns in bytes
    start = getattr(node, "col_offset", 0)
    end = getattr(node, "end_col_offset", None) or len(raw)
    before = len(raw[:start].decode("utf-8", "ignore"))
    return _piece(text, span, before, len(raw[start:end].decode("utf-8", "ignore")))


def _text_span(scalar: Scalar) -> Span:
    """Where the text of a scalar stands: inside its quotes, if nothing in it is escaped."""
    span = scalar.span
    inside = scalar.quoted and span.end - span.column == len(scalar.text) + 2
    return span.narrowed(1, len(scalar.text)) if inside else span


# --- Scalars with `$` ---------------------------------------------------------------------

_NAME = re.compile(r"\$([^\W\d]\w*)")
_ATTRIBUTE = re.compile(r"\.[^\W\d]\w*")


def parse_value(scalar: Scalar) -> object | Expression | Template:
    """What a scalar stands for: its plain value, or an expression, or a template.

    Wholly `$name`, `$name.attribute`, `$name[index]` or `$(...)` is an `Expression` and keeps
    its type; within other text these make a `Template`, in which a dot goes on from `$input` alone:
    in `a$i.q` it leads from one node to another. `$$` is a dollar.

    Raises:
        ArchspecError: E301 for a `$` that begins nothing, and what `parse_expression` raises.
    """
    text = scalar.value
    if not isinstance(text, str) or "$" not in text:
        return text
    text = text.rstrip("\n")
    span = _text_span(scalar)
    if (name := _NAME.match(text)) and _trailers_end(text, name.end(), span) == len(text):
        return parse_expression(text[1:], _piece(text, span, 1, len(text) - 1))
    parts = _parts(text, span)
    if len(parts) == 1:
        return parts[0]
    if all(isinstance(part, str) for part in parts):
        return "".join(part for part in parts if isinstance(part, str))
    return Template(tuple(parts), scalar.span, text)


def _parts(text: str, span: Span) -> list[str | Expression]:
    parts: list[str | Expression] = []
    at = 0
    while at < len(text):
        if text[at] != "$":
            end = text.find("$", at)
            end = len(text) if end < 0 else end
            parts.append(text[at:end])
        elif text.startswith("$$", at):
            end = at + 2
            parts.append("$")
        elif name := _NAME.match(text, at):
            end = _trailers_end(text, name.end(), span, dotted=name[1] == "input")
            inner = text[at + 1 : end]
            parts.append(parse_expression(inner, _piece(text, span, at + 1, len(inner))))
        elif text.startswith("$(", at):
            end = _closing(text, at + 1, span)
            inner = text[at + 2 : end - 1]
            parts.append(parse_expression(inner, _piece(text, span, at + 2, len(inner))))
        else:
            message = "neither a name nor a bracket follows this `$`"
            place = _piece(text, span, at, 2)
            hint = "write $(...) instead of ${...}, and $$ for a dollar sign"
            raise ArchspecError(Diagnostic("E301", message, place, hint=hint))
        at = end
    return parts


def _trailers_end(text: str, at: int, span: Span, *, dotted: bool = True) -> int:
    """Where the indices that begin at `at` end, and the attributes unless a dot is text here."""
    while at < len(text):
        if dotted and (attribute := _ATTRIBUTE.match(text, at)):
            at = attribute.end()
        elif text[at] == "[":
            at = _closing(text, at, span)
        else:
            break
    return at


def _closing(text: str, at: int, span: Span) -> int:
    """The index after the bracket that closes the one at `at`; strings are skipped."""
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text, at):
        if match[0] in "'\"":
            place = _piece(text, span, match.start(), 1)
            raise ArchspecError(Diagnostic("E301", "this quote is never closed", place))
        depth += (match[0] in "([") - (match[0] in ")]")
        if depth == 0:
            return match.end()
    message = f"this `{text[at]}` is never closed"
    place = _piece(text, span, at, 1)
    raise ArchspecError(Diagnostic("E301", message, place, hint=_QUOTE_HINT))
