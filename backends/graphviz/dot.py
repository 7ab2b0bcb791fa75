"""Figure -> DOT."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from archspec.analysis.cost import stats
from archspec.backends.graphviz import style
from archspec.backends.graphviz.canvas import Canvas
from archspec.backends.graphviz.legend import legend
from archspec.backends.graphviz.names import name
from archspec.backends.graphviz.placed import draw_in_a_u
from archspec.drawing.figure import Arrow, Figure
from archspec.drawing.folding import Box, Frame
from archspec.drawing.notes import Notes
from archspec.drawing.options import Options
from archspec.drawing.residuals import Group
from archspec.graph import Graph


def to_dot(graph: Graph, options: Options | None = None) -> str:
    """The figure as DOT text, the same for the same graph.

    Nodes are named by their paths, clusters `cluster_` and the path, outputs `output ` and
    the name, with `~` and hexadecimal digits for what means something to DOT.
    """
    options = options or Options()
    figure = Figure(graph, options, framed=options.direction != "U")
    notes = Notes(stats(graph), options.annotate) if options.annotate else None
    canvas = Canvas(style.title(graph), options.direction, options.theme)
    if options.direction == "U":
        looks = {box: style.of_source(box) for box in figure.sources}
        for box in figure.folding.boxes:
            looks[box] = style.of_box(box, notes.of(box) if notes is not None else ())
        draw_in_a_u(canvas, figure, looks)
        return canvas.text
    for box in figure.sources:
        canvas.box(name(box.path), style.of_source(box))
    _inside(canvas, figure.inside, notes, figure.residuals)
    for output in figure.outputs:
        canvas.box(name(output.name, "output "), style.of_output(output))
    for arrow in figure.arrows:
        _arrow(canvas, arrow)
    for output in figure.outputs:
        look = {"style": "dashed"} if output.train_only else {}
        tail = figure.box_of[output.node]
        canvas.arrow(name(tail.path), name(output.name, "output "), look)
    if options.legend:
        canvas.markup("legend", legend(figure, options.theme))
    return canvas.text


def _inside(
    canvas: Canvas,
    inside: Sequence[Box | Frame],
    notes: Notes | None,
    residuals: Sequence[Group],
) -> None:
    """The boxes and frames that stand in a frame, or in the figure.

    Args:
        residuals: what has a frame of its own besides, the larger before those within.
    """
    left = dict.fromkeys(inside)
    while left:
        entry = next(iter(left))
        number = next((i for i, g in enumerate(residuals) if entry in g and left.keys() >= {*g}), None)
        if number is not None:
            within = residuals[number + 1 :]
            with canvas.frame(name(str(len(within)), "cluster_residual "), style.RESIDUAL):
                _inside(canvas, residuals[number], notes, within)
            for one in residuals[number]:
                del left[one]
            continue
        del left[entry]
        if isinstance(entry, Box):
            more = notes.of(entry) if notes is not None else ()
            canvas.box(name(entry.path), style.of_box(entry, more))
        else:
            with _framed(canvas, entry):
                _inside(canvas, entry.inside, notes, residuals)


@contextmanager
def _framed(canvas: Canvas, frame: Frame) -> Iterator[None]:
    """A frame round what is drawn meanwhile, with two outlines, as a box has, for ×N."""
    path = frame.instance.path
    with ExitStack() as frames:
        if frame.times > 1:
            outer = canvas.frame(name(path, "cluster_times "), style.of_outline(frame))
            frames.enter_context(outer)
        frames.enter_context(canvas.frame(name(path, "cluster_"), style.of_cluster(frame)))
        yield


def _arrow(canvas: Canvas, arrow: Arrow) -> None:
    look = style.of_arrow(arrow)
    if not arrow.skip:  # straight on, and let the skips go round; branches begin side by side
        look["weight"] = "8" if arrow.only and arrow.alone else "4" if arrow.alone else "2"
    words = [f" {line}" for line in style.arrow_words(arrow)]
    canvas.arrow(name(arrow.tail.path), name(arrow.head.path), look, words)
