"""/status and /debug-config: how things stand, and every setting with its value and where it comes from."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from rich.cells import cell_len
from textual.app import RenderResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from agent.config.effective import Setting
from agent.status import Status
from tui.screens.dialog import Dialog
from tui.text import clean_line

NAME_CELLS = 26


class StatusScreen(Dialog[None]):
    """A page to scroll."""

    DEFAULT_CSS = """
    StatusScreen > #box { max-width: 120; }
    StatusScreen VerticalScroll { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }
    """

    def __init__(self, status: Status, *, with_settings: bool) -> None:
        title = "The effective configuration" if with_settings else "How things stand"
        super().__init__(title, "↑ ↓ scroll   {dialog.close} close", VerticalScroll(Page(status, with_settings)))


class Page(Widget):
    """The rows, as wide as there is room."""

    DEFAULT_CSS = "Page { height: auto; }"

    def __init__(self, status: Status, with_settings: bool) -> None:
        super().__init__()
        self._status = status
        self._with_settings = with_settings

    def render(self) -> RenderResult:
        return page(self._status, self.content_size.width, with_settings=self._with_settings)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return page(self._status, width, with_settings=self._with_settings).plain.count("\n") + 1


def page(status: Status, width: int, *, with_settings: bool) -> Content:
    lines = list(_rows(status.facts, width, NAME_CELLS // 2))
    if with_settings:
        lines += [Content(""), Content.styled("Settings, and where each comes from", "bold $primary")]
        lines += _rows(status.settings, width, NAME_CELLS)
    if status.problems:
        lines += [Content(""), Content.styled("In the file, and not used", "bold $warning")]
        lines += [Content(line) for problem in status.problems for line in _wrapped(clean_line(problem), width - 1)]
    return Content("\n").join(lines)


def _rows(settings: Iterable[Setting], width: int, name_cells: int) -> Iterable[Content]:
    """Name, value and origin. What does not fit beside the one before it stands below, and nothing is cut."""
    room = max(10, width - name_cells - 1)
    for setting in settings:
        name, value = clean_line(setting.name), clean_line(setting.value) or "—"
        origin = clean_line(setting.origin)
        beside = bool(origin) and cell_len(f"{value}  {origin}") <= room
        lines = [(f"{value}  ", origin)] if beside else [(line, "") for line in _wrapped(value, room)]
        lines += [("", line) for line in _wrapped(origin, room) if not beside]
        if cell_len(name) < name_cells:
            lead, below = f"{name:<{name_cells}}", lines
        else:
            lead, below = name, [("", ""), *lines]
        yield Content("\n").join(
            Content.assemble(
                (lead if i == 0 else " " * name_cells, "$text-muted"), (what, "$foreground"), (whence, "$text-muted")
            )
            for i, (what, whence) in enumerate(below)
        )


def _wrapped(text: str, room: int) -> list[str]:
    return textwrap.wrap(text, room, break_on_hyphens=False)
