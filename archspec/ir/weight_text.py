"""Weight maps as text that diffs well: a line a tensor, and one for each large part of several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from archspec.ir.tensor_expr import TensorExpr, topological
from archspec.ir.tensor_ops import Text

LARGE = 6
"""Operations beyond which a part has a line of its own, so that no line is as long as a chain."""
REPEATED = 3
"""Operations up to which a part that is read several times is written each time."""
LONG = 200
"""Characters up to which it is. Few parts of few operations are longer: indices, many operands."""


def lines(entries: Mapping[str, TensorExpr]) -> Iterator[str]:
    """`fc.weight = fc.weight * bn.weight[:, None]`: a new tensor, and its expression over old ones.

    A name such as `%fc.weight.1` stands for the part that the line above says. It is called after
    the first tensor that reads it, so that what is new in one leaves the names in others alone.
    """
    uses = Counter(entries.values())
    uses.update(operand for one in topological(entries.values()) for operand in one.operands)
    texts: dict[TensorExpr, Text] = {}
    sizes: dict[TensorExpr, int] = {}
    seen: set[TensorExpr] = set()
    for key, root in entries.items():
        named = 0
        for one in topological([root], seen):
            text = one.op.written(*(texts[operand] for operand in one.operands))
            size = sum(sizes[operand] for operand in one.operands) + bool(one.operands)
            if uses[one] > 1:
                apart = size > REPEATED or len(text.text) > LONG
            else:
                apart = size > LARGE and one is not root
            if one.operands and apart:
                named += 1
                yield f"%{key}.{named} = {text.text}"
                text, size = Text(f"%{key}.{named}"), 0
            texts[one], sizes[one] = text._replace(shape=one.shape), size
        yield f"{key} = {texts[root].text}"
