"""Characters that a reader cannot see or that reorder what is seen (THREATS.md T3). Counts only; changes nothing."""

from __future__ import annotations

import re

# Zero-width and joining blanks, bidi marks, embeddings, overrides and isolates, invisible operators, variation
# selectors beyond emoji, tag characters, interlinear marks, and control characters except tab, LF and CR.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e01ef]"
    "|\r(?!\n)"
)


def count_invisible(text: str) -> int:
    """How many such characters `text` holds; a lone carriage return counts, one before a line feed does not."""
    return sum(1 for _ in _INVISIBLE.finditer(text))
