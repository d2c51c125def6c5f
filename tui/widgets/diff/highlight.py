"""Syntax roles of source lines, a block at a time, so that only what is looked at is ever lexed.

Pure but slow: meant for a thread. Pygments is imported on first use, after the first paint. Knows no colour.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from pygments.lexer import Lexer

BLOCK_LINES = 128
_FROM_THE_START = 16
"""Up to this block lexing starts at the file's first line, so that its state is right; later ones have a lead-in."""
_AHEAD = 32
"""Blocks handed to a lexer at once; after them it begins again with a lead-in."""
_LONGEST_LINE = 2_000
"""Longer lines stay plain: a lexer can take seconds over a minified file."""

Role = Literal["keyword", "string", "comment", "number", "name", "type", "operator"]


class RoleSpan(NamedTuple):
    """Characters `start` to `end` of one line."""

    start: int
    end: int
    role: Role


LineRoles = tuple[RoleSpan, ...]


class Highlighter:
    """Roles of one text. `roles` answers at once from what is known; `compute` does the work.

    The lexer's state is the suspended generator of lines: the block after the last computed one goes on from there.
    """

    def __init__(self, path: str, lines: Sequence[str]) -> None:
        self._path = path
        self._lines = lines
        self._blocks: dict[int, list[LineRoles]] = {}
        self._ahead: tuple[int, Iterator[LineRoles]] | None = None
        self._lock = threading.Lock()

    def roles(self, line: int) -> LineRoles | None:
        """The roles of a line; None while its block is not computed."""
        block = self._blocks.get(line // BLOCK_LINES)
        if block is None:
            return None
        offset = line % BLOCK_LINES
        return block[offset] if offset < len(block) else ()

    def compute(self, block: int) -> None:
        """Lex a block of BLOCK_LINES lines. Safe to call from any thread; returns when it is known."""
        with self._lock:
            if block in self._blocks:
                return
            at, lines = self._start(block)
            while at <= block:
                done = list(islice(lines, BLOCK_LINES))
                if at not in self._blocks and (at == block or at < _FROM_THE_START):
                    self._blocks[at] = done
                at += 1
            self._ahead = at, lines

    def _start(self, block: int) -> tuple[int, Iterator[LineRoles]]:
        if self._ahead is not None and self._ahead[0] == block and block % _AHEAD:
            return self._ahead
        start = 0 if block < _FROM_THE_START else block - 1
        end = (block // _AHEAD + 1) * _AHEAD
        return start, _line_roles(_lexer_for(self._path), self._lines[start * BLOCK_LINES : end * BLOCK_LINES])


def _lexer_for(path: str) -> Lexer | None:
    from pygments.lexers import get_lexer_for_filename  # pyright: ignore[reportUnknownVariableType]
    from pygments.util import ClassNotFound

    try:
        return get_lexer_for_filename(PurePosixPath(path).name, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def _line_roles(lexer: Lexer | None, lines: Sequence[str]) -> Iterator[LineRoles]:
    """Roles line by line, lexing no further than is asked for."""
    if lexer is None:
        yield from (() for _ in lines)
        return
    text = "\n".join(_lexable(line) for line in lines)
    spans: list[RoleSpan] = []
    column = 0
    tokens: Iterator[tuple[int, Any, str]] = lexer.get_tokens_unprocessed(text)
    for _, token, value in tokens:
        role = _role(token)
        for number, piece in enumerate(value.split("\n")):
            if number:
                yield tuple(spans)
                spans, column = [], 0
            if piece and role is not None:
                spans.append(RoleSpan(column, column + len(piece), role))
            column += len(piece)
    yield tuple(spans)


def _lexable(line: str) -> str:
    return "" if len(line) > _LONGEST_LINE else line.rstrip("\r\n")


_ROLES: dict[str, Role] = {
    "Keyword.Type": "type",
    "Keyword": "keyword",
    "Operator.Word": "keyword",
    "Operator": "operator",
    "Name.Builtin": "type",
    "Name.Class": "type",
    "Name.Exception": "type",
    "Name.Decorator": "type",
    "Name.Tag": "keyword",
    "Name.Attribute": "type",
    "Name.Function": "name",
    "Literal.String": "string",
    "Literal.Number": "number",
    "Comment": "comment",
    "Generic.Heading": "keyword",
    "Generic.Subheading": "keyword",
}


def _role(token: Any) -> Role | None:
    """The role of a Pygments token type: that of the nearest type above it that has one."""
    name = ".".join(token)
    while name:
        if (role := _ROLES.get(name)) is not None:
            return role
        name = name.rpartition(".")[0]
    return None
