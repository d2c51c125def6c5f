"""Making room: what goes, what stays, and that a long session never meets the edge of the window."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from agent import compaction
from agent.conversation import Conversation
from agent.decisions import Inbox
from agent.events import EditsApplied, ToolFinished, TurnEnded, TurnEvent
from agent.tokens import TokenCounter
from agent.tools import ToolContext
from agent.turn import Turn
from agent.window import ContextMeter
from backends.errors import WindowOverflow
from backends.events import CallReady, StepEnd, StreamEvent, TextDelta
from backends.types import (
    AssistantMessage,
    ChatRequest,
    Message,
    ToolCall,
    ToolResult,
    ToolSpec,
    Usage,
    UserMessage,
    Window,
)
from tests.agent.scripted import ScriptedBackend


def size(message: Message) -> int:
    return len(message.text) // 4


def step(number: int, output: str) -> tuple[Message, Message]:
    called = ToolCall(f"c{number}", "search", {}, "{}")
    return AssistantMessage("", "", called), ToolResult(called.id, called.name, output)


STEPS = [message for number in range(5) for message in step(number, f"{number} " + "x" * 4_000)]
TALK: list[Message] = [UserMessage("first"), *STEPS]


def test_old_tool_output_goes_first_the_oldest_before_the_newer():
    trimmed, count = compaction.trim_results(TALK, 1_500, size)
    assert count == 2
    assert [size(message) < 100 for message in trimmed if isinstance(message, ToolResult)] == [True, True] + [False] * 3
    assert "call search again" in trimmed[2].text


def test_the_latest_result_is_never_trimmed():
    trimmed, count = compaction.trim_results(TALK, 10**9, size)
    assert count == 4
    assert trimmed[-1] == TALK[-1]


def test_the_recent_part_is_whole_steps_and_holds_no_request():
    start = compaction.split(TALK, 2_100, size)
    assert TALK[start:] == STEPS[-4:]
    assert compaction.split([UserMessage("a"), AssistantMessage("b"), UserMessage("c")], 10**6, size) == 3


def test_a_compacted_prompt_keeps_the_first_request_the_changed_files_and_the_request_at_hand_whole():
    long = "now this " + "y" * 5_000
    prompt = compaction.rebuild(["build a shop", "use sqlite", long], STEPS[-2:], "Half done.", ["a.py"], 8_192)
    head = prompt[0].text
    assert all(words in head for words in ("build a shop", "use sqlite", long, "Half done.", "- a.py"))
    assert prompt[1:] == tuple(STEPS[-2:])
    assert isinstance(prompt[0], UserMessage)


@given(st.lists(st.text(min_size=1, max_size=3_000), min_size=1, max_size=30), st.sampled_from([2_048, 8_192, 65_536]))
def test_requests_before_the_one_at_hand_take_a_bounded_share(requests: list[str], window: int):
    head = compaction.rebuild(requests, (), "", (), window)[0].text
    assert len(head) - len(requests[-1]) < window // 10 * 3 + 12 * 350 + 400


def test_a_small_window_is_not_compacted_again_before_the_prompt_has_grown():
    assert compaction.is_needed(3_500, 4_096, 0)
    assert not compaction.is_needed(3_600, 4_096, 3_500)
    assert compaction.is_needed(3_950, 4_096, 3_500)


def test_a_compaction_is_undone_with_what_was_said_since():
    conversation = Conversation()
    conversation.begin_turn("one")
    conversation.append(AssistantMessage("first answer"))
    conversation.end_turn()
    before = conversation.prompt
    conversation.shorten((UserMessage("short"),))
    conversation.begin_turn("two")
    conversation.append(AssistantMessage("second answer"))
    assert not conversation.lengthen(), "not while a turn is open"
    conversation.end_turn()
    assert conversation.lengthen()
    assert conversation.prompt == (*before, UserMessage("two"), AssistantMessage("second answer"))
    assert [m.text for m in conversation.record] == ["one", "first answer", "two", "second answer"]


class Big:
    """A tool with a lot to say, and a file to change now and then."""

    spec = ToolSpec("search", "Looks.", {"type": "object", "properties": {}})

    def title(self, call: ToolCall) -> str:
        return ""

    async def run(self, call: ToolCall, context: ToolContext) -> AsyncGenerator[TurnEvent, None]:
        number = int(call.id)
        if number % 50 == 0:
            yield EditsApplied(call.id, (f"file{number}.py",), "u")
        yield ToolFinished(call.id, "done", f"{number} " + "word " * 1_900)


class Strict(ScriptedBackend):
    """A server that refuses what does not fit, counts its own way, and summarises when asked."""

    def __init__(self, steps: int, window: int, tokens_per_estimate: float = 1.0) -> None:
        super().__init__(window=window)
        self.steps, self.limit, self.rate = steps, window, tokens_per_estimate
        self.overflows = self.summaries = self.largest = self.calls = 0

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        meter = ContextMeter(TokenCounter())
        tokens = int(meter.measure(request.instructions, request.tools, request.messages).total * self.rate)
        if tokens > self.limit:
            self.overflows += 1
            raise WindowOverflow("The prompt does not fit.", prompt_tokens=tokens, window=self.limit)
        self.largest = max(self.largest, tokens)
        last = request.messages[-1]
        if isinstance(last, UserMessage) and "write a summary" in last.text:
            self.summaries += 1
            yield TextDelta(f"Summary number {self.summaries}.")
            yield StepEnd("stop", Usage(tokens, None, 10))
        elif self.calls < self.steps:
            self.calls += 1
            yield CallReady(ToolCall(str(self.calls), "search", {"n": self.calls}, f'{{"n": {self.calls}}}'))
            yield StepEnd("tool_call", Usage(tokens, None, 10))
        else:
            yield TextDelta("All done.")
            yield StepEnd("stop", Usage(tokens, None, 10))


def long_turn(backend: Strict, window: int) -> Turn:
    return Turn(
        speaker=backend,
        model="m",
        effort="medium",
        window=Window(window),
        wanted_window=window,
        instructions="Be brief.",
        tools=(Big(),),
        context=ToolContext(cast(Any, None), Inbox(), cast(Any, None), cast(Any, None)),
        conversation=Conversation(),
        meter=ContextMeter(TokenCounter()),
        changed={},
    )


async def run(turn: Turn, prompt: str) -> list[TurnEvent]:
    turn.conversation.begin_turn(prompt)
    async with aclosing(turn.run()) as events:
        return [event async for event in events]


async def test_a_server_that_counts_more_than_we_do_is_believed_and_the_turn_goes_on():
    backend = Strict(40, 16_384, tokens_per_estimate=1.6)
    events = await run(long_turn(backend, 16_384), "do it")
    assert isinstance(events[-1], TurnEnded)
    assert events[-1].outcome == "answered"


async def test_a_window_too_small_for_anything_ends_with_the_servers_numbers_and_no_loop():
    backend = Strict(5, 60)
    events = await run(long_turn(backend, 60), "word " * 200)
    assert isinstance(events[-1], TurnEnded)
    assert events[-1].outcome == "failed"
    assert isinstance(events[-1].error, WindowOverflow)
    assert backend.overflows <= 4


async def test_the_changed_files_survive_every_compaction():
    backend = Strict(300, 16_384)
    turn = long_turn(backend, 16_384)
    await run(turn, "do it")
    head = turn.conversation.prompt[0]
    assert all(f"- file{number}.py" in head.text for number in (50, 100, 150))
