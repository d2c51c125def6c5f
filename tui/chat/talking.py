"""The conversation behind the screen: opened after the first paint, asked one turn at a time, stopped, shortened.

Owns the session's tasks. Draws nothing: what happens goes to the stage.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from textual.worker import Worker

from agent.decisions import AnswerNow, Decision, Steer
from agent.events import Notice
from backends.errors import BackendError
from tui import collector
from tui.chat.stage import Stage
from tui.conversation.enclosures import Enclosures
from tui.conversation.partner import Partner
from tui.conversation.services import Opened, Services
from tui.conversation.turns import OWN_COMMAND, Talk, Turns


class Host(Protocol):
    """The screen, as far as the conversation needs it."""

    def in_background(self, work: Callable[[], Coroutine[Any, Any, None]], group: str) -> Worker[None]:
        """A task of the screen, which ends with it, in the place of the one before of its group."""
        ...

    def later(self, do: Callable[[], Awaitable[None]]) -> None:
        """Do this when what the person did before is through, and before what they do next."""
        ...

    async def opened(self, opened: Opened) -> None: ...
    async def between_turns(self) -> None:
        """Do what had to wait for the turn's end, before the next message is sent."""
        ...

    def give_back(self, unsent: Sequence[str]) -> None:
        """Messages that were not sent are the person's again."""
        ...


class Talking:
    """One for a chat screen. `partner` is whom it is held with."""

    def __init__(
        self,
        host: Host,
        stage: Stage,
        services: Services,
        partner: Partner,
        folder: Path,
        enclosures: Enclosures,
    ) -> None:
        self.partner = partner
        self._host = host
        self._stage = stage
        self._services = services
        self._turns = Turns(stage.event, self._heard, self._give_back, folder, enclosures, stage.courtesy)
        self._turn: Worker[None] | None = None
        self._is_busy = False

    @property
    def is_running(self) -> bool:
        """A turn runs."""
        return self._turns.is_running

    @property
    def is_busy(self) -> bool:
        """A turn runs, or is about to: its worker has not begun yet."""
        return self._is_busy

    @property
    def queue(self) -> Sequence[str]:
        """The messages that wait for the turn's end, in order."""
        return self._turns.queue

    # ── the session ──────────────────────────────────────────────────────────

    def open(self) -> None:
        """Open a session, send what was written meanwhile, and find out how full the window is."""
        self._host.in_background(self._open, "session")

    async def _open(self) -> None:
        collector.hold_off()  # the engine, and a session that is read, stay as long as the program
        try:
            opened = await self.partner.open()
        except (BackendError, OSError) as error:
            self._stage.tell(Notice(str(error), "error"))
            self._stage.reachable(False)
            return
        finally:
            collector.take_up()
        await self._host.opened(opened)  # may ask, so it may take long
        collector.take_up()  # what was said before stays too
        self._send()
        self.measure()

    def measure(self) -> None:
        """The server's dot and the gauge, as they are before the next turn."""
        self._host.in_background(self._measure, "measure")

    async def _measure(self) -> None:
        talk = await self.partner.ready()
        state = await self._services.probe(self.partner.profile)
        self._stage.reachable(state.is_reachable)
        context = await talk.context()
        if not self._turns.is_running:
            self._stage.measured(context)

    async def _prepare(self) -> None:
        """What is not needed before something is asked, while the server reads that: the vocabulary takes 50 MB and
        half a second."""
        await asyncio.to_thread(_load_markdown)
        if problem := await self._services.count_exactly():
            self._stage.tell(Notice(problem, "warning"))

    # ── turns ────────────────────────────────────────────────────────────────

    def say(self, text: str) -> None:
        """Send `text` now, or after the turn that runs."""
        self._turns.queue.append(text)
        self._send()

    def compact(self) -> None:
        """Shorten what is sent, between turns."""
        if self.partner.talk is not None and not self.is_busy:
            self._run(self.partner.talk, None)

    def stop(self) -> bool:
        """Stop the turn that runs; whether there was one."""
        if self._turn is None or not self._turns.is_running:
            return False
        self._turn.cancel()
        return True

    def take_back(self) -> str:
        """What waits, as one text; it waits no more."""
        text = self._turns.take_back()
        self._stage.waiting(self._turns.unsent)
        return text

    def say_now(self, written: str) -> None:
        """`written`, or else what waits first, goes to the running turn; to the next one when this one is over."""
        written = written if written.strip() else self._turns.queue.pop(0) if self._turns.queue else ""
        if not written:
            return
        if self._turns.steer(written):
            self._stage.waiting(self._turns.unsent)
        else:
            self.say(written)

    def answer_now(self) -> None:
        self.decide(AnswerNow())

    def decide(self, decision: Decision) -> None:
        """What the person decided, to the screen and to the turn."""
        self._stage.said(decision)
        self._turns.decide(decision)

    def _heard(self, written: str) -> None:
        self._stage.said(Steer(written))
        self._stage.waiting(self._turns.unsent)

    def _give_back(self, unsent: Sequence[str]) -> None:
        self._stage.waiting(self._turns.unsent)
        self._host.give_back(unsent)

    def _send(self) -> None:
        talk = self.partner.talk
        if talk is not None and self._turns.queue and not self.is_busy:
            self._run(talk, self._turns.queue.pop(0))
        self._stage.waiting(self._turns.unsent)

    def _run(self, talk: Talk, prompt: str | None) -> None:
        self._is_busy = True
        self._turn = self._host.in_background(partial(self._run_turn, talk, prompt), "turn")

    async def _run_turn(self, talk: Talk, prompt: str | None) -> None:
        self._stage.begun()
        if prompt is None or not prompt.startswith(OWN_COMMAND):
            self._host.in_background(self._prepare, "vocabulary")
        try:
            await self._turns.run(talk, prompt)
        finally:
            self._is_busy = False
            self._stage.over()
            self._host.later(self._after_turn)
            if prompt is None:
                self.measure()

    async def _after_turn(self) -> None:
        await self._host.between_turns()
        self._send()


def _load_markdown() -> None:
    from tui.transcript.markdown import load  # here, because a start shows no answer

    load()
