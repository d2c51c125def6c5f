"""What stands where the conversation will be, until something is said. Pure: keys and a width in, rows out."""

from __future__ import annotations

from collections.abc import Sequence

from backends.frozen import frozen
from tui.transcript.rows import BLANK, MEASURE, Row, Run, prefixed, wrap

_WORDS = "Ask about this folder, or say what to change."
_MARGIN: Row = (Run("   "),)
_KEY_CELLS = 12


@frozen
class Way:
    """A key or sign, and where it leads."""

    key: str
    leads_to: str


def opening_rows(ways: Sequence[Way], width: int) -> list[Row]:
    """The first words and one row for each way that has a key."""
    words = wrap([Run(_WORDS, "muted")], min(width, MEASURE) - len(_MARGIN[0].text))
    rows: list[Row] = [(Run(way.key.ljust(_KEY_CELLS), "key"), Run(way.leads_to, "muted")) for way in ways if way.key]
    return [BLANK, *prefixed([*words, BLANK, *rows], _MARGIN, _MARGIN)]
