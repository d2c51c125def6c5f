"""Text from outside where there is no screen to draw it: nothing in it can act on a terminal (THREATS.md T1). Pure."""

from __future__ import annotations

import re

_ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """Control characters but tab and line feed, bidi controls and halves of characters as marked code points."""
    return _ACTING.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)
