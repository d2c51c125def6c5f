"""Reads the lines below an Update File header into hunks. Pure; knows neither envelopes nor files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from agent.edits.errors import EditError
from agent.edits.operations import PatchHunk, PatchLine

END_OF_FILE = "*** End of File"

_NUMBERS = re.compile(r"-(\d+)(?:,(\d+))?\s+\+\d+(?:,\d+)?\s*@@ ?(.*)")


def read_hunks(lines: Sequence[str], path: str) -> tuple[PatchHunk, ...]:
    """The hunks of one file. Raises EditError with `invalid_patch`."""
    reader = _Reader(path)
    for line in _without_file_names(lines):
        reader.take(line)
    return reader.finish()


class _Reader:
    def __init__(self, path: str) -> None:
        self._path = path
        self._hunks: list[PatchHunk] = []
        self._headers: list[str] = []
        self._lines: list[PatchLine] = []
        self._blank_tail = 0
        self._final_newline: bool | None = None
        self._numbers: tuple[int, int] | None = None

    def take(self, line: str) -> None:
        if line.startswith("@@"):
            self._close()
            header, numbers = _header(line)
            self._numbers = numbers or self._numbers
            if header:
                self._headers.append(header)
        elif line.strip() == END_OF_FILE:
            self._close(at_end=True)
        elif line.startswith("\\ No newline"):
            self._final_newline = bool(self._lines) and self._lines[-1].mark == "-"
        elif not line:
            self._lines.append(PatchLine(" ", ""))
            self._blank_tail += 1
        elif line[0] == " " or line[0] == "-" or line[0] == "+":
            self._lines.append(PatchLine(line[0], line[1:].removesuffix("\r")))
            self._blank_tail = 0
        elif line.isspace():
            self._lines.append(PatchLine(" ", ""))
            self._blank_tail += 1
        else:
            raise EditError(
                "invalid_patch",
                f"this line of the patch starts with neither ' ', '-' nor '+':\n{line[:200]}\n"
                "Put one space in front of context lines, '-' in front of lines to remove, '+' in front of new lines.",
                self._path,
            )

    def finish(self) -> tuple[PatchHunk, ...]:
        self._close()
        return tuple(self._hunks)

    def _close(self, *, at_end: bool = False) -> None:
        """End the hunk, if there is one; headers without lines stay for the next (stacked headers)."""
        if len(self._lines) == self._blank_tail:
            if at_end and self._hunks and not self._headers:
                self._hunks[-1] = replace(self._hunks[-1], at_end=True)
            self._lines, self._blank_tail = [], 0
            return
        first_line, count = self._numbers or (0, len(self._lines))
        surplus = sum(line.mark != "+" for line in self._lines) - count
        if 0 < surplus <= self._blank_tail:  # empty lines behind the lines that the header counts
            del self._lines[-surplus:]
            self._blank_tail -= surplus
        self._hunks.append(
            PatchHunk(
                tuple(self._lines),
                tuple(self._headers),
                at_end,
                self._blank_tail,
                self._final_newline,
                first_line,
            )
        )
        self._headers, self._lines, self._blank_tail, self._final_newline = [], [], 0, None
        self._numbers = None


def _header(line: str) -> tuple[str, tuple[int, int] | None]:
    """The line of the file that a header names, "" when none; the first old line's number and how many there are."""
    text = line[2:].removesuffix("\r")
    numbers = _NUMBERS.match(text.strip())
    if numbers:
        first, count, name = numbers.groups()
        return name.strip(), (int(first), int(count or 1))
    text = text.removeprefix(" ")
    return (text.removesuffix("@@").rstrip() if text.strip() != "@@" else ""), None


def _without_file_names(lines: Sequence[str]) -> Sequence[str]:
    """Some models repeat the file names of a unified diff below the header."""
    if len(lines) > 2 and lines[0].startswith("--- ") and lines[1].startswith("+++ ") and lines[2].startswith("@@"):
        return lines[2:]
    return lines
