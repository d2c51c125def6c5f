"""The composer in a real terminal: another program on the whole terminal and back, own commands, earlier sessions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pty.conftest import Open

pytestmark = pytest.mark.integration


def test_the_editor_has_the_terminal_and_gives_it_back(opened: Open) -> None:
    screen = opened(VISUAL="sh -c 'echo in the editor; read line; sed -i s/draft/$line/ \"$0\"'")
    screen.type("a draft")
    screen.wait_for("❯ a draft")
    screen.press("ctrl+g")
    screen.wait_for("in the editor")
    assert screen.modes()["1049"] is False
    screen.type("hello\n")
    screen.wait_for("❯ a hello", "ctx")
    assert screen.modes()["1049"] is True
    screen.press("enter")
    screen.wait_for("This is a demonstration")


def test_an_editor_that_is_killed_gives_it_back_too(opened: Open) -> None:
    screen = opened(VISUAL="sh -c 'echo in the editor; sleep 60'")
    screen.type("a draft")
    screen.wait_for("❯ a draft")
    screen.press("ctrl+g")
    screen.wait_for("in the editor")
    screen.press("ctrl+c")
    screen.wait_for("❯ a draft", "ctx", "ended with")
    assert screen.modes()["1049"] is True


def test_an_own_command_is_run_and_stopped(opened: Open) -> None:
    screen = opened()
    screen.type("!echo one; sleep 60")
    screen.press("enter")
    screen.wait_for("you", "echo one; sleep 60", "esc stop")
    screen.press("escape")
    screen.wait_gone("esc stop")
    screen.wait_for("stopped by you")


def test_what_was_written_is_there_in_the_next_session(opened: Open) -> None:
    first = opened()
    first.type("hello out there")
    first.press("enter")
    first.wait_for("This is a demonstration")
    first.press("ctrl+q")
    assert first.exit_code() == 0
    second = opened()
    second.press("ctrl+r")
    second.wait_for("Earlier messages", "hello out there")
    second.press("enter")
    second.wait_for("❯ hello out there")


def test_a_file_is_named_by_some_letters(opened: Open, shop: Path) -> None:
    (shop / "notes.md").write_text("")
    screen = opened()
    screen.type("look at @nts")
    screen.wait_for("notes.md")
    screen.press("tab")
    screen.wait_for("❯ look at notes.md")
