"""What is on the tape of a session: its steps as they were, and a player that answers in place of the server.

It is the best bug report there is: `oss-tui replay` runs decoder and screen on it again without a server. Reads whole
files: not for the event loop.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import cast, get_args

from backends.decode import text_at
from backends.frozen import frozen
from backends.tape import Played
from backends.types import BackendKind, ChatRequest, Effort, JsonObject, JsonValue, Provider, ToolSpec, WireApi


class NotOnTape(Exception):
    """There is no such step, or what was kept of it is damaged."""


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
        match answer:
            case {"status": int(status), "content_type": str(content_type)} if 100 <= status < 600:
                return Played(status, content_type, body)
            case _:
                return Played(502, "text/plain", b"the answer on the tape is damaged")


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
            "asked_as": {
                "provider": {"kind": kind, "wire_api": wire_api} as about,
                "model": str(model),
                "window": int(window),
                "tools": list(tools),
            } as asked_as,
        } if _is_chat(path, body):
            effort = asked_as.get("effort", "medium")
        case _:
            return None
    if kind not in get_args(BackendKind) or wire_api not in get_args(WireApi) or effort not in get_args(Effort):
        return None
    provider = Provider(
        text_at(about, "id"),
        cast("BackendKind", kind),
        text_at(about, "name"),
        f"http://127.0.0.1:9{text_at(about, 'path')}",  # nothing is sent there
        wire_api=cast("WireApi", wire_api),
        player=TapePlayer(folder, exchange),
    )
    specs = [spec for tool in tools if (spec := _spec(tool)) is not None]
    if len(specs) != len(tools):
        return None
    request = ChatRequest(model, "", (), tuple(specs), cast("Effort", effort), window)
    return TapedStep(number, provider, request, body, path)


def _spec(tool: JsonValue) -> ToolSpec | None:
    match tool:
        case {"name": str(name), "description": str(description), "parameters": dict(parameters)}:
            return ToolSpec(name, description, parameters)
        case _:
            return None


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
