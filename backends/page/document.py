"""The parts of a page, put together into one file that fetches nothing."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from functools import cache
from importlib import resources

from archspec.backends.page.data import describe, to_json
from archspec.figures.colours import contrast
from archspec.figures.options import Options
from archspec.figures.theme import ROLES, Theme
from archspec.ir.graph import Graph

_SCRIPTS = (
    "model.js",
    "ranks.js",
    "layout.js",
    "columns.js",
    "joints.js",
    "u.js",
    "heights.js",
    "lines.js",
    "draw.js",
    "view.js",
    "details.js",
    "table.js",
    "search.js",
    "save.js",
    "main.js",
)
"""In this order they are one program."""


def to_html(graph: Graph, options: Options, *, free: bool = False) -> str:
    """The page of a network, as one HTML document.

    Its Content-Security-Policy lets it run its own script and style, by their hashes, and fetch
    nothing at all; so whatever a name in a spec holds, it stays text.

    Args:
        free: whether the page may show less at first, so that all of it can be read.
    """
    data = describe(graph, options, free=free)
    script = _script()
    style = _variables(options.theme) + _file("page.css")
    slots = {
        "policy": _policy(script, style),
        "name": html.escape(data["name"]),
        "title": html.escape(data["title"]),
        "style": style,
        "data": to_json(data),
        "script": script,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda slot: slots[slot[1]], _file("page.html"))


@cache
def _file(name: str) -> str:
    return resources.files(__package__).joinpath("web", name).read_text(encoding="utf-8")


@cache
def _script() -> str:
    """The program, in a scope of its own."""
    return '"use strict";\n(() => {\n' + "\n".join(map(_file, _SCRIPTS)) + "})();\n"


def _policy(script: str, style: str) -> str:
    allowed = {
        "default-src": "'none'",
        "script-src": _hash(script),
        "style-src": _hash(style),
        "img-src": "data: blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{key} {value}" for key, value in allowed.items())


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _variables(theme: Theme) -> str:
    """A theme as CSS, and what takes its place on a screen that is dark."""
    dark = theme.dark
    darker = f"@media (prefers-color-scheme: dark) {{ {_colours(dark)} }}\n" if dark else ""
    return f"{_colours(theme)}\n{darker}"


def _colours(theme: Theme) -> str:
    """A variable for each role, and `on-` it for the words that stand on what has it."""
    colours = {role: theme.colour(role) for role in (*ROLES, *theme.fills)}
    colours |= {f"on-{kind}": theme.colour(theme.words_on(kind)) for kind in theme.fills}
    colours |= {"on-bar": theme.bar_ink, "on-paper": theme.ink, "on-ground2": theme.ink}
    light = contrast(theme.paper, "#000000") > contrast(theme.paper, "#ffffff")
    scheme = f"color-scheme: {'light' if light else 'dark'};"
    variables = " ".join(f"--{role}: {value};" for role, value in colours.items())
    return f":root {{{scheme} {variables}}}"
