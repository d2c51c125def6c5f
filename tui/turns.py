"""Runs the turns of a session, one at a time, and keeps what the person typed meanwhile.

Knows no widget: events are handed on to `show`, in order, on the event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Protocol

from agent.decisions import Decision, Inbox
from agent.events import ContextUse, TurnEnded, TurnEvent
from agent.profiles import Profile

SLICE_SECONDS = 0.004
"""How long events that arrive in one burst may hold the loop before keys get their turn (PERFORMANCE.md)."""


class Totals(Protocol):
    """What a session has cost, in tokens as the servers counted them."""

    @property
    def steps(self) -> int: ...
    @property
    def prompt_tokens(self) -> int: ...
    @property
    def cached_tokens(self) -> int: ...
    @property
    def output_tokens(self) -> int: ...


class Talk(Protocol):
    """The part of `agent.session.Session` that the screens use."""

    profile: Profile

    @property
    def totals(self) -> Totals: ...

    def turn(self, prompt: str, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]: ...
    async def context(self) -> ContextUse: ...
    async def switch(self, profile: Profile) -> None: ...
    async def aclose(self) -> None: ...


class Turns:
    """One turn at a time; messages that come meanwhile wait in `queue`."""

    def __init__(self, show: Callable[[TurnEvent], None]) -> None:
        self.queue: list[str] = []
        self.is_running = False
        self._show = show
        self._inbox = Inbox()

    async def run(self, talk: Talk, prompt: str) -> None:
        """Run one turn. Cancelling this cancels it, and it is shown as cancelled."""
        self.is_running = True
        try:
            await self._turn(talk, prompt)
        finally:
            self.is_running = False

    def decide(self, decision: Decision) -> None:
        self._inbox.send(decision)

    def take_back(self) -> str:
        """What was queued, as one text; the queue is empty then."""
        text = "\n\n".join(self.queue)
        self.queue.clear()
        return text

    async def _turn(self, talk: Talk, prompt: str) -> None:
        self._inbox = Inbox()
        started = time.monotonic()
        try:
            async with aclosing(talk.turn(prompt, self._inbox)) as events:
                async for event in events:
                    self._show(event)
                    if time.monotonic() - started > SLICE_SECONDS:
                        await asyncio.sleep(0)
                        started = time.monotonic()
        except asyncio.CancelledError:
            self._show(TurnEnded("cancelled"))
            raise
