"""What an edit changes of one file is changed in another that says more."""

from __future__ import annotations

from typing import Any

import pytest

from archspec.lifting.merging import merges

NORM, RELU = {"id": "norm", "batch_norm": None}, {"relu": {"inplace": True}}
DROP = {"when": "dropout > 0", "dropout": "$dropout"}


def conv(**attributes: Any) -> dict[str, Any]:
    return {"id": "conv", "conv": {"out_channels": 16, **attributes}}


@pytest.mark.parametrize(
    ("old", "new", "kept", "wanted"),
    [
        ([conv()], [conv(bias=False)], [conv(groups="$g")], [conv(groups="$g", bias=False)]),
        ([conv(), RELU], [conv()], [conv(), DROP, RELU], [conv(), DROP]),
        ([conv(), RELU], [conv(), NORM, RELU], [conv(), RELU, DROP], [conv(), NORM, RELU, DROP]),
        ([conv()], [conv(), RELU], [conv(), DROP], [conv(), DROP, RELU]),
        ([conv(), RELU], [conv(), {"silu": None}], [DROP, conv(), {"$act": None}],
         [DROP, conv(), {"silu": None}]),
        ({"unit": {"stride": 2}}, {"unit": {"stride": 1}}, {"$block": {"stride": 2}},
         {"$block": {"stride": 1}}),
        ({"conv": 16}, {"conv": 32}, {"when": "wide", "conv": "$w"}, {"when": "wide", "conv": 32}),
        ({"n": 3}, {"n": 3, "flag": True}, {"n": 3, "act": "relu"},
         {"n": 3, "act": "relu", "flag": True}),
        ({"add": [[conv()], [NORM]]}, {"add": [[conv()], [NORM, RELU]]},
         {"add": [[conv(), DROP], [NORM]]}, {"add": [[conv(), DROP], [NORM, RELU]]}),
        ({"for": "n", "unit": 1}, {"for": "m", "unit": 2},
         {"for": "n", "pre": 1, "else": {"unit": 1}},
         {"for": "m", "pre": 1, "else": {"unit": 2}}),
        ([conv(), RELU], [conv(bias=False), RELU], [{"when": "bn", "graph": [conv(), DROP, RELU]}],
         [{"when": "bn", "graph": [conv(bias=False), DROP, RELU]}]),
        ([NORM, RELU], [NORM, {"relu": None}], [{"parallel": [NORM, RELU]}],
         [{"parallel": [NORM, {"relu": None}]}]),
    ],
)  # fmt: skip
def test_a_change_is_made_where_its_node_stands(old: Any, new: Any, kept: Any, wanted: Any) -> None:
    assert next(merges(old, new, kept)) == wanted


@pytest.mark.parametrize("value", [[conv(), RELU], {"blocks": {"unit": {"graph": [NORM]}}}])
def test_without_a_change_all_is_kept(value: Any) -> None:
    kept = {"graph": [DROP], "value": value}
    assert next(merges(value, value, kept)) is kept
    assert next(merges(value, kept, value)) == kept
