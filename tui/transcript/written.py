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

PLAIN_LIMIT = 65_536
"""Characters: a construct that is longer is shown as it was written (T8)."""

NESTING_LIMIT = 20_480
"""As PLAIN_LIMIT, for what holds other text and is drawn again while it grows: 100 ms are drawn in one go at most."""

BRACKETS_LIMIT = 1_000
"""As PLAIN_LIMIT, for prose with so many `[`: at each of them the parser looks for a link."""

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


def is_flood(source: str, kind: Kind) -> bool:
    """Whether a construct is shown as it was written, because reading it as Markdown would take too long (T8)."""
    if len(source) > (NESTING_LIMIT if kind in ("quote", "item", "table") else PLAIN_LIMIT):
        return True
    return kind not in ("fence", "indented") and source.count("[") > BRACKETS_LIMIT


def flood_head(width: int) -> Row:
    """The quiet row above a flood, which says why no Markdown is read in it."""
    return (Run(ellipsis(_FLOOD, width), "muted"),)
