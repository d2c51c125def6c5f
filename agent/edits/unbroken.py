"""Work that changes files runs to its end once it began; a cancellation that comes meanwhile is delivered after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


async def unbroken(work: Callable[[], _T]) -> _T:
    """Do `work` in a thread and wait for it, whatever comes; raises what it raises.

    A cancellation meanwhile is raised by the first await that comes after, so that what was done can be told before.
    """
    task = asyncio.current_task()
    assert task is not None
    running = asyncio.ensure_future(asyncio.to_thread(work))
    is_cancelled = False
    while not running.done():
        try:
            await asyncio.wait({running})
        except asyncio.CancelledError:
            is_cancelled = True
            task.uncancel()
    if is_cancelled:
        task.cancel()
    return running.result()
