"""Figure -> DOT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from archspec.backends.graphviz import style
from archspec.backends.graphviz.canvas import Canvas
from archspec.backends.graphviz.legend import legend
from archspec.backends.graphviz.names import name
from archspec.backends.graphviz.placed import draw_in_a_u
from archspec.figures.direction import chosen_direction
from archspec.figures.figure import Arrow, Figure
from archspec.figures.folding import Box, Frame, boxes_in
from archspec.figures.headings import headings
from archspec.figures.notes import Notes
from archspec.figures.options import Options
from archspec.figures.residuals import Group
from archspec.ir.graph import Graph, Instance, Output


def to_dot(graph: Graph, options: Options | None = None, *, headed: bool = True) -> str:
    """The figure as DOT text, the same for the same graph.

    Nodes are named by their paths, clusters `cluster_` and the path, outputs `output ` and
    the name, the legend `legend `; with `~` and hexadecimal digits for what means something to
    DOT.

    Args:
        headed: whether the network's name stands above it.
    """
    options = options or Options()
    (heading,) = headings([(graph, options)]) if headed else ("",)
    notes = Notes(graph, options.annotate)
    if options.view != "graph":
        from archspec.backends.graphviz.views import view_dot  # which few figures are

        return view_dot(graph, options, heading, notes)
    direction = chosen_direction(graph, options)
    figure = Figure(graph, options, framed=direction != "U")
    canvas = Canvas(heading, direction, options.theme, _effort(figure.arrows))
    if direction == "U":
        alone = len(figure.sources) == 1
        looks = {box: style.of_source(box, alone=alone) for box in figure.sources}
        for box in figure.folding.boxes:
            looks[box] = style.of_box(box, notes.of(box))
        draw_in_a_u(canvas, figure, looks)
        return canvas.text
    for box in figure.sources:
        canvas.box(name(box.path), style.of_source(box, alone=len(figure.sources) == 1))
    _Pen(canvas, figure, notes, direction).draw(figure.inside, figure.residuals)
    for output in figure.outputs:
        look = style.of_output(output, alone=len(figure.outputs) == 1)
        canvas.box(name(output.name, "output "), look)
    for arrow in figure.arrows:
        _arrow(canvas, arrow)
    for output in figure.outputs:
        _leaving(canvas, figure, output)
    if options.legend:
        canvas.markup("legend ", legend([figure], options.theme))
    return canvas.text


def legend_dot(figures: Sequence[tuple[Graph, Options]], options: Options, across: float) -> str:
    """The legend by itself, of all that some figures have, about as wide as they are."""
    canvas = Canvas("", "LR", options.theme)
    shown = [
        Figure(graph, chosen, framed=chosen_direction(graph, chosen) != "U")
        for graph, chosen in figures
    ]
    canvas.markup("legend ", legend(shown, options.theme, across=across))
    return canvas.text


_AHEAD, _COLUMN = "8", "1000"
"""How much it is worth that an arrow is straight, where one from several or to several has 1."""

_MOST_BENDS = 150_000
_LESS_EFFORT = {"nslimit": "2", "splines": "line"}


def _effort(arrows: Sequence[Arrow]) -> Mapping[str, str]:
    """Graph attributes that keep Graphviz from working for hours at arrows past many ranks.

    What an arrow costs it grows with the square of its length. Of the shipped networks none has
    more than half as much as is drawn with all care.
    """
    bends = sum(arrow.length**2 for arrow in arrows)
    return _LESS_EFFORT if bends > _MOST_BENDS else {}


class _Pen:
    """Draws what stands in a figure and in its frames, so that branches lie as they are written.

    Graphviz turns a figure from left to right by a quarter, but not what branches within a frame.
    """

    def __init__(self, canvas: Canvas, figure: Figure, notes: Notes, direction: str) -> None:
        self.canvas, self.notes = canvas, notes
        self.scopes = [figure.selection.root]  # whose frames are being drawn, the outermost first
        self.around: set[Box] = set()  # what stands in the outermost frame
        self.forks: dict[Box, list[Box]] = {}
        self.across = direction == "LR"
        if self.across:
            for arrow in figure.arrows:
                if not arrow.only and not arrow.skip:
                    self.forks.setdefault(arrow.tail, []).append(arrow.head)

    def draw(self, inside: Sequence[Box | Frame], residuals: Sequence[Group]) -> None:
        """Boxes and frames, side by side.

        Args:
            residuals: what has a frame of its own besides, the larger before those within.
        """
        left = dict.fromkeys(inside)
        while left:
            entry = next(iter(left))
            groups = (i for i, g in enumerate(residuals) if entry in g and left.keys() >= {*g})
            number = next(groups, None)
            if number is None:
                self.entry(entry, residuals)
                del left[entry]
                continue
            group, within = residuals[number], residuals[number + 1 :]
            with self.canvas.frame(name(str(len(within)), "cluster_residual "), style.RESIDUAL):
                self.draw(self.framed(group), within)
            for entry in group:
                del left[entry]

    def entry(self, entry: Box | Frame, residuals: Sequence[Group]) -> None:
        """A box, or a frame with what stands in it."""
        if isinstance(entry, Box):
            more = self.notes.of(entry)
            look = style.of_box(entry, more, self.scopes[-1])
            upright = style.UPRIGHT if self.across and style.is_bar(entry) else {}
            self.canvas.box(name(entry.path), look, **upright)
        else:
            outermost = len(self.scopes) == 1
            if outermost:
                self.around = set(boxes_in([entry]))
            with _framed(self.canvas, entry, self.scopes[-1]):
                self.scopes.append(entry.instance)
                self.draw(self.framed(entry.inside), residuals)
                self.scopes.pop()

    def framed(self, inside: Sequence[Box | Frame]) -> Sequence[Box | Frame]:
        """What stands in a frame, in the order in which it is to be drawn."""
        within = set(boxes_in(inside))
        forked = {tail for tail, heads in self.forks.items() if len(within.intersection(heads)) > 1}
        return inside[::-1] if forked and forked <= self.around else inside


@contextmanager
def _framed(canvas: Canvas, frame: Frame, around: Instance) -> Iterator[None]:
    """A frame round what is drawn meanwhile, with two outlines, as a box has, for ×N."""
    path = frame.instance.path
    with ExitStack() as frames:
        if frame.times > 1:
            outer = canvas.frame(name(path, "cluster_times "), style.of_outline(frame))
            frames.enter_context(outer)
        frames.enter_context(canvas.frame(name(path, "cluster_"), style.of_cluster(frame, around)))
        yield


def _leaving(canvas: Canvas, figure: Figure, output: Output) -> None:
    """An arrow to an output."""
    note = figure.note_of(output)
    look = {"style": "dashed"} if output.train_only else {}
    if note is not None:
        look |= style.FORMULA
    words = [] if note is None else [f" {note}"]
    tail = figure.box_of[output.node]
    canvas.arrow(name(tail.path), name(output.name, "output "), look, words)


def _arrow(canvas: Canvas, arrow: Arrow) -> None:
    look = style.of_arrow(arrow)
    if arrow.only and not arrow.skip:
        # straight on, and let the skips go round; what goes on alone is one column, at any price
        look["weight"] = _COLUMN if arrow.alone and not arrow.refers else _AHEAD
    if arrow.length > 1 and not (arrow.alone or arrow.skip or arrow.refers):
        look["minlen"] = str(arrow.length)  # the branches of a merge begin side by side
    words = [f" {line}" for line in style.arrow_words(arrow)]
    canvas.arrow(name(arrow.tail.path), name(arrow.head.path), look, words)
