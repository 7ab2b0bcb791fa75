"""The volumes backend: a graph becomes a picture of its feature maps.

They are boxes in oblique projection, or stacks of planes.
"""

from __future__ import annotations

from collections.abc import Sequence

from archspec.backends.pictured import Pictured, Scenes
from archspec.backends.volumes.scene import Scene
from archspec.drawing.options import Panel


def _scenes(figures: Sequence[Panel]) -> Scenes:
    return Scenes([Scene(*figure) for figure in figures])


backend = Pictured("volumes", "volumes", "maps", _scenes)
"""What `archspec.backends` finds under the name `volumes`."""
