"""What a review makes of a proposal: the part to apply, and the words that go back to the model. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from agent.edits.diff import diff_texts, split_lines
from agent.edits.proposal import FileChange, FileReview, Hunk, HunkReview, Proposal, Review

_SHOWN_LINES = 6
_SHOWN_WIDTH = 160


def accepted_part(proposal: Proposal, review: Review) -> Proposal | None:
    """The proposal with the accepted hunks only, edited ones as the person wrote them; None when nothing is left.

    The same id, bound to the same bytes. Raises ValueError when the review is not of this proposal.
    """
    changes: list[FileChange] = []
    for change, verdicts in _pairs(proposal, review):
        accepted = _accepted(change, verdicts)
        if accepted is not None:
            changes.append(accepted)
    return Proposal(proposal.id, tuple(changes)) if changes else None


def explain(proposal: Proposal, review: Review, applied: Sequence[str]) -> str:
    """What happened to each hunk, for the model. `applied` are the paths that were written; empty means none was."""
    return "\n".join(_explanation(proposal, review, applied))


def _pairs(proposal: Proposal, review: Review) -> list[tuple[FileChange, FileReview]]:
    reviews = {file.path: file for file in review.files}
    if set(reviews) != {change.path for change in proposal.changes}:
        raise ValueError("the review names other files than the proposal")
    pairs = [(change, reviews[change.path]) for change in proposal.changes]
    if any(len(file.hunks) != max(1, len(change.hunks)) for change, file in pairs):
        raise ValueError("the review has another number of hunks than the proposal")
    return pairs


# ── the accepted part ────────────────────────────────────────────────────────


def _accepted(change: FileChange, review: FileReview) -> FileChange | None:
    if not review.accepts_something:
        return None
    is_whole = all(hunk.verdict == "accept" and hunk.edited is None for hunk in review.hunks)
    if is_whole or not change.hunks:
        return change
    before = (change.before or b"").decode()
    after = _with_verdicts(split_lines(before), change.hunks, review.hunks)
    if change.after is None and not after:
        return change  # every line of a deleted file was given up
    if change.before is None and not after:
        return None
    if after == before and change.path == change.target:
        return None
    return FileChange(
        change.path, change.target, change.before, after.encode(), diff_texts(before, after), change.warnings
    )


def _with_verdicts(lines: Sequence[str], hunks: Sequence[Hunk], verdicts: Sequence[HunkReview]) -> str:
    parts: list[str] = []
    done = 0
    for hunk, verdict in zip(hunks, verdicts, strict=True):
        parts += lines[done : hunk.before_start]
        if verdict.verdict == "reject":
            parts += hunk.before
        else:
            parts += hunk.after if verdict.edited is None else _with_line_ends(verdict.edited, (*lines, *hunk.after))
        done = hunk.before_start + hunk.removed
    parts += lines[done:]
    return "".join(_ended(parts))


def _with_line_ends(edited: Sequence[str], file: Sequence[str]) -> list[str]:
    """What a person typed has LF; in a CRLF file it takes CRLF."""
    if not file or not file[0].endswith("\r\n"):
        return list(edited)
    return [line[:-1] + "\r\n" if line.endswith("\n") and not line.endswith("\r\n") else line for line in edited]


def _ended(parts: Sequence[str]) -> list[str]:
    """Only the last line may lack its line end; an old last line that is no longer last gets one."""
    return [
        part if part.endswith("\n") or number == len(parts) - 1 else part + "\n" for number, part in enumerate(parts)
    ]


# ── the words for the model ──────────────────────────────────────────────────


def _explanation(proposal: Proposal, review: Review, applied: Sequence[str]) -> list[str]:
    pairs = _pairs(proposal, review)
    verdicts = [hunk.verdict for _, file in pairs for hunk in file.hunks]
    rejected = verdicts.count("reject")
    if rejected == len(verdicts):
        lines = ["Nothing was applied: the person rejected the whole proposal. The files are unchanged."]
    elif not applied:
        lines = ["Nothing was applied: what the person accepted leaves the files as they are."]
    elif not rejected:
        lines = [f"Applied: {', '.join(applied)}."]
    else:
        lines = [f"Partly applied: {len(verdicts) - rejected} of {len(verdicts)} hunks. Written: {', '.join(applied)}."]
    for change, file in pairs:
        lines += _about_file(change, file)
    if review.comment:
        lines.append(f"The person says: {review.comment}")
    if rejected:
        lines.append(
            "Rejected hunks are not in the files. Do not send them again unchanged; "
            "follow the comments, and build new patches on the files as they are now."
        )
    return lines


def _about_file(change: FileChange, review: FileReview) -> list[str]:
    lines: list[str] = []
    said = [hunk for hunk in review.hunks if hunk.verdict == "reject" or hunk.edited is not None or hunk.comment]
    if len(said) > 1 and all(hunk == HunkReview("reject") for hunk in review.hunks):
        lines.append(f"- {change.target}: all {len(review.hunks)} hunks rejected.")
    else:
        for number, verdict in enumerate(review.hunks):
            hunk = change.hunks[number] if change.hunks else None
            lines += _about_hunk(change, hunk, verdict, number, len(review.hunks))
    if review.accepts_something:
        lines += [f"- {change.target}: note: {warning}" for warning in change.warnings]
    if review.comment:
        lines.append(f"- {change.target}: the person says: {review.comment}")
    return lines


def _about_hunk(change: FileChange, hunk: Hunk | None, review: HunkReview, number: int, total: int) -> list[str]:
    where = change.target if total == 1 else f"{change.target} hunk {number + 1} of {total}"
    if hunk is not None:
        where += f" (at line {hunk.before_start + 1})"
    comment = f" The person says: {review.comment}" if review.comment else ""
    if review.verdict == "reject":
        return [f"- {where}: rejected.{comment}", *(_shown(hunk.after) if hunk and hunk.after else [])]
    if review.edited is not None:
        return [f"- {where}: applied as the person edited it:{comment}", *_shown(review.edited)]
    return [f"- {where}: applied.{comment}"] if comment else []


def _shown(lines: Sequence[str]) -> list[str]:
    if not lines:
        return ["    (no lines)"]
    rows = [f"    + {line.rstrip()[:_SHOWN_WIDTH]}" for line in lines[:_SHOWN_LINES]]
    more = len(lines) - _SHOWN_LINES
    return [*rows, f"    … and {more} more lines"] if more > 0 else rows
