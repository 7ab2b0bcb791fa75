"""What no spec can say, which is why a graph is not lifted."""

from __future__ import annotations


class Unsayable(Exception):
    """Something in a graph has no place in a spec that is written so; its text says what."""
