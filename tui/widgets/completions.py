"""The list of slash commands that fit what is typed, drawn over the transcript's end.

Draws actions and holds which one is marked; what they do is decided elsewhere.
"""

from __future__ import annotations

from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from tui.actions import Action
from tui.widgets.line import Part, fit_line

ROWS = 8


class Completions(Widget):
    """At most eight rows; hidden when there is nothing to choose."""

    DEFAULT_CSS = """
    Completions {
        layer: popup; dock: bottom; height: auto; width: 100%; max-width: 64; padding: 0 1;
        background: $panel; display: none;
    }
    """

    actions: reactive[tuple[Action, ...]] = reactive((), layout=True)
    marked: reactive[int] = reactive(0)

    @property
    def choice(self) -> Action | None:
        return self.actions[self.marked] if self.actions else None

    def offer(self, actions: tuple[Action, ...], above: int = 3) -> None:
        """Show `actions`, `above` so many rows of the screen's bottom; none hides the list."""
        if actions != self.actions:
            self.actions, self.marked = actions, 0
            self.styles.margin = (0, 1, above, 1)
        self.display = bool(actions)

    def move(self, rows: int) -> None:
        if self.actions:
            self.marked = (self.marked + rows) % len(self.actions)

    def render(self) -> RenderResult:
        first = max(0, min(self.marked - ROWS // 2, len(self.actions) - ROWS))
        width = self.content_size.width
        rows = [
            _row(action, width, is_marked=first + i == self.marked)
            for i, action in enumerate(self.actions[first : first + ROWS])
        ]
        return Content("\n").join(rows)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return min(ROWS, len(self.actions))


def _row(action: Action, width: int, *, is_marked: bool) -> Content:
    line = fit_line(
        [
            Part(action.usage.ljust(28), "bold $primary", rank=9, short=action.usage),
            Part(action.title, "$foreground", rank=5),
        ],
        [Part(action.key, "$accent", rank=7)] if action.key else [],
        width,
    )
    return line.stylize("on $selection") if is_marked else line
