"""The workspace as it would be with earlier proposals applied, so that the proposals of one turn stack. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from agent.edits.proposal import Proposal
from agent.edits.propose import FileSource
from agent.files.paths import FileMissing
from agent.files.workspace import Place, Snapshot


class Overlay:
    """A FileSource. A later proposal is bound to the bytes of the earlier ones and applies only after them."""

    def __init__(self, source: FileSource, proposals: Iterable[Proposal]) -> None:
        self._source = source
        self._files: dict[str, bytes | None] = {}
        for proposal in proposals:
            for change in proposal.changes:
                if change.path != change.target:
                    self._files[change.path] = None
                self._files[change.target] = change.after

    def place(self, path: str) -> Place:
        place = self._source.place(path)
        if place.path not in self._files:
            return place
        return replace(place, exists=self._files[place.path] is not None)

    def read(self, path: str) -> Snapshot:
        real = self._source.place(path).path
        if real not in self._files:
            return self._source.read(path)
        data = self._files[real]
        if data is None:
            raise FileMissing(path)
        return Snapshot(real, data, mode=0o644, device=0, inode=0)
