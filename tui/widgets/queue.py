"""The messages that wait for the turn to end, above the status line."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Textual gives `Widget.app` an unfinished type.
from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from tui.text import ellipsis

ROWS = 3


class QueueList(Static):
    """At most three rows; hidden when nothing waits."""

    DEFAULT_CSS = "QueueList { height: auto; padding: 0 1; color: $text-muted; display: none; }"

    def __init__(self, edit_key: str, say_key: str) -> None:
        super().__init__(markup=False)
        self._hint = f"  {edit_key} edits  {say_key} says it now"
        self._shown: tuple[int, tuple[str, ...]] = (0, ())

    def tell(self, waiting: Sequence[str]) -> None:
        """Draw `waiting`, which is told at every tick: the screen is laid out again only when the rows are others."""
        width = max(20, self.app.size.width - 40)
        if self._shown == (width, tuple(waiting)) or not (waiting or self._shown[1]):
            return
        self._shown = (width, tuple(waiting))
        rows = [
            Content.assemble(
                ("↳ ", "$accent"),
                ellipsis(text.strip(), width),
                (self._hint if i == 0 else "", "$accent"),
            )
            for i, text in enumerate(waiting[:ROWS])
        ]
        if len(waiting) > ROWS:
            rows.append(Content(f"  and {len(waiting) - ROWS} more"))
        self.update(Content("\n").join(rows))
        self.display = bool(waiting)
