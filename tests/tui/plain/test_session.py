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
from tests.tui.screens.fakes import (
    PROFILES,
    Scripted,
    ScriptedConfiguration,
    ScriptedTalk,
    Turn,
    answering,
    asking,
    healthy,
    held,
    proposing,
)
from tui.actions import ACTIONS
from tui.conversation.partner import Partner
from tui.plain.commands import ELSEWHERE, Commands
from tui.plain.session import Conversation
from tui.plain.session_commands import Around
from tui.plain.words import Teller


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


async def around(talk: ScriptedTalk, folder: Path = Path()) -> Around:
    """What the commands work with, and the session open."""
    services = Scripted(talk, healthy)
    partner = Partner(PROFILES[0], services.open)
    await partner.open()
    talk.log.clear()
    return Around(partner, services, ScriptedConfiguration(), str(folder))


async def heard(talk: ScriptedTalk, *lines: str, folder: Path = Path()) -> str:
    """Everything that was written while `lines` were typed."""
    written: list[str] = []
    await Conversation(await around(talk, folder), Typed(*lines), written.append).run()
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
    await Conversation(await around(ScriptedTalk(proposing([]))), typed, lambda _: None).run()
    assert typed.forgotten == 1


async def test_an_interrupt_stops_the_turn_and_the_conversation_goes_on() -> None:
    talk = ScriptedTalk(held(asyncio.Event()), answering("second"))
    written: list[str] = []
    has_begun = asyncio.Event()

    def write(text: str) -> None:
        written.append(text)
        if text == "so ":
            has_begun.set()

    conversation = Conversation(await around(talk), Typed("one", "two"), write)
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


# ── commands ─────────────────────────────────────────────────────────────────


async def test_every_command_is_done_here_or_told_in_words() -> None:
    commands = Commands(await around(ScriptedTalk(answering(""))), Typed(), Teller(lambda _: None))
    slashed = {action.name for action in ACTIONS if action.slash}
    assert slashed <= commands.names | ELSEWHERE.keys() | {"quit", "compact"}
    assert not commands.names & ELSEWHERE.keys()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        pytest.param(["/help"], "/profile [NAME]: Choose, make or change", id="help"),
        pytest.param(["/effort high"], "Effort is high from the next turn on.", id="effort"),
        pytest.param(["/effort much"], "Effort is one of low, medium, high.", id="no such effort"),
        pytest.param(["/profile"], "local-120b: gpt-oss:120b at Ollama, in use", id="profiles"),
        pytest.param(["/profile local-20b"], "From here on: local-20b, gpt-oss:20b at Ollama.", id="switch"),
        pytest.param(["/profile nobody"], "There is no profile nobody.", id="no such profile"),
        pytest.param(["/profile cloud", "yes"], "From here on: cloud", id="a yes sends it there"),
        pytest.param(["/undo"], "undone: auth/session.py as before", id="undo"),
        pytest.param(["/redo"], "made again: auth/session.py", id="redo"),
        pytest.param(["/resume"], "There is no session yet.", id="without a session"),
        pytest.param(["/status"], "server: answers 0.9", id="status"),
        pytest.param(["/context"], "about 21,400 of 65,536 tokens are used.", id="context"),
        pytest.param(["/new"], "This is a new conversation.", id="new"),
        pytest.param(["/theme dark"], "There are no colours here.", id="what needs a screen"),
        pytest.param(["!"], "A command comes after the !", id="an own command without words"),
        pytest.param(["/nonsense"], "There is no /nonsense here", id="no command"),
    ],
)
async def test_a_command_is_answered_in_words(typed: list[str], words: str) -> None:
    assert words in await heard(ScriptedTalk(answering("")), *typed)


async def test_without_a_yes_nothing_leaves_this_machine() -> None:
    talk = ScriptedTalk(answering(""))
    text = await heard(talk, "/profile cloud", "y", "no")
    assert "go to Example Cloud at https://api.example.com/v1." in text
    assert talk.profile.name == "local-120b"


async def test_a_conversation_is_shortened_as_a_turn() -> None:
    talk = ScriptedTalk(answering(""))
    await heard(talk, "/compact")
    assert talk.log == ["compact"]


async def test_a_path_is_no_command() -> None:
    talk = ScriptedTalk(answering(""))
    await heard(talk, "/usr/bin is empty, why?")
    assert talk.log == ["turn /usr/bin is empty, why?"]
