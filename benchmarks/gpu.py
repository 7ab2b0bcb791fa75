"""All that wants a GPU, in one go: its tests, training memory, and speed beside torchvision.

python benchmarks/gpu.py [--device cpu] [--output FOLDER]

On the CPU it is a rehearsal: the same steps, few repetitions, and memory as the dispatcher sees it
where a GPU has an allocator to ask. What it writes says so.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
if __name__ == "__main__":
    sys.path[0] = str(ROOT)  # run as a file, this is a module of `benchmarks` all the same

from benchmarks import run  # noqa: E402
from benchmarks.measure import Row  # noqa: E402


def tested(device: str) -> tuple[bool, str]:
    """Run the tests marked `gpu`; whether they passed, and pytest's own last words.

    Only files that have such tests are collected: others import what the machine may not have.
    """
    folder = ROOT / "tests"
    files = [f for f in sorted(folder.glob("test_*.py")) if "mark.gpu" in f.read_text("utf-8")]
    command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *(str(file.relative_to(ROOT)) for file in files)],
        cwd=ROOT,
        env=os.environ | {"ARCHSPEC_DEVICE": device},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    print(done.stdout, flush=True)
    lines = done.stdout.strip().splitlines()
    return done.returncode == 0, lines[-1].strip("= ") if lines else "no tests"


def measured(device: str) -> list[Row]:
    """Memory, and speed where there is a torchvision to compare with."""
    from benchmarks import memory

    quick = device != "cuda"
    rows = [run.said(row) for row in memory.on(device, quick)]
    if importlib.util.find_spec("torchvision") is not None:
        from benchmarks import running

        rows += [run.said(row) for row in running.on(device, quick)]
    return rows


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Test and measure archspec on a GPU.")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "results")
    options = parser.parse_args(arguments)
    import torch

    if options.device == "cuda" and not torch.cuda.is_available():
        print("There is no CUDA device here; make gpu DEVICE=cpu rehearses.", file=sys.stderr)
        return 2
    start = time.monotonic()
    given = sys.argv[1:] if arguments is None else arguments
    about = run.circumstances(" ".join(["python benchmarks/gpu.py", *given]))
    if options.device == "cpu":
        about = {"device": "cpu: a rehearsal, nothing here was measured on a GPU", **about}
        about.pop("gpu", None)
    else:
        about = {"device": "cuda", **about}
    passed, about["gpu tests"] = tested(options.device)
    rows = measured(options.device)
    about["minutes"] = f"{(time.monotonic() - start) / 60:.1f}"
    kind = "cuda-gpu" if options.device == "cuda" else "cpu-rehearsal"
    print(f"written: {run.save(rows, about, options.output, kind)}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
