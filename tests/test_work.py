"""What ops say they compute, against a count of every single operation."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archspec.analysis.cost import stats
from archspec.elaboration.build import build as elaborated
from archspec.frontend.loading import load
from archspec.ops import REGISTRY, Op, Shape
from archspec.ops.bases import Movement
from archspec.ops.shape import Identity
from archspec.ops.unknown import UNKNOWN
from archspec.ops.work import Work
from tests import scalar
from tests.scalar import Counter, Number, Values
from tests.test_ops import ROWS, Row, build, called, evaluate, label, prepare


@dataclass
class Run:
    """An op about to be computed by hand: operands, what it has of tensors, what it gives.

    `got` is PyTorch's value of the same, which tells what it has drawn at random.
    """

    op: Any
    operands: list[Values]
    tensors: dict[str, Tensor]
    shapes: tuple[Shape, ...]
    output: Shape
    got: Tensor
    counter: Counter = field(default_factory=Counter)

    @property
    def x(self) -> Values:
        return self.operands[0]

    def each(self, function: Callable[[Number], Number]) -> Values:
        return {place: function(x) for place, x in self.x.items()}


Reference = Callable[[Run], Values]


def _pointwise(function: Callable[[Any, Number], Number]) -> Reference:
    return lambda run: run.each(lambda x: function(run.op, x))


def _sigmoid(x: Number) -> Number:
    return 1 / (1 + (-1 * x).apply(math.exp))


def _gelu(op: Any, x: Number) -> Number:
    if op.approximate == "none":
        return x * 0.5 * (1 + (x * 2**-0.5).apply(math.erf))
    inner = (x + x * x * x * 0.044715) * math.sqrt(2 / math.pi)
    return x * 0.5 * (1 + inner.apply(math.tanh))


def _softplus(op: Any, x: Number) -> Number:
    scaled = x * op.beta
    return (
        x if scaled.over(op.threshold) else (1 + scaled.apply(math.exp)).apply(math.log) / op.beta
    )


def _mish(_: Any, x: Number) -> Number:
    return x * (1 + x.apply(math.exp)).apply(math.log).apply(math.tanh)


def _elu(factor: float, x: Number) -> Number:
    return x if x.over(0) else (x.apply(math.exp) - 1) * factor


def _celu(op: Any, x: Number) -> Number:
    return x if x.over(0) else ((x / op.alpha).apply(math.exp) - 1) * op.alpha


def _prelu(run: Run) -> Values:
    weight = run.tensors["weight"]
    slopes = weight.expand(run.output[0])
    return {p: x if x.over(0) else x * float(slopes[p[0]]) for p, x in run.x.items()}


def _channel_affine(run: Run) -> Values:
    weight, bias = run.tensors.get("weight"), run.tensors.get("bias")

    def value(x: Number, channel: int) -> Number:
        x = x if weight is None else x * float(weight[channel])
        return x if bias is None else x + float(bias[channel])

    return {place: value(x, place[0]) for place, x in run.x.items()}


def _softmax(run: Run) -> Values:
    axis = run.op.axis % len(run.output)
    log, found = run.op.name == "log_softmax", {}
    for start in {(*p[:axis], 0, *p[axis + 1 :]) for p in run.x}:
        line = [(*start[:axis], i, *start[axis + 1 :]) for i in range(run.output[axis])]
        away, sum_, raised = scalar.exponentials([run.x[p] for p in line])
        last = sum_.apply(math.log) if log else sum_
        values = [a - last for a in away] if log else [r / last for r in raised]
        found.update(zip(line, values, strict=True))
    return found


def _conv(run: Run) -> Values:
    o, t = run.op, run.tensors
    weight = t["weight"] * t.get("mask", torch.ones(()))
    return scalar.convolved(run.x, weight, t.get("bias"), run.output, o.stride, o.padding, o.groups)


def _conv_transpose(run: Run) -> Values:
    o, t = run.op, run.tensors
    return scalar.transposed(
        run.x, t["weight"], t["bias"], run.output, o.stride, o.padding, o.groups
    )


def _linear(run: Run) -> Values:
    weight, bias = run.tensors["weight"], run.tensors.get("bias")
    found = {}
    for place in scalar.places(*run.output):
        value = Number(0.0, run.counter)
        for i in range(weight.shape[1]):
            value = value.accumulate(run.x[(*place[:-1], i)], float(weight[place[-1], i]))
        found[place] = value if bias is None else value + float(bias[place[-1]])
    return found


def _rbf(run: Run) -> Values:
    centres = run.tensors["centres"]

    def away(i: int, j: int) -> Number:
        distance = run.x[(j,)] - float(centres[i, j])
        return distance * distance

    inputs = range(centres.shape[1])
    return {(i,): scalar.total(away(i, j) for j in inputs) for (i,) in scalar.places(*run.output)}


def _deform_conv(run: Run) -> Values:
    op, taps = run.op, run.op.kernel_size**2
    image, offsets = run.operands[:2]
    weight, bias = run.tensors["weight"], run.tensors["bias"]
    width = run.shapes[0][0] // (run.shapes[1][0] // (2 * taps))
    patches: Values = {}
    for group, k, *at in scalar.places(run.shapes[0][0] // width, taps, *run.output[1:]):
        channel = 2 * (group * taps + k)
        tap = divmod(k, op.kernel_size)
        point = [
            offsets[(channel + axis, *at)] + (at[axis] * op.stride + tap[axis] - op.padding)
            for axis in (0, 1)
        ]
        found = scalar.corners(point)
        for c in range(group * width, (group + 1) * width):
            values = [scalar.read(image, (c, *pixel)) for pixel, _ in found]
            value = scalar.weighted(values, [w for _, w in found])
            if len(run.operands) == 3:
                value = value * run.operands[2][(group * taps + k, *at)]
            patches[(c, k, *at)] = value
    result = {}
    for o, *at in scalar.places(*run.output):
        value = Number(0.0, run.counter)
        for c, k in scalar.places(run.shapes[0][0], taps):
            kernel = float(weight[(o, c, *divmod(k, op.kernel_size))])
            value = value.accumulate(patches[(c, k, *at)], kernel)
        result[(o, *at)] = value + float(bias[o])
    return result


def _window(reduction: Callable[[list[Number]], Number]) -> Reference:
    def reference(run: Run) -> Values:
        kernel = (run.op.kernel_size,) * (len(run.output) - 1)
        stride = run.op.stride or run.op.kernel_size
        padding = getattr(run.op, "padding", 0)
        return scalar.pooled(run.x, run.output, kernel, reduction, stride, padding)

    return reference


def _lp_pool(run: Run) -> Values:
    p = run.op.norm_type
    powers = run.each(lambda x: x**p)
    kernel, stride = (run.op.kernel_size,) * (len(run.output) - 1), run.op.stride
    return scalar.pooled(
        powers, run.output, kernel, lambda w: scalar.total(w) ** (1 / p), stride or kernel[0]
    )


def _stochastic(window: list[Number]) -> Number:
    window = [w.at_least(0) for w in window]
    return scalar.total(w * w for w in window) / scalar.total(window)


def _mixed_pool(run: Run) -> Values:
    share = float(run.tensors["weight"])

    def mixed(window: list[Number]) -> Number:
        mean = scalar.mean(window)
        return mean + (scalar.largest(window) - mean) * share

    return _window(mixed)(run)


def _adaptive(reduction: Callable[[list[Number]], Number]) -> Reference:
    return lambda run: scalar.adaptive(run.x, run.shapes[0], run.output, reduction)


def _norm(group: Callable[[Run, scalar.Place], object], trailing: int | None = None) -> Reference:
    """`trailing` is how many axes weight and bias have, where it is not the channels'."""

    def reference(run: Run) -> Values:
        weight, bias = run.tensors.get("weight"), run.tensors.get("bias")

        def of(tensor: Tensor, place: scalar.Place) -> float:
            return float(tensor[place[:1] if trailing is None else place[-trailing:]])

        return scalar.standardised(
            run.x,
            lambda p: group(run, p),
            run.op.eps,
            None if weight is None else lambda p: of(weight, p),
            None if bias is None else lambda p: of(bias, p),
        )

    return reference


def _batch_norm_in_training(run: Run) -> Values:
    found = _norm(lambda _, p: p[0])(run)
    run.counter.elementwise -= 3 * run.output[0]  # 1 / sqrt(var + eps) is the batch's
    return found


def _folded(run: Run) -> Values:
    """Batch norm in evaluation: a factor and an offset for each channel, found ahead."""
    t = run.tensors
    factor = t["weight"] / (t["running_var"] + run.op.eps).sqrt()
    offset = t["bias"] - t["running_mean"] * factor
    return {p: x * float(factor[p[0]]) + float(offset[p[0]]) for p, x in run.x.items()}


def _local_response(run: Run) -> Values:
    size, squares = run.op.size, run.each(lambda x: x * x)

    def value(place: scalar.Place) -> Number:
        first = place[0] - size // 2
        near = [scalar.read(squares, (c, *place[1:])) for c in range(first, first + size)]
        return (scalar.total(near) * (run.op.alpha / size) + run.op.k) ** run.op.beta

    return {place: x / value(place) for place, x in run.x.items()}


def _merged(pair: Callable[[Number, Number], Number], count: bool = False) -> Reference:
    """One operand after the other; `count` divides by how many they are."""

    def reference(run: Run) -> Values:
        found = {}
        for place in scalar.places(*run.output):
            parts = [
                o[tuple(i % n for i, n in zip(place, shape, strict=True))]
                for o, shape in zip(run.operands, run.shapes, strict=True)
            ]
            value = parts[0]
            for part in parts[1:]:
                value = pair(value, part)
            found[place] = value / len(parts) if count and len(parts) > 1 else value
        return found

    return reference


def _cubic(t: Any) -> list[Any]:
    """The weights of four neighbours, the second at a distance of t: a number of either kind."""
    a = -0.75
    rest = 1 - t
    near = [(d * (a + 2) - (a + 3)) * d * d + 1 for d in (t, rest)]
    far = [((d * a - 5 * a) * d + 8 * a) * d - 4 * a for d in (t + 1, rest + 1)]
    return [far[0], *near, far[1]]


def _upsampled(run: Run) -> Values:
    taps = []
    for size, n in zip(run.shapes[0][1:], run.output[1:], strict=True):
        axis = []
        for i in range(n):
            at = i * (size - 1) / (n - 1) if run.op.align_corners else (i + 0.5) * size / n - 0.5
            cubic = run.op.mode == "bicubic"
            at = at if cubic else max(at, 0.0)
            low = math.floor(at)
            weights = _cubic(at - low) if cubic else [1 - at + low, at - low]
            first = low - 1 if cubic else low
            axis.append([(min(max(first + j, 0), size - 1), w) for j, w in enumerate(weights)])
        taps.append(axis)
    return scalar.along_axes(run.x, taps)


def _held(op: Any, x: Number, size: int) -> Number:
    """A coordinate in pixels, held to the map."""
    if op.padding_mode == "zeros":
        return x
    if op.padding_mode == "reflection":
        low, span = (0.0, size - 1.0) if op.align_corners else (-0.5, float(size))
        away = (x - low).apply(abs)
        extra = away.apply(lambda v: math.fmod(v, span))
        flips = (away / span).apply(math.floor)
        flips.counter.comparisons += 1
        odd = flips.value % 2 == 1
        x = span - extra + low if odd else extra + low
        x.counter.elementwise += not odd  # the costlier outcome counts
    return x.at_least(0).at_most(size - 1)


def _all_held(run: Run, point: list[Number]) -> list[Number]:
    sizes = run.shapes[0][1:]
    return [_held(run.op, x, size) for x, size in zip(point, sizes, strict=True)]


def _grid_sample(run: Run) -> Values:
    grid = run.operands[1]
    sizes, found = run.shapes[0][1:], {}
    for at in scalar.places(*run.output[1:]):
        point = []
        for axis, size in enumerate(sizes):
            seen = grid[(*at, len(sizes) - 1 - axis)]
            if run.op.align_corners:
                point.append((seen + 1) / 2 * (size - 1))
            else:
                point.append(((seen + 1) * size - 1) / 2)
        point = point if run.op.mode == "bicubic" else _all_held(run, point)
        found.update(((c, *at), v) for c, v in enumerate(_SAMPLED[run.op.mode](run, point)))
    return found


def _nearest(run: Run, point: list[Number]) -> list[Number]:
    pixel = tuple(int(p.apply(round).value) for p in point)
    return [scalar.read(run.x, (c, *pixel)) for c in range(run.output[0])]


def _linear_between(run: Run, point: list[Number]) -> list[Number]:
    around = scalar.corners(point)
    return [
        scalar.weighted([scalar.read(run.x, (c, *p)) for p, _ in around], [w for _, w in around])
        for c in range(run.output[0])
    ]


def _cubic_between(run: Run, point: list[Number]) -> list[Number]:
    axes = []
    for axis, coordinate in enumerate(point):
        low = coordinate.apply(math.floor)
        taps = [Number(low.value + i, run.counter) for i in (-1, 0, 1, 2)]
        held = [int(_held(run.op, tap, run.shapes[0][1 + axis]).value) for tap in taps]
        axes.append((held, _cubic(coordinate - low)))
    (rows, down), (columns, right) = axes
    found = []
    for c in range(run.output[0]):
        lines = [[scalar.read(run.x, (c, i, j)) for j in columns] for i in rows]
        found.append(scalar.weighted([scalar.weighted(line, right) for line in lines], down))
    return found


_SAMPLED = {"nearest": _nearest, "bilinear": _linear_between, "bicubic": _cubic_between}


def _affine_grid(run: Run) -> Values:
    *sizes, rank = run.output
    theta = [run.x[p] for p in sorted(run.x)]
    found = {}
    for *at, row in scalar.places(*run.output):
        seen = [(2 * i + 1) / n - 1 for i, n in zip(at, sizes, strict=True)][::-1]
        cells = theta[row * (rank + 1) : (row + 1) * (rank + 1)]
        value = scalar.Number(0.0, run.counter)
        for cell, coordinate in zip(cells, [*seen, 1.0], strict=True):
            last = cell is cells[-1]
            product = cell if last else cell * coordinate
            value = product if cell is cells[0] else value + product
        found[(*at, row)] = value
    return found


def _dropped(run: Run) -> Values:
    """What PyTorch has set to 0 was dropped; a draw stands for a value, or for a channel."""
    draws: dict[scalar.Place, Number] = {}
    found = {}
    for place, x in run.x.items():
        drawn = place if run.op.name == "dropout" else place[:1]
        if drawn not in draws:
            kept = Number(float(run.got[place] != 0), run.counter)
            run.counter.comparisons += 1  # of the draw with p
            draws[drawn] = kept / (1 - run.op.p)
        found[place] = x * draws[drawn]
    return found


def _alpha_dropped(run: Run) -> Values:
    """As above, but what is dropped becomes the least that `selu` gives, and all is scaled."""
    p, least = run.op.p, -1.7580993408473766
    factor = ((1 - p) * (1 + p * least**2)) ** -0.5
    gone = factor * least * (1 - p)
    draws: dict[scalar.Place, tuple[Number, Number]] = {}
    found = {}
    for place, x in run.x.items():
        drawn = place if run.op.name == "alpha_dropout" else place[:1]
        if drawn not in draws:
            kept = Number(float(abs(run.got[place] - gone) > 1e-4), run.counter)
            run.counter.comparisons += 1
            offset = (kept - 1) * (-least * factor) + (-least * factor * p)
            draws[drawn] = (kept * factor, offset)
        found[place] = x * draws[drawn][0] + draws[drawn][1]
    return found


def _dropped_path(run: Run) -> Values:
    run.counter.comparisons += 1
    kept = float(run.got.any())
    return run.each(lambda x: x * kept / (1 - run.op.p))


SMALL: Shape = (4, 5, 6)
LINE, SOLID = (4, 7), (2, 3, 4, 5)

CASES: list[tuple[Row, Reference, dict[str, Any]]] = []


def _case(name: str, shapes: tuple[Shape, ...], reference: Reference, **attributes: Any) -> None:
    """`training` and `sign`, if given, are not the op's: the mode, and the sign of its operands."""
    options = {key: attributes.pop(key) for key in ("training", "sign") if key in attributes}
    CASES.append(((name, attributes, shapes), reference, options))


for _shape in (LINE, SMALL, SOLID):
    _case("conv", (_shape,), _conv, out_channels=4, kernel_size=2, padding=1)
    _case("conv", (_shape,), _conv, out_channels=2, kernel_size=3, stride=2, padding=1, groups=2)
    _case("conv_transpose", (_shape,), _conv_transpose, out_channels=2, kernel_size=3, stride=2,
          padding=1)  # fmt: skip
    _case("conv_transpose", (_shape,), _conv_transpose, out_channels=_shape[0], kernel_size=2,
          stride=2, groups=_shape[0], output_padding=1)  # fmt: skip
    _case("conv_transpose", (_shape, (1, *(2 * n for n in _shape[1:]))), _conv_transpose,
          out_channels=2, kernel_size=3, stride=2, padding=1, like="x")  # fmt: skip
    _case("max_pool", (_shape,), _window(scalar.largest), kernel_size=2, stride=1)
    _case("avg_pool", (_shape,), _window(scalar.mean), kernel_size=3, stride=2, padding=1)
    _case("lp_pool", (_shape,), _lp_pool, kernel_size=2, sign=1)
    _case("global_avg_pool", (_shape,), _adaptive(scalar.mean))
    _case("global_max_pool", (_shape,), _adaptive(scalar.largest))
    _case("adaptive_avg_pool", (_shape,), _adaptive(scalar.mean), output_size=3)
    _case("adaptive_max_pool", (_shape,), _adaptive(scalar.largest), output_size=2)
    _case("adaptive_avg_pool", (_shape, (1, *(3,) * len(_shape[1:]))), _adaptive(scalar.mean),
          like="x")  # fmt: skip
    _case("adaptive_max_pool", (_shape, (1, *(3,) * len(_shape[1:]))), _adaptive(scalar.largest),
          like="x")  # fmt: skip
    _case("batch_norm", (_shape,), _folded)
    _case("batch_norm", (_shape,), _batch_norm_in_training, training=True)
    _case("batch_norm", (_shape,), _batch_norm_in_training, training=True, affine=False)
    _case("instance_norm", (_shape,), _norm(lambda _, p: p[0]))
    _case("instance_norm", (_shape,), _norm(lambda _, p: p[0]), affine=True)
    _case("instance_norm", (_shape,), _folded, affine=True, track_running_stats=True)
    _case("group_norm", (_shape,), _norm(lambda run, p: p[0] * 2 // run.output[0]), num_groups=2)
    _case("layer_norm", (_shape,), _norm(lambda _, p: p[:-1], 1), axes=1)
    _case("layer_norm", (_shape,), _norm(lambda *_: (), len(_shape)), bias=False)
    _case("softmax", (_shape,), _softmax)
    _case("log_softmax", (_shape,), _softmax, axis=-1)
    _case("local_response_norm", (_shape,), _local_response, size=3)
    _case("dropout", (_shape,), _dropped, training=True)
    _case("spatial_dropout", (_shape,), _dropped, training=True, p=0.3)
    _case("alpha_dropout", (_shape,), _alpha_dropped, training=True, p=0.4)
    _case("feature_alpha_dropout", (_shape,), _alpha_dropped, training=True)
    _case("drop_path", (_shape,), _dropped_path, training=True)
    _case("channel_affine", (_shape,), _channel_affine)
    _case("channel_affine", (_shape,), _channel_affine, bias=False)
    _case("prelu", (_shape,), _prelu, num_parameters=_shape[0], sign=-1)
_case("masked_conv", (SMALL,), _conv, out_channels=2, kernel_size=3, padding=1, kernel_mask="A")
_case("deform_conv", (SMALL, (16, 4, 5), (8, 4, 5)), _deform_conv, out_channels=3, kernel_size=2)
_case("deform_conv", (SMALL, (8, 6, 7)), _deform_conv, out_channels=2, kernel_size=2, padding=1)
_case("linear", ((6,),), _linear, out_features=3)
_case("linear", ((2, 6),), _linear, out_features=3, bias=False)
_case("rbf", ((6,),), _rbf, out_features=3)
_case("stochastic_pool", (SMALL,), _window(_stochastic), kernel_size=2, sign=1)
_case("mixed_pool", (SMALL,), _mixed_pool, kernel_size=3, stride=2, padding=1, sign=1)
_case("upsample", (LINE,), _upsampled, scale_factor=2, mode="linear")
_case("upsample", (SMALL,), _upsampled, size=(8, 9), mode="bilinear", align_corners=True)
_case("upsample", (SMALL, (1, 7, 9)), _upsampled, like="x", mode="bilinear")
_case("upsample", (SMALL,), _upsampled, scale_factor=2, mode="bicubic")
_case("upsample", (SOLID,), _upsampled, scale_factor=2, mode="trilinear")
for _mode in ("zeros", "border", "reflection"):
    _case("grid_sample", (SMALL, (3, 4, 2)), _grid_sample, padding_mode=_mode)
    _case("grid_sample", (SOLID, (2, 3, 4, 3)), _grid_sample, padding_mode=_mode,
          align_corners=True)  # fmt: skip
    _case("grid_sample", (SMALL, (3, 4, 2)), _grid_sample, padding_mode=_mode, mode="nearest")
    _case("grid_sample", (SMALL, (3, 4, 2)), _grid_sample, padding_mode=_mode, mode="bicubic")
_case("affine_grid", ((6,),), _affine_grid, size=(3, 4))
_case("affine_grid", ((3, 4),), _affine_grid, size=2)
for _name, _pair in (
    ("add", lambda a, b: a + b),
    ("multiply", lambda a, b: a * b),
    ("mean", lambda a, b: a + b),
    ("maximum", lambda a, b: b.at_least(a)),
    ("minimum", lambda a, b: b.at_most(a)),
):
    for _count in (1, 2, 3):
        _case(_name, (SMALL,) * _count, _merged(_pair, _name == "mean"))
    _case(_name, (SMALL, (4, 1, 1)), _merged(_pair, _name == "mean"), broadcast=True)
_case("subtract", (SMALL, SMALL), _merged(lambda a, b: a - b))
_case("fractal_join", (SMALL,) * 3, _merged(lambda a, b: a + b, True))
for _name, _function, _attributes in (
    ("relu", lambda _, x: x.at_least(0), {}),
    ("relu6", lambda _, x: x.at_least(0).at_most(6), {}),
    ("leaky_relu", lambda op, x: x if x.over(0) else x * op.negative_slope, {"sign": -1}),
    ("elu", lambda op, x: _elu(op.alpha, x), {"alpha": 0.5, "sign": -1}),
    ("selu", lambda _, x: _elu(1.7580993408473766, x), {"sign": -1}),
    ("celu", _celu, {"alpha": 0.5, "sign": -1}),
    ("gelu", _gelu, {}),
    ("gelu", _gelu, {"approximate": "tanh"}),
    ("silu", lambda _, x: x * _sigmoid(x), {}),
    ("mish", _mish, {}),
    ("hardswish", lambda _, x: x * (x + 3).at_least(0).at_most(6) / 6, {}),
    ("hardsigmoid", lambda _, x: (x + 3).at_least(0).at_most(6) / 6, {}),
    ("hardtanh", lambda op, x: x.at_least(op.min_val).at_most(op.max_val), {}),
    ("softplus", _softplus, {"beta": 2}),
    ("sigmoid", lambda _, x: _sigmoid(x), {}),
    ("scaled_sigmoid", lambda op, x: _sigmoid(x * op.scale), {}),
    ("tanh", lambda _, x: x.apply(math.tanh), {}),
    ("scaled_tanh", lambda _, x: (x * (2 / 3)).apply(math.tanh) * 1.7159, {}),
    ("abs", lambda _, x: x.apply(abs), {"sign": -1}),
    ("square", lambda _, x: x * x, {}),
    ("exp", lambda _, x: x.apply(math.exp), {}),
    ("scale", lambda op, x: x * op.factor, {"factor": 0.17}),
    ("scale", lambda op, x: x + op.offset, {"offset": 0.5}),
    ("scale", lambda op, x: x * op.factor + op.offset, {"factor": 2, "offset": 0.5}),
):
    _case(_name, (SMALL,), _pointwise(_function), **_attributes)


def _torchs(row: Row, operands: list[Tensor], training: bool) -> tuple[Tensor, dict[str, Tensor]]:
    """PyTorch's value, and the tensors of the module that has made it."""
    _, _, layer = prepare(row)
    if layer.module is None:
        return evaluate(layer, operands)[0], {}
    module: nn.Module = build(layer).train(training)
    for name, parameter in module.state_dict().items():
        if parameter.is_floating_point() and name not in ("mask", "centres"):
            parameter.copy_(torch.rand(parameter.shape) + 0.5)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    with torch.no_grad():
        return called(layer, module, list(operands))[0], before


@pytest.mark.parametrize(
    ("row", "reference", "options"), CASES, ids=lambda x: label(x) if isinstance(x, tuple) else ""
)
def test_counted_one_by_one(row: Row, reference: Reference, options: dict[str, Any]) -> None:
    torch.manual_seed(0)
    op, shapes, _ = prepare(row)
    training = options.get("training", False)
    operands = [torch.randn(1, *shape) for shape in shapes]
    if "sign" in options:
        operands = [options["sign"] * (x.abs() + 0.1) for x in operands]
    got, tensors = _torchs(row, operands, training)
    output = op.infer(*shapes)
    run = Run(op, [], tensors, shapes, output, got)
    run.operands += [scalar.numbers(x[0], run.counter) for x in operands]
    torch.testing.assert_close(scalar.tensor(reference(run)), got, rtol=1e-4, atol=1e-5)
    counted = run.counter
    assert op.work(shapes, output, training) == Work(
        counted.macs, counted.elementwise, counted.comparisons
    )


BY_HAND: list[tuple[Row, bool, Work]] = [
    (("fractional_max_pool", {"kernel_size": 2, "output_size": 3}, ((2, 8, 8),)), False,
     Work(comparisons=2 * 9 * 3)),
    (("fractional_max_pool", {"kernel_size": 2, "output_size": 3}, ((2, 8, 8, 8),)), True,
     Work(comparisons=2 * 27 * 7)),
    (("choose_column", {"columns": 4}, (SMALL,)), False, Work()),
    (("choose_column", {"columns": 4}, (SMALL,)), True, Work(comparisons=1)),
    (("stochastic_pool", {"kernel_size": 2}, ((1, 2, 2),)), True,
     Work(elementwise=4, comparisons=4 + 3)),
    # Three draws are compared with p; two comparisons find the largest of them, three which it is.
    # Two additions and three divisions make three factors; then three products, two additions.
    (("fractal_join", {}, ((10,),) * 3), True, Work(elementwise=5 + 50, comparisons=3 + 2 + 3)),
    # And it is seen which of three columns a sample's choice has, and whether it is all four.
    (("fractal_join", {"columns": "c"}, ((10,), (10,), (10,), (4,))), True,
     Work(elementwise=5 + 50, comparisons=8 + 3 + 4)),
]  # fmt: skip
"""What is drawn at random in a way that no reference can follow."""


@pytest.mark.parametrize(("row", "training", "work"), BY_HAND)
def test_counted_by_hand(row: Row, training: bool, work: Work) -> None:
    op, shapes, _ = prepare(row)
    assert op.work(shapes, op.infer(*shapes), training) == work


def test_every_op_that_computes_is_counted() -> None:
    computing = {name for name, op in REGISTRY.items() if not issubclass(op, Movement)}
    assert computing == {row[0] for row, *_ in (*CASES, *BY_HAND)}


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_only_what_moves_values_is_free(row: Row) -> None:
    """A value alone is its own sum and its own maximum; dropout and its kin compute in training."""
    op, shapes, _ = prepare(row)
    alone = op.name in ("add", "multiply", "mean", "maximum", "minimum") and len(shapes) == 1
    alone |= op.name == "adaptive_max_pool" and op.infer(*shapes) == shapes[0]
    moves = isinstance(op, Movement) or (op.name == "upsample" and "nearest" in op.mode)
    free = op.work(shapes, op.infer(*shapes), training=True) == Work()
    assert free == (moves or alone)


class Silent(Identity):
    """An op that says everything but what it computes."""

    work = Op.work


def test_what_an_op_does_not_say_it_computes_is_unknown() -> None:
    assert Silent().work(((4,),), (4,)) == Work(UNKNOWN, UNKNOWN, UNKNOWN)
    graph = elaborated(load("lenet5"))
    graph.nodes[3].op = Silent()
    found = stats(graph)
    assert found.layers[2].macs is found.totals.macs is UNKNOWN
    assert found.unknown == {"identity": ("operations",)}
    assert all(op.work is not Op.work for op in REGISTRY.values())
