"""The Responses wire: items that go back whole, and events in any habit of any server (openai.md §3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backends.errors import BackendError, Busy, ServerFailed, StreamCut, WindowOverflow
from backends.events import CallProgress, CallReady, CallRejected
from backends.responses import ResponsesDecoder, responses_input, responses_tools
from backends.types import AssistantMessage, Replay, ToolCall, ToolResult, Usage, UserMessage
from tests.backends.asking import (
    READ_FILE,
    call_of,
    end_of,
    error_of,
    played,
    provider,
    request,
    sse,
    text_of,
    thought_of,
)

CALL = ToolCall("call_1", "read_file", {"path": "a"}, '{"path":"a"}')
REASONING = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"}
FUNCTION_CALL = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "call_1",
    "name": "read_file",
    "arguments": '{"path":"a"}',
}
MESSAGE = {"type": "message", "id": "msg_1", "content": [{"type": "output_text", "text": "Hi", "annotations": []}]}


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", **fields}


def completed(status: str = "completed", **fields: Any) -> dict[str, Any]:
    return event(status, response={"model": "m", "status": status, **fields})


def done(item: dict[str, Any], index: int = 0) -> dict[str, Any]:
    return event("output_item.done", output_index=index, item=item)


async def answer(*events: object) -> list[Any]:
    return await played([sse(*events, done=False)], ResponsesDecoder(provider(), request(), "mine/m"))


# ── what is sent ─────────────────────────────────────────────────────────────


async def test_reasoning_goes_back_as_it_came_directly_before_its_call() -> None:
    events = await answer(done(REASONING, 0), done(FUNCTION_CALL, 1), completed())
    said = AssistantMessage("", "", CALL, end_of(events).replay)
    sent = responses_input(request(UserMessage("x"), said, ToolResult("call_1", "read_file", "# A")), "mine/m")
    assert sent == [
        {"role": "user", "content": "x"},
        REASONING,
        {"type": "function_call", "call_id": "call_1", "name": "read_file", "arguments": '{"path":"a"}'},
        {"type": "function_call_output", "call_id": "call_1", "output": "# A"},
    ]


async def test_the_call_goes_back_as_it_was_executed_and_not_as_it_was_written() -> None:
    written = FUNCTION_CALL | {"name": "functions.read_file", "arguments": '{"file_path":"a"}'}
    events = await answer(done(REASONING, 0), done(written, 1), completed())
    call = call_of(events)
    assert isinstance(call, CallReady)
    sent = responses_input(request(AssistantMessage("", "", call.call, end_of(events).replay)), "mine/m")
    assert isinstance(sent[1], dict)
    assert (sent[1]["name"], json.loads(str(sent[1]["arguments"]))) == ("read_file", {"path": "a"})


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(AssistantMessage("Hi", "T", CALL, Replay("other/m", json.dumps([REASONING]))), id="another model"),
        pytest.param(AssistantMessage("Hi", "T", CALL, Replay("mine/m", json.dumps([REASONING]))), id="half a pair"),
        pytest.param(AssistantMessage("Hi", "T", CALL, Replay("mine/m", "{oops")), id="broken"),
        pytest.param(AssistantMessage("Hi", "T", CALL, Replay("mine/m", '"x"')), id="no list"),
        pytest.param(AssistantMessage("Hi", "T", CALL), id="none"),
    ],
)
def test_without_a_whole_replay_of_this_model_the_message_is_built_from_its_parts(message: AssistantMessage) -> None:
    sent = responses_input(request(message, ToolResult("call_1", "read_file", "# A")), "mine/m")
    assert [item["type"] for item in sent if isinstance(item, dict)] == [
        "message",
        "function_call",
        "function_call_output",
    ]


async def test_reasoning_that_nothing_follows_does_not_go_back() -> None:
    events = await answer(done(REASONING), completed("incomplete", incomplete_details={"reason": "max_output_tokens"}))
    assert end_of(events).replay is None


async def test_only_the_first_of_two_calls_goes_back() -> None:
    events = await answer(
        done(REASONING, 0), done(FUNCTION_CALL, 1), done(FUNCTION_CALL | {"call_id": "call_2"}, 2), completed()
    )
    sent = responses_input(request(AssistantMessage("", "", CALL, end_of(events).replay)), "mine/m")
    calls = [item for item in sent if isinstance(item, dict) and item.get("type") == "function_call"]
    assert [call["call_id"] for call in calls] == ["call_1"]


def test_tools_are_flat_and_say_that_they_are_not_strict() -> None:
    assert responses_tools((READ_FILE,)) == [
        {
            "type": "function",
            "name": "read_file",
            "description": "Read a text file.",
            "parameters": READ_FILE.parameters,
            "strict": False,
        }
    ]


# ── texts ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("events", "thought", "text"),
    [
        pytest.param(
            [event("output_text.delta", delta="H"), event("output_text.delta", delta="i"), done(MESSAGE)],
            "",
            "Hi",
            id="in pieces",
        ),
        pytest.param([event("output_text.done", text="Hi"), done(MESSAGE)], "", "Hi", id="only when it is finished"),
        pytest.param([done(MESSAGE)], "", "Hi", id="only in the item"),
        pytest.param([completed(output=[MESSAGE])], "", "Hi", id="only in the response"),
        pytest.param([event("refusal.delta", delta="No.")], "", "No.", id="refusal"),
        pytest.param([event("reasoning_text.delta", delta="T")], "T", "", id="raw reasoning"),
        pytest.param([event("reasoning_text.done", text="T")], "T", "", id="raw reasoning, only when finished"),
        pytest.param(
            [
                event("reasoning_text.delta", delta="T"),
                event("reasoning_summary_text.delta", delta="S"),
                done(REASONING | {"summary": [{"text": "S"}]}),
            ],
            "T",
            "",
            id="reasoning before its summary",
        ),
        pytest.param(
            [
                event("reasoning_summary_text.delta", delta="A", summary_index=0),
                event("reasoning_summary_text.delta", delta="B", summary_index=1),
            ],
            "A\n\nB",
            "",
            id="two paragraphs of summary",
        ),
        pytest.param(
            [event("output_text.delta", delta="A"), event("output_text.delta", delta="B", output_index=1)],
            "",
            "A\n\nB",
            id="two messages",
        ),
        pytest.param([event("output_text.delta", delta="<think>T</think>A")], "T", "A", id="think inside"),
        pytest.param([event("keepalive"), event("new.thing", x=1), {"type": None}], "", "", id="unknown events"),
        pytest.param([event("output_text.delta", delta=None, output_index="x")], "", "", id="wrong types"),
    ],
)
async def test_reasoning_and_text_are_read_once(events: list[Any], thought: str, text: str) -> None:
    seen = await answer(*events, completed())
    assert (thought_of(seen), text_of(seen)) == (thought, text)


# ── calls ────────────────────────────────────────────────────────────────────


async def test_the_final_item_has_the_arguments_and_the_deltas_show_progress() -> None:
    events = await answer(
        event("output_item.added", output_index=0, item={"type": "function_call", "name": "read_file"}),
        event("function_call_arguments.delta", output_index=0, delta='{"pa'),
        event("output_item.added", output_index=1, item={"type": "function_call", "name": "now"}),
        event("function_call_arguments.delta", output_index=1, delta="{}"),
        done(FUNCTION_CALL, 0),
        completed(),
    )
    assert [each for each in events if isinstance(each, CallProgress)] == [
        CallProgress("read_file", ""),
        CallProgress("read_file", '{"pa'),
    ]
    call = call_of(events)
    assert isinstance(call, CallReady)
    assert call.call == CALL
    assert end_of(events).reason == "tool_call"


@pytest.mark.parametrize(
    ("item", "ending", "outcome"),
    [
        pytest.param(FUNCTION_CALL | {"arguments": '{"path":"a'}, "incomplete", CallRejected, id="cut by the limit"),
        pytest.param(FUNCTION_CALL | {"status": "completed"}, "incomplete", CallReady, id="whole before the limit"),
        pytest.param(FUNCTION_CALL | {"name": "launch"}, "completed", CallRejected, id="unknown tool"),
        pytest.param({"type": "function_call"}, "completed", CallRejected, id="empty"),
    ],
)
async def test_a_call_runs_only_when_it_is_whole(item: dict[str, Any], ending: str, outcome: type) -> None:
    events = await answer(done(item), completed(ending, incomplete_details={"reason": "max_output_tokens"}))
    assert isinstance(call_of(events), outcome)


# ── the end ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("why", "reason"), [("max_output_tokens", "length"), ("content_filter", "filtered"), (None, "length")]
)
async def test_an_incomplete_response_says_why(why: str | None, reason: str) -> None:
    events = await answer(done(MESSAGE), completed("incomplete", incomplete_details={"reason": why}))
    assert end_of(events).reason == reason


async def test_usage_tells_what_came_from_the_cache() -> None:
    usage = {
        "input_tokens": 9,
        "input_tokens_details": {"cached_tokens": 8},
        "output_tokens": 3,
        "output_tokens_details": {"reasoning_tokens": 2},
    }
    assert end_of(await answer(completed(usage=usage))).usage == Usage(9, 8, 3, 2)


@pytest.mark.parametrize(
    ("event_", "kind", "words"),
    [
        pytest.param(
            completed("failed", error={"code": "server_error", "message": "boom"}), ServerFailed, "boom", id="failed"
        ),
        pytest.param(
            completed("failed", error=None), ServerFailed, "the response was failed", id="failed without words"
        ),
        pytest.param(completed("cancelled"), ServerFailed, "the response was cancelled", id="cancelled"),
        pytest.param(
            completed("failed", error={"code": "rate_limit_exceeded", "message": "slow"}), Busy, "slow", id="rate limit"
        ),
        pytest.param(
            completed("failed", error={"code": "context_length_exceeded", "message": "Your input exceeds"}),
            WindowOverflow,
            "Your input exceeds",
            id="overflow",
        ),
        pytest.param({"type": "error", "code": "x", "message": "boom"}, ServerFailed, "boom", id="error event"),
        pytest.param({"type": "error", "error": {"message": "boom"}}, ServerFailed, "boom", id="error event, nested"),
        pytest.param({"error": {"message": "boom"}}, ServerFailed, "boom", id="error without type"),
        pytest.param('event: error\ndata: {"message":"boom"}\n\n', ServerFailed, "boom", id="named event alone"),
    ],
)
async def test_a_failure_is_told_in_the_servers_words(event_: object, kind: type[BackendError], words: str) -> None:
    events = await answer(event("output_text.delta", delta="A"), event_)
    error = error_of(events)
    assert (type(error), error.server_words) == (kind, words)
    assert text_of(events) == "A"


@pytest.mark.parametrize("events", [[], [done(FUNCTION_CALL)], [event("output_text.delta", delta="A"), done(MESSAGE)]])
async def test_a_stream_without_its_end_is_cut_off(events: list[Any]) -> None:
    seen = await answer(*events)
    assert isinstance(error_of(seen), StreamCut)
    assert call_of(seen) is None


async def test_a_json_body_instead_of_a_stream_is_the_answer() -> None:
    body = {"object": "response", "status": "completed", "model": "m", "output": [REASONING, MESSAGE], "error": None}
    seen = await played([json.dumps(body).encode()], ResponsesDecoder(provider(), request(), "mine/m"))
    assert text_of(seen) == "Hi"
    assert end_of(seen).model == "m"
