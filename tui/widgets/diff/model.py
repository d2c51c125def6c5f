"""One file as the reviewer sees it: its texts, folds, word marks and highlighting. Knows no widget and no colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Literal, NamedTuple

from rich.cells import cell_len

from agent.edits.lines import Lines
from agent.edits.proposal import FileChange
from tui.text import clean
from tui.widgets.diff.content import TAB, FileText, file_text
from tui.widgets.diff.draft import FileDraft
from tui.widgets.diff.highlight import BLOCK_LINES, Highlighter, LineRoles
from tui.widgets.diff.rows import NONE, Row, Rows, Run, lay_out
from tui.widgets.diff.words import ALIGNED_LINES, Marks, changed_words

Side = Literal["before", "after"]


class Want(NamedTuple):
    """Something to compute: the `roles` of a side, or the `words` of a hunk, and which block of it."""

    kind: Literal["roles", "words"]
    of: Side | int
    block: int


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
        self._opened: frozenset[int] = frozenset()
        self._peeked: frozenset[int] = frozenset()
        self.text: FileText = file_text(change, draft.edits)
        self._highlighters = {
            "before": Highlighter(change.path, self.text.before),
            "after": Highlighter(change.target, self.text.after),
        }
        self._rows: dict[bool, Rows] = {}
        self._width: int | None = None
        self._words: dict[tuple[int, int], tuple[list[Marks], list[Marks]]] = {}
        self._mixed_ends: dict[int, bool] = {}

    def update(self, draft: FileDraft) -> None:
        """Show other decisions; texts and rows are made anew only when edits or comments differ."""
        before, self.draft = self.draft, draft
        if draft is before:
            return
        if draft.edits != before.edits:
            self.text = file_text(self.change, draft.edits)
            self._highlighters["after"] = Highlighter(self.change.target, self.text.after)
            self._words = {}
            self._mixed_ends.clear()
            self._forget_rows()
        elif _note_lines(draft) != _note_lines(before):
            self._rows.clear()

    # ── rows and folds ───────────────────────────────────────────────────────

    def rows(self, side_by_side: bool) -> Rows:
        if side_by_side not in self._rows:
            self._rows[side_by_side] = lay_out(
                self.text, side_by_side=side_by_side, opened=self.opened, notes=_note_lines(self.draft)
            )
        return self._rows[side_by_side]

    def folds(self) -> frozenset[int]:
        return frozenset(run.hunk for run in self._some_rows().runs if run.kind == "fold")

    def _some_rows(self) -> Rows:
        """Those that are laid out, where either do: both show the same lines."""
        return next(iter(self._rows.values()), None) or self.rows(False)

    @property
    def opened(self) -> frozenset[int]:
        """Folds that show their lines: opened by hand, or by a search for as long as it is there."""
        return self._opened | self._peeked

    def toggle_folds(self, folds: frozenset[int]) -> None:
        """Open these folds, or close them when all of them are open."""
        self._opened = self.opened - folds if folds <= self.opened else self.opened | folds
        self._peeked = frozenset()
        self._forget_rows()

    def peek(self, side: Side, line: int) -> None:
        """Show a line even if it is folded away, until another line is peeked at."""
        self._peeked = frozenset()
        self._forget_rows()
        if self.rows(False).find(side, line) is None:
            fold = sum((span.before if side == "before" else span.after) <= line for span in self.text.spans)
            self._peeked = frozenset({fold})
            self._forget_rows()

    def _forget_rows(self) -> None:
        self._rows.clear()
        self._width = None

    # ── text ─────────────────────────────────────────────────────────────────

    def line(self, side: Side, number: int) -> str:
        """A line without its end, as it is in the file: not cleaned."""
        return _lines(self.text, side)[number].removesuffix("\r")

    def line_end(self, side: Side, row: Row) -> str:
        """What to say about the end of a changed line, where the ends of its hunk differ; else empty."""
        if row.kind not in ("removed", "added", "changed") or not self._has_mixed_ends(row.hunk):
            return ""
        return _ends(_lines(self.text, side), row.before if side == "before" else row.after, 1)[0]

    # ── what is computed when looked at ──────────────────────────────────────

    def roles(self, side: Side, line: int) -> LineRoles:
        """Syntax of a line; nothing while it is not computed."""
        return self._highlighters[side].roles(line) or ()

    def words(self, side: Side, row: Row) -> Marks:
        """The parts of a changed line that differ from its partner; nothing while they are not computed."""
        block, line = self._word_block(side, row)
        marks = self._words.get((row.hunk, block))
        if marks is None:
            return ()
        lines = marks[side == "after"]
        return lines[line] if line < len(lines) else ()

    def wants(self, row: Row) -> Iterator[Want]:
        """What is still to be computed before a row can be drawn in full."""
        if row.kind in ("header", "fold", "note"):
            return
        for side, line in sides(row):
            if self._highlighters[side].roles(line) is None:
                yield Want("roles", side, line // BLOCK_LINES)
            if row.kind != "context" and (key := (row.hunk, self._word_block(side, row)[0])) not in self._words:
                yield Want("words", *key)

    def compute(self, wants: Iterable[Want]) -> None:
        """Slow, and safe in a thread: after an edit of the text the results go nowhere."""
        words, text, highlighters = self._words, self.text, dict(self._highlighters)
        for want in wants:
            match want:
                case Want("roles", "before" | "after" as side, block):
                    highlighters[side].compute(block)
                case Want("words", int(hunk), block):
                    words[hunk, block] = _words(text, hunk, block)
                case _:
                    raise ValueError(want)

    def _word_block(self, side: Side, row: Row) -> tuple[int, int]:
        """The block of a changed line in its hunk, and its place in the block."""
        span = self.text.spans[row.hunk]
        return divmod((row.before - span.before) if side == "before" else (row.after - span.after), ALIGNED_LINES)

    # ── measures ─────────────────────────────────────────────────────────────

    @property
    def number_width(self) -> int:
        return max(3, len(str(max(len(self.text.before), len(self.text.after)))))

    @property
    def text_width(self) -> int:
        """Cells of the longest line on show."""
        if self._width is None:
            self._width = _widest(self.text, self._some_rows().runs)
        return self._width

    def _has_mixed_ends(self, hunk: int) -> bool:
        if hunk not in self._mixed_ends:
            span = self.text.spans[hunk]
            ends = {
                *_ends(self.text.before, span.before, span.before_count),
                *_ends(self.text.after, span.after, span.after_count),
            }
            self._mixed_ends[hunk] = len(ends) > 1
        return self._mixed_ends[hunk]


def cells(line: str) -> int:
    """Cells of a line once cleaned, a CR at its end not counted."""
    if (line.isascii() and "\t" not in line) or len(line) > LONG_LINE:
        return len(line.rstrip("\r"))
    return cell_len(clean(line.removesuffix("\r")).expandtabs(TAB))


def _widest(text: FileText, runs: Sequence[Run]) -> int:
    """Cells of the longest line of some rows; unchanged lines are the same on both sides."""
    before = _stretches((run.before, run.before_count) for run in runs if run.kind != "context")
    after = _stretches((run.after, run.after_count) for run in runs)
    shown = chain((text.before[start:end] for start, end in before), (text.after[start:end] for start, end in after))
    return max((cells(line) for lines in shown for line in lines), default=0)


def _stretches(pieces: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Starts and counts of lines, in order, as few starts and ends."""
    stretches: list[tuple[int, int]] = []
    for start, count in pieces:
        if count and stretches and stretches[-1][1] == start:
            stretches[-1] = (stretches[-1][0], start + count)
        elif count:
            stretches.append((start, start + count))
    return stretches


def _ends(lines: Lines, first: int, count: int) -> list[str]:
    """What to say about the ends of some lines."""
    ends = ["␍␊" if line.endswith("\r") else "␊" for line in lines[first : first + count]]
    if ends and first + count == len(lines) and not lines.has_final_newline:
        ends[-1] = "no newline at end of file"
    return ends


def _words(text: FileText, hunk: int, block: int) -> tuple[list[Marks], list[Marks]]:
    span, start = text.spans[hunk], block * ALIGNED_LINES
    before, after = (
        range(first, first + count)[start : start + ALIGNED_LINES]
        for first, count in ((span.before, span.before_count), (span.after, span.after_count))
    )
    return changed_words(
        _bodies(text.before[before.start : before.stop]), _bodies(text.after[after.start : after.stop])
    )


def _note_lines(draft: FileDraft) -> list[int]:
    return [len(hunk.comment.splitlines()) for hunk in draft.hunks]


def _bodies(lines: Sequence[str]) -> list[str]:
    return [line.removesuffix("\r") for line in lines]


def _lines(text: FileText, side: Side) -> Lines:
    return text.before if side == "before" else text.after


def sides(row: Row) -> list[tuple[Side, int]]:
    """The lines that a row shows, new side last."""
    shown: list[tuple[Side, int]] = []
    if row.before != NONE:
        shown.append(("before", row.before))
    if row.after != NONE:
        shown.append(("after", row.after))
    return shown
