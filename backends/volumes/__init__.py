"""The volumes backend: a graph becomes a picture of its feature maps.

They are boxes in oblique projection, or stacks of planes.
"""

from __future__ import annotations

from archspec.backends.pictured import Pictured
from archspec.backends.volumes.scene import Scene

backend = Pictured("volumes", "volumes", "maps", lambda graph, options, _: Scene(graph, options))
"""What `archspec.backends` finds under the name `volumes`."""
