"""What has which colour.

The rest of drawing speaks of roles, such as `pooling` or `ink`; a theme gives each its colour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Kind = Literal[
    "convolution",
    "pooling",
    "normalisation",
    "activation",
    "linear",
    "reshaping",
    "merge",
    "noise",
    "other",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

_KIND_OF: Mapping[str, Kind] = {
    "conv": "convolution",
    "special_conv": "convolution",
    "pool": "pooling",
    "special_pool": "pooling",
    "norm": "normalisation",
    "activation": "activation",
    "linear": "linear",
    "shape": "reshaping",
    "resize": "reshaping",
    "channels": "reshaping",
    "merge": "merge",
    "dropout": "noise",
    "drop_path": "noise",
}


def kind_of(family: str) -> Kind:
    """The kind of the ops of a family (`Op.family`): what has one colour."""
    return _KIND_OF.get(family, "other")


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as `#rrggbb`, by role.

    Attributes:
        name: how it is asked for.
        paper: what everything stands on.
        ink: words in boxes.
        faint: words beside boxes, dark enough to read on paper and on grounds.
        line: outlines and arrows.
        frame: outlines of open blocks.
        ground, ground2: inside of open blocks, by turns; folded blocks have the second.
        bar, bar_ink: a concatenation, and the word on it.
        fills: inside of an op's box, by its kind.
    """

    name: str
    paper: str
    ink: str
    faint: str
    line: str
    frame: str
    ground: str
    ground2: str
    bar: str
    bar_ink: str
    fills: Mapping[Kind, str] = field(hash=False)

    def colour(self, role: str) -> str:
        """The colour of a role: an attribute's name, or a kind of op.

        Raises:
            KeyError: where there is no such role.
        """
        if role in self.fills:
            return self.fills[role]  # type: ignore[index]
        if role not in ROLES:
            raise KeyError(role)
        found: str = getattr(self, role)
        return found


ROLES = ("paper", "ink", "faint", "line", "frame", "ground", "ground2", "bar", "bar_ink")

LIGHT = Theme(
    name="light",
    paper="#ffffff",
    ink="#1f2933",
    faint="#5f6b7a",
    line="#3e4c59",
    frame="#9aa5b1",
    ground="#f6f7f9",
    ground2="#eceff3",
    bar="#3e4c59",
    bar_ink="#ffffff",
    fills={
        "convolution": "#9cc3e8",
        "pooling": "#f3a585",
        "normalisation": "#c9dba0",
        "activation": "#f3e3a0",
        "linear": "#e9b8d4",
        "reshaping": "#e3e6ea",
        "merge": "#ffffff",
        "noise": "#ffffff",
        "other": "#cfe8e4",
    },
)
"""Tints that differ in lightness as well, so that they stay apart for colour-blind eyes and in
grey print, and are all light enough for dark text."""
