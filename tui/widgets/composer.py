"""The composer: where the person writes. Enter sends, the edges of the text reach back into earlier messages.

Posts what the person meant: a message, a command, nothing at all. Knows no turn, and not what commands do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, cast

from textual import events, on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from tui.actions import completions
from tui.widgets.completions import Completions

_BEGUN = re.compile(r"/([a-z-]*)")
_COMMAND = re.compile(r"/[a-z]+(-[a-z]+)*( |$)")
"""A slash and one word; `/usr/bin is empty` is a message."""

_OURS = frozenset({"ctrl+c", "super+c", "ctrl+d", "ctrl+y", "super+y", "f6", "f7", "pageup", "pagedown"})
"""Keys of the text area that mean something else here; `tui.actions` says what."""


def _inherited() -> Iterator[BindingType]:
    for binding in cast("list[Binding]", TextArea.BINDINGS):
        keys = [key for key in binding.key.split(",") if key not in _OURS]
        if keys:
            yield Binding(",".join(keys), binding.action, binding.description, show=False)


class Composer(TextArea, inherit_bindings=False):
    """A text area that grows with its text up to eight lines."""

    BINDINGS: ClassVar[list[BindingType]] = [*_inherited(), Binding("ctrl+shift+z", "redo", "Redo", show=False)]

    DEFAULT_CSS = """
    Composer {
        width: 1fr; height: auto; max-height: 8;
        border: none; padding: 0; background: transparent; color: $foreground;
        scrollbar-size-vertical: 1;
        &:focus { border: none; }
        & .text-area--cursor-line { background: transparent; }
        & .text-area--placeholder { color: $text-muted; }
        &:light .text-area--cursor, &:dark .text-area--cursor { background: $foreground; color: $background; }
        & .text-area--selection { background: $selection; color: $foreground; }
    }
    """

    @dataclass
    class Prompted(Message):
        """A message for the model was sent."""

        text: str

    @dataclass
    class Commanded(Message):
        """A slash command was sent; `word` without its slash."""

        word: str
        argument: str

    class EnteredNothing(Message):
        """Enter was pressed with nothing written."""

    class Escaped(Message):
        """Escape was pressed, and no list was there to close."""

    class EndOfInput(Message):
        """ctrl+d was pressed with nothing written."""

    def __init__(self, completions: Completions, placeholder: str) -> None:
        super().__init__(placeholder=placeholder, soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False)
        self.cursor_blink = False  # a blinking cursor is a timer that paints for nothing
        self._completions = completions
        self._earlier: list[str] = []
        self._place = 0
        self._draft = ""

    def put(self, text: str) -> None:
        """Replace what is written, cursor at the end."""
        self.load_text(text)
        self.move_cursor(self.document.end)

    def take(self) -> str:
        """What is written, which is then remembered and cleared."""
        text = self.text
        if text.strip() and self._earlier[-1:] != [text]:
            self._earlier.append(text)
        self._place = len(self._earlier)
        self.load_text("")
        self._completions.offer(())
        return text

    # ── keys ─────────────────────────────────────────────────────────────────

    async def _on_key(self, event: events.Key) -> None:
        if self._handle(event.key):
            event.stop()
            event.prevent_default()
            return
        await super()._on_key(event)

    def _handle(self, key: str) -> bool:
        match key:
            case "enter":
                self._send()
            case "shift+enter" | "alt+enter" | "ctrl+j":
                self.insert("\n")
            case "tab" if self._completions.choice is not None:
                self._complete()
            case "escape":
                if self._completions.choice is not None:
                    self._completions.offer(())
                else:
                    self.post_message(self.Escaped())
            case "ctrl+d":
                if self.text:
                    self.action_delete_right()
                else:
                    self.post_message(self.EndOfInput())
            case _:
                return False
        return True

    def _send(self) -> None:
        written = self.text.strip()
        choice = self._completions.choice
        if choice is not None and written != f"/{choice.slash}":
            self._complete()
        elif not written:
            self.post_message(self.EnteredNothing())
        elif (command := as_command(written)) is not None:
            self.post_message(command)
        else:
            self.post_message(self.Prompted(self.take()))

    def _complete(self) -> None:
        if (choice := self._completions.choice) is not None:
            self.put(f"/{choice.slash}{' ' if choice.argument else ''}")

    @on(TextArea.Changed)
    def _offer(self) -> None:
        begun = _BEGUN.fullmatch(self.text)
        self._completions.offer(completions(begun[1]) if begun else (), above=self.size.height + 2)

    def action_cursor_up(self, select: bool = False) -> None:
        if self._completions.choice is not None:
            self._completions.move(-1)
        elif not select and self._is_on_first_row():
            self._recall(-1)
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        if self._completions.choice is not None:
            self._completions.move(1)
        elif not select and self._is_on_last_row():
            self._recall(1)
        else:
            super().action_cursor_down(select)

    def _is_on_first_row(self) -> bool:
        return self.wrapped_document.location_to_offset(self.cursor_location).y == 0

    def _is_on_last_row(self) -> bool:
        return self.wrapped_document.location_to_offset(self.cursor_location).y == self.wrapped_document.height - 1

    def _recall(self, step: int) -> None:
        """Go `step` messages on in time; past the newest one lies what was being written."""
        place = self._place + step
        if not 0 <= place <= len(self._earlier):
            return
        if self._place == len(self._earlier):
            self._draft = self.text
        self._place = place
        self.put(self._draft if place == len(self._earlier) else self._earlier[place])
        if step < 0:
            self.move_cursor((0, len(self.document.get_line(0))))


def as_command(written: str) -> Composer.Commanded | None:
    """The slash command that is written; None for anything else, a path such as /etc/hosts for one."""
    if not _COMMAND.match(written):
        return None
    word, _, argument = written[1:].partition(" ")
    return Composer.Commanded(word, argument.strip())
