"""Text as it was written, in rows: no Markdown is read in it. And what of Markdown is too long to be read as such.

Pure; knows no parser.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tui.text import ellipsis
from tui.transcript.rows import BLANK, Ink, Row, Run, wrap

if TYPE_CHECKING:
    from tui.transcript.scanner import Kind

LIMITS: dict[Kind, int] = {"fence": 65_536, "indented": 65_536, "item": 20_480, "quote": 20_480, "table": 20_480}
"""Characters: a construct that is longer is shown as it was written (T8). Code is cheap to draw, and what holds other
text is drawn again while it grows."""

PROSE_LIMIT = 10_240
"""As LIMITS, for paragraphs and all else."""

LINES_LIMIT = 600
"""As LIMITS, for lines of what is no code: the parser makes a token of each."""

BRACKETS_LIMIT = 1_000
"""As LIMITS, for so many `[` in what is no code: at each of them the parser looks for a link."""

SHOWN_LINES = 2_000
SHOWN_CHARACTERS, SHOWN_WIDE = 262_144, 65_536
"""At most this much of one text is laid out as it was written, less where letters may be of any width (T8)."""

_FLOOD = "too long to be laid out: as it was written"


def plain(source: str, width: int, at: int = 0, ink: Ink = "") -> list[Row]:
    """Text as it was written, wrapped."""
    rows: list[Row] = []
    for line in source.split("\n"):
        rows += wrap(_tabbed(line, ink, at), width) if line else [BLANK]
        at += len(line) + 1
    return rows


def _tabbed(line: str, ink: Ink, at: int) -> list[Run]:
    """A line with its tabs drawn as spaces, everything else where it was written."""
    if "\t" not in line:
        return [Run(line, ink, at)]
    runs: list[Run] = []
    column = 0
    for part in re.split("(\t)", line):
        shown, place = (" " * (4 - column % 4), -1) if part == "\t" else (part, at)
        runs.append(Run(shown, ink, place))
        column += len(shown)
        at += len(part)
    return runs


def shown_end(text: str, start: int = 0, end: int | None = None) -> int:
    """Where what is laid out of a text ends."""
    stop = min(len(text) if end is None else end, start + SHOWN_CHARACTERS)
    if not text[start:stop].isascii():
        stop = min(stop, start + SHOWN_WIDE)
    lines = text[start:stop].split("\n", SHOWN_LINES)
    return stop - len(lines[-1]) - 1 if len(lines) > SHOWN_LINES else stop


def more_lines(text: str, shown: int, end: int, ink: Ink = "") -> list[Row]:
    """The row that counts the lines of a text which are not laid out, if there are any."""
    if shown >= end:
        return []
    hidden = text.count("\n", shown, end) + (text[shown] != "\n")
    return [(Run(f"+ {hidden} more line{'s' * (hidden != 1)}", f"{ink} muted".lstrip()),)]


def plain_in_part(text: str, width: int, at: int = 0, ink: Ink = "") -> list[Row]:
    """Text as it was written, as much of it as is laid out, and how much is not."""
    whole = text.rstrip("\n")
    shown = shown_end(whole)
    return plain(whole[:shown], width, at, ink) + more_lines(whole, shown, len(whole), ink)


def is_flood(source: str, kind: Kind) -> bool:
    """Whether a construct is shown as it was written, because reading it as Markdown would take too long (T8)."""
    if len(source) > LIMITS.get(kind, PROSE_LIMIT):
        return True
    is_code = kind in ("fence", "indented")
    return not is_code and (source.count("[") > BRACKETS_LIMIT or source.count("\n") > LINES_LIMIT)


def flood(source: str, width: int, at: int) -> list[Row]:
    """A construct that is not read as Markdown."""
    return [flood_head(width), *plain_in_part(source, width, at)]


def flood_head(width: int) -> Row:
    """The quiet row above a flood, which says why no Markdown is read in it."""
    return (Run(ellipsis(_FLOOD, width), "muted"),)
