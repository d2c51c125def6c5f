"""The boxes over the review screen: edit a hunk, write a comment, list the keys. They decide nothing about a proposal.

Saving needs a key that types nothing; what is pasted or typed ahead ends up as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from tui.text import clean_line
from tui.widgets.keybar import KeyBar
from tui.widgets.status import Hint


class TextDialog(ModalScreen[str | None]):
    """A text to write or change. Dismisses with the text, or None when it was cancelled."""

    CSS_PATH = "review.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "save", priority=True),
        Binding("escape", "cancel", "cancel", priority=True),
    ]

    def __init__(self, title: str, text: str, *, save: str, is_code: bool = False) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._save = save
        self._is_code = is_code

    def compose(self) -> ComposeResult:
        with Vertical(classes="box code" if self._is_code else "box"):
            yield Static(Content(clean_line(self._title)), classes="title")
            editor = TextArea(
                self._text, soft_wrap=not self._is_code, show_line_numbers=False, tab_behavior="indent", compact=True
            )
            editor.cursor_blink = False
            yield editor
            keys = KeyBar()
            keys.hints = (Hint("ctrl+s", self._save), Hint("esc", "cancel"))
            yield keys

    def on_mount(self) -> None:
        self.query_one(TextArea).focus()

    def action_save(self) -> None:
        self.dismiss(self.query_one(TextArea).text)

    def action_cancel(self) -> None:
        self.dismiss(None)


class KeysDialog(ModalScreen[None]):
    """Every key of the screen beneath, with what it does."""

    CSS_PATH = "review.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q,enter", "close", "close", priority=True)
    ]

    def __init__(self, keys: Sequence[Hint]) -> None:
        super().__init__()
        self._keys = tuple(keys)

    def compose(self) -> ComposeResult:
        width = max(len(hint.key) for hint in self._keys)
        lines = [
            Content.assemble((f"{hint.key:<{width}}", "$accent"), "  ", (hint.title, "$foreground"))
            for hint in self._keys
        ]
        with VerticalScroll(classes="box keys"):
            yield Static(Content("keys of the review"), classes="title")
            yield Static(Content("\n").join(lines))

    def action_close(self) -> None:
        self.dismiss(None)
