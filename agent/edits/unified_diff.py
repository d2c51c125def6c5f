"""Reads a plain unified diff, with or without git's headers, into operations. Pure.

The text of the hunks decides where they belong; line numbers only choose between places that are equally good.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from agent.edits.hunks import read_hunks
from agent.edits.operations import AddFile, DeleteFile, FileOperation, Patch, UpdateFile

_NOTHING = "/dev/null"
_GIT = re.compile(r"diff --git (?:\"?a/(.+?)\"?) (?:\"?b/(.+?)\"?)$")
_NOISE = re.compile(r"(?:index [0-9a-f]+\.\.|(?:old|new|new file|deleted file) mode \d|(?:dis)?similarity index )")


def read_unified_diff(text: str) -> Patch:
    """The operations of a diff found anywhere in the text; empty when there is none. Raises EditError."""
    lines = text.replace("\r\n", "\n").split("\n") if "\r\n" in text else text.split("\n")
    starts = [number for number in range(len(lines)) if _starts_file(lines, number)]
    files = (_file(lines[start:end]) for start, end in pairwise([*starts, len(lines)]))
    return Patch(tuple(operation for operation in files if operation is not None))


def _starts_file(lines: Sequence[str], number: int) -> bool:
    """A `diff --git` line, or the pair of names of a diff without one."""
    if _GIT.match(lines[number]):
        return True
    if not _is_pair(lines, number):
        return False
    before = number - 1
    while before >= 0 and (_NOISE.match(lines[before]) or lines[before].startswith("rename ")):
        before -= 1
    return before < 0 or not _GIT.match(lines[before])


def _is_pair(lines: Sequence[str], number: int) -> bool:
    following = [*lines[number + 1 : number + 3], "", ""]
    return (
        lines[number].startswith("--- ") and following[0].startswith("+++ ") and following[1].startswith(("@@", "***"))
    )


def _file(lines: Sequence[str]) -> FileOperation | None:
    pair = next((number for number in range(len(lines)) if _is_pair(lines, number)), None)
    head = lines if pair is None else lines[:pair]
    git = _GIT.match(lines[0])
    old, new = (git.group(1), git.group(2)) if git else ("", "")
    body: list[str] = []
    if pair is not None:
        old, new = _names(lines[pair], lines[pair + 1])
        body = list(_hunk_lines(lines[pair + 2 :]))
    if old == _NOTHING or any(line.startswith("new file mode") for line in head):
        return AddFile(new, _added(body))
    if new == _NOTHING or any(line.startswith("deleted file mode") for line in head):
        return DeleteFile(old)
    hunks = read_hunks(body, old)
    if not hunks and old == new:
        return None
    return UpdateFile(old, new if new != old else None, hunks)


def _names(old_line: str, new_line: str) -> tuple[str, str]:
    """Without time stamps, and without `a/` and `b/` where both are there."""
    old, new = (line[4:].split("\t")[0].strip().strip('"') for line in (old_line, new_line))
    has_prefixes = old.startswith("a/") or old == _NOTHING, new.startswith("b/") or new == _NOTHING
    if all(has_prefixes):
        old, new = old.removeprefix("a/"), new.removeprefix("b/")
    return old, new


def _hunk_lines(lines: Sequence[str]) -> Iterator[str]:
    """Up to the first line that no hunk can hold, such as a fence or the text after the diff."""
    for line in lines:
        if line and not line.startswith(("@@", " ", "+", "-", "\\")):
            return
        yield line


def _added(body: Sequence[str]) -> str:
    return "".join(f"{line[1:]}\n" for line in body if line.startswith("+"))
