"""Which words of a hunk's lines are different: finds each new line's old one first. Pure, and for a thread."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from agent.edits.diff import word_changes

Marks = tuple[tuple[int, int], ...]

ALIGNED_LINES = 60
"""Hunks of up to this many lines on each side are aligned by likeness; longer ones line by line."""

_WORD = re.compile(r"\w+|[^\w\s]")
_LEAST_ALIKE = 0.5
_LONGEST_LINE = 2_000


def changed_words(old: Sequence[str], new: Sequence[str]) -> tuple[list[Marks], list[Marks]]:
    """For each line the character ranges that differ from its partner; none for a line that has no partner."""
    old_marks: list[Marks] = [()] * len(old)
    new_marks: list[Marks] = [()] * len(new)
    for i, j in pairs(old, new):
        if max(len(old[i]), len(new[j])) <= _LONGEST_LINE:
            gone, come = word_changes(old[i], new[j])
            if gone != ((0, len(old[i])),) or come != ((0, len(new[j])),):
                old_marks[i], new_marks[j] = gone, come
    return old_marks, new_marks


def pairs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Lines that belong together, in order on both sides."""
    if len(old) == len(new) or max(len(old), len(new)) > ALIGNED_LINES:
        return [(i, i) for i in range(min(len(old), len(new)))]
    old_words, new_words = [_words(line) for line in old], [_words(line) for line in new]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]  # the likeness of all pairs from here on
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            together = _likeness(old_words[i], new_words[j])
            best[i][j] = max(best[i + 1][j], best[i][j + 1], together and together + best[i + 1][j + 1])
    found: list[tuple[int, int]] = []
    i = j = 0
    while i < len(old) and j < len(new):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            found.append((i, j))
            i, j = i + 1, j + 1
    return found


def _words(line: str) -> Counter[str]:
    return Counter(_WORD.findall(line[:_LONGEST_LINE]))


def _likeness(old: Counter[str], new: Counter[str]) -> float:
    """The share of common words; 0 for lines that have too little in common."""
    share = 2 * (old & new).total() / max(1, old.total() + new.total())
    return share if share >= _LEAST_ALIKE else 0.0
