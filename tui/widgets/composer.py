"""The composer: where the person writes. Enter sends, the edges of the text reach back into earlier messages.

Posts what the person meant: a message, a command, nothing at all. Knows no turn, and not what commands do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from textual import events, on
from textual.binding import Binding
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from tui.actions import Registry
from tui.conversation.enclosures import Enclosures
from tui.conversation.files import FileSource
from tui.widgets.completions import Completions, Suggestion, commands, files

_BEGUN = re.compile(r"/([a-z-]*)")
_COMMAND = re.compile(r"/[a-z]+(-[a-z]+)*( |$)")
"""A slash and one word; `/usr/bin is empty` is a message."""

_NAMED = re.compile(r"""(?:^|[\s("'`\[])@([^\s@]*)$""")
"""A file that is being named, at the end of the line up to the cursor."""

_OURS = frozenset({"ctrl+c", "super+c", "ctrl+d", "ctrl+y", "super+y", "f6", "f7", "pageup", "pagedown"})
"""Keys of the text area that mean something else here; `tui.actions` says what."""


def _inherited() -> Iterator[tuple[str, str]]:
    for binding in cast("list[Binding]", TextArea.BINDINGS):
        yield from ((key, binding.action) for key in binding.key.split(",") if key not in _OURS)


_EDITING = {**dict(_inherited()), "ctrl+shift+z": "redo"}
"""What a key does to the text, by its key."""


class Composer(TextArea, inherit_bindings=False):
    """A text area that grows with its text up to eight lines."""

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

    def __init__(
        self,
        completions: Completions,
        registry: Registry,
        placeholder: str,
        enclosures: Enclosures | None = None,
        file_source: FileSource | None = None,
    ) -> None:
        super().__init__(placeholder=placeholder, soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False)
        self.cursor_blink = False  # a blinking cursor is a timer that paints for nothing
        self._completions = completions
        self._registry = registry
        self._meanings = {key: action.name for key, action in registry.keys("composer") if not action.is_fixed}
        self._enclosures = enclosures or Enclosures()
        self._file_source = file_source
        self._earlier: list[str] = []
        self._place = 0
        self._draft = ""
        self._sought = ""
        self._listed = ""

    def put(self, text: str) -> None:
        """Replace what is written, cursor at the end."""
        self.load_text(text)
        self.move_cursor(self.document.end)

    def let_go(self) -> None:
        """Nothing is selected any more."""
        self.selection = Selection.cursor(self.cursor_location)

    def remember(self, earlier: Sequence[str]) -> None:
        """Messages of earlier sessions, oldest first: they come before those of this one."""
        self._earlier = [*earlier, *self._earlier]
        self._place += len(earlier)

    @property
    def earlier(self) -> Sequence[str]:
        """What was written before, oldest first."""
        return tuple(self._earlier)

    def keep(self, text: str) -> None:
        """This was said, here or on the command line."""
        if text.strip() and self._earlier[-1:] != [text]:
            self._earlier.append(text)
        self._place = len(self._earlier)

    def take(self) -> str:
        """What is written, which is then remembered and cleared."""
        text = self.text
        self.keep(text)
        self.load_text("")
        self._completions.offer(())
        return text

    # ── keys ─────────────────────────────────────────────────────────────────

    async def _on_key(self, event: events.Key) -> None:
        if self._handle(event.key):
            event.stop()
            event.prevent_default()
        elif (edit := _EDITING.get(event.key)) is not None:
            # Here and not as a binding: Textual does those when the key has gone up to the app, and what is typed
            # meanwhile comes before it.
            event.stop()
            event.prevent_default()
            await self.run_action(edit)
        else:
            await super()._on_key(event)

    def _handle(self, key: str) -> bool:
        match self._meanings.get(key):
            case "send":
                self._send()
            case "newline":
                self.insert("\n")
            case "cancel":
                if self._choice is not None:
                    self._completions.offer(())
                else:
                    self.post_message(self.Escaped())
            case "end_of_input":
                if self.text:
                    self.action_delete_right()
                else:
                    self.post_message(self.EndOfInput())
            case _ if key == "tab" and (self._choice is not None or self._is_looking):
                self._complete()
            case _:
                return False
        return True

    def _send(self) -> None:
        written = self.text.strip()
        choice = self._choice
        if choice is not None and written != choice.text.strip():
            self._complete()
        elif not written:
            self.post_message(self.EnteredNothing())
        elif (command := as_command(written)) is not None:
            self.post_message(command)
        else:
            self.post_message(self.Prompted(self.take()))

    @property
    def _choice(self) -> Suggestion | None:
        """What is marked in the list of what is written now: keys can be faster than Textual tells of a change."""
        self._offer()
        return self._completions.choice if self._listed == self.text else None

    @property
    def _is_looking(self) -> bool:
        """The files that fit are not listed yet."""
        return self._sought != "" and self._listed != self.text

    def _complete(self) -> None:
        choice = self._choice
        if choice is None:
            return
        if not choice.is_file:
            self.put(choice.text)
        elif (named := _NAMED.search(self._line_so_far)) is not None:
            row, column = self.cursor_location
            self.replace(choice.text, (row, named.start(1) - 1), (row, column))
            self._completions.offer(())

    @property
    def _line_so_far(self) -> str:
        row, column = self.cursor_location
        return self.document.get_line(row)[:column]

    @on(TextArea.Changed)
    def _offer(self) -> None:
        if self._listed == self.text:
            return
        begun = _BEGUN.fullmatch(self.text)
        named = None if begun or self._file_source is None else _NAMED.search(self._line_so_far)
        if named is None:
            self._sought, self._listed = "", self.text
            self._completions.offer(
                commands(self._registry.completions(begun[1])) if begun else (), above=self._popup_room
            )
        else:
            self._sought = named[0]
            self.run_worker(self._offer_files(named[0], named[1]), group="files", exclusive=True)

    async def _offer_files(self, named: str, query: str) -> None:
        if self._file_source is not None:
            found = await self._file_source.find(query)
            if self._sought == named:  # nothing else was typed meanwhile
                self._listed = self.text
                self._completions.offer(files(found), above=self._popup_room)

    @property
    def _popup_room(self) -> int:
        return self.size.height + 2

    # ── pasting ──────────────────────────────────────────────────────────────

    async def _on_paste(self, event: events.Paste) -> None:
        """A long text is folded into its label; both go the same way into the text."""
        event.stop()
        event.prevent_default()
        await super()._on_paste(events.Paste(self._enclosures.fold(event.text)))

    def action_delete_left(self) -> None:
        """A label goes whole."""
        row, column = self.cursor_location
        label = self._enclosures.label_before(self._line_so_far) if self.selection.is_empty else ""
        if label:
            self.delete((row, column - len(label)), (row, column))
        else:
            super().action_delete_left()

    def action_delete_right(self) -> None:
        row, column = self.cursor_location
        rest = self.document.get_line(row)[column:]
        label = self._enclosures.label_after(rest) if self.selection.is_empty else ""
        if label:
            self.delete((row, column), (row, column + len(label)))
        else:
            super().action_delete_right()

    # ── earlier messages ─────────────────────────────────────────────────────

    def action_cursor_up(self, select: bool = False) -> None:
        if self._choice is not None:
            self._completions.move(-1)
        elif not select and self._is_on_first_row():
            self._recall(-1)
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        if self._choice is not None:
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
