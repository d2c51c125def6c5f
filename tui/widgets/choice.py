"""One of a few words, chosen with ← and →."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.bound import bind
from tui.text import clean_line
from tui.widgets.fields import do_in_turn


class Choice(Widget, can_focus=True):
    """A line that shows all its words, the chosen one marked; only that one where there is no room."""

    DEFAULT_CSS = """
    Choice { height: 1; width: 1fr; color: $text-muted; }
    Choice:focus { background: $selection; }
    """

    @dataclass
    class Changed(Message):
        value: str

    @dataclass
    class Taken(Message):
        """⏎ on the chosen word."""

        value: str

    value: reactive[str] = reactive("")

    def __init__(self, words: Sequence[str], value: str) -> None:
        super().__init__()
        bind(self, "choice", deeds={"choice.before": "step(-1)", "choice.next": "step(1)"})
        self._words = tuple(words) if value in words else (value, *words)
        self.set_reactive(Choice.value, value)

    def render(self) -> RenderResult:
        parts = [(f" {clean_line(word)} ", "bold $primary" if word == self.value else "") for word in self._words]
        whole = Content.assemble(*parts)
        if whole.cell_length <= self.content_size.width:
            return whole
        return Content.assemble("‹", (f" {clean_line(self.value)} ", "bold $primary"), "›")

    async def on_key(self, event: events.Key) -> None:
        await do_in_turn(self, event)

    def action_step(self, step: int) -> None:
        self.value = self._words[(self._words.index(self.value) + step) % len(self._words)]
        self.post_message(self.Changed(self.value))

    def action_take(self) -> None:
        self.post_message(self.Taken(self.value))

    def offer(self, words: Sequence[str], value: str) -> None:
        """Other words, and the chosen one among them."""
        self._words = tuple(words)
        self.value = value
        self.refresh()
        self.post_message(self.Changed(value))
