"""Whether the condition of a `when` or of a requirement holds."""

from __future__ import annotations

from typing import Any

from archspec.diagnostics import ArchspecError, Diagnostic, Span
from archspec.frontend.attributes import BOOLEANS
from archspec.frontend.wording import describe
from archspec.ops.derived import plain


def truth(value: Any, span: Span, what: str = "`when`", *, strict: bool = False) -> bool:
    """Whether a condition holds: of a number, a list or a word, whether it is 0 or empty.

    Raises:
        ArchspecError: E306 for `no` and its like, which are words, and so would hold; where
            `strict`, for all that is neither true nor false.
    """
    boolean = BOOLEANS.get(value.lower()) if isinstance(value, str) else None
    if boolean is None and (value is True or value is False or not strict):
        return bool(value)
    hint = "say what it has to be: a comparison is true or false"
    if boolean is not None:
        hint = f"write {boolean} where it comes from: YAML 1.2 takes `{value}` for a word"
    raise ArchspecError(
        Diagnostic(
            "E306",
            f"{what} wants a condition",
            span,
            expected="true or false, such as depth > 0",
            found=describe(plain(value)),
            hint=hint,
        )
    )
