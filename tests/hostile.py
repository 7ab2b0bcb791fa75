"""Files that were written to hurt, and what it costs to read each.

`python -m tests.hostile check NAME...` reads each in a process of its own, which may have so much
time and memory and no more, and prints what became of it, one line of JSON a file. A file is
written in a folder of its own; the process is a copy of one that has imported the command line,
so that nothing but the file is measured.
"""

from __future__ import annotations

import json
import os
import re
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

SECONDS = 5
MEMORY = 2**30
MOST_BYTES = 4 * 2**20
MOST_VALUES = 250_000
HEAD = "name: hostile\ninputs: {x: [3, 32, 32]}\n"


@dataclass(frozen=True)
class Attack:
    """A file and what archspec has to say to it: codes of errors, or none where it is right.

    `nodes` are those of the plain chain that a right one is measured beside, and one whose
    mistake is behind so many nodes.
    """

    text: Callable[[], str | bytes]
    codes: frozenset[str]
    nodes: int

    @property
    def large(self) -> bool:
        """Whether it takes minutes to measure, which CI leaves to the sweep."""
        return self.nodes > 60_000


@dataclass(frozen=True)
class Outcome:
    """What became of one: exit status (or minus the signal), codes, seconds, bytes, output."""

    name: str
    status: int
    codes: list[str]
    seconds: float
    memory: int
    printed: int
    tail: str


ATTACKS: dict[str, Attack] = {}

Text = Callable[[], str | bytes]


def refused(*codes: str, behind: int = 0) -> Callable[[Text], Text]:
    """Enter a file that has these errors; they are behind so many nodes, where these are many."""

    def enter(text: Text) -> Text:
        ATTACKS[text.__name__] = Attack(text, frozenset(codes), behind)
        return text

    return enter


def accepted(nodes: int) -> Callable[[Text], Text]:
    """Enter a file that is right, and has so many nodes."""

    def enter(text: Text) -> Text:
        ATTACKS[text.__name__] = Attack(text, frozenset(), nodes)
        return text

    return enter


def spec(graph: str, above: str = "") -> str:
    """A spec with this graph, in the flow style or as lines, and what stands above it."""
    body = graph if graph.startswith("\n") else f" [{graph}]"
    return f"{HEAD}{above}graph:{body}\n"


def times(count: int, line: str) -> str:
    """`line` so often, with its number in the place of `#`."""
    return "".join(line.replace("#", str(i)) for i in range(count))


def filled(line: str, share: float = 1) -> str:
    """`line`, with its number in the place of `#`, as often as a file has room for."""
    room = (MOST_BYTES - 1_000) // len(line.replace("#", "1000000"))
    values = len(re.findall(r"[^\s\[\]{},:]+|[\[{]|- |: [^{\[]", line))
    return times(int(share * min(room, (MOST_VALUES - 100) // values)), line)


def flooded(character: str) -> str:
    """As often as a file has room for, however many values that makes."""
    return character * ((MOST_BYTES - 1_000) // len(character.encode()))


def plain_chain(nodes: int) -> Attack:
    """So many nodes, and nothing else."""
    return Attack(lambda: spec(f"{{repeat: {nodes}, relu: }}"), frozenset(), nodes)


def run(name: str, attack: Attack, *command: str) -> Outcome:
    """What the command makes of a file, within its bounds; they are wide for many nodes."""
    seconds, memory = (120, 2**33) if attack.large else (SECONDS, MEMORY)
    from archspec.cli.app import main

    with tempfile.TemporaryDirectory() as folder:
        path, output = Path(folder, "hostile.yaml"), Path(folder, "output")
        text = attack.text()
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        del text
        child = os.fork()
        if not child:
            try:
                resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
                resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
                where = os.open(output, os.O_CREAT | os.O_WRONLY)
                os.dup2(where, 1)
                os.dup2(where, 2)
                main([*command, str(path)], prog_name="archspec")
            except SystemExit as end:
                sys.stdout.flush()
                os._exit(end.code if isinstance(end.code, int) else 1)
            except BaseException:
                os._exit(99)
            os._exit(98)
        _, status, used = os.wait4(child, 0)
        said = output.read_text(errors="replace")
    codes = sorted(set(re.findall(r"^error\[(E\d+)\]", said, re.MULTILINE)))
    took = round(used.ru_utime + used.ru_stime, 3)
    code = os.waitstatus_to_exitcode(status)
    return Outcome(name, code, codes, took, used.ru_maxrss * 1024, len(said), said[-2_000:])


def outcomes(names: list[str], *command: str) -> Iterator[Outcome]:
    """Every attack of these names in turn; a number is a plain chain of so many nodes."""
    for name in names:
        yield run(name, ATTACKS.get(name) or plain_chain(int(name)), *command)


def main() -> None:
    import archspec.cli.check  # noqa: F401  # what every copy would import

    sys.setrecursionlimit(1_000)
    for outcome in outcomes(sys.argv[2:] or list(ATTACKS), sys.argv[1]):
        print(json.dumps(asdict(outcome)), flush=True)


if __name__ == "__main__":
    from tests import hostile, hostile_files  # noqa: F401  # the corpus

    hostile.main()
