"""A proposal and its review in few words: the card's lines, a small diff for the transcript, what ⏎ would do. Pure."""

from __future__ import annotations

from typing import Literal

from agent.edits.proposal import FileChange, Operation, Proposal
from backends.frozen import frozen
from tui.text import clean_line
from tui.widgets.diff.content import file_text
from tui.widgets.diff.draft import Tally
from tui.widgets.diff.model import TAB
from tui.widgets.diff.rows import lay_out

OPERATIONS: dict[Operation, str] = {"create": "new", "edit": "edit", "delete": "delete", "move": "move"}
"""The word shown for an operation."""

SMALL_ROWS = 12
"""Up to this many rows a diff is shown in the transcript itself."""

_SMALL_CONTEXT = 1


@frozen
class CardLine:
    """One file of a proposal. `name` is clean and whole, `old → new` for a move; cut it with `cut_path` if it must."""

    name: str
    operation: Operation
    added: int
    removed: int
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """`auth/session.py +12 −4`, `tests/test_login.py new +31`."""
        words = [self.name]
        if self.operation != "edit":
            words.append(OPERATIONS[self.operation])
        if self.added:
            words.append(f"+{self.added}")
        if self.removed:
            words.append(f"−{self.removed}")
        return " ".join(words)


@frozen
class CardRow:
    """One row of a small diff. `number` is a line from 1, of the old text for removed lines; 0 for a name or a fold.

    `text` is clean, its tabs expanded.
    """

    kind: Literal["file", "context", "removed", "added", "fold"]
    number: int
    text: str

    @property
    def sign(self) -> str:
        return {"removed": "−", "added": "+"}.get(self.kind, " ")


def card_lines(proposal: Proposal) -> tuple[CardLine, ...]:
    """The files of a proposal, for its card."""
    return tuple(
        CardLine(
            shown_name(change), change.operation, change.added, change.removed, tuple(map(clean_line, change.warnings))
        )
        for change in proposal.changes
    )


def shown_name(change: FileChange) -> str:
    """The file's path, clean and whole; `old → new` for a move."""
    path = clean_line(change.path)
    return path if change.path == change.target else f"{path} → {clean_line(change.target)}"


def small_rows(proposal: Proposal, limit: int = SMALL_ROWS) -> tuple[CardRow, ...] | None:
    """The whole diff when it has at most `limit` rows, with one line of context; None when it has more.

    None also when something needs the review screen to be seen right: a warning, or no changed line.
    """
    if any(change.warnings or not change.hunks for change in proposal.changes):
        return None
    if sum(change.added + change.removed for change in proposal.changes) > limit:
        return None
    rows: list[CardRow] = []
    for change in proposal.changes:
        if len(proposal.changes) > 1:
            rows.append(CardRow("file", 0, shown_name(change)))
        rows += _change_rows(change)
    return tuple(rows) if len(rows) <= limit else None


def _change_rows(change: FileChange) -> list[CardRow]:
    text = file_text(change)
    rows: list[CardRow] = []
    for row in lay_out(text, context=_SMALL_CONTEXT):
        match row.kind:
            case "removed":
                rows.append(CardRow("removed", row.before + 1, _shown(text.before[row.before])))
            case "added" | "context" as kind:
                rows.append(CardRow(kind, row.after + 1, _shown(text.after[row.after])))
            case "fold" if rows and row.hunk < len(text.spans):
                rows.append(CardRow("fold", 0, f"⋯ {row.part:,} unchanged lines"))
            case _:
                pass
    return rows


def _shown(line: str) -> str:
    return clean_line(line.removesuffix("\n").removesuffix("\r").expandtabs(TAB))


def summary_line(tally: Tally) -> str:
    """What ⏎ would do: `apply 3 of 5 hunks in 2 files: +12 −4 · 1 rejected · 1 comment`."""
    parts: list[str] = []
    if tally.accepted:
        files = _count(tally.files, "file")
        of = f"{tally.accepted} of {_count(tally.hunks, 'hunk')}"
        parts.append(f"apply {of} in {files}: +{tally.added} −{tally.removed}")
    if tally.rejected == tally.hunks:
        parts.append(f"reject {'the hunk' if tally.hunks == 1 else f'all {tally.hunks} hunks'}: nothing is written")
    elif tally.rejected:
        parts.append(f"{tally.rejected} rejected")
    if tally.undecided:
        parts.append(f"{tally.undecided} undecided" if parts else f"{_count(tally.undecided, 'hunk')} undecided")
    if tally.comments:
        parts.append(_count(tally.comments, "comment"))
    return " · ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
