"""By keyboard alone through the chat, its palette and its help: each key that the footer tells does what it says.

One session walks through every state of the screen, as a person does.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from tests.pty.conftest import Open
from tests.pty.driver import Screen
from tests.pty.hands import TASK, ask

pytestmark = pytest.mark.integration

OSC_52 = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


@pytest.fixture
def screen(home: Path, opened: Open) -> Screen:
    (home / "oss-tui").mkdir()
    (home / "oss-tui/config.toml").write_text('[ui.keys]\nwrap = "f10"\nmouse = "y"\n')
    return opened(SSH_TTY="/dev/pts/0")


def copied(screen: Screen) -> list[str]:
    """What went to the terminal's clipboard so far."""
    return [base64.b64decode(found).decode() for found in OSC_52.findall(screen.output)]


def place(screen: Screen) -> str:
    """Which of the places that were found is looked at."""
    found = re.search(r"(\d+/\d+)  ⏎ next", screen.text())
    return found[1] if found else ""


def test_every_key_of_the_chat_does_what_the_footer_says(screen: Screen) -> None:
    # idle
    screen.wait_for("F6 effort medium", "F2 profiles", "F1 keys", "config.toml:3: ui.keys: y writes in the message")
    screen.press("f6")
    screen.wait_for("effort high")
    screen.press("f1")
    screen.wait_for("Keys and commands", "↑ ↓ scroll", "esc close")
    screen.press("down", "down", "f1")
    screen.wait_gone("Keys and commands")
    screen.press("ctrl+p")
    screen.wait_for("⏎ do it", "esc close")
    screen.press("escape")
    screen.wait_gone("⏎ do it")
    screen.press("ctrl+p")
    screen.wait_for("⏎ do it")
    screen.type("effort")
    screen.wait_gone("new conversation")
    screen.press("enter")
    screen.wait_for("effort low")
    screen.type("wrong\x15!echo one; echo two")
    screen.press("alt+enter")
    screen.type("true")
    screen.wait_for("❯ !echo one; echo two", "   true")
    screen.press("enter")
    screen.wait_for("exit 0", "     one", "     two")

    # running, with a message that waits
    ask(screen, "forever")
    screen.wait_for("of an answer without an end", "esc stop")
    ask(screen, "a second thought")
    screen.wait_for("↳ a second thought", "esc edits", "ctrl+t says it now")
    screen.press("escape")
    screen.wait_for("❯ a second thought", "esc stop")
    screen.wait_gone("esc edits")
    screen.press("ctrl+t")
    screen.wait_for("⇢ a second thought", "goes with the next step", "esc edits")
    screen.press("escape")
    screen.wait_for("❯ a second thought", "esc stop")
    screen.press("escape")
    screen.wait_for("stopped by you")
    screen.press("ctrl+u")
    screen.wait_gone("esc stop")

    # reading
    screen.press("tab")
    screen.wait_for("space open", "/ find", "y copy", "esc write")
    screen.type("/of an answer")
    screen.wait_for("find: of an answer", "⏎ next", "↑ back", "esc done")
    first = place(screen)
    screen.press("enter")
    screen.wait_until(lambda _: place(screen) != first)
    screen.press("up")
    screen.wait_until(lambda _: place(screen) == first)
    screen.press("escape")
    screen.wait_gone("esc done")
    screen.press("y")
    screen.wait_until(lambda _: any("the server notices within a token" in text for text in copied(screen)))
    screen.press("escape", "escape", "escape")
    screen.wait_gone("esc write")

    # a proposal, and a command
    ask(screen, TASK)
    screen.wait_for("waiting for you", "⏎ review", "ctrl+y approve all", "ctrl+n reject all", "esc stop")
    screen.press("enter")
    screen.wait_for("auth/session.py", "file 1 of 3", "esc later")
    screen.wait_gone("waiting for you")
    screen.press("escape")
    screen.wait_for("nothing written yet", "waiting for you", "ctrl+y approve all")
    screen.press("ctrl+y")
    screen.wait_for("run it once", "ctrl+s run, ask no more", "ctrl+n do not run", "waiting for you")
    screen.press("ctrl+s")
    screen.wait_gone("run it once", "esc stop")
    copies = len(copied(screen))
    screen.press("f9")
    screen.wait_until(lambda _: len(copied(screen)) > copies)

    # leaving; what F9 selected is copied first
    copies = len(copied(screen))
    screen.press("ctrl+c")
    screen.wait_until(lambda _: len(copied(screen)) > copies)
    screen.press("ctrl+c", "ctrl+c")
    assert screen.exit_code() == 0


def test_ctrl_c_stops_and_escape_stops_what_asks(screen: Screen) -> None:
    ask(screen, "forever")
    screen.wait_for("of an answer without an end")
    screen.press("ctrl+c")
    screen.wait_for("stopped by you")
    ask(screen, TASK)
    screen.wait_for("waiting for you")
    screen.press("escape")
    screen.wait_gone("waiting for you", "esc stop")
    screen.press("f8")
    screen.wait_until(lambda _: screen.modes()["1000"] is False)
    screen.press("f8")
    screen.wait_until(lambda _: screen.modes()["1000"] is True)
    screen.press("ctrl+d")
    assert screen.exit_code() == 0
