"""The line above a file's diff: which file, what happens to it, what is decided. Pure: data in, content out."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from agent.edits.proposal import FileChange
from tui.text import clean_line, split_cells
from tui.widgets.diff.draft import FileDraft
from tui.widgets.diff.files import FILE_MARKS
from tui.widgets.diff.summary import OPERATIONS, shown_name
from tui.widgets.line import Part, fit_line

STATE_STYLES = {"undecided": "$warning", "accepted": "$success", "rejected": "$error", "partly": "$warning"}


def head_content(change: FileChange, file: FileDraft, number: int, files: int, width: int) -> Content:
    """The file in focus: its whole path, what happens to it, and what is decided. A long path has lines of its own."""
    name, state = shown_name(change), file.state
    left = [
        Part(f"{FILE_MARKS[state]} ", STATE_STYLES[state], rank=9),
        Part(name, "bold $foreground", rank=9, glue=True),
    ]
    right = [Part(OPERATIONS[change.operation], "$text-muted")]
    if added := change.added:
        right.append(Part(f"+{added}", "$diff-add-fg"))
    if removed := change.removed:
        right.append(Part(f"−{removed}", "$diff-del-fg", glue=False))
    right.append(Part(_decided(file), STATE_STYLES[state]))
    if files > 1:
        right.append(Part(f"file {number + 1} of {files}", "$text-muted"))
    facts = sum(cell_len(part.text) + 2 for part in right)
    if 4 + cell_len(name) + facts <= width:
        lines = [fit_line(left, right, width)]
    else:
        whole = Content.assemble((f"{FILE_MARKS[state]} ", STATE_STYLES[state]), (name, "bold $foreground"))
        lines = [*_broken(whole, max(2, width)), fit_line([], right, width)]
    if file.comment:
        lines.append(Content.assemble(("✎  " + " ".join(clean_line(file.comment).split("␊")), "$secondary")))
    return Content("\n").join(lines)


def _broken(line: Content, width: int) -> list[Content]:
    """A line that has no blanks to break at, in pieces of at most `width` cells."""
    pieces: list[Content] = []
    while line.cell_length > width:
        end = len(split_cells(line.plain, width)[0])
        pieces.append(line[:end])
        line = line[end:]
    return [*pieces, line]


def _decided(file: FileDraft) -> str:
    decided = sum(hunk.verdict is not None for hunk in file.hunks)
    if file.state == "partly" and decided < len(file.hunks):
        return f"{decided} of {len(file.hunks)} decided"
    return "partly accepted" if file.state == "partly" else file.state
