import torch


def fractal_join(
    values: list[torch.Tensor],
    training: bool,
    columns: torch.Tensor | None = None,
    p: float = 0.15,
    first: int = 0,
) -> torch.Tensor:
    """The mean of values; in training of those drop-path leaves: Larsson et al. 2016.

    columns has ones for the columns of the network a sample may use, all of them or a
    single one; values are those from column first on.
    """
    stacked = torch.stack(values)
    if not training:
        return stacked.mean(0)
    count, batch = stacked.shape[:2]
    noise = torch.rand(count, batch, device=stacked.device)
    kept = (noise >= p) | (noise == noise.amax(0))
    if columns is not None:
        chosen = columns[:, first : first + count].T > 0
        chosen = chosen | ~chosen.any(0)
        kept = torch.where((columns > 0).all(1), kept, chosen)
    weights = (kept / kept.sum(0)).to(stacked.dtype)
    return (stacked * weights.view(count, batch, *(1,) * (stacked.dim() - 2))).sum(0)
