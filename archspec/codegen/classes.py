"""Graph -> the classes of a file: one a block, more where its instances differ too much."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from archspec.codegen.bodies import write_body
from archspec.codegen.chain_items import (
    For,
    If,
    Link,
    Module,
    Nested,
    begins,
    inherited,
    statements,
)
from archspec.codegen.draft import Draft
from archspec.codegen.exposed_params import kept_parameters
from archspec.codegen.forms import Layer, unknown
from archspec.codegen.groups import Groups
from archspec.codegen.handed import Handed
from archspec.codegen.locals import prologue, unread, without
from archspec.codegen.naming import (
    Names,
    Naming,
)
from archspec.codegen.naming_hints import spread
from archspec.codegen.obstacles import Irregular, Unwritable, either
from archspec.codegen.places import SELF
from archspec.codegen.plan import IN_CHANNELS, ClassPlan, Param, Val
from archspec.codegen.python import Assign, name
from archspec.codegen.references import Context, alone, find
from archspec.codegen.requirements import demands
from archspec.codegen.sequences import is_chain, write_chain
from archspec.codegen.shared import Shares
from archspec.codegen.structure import structure
from archspec.codegen.symbols import literal, names_in
from archspec.codegen.target import Target
from archspec.codegen.variables import unguarded
from archspec.elaboration.provenance import Cond, Loop, Step, Trace, provenance
from archspec.ir.graph import Definition, Graph, Instance, Node
from archspec.ops import Op, Shape

FINEST = 3
"""How finely a block's instances may be divided: 0 is one class for all, 1 one for each way its
own body runs, conditions aside, 2 one for each way everything in it runs, 3 one for each that
differs in anything.
"""


class Apart(Exception):
    """Some blocks need more classes than they had; `grain` says how finely to divide them."""

    def __init__(self, grain: dict[Definition, int]) -> None:
        super().__init__()
        self.grain = grain


class FilePlanner:
    """Plans every class of one network; `order` is the order they stand in the file."""

    def __init__(self, graph: Graph, target: Target) -> None:
        self.graph = graph
        self.target = target
        self.naming = Naming(target.reserved)
        self.root_wanted = self.naming.class_name(graph.name, graph.label)
        made = provenance(graph)
        self.made = made.of
        self.readers = graph.readers
        self.kept: Mapping[str, Any] = kept_parameters(graph, self.readers)
        self.layers: dict[tuple[int, tuple[Shape, ...]], Layer] = {}
        self.shares = Shares(self.layer, made)
        self.members: dict[Definition, list[Instance]] = {}
        self.grain: dict[Definition, int] = {}
        self.obstacles: dict[Definition, Irregular | Unwritable] = {}
        self.identities: dict[Instance, tuple[Any, ...]] = {}
        self.places: dict[Instance, dict[Instance | Node, str]] = {}
        self.plans: dict[Instance, ClassPlan]
        self.order: list[ClassPlan]
        self.open: list[Definition]
        self.unfinished: set[ClassPlan]
        self.gather(graph.root)
        self.groups: Groups
        self.handed = Handed(self)
        self.alone = self.naming.told_apart(self.members) - {self.root_wanted}
        self.begin()

    def gather(self, instance: Instance) -> None:
        """All block instances, by block; shared ones use the class of the first."""
        for child in instance.children:
            if isinstance(child, Instance):
                if child.block is not None:
                    self.members.setdefault(child.block, []).append(child)
                self.gather(child)

    def siblings(self, instance: Instance) -> list[Instance]:
        """All instances of an instance's block; itself alone if it is of none."""
        return self.members[instance.block] if instance.block is not None else [instance]

    def layer(self, node: Node) -> Layer:
        """A node's lowering, worked out once for equal ops on equal shapes."""
        key = (id(node.op), node.input_shapes)
        if key not in self.layers:
            self.layers[key] = self.form(node.op, node.input_shapes)
        return self.layers[key]

    def form(self, op: Op, inputs: tuple[Shape, ...]) -> Layer:
        """What an op is written as."""
        return self.target.form(op, inputs) or unknown(op, inputs)

    def counted(self, child: Instance | Node | None) -> bool:
        """Whether a child's name is the number of those before it."""
        if child is None:
            return True
        scope = child.parent if isinstance(child, Instance) else child.scope
        assert scope is not None
        if scope not in self.places:
            self.places[scope] = {c: str(place) for place, c in enumerate(scope.children)}
        return child.path.rpartition(".")[2] == self.places[scope].get(child)

    def plan(self) -> ClassPlan:
        """Plan the network; its class is the last of `order`.

        Each block gets one class at first. Where one cannot stand for all instances, the
        file is planned anew with a class a structure, and at worst one for each instance
        that differs from the others in anything at all.
        """
        while True:
            self.begin()
            try:
                plan = ClassPlan(self.root_name, [self.graph.root])
                self.fill(plan)
            except Apart as apart:
                if apart.grain.items() <= self.grain.items():
                    raise Irregular from apart
                self.grain.update(apart.grain)
                continue
            except (Irregular, Unwritable):
                if all(self.grain.get(b) == FINEST for b in self.members):
                    raise
                self.grain = dict.fromkeys(self.members, FINEST)
                continue
            self.order.append(plan)
            self.groups.drop_unused()
            for other in self.order[:-1]:
                unguarded(other.flow or [])
            return plan

    def begin(self) -> None:
        """Forget what an earlier attempt has planned."""
        params = {
            self.naming.identifier(p) for block in self.members for p in (*block.params, *self.kept)
        }
        self.names = Names({*self.naming.class_names_taken, *params})
        self.root_name = self.names.fresh(self.root_wanted)
        self.plans, self.order = {}, []
        self.open, self.unfinished = [], set()
        self.groups = Groups(self, self.graph)

    def plan_of(self, instance: Instance) -> ClassPlan:
        """The class an instance is of, planned when first asked for."""
        if instance not in self.plans:
            block = instance.block
            assert block is not None
            if self.grain.get(block) == FINEST:
                self.plan_alike(instance)
            else:
                self.plan_block(block)
        plan = self.plans[instance]
        if plan in self.unfinished:
            for block in self.open:
                self.obstacles.setdefault(block, Irregular("it holds itself, in its own way"))
            raise Apart(dict.fromkeys(self.open, FINEST))
        return plan

    def plan_block(self, block: Definition) -> None:
        """One class for all instances, or one for each structure among them."""
        grain = self.grain.get(block, 0)
        if grain and block in self.open:
            raise Apart({block: FINEST})
        self.open.append(block)
        try:
            if grain:
                self.split(block, grain)
            else:
                self.settle(self.provisional(block))
        except (Irregular, Unwritable) as error:
            self.obstacles.setdefault(block, error)
            raise Apart({block: grain + 1}) from error
        self.open.remove(block)

    def plan_alike(self, instance: Instance) -> None:
        """A class for an instance and those that are its equals in everything."""
        block = instance.block
        assert block is not None
        wanted = self.identity(instance)
        group = [i for i in self.members[block] if self.identity(i) == wanted]
        self.open.append(block)
        self.add(block, group)
        self.open.remove(block)

    def identity(self, instance: Instance) -> tuple[Any, ...]:
        """All that the text of an instance's class could depend on."""
        if instance not in self.identities:
            self.identities[instance] = (
                structure(self.made[instance].body),
                repr(instance.params),
                [i.output for i in instance.inputs],
                self.shares.rows(instance),
            )
        return self.identities[instance]

    def provisional(self, block: Definition) -> ClassPlan:
        """A plan that recursive uses can refer to while it is being made."""
        members = self.members[block]
        plan = ClassPlan(self.naming.block_class_name(block, members, members, self.alone), members)
        ranks = {len(i.inputs[0].output) for i in members if i.inputs}
        plan.params = [Param(IN_CHANNELS[1] if ranks == {1} else IN_CHANNELS[0])]
        plan.params += [Param(p, spec=p) for p in block.params]
        for instance in members:
            self.plans[instance] = plan
        return plan

    def settle(self, plan: ClassPlan) -> None:
        """Plan until what callers depend on no longer changes: once, unless it is recursive."""
        wanted = plan.name
        marks = len(self.order)
        for _ in range(6):
            before = plan.signature()
            self.fill(plan)
            if plan.signature() == before or not self.recursive(plan):
                plan.name = self.names.fresh(wanted)
                if plan.name != wanted:
                    self.fill(plan)
                self.order.append(plan)
                return
            self.forget(self.order[marks:])
            del self.order[marks:]
        raise Irregular

    def forget(self, plans: list[ClassPlan]) -> None:
        for plan in plans:
            self.names.release(plan.name)
            for instance in plan.instances:
                self.plans.pop(instance, None)

    def recursive(self, plan: ClassPlan) -> bool:
        members = set(plan.instances)
        return any(a in members for i in plan.instances for a in list(i.ancestors())[1:])

    def split(self, block: Definition, grain: int) -> None:
        """A class for each structure among the instances, innermost first."""
        groups: dict[Any, list[Instance]] = {}
        members, loose = self.members[block], block if grain == 1 else None
        for instance in sorted(members, key=lambda i: -sum(1 for _ in i.ancestors())):
            groups.setdefault(structure(self.made[instance].body, loose), []).append(instance)
        for group in groups.values():
            if not any(i in self.plans for i in group):
                self.add(block, group)

    def add(self, block: Definition, group: list[Instance]) -> None:
        """A class for these instances, which nothing may use before it is finished."""
        wanted = self.naming.block_class_name(block, group, self.members[block], self.alone)
        plan = ClassPlan(self.names.fresh(wanted), group)
        for instance in group:
            self.plans[instance] = plan
        self.unfinished.add(plan)
        self.fill(plan)
        self.unfinished.remove(plan)
        self.order.append(plan)

    # --- one class ------------------------------------------------------------------

    def fill(self, plan: ClassPlan) -> None:
        """Work out a class: its base, constructor, parameters and forward."""
        draft = Draft(self, plan.instances)
        first = plan.instances[0]
        start: ast.expr | None = None
        if first.inputs:
            root = first.parent is None
            start = literal(first.inputs[0].output[0]) if root else name(draft.channels)
        bodies = [self.made[i].body for i in plan.instances]
        chain = (
            all(len(i.inputs) == 1 and not i.outputs for i in plan.instances)
            and all(is_chain(draft, b) for b in bodies)
            and (first.parent is not None or len(self.graph.outputs) == 1)
            and (first.parent is not None or self.graph.outputs[0].node in last_value(bodies[0]))
        )
        links, channels = None, None
        if chain:
            links, channels = write_chain(
                draft, bodies, draft.execs, start, first.parent is not None
            )
        if links is not None and uniform(links, named=first.parent is not None):
            plan.base, plan.flow, plan.sizes = "chain", None, []
            plan.constructor = statements(links, SELF, self.target.words, "inherited")
            plan.many = False
        else:
            draft = Draft(self, plan.instances)
            channels = self.flowing(plan, draft, start)
        if draft.mutated and unread(plan.constructor, draft.channels):
            plan.constructor = without(plan.constructor, draft.channels)
            draft.used.discard(draft.channels)
        plan.params = draft.params()
        local = {n: t for n, t in draft.locals.items() if n in draft.used}
        lead = 1 if begins(plan.constructor) else 0
        block = draft.made[0].block
        required = block.require if block is not None else provenance(self.graph).require
        asked = [*demands(Draft(self, plan.instances), plan, required)] if required else []
        plan.constructor[lead:lead] = [*asked, *prologue(plan.constructor, local)]
        passed = {p.name for p in plan.params}
        clean = channels is not None and not draft.mutated and names_in(channels) <= passed
        plan.channels = channels if clean else self.through_locals(draft, channels, passed)

    def through_locals(
        self, draft: Draft, channels: ast.expr | None, passed: set[str]
    ) -> ast.expr | None:
        """The channels a class gives, without the names only its constructor knows."""
        if channels is None or draft.mutated:
            return None
        if isinstance(channels, ast.Name) and channels.id in draft.locals:
            tree = draft.locals[channels.id]
            return tree if names_in(tree) <= passed else None
        return None

    def flowing(self, plan: ClassPlan, draft: Draft, start: ast.expr | None) -> ast.expr | None:
        """A class with a `forward` of its own; the channels it gives, if known."""
        ctx = Context(draft.execs, [], [])
        arity = {len(i.inputs) for i in plan.instances}
        if len(arity) != 1:
            raise Irregular(f"it reads {either(arity)} values")
        plan.inputs = []
        first = plan.instances[0]
        for place in range(arity.pop()):
            named = list(first.block.inputs) if first.block is not None else []
            hint = first.inputs[place].id if first.parent is None else None
            hint = named[place] if named else hint
            val = Val([(i.inputs[place],) for i in plan.instances], start if not place else None)
            val.hint = hint if len(first.inputs) > 1 or named else None
            plan.inputs.append(ctx.add(val))
            if named:
                draft.declared[named[place]] = val
        flow = plan.inputs[0]
        if len(plan.inputs) > 1:
            together = [i.inputs for i in plan.instances]
            flow = Val(together, start, many=True, parts=list(plan.inputs))
            ctx.add(flow)
        result = write_body(draft, [one.body for one in draft.made], ctx, flow)
        plan.outputs = self.results(plan, draft, ctx, result)
        plan.sizes = draft.sizes
        plan.many = first.parent is not None and (len(plan.outputs) > 1 or plan.outputs[0].many)
        positions = any(place.in_dict for place in draft.reached.values())
        plan.base = "dictionary" if positions else "module"
        plan.flow = ctx.flow
        kept = sorted(draft.kept.values(), key=lambda place_and_tree: place_and_tree[0].word or "")
        keep = [Assign(place.tree, draft.use(tree)) for place, tree in kept]
        plan.constructor = [Assign(None, inherited()), *keep, *ctx.statements]
        return None if plan.many or len(plan.outputs) != 1 else plan.outputs[0].channels

    def results(self, plan: ClassPlan, draft: Draft, ctx: Context, result: Val) -> list[Val]:
        first = plan.instances[0]
        if first.parent is None:
            return [alone(draft, [(o.node,)], ctx) for o in self.graph.outputs]
        wanted = [i.output for i in plan.instances]
        if result.concrete == wanted:
            return spread(result)
        if len(counts := {len(bundle) for bundle in wanted}) != 1:
            raise Irregular(f"it gives {either(counts)} values")
        return [
            find(draft, [(bundle[k],) for bundle in wanted], ctx) for k in range(len(wanted[0]))
        ]


def uniform(links: list[Link], *, named: bool) -> bool:
    """Whether a chain reads well as a subclass of the chain.

    So it does where its children all stand at positions, or (in a block) all bear names; a
    loop whose length differs between instances can be written in no other way.
    """
    if any(isinstance(link, For) for link in links):
        return True
    inner = [k for link in links if isinstance(link, If) for k in link.items]
    children = [k for k in [*links, *inner] if isinstance(k, Module | Nested)]
    return all(k.name is None for k in children) or (
        named and all(k.name is not None for k in children)
    )


def last_value(body: list[Trace]) -> tuple[Node, ...]:
    """The value a body ends in."""
    last: Trace | None = body[-1] if body else None
    while isinstance(last, Loop):
        last = last.iterations[-1] if last.iterations else None
    while isinstance(last, Cond):
        last = last.step
    return last.output if isinstance(last, Step) else ()
