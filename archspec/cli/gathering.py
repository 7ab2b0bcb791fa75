"""The diagnostics of all forms of a spec, each once, with the forms in which it arises."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from archspec.diagnostics import Diagnostic, listed

Form = str | None
"""A variant; None for the bare spec."""

_NUMBER = re.compile(r"\d+")

_Key = tuple[str, str, str]


def _likeness(diagnostic: Diagnostic) -> _Key:
    """What a diagnostic says and where, apart from numbers, as sizes differ between networks.

    Of a remark the place is enough.
    """
    said = _NUMBER.sub("0", diagnostic.message)
    if diagnostic.severity == "remark" and diagnostic.span is not None:
        said = ""
    return diagnostic.code, str(diagnostic.span or ""), said


class Gathered:
    """What was found in the forms of a spec, one after the other."""

    def __init__(self, forms: Sequence[Form]) -> None:
        self.forms = forms
        self.built: set[Form] = set()
        self.tried: set[Form] = set()
        self.found: dict[tuple[_Key, int], dict[Form, Diagnostic]] = {}

    def add(self, form: Form, diagnostics: Iterable[Diagnostic], *, built: bool) -> None:
        """Keep what was found in a form, of which there is a network if it is `built`."""
        self.tried.add(form)
        if built:
            self.built.add(form)
        alike = Counter[_Key]()
        for diagnostic in diagnostics:
            key = _likeness(diagnostic)
            self.found.setdefault((key, alike[key]), {})[form] = diagnostic
            alike[key] += 1

    @property
    def failed(self) -> bool:
        """Whether a form has no network."""
        return self.built != self.tried

    def all(self) -> list[Diagnostic]:
        """Each diagnostic once; one that does not arise in all forms says in which.

        A form that has no network has not come as far as to its remarks.
        """
        whole = []
        for found in self.found.values():
            first, *others = found.values()
            every = self.built if first.severity == "remark" else self.tried
            if every <= found.keys():
                whole.append(first)
                continue
            where = _names([form for form in self.forms if form in found], self.forms)
            if any(other != first for other in others):
                where += f"; this is {_name(next(iter(found)))}"
            whole.append(replace(first, forms=where))
        return whole


def _names(some: Sequence[Form], forms: Sequence[Form]) -> str:
    """Some of the forms of a spec, in words."""
    if len(some) == 1:
        return _name(some[0])
    what = "forms" if None in forms else "variants"
    names = listed(form for form in some if form is not None)
    bare = f"{_name(None)}, " if None in some else ""
    return f"{len(some)} of {len(forms)} {what}: {bare}{names}"


def _name(form: Form) -> str:
    return "the bare spec" if form is None else f"variant `{form}`"
