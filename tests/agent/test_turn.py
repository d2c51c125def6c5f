"""The turn loop: what is sent, what is run, and how it ends."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from itertools import pairwise, takewhile
from typing import Any, cast

import pytest

from agent.conversation import CANCELLED_RESULT, Conversation
from agent.decisions import AnswerNow, Inbox, Steer
from agent.events import (
    Notice,
    Resampled,
    StepFinished,
    StepStarted,
    ToolFinished,
    ToolStarted,
    TurnEnded,
    TurnEvent,
)
from agent.gathering import MOST
from agent.tokens import TokenCounter, load_encoding
from agent.tools import ToolContext
from agent.turn import Turn
from agent.window import ContextMeter
from backends.errors import SeedRefused, StreamCut
from backends.events import CallRejected, ReasoningDelta, StepEnd, TextDelta
from backends.harmony import render_prompt
from backends.types import AssistantMessage, ToolCall, ToolResult, ToolSpec, Usage, UserMessage, Window
from tests.agent.scripted import ScriptedBackend, Step, answer, call


class Echo:
    """A tool that answers with its arguments and remembers that it ran."""

    spec = ToolSpec("echo", "Repeats.", {"type": "object", "properties": {"text": {"type": "string"}}})

    def __init__(self) -> None:
        self.runs: list[ToolCall] = []

    def title(self, call: ToolCall) -> str:
        return str(call.arguments.get("text", ""))

    async def run(self, call: ToolCall, context: ToolContext) -> AsyncGenerator[TurnEvent, None]:
        self.runs.append(call)
        yield ToolFinished(call.id, "done", f"echo {call.arguments.get('text', '')}")


class World:
    """A turn over a script, with everything a test wants to look at."""

    def __init__(self, *steps: Step) -> None:
        self.backend = ScriptedBackend(*steps)
        self.inbox = Inbox()
        self.echo = Echo()
        self.conversation = Conversation()
        self.turn = Turn(
            speaker=self.backend,
            model="m",
            effort="medium",
            window=Window(65_536),
            wanted_window=65_536,
            instructions="Be brief.",
            tools=(self.echo,),
            context=ToolContext(cast(Any, None), self.inbox, cast(Any, None), cast(Any, None)),
            conversation=self.conversation,
            meter=ContextMeter(TokenCounter()),
            changed={},
        )

    def begin(self, prompt: str) -> AsyncGenerator[TurnEvent, None]:
        self.conversation.begin_turn(prompt)
        return self.turn.run()

    async def run(self, prompt: str = "do it") -> list[TurnEvent]:
        async with aclosing(self.begin(prompt)) as events:
            return [event async for event in events]


def rejected(*, takes_seed: bool = True) -> Step:
    return [
        ReasoningDelta("Hm."),
        CallRejected("not_json", "the arguments are not JSON", "{", "echo"),
        StepEnd("stop", takes_seed=takes_seed),
    ]


def ends(events: list[TurnEvent]) -> TurnEnded:
    endings = [event for event in events if isinstance(event, TurnEnded)]
    assert len(endings) == 1
    assert events[-1] is endings[0]
    return endings[0]


async def test_an_answer_without_a_call_ends_the_turn():
    world = World(answer("Done.", reasoning="Easy."))
    end = ends(await world.run())
    assert (end.outcome, end.text) == ("answered", "Done.")


async def test_a_call_is_run_and_its_result_goes_back_with_the_reasoning():
    world = World(call("echo", {"text": "hi"}), answer("Done."))
    events = await world.run()
    assert [event.title for event in events if isinstance(event, ToolStarted)] == ["hi"]
    _, said, result = world.backend.requests[1].messages
    assert isinstance(said, AssistantMessage)
    assert said.reasoning == "Look first."
    assert said.replay is not None
    assert result == ToolResult("call_1", "echo", "echo hi")
    assert ends(events).outcome == "answered"


async def test_inside_a_turn_every_request_begins_with_the_whole_request_before_it():
    steps = [call("echo", {"text": str(number)}, call_id=f"c{number}") for number in range(10)]
    world = World(*steps, answer("Done."))
    await world.run()
    for before, after in zip(world.backend.requests, world.backend.requests[1:], strict=False):
        assert after.messages[: len(before.messages)] == before.messages
        assert (after.instructions, after.tools, after.window) == (before.instructions, before.tools, before.window)


async def test_of_ten_steps_as_gpt_oss_gets_them_each_prompt_begins_with_99_percent_of_the_one_before():
    steps = [call("echo", {"text": str(number)}, call_id=f"c{number}") for number in range(10)]
    world = World(*steps, answer("Done."))
    await world.run()
    encode = load_encoding().encode
    prompts = [encode(render_prompt(request), allowed_special="all") for request in world.backend.requests]
    for before, after in pairwise(prompts):
        common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
        assert common >= 0.99 * len(before)


async def test_between_turns_only_the_reasoning_of_the_finished_turn_goes():
    world = World(call("echo", {"text": "hi"}), answer("Done.", reasoning="Now answer."), answer("Again."))
    await world.run()
    await world.run("and now?")
    first, said, result, final, second = world.backend.requests[2].messages
    assert (first, second) == (UserMessage("do it"), UserMessage("and now?"))
    assert isinstance(said, AssistantMessage)
    assert said.call is not None
    assert (said.reasoning, said.replay) == ("", None)
    assert isinstance(result, ToolResult)
    assert final == AssistantMessage("Done.")


async def test_a_malformed_call_is_sampled_again_and_never_with_the_identical_request():
    world = World(rejected(), rejected(), answer("Done."))
    events = await world.run()
    assert [event.attempt for event in events if isinstance(event, Resampled)] == [1, 2]
    assert len({request.sampling.seed for request in world.backend.requests}) == 3
    assert world.backend.requests[2].messages == world.backend.requests[0].messages
    assert ends(events).outcome == "answered"


async def test_where_no_seed_is_taken_the_model_is_told_at_once_instead_of_asked_the_same_again():
    world = World(rejected(takes_seed=False), answer("Done."))
    events = await world.run()
    told = world.backend.requests[1].messages[-1]
    assert isinstance(told, ToolResult)
    assert "not JSON" in told.text
    assert not [event for event in events if isinstance(event, Resampled)]


async def test_where_no_seed_is_taken_an_empty_answer_is_reported_at_once():
    world = World([StepEnd("stop", takes_seed=False)])
    assert ends(await world.run()).outcome == "empty"
    assert len(world.backend.requests) == 1


@pytest.mark.parametrize(("first", "outcome"), [(rejected(), "answered"), ([StepEnd("stop")], "empty")])
async def test_where_a_seed_is_refused_the_turn_goes_on_with_the_sample_that_it_has(first: Step, outcome: str):
    world = World(first, [SeedRefused("the server takes no seed")], answer("Done."))
    events = await world.run()
    assert ends(events).outcome == outcome
    asked_again = [request for request in world.backend.requests if request.sampling.seed]
    assert len(asked_again) == 1
    if outcome == "answered":
        told = world.backend.requests[-1].messages[-1]
        assert isinstance(told, ToolResult)
        assert "not JSON" in told.text


async def test_after_three_resamples_the_model_is_told_which_tools_exist():
    world = World(*[rejected()] * 4, answer("Done."))
    events = await world.run()
    result = world.backend.requests[4].messages[-1]
    assert isinstance(result, ToolResult)
    assert "not JSON" in result.text
    assert "echo" in result.text
    assert world.echo.runs == []
    assert ends(events).outcome == "answered"


async def test_a_model_that_never_writes_a_readable_call_is_stopped():
    world = World(*[rejected()] * 12)
    assert ends(await world.run()).outcome == "stopped"


async def test_the_third_identical_call_in_a_row_stops_the_turn_and_is_not_run():
    world = World(*[call("echo", {"text": "same"})] * 3)
    events = await world.run()
    assert ends(events).outcome == "stopped"
    assert len(world.echo.runs) == 2
    assert any(isinstance(event, Notice) for event in events)


async def test_an_empty_end_is_continued_once_and_then_reported():
    empty = [ReasoningDelta("Thinking."), StepEnd("stop")]
    events = await World(empty, empty).run()
    assert [event.attempt for event in events if isinstance(event, Resampled)] == [1]
    assert ends(events).outcome == "empty"


async def test_a_cut_stream_fails_the_turn_runs_nothing_and_keeps_the_partial_text():
    world = World([TextDelta("Half an ans"), StreamCut("The connection ended.")])
    end = ends(await world.run())
    assert end.outcome == "failed"
    assert isinstance(end.error, StreamCut)
    assert world.conversation.prompt == (UserMessage("do it"), AssistantMessage("Half an ans"))


async def test_closing_the_turn_closes_the_stream_and_leaves_the_conversation_fit_for_the_next():
    longer_than_is_read_ahead = [TextDelta("One more. ")] * (3 * MOST)
    world = World([*longer_than_is_read_ahead, StepEnd("stop")], answer("Fine."))
    async with aclosing(world.begin("go")) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    assert world.backend.closed_early == 1
    assert ends(await world.run("again")).outcome == "answered"


async def test_what_was_shown_before_the_turn_was_closed_stays_in_the_conversation():
    world = World([TextDelta("Half an ans"), *[TextDelta("wer. ")] * (3 * MOST), StepEnd("stop")])
    shown = ""
    async with aclosing(world.begin("go")) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                shown += event.text
                break
    kept = world.conversation.prompt[-1]
    assert isinstance(kept, AssistantMessage)
    assert kept.text.startswith(shown)


async def test_closing_the_turn_while_a_tool_runs_answers_the_open_call():
    world = World(call("echo", {"text": "hi"}))
    async with aclosing(world.begin("go")) as events:
        async for event in events:
            if isinstance(event, ToolStarted):
                break
    assert world.conversation.prompt[-1] == ToolResult("call_1", "echo", CANCELLED_RESULT)


async def test_steering_reaches_the_model_with_the_next_tool_result():
    world = World(call("echo", {"text": "hi"}), answer("Done."))
    world.inbox.send(Steer("use tabs"))
    await world.run()
    result = world.backend.requests[1].messages[-1]
    assert isinstance(result, ToolResult)
    assert result.text.endswith("use tabs")


async def test_answer_now_keeps_the_thought_and_lowers_the_effort():
    endless = [ReasoningDelta("Let me think. ")] * 100
    world = World(endless, answer("Short."))
    events: list[TurnEvent] = []
    async with aclosing(world.begin("go")) as stream:
        async for event in stream:
            events.append(event)
            if len(events) == 5:
                world.inbox.send(AnswerNow())
    assert ends(events).outcome == "answered"
    assert world.backend.requests[1].effort == "low"
    thought = world.backend.requests[1].messages[-1]
    assert isinstance(thought, AssistantMessage)
    assert thought.reasoning.startswith("Let me think.")


async def test_answer_now_cuts_no_answer_that_has_begun():
    world = World([TextDelta("Almost "), *[ReasoningDelta("Hm. ")] * 5, TextDelta("done."), StepEnd("stop", Usage())])
    world.inbox.send(AnswerNow())
    assert ends(await world.run()).text == "Almost done."
    assert len(world.backend.requests) == 1


async def test_the_gauge_follows_the_servers_count():
    world = World(answer("Done.", usage=Usage(prompt_tokens=1_234, output_tokens=5)))
    events = await world.run()
    started = next(event for event in events if isinstance(event, StepStarted))
    assert started.context.used.is_estimate
    finished = next(event for event in events if isinstance(event, StepFinished))
    assert finished.context.used.tokens == 1_234
    assert not finished.context.used.is_estimate


async def test_the_second_step_tells_how_much_of_its_prompt_was_sent_before():
    world = World(call("echo", {"text": "hi"}), answer("Done."))
    events = await world.run()
    first, second = [event for event in events if isinstance(event, StepFinished)]
    assert first.unchanged_tokens == 0
    assert second.unchanged_tokens > 0


async def test_a_second_turn_follows_a_failed_one():
    world = World([StreamCut("The connection ended.")], answer("Fine."))
    assert ends(await world.run()).outcome == "failed"
    assert ends(await world.run("again")).outcome == "answered"
