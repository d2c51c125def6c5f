"""Which words of a changed line are different. Pure."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

Marks = tuple[tuple[int, int], ...]

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_LONGEST = 1_000
_LEAST_ALIKE = 0.4


def word_changes(old: str, new: str) -> tuple[Marks, Marks]:
    """Character ranges that differ in each line; nothing when the lines have too little in common to compare."""
    if max(len(old), len(new)) > _LONGEST:
        return (), ()
    left, right = list(_WORD.finditer(old)), list(_WORD.finditer(new))
    matcher = SequenceMatcher(None, [word[0] for word in left], [word[0] for word in right], autojunk=False)
    if matcher.ratio() < _LEAST_ALIKE:
        return (), ()
    gone: list[tuple[int, int]] = []
    come: list[tuple[int, int]] = []
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind != "equal":
            if i < j:
                gone.append((left[i].start(), left[j - 1].end()))
            if k < m:
                come.append((right[k].start(), right[m - 1].end()))
    return tuple(gone), tuple(come)
