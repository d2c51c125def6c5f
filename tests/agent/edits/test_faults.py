"""Crashes and disk faults: whatever happens at whichever call, files are all old or all new, and nothing strays."""

from __future__ import annotations

import errno
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.edits.apply import apply
from agent.edits.disk import Disk
from agent.edits.errors import ApplyError, TakeBackFailed, WriteFailed
from agent.edits.journal import ChangeStore
from agent.edits.recovery import recover
from agent.edits.undo import history, undo
from tests.agent.edits.bench import Bench, Tree, folders_of, read_tree

OLD: Tree = {"a.txt": b"one\ntwo\n", "sub/gone.txt": b"leaving\n", "move.txt": b"here\nstill\n", "other.txt": b"x\n"}
NEW: Tree = {"a.txt": b"one\n2\n", "new/deep/b.txt": b"fresh\n", "moved/m.txt": b"here\nthere\n", "other.txt": b"x\n"}
PATCH = """\
*** Update File: a.txt
-two
+2
*** Add File: new/deep/b.txt
+fresh
*** Delete File: sub/gone.txt
*** Update File: move.txt
*** Move to: moved/m.txt
-still
+there"""

CALLS = [name for name, value in vars(Disk).items() if not name.startswith("_") and callable(value)]


class Interrupted(Disk):
    """A disk that does something at the n-th changing call, counted from 0; a write is half done then.

    Syncing is left out: no power is lost here, and it is most of the time.
    """

    def __init__(self, position: int, happens: Callable[[], None]) -> None:
        self.calls = 0
        self._position = position
        self._happens = happens

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if name not in CALLS:
            return value

        def counted(*arguments: Any) -> Any:
            here = self.calls == self._position
            self.calls += 1
            if here:
                if name == "write":
                    value(arguments[0], arguments[1][: len(arguments[1]) // 2])
                self._happens()
            return None if name == "sync" else value(*arguments)

        return counted


def unsynced() -> Disk:
    return Interrupted(-1, lambda: None)


def calls_of_an_apply(base: Path) -> int:
    disk = Interrupted(-1, lambda: None)
    with Bench(base, disk) as bench:
        bench.write(OLD)
        bench.apply(PATCH)
        assert bench.tree() == NEW
        return disk.calls


def fail_with(code: int) -> Callable[[], None]:
    def fail() -> None:
        raise OSError(code, os.strerror(code))

    return fail


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def in_a_child(work: Callable[[], object]) -> int:
    """Run in a forked process; returns the signal that ended it, or 0."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)


# ── faults ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("code", "step"), [(errno.EIO, 1), (errno.ENOSPC, 7)], ids=["EIO", "ENOSPC"])
def test_a_fault_at_any_call_leaves_every_file_old_and_nothing_behind(tmp_path: Path, code: int, step: int) -> None:
    (tmp_path / "count").mkdir()
    for position in range(0, calls_of_an_apply(tmp_path / "count"), step):
        base = tmp_path / str(position)
        base.mkdir()
        with Bench(base, Interrupted(position, fail_with(code))) as bench:
            bench.write(OLD)
            with pytest.raises(WriteFailed, match="nothing was changed"):
                bench.apply(PATCH)
            assert (bench.tree(), folders_of(bench.root)) == (OLD, {".", "sub"}), position
            assert recover(bench.store, bench.workspace) == (), position
            bench.apply(PATCH)
            assert bench.tree() == NEW


def test_a_disk_that_stays_broken_is_mended_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "count").mkdir()
    for position in range(calls_of_an_apply(tmp_path / "count")):
        base = tmp_path / str(position)
        base.mkdir()
        disk = _BrokenFrom(position)
        with Bench(base, disk) as bench:
            bench.write(OLD)
            with pytest.raises((WriteFailed, TakeBackFailed)):
                bench.apply(PATCH)
            disk.is_mended = True
            recover(bench.store, bench.workspace)
            assert bench.tree() in (OLD, NEW), position


class _BrokenFrom(Interrupted):
    def __init__(self, position: int) -> None:
        super().__init__(-1, lambda: None)
        self.is_mended = False
        self._from = position

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if name in CALLS and self.calls >= self._from and not self.is_mended:
            return lambda *_: fail_with(errno.EIO)()
        return value


def test_an_interrupt_from_the_keyboard_takes_everything_back(tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with Bench(tmp_path, Interrupted(25, interrupt)) as bench:
        bench.write(OLD)
        with pytest.raises(KeyboardInterrupt):
            bench.apply(PATCH)
        assert bench.tree() == OLD


def test_a_full_device_is_named_in_words(tmp_path: Path) -> None:
    with Bench(tmp_path, Interrupted(14, fail_with(errno.ENOSPC))) as bench:
        bench.write(OLD)
        with pytest.raises(WriteFailed, match="No space left on device"):
            bench.apply(PATCH)


# ── kills ────────────────────────────────────────────────────────────────────


def test_a_kill_at_any_call_leaves_all_old_or_all_new_after_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "count").mkdir()
    total = calls_of_an_apply(tmp_path / "count")
    outcomes: set[str] = set()
    for position in range(total):
        base = tmp_path / str(position)
        base.mkdir()
        with Bench(base, unsynced()) as bench:
            bench.write(OLD)
            store = ChangeStore(base / "store", disk=Interrupted(position, die))
            proposal = bench.propose(PATCH)
            assert in_a_child(lambda p=proposal, w=bench.workspace, s=store: apply(p, w, s)) == signal.SIGKILL
            recovered = recover(bench.store, bench.workspace)
            outcomes |= {found.outcome for found in recovered}
            assert_whole(bench, position)
            assert recover(bench.store, bench.workspace) == ()
    assert outcomes == {"taken_back", "completed"}


def test_a_kill_during_recovery_is_mended_by_the_next_recovery(tmp_path: Path) -> None:
    for first in range(20, 46, 5):
        for second in range(0, 14, 3):
            base = tmp_path / f"{first}-{second}"
            base.mkdir()
            with Bench(base, unsynced()) as bench:
                bench.write(OLD)
                proposal = bench.propose(PATCH)
                killed = ChangeStore(base / "store", disk=Interrupted(first, die))
                in_a_child(lambda p=proposal, w=bench.workspace, s=killed: apply(p, w, s))
                again = ChangeStore(base / "store", disk=Interrupted(second, die))
                in_a_child(lambda w=bench.workspace, s=again: recover(s, w))
                recover(bench.store, bench.workspace)
                assert_whole(bench, (first, second))


def test_a_kill_during_undo_leaves_all_old_or_all_new(tmp_path: Path) -> None:
    for position in range(0, 60, 4):
        base = tmp_path / str(position)
        base.mkdir()
        with Bench(base, unsynced()) as bench:
            bench.write(OLD)
            done = bench.apply(PATCH)
            store = ChangeStore(base / "store", disk=Interrupted(position, die))
            in_a_child(lambda i=done.undo_id, w=bench.workspace, s=store: undo(s, i, w))
            recover(bench.store, bench.workspace)
            assert bench.tree() in (OLD, NEW), position


def test_a_foreign_save_between_crash_and_restart_stays(tmp_path: Path) -> None:
    with Bench(tmp_path, unsynced()) as bench:
        bench.write(OLD)
        for position in range(10, 60):  # the first calls only make folders
            proposal = bench.propose(PATCH)
            store = ChangeStore(tmp_path / "store", disk=Interrupted(position, die))
            in_a_child(lambda p=proposal, s=store: apply(p, bench.workspace, s))
            if bench.tree().get("a.txt") == NEW["a.txt"]:
                break
            recover(bench.store, bench.workspace)
        (bench.root / "a.txt").write_bytes(b"mine\n")
        recover(bench.store, bench.workspace)
        assert bench.tree() == {**OLD, "a.txt": b"mine\n"}


@pytest.mark.parametrize("count", [30, pytest.param(2000, marks=pytest.mark.nightly)])
def test_kills_at_random_moments_tear_nothing(tmp_path: Path, count: int) -> None:
    chance = random.Random(7)
    with Bench(tmp_path) as bench:
        bench.write(OLD)
        for number in range(count):
            proposal = bench.propose(PATCH)
            child = os.fork()
            if child == 0:
                apply(proposal, bench.workspace, bench.store)
                os._exit(0)
            time.sleep(chance.random() * 0.012)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            recover(bench.store, bench.workspace)
            assert_whole(bench, number)
            if bench.tree() == NEW:
                undo(bench.store, history(bench.store)[-1].undo_id, bench.workspace)


def assert_whole(bench: Bench, where: object) -> None:
    tree = bench.tree()
    assert tree in (OLD, NEW), (where, tree)
    if tree == OLD:
        assert folders_of(bench.root) == {".", "sub"}, where


# ── what the kernel really does ──────────────────────────────────────────────


def test_a_file_size_limit_takes_everything_back(tmp_path: Path) -> None:
    import resource

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        with pytest.raises(WriteFailed, match="File too large"):
            apply(proposal, bench.workspace, bench.store)

    with Bench(tmp_path) as bench:
        bench.write(OLD)
        proposal = bench.propose(PATCH + "\n*** Add File: big.txt\n" + "+line\n" * 20_000)
        assert in_a_child(limited) == 0
        assert read_tree(bench.root) == OLD
        with pytest.raises(ApplyError, match="there is no step"):
            undo(bench.store, "nothing", bench.workspace)
