"""A server that is busy and says for how long is asked again, visibly and not for ever (THREATS.md S6)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from backends.errors import Busy
from backends.events import StepEnd, StreamEvent, TextDelta, Waiting
from backends.patience import patiently


class BusyServer:
    """Raises Busy with these waits, one an attempt, and answers afterwards."""

    def __init__(self, *waits: float | None, says_first: StreamEvent | None = None) -> None:
        self._waits = list(waits)
        self._says_first = says_first
        self.asked = 0

    async def ask(self) -> AsyncGenerator[StreamEvent, None]:
        self.asked += 1
        if self._says_first:
            yield self._says_first
        if self._waits:
            raise Busy("busy", retry_after_seconds=self._waits.pop(0))
        yield StepEnd("stop")


async def events_of(server: BusyServer) -> list[StreamEvent]:
    async with aclosing(patiently(server.ask)) as events:
        return [event async for event in events]


async def test_a_free_server_is_asked_once() -> None:
    assert await events_of(BusyServer()) == [StepEnd("stop")]


async def test_a_busy_server_is_asked_again_when_it_said() -> None:
    server = BusyServer(0.0, 0.0)
    assert await events_of(server) == [Waiting("queued"), Waiting("queued"), StepEnd("stop")]
    assert server.asked == 3


@pytest.mark.parametrize(
    ("server", "asked"),
    [
        pytest.param(BusyServer(0.0, 0.0, 0.0), 3, id="three times busy"),
        pytest.param(BusyServer(None), 1, id="it does not say when"),
        pytest.param(BusyServer(30.5), 1, id="more than 30 s"),
        pytest.param(BusyServer(0.0, says_first=TextDelta("a")), 1, id="the answer had begun"),
    ],
)
async def test_patience_has_limits(server: BusyServer, asked: int) -> None:
    with pytest.raises(Busy):
        await events_of(server)
    assert server.asked == asked


async def test_a_sign_of_life_is_not_the_beginning_of_an_answer() -> None:
    server = BusyServer(0.0, says_first=Waiting("loading"))
    assert (await events_of(server))[-1] == StepEnd("stop")


async def test_the_wait_can_be_cancelled() -> None:
    server = BusyServer(29.0)
    task = asyncio.create_task(events_of(server))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert server.asked == 1
