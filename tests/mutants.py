"""Mutants of good specs: damaged bytes, damaged trees, other expressions.

`python -m tests.mutants SEED COUNT` reads so many, each in the time that a hostile file may take,
in a process that may have no more memory than one, and prints each that ended in anything but a
graph or diagnostics: the mistake as a line of JSON, with the text.
"""

from __future__ import annotations

import copy
import json
import random
import re
import resource
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.hostile import MEMORY, SECONDS

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@cache
def networks() -> list[str]:
    """The zoo's specs and its libraries of blocks, and the examples."""
    files = [path for folder in ("specs", "examples") for path in (ROOT / folder).rglob("*.yaml")]
    return [path.read_text() for path in sorted(files)]


@cache
def originals() -> list[str]:
    """The networks, and the specs of the tests and the docs."""
    texts = list(networks())
    for folder in ("tests/errors", "docs"):
        for path in sorted((ROOT / folder).glob("*.md")):
            texts += _BLOCK.findall(path.read_text())
    return texts


# --- bytes --------------------------------------------------------------------------------

_ODD = [
    *(
        "\0",
        "\x1b",
        "\x85",
        "\u2028",
        "\ufeff",
        "\u202e",
        "\uf8f0",
        "\t",
        "\r",
        "é",
        "𝒳",
        "\\",
        '"',
    ),
    *("'", "[", "]", "{", "}", ",", ": ", "- ", "#", "&a ", "*a", "!!int ", "<<: ", "|\n", ">\n"),
    *("$", "$(", ")", "$$", "%", "@", "`", "?", "~", "\n", "  ", "---\n", "..."),
]


def bytes_of(text: str, rng: random.Random) -> bytes:
    """A text with a few stretches cut, doubled, moved or overwritten."""
    data = bytearray(text.encode())
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(data) + 1)
        length = min(rng.choice((1, 2, 8, 40, 300)), len(data) - at)
        piece = bytes(data[at : at + length])
        match rng.randrange(6):
            case 0:
                del data[at : at + length]
            case 1:
                data[at:at] = piece * rng.choice((1, 2, 50))
            case 2:
                del data[at : at + length]
                there = rng.randrange(len(data) + 1)
                data[there:there] = piece
            case 3 if data and at < len(data):
                data[at] ^= 1 << rng.randrange(8)
            case 4:
                data[at:at] = bytes([rng.randrange(256)])
            case _:
                data[at:at] = rng.choice(_ODD).encode() * rng.choice((1, 1, 1, 20))
    return bytes(data)


# --- trees --------------------------------------------------------------------------------

_VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 7, 63, 64, 65, 2**31 - 1, 2**31, 2**63, 10**40, 0.5, -0.0),
    *(
        1e308,
        float("inf"),
        float("nan"),
        "",
        " ",
        "a",
        "a" * 101,
        "a" * 5_000,
        "input",
        "x.y",
        "..",
    ),
    *(
        [],
        {},
        [[]],
        [None],
        [1, 2],
        [1] * 200,
        {"a": 1},
        {"": 1},
        {1: 2},
        "relu",
        "conv",
        "add",
        "same",
    ),
    *("7", "true", "identity", "g.q", 0.7, 1.0, [True], [{"a": 1}], [0.5, [1]]),
    *("$x", "$(1/0)", "$(range(9))", "$input", "$(input.shape)", "$(input.channels * 9999)", "$$"),
]
_KEYS = [
    *(
        "id",
        "from",
        "when",
        "else",
        "for",
        "repeat",
        "each",
        "share",
        "graph",
        "parallel",
        "params",
        "name",
    ),
    *(
        "inputs",
        "outputs",
        "init",
        "blocks",
        "use",
        "variants",
        "of",
        "own",
        "branches",
        "relu",
        "conv",
    ),
    *(
        "linear",
        "add",
        "concat",
        "batch_norm",
        "max_pool",
        "kernel_size",
        "padding",
        "a" * 200,
        3,
        "",
    ),
]


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every list and mapping with each of its keys."""
    keys = tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        yield tree, key
        yield from _places(tree[key])


def tree_of(text: str, rng: random.Random) -> str | None:
    """A spec with a few values replaced, moved, doubled or renamed.

    None where it is no YAML, or nests so deep that nobody can write it.
    """
    try:
        tree = yaml.safe_load(text)
        for _ in range(rng.choice((1, 1, 2, 4))):
            places = list(_places(tree))
            if places:
                _damage(rng.choice(places), rng.choice(places), rng)
        return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _damage(place: tuple[Any, Any], other: tuple[Any, Any], rng: random.Random) -> None:
    """Change what stands at one place, perhaps to what stands at another."""
    (holder, key), value = place, copy.deepcopy(other[0][other[1]])
    match rng.randrange(6):
        case 0:
            holder[key] = rng.choice(_VALUES)
        case 1:
            holder[key] = value
        case 2:
            del holder[key]
        case 3 if isinstance(holder, dict):
            holder[rng.choice(_KEYS)] = holder.pop(key)
        case 4 if isinstance(holder, dict):
            holder[rng.choice(_KEYS)] = rng.choice([value, *_VALUES])
        case _ if isinstance(holder, list):
            holder[key:key] = [value] * rng.choice((1, 1, 2, 30))


# --- expressions --------------------------------------------------------------------------

_EXPRESSION = re.compile(r"\$\([^\n]*?\)|\$\w+|(?<=when: )[^\n,}]+|(?<=repeat: )[^\n,}]+")
_LEAVES = [
    *(
        "0",
        "1",
        "2",
        "-1",
        "1e9",
        "9**9",
        "2**62",
        "10**18",
        "0.5",
        "1/3",
        "true",
        "null",
        "'a'",
        "''",
    ),
    *("[]", "[1, 2]", "range(5)", "range(10**6)", "'a' * 9999", "[0] * 9999", "x", "i", "input"),
    *("input.channels", "input.shape", "input.shape[0]", "input.count", "input.nothing"),
    *("channels", "depth", "num_classes", "True", "()", "(1,)", "[[]]", "{}", "lambda: 1", "f()"),
]
_OPERATORS = [
    *(
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "==",
        "!=",
        "<",
        "<=",
        "in",
        "not in",
        "and",
        "or",
        "if",
    ),
]
_CALLS = [
    "range",
    "len",
    "min",
    "max",
    "sum",
    "ceil",
    "floor",
    "round",
    "abs",
    "int",
    "all",
    "any",
    "log2",
]


def expression(rng: random.Random, depth: int = 3) -> str:
    """A random expression, most of them with some sense."""
    if depth == 0 or rng.random() < 0.3:
        return rng.choice(_LEAVES)

    def inner() -> str:
        return expression(rng, depth - 1)

    match rng.randrange(7):
        case 0:
            return f"{rng.choice(_CALLS)}({', '.join(inner() for _ in range(rng.randrange(4)))})"
        case 1:
            return f"[{inner()} for i in {inner()}{' if ' + inner() if rng.random() < 0.3 else ''}]"
        case 2:
            return f"({inner()})[{inner()}{':' + inner() if rng.random() < 0.3 else ''}]"
        case 3:
            return f"({inner()} if {inner()} else {inner()})"
        case 4:
            return f"{rng.choice(('-', '+', 'not '))}({inner()})"
        case 5:
            return f"[{', '.join(inner() for _ in range(rng.randrange(4)))}]"
        case _:
            return f"({inner()} {rng.choice(_OPERATORS)} {inner()})"


def expression_of(text: str, rng: random.Random) -> str | None:
    """A spec with some of its expressions, or numbers, replaced by others."""
    places = list(_EXPRESSION.finditer(text)) or list(re.finditer(r"\b\d+\b", text))
    if not places:
        return None
    for place in sorted(
        rng.sample(places, min(len(places), rng.choice((1, 1, 2)))), key=lambda m: -m.start()
    ):
        made = expression(rng)
        bare = text[: place.start()].endswith(("when: ", "repeat: "))
        quoted = json.dumps(made if bare else f"$({made})") if rng.random() < 0.5 else f"$({made})"
        text = text[: place.start()] + quoted + text[place.end() :]
    return text


def mutants(seed: str, count: int) -> Iterator[tuple[str, bytes]]:
    """So many mutants with the kind of each; the same for the same seed."""
    rng = random.Random(seed)
    kinds = {"bytes": bytes_of, "tree": tree_of, "expression": expression_of}
    while count:
        kind = rng.choice(list(kinds))
        whole = rng.random() < 0.6  # networks, which elaborate; the others are mostly mistakes
        made = kinds[kind](rng.choice(networks() if whole else originals()), rng)
        if made is not None:
            count -= 1
            yield kind, made if isinstance(made, bytes) else made.encode("utf-8", "replace")


# --- what becomes of them -----------------------------------------------------------------


class TooLong(BaseException):
    """The time is up; no handler of errors is to take it for one."""


def outcome(data: bytes, path: Path) -> str:
    """The codes of a mutant's errors, or `ok` where it has none: read, built and counted."""
    from archspec import pipeline
    from archspec.analysis import cost
    from archspec.diagnostics import ArchspecError, Source
    from archspec.frontend.budget import budgeted
    from archspec.frontend.loading import load_source

    try:
        document = load_source(Source(str(path), data.decode("utf-8", "replace")), path)
        with budgeted():
            for form in pipeline.forms(document)[:2]:
                graph = pipeline.elaborate(document, form)
                if len(graph.nodes) < 2_000:
                    pipeline.check(graph)
                    cost.stats(graph)
                if len(graph.nodes) < 40:
                    compile(pipeline.source(graph), path.name, "exec")
                    pipeline.render(graph)
    except ArchspecError as error:
        text = str(error)
        assert error.diagnostics
        assert len(text) < 200_000, "the messages are endless"
        assert text.replace("\n", "").isprintable(), "a message plays tricks on a terminal"
        return " ".join(sorted({d.code for d in error.diagnostics}))
    return "ok"


def main(seed: str, count: int) -> None:
    def interrupt(*_: object) -> None:
        raise TooLong

    signal.signal(signal.SIGPROF, interrupt)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    seen: Counter[str] = Counter()
    for kind, data in mutants(seed, count):
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            seen[outcome(data, ROOT / "specs" / "mutant.yaml")] += 1
        except BaseException:
            seen["failed"] += 1
            text = data.decode("utf-8", "replace")
            print(
                json.dumps({"kind": kind, "text": text, "error": traceback.format_exc()[-1_500:]})
            )
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    print(json.dumps({"seen": seen}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
