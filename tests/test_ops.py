"""Every op against PyTorch: shapes, tensors, MACs, and the two ways to write it.

A row of `ROWS` is an op, its attributes and the shapes it reads. An op without a row fails
`test_every_op_has_a_lowering_and_a_row`.
"""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from archspec.backends.torch.helpers import FILES, source
from archspec.backends.torch.layers import LOWERINGS, Arg, Expr, Layer
from archspec.ops import REGISTRY, Op, OpError, Shape
from archspec.ops.types import KINDS

Row = tuple[str, dict[str, Any], tuple[Shape, ...]]

VECTOR, SEQUENCE, IMAGE, VOLUME = (6,), (6, 11), (6, 11, 9), (6, 7, 5, 6)
MAPS = (SEQUENCE, IMAGE, VOLUME)
ANY = (VECTOR, *MAPS)


def rows(name: str, shapes: tuple[Shape, ...], *attributes: dict[str, Any]) -> list[Row]:
    """A row for each of `attributes` on each of `shapes`."""
    return [(name, a, (shape,)) for a in attributes or ({},) for shape in shapes]


ROWS: list[Row] = [
    *rows(
        "conv",
        MAPS,
        {"out_channels": 4},
        {"out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1, "bias": False},
        {"out_channels": 9, "kernel_size": 3, "groups": 3, "dilation": 2, "padding": 2},
        {"out_channels": 4, "kernel_size": 4, "padding": "same", "dilation": 2},
        {"out_channels": 4, "kernel_size": 5, "padding": "valid"},
        {"out_channels": 4, "kernel_size": 3, "padding": 2, "padding_mode": "reflect"},
        {"out_channels": 4, "kernel_size": 4, "padding": "same", "padding_mode": "circular"},
        {"out_channels": 4, "kernel_size": 3, "padding": 2, "padding_mode": "replicate"},
    ),
    *rows("conv", (IMAGE,), {"out_channels": 6, "kernel_size": (1, 7), "padding": (0, 3)}),
    *rows("conv", (IMAGE,), {"out_channels": 12, "groups": 6, "stride": (1, 2)}),
    *rows(
        "conv_transpose",
        MAPS,
        {"out_channels": 3, "kernel_size": 2, "stride": 2},
        {"out_channels": 4, "kernel_size": 3, "groups": 2, "dilation": 2, "bias": False},
        {"out_channels": 12, "kernel_size": 3, "groups": 6, "stride": 2},
        {"out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1},
        {"out_channels": 4, "kernel_size": 3, "padding": "valid"},
        {"out_channels": 4, "kernel_size": 4, "stride": 2, "padding": "same"},
        {"out_channels": 4, "kernel_size": 2, "stride": 3, "padding": "same"},
    ),
    *[
        ("conv_transpose", {"out_channels": 4, "like": "x", **attributes}, (shape, (2, *sizes)))
        for attributes, shape, sizes in (
            ({"kernel_size": 2, "stride": 2}, SEQUENCE, (23,)),
            ({"kernel_size": 3, "stride": 2, "padding": 1}, IMAGE, (22, 17)),
            ({"kernel_size": 4, "stride": (2, 3), "padding": "same"}, IMAGE, (23, 28)),
            ({"kernel_size": 3, "stride": 2, "groups": 2, "bias": False}, VOLUME, (15, 12, 13)),
        )
    ],
    *rows(
        "masked_conv",
        (IMAGE,),
        {"out_channels": 2, "kernel_size": 3, "connections": ((0, 1, 2), (3, 5))},
        {"out_channels": 4, "kernel_size": (5, 3), "kernel_mask": "A", "groups": 2},
        {"out_channels": 4, "kernel_size": 3, "stride": 2, "kernel_mask": "B", "bias": False},
        {
            "out_channels": 1,
            "kernel_size": (1, 3),
            "padding": "same",
            "connections": ((5,),),
            "kernel_mask": ((1, 0, 1),),
        },
    ),
    *[
        ("deform_conv", {"out_channels": 4, "kernel_size": 3, **attributes}, shapes)
        for attributes, *shapes in (
            ({}, IMAGE, (18, 9, 7)),
            ({"padding": 1, "bias": False}, IMAGE, (36, 11, 9), (18, 11, 9)),
            ({"stride": (2, 1), "groups": 2, "dilation": (1, 2)}, IMAGE, (54, 5, 5)),
        )
    ],
    *rows("linear", (VECTOR, SEQUENCE), {"out_features": 5}, {"out_features": 5, "bias": False}),
    *rows(
        "max_pool",
        MAPS,
        {"kernel_size": 2},
        {"kernel_size": 3, "stride": 2, "padding": 1},
        {"kernel_size": 3, "stride": 2, "ceil_mode": True},
        {"kernel_size": 2, "stride": 1, "dilation": 2, "padding": 1},
    ),
    *rows("max_pool", (IMAGE,), {"kernel_size": (2, 3), "stride": (1, 2), "padding": (1, 0)}),
    *rows(
        "avg_pool",
        MAPS,
        {"kernel_size": 2},
        {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False},
        {"kernel_size": 3, "stride": 2, "ceil_mode": True, "padding": 1},
    ),
    *rows("avg_pool", (IMAGE, VOLUME), {"kernel_size": 2, "divisor_override": 3}),
    *rows(
        "lp_pool",
        MAPS,
        {"kernel_size": 2},
        {"kernel_size": 3, "stride": 2, "norm_type": 1.0, "ceil_mode": True},
        {"kernel_size": 3, "norm_type": 4},
    ),
    *rows("lp_pool", (SEQUENCE,), {"kernel_size": (3,)}),
    *rows("lp_pool", (IMAGE,), {"kernel_size": (2, 3), "stride": (1, 2)}),
    *rows("stochastic_pool", (IMAGE,), {"kernel_size": 2}, {"kernel_size": (3, 2), "stride": 2}),
    *rows(
        "mixed_pool",
        (IMAGE,),
        {"kernel_size": 2},
        {"kernel_size": (3, 2), "stride": 2, "padding": 1, "ceil_mode": True},
        {"kernel_size": 3, "per_channel": True},
    ),
    *rows(
        "fractional_max_pool",
        (IMAGE, VOLUME),
        {"kernel_size": 2, "output_size": 3},
        {"kernel_size": 2, "output_ratio": 0.6},
    ),
    *rows("fractional_max_pool", (IMAGE,), {"kernel_size": (2, 3), "output_ratio": (0.5, 0.7)}),
    *rows("adaptive_avg_pool", MAPS, {"output_size": 3}, {"output_size": None}),
    *rows("adaptive_max_pool", MAPS, {"output_size": 3}, {"output_size": None}),
    *rows("adaptive_avg_pool", (SEQUENCE,), {"output_size": (None,)}, {"output_size": (2,)}),
    *rows("adaptive_avg_pool", (IMAGE,), {"output_size": (None, 2)}, {"output_size": (14, 3)}),
    *rows("adaptive_max_pool", (VOLUME,), {"output_size": (None, 2, None)}),
    *[
        (f"adaptive_{kind}_pool", {"like": "x"}, (shape, (2, *range(3, 2 + len(shape)))))
        for kind in ("avg", "max")
        for shape in MAPS
    ],
    *rows("global_avg_pool", MAPS),
    *rows("global_max_pool", MAPS),
    *rows(
        "batch_norm",
        ANY,
        {},
        {"eps": 1e-3, "momentum": None},
        {"affine": False},
        {"track_running_stats": False, "momentum": 0.01},
    ),
    *rows("instance_norm", MAPS, {}, {"affine": True}, {"track_running_stats": True, "eps": 1e-3}),
    *rows("layer_norm", ANY, {}, {"axes": 1}, {"bias": False}, {"elementwise_affine": False}),
    *rows("layer_norm", (VOLUME,), {"axes": 2, "eps": 1e-6}),
    *rows("group_norm", ANY, {"num_groups": 2}),
    *rows("group_norm", MAPS, {"num_groups": 6, "affine": False, "eps": 1e-3}),
    *rows("group_norm", (VECTOR,), {"num_groups": 3, "affine": False, "eps": 1e-3}),
    *rows(
        "local_response_norm",
        MAPS,
        {"size": 5},
        {"size": 4, "alpha": 1e-3, "beta": 0.5, "k": 2},
    ),
    *rows("leaky_relu", ANY, {}, {"negative_slope": 0.2, "inplace": True}),
    *rows("prelu", ANY, {}, {"num_parameters": 6, "init": 0.1}),
    *rows("elu", (IMAGE,), {}, {"alpha": 0.5, "inplace": True}),
    *rows("celu", (IMAGE,), {}, {"alpha": 0.5, "inplace": True}),
    *rows("gelu", ANY, {}, {"approximate": "tanh"}),
    *rows("hardtanh", (IMAGE,), {}, {"min_val": 0, "max_val": 0.5, "inplace": True}),
    *rows("softplus", (IMAGE,), {}, {"beta": 2, "threshold": 0.5}),
    *[
        row
        for name in ("relu", "relu6", "selu", "silu", "mish", "hardswish", "hardsigmoid")
        for row in rows(name, (VECTOR, IMAGE), {}, {"inplace": True})
    ],
    *rows("sigmoid", ANY),
    *rows("tanh", ANY),
    *rows("scaled_sigmoid", ANY, {}, {"scale": 0.5}),
    *rows("scaled_tanh", ANY),
    *[row for name in ("abs", "square", "exp") for row in rows(name, ANY)],
    *rows("softmax", ANY, {}, {"axis": -1}),
    *rows("log_softmax", ANY, {}, {"axis": -1}),
    *rows("softmax", (IMAGE,), {"axis": 1}, {"axis": -3}),
    *rows("dropout", ANY, {}, {"p": 0.2, "inplace": True}),
    *rows("spatial_dropout", MAPS, {}, {"p": 0.2, "inplace": True}),
    *rows("drop_path", ANY, {}, {"p": 0.5}),
    *rows("alpha_dropout", ANY, {}, {"p": 0.2, "inplace": True}),
    *rows("feature_alpha_dropout", ANY, {}, {"p": 0.2, "inplace": True}),
    *rows("identity", ANY),
    *rows("flatten", ANY),
    *rows("flatten", (IMAGE, VOLUME), {"start_axis": 1}, {"end_axis": 1}, {"end_axis": -2}),
    *rows("reshape", (VECTOR,), {"shape": (2, -1)}, {"shape": (1, 3, 2)}, {"shape": (6,)}),
    *rows("reshape", (IMAGE,), {"shape": (3, 2, 99)}, {"shape": (-1, 11)}, {"shape": (-1,)}),
    *rows(
        "upsample",
        MAPS,
        {"scale_factor": 2},
        {"scale_factor": 1.7},
        {"size": 13},
        {"scale_factor": 1.5, "mode": "nearest-exact"},
    ),
    *rows("upsample", (SEQUENCE,), {"scale_factor": 2, "mode": "linear"}),
    *rows("upsample", (IMAGE,), {"size": (22, 9), "mode": "bilinear", "align_corners": True}),
    *rows("upsample", (IMAGE,), {"scale_factor": (2, 1.5), "mode": "bicubic"}),
    *rows("upsample", (VOLUME,), {"scale_factor": 2, "mode": "trilinear"}),
    *rows(
        "pad",
        MAPS,
        {"padding": 2},
        {"padding": 2, "value": 0.5},
        {"padding": 2, "mode": "reflect"},
        {"padding": 2, "mode": "replicate"},
        {"padding": 2, "mode": "circular"},
    ),
    *rows("pad", (SEQUENCE,), {"padding": ((3, 0),)}),
    *rows("pad", (IMAGE,), {"padding": (1, (0, 2))}, {"padding": (1, 2), "mode": "reflect"}),
    *[
        ("upsample", {"like": "x", "mode": mode}, (shape, (2, *range(13, 12 + len(shape)))))
        for mode, shape in (
            *(("nearest", shape) for shape in MAPS),
            *(("linear", SEQUENCE), ("bilinear", IMAGE), ("trilinear", VOLUME)),
            *(("nearest-exact", IMAGE), ("bicubic", IMAGE)),
        )
    ],
    ("upsample", {"like": "x", "mode": "bilinear", "align_corners": True}, (IMAGE, (1, 15, 23))),
    *[
        ("pad", {"like": "x", **attributes}, (shape, (2, *(s + 3 - s % 2 for s in shape[1:]))))
        for attributes in ({}, {"value": 0.5}, {"mode": "reflect"}, {"mode": "circular"})
        for shape in MAPS
    ],
    ("pad", {"like": "x"}, (IMAGE, IMAGE)),
    *rows("crop", MAPS, {"size": 4}, {"size": 3, "offset": 2}),
    *rows("crop", (IMAGE,), {"size": (11, 4), "offset": (0, 5)}),
    *[
        ("crop", attributes, (shape, (2, *(4,) * (len(shape) - 1))))
        for attributes in ({"like": "up"}, {"like": "up", "offset": 1})
        for shape in MAPS
    ],
    *rows("permute", (IMAGE,), {"axes": (1, 2, 0)}, {"axes": (0, 1, 2)}, {"axes": (2, 0, 1)}),
    *rows("permute", (SEQUENCE,), {"axes": (1, 0)}),
    *rows("subsample", MAPS, {"stride": 2}, {"stride": 1}),
    *rows("subsample", (IMAGE,), {"stride": (1, 2)}, {"stride": (30, 1)}),
    *rows("scale", ANY, {}, {"factor": 0.17}, {"offset": -1}, {"factor": -2, "offset": 0.5}),
    *rows("channel_affine", ANY, {}, {"weight": False}, {"bias": False}),
    *rows("channel_pad", ANY, {"after": 3}, {"before": 1, "after": 2}),
    *rows("channel_select", ANY, {"channels": (0,)}, {"channels": (5, 1, 1, 4)}),
    *rows("channel_slice", ANY, {}, {"start": 2, "stop": 5}, {"stop": -2}, {"start": -3}),
    *rows(
        "channel_slice", (IMAGE,), {"step": 2}, {"start": 1, "step": 4}, {"start": -6, "stop": 6}
    ),
    *rows("channel_shuffle", MAPS, {"groups": 2}, {"groups": 3}),
    *rows("rbf", (VECTOR,), {"out_features": 4}),
    *rows("affine_grid", ((6,), (2, 3)), {"size": (4, 5)}, {"size": 3, "align_corners": True}),
    *rows("affine_grid", ((12,), (3, 4)), {"size": 3}, {"size": (2, 3, 4)}),
    ("affine_grid", {"like": "x"}, ((6,), IMAGE)),
    ("affine_grid", {"like": "x", "align_corners": True}, ((3, 4), VOLUME)),
    *[
        ("grid_sample", attributes, shapes)
        for attributes in ({}, {"mode": "nearest"}, {"padding_mode": "border"})
        for shapes in ((IMAGE, (4, 5, 2)), (VOLUME, (2, 3, 4, 3)))
    ],
    ("grid_sample", {"mode": "bicubic", "align_corners": True}, (IMAGE, (4, 5, 2))),
    *[
        (name, {"broadcast": broadcast}, (IMAGE,) * operands)
        for name in ("add", "multiply", "mean", "maximum", "minimum")
        for broadcast in (False, True)
        for operands in (1, 2, 3)
    ],
    *[
        (name, {"broadcast": True}, (IMAGE, (6, 1, 1)))
        for name in ("add", "subtract", "multiply", "mean", "maximum", "minimum")
    ],
    *[
        (name, {"broadcast": True}, ((6, 1, 9), (1, 11, 1), (6, 11, 1)))
        for name in ("add", "multiply", "mean", "maximum", "minimum")
    ],
    *rows("choose_column", ANY, {"columns": 4}, {"columns": 1, "p": 0.1}),
    *[
        ("fractal_join", attributes, shapes)
        for attributes in ({}, {"p": 0.5})
        for shapes in ((VECTOR,), (IMAGE,) * 2, (SEQUENCE,) * 3)
    ],
    ("fractal_join", {"columns": "chosen", "first": 1}, (IMAGE, IMAGE, (3,))),
    ("subtract", {}, (IMAGE, IMAGE)),
    ("concat", {}, (VECTOR,)),
    ("concat", {}, (IMAGE, (2, 11, 9), (1, 11, 9))),
    ("concat", {"axis": 1}, (SEQUENCE, (6, 2))),
    ("concat", {"axis": -1}, (IMAGE, (6, 11, 3))),
]


def label(row: Row) -> str:
    name, attributes, shapes = row
    said = ",".join(f"{k}={v}" for k, v in attributes.items())
    return f"{name}({said})" + "".join(str(list(s)) for s in shapes)


def prepare(row: Row) -> tuple[Op, tuple[Shape, ...], Layer]:
    name, attributes, shapes = row
    op = REGISTRY[name].model_validate(attributes)
    return op, shapes, LOWERINGS[type(op)](op, shapes)


def written(args: tuple[Arg, ...]) -> list[str]:
    """The arguments as the emitter writes them."""
    return [
        repr(a.value) if a.positional else f"{a.name}={a.value!r}" for a in args if not a.is_default
    ]


def scope(layer: Layer) -> dict[str, Any]:
    """What a generated file has at hand: torch, and the helper the layer brings."""
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": F, "self": nn.Module().eval()}
    if layer.helper:
        exec(source(layer.helper), names)
    return names


def build(layer: Layer) -> nn.Module:
    assert layer.module is not None
    text = f"{layer.module.name}({', '.join(written(layer.module.args))})"
    module: nn.Module = eval(text, scope(layer))
    return module


def called(layer: Layer, module: nn.Module, operands: list[torch.Tensor]) -> torch.Tensor:
    """The module's value, called as the emitter writes it."""
    if layer.call is None:
        value: torch.Tensor = module(*operands)
        return value
    *flowing, reference = operands
    names = {"module": module, "ref": reference, **{f"x{i}": x for i, x in enumerate(flowing)}}
    given = ", ".join([*(f"x{i}" for i in range(len(flowing))), layer.call.format(ref="ref")])
    return eval(f"module({given})", names)


def evaluate(layer: Layer, operands: list[torch.Tensor], *, spread: bool = False) -> torch.Tensor:
    assert layer.expr is not None
    expr: Expr = layer.expr
    args = "".join(f", {a}" for a in written(expr.args))
    flowing = len(operands) - expr.references
    if spread:
        assert expr.spread is not None
        text, x = expr.spread, "*xs"
    else:
        text, x = expr.template, expr.joiner.join(f"x{i}" for i in range(flowing))
    names = {f"x{i}": operand for i, operand in enumerate(operands)} | {"xs": operands[:flowing]}
    ref = ", ".join(f"x{i}" for i in range(flowing, len(operands)))
    value: torch.Tensor = eval(text.format(x=x, ref=ref, args=args), scope(layer) | names)
    return value


def operands_of(shapes: tuple[Shape, ...], device: str) -> list[torch.Tensor]:
    if device == "meta":
        return [torch.empty(2, *shape, device=device) for shape in shapes]
    random = torch.Generator().manual_seed(0)
    return [torch.randn(2, *shape, generator=random) for shape in shapes]


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_shape_tensors_and_macs_are_torchs(row: Row) -> None:
    op, shapes, layer = prepare(row)
    operands = operands_of(shapes, "meta")
    output = op.infer(*shapes)
    flops = 2 * 2 * op.macs(shapes, output)
    if layer.expr:
        with FlopCounterMode(display=False) as counter:
            assert evaluate(layer, operands).shape == (2, *output)
        assert counter.get_total_flops() == flops
    if not layer.module:
        assert op.tensors(*shapes) == ()
        return
    with torch.device("meta"):
        module = build(layer).eval()  # a cumulative batch norm cannot count on meta
    with FlopCounterMode(display=False) as counter:
        assert called(layer, module, operands).shape == (2, *output)
    assert counter.get_total_flops() == flops
    dtypes = {"float": torch.float32, "long": torch.int64}
    assert [(n, tuple(t.shape), t.dtype) for n, t in module.state_dict().items()] == [
        (t.name, t.shape, dtypes[t.dtype]) for t in op.tensors(*shapes)
    ]
    assert {n for n, _ in module.named_parameters()} == {
        t.name for t in op.tensors(*shapes) if t.trainable
    }


@pytest.mark.parametrize("row", [r for r in ROWS if prepare(r)[2].expr], ids=label)
def test_the_ways_to_write_an_op_agree(row: Row) -> None:
    op, shapes, layer = prepare(row)
    expected = evaluate(layer, operands_of(shapes, "cpu"))
    if layer.module:
        module = build(layer)
        assert torch.equal(called(layer, module, operands_of(shapes, "cpu")), expected)
        assert str(module)
    if layer.expr and layer.expr.spread:
        spread = evaluate(layer, operands_of(shapes, "cpu"), spread=True)
        torch.testing.assert_close(spread, expected)
    assert op.in_place is op.model_dump().get("inplace", False)


def test_every_op_has_a_lowering_and_a_row() -> None:
    written_in_specs = {name for name, op in REGISTRY.items() if not op.internal}
    assert {name for name, _, _ in ROWS} == written_in_specs
    assert all(LOWERINGS.find(op) for op in REGISTRY.values())
    assert set(LOWERINGS) == {REGISTRY[name] for name in written_in_specs}


def test_helpers_are_laid_out_as_the_files_that_carry_them() -> None:
    text = "\n\n\n".join(source(name) for name in sorted(FILES)).replace("torch.Tensor", "Tensor")
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "-"]
    found = subprocess.run(ruff, input=text + "\n", capture_output=True, text=True, check=True)
    assert found.stdout == text + "\n"
    assert all(len(line) <= 88 for line in text.splitlines())


def test_every_op_says_what_it_is() -> None:
    for name, op in REGISTRY.items():
        assert (op.__doc__ or "").strip(), name
        assert op.primary is None or op.primary in op.model_fields
        assert set(op.references) <= set(op.model_fields)
        assert not set(op.inferred) & set(op.model_fields)


def test_every_attribute_has_a_kind() -> None:
    """One name measures one thing in all ops, four names excepted."""
    found: dict[str, set[str]] = {}
    for op in REGISTRY.values():
        assert list(op.kinds()) == list(op.model_fields)
        for name, kind in op.kinds().items():
            assert kind in KINDS and kind != "unknown", (op.name, name)
            found.setdefault(name, set()).add(kind)
    assert {name: kinds for name, kinds in found.items() if len(kinds) > 1} == {
        "size": {"size", "kernel"},  # of a map, and how many channels a norm looks at
        "columns": {"count", "reference"},  # how many, and the node that draws one
        "axes": {"count", "axis"},  # how many at the end, and which
        "offset": {"number", "index"},  # what is added, and where a crop begins
    }
    assert set(KINDS) == {kind for kinds in found.values() for kind in kinds} | {"unknown"}


def test_defaults_are_torchs() -> None:
    """An argument that is left out means the same to PyTorch."""
    for row in ROWS:
        _, _, layer = prepare(row)
        if layer.module and layer.module.name.startswith("nn."):
            known = inspect.signature(getattr(nn, layer.module.name[3:])).parameters
            for arg in layer.module.args:
                assert arg.name in known, (row, arg)
                if arg.is_default:
                    assert known[arg.name].default == arg.value, (row, arg)


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("scaled_sigmoid", lambda x: 1 / (1 + torch.exp(-1.7 * x))),
        ("scaled_tanh", lambda x: 1.7159 * torch.tanh(2 * x / 3)),
    ],
)
def test_formulas(name: str, formula: Any) -> None:
    x = torch.linspace(-3, 3, 13)
    torch.testing.assert_close(evaluate(prepare((name, {}, ((13,),)))[2], [x]), formula(x))


def test_crops_take_the_centre() -> None:
    skip, up = torch.arange(36.0).view(1, 1, 6, 6), torch.empty(1, 5, 2, 4)
    shapes = ((1, 6, 6), (5, 2, 4))
    centre = skip[:, :, 2:4, 1:5]
    assert torch.equal(evaluate(prepare(("crop", {"size": (2, 4)}, shapes[:1]))[2], [skip]), centre)
    assert torch.equal(evaluate(prepare(("crop", {"like": "up"}, shapes))[2], [skip, up]), centre)
    moved = prepare(("crop", {"like": "up", "offset": (3, 0)}, shapes))[2]
    assert torch.equal(evaluate(moved, [skip, up]), skip[:, :, 3:5, :4])


@st.composite
def sliding(draw: st.DrawFn, name: str) -> Row:
    """A convolution or a pool, sensible or not, and a small map."""
    rank = draw(st.integers(1, 3))
    shape = (draw(st.sampled_from([2, 3, 4])), *(draw(st.integers(1, 7)) for _ in range(rank)))

    def sizes(low: int, high: int) -> st.SearchStrategy[Any]:
        one = st.integers(low, high)
        return one | st.tuples(*[one] * rank)

    drawn: dict[str, Any] = {"kernel_size": draw(sizes(1, 4)), "padding": draw(sizes(0, 2))}
    if name.startswith("conv"):
        drawn["out_channels"] = draw(st.sampled_from([2, 4]))
        optional = {"groups": st.integers(1, 2), "stride": sizes(1, 3), "dilation": sizes(1, 2)}
    if name == "conv":
        optional["padding"] = st.sampled_from(["same", "valid"])
        optional["padding_mode"] = st.sampled_from(["reflect", "replicate", "circular"])
    elif name == "conv_transpose":
        optional["output_padding"] = sizes(0, 2)
    else:
        optional = {"stride": sizes(1, 4), "ceil_mode": st.booleans()}
    if name == "lp_pool":
        del drawn["padding"]
    if name == "max_pool":
        optional["dilation"] = sizes(1, 2)
    if name == "avg_pool":
        optional["count_include_pad"] = st.booleans()
    for attribute, values in optional.items():
        if draw(st.booleans()):
            drawn[attribute] = draw(values)
    if name == "conv_transpose" and draw(st.booleans()):
        like = (1, *(draw(st.integers(1, 20)) for _ in range(rank)))
        return name, {**drawn, "like": "x", "output_padding": 0}, (shape, like)
    return name, drawn, (shape,)


@pytest.mark.parametrize("name", ["conv", "conv_transpose", "max_pool", "avg_pool", "lp_pool"])
def test_any_window_gives_torchs_shape_or_is_refused_by_both(name: str) -> None:
    @settings(max_examples=4 * settings().max_examples)
    @given(sliding(name))
    def check(row: Row) -> None:
        op, shapes, layer = prepare(row)
        try:
            inferred = op.infer(*shapes)
        except OpError as error:
            try:
                output = called(layer, build(layer), operands_of(shapes, "cpu"))
            except (RuntimeError, ValueError):
                return
            assert error.code == "E503"  # PyTorch lets a transposed convolution give nothing
            assert output.numel() == 0
        else:
            value = called(layer, build(layer), operands_of(shapes, "cpu"))
            assert value.shape == (2, *inferred)

    check()
