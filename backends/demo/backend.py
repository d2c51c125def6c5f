"""The demo backend: starts the scripted server in this process when it is first asked, and talks to it as to Ollama."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from backends.demo.server import MODEL, DemoServer
from backends.events import StreamEvent, TransferProgress
from backends.ollama import OllamaBackend
from backends.types import ChatRequest, ModelInfo, Provider, ServerInfo, Window

SPEED_VARIABLE = "OSS_TUI_DEMO_SPEED"
"""Tokens per second; 0 means as fast as possible."""

_SPEED = 60.0


def speed_from(value: str | None) -> float:
    """The speed that the variable asks for; 60 tokens a second when it is missing or no number."""
    try:
        speed = float(value or "")
    except ValueError:
        return _SPEED
    return speed if 0 <= speed < float("inf") else _SPEED


class DemoBackend:
    """A provider with a base URL talks to a scripted server that already runs there, and starts none."""

    def __init__(self, provider: Provider, speed: float | None = None) -> None:
        self._provider = provider
        self._speed = speed_from(os.environ.get(SPEED_VARIABLE)) if speed is None else speed
        self._lock = asyncio.Lock()
        self._server: DemoServer | None = None
        self._ollama: OllamaBackend | None = None

    @property
    def provider(self) -> Provider:
        return self._provider

    async def aclose(self) -> None:
        if self._ollama is not None:
            await self._ollama.aclose()
        if self._server is not None:
            await self._server.aclose()
            self._provider = replace(self._provider, base_url="")
        self._ollama, self._server = None, None

    async def server(self) -> ServerInfo:
        info = await (await self._started()).server()
        return ServerInfo("demo", info.version, "a script, no model")

    async def models(self) -> tuple[ModelInfo, ...]:
        return await (await self._started()).models()

    async def resolve(self, model: str) -> str:
        """Always the script: a demonstration has no other model to offer."""
        return MODEL

    async def window(self, model: str, wanted: int) -> Window:
        return await (await self._started()).window(MODEL, wanted)

    async def load(self, model: str, window: int) -> AsyncGenerator[TransferProgress, None]:
        async with aclosing((await self._started()).load(MODEL, window)) as progress:
            async for step in progress:
                yield step

    async def unload(self, model: str) -> None:
        await (await self._started()).unload(MODEL)

    async def pull(self, model: str) -> AsyncGenerator[TransferProgress, None]:
        async with aclosing((await self._started()).pull(MODEL)) as progress:
            async for step in progress:
                yield step

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        backend = await self._started()
        async with aclosing(backend.stream(replace(request, model=MODEL))) as events:
            async for event in events:
                yield event

    async def _started(self) -> OllamaBackend:
        async with self._lock:
            if self._ollama is None:
                if not self._provider.base_url:
                    self._server = DemoServer(self._speed)
                    port = await self._server.start()
                    self._provider = replace(self._provider, base_url=f"http://127.0.0.1:{port}")
                self._ollama = OllamaBackend(self._provider)
            return self._ollama
