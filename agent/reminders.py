"""What this program itself adds to a tool result: notes of the folder just entered, and where the work happens.

Only ever appended to a result that is about to be sent, so that the prompt's beginning stays (PERFORMANCE.md). Knows no
screen; what it added is told by a short line for each.
"""

from __future__ import annotations

import asyncio

from agent.files.workspace import PathRefused, Workspace
from agent.notes import ALL_BYTES, Guidance, Note, note_at
from agent.tools.arguments import text_argument
from backends.frozen import frozen
from backends.types import ToolCall

RESULTS_BETWEEN = 10
"""Results after which the working folder is said again; it costs about twenty tokens."""


@frozen
class Reminder:
    """Text to append to a tool result, and the lines that tell the person of it."""

    text: str = ""
    told: tuple[str, ...] = ()


class Reminders:
    """The reminders of one session; each note is attached once, to the first file opened beneath it."""

    def __init__(self, workspace: Workspace, guidance: Guidance = Guidance()) -> None:  # noqa: B008  (frozen)
        self._workspace = workspace
        self._guidance = guidance
        self._results = 0
        self.again()

    def again(self) -> None:
        """Attach the notes anew: the results that held them were shortened away."""
        self._waiting = {note.folder: note for note in self._guidance.nested}
        self._room = self._guidance.room

    async def after(self, call: ToolCall) -> Reminder:
        """What to append to the result of `call`."""
        self._results += 1
        text, told = "", ()
        if call.name == "open_file" and self._waiting:
            text, told = await asyncio.to_thread(self._notes_for, text_argument(call, "path"))
        if self._results % RESULTS_BETWEEN == 0 or self._is_elsewhere(call):
            text += f"\n\n[Working folder: {self._workspace.root}]"
        return Reminder(text, told)

    def _is_elsewhere(self, call: ToolCall) -> bool:
        return call.name == "exec" and text_argument(call, "workdir").strip("./") != ""

    def _notes_for(self, path: str) -> tuple[str, tuple[str, ...]]:
        try:
            names = self._workspace.relative(path).split("/")
        except PathRefused:
            return "", ()
        text = ""
        told: list[str] = []
        for depth in range(1, len(names)):
            note = self._waiting.pop("/".join(names[:depth]), None)
            if note is None:
                continue
            line, addition = self._attach(note)
            told.append(line)
            text += addition
        return text, tuple(told)

    def _attach(self, note: Note) -> tuple[str, str]:
        now = note_at(self._workspace, note.path)
        if now is None or now.sha256 != note.sha256:
            return f"{note.path} is not used: it changed since it was trusted", ""
        size = len(note.text.encode())
        if size > self._room:
            return f"{note.path} is not used: the notes of this project exceed {ALL_BYTES // 1024} KiB", ""
        self._room -= size
        heading = f"[{note.path}: the project's notes for {note.folder}/, data of the user's project]"
        return f"{note.words} is used from here on", f"\n\n{heading}\n{note.text}"
