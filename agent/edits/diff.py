"""Line differences for proposals, and the words that differ within a line. Pure.

Equal head and tail are trimmed on the text itself; what remains is cut at lines that are unique on both sides
(patience), and only the small gaps between go to difflib, which alone takes seconds on large files.
"""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from agent.edits.proposal import Hunk

_GAP_LIMIT = 100_000  # old lines × new lines of one gap; beyond it the gap is one hunk
_Block = tuple[int, int, int, int]  # old start, old end, new start, new end


def diff_texts(before: str, after: str) -> tuple[Hunk, ...]:
    """The hunks that turn `before` into `after`, without context, in order. Lines end at LF and keep it."""
    head = _equal_head(before, after)
    tail = _equal_tail(before, after, head)
    old = split_lines(before[head : len(before) - tail])
    new = split_lines(after[head : len(after) - tail])
    if not old and not new:
        return ()
    first = before.count("\n", 0, head)
    return tuple(
        Hunk(first + old_start, tuple(old[old_start:old_end]), first + new_start, tuple(new[new_start:new_end]))
        for old_start, old_end, new_start, new_end in changed_ranges(old, new)
    )


def split_lines(text: str) -> list[str]:
    """Lines with their LF; joining them gives the text back."""
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop().removesuffix("\n")
    return [*lines, last] if last else lines


def _equal_head(before: str, after: str) -> int:
    """Characters of the common whole lines at the start."""
    equal, step = 0, 4096
    limit = min(len(before), len(after))
    while step:
        end = min(equal + step, limit)
        if end > equal and before[equal:end] == after[equal:end]:
            equal = end
            step *= 2
        else:
            step //= 2
            if end == equal:
                break
    return before.rfind("\n", 0, equal) + 1


def _equal_tail(before: str, after: str, head: int) -> int:
    """Characters of the common whole lines at the end, not reaching into the head."""
    equal, step = 0, 4096
    limit = min(len(before), len(after)) - head
    while step:
        size = min(equal + step, limit)
        if size > equal and before[-size : len(before) - equal] == after[-size : len(after) - equal]:
            equal = size
            step *= 2
        else:
            step //= 2
            if size == equal:
                break
    # The tail begins where a line begins on both sides.
    for text in (before, after):
        at = len(text) - equal
        if at > head and text[at - 1] != "\n":
            end = text.find("\n", at)
            equal = 0 if end < 0 else len(text) - end - 1
    return equal


# ── patience ─────────────────────────────────────────────────────────────────


def changed_ranges(old: Sequence[str], new: Sequence[str]) -> Iterator[_Block]:
    """What differs, in order, as old start, old end, new start, new end."""
    old_done = new_done = 0
    for old_start, new_start, size in [*sorted(_matches(old, new)), (len(old), len(new), 0)]:
        if old_start > old_done or new_start > new_done:
            yield (old_done, old_start, new_done, new_start)
        old_done, new_done = old_start + size, new_start + size


def _matches(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Equal runs as (old start, new start, length), in no order, crossing nowhere."""
    gaps = [(0, len(old), 0, len(new))]
    while gaps:
        gap = gaps.pop()
        old_start, old_end, new_start, new_end = inner = _trimmed(old, new, gap)
        if old_start > gap[0]:
            yield (gap[0], gap[2], old_start - gap[0])
        if old_end < gap[1]:
            yield (old_end, new_end, gap[1] - old_end)
        if old_start == old_end or new_start == new_end:
            continue
        anchors = _anchors(old, new, inner)
        if anchors:
            yield from ((one, other, 1) for one, other in anchors)
            ends = [(old_start - 1, new_start - 1), *anchors, (old_end, new_end)]
            gaps += [
                (one + 1, next_one, other + 1, next_other)
                for (one, other), (next_one, next_other) in pairwise(ends)
                if next_one > one + 1 and next_other > other + 1
            ]
        elif (old_end - old_start) * (new_end - new_start) <= _GAP_LIMIT:
            matcher = difflib.SequenceMatcher(None, old[old_start:old_end], new[new_start:new_end], autojunk=False)
            yield from ((old_start + a, new_start + b, size) for a, b, size in matcher.get_matching_blocks() if size)


def _trimmed(old: Sequence[str], new: Sequence[str], gap: _Block) -> _Block:
    old_start, old_end, new_start, new_end = gap
    while old_start < old_end and new_start < new_end and old[old_start] == new[new_start]:
        old_start, new_start = old_start + 1, new_start + 1
    while old_start < old_end and new_start < new_end and old[old_end - 1] == new[new_end - 1]:
        old_end, new_end = old_end - 1, new_end - 1
    return old_start, old_end, new_start, new_end


def _anchors(old: Sequence[str], new: Sequence[str], gap: _Block) -> list[tuple[int, int]]:
    """Lines unique on both sides, as the longest chain that rises on both."""
    old_start, old_end, new_start, new_end = gap
    there = _unique(new, new_start, new_end)
    shared = [(at, there[line]) for line, at in _unique(old, old_start, old_end).items() if line in there]
    tops: list[int] = []  # the smallest new line that ends a chain of each length
    pile: list[int] = []  # index into `shared` of that end
    previous: list[int] = []
    for number, (_, new_at) in enumerate(shared):
        length = bisect_left(tops, new_at)
        previous.append(pile[length - 1] if length else -1)
        tops[length : length + 1] = [new_at]
        pile[length : length + 1] = [number]
    chain: list[tuple[int, int]] = []
    at = pile[-1] if pile else -1
    while at >= 0:
        chain.append(shared[at])
        at = previous[at]
    return chain[::-1]


def _unique(lines: Sequence[str], start: int, end: int) -> dict[str, int]:
    """Lines that occur once in the range, with their place, in order."""
    counts = Counter(lines[start:end])
    return {line: at for at, line in enumerate(lines[start:end], start) if counts[line] == 1}


# ── words ────────────────────────────────────────────────────────────────────

Span = tuple[int, int]
_WORD = re.compile(r"\w+|\s+|.", re.DOTALL)
_WORDS_LIMIT = 600
_ALIKE = 0.3


def word_changes(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Character ranges of the words that differ between two lines, for each side.

    Lines with little in common, or very long ones, differ as a whole: then each side is one range.
    """
    old_words, new_words = _WORD.findall(old), _WORD.findall(new)
    if len(old_words) > _WORDS_LIMIT or len(new_words) > _WORDS_LIMIT:
        return _whole(old), _whole(new)
    matcher = difflib.SequenceMatcher(None, old_words, new_words, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return _whole(old), _whole(new)
    old_at, new_at = _offsets(old_words), _offsets(new_words)
    changed = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    return (
        tuple((old_at[start], old_at[end]) for _, start, end, _, _ in changed if end > start),
        tuple((new_at[start], new_at[end]) for _, _, _, start, end in changed if end > start),
    )


def _whole(line: str) -> tuple[Span, ...]:
    return ((0, len(line)),) if line else ()


def _offsets(words: Sequence[str]) -> list[int]:
    return [0, *accumulate(map(len, words))]
