"""What was meant by a word that runs into its value, or by a merge without branches."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archspec.frontend import vocabulary
from archspec.frontend.source import Scalar, Sequence, Tree

_WORD_THEN = re.compile(r"([A-Za-z_]\w*)(:| *=| *[({\[]| +)(.*)", re.DOTALL)


def spaced(word: str, known: Iterable[str]) -> str | None:
    """A hint for `linear:10`, `linear(10)` and `linear 10`, which YAML takes for one word."""
    match = _WORD_THEN.fullmatch(word)
    if match is None or match[1] not in known:
        return None
    name, sign, value = match[1], match[2].strip(), match[3].strip()
    if sign == ":":
        return f"a space is missing after the colon: `{name}: {value or '...'}`"
    if sign == "(":
        return f"nothing is called in YAML: write {_uncalled(name, value.removesuffix(')'))}"
    if sign == "=" or not value:
        return f"a colon is missing after `{name}`: write {name}: ..."
    rest = f"{sign}{value}: ...}}" if sign == "{" else sign + value
    return f"a colon is missing after `{name}`: write {name}: {rest}"


def _uncalled(name: str, given: str) -> str:
    """How a spec writes `conv(out_channels=8)`, `linear(10)` and `relu()`."""
    if "=" in given:
        return f"{name}: {{{re.sub(r' *= *', ': ', given)}}}"
    return f"{name}: {given}" if given else name


def key_hint(word: str, known: Iterable[str]) -> str | None:
    """A hint for a key that runs into its value, or has a name that others have for it."""
    known = list(known)
    ours = vocabulary.our_key(word, known)
    return spaced(word, known) or (ours and f"here it is called `{ours}`")


def run_on(value: Tree) -> str | None:
    """The line below a word, where that is indented further and YAML so takes both for one."""
    if not isinstance(value, Scalar) or value.quoted or "$" in value.text:
        return None
    place = value.span
    first = place.text.strip()
    if not first or not value.text.startswith(f"{first} "):
        return None
    below = place.source.lines[place.line :]
    return next((line.strip() for line in below if line.strip()), None)


def item_below(value: Tree) -> str | None:
    """A hint where what runs on is an item, as in `- relu` with a further `- tanh` below it."""
    below = run_on(value)
    if below is None or not below.startswith("- "):
        return None
    return f"`{below}` is indented further than what it follows: put its dash below the one above"


def merge_hint(op: str, feed: Tree | None) -> str:
    """How to write the branches of a merge that has none, where a node says what it reads."""
    items = feed.items if isinstance(feed, Sequence) else []
    ids = [one.text for one in items if isinstance(one, Scalar)]
    if len(ids) > 1 and len(ids) == len(items):
        return f"write `{op}: [{', '.join(ids)}]`, and no `from`"
    return f"write `{op}: [[...], [...]]`; `identity` is the value that feeds the merge"
