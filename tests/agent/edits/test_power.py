"""Power loss: whatever the disk had not been told to keep may be gone, and the files are still all old or all new.

The changing calls of one apply are recorded and replayed on a small model of a disk: names and bytes that were not
synced yet may be lost, names of one folder in the order in which they were made.
"""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.edits.apply import apply
from agent.edits.disk import Disk
from agent.edits.recovery import recover
from tests.agent.edits.bench import Bench
from tests.agent.edits.test_faults import NEW, OLD, PATCH

Name = tuple[int, str]  # the inode of the folder, and a name in it


@dataclass
class Recorder(Disk):
    """A disk that works and keeps the order of what it did, by inode."""

    log: list[tuple[Any, ...]] = field(default_factory=list)

    def create(self, folder: int, name: str, mode: int) -> int:
        file = super().create(folder, name, mode)
        self.log.append(("name", (_inode(folder), name), _inode(file)))
        return file

    def write(self, file: int, data: bytes) -> None:
        super().write(file, data)
        self.log.append(("bytes", _inode(file), data))

    def sync(self, descriptor: int) -> None:
        self.log.append(("sync", _inode(descriptor)))

    def replace(self, folder: int, name: str, new_name: str) -> None:
        super().replace(folder, name, new_name)
        self.log.append(("rename", (_inode(folder), name), (_inode(folder), new_name)))

    def rename_to_free(self, folder: int, name: str, new_name: str) -> None:
        super().rename_to_free(folder, name, new_name)
        self.log.append(("rename", (_inode(folder), name), (_inode(folder), new_name)))

    def exchange(self, folder: int, name: str, other: str) -> bool:
        assert super().exchange(folder, name, other)
        self.log.append(("exchange", (_inode(folder), name), (_inode(folder), other)))
        return True

    def remove(self, folder: int, name: str) -> None:
        super().remove(folder, name)
        self.log.append(("remove", (_inode(folder), name)))

    def make_folder(self, folder: int, name: str) -> None:
        super().make_folder(folder, name)
        self.log.append(("folder", (_inode(folder), name), os.lstat(name, dir_fd=folder).st_ino))


def _inode(descriptor: int) -> int:
    return os.fstat(descriptor).st_ino


class Model:
    """Folders and files by inode, as they would be found after the power came back."""

    def __init__(self, base: Path) -> None:
        self.root = base.stat().st_ino
        self.names: dict[Name, int] = {}
        self.bytes: dict[int, bytes] = {}
        self.folders = {self.root}
        for path in sorted(base.rglob("*")):
            inode = path.stat().st_ino
            self.names[path.parent.stat().st_ino, path.name] = inode
            if path.is_dir():
                self.folders.add(inode)
            else:
                self.bytes[inode] = path.read_bytes()

    def do(self, entry: tuple[Any, ...]) -> None:
        match entry:
            case ("name", name, inode):
                self.names[name] = inode
            case ("folder", name, inode):
                self.names[name] = inode
                self.folders.add(inode)
            case ("bytes", inode, data):
                self.bytes[inode] = data
            case ("rename", old, new) if old in self.names:
                self.names[new] = self.names.pop(old)
            case ("exchange", one, other) if one in self.names and other in self.names:
                self.names[one], self.names[other] = self.names[other], self.names[one]
            case ("remove", name):
                self.names.pop(name, None)
            case _:
                pass

    def materialize(self, base: Path, folder: int) -> None:
        base.mkdir(exist_ok=True)
        for (parent, name), inode in self.names.items():
            if parent != folder:
                continue
            if inode in self.folders:
                self.materialize(base / name, inode)
            else:
                (base / name).write_bytes(self.bytes.get(inode, b""))


def crash_states(log: list[tuple[Any, ...]], chance: random.Random) -> Iterator[list[tuple[Any, ...]]]:
    """What may have reached the disk when the power went after each call."""
    for length in range(len(log) + 1):
        done = log[:length]
        synced = _synced(done)
        yield done  # everything arrived
        yield [entry for number, entry in enumerate(done) if number in synced]  # only what had to
        for _ in range(3):
            yield _some_arrived(done, synced, chance)


def _synced(done: list[tuple[Any, ...]]) -> set[int]:
    """Numbers of calls that a later sync of their folder or file made durable."""
    kept: set[int] = set()
    for number, entry in enumerate(done):
        if entry[0] == "sync":
            kept |= {earlier for earlier in range(number) if _where(done[earlier]) == entry[1]}
    return kept


def _where(entry: tuple[Any, ...]) -> int:
    return entry[1] if entry[0] in ("bytes", "sync") else entry[1][0]


def _some_arrived(done: list[tuple[Any, ...]], synced: set[int], chance: random.Random) -> list[tuple[Any, ...]]:
    """Per folder a first part of what was not synced, per file all of it or nothing."""
    limits = {where: chance.randrange(len(done) + 1) for where in set(map(_where, done))}
    return [entry for number, entry in enumerate(done) if number in synced or number < limits[_where(entry)]]


def recorded(base: Path) -> tuple[Model, list[tuple[Any, ...]], int]:
    """The disk before an apply, what the apply did, and the workspace's inode."""
    base.mkdir()
    disk = Recorder()
    with Bench(base, disk) as bench:
        bench.write(OLD)
        bench.store.prepare()  # as opening the session does
        proposal = bench.propose(PATCH)
        start = Model(base)
        apply(proposal, bench.workspace, bench.store)
        return start, disk.log, bench.workspace.inode


def test_a_power_loss_after_any_call_leaves_all_old_or_all_new(tmp_path: Path) -> None:
    start, log, inode = recorded(tmp_path / "first")
    outcomes: set[bool] = set()
    for number, arrived in enumerate(crash_states(log, random.Random(3))):
        model = deepcopy(start)
        for entry in arrived:
            model.do(entry)
        base = tmp_path / str(number)
        model.materialize(base, model.root)
        _point_journal_at(base, inode)
        with Bench(base) as bench:
            recover(bench.store, bench.workspace)
            tree = bench.tree()
        assert tree in (OLD, NEW), (number, arrived[-1:], tree)
        outcomes.add(tree == NEW)
    assert outcomes == {True, False}


def _point_journal_at(base: Path, inode: int) -> None:
    """The replayed workspace is another folder than the recorded one; the journal names it by inode."""
    now = (base / "ws").stat().st_ino
    for record in itertools.chain(base.glob("store/*/*.pending"), base.glob("store/*/*.json")):
        record.write_bytes(record.read_bytes().replace(f'"inode": {inode}'.encode(), f'"inode": {now}'.encode()))


def test_bytes_are_synced_before_their_name_and_names_before_the_record(tmp_path: Path) -> None:
    disk = Recorder()
    with Bench(tmp_path, disk) as bench:
        bench.write({"a.txt": b"old\n"})
        bench.apply("*** Update File: a.txt\n-old\n+new")
        root = bench.root.stat().st_ino
    steps = [entry[0] for entry in disk.log if _where(entry) == root or entry[0] in ("bytes", "sync")]
    exchange = steps.index("exchange")
    last_bytes = max(number for number, step in enumerate(steps[:exchange]) if step == "bytes")
    assert "sync" in steps[last_bytes:exchange]
    record = next(n for n, entry in enumerate(disk.log) if entry[0] == "rename" and entry[2][1].endswith(".json"))
    swap = next(n for n, entry in enumerate(disk.log) if entry[0] == "exchange")
    assert ("sync", root) in disk.log[swap:record]
