"""Every kind of bad spec beside its exact diagnostic.

`python -m tests.test_errors --update` writes the diagnostics anew and prints what changed;
nothing else does.
"""

from __future__ import annotations

import difflib
import sys
import tempfile
from pathlib import Path

import pytest

from tests.error_cases import Case, cases, said

CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_diagnostic(case: Case, tmp_path: Path) -> None:
    assert case.expected, f"{case.path} holds no diagnostic to compare with"
    assert said(case, tmp_path) == case.expected


def update() -> int:
    """Write every case's diagnostics anew; returns how many changed."""
    changed = 0
    for case in cases():
        with tempfile.TemporaryDirectory() as folder:
            now = said(case, Path(folder))
        if not now:
            print(f"{case.path}: archspec finds nothing wrong", file=sys.stderr)
        if now == case.expected:
            continue
        changed += 1
        diff = difflib.unified_diff(
            case.expected.splitlines(), now.splitlines(), case.name, case.name, lineterm="", n=2
        )
        print("\n".join(diff))
        case.path.write_text(case.with_expected(now), encoding="utf-8")
    return changed


if __name__ == "__main__":
    if sys.argv[1:] != ["--update"]:
        sys.exit("python -m tests.test_errors --update writes the diagnostics anew")
    print(f"{update()} of {len(CASES)} cases changed")
