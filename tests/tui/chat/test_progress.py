"""What the status line says: one of a few honest states, and silence is told as silence."""

from __future__ import annotations

import pytest

from agent.edits.proposal import Proposal
from agent.events import (
    CallProgress,
    CommandPending,
    ContextUse,
    ProposalReady,
    ReasoningDelta,
    StepStarted,
    TextDelta,
    TokenCount,
    ToolFinished,
    ToolOutput,
    ToolStarted,
    TurnEnded,
    TurnEvent,
    TurnStarted,
    Waiting,
)
from agent.own_reports import OWN_COMMAND
from backends.types import ToolCall, Window
from tui.chat.progress import Progress, after, answered, describe

CONTEXT = ContextUse(TokenCount(100), Window(65_536), 100, 0, 0, 0)
CALL = ToolCall("1", "search", {}, "{}")


def told(*events: TurnEvent, now: float = 0.0) -> str:
    progress = Progress()
    for event in events:
        progress = after(progress, event, 0.0)
    return describe(progress, now).text


@pytest.mark.parametrize(
    ("event", "words"),
    [
        pytest.param(TurnStarted("hi"), "waiting for the server", id="asked"),
        pytest.param(StepStarted(1, CONTEXT), "waiting for the server", id="sent"),
        pytest.param(Waiting("connecting"), "waiting for the server", id="connecting"),
        pytest.param(Waiting("loading"), "loading the model", id="loading"),
        pytest.param(Waiting("queued"), "queued behind another request", id="queued"),
        pytest.param(Waiting("reading"), "reading the prompt", id="reading"),
        pytest.param(Waiting("reading", 3_000, 21_000), "reading the prompt 3.0k/21.0k", id="reading, counted"),
        pytest.param(ReasoningDelta("hm"), "thinking", id="thinking"),
        pytest.param(TextDelta("so"), "writing", id="writing"),
        pytest.param(CallProgress("search", "{"), "writing a tool call", id="calling"),
        pytest.param(ToolStarted(CALL, "x"), "running search", id="running a tool"),
        pytest.param(ProposalReady("1", Proposal("p", ())), "waiting for you", id="proposal"),
        pytest.param(CommandPending("r", "1", "ls", "/", True), "waiting for you", id="command"),
        pytest.param(TurnEnded("answered"), "", id="over"),
    ],
)
def test_every_state_has_its_words(event: TurnEvent, words: str) -> None:
    assert told(event) == words


def test_the_time_is_told_after_two_seconds() -> None:
    assert told(Waiting("loading"), now=1.9) == "loading the model"
    assert told(Waiting("loading"), now=2.0) == "loading the model · 2 s"
    assert told(Waiting("loading"), now=125.0) == "loading the model · 2 min 05 s"


@pytest.mark.parametrize("event", [TurnStarted("hi"), Waiting("reading"), ReasoningDelta("hm"), TextDelta("so")])
def test_fifteen_silent_seconds_are_told(event: TurnEvent) -> None:
    assert "no sign of life" not in told(event, now=14.9)
    assert told(event, now=15.0).startswith("no sign of life for 15 s, was ")


@pytest.mark.parametrize(
    "event",
    [Waiting("loading"), ToolStarted(CALL, "x"), CommandPending("r", "1", "ls", "/", True)],
    ids=["a model that loads", "a tool that runs", "a person who reads"],
)
def test_some_silence_is_no_alarm(event: TurnEvent) -> None:
    assert "no sign of life" not in told(event, now=300.0)


def test_a_sign_of_life_ends_the_alarm_and_the_clock_of_the_state_goes_on() -> None:
    progress = after(after(Progress(), TextDelta("a"), 0.0), TextDelta("b"), 20.0)
    assert describe(progress, 21.0).text == "writing · 21 s"


@pytest.mark.parametrize(
    ("event", "sign"),
    [
        pytest.param(TextDelta("so"), Waiting("alive"), id="in the middle of an answer"),
        pytest.param(Waiting("reading"), Waiting("alive"), id="before the first token"),
        pytest.param(
            Waiting("reading", 2_048, 9_041), Waiting("reading", 2_048, 9_041), id="a count that stands still"
        ),
    ],
)
def test_a_server_that_lives_and_gets_nowhere_is_told_as_that(event: TurnEvent, sign: TurnEvent) -> None:
    progress = after(Progress(), event, 0.0)
    for now in (5.0, 10.0, 14.0):
        progress = after(progress, sign, now)
    was = describe(after(Progress(), event, 0.0), 0.0).text.partition(" 2.0k")[0]
    assert describe(progress, 14.9).text.startswith(was)
    assert describe(progress, 15.0).text == f"the server lives, nothing new for 15 s, was {was}"
    assert describe(progress, 30.0).text == f"no sign of life for 16 s, was {was}"


def test_a_prompt_that_is_read_on_is_no_alarm() -> None:
    progress = after(after(Progress(), Waiting("reading", 10, 90), 0.0), Waiting("reading", 20, 90), 14.0)
    assert describe(progress, 28.0).text == "reading the prompt 20/90 · 28 s"


def test_an_own_command_is_told_as_one() -> None:
    assert told(ToolStarted(ToolCall("1", OWN_COMMAND, {}, "{}"), "make")) == "running your command"


def test_output_of_a_tool_keeps_its_name() -> None:
    assert told(ToolStarted(CALL, "x"), ToolOutput("1", "…")) == "running search"


def test_after_a_tool_the_server_is_awaited() -> None:
    assert told(ToolStarted(CALL, "x"), ToolFinished("1", "done", "…")) == "waiting for the server"


def test_an_answer_lets_the_turn_go_on() -> None:
    asked = after(Progress(), CommandPending("r", "1", "ls", "/", True), 0.0)
    assert describe(answered(asked, 5.0), 5.0).text == "running"
