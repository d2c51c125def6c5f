"""Rows to strips, and the bounded store of what was drawn. Knows colours through a palette, and no block."""

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


class Palette:
    """Inks to styles, worked out once each."""

    def __init__(self, base: Style, style_of: Callable[[str], Style]) -> None:
        self.base = base
        self._style_of = style_of
        self._styles: dict[Ink, Style] = {"": base}

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


class Drawn:
    """The rows of a block at one width, and their strips as far as they were shown."""

    __slots__ = ("_strips", "rows")

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self._strips: list[Strip | None] = [None] * len(rows)

    def strip(self, number: int, palette: Palette, width: int) -> Strip:
        strip = self._strips[number]
        if strip is None:
            strip = self._strips[number] = palette.strip(self.rows[number], width)
        return strip

    def changed_from(self, number: int) -> None:
        """The rows from `number` on are others now."""
        del self._strips[number:]
        self._strips += [None] * (len(self.rows) - len(self._strips))

    def repaint(self) -> None:
        """Colours changed."""
        self.changed_from(0)


Key = tuple[int, int, int]
"""Block id, its revision, width. A change of theme empties the store."""


class DrawnStore:
    """What was drawn lately, at most ROWS_KEPT rows and one block more."""

    def __init__(self, rows_kept: int = ROWS_KEPT) -> None:
        self._rows_kept = rows_kept
        self._rows = 0
        self._drawn: OrderedDict[Key, Drawn] = OrderedDict()

    def __len__(self) -> int:
        return len(self._drawn)

    @property
    def rows(self) -> int:
        return self._rows

    def get(self, key: Key) -> Drawn | None:
        drawn = self._drawn.get(key)
        if drawn is not None:
            self._drawn.move_to_end(key)
        return drawn

    def put(self, key: Key, drawn: Drawn) -> None:
        old = self._drawn.pop(key, None)
        if old is not None:
            self._rows -= len(old.rows)
        self._drawn[key] = drawn
        self._rows += len(drawn.rows)
        while self._rows > self._rows_kept and len(self._drawn) > 1:
            _, oldest = self._drawn.popitem(last=False)
            self._rows -= len(oldest.rows)

    def clear(self) -> None:
        self._drawn.clear()
        self._rows = 0
