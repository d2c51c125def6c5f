"""Theme files as Textual themes. Nothing is drawn with any other colour."""

from __future__ import annotations

from textual.message import Message
from textual.theme import Theme

from themes import BASE_COLOURS, ThemeFile

AUTO = "auto"
"""Instead of a theme's name: as the terminal says."""


class Wear(Message):
    """The app shall put on the theme `name`, or follow the terminal with `auto`; an unknown one changes nothing."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


def as_textual(theme: ThemeFile) -> Theme:
    """The Textual theme: base colours as they are, ours as variables, and Textual's derived colours in our terms."""
    colours = theme.colours
    own = {name: value for name, value in colours.items() if name not in BASE_COLOURS}
    return Theme(
        name=theme.name,
        dark=theme.is_dark,
        primary=colours["primary"],
        secondary=colours["secondary"],
        accent=colours["accent"],
        foreground=colours["foreground"],
        background=colours["background"],
        surface=colours["surface"],
        panel=colours["panel"],
        success=colours["success"],
        warning=colours["warning"],
        error=colours["error"],
        variables={
            **own,
            "text": colours["foreground"],
            "border": colours["rule"],
            "border-blurred": colours["rule"],
            "scrollbar": colours["rule"],
            "scrollbar-hover": colours["text-muted"],
            "scrollbar-active": colours["primary"],
            "scrollbar-background": colours["background"],
            "scrollbar-background-hover": colours["background"],
            "scrollbar-background-active": colours["background"],
            "scrollbar-corner-color": colours["background"],
            "input-cursor-background": colours["foreground"],
            "input-cursor-foreground": colours["background"],
            "input-selection-background": colours["selection"],
            "input-selection-foreground": colours["foreground"],
            "screen-selection-background": colours["selection"],
            "screen-selection-foreground": colours["foreground"],
            "block-cursor-background": colours["selection"],
            "block-cursor-foreground": colours["foreground"],
            "block-cursor-text-style": "none",
            "block-cursor-blurred-background": colours["selection"],
            "block-cursor-blurred-foreground": colours["foreground"],
            "block-hover-background": colours["panel"],
        },
    )
