"""What ops compute that PyTorch lacks, by their formulas; and what is random, by its odds."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.test_ops import build, evaluate, prepare, scope

DRAWS = 4000


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def module_of(name: str, attributes: dict[str, Any], *shapes: tuple[int, ...]) -> nn.Module:
    return build(prepare((name, attributes, shapes))[2])


def test_scaling_and_channels() -> None:
    x = torch.randn(2, 4, 3, 3)
    affine = module_of("channel_affine", {}, (4, 3, 3))
    assert torch.equal(affine(x), x)
    with torch.no_grad():
        affine.weight.copy_(torch.arange(4))
        affine.bias.fill_(1)
    assert torch.equal(affine(x)[:, 2], 2 * x[:, 2] + 1)
    padded = module_of("channel_pad", {"before": 1, "after": 2}, (4, 3, 3))(x)
    assert torch.equal(padded[:, 1:5], x)
    assert padded.sum() == pytest.approx(x.sum().item(), abs=1e-4)
    picked = module_of("channel_select", {"channels": (3, 0, 0)}, (4, 3, 3))(x)
    assert torch.equal(picked, torch.stack([x[:, 3], x[:, 0], x[:, 0]], 1))
    assert torch.equal(module_of("subsample", {"stride": 2}, (4, 3, 3))(x), x[:, :, ::2, ::2])


def test_rbf_gives_squared_distances_to_signs() -> None:
    rbf = module_of("rbf", {"out_features": 10}, (84,))
    assert set(rbf.centres.flatten().tolist()) == {-1.0, 1.0}
    assert not list(rbf.parameters())
    x = torch.randn(3, 84)
    torch.testing.assert_close(rbf(x), torch.cdist(x, rbf.centres).square())


def test_the_identity_samples_a_map_as_it_is() -> None:
    x = torch.randn(2, 3, 5, 4)
    theta = torch.tensor([[1.0, 0, 0, 0, 1, 0]] * 2)
    shapes = ((6,), (3, 5, 4))
    grid = evaluate(prepare(("affine_grid", {"like": "x"}, shapes))[2], [theta, x])
    sampled = evaluate(prepare(("grid_sample", {}, ((3, 5, 4), (5, 4, 2))))[2], [x, grid])
    torch.testing.assert_close(sampled, x)
    mirror = theta * torch.tensor([-1.0, 1, 1, 1, 1, 1])
    grid = evaluate(prepare(("affine_grid", {"size": (5, 4)}, shapes[:1]))[2], [mirror])
    sampled = evaluate(prepare(("grid_sample", {}, ((3, 5, 4), (5, 4, 2))))[2], [x, grid])
    torch.testing.assert_close(sampled, x.flip(3))


def test_masks_of_convolutions() -> None:
    causal = {"out_channels": 2, "kernel_size": 3, "padding": 1}
    before = module_of("masked_conv", {**causal, "kernel_mask": "A"}, (1, 5, 5))
    assert before.mask[0, 0].tolist() == [[1, 1, 1], [1, 0, 0], [0, 0, 0]]
    upto = module_of("masked_conv", {**causal, "kernel_mask": "B"}, (1, 5, 5))
    assert upto.mask[0, 0].tolist() == [[1, 1, 1], [1, 1, 0], [0, 0, 0]]
    x = torch.zeros(1, 1, 5, 5, requires_grad=True)
    for module, reads_itself in ((before, False), (upto, True)):
        (gradient,) = torch.autograd.grad(module(x)[0, :, 2, 2].sum(), x)
        seen = gradient.flatten().abs() > 0
        assert not seen[13:].any()
        assert bool(seen[12]) is reads_itself

    table = ((0, 2), (1,), (0, 1, 2))
    sparse = module_of(
        "masked_conv", {"out_channels": 3, "kernel_size": 3, "connections": table}, (3, 6, 6)
    )
    x = torch.randn(2, 3, 6, 6)
    for number, maps in enumerate(table):
        weight = sparse.weight[number : number + 1, list(maps)]
        alone = F.conv2d(x[:, list(maps)], weight, sparse.bias[number : number + 1])
        torch.testing.assert_close(sparse(x)[:, number : number + 1], alone)


DEFORMED: list[dict[str, Any]] = [
    {},
    {"padding": 1, "mask": True},
    {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2), "groups": 2, "mask": True},
    {"kernel_size": (3, 2), "stride": 2, "dilation": (2, 1), "padding": (0, 1), "parts": 2},
    {"kernel_size": 1, "groups": 4, "parts": 4, "mask": True},
]


def deformed(case: dict[str, Any]) -> tuple[nn.Module, list[Tensor]]:
    """A deformable convolution, and an image, offsets and, perhaps, factors for it."""
    attributes = {"out_channels": 8, "kernel_size": 3, **case}
    parts, masked = attributes.pop("parts", 1), attributes.pop("mask", False)
    x = torch.randn(2, 4, 9, 8)
    same = prepare(("conv", attributes, ((4, 9, 8),)))[0].infer((4, 9, 8))[1:]
    size = attributes["kernel_size"]
    taps = parts * (size**2 if isinstance(size, int) else size[0] * size[1])
    operands = [x, 2 * torch.randn(2, 2 * taps, *same), torch.rand(2, taps, *same)]
    operands = operands if masked else operands[:2]
    shapes = [tuple(o.shape[1:]) for o in operands]
    return module_of("deform_conv", attributes, *shapes), operands


def read_at(image: Tensor, y: float, x: float) -> Tensor:
    """The value of each channel between four pixels, those outside being 0."""
    total = torch.zeros(image.shape[0])
    top, left = int(y // 1), int(x // 1)
    for row, column in ((top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)):
        if 0 <= row < image.shape[1] and 0 <= column < image.shape[2]:
            total += (1 - abs(y - row)) * (1 - abs(x - column)) * image[:, row, column]
    return total


@pytest.mark.parametrize("case", DEFORMED, ids=str)
def test_deformable_convolution_by_its_definition(case: dict[str, Any]) -> None:
    """At a few output pixels: sum over places of weight * factor * image(place + offset)."""
    conv, operands = deformed(case)
    x, offset, *factors = (o.detach() for o in operands)
    rows, columns = conv.weight.shape[2:]
    parts = offset.shape[1] // (2 * rows * columns)
    with torch.no_grad():
        found = conv(*operands)
        for h, w in ((0, 0), (found.shape[2] - 1, found.shape[3] - 1), (1, 2)):
            patch = torch.zeros(4, rows, columns)
            for part, i, j in torch.cartesian_prod(*map(torch.arange, (parts, rows, columns))):
                tap = int((part * rows + i) * columns + j)
                y = h * conv.stride[0] - conv.padding[0] + i * conv.dilation[0]
                y_x = w * conv.stride[1] - conv.padding[1] + j * conv.dilation[1]
                down, right = offset[1, 2 * tap, h, w], offset[1, 2 * tap + 1, h, w]
                value = read_at(x[1], float(y + down), float(y_x + right))
                value = value * factors[0][1, tap, h, w] if factors else value
                mine = slice(int(part) * 4 // parts, (int(part) + 1) * 4 // parts)
                patch[mine, i, j] = value[mine]
            wanted = F.conv2d(patch[None], conv.weight, conv.bias, groups=conv.groups)
            torch.testing.assert_close(found[1, :, h, w], wanted[0, :, 0, 0], rtol=0, atol=1e-5)


@pytest.mark.parametrize("case", DEFORMED, ids=str)
def test_deformable_convolution_is_torchvisions(
    case: dict[str, Any], torchvision: ModuleType
) -> None:
    if not torchvision.extension._has_ops():
        pytest.skip("torchvision's compiled operators do not load beside this torch")
    conv, (x, offset, *mask) = deformed(case)
    wanted = torchvision.ops.deform_conv2d(
        x,
        offset,
        conv.weight,
        conv.bias,
        conv.stride,
        conv.padding,
        conv.dilation,
        mask[0] if mask else None,
    )
    torch.testing.assert_close(conv(x, offset, *mask), wanted, rtol=0, atol=1e-5)


def test_without_offsets_a_deformable_convolution_is_a_convolution() -> None:
    conv, (x, offset) = deformed({"padding": 1, "groups": 2})
    plain = F.conv2d(x, conv.weight, conv.bias, padding=1, groups=2)
    torch.testing.assert_close(conv(x, 0 * offset), plain, rtol=0, atol=1e-5)


def test_pools_by_their_formulas() -> None:
    x = torch.rand(2, 3, 4, 6)
    windows = x.unfold(2, 2, 2).unfold(3, 2, 2).flatten(4)
    pooled = module_of("lp_pool", {"kernel_size": 2, "norm_type": 3}, (3, 4, 6))(x)
    torch.testing.assert_close(pooled, windows.pow(3).sum(4).pow(1 / 3))
    mixed = module_of("mixed_pool", {"kernel_size": 2, "per_channel": True}, (3, 4, 6))
    with torch.no_grad():
        mixed.weight.copy_(torch.tensor([0, 0.25, 1]))
    mean, largest = windows.mean(4), windows.amax(4)
    wanted = [mean[:, 0], 0.25 * largest[:, 1] + 0.75 * mean[:, 1], largest[:, 2]]
    torch.testing.assert_close(mixed(x), torch.stack(wanted, 1))
    pool = module_of("stochastic_pool", {"kernel_size": 2}, (3, 4, 6)).eval()
    torch.testing.assert_close(pool(x), windows.square().sum(4) / windows.sum(4))
    assert torch.equal(pool(-x), torch.zeros(2, 3, 2, 3))


def test_stochastic_pooling_draws_in_proportion() -> None:
    pool = module_of("stochastic_pool", {"kernel_size": 2}, (1, 2, 2))
    x = torch.tensor([[1.0, 2], [0, 5]])
    drawn = pool(x.expand(DRAWS, 1, 2, 2)).flatten()
    assert set(drawn.tolist()) == {1.0, 2.0, 5.0}
    for value in (1, 2, 5):
        assert (drawn == value).float().mean() == pytest.approx(value / 8, abs=0.04)
    assert torch.equal(pool(torch.zeros(2, 1, 2, 2)), torch.zeros(2, 1, 1, 1))


def test_drop_path_drops_whole_samples() -> None:
    drop = module_of("drop_path", {"p": 0.25}, (2, 3))
    x = torch.ones(DRAWS, 2, 3)
    dropped = drop(x)
    assert (dropped.flatten(1) == dropped[:, :1, 0]).all()
    assert dropped.unique().tolist() == pytest.approx([0, 4 / 3])
    assert dropped.mean() == pytest.approx(1, abs=0.06)
    assert drop.eval()(x) is x


def test_a_column_is_chosen_for_each_sample() -> None:
    choose = module_of("choose_column", {"columns": 4, "p": 0.5}, (2, 3))
    x = torch.randn(DRAWS, 2, 3)
    chosen = choose(x)
    alone = chosen[chosen.sum(1) == 1]
    assert len(alone) / DRAWS == pytest.approx(0.5, abs=0.05)
    assert (chosen[chosen.sum(1) != 1] == 1).all()
    assert alone.mean(0).tolist() == pytest.approx([0.25] * 4, abs=0.05)
    assert torch.equal(choose.eval()(x), torch.ones(DRAWS, 4))


def joined(*operands: Tensor, training: bool = True, **attributes: Any) -> Tensor:
    """A join in training of operands that are one number each; `columns` may come last."""
    layer = prepare(("fractal_join", attributes, tuple(tuple(o.shape[1:]) for o in operands)))[2]
    join = scope(layer)["fractal_join"]
    columns = operands[-1] if "columns" in attributes else None
    values = list(operands[:-1] if "columns" in attributes else operands)
    attributes.pop("columns", None)
    value: Tensor = join(values, training, columns, **attributes)
    return value


def test_a_join_keeps_at_least_one_operand() -> None:
    operands = [torch.full((DRAWS, 1), value) for value in (6.0, 12.0, 24.0)]
    found = joined(*operands, p=0.3).flatten().round()
    assert found.unique().tolist() == [6, 9, 12, 14, 15, 18, 24]
    assert (found == 14).float().mean() == pytest.approx(0.7**3, abs=0.04)
    alone = joined(*operands, p=1.0).flatten()
    for value in (6, 12, 24):
        assert (alone == value).float().mean() == pytest.approx(1 / 3, abs=0.04)
    assert (joined(*operands, training=False, p=1.0) == 14).all()


def test_a_join_obeys_the_chosen_column() -> None:
    operands = [torch.full((4, 1), value) for value in (1.0, 3.0)]
    columns = torch.tensor([[0.0, 1, 0], [0, 0, 1], [1, 0, 0], [1, 1, 1]])
    found = joined(*operands, columns, columns="columns", first=1, p=0.0)
    assert found.flatten().tolist() == [1, 3, 2, 2]
    found = joined(*operands, columns, columns="columns", first=0, p=0.0)
    assert found.flatten().tolist() == [3, 2, 1, 2]
