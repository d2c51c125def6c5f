"""Lines of /api/chat to events, on recordings of the real server: every cut, every bad end, every broken call."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from backends.decode import JsonLines
from backends.errors import BackendError, ServerFailed, StreamCut, UnexpectedAnswer
from backends.events import (
    CallProgress,
    CallReady,
    CallRejected,
    ReasoningDelta,
    StepEnd,
    StreamEvent,
    TextCorrected,
    TextDelta,
)
from backends.ollama.answer import AnswerReader
from backends.types import JsonObject, ToolSpec
from tests.backends.ollama.scenes import TOOLS, recorded, with_known_ids
from tests.wire.replay import cuts, in_one_piece


@dataclass
class Outcome:
    """What a reader made of a body: its events, and the error or the cut that ended it."""

    events: list[StreamEvent] = field(default_factory=list[StreamEvent])
    error: tuple[type[BackendError], str] | None = None

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def reasoning(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, ReasoningDelta))

    @property
    def is_complete(self) -> bool:
        return any(isinstance(event, StepEnd) for event in self.events)


def read(pieces: list[bytes], tools: tuple[ToolSpec, ...] = TOOLS) -> Outcome:
    lines, reader, outcome = JsonLines(), AnswerReader(tools, "Ollama"), Outcome()
    try:
        for piece in pieces:
            for line in lines.feed(piece):
                outcome.events += reader.feed(line)
        if not reader.is_done:
            raise reader.cut(lines.close())
    except BackendError as error:
        outcome.error = (type(error), str(error))
    outcome.events = with_known_ids(outcome.events)
    return outcome


def answer(*messages: JsonObject, tools: tuple[ToolSpec, ...] = TOOLS, reason: str = "stop") -> Outcome:
    """The events of an answer made of these messages, the last of them on the `done` line."""
    reader, outcome = AnswerReader(tools, "Ollama"), Outcome()
    for index, message in enumerate(messages):
        is_last = index == len(messages) - 1
        line: JsonObject = {"model": "m", "message": {"role": "assistant", **message}, "done": is_last}
        outcome.events += reader.feed(line | {"done_reason": reason} if is_last else line)
    return outcome


def calls_in(outcome: Outcome) -> list[CallReady]:
    return [event for event in outcome.events if isinstance(event, CallReady)]


# ── cuts ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name", ["chat_tool_call", "chat_plain", "chat_preamble_then_tool_call", "chat_malformed_tool_call"]
)
def test_a_stream_without_its_end_is_never_complete_and_no_call_runs_from_a_prefix(name: str) -> None:
    body = recorded(name).body
    for size in cuts(body):
        outcome = read([body[:size]])
        assert not outcome.is_complete
        assert not calls_in(outcome)
        assert outcome.error is not None
        assert outcome.error[0] in (StreamCut, ServerFailed, UnexpectedAnswer)


# ── what arrives ─────────────────────────────────────────────────────────────


def test_thinking_and_content_arrive_as_they_were_streamed() -> None:
    outcome = read(in_one_piece(recorded("chat_plain").body))
    assert outcome.reasoning == "The user said hi. Keep it short."
    assert outcome.text == "Hi there. Ready when you are."


def test_the_end_tells_what_the_step_cost_in_seconds_and_tokens() -> None:
    end = read(in_one_piece(recorded("chat_plain").body)).events[-1]
    assert isinstance(end, StepEnd)
    assert (end.reason, end.model) == ("stop", "gpt-oss:20b")
    assert (end.usage.prompt_tokens, end.usage.output_tokens, end.usage.cached_tokens) == (45, 22, None)
    assert end.usage.prompt_seconds == 0.15


@pytest.mark.parametrize("name", ["chat_length_while_thinking", "generation_hits_context"])
def test_an_answer_that_ran_out_of_room_says_so(name: str) -> None:
    end = read(in_one_piece(recorded(name).body)).events[-1]
    assert isinstance(end, StepEnd)
    assert end.reason == "length"


def test_a_call_comes_with_the_servers_id_and_ends_the_step() -> None:
    outcome = answer({"tool_calls": [{"id": "call_1", "function": {"name": "read_file", "arguments": {"path": "a"}}}]})
    call, end = outcome.events
    assert isinstance(call, CallReady)
    assert (call.call.id, call.call.name, call.call.arguments, call.repairs) == (
        "call_1",
        "read_file",
        {"path": "a"},
        (),
    )
    assert isinstance(end, StepEnd)
    assert end.reason == "tool_call"


def test_only_the_first_call_counts() -> None:
    calls: list[JsonObject] = [{"id": n, "function": {"name": "read_file", "arguments": {"path": n}}} for n in "abc"]
    outcome = answer({"tool_calls": [calls[0], calls[1]]}, {"tool_calls": [calls[2]]})
    assert [ready.call.id for ready in calls_in(outcome)] == ["a"]


def test_a_call_under_a_known_alias_is_mended_and_named() -> None:
    function: JsonObject = {"name": "repo_browser.read_file", "arguments": {"file_path": "a"}}
    outcome = answer({"tool_calls": [{"id": "x", "function": function}]})
    assert calls_in(outcome)[0].call.arguments == {"path": "a"}
    assert calls_in(outcome)[0].repairs


@pytest.mark.parametrize(
    "function",
    [
        pytest.param({"name": "launch", "arguments": {}}, id="unknown tool"),
        pytest.param({"name": "read_file", "arguments": {"path": 1.5e300, "x": []}}, id="does not fit"),
        pytest.param({"name": "read_file"}, id="no arguments"),
        pytest.param({}, id="nothing"),
        pytest.param({"name": 7, "arguments": []}, id="wrong types"),
    ],
)
def test_a_call_without_a_safe_reading_is_rejected_and_the_step_still_ends(function: JsonObject) -> None:
    outcome = answer({"tool_calls": [{"function": function}]})
    assert [type(event) for event in outcome.events] == [CallRejected, StepEnd]


def test_protected_control_tokens_come_back_as_they_were() -> None:
    outcome = answer(
        {"thinking": "a <¦|end|> b <"},
        {"thinking": "¦|call|>"},
        {"content": "use <"},
        {"content": "¦|end|>"},
        {"tool_calls": [{"id": "x", "function": {"name": "read_file", "arguments": {"path": "<¦|end|>"}}}]},
    )
    assert outcome.reasoning == "a <|end|> b <|call|>"
    assert outcome.text == "use <|end|>"
    assert calls_in(outcome)[0].call.arguments == {"path": "<|end|>"}


def test_a_call_that_leaked_into_the_content_is_taken_out_of_it() -> None:
    leaked = '<|channel|>commentary to=functions.read_file <|constrain|>json<|message|>{"path":"a"}<|call|>'
    outcome = answer({"content": leaked}, {"content": ""})
    assert calls_in(outcome)[0].call.arguments == {"path": "a"}
    assert outcome.text == ""


def test_an_answer_without_words_ends_without_words() -> None:
    assert [type(event) for event in answer({"content": ""}).events] == [StepEnd]


@pytest.mark.parametrize(
    "message",
    [
        pytest.param({"content": None, "thinking": 3}, id="wrong types"),
        pytest.param({"content": ["a"], "tool_calls": "x"}, id="lists and strings"),
        pytest.param({"tool_calls": [None, 1]}, id="calls that are none"),
    ],
)
def test_fields_of_the_wrong_kind_do_no_harm(message: JsonObject) -> None:
    assert [type(event) for event in answer(message).events] == [StepEnd]


# ── calls that the server could not parse ────────────────────────────────────


def test_a_call_in_an_error_line_is_mended() -> None:
    outcome = read(in_one_piece(recorded("chat_malformed_tool_call").body), (TOOLS[0], TOOLS[1]))
    assert calls_in(outcome)[0].call.arguments == {"path": "broken.md"}
    assert isinstance(outcome.events[-1], StepEnd)


@pytest.mark.parametrize("name", ["chat_tool_call_cut_by_num_predict", "chat_tool_call_empty_arguments"])
def test_a_call_that_was_cut_or_is_empty_is_rejected(name: str) -> None:
    outcome = read(in_one_piece(recorded(name).body))
    assert [type(event) for event in outcome.events[-2:]] == [CallRejected, StepEnd]


def tokens(*texts: str) -> list[JsonObject]:
    return [
        {"message": {"content": ""}, "done": False, "logprobs": [{"token": text, "bytes": [*text.encode()]}]}
        for text in texts
    ]


def test_logprobs_show_a_call_while_it_is_written() -> None:
    outcome = read(in_one_piece(recorded("chat_tool_call_logprobs_progress").body))
    progress = [event for event in outcome.events if isinstance(event, CallProgress)]
    assert {event.name for event in progress} == {"write_file"}
    assert "".join(event.text for event in progress).startswith('{"path":"notes.md","text":"line of code')
    assert calls_in(outcome)[0].call.name == "write_file"


def test_logprobs_give_back_the_name_of_a_call_that_the_server_lost() -> None:
    reader = AnswerReader(TOOLS, "Ollama")
    head = (
        "<|channel|>",
        "commentary",
        " to=",
        "functions.",
        "write_file",
        " ",
        "<|constrain|>",
        "json",
        "<|message|>",
    )
    for line in tokens(*head, '{"path":"a","text":"b"}', "]"):
        reader.feed(line)
    events = reader.feed({"error": 'error parsing tool call: raw=\'{"path":"a","text":"b"}]\', err=invalid character'})
    assert isinstance(events[0], CallReady)
    assert (events[0].call.name, events[0].call.arguments) == ("write_file", {"path": "a", "text": "b"})


def test_a_character_spread_over_two_tokens_is_put_together() -> None:
    reader = AnswerReader(TOOLS, "Ollama")
    for line in tokens("<|channel|>", "commentary to=functions.read_file", "<|message|>"):
        reader.feed(line)
    halves = [[0xE2, 0x82], [0xAC]]
    events = [
        event
        for half in halves
        for event in reader.feed({"message": {}, "logprobs": [{"token": "�", "bytes": [*half]}]})
    ]
    assert "".join(event.text for event in events if isinstance(event, CallProgress)) == "€"


# ── bad ends ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        pytest.param("chat_engine_crash_midstream", ServerFailed, "unexpected EOF", id="engine crash"),
        pytest.param("chat_repeated_token_abort", StreamCut, "over and over", id="repeated token"),
        pytest.param("chat_client_disconnect", StreamCut, "before it was complete", id="connection lost"),
    ],
)
def test_a_bad_end_says_what_happened_and_keeps_what_came(name: str, kind: type[BackendError], says: str) -> None:
    outcome = read(in_one_piece(recorded(name).body))
    assert outcome.error is not None
    assert outcome.error[0] is kind
    assert says in outcome.error[1]
    assert outcome.text
    assert not outcome.is_complete


def test_text_that_quotes_a_call_is_text() -> None:
    outcome = answer({"content": 'To read a file, call `read_file` with `{"path": "a"}` and wait.'})
    assert [type(event) for event in outcome.events] == [TextDelta, StepEnd]
    assert not any(isinstance(event, TextCorrected) for event in outcome.events)
