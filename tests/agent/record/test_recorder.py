"""A session is kept while it runs, and a disk that refuses for a while loses none of it."""

# ruff: noqa: ASYNC240
from __future__ import annotations

import asyncio
import errno
import os
import threading
from pathlib import Path

import pytest

from agent.record.entries import Entry, Opened, Titled
from agent.record.file import SessionFile, read
from agent.record.recorder import SAVED_AGAIN, Recorder

OPENING = Opened("s", "/work", "2026-03-11", "oss-tui 0")


class Disk:
    """The disk under the session file: `room` is how many bytes it takes before it is full; fsync can fail too."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = 1 << 30
        self.loses = False
        self.syncs = 0
        self._write, self._fsync = os.write, os.fsync
        monkeypatch.setattr("agent.record.file.os.write", self.write)
        monkeypatch.setattr("agent.record.file.os.fsync", self.fsync)

    def write(self, descriptor: int, data: bytes) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = self._write(descriptor, data[: self.room])
        self.room -= taken
        return taken

    def fsync(self, descriptor: int) -> None:
        self.syncs += 1
        if self.loses:
            raise OSError(errno.EIO, "Input/output error")
        self._fsync(descriptor)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shelf" / "s.jsonl"


def kept(file: Path) -> list[Entry]:
    contents = read(file)
    assert contents.damaged == 0
    return list(contents.entries)


def titles(*texts: str) -> list[Entry]:
    return [Titled(text) for text in texts]


async def test_nothing_is_on_disk_before_something_was_said(file: Path) -> None:
    recorder = Recorder(file, OPENING)
    await recorder.sync()
    recorder.close()
    assert not file.parent.exists()


async def test_the_first_entry_comes_behind_the_opening(file: Path) -> None:
    recorder = Recorder(file, OPENING)
    recorder.write(Titled("a"))
    await recorder.sync()
    recorder.write(Titled("b"))
    assert kept(file) == [OPENING, *titles("a", "b")]
    assert recorder.take_news() == ""


@pytest.mark.parametrize("room", [0, 1, 40, 10_000], ids=lambda room: f"room for {room} bytes")
async def test_what_a_full_disk_did_not_take_is_written_when_it_can_be(file: Path, disk: Disk, room: int) -> None:
    recorder = Recorder(file, OPENING)
    recorder.write(Titled("before"))
    await recorder.sync()
    disk.room = room
    recorder.write(Titled("while " + "x" * 20_000))
    recorder.write(Titled("it is full"))
    await recorder.sync()
    assert "No space left" in recorder.problem
    disk.room = 1 << 30
    recorder.write(Titled("after"))
    await recorder.sync()
    recorder.write(Titled("again"))
    assert recorder.problem == ""
    assert kept(file) == [OPENING, *titles("before", "while " + "x" * 20_000, "it is full", "after", "again")]


async def test_a_place_that_cannot_be_made_is_tried_again_too(file: Path) -> None:
    file.parent.touch()
    recorder = Recorder(file, OPENING)
    recorder.write(Titled("a"))
    await recorder.sync()
    assert recorder.problem
    file.parent.unlink()
    await recorder.sync()
    assert kept(file) == [OPENING, *titles("a")]


async def test_what_a_failed_sync_may_have_lost_is_written_once_more_and_not_twice(file: Path, disk: Disk) -> None:
    recorder = Recorder(file, OPENING)
    recorder.write(Titled("durable"))
    await recorder.sync()
    recorder.write(Titled("in doubt"))
    disk.loses = True
    await recorder.sync()
    os.truncate(file, file.stat().st_size - 5)  # the disk lost the end of it
    disk.loses = False
    await recorder.sync()
    assert kept(file) == [OPENING, *titles("durable", "in doubt")]


async def test_both_turns_are_told_once(file: Path, disk: Disk) -> None:
    recorder = Recorder(file, OPENING)
    disk.room = 0
    for _ in range(3):
        recorder.write(Titled("a"))
        await recorder.sync()
    assert "not saved for now: [Errno 28] No space left on device" in recorder.take_news()
    await recorder.sync()
    assert recorder.take_news() == ""
    disk.room = 1 << 30
    await recorder.sync()
    assert (recorder.take_news(), recorder.take_news()) == (SAVED_AGAIN, "")


async def test_a_disk_that_refuses_is_asked_once_a_sync_and_not_with_every_entry(file: Path, disk: Disk) -> None:
    recorder = Recorder(file, OPENING)
    recorder.write(Titled("a"))
    disk.loses = True
    await recorder.sync()
    for _ in range(100):
        recorder.write(Titled("b"))
    assert disk.syncs == 1
    await recorder.sync()
    assert disk.syncs == 2


async def test_what_is_written_while_it_is_tried_again_comes_behind_it(
    file: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(file, OPENING)
    disk.room = 0
    recorder.write(Titled("a"))
    disk.room = 1 << 30
    loop, plain = asyncio.get_running_loop(), SessionFile.sync

    def meanwhile(session: SessionFile) -> None:
        loop.call_soon_threadsafe(recorder.write, Titled("b"))
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result()
        plain(session)

    monkeypatch.setattr(SessionFile, "sync", meanwhile)
    await recorder.sync()
    assert kept(file) == [OPENING, *titles("a", "b")]


async def test_a_cancelled_try_is_finished_before_anything_else_is_written(
    file: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(file, OPENING)
    disk.room = 0
    recorder.write(Titled("a"))
    disk.room = 1 << 30
    has_begun, may_end, plain = asyncio.Event(), threading.Event(), SessionFile.sync
    loop = asyncio.get_running_loop()

    def slowly(session: SessionFile) -> None:
        loop.call_soon_threadsafe(has_begun.set)
        may_end.wait()
        plain(session)

    monkeypatch.setattr(SessionFile, "sync", slowly)
    trying = asyncio.create_task(recorder.sync())
    await has_begun.wait()
    trying.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    is_over = trying.done()
    may_end.set()
    assert not is_over
    await asyncio.wait({trying})
    recorder.write(Titled("b"))
    assert kept(file) == [OPENING, *titles("a", "b")]


async def test_what_the_person_knows_already_is_not_told_again(file: Path) -> None:
    recorder = Recorder(file, OPENING)
    recorder.expect("the disk is full")
    recorder.write(Titled("a"))
    assert not file.exists()
    await recorder.sync()
    assert recorder.take_news() == SAVED_AGAIN
    assert kept(file) == [OPENING, *titles("a")]
