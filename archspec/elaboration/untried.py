"""What is wrong with a network under values of its parameters that no form of the spec has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from archspec.diagnostics import ArchspecError, Diagnostic, Note
from archspec.elaboration.build import build
from archspec.frontend.ast import ParamDecl, choice
from archspec.frontend.budget import apart
from archspec.frontend.loading import Document
from archspec.frontend.wording import written

MOST = 6
"""So many values are tried: each costs what a form does."""

_SAID = ("E405", "E419")
"""What a spec says itself of a value, or that is of no one place."""


def untried(document: Document, forms: Mapping[str | None, Mapping[str, Any]]) -> list[Diagnostic]:
    """W410 for each value that a switch may have and has in no form, if there is an error with it.

    A switch is a parameter that is true or false, or has its choices listed; the others are as in
    the first form. Of very many, or very large networks, the first are tried.

    Args:
        forms: the variants, and the bare spec as None, with the values of their parameters.
    """
    found: list[Diagnostic | None] = []
    with apart(together=True) as budget:
        for name, value in islice(_switched(document, forms), MOST):
            if not budget.spent:
                found.append(_fault(document, next(iter(forms)), name, value))
    return [one for one in found if one is not None]


def _switched(
    document: Document, forms: Mapping[str | None, Mapping[str, Any]]
) -> Iterator[tuple[str, Any]]:
    """The values of switches that no form has, each with the parameter's name."""
    for name, decl in document.spec.params.items():
        given = [params[name] for params in forms.values()]
        known = [choice(value) for value in given]
        yield from ((name, v) for v in _values(decl, given) if choice(v) not in known)


def _values(decl: ParamDecl, given: list[Any]) -> tuple[Any, ...]:
    """The values that a switch may have; none of another parameter."""
    if decl.choices is not None:
        return decl.choices
    return (False, True) if all(isinstance(value, bool) for value in given) else ()


def _fault(document: Document, form: str | None, name: str, value: Any) -> Diagnostic | None:
    """The first error of a form of the network where a parameter has another value."""
    try:
        build(document, variant=form, params={name: value})
    except ArchspecError as error:
        first = error.diagnostics[0]
        if first.code not in _SAID:
            place = document.spec.params[name].span
            note = Note(f"`{name}` is {written(value)} in no form of the spec", place)
            message = f"with {name}={written(value)}: {first.code}, {first.message}"
            return replace(first, code="W410", message=message, notes=(*first.notes, note))
    return None
