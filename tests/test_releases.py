"""What `make` installs is written down, for every Python, and names no place to get it from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LINES = (ROOT / "requirements-lock.txt").read_text(encoding="utf-8").splitlines()
PINS = [Requirement(line.split("  #")[0]) for line in LINES]
APART = {"torch", "torchvision"}
"""Pinned in the Makefile, where another build of them can be asked for."""


def asked_for() -> list[Requirement]:
    """Everything that pyproject.toml names, to run archspec, to develop or to build it."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = data["project"]
    words = [*project["dependencies"], *data["build-system"]["requires"]]
    for extra in project["optional-dependencies"].values():
        words += extra
    found = [Requirement(word) for word in words]
    return [r for r in found if r.name != project["name"]]


def pinned(name: str, **machine: str) -> list[str]:
    """The releases of a package that are chosen on a machine."""
    environment = {"platform_machine": "x86_64", "sys_platform": "linux", **machine}
    return [
        next(iter(pin.specifier)).version
        for pin in PINS
        if canonicalize_name(pin.name) == canonicalize_name(name)
        and (pin.marker is None or pin.marker.evaluate(dict(environment)))
    ]


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("wanted", [r for r in asked_for() if r.name not in APART], ids=str)
def test_every_requirement_has_one_release_in_its_range(wanted: Requirement, python: str) -> None:
    (version,) = pinned(wanted.name, python_version=python, python_full_version=f"{python}.0")
    assert version in wanted.specifier


def test_it_is_all_pins_and_names_no_host() -> None:
    assert all(re.fullmatch(r"[a-z0-9-]+==[^/@]+", line.split("  #")[0]) for line in LINES)
    assert not any("://" in line or "-index" in line or "-links" in line for line in LINES)
    assert not any(pin.name in APART or pin.name.startswith("nvidia") for pin in PINS)


def test_torch_and_torchvision_are_pinned_in_their_ranges() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    pins = [Requirement(pin) for pin in re.findall(r"^TORCH\w* \?= (.*)$", makefile, re.M)]
    assert {pin.name for pin in pins} == APART
    for pin in pins:
        (version,) = (s.version for s in pin.specifier)
        (wanted,) = (r for r in asked_for() if r.name == pin.name)
        assert version in wanted.specifier
