"""A proposal: file changes that wait for review, and the review of them. Pure data; touches no disk.

A proposal is bound to the bytes it was made from: `FileChange.before` are the exact bytes read, and apply refuses when
the file no longer holds them. Lines keep their line ends, so joining lines gives back every byte.
"""

from __future__ import annotations

import hashlib
from typing import Literal

from backends.frozen import frozen

Operation = Literal["create", "edit", "delete", "move"]
Verdict = Literal["accept", "reject"]


@frozen
class Hunk:
    """A run of lines that changes. Starts are 0-based line indices in the old and the new text."""

    before_start: int
    before: tuple[str, ...]
    after_start: int
    after: tuple[str, ...]

    @property
    def added(self) -> int:
        return len(self.after)

    @property
    def removed(self) -> int:
        return len(self.before)


@frozen
class FileChange:
    """One file's change. `before` None creates it, `after` None deletes it; `target` differs from `path` in a move.

    Paths are relative to the workspace, with `/`, and name the real file (links inside the workspace resolved).
    `warnings` are one-line facts to show: a self-acting file, invisible characters, a link.
    """

    path: str
    target: str
    before: bytes | None
    after: bytes | None
    hunks: tuple[Hunk, ...]
    warnings: tuple[str, ...] = ()

    @property
    def operation(self) -> Operation:
        if self.before is None:
            return "create"
        if self.after is None:
            return "delete"
        return "edit" if self.path == self.target else "move"

    @property
    def before_sha256(self) -> str:
        return hashlib.sha256(self.before).hexdigest() if self.before is not None else ""

    @property
    def added(self) -> int:
        return sum(hunk.added for hunk in self.hunks)

    @property
    def removed(self) -> int:
        return sum(hunk.removed for hunk in self.hunks)


@frozen
class Proposal:
    """Changes of one `apply_patch` call, none of them on disk. Unique path per change."""

    id: str
    changes: tuple[FileChange, ...]

    def change(self, path: str) -> FileChange:
        return next(change for change in self.changes if change.path == path)


# ── review ───────────────────────────────────────────────────────────────────


@frozen
class HunkReview:
    """The verdict on one hunk. `edited` replaces the hunk's new lines; `comment` goes to the model."""

    verdict: Verdict
    edited: tuple[str, ...] | None = None
    comment: str = ""


@frozen
class FileReview:
    """Verdicts on a file's hunks, in their order; a file without hunks (empty file, pure move) has one for itself."""

    path: str
    hunks: tuple[HunkReview, ...]
    comment: str = ""

    @property
    def accepts_something(self) -> bool:
        return any(hunk.verdict == "accept" for hunk in self.hunks)


@frozen
class Review:
    """A whole review, in the order of `Proposal.changes`. `comment` is about the proposal as a whole."""

    files: tuple[FileReview, ...]
    comment: str = ""

    @property
    def accepts_something(self) -> bool:
        return any(file.accepts_something for file in self.files)


def review_all(proposal: Proposal, verdict: Verdict, comment: str = "") -> Review:
    """The same verdict for everything."""
    return Review(
        tuple(
            FileReview(change.path, (HunkReview(verdict),) * max(1, len(change.hunks))) for change in proposal.changes
        ),
        comment,
    )
