"""How much of what could be folded is folded."""

from __future__ import annotations

from dataclasses import dataclass

from archspec.lifting.branching import EXPLICIT, PLAIN, Taste


@dataclass(frozen=True, slots=True)
class Policy:
    """One way to lift.

    Attributes:
        loop: what a loop costs beside its body, in characters; None where there are none.
        differs: what it costs that an attribute is another one in each round.
        fan: what an `each` costs beside its branch; None where there are none.
        uneven: what it costs that something differs from round to round, and otherwise in another
            sample: a list that is a parameter.
        numbered: whether positions that a condition may move are written as ids.
        recalled: whether what the spec said that graphs came from is kept where it holds.
        whole: whether its blocks are written as they are there, in which nothing was changed.
        taste: what branches are like, where instances of a block need not be made alike.
    """

    loop: float | None = 24.0
    differs: float = 12.0
    fan: float | None = 34.0
    uneven: float = 60.0
    numbered: bool = False
    recalled: bool = True
    whole: bool = True
    taste: Taste = PLAIN


POLICIES = (
    Policy(),
    Policy(loop=60.0, differs=24.0),
    Policy(uneven=5.0),
    Policy(loop=None, fan=None),
)
"""From the one that folds most to the one that folds nothing."""

LITERAL = Policy(loop=None, fan=None, recalled=False, whole=False, taste=EXPLICIT)
"""For graphs of which nothing is folded, and all is called by its name."""
