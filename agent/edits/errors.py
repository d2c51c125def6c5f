"""Why an edit is refused, in words that teach the model and tell the person. No I/O."""

from __future__ import annotations

from typing import Literal

EditErrorKind = Literal[
    "context_not_found",
    "ambiguous_match",
    "file_not_found",
    "file_exists",
    "path_escape",
    "empty_patch",
    "no_change",
    "invalid_patch",
    "truncated_patch",
    "unsupported_file",  # folder, device, binary, not UTF-8, too large, read-only
]


class EditError(Exception):
    """A patch that changes nothing, because it cannot be applied whole. `path` is empty when no file is at fault."""

    def __init__(self, kind: EditErrorKind, message: str, path: str = "") -> None:
        super().__init__(f"{kind}: {path}: {message}" if path else f"{kind}: {message}")
        self.kind: EditErrorKind = kind
        self.message = message
        self.path = path


class ApplyError(Exception):
    """Applying, undoing or redoing stopped. But for TakeBackFailed, the workspace is as it was before."""


class Stale(ApplyError):
    """Something differs from what was shown; nothing was written. `path` is empty for the workspace itself."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path = path
        self.reason = reason


class WriteFailed(ApplyError):
    """The disk refused; everything written before was taken back. `error` holds the system's words."""

    def __init__(self, path: str, error: OSError) -> None:
        super().__init__(f"{path}: nothing was changed, writing failed: {error.strerror or error}")
        self.path = path
        self.error = error


class TakeBackFailed(ApplyError):
    """Writing failed, and so did taking back what was written; the journal keeps what is needed to mend it."""

    def __init__(self, path: str, error: Exception) -> None:
        super().__init__(
            f"{path}: writing failed and could not be taken back yet ({error}); the old bytes are kept, "
            "and the next start or the next apply in this workspace restores them"
        )
        self.path = path
        self.error = error


class Busy(ApplyError):
    """Another instance is applying in this workspace and did not finish in time."""


class UndoRefused(ApplyError):
    """This step cannot be undone or redone now; the message says why."""
