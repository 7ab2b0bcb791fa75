"""Small pieces of PyTorch that generated files carry with them.

Each is an ordinary definition in a file of its own, which imports nothing but torch. Only
its text is used: nothing here is imported when a network is compiled.
"""

from __future__ import annotations

import ast
from functools import cache
from importlib.resources import files

FILES = {
    "Reshape": "reshape.py",
    "ScaledSigmoid": "scaled_sigmoid.py",
    "ScaledTanh": "scaled_tanh.py",
    "center_crop": "center_crop.py",
    "crop_like": "crop_like.py",
}


@cache
def source(name: str) -> str:
    """The text of one definition, without the imports above it or a final newline."""
    text = files(__name__).joinpath(FILES[name]).read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            return ast.get_source_segment(text, node) or ""
    raise KeyError(f"{FILES[name]} does not define {name}")
