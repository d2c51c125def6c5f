"""One version: the program's own word and the package's."""

from __future__ import annotations

import tomllib
from pathlib import Path

from agent.version import VERSION


def test_the_program_and_the_package_have_one_version():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
