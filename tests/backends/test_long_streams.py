"""An answer of a million tokens, over a real connection, for each wire: it arrives whole, and memory holds its text.

How fast is measured by `make bench-decode`. The limit of 64 MiB for a turn (THREATS.md N4) holds some 300,000 tokens
as the servers write them, more than any window, and is raised here.
"""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

import pytest

from backends import Backend
from backends.answer import Limits
from backends.events import ReasoningDelta, StepEnd, TextDelta
from backends.lmstudio import LmStudioBackend
from backends.mlx import MlxBackend
from backends.ollama import OllamaBackend
from backends.openai import OpenAIBackend
from tests.backends.asking import provider, request
from tests.wire.replay import ReplayServer, Reply, json_reply, load

TOKENS = 1_000_000
BLOCK = 1_000
TOKEN = " word"
TEXT_COPIES = 8
"""Of the text at most, at the peak: what came so far, grown by half, and joined at the end for the look at a call."""


@dataclass(frozen=True)
class Wire:
    """How one server writes an answer: what comes before, with each token, and at its end."""

    connect: Callable[[str], Backend]
    route: str
    token: str
    end: str
    start: str = ""
    model: str = "gpt-oss:20b"

    def reply(self, tokens: int) -> Reply:
        block = (self.token * BLOCK).encode()
        pieces = (self.start.encode(), *[block] * (tokens // BLOCK), self.end.encode())
        return Reply(headers=(("Content-Type", "text/event-stream"),), pieces=pieces)


def line(**fields: object) -> str:
    return json.dumps(fields) + "\n"


def event(**fields: object) -> str:
    return f"data: {json.dumps(fields)}\n\n"


def chunk(model: str, finish: str | None = None, **delta: str) -> str:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model}
    return event(**head, choices=[{"index": 0, "delta": delta, "finish_reason": finish}])


def completion(text: str, finish: str | None = None) -> str:
    head = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "gpt-oss-20b"}
    return event(**head, choices=[{"index": 0, "text": text, "finish_reason": finish}])


LIMITS = Limits(turn_body=1 << 30)
DONE = "data: [DONE]\n\n"
OLLAMA_END = line(message={"role": "assistant"}, done=True, done_reason="stop", eval_count=TOKENS)
LOGPROB = {"token": TOKEN, "logprob": -0.5, "bytes": list(TOKEN.encode())}
STUDIO = "openai/gpt-oss-20b"

WIRES = {
    "ollama": Wire(
        lambda url: OllamaBackend(provider("ollama", url), LIMITS, logprobs=False),
        "POST /api/chat",
        line(model="gpt-oss:20b", message={"role": "assistant", "content": TOKEN}, done=False),
        OLLAMA_END,
    ),
    "ollama with logprobs": Wire(
        lambda url: OllamaBackend(provider("ollama", url), LIMITS),
        "POST /api/chat",
        line(model="gpt-oss:20b", message={"role": "assistant", "content": TOKEN}, done=False, logprobs=[LOGPROB]),
        OLLAMA_END,
    ),
    "lmstudio": Wire(
        lambda url: LmStudioBackend(provider("lmstudio", f"{url}/v1"), LIMITS),
        "POST /v1/chat/completions",
        chunk(STUDIO, content=TOKEN),
        chunk(STUDIO, "stop") + DONE,
        model=STUDIO,
    ),
    "mlx": Wire(
        lambda url: MlxBackend(provider("mlx", f"{url}/v1"), LIMITS),
        "POST /v1/completions",
        completion(TOKEN),
        completion("", "stop") + DONE,
        start=completion("<|channel|>") + completion("final") + completion("<|message|>"),
    ),
    "chat completions": Wire(
        lambda url: OpenAIBackend(provider("openai", f"{url}/v1"), LIMITS),
        "POST /v1/chat/completions",
        chunk("m", content=TOKEN),
        chunk("m", "stop") + DONE,
    ),
    "responses": Wire(
        lambda url: OpenAIBackend(provider("openai", f"{url}/v1", "responses"), LIMITS),
        "POST /v1/responses",
        event(type="response.output_text.delta", output_index=0, content_index=0, delta=TOKEN),
        event(type="response.completed", response={"status": "completed", "output": []}),
    ),
}

FACTS = {
    "GET /api/ps": load("ollama", "ps_empty").reply(),
    "POST /api/show": load("ollama", "show_gpt_oss").reply(),
    "GET /api/v1/models": load("lmstudio", "api_v1_models").reply(),
    "GET /v1/models": json_reply({"object": "list", "data": [{"id": "gpt-oss:20b", "object": "model", "created": 1}]}),
}


@pytest.mark.parametrize("name", WIRES)
@pytest.mark.parametrize("tokens", [3_000, pytest.param(TOKENS, marks=pytest.mark.nightly)])
async def test_a_long_answer_arrives_whole_and_memory_holds_only_its_text(name: str, tokens: int) -> None:
    wire = WIRES[name]
    arrived, said = 0, None
    async with ReplayServer({**FACTS, wire.route: wire.reply(tokens)}) as server:
        backend = wire.connect(server.url)
        async with aclosing(backend.stream(request(model=wire.model))) as events:
            async for said in events:
                if isinstance(said, TextDelta | ReasoningDelta):
                    arrived += len(said.text)
                    if arrived == tokens // 10 * len(TOKEN):
                        tracemalloc.start()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        await backend.aclose()
    assert isinstance(said, StepEnd)
    assert arrived == tokens * len(TOKEN)
    assert peak < TEXT_COPIES * tokens * len(TOKEN) + 4 * 1024 * 1024
