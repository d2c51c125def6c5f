"""The chat screen: one conversation, the person's writing, and what waits for an answer.

Wires plain objects to widgets: turns run in `tui.turns`, an approval is judged in `tui.approval`, what keys mean stands
in `tui.actions`. Knows no server and no wire.
"""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Textual gives `Widget.app` an unfinished type.
from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.worker import Worker

from agent.config.profiles import Profile
from agent.decisions import AnswerNow, Decision, Steer
from agent.events import CommandPending, Notice, ProposalReady, TurnEvent
from agent.record.prompts import PromptHistory
from backends.errors import BackendError
from backends.frozen import frozen
from tui import actions
from tui.actions import Situation
from tui.approval import Answer
from tui.configuration import Configuration
from tui.dashboard import FLASH_SECONDS, Dashboard
from tui.desk import Desk, Deskwork
from tui.enclosures import Enclosures
from tui.judge import Judge
from tui.notify import Notifier
from tui.partner import Partner
from tui.services import Opened, Services
from tui.text import ellipsis
from tui.transcript.blocks import KeyHint
from tui.transcript.restoring import blocks_of
from tui.transcript.scribe import Scribe
from tui.transcript.view import TranscriptView
from tui.turns import Talk, Turns
from tui.widgets.composer import Composer, as_command
from tui.writing import Writing

if TYPE_CHECKING:
    from tui.past import Errand, Past

Asked = TypeVar("Asked")

TICK_SECONDS = 0.15
AGAIN_SECONDS = 2.0


@frozen
class Start:
    """What a chat begins with. `services` may import and connect; they are asked after the first paint.

    `prompt` is sent at once, or done when it is a slash command.
    """

    profile: Profile
    configuration: Configuration
    folder: Path
    services: Services
    prompt: str = ""
    notices: tuple[Notice, ...] = ()
    clock: Callable[[], float] = time.monotonic
    history: PromptHistory | None = None
    clipboard_file: Path | None = None


def _card_keys(situation: Situation) -> tuple[KeyHint, ...]:
    """The keys that a waiting card tells: those that answer it."""
    return tuple(KeyHint(a.key, a.title) for a in actions.hinted(situation) if a.group == "approval")


class ChatScreen(Screen[None]):
    """The main screen. State lives in the objects it holds; widgets draw values."""

    DEFAULT_CSS = Path(__file__).with_name("chat.tcss").read_text(encoding="utf-8")
    AUTO_FOCUS = "Composer"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, action.do, action.title, show=False, priority=True) for key, action in actions.screen_keys()
    ]

    @dataclass
    class Told(Message):
        """Something to tell a person who looks elsewhere."""

        words: str

    def __init__(self, start: Start) -> None:
        super().__init__()
        self._start = start
        self._clock = start.clock
        self._partner = Partner(start.profile, start.services.open)
        enclosures = Enclosures()
        self._turns = Turns(self._show, start.folder, enclosures)
        self._turn: Worker[None] | None = None
        self._judge = Judge(start.clock, self._decided)
        self._desk = Desk(self, Deskwork(start.configuration, start.services, self._partner))
        self._notifier = Notifier(start.clock, lambda: self.app.app_focus)
        self._quit_asked_at = float("-inf")
        self._dashboard = Dashboard(start.folder, start.clock)
        self._transcript = TranscriptView()
        self._scribe = Scribe(
            self._transcript.document,
            proposal_keys=_card_keys("proposal"),
            command_keys=_card_keys("command"),
            clock=start.clock,
        )
        self._writing = Writing(start.folder, enclosures, start.history)
        self._composer = self._writing.composer

    def compose(self) -> ComposeResult:
        yield self._dashboard.header
        yield self._transcript
        yield self._dashboard.queue
        yield self._dashboard.status
        yield self._writing
        yield self._dashboard.gauges
        yield self._writing.completions

    # ── the session ──────────────────────────────────────────────────────────

    def on_mount(self) -> None:
        self._ticker = self.set_interval(TICK_SECONDS, self._tick, pause=True)
        for notice in self._start.notices:
            self._scribe.show(notice)
        self._desk.begin()
        self._dashboard.profile(self._partner.profile)
        self._tell()
        self.call_after_refresh(self._begin)

    @work(group="dialog")
    async def _begin(self) -> None:
        """Open the session, and do what the command line asks for; on the first run a model is looked for first."""
        self._open_session()
        if self._start.configuration.is_first_run:
            await self._desk.set_up(is_welcome=True)
        if (command := as_command(self._start.prompt)) is not None:
            self._commanded(command)
        elif self._start.prompt:
            self._turns.queue.append(self._start.prompt)
            self._send_queue()

    @work(exclusive=True, group="session")
    async def _open_session(self) -> None:
        """Open the session, send what was written meanwhile, and find out how full the window is."""
        try:
            opened = await self._partner.open()
        except (BackendError, OSError) as error:
            self._scribe.show(Notice(f"{error} F2 chooses another profile.", "error"))
            self._dashboard.reachable(False)
            return
        self._show_opened(opened)
        await self._past.opened()
        self._send_queue()
        self._measure()

    @work(exclusive=True, group="vocabulary")
    async def _count_exactly(self) -> None:
        """The vocabulary takes 50 MB and half a second: not before something is asked, while the server reads that."""
        if problem := await self._start.services.count_exactly():
            self._scribe.show(Notice(problem, "warning"))

    def _show_opened(self, opened: Opened) -> None:
        """What was said before, and what the person should know."""
        self._transcript.document.extend(blocks_of(opened.earlier, opened.title))
        for remark in opened.remarks:
            self._scribe.show(Notice(remark, "warning"))

    @work(exclusive=True, group="measure")
    async def _measure(self) -> None:
        """The server's dot and the gauge, as they are before the next turn."""
        talk = await self._partner.ready()
        state = await self._start.services.probe(self._partner.profile)
        self._dashboard.reachable(state.is_reachable)
        context = await talk.context()
        if not self._turns.is_running:
            self._dashboard.measured(context)

    async def on_unmount(self) -> None:
        await self._partner.aclose()

    def _send_queue(self) -> None:
        talk = self._partner.talk
        if talk is not None and self._turns.queue and not self.is_busy:
            self._turn = self._run_turn(talk, self._turns.queue.pop(0))
        self._tell()

    @work(group="turn")
    async def _run_turn(self, talk: Talk, prompt: str | None) -> None:
        self._ticker.resume()
        self._count_exactly()
        try:
            await self._turns.run(talk, prompt)
        finally:
            self._ticker.pause()
            self._judge.approval.close()
            self._dashboard.idle()
            self._tell()
            self.call_later(self._after_turn)
            if prompt is None:
                self._measure()

    async def _after_turn(self) -> None:
        """Do what had to wait for the turn's end: the switch first, then the next message."""
        await self._desk.turn_over()
        self._send_queue()

    def _show(self, event: TurnEvent) -> None:
        """One event of the running turn, to everything that draws it."""
        self._scribe.show(event)
        self._dashboard.event(event)
        if words := self._notifier.word(event, self._partner.profile.notify):
            self.post_message(self.Told(words))
        if isinstance(event, ProposalReady | CommandPending):
            self._judge.approval.ask(event)
            self._tell()
            self.call_after_refresh(self._question_shown)

    def _question_shown(self) -> None:
        if self.app.screen is not self:
            return  # another screen hides the question: it is not read yet
        self._judge.approval.shown(to_its_end=self._transcript.viewport.is_at_end)

    # ── drawing ──────────────────────────────────────────────────────────────

    @property
    def situation(self) -> Situation:
        match self._judge.approval.question:
            case ProposalReady():
                return "proposal"
            case CommandPending():
                return "command"
            case None:
                return "running" if self._turns.is_running else "idle"

    def _tick(self) -> None:
        self._dashboard.tick()
        self._question_shown()
        self._tell()

    def _tell(self) -> None:
        situation = self.situation
        unread = situation == "command" and not self._judge.approval.was_read
        self._dashboard.tell(situation, is_unread=unread, queue=self._turns.queue)

    def flash(self, text: str) -> None:
        """A short remark on the status line, gone by itself."""
        self._dashboard.flash(text)
        self._tell()
        self.set_timer(FLASH_SECONDS + 0.05, self._tell)

    # ── what the desk needs of its screen ────────────────────────────────────

    @property
    def is_busy(self) -> bool:
        """A turn runs, or is about to: its worker has not begun yet."""
        return self._turns.is_running or (self._turn is not None and not self._turn.is_finished)

    async def ask(self, screen: Screen[Asked]) -> Asked:
        return await self.app.push_screen_wait(screen)

    def tell(self, notice: Notice) -> None:
        self._scribe.show(notice)

    def answers_now(self, profile: Profile) -> None:
        self._dashboard.profile(profile)
        if self._partner.talk is None:
            self._open_session()
        self._measure()

    def wear(self, theme: str) -> None:
        if theme in self.app.available_themes:
            self.app.theme = theme

    def adjusted(self, profile: Profile) -> None:
        self._dashboard.effort(profile)

    # ── the past ─────────────────────────────────────────────────────────────

    @cached_property
    def _past(self) -> Past:
        from tui.past import Past  # imports the engine, which comes after the first paint

        return Past(self, self._start.services, self._partner)

    @work(group="dialog", exclusive=True)
    async def action_past(self, errand: Errand, argument: str = "") -> None:
        await self._past.do(errand, argument)

    def action_compact(self) -> None:
        if self._partner.talk is not None and not self.is_busy:
            self._turn = self._run_turn(self._partner.talk, None)

    def restored(self, opened: Opened) -> None:
        self._transcript.document.clear()
        self._show_opened(opened)
        self._measure()

    def write_again(self, prompt: str) -> None:
        self._writing.bring_back(prompt)

    # ── writing ──────────────────────────────────────────────────────────────

    @on(Composer.Prompted)
    def _prompted(self, message: Composer.Prompted) -> None:
        self._turns.queue.append(message.text)
        self._send_queue()

    @on(Composer.Commanded)
    def _commanded(self, message: Composer.Commanded) -> None:
        action = actions.by_slash(message.word)
        if action is None:
            self.flash(f"there is no command /{ellipsis(message.word, 20)}; F1 lists them")
        elif self.situation not in action.when:
            self.flash(f"/{action.slash} has to wait until the turn is over")
        else:
            self._composer.take()
            self.call_later(self.run_action, action.spelled(message.argument))

    @on(Composer.EnteredNothing)
    def _entered_nothing(self) -> None:
        self.action_review()

    @on(Composer.Escaped)
    def _escaped(self) -> None:
        self.action_cancel()

    @on(TranscriptView.Left)
    def _left(self) -> None:
        self._composer.focus()

    @on(TranscriptView.BlockActivated)
    def _activated(self) -> None:
        self.action_review()

    @on(TranscriptView.CopyRequested)
    def _copy(self, message: TranscriptView.CopyRequested) -> None:
        self.app.copy_to_clipboard(message.text)

    @on(Composer.EndOfInput)
    def _end_of_input(self) -> None:
        self.action_quit()

    # ── actions: their names, keys and help are in `tui.actions` ─────────────

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return actions.applies(action, parameters, self.situation)

    def action_cancel(self) -> None:
        """A queued message comes back first, so that stopping never loses what was typed."""
        if self._turns.queue:
            self._composer.put("\n\n".join(filter(None, (self._turns.take_back(), self._composer.text))))
            self._tell()
        elif self._turn is not None and self._turns.is_running:
            self._turn.cancel()

    def action_say_now(self) -> None:
        """What is written, or else what waits first, goes to the running turn."""
        written = self._composer.take() or (self._turns.queue.pop(0) if self._turns.queue else "")
        if written.strip():
            self._scribe.decided(Steer(written))
            self._turns.steer(written)
            self._tell()

    def action_answer_now(self) -> None:
        self._scribe.decided(AnswerNow())
        self._turns.decide(AnswerNow())

    def action_copy(self) -> None:
        self._transcript.action_copy()

    def action_copy_code(self) -> None:
        self._transcript.action_copy_code()

    def action_history(self) -> None:
        self._writing.search()

    def action_editor(self) -> None:
        if problem := self._writing.edit():
            self.flash(problem)

    def action_review(self) -> None:
        if self._judge.can_review:
            self._review()

    @work(group="dialog", exclusive=True)
    async def _review(self) -> None:
        await self._judge.review(self.app.push_screen_wait)

    def action_answer(self, answer: Answer) -> None:
        self._judge.answer(answer)

    def _decided(self, made: Decision) -> None:
        self._dashboard.answered()
        self._scribe.decided(made)
        self._turns.decide(made)
        self._tell()

    @work(group="dialog", exclusive=True)
    async def action_profiles(self, name: str = "") -> None:
        await self._desk.choose(name)

    @work(group="dialog", exclusive=True)
    async def action_setup(self) -> None:
        await self._desk.set_up()

    @work(group="dialog", exclusive=True)
    async def action_status(self, with_settings: bool = False) -> None:
        await self._desk.status(str(self._start.folder), with_settings=with_settings)

    def action_effort(self, level: str = "") -> None:
        self._desk.set_effort(level)

    @work(group="files")
    async def action_raise_window(self) -> None:
        await self._desk.raise_window()
        self._measure()

    @work(group="files")
    async def action_undo_edits(self) -> None:
        self._scribe.show(Notice(await self._start.services.undo()))

    @work(group="files")
    async def action_redo_edits(self) -> None:
        self._scribe.show(Notice(await self._start.services.redo()))

    def action_new(self) -> None:
        """A new conversation in the same folder with the same profile."""
        self._transcript.document.clear()
        self._dashboard.profile(self._partner.profile)
        self._open_session()

    def action_context(self) -> None:
        if self._partner.talk is not None:
            from tui.screens.context import ContextScreen

            self.app.push_screen(ContextScreen(self._dashboard.gauges.facts, self._partner.talk.totals))

    @work(group="dialog", exclusive=True)
    async def action_palette(self) -> None:
        from tui.screens.palette import PaletteScreen

        offered = [a for a in actions.ACTIONS if not a.in_composer and self.situation in a.when]
        if name := await self.app.push_screen_wait(PaletteScreen(offered)):
            await self.run_action(actions.BY_NAME[name].do)

    def action_scroll(self, where: actions.Place) -> None:
        match where:
            case "back":
                self._transcript.action_page(-1)
            case "on":
                self._transcript.action_page(1)
            case "start":
                self._transcript.action_top()
            case "end":
                self._transcript.action_end()

    def action_interrupt(self) -> None:
        """Copy what is selected; with nothing selected, the second press in a row quits."""
        selected = self._composer.selected_text or self.get_selected_text()
        now = self._clock()
        if selected:
            self.app.copy_to_clipboard(selected)
        elif now - self._quit_asked_at < AGAIN_SECONDS:
            self.action_quit()
        else:
            self._quit_asked_at = now
            self.flash("ctrl+c again quits")

    def action_quit(self) -> None:
        self.app.exit()
