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
    changes: Sequence[FileChange],
    current: int,
    stale: Collection[str],
    invisible: Sequence[int],
    most: int = _MOST_WARNINGS,
) -> Content:
    """One line for each file that has something to say: the one in focus, others up to `most`, the rest counted."""
    here = _warning(changes[current], stale, invisible[current])
    others = [
        f"{shown_name(change)}: {said}"
        for number, change in enumerate(changes)
        if number != current and (said := _warning(change, stale, invisible[number]))
    ]
    room = most - bool(here)
    hidden = len(others) - (room if len(others) <= room else room - 1)
    lines = [*([here] if here else []), *others[: len(others) - hidden]]
    if hidden > 0:
        lines.append(f"{hidden} more file{'s have' if hidden > 1 else ' has'} warnings: J/K")
    return Content("\n").join(Content.assemble(("⚠ ", "bold $warning"), (line, "$warning")) for line in lines)


def _warning(change: FileChange, stale: Collection[str], invisible: int) -> str:
    said = [STALE] if change.path in stale else []
    said += [clean_line(warning) for warning in change.warnings]
    if invisible and not any("invisible" in warning for warning in change.warnings):
        said.append(f"{invisible} invisible character{'s' if invisible > 1 else ''} in added lines, marked ⟨U+…⟩")
    return "; ".join(said)


def invisible_lines(change: FileChange, file: FileDraft) -> int:
    """Invisible characters in the lines that would be added, edits included."""
    edits = file.edits
    return sum(invisible_count("".join(edits.get(i, hunk.after))) for i, hunk in enumerate(change.hunks))


def why_not(path: str, stale: Collection[str], *, is_readable: bool) -> str:
    """Why what would be accepted cannot be: it is another file by now, or there is no room to show it."""
    if path in stale:
        return f"{clean_line(path)} {STALE}: N rejects it"
    return "" if is_readable else "make the window larger: there is no room to show what would be accepted"


def still_rejected(hunks: int, accept: str) -> str:
    """What is told after everything else was accepted at once. `accept` is the key that accepts one."""
    stay = "hunk stays" if hunks == 1 else "hunks stay"
    return f"{hunks} {stay} rejected; {accept} accepts one after all" if hunks else ""


def summary_content(draft: Draft, notice: str, search: str, apply: str) -> Content:
    """What stands in the way of the last key, else where the search stands, else what the key `apply` would do; and
    below it the comment."""
    line = _summary(draft, notice, search, apply)
    if not draft.comment:
        return line
    said = " ".join(clean_line(draft.comment).split("␊"))
    return Content("\n").join([line, Content.assemble(("✎ ", "$secondary"), (said, "$secondary"))])


def _summary(draft: Draft, notice: str, search: str, apply: str) -> Content:
    if notice:
        return Content.assemble(("▲ ", "bold $warning"), (notice, "$warning"))
    if search:
        return Content.assemble(("/ ", "$accent"), (search, "$foreground"))
    tally = draft.tally()
    style = "$text-muted" if tally.undecided else "bold $foreground"
    mark = ("● ", "$warning") if tally.undecided else (f"{apply} ", "bold $accent")
    return Content.assemble(mark, (summary_line(tally), style))
