"""Blocks made from what the agent reports: the place where its text is cleaned on the way to the screen.

Pure: a report in, a block out. Knows neither document nor widget, and no order of events.
"""

from __future__ import annotations

from agent.compaction import Report
from agent.edits.proposal import FileChange, Review
from agent.events import CommandPending, ProposalReady
from backends.errors import BackendError
from tui.text import clean, clean_line, ellipsis, invisible_count
from tui.transcript.blocks import CommandCard, CompactionMark, DiffLine, FileLine, KeyHint, Notice, ProposalCard
from tui.units import counted, tokens

SERVER_WORDS = 600
"""Characters of a server's own words that are shown; error pages can be long."""

_REMARKS = {"create": "new", "edit": "", "delete": "deleted", "move": ""}


def proposal_card(event: ProposalReady, keys: tuple[KeyHint, ...]) -> ProposalCard:
    from tui.transcript.small_diff import small_diffs  # takes the diff engine, which comes after the first paint

    changes = event.proposal.changes
    files = map(_file_line, changes, small_diffs(event.proposal) or ((),) * len(changes))
    return ProposalCard(clean_line(event.proposal.id), tuple(files), keys=keys)


def _file_line(change: FileChange, diff: tuple[DiffLine, ...]) -> FileLine:
    path = clean_line(change.path)
    return FileLine(
        path if change.path == change.target else f"{path} → {clean_line(change.target)}",
        change.added,
        change.removed,
        _REMARKS[change.operation],
        tuple(map(clean_line, change.warnings)),
        diff,
    )


def takes_everything(review: Review) -> bool:
    """Whether a review accepts every hunk as it was proposed."""
    return all(hunk.verdict == "accept" and hunk.edited is None for file in review.files for hunk in file.hunks)


def command_card(event: CommandPending, keys: tuple[KeyHint, ...]) -> CommandCard:
    warnings = [clean_line(event.warning)] if event.warning else []
    if hidden := invisible_count(event.command):
        warnings.append(f"{hidden} character{'s' * (hidden != 1)} in it cannot be seen or reorder what is seen")
    return CommandCard(
        clean_line(event.request_id),
        clean(event.command),
        clean_line(event.folder),
        event.is_sandboxed,
        "; ".join(warnings),
        keys,
    )


def error_notice(error: BackendError) -> Notice:
    """What happened, the server's own words, what to do next: a line each."""
    lines = [clean_line(error.message)]
    if error.server_words:
        lines.append(f"the server said: {ellipsis(error.server_words, SERVER_WORDS)}")
    if error.next_step:
        lines.append(f"→ {clean_line(error.next_step)}")
    return Notice("\n".join(lines), "error")


def compaction_mark(report: Report) -> CompactionMark:
    before, after = tokens(report.before_tokens), tokens(report.after_tokens)
    is_shorter = report.after_tokens < report.before_tokens and before != after
    what = f"shortened: {before} → {after}" if is_shorter else f"hardly got shorter: {after}"
    parts = [f"conversation {what} tokens"]
    if report.summarised_messages:
        parts.append(f"{counted(report.summarised_messages, 'message')} summarised")
    if report.trimmed_results:
        parts.append(f"{counted(report.trimmed_results, 'output')} trimmed")
    return CompactionMark(" · ".join(parts), clean(report.summary).strip())
