"""What a person has decided so far about a proposal; when nothing is left undecided it becomes a `Review`.

Lives outside the screen, so that decisions survive closing and reopening it. Knows no widget.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Literal, NamedTuple, TypeVar

from agent.edits.proposal import FileChange, FileReview, HunkReview, Proposal, Review, Verdict
from backends.frozen import frozen

_T = TypeVar("_T")

FileState = Literal["undecided", "accepted", "rejected", "partly"]


class Place(NamedTuple):
    """A hunk of a proposal: numbers of file and hunk, from 0."""

    file: int
    hunk: int


@frozen
class HunkDraft:
    """`verdict` None: undecided. `edited` replaces the hunk's new lines; it stays when the verdict changes."""

    verdict: Verdict | None = None
    edited: tuple[str, ...] | None = None
    comment: str = ""


@frozen
class FileDraft:
    """A file's hunks in their order; a file without hunks has one for itself."""

    path: str
    hunks: tuple[HunkDraft, ...]
    comment: str = ""

    @property
    def state(self) -> FileState:
        match {hunk.verdict for hunk in self.hunks}:
            case verdicts if verdicts == {None}:
                return "undecided"
            case verdicts if verdicts == {"accept"}:
                return "accepted"
            case verdicts if verdicts == {"reject"}:
                return "rejected"
            case _:
                return "partly"

    @property
    def accepts(self) -> bool:
        """Whether something of the file would be applied."""
        return any(hunk.verdict == "accept" for hunk in self.hunks)

    @property
    def edits(self) -> dict[int, tuple[str, ...]]:
        return {number: hunk.edited for number, hunk in enumerate(self.hunks) if hunk.edited is not None}


@frozen
class Tally:
    """What ⏎ would do. `added` and `removed` count lines of accepted hunks, edits included."""

    hunks: int
    accepted: int
    rejected: int
    files: int
    added: int
    removed: int
    comments: int

    @property
    def undecided(self) -> int:
        return self.hunks - self.accepted - self.rejected


class Draft:
    """The decisions about one proposal, with every earlier state of them for `undo`."""

    def __init__(self, proposal: Proposal) -> None:
        self.proposal = proposal
        self.files = tuple(
            FileDraft(change.path, (HunkDraft(),) * max(1, len(change.hunks))) for change in proposal.changes
        )
        self.comment: str = ""
        self._past: list[tuple[tuple[FileDraft, ...], str]] = []
        self._tally: Tally | None = None  # of this state; it is asked for with every key, decided or not

    def hunk(self, place: Place) -> HunkDraft:
        return self.files[place.file].hunks[place.hunk]

    def places(self) -> list[Place]:
        """Every hunk, in reading order."""
        return [Place(i, j) for i, file in enumerate(self.files) for j in range(len(file.hunks))]

    # ── decisions ────────────────────────────────────────────────────────────

    def decide(self, place: Place, verdict: Verdict) -> None:
        self._put(place, replace(self.hunk(place), verdict=verdict))

    def accept_file(self, number: int) -> int:
        """Accept what is undecided in a file; what was rejected stays so. Returns how much that is."""
        self._become(_replaced(self.files, number, _accepted(self.files[number])))
        return _rejected(self.files[number])

    def reject_file(self, number: int) -> None:
        """Reject all of a file, also what was accepted before."""
        file = self.files[number]
        hunks = tuple(replace(hunk, verdict="reject") for hunk in file.hunks)
        self._become(_replaced(self.files, number, replace(file, hunks=hunks)))

    def accept_all(self, except_paths: Collection[str] = ()) -> int:
        """Accept what is undecided in all files but these; returns how many hunks stay rejected in them."""
        self._become(tuple(file if file.path in except_paths else _accepted(file) for file in self.files))
        return sum(_rejected(file) for file in self.files if file.path not in except_paths)

    def edit(self, place: Place, lines: tuple[str, ...]) -> None:
        """Put `lines` in the place of the hunk's new ones and accept it; the proposed lines again are no edit."""
        hunks = self.proposal.changes[place.file].hunks
        edited = None if hunks and hunks[place.hunk].after == lines else lines
        self._put(place, replace(self.hunk(place), edited=edited, verdict="accept"))

    def comment_hunk(self, place: Place, text: str) -> None:
        self._put(place, replace(self.hunk(place), comment=text))

    def comment_file(self, number: int, text: str) -> None:
        self._become(_replaced(self.files, number, replace(self.files[number], comment=text)))

    def comment_all(self, text: str) -> None:
        """The comment on the proposal as a whole."""
        self._become(self.files, text)

    @property
    def can_undo(self) -> bool:
        return bool(self._past)

    def undo(self) -> Place | None:
        """Take back the last decision, edit or comment; where it was made, None when it was of no file."""
        if not self._past:
            return None
        gone = self.files
        self.files, self.comment = self._past.pop()
        self._tally = None
        for place in self.places():
            if gone[place.file].hunks[place.hunk] != self.hunk(place):
                return place
        changed = (number for number, (old, new) in enumerate(zip(gone, self.files, strict=True)) if old != new)
        number = next(changed, None)
        return None if number is None else Place(number, 0)

    # ── outcome ──────────────────────────────────────────────────────────────

    def next_undecided(self, place: Place) -> Place | None:
        """The first undecided hunk after `place`, from the start again when there is none behind it."""
        open_places = [other for other in self.places() if self.hunk(other).verdict is None]
        return next((other for other in open_places if other > place), open_places[0] if open_places else None)

    def tally(self) -> Tally:
        """What ⏎ would do now; counted once for each decision."""
        if self._tally is None:
            self._tally = self._count()
        return self._tally

    def _count(self) -> Tally:
        hunks = [hunk for file in self.files for hunk in file.hunks]
        added = removed = 0
        for change, file in zip(self.proposal.changes, self.files, strict=True):
            plus, minus = _accepted_lines(change, file)
            added, removed = added + plus, removed + minus
        return Tally(
            hunks=len(hunks),
            accepted=sum(hunk.verdict == "accept" for hunk in hunks),
            rejected=sum(hunk.verdict == "reject" for hunk in hunks),
            files=sum(file.accepts for file in self.files),
            added=added,
            removed=removed,
            comments=sum(map(bool, (self.comment, *(part.comment for part in (*hunks, *self.files))))),
        )

    def review(self) -> Review:
        """The finished review. Raises ValueError while a hunk is undecided."""
        return Review(
            tuple(
                FileReview(file.path, tuple(_reviewed(hunk) for hunk in file.hunks), file.comment)
                for file in self.files
            ),
            self.comment,
        )

    def _put(self, place: Place, hunk: HunkDraft) -> None:
        file = self.files[place.file]
        self._become(_replaced(self.files, place.file, replace(file, hunks=_replaced(file.hunks, place.hunk, hunk))))

    def _become(self, files: tuple[FileDraft, ...], comment: str | None = None) -> None:
        comment = self.comment if comment is None else comment
        if (files, comment) != (self.files, self.comment):
            self._past.append((self.files, self.comment))
            self.files, self.comment = files, comment
            self._tally = None


def _replaced(items: tuple[_T, ...], index: int, item: _T) -> tuple[_T, ...]:
    return (*items[:index], item, *items[index + 1 :])


def _accepted(file: FileDraft) -> FileDraft:
    return replace(file, hunks=tuple(replace(hunk, verdict=hunk.verdict or "accept") for hunk in file.hunks))


def _rejected(file: FileDraft) -> int:
    return sum(hunk.verdict == "reject" for hunk in file.hunks)


def _accepted_lines(change: FileChange, file: FileDraft) -> tuple[int, int]:
    added = removed = 0
    for hunk, draft in zip(change.hunks, file.hunks, strict=False):
        if draft.verdict == "accept":
            added += hunk.added if draft.edited is None else len(draft.edited)
            removed += hunk.removed
    return added, removed


def _reviewed(hunk: HunkDraft) -> HunkReview:
    if hunk.verdict is None:
        raise ValueError("a hunk is still undecided")
    return HunkReview(hunk.verdict, hunk.edited if hunk.verdict == "accept" else None, hunk.comment)
