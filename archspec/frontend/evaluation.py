"""Computes parsed expressions: no `eval`, and a bound on every value before it is built."""

from __future__ import annotations

import ast
import math
import operator
import reprlib
from collections.abc import Callable, Mapping
from typing import Any, cast

from archspec.diagnostics import did_you_mean, listed
from archspec.frontend.booleans import BOOLEANS, misleading
from archspec.frontend.budget import MAX_WORK, extent
from archspec.frontend.environment import Namespace
from archspec.frontend.functions import FUNCTIONS, REASONS
from archspec.ops.derived import DERIVED, traced

MAX_ELEMENTS = 1_000_000
_INT_LIMIT = 2**63
_REPR = reprlib.Repr()
_REPR.maxother = _REPR.maxstring = _REPR.maxlong = 40


class Fault(Exception):
    """Something wrong at a node of the tree; becomes a diagnostic where the text is known."""

    def __init__(self, code: str, message: str, node: ast.AST, hint: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.node, self.hint = code, message, node, hint


def fits(value: object) -> bool:
    """False for integers of 64 bits and more, and for floats beyond all numbers."""
    if isinstance(value, int):
        return -_INT_LIMIT < value < _INT_LIMIT
    return not isinstance(value, float) or math.isfinite(value)


def show(value: object) -> str:
    """A value in few characters, as an expression would write it."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, tuple | list):
        items = [show(item) for item in value[:6]]
        return "[" + ", ".join(items + ["..."] * (len(value) > 6)) + "]"
    return _REPR.repr(value)


class Run:
    """One evaluation: its variables, and how many elements it may still build or walk over.

    `local` are the names of comprehensions.
    """

    __slots__ = ("elements", "env", "local", "shared")

    def __init__(self, env: Mapping[str, object], work: int) -> None:
        self.env = env
        self.local: dict[str, object] = {}
        self.shared = work < MAX_ELEMENTS
        self.elements = min(MAX_ELEMENTS, work)

    def charge(self, value: object, node: ast.AST, times: int = 1) -> None:
        """Counts a value with all it holds; E305 when the evaluation has used up its share."""
        left = self.elements // max(times, 1)
        self.spend(extent(value, max(left, 0)) * max(times, 1), node)

    def spend(self, elements: int, node: ast.AST) -> None:
        self.elements -= elements
        if self.elements < 0:
            if self.shared:
                message = f"the expressions of a spec may take {MAX_WORK:,} elements and steps"
                raise Fault("E305", message, node, "compute less, or with fewer nodes")
            raise Fault("E305", f"this needs more than {MAX_ELEMENTS:,} elements", node)


def evaluate(node: ast.AST, run: Run) -> Any:
    run.elements -= 1
    return _EVALUATORS[type(node)](node, run)


def _constant(node: ast.Constant, _run: Run) -> object:
    return node.value


def _name(node: ast.Name, run: Run) -> object:
    if node.id in run.local:
        return run.local[node.id]
    try:
        return run.env[node.id]
    except KeyError:
        pass
    known = [*run.local, *run.env]
    hint: str | None
    if node.id in FUNCTIONS:
        raise Fault(
            "E302", f"`{node.id}` is a function, not a value", node, f"call it: {node.id}(...)"
        )
    if node.id == "input":
        hint = "read it where it is needed, in the `graph`, or in the `params` of a block"
        raise Fault("E302", "`input` is not known before the graph is", node, hint)
    hint = did_you_mean(node.id, [*run.local, *FUNCTIONS, *run.env])
    if (boolean := BOOLEANS.get(node.id.lower())) is not None:
        hint = f"write {boolean}: in YAML 1.2 `{node.id}` is a word like any other"
    if hint is None and known:
        hint = f"the names here are {listed(known)}"
    raise Fault("E302", f"unknown name `{node.id}`", node, hint)


def _sequence(node: ast.List | ast.Tuple, run: Run) -> object:
    items = [evaluate(item, run) for item in node.elts]
    run.charge(items, node)
    return items if isinstance(node, ast.List) else tuple(items)


def _comprehension(node: ast.ListComp, run: Run) -> object:
    """`[2 * w for w in widths if w > 8]`; the name is seen inside only."""
    (loop,) = node.generators
    name, values = cast(ast.Name, loop.target).id, evaluate(loop.iter, run)
    if not isinstance(values, list | tuple | range):
        raise Fault("E304", f"{_kind(values)} has no elements: `{show(values)}`", loop.iter)
    items: list[object] = []
    hidden = run.local.get(name, run)  # an outer comprehension may have the same name
    try:
        for value in values:
            run.spend(1, node)
            run.local[name] = value
            if all(evaluate(test, run) for test in loop.ifs):
                items.append(evaluate(node.elt, run))
                run.charge(items[-1:], node)
    finally:
        run.local.pop(name, None)
        if hidden is not run:
            run.local[name] = hidden
    return items


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


def _binary(node: ast.BinOp, run: Run) -> object:
    left, right = evaluate(node.left, run), evaluate(node.right, run)
    symbol, apply = _SYMBOLS[type(node.op)]
    if not (isinstance(left, _NUMBER) and isinstance(right, _NUMBER)):
        _check_series(symbol, left, right, node, run)
    elif symbol == "**" and _is_huge_power(left, right):
        raise Fault("E305", f"`{show(left)} ** {show(right)}` is too large", node)
    try:
        result = apply(left, right)
    except ZeroDivisionError:
        message = f"division by zero: `{show(left)} {symbol} {show(right)}`"
        raise Fault("E304", message, node) from None
    except OverflowError:
        result = math.inf
    if isinstance(result, complex):
        raise Fault("E304", f"`{show(left)} ** {show(right)}` is no real number", node)
    if not fits(result):
        message = f"`{show(left)} {symbol} {show(right)}` is too large"
        raise Fault("E305", message, node)
    if isinstance(left, DERIVED) or isinstance(right, DERIVED):
        return traced(result, symbol, left, right)
    return result


def _is_huge_power(base: float, exponent: float) -> bool:
    """By the least the power can be, since computing it may take for ever."""
    if not isinstance(base, int) or not isinstance(exponent, int) or exponent <= 0:
        return False
    return (abs(base).bit_length() - 1) * exponent >= 63


def _check_series(symbol: str, left: Any, right: Any, node: ast.BinOp, run: Run) -> None:
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
    raise Fault("E304", f"{what}: `{show(left)} {symbol} {show(right)}`", node)


def _kind(value: object) -> str:
    if isinstance(value, _NUMBER):
        return "a truth value" if isinstance(value, bool) else "a number"
    if isinstance(value, Namespace):
        return f"`{value.label}` itself"
    return "null" if value is None else "a word" if isinstance(value, str) else "a list"


def _unary(node: ast.UnaryOp, run: Run) -> object:
    value = evaluate(node.operand, run)
    if isinstance(node.op, ast.Not):
        return not _asked(value, node.operand)
    if not isinstance(value, _NUMBER):
        raise Fault("E304", f"a sign wants a number, not {show(value)}", node)
    if isinstance(node.op, ast.USub):
        return traced(-value, "negative", value)
    return value if isinstance(value, DERIVED) else +value


def _compare(node: ast.Compare, run: Run) -> object:
    left = evaluate(node.left, run)
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        right = evaluate(comparator, run)
        symbol, apply = _SYMBOLS[type(op)]
        for side in (left, right):
            if isinstance(side, _SERIES) or (symbol.endswith("in") and isinstance(side, range)):
                run.charge(side, node)
        try:
            if not apply(left, right):
                return False
        except TypeError:
            message = f"cannot compare `{show(left)} {symbol} {show(right)}`"
            raise Fault("E304", message, node) from None
        left = right
    return True


def _logic(node: ast.BoolOp, run: Run) -> object:
    value: object = None
    for operand in node.values:
        value = evaluate(operand, run)
        if operand is not node.values[-1] and _asked(value, operand) is isinstance(node.op, ast.Or):
            break
    return value


def _asked(value: object, node: ast.expr) -> bool:
    """Whether a part of a condition holds; E306 for a word that says that it does not."""
    hint = misleading(value)
    if hint is not None:
        raise Fault("E306", f"`{show(value)}` stands for true or false here", node, hint)
    return bool(value)


def _conditional(node: ast.IfExp, run: Run) -> object:
    holds = _asked(evaluate(node.test, run), node.test)
    return evaluate(node.body if holds else node.orelse, run)


def _attribute(node: ast.Attribute, run: Run) -> object:
    value = evaluate(node.value, run)
    if isinstance(value, Namespace):
        try:
            return value.attributes[node.attr]
        except KeyError:
            pass
    end = node.end_col_offset or 0
    place = ast.Name(node.attr, col_offset=end - len(node.attr.encode()), end_col_offset=end)
    if not isinstance(value, Namespace):
        raise Fault("E304", f"{_kind(value)} has no attributes: `{show(value)}`", place)
    hint = did_you_mean(node.attr, value.attributes) or f"it has {listed(value.attributes)}"
    raise Fault("E302", f"`{value.label}` has no attribute `{node.attr}`", place, hint)


def _index(node: ast.Subscript, run: Run) -> object:
    value: Any = evaluate(node.value, run)
    if not isinstance(value, str | list | tuple | range | dict):
        raise Fault("E304", f"{_kind(value)} has no elements: `{show(value)}`", node)
    bounds = node.slice
    if isinstance(bounds, ast.Slice):
        parts = (bounds.lower, bounds.upper, bounds.step)
        index: Any = slice(*(part and evaluate(part, run) for part in parts))
    else:
        index = evaluate(bounds, run)
    try:
        result = value[index]
    except IndexError:
        message = f"index {show(index)} is outside {show(value)}, which has {len(value)} elements"
        raise Fault("E304", message, node) from None
    except (TypeError, KeyError, ValueError):
        message = f"`{ast.unparse(bounds)}` is no index of {show(value)}"
        raise Fault("E304", message, node) from None
    if isinstance(bounds, ast.Slice):
        run.charge(result, node)
    return result


# --- Functions ----------------------------------------------------------------------------


def _call(node: ast.Call, run: Run) -> object:
    name = cast(ast.Name, node.func).id
    arguments = [evaluate(argument, run) for argument in node.args]
    if name != "len":
        run.charge(arguments, node)
    try:
        result = FUNCTIONS[name](*arguments)
        if isinstance(result, range):
            if len(result) > MAX_ELEMENTS:
                message = f"{show(result)} has more than {MAX_ELEMENTS:,} elements"
                raise Fault("E305", message, node)
            run.spend(len(result), node)
    except OverflowError:
        message = f"`{name}` of {listed(map(show, arguments))} is too large"
        raise Fault("E305", message, node) from None
    except (TypeError, ValueError) as error:
        shown = ", ".join(show(argument) for argument in arguments[:6])
        why = next(
            (plain for part, plain in REASONS if part in str(error)), "it takes no such values"
        )
        raise Fault("E304", f"cannot compute `{name}({shown})`: {why}", node) from None
    if not fits(result):
        raise Fault("E305", f"the value of `{name}` is too large", node)
    return traced(result, name, *arguments)


_EVALUATORS: dict[type[ast.AST], Callable[[Any, Run], Any]] = {
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
    ast.ListComp: _comprehension,
}
KNOWN = {*_EVALUATORS, *_SYMBOLS, ast.Not, ast.USub, ast.UAdd}
