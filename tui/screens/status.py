"""/status and /debug-config: how things stand, and every setting with its value and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import RenderResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from agent.config.effective import Setting
from agent.status import Status
from tui.screens.dialog import Dialog
from tui.text import clean_line, ellipsis

NAME_CELLS = 26


class StatusScreen(Dialog[None]):
    """A page to scroll."""

    DEFAULT_CSS = """
    StatusScreen > #box { max-width: 120; }
    StatusScreen VerticalScroll { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }
    """

    def __init__(self, status: Status, *, with_settings: bool) -> None:
        title = "The effective configuration" if with_settings else "How things stand"
        super().__init__(title, "↑ ↓ scroll   esc close", VerticalScroll(Page(status, with_settings)))


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
        lines += [Content(clean_line(problem)) for problem in status.problems]
    return Content("\n").join(lines)


def _rows(settings: Iterable[Setting], width: int, name_cells: int) -> Iterable[Content]:
    """Name, value and origin; an origin that does not fit beside its value stands below it."""
    for setting in settings:
        name = ellipsis(clean_line(setting.name), name_cells - 1)
        room = max(10, width - name_cells)
        value, origin = clean_line(setting.value) or "—", clean_line(setting.origin)
        row = [(f"{name:<{name_cells}}", "$text-muted"), (ellipsis(value, room), "$foreground")]
        if origin and len(value) + len(origin) + 2 <= room:
            row.append((f"  {origin}", "$text-muted"))
        elif origin:
            row.append((f"\n{'':<{name_cells}}{ellipsis(origin, room)}", "$text-muted"))
        yield Content.assemble(*row)
