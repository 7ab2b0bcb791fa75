"""Located tree -> abstract syntax. Collects diagnostics and goes on after each.

A `Reader` knows the names of the blocks in sight, so that a misspelt key is told from a
block, and checks what needs no values: ops and their attributes' names.
"""

from __future__ import annotations

from collections.abc import Iterable

from archspec.attributes import is_op, kind, make, name_errors, no_bare_value
from archspec.diagnostics import ArchspecError, did_you_mean, listed
from archspec.expressions import Expression, Template
from archspec.ops import REGISTRY, Op
from archspec.source import Mapping, Scalar, Sequence, Tree
from archspec.syntax import (
    Args,
    BranchSyntax,
    Call,
    Constant,
    Fan,
    Group,
    Item,
    Parallel,
    Reuse,
    Share,
    is_constant,
    names_in,
)
from archspec.values import ValueReader, key_hint, merge_hint, refusal, spaced
from archspec.vocabulary import (
    STRUCTURAL,
    misspelt,
    op_hint,
    our_attribute,
    our_key,
    our_op,
    says_the_op,
)

_Name = str | Expression | Template


class Reader(ValueReader):
    """Reads bodies; `diagnostics` fills as it goes."""

    def __init__(self, blocks: Iterable[str] = ()) -> None:
        super().__init__()
        self.blocks = frozenset(blocks)
        self.nothing = Args()
        self.sound: set[tuple[str, ...]] = set()
        self.made: dict[tuple[str, str], Op] = {}

    # --- bodies ---------------------------------------------------------------------

    def body(self, tree: Tree) -> list[Item]:
        """`graph:` and inline branches: a list of nodes."""
        if not isinstance(tree, Sequence):
            raise refusal(
                "E203",
                "a graph is a list of nodes",
                tree.span,
                expected="a list, one `- ` a node",
                found=kind(tree),
                hint="names are ids, beside the op: `- {id: NAME, OP: ...}`"
                if isinstance(tree, Mapping) and not any(map(self.is_head, tree.keys()))
                else None,
            )
        return self.every(self.item, tree.items)

    def item(self, tree: Tree) -> Item:
        if isinstance(tree, Mapping):
            return self.mapping_item(tree)
        if isinstance(tree, Sequence):
            raise refusal(
                "E204",
                "a node cannot be a list",
                tree.span,
                hint="branches stand under a merge: `- add: [[...], [...]]`",
            )
        if not isinstance(tree.value, str):
            raise refusal(
                "E204",
                "a node is an op's name or a mapping",
                tree.span,
                found=kind(tree),
                hint="write `- relu` or `- conv: {out_channels: 64}`",
            )
        return Item(self.call(self.head_name(tree), tree, None), tree.span)

    def mapping_item(self, tree: Mapping, *, fanned: bool = False) -> Item:
        """A node; `fanned` where its `each` makes branches of it."""
        head, key = self.head(tree)
        share = self.beside(tree, "share", self.share)
        if share is not None and not isinstance(head, Reuse):
            self.check_share(share, key)
        each = tree.key("each")
        if each is not None and not fanned:
            self.report(
                "E204",
                "`each` makes branches, and this is no branch",
                each.span,
                expected="`for`, or a place among the branches of a merge",
            )
        label = tree.key("label")
        if label is not None and _is_nameless(head, tree):
            what = "an op, a block, or a `graph` with an id"
            self.report("E204", "a label has nothing to name here", label.span, expected=what)
        return Item(
            head,
            share.of.span if share is not None and isinstance(head, Reuse) else key.span,
            id=self.beside(tree, "id", self.ident),
            label=self.beside(tree, "label", self.label),
            note=self.beside(tree, "note", self.note),
            feed=self.beside(tree, "from", self.feed) or (),
            when=self.beside(tree, "when", self.condition),
            loop=self.loop(tree),
            share=share,
        )

    def head(self, tree: Mapping) -> tuple[Call | Group | Parallel | Reuse, Scalar]:
        """What the node is, and the key that says so."""
        heads = [(k, v) for k, v in tree.entries if k.text not in STRUCTURAL]
        bodies = [(k, v) for k, v in tree.entries if k.text in ("graph", "parallel")]
        known = [(k, v) for k, v in heads if self.is_head(k.text)]
        if not known and not bodies:
            self.check_said(heads)
        if (len(known) == 1 and len(heads) > 1) or (bodies and heads and not known):
            self.check_beside([k for k, _ in heads if not self.is_head(k.text)], known)
            heads = known
        if len(heads) + len(bodies) > 1:
            raise refusal(
                "E204",
                "a node has exactly one op or block",
                heads[1][0].span if len(heads) > 1 else bodies[-1][0].span,
                expected="one op, block, `graph` or `parallel`",
                found=listed([k.text for k, _ in heads + bodies]),
                hint="start a new `- ` for the second one",
            )
        if heads:
            key, value = heads[0]
            return self.call(self.head_name(key), key, value, tree.get("from")), key
        if bodies:
            key, value = bodies[0]
            if key.text == "graph":
                return Group(self.body(value)), key
            return Parallel(self.branches(value)), key
        if (share := tree.key("share")) is not None:
            return Reuse(), share
        if (note := tree.key("note")) is not None and {*tree.keys()} <= {"note", "from"}:
            return Group([]), note  # of the value that comes
        raise refusal(
            "E204",
            "a node has no op or block",
            tree.span,
            expected="one op, block, `graph` or `parallel`",
            found=listed(tree.keys()) or "an empty mapping",
        )

    def check_said(self, heads: list[tuple[Scalar, Tree]]) -> None:
        """Refuse `type: conv` and `conv1: {conv: ...}`, where the op is not the key."""
        for key, value in heads:
            entries = value.entries if isinstance(value, Mapping) else []
            inner = [k.text for k, _ in entries if self.is_head(k.text)]
            inner += [op for entry in entries if (op := self.said(*entry)) is not None]
            if len(heads) == len(inner) == 1:
                raise refusal(
                    "E205",
                    f"unknown op or block `{key.text}`",
                    key.span,
                    hint=f"a name is an id, beside the op: {{id: {key.text}, {inner[0]}: ...}}",
                )
            op = self.said(key, value)
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

    def said(self, key: Scalar, value: Tree) -> str | None:
        """The op or block that an entry such as `type: Conv2d` means, as it is called here."""
        if not (says_the_op(key.text) and isinstance(value, Scalar)):
            return None
        return value.text if self.is_head(value.text) else our_op(value.text, REGISTRY)

    def check_beside(self, strays: list[Scalar], heads: list[tuple[Scalar, Tree]]) -> None:
        """Report keys that are none; refuse the op's attributes that stand beside it, as one."""
        op = REGISTRY.get(heads[0][0].text) if heads else None
        fields = op.model_fields if op is not None else {}
        meant = [(key, _attribute(key.text, fields)) for key in strays]
        for key, ours in meant:
            if ours is None:
                self.unknown_key(key, STRUCTURAL)
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

    def check_share(self, share: Share, key: Scalar) -> None:
        """`share` stands beside an op or a block, for nothing else has weights of its own."""
        name = key.text
        if name in self.blocks or not (name in STRUCTURAL or _is_merge(name)):
            return
        self.report(
            "E408",
            f"`share` cannot stand beside `{name}`",
            share.of.span,
            expected="an op that reads one value, or a block",
            hint="put it into a block, and share that"
            if is_op(name) and REGISTRY[name].tensors is not Op.tensors
            else None,
        )

    def is_head(self, name: str) -> bool:
        return "$" in name or name in self.blocks or is_op(name)

    def head_name(self, key: Scalar) -> _Name:
        """The op or block a key names, or what gives its name."""
        if not key.text.strip():
            what = "the name of an op or block"
            raise refusal("E204", "a node's op has no name", key.span, expected=what)
        if "$" in key.text and not isinstance(named := self.text(key), Constant):
            return named
        if key.text in self.blocks or is_op(key.text):
            return key.text
        names = [*REGISTRY, *self.blocks, *STRUCTURAL]
        raise refusal(
            "E205",
            f"unknown op or block `{key.text}`",
            key.span,
            hint=spaced(key.text, names)
            or op_hint(key.text, REGISTRY)
            or key_hint(key.text, STRUCTURAL)
            or did_you_mean(key.text, names, misspelt)
            or "the ops are listed in docs/language.md; blocks are defined under `blocks:`",
        )

    # --- heads ----------------------------------------------------------------------

    def call(self, name: _Name, key: Scalar, tree: Tree | None, feed: Tree | None = None) -> Call:
        op = REGISTRY.get(name) if isinstance(name, str) and name not in self.blocks else None
        if op is not None and op.merges:
            return self.merge(op, key, tree, feed)
        args = self.args(tree)
        call = Call(name, key.span, args)
        if op is not None:
            self.check_attributes(op, call)
        return call

    def merge(self, op: type[Op], key: Scalar, tree: Tree | None, feed: Tree | None) -> Call:
        args, branches = Args(), tree
        if isinstance(tree, Mapping):
            branches = tree.get("branches")
            args = self.args(
                Mapping([e for e in tree.entries if e[0].text != "branches"], tree.span)
            )
        if branches is None or (isinstance(branches, Scalar) and branches.value is None):
            raise refusal(
                "E409",
                f"`{op.name}` has no branches",
                key.span,
                expected="a list of node ids and lists of nodes",
                hint=merge_hint(op.name, feed),
            )
        call = Call(op.name, key.span, args, self.branches(branches))
        self.check_attributes(op, call)
        return call

    def branches(self, tree: Tree) -> list[BranchSyntax]:
        if not isinstance(tree, Sequence) or not tree.items:
            raise refusal(
                "E409",
                "branches are a list",
                tree.span,
                expected="a list of node ids and lists of nodes",
                found=kind(tree),
                hint="`[[], a]` are the value that feeds the merge, and the node `a`",
            )
        return self.every(self.branch, tree.items)

    def branch(self, tree: Tree) -> BranchSyntax:
        if isinstance(tree, Scalar):
            return self.reference(tree)
        if isinstance(tree, Sequence):
            return self.body(tree)
        each = tree.get("each")
        return [self.item(tree)] if each is None else self.fan(tree, each)

    def fan(self, tree: Mapping, each: Tree) -> BranchSyntax:
        """A branch for every round.

        An id that reads what the rounds are told apart by is the id of each; any other is that of
        all of them, which then stand in its scope.
        """
        counted = isinstance(each, Scalar) and each.value is not None
        loop = self.count("each", each) if counted else self.rounds("each", each)
        item = self.mapping_item(tree, fanned=True)
        if item.loop is not None:
            self.report(
                "E204",
                "a branch has `each` or a loop, not both",
                item.loop.span,
                hint="put the loop into a `graph` under the `each`",
            )
        if item.id is None or loop.lists.keys() & names_in(item.id):
            return Fan(loop, item)
        ident, item.id = item.id, None
        if isinstance(item.head, Group):
            item.head.scoped = True
        inner = Item(Parallel([Fan(loop, item, listed=True)]), item.span)
        return [Item(Group([inner]), item.span, id=ident)]

    def args(self, tree: Tree | None) -> Args:
        if tree is None or (isinstance(tree, Scalar) and tree.value is None):
            return self.nothing
        if isinstance(tree, Mapping):
            return Args({k.text: (k.span, self.value(v)) for k, v in tree.entries})
        return Args(bare=self.value(tree))

    def check_attributes(self, op: type[Op], call: Call) -> None:
        """Names and presence of attributes; their values too where all are constant."""
        args = call.args
        if args.bare is not None:
            if op.primary is None:
                self.diagnostics.append(no_bare_value(op, args.bare))
                return
            args.named[op.primary] = (args.bare.span, args.bare)
            args.bare = None
        written = (op.name, *args.named)
        faults = [] if written in self.sound else name_errors(op, call)
        if not faults:
            self.sound.add(written)
        self.diagnostics += faults
        sound = not faults and not args.named.keys() & {*op.references}
        if sound and all(is_constant(v) for _, v in args.named.values()):
            call.op = self.build(op, call)

    def build(self, op: type[Op], call: Call) -> Op | None:
        """The op; one and the same wherever it has the same attributes."""
        values = {
            k: v.evaluate({}) for k, (_, v) in call.args.named.items() if v.span not in self.faulty
        }
        key = (op.name, repr(values))
        try:
            if key not in self.made:
                self.made[key] = make(op, call, values)
        except ArchspecError as error:
            self.diagnostics += [d for d in error.diagnostics if d.span not in self.faulty]
        return self.made.get(key)


def _is_nameless(head: Call | Group | Parallel | Reuse, tree: Mapping) -> bool:
    """Whether a node is nothing that a figure has a box or a frame for."""
    return isinstance(head, Parallel) or (isinstance(head, Group) and tree.get("id") is None)


def _is_merge(name: str) -> bool:
    return is_op(name) and REGISTRY[name].merges


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
