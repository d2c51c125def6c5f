"""The only door to the network: one HTTP client for one origin, with limits on time and size.

Nothing is taken from the environment, no redirect is followed, no encoded body is read, nothing is sent again once a
connection stands. Knows no wire format beyond "a small JSON body" and "a stream of bytes".
"""

# ruff: noqa: E402  (what httpx is to leave out is said before it is imported)
from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from time import monotonic
from typing import TypeAlias

# httpx imports its own command-line client when it can, with click and rich: a third of its start, and never used here.
sys.modules.setdefault("httpx._main", None)  # pyright: ignore[reportArgumentType]

import httpx

from backends.address import Origin, headers_of, origin_of, proxy_of
from backends.answer import Answer, Limits, stalled, too_large
from backends.decode import parse_json
from backends.errors import BackendError, RequestRefused, StreamCut, UnexpectedAnswer, Unreachable
from backends.failures import error_for_status, hide_secrets, plain_line, secrets_of, without_secrets
from backends.taping import Playing, Taping
from backends.types import JsonObject, JsonValue, Provider

ParticularError: TypeAlias = Callable[[int, str], BackendError | None]


class Transport:
    """The connection to one provider. `start_hint` is what to do when nobody listens there.

    `particular` gets status and body text of an error answer first, and returns the error when only this kind of server
    means it so. Paths start with `/` and are appended to the provider's base URL; a full URL is taken if its origin is
    the same.
    """

    def __init__(
        self,
        provider: Provider,
        start_hint: str = "",
        limits: Limits | None = None,
        particular: ParticularError | None = None,
    ) -> None:
        self._provider = provider
        self._particular = particular
        self._start_hint = start_hint or "Start the server, or correct base_url."
        self._limits = limits or Limits()
        self._origin = origin_of(provider)
        self._client: httpx.AsyncClient | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port, without anything secret: to build URLs beside `base_url`, and for messages."""
        return str(self._origin)

    async def get_json(self, path: str, *, wait: float | None = None) -> JsonValue:
        """A small JSON answer within `wait` seconds (5 unless told). A status of 300 or more is raised."""
        return await self._small("GET", path, None, wait)

    async def post_json(self, path: str, body: JsonObject, *, wait: float | None = None) -> JsonValue:
        return await self._small("POST", path, body, wait)

    async def delete(self, path: str, body: JsonObject, *, wait: float | None = None) -> None:
        await self._small_body("DELETE", path, body, wait)

    async def get_text(self, path: str, *, wait: float | None = None) -> str:
        """A small answer as text, for the greetings that are not JSON."""
        return (await self._small_body("GET", path, None, wait)).decode(errors="replace")

    @asynccontextmanager
    async def stream(
        self, path: str, body: JsonObject, *, idle: float | None = None, size: int | None = None
    ) -> AsyncGenerator[Answer, None]:
        """A POST whose answer is read as it arrives. Leaving the block closes the connection, which stops the server.

        A status of 300 or more is raised as the error it means. No byte within the first-byte limit: Stalled. `idle`
        (seconds) and `size` (bytes) replace the limits for answers that are slow or long by nature.
        """
        limits = replace(
            self._limits,
            idle=self._limits.idle if idle is None else idle,
            turn_body=self._limits.turn_body if size is None else size,
        )
        patience = self._limits.first_byte
        deadline = monotonic() + patience
        try:
            async with asyncio.timeout(patience):
                response = await self._send("POST", path, body)
        except TimeoutError as error:
            raise stalled(self._provider.name, patience) from error
        try:
            if response.status_code >= 300:
                raise await self._error(response)
            yield Answer(response.headers, _body(response, self._provider.name), self._provider.name, limits, deadline)
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    # ── requests ─────────────────────────────────────────────────────────────

    async def _small(self, method: str, path: str, body: JsonObject | None, wait: float | None) -> JsonValue:
        data = await self._small_body(method, path, body, wait)
        try:
            return parse_json(data.decode())
        except (UnicodeDecodeError, UnexpectedAnswer) as error:
            raise UnexpectedAnswer(
                f"{self._provider.name} at {self._origin} did not answer {path} with JSON.",
                hide_secrets(plain_line(data[:500].decode(errors="replace")), self._provider),
                "Check that base_url is the right server.",
            ) from error

    async def _small_body(self, method: str, path: str, body: JsonObject | None, wait: float | None) -> bytes:
        seconds = self._limits.small_answer if wait is None else wait
        try:
            async with asyncio.timeout(seconds):
                response = await self._send(method, path, body)
                try:
                    if response.status_code >= 300:
                        raise await self._error(response)
                    return await self._read(response, self._limits.small_body)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise self._unreachable(f"did not answer within {seconds:.0f} s") from error
        except httpx.TransportError as error:
            raise StreamCut(f"The connection to {self._provider.name} broke in the middle of an answer.") from error

    async def _send(self, method: str, path: str, body: JsonObject | None) -> httpx.Response:
        """The answer's head. Connecting is tried again after a refusal; a request that went out is not."""
        request = self._request(method, path, body)
        client = self._open_client()
        for pause in (*self._limits.pauses, None):
            try:
                return await self._checked(await client.send(request, stream=True))
            except httpx.ConnectTimeout as error:
                raise self._unreachable(f"accepted no connection within {self._limits.connect:.0f} s") from error
            except httpx.ConnectError as error:
                if pause is None:
                    raise self._unreachable(f"cannot be reached ({_cause(error)})") from error
                await asyncio.sleep(pause)
            except httpx.TransportError as error:
                raise self._unreachable("closed the connection without an answer") from error
        raise AssertionError("the last try returns or raises")

    def _request(self, method: str, path: str, body: JsonObject | None) -> httpx.Request:
        headers = {"Accept": "*/*"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = encode_body(body)
        try:
            return self._open_client().build_request(method, self._url(path), headers=headers, content=content)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise RequestRefused(
                f"The address of {self._provider.name} cannot be asked: {plain_line(str(error))}.",
                next_step="Correct base_url and query_params.",
                parameter="base_url",
            ) from error

    def _url(self, path: str) -> str:
        url = self._provider.base_url + path if path.startswith("/") else path
        try:
            is_same = Origin.of(url) == self._origin
        except ValueError:
            is_same = False
        if not is_same:
            raise RequestRefused(f"{plain_line(path)} is not at {self._origin}, the only address of this provider.")
        return url

    def _open_client(self) -> httpx.AsyncClient:
        if self._client is None:
            provider = self._provider
            self._client = httpx.AsyncClient(
                headers={"User-Agent": "oss-tui", **headers_of(provider), "Accept-Encoding": "identity"},
                params=dict(provider.query),
                transport=self._carrier(),
                trust_env=False,
                follow_redirects=False,
                timeout=httpx.Timeout(None, connect=self._limits.connect, write=60.0),
            )
        return self._client

    def _carrier(self) -> httpx.AsyncBaseTransport:
        """What requests go through: the network, a tape that listens to it, or a tape in its place."""
        if self._provider.player is not None:
            return Playing(self._provider.player)
        network = httpx.AsyncHTTPTransport(
            # certificates take 30 ms to load, and this client never leaves its one origin
            verify=self._origin.scheme == "https",
            proxy=proxy_of(self._provider),
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=4, keepalive_expiry=30.0),
        )
        tape = self._provider.tape
        return network if tape is None else Taping(network, tape, secrets_of(self._provider))

    # ── answers ──────────────────────────────────────────────────────────────

    async def _checked(self, response: httpx.Response) -> httpx.Response:
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding in ("", "identity"):
            return response
        await response.aclose()
        raise UnexpectedAnswer(
            f"{self._provider.name} sent a body encoded as {plain_line(encoding)}, though it was asked not to.",
            next_step="Switch off compression in the server or in the proxy before it.",
        )

    async def _read(self, response: httpx.Response, limit: int) -> bytes:
        body = bytearray()
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > limit:
                raise too_large(self._provider.name, limit)
        return bytes(body)

    async def _error(self, response: httpx.Response) -> BackendError:
        """The error that a status means. A body that breaks off, is slow or too long costs its words only."""
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.small_answer):
                async for piece in response.aiter_raw():
                    body += piece
                    if len(body) > self._limits.small_body:
                        break
        except (httpx.TransportError, TimeoutError):
            pass
        particular = self._particular(response.status_code, body.decode(errors="replace")) if self._particular else None
        error = particular or error_for_status(response.status_code, response.headers, bytes(body), self._provider)
        return without_secrets(error, self._provider)

    def _unreachable(self, why: str) -> Unreachable:
        return Unreachable(
            f"{self._provider.name} at {self._origin} {why}.", next_step=self._start_hint, address=self.origin
        )


async def _body(response: httpx.Response, name: str) -> AsyncGenerator[bytes, None]:
    try:
        async for piece in response.aiter_raw():
            yield piece
    except httpx.TransportError as error:
        raise StreamCut(
            f"The connection to {name} broke before the answer was complete.",
            next_step="Look whether the server still runs, then ask again.",
        ) from error


def encode_body(body: JsonObject) -> bytes:
    """The request body: compact ASCII JSON, keys in the order given, so that equal requests are equal bytes."""
    return json.dumps(body, separators=(",", ":"), allow_nan=False).encode()


def _cause(error: BaseException) -> str:
    """The innermost reason of a failed connection in words: what the system said, without the layers between."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    number = error.errno if isinstance(error, OSError) else None
    return plain_line(os.strerror(number) if number and number > 0 else str(error)).lower() or "no connection"
