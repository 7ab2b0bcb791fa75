"""The compiled module is an ordinary one, and so is the one in the saved file."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archspec
from archspec.backends.torch import backend
from tests import ordinary

RESIDUAL = """
name: Residual
inputs: {image: [3, 16, 16]}
params: {width: 8, depths: [1, 2]}
blocks:
  residual:
    params: {channels: int, stride: 1}
    graph:
      - add:
          - - {id: conv1, conv: {out_channels: $channels, kernel_size: 3, stride: $stride,
                                 padding: 1, bias: false}}
            - {id: bn1, batch_norm: }
            - relu: {inplace: true}
            - {id: conv2, conv: {out_channels: $channels, kernel_size: 3, padding: 1}}
          - - {id: down, when: stride != 1 or input.channels != channels,
               conv: {out_channels: $channels, stride: $stride}}
      - relu: {inplace: true}
graph:
  - {id: stem, conv: {out_channels: $width, kernel_size: 3, padding: 1}}
  - for: {i: range(2), depth: depths}
    id: layer$(i + 1)
    graph:
      - for: {j: range(depth)}
        residual: {channels: $(width * 2 ** i), stride: $(2 if i > 0 and j == 0 else 1)}
  - global_avg_pool
  - flatten
  - dropout: 0.5
  - {id: fc, linear: 5}
init:
  conv: {weight: kaiming_normal}
"""

RECURSIVE = """
name: Recursive
inputs: {image: [3, 16, 16]}
params: {depth: 2}
blocks:
  level:
    params: {channels: int, depth: int}
    graph:
      - {id: encoder, conv: {out_channels: $channels, kernel_size: 3, padding: 1}}
      - relu
      - when: depth > 0
        graph:
          - concat:
              - []
              - - max_pool: 2
                - {id: below, level: {channels: $(2 * channels), depth: $(depth - 1)}}
                - {id: up, conv_transpose: {out_channels: $channels, kernel_size: 2, stride: 2}}
          - {id: decoder, conv: {out_channels: $channels, kernel_size: 3, padding: 1}}
graph:
  - {id: top, level: {channels: 4, depth: $depth}}
  - scaled_sigmoid: 1.7
"""

HEADS = """
name: Heads
inputs: {image: [3, 16, 16]}
blocks:
  conv_bn:
    params: {out_channels: int, kernel_size: 1, padding: 0}
    graph:
      - {id: conv, conv: {out_channels: $out_channels, kernel_size: $kernel_size,
                          padding: $padding, bias: false}}
      - {id: bn, batch_norm: }
      - relu: {inplace: true}
  inception:
    params: {channels: int}
    graph:
      - concat:
          - {id: branch1, conv_bn: $channels}
          - id: branch2
            graph:
              - conv_bn: 4
              - conv_bn: {out_channels: $channels, kernel_size: 3, padding: 1}
          - id: branch3
            graph:
              - max_pool: {kernel_size: 3, stride: 1, padding: 1}
              - conv_bn: $channels
  head:
    graph:
      - adaptive_avg_pool: 2
      - flatten
      - {id: fc1, linear: 16}
      - relu
      - dropout: 0.7
      - {id: fc2, linear: 5}
graph:
  - {id: a, inception: 4}
  - {id: b, inception: 6}
  - global_avg_pool
  - flatten
  - {id: fc, linear: 5}
  - {id: aux, from: a, head: }
outputs:
  logits: fc
  aux: {from: aux, train_only: true, loss_weight: 0.3}
"""

DENSE = """
name: Dense
inputs: {image: [3, 16, 16]}
params: {growth: 4}
blocks:
  dense_layer:
    graph:
      - concat:
          - []
          - - {id: norm, batch_norm: }
            - {id: relu, relu: {inplace: true}}
            - {id: conv, conv: {out_channels: $growth, kernel_size: 3, padding: 1, bias: false}}
  dense_block:
    params: {depth: int}
    graph:
      - for: {i: range(depth)}
        id: denselayer$(i + 1)
        dense_layer:
graph:
  - id: features
    graph:
      - {id: conv0, conv: {out_channels: 8, kernel_size: 3, padding: 1}}
      - {id: denseblock1, dense_block: 3}
      - {id: norm5, batch_norm: }
  - relu: {inplace: true}
  - global_avg_pool
  - flatten
  - {id: classifier, linear: 5}
"""

SHARED = """
name: Shared
inputs: {image: [3, 16, 16]}
graph:
  - {id: stem, conv: {out_channels: 6, kernel_size: 3, padding: 1}}
  - {id: step, conv: {out_channels: 6, kernel_size: 3, padding: 1}}
  - tanh
  - {share: step}
  - tanh
  - global_avg_pool
  - flatten
  - {id: fc, linear: 5}
"""

SPECS = {
    "residual": RESIDUAL,
    "recursive": RECURSIVE,
    "heads": HEADS,
    "dense": DENSE,
    "shared": SHARED,
}
NETWORKS = [*SPECS, "lenet5"]
ALONE = ["residual", "recursive", "heads", "lenet5"]  # tried without archspec too

each_network = pytest.mark.parametrize("name", NETWORKS)
each_deed = pytest.mark.parametrize("deed", ordinary.DEEDS.values(), ids=lambda d: d.__name__)


@dataclass(frozen=True)
class Bench:
    """The networks above as files."""

    folder: Path

    def spec(self, name: str) -> str:
        if name not in SPECS:
            return name
        path = self.folder / f"{name}.yaml"
        path.write_text(SPECS[name], encoding="utf-8")
        return str(path)

    def module(self, name: str) -> nn.Module:
        torch.manual_seed(0)
        module: nn.Module = archspec.compile(self.spec(name))
        return module

    def image(self, name: str, batch: int = 4) -> Tensor:
        (node,) = archspec.load(self.spec(name)).inputs
        return torch.randn(batch, *node.output, generator=torch.Generator().manual_seed(1))

    def file(self, name: str) -> tuple[Path, str]:
        """The saved source, and the name of the network's class."""
        path = self.folder / f"{name}_net.py"
        path.write_text(backend.source(archspec.load(self.spec(name))), encoding="utf-8")
        return path, type(self.module(name)).__name__


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@each_deed
@each_network
def test_it_is_ordinary(bench: Bench, name: str, deed: Callable[..., None]) -> None:
    deed(bench.module(name), bench.image(name))


@pytest.mark.slow
def test_inductor_compiles_it(bench: Bench) -> None:
    """The default backend, which writes code of its own for the whole network."""
    module, image = bench.module("recursive"), bench.image("recursive")
    ordinary.compiled(module, image, backend="inductor", modes=(True,))


def test_two_processes_train_it(bench: Bench) -> None:
    """DistributedDataParallel over gloo, every network in turn in the same two processes."""
    ordinary.distributed(*((bench.module(name), bench.image(name)) for name in NETWORKS))


def _run(*arguments: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_saved_file_is_ordinary_without_archspec(bench: Bench) -> None:
    """-I keeps the working directory off the path; ordinary.py keeps archspec out."""
    arguments: list[str | Path] = []
    for name in ALONE:
        path, cls = bench.file(name)
        shape = "x".join(map(str, bench.image(name).shape[1:]))
        arguments += [path, cls, shape]
    printed = _run("-I", ordinary.__file__, *arguments)
    wanted = [f"{name}_net {deed}" for name in ALONE for deed in ordinary.DEEDS]
    assert printed.splitlines() == [*wanted, "distributed"]


def test_the_saved_file_is_the_module_that_runs(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, cls = bench.file("heads")
    monkeypatch.syspath_prepend(str(path.parent))
    saved = getattr(__import__(path.stem), cls)()
    module = bench.module("heads")
    saved.load_state_dict(module.state_dict())
    image = bench.image("heads")
    ordinary.without_chance(saved)
    ordinary.without_chance(module)
    ordinary.assert_same(ordinary.run(saved, image), ordinary.run(module, image))
    assert saved.loss_weights == module.loss_weights


@pytest.mark.parametrize("how", ["pickle", "torch"])
def test_a_pickle_loads_in_a_process_that_never_compiled_it(bench: Bench, how: str) -> None:
    file, result = bench.folder / "whole", bench.folder / "result.pt"
    module, image = bench.module("residual").eval(), bench.image("residual")
    if how == "pickle":
        file.write_bytes(pickle.dumps(module))
        load = f"pickle.load(open({str(file)!r}, 'rb'))"
    else:
        torch.save(module, file)
        load = f"torch.load({str(file)!r}, weights_only=False)"
    torch.save(image, bench.folder / "image.pt")
    _run(
        "-c",
        f"import pickle, torch\nmodule = {load}\n"
        f"image = torch.load({str(bench.folder / 'image.pt')!r})\n"
        "with torch.no_grad():\n"
        f"    torch.save(module(image), {str(result)!r})\n",
    )
    ordinary.assert_same(torch.load(result), ordinary.run(module, image), 1e-6)


def test_a_traceback_shows_the_generated_line(bench: Bench) -> None:
    import traceback

    with pytest.raises(RuntimeError) as caught:
        bench.module("dense")(torch.randn(1, 4, 16, 16))
    shown = "".join(traceback.format_exception(caught.value))
    assert "self.features(x)" in shown


# Several networks in one process


def test_two_networks_do_not_interfere(bench: Bench) -> None:
    """Both define a class `Net`, with different layers."""
    specs = {5: "conv: {out_channels: 5}", 7: "conv: {out_channels: 7, kernel_size: 3}"}
    modules = {}
    for channels, op in specs.items():
        path = bench.folder / f"net{channels}.yaml"
        path.write_text(f"name: Net\ninputs: {{x: [3, 8, 8]}}\ngraph:\n  - {op}\n")
        modules[channels] = archspec.compile(path)
    names = {type(m).__name__ for m in modules.values()}
    assert len(names) == 1
    assert len({type(m) for m in modules.values()}) == 2
    for channels, module in modules.items():
        again = pickle.loads(pickle.dumps(module))
        assert type(again) is type(module)
        assert again(torch.randn(1, 3, 8, 8)).shape[1] == channels


def test_compiled_twice_the_weights_are_independent(bench: Bench) -> None:
    first, second = (archspec.compile(bench.spec("residual")) for _ in range(2))
    assert type(first) is type(second)
    assert not torch.equal(first.fc.weight, second.fc.weight)
    before = {k: v.clone() for k, v in second.state_dict().items()}
    first(bench.image("residual"))  # moves the batch norms' statistics
    with torch.no_grad():
        for parameter in first.parameters():
            parameter.zero_()
    assert all(torch.equal(v, before[k]) for k, v in second.state_dict().items())


def test_a_seed_makes_it_reproducible(bench: Bench) -> None:
    first, second = bench.module("residual"), bench.module("residual")
    for key, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[key])


def test_parameters_make_another_network(bench: Bench) -> None:
    wide = archspec.compile(bench.spec("residual"), width=16)
    assert wide.stem.out_channels == 16
    assert bench.module("residual").stem.out_channels == 8


# Modes, outputs, devices and dtypes


@each_network
def test_it_starts_in_training_and_changes_mode_throughout(bench: Bench, name: str) -> None:
    module = bench.module(name)
    assert all(child.training for child in module.modules())
    assert module.eval() is module
    assert not any(child.training for child in module.modules())
    image = bench.image(name)
    ordinary.assert_same(module(image), module(image))
    assert module.train() is module


def test_outputs_for_training_only(bench: Bench) -> None:
    module, image = bench.module("heads"), bench.image("heads")
    outputs = module(image)
    assert list(outputs) == ["logits", "aux"]
    assert module.loss_weights == {"logits": 1.0, "aux": 0.3}
    assert {tuple(v.shape) for v in outputs.values()} == {(4, 5)}
    alone = module.eval()(image)
    assert isinstance(alone, Tensor)
    assert alone.shape == (4, 5)


def test_a_head_alone_works_in_both_modes(bench: Bench) -> None:
    """A part of the network is a module too, for whoever takes it out to look at it."""
    head = bench.module("heads").aux
    maps = torch.randn(2, 12, 16, 16)
    assert head(maps).shape == head.eval()(maps).shape == (2, 5)


def test_only_the_network_with_several_outputs_has_loss_weights(bench: Bench) -> None:
    assert not hasattr(bench.module("residual"), "loss_weights")


def test_every_parameter_is_trained(bench: Bench) -> None:
    for name in NETWORKS:
        module, image = bench.module(name), bench.image(name)
        optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
        before = [p.detach().clone() for p in module.parameters()]
        ordinary.loss_of(module, image).backward()
        assert all(p.grad is not None for p in module.parameters())
        optimizer.step()
        moved = [
            not torch.equal(p, old) for p, old in zip(module.parameters(), before, strict=True)
        ]
        assert any(moved)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
@each_network
def test_dtypes(bench: Bench, name: str, dtype: torch.dtype) -> None:
    """By `.to` afterwards, and asked for at once."""
    image = bench.image(name)
    for module in (bench.module(name).to(dtype), archspec.compile(bench.spec(name), dtype=dtype)):
        assert {p.dtype for p in module.parameters()} == {dtype}
        output = ordinary.run(module.eval(), image.to(dtype))
        assert output.dtype == dtype
        assert output.isfinite().all()


def test_a_dtype_by_its_name(bench: Bench) -> None:
    module = archspec.compile(bench.spec("dense"), dtype="bfloat16")
    assert {p.dtype for p in module.parameters()} == {torch.bfloat16}


def test_double_agrees_with_single(bench: Bench) -> None:
    for name in NETWORKS:
        module, image = bench.module(name).eval(), bench.image(name)
        single = ordinary.run(module, image)
        double = ordinary.run(module.double(), image.double())
        torch.testing.assert_close(single.double(), double, rtol=1e-4, atol=1e-5)


def test_the_meta_device_costs_nothing(bench: Bench) -> None:
    module = archspec.compile("vgg19", device="meta")
    assert {p.device.type for p in module.parameters()} == {"meta"}
    filled = archspec.compile(bench.spec("dense"), device="meta").to_empty(device="cpu")
    filled.load_state_dict(bench.module("dense").state_dict())
    image = bench.image("dense")
    ordinary.assert_same(
        ordinary.run(filled.eval(), image), ordinary.run(bench.module("dense").eval(), image)
    )


@pytest.mark.gpu
def test_it_moves_to_the_gpu_and_back(bench: Bench, device: str) -> None:
    for name in NETWORKS:
        module, image = bench.module(name).eval(), bench.image(name)
        here = ordinary.run(module, image)
        there = ordinary.run(module.to(device), image.to(device))
        torch.testing.assert_close(there.cpu(), here, rtol=1e-2, atol=1e-3)
        ordinary.assert_same(ordinary.run(module.cpu(), image), here)


def test_hooks_and_names_reach_inside(bench: Bench) -> None:
    module, seen = bench.module("recursive"), []

    def hook(layer: nn.Module, _: Any, output: Tensor) -> None:
        seen.append((type(layer).__name__, tuple(output.shape[1:])))

    module.get_submodule("top.below.below.encoder").register_forward_hook(hook)
    module(bench.image("recursive"))
    assert seen == [("Conv2d", (16, 4, 4))]


def test_shared_weights_are_one_parameter(bench: Bench) -> None:
    module = bench.module("shared")
    names = [name for name, _ in module.named_parameters()]
    assert names == ["stem.weight", "stem.bias", "step.weight", "step.bias", "fc.weight", "fc.bias"]
    assert list(module.state_dict()) == names
