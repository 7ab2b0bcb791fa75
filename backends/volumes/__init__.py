"""The volumes backend: a graph becomes a picture of its feature maps.

They are boxes in oblique projection, or stacks of planes.
"""

from __future__ import annotations

from archspec.backends.pictured import Pictured
from archspec.backends.volumes.fitting import fitted_scenes

backend = Pictured("volumes", "volumes", "volumes", fitted_scenes)
"""What `archspec.backends` finds under the name `volumes`."""
