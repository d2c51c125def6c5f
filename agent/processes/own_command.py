"""A command that the person wrote themselves (`!make test`): run unasked in the workspace, told as a turn's events.

Knows no model. What was told goes to it with the next message, and that is the caller's business.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from agent.events import ToolFinished, ToolOutput, ToolStarted, TurnEnded, TurnEvent
from agent.own_reports import OWN_COMMAND
from agent.processes.environment import own_environment
from agent.processes.process import Exit, Output, run
from agent.tools.kept_output import KeptOutput, finished
from backends.types import ToolCall

_SECONDS = 3_600


async def run_own(command: str, folder: Path) -> AsyncGenerator[TurnEvent, None]:
    """Run `command` and report as one tool call, then the end of a turn. Closing the generator kills what it started.

    The person's own environment, no terminal and no input; no sandbox, since nobody else chose these words.
    """
    call = ToolCall(f"own-{os.urandom(4).hex()}", OWN_COMMAND, {"command": command}, "{}")
    yield ToolStarted(call, command)
    kept = KeptOutput()
    try:
        async with aclosing(run(command, cwd=folder, env=own_environment(os.environ), timeout=_SECONDS)) as events:
            async for event in events:
                match event:
                    case Output(text):
                        if live := kept.add(text):
                            yield ToolOutput(call.id, live)
                    case Exit():
                        yield finished(call.id, event, kept, _SECONDS)
    except OSError as error:
        yield ToolFinished(call.id, "failed", f"it could not be started: {error}", "not started")
    yield TurnEnded("answered")
