"""Names that nothing binds: none in any file of the zoo, and each kind of them is found."""

from __future__ import annotations

from textwrap import dedent

import pytest

from archspec import load
from archspec.backends.torch import backend
from archspec.backends.torch.unbound import check_bound, unbound
from archspec.codegen import definitions
from archspec.codegen.places import SELF
from archspec.codegen.python import Assign, name
from archspec.diagnostics import ArchspecError
from archspec.frontend.loading import families, variant_names
from tests.pieces import graph_of

VARIANTS = [
    f"{path.stem}@{name}" if name else path.stem
    for path in families()
    for name in variant_names(path) or [""]
]


@pytest.mark.parametrize("name", VARIANTS)
def test_the_zoo(name: str) -> None:
    assert not unbound(backend.source(load(name)))


BAD = {
    "in a constructor": ("class A:\n def __init__(self):\n  self.a = in_channels\n", "in_channels"),
    "in a comprehension": ("a = [b for i in range(3)]\n", "b"),
    "what a comprehension binds is its own": ("a = [i for i in range(3)]\nb = i\n", "i"),
    "a class's name inside its method": ("class A:\n b = 1\n def f(self):\n  return b\n", "b"),
    "a base that comes later": ("class A(B):\n pass\nclass B:\n pass\n", "B"),
    "an argument of another function": ("def f(a):\n pass\ndef g():\n return a\n", "a"),
    "in a default": ("def f(a=b):\n pass\n", "b"),
    "before it is set": ("def f():\n a = b\n b = 1\n return a\n", "b"),
    "only in one branch": ("def f(c):\n if c:\n  a = 1\n return a\n", "a"),
    "only in a loop": ("def f(c):\n for i in c:\n  a = i\n return a\n", "a"),
    "under another test": ("def f(c, d):\n if c:\n  a = 1\n if d:\n  return a\n", "a"),
    "under a test that has changed": (
        "def f(c):\n if c:\n  a = 1\n c = not c\n if c:\n  return a\n",
        "a",
    ),
    "counted up from nothing": ("def f():\n a += 1\n", "a"),
    "in an annotation": ("def f(a: B):\n pass\n", "B"),
    "in an f-string": ('def f():\n return f"{a}"\n', "a"),
    "after a way out": ("def f(c):\n if c:\n  return 1\n else:\n  b = 1\n return b + a\n", "a"),
}  # fmt: skip


@pytest.mark.parametrize("text, name", BAD.values(), ids=BAD.keys())
def test_what_is_found(text: str, name: str) -> None:
    assert name in {n for _, n in unbound(text)}
    with pytest.raises(ArchspecError, match=rf"E606[\s\S]*`{name}` \(line "):
        check_bound(text)


GOOD = [
    "import torch\nfrom torch import nn as m\na = torch, m, len, __name__\n",
    "class A:\n def f(self):\n  return [g(j) for i in self for j in i if j]\ndef g(i): pass\n",
    "def f(c):\n if c:\n  a = 1\n else:\n  a = 2\n return a\n",
    "def f(c):\n if c:\n  a = 1\n if c:\n  return a\n",
    "def f(c):\n if c:\n  return 1\n else:\n  a = 1\n return a\n",
    "def f(self):\n if self.training:\n  a = 1\n if self.training:\n  return a\n return 1\n",
    "def f(g):\n with g as h:\n  return h\n",
    "def f(*a, b=1, **c):\n return lambda d: (a, b, c, d)\n",
    "class A:\n a = 1\n b = a\n c: int = b\n",
    "def f():\n return A\nclass A:\n pass\n",
    "def top(self):\n return self\n",
    "def f():\n try:\n  a = 1\n except ValueError as e:\n  raise e\n return a\n",
]  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_what_is_bound(text: str) -> None:
    assert not unbound(text)


SPECS = {
    "alone": "inputs: {x: [784]}\ngraph: [linear: 64, relu, linear: $input.features]",
    "in an expression": "inputs: {x: [3, 8, 8]}\n"
    "graph: [{conv: {out_channels: $(2 * input.channels + input.shape[0])}}]",
    "in a loop": """
        inputs: {x: [3, 8, 8]}
        graph:
          - for: {i: range(input.channels), w: '[input.channels, 4, 5]'}
            conv: {out_channels: $(w + i * input.shape[0] + 1)}
    """,
    "in a group": "inputs: {x: [3, 8, 8]}\n"
    "graph: [{id: g, graph: [{conv: {out_channels: $input.channels}}, relu]}]",
    "in a branch": "inputs: {x: [3, 8, 8]}\n"
    "graph: [{add: [[], {conv: {out_channels: $input.channels}}]}]",
    "in each": """
        inputs: {x: [3, 8, 8]}
        graph:
          - concat:
              - id: parts
                each: {i: range(input.channels)}
                conv: {out_channels: $(input.channels + i)}
    """,
    "in when": "inputs: {x: [3, 8, 8]}\n"
    "graph: [{when: input.channels == 3, conv: {out_channels: $input.shape[0]}}]",
    "as a block's argument": """
        inputs: {x: [3, 8, 8]}
        blocks:
          b: {params: {c: int, d: list}, graph: [{conv: {out_channels: '$(c + d[0])'}}]}
        graph: [{b: {c: $input.channels, d: [$input.channels, 1]}}, {repeat: 2, b: {c: 3, d: [4]}}]
    """,
    "in an id": "inputs: {x: [3, 8, 8]}\ngraph: [{id: a$(input.channels), batch_norm: }]",
    "in a long loop, whose channels run on": """
        inputs: {x: [3, 8, 8]}
        graph:
          - for: {i: range(14)}
            graph:
              - {when: i > 2, conv: {out_channels: $(input.channels * (i + 1))}}
              - relu
              - {conv: {out_channels: $input.channels}}
    """,
}


@pytest.mark.parametrize("body", SPECS.values(), ids=SPECS.keys())
def test_what_reads_the_networks_input(body: str) -> None:
    """Its sizes are literals in the network's own constructor, which is given none."""
    graph = graph_of("name: Net\n" + dedent(body))
    assert not unbound(backend.source(graph))
    backend.check(graph, device="cpu")


def test_no_such_file_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = graph_of("name: Net\n" + SPECS["alone"])
    unbound = Assign(SELF.child("a").tree, name("in_features"))
    monkeypatch.setattr(definitions, "said_once", lambda *_: [unbound])
    for use in (backend.source, backend.compile):
        with pytest.raises(ArchspecError, match=r"E606[\s\S]*`in_features`"):
            use(graph)
