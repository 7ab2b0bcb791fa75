"""`archspec.compile(name)`, from YAML to module, against the torchvision constructor.

On the CPU most of the time goes into drawing weights, as many on either side; on the meta device,
where there is nothing to draw, what is left is reading the spec and making the modules.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import torch

import archspec
from benchmarks.measure import Row, compared, in_turn, timed
from tests.reference import import_torchvision

NETWORKS: list[tuple[str, str, dict[str, Any]]] = [
    ("vgg16", "vgg16", {}),
    ("resnet152", "resnet152", {}),
    ("densenet121", "densenet121", {}),
    ("googlenet", "googlenet@torchvision", {"init_weights": False}),  # as the spec has none
    ("inception_v3", "inception_v3", {"init_weights": True}),
]


def run(quick: bool) -> Iterator[Row]:
    models = import_torchvision().models
    for name, spec, options in NETWORKS:
        if quick and name != "densenet121":
            continue
        constructor = getattr(models, name)

        def ours(spec: str = spec, device: str | None = None) -> float:
            return timed(lambda: archspec.compile(spec, device=device))

        def theirs(
            device: str | None = None,
            constructor: Any = constructor,
            options: dict[str, Any] = options,
        ) -> float:
            with torch.device(device) if device is not None else nullcontext():
                return timed(lambda: constructor(weights=None, **options))

        few = 3 if quick else 9 if name == "vgg16" else 25
        yield compared("construction", name, in_turn(ours, theirs, few), 1.0)
        on_meta = in_turn(lambda: ours(device="meta"), lambda: theirs("meta"), 3 if quick else 25)
        yield compared("construction", f"{name}, meta device", on_meta, 1.2)
