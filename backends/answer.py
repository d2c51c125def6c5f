"""A streaming answer while it is read: how long it may be silent, and how large it may grow.

Opens no connection and knows no HTTP client: it gets bytes as they arrive.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping
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
        self._watchdog = _Watchdog()

    def touch(self) -> None:
        self._allowed = self._limits.idle
        self._deadline = monotonic() + self._allowed

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The body as it arrives.

        Raises Stalled, StreamCut when the connection breaks, UnexpectedAnswer when it goes over the limit.
        """
        size = 0
        try:
            while (piece := await self._next()) is not None:
                size += len(piece)
                if size > self._limits.turn_body:
                    raise too_large(self._name, self._limits.turn_body)
                yield piece
        finally:
            self._watchdog.stop()

    async def _next(self) -> bytes | None:
        if self._deadline <= monotonic():  # a wait that never blocks is never interrupted
            raise stalled(self._name, self._allowed)
        try:
            return await self._watchdog.guard(anext(self._body, None), self._deadline)
        except TimeoutError as error:
            raise stalled(self._name, self._allowed) from error


class _Watchdog:
    """Ends a wait at its deadline, with one timer for all the waits of an answer.

    It looks, when it rings, how far the deadline has moved: a timer for each piece is an eighth of the cost of a flood.
    """

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: asyncio.Task[object] | None = None
        self._deadline = 0.0
        self._has_rung = False

    async def guard(self, wait: Awaitable[bytes | None], deadline: float) -> bytes | None:
        """What `wait` gives. Raises TimeoutError when `deadline`, of the monotonic clock as the loop has it, passes."""
        self._set(deadline)
        waiting = self._waiting = asyncio.current_task()
        assert waiting is not None
        cancelling = waiting.cancelling()
        try:
            return await wait
        except asyncio.CancelledError as error:
            if self._has_rung and waiting.uncancel() <= cancelling:
                raise TimeoutError from error
            raise
        finally:
            self._waiting = None

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _set(self, deadline: float) -> None:
        self._deadline = deadline
        if self._timer is None or deadline < self._timer.when():
            self.stop()
            self._timer = asyncio.get_running_loop().call_at(deadline, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._waiting is None:
            return  # the next wait sets it anew
        if self._deadline > monotonic():
            self._set(self._deadline)
        else:
            self._has_rung = True
            self._waiting.cancel()


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
