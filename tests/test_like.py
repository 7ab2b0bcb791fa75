"""`like`: sizes taken from another map, which follow it whatever the module is run on."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import archspec
from archspec import pipeline
from archspec.backends.torch import backend
from archspec.backends.torch.equality import compare
from archspec.diagnostics import Source
from archspec.frontend.loading import load, load_source
from archspec.ir.graph import Graph
from tests.figures import Peer
from tests.parity import assert_same_outputs, names, reference, share_weights, without_dropout
from tests.pieces import graph_of

NETWORK = """
name: Sizes
inputs: {image: [3, 20, 17], other: [1, 31, 26]}
blocks:
  up:
    inputs: [x, skip]
    params: {channels: int}
    graph:
      - id: up
        from: x
        conv_transpose:
          {out_channels: $channels, kernel_size: 3, stride: 2, padding: 1, like: skip}
      - concat: [[], skip]
graph:
  - {id: a, from: image, conv: {out_channels: 8, kernel_size: 3, padding: 1}}
  - {id: b, conv: {out_channels: 8, kernel_size: 3, stride: 2, padding: 1}}
  - {id: c, conv: {out_channels: 8, kernel_size: 3, stride: 2, padding: 1}}
  - {id: u1, from: [c, b], up: 8}
  - {id: narrow, conv: {out_channels: 8}}
  - {id: u2, from: [narrow, a], share: u1}
  - {id: large, upsample: {like: other, mode: bilinear}}
  - {id: mean, from: u2, adaptive_avg_pool: {like: c}}
  - {id: most, from: u2, adaptive_max_pool: {like: image}}
  - {id: padded, from: u2, pad: {like: other, mode: replicate}}
  - {id: cropped, from: u2, crop: {like: b}}
  - {id: down, from: u2, conv: {out_channels: 8, kernel_size: 4, stride: 3}}
  - {id: first, conv_transpose: {out_channels: 4, kernel_size: 4, stride: 3, like: u2}}
  - {id: second, from: down, share: first}
  - {id: both, add: [first, second]}
outputs: [large, mean, most, padded, cropped, both]
"""


def agrees(graph: Graph, compiled: Graph) -> None:
    """The module of `compiled` gives what `graph`, elaborated at another size, says."""
    compare(graph, backend.compile(compiled, device="meta"))


@pytest.mark.parametrize(
    ("image", "other"), [((20, 17), (31, 26)), ((24, 24), (24, 24)), ((33, 58), (40, 61))]
)
def test_one_module_serves_every_size(image: tuple[int, int], other: tuple[int, int]) -> None:
    document = load_source(Source("<spec>", NETWORK))
    sizes: Any = [("image", (3, *image)), ("other", (1, *other))]
    agrees(pipeline.elaborate(document, inputs=sizes), pipeline.elaborate(document))


def test_a_size_is_written_from_the_tensor_it_is_of() -> None:
    text = backend.source(graph_of(NETWORK))
    for line in (
        "x = self.up(x, output_size=skip.shape[2:])",
        'F.interpolate(u2, other.shape[2:], mode="bilinear")',
        "F.adaptive_avg_pool2d(u2, c.shape[2:])",
        "F.adaptive_max_pool2d(u2, image.shape[2:])",
        'pad_like(u2, other, mode="replicate")',
        "center_crop(u2, b)",
        "self.first(x, output_size=u2.shape[2:])",
    ):
        assert line in text, text
    assert text.count("self.u1 = ") == 1
    assert "self.u2" not in text
    assert "self.second" not in text


IN_PLACE = """
name: Overwritten
inputs: {image: [3, 20, 17]}
graph:
  - {id: a, conv: {out_channels: 4}}
  - {id: b, relu: {inplace: true}}
  - {id: small, max_pool: 2}
  - {id: large, upsample: {like: a}}
  - {id: up, from: small, conv_transpose: {out_channels: 4, kernel_size: 2, stride: 2, like: a}}
outputs: [large, up]
"""


@pytest.mark.parametrize("size", [(20, 17), (31, 30)])
def test_the_size_of_what_is_overwritten_is_still_its_size(size: tuple[int, int]) -> None:
    document = load_source(Source("<spec>", IN_PLACE))
    resized = pipeline.elaborate(document, inputs=[(None, (3, *size))])
    agrees(resized, pipeline.elaborate(document))


@pytest.mark.parametrize("size", [(97, 65), (100, 84)])  # a pixel more than eights, and half of one
def test_fcn_gives_a_score_for_every_pixel_as_torchvisions_does(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    theirs = reference(
        Peer("torchvision", "fcn_resnet50", {"aux_loss": True, "weights_backbone": None})
    )
    ours = archspec.compile(load("fcn_resnet50"), device="meta")
    share_weights(ours, theirs, {name: name for name in names(theirs)}, (3, 64, 64))
    without_dropout(ours, theirs)
    image = torch.randn(1, 3, *size, dtype=torch.double)
    with torch.no_grad():
        got = ours.double().eval()(image)
        wanted = theirs.double().eval()(image)["out"]
    assert got.shape == (1, 21, *size)
    assert_same_outputs([got], [wanted])


def test_one_value_that_stands_for_several_inputs_is_read_by_the_name_that_is_written() -> None:
    graph = graph_of("""
        name: Small
        inputs: {x: [4, 8, 8]}
        blocks:
          resized:
            inputs: [a, size, used]
            graph:
              - {from: a, max_pool: 2}
              - {id: up, upsample: {like: size}}
              - add: [up, used]
        graph:
          - {id: c, conv: 4}
          - {from: [c, c, c], resized: }
    """)
    assert "F.interpolate(x, size.shape[2:])" in backend.source(graph)
