"""Whether a module computes what its graph says: node by node, buffers and gradients too.

The module runs as it is, watched by hooks and at its calls into torch. The reference interpreter
runs the graph on the same random parameters and inputs. In float64, so that what differs is a
mistake and no rounding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

import torch
from torch import Tensor, nn

from archspec.backends.torch.fingerprints import ROUNDING, Fingerprint, fingerprint
from archspec.backends.torch.interpreter import build, interpret
from archspec.backends.torch.layers import LOWERINGS
from archspec.backends.torch.shrinking import Setting
from archspec.backends.torch.state import State, adopt, random_state
from archspec.backends.torch.watching import Draws, Watcher
from archspec.diagnostics import ArchspecError, Diagnostic, Note
from archspec.ir.graph import Graph, Node
from archspec.ir.losses import loss_weights
from archspec.ops.types import Shape, show


@dataclass(frozen=True)
class Equal:
    """What was compared and is equal.

    Attributes:
        values: of nodes, in evaluation and in training.
        buffers: those there are, after a step of training.
        gradients: of all parameters.
        sizes: of the inputs, without the batch axis.
        blank: values of which little can be told, as they are 0 everywhere, or not all finite.
    """

    values: int
    buffers: int
    gradients: int
    sizes: tuple[Shape, ...]
    blank: int = 0

    def __str__(self) -> str:
        counts = {"values": self.values, "buffers": self.buffers, "gradients": self.gradients}
        *others, last = (f"{count:,} {word}" for word, count in counts.items() if count)
        what = f"{', '.join(others)} and {last}" if others else last
        unsure = f" ({self.blank:,} values are 0 or not finite)" if self.blank else ""
        sizes = ", ".join(map(show, self.sizes))
        return f"in float64 at {sizes}: {what} equal those of the graph{unsure}"


def compare(
    graph: Graph,
    module: nn.Module,
    *,
    device: str | torch.device = "cpu",
    setting: Setting | None = None,
    seed: int = 0,
) -> Equal:
    """Compare the module with the graph, in evaluation and in training.

    The module's parameters and buffers are replaced by random ones, in float64 on `device`. What
    it was initialised with is not compared, nor how random numbers are distributed; that as many
    are drawn, and what is made of them, is.

    Args:
        setting: the sizes and samples to run on; None for two samples at the graph's sizes.

    Raises:
        ArchspecError: E606 for the first node that differs, or for what else does.
    """
    setting = setting or Setting(tuple(n.output for n in graph.inputs))
    compare_settings(graph, module)
    place = torch.device(device)
    with torch.random.fork_rng(devices=[place] if place.type == "cuda" else []):
        state = random_state(graph, seed, device=place, dtype=torch.float64)
        adopt(graph, module, state)
        random = torch.Generator().manual_seed(seed)
        trials = []
        for training, batch in ((False, setting.evaluated), (True, setting.trained)):
            shapes = [(batch, *size) for size in setting.sizes]
            drawn = [torch.randn(s, generator=random, dtype=torch.float64) for s in shapes]
            inputs = [value.to(place) for value in drawn]
            trials.append(_Trial(graph, module, state, inputs, training=training))
            trials[-1].run()
    evaluated, trained = trials
    values, blank = evaluated.values + trained.values, evaluated.blank + trained.blank
    return Equal(values, len(trained.buffers), trained.graded, setting.sizes, blank)


def compare_settings(graph: Graph, module: nn.Module) -> None:
    """Compare how children were constructed with the lowerings of their nodes, and loss weights.

    An `eps` or a `momentum` may be too small, and a probability too near, to change any value.

    Raises:
        ArchspecError: E606 for each node that differs.
    """
    children = dict(module.named_modules(remove_duplicate=False))
    faults = []
    for node in graph.nodes:
        child = children.get(node.path)
        if child is None or node.op.internal:
            continue
        layer = LOWERINGS[type(node.op)](node.op, node.input_shapes)
        if layer.module is not None and repr(child) != (wanted := repr(build(layer, "meta"))):
            faults.append(_fault(node, "was not constructed as", wanted, repr(child)))
    if faults:
        raise ArchspecError(*faults)
    weights, found = loss_weights(graph.outputs), getattr(module, "loss_weights", {})
    if found != weights:
        raise _wrong("the module has other weights of losses", str(weights), str(found))


class _Seen:
    """The fingerprints of what a module computed: of each child, and of all by shape."""

    def __init__(self) -> None:
        self.by_child: dict[str, list[Fingerprint]] = defaultdict(list)
        self.by_shape: dict[Shape, list[Fingerprint]] = defaultdict(list)
        self.all: set[Fingerprint] = set()

    def add(self, child: str | None, value: Tensor) -> None:
        made = fingerprint(value)
        if child is not None:
            self.by_child[child].append(made)
        if made not in self.all:
            self.by_shape[made.shape].append(made)
            self.all.add(made)

    def has(self, wanted: Fingerprint, child: str | None, slack: float) -> bool:
        """Whether a value is among those of the child or, where there is none, among all."""
        if child in self.by_child:
            return any(wanted.matches(made, slack) for made in self.by_child[child])
        if wanted in self.all:
            return True
        return any(wanted.matches(made, slack) for made in self.by_shape[wanted.shape])


class _Differs(Exception):
    """The graph need not run on: this node's value is not among those of the module."""

    def __init__(self, node: Node, value: Tensor) -> None:
        super().__init__(node.path)
        self.node, self.value = node, value


class _Trial:
    """Both programs, in one mode, on the same parameters and inputs."""

    def __init__(
        self,
        graph: Graph,
        module: nn.Module,
        state: State,
        inputs: Sequence[Tensor],
        *,
        training: bool,
    ) -> None:
        self.graph, self.module, self.state = graph, module, state
        self.inputs, self.training = inputs, training
        self.device = inputs[0].device
        self.owners = {f"{n.path}.{t.name}": n for n, tensors in graph.owners() for t in tensors}
        self.parameters = {k: v for k, v in state.items() if isinstance(v, nn.Parameter)}
        self.buffers = {k: v.clone() for k, v in state.items() if k not in self.parameters}
        self.values = 0
        self.blank = 0
        self.graded = 0

    def run(self) -> None:
        """Run both, and compare values of nodes, draws, outputs, buffers and gradients in turn.

        Raises:
            ArchspecError: E606 for the first of these that differs.
        """
        seen = _Seen()
        with torch.set_grad_enabled(self.training):
            watcher, returned = self.watched(seen.add)
            found = {name: fingerprint(value) for name, value in returned.items()}
            theirs = self.gradients(returned)
            del returned
            state = {**self.state, **{k: v.clone() for k, v in self.buffers.items()}}
            try:
                draws, outputs = self.interpreted(state, seen, watcher)
            except _Differs as differs:
                self.explain(differs, watcher.first.get(differs.node.path), seen)
            wanted = {name: fingerprint(value) for name, value in outputs.items()}
            ours = self.gradients(outputs)
        self.compare_draws(draws, watcher)
        self.compare_outputs(wanted, found)
        self.compare_buffers(state)
        self.compare_gradients(ours, theirs)

    def watched(self, tell: Callable[[str | None, Tensor], None]) -> tuple[Watcher, State]:
        """Run the module, from the buffers as they were at first; return its outputs by name."""
        with torch.no_grad():
            for key, value in self.buffers.items():
                self.state[key].copy_(value)
        self.module.train(self.training)
        watcher = Watcher(self.module, self.graph.by_path, tell, self.device)
        with watcher.watching():
            returned = self.module(*(value.clone() for value in self.inputs))
        wanted = [o.name for o in self.graph.outputs if self.training or not o.train_only]
        outputs = returned if isinstance(returned, dict) else {wanted[0]: returned}
        if list(outputs) != wanted:
            message = "the module does not return what the spec says"
            raise _wrong(message, ", ".join(wanted), ", ".join(outputs))
        return watcher, outputs

    def interpreted(self, state: State, seen: _Seen, watcher: Watcher) -> tuple[Draws, State]:
        """Run the graph, and look for each value among those that the module had."""
        inputs = zip(self.graph.inputs, self.inputs, strict=True)
        sizes = {node: fingerprint(value).size for node, value in inputs}

        def watch(node: Node, value: Tensor, _: Sequence[Tensor]) -> None:
            wanted = fingerprint(value)
            sizes[node] = wanted.size
            slack = ROUNDING * max(sizes[operand] for operand in node.inputs)
            if not seen.has(wanted, watcher.first.get(node.path), slack):
                raise _Differs(node, value.detach())
            self.values += 1
            self.blank += wanted.size == 0 or wanted.odd > 0

        draws = Draws(self.device)
        with draws:
            outputs = interpret(self.graph, state, self.inputs, training=self.training, watch=watch)
        return draws, outputs

    def gradients(self, outputs: State) -> dict[str, Fingerprint]:
        """Of a random sum of the outputs, by parameter. Each is dropped as soon as it is seen."""
        random = torch.Generator().manual_seed(1)
        total = torch.zeros((), dtype=torch.float64, device=self.device)
        for value in outputs.values():
            weight = torch.randn(value.shape, generator=random, dtype=value.dtype)
            total = total + (value * weight.to(self.device)).sum()
        found: dict[str, Fingerprint] = {}
        if not total.requires_grad:
            return found

        def keeps(key: str) -> Callable[[Tensor], None]:
            def keep(parameter: Tensor) -> None:
                assert parameter.grad is not None
                found[key] = fingerprint(parameter.grad)
                parameter.grad = None

            return keep

        hooks = [
            parameter.register_post_accumulate_grad_hook(keeps(key))  # type: ignore[no-untyped-call]
            for key, parameter in self.parameters.items()
        ]
        try:
            torch.autograd.backward(total)
        finally:
            for hook in hooks:
                hook.remove()
        return found

    def explain(self, differs: _Differs, child: str | None, seen: _Seen) -> NoReturn:
        """Run the module once more, to see how far its nearest value is from that of the node."""
        node, wanted = differs.node, differs.value
        child = child if child in seen.by_child else None
        distances: list[float] = []

        def tell(path: str | None, value: Tensor) -> None:
            if (child is None or path == child) and value.shape == wanted.shape:
                distances.append(float((value - wanted).abs().max()))

        with torch.no_grad():
            self.watched(tell)
        whose = "its value" if child is not None else "the nearest value of its shape"
        found = f"{whose} differs by up to {min(distances, default=0):.3g}"
        fault = _fault(
            node,
            "does not compute",
            f"what the op gives for its operands, at most {float(wanted.abs().max()):.3g}",
            found if distances else "no value of its shape",
            f"{self.mode}, on random parameters, buffers and inputs in float64",
            "what stands before it in the graph is equal",
        )
        raise ArchspecError(fault)

    @property
    def mode(self) -> str:
        return "in training" if self.training else "in evaluation"

    def compare_draws(self, wanted: Draws, found: Draws) -> None:
        for ours, theirs, what in (
            (wanted.drawn, found.drawn, "draws other random numbers than the graph"),
            (wanted.compared, found.compared, "compares values with other numbers than the graph"),
        ):
            if ours != theirs:
                said = [", ".join(calls) or "no more" for calls in (ours - theirs, theirs - ours)]
                raise _wrong(f"{self.mode} the module {what}", *said)

    def compare_outputs(
        self, wanted: dict[str, Fingerprint], found: dict[str, Fingerprint]
    ) -> None:
        for output in self.graph.outputs:
            ours = wanted.get(output.name)
            if ours is not None and not ours.matches(found[output.name]):
                said = f"{self.mode}, the output `{output.name}` is another value"
                raise ArchspecError(_fault(output.node, "is not what", None, None, said))

    def compare_buffers(self, state: State) -> None:
        faults = []
        for key in self.buffers:
            wanted, found = state[key], self.state[key]
            if not torch.allclose(wanted, found, rtol=1e-9, atol=1e-12, equal_nan=True):
                apart = float((wanted - found).abs().max())
                said = f"`{key}` differs by up to {apart:.3g} after a run {self.mode}"
                faults.append(_fault(self.owners[key], "does not update", None, said))
        if faults:
            raise ArchspecError(*faults)

    def compare_gradients(
        self, wanted: dict[str, Fingerprint], found: dict[str, Fingerprint]
    ) -> None:
        """The last in the graph is named: what goes wrong there spreads to all before it."""
        slack = ROUNDING * max((made.size for made in wanted.values()), default=0.0)
        for key, node in reversed(self.owners.items()):
            ours, theirs = wanted.get(key), found.get(key)
            if ours is None and theirs is None:
                continue
            if ours is None or theirs is None or not ours.matches(theirs, slack):
                sizes = [
                    f"norm {made.size:.6g}" if made else "no gradient" for made in (ours, theirs)
                ]
                said = f"the gradient of `{key}` is another one"
                raise ArchspecError(_fault(node, "is not trained as", *sizes, said))
        self.graded = len(wanted)


def _fault(
    node: Node, does: str, expected: str | None, found: str | None, *notes: str
) -> Diagnostic:
    return Diagnostic(
        "E606",
        f"the module {does} the `{node.op.name}` at `{node.path}` of the graph",
        node.span,
        expected=expected,
        found=found,
        notes=tuple(map(Note, notes)),
        chain=node.scope.chain,
        hint=HINT,
    )


HINT = "this is a mistake of archspec's: please report the spec"


def _wrong(message: str, expected: str, found: str) -> ArchspecError:
    return ArchspecError(Diagnostic("E606", message, expected=expected, found=found, hint=HINT))
