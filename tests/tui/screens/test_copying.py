"""Copying by key, the mouse given back to the terminal, and the word to who looks elsewhere, in the whole app."""

from __future__ import annotations

import pytest
from textual import events

from tests.tui.screens.fakes import Clock, ScriptedTalk, answering, asking, chat_app, rows
from tests.tui.screens.test_chat import composer, say, status
from tests.tui.waiting import at_rest
from tui.app import OssApp
from tui.terminal.clipboard import osc_52
from tui.transcript.view import TranscriptView
from tui.widgets.composer import Composer

ANSWER = "Look **here**:\n\n```python\nprint('one')\n```\n\nand\n\n```sh\nls\n```\n"


@pytest.fixture(autouse=True)
def _no_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's own clipboard or terminal."""
    for name in ("TMUX", "TERM_PROGRAM", "VTE_VERSION", "KITTY_WINDOW_ID", "WT_SESSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSH_TTY", "/dev/pts/0")
    monkeypatch.setenv("TERM", "xterm")


def listened(app: OssApp, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sequences that the app writes to the terminal from now on."""
    sent: list[str] = []
    monkeypatch.setattr(app, "send", sent.append)
    return sent


async def test_the_last_answer_is_copied_as_it_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    app = chat_app(ScriptedTalk(answering(ANSWER)))
    sent = listened(app, monkeypatch)
    async with app.run_test() as pilot:
        await say(pilot, "where?")
        assert sent == []
        await pilot.press("ctrl+o")
        await at_rest(pilot)
        assert sent == [osc_52(ANSWER.rstrip("\n"), {})] or sent == [osc_52(ANSWER, {})]
        assert status(app).startswith("copied")


async def test_code_is_copied_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    app = chat_app(ScriptedTalk(answering(ANSWER)))
    sent = listened(app, monkeypatch)
    async with app.run_test() as pilot:
        await say(pilot, "where?")
        await pilot.press("f9")
        await at_rest(pilot)
        await pilot.press("f9")
        await at_rest(pilot)
        assert sent == [osc_52("print('one')", {}), osc_52("ls", {})]


@pytest.mark.parametrize("is_on", [pytest.param(True, id="switched on"), pytest.param(False, id="as it is")])
async def test_selecting_alone_copies_only_where_that_is_switched_on(
    monkeypatch: pytest.MonkeyPatch, is_on: bool
) -> None:
    app = chat_app(ScriptedTalk(answering(ANSWER)), copies_on_select=is_on)
    sent = listened(app, monkeypatch)
    async with app.run_test() as pilot:
        await say(pilot, "where?")
        view = app.query_one(TranscriptView)
        row = next(number for number, text in enumerate(rows(app)) if "Look here" in text) - view.region.y
        await pilot.mouse_down(view, offset=(3, row))
        await pilot.hover(view, offset=(6, row))
        await pilot.mouse_up(view, offset=(6, row))
        await at_rest(pilot)
        assert view.selected_text == "Look"
        assert sent == ([osc_52("Look", {})] if is_on else [])


@pytest.mark.parametrize("key", ["ctrl+o", "f9"])
async def test_a_key_that_finds_nothing_to_copy_says_so(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    app = chat_app(ScriptedTalk(answering("")))
    sent = listened(app, monkeypatch)
    async with app.run_test() as pilot:
        await pilot.press(key)
        await pilot.pause()
        assert status(app).startswith(("there is nothing to copy", "there is no code"))
        assert sent == []


async def test_the_mouse_is_left_to_the_terminal_and_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    app = chat_app(ScriptedTalk(answering("")))
    sent = listened(app, monkeypatch)
    async with app.run_test() as pilot:
        await pilot.press("f8", "f8")
        assert ["\x1b[?1000l" in sent[0], "\x1b[?1000h" in sent[1]] == [True, True]


async def test_a_question_rings_when_the_window_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    app = chat_app(ScriptedTalk(asking([], "make test")), clock=Clock())
    sent = listened(app, monkeypatch)
    async with app.run_test() as pilot:
        app.post_message(events.AppBlur())
        await pilot.pause()
        composer(app).post_message(Composer.Prompted("go"))
        await at_rest(pilot)
        assert sent == ["\x07"]


async def test_nothing_rings_while_the_person_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    app = chat_app(ScriptedTalk(asking([], "make test")))
    sent = listened(app, monkeypatch)
    async with app.run_test() as pilot:
        await say(pilot, "go")
        assert sent == []
