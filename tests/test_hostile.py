"""Files that were written to hurt are refused in time, or cost what they hold; so do mutants."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests import hostile_files
from tests.hostile import ATTACKS, MEMORY, SECONDS, Outcome
from tests.sweeping import rounds, some

REFUSED = [name for name, attack in ATTACKS.items() if attack.codes and not attack.large]
ACCEPTED = [name for name, attack in ATTACKS.items() if not attack.codes and not attack.large]
LARGE_REFUSED = [name for name, attack in ATTACKS.items() if attack.codes and attack.large]
LARGE_ACCEPTED = [name for name, attack in ATTACKS.items() if not attack.codes and attack.large]
SENT = "printed, and a terminal has to show it"


def test_the_corpus_is_what_it_says() -> None:
    assert len(REFUSED) > 80
    assert len(ACCEPTED) > 6
    assert all(len(ATTACKS[name].text()) <= hostile_files.MOST_BYTES for name in ACCEPTED)


@cache
def outcome(name: str) -> Outcome:
    """What became of an attack, or of a plain chain of so many nodes, in a process of its own."""
    command = [sys.executable, "-m", "tests.hostile", "check", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return Outcome(**json.loads(done.stdout))


@pytest.mark.sweep
@pytest.mark.parametrize("name", [*some(REFUSED, 30), *some(LARGE_REFUSED, 0)])
def test_it_is_refused_in_time(name: str) -> None:
    found = outcome(name)
    assert (found.status, set(found.codes)) == (1, ATTACKS[name].codes), found.tail
    if ATTACKS[name].nodes:  # so many are made before the mistake shows
        plain = outcome(str(ATTACKS[name].nodes))
        assert found.seconds < SECONDS + plain.seconds / 3
        assert found.memory < plain.memory
    else:
        assert found.seconds < SECONDS
        assert found.memory < MEMORY
    assert found.printed < 100_000, SENT
    assert found.tail.replace("\n", "").isprintable(), SENT


@pytest.mark.sweep
@pytest.mark.parametrize("name", [*some(ACCEPTED, 4), *some(LARGE_ACCEPTED, 0)])
def test_it_costs_what_it_holds(name: str) -> None:
    """Twice a plain chain of as many nodes and groups; a second and 64 MiB for the text itself."""
    found, plain = outcome(name), outcome(str(ATTACKS[name].nodes))
    assert found.status == 0, found.tail
    assert found.seconds < 2 * plain.seconds + 1
    assert found.memory < 2 * plain.memory + 2**26


def failures(seed: str, count: int) -> Iterator[dict[str, Any]]:
    """The mutants of a seed that ended in a traceback, in no time, or without memory."""
    command = [sys.executable, "-m", "tests.mutants", seed, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    *failed, last = map(json.loads, done.stdout.splitlines())
    seen: dict[str, int] = last["seen"]
    assert sum(seen.values()) == count
    assert len(seen) > 3, "most of them are mistakes of many kinds"
    yield from failed


@pytest.mark.sweep
def test_mutants_are_read_or_refused() -> None:
    for rng in rounds(4, 200):
        seed = str(rng.randrange(10**9))
        for mutant in failures(seed, 100):
            pytest.fail(f"{mutant['kind']} of {seed}: {mutant['error']}\n{mutant['text']}")


def test_mutants_are_of_three_kinds_and_the_same_again() -> None:
    from tests.mutants import bytes_of, expression_of, mutants, originals, tree_of

    assert list(mutants("1", 20)) == list(mutants("1", 20)) != list(mutants("2", 20))
    rng = random.Random(0)
    for make in (bytes_of, tree_of, expression_of):
        made = [make(originals()[0], rng) for _ in range(30)]
        assert len({str(m) for m in made}) > 20
