"""Asking again when a server is busy and says for how long (THREATS.md S6). Knows no server and no wire format."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from backends.errors import Busy
from backends.events import StreamEvent, Waiting

LONGEST_WAIT = 30.0
"""Seconds that a server may ask for; beyond it the person decides."""

TRIES = 3


async def patiently(ask: Callable[[], AsyncGenerator[StreamEvent, None]]) -> AsyncGenerator[StreamEvent, None]:
    """The events of `ask()`, begun again after a Busy with its Retry-After, shown as waiting in a queue.

    Raises Busy after three tries, without a time, for a longer one, and when the answer had begun. Closing or
    cancelling it ends the wait at once.
    """
    tries = 0
    has_begun = False
    while True:
        tries += 1
        try:
            async with aclosing(ask()) as events:
                async for event in events:
                    has_begun = has_begun or not isinstance(event, Waiting)
                    yield event
        except Busy as busy:
            wait = busy.retry_after_seconds
            if wait is None or wait > LONGEST_WAIT or has_begun or tries == TRIES:
                raise
        else:
            return
        yield Waiting("queued")
        await asyncio.sleep(wait)
