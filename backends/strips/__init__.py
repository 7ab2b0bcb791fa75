"""The strips backend: a network as the figures of textbooks show it, its blocks as tiny pictures.

A strip goes from left to right, in narrow boxes; a tower from bottom to top; levels side by
side; a part that is small has all its words. Unless told, it is what can be read from a slide.
"""

from __future__ import annotations

from archspec.backends.pictured import Pictured
from archspec.backends.strips.arranged import arranged

backend = Pictured("strips", None, "boxes", arranged)
"""What `archspec.backends` finds under the name `strips`."""
