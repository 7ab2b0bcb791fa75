"""Whether the condition of a `when` or of a requirement holds."""

from __future__ import annotations

from typing import Any

from archspec.diagnostics import ArchspecError, Diagnostic, Span
from archspec.frontend.booleans import misleading
from archspec.frontend.wording import describe
from archspec.ops.derived import plain


def truth(value: Any, span: Span, what: str = "`when`", *, strict: bool = False) -> bool:
    """Whether a condition holds: of a number, a list or a word, whether it is 0 or empty.

    Raises:
        ArchspecError: E306 for `no`, `none` and their like, which are words, and so would hold;
            where `strict`, for all that is neither true nor false.
    """
    hint = misleading(value)
    if hint is None and (value is True or value is False or not strict):
        return bool(value)
    raise ArchspecError(
        Diagnostic(
            "E306",
            f"{what} wants a condition",
            span,
            expected="true or false, such as depth > 0",
            found=describe(plain(value)),
            hint=hint or "say what it has to be: a comparison is true or false",
        )
    )
