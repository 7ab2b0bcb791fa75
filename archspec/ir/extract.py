"""A part of a network, between some of its values, as a network of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archspec.ir.arguments import given_line, given_output, several
from archspec.ir.builder import input_node
from archspec.ir.draft import fresh
from archspec.ir.edit import Editor, Value
from archspec.ir.graph import Graph, Node, reach
from archspec.ir.making import Refused


def extract(
    graph: Graph,
    inputs: Value | Sequence[Value] | None,
    outputs: Value | Sequence[Value] | Mapping[str, Value],
    name: str | None = None,
) -> Graph:
    """Return what computes some values of a graph from others, as a graph of its own.

    Nodes keep their scopes and their names. Instances of which a part is left out are stale.

    Args:
        inputs: the values that become inputs, called by their ids; one alone needs no list. None
            for the inputs of the whole that the outputs need.
        outputs: the values that become outputs, by their names; without, these are their ids.
        name: what the network is called; default: as the whole.

    Raises:
        Refused: where the outputs need an input of the network that is not among the inputs.
        Unsound: where it is no network, as when an input is not needed.
    """
    editor = Editor(graph)
    title = editor.draft.graph.name if name is None else given_line(name, "the name of a network")
    whole = editor.draft.graph
    found = outputs if isinstance(outputs, Mapping) else _named(outputs, editor)
    whole.outputs = [
        given_output(key, editor.node(value), False, None) for key, value in found.items()
    ]
    if inputs is None:
        needed = reach(output.node for output in whole.outputs)
        inputs = [node for node in whole.inputs if node in needed]
    begins = several(inputs, "the inputs of a part")
    values = {editor.node(one): editor.part(one).id or "x" for one in begins}
    taken = _taken(whole, values)
    made = [
        value if value.op.internal else _input(editor, value, fresh(wish, taken))
        for value, wish in values.items()
    ]
    needed = reach(output.node for output in whole.outputs)
    for node in whole.inputs:
        if node in needed and node not in made:
            raise Refused(f"the outputs need the input `{node.path}` as well")
    whole.inputs = made
    whole.name, whole.label = title, None
    editor.draft.edited[whole.root] = None
    return editor.commit()


def tapped(graph: Graph, taps: str | Sequence[str] | Mapping[str, str]) -> Graph:
    """Return what computes some values of a network, and nothing behind them.

    Args:
        taps: the paths of nodes and instances; they name the outputs, with `_` for each dot.
            A mapping gives them other names.

    Raises:
        Refused: for a path that is not there.
    """
    if isinstance(taps, Mapping):
        return extract(graph, None, taps)
    paths = several(taps, "taps")
    return extract(graph, None, {str(path).replace(".", "_"): path for path in paths})


def _taken(graph: Graph, values: Mapping[Node, str]) -> set[str]:
    """The ids that stand in the network once it begins with these values."""
    kept = reach(
        (output.node for output in graph.outputs), lambda n: () if n in values else n.inputs
    )
    words = (node.path.partition(".")[0] for node in kept if node not in values)
    inputs = (value.path for value in values if value.op.internal)
    return {word for word in (*words, *inputs) if not word.isdecimal()}


def _named(values: Value | Sequence[Value], editor: Editor) -> dict[str, Value]:
    """Outputs by their ids."""
    taken: set[str] = set()
    found = several(values, "the outputs of a part")
    return {fresh(editor.part(value).id or "output", taken): value for value in found}


def _input(editor: Editor, value: Node, path: str) -> Node:
    """An input in the place of a value, for all that reads this."""
    root = editor.draft.graph.root
    node = input_node(path, value.output, root)
    editor.draft.redirect(value, node)
    for scope in value.scope.ancestors():
        if scope is not root:  # which gives it no longer
            scope.output = tuple(one for one in scope.output if one is not node)
            scope.outputs = {key: one for key, one in scope.outputs.items() if one is not node}
    return node
