"""Small pieces of PyTorch that generated files carry with them.

Each is an ordinary definition in a file of its own, which imports nothing but torch. Only
its text is used: nothing here is imported when a network is compiled.
"""

from __future__ import annotations

import ast
from functools import cache
from importlib.resources import files
from pathlib import Path

FILES: dict[str, str | Path] = {
    "ChannelAffine": "channel_affine.py",
    "ChannelPad": "channel_pad.py",
    "ChannelSelect": "channel_select.py",
    "ChannelSlice": "channel_slice.py",
    "ChooseColumn": "choose_column.py",
    "DeformConv2d": "deform_conv.py",
    "DropPath": "drop_path.py",
    "MaskedConv2d": "masked_conv.py",
    "MixedPool2d": "mixed_pool.py",
    "Permute": "permute.py",
    "RBF": "rbf.py",
    "Reshape": "reshape.py",
    "Scale": "scale.py",
    "ScaledSigmoid": "scaled_sigmoid.py",
    "ScaledTanh": "scaled_tanh.py",
    "StochasticPool2d": "stochastic_pool.py",
    "Subsample": "subsample.py",
    "affine_grid": "affine_grid.py",
    "bilinear_": "bilinear.py",
    "center_crop": "center_crop.py",
    "crop_like": "crop_like.py",
    "crop_to": "crop_to.py",
    "fractal_join": "fractal_join.py",
    "pad_like": "pad_like.py",
}
"""The file of each definition: beside this one, or the path of one from outside the package."""


def carry(name: str, file: Path) -> None:
    """Let generated files carry a definition from outside the package, for `Layer.helper`.

    Args:
        name: of a class or a function, which no other definition has.
        file: a Python file that defines it at the top level and imports nothing but torch.

    Raises:
        ValueError: for a name that another file defines.
    """
    if FILES.setdefault(name, file) != file:
        raise ValueError(f"`{name}` is defined in {FILES[name]} already")


@cache
def source(name: str) -> str:
    """Return the text of one definition, without the imports above it or a final newline.

    It says `Tensor` for `torch.Tensor`, as the files that carry it do.

    Raises:
        KeyError: where its file does not define it.
    """
    text, node = _definition(name)
    return ast.get_source_segment(text, node) or ""


@cache
def reads(name: str) -> frozenset[str]:
    """Return the names that a definition reads."""
    nodes = ast.walk(_definition(name)[1])
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name))


def extends(name: str, base: str) -> bool:
    """Return whether a definition is a class derived from `base`."""
    bases = getattr(_definition(name)[1], "bases", [])
    return any(ast.unparse(tree) == base for tree in bases)


@cache
def _definition(name: str) -> tuple[str, ast.ClassDef | ast.FunctionDef]:
    file = FILES[name]
    place = file if isinstance(file, Path) else files(__name__).joinpath(file)
    text = place.read_text(encoding="utf-8").replace("torch.Tensor", "Tensor")
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            return text, node
    raise KeyError(f"{FILES[name]} does not define {name}")
