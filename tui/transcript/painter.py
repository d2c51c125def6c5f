"""Blocks to strips: what was drawn lately is kept, the growing block is drawn as it grows, marks are laid over both.

Knows the document and a palette; no widget, and nothing of scrolling.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from textual.strip import Strip

from tui.transcript.document import BlockId, Document
from tui.transcript.layout import lay_out
from tui.transcript.live import LiveBlock
from tui.transcript.rows import Mark, Row, marked
from tui.transcript.strips import Drawn, DrawnStore, Palette


class Painter:
    """Draws a document at one width. `layouts` counts how many blocks were laid out."""

    def __init__(self, document: Document) -> None:
        self.width = 0
        self.layouts = 0
        self.wraps_code = True
        self._document = document
        self._store = DrawnStore()
        self._live: LiveBlock | None = None

    @property
    def is_behind(self) -> bool:
        """Whether text of the growing block waits for another frame."""
        return self._live is not None and self._live.is_behind

    def resize(self, width: int, *, wraps_code: bool | None = None) -> None:
        """Another width, or another way with long lines of code: everything is laid out anew when it is looked at."""
        self.width = width
        self.wraps_code = self.wraps_code if wraps_code is None else wraps_code
        self._store.clear()
        self._live = None
        self._document.resize(width)

    def repaint(self) -> None:
        """Colours changed."""
        self._store.clear()
        if self._live is not None:
            self._live.drawn.repaint()

    def commit(self) -> int | None:
        """Bring the growing block up to date; returns the first changed row of the document."""
        document = self._document
        if self._live is not None and not self._live.is_growing:
            self._finish_live()
        if document.growing is None:
            return None
        if self._live is None:
            self._live = LiveBlock(document, self.width, wraps_code=self.wraps_code)
        live = self._live
        first = live.commit()
        index = document.index(live.id)
        if first is not None:
            document.measured(index, len(live.drawn.rows))
        if live.border is not None:
            document.split(live.border)
            return self.commit()
        return None if first is None else document.heights.before(index) + first

    def measure(self, index: int) -> None:
        self._document.measured(index, len(self._drawn(index).rows))

    def rows(self, index: int) -> list[Row]:
        """The rows of a block, its gap included."""
        return self._drawn(index).rows

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
            drawn = self._drawn(index)
            stop = min(len(drawn.rows), offset + last - row)
            if block_marks := marks(index):
                block = [
                    palette.strip(marked(drawn.rows[number], block_marks), width) for number in range(offset, stop)
                ]
            else:
                block = [drawn.strip(number, palette, width) for number in range(offset, stop)]
            if self._document[index].id == cursor:
                block = _with_cursor(block, max(0, self._document[index].gap - offset), palette)
            strips += block
            row += max(1, stop - offset)
        return strips

    def _drawn(self, index: int) -> Drawn:
        live = self._live
        entry = self._document[index]
        if live is not None and entry.id == live.id:
            return live.drawn
        key = (entry.id, entry.revision, self.width)
        drawn = self._store.get(key)
        if drawn is None:
            self.layouts += 1
            drawn = Drawn(lay_out(entry.block, entry.gap, self.width, wraps_code=self.wraps_code))
            self._store.put(key, drawn)
        return drawn

    def _finish_live(self) -> None:
        live, self._live = self._live, None
        if live is None or live.id not in self._document or live.width != self.width:
            return
        drawn = live.finish()
        if drawn is not None:
            index = self._document.index(live.id)
            entry = self._document[index]
            self._store.put((entry.id, entry.revision, self.width), drawn)
            self._document.measured(index, len(drawn.rows))


def _with_cursor(strips: list[Strip], gap: int, palette: Palette) -> list[Strip]:
    bar = Segment("▎", palette["cursor"])
    return [*strips[:gap], *(Strip([bar, *strip.crop(1)], strip.cell_length) for strip in strips[gap:])]
