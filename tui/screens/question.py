"""A question with a yes and a no, before something that cannot be taken back."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Static

from tui.screens.dialog import Dialog
from tui.text import clean


class QuestionScreen(Dialog[bool]):
    """Answers True only for `y`. The text is cleaned here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "yes", show=False),
        Binding("n", "close", "no", show=False),
    ]

    def __init__(self, title: str, text: str, yes: str) -> None:
        super().__init__(title, f"y {yes}   n esc leave it", Static(clean(text), markup=False))

    def action_yes(self) -> None:
        self.dismiss(True)
