"""Volumes say what a spec wants to be read, and what cannot be seen by itself."""

from __future__ import annotations

from pathlib import Path

from archspec import pipeline
from archspec.backends.volumes.scene import Scene
from archspec.figures import solids
from archspec.figures.options import Options
from archspec.figures.picture import Words

TWO = """
name: Two
inputs: {left: [1, 32, 32], right: [1, 32, 32]}
blocks:
  encoder:
    graph:
      - {id: first, conv: {out_channels: 4, kernel_size: 3, padding: 1}}
      - max_pool: 2
      - {id: second, conv: {out_channels: 8, kernel_size: 3, padding: 1}}
      - flatten
      - {id: fc, linear: 16}
graph:
  - {id: a, from: left, encoder: , label: Query, note: h(x)}
  - {id: b, from: right, share: a}
  - subtract: [a, b]
  - {abs: , label: L1 distance}
  - linear: 1
"""
GENERATOR = """
name: Generator
inputs: {z: [100]}
graph:
  - linear: 4096
  - reshape: [256, 4, 4]
  - conv_transpose: {out_channels: 64, kernel_size: 4, stride: 2, padding: 1}
"""


def drawn(tmp_path: Path, text: str) -> Scene:
    path = tmp_path / "net.yaml"
    path.write_text(text, encoding="utf-8")
    return Scene(pipeline.elaborate(str(path)), Options(style="volumes"))


def test_labels_notes_and_lenders_are_told(tmp_path: Path) -> None:
    """A label of what only passes values on, too; whose weights a part has, once."""
    scene = drawn(tmp_path, TWO)
    found = list(scene.picture().words())
    assert {"L1 distance", "h(x)", "Query"} <= set(found)
    assert found.count("weights of") == found.count("Query") - 1 == 1
    assert found.count("FC") == 3  # each vector is named
    assert found.count("16") == 2 * 2  # features, and a resolution in either stream


def test_inputs_stand_in_their_order(tmp_path: Path) -> None:
    scene = drawn(tmp_path, TWO.replace("subtract", "concat"))
    (_, left), (_, right) = scene.laid.middles[:2]
    assert left < right


def test_a_vector_that_becomes_maps_is_drawn(tmp_path: Path) -> None:
    scene = drawn(tmp_path, GENERATOR)
    shapes = [maps.shape for maps in scene.selected.maps]
    assert shapes == [(100,), (4096,), (256, 4, 4), (64, 8, 8)]
    kinds = [scene.selected.kinds[maps] for maps in scene.selected.maps]
    assert kinds[1:] == ["linear", "linear", "upsampling"]


def test_no_vector_is_much_longer_than_maps_are_high() -> None:
    scale = solids.fitting([(100,), (8192,), (256, 8, 8)])
    most = 1.2 * scale.side * solids.side(8)
    assert scale.height * solids.height(8192) < most
    assert solids.fitting([(100,), (8192,)]) == solids.Scale()


def test_resolutions_that_differ_stand_apart() -> None:
    """Those of VGG's last convolutions, and of the pooling after them."""
    scene = Scene(pipeline.elaborate("vgg16"), Options(style="volumes"))
    said = [i for c in scene.cells for i in c.items if isinstance(i, Words) and i.text in "14 7"]
    (x, y), (a, b) = said[-2].at, said[-1].at
    assert [words.text for words in said[-2:]] == ["14", "7"]
    assert ((x - a) ** 2 + (y - b) ** 2) ** 0.5 > 12
