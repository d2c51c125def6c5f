"""A list to choose from by typing: a filter line and rows that may change while they are looked at.

Rows are drawn as given; what choosing one means is the screen's business.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from backends.frozen import frozen
from tui.bound import bind, registry_here
from tui.widgets.fields import Field


@frozen
class Row:
    """A choice. `words` is what the filter looks through, lower case; `content` what is drawn."""

    key: str
    words: str
    content: Content


class Picker(Vertical):
    """Type to filter, ↑ ↓ to mark, ⏎ to choose."""

    DEFAULT_CSS = """
    Picker {
        height: auto;
        & Input { border: none; height: 1; padding: 0; background: transparent; color: $foreground; margin: 0 0 1 0; }
        & Input:focus { border: none; background-tint: transparent 0%; }
        & Input > .input--placeholder { color: $text-muted; }
        & OptionList {
            border: none; height: auto; max-height: 50vh; padding: 0; background: transparent;
            scrollbar-size-vertical: 1;
        }
        & OptionList:focus { border: none; background-tint: transparent 0%; }
        & OptionList > .option-list--option { padding: 0 1; }
        & OptionList > .option-list--option-highlighted {
            background: $selection; color: $foreground; text-style: bold;
        }
    }
    """

    @dataclass
    class Marked(Message):
        key: str

    @dataclass
    class Chosen(Message):
        key: str

    @dataclass
    class Filtered(Message):
        """The filter was changed."""

        words: str

    def __init__(self, rows: Iterable[Row], placeholder: str, marked: str = "") -> None:
        super().__init__()
        bind(self, "picker", deeds={"list.up": "move(-1)", "list.down": "move(1)"}, in_turn={"picker"})
        self._enter_takes = "enter" in registry_here()["list.take"].keys
        self._rows = {row.key: row for row in rows}
        self._input = Field(placeholder=placeholder, select_on_focus=False)
        self._input.cursor_blink = False
        self._list = OptionList(*map(_option, self._rows.values()), markup=False, compact=True)
        self._list.can_focus = False
        self._first = marked
        self._shown_for = ""

    def compose(self) -> ComposeResult:
        yield self._input
        yield self._list

    def on_mount(self) -> None:
        self._mark(self._first)
        self._input.focus()

    @property
    def marked(self) -> str | None:
        """The key of the marked row; None when no row fits the filter."""
        self._catch_up()
        return self._marked

    @property
    def _marked(self) -> str | None:
        place = self._list.highlighted
        return None if place is None else self._list.get_option_at_index(place).id

    def set_row(self, row: Row) -> None:
        """Draw a row anew, in its place."""
        self._rows[row.key] = row
        if any(option.id == row.key for option in self._list.options):
            self._list.replace_option_prompt(row.key, row.content)

    def set_rows(self, rows: Iterable[Row], marked: str) -> None:
        """Other rows; the filter stays, and `marked` or what was marked before."""
        before = self._marked
        self._rows = {row.key: row for row in rows}
        self._show(self._input.value, marked or before)

    def action_move(self, rows: int) -> None:
        self._catch_up()
        if rows < 0:
            self._list.action_cursor_up()
        else:
            self._list.action_cursor_down()

    def action_take(self) -> None:
        if (key := self.marked) is not None:
            self.post_message(self.Chosen(key))

    def _mark(self, key: str | None) -> None:
        keys = [option.id for option in self._list.options]
        self._list.highlighted = keys.index(key) if key in keys else 0 if keys else None

    @on(Input.Changed)
    def _filter(self, message: Input.Changed) -> None:
        message.stop()
        self._catch_up()
        self.post_message(self.Filtered(message.value))

    def _catch_up(self) -> None:
        """Show the rows that fit what is written: the message that tells of it may be still on its way."""
        if self._input.value != self._shown_for:
            self._show(self._input.value, self._marked)

    def _show(self, typed: str, marked: str | None) -> None:
        self._shown_for = typed
        words = typed.lower().split()
        fitting = [row for row in self._rows.values() if all(word in row.words for word in words)]
        self._list.set_options(map(_option, fitting))
        self._mark(marked)

    @on(Input.Submitted)
    def _submit(self, message: Input.Submitted) -> None:
        message.stop()
        if self._enter_takes:
            self.action_take()

    @on(OptionList.OptionSelected)
    def _clicked(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        if message.option.id is not None:
            self.post_message(self.Chosen(message.option.id))

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, message: OptionList.OptionHighlighted) -> None:
        message.stop()
        if message.option.id is not None:
            self.post_message(self.Marked(message.option.id))


def _option(row: Row) -> Option:
    return Option(row.content, id=row.key)
