"""Which row of a diff shows what: runs of equal rows, so that a file of any length costs as much as its hunks.

Pure; rows name lines by number and never hold their text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate
from typing import Literal, NamedTuple, overload

from tui.widgets.diff.content import FileText, Span

CONTEXT = 3
"""Unchanged lines kept open on each side of a hunk."""

_SHORTEST_FOLD = 2
"""Folding a single line would save nothing."""

RowKind = Literal["context", "removed", "added", "changed", "fold", "header", "note"]
NONE = -1
"""No line on this side, or no hunk."""


class Row(NamedTuple):
    """One row. `before` and `after` are 0-based lines; `changed` is a pair side by side, either side may be NONE.

    `part` is the number of lines under a fold, or the line of a note. A fold carries the number of the hunk after it
    in `hunk`; context carries the hunk it leads up to.
    """

    kind: RowKind
    hunk: int
    before: int
    after: int
    part: int = 0


class Run(NamedTuple):
    """Rows of one kind, one after the other. A side with fewer lines than rows has NONE at its end."""

    kind: RowKind
    hunk: int
    rows: int
    before: int = 0
    before_count: int = 0
    after: int = 0
    after_count: int = 0
    hidden: int = 0

    def row(self, index: int) -> Row:
        return Row(
            self.kind,
            self.hunk,
            self.before + index if index < self.before_count else NONE,
            self.after + index if index < self.after_count else NONE,
            self.hidden or index,
        )


class Rows(Sequence[Row]):
    """All rows of a diff, made when asked for."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs = tuple(run for run in runs if run.rows)
        self._starts = list(accumulate((run.rows for run in self.runs), initial=0))
        self._hunks: dict[int, tuple[int, int]] = {}
        for run, start, end in zip(self.runs, self._starts, self._starts[1:], strict=False):
            if run.hunk != NONE and run.kind != "fold":
                first, _ = self._hunks.get(run.hunk, (start, end))
                self._hunks[run.hunk] = (first, end)

    def __len__(self) -> int:
        return self._starts[-1]

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        place = bisect_right(self._starts, index) - 1
        return self.runs[place].row(index - self._starts[place])

    def __iter__(self) -> Iterator[Row]:
        return (run.row(index) for run in self.runs for index in range(run.rows))

    def hunk(self, number: int) -> tuple[int, int]:
        """First row of a hunk, its header, and the row after its last."""
        return self._hunks[number]

    def find(self, side: Literal["before", "after"], line: int) -> int | None:
        """The row that shows a line of one text; None while it is folded away."""
        for run, start in zip(self.runs, self._starts, strict=False):
            first, count = (run.before, run.before_count) if side == "before" else (run.after, run.after_count)
            if first <= line < first + count:
                return start + line - first
        return None


def lay_out(
    text: FileText,
    *,
    side_by_side: bool = False,
    opened: Collection[int] = (),
    notes: Sequence[int] = (),
    context: int = CONTEXT,
) -> Rows:
    """The rows of one file. `opened` names folds by the hunk after them; `notes` counts each hunk's comment lines.

    A file without hunks (an empty file, a pure move) has hunk 0 for itself: a header and no changed lines.
    """
    runs: list[Run] = []
    before = after = 0
    for number, span in enumerate(text.spans):
        gap = span.before - before
        tail = min(context, gap) if number else 0
        lead = min(context, gap - tail)
        runs += _gap(number, before, after, gap, tail, lead, number in opened)
        runs += [
            Run("header", number, 1),
            _same(number, span.before - lead, span.after - lead, lead),
            *_changed(number, span, side_by_side),
            Run("note", number, notes[number] if notes else 0),
        ]
        before, after = span.before + span.before_count, span.after + span.after_count
    if not text.spans:
        runs += [Run("header", 0, 1), Run("note", 0, notes[0] if notes else 0)]
    count, rest = len(text.spans), len(text.after) - after
    runs += _gap(count, before, after, rest, min(context, rest) if count else 0, 0, count in opened)
    return Rows(runs)


def _same(hunk: int, before: int, after: int, count: int) -> Run:
    return Run("context", hunk, count, before, count, after, count)


def _gap(number: int, before: int, after: int, gap: int, tail: int, lead: int, is_open: bool) -> list[Run]:
    """Unchanged lines in front of a hunk's own context: the last hunk's tail, and a fold."""
    hidden = gap - tail - lead
    if hidden < _SHORTEST_FOLD:
        return [_same(NONE, before, after, tail + hidden)]
    fold = Run("fold", number, 1, hidden=hidden)
    shown = [_same(NONE, before + tail, after + tail, hidden)] if is_open else []
    return [_same(NONE, before, after, tail), fold, *shown]


def _changed(number: int, span: Span, side_by_side: bool) -> list[Run]:
    if side_by_side:
        return [Run("changed", number, max(span.before_count, span.after_count), *span)]
    return [
        Run("removed", number, span.before_count, span.before, span.before_count),
        Run("added", number, span.after_count, after=span.after, after_count=span.after_count),
    ]
