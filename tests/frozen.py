"""What archspec makes of every shipped network, as fingerprints: `tests/frozen.json`.

A commit that moves code changes none of them; one that changes what is made changes those of the
networks that it is about, and no others. `python -m tests.frozen` writes them anew and says which.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from archspec import pipeline, zoo
from archspec.backends.graphviz import engine
from archspec.ir.graph import Graph
from archspec.tables import costs
from archspec.tables.costs import View

FILE = Path(__file__).with_suffix(".json")
NETWORKS = tuple(entry.name for entry in zoo.networks())


def made(name: str) -> dict[str, str]:
    """Fingerprints of a network's numbers, its peaks of memory, its module and its figure."""
    graph = pipeline.elaborate(name)
    texts = {
        "evaluation": costs.as_json(pipeline.stats(graph, mode="eval"), View()),
        "training": costs.as_json(pipeline.stats(graph, batch=2), View()),
        "module": pipeline.source(graph),
        "figure": _figure(graph),
    }
    return {kind: hashlib.sha256(text.encode()).hexdigest()[:12] for kind, text in texts.items()}


def _figure(graph: Graph) -> str:
    with TemporaryDirectory() as folder:
        file = Path(folder, "x.svg")
        pipeline.render(graph, file)
        return file.read_text(encoding="utf-8")


def known() -> dict[str, dict[str, str]]:
    """The fingerprints that are kept."""
    found: dict[str, dict[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def main() -> None:
    """Write all fingerprints, and say which are others."""
    engine.ENGINES = (engine.bundled,)  # whatever `dot` this machine has
    before = known() if FILE.is_file() else {}
    after = {name: made(name) for name in NETWORKS}
    for name, kinds in after.items():
        others = [
            kind for kind, print_ in kinds.items() if before.get(name, {}).get(kind) != print_
        ]
        if others:
            print(f"{name}: {', '.join(others)}")
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(kinds)}" for name, kinds in after.items())
    FILE.write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
