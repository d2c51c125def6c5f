"""What mlx_lm.server really sent: the same events however it is cut, and nothing from a prefix."""

from __future__ import annotations

import pytest

from backends.decode import Comment, EventStream
from backends.errors import StreamCut
from backends.events import CallProgress, CallReady, ReasoningDelta, StepEnd, StreamEvent, TextDelta, Waiting
from backends.mlx.answer import CompletionReader
from backends.types import Provider, Replay, ToolCall, Usage
from tests.backends.mlx.requests import OTHER_MODEL, as_completion, chat, connected, heard, serving
from tests.wire.replay import Exchange, Reply, cuts, in_one_piece, in_random_pieces, in_single_bytes, load, names

PROVIDER = Provider("mlx", "mlx", "MLX", "http://localhost:8888")


def is_whole_stream(exchange: Exchange) -> bool:
    return exchange.status == 200 and b"data: [DONE]" in exchange.body


STREAMS = [name for name in names("mlx") if is_whole_stream(load("mlx", name))]
THOUGHT = "The user wants the file read. I call the tool first."


def joined(events: list[StreamEvent]) -> dict[str, object]:
    """Deltas of a kind as one text, and what came once; call ids differ from run to run."""
    calls = [
        (event.call.name, event.call.arguments_text, event.repairs) for event in events if isinstance(event, CallReady)
    ]
    return {
        "reasoning": "".join(event.text for event in events if isinstance(event, ReasoningDelta)),
        "text": "".join(event.text for event in events if isinstance(event, TextDelta)),
        "arguments": "".join(event.text for event in events if isinstance(event, CallProgress)),
        "waiting": [event for event in events if isinstance(event, Waiting)],
        "calls": calls,
        "end": [event for event in events if isinstance(event, StepEnd)],
    }


def read(pieces: list[bytes]) -> list[StreamEvent]:
    reader = CompletionReader(PROVIDER, chat(), "mlx:default_model")
    stream = EventStream()
    events = [
        event
        for piece in pieces
        for item in stream.feed(piece)
        if not isinstance(item, Comment) and not reader.is_done
        for event in reader.feed(item)
    ]
    return events + reader.close()


def completion(name: str) -> Reply:
    exchange = load("mlx", name)
    return exchange.reply(in_one_piece) if name == "completions_raw_prompt" else as_completion(exchange)


def test_there_are_recordings_to_read() -> None:
    assert len(names("mlx")) == 47
    assert len(STREAMS) > 12


@pytest.mark.parametrize("name", STREAMS)
def test_every_cut_of_a_recording_gives_the_same_events(name: str) -> None:
    body = completion(name).body
    whole = joined(read([body]))
    assert joined(read(in_single_bytes(body))) == whole
    for seed in range(20):
        assert joined(read(in_random_pieces(seed)(body))) == whole


@pytest.mark.parametrize("name", ["tool_call", "tool_call_recipient_first", "completions_raw_prompt"])
def test_a_recording_cut_at_any_byte_is_never_complete(name: str) -> None:
    body = completion(name).body
    for size in cuts(body.removesuffix(b"\n")):
        with pytest.raises(StreamCut):
            read([body[:size]])


async def test_a_tool_call_comes_with_its_reasoning_progress_and_replay() -> None:
    async with serving({"POST /v1/completions": completion("tool_call")}) as server:
        events = await heard(connected(server), chat())
    assert events[:2] == [Waiting("connecting"), Waiting("reading")]
    assert events[2:4] == [Waiting("reading", 353, 372), Waiting("reading", 371, 372)]
    ready = next(event for event in events if isinstance(event, CallReady))
    assert ready == CallReady(ToolCall(ready.call.id, "read_file", {"path": "README.md"}, '{"path": "README.md"}'))
    assert joined(events)["reasoning"] == THOUGHT
    assert joined(events)["arguments"] == '{"path": "README.md"}'
    raw = (
        f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>commentary "
        'to=functions.read_file <|constrain|>json<|message|>{"path": "README.md"}<|call|>'
    )
    assert events[-1] == StepEnd("tool_call", Usage(372, 0, 30), "default_model", Replay("mlx:default_model", raw))


@pytest.mark.parametrize(
    ("name", "text", "arguments"),
    [
        pytest.param(
            "tool_call_with_preamble", "I am going to look at the notes.", '{"path": "notes.txt"}', id="preamble"
        ),
        pytest.param("tool_call_recipient_first", "", None, id="recipient-first-without-arguments"),
        pytest.param("tool_call_stray_bracket", "", '{"path":"broken.md"}', id="stray-bracket"),
        pytest.param("chat_plain", "Hello from the tiny model.", None, id="plain"),
        pytest.param(
            "tool_result_cached_prefix", "Done. The file has a heading and three sections.", None, id="result"
        ),
    ],
)
def test_a_recorded_answer_reads_so(name: str, text: str, arguments: str | None) -> None:
    events = joined(read([completion(name).body]))
    calls = events["calls"]
    assert events["text"] == text
    assert isinstance(calls, list)
    assert [each[1] for each in calls] == ([arguments] if arguments else [])


def test_a_mended_call_has_no_replay_because_history_holds_what_ran() -> None:
    end = read([completion("tool_call_stray_bracket").body])[-1]
    assert isinstance(end, StepEnd)
    assert end.replay is None


def test_the_output_limit_is_told() -> None:
    end = read([completion("finish_length").body])[-1]
    assert isinstance(end, StepEnd)
    assert end.reason == "length"


def test_cached_tokens_are_told() -> None:
    end = read([completion("third_turn").body])[-1]
    assert isinstance(end, StepEnd)
    assert (end.usage.cached_tokens or 0) > 1000


@pytest.mark.parametrize("name", ["tool_call", "chat_plain", "tool_call_with_preamble"])
async def test_another_model_goes_through_the_chat_endpoint_and_may_still_leave_harmony_in_its_content(
    name: str,
) -> None:
    exchange = load("mlx", name)
    routes = {"GET /v1/models": OTHER_MODEL, "POST /v1/chat/completions": exchange.reply()}
    async with serving(routes) as server:
        events = joined(await heard(connected(server), chat()))
    by_completion = joined(read([completion(name).body]))
    assert (events["text"], events["reasoning"]) == (by_completion["text"], by_completion["reasoning"])
    assert isinstance(events["calls"], list)
    assert len(events["calls"]) == (0 if name == "chat_plain" else 1)
