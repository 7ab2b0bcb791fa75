"""Colours by role, and mixtures of two."""

from __future__ import annotations

from dataclasses import dataclass

from archspec.figures.theme import Theme


@dataclass(frozen=True, slots=True)
class Paint:
    """The colour of a role, mixed with a share of another's."""

    role: str
    other: str = ""
    share: float = 0.0

    def colour(self, theme: Theme) -> str:
        """As `#rrggbb`."""
        base = theme.colour(self.role)
        if not self.other:
            return base
        pairs = zip(_channels(base), _channels(theme.colour(self.other)), strict=True)
        mixed = (round(a + (b - a) * self.share) for a, b in pairs)
        return "#" + "".join(f"{value:02x}" for value in mixed)


INK, FAINT, LINE, PAPER = Paint("ink"), Paint("faint"), Paint("line"), Paint("paper")


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
