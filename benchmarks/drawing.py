"""A whole process: `archspec render googlenet` against torchview on torchvision's googlenet.

torchview needs a `dot` on PATH; where there is none, the part has nothing to say.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row, compared, in_turn, process

ROOT = Path(__file__).parents[1]
ARCHSPEC = str(Path(sys.executable).with_name("archspec"))

THEIRS = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from tests.reference import import_torchvision
from torchview import draw_graph
model = import_torchvision().models.googlenet(init_weights=False)
drawn = draw_graph(model, input_size=(2, 3, 224, 224), depth=9, device="meta", mode="train")
drawn.visual_graph.render(sys.argv[1], format="svg", cleanup=True)
"""


def run(quick: bool) -> Iterator[Row]:
    if shutil.which("dot") is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "ours.svg")
        ours = [ARCHSPEC, "render", "googlenet", "-o", out, "--force", "--quiet"]
        theirs = [sys.executable, "-c", THEIRS, str(Path(folder) / "theirs")]
        memory: tuple[list[float], list[float]] = ([], [])

        def one(which: int) -> float:
            seconds, peak, _ = process((ours, theirs)[which])
            memory[which].append(peak)
            return seconds

        repetitions = 1 if quick else 7
        samples = in_turn(lambda: one(0), lambda: one(1), repetitions, warmups=0 if quick else 1)
    yield compared("figure", "render googlenet, wall clock", samples, 1 / 2)
    yield compared("figure", "render googlenet, peak memory", memory, None, "MiB")
