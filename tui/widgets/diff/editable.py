"""A hunk's new lines as text for an editor, and back, so that whatever was not touched keeps its bytes.

Characters that cannot be seen are spelled out (`⟨U+202E⟩`) while editing. Pure.
"""

from __future__ import annotations

import re

from tui.text import clean

_SPELLED = re.compile("⟨U\\+([0-9A-F]{4,6})⟩")


def to_editable(lines: tuple[str, ...]) -> str:
    """The lines joined by LF, without the last line's end."""
    return "\n".join(_spell(_split_end(line)[0]) for line in lines)


def from_editable(text: str, lines: tuple[str, ...], newline: str = "\n") -> tuple[str, ...]:
    """The edited `text` as lines that replace `lines`; empty text means no line at all.

    A line that was there before keeps its line end; others take the first end of `lines`, else `newline`. The last
    line has no end when the last of `lines` had none.
    """
    if text == to_editable(lines):
        return lines
    if not text:
        return ()
    ends = {_spell(body): end for body, end in map(_split_end, reversed(lines)) if end}
    usual = next((end for _, end in map(_split_end, lines) if end), newline)
    edited = text.replace("\r\n", "\n").split("\n")
    hidden = {character for line in lines for character in line if clean(character) != character}
    done = [_unspell(line, hidden) + ends.get(line, usual) for line in edited]
    if lines and not _split_end(lines[-1])[1]:
        done[-1] = _unspell(edited[-1], hidden)
    return tuple(line for line in done if line)


def is_editable(lines: tuple[str, ...]) -> bool:
    """False when the text spells out the very character that it also hides: the two could not be told apart."""
    hidden = {character for line in lines for character in line if clean(character) != character}
    return all(_unspell(_spell(body), hidden) == body for body, _ in map(_split_end, lines))


def _split_end(line: str) -> tuple[str, str]:
    body = line.removesuffix("\n").removesuffix("\r") if line.endswith("\r\n") else line.removesuffix("\n")
    return body, line[len(body) :]


def _spell(text: str) -> str:
    if clean(text) == text:
        return text
    return "".join(c if clean(c) == c else f"⟨U+{ord(c):04X}⟩" for c in text)


def _unspell(text: str, hidden: set[str]) -> str:
    def character(match: re.Match[str]) -> str:
        code = int(match[1], 16)
        return chr(code) if code <= 0x10FFFF and chr(code) in hidden else match[0]

    return _SPELLED.sub(character, text)
