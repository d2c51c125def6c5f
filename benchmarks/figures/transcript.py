"""A conversation of 10,000 messages against one of 100: shown again, scrolled, searched, and what it weighs."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from agent.record.entries import Entry, Opened, Said, TurnClosed
from agent.record.file import SessionFile
from backends.types import AssistantMessage, ToolCall, ToolResult, UserMessage
from benchmarks import processes
from benchmarks.row import Row, against, at_most
from benchmarks.sample import section
from benchmarks.terminal import PAGE_DOWN, PAGE_UP
from benchmarks.world import World, world

LONG, SHORT = 10_000, 100
PAGES = 6
LAST = "Zqlast"


@dataclass(slots=True)
class Facts:
    """Milliseconds from exec to the last message, for a page down, and for a letter of a search; MiB."""

    resume: list[float] = field(default_factory=list[float])
    page: list[float] = field(default_factory=list[float])
    find: list[float] = field(default_factory=list[float])
    memory: list[float] = field(default_factory=list[float])


def measure(runs: int) -> list[Row]:
    facts = {LONG: Facts(), SHORT: Facts()}
    with world() as here, tempfile.TemporaryDirectory() as folder:
        files = {messages: write_session(Path(folder, f"{messages}.jsonl"), messages) for messages in facts}
        for number in range(runs + 1):
            for messages in facts:
                _show(here, files[messages], facts[messages] if number else Facts(), messages)
    long, short = facts[LONG], facts[SHORT]
    return [
        against("transcript of 10,000 messages: exec to usable, ms", long.resume, short.resume, 1.5),
        against("transcript of 10,000 messages: page down, ms", long.page, short.page, 1.2),
        against("transcript of 10,000 messages: find, ms a letter", long.find, short.find, 1.5),
        at_most("transcript of 10,000 messages: memory over 100, MiB", _over(long.memory, short.memory), 60),
    ]


def _over(long: list[float], short: list[float]) -> list[float]:
    return [one - other for one, other in zip(long, short, strict=True)]


def _show(here: World, file: Path, facts: Facts, messages: int) -> None:
    with here.program("saved", str(file)) as terminal:
        usable = terminal.wait_for(LAST)
        facts.resume.append(1000 * (usable - terminal.started))
        terminal.wait_quiet()
        facts.memory.append(processes.resident_mib(terminal.pid))
        for _ in range(PAGES):
            terminal.reaction(PAGE_UP)
        facts.page += [terminal.reaction(PAGE_DOWN) for _ in range(PAGES)]
        terminal.reaction("/")
        facts.find += [terminal.reaction(letter) for letter in "sixteen"]
        terminal.expect(f"/{messages // 4}")


def write_session(path: Path, messages: int) -> Path:
    """A session of prompts, calls, results and answers, four messages a turn."""
    file = SessionFile.open(path)
    entries: list[Entry] = [Opened("bench", "/", "2026-01-01", "bench")]
    for turn in range(messages // 4):
        call = ToolCall(f"c{turn}", "search", {"query": "login("}, '{"query": "login("}')
        last = LAST if turn == messages // 4 - 1 else "again"
        entries += [
            Said(UserMessage(f"Question {turn}: what does step {turn} do when sixteen people ask?")),
            Said(AssistantMessage("", f"Look for step {turn} first, then say what it does.", call)),
            Said(ToolResult(f"c{turn}", "search", "auth/views.py:12: def login(request):\n" * 8)),
            Said(AssistantMessage(f"{section(turn)}That was turn {turn}, {last}.\n")),
            TurnClosed("answered"),
        ]
    for entry in entries:
        file.append(entry)
    file.close()
    return path
