"""Which files of a proposal no longer hold what it was made from. Reads only; blocks on the disk."""

from __future__ import annotations

from typing import TypeAlias

from agent.edits.apply import check
from agent.edits.errors import Stale
from agent.edits.proposal import FileChange, Proposal
from agent.files.workspace import Workspace

_Signature: TypeAlias = tuple[int, ...]


class Staleness:
    """Looks at the files again and again; hashes one only when its place in the file system looks different.

    That is quick and no proof: apply checks the bytes once more, under the lock.
    """

    def __init__(self, proposal: Proposal, workspace: Workspace) -> None:
        self._changes = proposal.changes
        self._workspace = workspace
        self._seen: dict[str, _Signature] = {}
        self._stale: set[str] = set()

    def look(self) -> frozenset[str]:
        """The paths of the changes that could not be applied now."""
        for change in self._changes:
            signature = (*self._signature(change.path), *self._signature(change.target))
            if self._seen.get(change.path) != signature:
                self._seen[change.path] = signature
                self._judge(change)
        return frozenset(self._stale)

    def _judge(self, change: FileChange) -> None:
        try:
            check(change, self._workspace)
        except (Stale, OSError):
            self._stale.add(change.path)
        else:
            self._stale.discard(change.path)

    def _signature(self, path: str) -> _Signature:
        try:
            found = (self._workspace.root / path).lstat()
        except OSError:
            return ()
        return found.st_dev, found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns
