"""A footer that never hides a key: as many lines as the hints need. Draws what it is given."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from tui.widgets.status import Hint

_GAP = 2


def flow(hints: Sequence[Hint], width: int) -> list[list[Hint]]:
    """The hints on as few lines of `width` cells as they need; a hint is never broken."""
    lines: list[list[Hint]] = [[]]
    used = 0
    for hint in hints:
        if lines[-1] and used + _GAP + _width(hint) > width:
            lines.append([])
            used = 0
        used += _width(hint) + (_GAP if lines[-1] else 0)
        lines[-1].append(hint)
    return lines


def _width(hint: Hint) -> int:
    return cell_len(hint.key) + 1 + cell_len(hint.title)


class KeyBar(Widget):
    """Keys and what they do, flowing over as many lines as they need. While `is_quiet` their room stays empty."""

    DEFAULT_CSS = "KeyBar { height: auto; padding: 0 1; }"

    hints: reactive[tuple[Hint, ...]] = reactive(())
    is_quiet: reactive[bool] = reactive(False)

    def __init__(self, *, id: str | None = None, is_quiet: bool = False) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id)
        self.set_reactive(KeyBar.is_quiet, is_quiet)

    def watch_hints(self, old: tuple[Hint, ...], new: tuple[Hint, ...]) -> None:
        width = self.content_size.width
        if width and len(flow(old, width)) != len(flow(new, width)):
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(flow(self.hints, width))

    def render(self) -> RenderResult:
        if self.is_quiet:
            return ""
        lines = [
            Content(" " * _GAP).join(
                Content.assemble((hint.key, "$accent"), " ", (hint.title, "$text-muted")) for hint in line
            )
            for line in flow(self.hints, self.content_size.width)
        ]
        return Content("\n").join(lines)
