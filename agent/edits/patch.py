"""Parses what a model sends as an edit into operations on files. Pure: it knows no file, only the text.

The format is OpenAI's apply_patch; search/replace blocks, unified diffs and whole new files become the same operations.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.edits.blocks import is_search_marker, read_block_hunks, read_blocks, read_whole_files
from agent.edits.envelope import FILE_HEADER, Envelope, find_envelopes, peel
from agent.edits.errors import EditError
from agent.edits.hunks import END_OF_FILE, read_hunks
from agent.edits.operations import AddFile, DeleteFile, FileOperation, Patch, UpdateFile
from agent.edits.unified_diff import read_unified_diff

FINISHED = frozenset({"stop", "tool_calls", "tool_call", "function_call", "tool_use", "end_turn", "eos"})
"""Finish reasons that say that the model ended by itself; every other one may have cut the text."""

SHAPE = """Write it like this:
*** Begin Patch
*** Update File: path/to/file.py
@@ def name_of_a_line_above():
 a line as it is in the file
-a line to remove
+a new line
*** End Patch"""

_MOVE = re.compile(r"\*\*\*\s*(?:move|rename)\s+(?:file\s+)?to\s*:\s*(.*)", re.IGNORECASE)
_NAME_WRAPPING = "`'\" \t\r"


def parse_patch(text: str, finish_reason: str = "stop") -> Patch:
    """The operations of an edit in any wrapper.

    `finish_reason` is how generation ended: an end marker is forgiven only to a model that stopped by itself.
    Raises EditError with `invalid_patch`, `empty_patch` or `truncated_patch`.
    """
    is_whole = finish_reason in FINISHED
    text = peel(text)
    patch = _parse(text, is_whole)
    if not patch.operations:
        raise EditError("empty_patch", f"the patch holds no file operation. {SHAPE}")
    return patch


def _parse(text: str, is_whole: bool) -> Patch:
    if not text.strip():
        return Patch(())
    lines = text.split("\n")
    if any(map(is_search_marker, lines)) and not _starts_with_envelope(lines):
        return read_blocks(text, is_whole=is_whole)
    envelopes = find_envelopes(text)
    if envelopes:
        if not is_whole and not envelopes[-1].is_closed:
            raise EditError(
                "truncated_patch",
                "the answer was cut off before `*** End Patch`, so nothing was applied. "
                "Send the patch again, split into smaller ones if it is long.",
            )
        return Patch(tuple(operation for envelope in envelopes for operation in _operations(envelope)))
    for read in (read_unified_diff, read_whole_files):
        patch = read(text)
        if patch.operations and is_whole:
            return patch
    kind = "invalid_patch" if is_whole else "truncated_patch"
    raise EditError(kind, f"there is no patch in this text. {SHAPE}")


def _starts_with_envelope(lines: Sequence[str]) -> bool:
    for line in lines:
        if is_search_marker(line):
            return False
        if line.rstrip().endswith("*** Begin Patch") or FILE_HEADER.match(line):
            return True
    return False


def _operations(envelope: Envelope) -> list[FileOperation]:
    """Split at file headers. A padded header counts where no hunk is open, else it would be a context line."""
    operations: list[FileOperation] = []
    header: re.Match[str] | None = None
    body: list[str] = []
    for line in envelope.lines:
        found = FILE_HEADER.match(line) or (None if body else FILE_HEADER.match(line.strip()))
        if found:
            if header:
                operations.append(_operation(header, body))
            header, body = found, []
        elif header is None:
            if line.strip():
                raise EditError("invalid_patch", f"expected a file header, found: {line[:200]}\n{SHAPE}")
        else:
            body.append(line)
    if header:
        operations.append(_operation(header, body))
    return operations


def _operation(header: re.Match[str], body: list[str]) -> FileOperation:
    path = header.group(2).strip(_NAME_WRAPPING)
    if not path:
        raise EditError("invalid_patch", f"a file header names no file. {SHAPE}")
    match header.group(1).lower():
        case "add" | "create" | "new":
            return AddFile(path, _content(body, path))
        case "delete" | "remove":
            if any(line.strip() and not line.startswith("-") for line in body):
                raise EditError("invalid_patch", "a Delete File header takes no lines below it", path)
            return DeleteFile(path)
        case _:
            return _update(path, body)


def _content(body: list[str], path: str) -> str:
    """The text of a new file; without any `+` the lines are taken as they are."""
    while body and body[-1].strip() in ("", END_OF_FILE):
        body.pop()
    lines = [line for line in body if not line.startswith("@@")] if any(x.startswith("+") for x in body) else body
    if not any(line.startswith("+") for line in lines):
        return "\n".join(lines)
    for line in lines:
        if line.strip() and not line.startswith("+"):
            raise EditError(
                "invalid_patch", f"every line of a new file starts with '+'; this one does not:\n{line[:200]}", path
            )
    return "".join(f"{line[1:]}\n" for line in lines)


def _update(path: str, body: list[str]) -> UpdateFile:
    move_to = None
    first = next((i for i, line in enumerate(body) if line.strip()), None)
    if first is not None and (move := _MOVE.match(body[first].strip())):
        move_to = move.group(1).strip(_NAME_WRAPPING)
        body = body[first + 1 :]
        if not move_to:
            raise EditError("invalid_patch", "`*** Move to:` names no file", path)
    hunks = read_block_hunks(body, path) if any(map(is_search_marker, body)) else read_hunks(body, path)
    if not hunks and move_to is None:
        raise EditError("invalid_patch", f"the Update File header has no changes below it. {SHAPE}", path)
    return UpdateFile(path, move_to, hunks)
