"""Where a word is in the diffs of a proposal. Pure; may be slow on large files: meant for a thread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from tui.text import clean_line
from tui.widgets.diff.content import FileText
from tui.widgets.diff.model import Side

MOST_MATCHES = 9_999


class Match(NamedTuple):
    """A line that holds the query: the file's number, which text, and its 0-based line there."""

    file: int
    side: Side
    line: int


def find_matches(texts: Sequence[FileText], query: str) -> list[Match]:
    """Lines with `query`, in reading order, folded ones too; a query in small letters finds capitals as well."""
    ignores_case = query == query.lower()
    found = (
        Match(number, side, line)
        for number, text in enumerate(texts)
        for side, line, content in _reading_order(text)
        if query in (content.lower() if ignores_case else content)
    )
    return list(islice(found, MOST_MATCHES)) if query else []


def _reading_order(text: FileText) -> Iterator[tuple[Side, int, str]]:
    done = 0
    for span in text.spans:
        yield from _lines("after", text.after, range(done, span.after))
        yield from _lines("before", text.before, range(span.before, span.before + span.before_count))
        done = span.after
    yield from _lines("after", text.after, range(done, len(text.after)))


def _lines(side: Side, lines: Sequence[str], numbers: range) -> Iterator[tuple[Side, int, str]]:
    return ((side, number, line) for number, line in zip(numbers, lines[numbers.start : numbers.stop], strict=True))


class Search:
    """A search and where it stands. `index` is the match last shown, -1 before the first."""

    def __init__(self) -> None:
        self.query = ""
        self.matches: list[Match] = []
        self.index = -1

    def begin(self, query: str) -> None:
        """A new query; its matches come later, through `take`."""
        self.query, self.matches, self.index = query, [], -1

    def take(self, query: str, matches: list[Match]) -> bool:
        """The matches of `query`; False when another query began meanwhile."""
        if query == self.query:
            self.matches = matches
        return query == self.query

    def step(self, by: int, *, from_file: int = 0) -> Match | None:
        """The next match, or the previous one; the first step begins at `from_file`. Goes round at the ends."""
        if not self.matches:
            return None
        if self.index < 0:
            first = next((i for i, match in enumerate(self.matches) if match.file >= from_file), 0)
            self.index = first if by > 0 else first - 1
        else:
            self.index += by
        self.index %= len(self.matches)
        return self.matches[self.index]

    @property
    def words(self) -> str:
        """`“login”: 3 of 17`; empty without a query."""
        if not self.query:
            return ""
        if not self.matches:
            return f"“{clean_line(self.query)}”: not found"
        return f"“{clean_line(self.query)}”: {max(0, self.index) + 1} of {len(self.matches)}"
