"""A shell line as plain commands, or a refusal to read it. Pure.

A small grammar, not a shell: literal words and quotes, joined by `&&`, `||`, `;` and `|`, with `2>&1` and `/dev/null`.
Whatever it does not know is not proven, and what is not proven is asked about (THREATS.md C1, C6).
"""

from __future__ import annotations

import re
import unicodedata

from agent.files.invisible import count_invisible
from backends.frozen import frozen

MOST_CHARACTERS = 4_000
MOST_PARTS = 50

_OPERATOR = re.compile(r"&&|\|\||;|\|")
_HARMLESS_REDIRECTION = re.compile(r"(?:2>&1|1>&2|>&2|[12&]?>\s?/dev/null|<\s?/dev/null)(?=[\s;|]|&&|$)")
_PLAIN = re.compile(r"[A-Za-z0-9_./:=@%+,^~?*\[\]!-]")
_SPECIAL_IN_QUOTES = re.compile(r"[$`!]|\\\\|\\$")
"""In double quotes; a backslash before any other character stays what it is, as `\\b` in a pattern does."""
_GLOB = frozenset("*?[]")
_ESCAPED = re.compile(r"\\([()!])(?=\s|$)")
"""A word of one escaped character, as the parentheses of find."""
_REFLOG = re.compile(r"@\{[A-Za-z0-9-]+\}")
"""As in `HEAD@{1}`: braces around neither a comma nor `..` stay what they are."""


class Unproven(ValueError):
    """The line holds something that the grammar does not know; `str()` says what."""


@frozen
class Word:
    """A literal word as the program gets it. `has_glob`: the shell puts file names in its place."""

    text: str
    is_quoted: bool = False
    has_glob: bool = False

    @property
    def starts_with_glob(self) -> bool:
        return self.has_glob and self.text[:1] in _GLOB


@frozen
class Command:
    """One program with its arguments, never empty."""

    words: tuple[Word, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(word.text for word in self.words)


def parse_line(line: str) -> tuple[Command, ...]:
    """The commands of a line, in order. Raises Unproven."""
    line = line.strip(" \t\n")
    if len(line) > MOST_CHARACTERS:
        raise Unproven("the line is too long to be judged")
    if any(char != " " and char != "\t" and not _is_visible(char) for char in line):
        raise Unproven("it holds a line break or an invisible character")
    return _Reader(line).commands()


class _Reader:
    def __init__(self, line: str) -> None:
        self._line = line
        self._at = 0

    def commands(self) -> tuple[Command, ...]:
        found: list[Command] = []
        words: list[Word] = []
        while self._at < len(self._line):
            if self._line[self._at] in " \t":
                self._at += 1
            elif redirection := _HARMLESS_REDIRECTION.match(self._line, self._at):
                self._at = redirection.end()
            elif operator := _OPERATOR.match(self._line, self._at):
                self._at = operator.end()
                found.append(_command(words))
                words = []
            elif escaped := _ESCAPED.match(self._line, self._at):
                self._at = escaped.end()
                words.append(Word(escaped[1], is_quoted=True))
            else:
                words.append(self._word())
            if len(found) >= MOST_PARTS:
                raise Unproven("it has too many parts to be judged")
        found.append(_command(words))
        return tuple(found)

    def _word(self) -> Word:
        text, is_quoted, has_glob = "", False, False
        while self._at < len(self._line):
            char = self._line[self._at]
            if char in " \t;|&":
                break
            if char in "'\"":
                text += self._quoted(char)
                is_quoted = True
                continue
            if reflog := _REFLOG.match(self._line, self._at):
                text += reflog[0]
                self._at = reflog.end()
                continue
            self._expect_plain(char, text)
            has_glob = has_glob or char in _GLOB
            text += char
            self._at += 1
        if not text and not is_quoted:
            raise Unproven("it holds an operator that is not judged")
        return Word(text, is_quoted, has_glob)

    def _quoted(self, mark: str) -> str:
        end = self._line.find(mark, self._at + 1)
        if end < 0:
            raise Unproven("a quote is not closed")
        inside = self._line[self._at + 1 : end]
        if mark == '"' and _SPECIAL_IN_QUOTES.search(inside):
            raise Unproven("it substitutes something inside quotes")
        self._at = end + 1
        return inside

    def _expect_plain(self, char: str, before: str) -> None:
        if not (_PLAIN.match(char) if char.isascii() else char.isalnum()):
            raise Unproven(f"{char} is not judged outside of quotes")
        if char == "~" and (not before or before[-1] in "=:"):
            raise Unproven("~ leads out of the workspace")
        if char == "!" and before:
            raise Unproven("! is not judged inside a word")


def _command(words: list[Word]) -> Command:
    if not words:
        raise Unproven("a part of it is empty")
    return Command(tuple(words))


def _is_visible(char: str) -> bool:
    return unicodedata.category(char)[0] not in "CZ" and not count_invisible(char)
