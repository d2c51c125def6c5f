"""By keyboard alone through every screen but the chat: each key that a frame or a footer shows does what it says.

One session walks over several screens, as a person does.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backends.demo.sample import write_shop
from tests.pty.driver import Screen, oss_tui

pytestmark = pytest.mark.integration

TASK = "make login use the session store, and add a test"
SETTLED = 0.4

Open = Callable[..., Screen]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    write_shop(folder)
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    return folder


@pytest.fixture
def opened(tmp_path: Path, shop: Path) -> Iterator[Open]:
    screens: list[Screen] = []
    (tmp_path / "home").mkdir()

    def start(*arguments: str, columns: int = 80, rows: int = 24) -> Screen:
        home = tmp_path / "home"
        screen = oss_tui("--profile", "demo", *arguments, home=home, folder=shop, columns=columns, rows=rows)
        screens.append(screen)
        return screen

    yield start
    for screen in screens:
        screen.__exit__(None, None, None)


def command(screen: Screen, text: str) -> None:
    screen.type(text)
    screen.wait_for(f"❯ {text}")
    screen.press("escape", "enter")


def ask(screen: Screen, text: str) -> None:
    screen.type(text)
    screen.wait_for(f"❯ {text[:40]}")
    screen.press("enter")


def leaves(screen: Screen, title: str, key: str = "escape") -> None:
    screen.wait_for(title)
    screen.press(key)
    screen.wait_gone(title)


def test_help_palette_context_themes_status_and_configuration(opened: Open) -> None:
    screen = opened()
    screen.wait_for("answers are a script", "≈")

    screen.press("f1")
    first = screen.wait_for("Keys and commands", "Send the message", "↑ ↓ scroll", "esc close")
    screen.press("down", "down", "down")
    screen.wait_until(lambda text: text != first and "Conversation" not in text)
    screen.press("up", "up", "up")
    screen.wait_for("Conversation")
    leaves(screen, "Keys and commands", "f1")
    screen.press("f1")
    leaves(screen, "Keys and commands")

    screen.press("ctrl+p")
    screen.wait_for("Commands", "new conversation", "⏎ do it")
    screen.type("fills")
    screen.wait_for("what fills the window", "F5")
    screen.wait_gone("new conversation")
    screen.press("enter")
    leaves(screen, "What fills the window", "f5")
    screen.press("ctrl+p")
    leaves(screen, "Commands")

    command(screen, "/theme")
    dark = screen.wait_for("Theme", "Dark", "⏎ choose", "esc back") and screen.ground()
    screen.press("down")
    screen.wait_until(lambda _: screen.ground() != dark)
    leaves(screen, "esc back")
    screen.wait_until(lambda _: screen.ground() == dark)
    command(screen, "/theme")
    screen.wait_for("type to filter")
    screen.type("light")
    screen.wait_gone("Nord")
    screen.press("enter")
    screen.wait_gone("type to filter")
    screen.wait_until(lambda _: screen.ground() != dark)

    command(screen, "/status")
    screen.wait_for("How things stand", "permissions", "sandbox")
    leaves(screen, "How things stand")
    command(screen, "/debug-config")
    first = screen.wait_for("The effective configuration", "↑ ↓ scroll")
    screen.press("down", "down")
    screen.wait_until(lambda text: text != first)
    leaves(screen, "The effective configuration")


def test_looking_back_and_going_on_with_sessions(opened: Open) -> None:
    screen = opened()
    screen.wait_for("answers are a script", "≈")
    ask(screen, "hello out there")
    screen.wait_for("Press F1 for the keys")
    screen.wait_gone("esc stop")

    command(screen, "/stats")
    screen.wait_for("turns            1")
    leaves(screen, "since it was opened here")
    command(screen, "/prompt")
    first = screen.wait_for("Request 1, as it was sent", '"model"', "↑ ↓ scroll")
    screen.press(*["down"] * 20)
    screen.wait_until(lambda text: text != first)
    leaves(screen, "as it was sent")

    screen.press("ctrl+r")
    screen.wait_for("Earlier messages", "hello out there", "⏎ take it")
    leaves(screen, "Earlier messages")
    screen.press("ctrl+r")
    screen.wait_for("Earlier messages")
    screen.type("out")
    screen.wait_gone("/stats")
    screen.press("enter")
    screen.wait_for("❯ hello out there")
    screen.press(*["backspace"] * 15)
    screen.wait_for("ask, @file")

    command(screen, "/rewind")
    screen.wait_for("Go back to", "1  hello out there", "esc stay")
    leaves(screen, "Go back to")

    command(screen, "/fork")
    screen.wait_for("this is a copy")
    command(screen, "/resume")
    screen.wait_for("Go on with", "2 messages", "you  hello out there", "⏎ open")
    screen.type("nobody said this")
    screen.wait_gone("2 messages")
    leaves(screen, "Go on with")
    command(screen, "/rewind")
    screen.wait_for("Go back to")
    screen.press("enter")
    screen.wait_for("back to before message 1", "❯ hello out there")
    screen.press(*["backspace"] * 15)

    command(screen, "/delete")
    screen.wait_for("Delete this session?", "y delete it", "n esc leave it")
    leaves(screen, "Delete this session?", "n")
    command(screen, "/delete")
    leaves(screen, "Delete this session?")
    command(screen, "/delete")
    leaves(screen, "Delete this session?", "y")
    screen.wait_for("is deleted; this is a new session")
    command(screen, "/resume")
    screen.wait_for("Go on with", "2 messages")
    screen.press("enter")
    screen.wait_gone("Go on with")
    screen.wait_for("Press F1 for the keys")


def test_profiles_are_made_changed_copied_and_deleted(opened: Open, tmp_path: Path) -> None:
    screen = opened()
    screen.wait_for("answers are a script", "≈")
    screen.press("f2")
    screen.wait_for(
        "Profiles", "ctrl+n new", "ctrl+e edit", "ctrl+o copy", "ctrl+x delete", "ctrl+s start", "no answer"
    )

    screen.press("ctrl+n")
    screen.wait_for("New profile", "⏎ models", "ctrl+s save", "esc back")
    screen.press("ctrl+s")
    screen.wait_for("A profile needs a name.")
    screen.type("mine")
    screen.press("tab", "down", "enter")
    screen.wait_for("Models at Demo", "demo:latest", "⏎ take it", "esc back")
    screen.press("enter")
    screen.wait_gone("Models at Demo")
    screen.wait_for("demo:latest")
    screen.pause(SETTLED)
    screen.press("down", "right")
    screen.press("ctrl+s")
    screen.wait_gone("New profile")
    config = tmp_path / "home/oss-tui/config.toml"
    assert "[profiles.mine]" in config.read_text()
    assert 'model_reasoning_effort = "high"' in config.read_text()

    screen.wait_for("mine")
    screen.type("mine")
    screen.wait_gone("lmstudio")
    screen.press("ctrl+o")
    screen.wait_for("New profile", "mine-copy")
    screen.press("ctrl+s")
    screen.wait_for("mine-copy", "esc close")
    screen.wait_gone("New profile")
    screen.press("ctrl+e")
    screen.wait_for("Edit mine")
    leaves(screen, "Edit mine")
    screen.press("ctrl+s")
    screen.wait_until(lambda _: 'profile = "mine' in config.read_text())
    screen.press("ctrl+x")
    screen.wait_for("Delete this profile?", "n esc leave it")
    leaves(screen, "Delete this profile?", "n")
    screen.press("ctrl+x")
    leaves(screen, "Delete this profile?", "y")
    screen.wait_until(lambda _: config.read_text().count("[profiles.mine") == 1)
    leaves(screen, "esc close")


def test_the_machine_is_looked_at_and_checked(opened: Open) -> None:
    screen = opened()
    screen.wait_for("answers are a script", "≈")
    screen.press("f3")
    screen.wait_for("What runs on this machine", "not running", "c check", "d demo", "r look again")
    screen.type("r")
    screen.wait_for("not running")
    screen.type("c")
    screen.wait_for("✗ server", "→ Start it")
    screen.pause(SETTLED)
    screen.press("down")
    screen.wait_gone("✗ server")
    leaves(screen, "What runs on this machine")
    screen.press("f3")
    screen.wait_for("not running")
    screen.type("d")
    screen.wait_gone("What runs on this machine")


def test_a_review_and_the_changes_after_it(opened: Open, shop: Path) -> None:
    screen = opened(columns=120, rows=40)
    screen.wait_for("answers are a script", "≈")
    ask(screen, TASK)
    screen.wait_for("waiting for you")
    screen.pause(SETTLED)
    screen.press("enter")
    screen.wait_for("12 hunks undecided", "1 of 6", "y accept", "? keys")
    screen.pause(1)
    written = len(screen.output)
    screen.pause(1)
    assert len(screen.output) == written, "a review that nobody touches is painted again and again"

    def does(key: str, *seen: str) -> None:
        if key in ("enter", "escape", "left", "right", "down", "up", "pageup"):
            screen.press(key)
        else:
            screen.type(key)
        screen.wait_for(*seen)

    does("y", "11 undecided")
    does("u", "12 hunks undecided")
    does("n", "11 undecided", "rejected")
    does("u", "12 hunks undecided")
    does("J", "file 2 of 3")
    does("K", "file 1 of 3")
    does("j", "▌● 2 of 6")
    does("k", "▌● 1 of 6")
    does("Y", "6 undecided")
    does("u", "12 hunks undecided")
    does("N", "6 undecided")
    does("u", "12 hunks undecided")
    does("e", "Edit the new text of hunk 1 of 6", "ctrl+s save and accept", "esc cancel")
    leaves(screen, "Edit the new text")
    does("c", "Comment to the model on hunk 1 of 6", "ctrl+s save")
    screen.type("use UTC")
    screen.wait_for("use UTC")
    screen.press("ctrl+s")
    screen.wait_gone("Comment to the model on")
    screen.wait_for("use UTC")
    does("u", "12 hunks undecided")
    does("C", "Comment to the model on")
    leaves(screen, "Comment to the model on")
    does("?", "Keys of the review", "this list", "esc close")
    leaves(screen, "Keys of the review", "f1")
    first = screen.text()
    does("right", "file 1 of 3")
    screen.wait_until(lambda text: text != first)
    does("left", "1 of 6")
    does("/", "search")
    screen.pause(SETTLED)
    screen.type("SESSIONS")
    screen.press("enter")
    screen.wait_for("SESSIONS", "file 2 of 3")
    does("escape", "f/F match", "1 of 9")
    screen.pause(0.2)  # escape and a letter at once are one key with alt
    does("f", "2 of 9")
    does("F", "1 of 9")
    does("escape", "12 hunks undecided")
    screen.pause(0.2)
    does("g", "12 hunks undecided")
    screen.pause(0.2)
    top = screen.text()

    def turns(key: str, back: str) -> None:
        """`key` shows something else, and `back` what was there before."""
        screen.type(key)
        screen.wait_until(lambda text: text != top)
        screen.type(back)
        screen.wait_until(lambda text: text == top)

    turns("G", "g")
    turns(" ", "g")
    turns("z", "z")
    turns("Z", "Z")
    does("m", "Comment to the model on")
    leaves(screen, "Comment to the model on")
    does("escape", "waiting for you")
    assert not (shop / "tests/test_login.py").exists()
    screen.pause(SETTLED)
    screen.press("enter")
    screen.wait_for("undecided")
    screen.pause(SETTLED)
    does("A", "12 of 12 hunks")
    does("enter", "run it once")
    assert (shop / "tests/test_login.py").exists()
    screen.pause(SETTLED)
    screen.press("ctrl+n")
    screen.wait_gone("waiting for you", "esc stop")

    command(screen, "/diff")
    screen.wait_for("1 of 6", "j/k hunk", "J/K file", "esc close")
    does("j", "▌✓ 2 of 6")
    does("k", "▌✓ 1 of 6")
    does("J", "file 2 of 3")
    does("K", "file 1 of 3")
    folded = screen.text()
    does("Z", "file 1 of 3")
    screen.wait_until(lambda text: text != folded)
    leaves(screen, "esc close")


def test_the_notes_of_a_folder_are_asked_about(opened: Open, shop: Path) -> None:
    (shop / "AGENTS.md").write_text("# Shop\nRun `make test`.\n" + "One more line.\n" * 40)
    screen = opened()
    first = screen.wait_for("May these notes steer the model?", "Run `make test`", "ctrl+n esc not now", "↑ ↓ scroll")
    screen.pause(SETTLED)
    screen.press("down", "down")
    screen.wait_until(lambda text: text != first)
    leaves(screen, "May these notes", "ctrl+n")
    screen.wait_for("not used: AGENTS.md; /trust asks again")
    command(screen, "/trust")
    screen.wait_for("May these notes")
    screen.pause(SETTLED)
    leaves(screen, "May these notes")
    command(screen, "/trust")
    screen.wait_for("May these notes", "ctrl+y use them")
    screen.pause(SETTLED)
    leaves(screen, "May these notes", "ctrl+y")
    command(screen, "/status")
    screen.wait_for("How things stand", "trusted")
