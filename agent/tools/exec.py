"""exec: a shell command in the workspace, asked about first, its output live. Starts it by agent.processes.process."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from agent.decisions import CommandDecision
from agent.events import CommandPending, Notice, ToolFinished, ToolOutput, TurnEvent
from agent.files.workspace import PathRefused
from agent.permissions.git_settings import git_place
from agent.permissions.policy import Ruling
from agent.processes.environment import child_environment, path_outside
from agent.processes.process import Exit, Output, run, shell
from agent.tools import ToolContext
from agent.tools.arguments import count_argument, text_argument
from agent.tools.kept_output import KeptOutput, finished
from backends.types import ToolCall, ToolSpec

_SPEC = ToolSpec(
    name="exec",
    description="Run a shell command: no input, no terminal. Edit files with apply_patch instead.",
    parameters={
        "type": "object",
        "properties": {
            "command": {"type": "string"},
            "workdir": {"type": "string"},
            "timeout": {"type": "integer", "description": "Seconds, 120 by default."},
        },
        "required": ["command"],
    },
)
_SECONDS = 120
_MOST_SECONDS = 3_600
_MILLISECONDS_FROM = 3_601
_WALL = re.compile(
    r"Read-only file system|Operation not permitted|Network is unreachable|Name or service not known"
    r"|name resolution|[Cc]ould(?: not|n't) resolve|nodename nor servname"
)
_WALL_NOTE = "[It ran in a sandbox: no network, and only the workspace and /tmp can be written.]"
_DENIED = re.compile(r"Permission denied|Operation not permitted")
_SECRETS_NOTE = "[Files that may hold secrets are kept from a search. Name one in a command, and the person is asked.]"
_GIT_MOVED = (
    "the command made .git look elsewhere for its settings, or made a new repository: "
    "look at it before you use git there"
)


class Exec:
    spec = _SPEC

    def title(self, call: ToolCall) -> str:
        return command_of(call)

    async def run(self, call: ToolCall, context: ToolContext) -> AsyncGenerator[TurnEvent, None]:
        command = command_of(call)
        if not command.strip():
            yield ToolFinished(call.id, "failed", "command is empty.", "empty command")
            return
        try:
            folder = await asyncio.to_thread(_folder, text_argument(call, "workdir"), context)
        except (PathRefused, NotADirectoryError) as refused:
            yield ToolFinished(call.id, "failed", f"{refused} Leave workdir out and use cd.", "workdir refused")
            return

        permissions = context.permissions
        ruling = await asyncio.to_thread(permissions.command, command, str(folder))
        if ruling.outcome == "refuse":
            yield ToolFinished(call.id, "rejected", ruling.reason, "refused")
            return
        if ruling.outcome == "ask":
            request = os.urandom(16).hex()
            context.inbox.ask(request)
            yield CommandPending(
                request,
                call.id,
                command,
                str(folder),
                is_sandboxed=permissions.sandbox is not None,
                warning=ruling.warning,
                can_always=ruling.can_always,
                reason=ruling.reason,
            )
            decision = await context.inbox.command(request)
            if decision.verdict == "no":
                yield _declined(call.id, decision)
                return
            try:
                permissions.remember(command, str(folder), decision.verdict)
            except OSError as error:
                yield Notice(f"allowed for this session only, it cannot be kept: {error}", "warning")

        async with aclosing(_execute(call, folder, context, ruling)) as events:
            async for event in events:
                yield event


def command_of(call: ToolCall) -> str:
    """The command as one shell line, also from the argument list that gpt-oss was trained to send (gpt-oss.md §2)."""
    value = call.arguments.get("command", "")
    if isinstance(value, str):
        return value
    words = [str(word) for word in value] if isinstance(value, list) else []
    if len(words) == 3 and words[0].rpartition("/")[2] in ("bash", "sh", "zsh") and words[1] in ("-c", "-lc"):
        return words[2]
    return shlex.join(words)


def _folder(workdir: str, context: ToolContext) -> Path:
    folder = context.workspace.root / context.workspace.relative(workdir or ".")
    if not folder.is_dir():
        raise NotADirectoryError(f"{workdir!r} is not a folder here.")
    return folder


def _seconds(call: ToolCall) -> int:
    """Models trained on another tool send milliseconds; nobody means to wait for hours."""
    asked = count_argument(call, "timeout", _SECONDS, 10**9)
    return min(asked // 1000 if asked >= _MILLISECONDS_FROM else asked, _MOST_SECONDS) or 1


def _declined(call_id: str, decision: CommandDecision) -> ToolFinished:
    said = f' The person says: "{decision.comment}"' if decision.comment else ""
    return ToolFinished(
        call_id, "rejected", f"The person did not allow this command; it did not run.{said}", "not allowed"
    )


async def _execute(
    call: ToolCall, folder: Path, context: ToolContext, ruling: Ruling
) -> AsyncGenerator[TurnEvent, None]:
    kept, seconds = KeptOutput(), _seconds(call)
    root, sandbox = context.workspace.root, context.permissions.sandbox
    env = child_environment(os.environ)
    if ruling.is_proven:  # what was proven is the program outside the workspace
        env["PATH"] = path_outside(env.get("PATH", os.defpath), root)
    try:
        line: str | tuple[str, ...] = command_of(call)
        if sandbox is not None:
            shut_in = sandbox.without(ruling.hidden)
            line = await asyncio.to_thread(shut_in.wrap, (shell(), "-c", line), root, folder)
        before = await asyncio.to_thread(git_place, root)
        events = run(line, cwd=folder, env=env, timeout=seconds)
        async with aclosing(events):
            async for event in events:
                match event:
                    case Output(text):
                        if live := kept.add(text):
                            yield ToolOutput(call.id, live)
                    case Exit():
                        if sandbox is not None and await asyncio.to_thread(git_place, root) != before:
                            yield Notice(_GIT_MOVED, "warning")
                        result = finished(call.id, event, kept, seconds)
                        yield result if sandbox is None else _explained(result, root, ruling.hidden)
    except (OSError, ValueError) as error:  # ValueError: a NUL or half a character in the words
        yield ToolFinished(call.id, "failed", f"The command could not be started: {error}", "not started")


def _explained(result: ToolFinished, root: Path, hidden: Sequence[Path]) -> ToolFinished:
    """What came out of the sandbox, with a note where the sandbox is why something in it failed."""
    if result.state != "failed":
        return result
    notes = [_WALL_NOTE] if _WALL.search(result.text) else []
    denied = "\n".join(line for line in result.text.splitlines() if _DENIED.search(line))
    if any(str(path.relative_to(root)) in denied for path in hidden):
        notes.append(_SECRETS_NOTE)
    return replace(result, text="\n".join((result.text, *notes)))
