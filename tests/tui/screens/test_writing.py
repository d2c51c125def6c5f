"""What the composer can do beyond typing: long pastes, files, own commands, earlier sessions, an editor, steering."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import cast

import pytest
from textual import events
from textual.app import App
from textual.pilot import Pilot
from textual.reactive import Reactive
from textual.widgets import Input

from agent.decisions import Inbox
from agent.events import StepStarted, TextDelta, ToolFinished, ToolStarted, TurnEnded, TurnEvent
from agent.record.prompts import PromptHistory
from backends.errors import WindowOverflow
from backends.types import ToolCall
from tests.tui import waiting
from tests.tui.screens.fakes import ScriptedTalk, Turn, answering, chat_app, context, held, rows
from tests.tui.screens.test_chat import blocks, composer, say
from tests.tui.waiting import at_rest
from tui.app import OssApp
from tui.chat.screen import ChatScreen
from tui.transcript.blocks import Answer, Notice, Prompt, ToolEntry
from tui.transcript.view import TranscriptView
from tui.widgets.composer import Composer

LONG = "\n".join(f"line {i}" for i in range(312))


async def paste(pilot: Pilot[None], text: str) -> None:
    pilot.app.post_message(events.Paste(text))
    await pilot.pause()
    await pilot.pause()


def composer_of_chat(app: OssApp) -> Composer:
    """The composer under whatever dialog is shown."""
    return app.screen_stack[0].query_one(Composer)


async def until(pilot: Pilot[None], words: str) -> None:
    """Wait until the screen holds `words`."""
    await waiting.until(pilot, lambda: any(words in row for row in rows(cast("OssApp", pilot.app))))


async def test_keys_typed_fast_act_in_their_order() -> None:
    """A terminal hands over many keys at once."""
    app = chat_app(ScriptedTalk(answering("")))
    async with app.run_test() as pilot:
        for key in ("a", "b", "ctrl+u", "c", "x", "backspace", "d", "home", "e", "end", "f"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await at_rest(pilot)
        assert composer(app).text == "ecdf"


async def test_a_command_typed_fast_is_the_one_that_was_typed() -> None:
    """The list of commands is still that of the slash when enter comes."""
    app = chat_app(ScriptedTalk(answering("")))
    async with app.run_test() as pilot:
        await pilot.press("slash")
        for key in (*"undo", "enter"):
            composer(app).post_message(events.Key(key, key if len(key) == 1 else None))
        await until(pilot, "undone: auth/session.py")
        assert composer(app).text == ""


@pytest.mark.parametrize("key", [pytest.param("ctrl+p", id="palette"), pytest.param("ctrl+r", id="history")])
async def test_what_is_typed_right_after_the_key_of_a_dialog_is_typed_there(key: str) -> None:
    app = chat_app(ScriptedTalk(answering("")))
    async with app.run_test() as pilot:
        for typed in (key, *"theme"):
            app.post_message(events.Key(typed, typed if len(typed) == 1 else None))
        await at_rest(pilot)
        assert composer_of_chat(app).text == ""
        assert app.screen.query_one(Input).value == "theme"


async def test_it_is_written_in_also_when_it_started_while_another_window_had_the_keys() -> None:
    app = chat_app(ScriptedTalk(answering("")))
    app.set_reactive(cast("Reactive[bool]", App.app_focus), False)
    async with app.run_test() as pilot:
        await waiting.until(pilot, lambda: composer(app).has_focus)
        await pilot.press("h", "i")
        assert composer(app).text == "hi"


async def test_a_dialog_that_opened_while_another_window_had_the_keys_has_them_afterwards() -> None:
    app = chat_app(ScriptedTalk(answering("")))
    async with app.run_test() as pilot:
        app.post_message(events.AppBlur())
        await waiting.until(pilot, lambda: not app.app_focus)
        app.action_help()
        await until(pilot, "esc close")
        app.post_message(events.AppFocus())
        await waiting.until(pilot, lambda: app.focused is not None)


# ── long pastes ──────────────────────────────────────────────────────────────


async def test_a_long_paste_folds_and_goes_to_the_model_whole() -> None:
    talk = ScriptedTalk(answering("read"))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await paste(pilot, LONG)
        assert composer(app).text == "[pasted 312 lines]"
        await say(pilot, " what is this?")
        assert talk.log[-1] == f"turn {LONG} what is this?"
        assert Prompt("[pasted 312 lines] what is this?") in blocks(app)


async def test_a_message_that_could_not_be_sent_is_back_in_the_composer_with_what_was_pasted() -> None:
    async def refusing(prompt: str, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]:
        yield TurnEnded("failed", error=WindowOverflow("Nothing was sent.", next_step="Name a file."), is_unsent=True)

    talk = ScriptedTalk(refusing, answering("read"))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await paste(pilot, LONG)
        await say(pilot, " what is this?")
        assert composer(app).text == "[pasted 312 lines] what is this?"
        told = [block.text for block in blocks(app) if isinstance(block, Notice)]
        assert told == ["Nothing was sent.\n→ Name a file.", "your message is back where you write, not sent"]
        await pilot.press("enter")
        await at_rest(pilot)
        assert talk.log[-1] == f"turn {LONG} what is this?"


async def test_a_label_is_deleted_whole() -> None:
    app = chat_app(ScriptedTalk(answering("")))
    async with app.run_test() as pilot:
        await paste(pilot, "see ")
        await paste(pilot, LONG)
        await pilot.press("backspace")
        assert composer(app).text == "see "
        await paste(pilot, LONG)
        await pilot.press("home", "right", "right", "right", "right", "delete")
        assert composer(app).text == "see "


# ── where letters go ─────────────────────────────────────────────────────────


async def test_who_was_writing_writes_on_after_a_search() -> None:
    app = chat_app(ScriptedTalk(answering("one two")))
    async with app.run_test() as pilot:
        await say(pilot, "count")
        await pilot.press("a", "ctrl+f", *"two", "enter", "escape")
        await until_writing(pilot)
        await pilot.press("b")
        assert composer(app).text == "ab"
        assert app.screen.query_one(TranscriptView).reading.finder.query == ""


async def test_who_was_reading_reads_on_after_a_search() -> None:
    app = chat_app(ScriptedTalk(answering("one two")))
    async with app.run_test() as pilot:
        await say(pilot, "count")
        await pilot.press("tab", "slash", *"two", "escape", "n")
        assert app.screen.query_one(TranscriptView).has_focus
        assert composer(app).text == ""


async def test_a_letter_that_means_nothing_to_the_transcript_is_written() -> None:
    app = chat_app(ScriptedTalk(answering("one two")))
    async with app.run_test() as pilot:
        await say(pilot, "count")
        await pilot.press("tab", "a")
        await until_writing(pilot)
        await pilot.press("g", "j")
        assert composer(app).text == "agj"


async def test_what_is_pasted_while_reading_is_written_and_folded() -> None:
    app = chat_app(ScriptedTalk(answering("one two")))
    async with app.run_test() as pilot:
        await pilot.press("tab")
        app.screen.query_one(TranscriptView).post_message(events.Paste(LONG))
        await until_writing(pilot)
        assert composer(app).text == "[pasted 312 lines]"


async def until_writing(pilot: Pilot[None]) -> None:
    await waiting.until(pilot, lambda: composer(cast("OssApp", pilot.app)).has_focus)
    await pilot.pause()


# ── own commands ─────────────────────────────────────────────────────────────


async def test_an_own_command_runs_here_and_its_output_goes_with_the_next_message(tmp_path: Path) -> None:
    talk = ScriptedTalk(answering("I see"))
    app = chat_app(talk, folder=tmp_path)
    async with app.run_test() as pilot:
        await say(pilot, "!echo one && echo two")
        await until(pilot, "exit 0")
        (entry,) = [block for block in blocks(app) if isinstance(block, ToolEntry)]
        assert (entry.title, entry.output, entry.state) == ("echo one && echo two", "one\ntwo\n", "done")
        assert [row.strip() for row in rows(app) if row.strip() in ("one", "two")] == ["one", "two"]
        await say(pilot, "what was that?")
        assert talk.log[-1] == (
            "turn I ran `echo one && echo two`:\n\n```\n[exit code 0]\none\ntwo\n```\n\nwhat was that?"
        )
        assert Prompt("what was that?") in blocks(app)


async def test_how_a_silent_own_command_ended_is_told_once(tmp_path: Path) -> None:
    app = chat_app(ScriptedTalk(answering("")), folder=tmp_path)
    async with app.run_test() as pilot:
        await say(pilot, "!true")
        await until(pilot, "exit 0")
        assert "".join(rows(app)).count("exit") == 1


async def test_only_what_the_model_is_asked_loads_the_vocabulary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []

    async def count_exactly() -> str:
        loaded.append("vocabulary")
        return ""

    app = chat_app(ScriptedTalk(answering("I see")), folder=tmp_path)
    async with app.run_test() as pilot:
        monkeypatch.setattr(cast("ChatScreen", app.screen).services, "count_exactly", count_exactly)
        await say(pilot, "!true")
        await until(pilot, "exit 0")
        assert loaded == []
        await say(pilot, "what was that?")
        assert loaded == ["vocabulary"]


async def test_an_own_command_without_words_is_not_run() -> None:
    app = chat_app(ScriptedTalk(answering("")))
    async with app.run_test() as pilot:
        await say(pilot, "!")
        assert blocks(app) == []
        await until(pilot, "a command comes after the !")


async def test_escape_stops_an_own_command(tmp_path: Path) -> None:
    talk = ScriptedTalk(answering("hello"))
    app = chat_app(talk, folder=tmp_path)
    async with app.run_test() as pilot:
        await say(pilot, "!echo begun; sleep 60")
        await pilot.press("escape")
        await until(pilot, "stopped by you")
        assert [block.state for block in blocks(app) if isinstance(block, ToolEntry)] == ["cancelled"]
        await say(pilot, "hi")
        assert talk.log[-1] == "turn hi"


# ── files ────────────────────────────────────────────────────────────────────


async def test_a_file_is_named_by_a_few_letters(tmp_path: Path) -> None:
    for name in ("auth/session.py", "auth/views.py", "node_modules/session.js", "with space.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / ".gitignore").write_text("node_modules/\n")
    app = chat_app(ScriptedTalk(answering("")), folder=tmp_path)
    async with app.run_test() as pilot:
        await pilot.press(*"look at @ses")
        await until(pilot, "auth/session.py")
        assert not any("node_modules" in row for row in rows(app))
        await pilot.press("tab", *"and @space")
        await until(pilot, "with space.md")
        await pilot.press("enter")
        assert composer(app).text == "look at auth/session.py and `with space.md` "


async def test_an_address_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "example.py").write_text("")
    app = chat_app(ScriptedTalk(answering("")), folder=tmp_path)
    async with app.run_test() as pilot:
        await pilot.press(*"me@ex")
        await at_rest(pilot)
        assert not any("example.py" in row for row in rows(app))


# ── saying something to a running turn ───────────────────────────────────────


def listening(heard: list[str], go_on: asyncio.Event) -> Turn:
    async def turn(prompt: str, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]:
        yield StepStarted(1, context())
        yield TextDelta("I will look")
        call = ToolCall("c1", "search", {}, "{}")
        yield ToolStarted(call, "login")
        await go_on.wait()
        yield ToolFinished("c1", "done", "found", "1 match")
        heard.extend(inbox.take_steering())
        heard.append(f"answer now: {inbox.take_answer_now()}")
        yield TurnEnded("answered", "")

    return turn


async def test_what_is_said_now_reaches_the_running_turn() -> None:
    heard: list[str] = []
    go_on = asyncio.Event()
    talk = ScriptedTalk(listening(heard, go_on))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await say(pilot, "find it")
        composer(app).insert("only in auth/")
        await pilot.press("ctrl+t", "f7")
        assert Prompt("only in auth/") not in blocks(app)
        assert any("⇢ only in auth/  goes with the next step" in row for row in rows(app))
        go_on.set()
        await at_rest(pilot)
        assert blocks(app).count(Prompt("only in auth/")) == 1
        assert not any("⇢" in row for row in rows(app))
        assert heard == ["only in auth/", "answer now: True"]
        assert talk.log[-1] == "turn find it"
        assert any(isinstance(block, Notice) and "asked to stop thinking" in block.text for block in blocks(app))


async def test_a_waiting_message_is_said_now_instead() -> None:
    heard: list[str] = []
    go_on = asyncio.Event()
    talk = ScriptedTalk(listening(heard, go_on))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await say(pilot, "find it")
        await say(pilot, "hurry")
        await pilot.press("ctrl+t")
        go_on.set()
        await at_rest(pilot)
        assert heard[0] == "hurry"
        assert talk.log[-1] == "turn find it"


async def test_what_a_turn_did_not_hear_any_more_is_the_next_message() -> None:
    release = asyncio.Event()
    talk = ScriptedTalk(held(release), answering("second"))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await say(pilot, "one")
        composer(app).insert("and two")
        await pilot.press("ctrl+t")
        release.set()
        await at_rest(pilot)
        assert talk.log[-1] == "turn and two"
        assert blocks(app).count(Prompt("and two")) == 1
        assert Answer("so at last") in blocks(app), "what was said cut nothing in two"


# ── earlier sessions, another editor ─────────────────────────────────────────


async def test_what_was_written_in_another_session_is_found_again(tmp_path: Path) -> None:
    history = PromptHistory(tmp_path / "history", tmp_path)
    for text in ("make the tea", "fix the login\nand test it", "write the docs"):
        history.append(text)
    app = chat_app(ScriptedTalk(answering("")), history=history)
    async with app.run_test() as pilot:
        await at_rest(pilot)
        await pilot.press("up")
        assert composer(app).text == "write the docs"
        await pilot.press("ctrl+r", *"login")
        await until(pilot, "fix the login")
        await pilot.press("enter")
        await pilot.pause()
        assert composer(app).text == "fix the login\nand test it"
        composer(app).put("")
        await say(pilot, "and this")
        await at_rest(pilot)
    assert history.read()[-1] == "and this"


async def test_what_the_command_line_asked_is_found_again_too(tmp_path: Path) -> None:
    history = PromptHistory(tmp_path / "history", tmp_path)
    app = chat_app(ScriptedTalk(answering("")), history=history, prompt="why does login fail?")
    async with app.run_test() as pilot:
        await at_rest(pilot)
        await pilot.press("up")
        assert composer(app).text == "why does login fail?"
    assert history.read() == ("why does login fail?",)


async def test_without_an_editor_the_message_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    app = chat_app(ScriptedTalk(answering("")))
    async with app.run_test() as pilot:
        composer(app).insert("draft")
        await pilot.press("ctrl+g")
        await pilot.pause()
        assert composer(app).text == "draft"
