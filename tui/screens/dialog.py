"""What all dialogs share in looks: a titled box over the conversation, closed with escape."""

# pyright: reportUnknownMemberType=false
# Textual gives `Widget.app` an unfinished type.
from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from tui.actions import Where
from tui.bound import bind, registry_here

_HINT = re.compile(r"((?:(?:\S|tab|\{[a-z_.]+\}) )+)(.*)")
"""One key or several, then what they do."""
_NAMED = re.compile(r"\{([a-z_.]+)\}")

_DEEDS = {"form.next": "app.focus_next", "form.before": "app.focus_previous"}

Answer = TypeVar("Answer")
Inner = TypeVar("Inner")


class Dialog(ModalScreen[Answer | None], Generic[Answer]):
    """A dialog with a title, some widgets, and the line of keys in its frame. Escape answers None."""

    DEFAULT_CSS = Path(__file__).with_name("dialog.tcss").read_text(encoding="utf-8")
    AUTO_FOCUS = "*"
    IS_GUARDED: ClassVar[bool] = False
    """Whether the keys mean nothing at first, and are told later."""
    PLACES: ClassVar[tuple[Where, ...]] = ()
    """Whose keys mean something here, beside those of every dialog."""
    PRIOR: ClassVar[frozenset[str]] = frozenset()
    """The places and actions whose keys come before those of what has the focus, at once."""
    IN_TURN: ClassVar[frozenset[str]] = frozenset()
    """The same, each in its turn among what is typed in a field."""

    def __init__(self, title: str, keys: str, *body: Widget) -> None:
        """`keys` is told in the frame: `{list.take} take it   {dialog.close} close`, by the registry's names."""
        super().__init__()
        bind(self, "dialog", *self.PLACES, deeds=_DEEDS, prior=self.PRIOR, in_turn={"dialog", *self.IN_TURN})
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
    """Hints such as `{list.take} take it   ↑ ↓ scroll` as they stand in a frame: the keys as they are in this run."""
    return Content("   ").join(map(_hint, keys.split("   ")))


def _hint(hint: str) -> Content:
    found = _HINT.fullmatch(hint)
    return Content.assemble((key_words(found[1]), "$accent"), found[2]) if found else Content(hint)


def key_words(words: str) -> str:
    """`words` with keys in the place of actions: `{list.take} takes it`."""
    registry = registry_here()
    return _NAMED.sub(lambda name: registry[name[1]].key, words)
