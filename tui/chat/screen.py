"""The chat screen: one conversation, the person's writing, and what waits for an answer.

Wires the plain objects of `tui.chat` to each other: the conversation is held in `talking` and seen on `stage`, an
approval is judged in `judge`, what actions do stands in `handlers`. Knows no server and no wire.
"""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Textual gives `Widget.app` an unfinished type.
from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.screen import Screen
from textual.worker import Worker

from agent.config.profiles import Profile
from agent.config.settings import nearest
from agent.events import Notice
from agent.record.prompts import PromptHistory
from backends.frozen import frozen
from tui.actions import Registry
from tui.chat.desk import Desk, Deskwork
from tui.chat.handlers import DEEDS
from tui.chat.judge import Judge
from tui.chat.stage import Stage
from tui.chat.talking import Talking
from tui.chat.writing import Writing
from tui.configuration import Configuration
from tui.conversation.enclosures import Enclosures
from tui.conversation.partner import Partner
from tui.conversation.services import Opened, Services
from tui.conversation.turns import OWN_COMMAND
from tui.text import ellipsis
from tui.theme import Wear
from tui.transcript.view import TranscriptView
from tui.widgets.composer import Composer, as_command

if TYPE_CHECKING:
    from agent.files.workspace import Workspace
    from tui.chat.past import Past

Asked = TypeVar("Asked")
Work = Callable[[], Coroutine[Any, Any, None]]

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
    registry: Registry = field(default_factory=Registry)
    has_animations: bool = True
    copies_on_select: bool = False


class ChatScreen(Screen[None]):
    """The main screen. State lives in the objects it holds; widgets draw values."""

    DEFAULT_CSS = Path(__file__).with_name("chat.tcss").read_text(encoding="utf-8")
    AUTO_FOCUS = "Composer"

    def __init__(self, start: Start) -> None:
        super().__init__()
        self.start = start
        self.services = start.services
        self.judge = Judge(start.clock, lambda made: self.talking.decide(made), self._workspace)
        self.stage = Stage(
            self, start.folder, start.registry, start.clock, self.judge.approval, moves=start.has_animations
        )
        self.transcript = self.stage.transcript
        self.transcript.copies_on_select = start.copies_on_select
        partner = Partner(start.profile, start.services.open)
        enclosures = Enclosures()
        self.talking = Talking(self, self.stage, start.services, partner, start.folder, enclosures)
        self.desk = Desk(self, Deskwork(start.configuration, start.services, partner, start.folder))
        self.writing = Writing(start.folder, enclosures, start.history, start.registry)
        self._one_deed = asyncio.Lock()
        self._finds_from_writing = False
        self._quit_asked_at = float("-inf")
        for key, action in start.registry.keys("screen"):
            # Not as Textual's keymap, which takes a key from every action that shares it (8.2.8).
            self._bindings.bind(key, f"do({action.name!r})", action.title, show=False, priority=True)

    def compose(self) -> ComposeResult:
        dashboard = self.stage.dashboard
        yield dashboard.header
        yield self.transcript
        yield dashboard.queue
        yield dashboard.status
        yield self.writing
        yield dashboard.gauges
        yield self.writing.completions

    def on_mount(self) -> None:
        self.writing.composer.focus()  # also while another window has the keys, which Textual's AUTO_FOCUS waits for
        self.stage.begin()
        for notice in self.start.notices:
            self.stage.tell(notice)
        self.desk.begin()
        self.stage.profile(self.start.profile)
        self.stage.draw()
        self.call_after_refresh(lambda: self.in_background(self._begin, "begin"))

    async def _begin(self) -> None:
        """Open the session, and do what the command line asks for; on the first run a model is looked for first."""
        self.talking.open()
        if self.start.configuration.is_first_run:
            await self.desk.set_up(is_welcome=True)
        if (command := as_command(self.start.prompt)) is not None:
            self._commanded(command)
        elif self.start.prompt:
            self.writing.remember(self.start.prompt)
            self.talking.say(self.start.prompt)

    async def on_unmount(self) -> None:
        await self.talking.partner.aclose()

    # ── tasks and dialogs ────────────────────────────────────────────────────

    def in_background(self, work: Work, group: str) -> Worker[None]:
        return self.run_worker(work, group=group, exclusive=True)

    def in_dialog(self, work: Work) -> None:
        """Something that asks the person; one at a time."""
        self.in_background(work, "dialog")

    def later(self, do: Callable[[], Awaitable[None]]) -> None:
        self.call_later(do)

    async def ask(self, screen: Screen[Asked]) -> Asked:
        return await self.app.push_screen_wait(screen)

    # ── what the conversation needs of its screen ────────────────────────────

    async def opened(self, opened: Opened) -> None:
        await self.stage.opened(opened)
        await self.past.opened()

    async def between_turns(self) -> None:
        await self.desk.turn_over()

    def give_back(self, unsent: Sequence[str]) -> None:
        self.writing.give_back(unsent)
        what = f"{len(unsent)} messages are" if len(unsent) > 1 else "your message is"
        self.stage.tell(Notice(f"{what} back where you write, not sent"))

    def _workspace(self) -> Workspace | None:
        held = self.services.held()
        return held.session.workspace if held is not None else None

    # ── what desk and past need of it ────────────────────────────────────────

    @property
    def is_busy(self) -> bool:
        return self.talking.is_busy

    def flash(self, text: str) -> None:
        self.stage.flash(text)

    def hold(self, text: str) -> None:
        self.stage.hold(text)

    def tell(self, notice: Notice) -> None:
        self.stage.tell(notice)

    def answers_now(self, profile: Profile) -> None:
        self.stage.profile(profile)
        if self.talking.partner.talk is None:
            self.talking.open()
        self.talking.measure()

    def wear(self, theme: str) -> None:
        self.post_message(Wear(theme))

    def adjusted(self, profile: Profile) -> None:
        self.stage.adjusted(profile)

    @cached_property
    def past(self) -> Past:
        from tui.chat.past import Past  # imports the engine, which comes after the first paint

        return Past(self, self.services, self.talking.partner)

    async def restored(self, opened: Opened) -> None:
        self.stage.cleared()
        await self.stage.opened(opened)
        self.talking.measure()

    def write_again(self, prompt: str) -> None:
        self.writing.bring_back(prompt)

    # ── what widgets report ──────────────────────────────────────────────────

    @on(Composer.Prompted)
    def _prompted(self, message: Composer.Prompted) -> None:
        if message.text.strip() == OWN_COMMAND:
            self.flash("a command comes after the !, such as !git status")
        else:
            if not self.talking.is_running:
                self.transcript.action_end()  # whoever sends wants to see what comes of it
            self.talking.say(message.text)

    @on(Composer.Commanded)
    def _commanded(self, message: Composer.Commanded) -> None:
        registry = self.start.registry
        action = registry.by_slash(message.word)
        if action is None:
            meant = nearest(message.word, [known.slash for known in registry.actions if known.slash])
            hint = f"did you mean /{meant}?" if meant else f"{registry['help'].key} lists them"
            self.flash(f"there is no command /{ellipsis(message.word, 20)}; {hint}")
        elif not registry.applies(action.name, self.stage.situation):
            idle = "idle" in action.when
            why = "has to wait until the turn is over" if idle else "is for a proposal that waits"
            self.flash(f"/{action.slash} {why}")
        else:
            self.writing.composer.take()
            self.call_later(self.action_do, action.name, message.argument)

    @on(Composer.EnteredNothing)
    @on(TranscriptView.BlockActivated)
    def _entered(self) -> None:
        self.review()

    @on(Composer.Escaped)
    def _escaped(self) -> None:
        self.cancel()

    @on(Composer.EndOfInput)
    def _end_of_input(self) -> None:
        self.quit()

    def on_descendant_focus(self) -> None:
        self.stage.draw()  # other keys mean something now

    @on(TranscriptView.Left)
    def _left(self) -> None:
        self.writing.composer.focus()

    def on_key(self, event: events.Key) -> None:
        """A letter that means nothing where it was typed is written."""
        if event.is_printable and event.character and not self.writing.composer.has_focus:
            event.stop()
            self.writing.composer.focus()
            self.writing.composer.insert(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted is written, wherever the keys are."""
        if not self.writing.composer.has_focus:
            event.stop()
            self.writing.composer.focus()
            self.writing.composer.post_message(event)

    @on(TranscriptView.CopyRequested)
    def _copy(self, message: TranscriptView.CopyRequested) -> None:
        self.app.copy_to_clipboard(message.text)

    @on(TranscriptView.NothingToCopy)
    def _nothing_to_copy(self, message: TranscriptView.NothingToCopy) -> None:
        self.flash(message.why)

    @on(TranscriptView.FindToggled)
    def _find_toggled(self) -> None:
        if self._finds_from_writing and not self.transcript.is_asking:
            self.transcript.find("")
            self.writing.composer.focus()
        self.stage.draw()  # its letters are a text now, or keys again

    # ── actions: their names, keys and help are in `tui.actions`, what they do in `tui.chat.handlers` ──

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "do" or self.start.registry.applies(str(parameters[0]), self.stage.situation)

    def action_do(self, name: str, argument: str = "") -> None:
        """Do an action of the registry."""
        DEEDS[name](self, argument)

    def cancel(self) -> None:
        """A queued message comes back first, so that stopping never loses what was typed."""
        if waiting := self.talking.take_back():
            self.writing.give_back([waiting])
        else:
            self.talking.stop()

    def interrupt(self) -> None:
        """Copy what is selected; else stop the turn; the second press in a row quits."""
        selected = self.writing.composer.selected_text or self.transcript.selected_text or self.get_selected_text()
        now, again = self.start.clock(), self.start.registry["interrupt"].key
        if selected:
            self.app.copy_to_clipboard(selected)
            self.writing.composer.let_go()
            self.transcript.let_go()
            self.clear_selection()
        elif now - self._quit_asked_at < AGAIN_SECONDS:
            self.quit()
        else:
            self._quit_asked_at = now
            self.flash(f"stopped; {again} again quits" if self.talking.stop() else f"{again} again quits")

    def quit(self) -> None:
        self.app.exit()

    def begin_anew(self) -> None:
        """A new conversation in the same folder with the same profile."""
        self.stage.cleared()
        self.stage.profile(self.talking.partner.profile)
        self.talking.open()

    def review(self) -> None:
        if self.judge.can_review:
            self.in_dialog(partial(self.judge.review, self.ask))

    def find(self, text: str) -> None:
        """Ask for a text to find, or go to the first place of `text`; who came from the composer goes back there."""
        self._finds_from_writing = not (text or self.transcript.has_focus)
        self.transcript.ask_for(text)
        if text and not self.transcript.reading.finder.count:
            self.transcript.find("")
            self.writing.composer.focus()
            self.flash(f"{ellipsis(text, 40)} is nowhere in the conversation")

    def edit(self) -> None:
        if problem := self.writing.edit():
            self.flash(problem)

    def tell_of(self, work: Callable[[], Awaitable[str]]) -> None:
        """Do it after what was asked for before, and tell what became of it."""

        async def done() -> None:
            async with self._one_deed:
                self.stage.tell(Notice(await work()))

        self.run_worker(done, group="files")

    def raise_window(self) -> None:
        async def raised() -> None:
            await self.desk.raise_window()
            self.talking.measure()

        self.in_background(raised, "window")

    def show_context(self) -> None:
        if self.talking.partner.talk is not None:
            from tui.screens.context import ContextScreen

            self.app.push_screen(ContextScreen(self.stage.dashboard.gauges.facts, self.talking.partner.talk.totals))

    def choose_action(self) -> None:
        """The palette: what can be done now, by its name. Opened at once, since its keys are typed ahead."""
        from tui.screens.palette import PaletteScreen

        registry, situation = self.start.registry, self.stage.situation
        offered = [one for one in registry.actions if one.name in DEEDS and registry.applies(one.name, situation)]
        self.app.push_screen(PaletteScreen(offered), self._chosen)

    def _chosen(self, name: str | None) -> None:
        if name:
            self.call_later(self.action_do, name)
