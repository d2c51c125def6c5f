"""The face of `backends`: one protocol for every model server, and `connect` to get one.

Knows nothing of `agent` or `tui`. Import border types from `backends.types`, `backends.events`, `backends.errors`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol, runtime_checkable

from backends.events import StreamEvent, TransferProgress
from backends.types import ChatRequest, ModelInfo, Provider, ServerInfo, Window


class Backend(Protocol):
    """A model server. Every method raises `backends.errors.BackendError`; none retries after the first byte.

    Generators must be closed (`contextlib.aclosing`): closing one ends the HTTP request, which frees the server.
    """

    @property
    def provider(self) -> Provider: ...

    async def server(self) -> ServerInfo:
        """Who is there, told by content and never by HTTP status alone."""
        ...

    async def models(self) -> tuple[ModelInfo, ...]:
        """Models that can be asked for, loaded or not."""
        ...

    async def resolve(self, model: str) -> str:
        """The server's own name for a model known under another spelling; ModelMissing when it has none."""
        ...

    async def window(self, model: str, wanted: int) -> Window:
        """The window a request with `wanted` tokens would get: the loaded one where the client cannot set it."""
        ...

    def load(self, model: str, window: int) -> AsyncGenerator[TransferProgress, None]:
        """Load `model` with `window` tokens, raising the window of one already loaded; never a second copy."""
        ...

    async def unload(self, model: str) -> None: ...

    def pull(self, model: str) -> AsyncGenerator[TransferProgress, None]:
        """Download a model; ends normally only when it is complete."""
        ...

    def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Ask for the next message; see `backends.events` for the order of events."""
        ...

    async def aclose(self) -> None: ...


@runtime_checkable
class KeepsWindows(Protocol):
    """A server that can keep a window for good: in a model of its own, for every client that asks for it."""

    async def create_variant(self, name: str, source: str, window: int) -> None:
        """A model `name` that shares the weights of `source` and is loaded with `window` tokens."""
        ...


def connect(provider: Provider) -> Backend:
    """The backend for `provider.kind`. Imports only that one, and opens no connection yet."""
    match provider.kind:
        case "ollama":
            from backends.ollama import OllamaBackend

            return OllamaBackend(provider)
        case "mlx":
            from backends.mlx import MlxBackend

            return MlxBackend(provider)
        case "demo":
            from backends.demo import DemoBackend

            return DemoBackend(provider)
        case "lmstudio":
            from backends.lmstudio import LmStudioBackend

            return LmStudioBackend(provider)
        case "openai":
            from backends.openai import OpenAIBackend

            return OpenAIBackend(provider)


__all__ = ["Backend", "KeepsWindows", "connect"]
