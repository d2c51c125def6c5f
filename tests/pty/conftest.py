"""The program on the demo in a little shop, for the tests of this folder; whatever was started is gone afterwards."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from backends.demo.sample import write_shop
from tests.pty.driver import Screen, oss_tui
from tests.pty.hands import READY


class Open(Protocol):
    """Starts the program."""

    def __call__(
        self, *arguments: str, folder: Path | None = None, columns: int = 80, rows: int = 24, **variables: str
    ) -> Screen: ...


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project of three files under git."""
    folder = tmp_path / "shop"
    write_shop(folder)
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    return folder


@pytest.fixture
def started(home: Path, shop: Path) -> Iterator[Open]:
    screens: list[Screen] = []

    def start(
        *arguments: str, folder: Path | None = None, columns: int = 80, rows: int = 24, **variables: str
    ) -> Screen:
        screen = oss_tui(
            *("--profile", "demo", *arguments),
            home=home,
            folder=folder or shop,
            columns=columns,
            rows=rows,
            ignore=None,
            **variables,
        )
        screens.append(screen)
        return screen

    yield start
    for screen in screens:
        screen.__exit__(None, None, None)


@pytest.fixture
def opened(started: Open) -> Open:
    """As `started`, and ready for the first message."""

    def start(
        *arguments: str, folder: Path | None = None, columns: int = 80, rows: int = 24, **variables: str
    ) -> Screen:
        screen = started(*arguments, folder=folder, columns=columns, rows=rows, **variables)
        screen.wait_for(*READY)
        return screen

    return start
