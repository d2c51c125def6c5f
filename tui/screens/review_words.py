"""What the review screen says around the diff: warnings and the summary. Pure: data to content."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from textual.content import Content

from agent.edits.proposal import FileChange
from tui.text import clean_line, invisible_count
from tui.widgets.diff.draft import Draft, FileDraft
from tui.widgets.diff.summary import shown_name, summary_line

STALE = "changed on disk since this was proposed"
_MOST_WARNINGS = 3


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


def summary_content(draft: Draft, notice: str, search: str) -> Content:
    """What stands in the way of the last key, else where the search stands, else what ⏎ would do."""
    if notice:
        return Content.assemble(("▲ ", "bold $warning"), (notice, "$warning"))
    if search:
        return Content.assemble(("/ ", "$accent"), (search, "$foreground"))
    tally = draft.tally()
    style = "$text-muted" if tally.undecided else "bold $foreground"
    mark = ("● ", "$warning") if tally.undecided else ("⏎ ", "bold $accent")
    return Content.assemble(mark, (summary_line(tally), style))
