"""The whole diff of a small proposal, for its card: approved without leaving the chat, and yet seen. Pure.

What cannot be shown whole and right in a few rows is left to the review screen.
"""

from __future__ import annotations

from agent.edits.proposal import FileChange, Proposal
from tui.text import clean_line
from tui.transcript.blocks import DiffLine
from tui.widgets.diff.content import TAB, file_text
from tui.widgets.diff.rows import lay_out

MOST_ROWS = 12
"""Up to this many rows a diff is shown in the transcript itself."""

_LONGEST_LINE = 160
_LARGEST_FILE = 256 * 1024
_CONTEXT = 1


def small_diffs(proposal: Proposal) -> tuple[tuple[DiffLine, ...], ...]:
    """The rows of every change, in their order, with one line of context; empty when they are too many or too long.

    Empty also when something needs the review screen to be seen right: a warning, another line end, no changed line.
    """
    if not all(map(_is_plain, proposal.changes)):
        return ()
    if sum(change.added + change.removed for change in proposal.changes) > MOST_ROWS:
        return ()
    diffs = tuple(map(_rows, proposal.changes))
    rows = [row for diff in diffs for row in diff]
    return diffs if len(rows) <= MOST_ROWS and all(len(row.text) <= _LONGEST_LINE for row in rows) else ()


def _is_plain(change: FileChange) -> bool:
    ends = {line[len(line.rstrip("\r\n")) :] for hunk in change.hunks for line in (*hunk.before, *hunk.after)}
    return len(ends) == 1 and not change.warnings and len(change.before or b"") <= _LARGEST_FILE


def _rows(change: FileChange) -> tuple[DiffLine, ...]:
    text = file_text(change)
    rows: list[DiffLine] = []
    for row in lay_out(text, context=_CONTEXT):
        match row.kind:
            case "removed":
                rows.append(DiffLine("removed", row.before + 1, _shown(text.before[row.before])))
            case "added" | "context" as kind:
                rows.append(DiffLine(kind, row.after + 1, _shown(text.after[row.after])))
            case "fold" if rows and row.hunk < len(text.spans):
                rows.append(DiffLine("fold", 0, f"⋯ {row.part:,} unchanged lines"))
            case _:
                pass
    return tuple(rows)


def _shown(line: str) -> str:
    return clean_line(line.removesuffix("\r").expandtabs(TAB))
