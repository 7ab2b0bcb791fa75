"""Finds the packages, which pyproject.toml cannot do for a directory that is renamed.

`backends/` is installed as `archspec.backends`, `specs/` as `archspec.specs`; the mapping
itself stands in pyproject.toml.
"""

from setuptools import find_packages, setup

RENAMED = {"archspec": "archspec", "archspec.backends": "backends"}

packages = ["archspec.specs"]  # no code, so nothing to find
for name, directory in RENAMED.items():
    packages += [name, *(f"{name}.{sub}" for sub in find_packages(directory))]

setup(packages=packages)
