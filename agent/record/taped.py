"""What is on the tape of a session: its steps as they were, and a player that answers in place of the server.

It is the best bug report there is: `oss-tui replay` runs decoder and screen on it again without a server. Reads whole
files: not for the event loop.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import cast

from backends.frozen import frozen
from backends.tape import Played
from backends.types import ChatRequest, JsonObject, Provider, ToolSpec


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
