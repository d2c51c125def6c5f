"""Runs the turns of a session, one at a time, and keeps what the person typed meanwhile.

Knows no widget: events are handed on to `show`, in order, on the event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from agent.config.profiles import Profile
from agent.decisions import Decision, Inbox, Steer
from agent.events import ContextUse, StepStarted, ToolFinished, TurnEnded, TurnEvent, TurnOutcome, TurnStarted
from backends.frozen import frozen
from tui.conversation.courtesy import Courtesy
from tui.conversation.enclosures import Enclosures

OWN_COMMAND = "!"
"""A message that begins so is a command of the person, run here and now."""

SLICE_SECONDS, PAUSE_SECONDS = 0.002, 0.001
"""How long (CPU) events of one burst may hold the loop, and how long they then leave it alone. A key takes some turns
of the loop from the terminal to the screen: with one turn after each slice it would wait for several slices."""


@frozen
class Unsent:
    """What the model has not got yet: `said` goes with the next step of the turn, `queued` after its end."""

    said: tuple[str, ...] = ()
    queued: tuple[str, ...] = ()


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

    @property
    def profile(self) -> Profile: ...
    @profile.setter
    def profile(self, profile: Profile) -> None: ...
    @property
    def totals(self) -> Totals: ...

    def turn(self, prompt: str, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]: ...
    def compact(self) -> AsyncGenerator[TurnEvent, None]: ...
    async def context(self) -> ContextUse: ...
    async def switch(self, profile: Profile) -> None: ...
    async def aclose(self) -> None: ...


class Turns:
    """One turn at a time; messages that come meanwhile wait in `queue`.

    `heard` gets what was said to the running turn when the model has it. `give_back` gets, in their order, the messages
    that a turn which ended without an answer leaves unsent.
    """

    def __init__(
        self,
        show: Callable[[TurnEvent], None],
        heard: Callable[[str], None],
        give_back: Callable[[Sequence[str]], None],
        folder: Path = Path(),
        enclosures: Enclosures | None = None,
        courtesy: Courtesy | None = None,
    ) -> None:
        self.queue: list[str] = []
        self.is_running = False
        self._show = show
        self._heard = heard
        self._give_back = give_back
        self._folder = folder
        self._enclosures = enclosures or Enclosures()
        self._courtesy = courtesy or Courtesy()
        self._said: list[str] = []
        self._inbox = Inbox()
        self._is_listening = False

    async def run(self, talk: Talk, prompt: str | None) -> None:
        """Run one turn, or the person's own command (`!make`); None only makes room in the window.

        Cancelling this cancels it, and it is shown so.
        """
        self.is_running = self._is_listening = True
        self._inbox = Inbox()
        try:
            if prompt is None:
                await self._watch(talk.compact())
            elif prompt.startswith(OWN_COMMAND):
                await self._watch(self._own(prompt[len(OWN_COMMAND) :].strip()))
            else:
                await self._watch(self._turn(talk, prompt))
        finally:
            self.is_running = self._is_listening = False

    def decide(self, decision: Decision) -> None:
        self._inbox.send(decision)

    def steer(self, written: str) -> bool:
        """Say `written` to the running turn, whole, with its next step; False when the turn hears nothing any more."""
        if self._is_listening:
            self._said.append(written)
            self._inbox.send(Steer(self._enclosures.whole(written)))
        return self._is_listening

    @property
    def unsent(self) -> Unsent:
        heard = len(self._said) - len(self._inbox.steering)
        return Unsent(tuple(self._said[heard:]), tuple(self.queue))

    def take_back(self) -> str:
        """What is unsent, as one text; nothing is then."""
        self.queue[:0] = self._take_unheard()
        text = "\n\n".join(self.queue)
        self.queue.clear()
        return text

    async def _turn(self, talk: Talk, written: str) -> AsyncGenerator[TurnEvent, None]:
        """The turn as it is shown: with the message as it was written, not with what is enclosed."""
        async with aclosing(talk.turn(self._enclosures.send(written), self._inbox)) as events:
            async for event in events:
                if isinstance(event, TurnEnded) and event.is_unsent:
                    self._enclosures.take_reports_back()
                    self.queue.insert(0, written)
                yield replace(event, prompt=written) if isinstance(event, TurnStarted) else event

    async def _own(self, command: str) -> AsyncGenerator[TurnEvent, None]:
        from agent.processes.own_command import run_own

        async with aclosing(run_own(command, self._folder)) as events:
            async for event in events:
                if isinstance(event, ToolFinished):
                    self._enclosures.hand_in(command, event.text)
                yield event

    async def _watch(self, events: AsyncGenerator[TurnEvent, None]) -> None:
        started = time.thread_time()
        try:
            async with aclosing(events):
                async for event in events:
                    self._tell(event)
                    if wait := self._courtesy.seconds():
                        await asyncio.sleep(wait)
                    if time.thread_time() - started > SLICE_SECONDS:
                        await asyncio.sleep(PAUSE_SECONDS)
                        started = time.thread_time()
        except asyncio.CancelledError:
            if self._is_listening:
                self._tell(TurnEnded("cancelled"))
            raise

    def _tell(self, event: TurnEvent) -> None:
        if isinstance(event, StepStarted | TurnEnded):
            self._hear()
        self._show(event)
        if isinstance(event, TurnEnded):
            self._end(event.outcome)

    def _end(self, outcome: TurnOutcome) -> None:
        """What the turn did not hear any more, and what waits, goes on after an answer; else the person has it back.

        Here and not when the turn is put away: what is typed after its end is meant for the next one.
        """
        self._is_listening = False
        self.queue[:0] = self._take_unheard()
        if outcome != "answered" and self.queue:
            unsent, self.queue = self.queue, []
            self._give_back(unsent)

    def _hear(self) -> None:
        """What the turn took since the last step stands in the conversation from here on."""
        unheard = self.unsent.said
        heard, self._said = self._said[: len(self._said) - len(unheard)], [*unheard]
        for written in heard:
            self._heard(written)

    def _take_unheard(self) -> list[str]:
        self._hear()
        self._inbox.take_steering()
        unheard, self._said = self._said, []
        return unheard
