"""Typographic look-alikes: how lines are compared when looking, and how a file's own characters are kept. Pure."""

from __future__ import annotations

import difflib
import re

_TWINS = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'),
        **dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008", " "),
        **dict.fromkeys("\u2009\u200a\u202f\u205f\u3000", " "),
    }
)
_FOLDED = re.compile("[-'\" ]+")  # what twins become
_ALIKE = 0.5
_LINE_LIMIT = 1_000  # characters; longer lines are not compared letter by letter


def fold(text: str) -> str:
    """Dashes, quotes and blanks as ASCII. Every character stays one character."""
    return text if text.isascii() else text.translate(_TWINS)


def loose(line: str) -> str:
    """What two lines must share to be the same line to a forgiving eye."""
    return line.strip() if line.isascii() else line.translate(_TWINS).strip()


def steady_part(line: str) -> str:
    """The longest part of a loose line that every line like it holds letter by letter; empty when there is none."""
    return max(_FOLDED.split(line), key=len)


def keep_characters(file_line: str, said: str, added: str) -> str:
    """`added`, with the file's own characters where it repeats `said`, the model's spelling of `file_line`.

    Without this a model that writes straight quotes would straighten those that it did not mean to touch.
    """
    if file_line == said or len(file_line) != len(said) or len(said) > _LINE_LIMIT:
        return added
    matcher = difflib.SequenceMatcher(None, said, added, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return added
    parts = [
        file_line[said_start:said_end] if tag == "equal" else added[start:end]
        for tag, said_start, said_end, start, end in matcher.get_opcodes()
    ]
    return "".join(parts)
