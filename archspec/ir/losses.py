"""What the losses of outputs count in training."""

from __future__ import annotations

from collections.abc import Iterable

from archspec.ir.graph import Output


def loss_weights(outputs: Iterable[Output]) -> dict[str, float]:
    """The weights by the names of outputs, 1 where none is said; nothing if one is said of none."""
    said = {output.name: output.loss_weight for output in outputs}
    if all(weight is None for weight in said.values()):
        return {}
    return {name: 1.0 if weight is None else weight for name, weight in said.items()}
