"""Messages for hunks that fit nowhere or in several places: what was looked for, what is there, what to do. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from agent.edits.lines import Lines
from agent.edits.occurrences import Occurrences
from agent.edits.operations import PatchHunk

_SHOWN_LINES = 8
_SHOWN_WIDTH = 160
_SHOWN_PLACES = 4
_COUNTED_PLACES = 2000
_TELLING = 3  # characters; shorter lines, such as a bracket, say nothing
_WORD = re.compile(r"\w{4,}")


def hunk_label(number: int, total: int) -> str:
    """`number` counts from 0."""
    return "the hunk" if total == 1 else f"hunk {number + 1} of {total}"


def not_found(lines: Lines, occurrences: Occurrences, hunk: PatchHunk, label: str) -> str:
    """`occurrences` says where the hunk's lines stand, each by itself."""
    said = hunk.old or list(hunk.headers)
    parts = [f"{label} does not match the file. It looks for these lines, together and in this order:", _shown(said)]
    if _is_there(lines, hunk):
        parts.append("The new lines of this hunk are already in the file; do not apply it again.")
    absent = next((text for text in said if text.strip() and not occurrences.of(text)), None)
    if absent is not None and len(said) > 1:
        parts.append(f"This one is nowhere in the file: {absent.strip()[:_SHOWN_WIDTH]}")
    near = _nearest(lines, occurrences, said)
    if near is not None:
        parts += [
            "The nearest lines of the file are:",
            _numbered(lines, near - 1, max(4, min(len(said) + 3, _SHOWN_LINES))),
        ]
    parts.append(
        "Open the file again if unsure, and send the hunk with lines copied from the file exactly, none left out."
    )
    return "\n".join(parts)


def ambiguous(lines: Sequence[str], places: Sequence[int], hunk: PatchHunk, label: str) -> str:
    """`places` are 0-based lines that are equally good; empty when the hunk has no context at all."""
    if not hunk.old and not places:
        return (
            f"{label} only adds lines and does not say where. Add two or three context lines before or after them, "
            "or a `@@` header with the line above."
        )
    shown = "\n\n".join(_numbered(lines, place, 4) for place in places[:_SHOWN_PLACES])
    more = f"\nand {len(places) - _SHOWN_PLACES} more" if len(places) > _SHOWN_PLACES else ""
    return (
        f"{label} fits {len(places)} places equally well, and none is guessed:\n{shown}{more}\n"
        "Add context lines until only one place fits, or a `@@` header with the class or function that holds it."
    )


def _shown(texts: Sequence[str]) -> str:
    rows = [f"    {text[:_SHOWN_WIDTH]}" for text in texts[:_SHOWN_LINES]]
    if len(texts) > _SHOWN_LINES:
        rows.append(f"    … and {len(texts) - _SHOWN_LINES} more lines")
    return "\n".join(rows)


def _numbered(lines: Sequence[str], start: int, count: int) -> str:
    start = max(0, min(start, len(lines) - 1))
    width = len(str(start + count))
    return "\n".join(
        f"{number + 1:>{width}}| {line.rstrip()[:_SHOWN_WIDTH]}"
        for number, line in enumerate(lines[start : start + count], start)
    )


def _nearest(lines: Lines, occurrences: Occurrences, said: Sequence[str]) -> int | None:
    """Where most of the lines would stand; without any, a line that holds one of the longest words looked for."""
    votes: Counter[int] = Counter()
    for offset, line in enumerate(said):
        for at in (occurrences.of(line) or ())[:_COUNTED_PLACES]:
            votes[max(0, at - offset)] += 1
    if votes:
        return max(votes, key=lambda start: (votes[start], -start))
    words = sorted({word for line in said for word in _WORD.findall(line)}, key=len, reverse=True)
    for word in words[:3]:
        at = lines.text.find(word)
        if at >= 0:
            return max(0, lines.number_at(at) - 1)
    return 0 if lines.text.removesuffix("\n") else None


def _is_there(lines: Lines, hunk: PatchHunk) -> bool:
    """True when the file already holds what the hunk would make of it."""
    new = [line.rstrip() for line in hunk.new]
    if not any(line.mark == "+" and len(line.text.strip()) > _TELLING for line in hunk.lines):
        return False
    longest = max(range(len(new)), key=lambda number: len(new[number]))
    at = lines.text.find(new[longest])
    if at < 0:
        return False
    start = max(0, lines.number_at(at) - longest)
    return [line.rstrip() for line in lines[start : start + len(new)]] == new
