"""The tape of a session: every exchange with the server as it went over the wire, beside the session file, 0600.

Bounded (`agent.record.tape_shelf`). Written in a thread of its own, in the order in which things happened; a disk
that refuses costs the tape and nothing else. What is on a tape is read in `agent.record.taped`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from agent.record.tape_shelf import TapeShelf
from backends.types import ChatRequest, JsonObject, Provider

_BUFFER_BYTES = 64 * 1024


def tape_folder(session_file: Path) -> Path:
    return session_file.with_suffix(".tape")


def delete_tape(session_file: Path) -> None:
    """Delete what went over the wire in a session. Raises OSError."""
    folder = tape_folder(session_file)
    if folder.is_dir() and not folder.is_symlink():
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


class TapeFolder:
    """Records exchanges, numbered as they come; `step` marks which of them asked the model, and with what tools."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pending: JsonObject = {}
        self._shelf: TapeShelf | None = None
        self._thread = ThreadPoolExecutor(1, "tape")

    def step(self, provider: Provider, request: ChatRequest) -> None:
        """The next streamed exchange is this step."""
        self._pending = {
            "provider": {
                "id": provider.id,
                "kind": provider.kind,
                "name": provider.name,
                "wire_api": provider.wire_api,
                "path": urlsplit(provider.base_url).path,
            },
            "model": request.model,
            "effort": request.effort,
            "window": request.window,
            "tools": [
                {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
                for tool in request.tools
            ],
        }

    def begin(self, method: str, path: str, body: bytes) -> TapeRecording:
        recording = TapeRecording(self._later)
        self._later(partial(self._open, recording, method, path, body, self._pending))
        return recording

    def flush(self) -> None:
        """Wait until everything so far is on disk. Not for the event loop."""
        self._thread.submit(lambda: None).result()

    def close(self) -> None:
        """Flush, and take nothing more. Not for the event loop."""
        self._thread.shutdown()

    def _later(self, work: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # closed: a request that ends behind its session is on no tape
            self._thread.submit(work)

    def _open(self, recording: TapeRecording, method: str, path: str, body: bytes, asked_as: JsonObject) -> None:
        head = {"method": method, "path": path, "body": body.decode(errors="replace"), "asked_as": asked_as}
        with suppress(OSError):
            if self._shelf is None:
                self._shelf = TapeShelf(self.folder)
            recording.open(self._shelf, json.dumps(head).encode())


class TapeRecording:
    """One exchange. The bytes of the answer are gathered here, and written by `later` when there are enough of them."""

    def __init__(self, later: Callable[[Callable[[], None]], None]) -> None:
        self._later = later
        self._gathered = bytearray()
        self._shelf: TapeShelf | None = None
        self._number = 0
        self._body: BinaryIO | None = None

    # ── as it happens ────────────────────────────────────────────────────────

    def answered(self, status: int, content_type: str) -> None:
        head = json.dumps({"status": status, "content_type": content_type}).encode()
        self._later(partial(self._write_head, head))

    def received(self, data: bytes) -> None:
        self._gathered += data
        if len(self._gathered) >= _BUFFER_BYTES:
            self._hand_on()

    def ended(self) -> None:
        self._hand_on()
        self._later(self._close)

    def _hand_on(self) -> None:
        gathered, self._gathered = self._gathered, bytearray()
        if gathered:
            self._later(partial(self._write, gathered))

    # ── in the thread of the tape ────────────────────────────────────────────

    def open(self, shelf: TapeShelf, head: bytes) -> None:
        """Raises OSError."""
        number = shelf.take()
        shelf.write(number, ".request", head)
        self._body = shelf.create(number, ".body")
        self._shelf, self._number = shelf, number

    def _write_head(self, head: bytes) -> None:
        with suppress(OSError):
            if self._shelf is not None:
                self._shelf.write(self._number, ".answer", head)

    def _write(self, data: bytearray) -> None:
        if self._body is None or self._shelf is None:
            return
        try:
            self._body.write(data)
            if self._shelf.grown(self._number, len(data)):
                self._close()  # a download tells its progress for hours
        except OSError:
            self._close()

    def _close(self) -> None:
        body, self._body = self._body, None
        if body is not None:
            with suppress(OSError):
                body.close()
