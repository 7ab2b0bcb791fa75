"""Parameters get their values: declared types and defaults, variants, overrides, arguments."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from numbers import Integral, Real
from typing import Any, NamedTuple

from archspec.diagnostics import (
    LISTED,
    ArchspecError,
    Diagnostic,
    Span,
    did_you_mean,
    listed,
    resembles,
)
from archspec.frontend.ast import Args, Block, BlockName, Home, ParamDecl, Value, charged, lent
from archspec.frontend.attributes import no_parameter
from archspec.frontend.bare import in_a_list, with_names
from archspec.frontend.budget import A_PARAMETER, current
from archspec.frontend.environment import Environment
from archspec.frontend.expressions import Expression, Namespace, Template
from archspec.frontend.hints import spaced
from archspec.frontend.meant import whole_hint
from archspec.frontend.vocabulary import attribute_hint, our_attribute
from archspec.frontend.wording import as_written, describe, written
from archspec.ir.graph import Bundle
from archspec.ops import REGISTRY
from archspec.ops.derived import Axis, Size, as_float, kind, plain
from archspec.ops.identifiers import IDENTITY

Report = Callable[[Diagnostic], None]

WHOLE = "a whole number"
A_CALLABLE = "the name of a block or op"

_AXES = {
    1: ("features",),
    2: ("channels", "length"),
    3: ("channels", "height", "width"),
    4: ("channels", "depth", "height", "width"),
}


def input_namespace(flow: Bundle) -> Namespace:
    """What expressions see as `input`: its shape and axes, or only `count` of several."""
    return Namespace("input", _Measures(flow))


class _Measures(Mapping[str, Any]):
    """Each is made when it is read: every one of a million instances has an `input`."""

    __slots__ = ("flow",)

    def __init__(self, flow: Bundle) -> None:
        self.flow = flow

    def __getitem__(self, name: str) -> Any:
        if name == "count":
            return len(self.flow)
        if len(self.flow) != 1:
            raise KeyError(name)
        (node,) = self.flow
        if name == "rank":
            return len(node.output)
        if name == "shape":
            return tuple(Size(n, Axis(node, axis)) for axis, n in enumerate(node.output))
        axes = _AXES.get(len(node.output), ())
        if name != "channels" and name not in axes:
            raise KeyError(name)
        axis = 0 if name == "channels" else axes.index(name)
        return Size(node.output[axis], Axis(node, axis))

    def __iter__(self) -> Iterator[str]:
        yield "count"
        if len(self.flow) == 1:
            axes = _AXES.get(len(self.flow[0].output), ())
            yield from dict.fromkeys(["shape", "rank", "channels", *axes])

    def __len__(self) -> int:
        return sum(1 for _ in self)


def type_problem(decl: ParamDecl, default: Any, value: Any, home: Home) -> str | None:
    """What type was expected, where `value` does not have it; None where it does.

    Beside a default that is a number any number is right: whether it may be a fraction is up to
    the op that takes it.
    """
    if decl.choices is not None:
        return None if decl.offers(plain(value)) else listed(map(written, decl.choices))
    wanted = decl.type or _BESIDE.get(kind(default))
    if wanted is None and isinstance(default, (tuple, list, range)):
        wanted = "list"
    if wanted == "block":
        return None if _is_callable(value, home) else A_CALLABLE
    if wanted is None or wanted not in _FITS or _FITS[wanted](value):
        return None
    return _WANTED[wanted]


def _is_callable(value: Any, home: Home) -> bool:
    named = isinstance(value, str) and (value in home.blocks or value in REGISTRY)
    return named or isinstance(value, BlockName)


_BESIDE: dict[type, str] = {bool: "bool", int: "number", float: "number", str: "str"}
_FITS: dict[str, Callable[[Any], bool]] = {
    "int": lambda value: kind(value) is int,
    "float": lambda value: kind(value) in (int, float),
    "number": lambda value: kind(value) in (int, float),
    "bool": lambda value: type(value) is bool,
    "str": lambda value: isinstance(value, str),
    "list": lambda value: isinstance(value, (tuple, list, range)),
}
_WANTED = {
    "int": WHOLE,
    "float": "a number",
    "number": "a number",
    "bool": "true or false",
    "str": "a word",
    "list": "a list",
}


def callables(home: Home) -> Collection[str]:
    """The names of what can be called in a file: its blocks, and the ops."""
    return home.blocks.keys() | REGISTRY.keys()


def no_callable(picked: Expression | Template, name: Any, home: Home) -> Diagnostic:
    """E205 for a value that picks neither a block nor an op."""
    message, hint = f"`{picked.text}` names no op or block", _callable_hint(name, home)
    return Diagnostic("E205", message, picked.span, A_CALLABLE, describe(name), hint=hint)


def _callable_hint(value: Any, home: Home) -> str | None:
    """A hint for what names nothing that can be called, or says that nothing is to be."""
    if value is None or value is False or str(value).lower() in ("", "none", "no", "off"):
        return f"`{IDENTITY}` is the op that changes nothing"
    return did_you_mean(value, callables(home)) if isinstance(value, str) else None


class Caller(NamedTuple):
    """Where an instance stands: the names in sight there, and its file."""

    env: Mapping[str, Any]
    home: Home


def _arguments(block: Block, args: Args, report: Report) -> dict[str, tuple[Span, Value]] | None:
    """What is given, by name; E413 for what the block does not take."""
    given = dict(args.named)
    if args.bare is not None:
        name = block.bare
        if name is None:
            report(_no_bare_value(block, args.bare))
            return None
        if in_a_list(args.bare, block.params):
            message = f"the arguments of `{block.name}` stand in a list"
            hint = with_names(block.name, block.params, args.bare)
            expected = _signature(block)
            report(Diagnostic("E413", message, args.bare.span, expected, hint=hint))
            return None
        given[name] = (args.bare.span, args.bare)
    for name, (key, _) in given.items():
        if name not in block.params:
            report(
                Diagnostic(
                    "E413",
                    f"the block `{block.name}` has no parameter `{name}`",
                    key,
                    expected=_signature(block),
                    hint=spaced(name, block.params)
                    or attribute_hint(name, block.params, block.name)
                    or did_you_mean(name, block.params),
                )
            )
    return given


def passed(block: Block, args: Args) -> frozenset[str]:
    """The names of the parameters that are given a value, where `bind_block` took them."""
    return frozenset([*args.named, *([block.bare] if args.bare is not None and block.bare else [])])


def _no_bare_value(block: Block, bare: Value) -> Diagnostic:
    """E413 for a value without a name beside a block whose first parameter has a default."""
    if not block.params:
        message = f"the block `{block.name}` has no parameters"
        return Diagnostic("E413", message, bare.span, hint=f"write {block.name} alone")
    return Diagnostic(
        "E413",
        f"`{block.name}` takes no bare value: its first parameter has a default",
        bare.span,
        expected=_signature(block),
        hint=f"write {block.name}: {{{block.likely}: {as_written(bare)}}}",
    )


def bind_block(
    block: Block,
    args: Args,
    span: Span,
    caller: Caller,
    outer: Mapping[str, Any],
    report: Report,
) -> dict[str, Any] | None:
    """The parameters of one instance: arguments from the caller, defaults in the block's sight.

    Returns None, with diagnostics, where they do not fit (E412, E413, E414).
    """
    given = _arguments(block, args, report)
    if given is None:
        return None
    unknown = [name for name in given if name not in block.params]
    meant = {our_attribute(name, block.params) for name in unknown}
    ok = not unknown
    values: dict[str, Any] = {}
    inside = Environment(outer, values)
    current().pay(A_PARAMETER * len(block.params), span)
    for name, decl in block.params.items():
        if name not in given and decl.default is None:
            ok = False
            if name in meant or resembles(name, unknown):
                continue  # the one that is called otherwise says it
            report(
                Diagnostic(
                    "E412",
                    f"the block `{block.name}` needs `{name}`",
                    span,
                    expected=_signature(block),
                )
            )
            continue
        default = _default(decl, inside, block.params)
        if name not in given:
            values[name] = default
            if decl.default is not None and (decl.type is not None or decl.choices is not None):
                ok &= check_type(decl, None, default, decl.default.span, block.home, report)
            continue
        _, value = given[name]
        values[name] = value.evaluate(caller.env)
        if caller.home is not block.home and isinstance(values[name], (str, tuple, list)):
            values[name] = lent(charged(values[name], value.span), caller.home)
        if decl.type == "float" and kind(values[name]) is int:
            values[name] = as_float(values[name])
        ok &= check_type(decl, default, values[name], value.span, block.home, report, value)
    return values if ok else None


def bind_file(home: Home, spec: Home, given: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """The parameters of a used file: its defaults, or what the spec's of the same names are."""
    values: dict[str, Any] = {}
    for name, decl in home.params.items():
        values[name] = default = _default(decl, values, home.params)
        if name not in given:
            continue
        values[name] = lent(charged(given[name], decl.span), spec)
        if decl.type == "float" and kind(values[name]) is int:
            values[name] = as_float(values[name])
        check_type(decl, default, values[name], spec.params[name].span, home, report)
    return values


def _default(decl: ParamDecl, env: Mapping[str, Any], params: Collection[str]) -> Any:
    """The value of a parameter's default; None without one.

    Raises:
        ArchspecError: E302 where it reads a parameter below it, and what its expression raises.
    """
    if decl.default is None:
        return None
    names = decl.default.names if isinstance(decl.default, Expression) else frozenset()
    later = min((name for name in names if name in params and name not in env), default=None)
    if later is not None:
        message = f"the default of `{decl.name}` reads `{later}`, which has no value yet"
        hint = "a default reads the parameters above it: move this one down"
        raise ArchspecError(Diagnostic("E302", message, decl.default.span, hint=hint))
    return decl.default.evaluate(env)


def check_type(
    decl: ParamDecl,
    default: Any,
    value: Any,
    span: Span | None,
    home: Home,
    report: Report,
    given: Value | None = None,
) -> bool:
    """Whether a parameter can have a value, for which a spec has `given`; E414 where it cannot."""
    wanted = type_problem(decl, default, value, home)
    if wanted is None:
        return True
    hint = None
    mine = span is None or span.source.name == decl.span.source.name
    called = decl.type == "block" or (isinstance(default, str) and default in callables(home))
    if decl.choices is not None:
        words = [choice for choice in decl.choices if isinstance(choice, str)]
        hint = did_you_mean(value, words) if isinstance(value, str) else None
    elif called:
        wanted, hint = A_CALLABLE, _callable_hint(value, home)
        if value is None and default is not None and mine:
            hint = f"{hint}; a default of {{any: {default}}} lets `{decl.name}` be null"
    elif value is None and default is not None and mine:
        hint = f"a default of {{any: {default}}} would let `{decl.name}` be null too"
    elif kind(default) is int and kind(value) is float and mine:
        hint = f"a default of {default} without `int` would let `{decl.name}` be a fraction"
    elif wanted == WHOLE and given is not None:
        hint = whole_hint(given, value)
    report(
        Diagnostic(
            "E414",
            f"the parameter `{decl.name}` has the wrong type"
            if decl.choices is None
            else f"the parameter `{decl.name}` is none of its choices",
            span,
            expected=wanted,
            found=describe(value),
            hint=hint,
        )
    )
    return False


def _signature(block: Block) -> str:
    if not block.params:
        return "no parameters"
    first = islice(block.params.items(), LISTED)
    words = (f"{n}: {_wanted(p)}" if p.default is None else n for n, p in first)
    return listed([*words, *list(block.params)[LISTED:]])


def _wanted(decl: ParamDecl) -> str:
    """What a parameter without a default takes: its type, or its choices."""
    return decl.type or " or ".join(map(written, decl.choices or ()))


def _plain(value: Any) -> Any:
    """A caller's value as the language knows it: NumPy's numbers are numbers, lists are tuples."""
    if isinstance(value, (list, tuple)):
        return tuple(_plain(v) for v in value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Integral):
        return int(value)
    return float(value) if isinstance(value, Real) else value


def bind_network(
    params: Mapping[str, ParamDecl],
    variant: Mapping[str, tuple[Span, Value]],
    overrides: Mapping[str, Any],
    home: Home,
    report: Report,
) -> dict[str, Any]:
    """The network's parameters: defaults, then the variant's row, then `--set`."""
    for name in overrides:
        if name not in params:
            report(no_parameter(name, params))
    values: dict[str, Any] = {}
    missing: set[str] = set()
    for name, decl in params.items():
        if isinstance(decl.default, Expression) and missing & decl.default.names:
            missing.add(name)  # it follows from one without a value, which has been said
            continue
        default = _default(decl, values, params)
        span: Span | None = decl.span
        if name in overrides:
            value, span = _plain(overrides[name]), None
        elif name in variant:
            span = variant[name][1].span
            value = variant[name][1].evaluate(values)
        elif decl.default is None:
            report(
                Diagnostic(
                    "E412",
                    f"the parameter `{name}` has no value",
                    span,
                    expected=f"{name}: {_wanted(decl)}",
                    hint=f"pick a variant, or give it with --set {name}=...",
                )
            )
            missing.add(name)
            continue
        else:
            value, span = default, decl.default.span
        check_type(decl, default, value, span, home, report)
        values[name] = value
    return values
