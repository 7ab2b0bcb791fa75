"""Every kind of bad spec beside its exact diagnostic; and no spec, however bad, gives more.

`python -m tests.test_errors --update` writes the diagnostics anew and prints what changed;
nothing else does.
"""

from __future__ import annotations

import difflib
import random
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from archspec import pipeline
from archspec.diagnostics import (
    MOST,
    ArchspecError,
    Diagnostic,
    Findings,
    Note,
    Source,
    Span,
    did_you_mean,
    listed,
)
from archspec.diagnostics.codes import CODES
from archspec.frontend.loading import load_source
from archspec.ir.graph import Graph
from docs.errors_page import PAGE, page
from tests.effort import within
from tests.error_cases import Case, cases, said
from tests.sweeping import rounds

CASES = list(cases())
ROOT = Path(__file__).parents[1]
SPECS = [(path, path.read_text(encoding="utf-8")) for path in sorted(ROOT.glob("specs/*.yaml"))]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_diagnostic(case: Case, tmp_path: Path) -> None:
    assert case.expected, f"{case.path} holds no diagnostic to compare with"
    assert said(case, tmp_path) == case.expected


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_case_is_in_order(case: Case) -> None:
    assert case.title and case.sentence.endswith("."), "a title line, then a sentence"
    code = re.match(r"[ew]\d{3}(?=-)", case.name)
    assert code is None or code[0].upper() in case.codes, "the name begins with the code shown"
    private = r"NoneType|pydantic|Constant|\btuple\b|<class|object at|Traceback|\bdict\b|\('|, \)"
    assert not re.search(private, re.sub(r"^ *\d* \|.*", "", case.expected, flags=re.M))


def test_the_corpus_is_large_and_the_page_complete() -> None:
    assert len(CASES) >= 75
    shown = {code for case in CASES for code in case.codes}
    assert shown == CODES.keys(), "every code has a case, and every case's code is registered"


def test_every_code_is_raised_and_every_raised_code_registered() -> None:
    raised = Counter[str]()
    for folder in ("archspec", "backends"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.name != "codes.py":
                raised.update(re.findall(r'"([EW]\d{3})"', path.read_text(encoding="utf-8")))
    assert raised.keys() == CODES.keys()


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m docs.errors_page writes it anew"


# --- what a file cannot show --------------------------------------------------------------

DOUBLING = """
name: Doubling
inputs: {image: [3, 8, 8]}
blocks:
  tree:
    params: {depth: int}
    graph:
      - {when: depth == 0, relu: }
      - {when: depth > 0, add: [[tree: $(depth - 1)], [tree: $(depth - 1)]]}
graph:
  - tree: 40
"""


def elaborate(text: str, path: Path | None = None, variant: str | None = None) -> Graph:
    return pipeline.elaborate(load_source(Source("spec.yaml", text), path), variant)


@pytest.mark.parametrize(
    ("limit", "most"), [("elaboration.calls.MAX_NODES", 500), ("frontend.budget.MAX_STEPS", 2_000)]
)
def test_doubling_recursion_ends(monkeypatch: pytest.MonkeyPatch, limit: str, most: int) -> None:
    monkeypatch.setattr(f"archspec.{limit}", most)
    with pytest.raises(ArchspecError) as caught:
        elaborate(DOUBLING)
    assert [d.code for d in caught.value.diagnostics] == ["E405"]


def test_a_large_graph_is_left_alone_some_time_after_a_mistake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So many steps later no other mistake is looked for; a small graph is gone through."""
    text = (
        "name: a\ninputs: {x: [3]}\ngraph:\n  - {from: nope, relu: }\n"
        "  - {repeat: 300, from: x, relu: }\n  - {from: neither, relu: }\n"
    )
    for patience, found in ((1_000, ["E401", "E401"]), (100, ["E401"])):
        monkeypatch.setattr("archspec.elaboration.bodies.PATIENCE", patience)
        with pytest.raises(ArchspecError) as caught:
            elaborate(text)
        assert [d.code for d in caught.value.diagnostics] == found


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("form", "did you mean `from`?"),
        ("max_poll", "did you mean `max_pool`?"),
        ("ReLU", "did you mean `relu`?"),
        ("Conv2d", "did you mean `conv`?"),
        ("resnet51", "did you mean `resnet50` or `resnet18`?"),
        ("unlike_anything", None),
    ],
)
def test_did_you_mean(word: str, hint: str | None) -> None:
    known = ["for", "from", "max_pool", "avg_pool", "relu", "relu6", "conv", "conv_transpose"]
    assert did_you_mean(word, [*known, "resnet18", "resnet50", "resnet152"]) == hint


def test_nothing_in_a_diagnostic_plays_tricks_on_a_terminal() -> None:
    with pytest.raises(ArchspecError) as caught:
        elaborate('name: x\n"\\e[31mred\\a": 1\n')
    assert str(caught.value).replace("\n", "").isprintable()


# --- messages of bearable length ----------------------------------------------------------


@pytest.mark.parametrize("tabs", ["", "\t\t"])
@pytest.mark.parametrize("before", [0, 30, 1_000_000])
@pytest.mark.parametrize("after", [0, 100, 1_000_000])
def test_the_caret_stands_under_its_word_in_a_line_of_any_length(
    before: int, after: int, tabs: str
) -> None:
    line = f"{tabs}{'b' * before}WORD{'a' * after}"
    start = len(tabs) + before + 1
    text = Diagnostic("E001", "?", Span(Source("x", line), 1, start, start + 4)).render()
    shown, caret = text.splitlines()[-2:]
    assert len(shown) < 200
    assert shown[caret.index("^") :][: caret.count("^")] == "WORD"
    assert shown.endswith("...") == (after > 160)


def test_what_a_message_repeats_is_cut_and_the_message_is_not() -> None:
    name = "n" * 1_000_000
    found = Diagnostic(
        "E401",
        f"no node has the id `{name}` here",
        expected=listed([name] * 20),
        found="x" * 1_000_000,
        notes=(Note(f"`{name}` is `{name}`"),),
    )
    assert found.message == f"no node has the id `{'n' * 69} ... {'n' * 24}` here"
    assert len(found.render()) < 3_000
    assert len(str(ArchspecError(*[found] * 1_000))) < 150_000


def test_a_word_is_compared_with_so_many_and_no_more() -> None:
    many = [f"word{i}" for i in range(300_000)]
    with within(2):
        assert (did_you_mean("wird7", many) or "").startswith("did you mean `word7`")
        assert did_you_mean("w" * 1_000_000, many) is None
        assert did_you_mean("wird7", ["w" * 1_000_000, "word7"]) == "did you mean `word7`?"


def test_a_stage_ends_when_it_has_found_enough() -> None:
    found = Findings()
    with pytest.raises(ArchspecError) as caught:
        found += [Diagnostic("E001", str(i)) for i in range(1_000)]
    assert [d.message for d in caught.value.diagnostics] == [str(i) for i in range(MOST)]
    assert str(caught.value).endswith("there may be more, once these are mended")
    every = ArchspecError(*(Diagnostic("E001", str(i)) for i in range(1_234)))
    assert str(every).endswith("\n\nand 1,184 more")


# --- damaged specs ------------------------------------------------------------------------

_WORDS = """
    -1 0 1.5 7 null true [] {} [[]] [1,2] relu conv add ' " : - &a *a !!int ${ $ $$ ( ) | > # ? %
    $x $(1/0) $(input) input range(3) $(range(3)) $channels ~ .inf 1e400 2**70 4294967296
    id from when for repeat each share graph parallel params inputs outputs init blocks block same
    --- ...
"""
_VALUES = ["", " ", "\t", "\u2028", *_WORDS.split()]


def damaged(text: str, rng: random.Random, words: list[str]) -> str:
    """A text with one to three lines, words or characters deleted, doubled, swapped or replaced."""
    lines = text.split("\n")
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(lines))
        action = rng.randrange(8)
        line = lines[at]
        if action == 0:
            del lines[at]
        elif action == 1:
            lines.insert(at, rng.choice(lines))
        elif action == 2:
            lines[at] = " " * rng.randrange(8) + line.lstrip()
        else:
            pattern = r"[\w.]+" if action < 7 else r"[^\w\s]"
            found = list(re.finditer(pattern, line))
            if found:
                match = rng.choice(found)
                new = rng.choice(words if rng.random() < 0.6 else _VALUES)
                lines[at] = line[: match.start()] + new + line[match.end() :]
    return "\n".join(lines)


@pytest.mark.sweep
def test_damaged_specs_give_a_graph_or_diagnostics() -> None:
    words = [word for _, text in SPECS for word in re.findall(r"[\w.]+", text)]
    outcomes = Counter[str]()
    for rng in rounds(250, 20_000):
        path, text = rng.choice(SPECS)
        broken = damaged(text, rng, words)
        try:
            document = load_source(Source("spec.yaml", broken), path)
            form = rng.choice(list(document.spec.variants) or [None])
            assert pipeline.elaborate(document, form).nodes
            outcomes["graph"] += 1
        except ArchspecError as error:
            assert error.diagnostics and str(error)
            outcomes["diagnostics"] += 1
        except Exception as error:
            raise AssertionError(broken) from error
    assert outcomes["graph"] > 10 and outcomes["diagnostics"] > 100


# --- writing anew -------------------------------------------------------------------------


def update() -> int:
    """Write every case's diagnostics anew; returns how many changed."""
    changed = 0
    for case in cases():
        with tempfile.TemporaryDirectory() as folder:
            now = said(case, Path(folder))
        if not now:
            print(f"{case.path}: archspec finds nothing wrong", file=sys.stderr)
        if now == case.expected:
            continue
        changed += 1
        diff = difflib.unified_diff(
            case.expected.splitlines(), now.splitlines(), case.name, case.name, lineterm="", n=2
        )
        print("\n".join(diff))
        case.path.write_text(case.with_expected(now), encoding="utf-8")
    return changed


if __name__ == "__main__":
    if sys.argv[1:] != ["--update"]:
        sys.exit("python -m tests.test_errors --update writes the diagnostics anew")
    print(f"{update()} of {len(CASES)} cases changed")
