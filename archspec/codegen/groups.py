"""Groups that are classes of their own, as a stage is that a network has four times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from archspec.codegen.naming import Names, Naming
from archspec.codegen.obstacles import Irregular, Unwritable
from archspec.codegen.plan import ClassPlan
from archspec.codegen.python import trees
from archspec.codegen.shared import Shares
from archspec.codegen.symbols import names_in
from archspec.elaboration.provenance import Expansion
from archspec.frontend.expressions import Template
from archspec.ir.graph import Graph, Instance, Node


class Planner(Protocol):
    """What is asked of the plan of the whole file."""

    made: dict[Instance, Expansion]
    readers: dict[Node, list[Node]]
    shares: Shares
    names: Names
    naming: Naming
    plans: dict[Instance, ClassPlan]
    order: list[ClassPlan]
    unfinished: set[ClassPlan]

    def fill(self, plan: ClassPlan) -> None: ...

    def forget(self, plans: list[ClassPlan]) -> None: ...


class Groups:
    """The groups of one file: those of one item of the spec have one class, if they have any.

    Its parameters are the names around it that are not worth the same in all of them.
    """

    def __init__(self, planner: Planner, graph: Graph) -> None:
        self.planner = planner
        self.members: dict[int, list[Instance]] = {}
        self.inline: set[int] = set()
        for instance in graph.root.instances():
            if instance.block is None and instance.parent is not None:
                self.members.setdefault(self.item(instance), []).append(instance)

    def item(self, instance: Instance) -> int:
        """What tells the groups of one item of the spec from others."""
        return id(self.planner.made[instance].item)

    def recur(self, instance: Instance) -> bool:
        """Whether one scope holds several groups of this item, as of a loop it does."""
        members = self.members[self.item(instance)]
        return len(members) > len({m.parent for m in members})

    def are_classes(self, instances: list[Instance]) -> bool:
        """Whether all of these groups, which are of one item, are instances of a class."""
        item = self.item(instances[0])
        if item in self.inline:
            return False
        if instances[0] not in self.planner.plans and not self.planned(self.members[item]):
            self.inline.add(item)
            return False
        return True

    def planned(self, members: list[Instance]) -> bool:
        """Plan the class of these groups, unless one class cannot be all of them."""
        planner = self.planner
        if any(a in members for m in members for a in list(m.ancestors())[1:]):
            return False
        if not all(map(self.apart, members)):
            return False
        plan = ClassPlan(planner.names.fresh(self.class_name(members[0])), members)
        planner.plans.update(dict.fromkeys(members, plan))
        planner.unfinished.add(plan)
        try:
            planner.fill(plan)
        except (Irregular, Unwritable):
            planner.forget([plan])
            return False
        finally:
            planner.unfinished.remove(plan)
        planner.order.append(plan)
        return True

    def drop_unused(self) -> None:
        """Forget the classes of groups that no other class builds: an attempt wanted them."""
        order = self.planner.order
        built = set[str]().union(
            *(names_in(tree) for plan in order for tree in trees(plan.constructor))
        )
        unused = [p for p in order if _is_group(p) and p.name not in built]
        if unused:
            self.planner.forget(unused)
            order[:] = [plan for plan in order if plan not in unused]
            self.drop_unused()

    def class_name(self, instance: Instance) -> str:
        """`stage$(i + 1)` is a Stage, a round of `paths` a Paths."""
        item, around = self.planner.made[instance].item, instance.parent
        word = instance.name
        if word.isdigit() and around is not None and around.parent is not None:
            word = around.name
        if item is not None and isinstance(item.id, Template):
            word = " ".join(part for part in item.id.parts if isinstance(part, str)) or word
        return self.planner.naming.class_name(word)

    def apart(self, group: Instance) -> bool:
        """Whether a group reads no values but those it is given, and shares with none outside."""
        inside = set(group.nodes())
        hidden = inside.difference(group.output)
        parts: list[Node | Instance] = [*inside, *group.instances()]
        lent = [self.planner.shares.lender(part) for part in parts]
        lenders = {node for part in lent if part is not None for node in _nodes(part)}
        read = {value for node in inside for value in (*node.inputs, *node.references.values())}
        seen = {reader for node in hidden for reader in self.planner.readers.get(node, ())}
        kept = {node for around in group.ancestors() for node in around.output}
        known = inside.union(group.inputs)
        return read <= known and lenders <= inside and seen <= inside and hidden.isdisjoint(kept)


def _nodes(part: Node | Instance) -> Iterator[Node]:
    if isinstance(part, Node):
        yield part
    else:
        yield from part.nodes()


def _is_group(plan: ClassPlan) -> bool:
    first = plan.instances[0]
    return first.block is None and first.parent is not None
