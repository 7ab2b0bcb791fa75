"""What a spec says in vain: parameters and blocks that nothing reads, names that nothing has.

All of it is seen in what is written, whichever variant is built; what is built and has an unknown
name in it is an error long before.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from archspec.diagnostics import Diagnostic, Span, did_you_mean
from archspec.frontend.ast import (
    Block,
    Call,
    Constant,
    For,
    Home,
    Item,
    OutputDecl,
    Parallel,
    ParamDecl,
    Ref,
    Value,
)
from archspec.frontend.bodies import expressions, idents, leaves, within
from archspec.frontend.comparisons import settled
from archspec.frontend.expressions import Expression, Template
from archspec.frontend.schema import Spec

_MANY = 100
"""Where so many names are computed, any may be one of them."""


@dataclass(slots=True)
class Said:
    """What one body reads: names that no loop in it gives, ids, blocks, words of all kinds, and
    what is compared."""

    names: dict[str, Expression] = field(default_factory=dict)
    refs: list[Ref] = field(default_factory=list)
    heads: set[str] = field(default_factory=set)
    picked: list[Template] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    compared: list[tuple[Expression, frozenset[str]]] = field(default_factory=list)

    def values(self, values: Iterable[Value | None], bound: frozenset[str] = frozenset()) -> None:
        for value in values:
            if value is None:
                continue
            if isinstance(value, Constant):
                self.words.update(_texts(value.value))
                continue
            self.words.update(_words(value))
            for expression in expressions(value):
                if "=" in expression.text or " in " in expression.text:
                    self.compared.append((expression, bound))
                for name in expression.names - bound:
                    self.names.setdefault(name, expression)

    def body(self, items: list[Item], bound: frozenset[str] = frozenset()) -> None:
        for item in items:
            inside = bound if item.loop is None else self.loop(item.loop, bound)
            self.item(item, inside)
            for loops, inner in within(item):
                known = inside
                for loop in loops:
                    known = self.loop(loop, known)
                self.body(inner, known)

    def outputs(self, outputs: list[OutputDecl]) -> None:
        for output in outputs:
            self.values([output.when, output.train_only, output.loss_weight, output.ref.name])
            self.refs.append(output.ref)

    def loop(self, loop: For, bound: frozenset[str]) -> frozenset[str]:
        """Read what a loop walks or counts; the names that are known in it."""
        self.values([loop.count, *(value for _, value in loop.lists.values())], bound)
        return bound | loop.lists.keys()

    def item(self, item: Item, bound: frozenset[str]) -> None:
        head = item.head
        refs = [*item.feed, *([item.share.of] if item.share is not None else [])]
        values: list[Value | None] = [item.id, item.label, item.note, item.when]
        values += item.share.own if item.share is not None else ()
        if isinstance(head, Call | Parallel):
            refs += [branch for branch in head.branches or () if isinstance(branch, Ref)]
        if isinstance(head, Call):
            values += [head.args.bare, *(value for _, value in head.args.named.values())]
            if isinstance(head.name, str):
                self.heads.add(head.name)
            else:
                values.append(head.name)
                self.picked += [head.name] if isinstance(head.name, Template) else []
        self.values([*values, *(ref.name for ref in refs)], bound)
        self.refs += refs


def _words(value: Value) -> Iterator[str]:
    """The texts in a value, of which one may be the name of a block."""
    for leaf in leaves(value):
        if isinstance(leaf, Constant):
            yield from _texts(leaf.value)
        elif isinstance(leaf, Expression):
            yield from (
                part.value
                for part in ast.walk(leaf.tree)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part)


def in_vain(spec: Spec, home: Home) -> Iterator[Diagnostic]:
    """W405 and W406 for parameters and blocks that nothing uses, W407 for unknown names."""
    whole, rest = Said(), Said()
    whole.body(spec.graph)
    blocks = {block: said_in(block) for block in spec.blocks.values()}
    for row in spec.variants.values():
        rest.values(value for _, value in row.values())
    rest.values([spec.label, *spec.labels.values(), *(value for _, value in spec.inputs.values())])
    rest.values(part for r in spec.require for part in (r.that, r.otherwise))
    whole.outputs(spec.outputs)
    _defaults(spec.params.values(), rest)
    everything = [whole, rest, *blocks.values()]
    picked = _picked(blocks, everything)
    dead = _dead(spec, whole, blocks, picked)
    yield from _unread(spec, home, everything, blocks)
    for block, said in blocks.items():
        if block in dead:
            message = f"nothing uses the block `{block.name}`"
            yield Diagnostic("W406", message, block.span, hint="leave it out, or call it")
        elif block not in picked:
            yield from _unread_of(block, said)
    yield from _unknown(whole, spec.graph, {*spec.params, "input"}, spec.inputs)
    yield from _unknown(rest, [], {*spec.params, "input"}, None)
    yield from _settled(whole, spec.params)
    yield from _settled(rest, spec.params)
    for block, said in blocks.items():
        yield from _settled(said, {**spec.params, **block.params})
    for block, said in blocks.items():
        yield from _unknown(said, block.graph, {*spec.params, *block.params, "input"}, block.inputs)


def _settled(said: Said, params: Mapping[str, ParamDecl]) -> Iterator[Diagnostic]:
    """W306 for comparisons that no parameter has a say in, each once."""
    found: dict[Span, Diagnostic] = {}
    for expression, bound in said.compared:
        free = {name: decl for name, decl in params.items() if name not in bound}
        for diagnostic in settled(expression, free):
            assert diagnostic.span is not None
            found.setdefault(diagnostic.span, diagnostic)  # `else` has the opposite there
    yield from found.values()


def said_in(block: Block) -> Said:
    """What a block reads, its own parameters' names included."""
    said = Said()
    said.body(block.graph)
    said.values([block.label])
    said.outputs(block.outputs)
    said.values(part for r in block.require for part in (r.that, r.otherwise))
    _defaults(block.params.values(), said)
    return said


def _defaults(params: Iterable[ParamDecl], said: Said) -> None:
    for param in params:
        said.values([param.default])
        said.words.update(_texts(param.choices))


def _unread(
    spec: Spec, home: Home, everything: list[Said], blocks: dict[Block, Said]
) -> Iterator[Diagnostic]:
    """W405 for parameters of the spec; one may be for that of the same name in a used file."""
    given = {name for other in home.reached() if other is not home for name in other.params}
    hidden = {id(said): block.params for block, said in blocks.items()}
    read = {n for said in everything for n in said.names if n not in hidden.get(id(said), ())}
    for name, decl in spec.params.items():
        if name not in read and name not in given:
            message = f"nothing reads the parameter `{name}`"
            yield Diagnostic("W405", message, decl.span, hint="leave it out, or write it with `$`")


def _unread_of(block: Block, said: Said) -> Iterator[Diagnostic]:
    for name, decl in block.params.items():
        if name not in said.names:
            message = f"nothing in the block `{block.name}` reads its parameter `{name}`"
            yield Diagnostic("W405", message, decl.span, hint="leave it out, or write it with `$`")


def _dead(spec: Spec, whole: Said, blocks: dict[Block, Said], picked: set[Block]) -> set[Block]:
    """The blocks that the graph does not reach, nor a value that names one."""
    alive = [*picked, *(spec.blocks[name] for name in whole.heads if name in spec.blocks)]
    found = set(alive)
    while alive:
        for name in blocks[alive.pop()].heads:
            block = spec.blocks.get(name)
            if block is not None and block not in found:
                found.add(block)
                alive.append(block)
    return blocks.keys() - found


def _picked(blocks: Iterable[Block], everything: list[Said]) -> set[Block]:
    """The blocks that a value may name: what picks blocks gives all of them the same arguments."""
    words = set[str]().union(*(said.words for said in everything))
    templates = [word for said in everything for word in said.picked]
    if len(templates) > _MANY:
        return set(blocks)
    return {b for b in blocks if b.name in words or any(t.matches(b.name) for t in templates)}


def _unknown(
    said: Said, items: list[Item], known: set[str], inputs: Iterable[str] | None
) -> Iterator[Diagnostic]:
    """W407 for names and ids that nothing has, in what is built in no variant, or not in this."""
    for name, expression in said.names.items():
        if name not in known:
            nodes = (n for n in ast.walk(expression.tree) if isinstance(n, ast.Name))
            place = next(expression.place(node) for node in nodes if node.id == name)
            message, hint = (
                f"unknown name `{name}`, in what is not built",
                did_you_mean(name, known),
            )
            yield Diagnostic("W407", message, place, hint=hint)
    if inputs is None:
        return
    ids = [*idents(items)]
    given = {*inputs, *(str(ident.value) for ident in ids if isinstance(ident, Constant))}
    computed = [ident for ident in ids if not isinstance(ident, Constant)]
    if len(computed) > _MANY or any(isinstance(ident, Expression) for ident in computed):
        return
    for ref in said.refs:
        first = str(ref.name.value).partition(".")[0] if isinstance(ref.name, Constant) else ""
        if not first or first in given:
            continue
        if not any(isinstance(i, Template) and i.matches(first) for i in computed):
            message = f"no node has the id `{first}`, in what is not built"
            yield Diagnostic("W407", message, ref.span, hint=did_you_mean(first, given))
