"""Reads search/replace blocks, and whole files shown below their name, into operations. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.edits.diff import changed_ranges
from agent.edits.errors import EditError
from agent.edits.operations import AddFile, FileOperation, Patch, PatchHunk, PatchLine, UpdateFile

_SEARCH = re.compile(r"<{5,9} ?SEARCH>?\s*(.*)$")
_MIDDLE = re.compile(r"={5,9}\s*$")
_REPLACE = re.compile(r">{5,9} ?REPLACE\s*$")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})\s*([^`]*)$")
_NAME_WRAPPING = "*`'\"#: \t\r"
_QUOTED_NAME = re.compile(r"[^`]*`([^`\s]+)`[^`]*")
_LABEL = re.compile(r"^(?:(?://|--|-|\d+\.)\s+)?\W*(?:(?:file ?)?(?:name|path)|file)(?: \d+)?\s*[:=]\s*", re.IGNORECASE)
_BULLET = re.compile(r"^(?://|--|[-*]|\d+\.)\s+")
_ENDING = re.compile(r"\S\.\w{1,10}$")
_PATH_IN_PROSE = re.compile(r"\w[./]\w")

_SHAPE = """Write it like this:
path/to/file.py
<<<<<<< SEARCH
lines as they are in the file
=======
new lines
>>>>>>> REPLACE"""


def is_search_marker(line: str) -> bool:
    return _SEARCH.match(line) is not None


def read_blocks(text: str, *, is_whole: bool) -> Patch:
    """Every block of the text, grouped by file, in order. `is_whole` False says that the text was cut off.

    Raises EditError with `invalid_patch` or `truncated_patch`.
    """
    hunks_of: dict[str, list[PatchHunk]] = {}
    lines = text.replace("\r\n", "\n").split("\n")
    path = ""
    index = 0
    while index < len(lines):
        marker = _SEARCH.match(lines[index])
        if marker is None:
            index += 1
            continue
        path = marker.group(1).strip(_NAME_WRAPPING) or _name_above(lines, index) or path
        if not path:
            raise EditError("invalid_patch", f"the block names no file. {_SHAPE}")
        search, replacement, index = _block(lines, index + 1, path, is_whole)
        hunks_of.setdefault(path, []).append(_hunk(search, replacement))
    return Patch(tuple(operation for path, hunks in hunks_of.items() for operation in _operations(path, hunks)))


def read_block_hunks(lines: Sequence[str], path: str) -> tuple[PatchHunk, ...]:
    """Blocks below an Update File header. Raises EditError with `invalid_patch`."""
    hunks: list[PatchHunk] = []
    index = 0
    while index < len(lines):
        if is_search_marker(lines[index]):
            search, replacement, index = _block(lines, index + 1, path, is_whole=True)
            hunks.append(_hunk(search, replacement))
        else:
            index += 1
    return tuple(hunks)


def read_whole_files(text: str) -> Patch:
    """Fenced contents below a line with a file name: new files. Anything else gives an empty patch."""
    operations: list[FileOperation] = []
    lines = text.replace("\r\n", "\n").split("\n")
    index = 0
    while index < len(lines):
        opening = _FENCE.match(lines[index])
        if opening is None:
            index += 1
            continue
        fence = opening.group(1)
        end = next((i for i in range(index + 1, len(lines)) if lines[i].rstrip() == fence), None)
        if end is None:
            break
        path = _name_above(lines, index)
        if path and ("." in path or "/" in path) and " " not in path:
            operations.append(AddFile(path, "\n".join(lines[index + 1 : end])))
        index = end + 1
    return Patch(tuple(operations))


def _name_above(lines: Sequence[str], index: int) -> str:
    """The file name in the lines before a block, past its fence or in it; at most three lines up."""
    for line in reversed(lines[max(0, index - 3) : index]):
        if _REPLACE.match(line) or _MIDDLE.match(line):
            return ""
        fence = _FENCE.match(line)
        if fence and (name := _name_of_fence(fence[2])):
            return name
        if not fence and line.strip():
            return _name_in(line)
    return ""


def _name_of_fence(said: str) -> str:
    """In ```python:a.py, ```python a.py and ```a.py; none where only a language stands."""
    name = re.split(r"[\s:]", said.strip())[-1]
    return name if "." in name or "/" in name else ""


def _name_in(line: str) -> str:
    """The file name that a line gives, without its decoration; none in a sentence that names no file at all."""
    quoted = _QUOTED_NAME.fullmatch(line)
    if quoted and ("." in quoted[1] or "/" in quoted[1]):
        return quoted[1]
    name = _BULLET.sub("", _LABEL.sub("", line.strip(_NAME_WRAPPING), count=1), count=1).strip(_NAME_WRAPPING)
    is_prose = " " in name and not _ENDING.search(name) and not _PATH_IN_PROSE.search(name)
    return "" if is_prose else name


def _block(lines: Sequence[str], start: int, path: str, is_whole: bool) -> tuple[list[str], list[str], int]:
    """The searched and the new lines of the block whose marker stands before `start`, and where it is over."""
    end = next((i for i in range(start, len(lines)) if _REPLACE.match(lines[i])), len(lines))
    dividers = [i for i in range(start, end) if _MIDDLE.match(lines[i])]
    if end == len(lines) or not dividers:
        if is_whole:
            raise EditError("invalid_patch", f"a block has no `=======` or no `>>>>>>> REPLACE`. {_SHAPE}", path)
        raise EditError("truncated_patch", "the answer was cut off inside a block; send it again, shorter", path)
    if any(map(is_search_marker, lines[start:end])):
        raise EditError("invalid_patch", f"a block begins inside another. {_SHAPE}", path)
    middle = _divider(lines, dividers, lines[start - 1].count("<"), path)
    return list(lines[start:middle]), list(lines[middle + 1 : end]), end + 1


def _divider(lines: Sequence[str], dividers: Sequence[int], width: int, path: str) -> int:
    """The line that parts a block. A heading of the file may be underlined so: of several, the one as long as the
    marker. Raises EditError where that tells nothing."""
    alike = [number for number in dividers if len(lines[number].rstrip()) == width] or dividers
    if len(alike) > 1:
        raise EditError(
            "invalid_patch",
            "a block holds `=======` more than once, so there is no telling where its new lines begin. "
            "Leave that line of the file out of it, or send this change as `*** Begin Patch`.",
            path,
        )
    return alike[0]


def _operations(path: str, hunks: list[PatchHunk]) -> list[FileOperation]:
    """An empty search makes a new file; what is searched for after it, is searched for in that file."""
    first = next((number for number, hunk in enumerate(hunks) if hunk.old), len(hunks))
    added = [AddFile(path, "".join(f"{text}\n" for hunk in hunks[:first] for text in hunk.new))] if first else []
    changed = [UpdateFile(path, None, tuple(hunks[first:]), is_stepwise=True)] if hunks[first:] else []
    return [*added, *changed]


def _hunk(search: list[str], replacement: list[str]) -> PatchHunk:
    """Lines that both sides share become context, so that the file's own bytes stay where nothing changes."""
    lines: list[PatchLine] = []
    done = 0
    for old_start, old_end, new_start, new_end in changed_ranges(search, replacement):
        lines += [PatchLine(" ", text) for text in search[done:old_start]]
        lines += [PatchLine("-", text) for text in search[old_start:old_end]]
        lines += [PatchLine("+", text) for text in replacement[new_start:new_end]]
        done = old_end
    lines += [PatchLine(" ", text) for text in search[done:]]
    return PatchHunk(tuple(lines))
