"""Where the lines that a patch mentions stand in a file, forgivingly compared. Pure; knows nothing of hunks.

A line is looked for as text, and only the lines that hold its steady part are folded; where that would be slower, one
pass over the file answers for all lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.edits.folding import loose, steady_part
from agent.edits.lines import Lines

_SEARCHES = 8
"""A pass over the file costs as much as this many searches."""
_LOOKED_AT = 2_000
"""Lines that a search may look at before a pass is cheaper."""


class Occurrences:
    """The places of `wanted`, lines in their loose form, found when they are asked for."""

    def __init__(self, lines: Lines, wanted: Iterable[str]) -> None:
        self._lines = lines
        self._wanted = frozenset(wanted)
        self._found: dict[str, list[int]] = {}

    def of(self, text: str) -> Sequence[int] | None:
        """The numbers of the lines that are like `text`, in order; None for a text that is not wanted."""
        line = loose(text)
        if line not in self._found and line in self._wanted:
            self._look_for(line)
        return self._found.get(line)

    def _look_for(self, line: str) -> None:
        part = steady_part(line)
        places = self._search(line, part) if part and len(self._found) < _SEARCHES else None
        if places is None:
            self._pass()
        else:
            self._found[line] = places

    def _search(self, line: str, part: str) -> list[int] | None:
        """The places of one line, or None when its steady part stands in too many others."""
        text = self._lines.text
        places: list[int] = []
        at = text.find(part)
        for _ in range(_LOOKED_AT):
            if at < 0:
                return places
            start, end = self._lines.span_at(at)
            if loose(text[start:end]) == line:
                places.append(self._lines.number_at(start))
            at = text.find(part, end)
        return None

    def _pass(self) -> None:
        found: dict[str, list[int]] = {line: [] for line in self._wanted}
        bare = map(str.strip if self._lines.text.isascii() else loose, self._lines)
        for number, line in [(number, line) for number, line in enumerate(bare) if line in found]:
            found[line].append(number)
        self._found = found
