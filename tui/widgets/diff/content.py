"""The two texts of one changed file, as lines, with the reviewer's edits in place.

Pure; knows nothing of how they are drawn or decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from agent.edits.diff import split_lines
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
    """Lines keep their ends. What lies between the spans is the same in both texts."""

    before: Sequence[str]
    after: Sequence[str]
    spans: tuple[Span, ...]


def file_text(change: FileChange, edits: Mapping[int, tuple[str, ...]] | None = None) -> FileText:
    """The texts of `change`; `edits` maps a hunk's number to the lines that replace its new ones."""
    before = split_lines(change.before.decode("utf-8", "replace")) if change.before is not None else []
    after: list[str] = []
    spans: list[Span] = []
    done = 0
    for number, hunk in enumerate(change.hunks):
        new = hunk.after if edits is None else edits.get(number, hunk.after)
        after += before[done : hunk.before_start]
        spans.append(Span(hunk.before_start, len(hunk.before), len(after), len(new)))
        after += new
        done = hunk.before_start + len(hunk.before)
    if change.after is not None:
        after += before[done:]
    return FileText(before, after, tuple(spans))
