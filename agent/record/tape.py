"""The tape of a session: every exchange with the server as it went over the wire, beside the session file, 0600.

It is the best bug report there is: `oss-tui replay` runs decoder and screen on it again without a server. Bounded: the
oldest steps go first. A disk that refuses costs the tape and nothing else.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import urlsplit

from backends.frozen import frozen
from backends.tape import Played
from backends.types import ChatRequest, JsonObject, Provider, ToolSpec

LIMIT_BYTES = 64 * 1024 * 1024
"""Of one session's tape."""


class NotOnTape(Exception):
    """There is no such step, or what was kept of it is damaged."""


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
        self.is_broken = False
        self._next = 1 + max((number for number, _ in _heads(folder)), default=0)
        self._pending: JsonObject = {}

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
        number, self._next = self._next, self._next + 1
        head: JsonObject = {
            "method": method,
            "path": path,
            "body": body.decode(errors="replace"),
            "asked_as": self._pending,
        }
        recording = TapeRecording(self, number)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room()
            recording.open(json.dumps(head).encode())
        except OSError:
            self.is_broken = True
        return recording

    def _make_room(self) -> None:
        files = sorted(self.folder.iterdir())
        sizes = {file: file.stat().st_size for file in files}
        excess = sum(sizes.values()) - LIMIT_BYTES
        for file in files:
            if excess <= 0:
                break
            excess -= sizes[file]
            file.unlink(missing_ok=True)


class TapeRecording:
    """One exchange. The answer's head is written when it comes, its bytes are buffered and flushed at the end."""

    def __init__(self, tape: TapeFolder, number: int) -> None:
        self._tape = tape
        self._base = tape.folder / f"{number:06}"
        self._body: BinaryIO | None = None

    def open(self, head: bytes) -> None:
        _write_private(self._base.with_suffix(".request"), head)
        self._body = os.fdopen(_create(self._base.with_suffix(".body")), "wb", buffering=1 << 16)

    def answered(self, status: int, content_type: str) -> None:
        head = json.dumps({"status": status, "content_type": content_type}).encode()
        try:
            _write_private(self._base.with_suffix(".answer"), head)
        except OSError:
            self._tape.is_broken = True

    def received(self, data: bytes) -> None:
        if self._body is not None:
            try:
                self._body.write(data)
            except OSError:
                self._tape.is_broken = True
                self.ended()

    def ended(self) -> None:
        body, self._body = self._body, None
        if body is not None:
            with suppress(OSError):
                body.close()


@frozen
class TapedStep:
    """A step as it was: who was asked, with what request body, and what it would be decoded with."""

    number: int
    provider: Provider
    request: ChatRequest
    body: str
    path: str


class TapePlayer:
    """Plays one step of a tape; what the server said around it is answered by the nearest exchange before."""

    def __init__(self, folder: Path, exchange: int) -> None:
        self._folder = folder
        self._exchange = exchange

    def play(self, method: str, path: str) -> Played:
        kept = [
            number
            for number, head in _heads(self._folder)
            if (head.get("method"), head.get("path")) == (method, path) and number <= self._exchange
        ]
        if not kept:
            return Played(404, "text/plain", b"not on the tape")
        base = self._folder / f"{kept[-1]:06}"
        try:
            answer: object = json.loads(base.with_suffix(".answer").read_bytes())
            body = base.with_suffix(".body").read_bytes()
        except (OSError, ValueError):
            return Played(502, "text/plain", b"the answer is not on the tape")
        head = cast("dict[str, object]", answer) if isinstance(answer, dict) else {}
        return Played(int(str(head.get("status", 502))), str(head.get("content_type", "")), body)


def steps(folder: Path) -> tuple[TapedStep, ...]:
    """The steps on a tape, numbered from 1; a damaged one is left out."""
    found: list[TapedStep] = []
    for exchange, head in _heads(folder):
        step = _step(folder, exchange, head, len(found) + 1)
        if step is not None:
            found.append(step)
    return tuple(found)


def _step(folder: Path, exchange: int, head: JsonObject, number: int) -> TapedStep | None:
    match head:
        case {
            "method": "POST",
            "path": str(path),
            "body": str(body),
            "asked_as": {"provider": dict(about), "model": str(model), "window": int(window), "tools": list(tools)},
        } if _is_chat(path, body):
            pass
        case _:
            return None
    provider = Provider(
        str(about.get("id", "")),
        about.get("kind", "openai"),  # pyright: ignore[reportArgumentType]
        str(about.get("name", "")),
        f"http://127.0.0.1:9{about.get('path', '')}",  # nothing is sent there
        wire_api=about.get("wire_api", "chat"),  # pyright: ignore[reportArgumentType]
        player=TapePlayer(folder, exchange),
    )
    specs = tuple(
        ToolSpec(str(tool["name"]), str(tool["description"]), cast("JsonObject", tool["parameters"]))
        for tool in tools
        if isinstance(tool, dict)
    )
    effort = head["asked_as"].get("effort", "medium") if isinstance(head["asked_as"], dict) else "medium"
    request = ChatRequest(model, "", (), specs, effort, window)  # pyright: ignore[reportArgumentType]
    return TapedStep(number, provider, request, body, path)


def _is_chat(path: str, body: str) -> bool:
    return path.endswith(("/api/chat", "/completions", "/responses")) and '"stream":true' in body


def _heads(folder: Path) -> list[tuple[int, JsonObject]]:
    heads: list[tuple[int, JsonObject]] = []
    for file in sorted(folder.glob("*.request")) if folder.is_dir() else ():
        with suppress(OSError, ValueError):
            head: object = json.loads(file.read_bytes())
            if isinstance(head, dict):
                heads.append((int(file.stem), cast("JsonObject", head)))
    return heads


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _write_private(path: Path, data: bytes) -> None:
    with os.fdopen(_create(path), "wb") as file:
        file.write(data)
