"""Finds the blocks by which a model calls tools in plain text, as the text arrives. Sans-I/O: pieces in, parts out.

Works on whole lines, so that a cut anywhere changes nothing, and gives no block before its last line is there.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from backends.frozen import frozen

BlockKind: TypeAlias = Literal["call", "function", "patch", "edit"]
"""A JSON call between tags or fences, a `<function=…>` as Qwen writes it, a patch, a search/replace block."""


@frozen
class Prose:
    """Text for the reader."""

    text: str


@frozen
class Growing:
    """More of a block that is not complete yet."""

    text: str


@frozen
class Block:
    """A complete block: what stands between the marks of a call, and a patch, edit or function with its marks.

    An edit begins with the lines above it, since they name the file.
    """

    kind: BlockKind
    text: str


Part: TypeAlias = Prose | Growing | Block


@frozen
class _Form:
    """`opens` at the beginning of a line, `ends` anywhere in one; the marks of a call are no part of it."""

    kind: BlockKind
    opens: re.Pattern[str]
    ends: re.Pattern[str]
    has_marks: bool = True


_FORMS = (
    _Form("call", re.compile(r"\s*<tool_call>"), re.compile(r"</tool_call>"), has_marks=False),
    _Form("call", re.compile(r"\s*```tool_call\b"), re.compile(r"^\s*```\s*$"), has_marks=False),
    _Form("function", re.compile(r"\s*<function=[\w.-]+>"), re.compile(r"</function>")),
    _Form("patch", re.compile(r"\s*\*\*\* Begin Patch"), re.compile(r"^\s*\*\*\* End Patch")),
    _Form("edit", re.compile(r"<{5,9} ?SEARCH"), re.compile(r"^>{5,9} ?REPLACE\s*$")),
)
_QUOTABLE = ("call", "function")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_OPENINGS = (
    "<tool_call>", "```tool_call", "<function=", "*** Begin Patch",
    *("<" * marks + blank + "SEARCH" for marks in range(5, 10) for blank in ("", " ")),
)  # fmt: skip
_LINES_ABOVE = 3


class BlockReader:
    """Feed the text as it comes, then `finish`. Inside a fence a call is an example; a patch there is still a patch."""

    def __init__(self) -> None:
        self._line = ""
        self._shown = 0  # characters of the line that went out as prose
        self._form: _Form | None = None
        self._block: list[str] = []
        self._above: list[str] = []
        self._fence = ""

    @property
    def is_inside(self) -> bool:
        """Whether a block has begun and has no end: after `finish`, the text was cut."""
        return self._form is not None

    def feed(self, text: str) -> list[Part]:
        parts: list[Part] = []
        *whole, rest = text.split("\n")
        for piece in whole:
            self._line += piece
            parts += self._take_line("\n")
        self._line += rest
        if self._form is None and not self._may_open():
            parts += self._show()
        return _joined(parts)

    def finish(self) -> list[Part]:
        """What the last line is, which has no end of its own."""
        return _joined(self._take_line("")) if self._line else []

    def _may_open(self) -> bool:
        begun = self._line.lstrip()
        return any(opening.startswith(begun) or begun.startswith(opening) for opening in _OPENINGS)

    def _show(self) -> list[Part]:
        text, self._shown = self._line[self._shown :], len(self._line)
        return [Prose(text)] if text else []

    def _take_line(self, end: str) -> list[Part]:
        line = self._line
        if self._form is None and not self._shown:
            self._form = self._opened(line)
            if self._form is not None:
                self._block = list(self._above) if self._form.kind == "edit" else []
                if not self._form.has_marks:
                    line = line[_end_of(self._form.opens, line) :]
        if self._form is None:
            parts = self._show()
            self._note_prose(line)
            self._line, self._shown = "", 0
            return [*parts, Prose(end)] if end else parts
        self._line, self._shown = "", 0
        return self._take_block_line(self._form, line, end)

    def _take_block_line(self, form: _Form, line: str, end: str) -> list[Part]:
        ending = form.ends.search(line)
        if ending is None:
            self._block.append(line)
            return [Growing(line + end)]
        self._block.append(line[: ending.end() if form.has_marks else ending.start()])
        block = Block(form.kind, "\n".join(self._block))
        self._form, self._block, self._above = None, [], []
        return [block]

    def _opened(self, line: str) -> _Form | None:
        form = next((form for form in _FORMS if form.opens.match(line)), None)
        return None if form is not None and self._fence and form.kind in _QUOTABLE else form

    def _note_prose(self, line: str) -> None:
        self._above = [*self._above, line][-_LINES_ABOVE:]
        fence = _FENCE.match(line)
        if fence is not None:
            if not self._fence:
                self._fence = fence[1]
            elif fence[1].startswith(self._fence):
                self._fence = ""


def _end_of(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.match(text)
    return found.end() if found else 0


def _joined(parts: list[Part]) -> list[Part]:
    """Neighbours of a kind as one."""
    joined: list[Part] = []
    for part in parts:
        match joined[-1:], part:
            case [Prose(before)], Prose(text):
                joined[-1] = Prose(before + text)
            case [Growing(before)], Growing(text):
                joined[-1] = Growing(before + text)
            case _:
                joined.append(part)
    return joined
