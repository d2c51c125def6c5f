"""An app in our colours for one part of the screen, as the real app wires it, so that the part is measured alone."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import App
from textual.filter import LineFilter

from themes import shipped
from tui import collector
from tui.text import Gate
from tui.theme import as_textual


class Stage(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        self._themes = {one.name: one for one in shipped()}
        super().__init__()
        for one in self._themes.values():
            self.register_theme(as_textual(one))
        self.theme = "dark"

    def on_ready(self) -> None:
        collector.take_up()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(next(iter(self._themes.values())).colours)

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), Gate()]
