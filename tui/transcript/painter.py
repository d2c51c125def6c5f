"""Blocks to strips: what was drawn lately is kept, the growing block is drawn as it grows, marks are laid over both.

Knows the document and a palette; no widget, and nothing of scrolling.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from textual.strip import Strip

from tui.transcript.document import BlockId, Document, Entry
from tui.transcript.layout import lay_out
from tui.transcript.live import LiveBlock
from tui.transcript.rows import Mark, Row, marked, near
from tui.transcript.sections import beginning_with
from tui.transcript.strips import Palette, RowStore

REDRAW_LIMIT = 8_192
"""Characters of the growing block that are laid out at once for another width, so that it does not seem to begin anew.
Blocks are hardly longer, but for what is as long in one piece."""


class Painter:
    """Draws a document at one width. `layouts` counts how many blocks were laid out."""

    def __init__(self, document: Document) -> None:
        self.width = 0
        self.layouts = 0
        self.wraps_code = True
        self._document = document
        self._store = RowStore()
        self._live: LiveBlock | None = None
        self._limit: int | None = None

    @property
    def is_behind(self) -> bool:
        """Whether text waits for another frame."""
        return self._live.is_behind if self._live is not None else self._document.has_opened

    def resize(self, width: int, *, wraps_code: bool | None = None) -> None:
        """Another width, or another way with long lines of code: everything is laid out anew when it is looked at."""
        self.width = width
        self.wraps_code = self.wraps_code if wraps_code is None else wraps_code
        self._store.clear()
        self._document.resize(width)
        if self._live is not None:
            self._live = self._live_of(self._live.entry)
            self._limit = REDRAW_LIMIT

    def commit(self) -> int | None:
        """Bring what arrives up to date, by a slice at most; returns the first changed row of the document, None where
        that may be any."""
        document = self._document
        if self._live is not None and self._live.id not in document:
            self._live = None
        if self._live is None:
            entry = document.take_opened()
            if entry is None:
                return None
            self._live = self._live_of(entry)
        live = self._live
        first = live.commit(self._limit)
        self._limit = None
        index = document.index(live.id)
        if first is not None:
            document.measured(index, len(live.rows))
        if live.border is not None:
            rest = document.split(live.id, live.border.start, beginning_with(live.border))
            self._finish_live()
            self._live = self._live_of(rest)
        elif not live.is_growing and not live.is_behind:
            self._finish_live()
            return self.commit()
        return None if first is None else document.heights.before(index) + first

    def _live_of(self, entry: Entry) -> LiveBlock:
        return LiveBlock(self._document, entry, self.width, wraps_code=self.wraps_code)

    def measure(self, index: int) -> None:
        self._document.measured(index, len(self.rows(index)))

    def strips(
        self,
        first: int,
        last: int,
        palette: Palette,
        width: int,
        marks: Callable[[int], Sequence[Mark]],
        cursor: BlockId | None,
    ) -> list[Strip]:
        """The strips of the document's rows `first` to `last`, with the marks of each block and a bar at the cursor."""
        strips: list[Strip] = []
        heights = self._document.heights
        row, last = first, min(last, heights.total)
        while row < last:
            index, offset = heights.find(row)
            rows = self.rows(index)
            stop = min(len(rows), offset + last - row)
            shown = rows[offset:stop]
            block_marks = near(marks(index), shown)
            block = [palette.strip(marked(row, near(block_marks, (row,))), width) for row in shown]
            if self._document[index].id == cursor:
                block = _with_cursor(block, max(0, self._document[index].gap - offset), palette)
            strips += block
            row += max(1, stop - offset)
        return strips

    def rows(self, index: int) -> list[Row]:
        """The rows of a block, its gap included."""
        live = self._live
        entry = self._document[index]
        if live is not None and entry.id == live.id:
            return live.rows
        key = (entry.id, entry.revision, self.width)
        rows = self._store.get(key)
        if rows is None:
            self.layouts += 1
            rows = lay_out(entry.block, entry.gap, self.width, wraps_code=self.wraps_code)
            self._store.put(key, rows)
        return rows

    def _finish_live(self) -> None:
        live, self._live = self._live, None
        if live is None or live.id not in self._document or live.width != self.width:
            return
        rows = live.finish()
        if rows is not None:
            index = self._document.index(live.id)
            entry = self._document[index]
            self._store.put((entry.id, entry.revision, self.width), rows)
            self._document.measured(index, len(rows))


def _with_cursor(strips: list[Strip], gap: int, palette: Palette) -> list[Strip]:
    bar = Segment("▎", palette["cursor"])
    return [*strips[:gap], *(Strip([bar, *strip.crop(1)], strip.cell_length) for strip in strips[gap:])]
