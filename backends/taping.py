"""The two ways to slip under the transport: a tape that listens to it, and one that answers instead of a server.

Neither opens a connection. A tape is never told a header or a query, so no key gets into it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import httpx

from backends.tape import Player, Recording, Tape


class Taping(httpx.AsyncBaseTransport):
    """Hands requests on to `inner`, and tells the tape."""

    def __init__(self, inner: httpx.AsyncBaseTransport, tape: Tape) -> None:
        self._inner = inner
        self._tape = tape

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        recording = self._tape.begin(request.method, request.url.path, request.content)
        try:
            response = await self._inner.handle_async_request(request)
        except BaseException:
            recording.ended()
            raise
        recording.answered(response.status_code, response.headers.get("content-type", ""))
        if response.status_code >= 300:  # an error may quote the key that it refuses
            recording.ended()
        else:
            response.stream = _Listening(cast("httpx.AsyncByteStream", response.stream), recording)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Listening(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, recording: Recording) -> None:
        self._inner = inner
        self._recording = recording

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._inner:
            self._recording.received(piece)
            yield piece

    async def aclose(self) -> None:
        self._recording.ended()
        await self._inner.aclose()


class Playing(httpx.AsyncBaseTransport):
    """Answers from a player; nothing is sent."""

    def __init__(self, player: Player) -> None:
        self._player = player

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        played = self._player.play(request.method, request.url.path)
        headers = {"content-type": played.content_type}
        return httpx.Response(played.status, headers=headers, stream=_Kept(played.body))


class _Kept(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body
