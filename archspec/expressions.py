"""Expressions: `$name`, `$(4 * channels)`, and the bare ones of `when`, `for` and `repeat`.

Python's `ast` reads them and a small evaluator of our own computes them: no `eval`, no
attribute but those of a `Namespace`, no call but ten functions, and a bound on the size of
every value, checked before the value is built.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import reprlib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from archspec.diagnostics import ArchspecError, Diagnostic, Span, did_you_mean, listed
from archspec.source import Scalar

MAX_TEXT = 2_000
MAX_DEPTH = 100
MAX_ELEMENTS = 1_000_000
_INT_LIMIT = 2**63


@dataclass(frozen=True, slots=True, eq=False)
class Namespace:
    """A value with attributes, such as `input` with `input.channels`; `label` names it."""

    label: str
    attributes: Mapping[str, object]

    def __repr__(self) -> str:
        return self.label


class _Fault(Exception):
    """Something wrong at a node of the tree; becomes a diagnostic where the text is known."""

    def __init__(self, code: str, message: str, node: ast.AST, hint: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.node, self.hint = code, message, node, hint


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
        try:
            return _evaluate(self.tree, _Run(env))
        except _Fault as fault:
            raise ArchspecError(self._diagnostic(fault)) from None
        except RecursionError:
            message = "the values of this expression nest too deep"
            raise ArchspecError(Diagnostic("E305", message, self.span)) from None

    def _diagnostic(self, fault: _Fault) -> Diagnostic:
        span = _node_span(self.text, self.span, fault.node)
        return Diagnostic(fault.code, fault.message, span, hint=fault.hint)


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
                message = f"only words and numbers can be written into text, not {_show(value)}"
                raise ArchspecError(Diagnostic("E306", message, part.span))
            out.append(str(value).lower() if isinstance(value, bool) else str(value))
        if sum(map(len, out)) > MAX_ELEMENTS:
            message = f"the text is longer than {MAX_ELEMENTS:,} characters"
            raise ArchspecError(Diagnostic("E305", message, self.span))
        return "".join(out)


def free_names(tree: ast.AST) -> frozenset[str]:
    """The names a tree reads, without those of the functions it calls."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return frozenset(name.id for name in names if id(name) not in called)


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
_QUOTE_HINT = "YAML ends a value inside {...} or [...] at a comma or bracket: put it in quotes"
_CONSTANTS = {"true": True, "false": False, "null": None}


def parse_expression(text: str, span: Span, offset: int = 0) -> Expression:
    """The expression in `text`, which stands `offset` columns into `span`.

    `$name` and `$(...)` inside it mean the same without the `$`.

    Raises:
        ArchspecError: E301 for bad syntax, E302 for an unknown function, E303 for Python the
            language does not have, E305 for a text too long or too deep.
    """
    if offset + len(text) <= span.end - span.column:
        span = span.narrowed(offset, len(text))
    return _parse(text, span)


def _parse(text: str, span: Span) -> Expression:
    """`parse_expression` where `span` is that of the text, or wider than the text when escapes
    or line breaks hide the columns."""
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
    tree = _python_tree(plain, text, span)
    expression = Expression(text, span, tree, free_names(tree))
    faults = _check(tree)
    if faults:
        raise ArchspecError(*(expression._diagnostic(fault) for fault in faults))
    return expression


def parse_bare(scalar: Scalar) -> Expression:
    """The expression of a `when`, `for` or `repeat`, which needs no `$`; raises what
    `parse_expression` raises."""
    span = _text_span(scalar)
    if isinstance(scalar.value, str) or not scalar.text:
        return _parse(scalar.text, span)
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
    its type; `$name` and `$(...)` within other text make a `Template`; `$$` is a dollar.

    Raises:
        ArchspecError: E301 for a `$` that begins nothing, and what `parse_expression` raises.
    """
    text = scalar.value
    if not isinstance(text, str) or "$" not in text:
        return text
    text = text.rstrip("\n")
    span = _text_span(scalar)
    if (name := _NAME.match(text)) and _trailers_end(text, name.end(), span) == len(text):
        return _parse(text[1:], _piece(text, span, 1, len(text) - 1))
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
            end = name.end()
            parts.append(_parse(name[1], _piece(text, span, at + 1, end - at - 1)))
        elif text.startswith("$(", at):
            end = _closing(text, at + 1, span)
            inner = text[at + 2 : end - 1]
            parts.append(_parse(inner, _piece(text, span, at + 2, len(inner))))
        else:
            message = "neither a name nor a bracket follows this `$`"
            place = _piece(text, span, at, 2)
            hint = "write $(...) instead of ${...}, and $$ for a dollar sign"
            raise ArchspecError(Diagnostic("E301", message, place, hint=hint))
        at = end
    return parts


def _trailers_end(text: str, at: int, span: Span) -> int:
    """Where the attributes and indices that begin at `at` end."""
    while at < len(text):
        if attribute := _ATTRIBUTE.match(text, at):
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


# --- What the language has ----------------------------------------------------------------

_MISSING: dict[type[ast.AST], tuple[str, str | None]] = {
    ast.ListComp: ("a list comprehension", "use `for` with a `graph` instead"),
    ast.SetComp: ("a comprehension", "use `for` with a `graph` instead"),
    ast.DictComp: ("a comprehension", "use `for` with a `graph` instead"),
    ast.GeneratorExp: ("a comprehension", "use `for` with a `graph` instead"),
    ast.Lambda: ("a lambda", "define a block with parameters instead"),
    ast.NamedExpr: ("an assignment", "to compare, write `==`"),
    ast.JoinedStr: ("an f-string", "write the text with $(...) in it"),
    ast.Dict: ("a mapping", None),
    ast.Set: ("a set", "write a list: [...]"),
    ast.Starred: ("`*` before a value", None),
    ast.Is: ("`is`", "write `==`"),
    ast.IsNot: ("`is not`", "write `!=`"),
    ast.BitXor: ("`^`", "a power is written `**`"),
    ast.BitAnd: ("`&`", "write `and`"),
    ast.BitOr: ("`|`", "write `or`"),
    ast.LShift: ("`<<`", "write `* 2 ** n`"),
    ast.RShift: ("`>>`", "write `// 2 ** n`"),
    ast.Invert: ("`~`", "write `not`"),
    ast.MatMult: ("`@`", None),
    ast.keyword: ("a named argument", "arguments are given by position"),
}
# The last four only occur below a construct that is reported itself.
_STRUCTURE = (
    *(ast.expr_context, ast.boolop, ast.Slice),
    *(ast.comprehension, ast.arguments, ast.arg, ast.FormattedValue),
)


def _check(tree: ast.expr) -> list[_Fault]:
    """Everything in a tree that the language does not have."""
    faults: list[_Fault] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.operator | ast.unaryop | ast.cmpop):
            continue  # looked at with the expression it belongs to, which has a place
        operators = [getattr(node, "op", None), *getattr(node, "ops", ())]
        for part in (node, *filter(None, operators)):
            if type(part) not in _KNOWN and not isinstance(part, _STRUCTURE):
                what, hint = _MISSING.get(type(part), (f"`{type(part).__name__.lower()}`", None))
                faults.append(_Fault("E303", f"{what} cannot stand in an expression", node, hint))
        if isinstance(node, ast.Constant) and not _is_plain(node.value):
            faults.append(
                _Fault("E303", f"`{_show(node.value)}` cannot stand in an expression", node)
            )
        if isinstance(node, ast.Constant) and not _fits(node.value):
            faults.append(_Fault("E305", "this number is too large", node))
        if isinstance(node, ast.Call):
            faults += _check_call(node)
    return faults


def _check_call(node: ast.Call) -> list[_Fault]:
    known = f"the functions are {listed(_FUNCTIONS)}"
    if not isinstance(node.func, ast.Name):
        return [_Fault("E303", "only functions can be called, by their name", node, known)]
    name = node.func.id
    if name not in _FUNCTIONS:
        hint = did_you_mean(name, _FUNCTIONS) or known
        return [_Fault("E302", f"no function is called `{name}`", node.func, hint)]
    return []


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


def _fits(value: object) -> bool:
    """False for integers of 64 bits and more, and for floats beyond all numbers."""
    if isinstance(value, int):
        return -_INT_LIMIT < value < _INT_LIMIT
    return not isinstance(value, float) or math.isfinite(value)


def _show(value: object) -> str:
    return _REPR.repr(value)


_REPR = reprlib.Repr()
_REPR.maxother = _REPR.maxstring = _REPR.maxlong = 40


# --- Evaluation ---------------------------------------------------------------------------


class _Run:
    """One evaluation: its variables, and how many elements it may still build or walk over."""

    __slots__ = ("elements", "env")

    def __init__(self, env: Mapping[str, object]) -> None:
        self.env = env
        self.elements = MAX_ELEMENTS

    def charge(self, value: object, node: ast.AST, times: int = 1) -> None:
        """Counts a value with all it holds; E305 when the evaluation has used up its share."""
        left = self.elements // max(times, 1)
        stack = [value]
        while stack and left >= 0:
            item = stack.pop()
            if isinstance(item, list | tuple):
                left -= len(item)
                if left >= 0:
                    stack.extend(item)
            elif isinstance(item, str | range):
                left -= len(item)
        if left < 0:
            raise _Fault("E305", f"this needs more than {MAX_ELEMENTS:,} elements", node)
        self.elements = left * max(times, 1)


def _evaluate(node: ast.AST, run: _Run) -> Any:
    return _EVALUATORS[type(node)](node, run)


def _constant(node: ast.Constant, _run: _Run) -> object:
    return node.value


def _name(node: ast.Name, run: _Run) -> object:
    try:
        return run.env[node.id]
    except KeyError:
        pass
    if node.id in _FUNCTIONS:
        raise _Fault(
            "E302", f"`{node.id}` is a function, not a value", node, f"call it: {node.id}(...)"
        )
    hint = did_you_mean(node.id, [*run.env, *_FUNCTIONS])
    if hint is None and run.env:
        hint = f"the names here are {listed(run.env)}"
    raise _Fault("E302", f"unknown name `{node.id}`", node, hint)


def _sequence(node: ast.List | ast.Tuple, run: _Run) -> object:
    items = [_evaluate(item, run) for item in node.elts]
    run.charge(items, node)
    return items if isinstance(node, ast.List) else tuple(items)


_SYMBOLS: dict[type[ast.AST], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
    ast.FloorDiv: ("//", operator.floordiv),
    ast.Mod: ("%", operator.mod),
    ast.Pow: ("**", operator.pow),
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
    ast.In: ("in", lambda a, b: a in b),
    ast.NotIn: ("not in", lambda a, b: a not in b),
}
_NUMBER = (int, float)
_SERIES = (str, list, tuple)


def _binary(node: ast.BinOp, run: _Run) -> object:
    left, right = _evaluate(node.left, run), _evaluate(node.right, run)
    symbol, apply = _SYMBOLS[type(node.op)]
    if not (isinstance(left, _NUMBER) and isinstance(right, _NUMBER)):
        _check_series(symbol, left, right, node, run)
    elif symbol == "**" and _is_huge_power(left, right):
        raise _Fault("E305", f"`{_show(left)} ** {_show(right)}` is too large", node)
    try:
        result = apply(left, right)
    except ZeroDivisionError:
        message = f"division by zero: `{_show(left)} {symbol} {_show(right)}`"
        raise _Fault("E304", message, node) from None
    except OverflowError:
        result = math.inf
    if isinstance(result, complex):
        raise _Fault("E304", f"`{_show(left)} ** {_show(right)}` is no real number", node)
    if not _fits(result):
        message = f"`{_show(left)} {symbol} {_show(right)}` is too large"
        raise _Fault("E305", message, node)
    return result


def _is_huge_power(base: float, exponent: float) -> bool:
    """By the least the power can be, since computing it may take for ever."""
    if not isinstance(base, int) or not isinstance(exponent, int) or exponent <= 0:
        return False
    return (abs(base).bit_length() - 1) * exponent >= 63


def _check_series(symbol: str, left: Any, right: Any, node: ast.BinOp, run: _Run) -> None:
    """Lets through `list + list` and `list * number`, once their result is known to be small."""
    if symbol == "+" and isinstance(left, _SERIES) and type(left) is type(right):
        run.charge((left, right), node)
        return
    if symbol == "*" and isinstance(left, int):
        left, right = right, left
    if symbol == "*" and isinstance(left, _SERIES) and isinstance(right, int):
        run.charge(left, node, right)
        return
    what = f"`{symbol}` does not work on {_kind(left)} and {_kind(right)}"
    raise _Fault("E304", f"{what}: {_show(left)}, {_show(right)}", node)


def _kind(value: object) -> str:
    return "null" if value is None else f"a value of type {type(value).__name__}"


def _unary(node: ast.UnaryOp, run: _Run) -> object:
    value = _evaluate(node.operand, run)
    if isinstance(node.op, ast.Not):
        return not value
    if not isinstance(value, _NUMBER):
        raise _Fault("E304", f"a sign wants a number, not {_show(value)}", node)
    return -value if isinstance(node.op, ast.USub) else +value


def _compare(node: ast.Compare, run: _Run) -> object:
    left = _evaluate(node.left, run)
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        right = _evaluate(comparator, run)
        symbol, apply = _SYMBOLS[type(op)]
        for side in (left, right):
            if isinstance(side, _SERIES):
                run.charge(side, node)
        try:
            if not apply(left, right):
                return False
        except TypeError:
            message = f"cannot compare `{_show(left)} {symbol} {_show(right)}`"
            raise _Fault("E304", message, node) from None
        left = right
    return True


def _logic(node: ast.BoolOp, run: _Run) -> object:
    value: object = None
    for operand in node.values:
        value = _evaluate(operand, run)
        if bool(value) is isinstance(node.op, ast.Or):
            break
    return value


def _conditional(node: ast.IfExp, run: _Run) -> object:
    return _evaluate(node.body if _evaluate(node.test, run) else node.orelse, run)


def _attribute(node: ast.Attribute, run: _Run) -> object:
    value = _evaluate(node.value, run)
    if isinstance(value, Namespace) and node.attr in value.attributes:
        return value.attributes[node.attr]
    end = node.end_col_offset or 0
    place = ast.Name(node.attr, col_offset=end - len(node.attr.encode()), end_col_offset=end)
    if not isinstance(value, Namespace):
        raise _Fault("E304", f"{_show(value)} has no attributes", place)
    hint = did_you_mean(node.attr, value.attributes) or f"it has {listed(value.attributes)}"
    raise _Fault("E302", f"`{value.label}` has no attribute `{node.attr}`", place, hint)


def _index(node: ast.Subscript, run: _Run) -> object:
    value: Any = _evaluate(node.value, run)
    if not isinstance(value, str | list | tuple | range | dict):
        raise _Fault("E304", f"{_show(value)} has no elements", node)
    bounds = node.slice
    if isinstance(bounds, ast.Slice):
        parts = (bounds.lower, bounds.upper, bounds.step)
        index: Any = slice(*(part and _evaluate(part, run) for part in parts))
    else:
        index = _evaluate(bounds, run)
    try:
        result = value[index]
    except IndexError:
        message = f"index {_show(index)} is outside {_show(value)}, which has {len(value)} elements"
        raise _Fault("E304", message, node) from None
    except (TypeError, KeyError, ValueError):
        message = f"`{ast.unparse(bounds)}` is no index of {_show(value)}"
        raise _Fault("E304", message, node) from None
    if isinstance(bounds, ast.Slice):
        run.charge(result, node)
    return result


# --- Functions ----------------------------------------------------------------------------


def _total(values: Any) -> Any:
    """`sum` of numbers only; Python's would join lists, in quadratic time."""
    values = list(values)
    if not all(isinstance(value, _NUMBER) for value in values):
        raise TypeError("only numbers have a sum")
    return sum(values)


def _rounded(number: float, digits: int = 0) -> float:
    if not -18 <= digits <= 18:
        raise ValueError("at most 18 digits")
    return round(number, digits) if digits else round(number)


def _whole(value: str | float) -> int:
    if isinstance(value, str) and len(value) > 40:
        raise OverflowError
    return int(value)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "range": range,
    "len": len,
    "min": min,
    "max": max,
    "sum": _total,
    "ceil": math.ceil,
    "floor": math.floor,
    "round": _rounded,
    "abs": abs,
    "int": _whole,
}


def _call(node: ast.Call, run: _Run) -> object:
    name = cast(ast.Name, node.func).id
    arguments = [_evaluate(argument, run) for argument in node.args]
    if name != "len":
        run.charge(arguments, node)
    try:
        result = _FUNCTIONS[name](*arguments)
        if isinstance(result, range) and len(result) > MAX_ELEMENTS:
            raise _Fault("E305", f"{_show(result)} has more than {MAX_ELEMENTS:,} elements", node)
    except OverflowError:
        message = f"`{name}` of {listed(map(_show, arguments))} is too large"
        raise _Fault("E305", message, node) from None
    except (TypeError, ValueError) as error:
        shown = ", ".join(_show(argument) for argument in arguments[:6])
        raise _Fault("E304", f"cannot compute `{name}({shown})`: {error}", node) from None
    if not _fits(result):
        raise _Fault("E305", f"the value of `{name}` is too large", node)
    return result


_EVALUATORS: dict[type[ast.AST], Callable[[Any, _Run], Any]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp: _logic,
    ast.IfExp: _conditional,
    ast.Attribute: _attribute,
    ast.Subscript: _index,
    ast.Call: _call,
}
_KNOWN = {*_EVALUATORS, *_SYMBOLS, ast.Not, ast.USub, ast.UAdd}
