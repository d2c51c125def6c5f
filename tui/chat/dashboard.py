"""The lines around the transcript, which tell what is going on: header, status, queue and gauges.

Turns facts into what those lines draw. Decides nothing, and holds nothing that is not on the screen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from agent.config.profiles import Profile
from agent.events import ContextUse, StepFinished, TurnEnded, TurnEvent
from backends.errors import Unreachable
from tui.actions import APPROVING, Registry, Situation, Where
from tui.chat import progress
from tui.conversation.turns import Unsent
from tui.text import clean_line
from tui.widgets import gauges
from tui.widgets.gauges import GAUGE_ACTIONS, GaugeFacts, GaugeKeys, GaugeLine
from tui.widgets.header import HeaderLine, header_facts
from tui.widgets.queue import QueueList
from tui.widgets.status import Hint, StatusFacts, StatusLine

FLASH_SECONDS = 3.0


class Dashboard:
    """Owns the four line widgets; the screen places them."""

    def __init__(self, folder: Path, clock: Callable[[], float], registry: Registry, *, moves: bool = True) -> None:
        self.header = HeaderLine()
        self.status = StatusLine()
        self.queue = QueueList(registry["cancel"].key, registry["say_now"].key)
        self.gauges = GaugeLine(GaugeKeys(*(registry[name].key for name in GAUGE_ACTIONS)))
        self._folder = folder
        self._clock = clock
        self._registry = registry
        self._moves = moves
        self._progress = progress.Progress()
        self._frame = 0
        self._flash = ("", 0.0)
        self._held = ""

    # ── what happened ────────────────────────────────────────────────────────

    def event(self, event: TurnEvent) -> None:
        """Take in one event of the running turn; `tell` draws the status."""
        self._progress = progress.after(self._progress, event, self._clock())
        self.gauges.facts = gauges.after(self.gauges.facts, event)
        if isinstance(event, StepFinished):
            self.reachable(True)
        elif isinstance(event, TurnEnded) and isinstance(event.error, Unreachable):
            self.reachable(False)

    def answered(self) -> None:
        self._progress = progress.answered(self._progress, self._clock())

    def idle(self) -> None:
        self._progress = progress.Progress()

    def measured(self, context: ContextUse) -> None:
        self.gauges.facts = replace(self.gauges.facts, context=context)

    def reachable(self, is_reachable: bool | None) -> None:
        self.header.facts = replace(self.header.facts, is_reachable=is_reachable)

    def profile(self, profile: Profile) -> None:
        """Another profile answers from here on; whether it is there, and how full it is, is not known yet."""
        self.header.facts = header_facts(profile, self._folder)
        self.gauges.facts = GaugeFacts(profile.effort)

    def effort(self, profile: Profile) -> None:
        self.gauges.facts = replace(self.gauges.facts, effort=profile.effort)

    def flash(self, text: str) -> None:
        """A short remark on the status line, gone after some seconds."""
        self._flash = (clean_line(text), self._clock() + FLASH_SECONDS)

    def hold(self, text: str) -> None:
        """Stands on the status line while nothing else does, until it is another."""
        self._held = clean_line(text)

    # ── what is shown ────────────────────────────────────────────────────────

    def tick(self) -> None:
        self._frame += self._moves

    def tell(
        self, situation: Situation, *, is_unread: bool, is_early: bool, unsent: Unsent, where: Where = "composer"
    ) -> None:
        """Draw status and queue. `is_unread`: something waits whose end was not on the screen yet; `is_early`: it came
        just now, and no key answers it yet.

        While messages are unsent, the key that stops gives them back first: their own row tells it.
        """
        words = self._words(situation, is_unread=is_unread, is_early=is_early)
        hinted = self._registry.hinted(situation, where)
        untrue = {*(APPROVING if is_unread else ()), *(("cancel",) if unsent != Unsent() else ())}
        if is_early:
            untrue |= {one.name for one in hinted if one.group == "approval"}
        hints = tuple(Hint(one.key, one.title) for one in hinted if one.name not in untrue)
        facts = StatusFacts(words.text, words.tone, self._frame, hints)
        if facts != self.status.facts:
            self.status.facts = facts
        if self.queue.is_mounted:
            self.queue.tell(unsent)

    def _words(self, situation: Situation, *, is_unread: bool, is_early: bool) -> progress.Words:
        flash, until = self._flash
        now = self._clock()
        if flash and now < until:
            return progress.Words(flash, "calm")
        if is_early:
            return progress.Words("the model asks", "asking")
        if is_unread:
            what = "run it" if situation == "command" else "approve"
            return progress.Words(f"scroll to its end to {what}", "asking")
        words = progress.describe(self._progress, now)
        return words if words.text or not self._held else progress.Words(self._held, "calm")
