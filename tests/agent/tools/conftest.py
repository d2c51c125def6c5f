"""A workspace in a fresh folder, and one way to run a tool in it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import cast

import pytest

from agent.decisions import CommandDecision, CommandVerdict, Inbox
from agent.events import CommandPending, ToolFinished, TurnEvent
from agent.files.workspace import Workspace
from agent.permissions.policy import Permissions
from agent.tools import Tool, ToolContext
from backends.types import JsonObject, ToolCall


class Bench:
    """Runs calls; commands are answered with `verdict`."""

    def __init__(self, context: ToolContext) -> None:
        self.context = context
        self.verdict: CommandVerdict = "once"
        self.comment = ""
        self.events: list[TurnEvent] = []

    @property
    def root(self) -> Path:
        return self.context.workspace.root

    def write(self, path: str, content: str | bytes = "") -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    async def __call__(self, tool: Tool, /, **arguments: object) -> ToolFinished:
        call = ToolCall("c1", tool.spec.name, cast(JsonObject, arguments), "")
        self.events = []
        stream: AsyncGenerator[TurnEvent, None] = tool.run(call, self.context)
        async for event in stream:
            self.events.append(event)
            if isinstance(event, CommandPending):
                self.context.inbox.send(CommandDecision(event.request_id, self.verdict, self.comment))
        finished = self.events[-1]
        assert isinstance(finished, ToolFinished)
        assert sum(isinstance(event, ToolFinished) for event in self.events) == 1
        return finished


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    folder = tmp_path / "work"
    folder.mkdir()
    with Workspace.open(folder, home=tmp_path / "home") as workspace:
        yield Bench(ToolContext(workspace, Inbox(), Permissions(), cast("object", None)))  # pyright: ignore[reportArgumentType]
