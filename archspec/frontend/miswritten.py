"""Nodes that are written as others write them: `type: conv`, or an attribute beside the op."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from archspec.diagnostics import ArchspecError, did_you_mean, listed
from archspec.frontend.attributes import is_op
from archspec.frontend.hints import item_below, key_hint, run_on
from archspec.frontend.source import Mapping, Scalar, Tree
from archspec.frontend.value_reader import ValueReader, refusal
from archspec.frontend.vocabulary import (
    BESIDE,
    attribute_hint,
    our_attribute,
    our_key,
    our_op,
    says_the_op,
)
from archspec.frontend.wording import kind
from archspec.ops import REGISTRY, Op
from archspec.ops.identifiers import IDENTITY, STRUCTURAL

_BARE = ("when", "for", "repeat", "each")
"""Keys of expressions, which may go on in the lines below."""

IsHead = Callable[[str], bool]
"""Whether a word is an op or a block that is in sight."""


def check_said(heads: list[tuple[Scalar, Tree]], is_head: IsHead) -> None:
    """Refuse `type: conv` and `conv1: {conv: ...}`, where the op is not the key."""
    for key, value in heads:
        entries = value.entries if isinstance(value, Mapping) else []
        inner = [k.text for k, _ in entries if is_head(k.text)]
        inner += [op for entry in entries if (op := _said(*entry, is_head)) is not None]
        if len(heads) == len(inner) == 1:
            raise refusal(
                "E205",
                f"unknown op or block `{key.text}`",
                key.span,
                hint=f"a name is an id, beside the op: {{id: {key.text}, {inner[0]}: ...}}",
            )
        op = _said(key, value, is_head)
        if op is not None:
            node = _node(op, [k.text for k, _ in heads if k is not key])
            raise refusal(
                "E201",
                f"unknown key `{key.text}`",
                key.span,
                expected=listed(STRUCTURAL),
                hint=f"the op is itself the key: write {node}"
                if node != op
                else f"an op is itself a node: write - {op}",
            )


def _said(key: Scalar, value: Tree, is_head: IsHead) -> str | None:
    """The op or block that an entry such as `type: Conv2d` means, as it is called here."""
    if not (says_the_op(key.text) and isinstance(value, Scalar)):
        return None
    return value.text if is_head(value.text) else our_op(value.text, REGISTRY)


def check_beside(
    strays: list[Scalar], heads: list[tuple[Scalar, Tree]], reader: ValueReader
) -> None:
    """Report keys that are none; refuse the op's attributes that stand beside it, as one."""
    op = REGISTRY.get(heads[0][0].text) if heads else None
    fields = op.model_fields if op is not None else {}
    meant = [(key, _attribute(key.text, fields)) for key in strays]
    for key, ours in meant:
        if ours is None:
            hint = key_hint(key.text, STRUCTURAL) or _beside(key.text, heads, op)
            reader.unknown_key(key, STRUCTURAL, hint)
    attributes = list(dict.fromkeys(ours for _, ours in meant if ours is not None))
    if op is None or not attributes:
        return
    words = ["branches: [...]"] if op.merges else []
    words += [f"{name}: ..." for name in attributes]
    are = "it is an attribute" if len(attributes) == 1 else "these are attributes"
    first = next(key for key, ours in meant if ours is not None)
    raise refusal(
        "E201",
        f"unknown key `{first.text}`",
        first.span,
        expected=listed(STRUCTURAL),
        hint=f"{are} of `{op.name}`: write {op.name}: {{{', '.join(words)}}}",
    )


def _beside(word: str, heads: list[tuple[Scalar, Tree]], op: type[Op] | None) -> str | None:
    """A hint for what cannot stand beside an op, or is an argument of the block it stands by."""
    if op is not None:
        return attribute_hint(word, op.model_fields, op.name)
    if not heads or did_you_mean(word, STRUCTURAL):
        return None
    name = heads[0][0].text
    return f"if it is a parameter of `{name}`: {name}: {{{word}: ...}}"


def not_a_body(tree: Tree, is_head: IsHead) -> ArchspecError:
    """What is raised for what stands in place of a list of nodes."""
    hint = None
    if isinstance(tree, Mapping) and not any(map(is_head, tree.keys())):
        hint = "names are ids, beside the op: `- {id: NAME, OP: ...}`"
    elif isinstance(tree, Scalar):
        hint = nodes_in_a_word(tree.text, is_head)
    return refusal(
        "E203",
        "a graph is a list of nodes",
        tree.span,
        expected="a list, one `- ` a node",
        found=kind(tree),
        hint=hint,
    )


def not_branches(tree: Tree) -> ArchspecError:
    """What is raised for what stands in place of a list of branches."""
    return refusal(
        "E409",
        "branches are a list",
        tree.span,
        expected="a list of node ids and lists of nodes",
        found=kind(tree),
        hint="`[identity, a]` are the value that feeds the merge, and the node `a`",
    )


def empty_branch(tree: Scalar) -> ArchspecError:
    """What is raised for a dash with nothing behind it, among branches."""
    return refusal(
        "E203",
        "this branch is empty",
        tree.span,
        expected="an id, a list of nodes, or one node",
        found="nothing",
        hint=f"write `{IDENTITY}` for what feeds the merge, or take the dash away",
    )


def nodes_in_a_word(word: str, is_head: IsHead) -> str | None:
    """A hint for `tanh sigmoid`, two nodes that YAML takes for one word."""
    words = word.replace(",", " ").split()
    if len(words) < 2 or not all(map(is_head, words)):
        return None
    return f"each node is an item of a list: [{', '.join(words)}], or a line with a dash for each"


def check_runs_on(tree: Mapping, is_head: IsHead) -> None:
    """Refuse nodes that YAML takes for a part of the word above them."""
    headless = all(key.text in BESIDE for key, _ in tree.entries)
    for key, value in tree.entries:
        below = run_on(value)
        if below is None or key.text in ("label", "note", "doc"):
            continue
        word = below.partition(":")[0].strip()
        if below.startswith("- ") and (headless or key.text not in _BARE):
            hint = item_below(value)
            if headless:
                hint = f"write `graph:` above the list, below `{key.text}`"
        elif headless and is_head(word):
            hint = f"put it below `{key.text}`, with a colon: `{word}:`"
        else:
            continue
        message = f"`{below}` is read as a part of `{key.text}`"
        raise refusal("E204", message, key.span, hint=hint)


def no_op(tree: Mapping, is_head: IsHead) -> ArchspecError:
    """What is raised for a node that has keys and no op."""
    hint = None
    for key, value in tree.entries:
        first, comma, word = value.text.partition(", ") if isinstance(value, Scalar) else ("",) * 3
        if comma and is_head(word.strip()):
            word = word.strip()
            hint = f"several keys in one line stand in braces: {{{key.text}: {first}, {word}: }}"
    if {"id", "from"} <= {*tree.keys()}:
        hint = "if its op is not missing: `graph: []` beside these gives the value the id, too"
    return refusal(
        "E204",
        "a node has no op or block",
        tree.span,
        expected="one op, block, `graph` or `parallel`",
        found=listed(tree.keys()) or "an empty mapping",
        hint=hint,
    )


def _node(op: str, words: list[str]) -> str:
    """How a node of an op is written, with these attributes and keys under whatever names."""
    fields = REGISTRY[op].model_fields if is_op(op) else {}
    beside, attributes = dict[str, None](), dict[str, None]()
    for word in words:
        ours = _attribute(word, fields)
        structural = our_key(word, STRUCTURAL) if ours is None else None
        if structural is not None:
            beside[f"{structural}: ..."] = None
        else:
            attributes[f"{ours or word}: ..."] = None
    node = f"{op}: {{{', '.join(attributes)}}}" if attributes else op
    if beside:
        return f"{{{', '.join(beside)}, {node}{'' if attributes else ': '}}}"
    return node


def _attribute(word: str, fields: Iterable[str]) -> str | None:
    """Which of an op's attributes a word is or means; None where it is a key beside ops."""
    if word in fields:
        return word
    return None if our_key(word, STRUCTURAL) else our_attribute(word, fields)
