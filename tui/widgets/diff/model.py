"""One file as the reviewer sees it: its texts, folds, word marks and highlighting. Knows no widget and no colour."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Literal

from rich.cells import cell_len

from agent.edits.proposal import FileChange
from tui.text import clean
from tui.widgets.diff.content import FileText, file_text
from tui.widgets.diff.draft import FileDraft
from tui.widgets.diff.highlight import Highlighter
from tui.widgets.diff.rows import NONE, Row, Rows, lay_out
from tui.widgets.diff.words import Marks, word_changes

Side = Literal["before", "after"]
TAB = 4
LONG_LINE = 10_000
"""Characters from which a line is drawn by the piece, plain, and measured in characters."""


class FileDiff:
    """A changed file and how it is looked at. Decisions come from outside, through `update`.

    `can_decide` False: it is only looked at.
    """

    def __init__(self, change: FileChange, draft: FileDraft, *, can_decide: bool = True) -> None:
        self.can_decide = can_decide
        self.change = change
        self.draft = draft
        self.opened: frozenset[int] = frozenset()
        self.text: FileText = file_text(change, draft.edits)
        self.highlighters = {
            "before": Highlighter(change.path, self.text.before),
            "after": Highlighter(change.target, self.text.after),
        }
        self._rows: dict[bool, Rows] = {}
        self._width: int | None = None
        self._words: dict[tuple[int, int], tuple[Marks, Marks]] = {}
        self._mixed_ends: dict[int, bool] = {}

    def update(self, draft: FileDraft) -> None:
        """Show other decisions; the text is made anew only when edits differ."""
        if draft == self.draft:
            return
        edits_changed = draft.edits != self.draft.edits
        self.draft = draft
        self._forget_rows()
        if edits_changed:
            self.text = file_text(self.change, draft.edits)
            self.highlighters["after"] = Highlighter(self.change.target, self.text.after)
            self._words.clear()
            self._mixed_ends.clear()

    # ── rows and folds ───────────────────────────────────────────────────────

    def rows(self, side_by_side: bool) -> Rows:
        if side_by_side not in self._rows:
            notes = [len(hunk.comment.splitlines()) for hunk in self.draft.hunks]
            self._rows[side_by_side] = lay_out(self.text, side_by_side=side_by_side, opened=self.opened, notes=notes)
        return self._rows[side_by_side]

    def folds(self) -> frozenset[int]:
        return frozenset(run.hunk for run in self.rows(False).runs if run.kind == "fold")

    def toggle_folds(self, folds: frozenset[int]) -> None:
        """Open these folds, or close them when all of them are open."""
        self.opened = self.opened - folds if folds <= self.opened else self.opened | folds
        self._forget_rows()

    def unfold(self, side: Side, line: int) -> None:
        """Make sure that a line is not folded away."""
        if self.rows(False).find(side, line) is None:
            fold = sum((span.before if side == "before" else span.after) <= line for span in self.text.spans)
            self.opened |= {fold}
            self._forget_rows()

    def _forget_rows(self) -> None:
        self._rows.clear()
        self._width = None

    # ── text ─────────────────────────────────────────────────────────────────

    def line(self, side: Side, number: int) -> str:
        """A line without its end, as it is in the file: not cleaned."""
        return _lines(self.text, side)[number].removesuffix("\n").removesuffix("\r")

    def line_end(self, side: Side, row: Row) -> str:
        """What to say about the end of a changed line, where the ends of its hunk differ; else empty."""
        if row.kind not in ("removed", "added", "changed") or not self._has_mixed_ends(row.hunk):
            return ""
        line = _lines(self.text, side)[row.before if side == "before" else row.after]
        if line.endswith("\r\n"):
            return "␍␊"
        return "␊" if line.endswith("\n") else "no newline at end of file"

    def words(self, side: Side, row: Row) -> Marks:
        """The parts of a changed line that differ from its partner, computed when first looked at."""
        span = self.text.spans[row.hunk]
        offset = (row.before - span.before) if side == "before" else (row.after - span.after)
        if offset >= min(span.before_count, span.after_count):
            return ()
        key = (row.hunk, offset)
        if key not in self._words:
            self._words[key] = word_changes(
                self.line("before", span.before + offset), self.line("after", span.after + offset)
            )
        return self._words[key][side == "after"]

    @property
    def number_width(self) -> int:
        return max(3, len(str(max(len(self.text.before), len(self.text.after)))))

    @property
    def text_width(self) -> int:
        """Cells of the longest line on show."""
        if self._width is None:
            self._width = max(
                (
                    max(map(cells, islice(lines, start, start + count)), default=0)
                    for run in self.rows(False).runs
                    for lines, start, count in (
                        (self.text.before, run.before, run.before_count),
                        (self.text.after, run.after, run.after_count),
                    )
                ),
                default=0,
            )
        return self._width

    def _has_mixed_ends(self, hunk: int) -> bool:
        if hunk not in self._mixed_ends:
            span = self.text.spans[hunk]
            lines = (
                *self.text.before[span.before : span.before + span.before_count],
                *self.text.after[span.after : span.after + span.after_count],
            )
            self._mixed_ends[hunk] = len({"\r\n" if line.endswith("\r\n") else line[-1:] == "\n" for line in lines}) > 1
        return self._mixed_ends[hunk]


def cells(line: str) -> int:
    """Cells of a line once cleaned, its end not counted."""
    if (line.isascii() and "\t" not in line) or len(line) > LONG_LINE:
        return len(line.rstrip("\r\n"))
    return cell_len(clean(line.removesuffix("\n").removesuffix("\r")).expandtabs(TAB))


def _lines(text: FileText, side: Side) -> Sequence[str]:
    return text.before if side == "before" else text.after


def sides(row: Row) -> list[tuple[Side, int]]:
    """The lines that a row shows, new side last."""
    shown: list[tuple[Side, int]] = []
    if row.before != NONE:
        shown.append(("before", row.before))
    if row.after != NONE:
        shown.append(("after", row.after))
    return shown
