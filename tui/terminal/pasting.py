"""What is pasted stays text: escape characters inside a bracketed paste never reach Textual's key parser.

Stock Textual (8.2.8) takes an escape inside a paste for the beginning of keys, so that pasted text could press ctrl+y
(THREATS.md T7). Sans-I/O in the middle: terminal text in, the same text out, with `␛` for such an escape.
"""

from __future__ import annotations

import re

_BEGIN = "\x1b[200~"
_END = "\x1b[201~"
_ESCAPE_SHOWN = "␛"
_ALT = re.compile(r"\x1b([a-z0-9])")


class PasteFilter:
    """Passes terminal input on, piece by piece, however it is cut. Holds nothing back outside a paste."""

    def __init__(self) -> None:
        self._is_pasting = False
        self._seen = ""  # the end of what came, as far as it may begin a paste
        self._held = ""  # an escape in a paste, until it is clear whether the paste ends there

    def feed(self, data: str) -> str:
        out: list[str] = []
        rest = data
        while rest:
            rest = self._within(rest, out) if self._is_pasting else self._outside(rest, out)
        return "".join(out)

    def _outside(self, data: str, out: list[str]) -> str:
        """Pass on up to the beginning of a paste; what follows it is returned."""
        joined = self._seen + data
        begin = joined.find(_BEGIN)
        if begin < 0:
            self._seen = joined[-(len(_BEGIN) - 1) :]
            out.append(data)
            return ""
        end = begin + len(_BEGIN) - len(self._seen)
        out.append(data[:end])
        self._is_pasting, self._seen = True, ""
        return data[end:]

    def _within(self, data: str, out: list[str]) -> str:
        """Pass on up to the end of the paste, escapes made visible; what follows it is returned."""
        joined, self._held = self._held + data, ""
        end = joined.find(_END)
        if end >= 0:
            out.append(joined[:end].replace("\x1b", _ESCAPE_SHOWN) + _END)
            self._is_pasting = False
            return joined[end + len(_END) :]
        last = joined.rfind("\x1b")
        if last >= 0 and _END.startswith(joined[last:]):
            joined, self._held = joined[:last], joined[last:]
        out.append(joined.replace("\x1b", _ESCAPE_SHOWN))
        return ""


def with_alt(data: str) -> str:
    """An escape and a key that came together are alt and that key, spelled so that Textual knows it.

    It (8.2.8) takes alt and enter for enter, which would send the message, and holds a letter back for a while.
    """
    found = _ALT.fullmatch(data)
    return f"\x1b[{ord(found[1])};3u" if found else data.replace("\x1b\r", "\x1b[13;3u")
