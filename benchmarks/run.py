"""Measure archspec beside torchinfo and torchvision, and write down what came out.

python benchmarks/run.py [--only PART] [--quick] [--threads N]
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
if __name__ == "__main__":
    sys.path[0] = str(ROOT)  # run as a file, this is a module of `benchmarks` all the same

from benchmarks.measure import Row, machine  # noqa: E402

PARTS = {
    "startup": "benchmarks.startup",
    "stats": "benchmarks.stats_process",
    "compile": "benchmarks.construction",
    "run": "benchmarks.running",
    "elaborate": "benchmarks.elaboration",
    "memory": "benchmarks.memory",
    "render": "benchmarks.drawing",
}
HEADER = ("", "ours", "theirs", "ratio", "middle half", "target", "")


def cells(row: Row) -> tuple[str, ...]:
    spread = f"{row.spread[0]:.3f} – {row.spread[1]:.3f}" if row.spread else ""
    target = f"≤ {row.target:g}" if row.target is not None else ""
    verdict = {None: "", True: "met", False: "missed"}[row.met]
    return (
        row.what,
        *(_amount(x, row.unit) for x in (row.ours, row.theirs)),
        f"{row.ratio:.3f}",
        spread,
        target,
        verdict,
    )


def _amount(value: float, unit: str) -> str:
    if unit != "s":
        return f"{value:.0f} {unit}"
    return f"{value:.2f} s" if value >= 1 else f"{value * 1e3:.1f} ms"


def page(rows: list[Row], about: dict[str, str]) -> str:
    """The results as Markdown."""
    out = [f"# Benchmark, {about['date']}", ""]
    out += [f"- {key}: {value}" for key, value in about.items() if key != "date"]
    out += ["", "Ratios are ours over theirs, taken side by side; medians.", ""]
    table = [HEADER, tuple("---" for _ in HEADER), *(cells(row) for row in rows)]
    out += ["| " + " | ".join(line) + " |" for line in table]
    return "\n".join(out) + "\n"


def save(rows: list[Row], about: dict[str, str], folder: Path, kind: str) -> Path:
    """Write the Markdown page and the same as JSON; later runs of a day and kind get a number."""
    stem = f"{about['date'][:10]}-{kind}"
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    path = folder / f"{stem}.md"
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.md"
    path.write_text(page(rows, about), encoding="utf-8")
    results = [{**asdict(row), "met": row.met} for row in rows]
    text = json.dumps({"about": about, "rows": results}, indent=1)
    path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    return path


def circumstances(command: str) -> dict[str, str]:
    """When, how and where a benchmark runs."""
    date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return {"date": date, "command": command, "host": platform.machine(), **machine()}


def said(row: Row) -> Row:
    """Print a row, as soon as it is there."""
    what, ours, theirs, ratio, spread, target, verdict = cells(row)
    line = f"{what:<48}{ours:>10}{theirs:>11}{ratio:>8}  {spread:<15}{target:>7}  {verdict}"
    print(line, flush=True)
    return row


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure archspec beside its neighbours.")
    parser.add_argument("--only", action="append", choices=PARTS, help="may be given repeatedly")
    parser.add_argument("--quick", action="store_true", help="few repetitions, small sizes")
    parser.add_argument(
        "--output", type=Path, default=ROOT / "benchmarks" / "results", help="a folder"
    )
    parser.add_argument("--threads", type=int, help="of torch on the CPU; default: torch's own")
    options = parser.parse_args(arguments)
    import torch

    if options.threads is not None:
        torch.set_num_threads(options.threads)
    given = sys.argv[1:] if arguments is None else arguments
    about = circumstances(" ".join(["python benchmarks/run.py", *given]))
    parts = (importlib.import_module(PARTS[name]) for name in options.only or PARTS)
    rows = [said(row) for part in parts for row in part.run(options.quick)]
    kind = "cuda" if torch.cuda.is_available() else "cpu"
    print(f"written: {save(rows, about, options.output, kind)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
