"""`archspec.compile(name)`, from YAML to module, against the torchvision constructor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import archspec
from benchmarks.measure import Row, compared, in_turn, timed
from tests.reference import import_torchvision

NAMES = {"vgg16": "vgg16", "resnet152": "resnet152", "densenet121": "densenet121"}
NAMES |= {"googlenet": "googlenet@torchvision"}
OPTIONS: dict[str, dict[str, Any]] = {
    # Its own initialisation takes seconds; ours is torch's, so theirs is too.
    "googlenet": {"aux_logits": True, "init_weights": False},
}


def run(quick: bool) -> Iterator[Row]:
    models = import_torchvision().models
    for name, spec in NAMES.items():
        if quick and name != "densenet121":
            continue
        constructor, options = getattr(models, name), OPTIONS.get(name, {})

        def ours(spec: str = spec) -> float:
            return timed(lambda: archspec.compile(spec))

        def theirs(constructor: Any = constructor, options: dict[str, Any] = options) -> float:
            return timed(lambda: constructor(weights=None, **options))

        repetitions = 3 if quick else 9 if name == "vgg16" else 25
        yield compared("construction", name, in_turn(ours, theirs, repetitions), 1.0)
