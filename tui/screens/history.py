"""ctrl+r: find what was written before, in this session and in earlier ones of this folder."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.content import Content

from tui.screens.dialog import Dialog
from tui.text import clean_line
from tui.widgets.picker import Picker, Row

SHOWN = 400
"""The newest ones; what is older is found with the arrow keys."""


class HistoryScreen(Dialog[str]):
    """Answers the message that was chosen among `earlier`, which come oldest first. The newest stands on top."""

    DEFAULT_CSS = "HistoryScreen OptionList { text-wrap: nowrap; text-overflow: ellipsis; }"

    def __init__(self, earlier: Sequence[str]) -> None:
        self._texts = {str(i): text for i, text in enumerate(dict.fromkeys(list(reversed(earlier))[:SHOWN]))}
        rows = [Row(key, text.lower(), _row(text)) for key, text in self._texts.items()]
        super().__init__(
            "Earlier messages", "{list.take} take it   {dialog.close} close", Picker(rows, "type to search")
        )

    @on(Picker.Chosen)
    def _chosen(self, message: Picker.Chosen) -> None:
        self.dismiss(self._texts[message.key])


def _row(text: str) -> Content:
    first, *others = text.strip().split("\n")
    more = f"  +{len(others)} lines" if others else ""
    return Content.assemble(clean_line(first), (more, "$text-muted"))
