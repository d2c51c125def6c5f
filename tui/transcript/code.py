"""Syntax colours for code, a line at a time or all at once. Knows inks, not colours; Pygments is imported when used."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from tui.transcript.rows import Ink

if TYPE_CHECKING:
    from pygments.lexer import Lexer

WHOLE_LIMIT = 16_384
"""Characters of code that are lexed at once when it is complete; longer code keeps its line-by-line colours."""

COLOURED = 20_480
"""Characters of one piece of code that are coloured; the rest is plain, so that laying it out never takes long."""

NO_LANGUAGE = frozenset({"", "text", "plain", "plaintext", "txt", "none"})
"""What is written where there is no language: nothing to colour, and nothing to tell."""

_INKS: tuple[tuple[str, Ink], ...] = (
    ("Token.Comment", "tok-comment"),
    ("Token.Keyword.Type", "tok-type"),
    ("Token.Keyword.Constant", "tok-number"),
    ("Token.Keyword", "tok-keyword"),
    ("Token.Operator.Word", "tok-keyword"),
    ("Token.Literal.String", "tok-string"),
    ("Token.Literal.Number", "tok-number"),
    ("Token.Literal", "tok-string"),
    ("Token.Name.Class", "tok-type"),
    ("Token.Name.Builtin", "tok-type"),
    ("Token.Name.Exception", "tok-type"),
    ("Token.Name.Namespace", "tok-type"),
    ("Token.Name.Tag", "tok-keyword"),
    ("Token.Name.Decorator", "tok-number"),
    ("Token.Name", "tok-name"),
    ("Token.Operator", "tok-operator"),
    ("Token.Punctuation", "tok-operator"),
    ("Token.Generic.Inserted", "diff-add"),
    ("Token.Generic.Deleted", "diff-del"),
    ("Token.Generic.Heading", "tok-keyword"),
    ("Token.Generic.Subheading", "tok-keyword"),
    ("Token.Generic.Prompt", "tok-comment"),
)

Piece = tuple[str, Ink]


class Highlighter:
    """Colours for one piece of code. Pieces of a line put together are the line."""

    def __init__(self, language: str) -> None:
        self._lexer = _lexer(language)
        self._stack: list[str] = ["root"]
        self._eaten = 0

    def line(self, text: str) -> list[Piece]:
        """The next line, without its line end; the lexer's state goes on from the line before."""
        lexer = self._lexer
        self._eaten += len(text) + 1
        if lexer is None or self._eaten > COLOURED:
            return [(text, "")]
        states: Any = getattr(lexer, "_tokens", None)
        if states is None or "root" not in states:
            return [(text, "")]
        pieces = _lex(lexer, states, text + "\n", self._stack)
        return _split_lines(pieces)[0]

    def whole(self, code: str) -> list[list[Piece]]:
        """All lines of complete code."""
        if self._lexer is None:
            return [[(line, "")] for line in code.split("\n")]
        if len(code) > WHOLE_LIMIT:
            return [self.line(line) for line in code.split("\n")]
        tokens = ((str(kind), text) for _, kind, text in self._lexer.get_tokens_unprocessed(code + "\n"))
        lines = _split_lines([(text, _ink(kind)) for kind, text in tokens])
        return lines[: code.count("\n") + 1]


def language_of(info: str) -> str:
    """The language named by a fence's info string."""
    words = info.replace("{", " ").replace("}", " ").split()
    return words[0].lstrip(".") if words else ""


@lru_cache(64)
def _lexer(language: str) -> Lexer | None:
    if language in NO_LANGUAGE:
        return None
    from pygments import lexers
    from pygments.util import ClassNotFound

    find: Callable[..., Lexer] = cast("Any", lexers).get_lexer_by_name
    try:
        return find(language.lower(), ensurenl=False, stripnl=False)
    except ClassNotFound:
        return None


@lru_cache(1024)
def _ink(kind: str) -> Ink:
    return next((ink for prefix, ink in _INKS if kind.startswith(prefix)), "")


def _split_lines(pieces: list[Piece]) -> list[list[Piece]]:
    lines: list[list[Piece]] = [[]]
    for text, ink in pieces:
        first, *others = text.split("\n")
        if first:
            lines[-1].append((first, ink))
        lines += [[(part, ink)] if part else [] for part in others]
    return lines


def _lex(lexer: Lexer, states: Any, text: str, stack: list[str]) -> list[Piece]:
    """One line by a regular-expression lexer, with `stack` as its state before and after.

    Pygments keeps that state to itself, so its loop is walked here: the rules are its own, the stack is ours.
    """
    pieces: list[Piece] = []
    position = 0
    while position < len(text):
        for match_rule, action, new_state in states[stack[-1]]:
            match = match_rule(text, position)
            if not match:
                continue
            if action is not None:
                pieces += _pieces(lexer, action, match)
            position = match.end()
            _move(stack, new_state)
            break
        else:
            if text[position] == "\n":
                stack[:] = ["root"]
            pieces.append((text[position], ""))
            position += 1
    return pieces


def _pieces(lexer: Lexer, action: Any, match: re.Match[str]) -> list[Piece]:
    """What a rule found: one token, or several by a callback. Token types are tuples."""
    if isinstance(action, tuple):
        return [(match[0], _ink(str(cast(object, action))))] if match[0] else []
    found: list[tuple[int, object, str]] = list(action(lexer, match))
    return [(text, _ink(str(kind))) for _, kind, text in found if text]


def _move(stack: list[str], new_state: Any) -> None:
    steps = cast("tuple[object, ...]", new_state) if isinstance(new_state, tuple) else (new_state,)
    for step in steps:
        if isinstance(step, int):
            del stack[max(1, len(stack) + step) :]
        elif step == "#pop":
            del stack[max(1, len(stack) - 1) :]
        elif step == "#push":
            stack.append(stack[-1])
        elif step is not None:
            stack.append(str(step))
