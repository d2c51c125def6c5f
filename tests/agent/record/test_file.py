"""Session files: append-only, private, one program at a time, and whole after a kill."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.calls import CallCounts
from agent.record.entries import (
    Entry,
    FilesChanged,
    Opened,
    ProfileUsed,
    Rewound,
    Said,
    Titled,
    TurnClosed,
    from_json,
    to_json,
)
from agent.record.file import SessionBusy, SessionFile, SessionTooNew, read
from agent.record.lines import encode
from agent.record.shelf import folder_of, messages_of, path_of, sessions
from backends.types import AssistantMessage, Replay, ToolCall, ToolResult, UserMessage

OPENED = Opened("s1", "/ws", "2026-11-22", "oss-tui 0.1.0")

ENTRIES: list[Entry] = [
    OPENED,
    ProfileUsed("local", "ollama", "gpt-oss:20b"),
    Said(UserMessage("fix it")),
    Said(
        AssistantMessage(
            "Looking.",
            "Hm.",
            ToolCall("c", "search", {"query": "x", "n": 1}, '{"query": "x", "n": 1}'),
            Replay("mlx:m", "<|channel|>"),
        )
    ),
    Said(ToolResult("c", "search", "found")),
    Said(AssistantMessage("Done.")),
    FilesChanged("u1", ("a.py", "b.py")),
    TurnClosed("answered"),
    Titled("A fix"),
]


COUNTED = TurnClosed("answered", "gpt-oss:20b", CallCounts(3, 2, 1))


@pytest.mark.parametrize("entry", [*ENTRIES, Rewound(2), COUNTED], ids=lambda entry: type(entry).__name__)
def test_every_entry_comes_back_as_it_was(entry: Entry):
    assert from_json(to_json(entry)) == entry


def write(path: Path, entries: list[Entry]) -> None:
    file = SessionFile.open(path)
    for entry in entries:
        file.append(entry)
    file.sync()
    file.close()


def test_a_session_is_read_back_and_listed(tmp_path: Path):
    folder = folder_of(tmp_path, Path("/home/me/shop"))
    write(path_of(folder, "s1"), ENTRIES)
    (summary,) = sessions(folder)
    assert (summary.title, summary.messages, summary.profile) == ("A fix", 4, "local")
    contents = read(summary.path)
    assert list(contents.entries) == ENTRIES
    assert messages_of(contents)[0] == UserMessage("fix it")


def test_a_rewind_shortens_the_conversation_and_not_the_file(tmp_path: Path):
    path = tmp_path / "s.jsonl"
    write(path, [*ENTRIES, Rewound(1), Said(UserMessage("something else"))])
    contents = read(path)
    assert messages_of(contents) == (UserMessage("fix it"), UserMessage("something else"))
    assert Said(AssistantMessage("Done.")) in contents.entries


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_others_cannot_read_a_session(tmp_path: Path, umask: int):
    before = os.umask(umask)
    try:
        path = path_of(folder_of(tmp_path, Path("/ws")), "s1")
        write(path, ENTRIES)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_second_program_is_told_that_the_session_is_open(tmp_path: Path):
    first = SessionFile.open(tmp_path / "s.jsonl")
    with pytest.raises(SessionBusy, match="open in another"):
        SessionFile.open(tmp_path / "s.jsonl")
    first.close()


def test_a_torn_tail_is_closed_off_before_the_next_entry(tmp_path: Path):
    path = tmp_path / "s.jsonl"
    write(path, ENTRIES)
    path.write_bytes(path.read_bytes()[:-9])
    write(path, [Titled("after the crash")])
    contents = read(path)
    assert contents.entries == (*ENTRIES[:-1], Titled("after the crash"))
    assert contents.damaged == 1


def test_a_newer_file_is_named_and_left_alone(tmp_path: Path):
    path = tmp_path / "s.jsonl"
    path.write_bytes(encode({"t": "opened"}, 99))
    with pytest.raises(SessionTooNew, match="newer"):
        read(path)
    (summary,) = sessions(tmp_path)
    assert "newer" in summary.problem
    assert path.exists()


@given(st.binary(max_size=200))
def test_any_file_can_be_listed(tmp_path_factory: pytest.TempPathFactory, data: bytes):
    folder = tmp_path_factory.mktemp("shelf")
    (folder / "s.jsonl").write_bytes(data)
    assert len(sessions(folder)) == 1


WRITER = """
import sys
from pathlib import Path
from agent.record.entries import Said
from agent.record.file import SessionFile
from backends.types import UserMessage
file = SessionFile.open(Path(sys.argv[1]))
number = 0
while True:
    file.append(Said(UserMessage(f"{number} " + "x" * (number * 37 % 900))))
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
    number += 1
"""


def kill_while_writing(path: Path, lines: int) -> int:
    """Kill a writer after it reported `lines` entries; the number of the last one it reported."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    for _ in range(lines):
        writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    rest = writer.stdout.read().split()
    writer.wait()
    return int(rest[-1]) if rest else lines - 1


def check_kills(folder: Path, kills: int) -> None:
    for kill in range(kills):
        path = folder / f"{kill}.jsonl"
        last = kill_while_writing(path, 1 + kill * 7 % 50)
        contents = read(path)
        numbers = [int(entry.message.text.split()[0]) for entry in contents.entries if isinstance(entry, Said)]  # type: ignore[union-attr]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) >= last + 1


def test_every_complete_entry_survives_a_kill(tmp_path: Path):
    check_kills(tmp_path, 12)


@pytest.mark.nightly
def test_every_complete_entry_survives_two_hundred_kills(tmp_path: Path):
    check_kills(tmp_path, 200)
