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

    def tell(self, waiting: Sequence[str]) -> None:
        width = max(20, self.app.size.width - 40)
        rows = [
            Content.assemble(
                ("⏸ ", "$accent"),
                ellipsis(text.strip(), width),
                ("  esc edits  ctrl+t says it now" if i == 0 else "", "$accent"),
            )
            for i, text in enumerate(waiting[:ROWS])
        ]
        if len(waiting) > ROWS:
            rows.append(Content(f"  and {len(waiting) - ROWS} more"))
        self.update(Content("\n").join(rows))
        self.display = bool(waiting)
