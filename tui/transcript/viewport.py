"""Which rows of the document are looked at: follows the end, or holds its place while heights around it change.

Heights are estimates until measured, so what is about to be seen is measured first. Knows no widget.
"""

from __future__ import annotations

from collections.abc import Callable

from tui.transcript.document import BlockId, Document

_NEAR = 4
"""Pages within which a movement is counted in measured rows; farther jumps land on the estimate."""


class Viewport:
    """`top` is the first visible row, `follows` whether the end stays in view as text arrives."""

    def __init__(self, document: Document, measure: Callable[[int], None]) -> None:
        self.top = 0
        self.height = 1
        self.follows = True
        self._document = document
        self._measure = measure
        self._anchor: tuple[BlockId, int] | None = None

    def settle(self) -> None:
        """Something changed above, below or in what is seen: measure it and keep the place."""
        if self.follows:
            self._settle_at_end()
        else:
            self._settle_at(self._anchored())

    def move(self, rows: int) -> None:
        """Down by so many rows as they really are, up when negative."""
        if abs(rows) > _NEAR * self.height:
            self.go(self._anchored() + rows)
            return
        document = self._document
        while (target := self._anchored() + rows) >= 0 and target < document.heights.total:
            low, _ = document.heights.find(target)
            high, _ = document.heights.find(min(self._anchored(), document.heights.total - 1))
            if not self._measure_all(min(low, high), max(low, high)):
                break
        self._settle_at(self._anchored() + rows)
        self._follow_if_at_end()

    def go(self, row: int) -> None:
        self._settle_at(row)
        self._follow_if_at_end()

    def show(self, index: int, *, above: int = 1) -> None:
        """Put a block at the top, with some rows of what stands above it."""
        self._measure_all(index, index)
        self.go(self._document.heights.before(index) + self._document[index].gap - above)

    def reveal(self, index: int, row: int | None = None) -> None:
        """Move as little as shows a block, or the start of one that is too tall; or a row of it with some around."""
        self._measure_all(index, index)
        heights = self._document.heights
        start, end = heights.before(index), heights.before(index + 1)
        if row is not None:
            start, end = max(0, start + row - 3), min(heights.total, start + row + 4)
        if start < self.top or end - start >= self.height:
            self.move(start - self.top)
        elif end > self.top + self.height:
            self.move(end - self.top - self.height)

    def to_end(self) -> None:
        self.follows = True
        self.settle()

    def measure_around(self) -> None:
        """Measure the page above and the page below, and stay in place."""
        heights = self._document.heights
        if heights.total:
            first, _ = heights.find(max(0, min(self.top - self.height, heights.total - 1)))
            last, _ = heights.find(min(self.top + 2 * self.height, heights.total) - 1)
            self._measure_all(first, last)
        self.settle()

    @property
    def visible(self) -> range:
        """Indices of the blocks in view."""
        heights = self._document.heights
        last_row = min(self.top + self.height, heights.total) - 1
        if last_row < 0:
            return range(0)
        return range(heights.find(min(self.top, last_row))[0], heights.find(last_row)[0] + 1)

    @property
    def is_at_end(self) -> bool:
        return self.top + self.height >= self._document.heights.total

    # ── inside ───────────────────────────────────────────────────────────────

    def _follow_if_at_end(self) -> None:
        self.follows = self.is_at_end

    def _anchored(self) -> int:
        """The row at the top now, by the block that stood there and not by its number."""
        if self._anchor is None:
            return self.top
        block_id, offset = self._anchor
        if block_id not in self._document:
            return min(self.top, self._document.heights.total)
        index = self._document.index(block_id)
        return self._document.heights.before(index) + min(offset, max(0, self._document.heights[index] - 1))

    def _settle_at_end(self) -> None:
        document = self._document
        index, rows = len(document) - 1, 0
        while index >= 0 and rows < self.height:
            self._measure_all(index, index)
            rows += document.heights[index]
            index -= 1
        self._hold(max(0, document.heights.total - self.height))

    def _settle_at(self, row: int) -> None:
        heights = self._document.heights
        if not heights.total:
            self._hold(0)
            return
        index, offset = heights.find(max(0, min(row, heights.total - 1)))
        below, rows = index, -offset
        while below < len(heights) and rows < self.height:
            self._measure_all(below, below)
            if below == index:
                offset = min(offset, max(0, heights[index] - 1))
                rows = -offset
            rows += heights[below]
            below += 1
        if rows < self.height:
            self._settle_at_end()
        else:
            self._hold(heights.before(index) + offset)

    def _hold(self, top: int) -> None:
        heights = self._document.heights
        self.top = top
        if top < heights.total:
            index, offset = heights.find(top)
            self._anchor = (self._document[index].id, offset)
        else:
            self._anchor = None

    def _measure_all(self, first: int, last: int) -> bool:
        """Whether a block among these had not been measured."""
        waiting = [index for index in range(first, last + 1) if not self._document[index].is_measured]
        for index in waiting:
            self._measure(index)
        return bool(waiting)
