"""What of the transcript is not painted as it is now, and when to paint it. Knows rows by number, and no widget."""

from __future__ import annotations

from sys import maxsize

SLICES_A_PAINT = 4
"""A view that is behind paints once for so many slices that it takes in: nobody reads that fast."""


class Repaint:
    """Told what changed, it tells what to paint. At first that is everything."""

    def __init__(self) -> None:
        self._is_whole = True
        self._first = maxsize
        self._generation = -1
        self._slices = 0

    def everything(self) -> None:
        """The whole view is another."""
        self._is_whole = True

    def changed_to(self, generation: int) -> None:
        """The document is at this generation; when it is not the one that was painted, any row may be another."""
        self._is_whole |= generation != self._generation

    def changed_from(self, row: int | None) -> None:
        """The rows from this one on are others; None: any row may be."""
        if row is None:
            self._is_whole = True
        else:
            self._first = min(self._first, row)

    def painted_at(self, generation: int) -> None:
        """What has been told covers every change up to this generation."""
        self._generation = generation

    def is_due(self, *, is_behind: bool) -> bool:
        """Whether to paint after one more slice."""
        self._slices += 1
        return not is_behind or self._slices >= SLICES_A_PAINT

    def taken(self) -> int | None:
        """The first row to paint, None for the whole view; then everything is painted."""
        row = None if self._is_whole else self._first
        self._is_whole, self._first, self._slices = False, maxsize, 0
        return row
