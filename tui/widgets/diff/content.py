"""The two texts of one changed file, as lines, with the reviewer's edits in place.

Pure; knows nothing of how they are drawn or decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from agent.edits.lines import Lines
from agent.edits.proposal import FileChange
from backends.frozen import frozen

TAB = 4
"""Cells to which a tab fills up."""


class Span(NamedTuple):
    """The lines of one hunk: 0-based start and count, in each text."""

    before: int
    before_count: int
    after: int
    after_count: int


@frozen
class FileText:
    """What lies between the spans is the same in both texts."""

    before: Lines
    after: Lines
    spans: tuple[Span, ...]


def file_text(change: FileChange, edits: Mapping[int, tuple[str, ...]] | None = None) -> FileText:
    """The texts of `change`; `edits` maps a hunk's number to the lines that replace its new ones."""
    raw = change.before.decode("utf-8", "replace") if change.before is not None else ""
    before = Lines(raw)
    pieces: list[str] = []
    spans: list[Span] = []
    done = after_done = 0
    for number, hunk in enumerate(change.hunks):
        new = hunk.after if edits is None else edits.get(number, hunk.after)
        pieces += (raw[before.start_of(done) : before.start_of(hunk.before_start)], *new)
        after_start = after_done + hunk.before_start - done
        spans.append(Span(hunk.before_start, len(hunk.before), after_start, len(new)))
        done, after_done = hunk.before_start + len(hunk.before), after_start + len(new)
    if change.after is not None:
        pieces.append(raw[before.start_of(done) :])
    return FileText(before, Lines("".join(pieces)), tuple(spans))
