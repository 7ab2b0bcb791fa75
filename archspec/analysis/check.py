"""Whether a graph holds together, and which layers pin the size of its input."""

from __future__ import annotations

from archspec.diagnostics import Diagnostic, Note
from archspec.graph import Graph, Node
from archspec.ops import Tensor
from archspec.ops.base import show


def check_structure(graph: Graph) -> None:
    """Assert what elaboration promises: a DAG, in executable order, every part of it used.

    Raises:
        AssertionError: where it did not keep its promise, which is no mistake of the spec's.
    """
    import networkx as nx

    dag = graph.dag
    assert len(dag) == len(graph.nodes), "two nodes have one path"
    assert nx.is_directed_acyclic_graph(dag), "the graph has a cycle"
    order = {node.path: i for i, node in enumerate(graph.nodes)}
    assert all(order[a] < order[b] for a, b in dag.edges()), "a node runs before its operands"
    ends = {output.node.path for output in graph.outputs}
    starts = {node.path for node in graph.inputs}
    for part in nx.weakly_connected_components(dag):
        assert part & starts and part & ends, f"{min(part)} lies between no input and no output"


def pinned(graph: Graph, resized: Graph) -> dict[Node, Diagnostic]:
    """E506 for each layer whose tensors differ between one spec's graphs at two input sizes."""
    found = {}
    for node in graph.nodes:
        other = resized.by_path.get(node.path)
        if node.shared or not node.tensors():
            continue
        problem = _problem(node, other)
        if problem is not None:
            found[node] = problem
    return found


def _problem(node: Node, other: Node | None) -> Diagnostic | None:
    theirs = {t.name: t for t in other.tensors()} if other is not None else {}
    for tensor in node.tensors():
        resized = theirs.get(tensor.name)
        if resized is None or resized.shape != tensor.shape:
            return _pin(node, other, tensor, resized)
    return None


def _pin(node: Node, other: Node | None, tensor: Tensor, resized: Tensor | None) -> Diagnostic:
    reads = show(node.inputs[0].output)
    now = show(other.inputs[0].output) if other is not None else "nothing"
    source = node.inputs[0]
    return Diagnostic(
        "E506",
        f"the `{node.op.name}` at `{node.path}` pins the input size",
        node.span,
        expected=f"{node.path}.{tensor.name} {show(tensor.shape)}, as at the spec's own size",
        found=show(resized.shape) if resized is not None else "no such parameters",
        notes=(
            Note(f"it reads {reads} at the spec's own size and {now} at this one"),
            Note(f"through `{source.path}` ({source.op.name})", source.span),
        ),
        hint="put `global_avg_pool` or `adaptive_avg_pool` before it, which give the same"
        " size whatever comes",
    )
