"""Choosing the colours, seen live: marking a theme shows it, escape goes back to the one before."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Textual gives `Widget.app` an unfinished type.
from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.content import Content

from themes import ThemeFile
from tui.screens.dialog import Dialog
from tui.widgets.picker import Picker, Row


class ThemesScreen(Dialog[str]):
    """Answers the name of the chosen theme."""

    def __init__(self, themes: Sequence[ThemeFile], current: str) -> None:
        self._before = current
        self._names = {theme.name for theme in themes}
        rows = [Row(theme.name, f"{theme.name} {theme.title.lower()}", _row(theme)) for theme in themes]
        super().__init__(
            "Theme", "{list.take} choose   {dialog.close} back", Picker(rows, "type to filter", marked=current)
        )

    @on(Picker.Marked)
    def _preview(self, message: Picker.Marked) -> None:
        self.app.theme = message.key

    @on(Picker.Chosen)
    def _chosen(self, message: Picker.Chosen) -> None:
        self.dismiss(message.key)

    def action_close(self) -> None:
        self.app.theme = self._before
        super().action_close()


def _row(theme: ThemeFile) -> Content:
    swatch = [
        ("██", theme.colours[name]) for name in ("background", "primary", "accent", "success", "warning", "error")
    ]
    return Content.assemble(
        f"{theme.title:<28}", (f"{'dark' if theme.is_dark else 'light':<8}", "$text-muted"), *swatch
    )
