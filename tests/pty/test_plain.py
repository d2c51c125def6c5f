"""`oss-tui --plain` on a terminal that can nothing: a turn, a question answered in words, a stop, the way out."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from backends.demo.sample import write_shop
from tests.pty.driver import Screen, oss_tui

pytestmark = pytest.mark.integration

SEQUENCE = re.compile(rb"\x1b")


COMMANDS = (
    ("/diff", "+++ b/tests/test_login.py"),
    ("/stats", "files changed    auth/session.py"),
    ("/undo", "undone: auth/session.py"),
    ("/rename about logins", "This session is called about logins."),
    ("/fork", "you said 1 thing in it"),
    ("/resume", "about logins, "),
    ("/profile ollama", "From here on: ollama"),
    ("/rewind", "1: make login use the session store"),
)


@pytest.fixture
def plain(tmp_path: Path) -> Screen:
    home, folder = tmp_path / "home", tmp_path / "shop"
    home.mkdir()
    write_shop(folder)
    return oss_tui("--plain", "--profile", "demo", home=home, folder=folder, columns=100, rows=200, TERM="dumb")


def test_a_change_is_read_and_written_with_a_word(plain: Screen, tmp_path: Path) -> None:
    with plain as screen:
        screen.wait_for("/help tells", ">")
        screen.type("make login use the session store, and add a test\n")
        screen.wait_for("Write this? Type yes or no")
        assert not (tmp_path / "shop/tests/test_login.py").exists()
        screen.type("yes\n")
        screen.wait_for("Written: ", "Run this?")
        assert (tmp_path / "shop/tests/test_login.py").exists()
        screen.type("no\n")
        screen.wait_for("rejected")
        for typed, words in COMMANDS:
            screen.wait_for("\n>")
            screen.type(f"{typed}\n")
            screen.wait_for(words)
        assert not (tmp_path / "shop/tests/test_login.py").exists()
        screen.type("/quit\n")
        assert screen.exit_code() == 0
        assert SEQUENCE.findall(screen.output) == []


def test_ctrl_c_stops_the_model_and_then_leaves(plain: Screen) -> None:
    with plain as screen:
        screen.wait_for("/help tells", ">")
        screen.type("forever\n")
        screen.wait_for("of an answer without an end")
        screen.press("ctrl+c")
        screen.wait_for("Stopped.")
        screen.type("hello\n")
        screen.wait_for("This is a demonstration")
        screen.type("/context\n")
        screen.wait_for("tokens are used")
        screen.press("ctrl+c")
        assert screen.exit_code() == 128 + signal.SIGINT
        assert b"Traceback" not in screen.output


def test_the_end_of_input_leaves(plain: Screen) -> None:
    with plain as screen:
        screen.wait_for("/help tells", ">")
        screen.press("ctrl+d")
        assert screen.exit_code() == 0
