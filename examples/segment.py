"""A U-Net, compiled from its spec, learns to find roads in made-up aerial photographs.

    python examples/segment.py

Every photograph is drawn here: fields in several colours, grey roofs, winding grey roads, and
noise over it all; so there is nothing to download, and the mask of the roads is exact. Exit
status 1 when the intersection over union on unseen photographs is 0.9 or less.
"""

from __future__ import annotations

import argparse
import sys
import time

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import archspec

TARGET = 0.9
UNSEEN = 64


def photographs(count: int, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Images [count, 3, size, size] and the masks [count, 1, size, size] of their roads."""
    drawn = [_photograph(size, generator) for _ in range(count)]
    images, masks = zip(*drawn, strict=True)
    return torch.stack(images), torch.stack(masks)


def _photograph(size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return torch.empty(shape).uniform_(low, high, generator=generator)

    patches = int(uniform(3, 6))
    fields = F.interpolate(uniform(0.0, 0.5, 1, 3, patches, patches), size, mode="bilinear")
    image = fields[0] * torch.tensor([0.8, 1.0, 0.6]).view(3, 1, 1)
    for _ in range(int(uniform(2, 6))):
        left, top = (int(uniform(0, size - 12)) for _ in range(2))
        width, height = (int(uniform(5, 12)) for _ in range(2))
        image[:, top : top + height, left : left + width] = uniform(0.4, 0.8)
    mask = torch.zeros(1, size, size, dtype=torch.bool)
    for _ in range(int(uniform(1, 4))):
        mask |= _road(size, uniform(0, size, 3, 2), float(uniform(2, 3.5)))
    image = torch.where(mask, uniform(0.5, 0.7) + uniform(-0.03, 0.03, 3, 1, 1), image)
    noise = torch.randn(3, size, size, generator=generator)
    return (image - 0.35 + 0.05 * noise) / 0.25, mask.float()


def _road(size: int, points: Tensor, half_width: float) -> Tensor:
    """Where a road lies that enters left or at the top, bends, and leaves on the other side."""
    start, bend, end = points
    axis = int(start.sum()) % 2
    start[axis], end[axis] = -5.0, size + 5.0
    t = torch.linspace(0, 1, 3 * size).view(-1, 1)
    curve = (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    pixels = torch.stack([columns, rows], -1).view(-1, 2).float()
    return (torch.cdist(pixels, curve).amin(1) < half_width).view(1, size, size)


def train(module: nn.Module, images: Tensor, masks: Tensor, options: argparse.Namespace) -> None:
    steps = options.epochs * -(-len(images) // options.batch_size)
    optimizer = torch.optim.AdamW(module.parameters(), lr=options.lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.lr, total_steps=steps)
    module.train()
    for epoch in range(1, options.epochs + 1):
        total = 0.0
        for batch in torch.randperm(len(images), device=images.device).split(options.batch_size):
            # The network ends in a sigmoid, so these are probabilities already.
            loss = F.binary_cross_entropy(module(images[batch]), masks[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(batch)
        progress(f"epoch {epoch}/{options.epochs}  loss {total / len(images):.4f}")
    progress("")


@torch.no_grad()
def intersection_over_union(module: nn.Module, images: Tensor, masks: Tensor) -> float:
    module.eval()
    found = torch.cat([module(batch) for batch in images.split(32)]) > 0.5
    road = masks > 0.5
    return ((found & road).sum() / (found | road).sum()).item()


def progress(text: str) -> None:
    """One line that is written over, and only where somebody is looking."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Train a small U-Net on synthetic roads.")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--images", type=int, default=320, help="how many to learn from")
    parser.add_argument("--size", type=int, default=64, help="of an image, a multiple of 8")
    parser.add_argument("--channels", type=int, default=8, help="of U-Net's top level")
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--lr", type=float, default=5e-3, help="the highest learning rate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args(arguments)

    torch.manual_seed(options.seed)
    module = archspec.compile(
        "unet_padded",
        device=options.device,
        size=options.size,
        channels=options.channels,
        depth=3,
        dropout=0.1,
    )
    generator = torch.Generator().manual_seed(options.seed)
    images, masks = photographs(options.images + UNSEEN, options.size, generator)
    images, masks = images.to(options.device), masks.to(options.device)

    start = time.perf_counter()
    train(module, images[UNSEEN:], masks[UNSEEN:], options)
    seconds = time.perf_counter() - start

    reached = intersection_over_union(module, images[:UNSEEN], masks[:UNSEEN])
    print(f"IoU {reached:.3f} on {UNSEEN} unseen photographs, {seconds:.1f} s of training")
    if reached <= TARGET:
        print(f"that is not more than {TARGET}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
