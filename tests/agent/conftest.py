"""A folder, a home and a script: what a session needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config.load import Home
from tests.agent.world import World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    (tmp_path / "work").mkdir()
    return World((tmp_path / "work").resolve(), Home(tmp_path / "config", tmp_path / "data"), monkeypatch)
