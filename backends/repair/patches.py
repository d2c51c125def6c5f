"""Patches that travel in another wrapping than the tool's parameter: bare, fenced, in a list, in a shell command."""

from __future__ import annotations

import re
import shlex

from backends.repair.trained import PATCH_BEGIN, SHELL_FLAGS, SHELLS, is_whole_patch
from backends.types import JsonValue

_FENCE = re.compile(r"\s*```[\w+-]*[ \t]*\r?\n(.*?)\r?\n?```\s*", re.DOTALL)
_CODE_SPAN = re.compile(r"\s*`([^`]+)`\s*")
_PROGRAM = r"(?:apply_patch|applypatch)"
_HEREDOC = re.compile(
    rf"\s*(?:{_PROGRAM}|(?P<cat>cat))\s*<<-?\s*(?P<quote>['\"]?)(?P<mark>\w+)(?P=quote)[ \t]*"
    rf"(?(cat)\|\s*{_PROGRAM}[ \t]*)\r?\n(?P<patch>.*?\n)(?P=mark)\s*",
    re.DOTALL,
)


def without_fence(text: str) -> str | None:
    """The inside of `text` when it is one fenced block or code span and nothing else."""
    fenced = _FENCE.fullmatch(text) or _CODE_SPAN.fullmatch(text)
    return fenced[1] if fenced and "```" not in fenced[1] else None


def bare_patch(text: str) -> str | None:
    """The whole patch that `text` consists of, if it does; None for anything else, a cut-off patch included."""
    for candidate in (text, without_fence(text)):
        if candidate is not None and is_whole_patch(candidate):
            return candidate
    return patch_in_shell_line(text)


def patch_in_command(command: JsonValue) -> str | None:
    """The patch of a command that does nothing but hand it to `apply_patch`."""
    match command:
        case str():
            return patch_in_shell_line(command)
        case ["apply_patch" | "applypatch", str(patch)] if is_whole_patch(patch):
            return patch
        case [str(shell), str(flags), str(line)] if shell in SHELLS and flags in SHELL_FLAGS:
            return patch_in_shell_line(line)
        case _:
            return None


def patch_in_shell_line(line: str) -> str | None:
    heredoc = _HEREDOC.fullmatch(line)
    if heredoc:
        # an unquoted mark lets the shell expand the text, so only text without anything to expand has one reading
        is_literal = bool(heredoc["quote"]) or not re.search(r"[$`\\]", heredoc["patch"])
        return heredoc["patch"] if is_literal and is_whole_patch(heredoc["patch"]) else None
    if not line.lstrip().startswith(("apply_patch ", "applypatch ")) or PATCH_BEGIN not in line:
        return None
    try:
        words = shlex.split(line)
    except ValueError:
        return None
    is_single_quoted = re.fullmatch(r"\s*\w+\s+'[^']*'\s*", line) is not None
    return words[1] if is_single_quoted and len(words) == 2 and is_whole_patch(words[1]) else None


def begins_like_patch(text: str) -> bool:
    return text.lstrip().startswith(PATCH_BEGIN)


def command_line(argv: JsonValue) -> str | None:
    """The shell line that an argv list says: what `bash -lc` would run, or the words quoted."""
    if not isinstance(argv, list) or not argv:
        return None
    words = [word for word in argv if isinstance(word, str)]
    if len(words) != len(argv):
        return None
    if len(words) == 3 and words[0] in SHELLS and words[1] in SHELL_FLAGS:
        return words[2]
    return words[0] if len(words) == 1 else shlex.join(words)
