"""Whether the terminal's ground is dark or light: what its environment says, and what it answers when it is asked.

Sans-I/O: input of the terminal in, the same input without its answers out, and what they say. Knows no theme.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from backends.frozen import frozen

Ground = Literal["dark", "light"]

QUESTION = "\x1b]11;?\x1b\\"
"""xterm's OSC 11: what is the colour of the ground?"""
REPORTS_ON, REPORTS_OFF = "\x1b[?2031h", "\x1b[?2031l"
"""Whether the terminal shall say when it changes between dark and light (contour, ghostty, kitty, foot, tmux 3.6)."""

_MUTE = ("", "dumb", "linux", "eterm")
"""Beginnings of TERM where nobody answers, and the question may be shown."""

_SAME_CONTRAST = 0.179
"""The luminance on which black and white text have the same contrast (WCAG 2)."""

_COLOUR = re.compile(r"rgb:([0-9a-f]{1,4})/([0-9a-f]{1,4})/([0-9a-f]{1,4})", re.IGNORECASE)

_STRING = re.compile(r"\x1b\](?P<body>\d[^\x00-\x1f\x7f-\x9f]*)(?P<end>\x07|\x1b\\|\x9c|(?=[\x00-\x1f\x7f-\x9f]))")
"""An operating system command, as nobody types one; any other control character ends a broken one."""
_REPORT = re.compile(r"\x1b\[\?997;(?P<scheme>[\d;:]*)(?P<end>[^\d;:\x1b]|(?=\x1b))")
_BEGUN = re.compile(r"\x1b(\](\d[^\x00-\x1f\x7f-\x9f]*\x1b?)?|\[(\?(9(9(7(;[\d;:]*)?)?)?)?)?)?")
_ANSWER_BEGUN = re.compile(r"\x1b(\]\d|\[\?997;)")
_REPORTED: dict[str, Ground] = {"1n": "dark", "2n": "light"}
_ESCAPE = "\x1b"

_KEPT = 64
"""Characters of an answer that are kept; a true one has half of them."""
_PATIENCE = 10
"""Silences after which the rest of an answer is no longer waited for."""


def of_environment(environ: Mapping[str, str]) -> Ground | None:
    """The ground by `COLORFGBG`, the colour numbers of text and ground as rxvt, Konsole and others give them."""
    ground = environ.get("COLORFGBG", "").rpartition(";")[2]
    if not (ground.isdecimal() and len(ground) < 4):
        return None
    return "light" if ground in ("7", "15") else "dark"


def is_worth_asking(environ: Mapping[str, str]) -> bool:
    """Whether the terminal may know more than its environment, and the answer would change what is drawn."""
    term = environ.get("TERM", "")
    is_mute = any(term == mute or (mute and term.startswith(f"{mute}-")) for mute in _MUTE)
    return not is_mute and not environ.get("NO_COLOR") and of_environment(environ) is None


def of_colour(answer: str) -> Ground | None:
    """The ground of an answer to `QUESTION`: `rgb:` and red, green and blue with 1 to 4 hexadecimal digits each."""
    found = _COLOUR.fullmatch(answer)
    if found is None:
        return None
    red, green, blue = (_linear(int(digits, 16) / (16 ** len(digits) - 1)) for digits in found.groups())
    return "light" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > _SAME_CONTRAST else "dark"


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


@frozen
class Sifted:
    """A piece of input: what was typed, and what the terminal said in between."""

    typed: str
    said: tuple[Ground, ...] = ()


class AnswerFilter:
    """Takes out of the input what the terminal says about itself, however it is cut, broken or late.

    Whatever is such an answer by its beginning never comes out as typed, not even in parts. An escape at the end of a
    piece is held back until the next piece, or until `rest`.
    """

    def __init__(self) -> None:
        self._held = ""
        self._silences = 0

    def feed(self, data: str) -> Sifted:
        """The next piece of input. It holds no pasted text with escapes in it (`tui.terminal.pasting`)."""
        text, self._held, self._silences = self._held + data, "", 0
        typed: list[str] = []
        said: list[Ground] = []
        at = 0
        while (escape := text.find(_ESCAPE, at)) >= 0:
            typed.append(text[at:escape])
            if _BEGUN.fullmatch(text, escape):
                self._hold(text[escape:])
                return Sifted("".join(typed), tuple(said))
            if answer := _STRING.match(text, escape):
                number, _, colour = answer["body"].partition(";")
                if number == "11" and answer["end"] and (ground := of_colour(colour)):
                    said.append(ground)
                at = answer.end()
            elif report := _REPORT.match(text, escape):
                if ground := _REPORTED.get(report["scheme"] + report["end"]):
                    said.append(ground)
                at = report.end()
            else:
                typed.append(_ESCAPE)
                at = escape + 1
        typed.append(text[at:])
        return Sifted("".join(typed), tuple(said))

    def rest(self) -> str:
        """Nothing came for a while (a tenth of a second): what was held is typed, unless it is part of an answer.

        The rest of an answer is waited for through some silences, and then forgotten.
        """
        self._silences += 1
        is_answer = _ANSWER_BEGUN.match(self._held) is not None
        if is_answer and self._silences < _PATIENCE:
            return ""
        held, self._held = self._held, ""
        return "" if is_answer else held

    def _hold(self, begun: str) -> None:
        self._held = begun
        if len(begun) > _KEPT:
            self._held = begun[:_KEPT] + (_ESCAPE if begun.endswith(_ESCAPE) else "")


def in_answers(heard: bytes) -> Ground | None:
    """The last that the terminal said of its ground in these bytes of input."""
    said = AnswerFilter().feed(heard.decode("utf-8", "replace")).said
    return said[-1] if said else None
