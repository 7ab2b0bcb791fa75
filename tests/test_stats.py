"""What a network costs, and the tables that say so."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from archspec.analysis.cost import Dtype, Stats, Totals, stats
from archspec.build import build
from archspec.diagnostics import Source
from archspec.graph import Graph
from archspec.loading import load, load_source
from archspec.show import costs
from archspec.show.tables import Column, Line, Table, markdown, plain
from archspec.show.terminal import paint
from archspec.show.units import brief, dims, exact, size

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


def _graph(text: str) -> Graph:
    return build(load_source(Source("<spec>", text)))


def _tiny(batch: int = 1, dtype: Dtype = "float32") -> Stats:
    return stats(_graph(NET), batch=batch, dtype=dtype)


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
    assert counted.train_only == Totals(HEAD, 0, 4 * 64 * 2, (256 + 2) * 4, HEAD * 4, 0)
    assert [layer.path for layer in counted.layers if layer.train_only] == ["head.0", "head.fc"]


def test_weights_of_a_training_head_count_where_evaluation_uses_them() -> None:
    graph = _graph(
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
        stats(_graph(NET), batch=batch, dtype=dtype)


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "unet", "densenet121"])
def test_groups_sum_their_layers(name: str) -> None:
    counted = stats(build(load(name)))
    both = [counted.totals, counted.train_only]
    assert counted.tree.totals.params == sum(t.params for t in both)
    assert counted.tree.totals.macs == sum(t.macs for t in both)
    assert counted.totals.macs == sum(x.macs for x in counted.layers if not x.train_only)
    assert list(costs.folded(counted, 99)) == counted.layers


# --- tables -------------------------------------------------------------------------------

TABLE = """\
Tiny: image [3, 8, 8] -> fc [10], head [2]
batch 1, float32; memory: a layer's output, 1 MB = 10^6 bytes
1 MAC = one multiply-accumulate of a conv, linear or matmul; FLOPs = 2 x MACs

Layer          Op                        Output  Params    MACs   Memory
------------------------------------------------------------------------
stem           unit                       4x8x8     116   6.91K  3.07 kB
  conv         conv 3x3, 4, p1, no bias   4x8x8     108   6.91K  1.02 kB
  norm         batch_norm                 4x8x8       8       -  1.02 kB
  2            relu                       4x8x8       -       -  1.02 kB
first          unit                       4x8x8     152   9.22K  3.07 kB
  conv         conv 3x3, 4, p1, no bias   4x8x8     144   9.22K  1.02 kB
  norm         batch_norm                 4x8x8       8       -  1.02 kB
  2            relu                       4x8x8       -       -  1.02 kB
again          unit                       4x8x8      0*   9.22K  3.07 kB
  conv         conv 3x3, 4, p1, no bias   4x8x8      0*   9.22K  1.02 kB
  norm         batch_norm                 4x8x8      0*       -  1.02 kB
  2            relu                       4x8x8       -       -  1.02 kB
pool           global_avg_pool            4x1x1       -       -     16 B
4              flatten                        4       -       -     16 B
fc             linear 10                     10      50      40     40 B
head           (training only)                2     514     512  1.03 kB
  0            flatten                      256       -       -  1.02 kB
  fc           linear 2                       2     514     512      8 B
------------------------------------------------------------------------
total                                               318  25.38K  9.29 kB
training only                                       514     512  1.03 kB

parameters: 318 (1.27 kB)
buffers: 18 (80 B)
MACs: 25,384
FLOPs: 50,768
activations: 9.29 kB, the sum of all outputs
* uses the parameters of an earlier layer, where they are counted
"""

FOLDED = """\
**Tiny: image [3, 8, 8] -> fc [10], head [2]**

batch 32, float16; memory: a layer's output, 1 MB = 10^6 bytes

1 MAC = one multiply-accumulate of a conv, linear or matmul; FLOPs = 2 x MACs

| Layer | Op | Output | Params | MACs | Memory |
| :-- | :-- | --: | --: | --: | --: |
| `stem` | unit | 4x8x8 | 116 | 221.18K | 49.15 kB |
| `first` | unit | 4x8x8 | 152 | 294.91K | 49.15 kB |
| `again` | unit | 4x8x8 | 0* | 294.91K | 49.15 kB |
| `pool` | global_avg_pool | 4x1x1 | - | - | 256 B |
| `4` | flatten | 4 | - | - | 256 B |
| `fc` | linear 10 | 10 | 50 | 1.28K | 640 B |
| `head` | (training only) | 2 | 514 | 16.38K | 16.51 kB |
| **total** |  |  | **318** | **812.29K** | **148.61 kB** |
| `training only` |  |  | 514 | 16.38K | 16.51 kB |

- parameters: 318 (636 B)
- buffers: 18 (48 B)
- MACs: 812,288
- FLOPs: 1,624,576
- activations: 148.61 kB, the sum of all outputs
- * uses the parameters of an earlier layer, where they are counted
"""


def test_the_plain_table() -> None:
    assert plain(costs.table(_tiny())) == TABLE


def test_the_folded_table_in_markdown() -> None:
    table = costs.table(_tiny(32, "float16"), depth=1, paths=True)
    assert markdown(table) == FOLDED


def test_the_terminal_has_room_for_every_number(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for width, name in ((100, "googlenet"), (100, "densenet121"), (80, "resnet50")):
        monkeypatch.setenv("COLUMNS", str(width))
        paint(costs.table(stats(build(load(name)))))
        lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
        assert max(map(len, lines)) <= width
        assert not any("…" in line[width // 2 :] for line in lines)
        assert any(line.startswith("total") and line.endswith("MB") for line in lines)


def test_csv_holds_exact_numbers() -> None:
    counted = stats(build(load("googlenet")))
    rows = list(csv.DictReader(io.StringIO(costs.as_csv(counted))))
    assert [row["path"] for row in rows] == [layer.path for layer in counted.layers]
    lasting = [row for row in rows if row["train_only"] == "false"]
    assert sum(int(row["params"]) for row in lasting) == 6_998_552
    assert sum(int(row["macs"]) for row in lasting) == 1_582_671_872
    concat = next(row for row in rows if row["op"] == "concat")
    assert concat["inputs"] == "64x28x28;128x28x28;32x28x28;32x28x28"
    folded = list(csv.DictReader(io.StringIO(costs.as_csv(counted, depth=1))))
    assert len(folded) < len(rows)
    assert sum(int(row["params"]) for row in folded) == sum(int(row["params"]) for row in rows)


def test_json_says_everything() -> None:
    data = json.loads(costs.as_json(_tiny()))
    assert list(data) == [
        *("name", "variant", "batch", "dtype", "inputs", "outputs", "totals", "layers")
    ]
    assert data["inputs"] == {"image": [3, 8, 8]}
    assert data["totals"]["params"] == 318
    assert data["totals"]["train_only"]["params"] == HEAD
    assert data["layers"][0] == {
        "path": "stem.conv",
        "op": "conv",
        "attributes": "3x3, 4, p1, no bias",
        "inputs": [[3, 8, 8]],
        "output": [4, 8, 8],
        "params": 108,
        "buffers": 0,
        "macs": 6912,
        "flops": 13824,
        "output_bytes": 1024,
        "shared": None,
        "train_only": False,
    }


@pytest.mark.parametrize(
    ("number", "texts"),
    [
        (0, ("-", "-", "0 B")),
        (999, ("999", "999", "999 B")),
        (1_000, ("1,000", "1.00K", "1.00 kB")),
        (999_994, ("999,994", "999.99K", "999.99 kB")),
        (999_996, ("999,996", "1.00M", "1.00 MB")),
        (4_089_184_256, ("4,089,184,256", "4.09G", "4.09 GB")),
        (10**19, ("10,000,000,000,000,000,000", "10000.00P", "10000.00 PB")),
    ],
)
def test_units(number: int, texts: tuple[str, str, str]) -> None:
    assert (exact(number), brief(number), size(number)) == texts


def test_a_table_of_nothing() -> None:
    table = Table("Empty", [Column(dims((1, 2)))], [Line(("a|b",), "total")])
    assert plain(table) == "Empty\n\n1x2\n---\n---\na|b\n"
    assert "a\\|b" in markdown(table)


@pytest.mark.parametrize("form", ["json", "csv", "markdown", "text"])
def test_nothing_heavy_is_imported(form: str) -> None:
    """A tenth of a second each: none of these is needed to count."""
    program = dedent(
        f"""
        import sys
        from pathlib import Path
        from archspec.cli import main
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
