"""The tasks of a batch and their results, each one JSON object a line; the results file says what is done already.

Knows no server and no folder. The formats are in docs/headless.md.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import cast

from agent.commands.exec_report import ExecOutcome
from agent.commands.promised_file import PromisedFile
from backends.frozen import frozen
from backends.types import JsonObject, JsonValue

VERSION = 1

_FINAL: frozenset[str] = frozenset({"answered", "no answer", "misshapen"})
"""Outcomes of a task that is not run again: the model had its say."""


class BadTask(ValueError):
    """A line of the tasks file that is no task; `str()` names file and line."""


@frozen
class Task:
    """One question. `commit` is where its work tree starts, HEAD when empty; `schema` shapes the answer."""

    id: str
    prompt: str
    commit: str = ""
    schema: JsonObject | None = None


@frozen
class TaskResult:
    """What became of a task. `patch` is the file with its changes, "" when nothing was changed."""

    id: str
    outcome: ExecOutcome
    answer: JsonValue
    patch: str
    totals: JsonObject
    seconds: float
    server: str
    problem: str = ""


def read_tasks(path: Path) -> tuple[Task, ...]:
    """All tasks, in the order of the file. A task without an id has its line number. Raises OSError, BadTask."""
    tasks: dict[str, Task] = {}
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if line.strip():
            task = _task(line, number, f"{path}:{number}")
            if task.id in tasks:
                raise BadTask(f"{path}:{number}: there is a task {task.id} already")
            tasks[task.id] = task
    return tuple(tasks.values())


def _task(line: str, number: int, where: str) -> Task:
    try:
        record = cast(JsonValue, json.loads(line))
    except (ValueError, RecursionError) as error:
        raise BadTask(f"{where}: not JSON: {error}") from error
    match record:
        case {"prompt": str(prompt)} if prompt.strip():
            name, commit, schema = record.get("id", number), record.get("commit", ""), record.get("schema")
            if not isinstance(name, str | int) or isinstance(name, bool):
                raise BadTask(f"{where}: id is a text or a number")
            if not isinstance(commit, str) or commit.startswith("-"):
                raise BadTask(f"{where}: commit is the name of a commit")
            if schema is not None and not isinstance(schema, dict):
                raise BadTask(f"{where}: schema is a JSON schema")
            return Task(str(name), prompt, commit, schema)
        case _:
            raise BadTask(f'{where}: a task is {{"id": …, "prompt": "…"}}')


class Results:
    """The results file: appended to, one whole line for each finished task, durable before the next begins."""

    def __init__(self, path: Path) -> None:
        """Raises OSError when nothing can be appended, before any task costs an hour."""
        self.path = path
        self.done: set[str] = set()
        self._needs_newline = False
        with PromisedFile(path):
            pass  # it can be appended to
        if path.is_file():
            self._read(path.read_bytes())

    def add(self, result: TaskResult) -> None:
        """Raises OSError."""
        record: JsonObject = {
            "v": VERSION,
            "id": result.id,
            "outcome": result.outcome,
            "answer": result.answer,
            "patch": result.patch or None,
            "usage": result.totals,
            "seconds": round(result.seconds, 3),
            "server": result.server,
        }
        if result.problem:
            record["problem"] = result.problem
        line = ("\n" if self._needs_newline else "") + json.dumps(record) + "\n"
        with self.path.open("ab") as file:
            file.write(line.encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        self._needs_newline = False
        if result.outcome in _FINAL:
            self.done.add(result.id)

    def _read(self, data: bytes) -> None:
        """Take what is whole; a line torn by a crash counts as not written."""
        self._needs_newline = bool(data) and not data.endswith(b"\n")
        for line in data.split(b"\n"):
            try:
                record = cast(JsonValue, json.loads(line))
            except (ValueError, RecursionError):
                continue
            match record:
                case {"v": int(), "id": str(name), "outcome": str(outcome)} if outcome in _FINAL:
                    self.done.add(name)
                case _:
                    pass
