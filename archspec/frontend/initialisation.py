"""`init:` in a spec: which tensors of which ops and nodes start from which distribution.

Without it weights start as the framework starts them. The schemes and their arguments
bear the names of `torch.nn.init`, where their formulas and papers stand; `bilinear` alone
is not of that module.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any

from archspec.diagnostics import Span, did_you_mean, listed
from archspec.frontend.source import Mapping, Scalar, Sequence, Tree
from archspec.frontend.value_reader import ValueReader
from archspec.frontend.wording import kind
from archspec.ops.selectors import Selector

SCHEMES: dict[str, tuple[str, ...]] = {
    "zeros": (),
    "ones": (),
    "constant": ("val",),
    "normal": ("mean", "std"),
    "uniform": ("a", "b"),
    "trunc_normal": ("mean", "std", "a", "b"),
    "xavier_uniform": ("gain",),
    "xavier_normal": ("gain",),
    "kaiming_uniform": ("a", "mode", "nonlinearity"),
    "kaiming_normal": ("a", "mode", "nonlinearity"),
    "orthogonal": ("gain",),
    "dirac": (),
    "bilinear": (),
}
"""Each scheme with the arguments it takes, all optional but `val`."""

WORDS = {
    "mode": ("fan_in", "fan_out"),
    "nonlinearity": ("relu", "leaky_relu", "linear", "tanh", "sigmoid", "selu"),
}
"""The arguments that are words, with those there are; the others are numbers."""

TENSORS = ("weight", "bias")

Numbers = tuple[Any, ...]
"""A tensor's values: numbers, or such lists again, one level an axis."""


@dataclass(frozen=True, slots=True)
class InitRule:
    """`tensor` starts from `scheme(**args)`, or as `values`, where that is given.

    `key` is where what it is for is written, `span` where the scheme or the values are.
    """

    selector: Selector
    tensor: str
    scheme: str = ""
    args: tuple[tuple[str, int | float | str], ...] = ()
    values: Numbers | None = None
    key: Span | None = field(default=None, compare=False)
    span: Span | None = field(default=None, compare=False)

    @property
    def extent(self) -> tuple[int, ...] | None:
        """The shape of `values`; None where their lists differ in length."""
        return _extent(self.values or ())


def _extent(values: Numbers) -> tuple[int, ...] | None:
    inner = {_extent(v) if isinstance(v, tuple) else () for v in values}
    if len(inner) != 1:
        return None
    (rest,) = inner
    return None if rest is None else (len(values), *rest)


def read_init(tree: Tree, reader: ValueReader) -> list[InitRule]:
    """`init: {conv: {weight: {kaiming_normal: {mode: fan_out}}, bias: zeros}}`.

    Rules for ops come first, so that those for ids prevail, and those for longer paths over them.
    """
    rules = []
    for key, tensors in reader.entries(tree, "`init`"):
        selector = reader.selector(key.text, key.span)
        if selector is None:
            continue
        if not (isinstance(tensors, Mapping) and tensors.entries):
            reader.report(
                "E203",
                f"`{key.text}` says of no tensor how it starts",
                key.span,
                expected="{weight: ..., bias: ...}",
                found=kind(tensors),
                hint=f"write {key.text}: {{weight: {tensors.text}}}"
                if isinstance(tensors, Scalar) and tensors.text in SCHEMES
                else None,
            )
            continue
        for tensor, scheme in reader.entries(tensors, f"the tensors of `{key.text}`"):
            if tensor.text not in TENSORS:
                reader.unknown_key(tensor, TENSORS)
                continue
            rule = _rule(selector, key, tensor.text, scheme, reader)
            if rule is not None:
                rules.append(rule)
    return sorted(rules, key=lambda rule: len(rule.selector.path))


def _rule(
    selector: Selector, key: Scalar, tensor: str, tree: Tree, reader: ValueReader
) -> InitRule | None:
    """`zeros`, or `{normal: {std: 0.01}}`, or `[1, 0, 0, 0, 1, 0]`."""
    if isinstance(tree, Sequence):
        values = _numbers(tree, reader)
        return InitRule(selector, tensor, values=values, key=key.span, span=tree.span)
    scheme, given = tree, None
    if isinstance(tree, Mapping):
        scheme, given = tree.entries[0] if len(tree.entries) == 1 else (tree, None)
    if not isinstance(scheme, Scalar) or scheme.value is None:
        reader.report(
            "E203",
            "one scheme is wanted here",
            tree.span,
            expected="{normal: {std: 0.01}}",
            found=kind(tree),
        )
        return None
    if scheme.text not in SCHEMES:
        reader.report(
            "E201",
            f"unknown initialisation `{scheme.text}`",
            scheme.span,
            expected=listed(SCHEMES, len(SCHEMES)),
            hint=did_you_mean(scheme.text, SCHEMES) or _instead(scheme),
        )
        return None
    args = _arguments(scheme.text, given, reader) if given is not None else ()
    if scheme.text == "constant" and "val" not in dict(args):
        reader.report("E202", "`constant` needs `val`", tree.span, expected="{constant: {val: 1}}")
    wanted = _impossible(scheme.text, dict(args))
    if wanted is not None:
        reader.report("E203", f"`{scheme.text}` has no such form", tree.span, expected=wanted)
    return InitRule(selector, tensor, scheme.text, args, key=key.span, span=tree.span)


def _instead(tree: Scalar) -> str | None:
    """What to write for a number, or for an expression."""
    if _is_number(tree):
        return f"write {{constant: {{val: {tree.text}}}}}"
    return "`init` takes no expressions" if "$" in tree.text else None


def _arguments(
    scheme: str, given: Tree, reader: ValueReader
) -> tuple[tuple[str, int | float | str], ...]:
    args: list[tuple[str, int | float | str]] = []
    for key, value in reader.entries(given, f"the arguments of `{scheme}`"):
        if key.text not in SCHEMES[scheme]:
            reader.unknown_key(key, SCHEMES[scheme])
        elif isinstance(value, Scalar) and _fits(key.text, value):
            args.append((key.text, value.value))  # type: ignore[arg-type]
        else:
            reader.report(
                "E203",
                f"`{key.text}` has the wrong type",
                value.span,
                expected=listed(WORDS[key.text]) if key.text in WORDS else "a number",
                found=kind(value),
            )
    return tuple(args)


def _impossible(scheme: str, args: dict[str, Any]) -> str | None:
    """What a distribution's arguments must be, where they are not that."""
    a, b = args.get("a"), args.get("b")
    if scheme == "normal" and args.get("std", 1) < 0:
        return "a `std` of at least 0"
    if scheme == "uniform" and (0 if a is None else a) > (1 if b is None else b):
        return "an `a` (0 if not given) of at most `b` (1 if not given)"
    if scheme == "trunc_normal":
        if args.get("std", 1) <= 0:
            return "a `std` of more than 0"
        if (-2 if a is None else a) >= (2 if b is None else b):
            return "an `a` (-2 if not given) of less than `b` (2 if not given)"
    return None


def _numbers(tree: Sequence, reader: ValueReader) -> Numbers:
    found: list[Any] = []
    for item in tree.items:
        if isinstance(item, Sequence):
            found.append(_numbers(item, reader))
        elif isinstance(item, Scalar) and _is_number(item):
            found.append(item.value)
        else:
            reader.report(
                "E203", "a tensor holds numbers", item.span, expected="a number", found=kind(item)
            )
    return tuple(found)


def _fits(name: str, value: Scalar) -> bool:
    return value.value in WORDS[name] if name in WORDS else _is_number(value)


def _is_number(tree: Scalar) -> bool:
    """A number that is finite."""
    value, most = tree.value, sys.float_info.max
    return isinstance(value, int | float) and type(value) is not bool and -most <= value <= most
