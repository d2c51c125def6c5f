"""The boxes over the review screen: edit a hunk, write a comment, list the keys. They decide nothing about a proposal.

Saving needs a key that types nothing; what is pasted or typed ahead ends up as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static, TextArea

from tui.screens.dialog import Dialog
from tui.text import clean_line
from tui.widgets.status import Hint


class TextDialog(Dialog[str]):
    """A text to write or change. Dismisses with the text, or None when it was cancelled.

    `title` is a literal; what comes from outside goes into `about`. `save` says what ctrl+s does.
    """

    CSS_PATH = "review.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "save", priority=True),
        Binding("escape", "close", "cancel", priority=True),  # the editor would take it to leave itself
    ]

    def __init__(self, title: str, about: str, text: str, *, save: str, is_code: bool = False) -> None:
        self._editor = TextArea(
            text, soft_wrap=not is_code, show_line_numbers=False, tab_behavior="indent", compact=True
        )
        self._editor.cursor_blink = False
        super().__init__(
            title, f"ctrl+s {save}   esc cancel", Static(Content(clean_line(about)), classes="about"), self._editor
        )
        self.set_class(is_code, "code")

    def action_save(self) -> None:
        self.dismiss(self._editor.text)


class KeysDialog(Dialog[None]):
    """Every key of the screen beneath, with what it does."""

    CSS_PATH = "review.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark,f1,q", "close", "close")]

    def __init__(self, keys: Sequence[Hint]) -> None:
        width = max(len(hint.key) for hint in keys)
        lines = [
            Content.assemble((f"{hint.key:<{width}}", "$accent"), "  ", (hint.title, "$foreground")) for hint in keys
        ]
        super().__init__(
            "Keys of the review", "↑ ↓ scroll   esc close", VerticalScroll(Static(Content("\n").join(lines)))
        )
