"""By keyboard alone through every screen but the chat: each key that a frame or a footer shows does what it says.

One session walks over several screens, as a person does.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pty.conftest import Open
from tests.pty.hands import TASK, ask, leave, order

pytestmark = pytest.mark.integration


def test_help_palette_context_themes_status_and_configuration(opened: Open) -> None:
    screen = opened()

    screen.press("f1")
    screen.wait_for("Keys and commands", "Conversation", "Send the message", "↑ ↓ scroll", "esc close")
    screen.press("down")
    screen.wait_gone("Conversation")
    screen.press("up")
    screen.wait_for("Conversation")
    leave(screen, "Keys and commands", "f1")
    screen.press("f1")
    leave(screen, "Keys and commands")

    screen.press("ctrl+p")
    screen.wait_for("Commands", "new conversation", "⏎ do it")
    screen.type("fills")
    screen.wait_for("what fills the window", "F5")
    screen.wait_gone("new conversation")
    screen.press("enter")
    leave(screen, "What fills the window", "f5")
    screen.press("ctrl+p")
    leave(screen, "Commands")

    order(screen, "/theme")
    dark = screen.wait_for("Theme", "Dark", "⏎ choose", "esc back") and screen.ground()
    screen.press("down")
    screen.wait_until(lambda _: screen.ground() != dark)
    leave(screen, "esc back")
    screen.wait_until(lambda _: screen.ground() == dark)
    order(screen, "/theme")
    screen.wait_for("type to filter")
    screen.type("light")
    screen.wait_gone("Nord")
    screen.press("enter")
    screen.wait_gone("esc back")
    screen.wait_until(lambda _: screen.ground() != dark)

    order(screen, "/status")
    screen.wait_for("How things stand", "permissions", "sandbox")
    leave(screen, "How things stand")
    order(screen, "/debug-config")
    first = screen.wait_for("The effective configuration", "↑ ↓ scroll")
    screen.press("down", "down")
    screen.wait_until(lambda text: text != first)
    leave(screen, "The effective configuration")


def test_looking_back_and_going_on_with_sessions(opened: Open) -> None:
    screen = opened()
    ask(screen, "hello out there")
    screen.wait_for("Press F1 for the keys")
    screen.wait_gone("esc stop")

    order(screen, "/stats")
    screen.wait_for("turns            1")
    leave(screen, "since it was opened here")
    order(screen, "/prompt")
    first = screen.wait_for("Request 1, as it was sent", '"model"', "↑ ↓ scroll")
    screen.press(*["down"] * 20)
    screen.wait_until(lambda text: text != first)
    leave(screen, "as it was sent")

    screen.press("ctrl+r")
    screen.wait_for("Earlier messages", "hello out there", "⏎ take it")
    leave(screen, "Earlier messages")
    screen.press("ctrl+r")
    screen.wait_for("Earlier messages")
    screen.type("out")
    screen.wait_gone("/stats")
    screen.press("enter")
    screen.wait_for("❯ hello out there")
    screen.press(*["backspace"] * 15)
    screen.wait_for("ask, @file")

    order(screen, "/rewind")
    screen.wait_for("Go back to", "hello out there", "esc stay")
    leave(screen, "Go back to")

    order(screen, "/fork")
    screen.wait_for("this is a copy")
    order(screen, "/resume")
    screen.wait_for("Go on with", "2 messages", "you  hello out there", "⏎ open")
    screen.type("nobody said this")
    screen.wait_gone("2 messages")
    leave(screen, "Go on with")
    order(screen, "/rewind")
    screen.wait_for("Go back to")
    screen.press("enter")
    screen.wait_for("back to before message 1", "❯ hello out there")
    screen.press(*["backspace"] * 15)

    order(screen, "/delete")
    screen.wait_for("Delete this session?", "y delete it", "n esc leave it")
    leave(screen, "Delete this session?", "n")
    order(screen, "/delete")
    leave(screen, "Delete this session?")
    order(screen, "/delete")
    leave(screen, "Delete this session?", "y")
    screen.wait_for("is deleted; this is a new session")
    order(screen, "/resume")
    screen.wait_for("Go on with", "2 messages")
    screen.press("enter")
    screen.wait_gone("Go on with")
    screen.wait_for("Press F1 for the keys")


def test_profiles_are_made_changed_copied_and_deleted(opened: Open, tmp_path: Path) -> None:
    screen = opened()
    screen.press("f2")
    screen.wait_for(
        "Profiles", "ctrl+n new", "ctrl+e edit", "ctrl+o copy", "ctrl+x delete", "ctrl+s start", "no answer"
    )

    screen.press("ctrl+n")
    screen.wait_for("New profile", "⏎ models", "ctrl+s save", "esc back")
    screen.press("ctrl+s")
    screen.wait_for("A profile needs a name.")
    screen.type("mine")

    def goes_to(key: str, label: str) -> None:
        field = f"{label:<14}"
        before = screen.ground(field)
        screen.press(key)
        screen.wait_until(lambda _: screen.ground(field) != before)

    goes_to("tab", "provider")
    goes_to("down", "model")
    screen.press("enter")
    screen.wait_for("Models at Demo", "demo:latest", "⏎ take it", "esc back")
    screen.press("enter")
    screen.wait_gone("Models at Demo")
    screen.wait_for("demo:latest")
    goes_to("down", "effort")
    screen.press("right")
    screen.wait_until(lambda _: screen.is_bold("high"))
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
    screen.wait_gone("New profile")
    screen.wait_for("mine-copy", "esc close")
    screen.press("ctrl+e")
    screen.wait_for("Edit mine")
    leave(screen, "Edit mine")
    screen.press("ctrl+s")
    screen.wait_until(lambda _: 'profile = "mine' in config.read_text())
    screen.press("ctrl+x")
    screen.wait_for("Delete this profile?", "n esc leave it")
    leave(screen, "Delete this profile?", "n")
    screen.press("ctrl+x")
    leave(screen, "Delete this profile?", "y")
    screen.wait_until(lambda _: config.read_text().count("[profiles.mine") == 1)
    leave(screen, "esc close")


def test_the_machine_is_looked_at_and_checked(opened: Open) -> None:
    screen = opened()
    screen.press("f3")
    screen.wait_for("What runs on this machine", "not running", "c check", "d demo", "r look again")
    screen.type("r")
    screen.wait_for("not running")
    screen.type("c")
    screen.wait_for("✗ server", "→ Start it", "esc close")
    screen.press("down")
    screen.wait_gone("✗ server")
    leave(screen, "What runs on this machine")
    screen.press("f3")
    screen.wait_for("not running")
    screen.type("d")
    screen.wait_gone("What runs on this machine")


def test_a_review_and_the_changes_after_it(opened: Open, shop: Path) -> None:
    screen = opened(columns=120, rows=40)
    ask(screen, TASK)
    screen.wait_for("waiting for you")
    screen.press("enter")
    screen.wait_for("12 hunks undecided", "1 of 6", "y accept", "? keys")

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
    leave(screen, "Edit the new text")
    does("c", "Comment to the model on hunk 1 of 6", "ctrl+s save")
    screen.type("use UTC")
    screen.wait_for("use UTC")
    screen.press("ctrl+s")
    screen.wait_gone("Comment to the model on")
    screen.wait_for("use UTC")
    does("u", "12 hunks undecided")
    does("C", "Comment to the model on")
    leave(screen, "Comment to the model on")
    does("?", "Keys of the review", "List the keys", "esc close")
    leave(screen, "Keys of the review", "f1")
    first = screen.text()
    does("right", "file 1 of 3")
    screen.wait_until(lambda text: text != first)
    does("left", "1 of 6")
    does("/", "close the search")
    screen.type("SESSIONS")
    screen.wait_for("“SESSIONS”: 1 of 9", "file 2 of 3")
    does("enter", "2 of 9")
    does("escape", "f/F match", "2 of 9")
    does("f", "3 of 9")
    does("F", "2 of 9")
    screen.press("escape")
    screen.wait_gone("f/F match")
    screen.type("g?")
    leave(screen, "Keys of the review")
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
    leave(screen, "Comment to the model on")
    does("escape", "waiting for you")
    assert not (shop / "tests/test_login.py").exists()
    screen.press("enter")
    screen.wait_for("undecided", "? keys")
    does("A", "12 of 12 hunks")
    does("enter", "run it once", "waiting for you")
    assert (shop / "tests/test_login.py").exists()
    screen.press("ctrl+n")
    screen.wait_gone("waiting for you", "esc stop")

    order(screen, "/diff")
    screen.wait_for("1 of 6", "j/k hunk", "J/K file", "esc close")
    does("j", "▌✓ 2 of 6")
    does("k", "▌✓ 1 of 6")
    does("J", "file 2 of 3")
    does("K", "file 1 of 3")
    folded = screen.text()
    does("Z", "file 1 of 3")
    screen.wait_until(lambda text: text != folded)
    leave(screen, "esc close")


def test_the_notes_of_a_folder_are_asked_about(started: Open, shop: Path) -> None:
    (shop / "AGENTS.md").write_text("# Shop\nRun `make test`.\n" + "One more line.\n" * 40)
    screen = started()
    first = screen.wait_for("May these notes steer the model?", "Run `make test`", "ctrl+n esc not now", "↑ ↓ scroll")
    screen.press("down", "down")
    screen.wait_until(lambda text: text != first)
    leave(screen, "May these notes", "ctrl+n")
    screen.wait_for("not used: AGENTS.md; /trust asks again")
    order(screen, "/trust")
    screen.wait_for("May these notes", "esc not now")
    leave(screen, "May these notes")
    order(screen, "/trust")
    screen.wait_for("May these notes", "ctrl+y use them")
    leave(screen, "May these notes", "ctrl+y")
    order(screen, "/status")
    screen.wait_for("How things stand", "trusted")
