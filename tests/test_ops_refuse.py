"""What ops refuse and how they say it; how they are worded in a table and in a JSON Schema."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from archspec.diagnostics.codes import CODES
from archspec.ops import REGISTRY, OpError, Shape

VECTOR, SEQUENCE, IMAGE, VOLUME = (6,), (6, 11), (6, 11, 9), (6, 7, 5, 6)

BRIEF = [
    ("conv", {"out_channels": 64}, "1x1, 64"),
    ("conv", {"out_channels": 64, "kernel_size": 7, "stride": 2, "padding": 3}, "7x7, 64, s2, p3"),
    ("conv", {"out_channels": 8, "kernel_size": (1, 7), "groups": 8}, "1x7, 8, g8"),
    ("conv", {"out_channels": 8, "padding": "same", "bias": False}, "1x1, 8, psame, no bias"),
    ("linear", {"out_features": 10}, "10"),
    ("max_pool", {"kernel_size": 3, "stride": 2, "ceil_mode": True}, "3x3, s2, ceil_mode"),
    ("adaptive_avg_pool", {"output_size": (7, None)}, "7xNone"),
    ("dropout", {"p": 0.5}, ""),
    ("dropout", {"p": 0.2, "inplace": True}, "0.2, inplace"),
    ("batch_norm", {"eps": 0.001}, "eps=0.001"),
    ("pad", {"padding": ((1, 2), 3)}, "p1+2x3"),
    ("crop", {"like": "up"}, "like=up"),
    ("upsample", {"like": "up", "mode": "bilinear"}, "mode=bilinear, like=up"),
    ("pad", {"like": "up"}, "like=up"),
    ("adaptive_max_pool", {"like": "up"}, "like=up"),
    ("scale", {"factor": 0.17}, "0.17"),
    ("channel_select", {"channels": (0, 2, 1)}, "[0, 2, 1]"),
    (
        "masked_conv",
        {"out_channels": 2, "kernel_size": 5, "connections": ((0, 1), (2,))},
        "5x5, 2, 3 connections",
    ),
    (
        "masked_conv",
        {"out_channels": 2, "kernel_size": (1, 3), "kernel_mask": ((1, 1, 0),)},
        "1x3, 2, 2 of 3 taps",
    ),
    ("masked_conv", {"out_channels": 2, "kernel_mask": "A"}, "1x1, 2, kernel_mask=A"),
    ("upsample", {"scale_factor": 2, "mode": "bilinear"}, "2, mode=bilinear"),
]


@pytest.mark.parametrize(("name", "attributes", "brief"), BRIEF)
def test_brief(name: str, attributes: dict[str, Any], brief: str) -> None:
    assert REGISTRY[name].model_validate(attributes).brief() == brief


def test_brief_of_other_ranks() -> None:
    op = REGISTRY["conv"].model_validate({"out_channels": 4, "kernel_size": 3})
    assert [op.brief(rank) for rank in (1, 2, 3)] == ["3, 4", "3x3, 4", "3x3x3, 4"]


_UP = {"out_channels": 3, "kernel_size": 3, "stride": 2, "padding": 1}

# An op, its attributes, what it reads; then the code, the attribute blamed, words of the error.
FAULTY: list[tuple[str, dict[str, Any], tuple[Shape, ...], str, str | None, str]] = [
    ("conv", {"out_channels": 4}, (VECTOR,), "E502", None, "works on maps"),
    ("conv", {"out_channels": 4, "groups": 2}, ((3, 8, 8),), "E504", "groups", "3 input channels"),
    ("conv", {"out_channels": 3, "groups": 2}, ((4, 8, 8),), "E504", "groups", "3 output channels"),
    ("conv", {"out_channels": 4, "kernel_size": (3,)}, (IMAGE,), "E210", "kernel_size", "list of"),
    ("conv", {"out_channels": 4, "kernel_size": 12}, (IMAGE,), "E503", None, "at least 12"),
    (
        "conv",
        {"out_channels": 4, "kernel_size": 14, "padding": 1},
        (IMAGE,),
        "E503",
        None,
        "into 11 padded by 1 on both sides",
    ),
    (
        "conv",
        {"out_channels": 4, "padding": "same", "stride": 2},
        (IMAGE,),
        "E210",
        "padding",
        "stride 1",
    ),
    (
        "conv",
        {"out_channels": 4, "kernel_size": 1, "padding": 9, "padding_mode": "reflect"},
        (IMAGE,),
        "E505",
        "padding",
        "mode `reflect`",
    ),
    ("conv", {"out_channels": 4, "padding": 1}, (IMAGE,), "E210", "padding", "no `kernel_size`"),
    ("conv", {"out_channels": 4, "padding": (0, 1)}, (IMAGE,), "E210", "padding", "kernel is 1"),
    ("conv", {"out_channels": 4, "dilation": 2}, (IMAGE,), "E210", "dilation", "or dilation 1"),
    ("conv_transpose", {"out_channels": 4, "padding": 1}, (IMAGE,), "E210", "padding", "kernel is"),
    ("conv_transpose", {"out_channels": 3, "groups": 2}, (IMAGE,), "E504", "groups", "output"),
    (
        "conv_transpose",
        {"out_channels": 3, "kernel_size": 1, "padding": 5},
        (IMAGE,),
        "E503",
        "padding",
        "[3, 1, -1]",
    ),
    (
        "conv_transpose",
        {"out_channels": 3, "output_padding": 1},
        (IMAGE,),
        "E210",
        "output_padding",
        "at most 0",
    ),
    (
        "conv_transpose",
        {"out_channels": 3, "kernel_size": 2, "padding": "same"},
        (IMAGE,),
        "E210",
        "padding",
        "even kernel",
    ),
    (
        "masked_conv",
        {"out_channels": 1, "connections": ((6,),)},
        (IMAGE,),
        "E210",
        "connections",
        "from 0 to 5",
    ),
    (
        "masked_conv",
        {"out_channels": 2, "connections": ((0,),)},
        (IMAGE,),
        "E505",
        "connections",
        "2 lists",
    ),
    (
        "masked_conv",
        {"out_channels": 2, "connections": ((0,), (1,)), "groups": 2},
        (IMAGE,),
        "E210",
        "connections",
        "no groups",
    ),
    (
        "masked_conv",
        {"out_channels": 2, "kernel_size": (2, 3), "kernel_mask": ((1, 1), (0, 0))},
        (IMAGE,),
        "E505",
        "kernel_mask",
        "2 rows of 3",
    ),
    ("masked_conv", {"out_channels": 2}, (IMAGE,), "E210", None, "without a mask it is `conv`"),
    ("masked_conv", {"out_channels": 2, "kernel_mask": "A"}, (SEQUENCE,), "E502", None, "[C, H"),
    ("deform_conv", {"out_channels": 2}, (IMAGE,), "E409", None, "2 or 3"),
    ("deform_conv", {"out_channels": 2}, (IMAGE, (18, 11, 9)), "E504", None, "9 groups of offsets"),
    ("deform_conv", {"out_channels": 2}, (IMAGE, (2, 11, 8)), "E501", None, "[2, 11, 9] beside"),
    ("deform_conv", {"out_channels": 2}, (IMAGE, (3, 11, 9)), "E501", None, "[2, 11, 9] beside"),
    (
        "deform_conv",
        {"out_channels": 2},
        (IMAGE, (4, 11, 9), (1, 11, 9)),
        "E501",
        None,
        "[4, 11, 9] and [2, 11, 9]",
    ),
    ("deform_conv", {"out_channels": 2, "groups": 4}, (IMAGE,) * 2, "E504", "groups", "6 input"),
    ("rbf", {"out_features": 4}, (IMAGE,), "E502", None, "put `flatten` before it"),
    ("lp_pool", {"kernel_size": 4, "ceil_mode": True}, ((2, 3, 4, 4),), "E503", None, "at least 4"),
    ("stochastic_pool", {"kernel_size": 2}, (SEQUENCE,), "E502", None, "[C, H, W]"),
    ("mixed_pool", {"kernel_size": 12}, (IMAGE,), "E503", None, "a window of 12"),
    ("fractional_max_pool", {"kernel_size": 2}, (IMAGE,), "E210", None, "neither"),
    (
        "fractional_max_pool",
        {"kernel_size": 2, "output_size": 9},
        (IMAGE,),
        "E505",
        "output_size",
        "from 1 to 8",
    ),
    (
        "fractional_max_pool",
        {"kernel_size": 2, "output_ratio": 0.1},
        (IMAGE,),
        "E503",
        "output_ratio",
        "0 windows of 2",
    ),
    ("fractional_max_pool", {"kernel_size": 2}, (SEQUENCE,), "E502", None, "[C, H, W] or"),
    ("linear", {"out_features": 4}, (IMAGE,), "E502", None, "or `global_avg_pool` and then"),
    ("linear", {"out_features": 4}, ((6, 1, 1),), "E502", None, "put `flatten` before it"),
    ("max_pool", {"kernel_size": 2}, (VECTOR,), "E502", None, "[C, L] or [C, H, W]"),
    ("max_pool", {"kernel_size": 2, "padding": 2}, (IMAGE,), "E210", "padding", "at most 1"),
    ("max_pool", {"kernel_size": 10}, (IMAGE,), "E503", None, "a window of 10 does not fit into 9"),
    (
        "avg_pool",
        {"kernel_size": 2, "divisor_override": 2},
        (SEQUENCE,),
        "E210",
        "divisor_override",
        "two and three",
    ),
    ("avg_pool", {"kernel_size": 3, "padding": 1}, ((2, 2, 4, 4),), "E503", None, "at least 3"),
    ("max_pool", {"kernel_size": 5, "padding": 1}, ((2, 2, 9),), "E503", None, "at least 3"),
    ("adaptive_avg_pool", {"output_size": (1, 2)}, (SEQUENCE,), "E210", "output_size", "list"),
    ("global_avg_pool", {}, (VECTOR,), "E502", None, "works on maps"),
    ("batch_norm", {}, ((1, 2, 3, 4, 5),), "E502", None, "[F] or [C, L]"),
    ("instance_norm", {}, ((4, 1, 1),), "E505", None, "single position"),
    ("layer_norm", {"axes": 4}, (IMAGE,), "E210", "axes", "at most 3"),
    ("layer_norm", {}, ((1, 1, 1),), "E505", "axes", "always zero"),
    ("layer_norm", {"axes": 2}, ((4, 1, 1),), "E505", "axes", "normalised together"),
    ("group_norm", {"num_groups": 4}, (IMAGE,), "E504", "num_groups", "divisible by num_groups=4"),
    ("group_norm", {"num_groups": 4}, ((4, 1, 1),), "E505", "num_groups", "in each group"),
    ("local_response_norm", {"size": 5}, (VECTOR,), "E502", None, "works on maps"),
    ("prelu", {"num_parameters": 4}, (IMAGE,), "E505", "num_parameters", "1 or 6"),
    ("celu", {"alpha": 0}, (IMAGE,), "E210", "alpha", "other than 0"),
    ("hardtanh", {"min_val": 1}, (IMAGE,), "E210", "min_val", "less than"),
    ("softmax", {}, ((1,),), "E505", "axis", "always 1"),
    ("softmax", {"axis": -1}, ((4, 5, 1),), "E505", "axis", "along axis -1"),
    ("log_softmax", {}, ((1, 5, 5),), "E505", "axis", "always 0"),
    ("softmax", {"axis": 3}, (IMAGE,), "E210", "axis", "from -3 to 2"),
    ("spatial_dropout", {}, (VECTOR,), "E502", None, "works on maps"),
    ("flatten", {"start_axis": 3}, (IMAGE,), "E210", "start_axis", "no axis 3"),
    ("flatten", {"start_axis": 2, "end_axis": 1}, (IMAGE,), "E210", "end_axis", "ends before"),
    ("reshape", {"shape": (-1, -1)}, (IMAGE,), "E210", "shape", "only one"),
    ("reshape", {"shape": (-1, 5)}, (IMAGE,), "E505", "shape", "product is 594"),
    ("reshape", {"shape": (600,)}, (IMAGE,), "E505", "shape", "594 values"),
    ("permute", {"axes": (0, 1, 1)}, (IMAGE,), "E210", "axes", "0 to 2 once"),
    ("permute", {"axes": (1, 0)}, (IMAGE,), "E210", "axes", "0 to 2 once"),
    ("upsample", {}, (IMAGE,), "E210", None, "neither"),
    ("upsample", {"size": 3, "scale_factor": 2}, (IMAGE,), "E210", None, "both"),
    ("upsample", {"size": 3, "mode": "linear"}, (IMAGE,), "E502", None, "[C, L]"),
    ("upsample", {"scale_factor": 0.1}, (IMAGE,), "E505", "scale_factor", "smaller, [1, 0]"),
    ("upsample", {"scale_factor": (2, 0.99)}, (IMAGE,), "E505", "scale_factor", "of at least 1"),
    ("upsample", {"size": (11, 8)}, (IMAGE,), "E505", "size", "at least [11, 9]"),
    (
        "upsample",
        {"size": 10, "mode": "bilinear"},
        (IMAGE,),
        "E505",
        "size",
        "adaptive_avg_pool: [10, 10]",
    ),
    ("upsample", {"like": "x"}, (IMAGE, (2, 30, 8)), "E505", "like", "smaller, [30, 8]"),
    ("upsample", {"scale_factor": 1e308}, ((6, 20),), "E210", "scale_factor", "too large"),
    ("upsample", {"size": 12, "align_corners": True}, (IMAGE,), "E210", "align_corners", "nearest"),
    ("upsample", {"scale_factor": 2, "like": "x"}, (IMAGE, IMAGE), "E210", None, "both"),
    ("upsample", {"size": 2, "like": "x"}, (IMAGE, IMAGE), "E210", None, "`size` and `like`"),
    ("upsample", {"like": "x"}, (IMAGE, VOLUME), "E502", "like", "2 spatial axes in both"),
    ("upsample", {"like": "x"}, (IMAGE, (6,)), "E502", "like", "[6]"),
    ("adaptive_avg_pool", {}, (IMAGE,), "E210", None, "neither"),
    ("adaptive_max_pool", {"output_size": 2, "like": "x"}, (IMAGE,) * 2, "E210", None, "both"),
    ("adaptive_max_pool", {"like": "x"}, (IMAGE, SEQUENCE), "E502", "like", "2 spatial axes"),
    (
        "conv_transpose",
        {**_UP, "like": "x"},
        (IMAGE, (1, 23, 17)),
        "E505",
        "like",
        "from [21, 17] to [22, 18]",
    ),
    (
        "conv_transpose",
        {**_UP, "like": "x"},
        (IMAGE, (1, 21, 16)),
        "E505",
        "like",
        "from [21, 17] to [22, 18]",
    ),
    (
        "conv_transpose",
        {"out_channels": 3, "like": "x"},
        (IMAGE, (1, 12, 9)),
        "E505",
        "like",
        "a map [11, 9] spatially",
    ),
    (
        "conv_transpose",
        {**_UP, "like": "x", "output_padding": 1},
        (IMAGE, IMAGE),
        "E210",
        "output_padding",
        "both",
    ),
    ("conv_transpose", {**_UP, "like": "x"}, (IMAGE, SEQUENCE), "E502", "like", "2 spatial axes"),
    ("pad", {}, (IMAGE,), "E210", None, "neither"),
    ("pad", {"padding": 1, "like": "x"}, (IMAGE, IMAGE), "E210", None, "both"),
    ("pad", {"like": "x"}, (IMAGE, (1, 12, 8)), "E505", "like", "at most [12, 8]"),
    ("pad", {"like": "x", "mode": "reflect"}, (IMAGE, (1, 11, 27)), "E505", "like", "at least 10"),
    ("pad", {"like": "x"}, (IMAGE, VOLUME), "E502", "like", "2 spatial axes in both"),
    ("pad", {"padding": 9, "mode": "reflect"}, (IMAGE,), "E505", "padding", "at least 10"),
    ("pad", {"padding": 10, "mode": "circular"}, (IMAGE,), "E505", "padding", "at least 10"),
    ("pad", {"padding": 1, "mode": "reflect", "value": 1}, (IMAGE,), "E210", "value", "constant"),
    ("crop", {}, (IMAGE,), "E210", None, "neither"),
    ("crop", {"size": 2, "like": "up"}, (IMAGE, IMAGE), "E210", None, "both"),
    ("crop", {"size": 10}, (IMAGE,), "E505", None, "a crop of 10 does not fit into 9"),
    ("crop", {"size": 4, "offset": 6}, (IMAGE,), "E505", None, "4 at 6 does not fit into 9"),
    ("crop", {"like": "up"}, (IMAGE, SEQUENCE), "E502", "like", "2 spatial axes in both"),
    ("subsample", {"stride": (2, 2)}, (SEQUENCE,), "E210", "stride", "list of 2"),
    ("channel_affine", {"weight": False, "bias": False}, (IMAGE,), "E210", "bias", "neither"),
    ("channel_select", {"channels": (0, 6)}, (IMAGE,), "E210", "channels", "from 0 to 5"),
    ("channel_slice", {"start": 6}, (IMAGE,), "E503", "start", "leaves nothing"),
    ("channel_slice", {"stop": -6}, (IMAGE,), "E503", "stop", "leaves nothing"),
    ("channel_slice", {"start": 7}, (IMAGE,), "E210", "start", "beyond the 6 channels"),
    ("channel_slice", {"start": -7}, (IMAGE,), "E210", "start", "from -6 to 6"),
    ("channel_slice", {"stop": 7}, (IMAGE,), "E210", "stop", "7, of [6, 11, 9]"),
    ("channel_slice", {"start": 1, "stop": -7}, (VECTOR,), "E210", "stop", "from -6 to 6"),
    ("channel_slice", {"start": 3, "stop": -3}, (IMAGE,), "E503", "stop", "3 to -3"),
    ("channel_shuffle", {"groups": 4}, (IMAGE,), "E504", "groups", "divisible by groups=4"),
    ("affine_grid", {"size": 4}, ((7,),), "E505", None, "no affine transformation"),
    ("affine_grid", {}, ((6,),), "E210", None, "neither"),
    ("affine_grid", {"size": (2, 2, 2)}, ((6,),), "E210", "size", "list of 3"),
    ("affine_grid", {"like": "x"}, ((6,), SEQUENCE), "E502", "like", "2 spatial axes"),
    ("grid_sample", {}, (IMAGE,), "E409", None, "exactly 2"),
    ("grid_sample", {}, ((4, 5, 2), IMAGE), "E501", None, "the map comes first"),
    ("grid_sample", {"mode": "bicubic"}, ((2, 3, 4, 4), (2, 2, 2, 3)), "E210", "mode", "volumes"),
    ("fractal_join", {}, (), "E409", None, "at least one"),
    ("fractal_join", {}, (IMAGE, SEQUENCE), "E501", None, "equal shapes"),
    ("fractal_join", {"columns": "c"}, (IMAGE, IMAGE), "E502", "columns", "[n]"),
    ("fractal_join", {"columns": "c", "first": 2}, (IMAGE, (2,)), "E505", "first", "at least 3"),
    ("add", {}, (), "E409", None, "0 operands"),
    ("add", {}, (IMAGE, (6, 1, 1)), "E501", None, "`broadcast: true`"),
    ("add", {}, (IMAGE, (5, 11, 9)), "E501", None, "[6, 11, 9] and [5, 11, 9]"),
    ("add", {"broadcast": True}, (IMAGE, (5, 1, 1)), "E501", None, "axis by axis"),
    ("add", {"broadcast": True}, (IMAGE, (6,)), "E501", None, "equally many axes"),
    ("subtract", {}, (IMAGE,), "E409", None, "exactly 2"),
    ("subtract", {}, (IMAGE,) * 3, "E409", None, "exactly 2"),
    ("concat", {}, (IMAGE, (6, 11, 8)), "E501", None, "every axis but 0"),
    ("concat", {}, (IMAGE, SEQUENCE), "E501", None, "equally many axes"),
    ("concat", {"axis": 3}, (IMAGE,), "E210", "axis", "no axis 3"),
]


@pytest.mark.parametrize(("name", "attributes", "shapes", "code", "attribute", "words"), FAULTY)
def test_errors(
    name: str,
    attributes: dict[str, Any],
    shapes: tuple[Shape, ...],
    code: str,
    attribute: str | None,
    words: str,
) -> None:
    op = REGISTRY[name].model_validate(attributes)
    with pytest.raises(OpError) as caught:
        op.infer(*shapes)
    error = caught.value
    assert error.code in CODES
    assert (error.code, error.attribute) == (code, attribute)
    assert attribute is None or attribute in type(op).model_fields
    assert error.expected
    assert error.found
    said = f"{error.message}; {error.expected}; {error.found}; {error.hint}"
    assert words in said


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("conv", {}),
        ("conv", {"out_channels": 0}),
        ("conv", {"out_channels": True}),
        ("conv", {"out_channels": "4"}),
        ("conv", {"out_channels": 4, "in_channels": 3}),
        ("conv", {"out_channels": 4, "padding": -1}),
        ("conv", {"out_channels": 4, "padding": "full"}),
        ("conv", {"out_channels": 4, "kernel_size": (3, 0)}),
        ("dropout", {"p": 1.5}),
        ("dropout", {"p": 1}),
        ("alpha_dropout", {"p": 1.0}),
        ("softplus", {"beta": 0}),
        ("softplus", {"beta": -1}),
        ("hardtanh", {"max_val": float("inf")}),
        ("reshape", {"shape": ()}),
        ("reshape", {"shape": (-2, 3)}),
        ("pad", {"padding": ((1, 2, 3),)}),
        ("upsample", {"scale_factor": 0}),
        ("add", {"broadcast": 1}),
        ("channel_select", {"channels": ()}),
        ("channel_select", {"channels": (-1,)}),
        ("drop_path", {"p": 1}),
        ("fractional_max_pool", {"kernel_size": 2, "output_ratio": 1.5}),
        ("masked_conv", {"out_channels": 1, "kernel_mask": "C"}),
        ("masked_conv", {"out_channels": 1, "kernel_mask": ((2,),)}),
    ],
)
def test_attributes_are_strict(name: str, attributes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        REGISTRY[name].model_validate(attributes)


@pytest.mark.parametrize("name", REGISTRY)
def test_every_op_has_a_json_schema(name: str) -> None:
    schema = REGISTRY[name].model_json_schema()
    assert schema["additionalProperties"] is False
    assert set(schema.get("properties", {})) == set(REGISTRY[name].model_fields)
