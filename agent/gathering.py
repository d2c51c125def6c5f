"""The events of a stream as far as they are there, neighbouring pieces of one text as one.

A server that sends faster than anyone reads then costs its watchers a piece of work for each batch and not for each
token. Nothing is held back: what comes alone is passed on alone. Knows no server and no turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from itertools import groupby

from backends.events import CallProgress, ReasoningDelta, StreamEvent, TextDelta

MOST = 32
"""Events that are taken in one go: then who watches them has a turn, and everybody else on the event loop."""


async def gathered(events: AsyncGenerator[StreamEvent, None]) -> AsyncGenerator[StreamEvent, None]:
    """All of `events` in their order. Raises what they raise, behind what came before it.

    They are read by a task of their own, which is never more than `MOST` events ahead, waits while these are watched,
    and ends with this generator.
    """
    batch: list[StreamEvent] = []
    news, room = asyncio.Event(), asyncio.Event()

    async def read() -> None:
        try:
            async with aclosing(events):
                async for event in events:
                    batch.append(event)
                    news.set()
                    if len(batch) >= MOST:
                        room.clear()
                        await room.wait()
        finally:
            news.set()

    reading = asyncio.create_task(read())
    try:
        while batch or not reading.done():
            room.set()
            await news.wait()
            news.clear()
            taken = batch.copy()
            batch.clear()
            for event in joined(taken):
                yield event
        await reading
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)  # who left does not hear what it ended with


def joined(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
    """The same events with neighbouring pieces of one text, thought or call put together."""
    for (kind, name), group in groupby(events, _text_of_one):
        if kind is TextDelta:
            yield TextDelta("".join(event.text for event in group if isinstance(event, TextDelta)))
        elif kind is ReasoningDelta:
            yield ReasoningDelta("".join(event.text for event in group if isinstance(event, ReasoningDelta)))
        elif kind is CallProgress:
            yield CallProgress(name, "".join(event.text for event in group if isinstance(event, CallProgress)))
        else:
            yield from group


def _text_of_one(event: StreamEvent) -> tuple[type[StreamEvent], str]:
    return type(event), event.name if isinstance(event, CallProgress) else ""
