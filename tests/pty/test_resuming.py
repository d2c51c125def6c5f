"""Going on with an earlier session from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pty.driver import oss_tui

pytestmark = pytest.mark.integration


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """Home and a folder in which one question was asked and answered."""
    home, folder = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    folder.mkdir()
    with oss_tui("--profile", "demo", "hello there", home=home, folder=folder) as screen:
        screen.wait_for("hello there", "This is a demonstration")
        screen.wait_gone("esc stop")
        screen.press("ctrl+q")
        assert screen.exit_code() == 0
    return home, folder


@pytest.mark.parametrize("arguments", [("--continue",), ("resume",)], ids=" ".join)
def test_the_earlier_conversation_is_there_again(places: tuple[Path, Path], arguments: tuple[str, ...]) -> None:
    home, folder = places
    with oss_tui(*arguments, "--profile", "demo", home=home, folder=folder) as screen:
        if arguments == ("resume",):
            screen.wait_for("Which one?", "hello there")
            screen.type("1\r")
        screen.wait_for("Try one of these", "Press F1 for the keys", "ctx")


def test_a_session_that_does_not_exist_is_told_in_one_line(places: tuple[Path, Path]) -> None:
    home, folder = places
    with oss_tui("resume", "20200101-000000-abcdef", "--profile", "demo", home=home, folder=folder) as screen:
        screen.wait_for("there is no session 20200101")
