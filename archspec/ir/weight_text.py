"""Weight maps as text that diffs well: a line a tensor, and one for each long part of several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from archspec.ir.tensor_expr import TensorExpr, topological
from archspec.ir.tensor_ops import Text

REPEATED = 60
"""Characters up to which a part that is read several times is written each time."""
LONG = 100
"""Characters beyond which a part has a line of its own, so that the text stays linear."""


def lines(entries: Mapping[str, TensorExpr]) -> Iterator[str]:
    """`fc.weight = fc.weight * bn.weight[:, None]`: a new tensor, and its expression over old ones.

    A name such as `%fc.weight.1` stands for the part that the line above says. It is called after
    the first tensor that reads it, so that what is new in one leaves the names in others alone.
    """
    uses = Counter(entries.values())
    uses.update(operand for one in topological(entries.values()) for operand in one.operands)
    texts: dict[TensorExpr, Text] = {}
    seen: set[TensorExpr] = set()
    for key, root in entries.items():
        named = 0
        for one in topological([root], seen):
            text = one.op.written(*(texts[operand] for operand in one.operands))
            size = len(text.text)
            apart = size > REPEATED if uses[one] > 1 else size > LONG and one is not root
            if one.operands and apart:
                named += 1
                name = f"%{key}.{named}"
                yield f"{name} = {text.text}"
                text = Text(name)
            texts[one] = text._replace(shape=one.shape)
        yield f"{key} = {texts[root].text}"
