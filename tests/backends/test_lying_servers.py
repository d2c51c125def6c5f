"""Servers that lie: every answer of theirs with a field missing, twice, of another kind or far too large.

Whatever is asked of them, it ends as it should or in an error of ours (THREATS.md S5, S6, S8).
"""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from backends import connect
from backends.chat_completions import chat_usage
from backends.errors import BackendError
from backends.events import CallReady, CallRejected, StepEnd, StreamEvent
from backends.failures import overflow_in
from backends.lmstudio.failures import error_in_words
from backends.mlx.folders import find_local
from backends.ollama.answer import AnswerReader
from backends.openai.dialects import overflow
from backends.tape import Played
from backends.types import BackendKind, Usage, WireApi
from tests.backends.asking import provider, request

MODEL = "openai/gpt-oss-20b"
LIES: list[Any] = [
    *(None, True, -1, 10**400, 2**63, 1e308, "", "\ud83d", "a\0b", "~nobody/x", "o/na\0me", "x" * 5000, "../../etc"),
    *([], {}, [[]], [None], [1, "a"], {"a": None}, {"error": 1}, "[DONE]", "<|start|>", "\u202e\x1b[31m"),
]
CALL = {"name": "read_file", "arguments": '{"path":"a"}'}
CHAT = [
    {"model": MODEL, "choices": [{"index": 0, "delta": {"reasoning": "hm"}, "finish_reason": None}]},
    {"choices": [{"index": 0, "delta": {"content": "hi"}}]},
    {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "c", "function": CALL}]}}]},
    {
        "choices": [{"delta": {}, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 1},
        "timings": {"prompt_ms": 1},
    },
]
RESPONSES = [
    {"type": "response.reasoning_text.delta", "output_index": 0, "content_index": 0, "delta": "hm"},
    {
        "type": "response.output_item.done",
        "output_index": 0,
        "item": {"type": "reasoning", "content": [{"text": "hm"}]},
    },
    {"type": "response.output_item.added", "output_index": 1, "item": {"type": "function_call", "name": "read_file"}},
    {"type": "response.output_item.done", "output_index": 1, "item": {"type": "function_call", "call_id": "c", **CALL}},
    {"type": "response.completed", "response": {"status": "completed", "output": [], "usage": {"input_tokens": 1}}},
]
OLLAMA = [
    {"message": {"thinking": "hm"}, "done": False, "logprobs": [{"token": "hm", "bytes": [104, 109]}]},
    {"message": {"content": "hi"}, "done": False},
    {"message": {"tool_calls": [{"id": "c", "function": {"name": "read_file", "arguments": {"path": "a"}}}]}},
    {"message": {}, "done": True, "done_reason": "stop", "prompt_eval_count": 1, "eval_duration": 1},
]
HARMONY = [
    {"system_fingerprint": "0.32-x", "choices": [{"index": 0, "text": "<|channel|>analysis<|message|>hm<|end|>"}]},
    {"choices": [{"text": '<|start|>assistant<|channel|>commentary to=functions.read_file<|message|>{"path":"a"}'}]},
    {"choices": [{"text": "<|call|>", "finish_reason": "stop"}], "usage": {"prompt_tokens": 1}},
]
LOADED = {"id": MODEL, "config": {"context_length": 65536}}
TRUTHS: dict[BackendKind, dict[str, Any]] = {
    "ollama": {
        "/api/version": {"version": "0.33"},
        "/api/tags": {
            "models": [{"name": "gpt-oss:20b", "details": {"context_length": 131072}, "capabilities": ["tools"]}]
        },
        "/api/ps": {"models": [{"name": "gpt-oss:20b", "context_length": 65536}]},
        "/api/show": {
            "details": {"family": "gptoss"},
            "model_info": {"general.architecture": "gptoss", "gptoss.context_length": 131072},
        },
        "/api/chat": OLLAMA,
        "/api/pull": [{"status": "pulling", "digest": "d", "total": 10, "completed": 5}, {"status": "success"}],
    },
    "lmstudio": {
        "/lmstudio-greeting": {"lmstudio": True},
        "/api/v1/models": {"models": [{"type": "llm", "key": MODEL, "variants": [], "loaded_instances": [LOADED]}]},
        "/api/v0/models": {"data": [{"id": MODEL, "state": "loaded", "loaded_context_length": 65536}]},
        "/api/v1/models/load": {"instance_id": MODEL, "load_config": {"context_length": 65536}},
        "/api/v1/models/unload": {"instance_id": MODEL},
        "/api/v1/models/download": {"job_id": "j", "status": "completed", "total_size_bytes": 3},
        "/v1/chat/completions": CHAT,
    },
    "mlx": {
        "/health": {"status": "ok"},
        "/v1/models": {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 1}]},
        "/v1/completions": HARMONY,
    },
    "openai": {
        "/v1/models": {"data": [{"id": MODEL, "owned_by": "llamacpp", "max_model_len": 65536}]},
        "/props": {"default_generation_settings": {"n_ctx": 4096}},
        "/v1/chat/completions": CHAT,
        "/v1/responses": RESPONSES,
    },
}


class Liar:
    """Answers as the server does, but for a few places; what it does not know is answered with status 200 too."""

    def __init__(self, truths: dict[str, Any], random: Random) -> None:
        self._truths, self._random = truths, random

    def play(self, method: str, path: str) -> Played:
        if path not in self._truths:
            return Played(200, "application/json", b'{"error":"Unexpected endpoint or method."}')
        said = self._bent(copy.deepcopy(self._truths[path]))
        if not isinstance(self._truths[path], list):
            return Played(200, "application/json", json.dumps(said).encode())
        lines = [json.dumps(line) for line in (said if isinstance(said, list) else [said])]
        if path.startswith("/api/"):
            return Played(200, "application/x-ndjson", "".join(f"{line}\n" for line in lines).encode())
        digits = "9" * self._random.choice((1, 5000))
        comment = f": keepalive {digits}/{digits}\n\n" if self._random.random() < 0.2 else ""
        events = [*(f"data: {line}\n\n" for line in lines), "data: [DONE]\n\n"]
        return Played(200, "text/event-stream", (comment + "".join(events)).encode())

    def _bent(self, value: Any) -> Any:
        for _ in range(self._random.choice((0, 1, 1, 2, 4))):
            if not (places := _places(value)):
                break
            holder, key = self._random.choice(places)
            lie = copy.deepcopy(self._random.choice(LIES))
            match self._random.randrange(8):
                case 0:
                    del holder[key]
                case 1 if isinstance(holder, list):
                    holder.insert(key, copy.deepcopy(holder[key]))
                case 1:
                    holder["error"] = lie
                case _:
                    holder[key] = lie
        return value


def _places(value: Any) -> list[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [(value, key) for key in keys] + [place for key in keys for place in _places(value[key])]


async def _all(events: AsyncGenerator[Any, None]) -> list[Any]:
    async with aclosing(events):
        return [event async for event in events]


async def _answer(events: AsyncGenerator[StreamEvent, None]) -> None:
    heard = await _all(events)
    assert [event for event in heard if isinstance(event, StepEnd)] == heard[-1:]
    assert sum(isinstance(event, CallReady | CallRejected) for event in heard) <= 1


@pytest.mark.parametrize(
    ("kind", "wire"),
    [("ollama", "chat"), ("lmstudio", "chat"), ("mlx", "chat"), ("openai", "chat"), ("openai", "responses")],
)
async def test_whatever_a_server_says_ends_well_or_in_an_error_of_ours(kind: BackendKind, wire: WireApi) -> None:
    asked = request(model=MODEL)
    base_url = "http://127.0.0.1:9/v1" if kind == "openai" else "http://127.0.0.1:9"
    for seed in range(40):
        liar = Liar(TRUTHS[kind], Random(seed))
        backend = connect(replace(provider(kind, base_url, wire), player=liar))
        questions: list[Callable[[], Awaitable[object]]] = [
            backend.server,
            backend.models,
            lambda: backend.resolve(MODEL),  # noqa: B023
            lambda: backend.window(MODEL, 65536),  # noqa: B023
            lambda: _all(backend.load(MODEL, 65536)),  # noqa: B023
            lambda: backend.unload(MODEL),  # noqa: B023
            lambda: _all(backend.pull(MODEL)),  # noqa: B023
            lambda: _answer(backend.stream(asked)),  # noqa: B023
        ]
        for question in questions:
            with suppress(BackendError):
                await question()
        await backend.aclose()


HUGE = "9" * 5000


def test_counts_and_times_that_nothing_has_are_not_told() -> None:
    huge = 10**400
    ollama = AnswerReader((), "S").feed({"done": True, "prompt_eval_count": huge, "eval_duration": huge})
    assert ollama[-1] == StepEnd("stop")
    assert chat_usage({"prompt_tokens": huge}, {"prompt_ms": huge, "predicted_ms": -1}) == Usage()


@pytest.mark.parametrize(
    "words",
    [
        f"request ({HUGE} tokens) exceeds the available context size ({HUGE} tokens)",
        f"n_prompt_tokens: {HUGE}, n_ctx: {HUGE}",
        f"maximum context length is {HUGE} tokens, you asked for {HUGE} tokens",
        f"input has {HUGE} tokens, but the context length only supports {HUGE}",
        f"n_keep: {HUGE} >= n_ctx: {HUGE}",
        f"length {HUGE} is longer than the maximum model length of {HUGE}",
        f"prompt is too long: {HUGE} tokens > {HUGE} maximum",
    ],
)
def test_sizes_that_nothing_has_are_not_believed(words: str) -> None:
    for error in (overflow_in(words, "S"), overflow(words, "S"), error_in_words(400, words, provider())):
        assert error is None or len(str(error)) < 1000


@pytest.mark.parametrize(
    "name", ["~nobody-here/x", "org/na\0me", "/na\0me", "org/\ud800", "x/" * 5000, "/" + "x" * 300]
)
def test_a_listed_name_that_cannot_be_a_folder_is_no_local_model(name: str) -> None:
    assert find_local(name) is None
