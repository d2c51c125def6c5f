"""Rows of styled text that remember where in the source each piece came from, and how to wrap them by cells.

A style is an *ink*: names of `tui.transcript.inks` with spaces between, turned into colours only when a strip is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from rich.cells import cell_len, split_graphemes

Ink: TypeAlias = str

MEASURE = 100
"""Cells: prose is not set wider, because longer lines are hard to read; code and tables are."""

MARKS_PER_CELL = 8
"""A row holds at most this many characters a cell, so that a flood of combining marks is cut like any other text."""

_SINGLE_CELLS = re.compile(
    "[\n\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u2010-\u2027\u202f-\u205e\u2190-\u2193\u2500-\u25fc]*"
)


class Run(NamedTuple):
    """Text in one ink. `at` is the source position of its first character, -1 when it is drawn and not written."""

    text: str
    ink: Ink = ""
    at: int = -1


Row: TypeAlias = tuple[Run, ...]

BLANK: Row = ()


def row_text(row: Row) -> str:
    return "".join(run.text for run in row)


def row_cells(row: Iterable[Run]) -> int:
    return sum(cell_len(run.text) for run in row)


def prefixed(rows: Iterable[Row], first: Row, rest: Row) -> list[Row]:
    """Rows behind a margin: `first` before the first row, `rest` before the others; blank rows get it trimmed."""
    result: list[Row] = []
    for number, row in enumerate(rows):
        result.append((rest if number else first) + row)
    return result


def padded(row: Row, width: int, ink: Ink) -> Row:
    """The row filled to `width` cells."""
    missing = width - row_cells(row)
    return (*row, Run(" " * missing, ink)) if missing > 0 else row


def clipped(row: Row, width: int, ink: Ink = "muted") -> Row:
    """The row cut to `width` cells, with `…` where something is missing."""
    if row_cells(row) <= width:
        return row
    kept: list[Run] = []
    room = max(0, width - 1)
    for run in row:
        end = _fit(run.text, room)
        kept.append(run._replace(text=run.text[:end]))
        room -= cell_len(run.text[:end])
        if end < len(run.text):
            break
    return (*kept, Run("…", ink)) if width > 0 else ()


def wrap(runs: Sequence[Run], width: int) -> list[Row]:
    """Runs as rows of at most `width` cells, broken at spaces and between wide characters; `\\n` breaks always."""
    return cuts(runs, breaks("".join(run.text for run in runs), width))


def fold(runs: Sequence[Run], width: int) -> list[Row]:
    """Runs as rows of at most `width` cells, cut wherever the width ends, as code is."""
    text = "".join(run.text for run in runs)
    width = max(1, width)
    if _SINGLE_CELLS.fullmatch(text):
        if len(text) <= width:
            return [tuple(runs)]
        return cuts(runs, [(start, min(start + width, len(text))) for start in range(0, len(text), width)])
    spans: list[tuple[int, int]] = []
    start = 0
    while start < len(text) or not spans:
        end = start + max(1, _fit(text[start : start + width * MARKS_PER_CELL], width))
        spans.append((start, min(end, len(text))))
        start = end
    return cuts(runs, spans)


def cut(runs: Sequence[Run], start: int, end: int) -> Row:
    """The characters `start` to `end` of the runs put end to end."""
    return cuts(runs, [(start, end)])[0]


def cuts(runs: Sequence[Run], spans: Iterable[tuple[int, int]]) -> list[Row]:
    """The characters of each span, which are in order, of the runs put end to end. Each run is looked at about once."""
    rows: list[Row] = []
    first = first_at = 0  # the run that the span begins in, and where that run begins
    for start, end in spans:
        while first < len(runs) and first_at + len(runs[first].text) <= start:
            first_at += len(runs[first].text)
            first += 1
        row: list[Run] = []
        index, at = first, first_at
        while index < len(runs) and at < end:
            run = runs[index]
            low, high = max(0, start - at), min(len(run.text), end - at)
            if low < high:
                is_whole = low == 0 and high == len(run.text)
                row.append(run if is_whole else Run(run.text[low:high], run.ink, run.at + low if run.at >= 0 else -1))
            at += len(run.text)
            index += 1
        rows.append(tuple(row))
    return rows


def breaks(text: str, width: int) -> list[tuple[int, int]]:
    """Where the rows of `text` start and end, the spaces at which they break left out."""
    width = max(1, width)
    spans: list[tuple[int, int]] = []
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        if _SINGLE_CELLS.fullmatch(line):
            _break_narrow(text, start, end, width, spans)
        else:
            _break_wide(text, start, end, width, spans)
        start = end + 1
    return spans


def _break_narrow(text: str, start: int, end: int, width: int, spans: list[tuple[int, int]]) -> None:
    while end - start > width:
        space = text.rfind(" ", start, start + width + 1)
        stop = space if space > start else start + width
        spans.append((start, _trimmed(text, start, stop)))
        start = stop
        while start < end and text[start] == " ":
            start += 1
        if start >= end:
            return
    spans.append((start, _trimmed(text, start, end)))


def _trimmed(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] == " ":
        end -= 1
    return end


def _break_wide(text: str, start: int, end: int, width: int, spans: list[tuple[int, int]]) -> None:
    row_start, cells = start, 0
    space = -1  # the last place after which the row may break
    cells_at_space = 0
    for low, high, size in split_graphemes(text[start:end])[0]:
        low, high = low + start, high + start
        if text[low] == " ":
            if cells <= width:
                space, cells_at_space = high, cells + 1
            cells += 1
            continue
        overflows = cells + size > width or high - row_start > width * MARKS_PER_CELL
        if overflows and row_start < low:
            stop = space if space > row_start else low
            spans.append((row_start, _trimmed(text, row_start, stop)))
            cells = cells - cells_at_space if stop == space else 0
            row_start, space = stop, -1
        while high - row_start > width * MARKS_PER_CELL:  # one character under more marks than a row may hold
            spans.append((row_start, row_start + width * MARKS_PER_CELL))
            row_start += width * MARKS_PER_CELL
        cells += size
        if size > 1 and cells <= width:
            space, cells_at_space = high, cells
    spans.append((row_start, _trimmed(text, row_start, end)))


def _fit(text: str, width: int) -> int:
    """How many characters of `text` fit `width` cells."""
    if _SINGLE_CELLS.fullmatch(text):
        return min(len(text), width)
    cells = end = 0
    for _, stop, size in split_graphemes(text)[0]:
        if cells + size > width:
            break
        cells += size
        end = stop
    return end


# ── marks ────────────────────────────────────────────────────────────────────


class Mark(NamedTuple):
    """Source positions `start` to `end` of a block that are shown in another ink as well."""

    start: int
    end: int
    ink: Ink


def near(marks: Sequence[Mark], rows: Sequence[Row]) -> Sequence[Mark]:
    """Those of the marks that cover something between the first and the last that is written on the rows."""
    if not marks:
        return ()
    places = [place for row in rows for run in row if run.at >= 0 for place in (run.at, run.at + len(run.text))]
    low, high = min(places, default=0), max(places, default=0)
    return [mark for mark in marks if mark.start < high and mark.end > low]


def marked(row: Row, marks: Sequence[Mark]) -> Row:
    """The row with its written text inked where marks cover it; a later mark covers an earlier one."""
    for mark in marks:
        row = tuple(piece for run in row for piece in _marked(run, mark))
    return row


def _marked(run: Run, mark: Mark) -> Iterable[Run]:
    low, high = max(0, mark.start - run.at), min(len(run.text), mark.end - run.at)
    if run.at < 0 or low >= high:
        return (run,)
    inked = Run(run.text[low:high], f"{run.ink} {mark.ink}".lstrip(), run.at + low)
    before = Run(run.text[:low], run.ink, run.at)
    after = Run(run.text[high:], run.ink, run.at + high)
    return tuple(piece for piece in (before, inked, after) if piece.text)


def place_at(row: Row, cell: int) -> tuple[int, int] | None:
    """Source positions before and after the character at a cell of the row; None when nothing written is on it.

    A cell of no written character counts as the end of what is written left of it, or else the start of the rest.
    """
    left: int | None = None
    x = 0
    for run in row:
        cells = cell_len(run.text)
        if run.at >= 0:
            if cell < x:
                return (run.at, run.at) if left is None else (left, left)
            if cell < x + cells:
                offset = _fit(run.text, cell - x)
                return run.at + offset, run.at + offset + max(1, _fit(run.text[offset:], 1) or 1)
            left = run.at + len(run.text)
        x += cells
    return None if left is None else (left, left)
