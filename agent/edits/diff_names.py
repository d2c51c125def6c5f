"""The file names in the headers of unified diffs, as git and diff write them. Pure."""

from __future__ import annotations

import re

NOTHING = "/dev/null"
GIT_HEADER = "diff --git "

_TIME_STAMP = re.compile(r"(?:\t.*|\s+\d{4}-\d\d-\d\d[ T]\d\d:.*)$")
_PREFIX = re.compile(r"(?:[abciow12]|old|new)/")
_KEPT_COPY = (".orig", ".bak", ".old", "~")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_CONTROLS = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}


def header_names(line: str) -> tuple[str, str]:
    """Both names of a `diff --git` line; blanks part them and may be in them, so only equal names can be told.
    Otherwise both are empty."""
    said = line.removeprefix(GIT_HEADER).rstrip()
    for at in (number for number, char in enumerate(said) if char == " "):
        old, new = _without_prefixes(unquoted(said[:at]), unquoted(said[at + 1 :]))
        if old == new:
            return old, new
    return "", ""


def pair_names(old_line: str, new_line: str) -> tuple[str, str]:
    """The names of a `---` and a `+++` line, without time stamps; either may be /dev/null."""
    old, new = (unquoted(_TIME_STAMP.sub("", line[4:]).strip()) for line in (old_line, new_line))
    old, new = _without_prefixes(old, new)
    return (new if any(old == new + suffix for suffix in _KEPT_COPY) else old), new


def unquoted(name: str) -> str:
    """A name that git put in quotes, with its escapes undone; one that is not UTF-8 stays as it is."""
    if len(name) < 2 or not name[0] == name[-1] == '"':
        return name
    try:
        return _ESCAPE.sub(_escaped, name[1:-1].encode()).decode()
    except UnicodeError:
        return name


def _escaped(match: re.Match[bytes]) -> bytes:
    said = match[1]
    return bytes([int(said, 8) & 0xFF]) if len(said) == 3 else _CONTROLS.get(said, said)


def _without_prefixes(old: str, new: str) -> tuple[str, str]:
    """`a/` and `b/`, or another such pair, are the diff's own; the same prefix twice is a folder."""
    if old == NOTHING or new == NOTHING:
        return old.removeprefix("a/"), new.removeprefix("b/")
    before, after = _PREFIX.match(old), _PREFIX.match(new)
    if before and after and before[0] != after[0]:
        return old[before.end() :], new[after.end() :]
    return old, new
