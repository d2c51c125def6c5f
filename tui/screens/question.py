"""A question with a yes and a no, before something that cannot be taken back."""

from __future__ import annotations

from textual.widgets import Static

from tui.screens.dialog import Dialog
from tui.text import clean


class QuestionScreen(Dialog[bool]):
    """Answers True only for a yes. The text is cleaned here."""

    PLACES = ("question",)

    def __init__(self, title: str, text: str, yes: str) -> None:
        super().__init__(
            title,
            f"{{question.yes}} {yes}   {{question.no}} {{dialog.close}} leave it",
            Static(clean(text), markup=False),
        )

    def action_yes(self) -> None:
        self.dismiss(True)

    def action_no(self) -> None:
        self.dismiss(None)
