"""Weight maps evaluated: the state dict of a new module out of that of an old one, in float64."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archspec.backends.torch.noise import draw
from archspec.backends.torch.weights import State, names_of
from archspec.ir import tensor_moves as moves
from archspec.ir import tensor_ops as ops
from archspec.ir.tensor_expr import TensorExpr, topological
from archspec.ir.weights import WeightMap
from archspec.ops.types import show

_DTYPES = {"float": torch.float64, "long": torch.int64}


def new_state(weights: WeightMap, state: State, module: nn.Module) -> dict[str, Tensor]:
    """A state dict that `module.load_state_dict` takes whole, from one of the old module.

    Dtypes and devices are the module's. A tensor that it holds under several names is there under
    each, with memory of its own, as safetensors want it; nothing shares memory with `state`.

    Raises:
        ValueError: where the map does not read what `state` has, or does not give what the module
            holds. `load_weights` is what tells a user that a file does not fit.
    """
    wanted = module.state_dict()
    names = names_of(module, wanted)
    keys = {group[0]: group for group in names.values()}
    problems = [f"the map gives no `{key}`" for key in keys if key not in weights]
    problems += [f"the module has no `{key}`" for key in weights if key not in keys]
    problems += [
        f"`{key}` is {show(one.shape)} in the map, and {show(wanted[key].shape)} in the module"
        for key, one in weights.items()
        if key in keys and one.shape != wanted[key].shape
    ]
    if problems:
        raise ValueError("; ".join(problems))
    found = {
        name: value.to(wanted[name].device, wanted[name].dtype, copy=True).contiguous()
        for key, value in evaluate(weights, state)
        for name in keys[key]
    }
    return {name: found[name] for name in wanted}


@torch.no_grad()
def evaluate(weights: WeightMap, state: State) -> Iterator[tuple[str, Tensor]]:
    """Each new tensor by key, in the map's order: float64, or int64 where it holds whole numbers.

    On the CPU. What several read is computed once, and let go after it was last read. A tensor that
    comes may share memory with another, and with `state`.

    Raises:
        ValueError: where `state` lacks a tensor that is read, or has it of another shape or kind.
    """
    _check(weights, state)
    nodes = list(topological(weights.values()))
    left = Counter(chain(weights.values(), (one for node in nodes for one in node.operands)))
    held: dict[TensorExpr, Tensor] = {}
    seen: set[TensorExpr] = set()

    def use(one: TensorExpr) -> Tensor:
        """The value, which is let go with its last use; an old tensor is cast for each."""
        left[one] -= 1
        if isinstance(one.op, ops.OldTensor):
            return state[one.op.key].detach().to("cpu", _DTYPES[one.dtype])
        return held[one] if left[one] else held.pop(one)

    for key, root in weights.items():
        for node in topological([root], seen):
            if not isinstance(node.op, ops.OldTensor):
                held[node] = VALUES[type(node.op)](node.op, *map(use, node.operands))
        yield key, use(root)


def _check(weights: WeightMap, state: State) -> None:
    problems = []
    for key, old in weights.read().items():
        if key not in state:
            problems.append(f"the state has no `{key}`")
            continue
        value = state[key]
        whole = not (value.is_floating_point() or value.is_complex() or value.dtype is torch.bool)
        dtype = "long" if whole else "float" if value.is_floating_point() else str(value.dtype)
        if (dtype, tuple(value.shape)) != (old.dtype, old.shape):
            read, given = f"{old.dtype} {show(old.shape)}", f"{dtype} {show(value.shape)}"
            problems.append(f"`{key}` is read as {read}, and is {given} in the state")
    if problems:
        raise ValueError("; ".join(problems))


def _constant(op: ops.Constant) -> Tensor:
    return torch.tensor(op.value, dtype=_DTYPES[op.dtype]).expand(op.shape)


def _pad(op: moves.Pad, x: Tensor) -> Tensor:
    return F.pad(x, [*chain(*reversed(op.margins))], value=op.value)


def _slice(op: moves.Slice, x: Tensor) -> Tensor:
    return x[tuple(slice(chosen.start, chosen.stop, chosen.step) for chosen in op.ranges)]


VALUES: dict[type[ops.TensorOp], Callable[..., Tensor]] = {
    ops.Constant: _constant,
    ops.Eye: lambda op: torch.eye(*op.shape, dtype=torch.float64),
    ops.Noise: draw,
    ops.Add: lambda _op, a, b: a + b,
    ops.Subtract: lambda _op, a, b: a - b,
    ops.Multiply: lambda _op, a, b: a * b,
    ops.Divide: lambda _op, a, b: a / b,
    ops.MatMul: lambda _op, a, b: a @ b,
    ops.Negative: lambda _op, x: -x,
    ops.Power: lambda op, x: x**op.exponent,
    ops.Sum: lambda op, x: x.sum(op.axes) if op.axes else x,
    moves.Reshape: lambda op, x: x.reshape(op.target),
    moves.Permute: lambda op, x: x.permute(op.axes),
    moves.Slice: _slice,
    moves.Take: lambda op, x: x.index_select(op.axis, torch.tensor(op.indices, dtype=torch.int64)),
    moves.Broadcast: lambda op, x: x.expand(op.target),
    moves.Pad: _pad,
    moves.Concatenate: lambda op, *parts: torch.cat(parts, op.axis),
}
"""What each operation computes; one without a row cannot be evaluated. Old tensors are given."""
