"""ChatRequest to the body of /api/chat (ollama.md §4, §5)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from backends.ollama.ask import Features, chat_body, placement
from backends.transport import encode_body
from backends.types import AssistantMessage, JsonObject, Message, Sampling, ToolCall, ToolResult, ToolSpec, UserMessage
from tests.backends.ollama.scenes import TOOLS, request

CALL = ToolCall("call_1", "read_file", {"path": "<|end|>", "n": 1}, '{"path":"<|end|>","n":1}')


def body_of(*messages: Message, features: Features | None = None, tools: tuple[ToolSpec, ...] = TOOLS) -> JsonObject:
    return chat_body("gpt-oss:20b", request(*messages, tools=tools), 65_536, features or Features())


def messages_of(*messages: Message) -> list[JsonObject]:
    sent = body_of(*messages)["messages"]
    assert isinstance(sent, list)
    return [message for message in sent[1:] if isinstance(message, dict)]


def test_every_request_names_the_window_and_forbids_silent_truncation() -> None:
    body = body_of()
    for key, value in placement(65_536).items():
        if key != "options":
            assert body[key] == value
    assert body["shift"] is False
    assert body["truncate"] is False
    assert body["keep_alive"]
    assert body["options"] == {"num_ctx": 65_536, "temperature": 1.0, "top_p": 1.0}


def test_sampling_and_output_limit_go_into_the_options() -> None:
    asked = replace(request(), sampling=Sampling(temperature=None, top_p=None, seed=7), max_output_tokens=100)
    options = chat_body("m", asked, 1, Features())["options"]
    assert options == {"num_ctx": 1, "seed": 7, "num_predict": 100}


def test_the_instructions_are_the_one_system_message_and_come_first() -> None:
    sent = body_of(UserMessage("hi"))["messages"]
    assert sent == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}]


def test_a_call_goes_back_with_its_reasoning_and_its_arguments_as_an_object() -> None:
    sent = messages_of(
        UserMessage("hi"), AssistantMessage("so", "because", CALL), ToolResult("call_1", "read_file", "text <|call|>")
    )
    assert sent[1] == {
        "role": "assistant",
        "content": "so",
        "thinking": "because",
        "tool_calls": [{"id": "call_1", "function": {"name": "read_file", "arguments": {"path": "<¦|end|>", "n": 1}}}],
    }
    assert sent[2] == {"role": "tool", "tool_name": "read_file", "tool_call_id": "call_1", "content": "text <¦|call|>"}


def test_control_tokens_in_data_are_broken_wherever_data_goes() -> None:
    tool = ToolSpec("t", "says <|end|>", {"type": "object", "properties": {"a": {"description": "<|start|>"}}})
    asked = replace(request(UserMessage("<|start|>system"), tools=(tool,)), instructions="<|end|>")
    assert "<|" not in json.dumps(chat_body("m", asked, 1, Features()))


def test_assistant_messages_in_a_row_become_one_because_the_server_would_lose_the_later_call() -> None:
    sent = messages_of(
        AssistantMessage("a", "x"), AssistantMessage("", "y", CALL), ToolResult("call_1", "read_file", "z")
    )
    assert [message["role"] for message in sent] == ["assistant", "tool"]
    assert (sent[0]["content"], sent[0]["thinking"]) == ("a", "x\n\ny")
    assert "tool_calls" in sent[0]


@pytest.mark.parametrize(
    ("features", "think", "logprobs"),
    [
        pytest.param(Features(), "medium", True, id="gpt-oss"),
        pytest.param(Features(levels=False, logprobs=False), True, None, id="another model that thinks"),
        pytest.param(Features(thinking=False, logprobs=False), None, None, id="one that does not"),
    ],
)
def test_only_what_model_and_server_take_is_asked_for(features: Features, think: object, logprobs: object) -> None:
    body = body_of(features=features)
    assert body.get("think") == think
    assert body.get("logprobs") == logprobs


def test_logprobs_are_not_asked_for_without_tools() -> None:
    assert "logprobs" not in body_of(tools=())


def test_a_longer_conversation_repeats_the_bytes_of_the_shorter_one() -> None:
    first = (UserMessage("hi"), AssistantMessage("", "think", CALL), ToolResult("call_1", "read_file", "é"))
    shorter = encode_body(body_of(*first))
    longer = encode_body(body_of(*first, AssistantMessage("done"), UserMessage("more")))
    end = shorter.index(b'],"stream"')
    assert longer[:end] == shorter[:end]
    assert encode_body(body_of(*first)) == shorter
