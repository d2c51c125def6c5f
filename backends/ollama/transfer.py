"""The lines of /api/pull and /api/create to progress (ollama.md §10). No I/O."""

from __future__ import annotations

from backends.decode import count_at, text_at
from backends.errors import ServerFailed, StreamCut
from backends.events import TransferProgress
from backends.failures import plain_line, words_of
from backends.ollama.faults import model_missing
from backends.types import JsonObject


class TransferReader:
    """Adds up the layers, which come one after the other. Only a line `success` means that all is there."""

    def __init__(self, model: str, server_name: str) -> None:
        self._model = model
        self._server_name = server_name
        self._done: dict[str, int] = {}
        self._total: dict[str, int] = {}
        self._is_complete = False

    def feed(self, line: JsonObject) -> TransferProgress:
        """Raises ModelMissing for a name that the registry does not know, ServerFailed for what else stops it."""
        if "error" in line:
            raise self._error(plain_line(words_of(line)))
        status = text_at(line, "status")
        self._is_complete = status == "success"
        digest, total = text_at(line, "digest"), count_at(line, "total")
        if digest and total is not None:
            self._total[digest] = total
            # missing while zero
            self._done[digest] = count_at(line, "completed") or 0
        if not self._total:
            return TransferProgress(status)
        total_bytes = sum(self._total.values())
        # the last line of a layer may stop short of its size
        done_bytes = total_bytes if self._is_complete else sum(self._done.values())
        return TransferProgress(status, done_bytes, total_bytes, done_bytes / total_bytes if total_bytes else None)

    def close(self) -> None:
        """Raises StreamCut unless the last line said success."""
        if not self._is_complete:
            raise StreamCut(
                f"{self._server_name} stopped before {self._model} was complete.",
                next_step="Start again: it goes on where it stopped.",
            )

    def _error(self, words: str) -> ServerFailed:
        if "file does not exist" in words:
            raise model_missing(self._model, words)
        step = "Look at the network and the disk, then start again: it goes on where it stopped."
        return ServerFailed(f"{self._server_name} could not get {self._model}.", words, step)
