"""How good lifted files are: `python -m tests.lifting_sizes` prints it, and writes
`benchmarks/sweeps/lifting.json`.

All shipped networks are lifted from bare graphs, with the names of their blocks and without, one by
one and by family. `--seed` chooses what is left out and changed; names of families narrow it.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any

from archspec import pipeline
from archspec.diagnostics import Source
from archspec.frontend.loading import families, load
from archspec.frontend.source import parse, plain
from archspec.ir.graph import Graph
from archspec.lifting import checked
from tests import sweeping
from tests.lifted import (
    HAND,
    Lifted,
    altered,
    bare,
    blocks_of,
    definitions,
    family,
    family_length,
    hidden,
    length,
    lifted,
    lifted_family,
    transfers,
)
from tests.lifted_edits import broadened, op_changed, swapped, widened
from tests.lifted_kinds import mixed

FILE = sweeping.FOLDER / "lifting.json"
NONE = (float("inf"), float("inf"))
"""The ratios of what has no file."""
FORMS = {"names": lambda graph: graph, "hidden": hidden}


@dataclass
class Tally:
    """How many cases did well, and which did not."""

    good: int = 0
    all: int = 0
    others: list[str] = field(default_factory=list)

    def count(self, good: bool, case: str) -> None:
        """One more case."""
        self.all += 1
        self.good += good
        if not good:
            self.others.append(case)

    def __str__(self) -> str:
        return f"{self.good} of {self.all}"


Measures = dict[str, Any]


def told(case: str, one: Lifted) -> str:
    """A case that did not come back equal, and why."""
    return f"{case}: {one.refused or one.wrong}"


def networks(paths: Sequence[Path]) -> Iterator[tuple[str, Measures]]:
    """Every network by itself: whether it comes back, and whether blocks are the same in all."""
    for form, change in FORMS.items():
        equal, refused, kinds, bodies = Tally(), Tally(), Tally(), Tally()
        for path in paths:
            texts = []
            for graph in family(path):
                case = f"{path.stem}@{graph.variant}"
                one = lifted(change(graph))
                equal.count(one.wrong is None and one.refused is None, told(case, one))
                refused.count(one.refused is None, told(case, one))
                if one.text:
                    texts.append(one.text)
                    unlike = mixed(data_of(one.text))
                    kinds.count(not unlike, f"{case}: {'; '.join(unlike[:3])}")
            for name, several in blocks_of(texts) if form == "names" else ():
                bodies.count(len(several) == 1, f"{path.stem}: {name} has {len(several)}")
        yield f"equal, {form}", vars(equal)
        yield f"not refused, {form}", vars(refused)
        yield f"one kind in each expression, {form}", vars(kinds)
        if form == "names":
            yield "one body a block, lifted one by one", vars(bodies)


def remembered(paths: Sequence[Path]) -> tuple[str, Measures]:
    """Whether blocks are the same in all variants, of which each is lifted with its spec known."""
    bodies = Tally()
    for path in paths:
        texts = [lifted(graph).text for graph in family(path, lambda graph: graph)]
        for name, several in blocks_of(texts):
            bodies.count(len(several) == 1, f"{path.stem}: {name} has {len(several)}")
    return "one body a block, lifted one by one with its spec", vars(bodies)


def data_of(text: str) -> Mapping[str, Any]:
    """The plain data of a file's text."""
    data: Any = plain(parse(Source("lifted.yaml", text)))
    return data  # type: ignore[no-any-return]


def hand_written() -> Iterator[tuple[str, Measures]]:
    """Lengths beside those of files written by hand."""
    for form, change in FORMS.items():
        ratios = {}
        for path in sorted(HAND.glob("*.yaml")):
            one = lifted(change(bare(pipeline.elaborate(path.stem), plain=True)))
            if one.wrong or one.refused:
                ratios[path.stem] = NONE
                continue
            measured = length(one.text)
            assert not measured.long, path
            ratios[path.stem] = measured.ratios(length(path.read_text("utf-8")))
        yield from spread("beside hand-written, " + form, ratios)


def spread(name: str, ratios: Mapping[str, tuple[float, float]]) -> Iterator[tuple[str, Measures]]:
    """The medians, the most and all of some ratios: of lines, of characters, of the greater."""
    wholes = {
        "lines": {case: lines for case, (lines, _) in ratios.items()},
        "characters": {case: characters for case, (_, characters) in ratios.items()},
        "length": {case: max(both) for case, both in ratios.items()},
    }
    for what, found in wholes.items():
        rows = {case: round(ratio, 3) for case, ratio in sorted(found.items(), key=itemgetter(1))}
        some = {"median": median(rows.values()), "most": max(rows.values()), "ratios": rows}
        yield f"{what} {name}", some


def in_one_file(paths: Sequence[Path]) -> Iterator[tuple[str, Measures]]:
    """Every family as one file, beside the shipped one."""
    equal, kinds, bodies, ratios = Tally(), Tally(), Tally(), {}
    for path in paths:
        graphs = family(path)
        several = met_in_several(graphs)
        one = lifted_family(graphs)
        equal.count(one.wrong is None and one.refused is None, told(path.stem, one))
        ratios[path.stem] = NONE
        if one.text:
            unlike = mixed(data_of(one.text))
            kinds.count(not unlike, f"{path.stem}: {'; '.join(unlike[:3])}")
            for name in several:
                own = [
                    block for block in definitions(one.text) if re.fullmatch(rf"{name}\d*", block)
                ]
                bodies.count(own == [name], f"{path.stem}: {name} is {own}")
        if one.wrong is None and one.refused is None:
            ratios[path.stem] = length(one.text).ratios(family_length(path))
    yield "equal, by family", vars(equal)
    yield "one kind in each expression, by family", vars(kinds)
    yield "one body a block, by family", vars(bodies)
    yield from spread("beside the shipped family", ratios)


def met_in_several(graphs: Sequence[Graph]) -> list[str]:
    """The blocks that several of the graphs have instances of."""
    found: dict[str, set[str | None]] = {}
    for graph in graphs:
        for instance in graph.instances:
            if instance.block is not None:
                found.setdefault(instance.block.name, set()).add(graph.variant)
    return [name for name, variants in found.items() if len(variants) > 1]


def left_out(paths: Sequence[Path], rng: random.Random, most: int) -> tuple[str, Measures]:
    """Families lifted without one of their variants, which follows from parameters or does not."""
    found = Tally()
    for path in paths:
        variants = [graph.variant for graph in family(path) if graph.variant is not None]
        if len(variants) >= 3:
            for out in rng.sample(variants, min(most, len(variants))):
                found.count(transfers(path, out), f"{path.stem}@{out}")
    return "a variant left out follows", vars(found)


def changed(names: Sequence[str], seed: int) -> Iterator[tuple[str, Measures]]:
    """One op changed, one convolution widened: how many lines of the file are others."""
    for what in (op_changed, widened):
        for everywhere in (True, False):
            found = Tally()
            for name in names:
                before = lifted(nowhere(name))
                graph = nowhere(name)
                rng = random.Random(f"{seed}/{name}")
                change = what(graph, rng, everywhere=everywhere)
                if change is None:
                    continue
                after = lifted(graph)
                lines = altered(before.text, after.text)
                good = lines <= 5 and after.wrong is None and after.refused is None
                found.count(good, f"{name}: {change}: {lines} lines, {after.wrong}")
            where = "in all instances" if everywhere else "in one instance"
            yield f"at most five lines, {what.__name__} {where}", vars(found)


def edited(paths: Sequence[Path], seed: int) -> Iterator[tuple[str, Measures]]:
    """The same as users do it: how many lines of what `to_spec` gives an edit makes others."""
    merged = Tally()
    for what in (swapped, broadened):
        for everywhere in (True, False):
            found = Tally()
            for path in paths:
                document = load(path)
                graph = pipeline.elaborate(document, next(iter(pipeline.forms(document))))
                change = what(graph, random.Random(f"{seed}/{path.stem}"), everywhere=everywhere)
                if change is None:
                    continue
                lines = altered(pipeline.to_spec(graph), pipeline.to_spec(change[1]))
                found.count(lines <= 5, f"{path.stem}: {change[0]}: {lines} lines")
                merged.count(checked.lifted(change[1]).merged, f"{path.stem}: {change[0]}")
            where = "in all instances" if everywhere else "in one instance"
            yield f"at most five lines, edited: {what.__name__} {where}", vars(found)
    yield "edits merged into the spec that they were made to", vars(merged)


def nowhere(name: str) -> Graph:
    """A network's bare graph, with names of blocks and no parameters."""
    graph = bare(pipeline.elaborate(name), plain=True)
    for instance in graph.instances:
        instance.params, instance.passed = {}, frozenset()
        if instance.block is not None:
            instance.block.params = {}
    graph.params, graph.declared = {}, {}
    return graph


def largest() -> tuple[str, Measures]:
    """CPU seconds that the deepest network takes."""
    return "seconds of multi_resnet398_k5", {
        form: round(lifted(change(bare(pipeline.elaborate("multi_resnet398_k5")))).seconds, 2)
        for form, change in FORMS.items()
    }


def measured(paths: Sequence[Path], seed: int, most: int) -> Iterator[tuple[str, Measures]]:
    """Everything, as it is found."""
    yield largest()
    yield from hand_written()
    yield from networks(paths)
    yield remembered(paths)
    yield from changed([path.stem for path in sorted(HAND.glob("*.yaml"))], seed)
    yield from edited(paths, seed)
    yield from in_one_file(paths)
    yield left_out(paths, random.Random(seed), most)


def line(name: str, found: Measures) -> str:
    """One row of the table."""
    if "good" in found:
        return f"{name:58} {found['good']:4} of {found['all']}"
    if "ratios" in found:
        return f"{name:58} {found['median']:6.2f} at the median, {found['most']:.2f} at most"
    return f"{name:58} {found}"


def main() -> None:
    """Print the table, and write the results as they are found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=int(datetime.now(UTC).strftime("%Y%m%d")))
    parser.add_argument("--left-out", type=int, default=3, help="variants of each family")
    parser.add_argument("families", nargs="*")
    options = parser.parse_args()
    paths = [p for p in families() if not options.families or p.stem in options.families]
    begun = sweeping.begun("tests/lifting_sizes.py", options.seed, Path.cwd())
    about = {key: getattr(begun, key) for key in ("test", "seed", "commit", "date", "releases")}
    results: dict[str, Measures] = {}
    for name, found in measured(paths, options.seed, options.left_out):
        results[name] = found
        print(line(name, found), flush=True)
        for other in found.get("others", ())[:8]:
            print(f"    {other[:160]}", flush=True)
        if not options.families:
            text = json.dumps({**about, "measures": results}, indent=1)
            FILE.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
