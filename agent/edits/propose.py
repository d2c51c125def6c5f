"""Turns a model's patch into a proposal against the files as they are. Reads; never writes.

All or nothing: the first operation that cannot be done whole refuses the patch.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Protocol

from agent.edits.draft import Draft
from agent.edits.errors import EditError, EditErrorKind
from agent.edits.locate import locate
from agent.edits.operations import AddFile, DeleteFile, FileOperation, PatchHunk, UpdateFile
from agent.edits.patch import parse_patch
from agent.edits.proposal import Proposal
from agent.edits.text import decode, encode, with_hunks
from agent.files.paths import FileMissing, PathRefused, RefusalKind
from agent.files.workspace import Place, Snapshot


class FileSource(Protocol):
    """Where a patch finds its files: the workspace, or the workspace with earlier proposals on top."""

    def place(self, path: str) -> Place:
        """Raises PathRefused."""
        ...

    def read(self, path: str) -> Snapshot:
        """Raises PathRefused or FileMissing."""
        ...


def propose(patch_text: str, source: FileSource, *, finish_reason: str = "stop") -> Proposal:
    """The proposal that a patch makes, in any wrapper and notation a model uses.

    `finish_reason` is how generation ended. Blocks on disk reads: call it in a thread. Raises EditError.
    """
    patch = parse_patch(patch_text, finish_reason)
    draft = Draft(source)
    for operation in patch.operations:
        try:
            _perform(operation, draft)
        except FileMissing as error:
            raise EditError("file_not_found", _missing(error.path), error.path) from error
        except PathRefused as error:
            raise EditError(_kind(error.kind), f"{error.reason}. Nothing was changed.", error.path) from error
    changes = draft.changes()
    if not changes:
        raise EditError("no_change", "the patch leaves every file as it is: the removed and the new lines are the same")
    return Proposal(secrets.token_hex(8), changes)


def _perform(operation: FileOperation, draft: Draft) -> None:
    match operation:
        case AddFile(path, content):
            if content and not content.endswith("\n"):
                content += "\n"
            draft.create(path, encode(content, path), operation.note)
        case DeleteFile(path, hunks):
            if hunks and _patched(draft.read(path), hunks, path)[0].strip(b"\xef\xbb\xbf"):
                raise EditError("context_not_found", "the diff deletes this file, but has not all of its lines", path)
            draft.delete(path)
        case UpdateFile():
            _update(operation, draft)


def _update(operation: UpdateFile, draft: Draft) -> None:
    path = operation.path
    if operation.hunks:
        before = draft.read(path)
        try:
            after, note = _patched(before, operation.hunks, path)
        except EditError as error:
            stepwise = _patched_stepwise(before, operation) if error.kind == "context_not_found" else None
            if stepwise is None:
                raise
            after, note = stepwise
        draft.write(path, after, note)
    if operation.note:
        draft.write(path, draft.read(path), operation.note)
    if operation.move_to is not None:
        draft.move(path, operation.move_to)


def _patched(data: bytes, hunks: Sequence[PatchHunk], path: str) -> tuple[bytes, str]:
    """The new bytes, and a note on how the hunks were placed. Raises EditError."""
    source = decode(data, path)
    placements = locate(source.lines, hunks, path)
    note = next((place.note for place in placements if place.note), "")
    return encode(with_hunks(source, placements), path), note


def _patched_stepwise(data: bytes, operation: UpdateFile) -> tuple[bytes, str] | None:
    """As `_patched`, every hunk on what the one before it left; None when it does not come out that way either."""
    if not operation.is_stepwise or len(operation.hunks) < 2:
        return None
    note = ""
    for hunk in operation.hunks:
        try:
            data, said = _patched(data, (hunk,), operation.path)
        except EditError:
            return None
        note = note or said
    return data, note


def _missing(path: str) -> str:
    return (
        f"there is no file {path} in the workspace. Paths are relative to the workspace folder; "
        "list the folder to find the right one, or use `*** Add File:` to create it."
    )


def _kind(kind: RefusalKind) -> EditErrorKind:
    match kind:
        case "spelling" | "escape" | "link" | "git" | "self_acting":
            return "path_escape"
        case "not_a_file" | "too_large" | "binary" | "read_only" | "unreadable":
            return "unsupported_file"
