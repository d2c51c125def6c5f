"""F1: every key and command, from the registry."""

from __future__ import annotations

import textwrap
from typing import ClassVar

from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from tui import actions
from tui.actions import Action
from tui.screens.dialog import Dialog

KEY_CELLS, SLASH_CELLS = 17, 11


class HelpScreen(Dialog[None]):
    """A page to scroll; F1 closes it again."""

    DEFAULT_CSS = "HelpScreen VerticalScroll { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f1", "close", "close", show=False)]

    def __init__(self) -> None:
        super().__init__("Keys and commands", "↑ ↓ scroll   esc close", VerticalScroll(Page()))


class Page(Widget):
    """The registry as a page of any width; its texts break under themselves."""

    DEFAULT_CSS = "Page { height: auto; }"

    def render(self) -> RenderResult:
        return page(self.content_size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return page(width).plain.count("\n") + 1


def page(width: int) -> Content:
    return Content("\n\n").join([_group(title, entries, width) for title, entries in actions.groups()])


def _group(title: str, entries: tuple[Action, ...], width: int) -> Content:
    return Content("\n").join([Content.styled(title, "bold $primary"), *(_row(action, width) for action in entries)])


def _row(action: Action, width: int) -> Content:
    keys = " ".join(map(actions.key_name, action.keys[:2]))
    slash = f"/{action.slash}" if action.slash else ""
    indent = KEY_CELLS + SLASH_CELLS
    first, *others = textwrap.wrap(action.help, max(20, width - indent - 1)) or [""]
    lines = "\n".join([first, *(" " * indent + line for line in others)])
    return Content.assemble((f"{keys:<{KEY_CELLS}}", "$accent"), (f"{slash:<{SLASH_CELLS}}", "$secondary"), lines)
