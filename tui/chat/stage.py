"""What is seen of a conversation: transcript, status, gauges and the word to who looks elsewhere, kept in step.

Draws what it is told; decides nothing and starts no turn.
"""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Textual gives `Widget.app` an unfinished type.
from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from textual.message import Message
from textual.screen import Screen

from agent.config.profiles import Profile
from agent.decisions import CommandDecision, Decision, ReviewDecision
from agent.events import CommandPending, ContextUse, Notice, ProposalReady, TurnEvent
from tui.actions import Registry, Situation, Where
from tui.approval import Approval
from tui.chat.dashboard import FLASH_SECONDS, Dashboard
from tui.chat.handlers import READING
from tui.conversation.courtesy import Courtesy
from tui.conversation.services import Opened
from tui.conversation.turns import Unsent
from tui.terminal.notify import Notifier
from tui.transcript.blocks import KeyHint
from tui.transcript.opening import Way
from tui.transcript.restoring import blocks_of
from tui.transcript.scribe import Scribe
from tui.transcript.view import TranscriptView

TICK_SECONDS = 0.15


class Told(Message):
    """Something to tell a person who looks elsewhere."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words


class Stage:
    """One for a chat screen, whose widgets it owns. `is_running` and `queue` tell how the conversation stands."""

    def __init__(
        self,
        screen: Screen[None],
        folder: Path,
        registry: Registry,
        clock: Callable[[], float],
        approval: Approval,
        *,
        moves: bool = True,
    ) -> None:
        self.dashboard = Dashboard(folder, clock, registry, moves=moves)
        self.courtesy = Courtesy()
        self.transcript = TranscriptView()
        self.transcript.courtesy = self.courtesy.seconds
        self.transcript.bind_keys(
            {key: READING[action.name] for key, action in registry.keys("transcript")},
            {key: action.name.partition(".")[2] for key, action in registry.keys("find")},
        )
        self.transcript.end_key = registry["to_end"].key
        self.transcript.opening = _ways(registry)
        self._screen = screen
        self._approval = approval
        self._notifier = Notifier(clock, lambda: screen.app.app_focus)
        self._scribe = Scribe(
            self.transcript.document,
            proposal_keys=_card_keys(registry, "proposal"),
            command_keys=_card_keys(registry, "command"),
            clock=clock,
        )
        self._unsent = Unsent()
        self._is_running = False
        self._profile: Profile | None = None

    def begin(self) -> None:
        """The widgets are there."""
        self._ticker = self._screen.set_interval(TICK_SECONDS, self._tick, pause=True)

    @property
    def situation(self) -> Situation:
        match self._approval.question:
            case ProposalReady():
                return "proposal"
            case CommandPending():
                return "command"
            case None:
                return "running" if self._is_running else "idle"

    # ── the conversation ─────────────────────────────────────────────────────

    async def opened(self, opened: Opened) -> None:
        """What was said before, and what the person should know. Read in a thread: it may be long."""
        self.transcript.document.extend(await asyncio.to_thread(blocks_of, opened.earlier, opened.title))
        for remark in opened.remarks:
            self.tell(Notice(remark, "warning"))

    def cleared(self) -> None:
        self.transcript.document.clear()

    def begun(self) -> None:
        self._is_running = True
        self._ticker.resume()

    def event(self, event: TurnEvent) -> None:
        """One event of the running turn, to everything that draws it."""
        self._scribe.show(event)
        self.dashboard.event(event)
        when = self._profile.notify if self._profile is not None else "away"
        if words := self._notifier.word(event, when):
            self._screen.post_message(Told(words))
        if isinstance(event, ProposalReady | CommandPending):
            self._approval.ask(event)
            self.draw()
            self._screen.call_after_refresh(self.question_shown)

    def said(self, decision: Decision) -> None:
        """What the person told the running turn."""
        if isinstance(decision, ReviewDecision | CommandDecision):
            self.dashboard.answered()
        self._scribe.decided(decision)
        self.draw()

    def over(self) -> None:
        self._is_running = False
        self._ticker.pause()
        self._approval.close()
        self.dashboard.idle()
        self.draw()

    def waiting(self, unsent: Unsent) -> None:
        """These messages wait for the turn's next step, or for its end."""
        self._unsent = unsent
        self.draw()

    def tell(self, notice: Notice) -> None:
        self._scribe.show(notice)

    # ── the model ────────────────────────────────────────────────────────────

    def profile(self, profile: Profile) -> None:
        """Another profile answers from here on."""
        self._profile = profile
        self.dashboard.profile(profile)

    def adjusted(self, profile: Profile) -> None:
        """The same profile with another effort or window."""
        self._profile = profile
        self.dashboard.effort(profile)

    def reachable(self, is_reachable: bool) -> None:
        self.dashboard.reachable(is_reachable)

    def measured(self, context: ContextUse) -> None:
        self.dashboard.measured(context)

    # ── drawing ──────────────────────────────────────────────────────────────

    def flash(self, text: str) -> None:
        """A short remark on the status line, gone by itself."""
        self.dashboard.flash(text)
        self.draw()
        self._screen.set_timer(FLASH_SECONDS + 0.05, self.draw)

    def hold(self, text: str) -> None:
        """What is being done beside the conversation, told until it is done; "" then."""
        self.dashboard.hold(text)
        self.draw()

    def draw(self) -> None:
        situation = self.situation
        asks = self._approval.question is not None
        where: Where = "transcript" if self.transcript.has_focus else "composer"
        where = "screen" if self.transcript.is_asking else where
        self.dashboard.tell(
            situation,
            is_unread=asks and not self._approval.was_read,
            is_early=asks and not self._approval.is_open,
            unsent=self._unsent,
            where=where,
        )

    def question_shown(self) -> None:
        if self._screen.app.screen is not self._screen:
            return  # another screen hides the question: it is not read yet
        self._approval.shown(to_its_end=self.transcript.viewport.is_at_end)

    def _tick(self) -> None:
        """What moves. Under another screen nothing does: Textual paints that one whole for a single cell below it."""
        if self._screen.app.screen is not self._screen:
            return
        self.dashboard.tick()
        self.question_shown()
        self.draw()


def _ways(registry: Registry) -> tuple[Way, ...]:
    """What a person who sees an empty conversation should know."""
    return (
        Way("@", "names a file"),
        Way("/", "lists the commands"),
        Way("!", "runs a command of your own"),
        Way(registry["profiles"].key, "another model or server"),
        Way(registry["resume"].usage.partition(" ")[0], "goes on with an earlier session"),
        Way(registry["help"].key, "all keys"),
    )


def _card_keys(registry: Registry, situation: Situation) -> tuple[KeyHint, ...]:
    """The keys that a waiting card tells: those that answer it."""
    return tuple(KeyHint(a.key, a.title) for a in registry.hinted(situation) if a.group == "approval")
