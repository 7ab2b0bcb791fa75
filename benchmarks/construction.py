"""`archspec.compile(name)`, from YAML to module, against the torchvision constructor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import archspec
from benchmarks.measure import Row, compared, in_turn, timed
from tests.reference import import_torchvision

NETWORKS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("vgg16", "vgg16", "vgg16", {}),
    ("resnet152", "resnet152", "resnet152", {}),
    ("densenet121", "densenet121", "densenet121", {}),
    # By default torchvision draws GoogLeNet's weights from a truncated normal distribution,
    # which takes longer than everything else; ours come from torch's own initialisation.
    ("googlenet", "googlenet@torchvision", "googlenet", {"init_weights": True}),
    ("googlenet, torch's weights", "googlenet@torchvision", "googlenet", {"init_weights": False}),
]


def run(quick: bool) -> Iterator[Row]:
    models = import_torchvision().models
    for what, spec, name, options in NETWORKS:
        if quick and name != "densenet121":
            continue
        constructor = getattr(models, name)

        def ours(spec: str = spec) -> float:
            return timed(lambda: archspec.compile(spec))

        def theirs(constructor: Any = constructor, options: dict[str, Any] = options) -> float:
            return timed(lambda: constructor(weights=None, **options))

        repetitions = 3 if quick else 9 if name == "vgg16" else 25
        yield compared("construction", what, in_turn(ours, theirs, repetitions), 1.0)
