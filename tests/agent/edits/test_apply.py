"""Applying: bound to what was shown, atomic, private, and alone."""

from __future__ import annotations

import os
import stat
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from agent.edits.apply import apply
from agent.edits.disk import Disk
from agent.edits.errors import Busy, EditError, Stale
from agent.edits.journal import ChangeStore
from agent.edits.lock import exclusive
from agent.edits.propose import propose
from agent.edits.recovery import recover
from agent.files.workspace import Workspace
from tests.agent.edits.bench import Bench

EDIT = "*** Update File: a.txt\n-old\n+new"


def test_a_set_lands_with_its_paths_and_one_undo_id(bench: Bench) -> None:
    bench.write({"a.txt": b"old\n", "b.txt": b"x\n"})
    applied = bench.apply(EDIT + "\n*** Delete File: b.txt\n*** Add File: c/d.txt\n+y")
    assert applied.paths == ("a.txt", "b.txt", "c/d.txt")
    assert applied.undo_id
    assert bench.tree() == {"a.txt": b"new\n", "c/d.txt": b"y\n"}


@pytest.mark.parametrize("mode", [0o755, 0o600, 0o664, 0o4755], ids=oct)
def test_an_edited_or_moved_file_keeps_its_mode(bench: Bench, mode: int) -> None:
    bench.write({"a.txt": b"old\n", "b.txt": b"old\n"})
    for name in ("a.txt", "b.txt"):
        (bench.root / name).chmod(mode)
    bench.apply(EDIT + "\n*** Update File: b.txt\n*** Move to: c.txt\n-old\n+new")
    assert [stat.S_IMODE((bench.root / name).stat().st_mode) for name in ("a.txt", "c.txt")] == [mode, mode]


def test_a_new_file_has_the_usual_mode(bench: Bench) -> None:
    before = os.umask(0o027)
    try:
        bench.apply("*** Add File: a.txt\n+x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((bench.root / "a.txt").stat().st_mode) == 0o640


@pytest.mark.parametrize("umask", [0o000, 0o077], ids=oct)
def test_the_store_is_for_this_user_alone(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with Bench(tmp_path) as bench:
            bench.write({"a.txt": b"old\n"})
            bench.apply(EDIT)
    finally:
        os.umask(before)
    modes = {
        (path.is_dir(), stat.S_IMODE(path.stat().st_mode))
        for path in [tmp_path / "store", *tmp_path.glob("store/**/*")]
    }
    assert modes == {(True, 0o700), (False, 0o600)}


def test_a_link_inside_stays_a_link(bench: Bench) -> None:
    bench.write({"real.txt": b"old\n"})
    (bench.root / "a.txt").symlink_to("real.txt")
    bench.apply(EDIT)
    assert (bench.root / "a.txt").is_symlink()
    assert (bench.root / "real.txt").read_bytes() == b"new\n"


def test_without_an_exchange_the_result_is_the_same(tmp_path: Path) -> None:
    class Plain(Disk):
        def exchange(self, folder: int, name: str, other: str) -> bool:
            return False

    with Bench(tmp_path, Plain()) as bench:
        bench.write({"a.txt": b"old\n"})
        bench.apply(EDIT)
        assert bench.tree() == {"a.txt": b"new\n"}


# ── foreign changes in the last moment ───────────────────────────────────────


class MeddlingDisk(Disk):
    """Another program acts just before the exchange, after every check."""

    def __init__(self, root: Path, *saves: bytes) -> None:
        self._root = root
        self._saves = list(saves)

    def exchange(self, folder: int, name: str, other: str) -> bool:
        if self._saves:
            aside = self._root.parent / "saving"
            aside.write_bytes(self._saves.pop(0))
            aside.rename(self._root / "a.txt")
        return super().exchange(folder, name, other)


@pytest.mark.parametrize("saves", [(b"theirs\n",), (b"theirs\n", b"theirs again\n")], ids=["once", "and once more"])
def test_a_foreign_save_after_the_last_check_is_not_lost(tmp_path: Path, saves: tuple[bytes, ...]) -> None:
    with Bench(tmp_path, MeddlingDisk(tmp_path / "ws", *saves)) as bench:
        bench.write({"a.txt": b"old\n", "b.txt": b"x\n"})
        with pytest.raises(Stale, match="another program"):
            bench.apply("*** Delete File: b.txt\n" + EDIT)
        assert bench.tree() == {"a.txt": saves[-1], "b.txt": b"x\n"}


def test_a_folder_swapped_for_a_link_during_the_write_is_noticed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()

    class Swapping(Disk):
        def exchange(self, folder: int, name: str, other: str) -> bool:
            (tmp_path / "ws" / "d").rename(tmp_path / "ws" / "d2")
            (tmp_path / "ws" / "d").symlink_to(outside)
            return super().exchange(folder, name, other)

    with Bench(tmp_path, Swapping()) as bench:
        bench.write({"d/a.txt": b"old\n"})
        with pytest.raises(Stale):
            bench.apply(EDIT.replace("a.txt", "d/a.txt"))
        assert (list(outside.iterdir()), (bench.root / "d2/a.txt").read_bytes()) == ([], b"old\n")
        assert [path.name for path in (bench.root / "d2").iterdir()] == ["a.txt"]


@pytest.mark.parametrize("seconds", [0.5, pytest.param(20, marks=pytest.mark.nightly)])
def test_a_racing_program_loses_no_save_and_nothing_leaves_the_workspace(tmp_path: Path, seconds: float) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_bytes(b"secret\n")
    stop = threading.Event()
    with Bench(tmp_path) as bench:
        bench.write({"a.txt": b"n 0\n"})

        def swap() -> None:
            target, aside = bench.root / "a.txt", tmp_path / "aside"
            while not stop.is_set():
                aside.symlink_to(outside / "a.txt")
                aside.rename(target)
                aside.write_bytes(b"foreign\n")
                aside.rename(target)

        racer = threading.Thread(target=swap)
        racer.start()
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                with suppress(Stale, EditError):
                    apply(bench.propose("*** Update File: a.txt\n-foreign\n+ours"), bench.workspace, bench.store)
        finally:
            stop.set()
            racer.join()
        recover(bench.store, bench.workspace)
        assert (outside / "a.txt").read_bytes() == b"secret\n"
        assert set(bench.tree()) == {"a.txt"}


def test_a_replaced_workspace_folder_is_not_written(bench: Bench) -> None:
    bench.write({"a.txt": b"old\n"})
    proposal = bench.propose(EDIT)
    bench.root.rename(bench.base / "ws-old")
    bench.root.mkdir()
    bench.write({"a.txt": b"old\n"})
    with pytest.raises(Stale, match="no longer the folder"):
        apply(proposal, bench.workspace, bench.store)
    assert bench.tree() == {"a.txt": b"old\n"}


# ── two instances ────────────────────────────────────────────────────────────


def test_a_second_instance_says_who_holds_the_lock(bench: Bench) -> None:
    path = bench.base / "lock"
    holder = rf"process {os.getpid()}"
    with exclusive(path, 0), pytest.raises(Busy, match=holder), exclusive(path, 0.05):
        pass


def test_a_dead_holder_blocks_nobody(bench: Bench) -> None:
    child = os.fork()
    if child == 0:
        with bench.store.lock(bench.workspace.device, bench.workspace.inode):
            os._exit(0)
    os.waitpid(child, 0)
    with bench.store.lock(bench.workspace.device, bench.workspace.inode, wait=0):
        pass


@pytest.mark.parametrize("count", [15, pytest.param(200, marks=pytest.mark.nightly)])
def test_two_processes_lose_no_update(tmp_path: Path, count: int) -> None:
    with Bench(tmp_path) as bench:
        bench.write({"n.txt": b"0\n"})
        children = [_counting(tmp_path, f"s{number}", count) for number in range(2)]
        assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
        assert bench.tree() == {"n.txt": f"{2 * count}\n".encode()}


def _counting(base: Path, session: str, count: int) -> int:
    """A process that adds one to the number in the file, `count` times, as a person who reviews again when stale."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        store = ChangeStore(base / "store", session)
        with Workspace.open(base / "ws") as workspace:
            while count:
                number = int(workspace.read("n.txt").data)
                patch = f"*** Begin Patch\n*** Update File: n.txt\n-{number}\n+{number + 1}\n*** End Patch"
                with suppress(Stale, EditError):
                    apply(propose(patch, workspace), workspace, store)
                    count -= 1
        code = 0
    finally:
        os._exit(code)
