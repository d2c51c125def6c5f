"""Terminals that are strange or change: resized without end while an answer streams, tiny, huge, old, without colour.

THREATS.md D7 and D8.
"""

from __future__ import annotations

import re

import pytest

from tests.pty.conftest import Open
from tests.pty.driver import Screen
from tests.pty.hands import TASK, ask, hues

pytestmark = pytest.mark.integration


def resize_storm(screen: Screen, times: int) -> None:
    """In gusts: after each of them the program was seen to paint."""
    sizes = [(81, 25), (40, 12), (1, 1), (200, 60), (20, 3), (2_000, 5), (3, 200), (80, 1), (80, 24), (120, 40)]
    for number in range(times):
        screen.resize(*sizes[number % len(sizes)])
        if number % len(sizes) == len(sizes) - 1:
            painted = len(screen.output)
            screen.wait_until(lambda _, painted=painted: len(screen.output) > painted)
    screen.resize(80, 24)


@pytest.mark.parametrize("times", [60, pytest.param(500, marks=pytest.mark.nightly)])
def test_a_resize_storm_while_an_answer_streams_leaves_a_whole_screen(opened: Open, times: int) -> None:
    screen = opened()
    ask(screen, "forever")
    screen.wait_for("of an answer without an end")
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
    screen.resize(columns, rows)
    screen.press("f8")
    screen.wait_until(lambda _: screen.modes()["1000"] is False)
    screen.type("hello")
    screen.press("enter")
    screen.resize(80, 24)
    screen.wait_for("This is a demonstration")
    screen.press("ctrl+q")
    assert screen.exit_code() == 0
    assert b"Traceback" not in screen.output


@pytest.mark.parametrize("term", ["screen", "tmux-256color", "linux", "vt100", "unheard-of"])
def test_it_works_whatever_the_terminal_calls_itself(opened: Open, term: str) -> None:
    screen = opened(TERM=term, COLORTERM="")
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
    screen = opened(folder=None, columns=80, rows=24, **variables)
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


def test_a_terminal_that_can_nothing_gets_one_clear_line(started: Open) -> None:
    screen = started(TERM="dumb")
    assert screen.exit_code() == 2
    assert "cannot show a screen" in screen.text()


def test_without_colour_there_are_only_greys(opened: Open) -> None:
    screen = opened(NO_COLOR="1")
    ask(screen, "hello")
    screen.wait_for("This is a demonstration")
    assert hues(screen.output) == set()


def test_without_colour_a_diff_is_read_by_its_signs(opened: Open) -> None:
    screen = opened(columns=120, rows=40, NO_COLOR="1")
    ask(screen, TASK)
    screen.wait_for("waiting for you")
    screen.press("enter")
    shown = screen.wait_for("12 hunks undecided", "1 of 6")
    assert re.search(r"\d +− +\S", shown)
    assert re.search(r"\d +\+ +\S", shown)
    assert hues(screen.output) == set()
