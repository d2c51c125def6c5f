"""Waiting for what the program comes to, never for a span of time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

from tui.app import OssApp
from tui.screens.dialog import Dialog
from tui.widgets.keybar import KeyBar
from tui.widgets.status import StatusLine

PATIENCE = 60.0
"""Seconds; only what never comes to it takes so long."""


async def until(pilot: Pilot[Any], is_so: Callable[[], bool]) -> None:
    """Return once `is_so` holds; an AssertionError when it never does."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE
    while not is_so():
        assert loop.time() < end, f"never came to it; the screen is {pilot.app.screen}"
        await pilot.pause(0.01)


def tells_its_keys(pilot: Pilot[Any]) -> bool:
    """Whether what is on top says its keys: a question does once they count."""
    top = pilot.app.screen
    if isinstance(top, Dialog):
        return bool(top.query_one("#box").border_subtitle)
    asks = [line.facts.words == "the model asks" for line in top.query(StatusLine)]
    return not any([*asks, *(bar.is_quiet for bar in top.query(KeyBar))])


async def at_rest(pilot: Pilot[Any]) -> None:
    """Return once all that was begun is done: messages, tasks that need not wait for anything, threads."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE
    looks = 0
    while looks < _LOOKS:
        assert loop.time() < end, f"it never comes to rest; the screen is {pilot.app.screen}"
        await pilot.pause(0.01)
        looks = 0 if _threads_work(loop) or _keys_wait(pilot) else looks + 1


_LOOKS = 3
"""Each lets all that is ready run; one task may make another one ready, a paint a third."""


def _keys_wait(pilot: Pilot[Any]) -> bool:
    """Whether a key was pressed that has not come through yet."""
    return isinstance(pilot.app, OssApp) and pilot.app.has_keys_to_do


def _threads_work(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether something is still done beside the loop, such as reading a file."""
    pool = getattr(loop, "_default_executor", None)
    if pool is None:
        return False
    return pool._work_queue.qsize() > 0 or pool._idle_semaphore._value < len(pool._threads)
