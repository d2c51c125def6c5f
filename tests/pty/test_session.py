"""The whole program in a terminal, on the demo profile: asked, approved, written, stopped, switched, ended."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.pty.conftest import Open
from tests.pty.driver import PATIENCE, oss_tui
from tests.pty.hands import READY, TASK, ask, assert_restored

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
def test_from_a_question_to_an_approved_change_on_disk(opened: Open, shop: Path, columns: int, rows: int) -> None:
    screen = opened(columns=columns, rows=rows)
    before = (shop / "auth/views.py").read_bytes()
    ask(screen, TASK)
    screen.wait_for("ctrl+y", "waiting for you")
    assert (shop / "auth/views.py").read_bytes() == before
    screen.press("ctrl+y")
    screen.wait_for("run it once", "waiting for you")
    assert (shop / "auth/views.py").read_bytes() != before
    assert (shop / "tests/test_login.py").exists()
    screen.press("ctrl+n")
    screen.wait_gone("waiting for you", "esc stop")


def test_what_is_rejected_is_not_written(opened: Open, shop: Path) -> None:
    screen = opened()
    ask(screen, TASK)
    screen.wait_for("waiting for you")
    screen.press("ctrl+n")
    screen.wait_gone("waiting for you", "esc stop")
    assert not (shop / "tests/test_login.py").exists()


def test_escape_stops_an_answer_without_an_end(opened: Open) -> None:
    screen = opened()
    ask(screen, "forever")
    screen.wait_for("of an answer without an end")
    screen.type("\x1b")  # as most terminals send the key
    screen.wait_gone("esc stop")
    ask(screen, "hello")
    screen.wait_for("This is a demonstration")


def test_a_server_that_breaks_is_told_and_the_next_message_works(opened: Open) -> None:
    screen = opened()
    ask(screen, "error")
    screen.wait_for("unexpected EOF")  # the end was seen: what is typed now is the next message
    ask(screen, "hello")
    screen.wait_for("This is a demonstration")


def test_a_profile_is_switched_and_the_conversation_goes_on(opened: Open) -> None:
    screen = opened()
    ask(screen, "hello")
    screen.wait_for("This is a demonstration")
    screen.wait_gone("esc stop")
    screen.press("f2")
    screen.wait_for("Profiles")
    screen.type("ollama")
    screen.wait_gone("lmstudio")
    screen.press("enter")
    screen.wait_for("from here on: ollama")


def test_a_prompt_on_the_command_line_is_asked_at_once(opened: Open) -> None:
    screen = opened("hello there")
    screen.wait_for("hello there", "This is a demonstration")


# ── the terminal ─────────────────────────────────────────────────────────────

SIGNALS = [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT]
STATES = ["idle", "streaming", "running"]
ALWAYS = {(signal.SIGHUP, "streaming"), (signal.SIGQUIT, "running"), (signal.SIGINT, "idle")}
"""What is tried on every change beside SIGTERM, which tests/pty/test_ending.py has in further states; all at night."""


@pytest.mark.parametrize(
    ("number", "state"),
    [
        pytest.param(
            number,
            state,
            id=f"{number.name} {state}",
            marks=() if number == signal.SIGTERM or (number, state) in ALWAYS else pytest.mark.nightly,
        )
        for number in SIGNALS
        for state in STATES
    ],
)
def test_a_signal_restores_the_terminal_and_tells_its_number(opened: Open, number: signal.Signals, state: str) -> None:
    """THREATS.md D5."""
    screen = opened()
    match state:
        case "streaming":
            ask(screen, "forever")
            screen.wait_for("of an answer without an end")
        case "running":
            ask(screen, "!sleep 7532")
            screen.wait_for("sleep 7532", "esc stop")
        case _:
            pass
    screen.signal(number)
    assert screen.exit_code() == 128 + number
    assert_restored(screen)


@pytest.mark.parametrize("keys", [("ctrl+c", "ctrl+c"), ("ctrl+d",), ("ctrl+q",)], ids="+".join)
def test_leaving_restores_the_terminal(opened: Open, keys: tuple[str, ...]) -> None:
    screen = opened()
    screen.press(*keys)
    assert screen.exit_code() == 0
    assert_restored(screen)


def test_a_terminal_that_vanishes_ends_the_program(opened: Open) -> None:
    """THREATS.md D6."""
    screen = opened()
    screen.hang_up()
    assert screen.process.wait(PATIENCE) in (129, -signal.SIGHUP)


def test_a_terminal_that_vanishes_ends_the_program_that_ignores_the_signal(home: Path, shop: Path) -> None:
    """THREATS.md D6, as under nohup."""
    with oss_tui("--profile", "demo", home=home, folder=shop, ignore=signal.SIGHUP) as screen:
        screen.wait_for(*READY)
        screen.hang_up()
        assert screen.process.wait(PATIENCE) == 129
