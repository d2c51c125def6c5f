"""A hunk at a place of a file, and how much has to be overlooked for it to fit there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum

from agent.edits.folding import fold, loose
from agent.edits.indentation import UNMOVED, Reindent, find_reindent, indent_of
from agent.edits.lines import Lines
from agent.edits.operations import PatchHunk
from backends.frozen import frozen


class Looseness(IntEnum):
    """How much had to be overlooked for a hunk to fit."""

    EXACT = 0
    TRAILING_BLANKS = 1
    TYPOGRAPHY = 2
    INDENTATION = 3


@frozen
class Placement:
    """A hunk at its place: `start` is the 0-based line of the file where its first old line stands."""

    start: int
    hunk: PatchHunk
    looseness: Looseness = Looseness.EXACT
    reindent: Reindent = UNMOVED
    note: str = ""

    @property
    def core(self) -> tuple[int, int]:
        """The lines of the file from the first change to the last; context around it may be shared by two hunks."""
        marks = [line.mark for line in self.hunk.lines]
        changes = [number for number, mark in enumerate(marks) if mark != " "]
        if not changes:
            return (self.start, self.start)
        before = changes[0]
        removed = sum(mark != "+" for mark in marks[before : changes[-1] + 1])
        return (self.start + before, self.start + before + removed)


def exact_placements(lines: Lines, hunk: PatchHunk) -> list[Placement]:
    """Where the hunk's lines stand letter by letter, all of them with LF or all with CR LF."""
    old = hunk.old
    if not old:
        return []
    ends = ["\n", "\r\n"] if "\r" in lines.text else ["\n"]
    return [Placement(at, hunk) for at in sorted(at for end in ends for at in lines.places(end.join(old) + end))]


def loose_placements(lines: Lines, hunk: PatchHunk, starts: Sequence[int]) -> Iterator[Placement]:
    """Those of `starts` where the hunk fits, forgivingly compared."""
    old = hunk.old
    bare = [loose(text) for text in old]
    added = {indent_of(line.text) for line in hunk.lines if line.mark == "+" and line.text.strip()}
    for start in starts:
        there = lines[start : start + len(old)]
        if all(loose(line) == text for line, text in zip(there, bare, strict=True)):
            fit = _fit(there, old, added)
            if fit is not None:
                yield Placement(start, hunk, *fit)


def _fit(there: Sequence[str], old: Sequence[str], added: set[str]) -> tuple[Looseness, Reindent] | None:
    """How lines that are alike but for blanks and typography differ, or None when no one rule explains it."""
    pairs = [(line.removesuffix("\r"), text) for line, text in zip(there, old, strict=True)]
    if all(line == text for line, text in pairs):
        return Looseness.EXACT, UNMOVED
    if all(line.rstrip() == text.rstrip() for line, text in pairs):
        return Looseness.TRAILING_BLANKS, UNMOVED
    if all(fold(line).rstrip() == fold(text).rstrip() for line, text in pairs):
        return Looseness.TYPOGRAPHY, UNMOVED
    indents = [(indent_of(fold(text)), indent_of(fold(line))) for line, text in pairs if text.strip()]
    reindent = find_reindent(indents, added)
    return None if reindent is None else (Looseness.INDENTATION, reindent)
