"""The full-screen app: wears a theme, cleans every line once more, shows the chat screen. Holds nothing else."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import App
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.screen import Screen

from agent.events import Notice
from themes import ThemeFile
from themes.wardrobe import Wardrobe
from tui import collector
from tui.actions import Registry
from tui.chat.screen import ChatScreen, Start
from tui.chat.stage import Told
from tui.terminal.clipboard import Clipboard
from tui.terminal.driver import Driver, GroundTold
from tui.terminal.ground import Ground
from tui.terminal.notify import sequence
from tui.terminal.terminal import Terminal
from tui.terminal.turnstile import Turnstile
from tui.text import Gate, clean
from tui.theme import AUTO, Wear, as_textual

MOUSE_MODES = (1000, 1003, 1015, 1006)


class OssApp(App[None], inherit_bindings=False):
    """`oss-tui` on the screen. `run()` returns when the person quits or the terminal wants it; see `return_code`."""

    TITLE = "oss-tui"
    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None  # a screen says itself what has the keys; Textual would choose even what is hidden

    def __init__(
        self,
        start: Start,
        wardrobe: Wardrobe,
        theme: str,
        terminal: Terminal | None = None,
        ground: Ground = "dark",
    ) -> None:
        """`ground` is what the terminal is known to have, for the theme `auto`; `terminal` is watched."""
        self._wardrobe = wardrobe
        self._ground: Ground = ground
        self._follows = theme == AUTO
        first = wardrobe.find(ground if self._follows else theme) or wardrobe.find("dark")
        assert first is not None, "a shipped theme can be used"
        self._first_colours = first.colours
        self.terminal = terminal or Terminal()
        super().__init__(driver_class=Driver)
        self._begin_with(first)
        self._start = start
        self._net = Gate()
        self._turnstile = Turnstile(self, self._answer)
        self._has_mouse = True
        if not start.has_animations:
            self.animation_level = "none"

    def _begin_with(self, theme: ThemeFile) -> None:
        """Put on the first theme without all that a change of themes does: nothing is drawn yet, no style was read."""
        self.register_theme(as_textual(theme))
        self.set_reactive(OssApp.theme, theme.name)
        self.set_class(theme.is_dark, "-dark-mode", update=False)
        self.set_class(not theme.is_dark, "-light-mode", update=False)
        self.stylesheet.set_variables(self.get_css_variables())

    @property
    def registry(self) -> Registry:
        """The keys of this run; screens bind them (`tui.bound`)."""
        return self._start.registry

    @property
    def has_keys_to_do(self) -> bool:
        """Whether a key was pressed whose work is not done yet."""
        return self._turnstile.is_shut

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our colours' names exist whatever theme is on, so that every style can be read."""
        return dict(self._first_colours)

    def get_default_screen(self) -> Screen[None]:
        return ChatScreen(self._start)

    def on_mount(self) -> None:
        self.call_after_refresh(collector.take_up)
        self.terminal.watch(lambda code: self.exit(return_code=code))

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self._net]

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            await self._turnstile.take(event)
        else:
            await self._answer(event)

    async def _answer(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and isinstance(self.screen, ChatScreen):
            self.screen.stage.courtesy.key_pressed()
            with self.screen.judge.hearing(time.monotonic() - event.time):
                await super().on_event(event)
        else:
            await super().on_event(event)

    # ── the terminal ─────────────────────────────────────────────────────────

    def send(self, sequence: str) -> None:
        """Write one of our own sequences to the terminal, never outside text."""
        if self._driver is not None:
            self._driver.write(sequence)

    @on(Told)
    def _told(self, message: Told) -> None:
        self.send(sequence(message.words))

    def copy_to_clipboard(self, text: str) -> None:
        """Copy `text`, which the person asked for with a key, and say where it went."""
        self._clipboard = text
        self.run_worker(self._copy(text), group="copy", exclusive=True)

    async def _copy(self, text: str) -> None:
        said = await Clipboard(self.send, self._start.clipboard_file).copy(text)
        if isinstance(self.screen, ChatScreen):
            self.screen.flash(said)

    def action_mouse(self) -> None:
        """Leave the mouse to the terminal, for its own selection, or take it back."""
        self._has_mouse = not self._has_mouse
        self.send("".join(f"\x1b[?{mode}{'h' if self._has_mouse else 'l'}" for mode in MOUSE_MODES))
        if isinstance(self.screen, ChatScreen):
            key = self._start.registry["mouse"].key
            taken, left = "the mouse is the program's again", f"the mouse is the terminal's; {key} takes it back"
            self.screen.flash(taken if self._has_mouse else left)

    def watch_app_focus(self, is_in_front: bool) -> None:
        """Textual (8.2.8) gives the keys to nobody on a screen that opened while another window had them."""
        screen = self.screen
        if is_in_front and screen.focused is None and screen.AUTO_FOCUS:
            screen.set_focus(next((one for one in screen.query(screen.AUTO_FOCUS) if one.focusable), None))

    @on(events.DescendantFocus)
    def _hear(self) -> None:
        """Something has the keys: what was typed while the program started is for it."""
        if isinstance(self._driver, Driver):
            self._driver.hear()

    # ── the theme ────────────────────────────────────────────────────────────

    def wear(self, name: str) -> None:
        """Put on the theme `name`; `auto` follows the terminal from here on. An unknown one changes nothing."""
        self._follows = name == AUTO
        theme = self._wardrobe.find(self._ground if name == AUTO else name)
        self._tell_problems()
        if theme is not None:
            self.register_theme(as_textual(theme))
            self.theme = theme.name

    def _tell_problems(self) -> None:
        """What is wrong with themes of the person's own that were asked for."""
        for problem in self._wardrobe.take_problems():
            for screen in self.screen_stack:
                if isinstance(screen, ChatScreen):
                    screen.tell(Notice(problem, "warning"))

    @on(Wear)
    def _wear(self, message: Wear) -> None:
        self.wear(message.name)

    @on(GroundTold)
    def _ground_told(self, message: GroundTold) -> None:
        self._ground = message.ground
        if self._follows:
            self.wear(AUTO)

    # ── dialogs ──────────────────────────────────────────────────────────────

    def action_help(self) -> None:
        from tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self._start.registry))

    def action_theme(self, name: str = "") -> None:
        """Put on the theme `name`; without a name, or with an unknown one, show the list."""
        from tui.screens.themes import ThemesScreen

        def chosen(name: str | None) -> None:
            if name is not None:
                self.wear(name)

        if name == AUTO or self._wardrobe.find(name) is not None:
            self.wear(name)
            return
        themes = self._wardrobe.all()
        self._tell_problems()
        for theme in themes:
            self.register_theme(as_textual(theme))
        self.push_screen(ThemesScreen(themes, self.theme), chosen)

    def _fatal_error(self) -> None:
        """A crash is told without the values of variables: they may hold a key, or text that was never cleaned."""
        self.panic(Text(clean(traceback.format_exc())))
