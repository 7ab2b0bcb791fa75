"""`archspec check` tries what no variant turns on, within bounds, and remarks on what fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from archspec import pipeline
from archspec.cli.app import main
from archspec.diagnostics import Diagnostic, Source
from archspec.elaboration import untried
from archspec.frontend.loading import load_source

NET = """
name: T
inputs: {x: [3, 8, 8]}
params: {%s}
variants: {a: {%s}, b: {}}
graph:
  - {when: se, max_pool: 9}
  - {when: mode == 'c', max_pool: 10}
  - {when: deep > 5, max_pool: 11}
"""
PARAMS = "se: false, mode: {one_of: [a, b, c], default: a}, deep: 3"


def tried(text: str) -> list[Diagnostic]:
    document = load_source(Source("spec.yaml", text))
    built = {form: pipeline.elaborate(document, form).params for form in pipeline.forms(document)}
    return pipeline.untried(document, built)


@pytest.mark.parametrize(
    ("params", "row", "settings"),
    [
        (PARAMS, "", ["se=true", "mode=c"]),
        (PARAMS, "mode: b", ["se=true", "mode=c"]),
        (PARAMS.replace("se: false", "se: bool"), "se: false", None),
        (PARAMS.replace("se: false", "se: {bool: false}"), "", ["se=true", "mode=c"]),
        (PARAMS.replace("c], default: a", "d], default: a"), "", ["se=true"]),
        (PARAMS.replace("se: false", "se: {one_of: [false, 1]}"), "se: false", None),
        (PARAMS.replace("se: false", "se: 0"), "", ["mode=c"]),
        (PARAMS.replace("se: false", "se: {any: false}"), "se: 0", ["mode=c"]),
    ],
)
def test_a_value_that_no_variant_has_is_tried(
    params: str, row: str, settings: list[str] | None
) -> None:
    text = NET % (params, row)
    if settings is None:  # a parameter without a default, which every variant gives
        text, settings = text.replace("b: {}", "b: {se: false}"), ["se=true", "mode=c"]
        text = text.replace("when: se,", "when: se == true or se == 1,")
        settings[0] = "se=1" if "one_of: [false" in params else "se=true"
    found = tried(text)
    assert [d.message.partition(":")[0].removeprefix("with ") for d in found] == settings
    assert {d.code for d in found} <= {"W410"}
    assert all(d.span is not None and d.span.text == "max_pool" for d in found)


def test_what_the_spec_forbids_itself_has_no_remark() -> None:
    text = NET % (PARAMS, "")
    assert tried(text + "require: [{that: not se and mode != 'c', else: none of these}]\n") == []


def test_so_many_are_tried_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    switches = ", ".join(f"s{i}: false" for i in range(20))
    nodes = "".join(f"  - {{when: s{i}, max_pool: 9}}\n" for i in range(20))
    text = f"name: T\ninputs: {{x: [3, 8, 8]}}\nparams: {{{switches}}}\ngraph:\n{nodes}"
    assert len(tried(text)) == untried.MOST
    monkeypatch.setattr("archspec.frontend.budget.MAX_STEPS_TOGETHER", 1_000)
    assert 0 < len(tried(text + "  - {repeat: 400, tanh: }\n")) < untried.MOST


def test_none_is_tried_where_choices_are_made(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(NET % (PARAMS, ""))
    run = CliRunner()
    assert run.invoke(main, ["check", str(path)]).stderr.count("W410") == 2
    for more in ([f"{path}@a"], [str(path), "--set", "deep=4"], [str(path), "--input", "3x9x9"]):
        assert "W410" not in run.invoke(main, ["check", *more]).stderr
    assert "W410" not in run.invoke(main, ["stats", str(path)]).stderr
