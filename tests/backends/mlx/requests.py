"""Requests and servers as the tests of the MLX backend need them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from backends.events import StreamEvent
from backends.mlx import MlxBackend
from backends.types import ChatRequest, Message, Provider, ToolSpec, UserMessage
from tests.wire.replay import Exchange, ReplayServer, Reply, Route, json_reply, load

READ_FILE = ToolSpec(
    "read_file",
    "Read a text file.",
    {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
)
HEALTHY = load("mlx", "health").reply()
GPT_OSS = load("mlx", "models").reply()
OTHER_MODEL = json_reply({"object": "list", "data": [{"id": "/models/qwen", "object": "model", "created": 1}]})


def chat(*messages: Message, model: str = "default_model", tools: tuple[ToolSpec, ...] = (READ_FILE,)) -> ChatRequest:
    return ChatRequest(model, "Be brief.", messages or (UserMessage("hello"),), tools)


def serving(routes: Mapping[str, Route]) -> ReplayServer:
    return ReplayServer({"GET /health": HEALTHY, "GET /v1/models": GPT_OSS, **routes})


def connected(server: ReplayServer, path: str = "/v1") -> MlxBackend:
    return MlxBackend(Provider("mlx", "mlx", "MLX", server.url + path))


async def heard(backend: MlxBackend, request: ChatRequest) -> list[StreamEvent]:
    return [event async for event in backend.stream(request)]


def as_completion(exchange: Exchange) -> Reply:
    """A recorded chat answer with its pieces of content as the pieces of a completion, all else as recorded."""
    lines: list[str] = []
    for line in exchange.body.decode().splitlines(keepends=True):
        if line.startswith("data: {"):
            chunk: dict[str, Any] = json.loads(line.removeprefix("data: "))
            for choice in chunk["choices"]:
                choice["text"] = choice.pop("delta", {}).get("content", "")
            line = f"data: {json.dumps(chunk)}\n"
        lines.append(line)
    return Reply(exchange.status, (("Content-Type", "text/event-stream"),), ("".join(lines).encode(),))
