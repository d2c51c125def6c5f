"""The messages that wait for the turn's next step or for its end, above the status line."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Textual gives `Widget.app` an unfinished type.
from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from tui.conversation.turns import Unsent
from tui.text import ellipsis

ROWS = 3


class QueueList(Static):
    """At most three rows; hidden when nothing waits."""

    DEFAULT_CSS = "QueueList { height: auto; padding: 0 1; color: $text-muted; display: none; }"

    def __init__(self, edit_key: str, say_key: str) -> None:
        super().__init__(markup=False)
        edits = Content.assemble((f"  {edit_key}", "$accent"), " edits")
        self._said_hint = Content.assemble("  goes with the next step", edits)
        self._queued_hint = Content.assemble(edits, (f"  {say_key}", "$accent"), " says it now")
        self._shown = (0, Unsent())

    def tell(self, unsent: Unsent) -> None:
        """Draw `unsent`, which is told at every tick: the screen is laid out again only when the rows are others."""
        width = max(20, self.app.size.width - 44)
        if self._shown == (width, unsent) or unsent == self._shown[1] == Unsent():
            return
        self._shown = (width, unsent)
        rows = [
            *_rows("⇢ ", unsent.said, self._said_hint, width),
            *_rows("↳ ", unsent.queued, self._queued_hint, width),
        ]
        if len(rows) > ROWS:
            rows[ROWS:] = [Content(f"  and {len(rows) - ROWS} more")]
        self.update(Content("\n").join(rows))
        self.display = bool(rows)


def _rows(sign: str, texts: Sequence[str], hint: Content, width: int) -> list[Content]:
    """A row for each text; the first one tells `hint`."""
    return [
        Content.assemble(
            (sign, "$accent"), (ellipsis(text.strip(), width), "$foreground"), hint if i == 0 else Content()
        )
        for i, text in enumerate(texts)
    ]
