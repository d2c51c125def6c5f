"""The chat-completions wire: what is sent, and every form in which an answer arrives (openai.md §2, §5)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.chat_completions import ChatDecoder, chat_messages
from backends.decode import ServerEvent
from backends.errors import (
    BackendError,
    Busy,
    ModelMissing,
    ServerFailed,
    StreamCut,
    Unauthorized,
    UnexpectedAnswer,
    WindowOverflow,
)
from backends.events import CallProgress, CallReady, CallRejected, TextCorrected
from backends.types import AssistantMessage, Replay, ToolCall, ToolResult, Usage, UserMessage
from tests.backends.asking import (
    call_of,
    called,
    delta,
    end_of,
    error_of,
    played,
    provider,
    request,
    sse,
    text_of,
    thought_of,
)


def decoder(model: str = "gpt-oss:20b", **options: Any) -> ChatDecoder:
    return ChatDecoder(provider(), request(model=model), "mine/m", **options)


async def answer(*chunks: object, done: bool = True, model: str = "gpt-oss:20b", **options: Any):
    return await played([sse(*chunks, done=done)], decoder(model, **options))


# ── what is sent ─────────────────────────────────────────────────────────────

CALL = ToolCall("c1", "read_file", {"path": "a"}, '{"path": "a"}')


def test_a_call_goes_back_with_its_own_arguments_as_a_string_and_its_result_names_it() -> None:
    asked = request(UserMessage("read"), AssistantMessage("", "", CALL), ToolResult("c1", "read_file", "# A"))
    assert chat_messages(asked, "mine/m")[2:] == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "read_file", "arguments": '{"path": "a"}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "# A"},
    ]


@pytest.mark.parametrize(
    ("replay", "name"),
    [
        pytest.param(None, "reasoning", id="unknown"),
        pytest.param(Replay("mine/m", "reasoning_content"), "reasoning_content", id="as it arrived"),
        pytest.param(Replay("other/m", "reasoning_content"), "reasoning", id="arrived elsewhere"),
        pytest.param(Replay("mine/m", "evil"), "reasoning", id="no name of reasoning"),
    ],
)
def test_reasoning_goes_back_under_the_name_it_arrived_with(replay: Replay | None, name: str) -> None:
    message = chat_messages(request(AssistantMessage("hi", "thought", None, replay)), "mine/m")[-1]
    assert isinstance(message, dict)
    assert message[name] == "thought"


def test_a_call_without_result_gets_one_that_says_so() -> None:
    sent = chat_messages(request(AssistantMessage("", "", CALL), UserMessage("go on")), "mine/m")
    assert sent[2] == {"role": "tool", "tool_call_id": "c1", "content": "No result: the call was cancelled."}


def test_two_messages_of_the_model_in_a_row_go_out_as_one() -> None:
    thought = AssistantMessage("", "First.", None, Replay("mine/m", "reasoning_content"))
    sent = chat_messages(request(UserMessage("x"), thought, AssistantMessage("Hi", "Then.")), "mine/m")
    assert sent[2:] == [{"role": "assistant", "content": "Hi", "reasoning_content": "First.\n\nThen."}]


def test_a_result_without_call_becomes_text() -> None:
    sent = chat_messages(request(ToolResult("c9", "read_file", "# A")), "mine/m")
    assert sent[1:] == [{"role": "user", "content": "Result of read_file:\n# A"}]


def test_control_tokens_in_data_are_neutralised_for_gpt_oss_and_restored_in_its_answer() -> None:
    sent = chat_messages(request(UserMessage("what is <|end|>?")), "mine/m")
    assert sent[-1] == {"role": "user", "content": "what is <¦|end|>?"}
    read = decoder()
    pieces = ["it is <", "¦|end|>", " <"]
    chunks = [delta(content=piece) for piece in pieces] + [delta("stop")]
    events = [event for chunk in chunks for event in read.feed_body(chunk)] + read.close()
    assert text_of(events) == "it is <|end|> <"


def test_other_models_get_the_text_as_it_is() -> None:
    sent = chat_messages(request(UserMessage("<|end|>"), model="qwen3"), "mine/m")
    assert sent[-1] == {"role": "user", "content": "<|end|>"}


# ── how a call arrives ───────────────────────────────────────────────────────

PATH = '{"path":"a"}'
READY = ("read_file", {"path": "a"})


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param([[called("", index=0, id="c")], [called(PATH, None, index=0)]], READY, id="in pieces"),
        pytest.param([[called(PATH, id="c")]], READY, id="whole, without index"),
        pytest.param([[called(PATH)]], READY, id="whole, without index and id"),
        pytest.param([[called(PATH, index=0, id=None)]], READY, id="null id"),
        pytest.param([[called({"path": "a"}, index=0, id="c")]], READY, id="arguments as an object"),
        pytest.param(
            [[called('{"path"', index=0, id="c")], [called(':"a"}', index=0, id="c")]], READY, id="name and id repeated"
        ),
        pytest.param([[called('{"path"')], [called(':"a"}')]], READY, id="name repeated, no index, no id"),
        pytest.param(
            [[called("", index=0, id="x1")], [called(PATH, index=0, id="x2")]], READY, id="a new id in every piece"
        ),
        pytest.param([[called(PATH, id="c"), called('{"path":"b"}', id="d")]], READY, id="two, without index"),
        pytest.param([[called(PATH)], [called('{"path":"b"}')]], READY, id="two, without index and id"),
        pytest.param(
            [[called(PATH, index=0, id="c")], [called('{"path":"b"}', index=0, id="d")]], READY, id="two, both index 0"
        ),
        pytest.param(
            [
                [called('{"path"', index=0, id="c")],
                [called('{"path"', index=1, id="d")],
                [called(':"a"}', None, index=0)],
                [called(':"b"}', None, index=1)],
            ],
            READY,
            id="two, interleaved",
        ),
        pytest.param(
            [[called('{"path"', id="c")], [called('{"path":"b"}', id="d")], [called(':"a"}', id="c")]],
            READY,
            id="two, interleaved by id",
        ),
        pytest.param([[called("", "now", index=0, id="c")]], ("now", {}), id="empty arguments"),
        pytest.param([[called(None, "now", index=0, id="c")]], ("now", {}), id="null arguments"),
        pytest.param([[called(PATH, "functions.read_file", index=0, id="c")]], READY, id="with a namespace"),
        pytest.param([[called(PATH, None, index=0, id="c")]], READY, id="name lost, one tool fits"),
    ],
)
@pytest.mark.parametrize("finish", ["tool_calls", "stop"])
async def test_a_call_is_gathered_however_it_arrives(entries: list[Any], expected: object, finish: str) -> None:
    events = await answer(*[delta(tool_calls=each) for each in entries], delta(finish))
    call = call_of(events)
    assert isinstance(call, CallReady), events
    assert (call.call.name, call.call.arguments) == expected
    assert call.call.id
    assert end_of(events).reason == "tool_call"


@pytest.mark.parametrize(
    ("entries", "finish", "reason"),
    [
        pytest.param([called(PATH, "launch", index=0)], "tool_calls", "unknown_tool", id="unknown tool"),
        pytest.param([called('{"path":"a', index=0)], "length", "truncated", id="cut by the limit"),
        pytest.param([called('{"path":"a"', index=0)], "content_filter", "truncated", id="cut by a filter"),
        pytest.param([called('{"path":NaN}', index=0)], "tool_calls", "not_json", id="NaN"),
        pytest.param([called('{"file":1}', index=0)], "tool_calls", "schema", id="wrong arguments"),
        pytest.param([called("", index=0)], "tool_calls", "schema", id="nothing where something is required"),
        pytest.param(["read_file"], "tool_calls", None, id="no object"),
        pytest.param([{"index": "x", "function": "f"}], "tool_calls", None, id="wrong types"),
    ],
)
async def test_a_call_without_a_single_reading_is_rejected(entries: list[Any], finish: str, reason: str | None) -> None:
    events = await answer(delta(tool_calls=entries), delta(finish))
    call = call_of(events)
    assert isinstance(call, CallRejected)
    assert reason is None or call.reason == reason


async def test_progress_tells_of_the_first_call_only() -> None:
    events = await answer(
        delta(tool_calls=[called("", index=0, id="c")]),
        delta(tool_calls=[called('{"pa', None, index=0)]),
        delta(tool_calls=[called("{}", "now", index=1, id="d")]),
        delta(tool_calls=[called('th":"a"}', None, index=0)]),
        delta("tool_calls"),
    )
    progress = [event for event in events if isinstance(event, CallProgress)]
    assert "".join(event.text for event in progress) == PATH
    assert {event.name for event in progress} == {"read_file"}


async def test_the_old_function_call_field_is_a_call() -> None:
    events = await answer(
        delta(function_call={"name": "read_file", "arguments": ""}),
        delta(function_call={"arguments": PATH}),
        delta("function_call"),
    )
    assert isinstance(call_of(events), CallReady)


# ── reasoning and content ────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("chunks", "thought", "text"),
    [
        pytest.param([{"reasoning": "T"}, {"content": "A"}], "T", "A", id="reasoning"),
        pytest.param([{"reasoning_content": "T"}, {"content": "A"}], "T", "A", id="reasoning_content"),
        pytest.param([{"reasoning": "T", "reasoning_content": "T"}, {"content": "A"}], "T", "A", id="both, shown once"),
        pytest.param([{"content": "<think>T</think>A"}], "T", "A", id="think inside content"),
        pytest.param(
            [{"content": piece} for piece in "<think>T</think>\n\nA"], "T", "A", id="think, in single characters"
        ),
        pytest.param([{"content": "<thin"}], "", "<thin", id="almost think"),
        pytest.param([{"content": "a <think>b</think>"}], "", "a <think>b</think>", id="think further down is text"),
        pytest.param([{"content": "<think>T"}], "T", "", id="think that never ends"),
        pytest.param(
            [{"content": "<|channel|>analysis<|message|>T<|end|><|start|>assistant<|channel|>final<|message|>A"}],
            "T",
            "A",
            id="Harmony",
        ),
        pytest.param(
            [{"content": "", "refusal": None}, {"content": None}, {"refusal": "No."}], "", "No.", id="refusal"
        ),
    ],
)
async def test_reasoning_and_text_are_told_apart(chunks: list[dict[str, Any]], thought: str, text: str) -> None:
    events = await answer(*[delta(**chunk) for chunk in chunks], delta("stop"))
    assert (thought_of(events), text_of(events)) == (thought, text)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f"<|channel|>commentary to=functions.read_file <|constrain|>json<|message|>{PATH}", id="Harmony"),
        pytest.param(
            f"Reading.<|end|><|start|>assistant<|channel|>commentary to=functions.read_file<|message|>{PATH}",
            id="Harmony after text",
        ),
        pytest.param('{"name":"read_file","arguments":{"path":"a"}}', id="one object"),
    ],
)
async def test_a_call_left_in_the_content_is_found_and_not_shown(content: str) -> None:
    events = await answer(*[delta(content=character) for character in content], delta("stop"))
    call = call_of(events)
    assert isinstance(call, CallReady)
    assert call.call.arguments == {"path": "a"}
    assert "taken out of the text" in call.repairs
    assert "functions" not in text_of(events)
    assert "arguments" not in text_of(events)


async def test_an_answer_that_quotes_harmony_is_text() -> None:
    quoted = "The header `<|channel|>commentary to=functions.read_file<|message|>` names the tool."
    events = await answer(delta(content=quoted), delta("stop"))
    assert call_of(events) is None
    assert text_of(events) == quoted


async def test_without_tools_nothing_is_a_call() -> None:
    read = ChatDecoder(provider(), request(tools=()), "mine/m")
    events = await played([sse(delta(content='{"name":"x","arguments":{}}'), delta("stop"))], read)
    assert call_of(events) is None
    assert not [event for event in events if isinstance(event, TextCorrected)]


async def test_the_name_of_the_reasoning_is_kept_for_the_way_back() -> None:
    events = await answer(delta(reasoning_content="T"), delta("stop", content="A"))
    assert end_of(events).replay == Replay("mine/m", "reasoning_content")


# ── the end ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("finish", "reason"),
    [("stop", "stop"), ("length", "length"), ("content_filter", "filtered"), ("tool_calls", "stop"), ("eos", "stop")],
)
async def test_the_finish_reason_says_how_it_ended(finish: str, reason: str) -> None:
    assert end_of(await answer(delta(content="A"), delta(finish))).reason == reason


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        pytest.param({"prompt_tokens": 9, "completion_tokens": 3}, Usage(9, None, 3), id="two counts"),
        pytest.param(
            {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 0}}, Usage(9, 0), id="nothing cached"
        ),
        pytest.param({"completion_tokens_details": {"reasoning_tokens": 4}}, Usage(reasoning_tokens=4), id="reasoning"),
        pytest.param({"prompt_tokens": "9", "prompt_tokens_details": []}, Usage(), id="wrong types"),
        pytest.param(None, Usage(), id="none"),
    ],
)
async def test_usage_is_what_the_server_counted(usage: object, expected: Usage) -> None:
    events = await answer(delta("stop", content="A"), {"choices": [], "usage": usage})
    assert end_of(events).usage == expected


async def test_llama_cpp_tells_times_and_what_came_from_the_cache() -> None:
    timings = {"cache_n": 90, "prompt_ms": 250.0, "predicted_ms": 1000}
    events = await answer(
        delta("stop", content="A"), {"choices": [], "usage": {"prompt_tokens": 99}, "timings": timings}
    )
    assert end_of(events).usage == Usage(99, 90, prompt_seconds=0.25, output_seconds=1.0)


async def test_a_stream_without_done_is_complete_when_a_finish_reason_came() -> None:
    assert end_of(await answer(delta(content="A"), delta("stop"), done=False)).reason == "stop"


async def test_an_end_marker_without_its_blank_line_is_one() -> None:
    body = sse(delta("stop", content="A")).rstrip()
    assert end_of(await played([body], decoder(needs_done=True))).reason == "stop"


@pytest.mark.parametrize(
    ("chunks", "done", "options"),
    [
        pytest.param([], False, {}, id="nothing"),
        pytest.param([delta(content="A")], False, {}, id="no finish reason"),
        pytest.param([delta(content="A")], True, {}, id="no finish reason, but DONE"),
        pytest.param([delta("stop", content="A")], False, {"needs_done": True}, id="no DONE where it always comes"),
        pytest.param([delta(), {"choices": []}], False, {}, id="an empty chunk, then the end"),
        pytest.param([delta(tool_calls=[called(PATH, index=0)])], True, {}, id="a whole call and no finish reason"),
    ],
)
async def test_a_stream_without_its_end_marker_is_cut_off(chunks: list[object], done: bool, options: Any) -> None:
    events = await answer(*chunks, done=done, **options)
    assert isinstance(error_of(events), StreamCut)
    assert call_of(events) is None


# ── errors in a stream, and bodies that are none ─────────────────────────────


@pytest.mark.parametrize(
    ("chunk", "kind", "words"),
    [
        pytest.param({"error": {"message": "boom", "code": 502}}, ServerFailed, "boom", id="object"),
        pytest.param({"error": "boom"}, ServerFailed, "boom", id="string"),
        pytest.param('event: error\ndata: {"message": "boom"}\n\n', ServerFailed, "boom", id="named event"),
        pytest.param(
            'event: error\ndata: {"error": {"message": "boom"}}\n\n', ServerFailed, "boom", id="named, object"
        ),
        pytest.param({"error": {"message": "slow down", "code": 429}}, Busy, "slow down", id="rate limit by number"),
        pytest.param({"error": {"message": "x", "code": "rate_limit_exceeded"}}, Busy, "x", id="rate limit by name"),
        pytest.param({"error": {"message": "x", "code": "invalid_api_key"}}, Unauthorized, "x", id="key"),
        pytest.param({"error": {"message": "x", "code": "model_not_found"}}, ModelMissing, "x", id="model"),
        pytest.param(
            {"error": {"message": "long", "code": "context_length_exceeded"}}, WindowOverflow, "long", id="overflow"
        ),
        pytest.param(
            {"choices": [{"finish_reason": "error", "error": {"message": "boom"}}]},
            ServerFailed,
            "boom",
            id="in a choice",
        ),
        pytest.param({"choices": [{"finish_reason": "abort"}]}, ServerFailed, "finish_reason abort", id="aborted"),
        pytest.param("data: [1]\n\n", UnexpectedAnswer, "[1]", id="a list"),
        pytest.param("data: {oops\n\n", UnexpectedAnswer, "{oops", id="no JSON"),
        pytest.param('data: {"x":NaN}\n\n', UnexpectedAnswer, '{"x":NaN}', id="NaN"),
    ],
)
async def test_an_error_in_the_stream_is_shown_in_the_servers_words(
    chunk: object, kind: type[BackendError], words: str
) -> None:
    events = await answer(delta(content="A"), chunk, delta("stop"))
    error = error_of(events)
    assert type(error) is kind
    assert error.server_words == words
    assert text_of(events) == "A"


async def test_a_call_that_the_server_could_not_parse_is_a_failed_sample() -> None:
    events = await answer(delta(reasoning="T"), {"error": {"message": "Failed to parse tool call: Unexpected end"}})
    call = call_of(events)
    assert isinstance(call, CallRejected)
    assert call.raw == "Failed to parse tool call: Unexpected end"
    assert end_of(events).reason == "tool_call"


async def test_a_json_body_instead_of_a_stream_is_the_answer() -> None:
    body = b'{"model":"m","choices":[{"message":{"content":"Hi","reasoning":"T"},"finish_reason":"stop"}],"usage":null}'
    events = await played([body[:30], body[30:]], decoder(needs_done=True))
    assert (thought_of(events), text_of(events), end_of(events).model) == ("T", "Hi", "m")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b'{"error":"Unexpected endpoint"}', "Unexpected endpoint", id="error with status 200"),
        pytest.param(b"<html><head><title>502 Bad Gateway</title></head></html>", "502 Bad Gateway", id="HTML"),
        pytest.param(b'["a"]', "a", id="a list"),
        pytest.param(b'{"choices":[{"mess', "", id="half a body"),
        pytest.param(b'{"models":[]}', "", id="something else"),
        pytest.param(b"", "", id="nothing"),
        pytest.param(b"  \r\n", "", id="blanks"),
    ],
)
async def test_a_foreign_body_is_an_error(body: bytes, words: str) -> None:
    events = await played([body], decoder())
    assert words in error_of(events).server_words


# ── laws ─────────────────────────────────────────────────────────────────────


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40), st.lists(st.integers(0, 40), max_size=6))
def test_content_reads_the_same_in_any_pieces(text: str, cuts: list[int]) -> None:
    def read(pieces: list[str]) -> tuple[str, str]:
        read = decoder()
        events = [event for piece in pieces for event in read.feed_body(delta(content=piece))]
        events += [*read.feed_body(delta("stop")), *read.close()]
        return thought_of(events), text_of(events)

    text = "<think>" + text if len(cuts) % 2 else text
    borders = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    assert read([text[a:b] for a, b in pairwise(borders)]) == read([text])


def test_nothing_after_done_counts() -> None:
    read = decoder()
    read.feed_body(delta("stop", content="A"))
    assert read.feed(ServerEvent('{"choices":[{"delta":{"content":"more"}}]}')) == []
