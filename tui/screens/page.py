"""A text to read: as long as it is, cleaned, to scroll and to copy from."""

from __future__ import annotations

from textual.widgets import TextArea

from tui.screens.dialog import Dialog
from tui.text import clean


class PageScreen(Dialog[None]):
    """Shows `text`; escape closes it."""

    DEFAULT_CSS = """
    PageScreen > #box { max-width: 120; }
    PageScreen TextArea {
        height: auto; max-height: 100%; border: none; padding: 0; background: transparent; color: $foreground;
        scrollbar-size-vertical: 1;
    }
    PageScreen TextArea:focus { border: none; }
    """

    def __init__(self, title: str, text: str) -> None:
        page = TextArea(clean(text), read_only=True, soft_wrap=True, highlight_cursor_line=False)
        page.cursor_blink = False
        super().__init__(title, "↑ ↓ scroll   {dialog.close} close", page)
