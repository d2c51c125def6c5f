"""The plain mode: a conversation on lines, questions answered with whole words, nothing that acts on the terminal."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from agent.decisions import CommandDecision, Decision, Inbox, ReviewDecision
from agent.events import ReasoningDelta, TextDelta, ToolFinished, ToolOutput, ToolStarted, TurnEnded, TurnEvent
from backends.types import ToolCall
from tests.tui.payloads import ALL_ESCAPES
from tests.tui.screens.fakes import ScriptedTalk, Turn, answering, asking, held, proposing
from tui.plain import Conversation


class Typed:
    """Lines that a person types one after the other; `forgotten` counts how often what was typed ahead was dropped."""

    def __init__(self, *lines: str) -> None:
        self._lines = deque(lines)
        self.forgotten = 0

    async def next(self) -> str | None:
        await asyncio.sleep(0)
        return self._lines.popleft() if self._lines else None

    def forget(self) -> None:
        self.forgotten += 1


async def heard(talk: ScriptedTalk, *lines: str, folder: Path = Path()) -> str:
    """Everything that was written while `lines` were typed."""
    written: list[str] = []
    await Conversation(talk, folder, Typed(*lines), written.append).run()
    return "".join(written)


async def test_a_message_is_answered_on_lines() -> None:
    talk = ScriptedTalk(answering("It is in auth."))
    assert await heard(talk, "where is login?") == "> It is in auth.\n> "
    assert talk.log == ["turn where is login?"]


async def test_a_backslash_goes_on_in_the_next_line() -> None:
    talk = ScriptedTalk(answering("yes"))
    await heard(talk, "one\\", "two")
    assert talk.log == ["turn one\ntwo"]


@pytest.mark.parametrize("leave", ["/quit", "/exit"])
async def test_a_word_leaves(leave: str) -> None:
    talk = ScriptedTalk(answering("yes"))
    await heard(talk, leave, "never said")
    assert talk.log == []


async def test_a_change_is_shown_whole_and_written_for_a_whole_yes() -> None:
    decisions: list[Decision] = []
    text = await heard(ScriptedTalk(proposing(decisions)), "go", "y", "yes please", "yes")
    assert "-    pass\n+    return Session()\n" in text
    assert text.count("Please type yes or no.") == 2
    assert "Written: auth/session.py" in text
    (decision,) = decisions
    assert isinstance(decision, ReviewDecision)
    assert decision.review.accepts_something


@pytest.mark.parametrize("typed", [pytest.param(("no use the other one",), id="why"), pytest.param((), id="no lines")])
async def test_a_change_that_is_not_wanted_is_not_written(typed: tuple[str, ...]) -> None:
    decisions: list[Decision] = []
    text = await heard(ScriptedTalk(proposing(decisions)), "go", *typed)
    assert "Written" not in text
    (decision,) = decisions
    assert isinstance(decision, ReviewDecision)
    assert decision.review.comment == " ".join(typed).removeprefix("no ")


@pytest.mark.parametrize(("word", "verdict"), [("yes", "once"), ("session", "session"), ("no", "no")])
async def test_a_command_is_shown_and_asked_about(word: str, verdict: str) -> None:
    decisions: list[Decision] = []
    text = await heard(ScriptedTalk(asking(decisions, "make test\nrm x")), "go", word)
    assert "in the sandbox:\nmake test\nrm x\n" in text
    assert decisions == [CommandDecision("r1", verdict)]  # type: ignore[arg-type]


async def test_what_was_typed_before_a_question_answers_nothing() -> None:
    typed = Typed("go", "no")
    await Conversation(ScriptedTalk(proposing([])), Path(), typed, lambda _: None).run()
    assert typed.forgotten == 1


async def test_an_interrupt_stops_the_turn_and_the_conversation_goes_on() -> None:
    talk = ScriptedTalk(held(asyncio.Event()), answering("second"))
    written: list[str] = []
    has_begun = asyncio.Event()

    def write(text: str) -> None:
        written.append(text)
        if text == "so ":
            has_begun.set()

    conversation = Conversation(talk, Path(), Typed("one", "two"), write)
    assert not conversation.interrupt()
    talking = asyncio.ensure_future(conversation.run())
    await has_begun.wait()
    assert conversation.interrupt()
    await talking
    assert "Stopped." in "".join(written)
    assert talk.log == ["turn one", "cancelled", "turn two"]


async def test_the_output_of_an_own_command_is_told_and_goes_with_the_next_message(tmp_path: Path) -> None:
    talk = ScriptedTalk(answering("I see"))
    text = await heard(talk, "!echo one", "what was that?", folder=tmp_path)
    assert "Running: echo one\none\ndone: exit 0\n" in text
    assert talk.log == ["turn I ran `echo one`:\n\n```\n[exit code 0]\none\n```\n\nwhat was that?"]


def hostile(evil: str) -> Turn:
    async def turn(prompt: str, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]:
        yield ReasoningDelta(evil)
        for character in evil:
            yield TextDelta(character)
        yield ToolStarted(ToolCall("c", evil, {}, "{}"), evil)
        yield ToolOutput("c", evil)
        yield ToolFinished("c", "failed", evil, evil)
        yield TurnEnded("answered", evil)

    return turn


async def test_no_escape_sequence_is_written() -> None:
    text = await heard(ScriptedTalk(hostile("".join(ALL_ESCAPES))), "go")
    assert "\x1b" not in text
    assert "\x07" not in text
    assert not any("\x7f" <= character <= "\x9f" for character in text)
