"""A figure step by step, as a lecturer draws it on a board: what comes first, and what is added.

A step is a stage of the network, or what has one resolution within a stage or outside of all. What
samples maps ends the step of those that it reads; in a U, it begins one. Where all would be one
step, and in a block by itself, it is branch after branch, or, where there are no branches, box
after box.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from archspec.analysis.bypass import weighted
from archspec.figures.called import kind_of_block, own_name, spanned
from archspec.figures.columns import Edge, columns
from archspec.figures.figure import Figure
from archspec.figures.maps import Maps, Selected
from archspec.figures.opwords import op_words
from archspec.figures.picture import ALWAYS
from archspec.figures.resolution import near
from archspec.ir.graph import Instance, Node


@dataclass(frozen=True)
class BuildUp:
    """The steps of a figure.

    Attributes:
        of: the step of each box, by its number; the first is 1.
        names: of the steps, in order; nothing for what has no name.
    """

    of: Sequence[int]
    names: Sequence[str]

    def joining(self, edge: Edge) -> int:
        """The step of an arrow, with which both of its ends are there."""
        tail, head = edge
        return max(self.of[tail], self.of[head])

    def leaving(self, wires: Iterable[Edge]) -> list[int]:
        """For each box the step with which an arrow first leaves it; its own where none does."""
        first: dict[int, int] = {}
        for edge in wires:
            first[edge[0]] = min(first.get(edge[0], self.joining(edge)), self.joining(edge))
        return [first.get(number, own) for number, own in enumerate(self.of)]


def build_up(
    figure: Figure, maps: Sequence[Maps], wires: Collection[Edge], *, in_a_u: bool = False
) -> BuildUp:
    """The steps of a figure.

    Args:
        maps: its boxes, each after all that it reads.
        wires: which reads which, by number.
        in_a_u: whether what samples maps begins a step, as it stands in the rows of a U.
    """
    return _Steps(figure, maps, wires, in_a_u).found()


def built_up(selected: Selected, *, in_a_u: bool) -> tuple[dict[Maps, int], Sequence[str]]:
    """The step of each of a figure's maps, and what the steps are called, as for `build_up`."""
    number = {maps: n for n, maps in enumerate(selected.maps)}
    wires = [(number[link.tail], number[link.head]) for link in selected.links]
    found = build_up(selected.figure, selected.maps, wires, in_a_u=in_a_u)
    return dict(zip(selected.maps, found.of, strict=True)), found.names


class _Steps:
    def __init__(
        self, figure: Figure, maps: Sequence[Maps], wires: Collection[Edge], in_a_u: bool
    ) -> None:
        self.figure, self.maps, self.in_a_u = figure, maps, in_a_u
        self.root, self.recursive = figure.selection.root, figure.graph.recursive
        self.lasts: dict[Instance, Node] = {}
        self.holding: dict[Instance, bool] = {}
        self.before: list[list[int]] = [[] for _ in maps]
        self.after: list[list[int]] = [[] for _ in maps]
        for tail, head in wires:
            self.before[head].append(tail)
            self.after[tail].append(head)
        boxes = [n for n, one in enumerate(maps) if not one.source]
        self.training = [n for n in boxes if maps[n].train_only]
        self.order = [n for n in boxes if not maps[n].train_only] or boxes
        self.stages = {number: self._stage(number) for number in self.order}
        self.held = Counter(self.stages.values())

    def found(self) -> BuildUp:
        steps = [] if self._is_block(self.root) else self._stages()
        if len(steps) < 2:
            steps = list(self._strands())
        names = [self._name(step) for step in steps]
        if self.training and self.training != self.order:
            steps.append(self.training)
            names.append("for training only")
        of = [ALWAYS] * len(self.maps)
        for number, step in enumerate(steps, 1):
            for box in step:
                of[box] = number
        for box, one in enumerate(self.maps):
            if one.source:  # it comes with the first that reads it
                of[box] = min((of[head] for head in self.after[box]), default=1)
        return BuildUp(of, names)

    def _is_block(self, instance: Instance) -> bool:
        return instance.block is not None and instance not in self.recursive

    # --- by stage and resolution ----------------------------------------------------------

    def _stages(self) -> list[list[int]]:
        """Boxes that follow one another in one stage, at one resolution."""
        found: list[list[int]] = []
        stage, side = None, 0
        for number in self.order:
            now, own = self.stages[number], _side(self._unit(number))
            if not found or not (now is stage and near(own, side)):
                if found and self._ends(number, stage, own, side):
                    found[-1].append(number)
                    continue
                found.append([])
                stage = now
            found[-1].append(number)
            side = own
        return list(self._together(found))

    def _together(self, steps: Sequence[list[int]]) -> Iterator[list[int]]:
        """Steps, each with what is too little to be one: what has no weights, and its stage."""
        made: list[int] = []
        for step in steps:
            goes_on = self.stages[step[0]] in (None, *(self.stages[number] for number in made[-1:]))
            if not made or not self._computes(made) or (goes_on and not self._computes(step)):
                made = [*made, *step]
            else:
                yield made
                made = step
        yield made

    def _computes(self, step: Sequence[int]) -> bool:
        """Whether anything in a step has weights."""
        return any(weighted(node) for number in step for node in self.maps[number].box.nodes())

    def _ends(self, number: int, stage: Instance | None, own: int, side: int) -> bool:
        """Whether a box ends what comes before it, as pooling does: it leads to no finer maps.

        What leads to a vector begins something.
        """
        within = self.stages[number] in (None, stage)
        as_fine = near(own, side) if self.in_a_u else own <= side
        return within and not self._computes([number]) and own > 1 and as_fine

    def _stage(self, number: int) -> Instance | None:
        """The outermost group that a box is in which does not hold stages itself."""
        found = None
        for part in self._around(number):
            if part.block is not None:
                break
            found = part
            if not self._holds_stages(part):
                break
        return found

    def _holds_stages(self, group: Instance) -> bool:
        """Whether there are groups in a group that lead to several resolutions."""
        if group not in self.holding:
            inner = [child for child in group.children if _is_group(child)]
            sides = [_side(self._last(child)) for child in inner]
            self.holding[group] = any(not near(side, sides[0]) for side in sides)
        return self.holding[group]

    def _unit(self, number: int) -> Node:
        """The last node of the outermost block that a box is in, or its own."""
        block = self._block(number)
        return self._last(self.maps[number].box.parts[-1] if block is None else block)

    def _last(self, part: Node | Instance) -> Node:
        if isinstance(part, Node):
            return part
        if part not in self.lasts:
            self.lasts[part] = list(part.nodes())[-1]
        return self.lasts[part]

    def _block(self, number: int) -> Instance | None:
        """The outermost block that a box is in, or is."""
        return next((one for one in self._around(number) if self._is_block(one)), None)

    def _around(self, number: int) -> list[Instance]:
        """The parts of the figure that a box is in, or is, from the outermost on."""
        part = self.maps[number].box.part
        return self.figure.selection.around(part.scope if isinstance(part, Node) else part)[::-1]

    # --- by branch ------------------------------------------------------------------------

    def _strands(self) -> Iterator[list[int]]:
        """Branch after branch: boxes each of which reads the one before, and alone does.

        Where no ways branch, each by itself, with what has no weights and reads it. What is in
        one block stays together.
        """
        shown = set(self.order)
        wires = [(tail, head) for head in self.order for tail in self.before[head]]
        column = columns(len(self.maps), wires)
        branch = len({column[number] for number in self.order}) < len(self.order)
        strand: list[int] = []
        full = False  # whether there is enough in it for a step
        for number in self.order:
            enough = self._computes([number]) or len(self.before[number]) > 1
            if strand:
                last = strand[-1]
                follows = self.before[number] == [last]
                alone = follows and [n for n in self.after[last] if n in shown] == [number]
                little = follows and not (full and enough)
                block = self._block(number)
                inside = block is not None and block is self._block(last)
                if not (inside or little or (alone and branch)):
                    yield strand
                    strand, full = [], False
            strand.append(number)
            full = full or enough
        yield strand

    # --- names ----------------------------------------------------------------------------

    def _name(self, step: Sequence[int]) -> str:
        """That of the only stage in it, if all of that is, else of its first and its last box."""
        held = Counter(self.stages[number] for number in step)
        whole = [stage for stage in held if stage is not None]
        if len(whole) == 1 and held[whole[0]] == self.held[whole[0]]:
            return whole[0].label or own_name(whole[0])
        named = [name for number in step if (name := self._own(number))]
        if not named:
            nodes = [next(self.maps[number].box.nodes()) for number in step]
            named = [op_words(node)[0] for node in nodes]
        return spanned(*named[:1], *named[-1:])

    def _own(self, number: int) -> str:
        """What a box, or the block that it is in, is called: its label, its id or its block."""
        part = self._block(number) or self.maps[number].box.part
        if isinstance(part, Node):
            return part.label or part.id or ""
        return part.label or ("" if part.name.isdigit() else part.name) or kind_of_block(part) or ""


def _is_group(part: Node | Instance) -> bool:
    """Whether it is an opened part with a name, and no block."""
    if isinstance(part, Node) or part.block is not None:
        return False
    return part.label is not None or not part.name.isdigit()


def _side(node: Node) -> int:
    """The longest side of its maps; 1 for a vector."""
    return max(node.output[1:], default=1)
