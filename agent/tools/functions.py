"""The person's own Python functions as tools: found in the tools folder beside the configuration, never in the opened
one; asked about before they run, and run in a process of their own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from agent.config.reading import Problem
from agent.events import ToolFinished, ToolOutput, TurnEvent
from agent.processes.environment import child_environment
from agent.processes.process import Exit, Output, run
from agent.tools import OUTPUT_LIMIT, Tool, ToolContext
from agent.tools.asking import ask_first, call_title
from agent.tools.signatures import read_functions
from backends.frozen import frozen
from backends.types import ToolCall, ToolSpec

SECONDS = 120
KEPT_CHARACTERS = 1024 * 1024
_ARGUMENT_BYTES = 100_000  # an argument of a process holds 128 KiB on Linux
_FILE_BYTES = 256 * 1024
_RUNNER = Path(__file__).with_name("function_runner.py")


@frozen
class FoundFunctions:
    """The tools of a folder in a fixed order, and what is wrong with the rest."""

    tools: tuple[Tool, ...]
    problems: tuple[Problem, ...]


def find_functions(folder: Path, taken: frozenset[str]) -> FoundFunctions:
    """The functions in the `*.py` of `folder`, which need not exist. Names that are `taken` are problems. Blocking."""
    tools: list[Tool] = []
    problems: list[Problem] = []
    names = set(taken)
    for file in sorted(folder.glob("*.py")) if folder.is_dir() else ():
        try:
            if not file.is_file() or file.stat().st_size > _FILE_BYTES:
                problems.append(Problem(str(file), 1, "This is no file of Python functions, or one too large."))
                continue
            functions, refused = read_functions(file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(str(file), 1, f"It cannot be read: {error}."))
            continue
        problems += [Problem(str(file), each.line, f"{each.reason}.") for each in refused]
        for function in functions:
            if function.spec.name in names:
                problems.append(Problem(str(file), function.line, f"There is a tool {function.spec.name} already."))
            else:
                names.add(function.spec.name)
                tools.append(Function(function.spec, file))
    return FoundFunctions(tuple(tools), tuple(problems))


@frozen
class Function:
    """One function as a tool."""

    spec: ToolSpec
    file: Path

    def title(self, call: ToolCall) -> str:
        return call_title(call)

    async def run(self, call: ToolCall, context: ToolContext) -> AsyncGenerator[TurnEvent, None]:
        arguments = json.dumps(call.arguments)
        if len(arguments) > _ARGUMENT_BYTES:
            yield ToolFinished(call.id, "failed", "The arguments are too long; pass a path instead.", "too long")
            return
        async with aclosing(ask_first(call, context, f"runs {self.file}")) as events:
            async for event in events:
                yield event
                if isinstance(event, ToolFinished):
                    return
        async with aclosing(self._execute(call, arguments, context.workspace.root)) as events:
            async for event in events:
                yield event

    async def _execute(self, call: ToolCall, arguments: str, folder: Path) -> AsyncGenerator[TurnEvent, None]:
        mark = os.urandom(16).hex()
        # -I: neither the opened folder nor the environment has a say in what is imported (THREATS.md W4).
        command = [sys.executable, "-I", "-X", "utf8", str(_RUNNER), str(self.file), self.spec.name, mark, arguments]
        text = ""
        events = run(command, cwd=folder, env=child_environment(os.environ), timeout=SECONDS)
        try:
            async with aclosing(events):
                async for event in events:
                    match event:
                        case Output(piece):
                            printed = piece.partition(f"\n{mark}")[0]
                            if printed and mark not in text and len(text) < KEPT_CHARACTERS:
                                yield ToolOutput(call.id, printed)
                            text = (text + piece)[: 2 * KEPT_CHARACTERS]
                        case Exit():
                            yield _finished(call, event, text, mark)
        except OSError as error:
            yield ToolFinished(call.id, "failed", f"The function could not be started: {error}", "not started")


def _finished(call: ToolCall, end: Exit, text: str, mark: str) -> ToolFinished:
    if end.reason == "timeout":
        return ToolFinished(call.id, "failed", f"{call.name} was ended after {SECONDS} s.\n{_cut(text)}", "time limit")
    printed, found, value = text.partition(f"\n{mark}\n")
    if end.code == 0 and found:
        said = f"[printed]\n{_cut(printed)}\n[returned]\n" if printed.strip() else ""
        return ToolFinished(call.id, "done", said + (_cut(value) or "(nothing)"), "")
    if end.code < 0:
        return ToolFinished(call.id, "failed", f"{call.name} ended by signal {-end.code}.\n{_cut(text)}", "crashed")
    return ToolFinished(call.id, "failed", f"{call.name} failed; nothing was returned.\n{_cut(text)}", "failed")


def _cut(text: str) -> str:
    text = text.strip()
    if len(text) <= OUTPUT_LIMIT:
        return text
    return f"{text[:OUTPUT_LIMIT]}\n[cut; {len(text) - OUTPUT_LIMIT:,} characters more]"
