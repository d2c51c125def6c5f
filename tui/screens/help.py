"""F1: every key and command, from the registry."""

from __future__ import annotations

import textwrap

from textual.app import RenderResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from tui.actions import Action, Registry, key_name
from tui.screens.dialog import Dialog

NAME_CELLS = 19
"""Keys and the slash command stand in one column, so that a narrow screen has room for what they do."""


class HelpScreen(Dialog[None]):
    """A page to scroll; the key that opened it closes it again."""

    DEFAULT_CSS = """
    HelpScreen > #box { width: 96%; max-width: 112; }
    HelpScreen.-low > #box { max-height: 96%; padding: 0 1; }
    HelpScreen VerticalScroll { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }
    """

    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-high")]  # noqa: RUF012

    def __init__(self, registry: Registry) -> None:
        super().__init__("Keys and commands", "↑ ↓ scroll   {dialog.close} close", VerticalScroll(Page(registry)))
        for key in registry["help"].keys:
            self._bindings.bind(key, "close", show=False)


class Page(Widget):
    """The registry as a page of any width; its texts break under themselves."""

    DEFAULT_CSS = "Page { height: auto; }"

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self._registry = registry

    def render(self) -> RenderResult:
        return page(self._registry, self.content_size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return page(self._registry, width).plain.count("\n") + 1


def page(registry: Registry, width: int) -> Content:
    return Content("\n\n").join([_group(title, entries, width) for title, entries in registry.groups()])


def _group(title: str, entries: tuple[Action, ...], width: int) -> Content:
    return Content("\n").join([Content.styled(title, "bold $primary"), *(_row(action, width) for action in entries)])


def _row(action: Action, width: int) -> Content:
    keys = " ".join(map(key_name, action.keys[:2]))
    slash = f"/{action.slash}" if action.slash else ""
    between = "  " if keys and slash else ""
    names = Content.assemble((keys, "$accent"), between, (slash, "$secondary"))
    return told(names, action.help, NAME_CELLS, width)


def told(name: Content, what: str, name_cells: int, width: int) -> Content:
    """`name`, and beside its column `what` it does, which breaks under itself."""
    first, *others = textwrap.wrap(what, max(20, width - name_cells - 1)) or [""]
    gap = " " * (name_cells - name.cell_length)
    return Content.assemble(name, "\n".join([gap + first, *(" " * name_cells + line for line in others)]))
