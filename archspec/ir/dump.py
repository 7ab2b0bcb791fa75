"""A graph as text that diffs well: a line a node, scopes indented.

```
network Small
input x: [3, 8, 8]
stem: unit(channels=4)
  conv: conv 4 kernel_size=3 padding=1 -> [4, 8, 8]
  batch_norm -> [4, 8, 8]
%relu: relu -> [4, 8, 8]
conv 4 -> [4, 8, 8]
add (^, %relu) -> [4, 8, 8]
output output = %add
```

What has no id has no name here, for its position moves when something is put before it. Where it is
read elsewhere than on the next line it is called by its op or block, after a `%`; a number tells
such names apart within a block. `^` is the value that the line before gives,
and is not written where it is all that is read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from archspec.ir.graph import Bundle, Graph, Instance, Node
from archspec.ops.derived import Apply, Axis, Tree, plain
from archspec.ops.types import show

INFIX = {"+", "-", "*", "/", "//", "%", "**"}


def dump(graph: Graph) -> str:
    """Return a graph as text: its nodes, scopes, inputs and outputs, not how weights start."""
    return "".join(f"{line}\n" for line in _Dump(graph).lines())


class _Dump:
    """What is called how, and the lines that say it."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.parents: dict[Node | Instance, Instance] = {}
        for scope in graph.instances:
            self.parents |= dict.fromkeys(scope.children, scope)
        self.told: set[Node | Instance] = set()
        self.labels: dict[Node | Instance, str] = {}
        for _ in self.lines():  # once to see which of the parts without an id have to be told
            pass
        counted: dict[Instance, Counter[str]] = defaultdict(Counter)
        for scope in graph.instances:
            words = counted[scope.unit]
            for part in filter(self.told.__contains__, scope.children):
                word = _kind(part)
                words[word] += 1
                self.labels[part] = f"%{word}" + (f".{words[word]}" if words[word] > 1 else "")

    # --- names ----------------------------------------------------------------------

    def name(self, part: Node | Instance) -> str:
        """What a part is called; "" where it has no id, and no line has to name it."""
        return _ident(part) or self.labels.get(part, "")

    def ref(self, node: Node, scope: Instance) -> str:
        """A value as it is called in a scope: by the name of an input, or from where it stands."""
        inside: set[Instance] = {*self._around(node)}
        around: Instance | None = scope
        while around is not None and around not in inside:
            if around.block is not None and node in around.inputs:
                place = around.inputs.index(node)
                given = around.block.inputs
                return (
                    given[place] if place < len(given) else f"input.{place}" if place else "input"
                )
            around = around.parent
        parts: list[Node | Instance] = [node]
        parts += takewhile(lambda one: one is not around, self._around(node))
        end = ""
        for place in reversed(range(1, len(parts))):
            one = parts[place]
            if isinstance(one, Instance) and one.block is not None and node in one.output:
                parts, end = parts[place:], _output(node, one)
                break
        self.told.update(parts)
        return ".".join(self.name(part) for part in reversed(parts)) + end

    def _around(self, node: Node) -> Iterator[Instance]:
        scope = self.parents.get(node, self.graph.root)
        return scope.ancestors()

    # --- lines ----------------------------------------------------------------------

    def lines(self) -> Iterator[str]:
        graph = self.graph
        yield " ".join(filter(None, ("network", graph.name, graph.variant)))
        for name, value in () if graph.root.stale else graph.params.items():
            yield f"param {name} = {_value(value)}"
        for node in graph.inputs:
            yield f"input {node.path}: {show(node.output)}"
        yield from self._body()
        for output in graph.outputs:
            weight = "" if output.loss_weight is None else f", loss weight {output.loss_weight:g}"
            training = ", for training only" if output.train_only else ""
            yield f"output {output.name} = {self.ref(output.node, graph.root)}{training}{weight}"

    def _body(self) -> Iterator[str]:
        """The lines of all scopes. `before` is what the line above gives, as `^` means it."""
        root = self.graph.root
        stack = [(root, iter(root.children), 0)]
        before: list[Bundle] = [_begins(root)]
        while stack:
            scope, left, depth = stack[-1]
            part = next(left, None)
            if part is None:
                stack.pop()
                before.pop()
                yield from self._returned(scope, depth)
            elif isinstance(part, Instance):
                yield "  " * depth + self._header(part, scope, before[-1])
                before[-1] = part.output
                before.append(_begins(part))
                stack.append((part, iter(part.children), depth + 1))
            else:
                yield "  " * depth + self._node(part, scope, before[-1])
                before[-1] = (part,)

    def _returned(self, scope: Instance, depth: int) -> Iterator[str]:
        """What comes out of a scope, where it is not what its last line gives."""
        pairs = scope.outputs.items()
        if pairs:
            ends = (f"{name} = {self.ref(node, scope)}" for name, node in pairs)
            yield f"{'  ' * depth}return {', '.join(ends)}"
            return
        last = scope.children[-1] if scope.children else None
        given = last.output if isinstance(last, Instance) else (last,) if last else scope.inputs
        if scope.parent is not None and scope.output != given:
            ends = (self.ref(node, scope) for node in scope.output)
            yield f"{'  ' * depth}return {', '.join(ends)}"

    def _read(self, values: Bundle, scope: Instance, before: Bundle) -> str:
        """The operands as they are written: nothing where they are what flows there."""
        if values == before:
            return ""
        here = before[0] if len(before) == 1 else None
        told = ("^" if node is here else self.ref(node, scope) for node in values)
        return f" ({', '.join(told)})"

    def _header(self, one: Instance, scope: Instance, before: Bundle) -> str:
        words = [f"{name}: " if (name := self.name(one)) else "", _kind(one)]
        if one.params and not one.stale:
            given = (f"{key}={_value(value)}" for key, value in one.params.items())
            words.append(f"({', '.join(given)})")
        fed = self._read(one.inputs, scope, before)
        words.append(fed.replace(" (", " <- ").removesuffix(")"))
        words.append(_label(one, scope))
        return "".join(words)

    def _node(self, node: Node, scope: Instance, before: Bundle) -> str:
        op, name = node.op, self.name(node)
        references = node.references
        flowing = len(node.inputs) - len(references)
        words = [f"{name}: {op.name}" if name else op.name]
        for key in type(op).model_fields:
            value = getattr(op, key)
            if key in references:
                words.append(f"{key}={self.ref(references[key], scope)}")
            elif key == op.primary and value is not None:
                words.append(_value(value))
            elif key in op.model_fields_set:
                words.append(f"{key}={_value(value)}")
            if node.derived and key in node.derived:
                words[-1] += f" = {self._tree(node.derived[key], scope)}"
        words[-1] += self._read(node.inputs[:flowing], scope, before)
        words.append(f"-> {show(node.output)}{_label(node, scope)}")
        if node.lender is not None:
            words.append(f"shares {self.ref(node.owner, self.graph.root)}")
        if node.train_only:
            words.append("for training only")
        return " ".join(words)

    def _tree(self, tree: Tree, scope: Instance) -> str:
        """A derived size as an expression over axes: `2 * input[1]`."""
        if isinstance(tree, Axis):
            return f"{self.ref(tree.value, scope)}[{tree.axis}]"
        if isinstance(tree, Apply):
            parts = [self._tree(part, scope) for part in tree.arguments]
            if tree.function in INFIX and len(parts) == 2:
                return f"({parts[0]} {tree.function} {parts[1]})"
            return f"{tree.function}({', '.join(parts)})"
        if isinstance(tree, tuple):
            return f"[{', '.join(self._tree(part, scope) for part in tree)}]"
        return str(tree)


def _begins(scope: Instance) -> Bundle:
    """What flows into the first line of a scope: nothing where several inputs have names."""
    named = scope.parent is None or (scope.block is not None and scope.block.inputs)
    return () if named and len(scope.inputs) != 1 else scope.inputs


def _ident(part: Node | Instance) -> str | None:
    return part.path if isinstance(part, Node) and part.op.internal else part.id


def _kind(part: Node | Instance) -> str:
    if isinstance(part, Node):
        return part.op.name
    return part.role if part.block is None else part.block.name


def _output(node: Node, scope: Instance) -> str:
    """Which of a scope's outputs a value is, where it has several."""
    for name, value in scope.outputs.items():
        if value is node and name:
            return f".{name}"
    return f".{scope.output.index(node)}" if len(scope.output) > 1 else ""


def _label(part: Node | Instance, scope: Instance) -> str:
    """What figures say of a part, in quotes."""
    values = part.output if isinstance(part, Instance) else (part,)
    notes = (note for node, note in scope.notes.items() if node in values) if scope.notes else ()
    words = [*([f'"{part.label}"'] if part.label else []), *(f'note "{note}"' for note in notes)]
    return "".join(f" {word}" for word in words)


def _value(value: Any) -> str:
    if isinstance(value, tuple | list):
        return show(map(_value, value))
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(plain(value))
