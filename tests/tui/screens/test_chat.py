"""The chat screen, driven by keys, around a conversation that follows a script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import cast

import pytest
from textual import events
from textual.pilot import Pilot

from agent.config.load import OwnKeys
from agent.decisions import CommandDecision, Decision, Inbox, ReviewDecision
from agent.events import Notice, TurnEnded, TurnEvent, TurnOutcome
from backends.errors import Unreachable
from backends.types import Window
from tests.tui.screens.fakes import (
    Clock,
    ScriptedTalk,
    Turn,
    answering,
    asking,
    chat_app,
    context,
    deaf,
    held,
    proposing,
    rows,
)
from tests.tui.waiting import at_rest, until
from themes.wardrobe import Wardrobe
from tui.actions.remapping import remapped
from tui.app import OssApp
from tui.chat.screen import ChatScreen
from tui.transcript import blocks as blocks_
from tui.transcript.blocks import Answer, Block, CommandCard, Prompt, ProposalCard
from tui.transcript.view import TranscriptView
from tui.widgets.composer import Composer
from tui.widgets.gauges import GaugeLine
from tui.widgets.header import HeaderLine
from tui.widgets.status import StatusLine

SETTLED = 60.0


def blocks(app: OssApp) -> list[Block]:
    return [entry.block for entry in app.query_one(TranscriptView).document]


def notices(app: OssApp) -> list[blocks_.Notice]:
    return [block for block in blocks(app) if isinstance(block, blocks_.Notice)]


def composer(app: OssApp) -> Composer:
    return app.query_one(Composer)


def status(app: OssApp) -> str:
    return app.query_one(StatusLine).facts.words


def hints(app: OssApp) -> list[str]:
    return [hint.key for hint in app.query_one(StatusLine).facts.hints]


async def say(pilot: Pilot[None], text: str) -> None:
    """Write `text` and press enter."""
    pilot.app.query_one(Composer).insert(text)
    await pilot.press("enter")
    await at_rest(pilot)


# ── talking ──────────────────────────────────────────────────────────────────


async def test_a_message_is_sent_and_the_answer_is_shown() -> None:
    talk = ScriptedTalk(answering("It is in `auth`."))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await say(pilot, "where is login?")
        assert talk.log == ["open local-120b", "turn where is login?"]
        shown = blocks(app)
        assert Prompt("where is login?") in shown
        assert any(isinstance(block, Answer) and block.text == "It is in `auth`." for block in shown)
        assert composer(app).text == ""


async def test_a_prompt_from_the_command_line_is_sent_when_the_session_is_open() -> None:
    talk = ScriptedTalk(answering("hello"))
    app = chat_app(talk, prompt="hi there")
    async with app.run_test() as pilot:
        await at_rest(pilot)
        assert talk.log == ["open local-120b", "turn hi there"]


async def test_the_gauges_follow_the_turn() -> None:
    app = chat_app(ScriptedTalk(answering("hello")))
    async with app.run_test() as pilot:
        await say(pilot, "hi")
        facts = app.query_one(GaugeLine).facts
        assert facts.context is not None
        assert facts.context.used.tokens == 21_500
        assert facts.cache_share == pytest.approx(0.97, abs=0.001)


async def test_what_is_typed_while_the_model_works_waits_and_is_sent_after() -> None:
    release = asyncio.Event()
    talk = ScriptedTalk(held(release), answering("second"))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await say(pilot, "one")
        await say(pilot, "two")
        assert any("two" in row and "esc" in row for row in rows(app))
        assert talk.log[-1] == "turn one"
        release.set()
        await at_rest(pilot)
        assert talk.log[-1] == "turn two"
        assert not any("esc edits" in row for row in rows(app))


async def test_escape_takes_a_waiting_message_back_before_it_stops_anything() -> None:
    talk = ScriptedTalk(held(asyncio.Event()))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await say(pilot, "one")
        await say(pilot, "two")
        await pilot.press("escape")
        assert composer(app).text == "two"
        assert "cancelled" not in talk.log


async def test_escape_stops_the_turn_and_the_transcript_says_so() -> None:
    talk = ScriptedTalk(held(asyncio.Event()))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await say(pilot, "one")
        await until(pilot, lambda: hints(app) == ["esc"])
        await pilot.press("escape")
        await at_rest(pilot)
        assert talk.log[-1] == "cancelled"
        assert status(app) == ""
        assert any("cancel" in row or "stopped" in row for row in rows(app))


async def test_after_a_stop_the_conversation_goes_on() -> None:
    talk = ScriptedTalk(held(asyncio.Event()), answering("again"))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await say(pilot, "one")
        await pilot.press("escape")
        await at_rest(pilot)
        await say(pilot, "two")
        assert talk.log[-1] == "turn two"


def ending(release: asyncio.Event, outcome: TurnOutcome, put_away: asyncio.Event | None = None) -> Turn:
    """A turn that ends so when it is released, and takes until `put_away` to be put away."""

    async def turn(prompt: str, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]:
        await release.wait()
        yield TurnEnded(outcome)
        if put_away is not None:
            await put_away.wait()

    return turn


@pytest.mark.parametrize("outcome", ["failed", "empty", "stopped"])
async def test_what_waits_comes_back_to_be_edited_when_a_turn_ends_without_an_answer(outcome: TurnOutcome) -> None:
    release = asyncio.Event()
    talk = ScriptedTalk(ending(release, outcome), answering("hello"))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await say(pilot, "one")
        composer(app).insert("said now")
        await pilot.press("ctrl+t")
        await say(pilot, "two")
        await say(pilot, "three")
        composer(app).insert("draft")
        release.set()
        await at_rest(pilot)
        assert composer(app).text == "said now\n\ntwo\n\nthree\n\ndraft"
        assert talk.log[-1] == "turn one"
        assert any("3 messages are back where you write" in block.text for block in notices(app))
        assert not any("esc edits" in row for row in rows(app))


async def test_what_was_said_and_not_heard_comes_back_before_anything_is_stopped() -> None:
    talk = ScriptedTalk(held(asyncio.Event()), answering("hello"))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await say(pilot, "one")
        composer(app).insert("and this")
        await pilot.press("ctrl+t")
        assert "esc" not in hints(app)
        await pilot.press("escape")
        await at_rest(pilot)
        assert composer(app).text == "and this"
        assert talk.log[-1] == "turn one"
        assert "esc" in hints(app)
        await pilot.press("escape")
        await at_rest(pilot)
        assert talk.log[-1] == "cancelled"
        assert composer(app).text == "and this"


async def test_what_is_typed_after_the_end_of_a_failed_turn_is_sent() -> None:
    release, put_away = asyncio.Event(), asyncio.Event()
    talk = ScriptedTalk(ending(release, "failed", put_away), answering("hello"))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await say(pilot, "one")
        release.set()
        await at_rest(pilot)
        await say(pilot, "two")
        composer(app).insert("three")
        await pilot.press("ctrl+t")
        assert talk.log[-1] == "turn one"
        put_away.set()
        await at_rest(pilot)
        assert talk.log[-2:] == ["turn two", "turn three"]
        assert composer(app).text == ""


async def test_a_server_that_is_not_there_is_told_and_the_dot_is_empty() -> None:
    async def failing(prompt: str, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]:
        yield TurnEnded("failed", error=Unreachable("No server answers at localhost:11434.", next_step="Start it."))

    app = chat_app(ScriptedTalk(failing), probe=deaf)
    async with app.run_test() as pilot:
        await say(pilot, "hi")
        assert app.query_one(HeaderLine).facts.is_reachable is False
        assert any("No server answers" in row for row in rows(app))


# ── writing ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", ["shift+enter", "alt+enter", "ctrl+j"])
async def test_a_new_line_is_not_sent(key: str) -> None:
    talk = ScriptedTalk(answering("hello"))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await pilot.press("a", key, "b")
        assert composer(app).text == "a\nb"
        assert talk.log == ["open local-120b"]


async def test_the_composer_grows_with_its_text_to_eight_lines() -> None:
    app = chat_app(ScriptedTalk(answering("hello")))
    async with app.run_test(size=(80, 24)) as pilot:
        assert composer(app).size.height == 1
        composer(app).insert("a\nb\nc")
        await at_rest(pilot)
        assert composer(app).size.height == 3
        composer(app).insert("\n" * 20)
        await at_rest(pilot)
        assert composer(app).size.height == 8


async def test_the_arrows_reach_back_into_earlier_messages_and_return_to_the_draft() -> None:
    app = chat_app(ScriptedTalk(answering("hello")))
    async with app.run_test() as pilot:
        await say(pilot, "first")
        await say(pilot, "second")
        composer(app).insert("draft")
        seen: list[str] = []
        for key in ("up", "up", "up", "down", "down", "down"):
            await pilot.press(key)
            seen.append(composer(app).text)
        assert seen == ["second", "first", "first", "second", "draft", "draft"]


async def test_a_long_paste_stays_whole() -> None:
    talk = ScriptedTalk(answering("hello"))
    app = chat_app(talk)
    text = "\n".join(f"line {i}" for i in range(500))
    async with app.run_test() as pilot:
        await say(pilot, text)
        assert talk.log[-1] == f"turn {text}"


async def test_a_path_is_a_message_and_no_command() -> None:
    talk = ScriptedTalk(answering("hello"))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await say(pilot, "/usr/bin is empty, why?")
        assert talk.log[-1] == "turn /usr/bin is empty, why?"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("/tehme", "no command /tehme; did you mean /theme?"), ("/profile claud", "did you mean cloud?")],
)
async def test_a_mistyped_name_is_told_with_the_one_that_was_probably_meant(typed: str, meant: str) -> None:
    app = chat_app(ScriptedTalk(answering("hello")))
    async with app.run_test(size=(160, 40)) as pilot:
        await say(pilot, typed)
        assert meant in status(app)


async def test_an_unknown_command_is_told_and_stays_written() -> None:
    talk = ScriptedTalk(answering("hello"))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await say(pilot, "/nonsense")
        assert "no command /nonsense" in status(app)
        assert composer(app).text == "/nonsense"
        assert talk.log == ["open local-120b"]


async def test_the_list_of_commands_follows_what_is_typed_and_tab_takes_the_marked_one() -> None:
    app = chat_app(ScriptedTalk(answering("hello")))
    async with app.run_test() as pilot:
        await pilot.press("/", "e", "f")
        assert any("/effort" in row for row in rows(app))
        await pilot.press("tab")
        assert composer(app).text == "/effort "
        await pilot.press("h", "i", "g", "h", "enter")
        await at_rest(pilot)
        assert app.query_one(GaugeLine).facts.effort == "high"


async def test_escape_closes_the_list_of_commands_first() -> None:
    app = chat_app(ScriptedTalk(answering("hello")))
    async with app.run_test() as pilot:
        await pilot.press("/")
        assert any("/undo" in row for row in rows(app))
        await pilot.press("escape")
        await at_rest(pilot)
        assert not any("/undo" in row for row in rows(app))
        assert composer(app).text == "/"


# ── approving ────────────────────────────────────────────────────────────────


async def test_a_proposal_waits_and_tells_its_keys_as_soon_as_they_count() -> None:
    clock = Clock()
    app = chat_app(ScriptedTalk(proposing([])), clock=clock)
    async with app.run_test(size=(100, 30)) as pilot:
        await say(pilot, "change it")
        assert (status(app), hints(app)) == ("the model asks", ["esc"])
        clock.now += SETTLED
        await until(pilot, lambda: status(app) == "waiting for you")
        assert hints(app) == ["⏎", "ctrl+y", "ctrl+n", "esc"]
        assert any(isinstance(block, ProposalCard) and block.state == "waiting" for block in blocks(app))


@pytest.mark.parametrize(("key", "verdict"), [("ctrl+y", "accept"), ("ctrl+n", "reject")])
async def test_one_key_approves_or_rejects_all_of_it(key: str, verdict: str) -> None:
    decisions: list[Decision] = []
    clock = Clock()
    app = chat_app(ScriptedTalk(proposing(decisions)), clock=clock)
    async with app.run_test() as pilot:
        await say(pilot, "change it")
        clock.now += SETTLED
        await pilot.press(key)
        await at_rest(pilot)
        assert [type(made) for made in decisions] == [ReviewDecision]
        assert isinstance(made := decisions[0], ReviewDecision)
        assert made.review.files[0].hunks[0].verdict == verdict
        assert not any(isinstance(block, ProposalCard) and block.state == "waiting" for block in blocks(app))


async def test_keys_typed_ahead_and_a_paste_approve_nothing() -> None:
    """THREATS.md T7."""
    decisions: list[Decision] = []
    clock = Clock()
    app = chat_app(ScriptedTalk(proposing(decisions)), clock=clock)
    async with app.run_test() as pilot:
        await say(pilot, "change it")
        await pilot.press(*(["ctrl+y", "enter", "y", "a", "ctrl+n"] * 10))
        composer(app).post_message(events.Paste("y\n" * 5_000))
        clock.now += 0.29
        await pilot.press("ctrl+y")
        await at_rest(pilot)
        assert decisions == []
        assert len(app.screen_stack) == 1


async def test_no_key_that_types_text_answers_a_question() -> None:
    decisions: list[Decision] = []
    clock = Clock()
    app = chat_app(ScriptedTalk(asking(decisions, "make test")), clock=clock)
    async with app.run_test() as pilot:
        await say(pilot, "test it")
        clock.now += 60
        await pilot.press(*"yYaAnNrRsS1 ", "tab", "shift+tab")
        await at_rest(pilot)
        assert decisions == []


@pytest.mark.parametrize(("key", "verdict"), [("ctrl+y", "once"), ("ctrl+s", "session"), ("ctrl+n", "no")])
async def test_a_command_is_run_once_in_this_session_or_not(key: str, verdict: str) -> None:
    decisions: list[Decision] = []
    clock = Clock()
    app = chat_app(ScriptedTalk(asking(decisions, "make test")), clock=clock)
    async with app.run_test() as pilot:
        await say(pilot, "test it")
        clock.now += SETTLED
        await pilot.press(key)
        await at_rest(pilot)
        assert decisions == [CommandDecision("r1", verdict)]  # pyright: ignore[reportArgumentType]


async def test_a_command_whose_end_was_never_shown_cannot_be_approved() -> None:
    """THREATS.md T6: 4,000 characters on a small screen."""
    decisions: list[Decision] = []
    clock = Clock()
    command = "echo " + " ".join(f"word{i:04}" for i in range(500)) + "; rm -rf x"
    reading_above = asyncio.Event()
    app = chat_app(ScriptedTalk(answering("a\n\n" * 60), asking(decisions, command, reading_above)), clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await say(pilot, "fill the screen")
        await say(pilot, "run it")
        await pilot.press("ctrl+home")
        reading_above.set()
        await at_rest(pilot)
        card = next(block for block in blocks(app) if isinstance(block, CommandCard))
        assert card.command == command
        clock.now += 60
        await pilot.press("ctrl+y", "ctrl+s")
        await at_rest(pilot)
        assert decisions == []
        await until(pilot, lambda: status(app) == "scroll to its end to run it")
        assert hints(app) == ["ctrl+n", "esc"]
        await pilot.press("ctrl+end")
        await until(pilot, lambda: "ctrl+y" in hints(app))
        await pilot.press("ctrl+y")
        await at_rest(pilot)
        assert decisions == [CommandDecision("r1", "once")]


async def test_a_message_is_seen_when_it_is_sent_from_further_up() -> None:
    app = chat_app(ScriptedTalk(answering("a\n\n" * 60), answering("Here.")))
    async with app.run_test(size=(80, 24)) as pilot:
        await say(pilot, "fill the screen")
        await pilot.press("ctrl+home")
        await at_rest(pilot)
        assert not app.query_one(TranscriptView).viewport.is_at_end
        await say(pilot, "and now")
        assert app.query_one(TranscriptView).viewport.is_at_end


async def test_what_was_not_read_can_be_refused() -> None:
    decisions: list[Decision] = []
    clock = Clock()
    reading_above = asyncio.Event()
    app = chat_app(ScriptedTalk(answering("a\n\n" * 60), asking(decisions, "make test", reading_above)), clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await say(pilot, "fill the screen")
        await say(pilot, "run it")
        await pilot.press("ctrl+home")
        reading_above.set()
        await at_rest(pilot)
        clock.now += SETTLED
        await pilot.press("ctrl+n")
        await at_rest(pilot)
        assert decisions == [CommandDecision("r1", "no")]


async def test_enter_with_nothing_written_opens_the_review() -> None:
    from tui.screens.review import ReviewScreen

    clock = Clock()
    app = chat_app(ScriptedTalk(proposing([])), clock=clock)
    async with app.run_test() as pilot:
        await say(pilot, "change it")
        clock.now += SETTLED
        await pilot.press("enter")
        await at_rest(pilot)
        assert isinstance(app.screen, ReviewScreen)
        assert app.focused is None or app.focused.display


async def test_a_message_typed_while_a_question_waits_answers_nothing() -> None:
    decisions: list[Decision] = []
    clock = Clock()
    app = chat_app(ScriptedTalk(proposing(decisions)), clock=clock)
    async with app.run_test() as pilot:
        await say(pilot, "change it")
        clock.now += SETTLED
        await say(pilot, "looks good")
        assert decisions == []
        assert any("looks good" in row for row in rows(app))


# ── keys and commands ────────────────────────────────────────────────────────


async def test_effort_goes_round_and_reaches_the_session() -> None:
    talk = ScriptedTalk(answering("hello"))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await at_rest(pilot)
        seen: list[str] = []
        for _ in range(3):
            await pilot.press("f6")
            seen.append(talk.profile.effort)
        assert seen == ["high", "low", "medium"]


async def test_a_profile_is_switched_in_mid_conversation() -> None:
    talk = ScriptedTalk(answering("hello"))
    app = chat_app(talk)
    async with app.run_test(size=(100, 30)) as pilot:
        await say(pilot, "hi")
        await pilot.press("f2")
        await at_rest(pilot)
        assert any("gpt-5.5" in row for row in rows(app))
        await pilot.press(*"local-20b", "enter")
        await at_rest(pilot)
        assert talk.log[-1] == "switch local-20b"
        assert app.query_one(HeaderLine).facts.profile == "local-20b"
        assert any("local-20b" in row and "gpt-oss:20b" in row for row in rows(app)[3:])


async def test_a_profile_chosen_during_a_turn_takes_over_after_it_and_before_the_next_message() -> None:
    release = asyncio.Event()
    talk = ScriptedTalk(held(release), answering("hello"))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await say(pilot, "one")
        await say(pilot, "/profile local-20b")
        await say(pilot, "two")
        assert talk.log[-1] == "turn one"
        release.set()
        await at_rest(pilot)
        assert talk.log[-3:] == ["turn one", "switch local-20b", "turn two"]


async def test_a_profile_is_switched_by_its_name() -> None:
    talk = ScriptedTalk(answering("hello"))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await say(pilot, "/profile local-20b")
        assert talk.profile.name == "local-20b"


async def test_a_profile_that_leaves_this_machine_is_agreed_to_once_in_a_session() -> None:
    talk = ScriptedTalk(answering("hello"))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await at_rest(pilot)
        await say(pilot, "/profile cloud")
        assert any("api.example.com" in row for row in rows(app))
        assert talk.profile.name == "local-120b"
        await pilot.press("y")
        await at_rest(pilot)
        assert talk.profile.name == "cloud"
        assert "leaves this machine" in rows(app)[0]
        await say(pilot, "/profile local-20b")
        await say(pilot, "/profile cloud")
        assert talk.profile.name == "cloud"


@pytest.mark.parametrize("key", ["n", "escape"])
async def test_without_a_yes_nothing_leaves_this_machine(key: str) -> None:
    talk = ScriptedTalk(answering("hello"))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await say(pilot, "/profile cloud")
        await pilot.press(key)
        await at_rest(pilot)
        assert talk.log == ["open local-120b"]
        assert "leaves this machine" not in rows(app)[0]


async def test_another_model_of_the_same_server_is_chosen() -> None:
    talk = ScriptedTalk(answering("hello"))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await at_rest(pilot)
        await say(pilot, "/model")
        await pilot.press(*"qwen", "enter")
        await at_rest(pilot)
        assert (talk.profile.name, talk.profile.model) == ("local-120b", "qwen3-coder:30b")
        await say(pilot, "/model nonsense")
        assert status(app) == "Ollama has no model nonsense; /model lists them"
        await say(pilot, "/model gpt-oss:120b-cloud")
        assert "does not run on this machine" in status(app)
        assert talk.profile.model == "qwen3-coder:30b"


@pytest.mark.parametrize(
    ("command", "words"),
    [("/doctor", "Check-up of local-120b"), ("/mcp", "No tool server is configured")],
)
async def test_a_command_shows_its_page(command: str, words: str) -> None:
    app = chat_app(ScriptedTalk(answering("hello")))
    async with app.run_test() as pilot:
        await at_rest(pilot)
        await say(pilot, command)
        assert any(words in row for row in rows(app))


async def test_f4_raises_the_window_and_the_gauge_shows_it() -> None:
    talk = ScriptedTalk(answering("hello"), use=context(3_000, 8_192))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await at_rest(pilot)
        assert "F4 raise to 64k" in rows(app)[-1]
        await pilot.press("f4")
        await at_rest(pilot)
        assert "load 65536" in talk.log
        facts = app.query_one(GaugeLine).facts
        assert facts.context is not None
        assert facts.context.window == Window(65_536, is_loaded=True)


async def test_a_model_that_takes_its_time_to_load_is_told_of_until_it_is_there() -> None:
    clock = Clock()
    app = chat_app(ScriptedTalk(answering("hello")), clock=clock)
    async with app.run_test() as pilot:
        await at_rest(pilot)
        stage = cast("ChatScreen", app.screen).stage
        stage.hold("loading the model")
        clock.now += 60
        stage.draw()
        assert status(app) == "loading the model"
        stage.hold("")
        assert status(app) == ""


async def test_while_a_text_is_looked_for_no_key_of_reading_is_told() -> None:
    app = chat_app(ScriptedTalk(answering("hello")))
    async with app.run_test() as pilot:
        await say(pilot, "hi")
        await pilot.press("tab")
        assert "y" in hints(app)
        await pilot.press("slash", "h")
        assert hints(app) == []
        await pilot.press("escape")
        await pilot.pause()
        assert "y" in hints(app)


async def test_undo_tells_what_it_did() -> None:
    app = chat_app(ScriptedTalk(answering("hello")))
    async with app.run_test() as pilot:
        await say(pilot, "/undo")
        assert any("undone: auth/session.py" in row for row in rows(app))


async def test_a_new_conversation_begins_empty() -> None:
    talk = ScriptedTalk(answering("hello"))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await say(pilot, "hi")
        await say(pilot, "/new")
        assert blocks(app) == []
        assert talk.log[-2:] == ["close", "open local-120b"]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        pytest.param(["f1"], "Keys and commands", id="f1: help"),
        pytest.param(["f2"], "Profiles", id="f2: profiles"),
        pytest.param(["f3"], "What runs on this machine", id="f3: set-up"),
        pytest.param(["f5"], "What fills the window", id="f5: context"),
        pytest.param(["ctrl+p"], "Commands", id="ctrl+p: palette"),
        pytest.param([*"/theme", "enter"], "Theme", id="/theme"),
    ],
)
async def test_a_key_opens_its_dialog_and_escape_closes_it(keys: list[str], words: str) -> None:
    app = chat_app(ScriptedTalk(answering("hello")))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_rest(pilot)
        await pilot.press(*keys)
        await at_rest(pilot)
        assert any(words in row for row in rows(app))
        await pilot.press("escape")
        await at_rest(pilot)
        assert len(app.screen_stack) == 1
        assert composer(app).has_focus


async def test_the_palette_does_what_is_chosen() -> None:
    app = chat_app(ScriptedTalk(answering("hello")))
    async with app.run_test() as pilot:
        await at_rest(pilot)
        await pilot.press("ctrl+p", *"effort", "enter")
        await at_rest(pilot)
        assert app.query_one(GaugeLine).facts.effort == "high"


async def test_a_theme_is_seen_while_it_is_chosen_and_escape_goes_back() -> None:
    app = chat_app(ScriptedTalk(answering("hello")))
    async with app.run_test() as pilot:
        await at_rest(pilot)
        await pilot.press(*"/theme", "enter")
        await at_rest(pilot)
        await pilot.press("down")
        await at_rest(pilot)
        assert app.theme == "light"
        await pilot.press("escape")
        await at_rest(pilot)
        assert app.theme == "dark"


@pytest.mark.parametrize("typed", ["/theme", "/theme mine"], ids=["listed", "chosen"])
async def test_a_broken_theme_of_ones_own_is_told_when_it_would_be_seen(typed: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("title = ")
    app = chat_app(ScriptedTalk(answering("hello")), wardrobe=Wardrobe(tmp_path))
    async with app.run_test(size=(200, 40)) as pilot:
        await at_rest(pilot)
        assert "mine.toml" not in "\n".join(rows(app))
        await pilot.press(*typed, "enter")
        await at_rest(pilot)
        await pilot.press("escape")
        await at_rest(pilot)
        assert "mine.toml: not TOML" in "\n".join(rows(app))


async def test_the_conversation_scrolls_without_leaving_the_composer() -> None:
    app = chat_app(ScriptedTalk(answering("line\n\n" * 100)))
    async with app.run_test(size=(80, 24)) as pilot:
        await say(pilot, "write much")
        view = app.query_one(TranscriptView)
        assert view.viewport.is_at_end
        await pilot.press("pageup")
        assert not view.viewport.is_at_end
        await pilot.press("ctrl+end")
        assert view.viewport.is_at_end
        assert composer(app).has_focus


async def test_ctrl_c_stops_a_turn_and_the_second_one_quits() -> None:
    talk = ScriptedTalk(held(asyncio.Event()))
    app = chat_app(talk)
    async with app.run_test() as pilot:
        await say(pilot, "one")
        await pilot.press("ctrl+c")
        await at_rest(pilot)
        assert talk.log[-1] == "cancelled"
        assert status(app) == "stopped; ctrl+c again quits"
        await pilot.press("ctrl+c")
        await at_rest(pilot)
        assert not app.is_running


async def test_the_person_s_own_keys_are_bound_and_told() -> None:
    """Footer, queue, cards, help and palette say the key that works; the usual one is free."""
    own = {"say_now": "f10", "run_once": "ctrl+g", "cancel": "ctrl+l", "help": "f12", "quit": "alt+q", "send": "alt+s"}
    registry = remapped(OwnKeys(name, keys) for name, keys in own.items()).registry
    decisions: list[Decision] = []
    clock = Clock()
    app = chat_app(ScriptedTalk(asking(decisions, "make test")), clock=clock, registry=registry)
    async with app.run_test(size=(120, 40)) as pilot:
        composer(app).insert("test it")
        await pilot.press("enter", "alt+s")
        await at_rest(pilot)
        composer(app).insert("more")
        await pilot.press("alt+s")
        await at_rest(pilot)
        clock.now += SETTLED
        await until(pilot, lambda: hints(app) == ["ctrl+g", "ctrl+s", "ctrl+n"])
        shown = "\n".join(rows(app))
        assert all(words in shown for words in ("ctrl+l edits", "F10 says it now", "F12 keys", "ctrl+g run it once"))
        await pilot.press("ctrl+y", "f1", "ctrl+q")
        await at_rest(pilot)
        assert (decisions, len(app.screen_stack)) == ([], 1)
        await pilot.press("ctrl+l", "f12")
        await at_rest(pilot)
        assert composer(app).text == "more"
        assert any("F10" in row and "running turn" in row for row in rows(app))
        await pilot.press("f12", "ctrl+g")
        await at_rest(pilot)
        assert decisions == [CommandDecision("r1", "once")]


async def test_nothing_moves_by_itself_when_animations_are_off() -> None:
    app = chat_app(ScriptedTalk(held(asyncio.Event())), has_animations=False)
    async with app.run_test() as pilot:
        await say(pilot, "one")
        before = app.query_one(StatusLine).facts.frame
        await pilot.pause(0.4)
        assert app.query_one(StatusLine).facts.frame == before
        assert app.animation_level == "none"


async def test_ctrl_c_twice_quits_and_once_does_not() -> None:
    clock = Clock()
    app = chat_app(ScriptedTalk(answering("hello")), clock=clock)
    async with app.run_test() as pilot:
        await at_rest(pilot)
        await pilot.press("ctrl+c")
        assert status(app) == "ctrl+c again quits"
        clock.now += 2.1
        await pilot.press("ctrl+c")
        assert app.is_running
        await pilot.press("ctrl+c")
        await at_rest(pilot)
        assert not app.is_running


async def test_ctrl_d_quits_only_with_nothing_written() -> None:
    app = chat_app(ScriptedTalk(answering("hello")))
    async with app.run_test() as pilot:
        await pilot.press("a", "left", "ctrl+d")
        assert composer(app).text == ""
        assert app.is_running
        await pilot.press("ctrl+d")
        await at_rest(pilot)
        assert not app.is_running


async def test_notices_of_the_start_stand_in_the_transcript() -> None:
    app = chat_app(
        ScriptedTalk(answering("hello")), notices=(Notice("config.toml, line 3: what is modle?", "warning"),)
    )
    async with app.run_test() as pilot:
        await at_rest(pilot)
        assert any("what is modle?" in row for row in rows(app))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (40, 12), (1, 1)], ids=str)
async def test_every_size_can_be_drawn(size: tuple[int, int]) -> None:
    app = chat_app(ScriptedTalk(answering("hello")))
    async with app.run_test(size=size) as pilot:
        await say(pilot, "hi")
        assert len(rows(app)) == size[1]


async def test_a_text_that_is_nowhere_is_told_and_the_keys_stay_where_one_writes() -> None:
    app = chat_app(ScriptedTalk(answering("hello")))
    async with app.run_test() as pilot:
        await say(pilot, "go")
        await say(pilot, "/find goodbye")
        assert status(app) == "goodbye is nowhere in the conversation"
        assert composer(app).has_focus
