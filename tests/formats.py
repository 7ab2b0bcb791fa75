"""How files of each format begin."""

from __future__ import annotations

MAGIC = {"svg": b"<?xml", "pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "dot": b"digraph {"}


def png_pixels(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG, as its header has them."""
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    return width, height
