"""How ops are written into a network: as a person would, and by their attributes' expressions."""

from __future__ import annotations

import copy

import torch

from archspec.backends.torch import backend
from tests import ordinary
from tests.strategies import graph_of
from tests.test_emission import emitted, holds


def test_channels_are_picked_by_indexing() -> None:
    source = emitted("""
        graph:
          - scale: {factor: 2, offset: -0.5}
          - concat:
              - channel_select: [0, 2, 1]
              - channel_slice: {start: 1}
              - channel_slice: {stop: -1, step: 2}
          - channel_pad: {before: 1, after: 3}
          - channel_shuffle: 2
          - subsample: [2, 1]
    """)
    holds(
        source,
        "= x * 2 - 0.5",
        "x[:, [0, 2, 1]]",
        "x[:, 1:]",
        "x[:, :-1:2]",
        "F.pad(x, (0, 0, 0, 0, 1, 3))",
        "F.channel_shuffle(x, 2)",
        "x[:, :, ::2, :]",
    )
    assert source.count("class ") == 1


def test_a_number_that_differs_from_instance_to_instance_is_kept_for_the_call() -> None:
    source = emitted("""
        blocks:
          unit:
            params: {channels: int, stride: 1, factor: 0.1}
            graph:
              - add:
                  - - conv: {out_channels: $channels, stride: $stride}
                    - scale: $factor
                  - - subsample: $stride
                    - channel_pad: $(channels - input.channels)
              - concat:
                  - channel_slice: {stop: $(channels // 2)}
                  - channel_slice: {start: $(channels // 2)}
        graph:
          - unit: 4
          - unit: {channels: 8, stride: 2, factor: 0.2}
          - unit: {channels: 16, factor: $(1 / 4)}
    """)
    holds(
        source,
        "self.after = channels - in_channels",
        "self.factor = factor",
        "out = out * self.factor",
        "shortcut = x[:, :, :: self.stride, :: self.stride]",
        "F.pad(shortcut, (0, 0, 0, 0, 0, self.after))",
        "x[:, : self.stop]",
        "x[:, self.stop :]",
    )
    assert source.count("class ") == 2


def test_chains_take_helpers_as_modules() -> None:
    source = emitted("""
        graph:
          - id: stem
            graph:
              - conv: {out_channels: 4}
              - channel_affine
              - scale: 0.5
              - mixed_pool: {kernel_size: 2, per_channel: true}
              - {drop_path: 0.2}
              - masked_conv: {out_channels: 3, kernel_size: 3, kernel_mask: A}
    """)
    holds(
        source,
        "self.stem = nn.Sequential(",
        "ChannelAffine(4),",
        "Scale(0.5),",
        "MixedPool2d(2, num_parameters=4),",
        "DropPath(0.2),",
        'MaskedConv2d(4, 3, kernel_size=3, kernel_mask="A"),',
    )


def test_a_merge_may_have_weights() -> None:
    source = emitted("""
        blocks:
          bend:
            params: {channels: int}
            graph:
              - id: conv
                deform_conv:
                  branches:
                    - []
                    - {id: offset, conv: {out_channels: 18, kernel_size: 3, padding: 1}}
                  out_channels: $channels
                  kernel_size: 3
                  padding: 1
        graph: [bend: 4, bend: 8]
    """)
    holds(
        source,
        "self.conv = DeformConv2d(in_channels, channels, kernel_size=3, padding=1)",
        "return self.conv(x, offset)",
    )


def test_a_transformer_samples_what_it_has_read() -> None:
    source = emitted("""
        graph:
          - id: theta
            graph: [flatten, {linear: 6}]
          - id: grid
            affine_grid: {like: image}
          - grid_sample: [image, grid]
    """)
    holds(source, "affine_grid(", ".shape[2:])", "F.grid_sample(x, out, align_corners=False)")


JOINS = """
    graph:
      - {id: columns, choose_column: 3}
      - fractal_join:
          columns: columns
          first: 1
          branches: [[{from: image, conv: {out_channels: 3}}], image]
      - fractal_join: {p: 0.5, branches: [[], [relu], [tanh]]}
      - parallel: [[relu], [tanh]]
      - fractal_join: [[]]
"""


def test_joins_are_told_whether_they_train() -> None:
    source = emitted(JOINS)
    holds(
        source,
        "self.columns = ChooseColumn(3)",
        "self.training, columns, first=1)",
        "self.training, p=0.5)",
    )


def test_helpers_compile_and_export() -> None:
    """With chance taken out, so that two runs in training agree."""
    graph = graph_of("""
name: Small
inputs: {image: [4, 8, 8]}
graph:
  - {id: columns, choose_column: {columns: 2, p: 0}}
  - id: bent
    deform_conv:
      branches:
        - image
        - [{from: image, conv: {out_channels: 18, kernel_size: 3}}]
        - [{from: image, conv: {out_channels: 9, kernel_size: 3}}, sigmoid]
      out_channels: 4
      kernel_size: 3
  - {id: masked, masked_conv: {out_channels: 4, connections: [[0, 1], [2], [3], [0]]}}
  - fractal_join: {p: 0, columns: columns, branches: [bent, masked]}
  - {channel_affine: , id: affine}
  - {id: scaled, scale: {factor: 2, offset: 1}}
  - {id: padded, channel_pad: 2}
  - {id: sliced, channel_slice: {start: 1}}
  - {id: picked, channel_select: [0, 2, 1]}
  - {id: map, mixed_pool: 2}
  - {drop_path: 0.3}
  - graph: [flatten, {linear: 6}, {affine_grid: {like: map}}]
    id: grid
  - grid_sample: [map, grid]
  - flatten
  - rbf: 5
""")
    module = backend.compile(graph)
    images = torch.randn(4, 4, 8, 8)
    for deed in (ordinary.pickled, ordinary.compiled, ordinary.exported):
        deed(copy.deepcopy(module), images)
