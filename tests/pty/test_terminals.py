"""Terminals that are strange or change: resized without end while an answer streams, tiny, huge, old, without colour.

THREATS.md D7 and D8.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backends.demo.sample import write_shop
from tests.pty.driver import Screen, oss_tui

pytestmark = pytest.mark.integration

Open = Callable[..., Screen]
COLOUR = re.compile(rb"[34]8;2;(\d+);(\d+);(\d+)")


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    screens: list[Screen] = []
    home, folder = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    folder.mkdir()

    def start(columns: int = 80, rows: int = 24, **variables: str) -> Screen:
        screen = oss_tui(
            "--profile", "demo", home=home, folder=folder, columns=columns, rows=rows, ignore=None, **variables
        )
        screens.append(screen)
        return screen

    yield start
    for screen in screens:
        screen.__exit__(None, None, None)


def ask(screen: Screen, text: str) -> None:
    screen.type(text)
    screen.wait_for(f"❯ {text}")
    screen.press("enter")


def resize_storm(screen: Screen, times: int) -> None:
    sizes = [(80, 24), (81, 25), (40, 12), (1, 1), (200, 60), (20, 3), (120, 40), (2_000, 5), (3, 200), (80, 1)]
    for number in range(times):
        screen.resize(*sizes[number % len(sizes)])
        screen.pause(0.01)
    screen.resize(80, 24)


@pytest.mark.parametrize("times", [60, pytest.param(500, marks=pytest.mark.nightly)])
def test_a_resize_storm_while_an_answer_streams_leaves_a_whole_screen(opened: Open, times: int) -> None:
    screen = opened()
    screen.wait_for("answers are a script")
    ask(screen, "forever")
    screen.wait_for("Line 2 of an answer")
    resize_storm(screen, times)
    screen.wait_for("oss-tui", "Line", "esc stop", "ctx")
    screen.press("escape")
    screen.wait_gone("esc stop")
    screen.press("ctrl+q")
    assert screen.exit_code() == 0
    assert b"Traceback" not in screen.output


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (2_000, 24), (20, 5), (0, 0)])
def test_it_starts_and_leaves_in_a_terminal_of_any_size(opened: Open, columns: int, rows: int) -> None:
    screen = opened()
    screen.wait_for("answers are a script")
    screen.resize(columns, rows)
    screen.pause(0.3)
    screen.type("hello")
    screen.press("enter")
    screen.pause(0.3)
    screen.resize(80, 24)
    screen.wait_for("This is a demonstration")
    screen.press("ctrl+q")
    assert screen.exit_code() == 0
    assert b"Traceback" not in screen.output


@pytest.mark.parametrize("term", ["screen", "tmux-256color", "linux", "vt100", "unheard-of"])
def test_it_works_whatever_the_terminal_calls_itself(opened: Open, term: str) -> None:
    screen = opened(TERM=term, COLORTERM="")
    screen.wait_for("answers are a script", "ctx")
    ask(screen, "hello")
    screen.wait_for("This is a demonstration")
    screen.press("ctrl+q")
    assert screen.exit_code() == 0


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"LANG": "C", "LC_ALL": "C"}, id="no UTF-8 locale"),
        pytest.param({"HOME": "/nonexistent", "OSS_TUI_HOME": ""}, id="no home"),
        pytest.param({"TERM": "xterm-16color", "COLORTERM": ""}, id="16 colours"),
    ],
)
def test_it_answers_whatever_is_missing_around_it(opened: Open, variables: dict[str, str]) -> None:
    """THREATS.md D8."""
    screen = opened(**variables)
    screen.wait_for("answers are a script", "ctx")
    ask(screen, "hello")
    screen.wait_for("This is a demonstration")
    screen.press("ctrl+q")
    assert screen.exit_code() == 0
    assert b"Traceback" not in screen.output


def test_where_the_home_cannot_be_written_the_chat_goes_on_and_says_so_in_one_line(opened: Open) -> None:
    """THREATS.md D4."""
    screen = opened(rows=60, OSS_TUI_HOME="/proc/nowhere")
    screen.wait_for("answers are a script", "nothing can be kept in", "/proc/nowhere")
    ask(screen, "hello")
    screen.wait_for("This is a demonstration")
    screen.wait_gone("esc stop")
    assert "Errno" not in screen.text()
    assert screen.text().count("/proc/nowhere") == 1
    screen.press("ctrl+q")
    assert screen.exit_code() == 0
    assert b"Traceback" not in screen.output


def test_a_terminal_that_can_nothing_gets_one_clear_line(opened: Open) -> None:
    screen = opened(TERM="dumb")
    assert screen.exit_code() == 2
    assert "cannot show a screen" in screen.text()


def test_without_colour_there_are_only_greys(opened: Open) -> None:
    screen = opened(NO_COLOR="1")
    screen.wait_for("answers are a script", "ctx")
    ask(screen, "hello")
    screen.wait_for("This is a demonstration")
    assert {colour for colour in COLOUR.findall(screen.output) if len(set(colour)) > 1} == set()


def test_without_colour_a_diff_is_read_by_its_signs(opened: Open, tmp_path: Path) -> None:
    write_shop(tmp_path / "work")
    screen = opened(columns=120, rows=40, NO_COLOR="1")
    screen.wait_for("answers are a script", "ctx")
    ask(screen, "make login use the session store, and add a test")
    screen.wait_for("waiting for you")
    screen.pause(0.4)
    screen.press("enter")
    shown = screen.wait_for("12 hunks undecided", "1 of 6")
    assert re.search(r"\d +− +\S", shown)
    assert re.search(r"\d +\+ +\S", shown)
    assert {colour for colour in COLOUR.findall(screen.output) if len(set(colour)) > 1} == set()
