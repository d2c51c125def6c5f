"""What all dialogs share in looks: a titled box over the conversation, closed with escape."""

# pyright: reportUnknownMemberType=false
# Textual gives `Widget.app` an unfinished type.
from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

_HINT = re.compile(r"((?:(?:\S|esc|tab|(?:ctrl|shift)\+\S+) )+)(.*)")
"""One key or several, then what they do."""

Answer = TypeVar("Answer")
Inner = TypeVar("Inner")


class Dialog(ModalScreen[Answer | None], Generic[Answer]):
    """A dialog with a title, some widgets, and the line of keys in its frame. Escape answers None."""

    DEFAULT_CSS = Path(__file__).with_name("dialog.tcss").read_text(encoding="utf-8")
    AUTO_FOCUS = "*"
    IS_GUARDED: ClassVar[bool] = False
    """Whether the keys mean nothing at first, and are told later."""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "close", show=False)]

    def __init__(self, title: str, keys: str, *body: Widget) -> None:
        super().__init__()
        self._title = Content(title)
        self._keys = key_line(keys)
        self._body = body

    def compose(self) -> ComposeResult:
        box = Vertical(*self._body, id="box")
        box.border_title = self._title
        box.border_subtitle = "" if self.IS_GUARDED else self._keys
        yield box

    def tell_keys(self, do_count: bool) -> None:
        """Show the keys in the frame, or leave their room empty while they mean nothing."""
        self.query_one("#box").border_subtitle = self._keys if do_count else ""

    async def ask(self, screen: Screen[Inner]) -> Inner:
        """What another dialog over this one answers; from a worker."""
        return await self.app.push_screen_wait(screen)

    def action_close(self) -> None:
        self.dismiss(None)


def key_line(keys: str) -> Content:
    """Hints such as `⏎ take it   esc close` as they stand in a frame: the keys in their colour, as everywhere."""
    return Content("   ").join(map(_hint, keys.split("   ")))


def _hint(hint: str) -> Content:
    found = _HINT.fullmatch(hint)
    return Content.assemble((found[1], "$accent"), found[2]) if found else Content(hint)
