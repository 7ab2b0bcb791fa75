"""Spec -> Graph: ops become nodes, blocks become instances, and shapes are inferred."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from archspec.diagnostics import ArchspecError, Diagnostic, Span, listed
from archspec.elaboration.binding import (
    Caller,
    bind_block,
    bind_file,
    input_namespace,
    no_callable,
    passed,
)
from archspec.elaboration.bodies import Flow, Walker
from archspec.elaboration.collect import (
    MAX_NODES,
    Reporter,
    by_name,
    check_reads_one,
    op_error,
    too_deep,
    too_large,
)
from archspec.elaboration.last import Last
from archspec.elaboration.naming import Env
from archspec.elaboration.provenance import Definitions, Expansion, Step
from archspec.elaboration.scope import Entry, Scope
from archspec.elaboration.sharing import adopt, cannot_share, kin, same_tensors
from archspec.frontend.ast import (
    Block,
    BlockName,
    Call,
    Constant,
    Home,
    Item,
    Ref,
    charged,
)
from archspec.frontend.attributes import as_tuples, name_errors
from archspec.frontend.bare import no_bare_value
from archspec.frontend.environment import over
from archspec.frontend.expressions import Expression, Template
from archspec.frontend.requirements import met
from archspec.ir.graph import Bundle, Instance, Node
from archspec.ops import REGISTRY, Op, OpError
from archspec.ops.derived import Tree, is_derived, plain, tree_of

MAX_DEPTH = 64


class Elaborator(Walker):
    """Builds the nodes and the trace of one network; `values` has the parameters of each file."""

    def __init__(self, home: Home, params: Env, report: Reporter) -> None:
        super().__init__(report)
        self.home = home
        self.values: dict[Home, Env] = {home: params}
        self.last = Last()
        self.lent: dict[Node, Node] = {}
        self.definitions = Definitions()

    def call(
        self,
        item: Item,
        head: Call,
        ident: str | None,
        env: Env,
        flow: Flow,
        scope: Scope,
    ) -> Step | None:
        callee: Block | str
        if isinstance(head.name, str):
            callee = scope.home.blocks.get(head.name, head.name)
        else:
            callee = self.callee(head.name, env, scope)
        if head.branches is not None:
            return self.merge(item, head, ident, env, flow, scope)
        if flow is not None and not flow:
            raise ArchspecError(self.nothing_to_read(item.span, scope))
        if isinstance(callee, Block):
            return self.block(item, callee, head, ident, env, flow, scope)
        op, references, derived = self.op(callee, head, env, scope)
        claimed = self.claim(ident, item, scope)
        if op is None or flow is None or references is None:
            return None
        check_reads_one(op, flow, item)
        node = self.node(op, (*flow, *references), item, claimed, ident, scope, derived)
        if item.share is not None:
            self.share_node(node, item, env, scope)
        return Step(item, env, flow, (node,), node=node)

    def callee(self, head: Expression | Template, env: Env, scope: Scope) -> Block | str:
        """The block, or the name of the op, that `$block` means here."""
        name = head.evaluate(env)
        if isinstance(name, BlockName):
            return name.block
        if isinstance(name, str) and name in scope.home.blocks:
            return scope.home.blocks[name]
        if isinstance(name, str) and name in REGISTRY:
            if not REGISTRY[name].merges:
                return name
            message = f"`{head.text}` is the merge `{name}`, which has to be written out"
            hint = f"write it with a condition: {{when: ..., {name}: [...]}}"
            if isinstance(head, Expression):
                hint = hint.replace("...", f"{head.text} == '{name}'", 1)
            raise ArchspecError(Diagnostic("E205", message, head.span, hint=hint))
        raise ArchspecError(no_callable(head, name, scope.home))

    def op(
        self, name: str, head: Call, env: Env, scope: Scope
    ) -> tuple[Op | None, Bundle | None, dict[str, Tree] | None]:
        """The op with its attributes' values, the nodes that these refer to, and derived sizes."""
        if head.op is not None:
            return head.op, (), None
        cls = REGISTRY[name]
        values: dict[str, Any] = {}
        if head.args.bare is not None:
            if cls.primary is None:
                raise ArchspecError(no_bare_value(cls, head.args.bare))
            values[cls.primary] = as_tuples(head.args.bare.evaluate(env))
        elif not isinstance(head.name, str) and (faults := name_errors(cls, head)):
            raise ArchspecError(*faults)
        for key, (_, value) in head.args.named.items():
            values[key] = as_tuples(charged(value.evaluate(env), value.span, times=10))
        derived: dict[str, Tree] = {}
        for key, given in values.items():
            if is_derived(given):
                values[key] = plain(given)
                if key in cls.sized:
                    derived[key] = tree_of(given)
        references: list[Node] = []
        for key in getattr(cls, "references", ()):
            if values.get(key) and isinstance(values[key], str):
                span = head.args.named[key][1].span
                found, _ = self.resolve(Ref(Constant(values[key], span), span), {}, scope)
                if found is None:
                    return None, None, None
                if len(found) != 1:
                    message = f"`{key}` is one value, and `{values[key]}` is {len(found)}"
                    hint = "give the one that is meant an `id`, and name that"
                    raise ArchspecError(Diagnostic("E410", message, span, hint=hint))
                references += found
        try:
            return self.last.op(cls, head, values), tuple(references), derived or None
        except ArchspecError as error:
            for diagnostic in error.diagnostics:
                self.report(diagnostic, scope.instance)
            return None, None, None

    def node(
        self,
        op: Op,
        operands: Bundle,
        item: Item,
        name: str,
        ident: str | None,
        scope: Scope,
        derived: Mapping[str, Tree] | None = None,
    ) -> Node:
        """A node for one op, its shape inferred.

        Raises:
            ArchspecError: where the op cannot take its operands.
        """
        try:
            shape = self.last.shape(op, operands)
        except OpError as error:
            call = item.head if isinstance(item.head, Call) else None
            raise ArchspecError(op_error(error, op, operands, call, item.span)) from None
        if len(self.nodes) >= MAX_NODES:
            self.report.stop(too_large(item.span, self.budget))
        path = scope.path(name)
        node = Node(path, op.unnamed(), operands, shape, scope.instance, item.span, derived=derived)
        node.origin = item
        self.nodes.append(node)
        self.by_path[path] = node
        scope.instance.children.append(node)
        if type(op).tensors is not Op.tensors:
            around: Instance | None = scope.instance
            while around is not None and around not in self.weighted:
                self.weighted.add(around)
                around = around.parent
        return node

    def block(
        self,
        item: Item,
        block: Block,
        head: Call | Instance,
        ident: str | None,
        env: Env,
        flow: Flow,
        scope: Scope,
    ) -> Step | None:
        """An instance of a block: parameters bound, body run in a scope of its own."""
        name = self.claim(ident, item, scope)
        if flow is None:  # what feeds it is faulty, and has been reported
            return None
        self.count(len(flow) - 1, item.span)
        shapes = input_namespace(flow)
        if isinstance(head, Instance):
            params: Env | None = head.params
        else:
            params = bind_block(
                block,
                head.args,
                head.span,
                Caller(env, scope.home),
                over(self.declared(block.home), {"input": shapes}),
                lambda d: self.report(d, scope.instance),
            )
        if params is None:
            return None
        inner = Instance(
            scope.path(name), name, scope.instance, self.definitions[block], params, flow, item.span
        )
        inner.passed = head.passed if isinstance(head, Instance) else passed(block, head.args)
        inner.origin = item
        inside = Scope(Expansion(inner, block, item, env), block.home, depth=scope.depth + 1)
        if inside.depth > MAX_DEPTH:
            self.report.stop(too_deep(inner, MAX_DEPTH))
        scope.instance.children.append(inner)
        bound = over(self.declared(block.home), {**params, "input": shapes})
        if block.require and not met(block.require, bound, lambda d: self.report(d, inner)):
            return None
        if block.label is not None:
            inner.kind = block.label.evaluate(bound)
        flow = self.taken_in(block, flow, item, inside)
        step = self.enter(block.graph, bound, flow, inside)
        if step is not None and item.share is not None:
            origin = self.origin(item, env, scope)
            if isinstance(origin, Node) or origin is None:
                raise ArchspecError(cannot_share(item, "it is one node, this is a block"))
            self.adopt(inner, origin, item, env)
        return step

    def declared(self, home: Home) -> Env:
        """The values of the parameters that a file declares."""
        if home not in self.values:
            given = self.values[self.home]
            self.values[home] = bind_file(home, self.home, given, self.report)
        return self.values[home]

    def explained(self, diagnostic: Diagnostic, scope: Scope) -> Diagnostic:
        """A diagnostic; of a name that the spec has and the file does not see, with what to do."""
        span = diagnostic.span
        if diagnostic.code != "E302" or scope.home is self.home or span is None:
            return diagnostic
        if span.text in scope.home.params or span.text not in self.values[self.home]:
            return diagnostic
        hint = (
            f"a file sees what it declares itself: `params: {{{span.text}: ...}}`, with a default"
        )
        return replace(diagnostic, hint=hint)

    def merge(
        self,
        item: Item,
        head: Call,
        ident: str | None,
        env: Env,
        flow: Flow,
        scope: Scope,
    ) -> Step | None:
        assert head.branches is not None and isinstance(head.name, str)
        branches = self.branches(head.branches, env, flow, scope)
        op, references, derived = self.op(head.name, head, env, scope)
        claimed = self.claim(ident, item, scope)
        if op is None or references is None or any(b is None for b in branches):
            return None
        whole = [b for b in branches if b is not None]
        if any(not b.output and not b.source for b in whole):
            raise ArchspecError(self.nothing_to_read(item.span, scope))
        operands = self.gathered(branches, item.span)
        node = self.node(op, (*operands, *references), item, claimed, ident, scope, derived)
        return Step(item, env, flow or (), (node,), node=node, branches=whole)

    def taken_in(self, block: Block, flow: Bundle, item: Item, scope: Scope) -> Flow:
        """What flows into a block's body once its inputs, where it names them, have names."""
        if not block.inputs:
            return flow
        if len(flow) != len(block.inputs):
            raise ArchspecError(
                Diagnostic(
                    "E410",
                    f"the block `{block.name}` reads "
                    f"{'one value' if len(block.inputs) == 1 else f'{len(block.inputs)} values'}, "
                    f"not {len(flow)}",
                    item.span,
                    expected=f"from: [{', '.join(block.inputs)}], or what stands for these",
                    hint=by_name(flow, len(block.inputs)),
                )
            )
        for name, node in zip(block.inputs, flow, strict=True):
            scope.names[name] = Entry((node,))
            scope.taken.add(name)
        return flow if len(flow) == 1 else ()

    def nothing_to_read(self, span: Span, scope: Scope) -> Diagnostic:
        """E407: several values are in sight, and none of them flows by itself."""
        block = next((i.block for i in scope.instance.ancestors() if i.block is not None), None)
        names = [n.path for n in self.nodes if n.op.internal]
        return Diagnostic(
            "E407",
            "this node has nothing to read",
            span,
            expected=f"`from:` and one of {listed(names if block is None else [*block.inputs])}",
            hint=f"a {'network' if block is None else 'block'} with several inputs has no node "
            "above its first",
        )

    # --- sharing --------------------------------------------------------------------

    def origin(self, item: Item, env: Env, scope: Scope) -> Node | Instance | None:
        """What `share` refers to; None where that was faulty."""
        assert item.share is not None
        value, inner = self.resolve(item.share.of, env, scope)
        if inner is not None:
            return inner.instance
        if not value:
            return None
        if len(value) > 1 or value[0].op.internal:
            why = "it is an input" if len(value) == 1 else f"it is {len(value)} values"
            raise ArchspecError(cannot_share(item, why))
        return value[0]

    def reuse(
        self, item: Item, ident: str | None, env: Env, flow: Flow, scope: Scope
    ) -> Step | None:
        """`share: id` alone: the same op or block again, on another value."""
        origin = self.origin(item, env, scope)
        if flow is not None and not flow:
            raise ArchspecError(self.nothing_to_read(item.span, scope))
        if origin is None or flow is None:
            return None
        if isinstance(origin, Node):
            if origin.op.merges or len(origin.op.read(origin.inputs)) != 1:
                why, hint = f"`{origin.op.name}` reads several values", "write it out again"
                if origin.tensors():
                    hint = "put it into a block, and share that"
                raise ArchspecError(cannot_share(item, why, hint))
            name = self.claim(ident, item, scope)
            check_reads_one(origin.op, flow, item)
            operands = (*flow, *origin.inputs[1:])  # what its attributes name goes on being read
            node = self.node(origin.op, operands, item, name, ident, scope, origin.derived)
            self.share_node(node, item, env, scope)
            return Step(item, env, flow, (node,), node=node)
        block = self.scopes[origin].expansion.block
        if block is not None:
            return self.block(item, block, origin, ident, env, flow, scope)
        raise ArchspecError(cannot_share(item, "it is a group", "make it a block, and share that"))

    def share_node(self, node: Node, item: Item, env: Env, scope: Scope) -> None:
        origin = self.origin(item, env, scope)
        if isinstance(origin, Instance):
            raise ArchspecError(cannot_share(item, "it is a block, this is one op"))
        if origin is None:
            return
        if not kin(node, origin):
            why = f"it is `{origin.op.name}`, this is `{node.op.name}`"
            raise ArchspecError(cannot_share(item, why))
        assert item.share is not None
        if item.share.own:
            why, hint = "`own` is for what a block holds, and this is one op", "leave `own` out"
            raise ArchspecError(cannot_share(item, why, hint))
        problem = same_tensors(node, origin, item.share.of.span)
        if problem is not None:
            raise ArchspecError(problem)
        node.lender, self.lent[node] = origin.owner, origin

    def adopt(self, inner: Instance, origin: Instance, item: Item, env: Env) -> None:
        assert item.share is not None
        adopt(self.scopes[inner].expansion, origin, item.share, item.share.apart(env), self.by_path)
