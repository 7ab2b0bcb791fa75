"""What one may do with any `nn.Module`, tried on one; needs nothing but torch.

test_module.py calls these. Run as a script, this file does them all to a saved network, where
archspec cannot be imported:

    python -I ordinary.py FILE.py CLASS SHAPE
"""

from __future__ import annotations

import copy
import importlib
import io
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

BLOCKED = "archspec"


class Blocker:
    """An import hook under which archspec is not there."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        if name.partition(".")[0] == BLOCKED:
            raise ModuleNotFoundError(f"{name} is kept out of this process", name=name)


# Also in the processes that a script starts, which import it as __mp_main__.
if __name__ in ("__main__", "__mp_main__"):
    sys.meta_path.insert(0, Blocker)  # type: ignore[arg-type]

import torch  # noqa: E402
import torch.distributed as dist  # noqa: E402
from torch import Tensor, nn  # noqa: E402
from torch.nn.parallel import DistributedDataParallel  # noqa: E402

RANKS = 2


def values(output: Any) -> dict[str, Tensor]:
    """What a network returned, by name."""
    return dict(output) if isinstance(output, Mapping) else {"": output}


def assert_same(found: Any, wanted: Any, tolerance: float = 0.0) -> None:
    got, expected = values(found), values(wanted)
    assert got.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(got[name], value, rtol=tolerance, atol=tolerance, msg=name)


def run(module: nn.Module, *inputs: Tensor) -> Any:
    """Its output in whatever mode it is, the same at every call."""
    torch.manual_seed(0)
    with torch.no_grad():
        return module(*inputs)


def loss_of(module: nn.Module, *inputs: Tensor) -> Tensor:
    outputs = values(module(*inputs))
    weights = getattr(module, "loss_weights", {})
    losses = [weights.get(name, 1.0) * value.square().mean() for name, value in outputs.items()]
    return torch.stack(losses).sum()


def without_chance(module: nn.Module) -> nn.Module:
    """The module with its dropout and drop-path off, so that two runs in training agree."""
    for child in module.modules():
        if isinstance(child, nn.Dropout) or type(child).__name__ == "DropPath":
            child.p = 0.0
    return module


def _assert_twin(twin: nn.Module, module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    """An equal of the module that shares nothing with it."""
    assert twin is not module
    ours, theirs = module.state_dict(), twin.state_dict()
    assert list(ours) == list(theirs)
    for key, value in ours.items():
        assert torch.equal(value, theirs[key])
        assert value.data_ptr() != theirs[key].data_ptr()
    count = len(list(module.parameters()))  # what is shared inside stays shared
    assert len(list(twin.parameters())) == count
    assert_same(run(twin.eval(), *inputs), run(module.eval(), *inputs))
    with torch.no_grad():
        next(twin.parameters()).add_(1)
    assert not torch.equal(next(twin.parameters()), next(module.parameters()))


def deepcopied(module: nn.Module, *inputs: Tensor) -> None:
    _assert_twin(copy.deepcopy(module), module, inputs)


def pickled(module: nn.Module, *inputs: Tensor) -> None:
    for protocol in (2, pickle.HIGHEST_PROTOCOL):
        _assert_twin(pickle.loads(pickle.dumps(module, protocol)), module, inputs)


def saved_whole(module: nn.Module, *inputs: Tensor) -> None:
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    _assert_twin(torch.load(file, weights_only=False), module, inputs)


def saved_state(module: nn.Module, *inputs: Tensor) -> None:
    file = io.BytesIO()
    torch.save(module.state_dict(), file)
    file.seek(0)
    twin = copy.deepcopy(module)
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.zero_()
    assert not twin.load_state_dict(torch.load(file, weights_only=True)).missing_keys
    _assert_twin(twin, module, inputs)


def compiled(
    module: nn.Module,
    *inputs: Tensor,
    backend: str = "aot_eager",
    modes: tuple[bool, ...] = (True, False),
) -> None:
    """No graph break in training or evaluation, and the same outputs and gradients."""
    without_chance(module)
    torch.compiler.reset()
    eager, traced = module, torch.compile(module, fullgraph=True, backend=backend)
    for training in modes:
        module.train(training)
        before = copy.deepcopy(module.state_dict())
        gradients = []
        for which in (eager, traced):
            module.load_state_dict(before)
            module.zero_grad()
            loss_of(which, *inputs).backward()
            gradients.append([p.grad for p in module.parameters()])
        for found, wanted in zip(*gradients, strict=True):
            assert (found is None) == (wanted is None)
            if found is not None:
                torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)
        module.load_state_dict(before)
        wanted = run(eager, *inputs)
        module.load_state_dict(before)
        assert_same(run(traced, *inputs), wanted, 1e-5)


def exported(module: nn.Module, *inputs: Tensor) -> None:
    """Exported for any batch, saved, loaded and run on a batch that was not traced."""
    module.eval()
    batch = torch.export.Dim("batch", min=2, max=64)
    shapes = tuple({0: batch} for _ in inputs)
    program = torch.export.export(module, inputs, dynamic_shapes=shapes)
    file = io.BytesIO()
    torch.export.save(program, file)
    file.seek(0)
    again = torch.export.load(file).module()
    wider = tuple(torch.cat([x, x, x[:1]]) for x in inputs)
    for batch_of in (inputs, wider):
        assert_same(run(again, *batch_of), run(module, *batch_of), 1e-5)
    module.train()
    assert torch.export.export(module, inputs).module() is not None


def distributed(*networks: tuple[nn.Module, Tensor]) -> None:
    """Two processes with half the batch each: the gradients are the means of the halves'."""
    work = [(without_chance(module).train(), batch.chunk(RANKS)) for module, batch in networks]
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(_train, (folder, work), nprocs=RANKS)
        found = [torch.load(Path(folder, f"{rank}.pt")) for rank in range(RANKS)]
    for number, (module, halves) in enumerate(work):
        wanted = [_gradients(copy.deepcopy(module), half) for half in halves]
        for of_rank in found:
            for got, *expected in zip(of_rank[number], *wanted, strict=True):
                mean = torch.stack(expected).mean(0)
                torch.testing.assert_close(got, mean, rtol=1e-4, atol=1e-6)


def _gradients(module: nn.Module, batch: Tensor) -> list[Tensor]:
    loss_of(module, batch).backward()
    return [p.grad for p in module.parameters() if p.grad is not None]


def _train(rank: int, folder: str, work: list[tuple[nn.Module, tuple[Tensor, ...]]]) -> None:
    torch.set_num_threads(1)
    store = Path(folder, "store").as_uri()
    dist.init_process_group("gloo", init_method=store, rank=rank, world_size=RANKS)
    gradients = []
    for module, halves in work:
        parallel: Any = DistributedDataParallel(module)
        parallel.loss_weights = getattr(module, "loss_weights", {})
        gradients.append(_gradients(parallel, halves[rank]))
    torch.save(gradients, Path(folder, f"{rank}.pt"))
    dist.destroy_process_group()


DEEDS: dict[str, Callable[..., None]] = {
    deed.__name__: deed
    for deed in (deepcopied, pickled, saved_whole, saved_state, compiled, exported)
}


def _modules(names: list[str]) -> Iterator[tuple[str, nn.Module, Tensor]]:
    for file, cls, shape in zip(names[::3], names[1::3], names[2::3], strict=True):
        path = Path(file)
        if str(path.parent) not in sys.path:
            sys.path.insert(0, str(path.parent))
        torch.manual_seed(0)
        module = getattr(importlib.import_module(path.stem), cls)()
        yield path.stem, module, torch.randn(4, *map(int, shape.split("x")))


def main(names: list[str]) -> None:
    networks = list(_modules(names))
    for name, module, image in networks:
        for deed in DEEDS.values():
            deed(copy.deepcopy(module), image)
            print(name, deed.__name__)
    distributed(*((module, image) for _, module, image in networks))
    print("distributed")
    assert BLOCKED not in sys.modules


if __name__ == "__main__":
    main(sys.argv[1:])
