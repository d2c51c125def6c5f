"""What the review screen says around the diff: the file's head, its warnings, the summary. Pure: data to content."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.cells import cell_len
from textual.content import Content

from agent.edits.proposal import FileChange
from tui.text import clean_line, invisible_count
from tui.widgets.diff.draft import Draft, FileDraft
from tui.widgets.diff.files import FILE_MARKS
from tui.widgets.diff.summary import OPERATIONS, shown_name, summary_line
from tui.widgets.line import Part, fit_line

STATE_STYLES = {"undecided": "$warning", "accepted": "$success", "rejected": "$error", "partly": "$warning"}
STALE = "changed on disk since this was proposed"
_MOST_WARNINGS = 3


def head_content(change: FileChange, file: FileDraft, number: int, files: int, width: int) -> Content:
    """The file in focus: its whole path, what happens to it, and what is decided. A long path has lines of its own."""
    name, state = shown_name(change), file.state
    path = Part(name, "bold $foreground", rank=9)
    left = [Part(FILE_MARKS[state], STATE_STYLES[state], rank=9), path]
    right = [Part(OPERATIONS[change.operation], "$text-muted")]
    if change.added:
        right.append(Part(f"+{change.added}", "$diff-add-fg"))
    if change.removed:
        right.append(Part(f"−{change.removed}", "$diff-del-fg", glue=False))
    right.append(Part(_decided(file), STATE_STYLES[state]))
    if files > 1:
        right.append(Part(f"file {number + 1} of {files}", "$text-muted"))
    facts = sum(cell_len(part.text) + 2 for part in right)
    if 4 + cell_len(name) + facts <= width:
        lines = [fit_line(left, right, width)]
    else:
        lines = [
            Content.assemble(("  ".join(part.text for part in left), "bold $foreground")),
            fit_line([], right, width),
        ]
    if file.comment:
        lines.append(Content.assemble(("✎  " + " ".join(clean_line(file.comment).split("␊")), "$secondary")))
    return Content("\n").join(lines)


def _decided(file: FileDraft) -> str:
    decided = sum(hunk.verdict is not None for hunk in file.hunks)
    if file.state == "partly" and decided < len(file.hunks):
        return f"{decided} of {len(file.hunks)} decided"
    return "partly accepted" if file.state == "partly" else file.state


def warning_content(
    changes: Sequence[FileChange], current: int, stale: Collection[str], invisible: Sequence[int]
) -> Content:
    """One line for each file that has something to say, the file in focus first; more than three are counted."""
    order = [current, *(number for number in range(len(changes)) if number != current)]
    lines = [line for number in order if (line := _warning(changes[number], stale, invisible[number]))]
    hidden = len(lines) - _MOST_WARNINGS
    shown = lines if hidden <= 0 else lines[: _MOST_WARNINGS - 1]
    styled = [Content.assemble(("⚠ ", "bold $warning"), (line, "$warning")) for line in shown]
    if hidden > 0:
        styled.append(Content.assemble((f"⚠ +{hidden + 1} more files with warnings: J/K", "$warning")))
    return Content("\n").join(styled)


def _warning(change: FileChange, stale: Collection[str], invisible: int) -> str:
    said = [STALE] if change.path in stale else []
    said += [clean_line(warning) for warning in change.warnings]
    if invisible and not any("invisible" in warning for warning in change.warnings):
        said.append(f"{invisible} invisible character{'s' if invisible > 1 else ''} in added lines, marked ⟨U+…⟩")
    return f"{shown_name(change)}: {'; '.join(said)}" if said else ""


def invisible_lines(change: FileChange, file: FileDraft) -> int:
    """Invisible characters in the lines that would be added, edits included."""
    edits = file.edits
    return sum(invisible_count("".join(edits.get(i, hunk.after))) for i, hunk in enumerate(change.hunks))


def summary_content(draft: Draft, notice: str) -> Content:
    """What ⏎ would do, or what stands in the way of the last key."""
    if notice:
        return Content.assemble(("▲ ", "bold $warning"), (notice, "$warning"))
    tally = draft.tally()
    style = "$text-muted" if tally.undecided else "bold $foreground"
    mark = ("● ", "$warning") if tally.undecided else ("⏎ ", "bold $accent")
    return Content.assemble(mark, (summary_line(tally), style))
