"""Names of specs, and the libraries of blocks that specs use."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.frontend import loading, using
from archspec.frontend.loading import Document, load

BLOCK = "blocks:\n  {name}:\n    graph: [relu]\n"
SPEC = "name: a\nuse: [{use}]\ninputs: {{x: [3]}}\ngraph: [relu]\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that stands for the shipped specs."""
    for module in (loading, using):
        monkeypatch.setattr(module, "library", lambda: tmp_path)
    return tmp_path


def family(folder: Path, name: str, *variants: str) -> None:
    table = "".join(f"  {variant}: {{}}\n" for variant in variants)
    text = f"name: {name}\ninputs: {{x: [3]}}\nvariants:\n{table}graph: [relu]\n"
    (folder / f"{name}.yaml").write_text(text)


def libraries(folder: Path, **texts: str) -> Document:
    """A spec that uses files `<name>.yaml` with these texts."""
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    (folder / "spec.yml").write_text(SPEC.format(use=", ".join(f"{n}.yaml" for n in texts)))
    return load(folder / "spec.yml")


def refused(caught: pytest.ExceptionInfo[ArchspecError]) -> Diagnostic:
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def test_names(folder: Path) -> None:
    family(folder, "one", "one_small", "published")
    family(folder, "two", "two_small")
    assert (load("one").spec.name, load("one").variant) == ("one", None)
    assert (load("two_small").spec.name, load("two_small").variant) == ("two", "two_small")
    assert load("one@published").variant == load("published").variant == "published"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("resnt50", "resnet50"),
        ("ResNet-50", "resnet50"),
        ("wrn-28-10", "wrn28_10"),
        ("inception", "inception_v3"),
        ("resnext50", "resnext50_8x14d"),
        ("resnet51", "resnet50"),
        ("mobilenetv2_100", None),
        ("efficientnetv2", None),
        ("shufflenet", None),
        ("mnasnet", None),
        ("inception_v5", None),
        ("x" * 1000, None),
    ],
)
def test_a_network_that_is_not_there_is_not_taken_for_another(name: str, meant: str | None) -> None:
    with pytest.raises(ArchspecError) as caught:
        load(name)
    hint = refused(caught).hint or ""
    assert f"`{meant}`" in hint if meant else hint.startswith("`archspec list` prints the bundled")


def test_a_variant_of_two_families_needs_its_family(folder: Path) -> None:
    family(folder, "one", "one_small", "published")
    family(folder, "two", "two_small", "published")
    with pytest.raises(ArchspecError) as caught:
        load("published")
    diagnostic = refused(caught)
    assert diagnostic.code == "E102"
    assert "ambiguous" in diagnostic.message
    assert diagnostic.expected == "`one@published`, `two@published`"
    assert load("two@published").spec.name == "two"


def test_a_family_comes_before_variants_of_its_name(folder: Path) -> None:
    family(folder, "one", "one", "two")
    family(folder, "two", "one", "two")
    assert load("two").variant is None


def test_two_libraries_may_not_define_one_name(folder: Path) -> None:
    one, two = BLOCK.format(name="act"), "description: other\n" + BLOCK.format(name="act")
    with pytest.raises(ArchspecError) as caught:
        libraries(folder, one=one, two=two)
    diagnostic = refused(caught)
    assert diagnostic.code == "E211"
    assert str(diagnostic.span) == f"{folder}/two.yaml:3:3"
    assert [str(note.span) for note in diagnostic.notes] == [f"{folder}/one.yaml:2:3"]


def test_one_block_may_come_by_two_ways(folder: Path) -> None:
    base = BLOCK.format(name="act")
    one = "use: [base.yaml]\n" + BLOCK.format(name="left")
    two = "use: [base.yaml]\n" + BLOCK.format(name="right")
    document = libraries(folder, base=base, one=one, two=two)
    assert sorted(document.blocks) == ["act", "left", "right"]


def test_a_name_is_one_line_however_it_is_written(folder: Path) -> None:
    text = 'name: |\n  Two\n  lines\nsource: "a\\nb"\ninputs: {x: [3]}\ngraph: [relu]\n'
    (folder / "lines.yaml").write_text(text)
    spec = load(folder / "lines.yaml").spec
    assert (spec.name, spec.source) == ("Two lines", "a b")


@pytest.mark.parametrize("how", ["in a row", "often", "much"])
def test_use_brings_in_so_much_and_no_more(tmp_path: Path, how: str) -> None:
    (tmp_path / "b0.yaml").write_text("blocks: {b0: {graph: [relu]}}\n")
    used = ["b0.yaml"]
    if how == "in a row":
        for i in range(1, 2_000):
            text = f"use: [b{i - 1}.yaml]\nblocks: {{b{i}: {{graph: [relu]}}}}\n"
            (tmp_path / f"b{i}.yaml").write_text(text)
        used = ["b1999.yaml"]
    elif how == "often":
        used *= 201
    else:
        for i in range(1, 6):
            text = f"blocks: {{b{i}: {{graph: [relu]}}}}\n#{'x' * 2**20}\n"
            (tmp_path / f"b{i}.yaml").write_text(text)
            used.append(f"b{i}.yaml")
    spec = tmp_path / "spec.yaml"
    names = "\n".join(f"- {name}" for name in used)
    spec.write_text(f"name: a\ninputs: {{x: [3]}}\nuse:\n{names}\ngraph: [relu]\n")
    with pytest.raises(ArchspecError) as caught:
        load(spec)
    assert [d.code for d in caught.value.diagnostics] == ["E004"]
