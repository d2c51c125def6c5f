"""Rows to strips, and bounded stores of what was drawn lately. Knows colours through a palette, and no block."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.transcript.rows import Ink, Row, Run, row_cells

ROWS_KEPT = 2_000
"""Rows of drawn blocks that are kept; what is on the screen is kept anyway."""

STRIPS_KEPT = 300
"""Strips that are kept, some pages of them. Each is a dozen objects, and the collector looks at every one."""


class Palette:
    """Inks to styles, worked out once each, and rows to strips, of which the latest are kept."""

    def __init__(self, base: Style, style_of: Callable[[str], Style]) -> None:
        self.base = base
        self._style_of = style_of
        self._styles: dict[Ink, Style] = {"": base}
        self._strips: OrderedDict[tuple[Row, int], Strip] = OrderedDict()

    def __getitem__(self, ink: Ink) -> Style:
        style = self._styles.get(ink)
        if style is None:
            style = self.base
            for name in ink.split():
                style += self._style_of(name)
            self._styles[ink] = style
        return style

    def strip(self, row: Row, width: int) -> Strip:
        """The row as a strip of exactly `width` cells."""
        key = (row, width)
        strip = self._strips.get(key)
        if strip is not None:
            self._strips.move_to_end(key)
            return strip
        strip = self._strips[key] = self._made(row, width)
        if len(self._strips) > STRIPS_KEPT:
            self._strips.popitem(last=False)
        return strip

    def _made(self, row: Row, width: int) -> Strip:
        segments = [Segment(run.text, self[run.ink]) for run in row]
        cells = row_cells(row)
        if cells < width:
            segments.append(Segment(" " * (width - cells), self.base))
            cells = width
        strip = Strip(segments, cells)
        return strip if cells == width else strip.crop(0, width)

    def label(self, words: str, ink: Ink, width: int) -> Strip:
        """A row with `words` in its middle."""
        cells = cell_len(words)
        left = max(0, (width - cells) // 2)
        return self.strip((Run(" " * left), Run(words, ink)), width)


Key = tuple[int, int, int]
"""Block id, its revision, width."""


class RowStore:
    """The rows of blocks that were drawn lately, at most ROWS_KEPT and one block more."""

    def __init__(self, rows_kept: int = ROWS_KEPT) -> None:
        self._rows_kept = rows_kept
        self._count = 0
        self._drawn: OrderedDict[Key, list[Row]] = OrderedDict()

    def get(self, key: Key) -> list[Row] | None:
        rows = self._drawn.get(key)
        if rows is not None:
            self._drawn.move_to_end(key)
        return rows

    def put(self, key: Key, rows: list[Row]) -> None:
        self._count += len(rows) - len(self._drawn.pop(key, ()))
        self._drawn[key] = rows
        while self._count > self._rows_kept and len(self._drawn) > 1:
            self._count -= len(self._drawn.popitem(last=False)[1])

    def clear(self) -> None:
        self._drawn.clear()
        self._count = 0
