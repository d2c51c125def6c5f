"""TOML text to values, with the line of every key, keeping the good part of a broken file. Pure.

Knows no setting. Writing is `agent.config.file`.
"""

from __future__ import annotations

import re
import tomllib
from typing import TypeAlias

from backends.frozen import frozen

TomlValue: TypeAlias = "str | int | float | bool | list[TomlValue] | dict[str, TomlValue] | object"
TomlTable: TypeAlias = dict[str, object]

_MOST_REPAIRS = 100
_ENDLESS = re.compile(r"[\d_]{4301,}")
_AT_LINE = re.compile(r"at line (\d+)")
_PART = r"""(?:[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*\[\[?\s*({_DOTTED})\s*\]?\]?\s*(?:#.*)?$")
_BROKEN_HEADER = re.compile(r"\s*\[\[?\s*([^=]+?)\s*\]?\]?\s*(?:#.*)?$")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")
_KEY_PART = re.compile(_PART)


@frozen
class BadLine:
    """A place that is not TOML. `table` and `key` say what was left out, as far as one can tell."""

    line: int
    message: str
    table: tuple[str, ...] = ()
    key: str = ""


@frozen
class TomlText:
    """What a text says. `bad` lines were left out, headers with all that is below them."""

    values: TomlTable
    bad: tuple[BadLine, ...]
    lines: dict[tuple[str, ...], int]

    def line_of(self, path: tuple[str, ...]) -> int:
        """The line of a key, or of the nearest table around it; 1 when nothing of it is spelled out."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return 1


def read_toml(text: str) -> TomlText:
    """Never raises: what cannot be read is in `bad`."""
    lines = text.replace("\r\n", "\n").split("\n")
    bad: list[BadLine] = []
    for _ in range(_MOST_REPAIRS):
        try:
            return TomlText(tomllib.loads("\n".join(lines)), tuple(bad), _key_lines(lines))
        except tomllib.TOMLDecodeError as error:
            bad.append(_leave_out(lines, str(error)))
        except RecursionError as error:
            bad.append(_leave_out(lines, str(error) or type(error).__name__))
        except ValueError:  # Python turns no number of that many digits into one
            number = next((at for at, line in enumerate(lines, 1) if _ENDLESS.search(line)), len(lines))
            bad.append(_leave_out(lines, f"a number of too many digits (at line {number})"))
    bad.append(BadLine(1, "too much in this file is not TOML; none of it is used"))
    return TomlText({}, tuple(bad), {})


def _leave_out(lines: list[str], message: str) -> BadLine:
    """Blank the bad line; a header, or a line that was blanked before, takes everything to the next header along."""
    found = _AT_LINE.search(message)
    number = int(found[1]) if found else len(lines)
    index = min(max(number, 1), len(lines)) - 1
    table = _table_at(lines, index)
    key = _KEY.match(lines[index])
    if not found or not lines[index].strip():
        # The end of the text, or past a value that never closed: the whole last section before it goes.
        index = next((at for at in range(index, -1, -1) if lines[at].lstrip().startswith("[")), 0)
        number = index + 1
    reason = re.sub(r"\s*\(at .*\)$", "", message)
    bad = BadLine(number, reason, table, ".".join(key_parts(key[1])) if key else "")
    is_section = lines[index].lstrip().startswith("[") or not found or not lines[index].strip()
    lines[index] = ""
    if is_section:
        for at in range(index + 1, len(lines)):
            if lines[at].lstrip().startswith("["):
                break
            lines[at] = ""
    return bad


def _table_at(lines: list[str], index: int) -> tuple[str, ...]:
    for at in range(index, -1, -1):
        if (path := header_path(lines[at])) is not None:
            return path
        if at == index and (broken := _BROKEN_HEADER.match(lines[at])):
            return key_parts(broken[1])
    return ()


def _key_lines(lines: list[str]) -> dict[tuple[str, ...], int]:
    """First mention wins. A key-like line inside a multi-line string may add an entry that nobody asks for."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(lines, 1):
        if (path := header_path(line)) is not None:
            table = path
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *key_parts(key[1])), number)
    return found


def header_path(line: str) -> tuple[str, ...] | None:
    """The table that a `[header]` begins; None for every other line."""
    header = _HEADER.match(line)
    return key_parts(header[1]) if header else None


def key_parts(dotted: str) -> tuple[str, ...]:
    """The parts of a dotted key, without their quotes."""
    return tuple(map(_unquoted, _KEY_PART.findall(dotted)))


def _unquoted(part: str) -> str:
    if "\\" in part and part.startswith('"'):
        try:
            return str(tomllib.loads(f"part = {part}")["part"])
        except tomllib.TOMLDecodeError:
            return part[1:-1]
    return part[1:-1] if part[:1] in "\"'" else part
