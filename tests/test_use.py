"""`use`: nothing crosses the border of a file that is not declared there."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from archspec.backends.torch import backend
from archspec.diagnostics import ArchspecError, Source
from archspec.elaboration.build import build
from archspec.frontend.loading import Document, load, load_source
from archspec.ir.graph import Graph

HEAD = "name: Small\ninputs: {x: [64, 8, 8]}\n"


def text(graph: str) -> Document:
    return load_source(Source("spec.yaml", HEAD + dedent(graph)))


def files(folder: Path, graph: str, **others: str) -> Graph:
    """The network of a spec beside other files."""
    for name, content in others.items():
        (folder / f"{name}.yaml").write_text(dedent(content))
    (folder / "spec.yaml").write_text(HEAD + dedent(graph))
    return build(load(folder / "spec.yaml"))


def ops(graph: Graph) -> list[str]:
    return [n.op.name for n in graph.nodes[1:]]


def refused(folder: Path, graph: str, **others: str) -> str:
    with pytest.raises(ArchspecError) as caught:
        files(folder, graph, **others)
    return str(caught.value)


# --- parameters -----------------------------------------------------------------------------


def test_a_shipped_block_works_alone(tmp_path: Path) -> None:
    for name in ("blocks", "std"):
        graph = files(tmp_path, f"use: [{name}/residual.yaml]\ngraph: [bottleneck: 16]\n")
        widths = [n.output[0] for n in graph.nodes if n.op.name == "conv"]
        assert widths == [16, 16, 64]


@pytest.mark.parametrize(
    ("use", "block", "eps"), [("conv", "conv_bn", 1e-5), ("inception", "basic_conv", 0.1)]
)
def test_a_parameter_reaches_the_files_that_declare_it(use: str, block: str, eps: float) -> None:
    spec = f"params: {{eps: 0.1}}\nuse: [std/{use}.yaml]\ngraph: [{block}: 8]\n"
    (norm,) = [n.op for n in build(text(spec)).nodes if n.op.name == "batch_norm"]
    assert norm.eps == eps  # type: ignore[attr-defined]


LIBRARY = """
params: {width: 4, twice: $(2 * width)}
blocks:
  unit:
    params: {channels: $twice}
    graph: [conv: {out_channels: $channels}, conv: {out_channels: $width}]
"""


@pytest.mark.parametrize(
    ("given", "widths"), [("{}", [8, 4]), ("{width: 3}", [6, 3]), ("{twice: 5, n: 1}", [5, 4])]
)
def test_the_parameters_of_a_spec_override_defaults(
    tmp_path: Path, given: str, widths: list[int]
) -> None:
    graph = files(tmp_path, f"params: {given}\nuse: [a.yaml]\ngraph: [unit]\n", a=LIBRARY)
    assert [n.output[0] for n in graph.nodes[1:]] == widths
    backend.check(graph, device="cpu")


def test_what_is_not_declared_is_not_seen(tmp_path: Path) -> None:
    library = "blocks: {unit: {graph: [conv: {out_channels: $width}]}}"
    said = refused(tmp_path, "params: {width: 4}\nuse: [a.yaml]\ngraph: [unit]\n", a=library)
    assert said.startswith("error[E302]: unknown name `width`")
    assert (
        "hint: a file sees what it declares itself: `params: {width: ...}`, with a default" in said
    )


def test_what_overrides_has_the_type_of_the_default(tmp_path: Path) -> None:
    said = refused(tmp_path, "params: {width: wide}\nuse: [a.yaml]\ngraph: [unit]\n", a=LIBRARY)
    assert said.startswith("error[E414]: the parameter `width` has the wrong type")
    assert f"{tmp_path}/spec.yaml:3:10" in said


def test_what_a_file_computes_from_a_parameter_follows_it_in_the_module_too(tmp_path: Path) -> None:
    library = """
    params: {p: 0.1, q: $(2 * p)}
    blocks: {drop: {graph: [flatten, dropout: $p, dropout: $q]}}
    """
    spec = "params: {p: 0.25, k: 10}\nuse: [a.yaml]\ngraph: [drop, linear: $k]\n"
    source = backend.source(files(tmp_path, spec, a=library))
    assert "def __init__(self, k: int = 10)" in source  # `p` alone would leave `q` as it was
    source = backend.source(files(tmp_path, spec, a=library.replace("$(2 * p)", "0.5")))
    assert "def __init__(self, k: int = 10, *, p: float = 0.25)" in source


def test_variants_and_settings_override_too(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(LIBRARY)
    spec = "params: {width: 3}\nvariants: {w5: {width: 5}}\nuse: [a.yaml]\ngraph: [unit]\n"
    (tmp_path / "spec.yaml").write_text(HEAD + spec)
    document = load(tmp_path / "spec.yaml")
    for given, width in (({"variant": "w5"}, 5), ({"params": {"width": 7}}, 7)):
        assert build(document, **given).nodes[-1].output[0] == width  # type: ignore[arg-type]


# --- names ----------------------------------------------------------------------------------


def test_a_block_of_its_own_stands_before_one_that_is_brought_in(tmp_path: Path) -> None:
    library = """
    blocks:
      act: {graph: [relu]}
      pair: {graph: [act, conv: {out_channels: 4}]}
    """
    spec = "use: [a.yaml]\nblocks: {act: {graph: [tanh]}}\ngraph: [act, pair]\n"
    assert ops(files(tmp_path, spec, a=library)) == ["tanh", "relu", "conv"]


def test_a_block_of_its_own_stands_before_an_op_in_its_file_alone(tmp_path: Path) -> None:
    library = "blocks: {unit: {graph: [relu]}}"
    spec = "use: [a.yaml]\nblocks: {relu: {graph: [tanh]}}\ngraph: [relu, unit, $(act)]\n"
    graph = files(tmp_path, spec.replace("$(act)", "sigmoid"), a=library)
    assert ops(graph) == ["tanh", "relu", "sigmoid"]
    assert [r.code for r in graph.remarks] == ["W211"]


def test_a_block_that_is_brought_in_stands_before_an_op(tmp_path: Path) -> None:
    library = "blocks: {relu: {graph: [tanh]}, unit: {graph: [relu]}}"
    graph = files(tmp_path, "use: [a.yaml]\ngraph: [relu, unit]\n", a=library)
    assert ops(graph) == ["tanh", "tanh"]


def test_what_a_used_file_uses_is_its_own(tmp_path: Path) -> None:
    one, two = "blocks: {act: {graph: [relu]}}", "use: [one.yaml]\nblocks: {unit: {graph: [act]}}"
    assert ops(files(tmp_path, "use: [two.yaml]\ngraph: [unit]\n", one=one, two=two)) == ["relu"]
    said = refused(tmp_path, "use: [two.yaml]\ngraph: [unit, act]\n", one=one, two=two)
    assert said.startswith("error[E205]: unknown op or block `act`")


def test_two_files_with_one_name_are_one_too_many_unless_the_spec_has_it(tmp_path: Path) -> None:
    others = {"one": "blocks: {act: {graph: [relu]}}", "two": "blocks: {act: {graph: [tanh]}}"}
    said = refused(tmp_path, "use: [one.yaml, two.yaml]\ngraph: [act]\n", **others)
    assert said.startswith("error[E211]: the block `act` is brought in twice")
    own = "use: [one.yaml, two.yaml]\nblocks: {act: {graph: [sigmoid]}}\ngraph: [act]\n"
    assert ops(files(tmp_path, own, **others)) == ["sigmoid"]


def test_the_name_of_a_block_goes_on_meaning_it_elsewhere(tmp_path: Path) -> None:
    library = """
    blocks:
      act: {graph: [relu]}
      inner: {params: {f: act}, graph: [$f]}
      outer:
        params: {f: {block: act}, more: []}
        graph:
          - $f
          - inner: {f: $f}
          - inner
          - {for: {g: more}, $g: }
    """
    spec = """
    use: [a.yaml]
    params: {mine: act}
    blocks: {act: {graph: [tanh]}, relu: {graph: [sigmoid]}}
    graph:
      - outer: {f: act, more: [act, relu, elu]}
      - outer: {f: $mine}
      - outer: {f: relu}
      - outer
    """
    graph = files(tmp_path, spec, a=library)
    assert ops(graph) == [
        *["tanh", "tanh", "relu", "tanh", "sigmoid", "elu"],
        *["tanh", "tanh", "relu"],
        *["sigmoid", "sigmoid", "relu"],
        *["relu", "relu", "relu"],
    ]
    backend.check(graph, device="cpu")


def test_the_name_of_a_block_is_a_text_like_others(tmp_path: Path) -> None:
    library = """
    blocks:
      outer:
        params: {f: relu, g: relu}
        graph: [$f, {when: f == 'act', add: [[], {when: f != g, $g: }]}, $(f)_$g]
      act_relu: {graph: [tanh]}
      relu_relu: {graph: [tanh]}
    """
    spec = "use: [a.yaml]\nblocks: {act: {graph: [elu]}}\ngraph: [outer: {f: act}, outer, outer]\n"
    graph = files(tmp_path, spec, a=library)
    assert ops(graph) == ["elu", "relu", "add", "tanh", "relu", "tanh", "relu", "tanh"]
    source = backend.source(graph)
    assert "BlockName" not in source
    backend.check(graph, device="cpu")


# --- files ----------------------------------------------------------------------------------


def test_nothing_beside_a_spec_hides_the_shelf(tmp_path: Path) -> None:
    mine = "blocks: {conv_relu: {params: {out_channels: int}, graph: [tanh]}}"
    for folder in ("blocks", "std"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "conv.yaml").write_text(mine)
    shipped = files(tmp_path, "use: [std/conv.yaml]\ngraph: [conv_relu: 8]\n")
    assert (ops(shipped), shipped.remarks) == (["conv", "relu"], ())
    local = files(tmp_path, "use: [blocks/conv.yaml]\ngraph: [conv_relu: 8]\n")
    assert (ops(local), [r.code for r in local.remarks]) == (["tanh"], ["W104"])
    assert local.remarks[0].hint == "the shipped one is `std/conv.yaml`"


def test_a_copy_of_a_shipped_file_is_not_remarked_on(tmp_path: Path) -> None:
    import archspec.frontend.using

    (tmp_path / "blocks").mkdir()
    copy = (archspec.frontend.using.shelf() / "conv.yaml").read_text()
    (tmp_path / "blocks" / "conv.yaml").write_text(copy)
    assert not files(tmp_path, "use: [blocks/conv.yaml]\ngraph: [conv_relu: 8]\n").remarks
