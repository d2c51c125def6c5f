"""A streaming answer while it is read: how long it may be silent, and how large it may grow.

Opens no connection and knows no HTTP client: it gets bytes as they arrive.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from time import monotonic

from backends.errors import Stalled, UnexpectedAnswer
from backends.frozen import frozen


@frozen
class Limits:
    """Seconds and bytes. `connect` covers all tries together; `pauses` lie between them."""

    connect: float = 5.0
    pauses: tuple[float, ...] = (0.1, 0.4)
    first_byte: float = 600.0
    idle: float = 120.0
    small_answer: float = 5.0
    small_body: int = 1024 * 1024
    turn_body: int = 64 * 1024 * 1024


class Answer:
    """A streaming answer whose head has arrived. Iterate `pieces()`; call `touch()` whenever an event meant something.

    The idle clock runs from the last `touch()`, so that a server that drips bytes without saying anything still stalls
    (THREATS.md S3). Before the first one the first-byte limit holds.
    """

    def __init__(
        self, headers: Mapping[str, str], body: AsyncIterator[bytes], name: str, limits: Limits, deadline: float
    ) -> None:
        """`body` raises StreamCut where the connection breaks; `deadline` is monotonic; `name` is the server's."""
        self.headers = headers
        self.content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        self._body = body
        self._name = name
        self._limits = limits
        self._deadline = deadline
        self._allowed = limits.first_byte

    def touch(self) -> None:
        self._allowed = self._limits.idle
        self._deadline = monotonic() + self._allowed

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The body as it arrives.

        Raises Stalled, StreamCut when the connection breaks, UnexpectedAnswer when it goes over the limit.
        """
        size = 0
        while (piece := await self._next()) is not None:
            size += len(piece)
            if size > self._limits.turn_body:
                raise too_large(self._name, self._limits.turn_body)
            yield piece

    async def _next(self) -> bytes | None:
        # checked here too, because a wait that never blocks is never interrupted
        remaining = self._deadline - monotonic()
        if remaining <= 0:
            raise stalled(self._name, self._allowed)
        try:
            async with asyncio.timeout(remaining):
                return await anext(self._body, None)
        except TimeoutError as error:
            raise stalled(self._name, self._allowed) from error


def stalled(name: str, seconds: float) -> Stalled:
    return Stalled(
        f"Nothing came from {name} for {seconds:.0f} s.",
        next_step="Look whether the server still works, then ask again.",
        seconds=seconds,
    )


def too_large(name: str, limit: int) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        f"The answer of {name} is larger than {limit / 1024 / 1024:.0f} MiB.",
        next_step="Check that base_url is the right server.",
    )
