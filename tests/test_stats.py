"""What a network costs, and the tables that say so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from archspec.analysis.cost import Dtype, Stats, stats
from archspec.elaboration.build import build
from archspec.frontend.loading import load
from archspec.tables import rows
from archspec.tables.tables import FORMATS
from tests.pieces import graph_of

NET = """
name: Tiny
inputs: {image: [3, 8, 8]}
blocks:
  unit:
    params: {channels: int}
    graph:
      - {id: conv, conv: {out_channels: $channels, kernel_size: 3, padding: 1, bias: false}}
      - {id: norm, batch_norm: }
      - relu
graph:
  - {id: stem, unit: 4}
  - {id: first, unit: 4}
  - {id: again, share: first}
  - {id: pool, global_avg_pool: }
  - flatten
  - {id: fc, linear: 10}
  - {id: head, from: stem, graph: [flatten, {id: fc, linear: 2}]}
outputs: {fc: fc, head: {from: head, train_only: true}}
"""


def _tiny(batch: int = 1, dtype: Dtype = "float32") -> Stats:
    return stats(graph_of(NET), batch=batch, dtype=dtype)


CONV1, CONV2, LINEAR = 4 * 3 * 9, 4 * 4 * 9, 4 * 10 + 10
HEAD = 4 * 64 * 2 + 2


def test_shared_weights_count_once_and_their_macs_once_a_use() -> None:
    totals = _tiny().totals
    assert totals.params == CONV1 + 8 + CONV2 + 8 + LINEAR
    assert totals.macs == 64 * (CONV1 + 2 * CONV2) + 40
    assert totals.flops == 2 * totals.macs
    shared = {layer.path: layer for layer in _tiny().layers if layer.shared}
    assert [layer.shared for layer in shared.values()] == ["first.conv", "first.norm"]
    assert all(layer.params == layer.buffers == 0 for layer in shared.values())
    assert shared["again.conv"].macs == 64 * CONV2


def test_buffers_and_bytes() -> None:
    totals = _tiny(dtype="bfloat16").totals
    assert totals.buffers == 2 * (4 + 4 + 1)
    assert totals.buffers_bytes == 2 * (8 * 2 + 8)  # the number of batches is a long
    assert totals.params_bytes == 2 * totals.params


def test_what_only_trains_is_counted_apart() -> None:
    counted = _tiny()
    apart = counted.train_only
    assert (apart.weights, apart.biases, apart.params_bytes) == (HEAD - 2, 2, HEAD * 4)
    assert (apart.buffers, apart.macs, apart.activations_bytes) == (0, 512, (256 + 2) * 4)
    assert [layer.path for layer in counted.layers if layer.train_only] == ["head.0", "head.fc"]


def test_weights_of_a_training_head_count_where_evaluation_uses_them() -> None:
    graph = graph_of(
        """
        name: Late
        inputs: {x: [8]}
        graph:
          - {id: a, linear: 8}
          - {id: aux, linear: 8}
          - {id: out, from: a, linear: 8, share: aux}
        outputs: {out: out, aux: {from: aux, train_only: true}}
        """
    )
    counted = stats(graph)
    assert (counted.totals.params, counted.train_only.params) == (144, 0)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_batch_and_dtype(dtype: Dtype) -> None:
    one, many = _tiny().totals, _tiny(16, dtype).totals
    width = 4 if dtype == "float32" else 2
    assert many.params == one.params
    assert many.macs == 16 * one.macs
    assert many.activations_bytes == 16 * one.activations_bytes * width // 4


def test_activations_are_all_outputs_but_the_inputs() -> None:
    counted = _tiny()
    outputs = 4 * 64 * 9 + 4 + 4 + 10
    assert counted.totals.activations_bytes == 4 * outputs
    assert counted.inputs == {"image": (3, 8, 8)}
    assert "image" not in [layer.path for layer in counted.layers]


@pytest.mark.parametrize(("batch", "dtype"), [(0, "float32"), (1, "int8")])
def test_what_cannot_be_counted(batch: int, dtype: Dtype) -> None:
    with pytest.raises(ValueError, match="cannot count"):
        stats(graph_of(NET), batch=batch, dtype=dtype)


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "unet", "densenet121"])
def test_groups_sum_their_layers(name: str) -> None:
    counted = stats(build(load(name)))
    both = [counted.totals, counted.train_only]
    assert counted.tree.totals.params == sum(t.params for t in both)
    assert counted.tree.totals.macs == sum(t.macs for t in both)
    assert counted.totals.macs == sum(x.macs for x in counted.layers if not x.train_only)
    assert list(rows.folded(counted, 99)) == counted.layers


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_heavy_is_imported(form: str) -> None:
    """A tenth of a second each: none of these is needed to count."""
    program = dedent(
        f"""
        import sys
        from pathlib import Path
        from archspec.cli.app import main
        main(["stats", "resnet152", "--format", "{form}"], standalone_mode=False)
        found = {{"torch", "networkx", "rich", "numpy", "jsonschema"}} & set(sys.modules)
        assert not found, found
        status = Path("/proc/self/status")  # a child inherits the peak that `resource` tells
        if status.exists():
            peak = int(status.read_text().partition("VmHWM:")[2].split()[0])
            assert peak < 70_000, peak
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "60192808" in done.stdout.replace(",", "") or form == "csv"


def test_the_package_itself_imports_next_to_nothing(tmp_path: Path) -> None:
    program = (
        "import sys, archspec\n"
        "assert archspec.__version__\n"
        "heavy = {'pydantic', 'yaml', 'click', 'rich', 'torch', 'networkx'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
