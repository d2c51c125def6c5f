"""The two ways to slip under the transport: a tape that listens to it, and one that answers instead of a server.

Neither opens a connection. A tape is never told a header or a query, and what an answer quotes of them is masked, so
that no key gets into it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import cast

import httpx

from backends.tape import Player, Recording, Tape


class Taping(httpx.AsyncBaseTransport):
    """Hands requests on to `inner`, and tells the tape."""

    def __init__(self, inner: httpx.AsyncBaseTransport, tape: Tape, secrets: Sequence[str]) -> None:
        self._inner = inner
        self._tape = tape
        self._secrets = [secret.encode() for secret in secrets]

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
            response.stream = _Listening(cast("httpx.AsyncByteStream", response.stream), recording, Mask(self._secrets))
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Listening(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, recording: Recording, mask: Mask) -> None:
        self._inner = inner
        self._recording = recording
        self._mask = mask

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._inner:
            self._recording.received(self._mask.feed(piece))
            yield piece

    async def aclose(self) -> None:
        self._recording.received(self._mask.close())
        self._recording.ended()
        await self._inner.aclose()


class Mask:
    """Stars in place of secrets, in bytes that come cut anywhere; as many, so that lengths stay true."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._secrets = secrets
        self._most_held = max((len(secret) - 1 for secret in secrets), default=0)
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """What cannot be the beginning of a secret any more."""
        data = self._held + data
        for secret in self._secrets:
            data = data.replace(secret, b"*" * len(secret))
        end = max(0, len(data) - self._most_held)
        self._held = data[end:]
        return data[:end]

    def close(self) -> bytes:
        held, self._held = self._held, b""
        return held


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
