"""Located tree -> abstract syntax. Collects diagnostics and goes on after each.

A `Reader` knows the names of the blocks in sight, so that a misspelt key is told from a
block, and checks what needs no values: ops and their attributes' names.
"""

from __future__ import annotations

from collections.abc import Iterable

from archspec.diagnostics import ArchspecError, did_you_mean, listed
from archspec.frontend.ast import (
    Args,
    BranchSyntax,
    Call,
    Constant,
    Fan,
    For,
    Group,
    Item,
    Parallel,
    Ref,
    Reuse,
    Share,
    is_constant,
    names_in,
)
from archspec.frontend.attributes import is_op, make, name_errors
from archspec.frontend.bare import no_bare_value
from archspec.frontend.bodies import positions
from archspec.frontend.expressions import Expression, Template, negated
from archspec.frontend.hints import item_below, key_hint, merge_hint, spaced
from archspec.frontend.miswritten import (
    check_beside,
    check_runs_on,
    check_said,
    empty_branch,
    no_op,
    nodes_in_a_word,
    not_a_body,
    not_branches,
)
from archspec.frontend.source import Mapping, Scalar, Sequence, Tree
from archspec.frontend.value_reader import ValueReader, refusal
from archspec.frontend.vocabulary import misspelt, op_hint
from archspec.frontend.wording import kind
from archspec.ops import REGISTRY, Op
from archspec.ops.identifiers import IDENTITY, STRUCTURAL

_PLACE = {"from", "note", "when", "else", "each"}
"""The keys of an entry that names a value and does nothing with it."""

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
            raise not_a_body(tree, self.is_head)
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

    def mapping_item(self, tree: Mapping, like: Item | None = None) -> Item:
        """A node; what it does not say itself of its name and operands it has from `like`."""
        each = tree.key("each")
        if each is not None:
            self.report(
                "E204",
                "`each` makes branches, and this is no branch",
                each.span,
                expected="`for`, or a place among the branches of a merge",
            )
        return self.either(self.alone(tree, like), tree)

    def alone(self, tree: Mapping, like: Item | None = None) -> Item:
        """A node without what stands under its `else`."""
        check_runs_on(tree, self.is_head)
        head, key = self.head(tree)
        share = self.beside(tree, "share", self.share)
        if share is not None and not isinstance(head, Reuse):
            self.check_share(share, key)
        item = Item(
            head,
            share.of.span if share is not None and isinstance(head, Reuse) else key.span,
            id=self.beside(tree, "id", self.ident),
            label=self.beside(tree, "label", self.label),
            note=self.beside(tree, "note", self.note),
            feed=self.beside(tree, "from", self.feed) or (),
            when=self.beside(tree, "when", self.condition),
            loop=self.loop(tree),
            share=share,
            doc=self.beside(tree, "doc", self.doc) or "",
        )
        for word, does in (("label", "name"), ("doc", "tell of")):
            said = tree.key(word)
            if said is not None and _is_nameless(item):
                what = "an op, a block, or a `graph` with an id"
                message = f"a {word} has nothing to {does} here"
                self.report("E204", message, said.span, expected=what)
        if like is not None:
            item.take(like)
        return item

    def either(self, item: Item, tree: Mapping) -> Item:
        """A node, or where its condition does not hold what stands under `else`.

        The loop is around both. What stands under `else` has the same id and operands unless it
        says otherwise.
        """
        key, written = tree.key("else"), tree.get("else")
        if key is None or written is None:
            return item
        if item.when is None:
            hint = "write `when: CONDITION` beside it"
            raise refusal("E204", "`else` stands beside a `when`", key.span, hint=hint)
        loop, item.loop = item.loop, None
        plain = item.note is None and not item.feed
        if isinstance(written, Sequence) and not written.items and plain:
            return Item(Group([item]), item.span, loop=loop)  # which passes on what it would read
        if isinstance(written, Mapping):
            other = self.mapping_item(written, item)
        else:
            body = isinstance(written, Sequence)
            other = Item(Group(self.body(written)), key.span) if body else self.item(written)
            other.take(item)
        if other.when is not None or other.loop is not None:
            other = Item(Group([other]), other.span)
        other.when = negated(item.when)
        taken = {positions(item), positions(other)}
        takes = taken.pop() if len(taken) == 1 else None
        return Item(Group([item, other], either=True, takes=takes), item.span, loop=loop)

    def head(self, tree: Mapping) -> tuple[Call | Group | Parallel | Reuse, Scalar]:
        """What the node is, and the key that says so."""
        heads = [(k, v) for k, v in tree.entries if k.text not in STRUCTURAL]
        bodies = [(k, v) for k, v in tree.entries if k.text in ("graph", "parallel")]
        known = [(k, v) for k, v in heads if self.is_head(k.text)]
        if not known and not bodies:
            check_said(heads, self.is_head)
        if (len(known) == 1 and len(heads) > 1) or (bodies and heads and not known):
            check_beside([k for k, _ in heads if not self.is_head(k.text)], known, self)
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
        place = tree.key("from") or tree.key("note")
        if place is not None and {*tree.keys()} <= (_PLACE if place.text == "from" else {"note"}):
            return Group([]), place  # of a value that is there
        raise no_op(tree, self.is_head)

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
            hint=item_below(key)
            or nodes_in_a_word(key.text, self.is_head)
            or spaced(key.text, names)
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
            raise not_branches(tree)
        branches = self.every(self.branch, tree.items)
        if any(isinstance(item, Mapping) and item.get("each") is None for item in tree.items):
            for branch in branches:
                if isinstance(branch, Ref):
                    branch.place = "chain"
        return branches

    def branch(self, tree: Tree) -> BranchSyntax:
        if isinstance(tree, Scalar):
            if tree.text == IDENTITY:
                self.unchanged.append(tree.span)
                return []
            if tree.value is None:
                raise empty_branch(tree)
            ref = self.reference(tree)
            ref.place = "branch"
            return ref
        if isinstance(tree, Sequence):
            return self.body(tree)
        each = tree.get("each")
        if each is not None:
            return self.fan(tree, each)
        item = self.mapping_item(tree)
        if item.when is None:
            return [item]
        if item.loop is not None:
            hint = "put the loop into a `graph` under the `when`, or the whole branch into a list"
            what = "a branch has a `when` or a loop, not both"
            self.report("E204", what, item.loop.span, hint=hint)
        asked, item.when = item.when, None
        return Fan(For({}, asked, asked.span, asked=True), item)

    def fan(self, tree: Mapping, each: Tree) -> BranchSyntax:
        """A branch for every round.

        An id is that of all of them, which then stand in its scope.
        """
        counted = isinstance(each, Scalar) and each.value is not None
        loop = self.count("each", each) if counted else self.rounds("each", each)
        item = self.alone(tree)
        if item.loop is not None:
            self.report(
                "E204",
                "a branch has `each` or a loop, not both",
                item.loop.span,
                hint="put the loop into a `graph` under the `each`",
            )
        ident, item.id = item.id, None
        told = sorted(names_in(ident) & loop.lists.keys()) if ident is not None else []
        if ident is not None and told:
            self.report(
                "E204",
                f"an id beside `each` is that of all rounds, and cannot read `{told[0]}`",
                ident.span,
                hint="its rounds stand at the positions 0, 1, ...; an id for each of them stands "
                "within a `graph`, under an `each` without one",
            )
        item = self.either(item, tree)
        if ident is None:
            return Fan(loop, item)
        arms = [item]
        if tree.key("else") is not None and isinstance(item.head, Group):
            arms = item.head.body
        for arm in arms:
            if isinstance(arm.head, Group):
                arm.head.scoped = True
        inner = Item(Parallel([Fan(loop, item, under_id=True)]), item.span)
        return [Item(Group([inner], under_id=True), item.span, id=ident)]

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


def _is_nameless(item: Item) -> bool:
    """Whether a node is nothing that a figure has a box or a frame for."""
    if isinstance(item.head, Group):
        return item.id is None or not item.head.body
    return isinstance(item.head, Parallel)


def _is_merge(name: str) -> bool:
    return is_op(name) and REGISTRY[name].merges
