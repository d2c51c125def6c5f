"""A proposal and its review in few words: what happens to a file, what ⏎ would do. Pure."""

from __future__ import annotations

from agent.edits.proposal import FileChange, Operation
from tui.text import clean_line
from tui.widgets.diff.draft import Tally

OPERATIONS: dict[Operation, str] = {"create": "new", "edit": "edit", "delete": "delete", "move": "move"}
"""The word shown for an operation."""


def shown_name(change: FileChange) -> str:
    """The file's path, clean and whole; `old → new` for a move."""
    path = clean_line(change.path)
    return path if change.path == change.target else f"{path} → {clean_line(change.target)}"


def summary_line(tally: Tally) -> str:
    """What ⏎ would do: `apply 3 of 5 hunks in 2 files: +12 −4 · 1 rejected · 1 comment`."""
    parts: list[str] = []
    if tally.accepted:
        files = count(tally.files, "file")
        of = f"{tally.accepted} of {count(tally.hunks, 'hunk')}"
        parts.append(f"apply {of} in {files}: +{tally.added} −{tally.removed}")
    if tally.rejected == tally.hunks:
        parts.append(f"reject {'the hunk' if tally.hunks == 1 else f'all {tally.hunks} hunks'}: nothing is written")
    elif tally.rejected:
        parts.append(f"{tally.rejected} rejected")
    if tally.undecided:
        parts.append(f"{tally.undecided} undecided" if parts else f"{count(tally.undecided, 'hunk')} undecided")
    if tally.comments:
        parts.append(count(tally.comments, "comment"))
    return " · ".join(parts)


def count(number: int, noun: str) -> str:
    """`1 hunk`, `3 hunks`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
