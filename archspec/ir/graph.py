"""The intermediate representation: typed nodes, the DAG they form, and the tree of scopes.

A `Graph` is flat: nodes in an order that can be executed. Beside it stands the tree of
block instances (`Instance`). Analyses read the nodes, figures and tables the instances. How a
graph came from a spec is no part of it: `Graph.provenance` stands beside it, for code generation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from archspec.diagnostics import Diagnostic, Frame, Span
from archspec.ir.copying import Part, Whole
from archspec.ops.base import Op
from archspec.ops.derived import Axis, Tree, axes, compute
from archspec.ops.types import Shape, Tensor

if TYPE_CHECKING:
    import networkx as nx


def _given(path: str) -> str | None:
    name = path.rpartition(".")[2]
    return None if name.isdecimal() else name


def _told(path: str, what: str) -> str:
    return f"`{path}` ({what})" if _given(path) is None else f"`{path}`"


@dataclass(slots=True, eq=False)
class Node(Part):
    """One op applied once.

    Attributes:
        path: unique name; ids down the block tree, positions where there is no id.
        op: the op with its attributes; `Input` for the network's inputs.
        inputs: the nodes whose values it reads, in operand order.
        output: shape of its value, without the batch axis.
        scope: the instance it stands in.
        lender: the node that it shares with, whose tensors it uses if it has any.
        derived: how those attributes of the op are computed that follow from the sizes of
            values; the op has their values at the input's size here.
        label: what figures say in place of its op, if anything.
        doc: what the spec says of it.
        train_only: True where only training-only outputs depend on it.
        origin: what it was made from, which nothing here looks into: a hint that survives edits.
    """

    path: str
    op: Op
    inputs: tuple[Node, ...]
    output: Shape
    scope: Instance
    span: Span
    lender: Node | None = None
    train_only: bool = False
    derived: Mapping[str, Tree] | None = None
    label: str | None = None
    doc: str = ""
    origin: Any = None

    @property
    def id(self) -> str | None:
        """The last name of its path; None where that is a position."""
        return _given(self.path)

    @property
    def owner(self) -> Node:
        """The node that has the tensors which it uses: itself, unless they are shared."""
        return self if self.lender is None else self.lender

    @property
    def references(self) -> dict[str, Node]:
        """The operands that attributes such as `like` name, by these: the last of `inputs`."""
        roles = [role for role in self.op.references if getattr(self.op, role) is not None]
        return dict(zip(roles, self.inputs[len(self.inputs) - len(roles) :], strict=True))

    @property
    def told(self) -> str:
        """What messages call it: its path, and its op where that is a position."""
        return _told(self.path, self.op.name)

    @property
    def measured(self) -> tuple[Node, ...]:
        """The values whose shape it reads for the sake of its attributes."""
        trees = tuple((self.derived or {}).values())
        return tuple(dict.fromkeys(axis.value for axis in axes(trees)))

    def op_at(self, size: Callable[[Axis], int]) -> Op:
        """The op with its derived attributes as they are where axes have other sizes.

        Raises:
            ArithmeticError, TypeError, ValueError: where it cannot be there.
        """
        if self.derived is None:
            return self.op
        given = {name: compute(tree, size) for name, tree in self.derived.items()}
        return type(self.op)(**{**self.op.model_dump(exclude_unset=True), **given})

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        return tuple(n.output for n in self.inputs)

    @property
    def shared(self) -> bool:
        """Whether it uses another node's tensors."""
        return self.lender is not None and bool(self.tensors())

    def tensors(self) -> tuple[Tensor, ...]:
        """The op's parameters and buffers, whether this node owns them or shares them."""
        return self.op.tensors(*self.input_shapes)

    @property
    def brief(self) -> str:
        """The op's attributes in few words, as in `7x7, 64, s2, p3`."""
        named = {role: self._within(node) for role, node in self.references.items()}
        return self.op.brief(max(len(self.output) - 1, 0), named)

    def _within(self, node: Node) -> str:
        """What a node is called where this one stands."""
        unit = self.scope.unit
        if unit.block is not None and node in unit.inputs and unit.block.inputs:
            return unit.block.inputs[unit.inputs.index(node)]
        inside = node.path.startswith(f"{self.scope.path}.")
        return self.scope.relative(node.path) if inside else node.path

    def macs(self) -> int:
        """Multiply-accumulates of this use, at batch 1."""
        return self.op.macs(self.input_shapes, self.output)

    def __repr__(self) -> str:
        return f"<{self.path}: {self.op.name} {list(self.output)}>"


def reach(
    ends: Iterable[Node], reads: Callable[[Node], Iterable[Node]] = attrgetter("inputs")
) -> set[Node]:
    """Every node that the given ones depend on, themselves included.

    Args:
        reads: what a node depends on directly: its operands, unless told.
    """
    seen: set[Node] = set()
    stack = list(ends)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack += reads(node)
    return seen


Bundle = tuple[Node, ...]
"""What flows along a branch: one value, or several side by side after `parallel`."""


@dataclass(slots=True, eq=False)
class Parameter:
    """A parameter of a block or a network.

    Attributes:
        type: None where it is that of the default.
        default: None where it has none, and where this is `computed` from other parameters.
        choices: the values that it may have, where these are listed.
    """

    name: str
    type: str | None
    default: Any = None
    computed: bool = False
    choices: tuple[Any, ...] | None = None
    doc: str = ""


@dataclass(slots=True, eq=False)
class Definition:
    """What all instances of a block have in common.

    Attributes:
        inputs: names of the values that feed it, in order; none where it reads one, unnamed.
        params: its parameters by name, in the order declared.
        doc: what the spec says of it.
    """

    name: str
    inputs: tuple[str, ...] = ()
    params: Mapping[str, Parameter] = field(default_factory=dict)
    doc: str = ""


Role = Literal["network", "block", "group", "list", "round"]


@dataclass(slots=True, eq=False, repr=False)
class Instance(Part):
    """A scope of the tree.

    Attributes:
        path: "" for the network.
        name: last component of the path.
        role: what opened it: the network, a block, a group with an id, an `each` with an id (a
            "list"), or a group that is a round of one.
        block: the definition of its block; None unless that is its role.
        params: the block's parameters with the values they have here.
        passed: those of them that were given here; the others have their defaults.
        stale: True where an edit within has made `params` wrong, which then nothing shows.
        inputs: the values that feed it: those that its block names, in that order.
        outputs: its values by name; the name is "" where a block has one unnamed output.
        kind: what figures call its block, if that has a label.
        label: what figures say in place of its block and its name, if anything.
        doc: what the spec says of it, beside what its block says of all its instances.
        notes: what figures say on the arrows of values, as its body has it.
        origin: what it was made from, which nothing here looks into: a hint that survives edits.
    """

    path: str
    name: str
    parent: Instance | None
    block: Definition | None
    params: Mapping[str, Any]
    inputs: Bundle
    span: Span
    children: list[Instance | Node] = field(default_factory=list)
    output: Bundle = ()
    outputs: dict[str, Node] = field(default_factory=dict)
    role: Role = "block"
    passed: frozenset[str] = frozenset()
    stale: bool = False
    kind: str | None = None
    label: str | None = None
    notes: dict[Node, str] = field(default_factory=dict)
    doc: str = ""
    origin: Any = None

    @property
    def id(self) -> str | None:
        """Its name; None where that is a position."""
        return _given(self.name)

    @property
    def told(self) -> str:
        """What messages call it: its path, and its block where that is a position."""
        return _told(self.path, self.block.name if self.block is not None else "graph")

    def ancestors(self) -> Iterator[Instance]:
        """This instance and those around it, innermost first, the network last."""
        scope: Instance | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    @property
    def chain(self) -> tuple[Frame, ...]:
        """The block instances around a place in it, outermost first."""
        blocks = [i for i in self.ancestors() if i.block is not None]
        return tuple(Frame(i.path, i.block.name, i.span) for i in reversed(blocks) if i.block)

    @property
    def unit(self) -> Instance:
        """The block instance that it is, or is in; the network where it is in none."""
        return next(one for one in self.ancestors() if one.block or one.parent is None)

    def relative(self, path: str) -> str:
        """A path as seen from inside this instance."""
        return path[len(self.path) + 1 :] if self.path else path

    def nodes(self) -> Iterator[Node]:
        """All nodes within, at any depth, in execution order."""
        left = [iter(self.children)]
        while left:
            for child in left[-1]:
                if isinstance(child, Instance):
                    left.append(iter(child.children))
                    break
                yield child
            else:
                left.pop()

    def instances(self) -> Iterator[Instance]:
        """This instance and all those within it, each before what it holds."""
        left = [self]
        while left:
            scope = left.pop()
            yield scope
            left += (child for child in reversed(scope.children) if isinstance(child, Instance))

    def __repr__(self) -> str:
        return f"<{self.path or 'network'}: {self.block.name if self.block else self.role}>"


@dataclass(frozen=True, slots=True)
class Output:
    """A named output of the network."""

    name: str
    node: Node
    train_only: bool = False
    loss_weight: float | None = None


@dataclass(eq=False)
class Graph(Whole):
    """A whole network, elaborated: what every analysis and backend reads.

    `remarks` is what about its spec is sound, and may not be what is meant; `label` is what its
    spec calls it, and `title` what figures do, which says its variant too; None where it has none.
    `params` are the values of its parameters, and `declared` what these are.
    `provenance` is how it came from a spec (archspec.elaboration.provenance), or None: no analysis,
    table or figure reads it. `origin` is that spec, a hint that survives edits, or None.
    """

    name: str
    nodes: list[Node]
    root: Instance
    inputs: list[Node]
    outputs: list[Output]
    params: Mapping[str, Any]
    variant: str | None = None
    source: str | None = None
    year: int | None = None
    init: tuple[Any, ...] = ()
    remarks: tuple[Diagnostic, ...] = ()
    label: str | None = None
    title: str | None = None
    declared: Mapping[str, Parameter] = field(default_factory=dict)
    provenance: Any = None
    origin: Any = None

    drawn: ClassVar[Callable[[Graph], str | None] | None] = None
    """Draws a graph for a notebook. What can, says so (archspec.notebook): nothing here does."""

    def _repr_svg_(self) -> str | None:
        return None if Graph.drawn is None else Graph.drawn(self)

    def __repr__(self) -> str:
        name = " ".join(filter(None, (self.name, self.variant)))
        return f"<{name}: {len(self.nodes):,} nodes>"

    @cached_property
    def by_path(self) -> dict[str, Node]:
        return {n.path: n for n in self.nodes}

    @cached_property
    def instances(self) -> list[Instance]:
        """All instances, the network itself first, each before what it holds."""
        return list(self.root.instances())

    @cached_property
    def recursive(self) -> set[Instance]:
        """Instances of blocks that recur within themselves: a structure, and no unit of it."""
        recurring = {
            instance.block
            for instance in self.instances
            for outer in islice(instance.ancestors(), 1, None)
            if instance.block is not None and outer.block is instance.block
        }
        return {instance for instance in self.instances if instance.block in recurring}

    @cached_property
    def readers(self) -> dict[Node, list[Node]]:
        """Who reads each node's value; twice where it is two of the operands."""
        found: dict[Node, list[Node]] = {}
        for node in self.nodes:
            for source in node.inputs:
                found.setdefault(source, []).append(node)
        return found

    @cached_property
    def dag(self) -> nx.MultiDiGraph[str]:
        """The NetworkX DAG: a node a path (`node=` holds the Node), an edge an operand.

        Parallel edges stand for an operand used twice; `operand=` is its position.
        """
        import networkx as nx  # a tenth of a second that `stats` need not pay

        dag: nx.MultiDiGraph[str] = nx.MultiDiGraph(name=self.name)
        dag.add_nodes_from((n.path, {"node": n}) for n in self.nodes)
        dag.add_edges_from(
            (source.path, n.path, {"operand": i})
            for n in self.nodes
            for i, source in enumerate(n.inputs)
        )
        return dag

    def owners(self) -> Iterator[tuple[Node, tuple[Tensor, ...]]]:
        """Each node that owns tensors, with them; shared uses do not come again."""
        for node in self.nodes:
            if not node.shared:
                tensors = node.tensors()
                if tensors:
                    yield node, tensors
