"""`init:` in a spec: which tensors of which ops start from which distribution.

Without it weights start as the framework starts them. The schemes and their arguments
bear the names of `torch.nn.init`, where their formulas and papers stand.
"""

from __future__ import annotations

from dataclasses import dataclass

from archspec.attributes import is_op, kind
from archspec.diagnostics import did_you_mean, listed
from archspec.names import elsewhere
from archspec.ops import REGISTRY
from archspec.source import Mapping, Scalar, Tree
from archspec.values import ValueReader

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
}
"""Each scheme with the arguments it takes, all optional but `val`."""


@dataclass(frozen=True, slots=True)
class InitRule:
    """Every `tensor` (`weight`, `bias`) of every `op` starts from `scheme(**args)`."""

    op: str
    tensor: str
    scheme: str
    args: tuple[tuple[str, int | float | str], ...] = ()


def read_init(tree: Tree, reader: ValueReader) -> list[InitRule]:
    """`init: {conv: {weight: {kaiming_normal: {mode: fan_out}}, bias: zeros}}`."""
    rules = []
    for key, tensors in reader.entries(tree, "`init`"):
        if not is_op(key.text):
            reader.report(
                "E205",
                f"unknown op `{key.text}`",
                key.span,
                hint=elsewhere(key.text)
                or did_you_mean(key.text, [n for n in REGISTRY if is_op(n)]),
            )
            continue
        for tensor, scheme in reader.entries(tensors, f"the tensors of `{key.text}`"):
            if tensor.text not in ("weight", "bias"):
                reader.unknown_key(tensor, ("weight", "bias"))
                continue
            rule = _rule(key.text, tensor.text, scheme, reader)
            if rule is not None:
                rules.append(rule)
    return rules


def _rule(op: str, tensor: str, tree: Tree, reader: ValueReader) -> InitRule | None:
    """`zeros`, or `{normal: {std: 0.01}}`."""
    if isinstance(tree, Scalar) and tree.value is not None:
        return InitRule(op, tensor, tree.text) if _known(tree, reader) else None
    entries = tree.entries if isinstance(tree, Mapping) else []
    if len(entries) != 1:
        reader.report(
            "E203",
            "one scheme is wanted here",
            tree.span,
            expected="{normal: {std: 0.01}}",
            found=kind(tree),
        )
        return None
    (scheme, given) = entries[0]
    if not _known(scheme, reader):
        return None
    args: list[tuple[str, int | float | str]] = []
    for key, value in reader.entries(given, f"the arguments of `{scheme.text}`"):
        if key.text not in SCHEMES[scheme.text]:
            reader.unknown_key(key, SCHEMES[scheme.text])
        elif isinstance(value, Scalar) and _fits(key.text, value):
            args.append((key.text, value.value))  # type: ignore[arg-type]
        else:
            reader.report(
                "E203",
                f"`{key.text}` has the wrong type",
                value.span,
                expected="a word" if key.text in WORDS else "a number",
                found=kind(value),
            )
    return InitRule(op, tensor, scheme.text, tuple(args))


WORDS = {
    "mode": ("fan_in", "fan_out"),
    "nonlinearity": ("relu", "leaky_relu", "linear", "tanh", "sigmoid", "selu"),
}


def _fits(name: str, value: Scalar) -> bool:
    if name in WORDS:
        return value.value in WORDS[name]
    return type(value.value) in (int, float)


def _known(scheme: Scalar, reader: ValueReader) -> bool:
    if scheme.text in SCHEMES:
        return True
    reader.report(
        "E201",
        f"unknown initialisation `{scheme.text}`",
        scheme.span,
        expected=listed(SCHEMES),
        hint=did_you_mean(scheme.text, SCHEMES),
    )
    return False
