"""Find and end every process that a command started, whatever forked twice or left the session.

Starts nothing: where there is no /proc it is handed a way to list processes. Linux and macOS.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from backends.frozen import frozen

MARKER = "OSS_TUI_RUN"
"""The variable by which the members of a run are known, its value unique to the run."""

ProcessLister: TypeAlias = Callable[[], str]
"""The lines of `pid ppid pgid stat environment-and-command` of every process, asked for where there is no /proc."""

TERM_SECONDS = 0.4
KILL_SECONDS = 1.4
"""A tree gets TERM_SECONDS to end by itself and is then killed again and again for KILL_SECONDS."""


def end_tree(leader: int, marker: str, leader_runs: bool, list_processes: ProcessLister) -> int:
    """End every process of the run whose first one was `leader` and whose environment holds `marker`.

    The number of those beside the leader. Blocks for two seconds at most.
    """
    return _Tree(leader, marker, leader_runs, list_processes).end()


@frozen
class _Entry:
    """A living process. `started` tells it from a later one with the same number."""

    pid: int
    started: str
    parent: int
    session: int
    is_marked: bool

    @property
    def identity(self) -> tuple[int, str]:
        return self.pid, self.started


class _Tree:
    """The processes of one run: in its session, carrying its marker, descending from one of those, or seen before."""

    def __init__(self, leader: int, marker: str, leader_runs: bool, list_processes: ProcessLister) -> None:
        self._leader = leader if leader_runs else 0
        self._mark = f"{MARKER}={marker}"
        self._session = leader
        self._list_processes = list_processes
        self._seen: set[tuple[int, str]] = set()

    def living(self) -> list[int]:
        """Parents before their children: a shell whose child is ended first would go on with its next command."""
        entries = _processes(self._mark, self._list_processes)
        found = {entry.pid for entry in entries if self._is_known(entry)}
        while more := {entry.pid for entry in entries if entry.parent in found} - found:
            found |= more
        self._seen |= {entry.identity for entry in entries if entry.pid in found}
        parents = {entry.pid: entry.parent for entry in entries if entry.pid in found}
        return sorted(found, key=lambda pid: _depth(pid, parents))

    def end(self) -> int:
        """End them all; the number of those beside the leader. Blocks up to two seconds."""
        targets = self.living()
        leftovers = len(set(targets) - {self._leader})
        _send(targets, signal.SIGTERM)
        deadline = time.monotonic() + TERM_SECONDS
        while targets and time.monotonic() < deadline:
            time.sleep(0.02)
            targets = self._survivors()
        deadline = time.monotonic() + KILL_SECONDS
        while targets and time.monotonic() < deadline:
            _send(targets, signal.SIGKILL)
            time.sleep(0.01)
            targets = self._survivors()
        return leftovers

    def _survivors(self) -> list[int]:
        """Looks twice: a process that is just becoming another program has no environment to be known by."""
        found = self.living()
        if not found:
            time.sleep(0.02)
            found = self.living()
        return found

    def _is_known(self, entry: _Entry) -> bool:
        return (
            entry.pid == self._leader
            or entry.session == self._session
            or entry.is_marked
            or entry.identity in self._seen
        )


def _depth(pid: int, parents: Mapping[int, int]) -> int:
    """How many of the tree stand above; a listing taken while processes end may lead in a circle."""
    above: set[int] = set()
    while pid in parents and pid not in above:
        above.add(pid)
        pid = parents[pid]
    return len(above)


def _send(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _processes(mark: str, list_processes: ProcessLister) -> list[_Entry]:
    if sys.platform == "linux":
        return _linux_processes(mark.encode())
    return _listed_processes(list_processes(), mark)


def _linux_processes(mark: bytes) -> list[_Entry]:
    entries: list[_Entry] = []
    own = os.getuid()
    for folder in os.scandir("/proc"):
        if not folder.name.isdigit():
            continue
        try:
            if folder.stat().st_uid != own:
                continue
            # `pid (name) state ppid pgrp session … starttime …`; the name may hold blanks and brackets.
            fields = Path(folder.path, "stat").read_bytes().rpartition(b")")[2].split()
            state, parent, session, started = fields[0], fields[1], fields[3], fields[19]
            if state in (b"Z", b"X"):
                continue
            environment = Path(folder.path, "environ").read_bytes()
        except OSError:
            continue  # it ended meanwhile, or is not ours to look at
        entries.append(_Entry(int(folder.name), started.decode(), int(parent), int(session), mark in environment))
    return entries


def _listed_processes(listing: str, mark: str) -> list[_Entry]:
    """From `ps -E`, which shows the environment of the person's own processes; macOS has no /proc."""
    entries: list[_Entry] = []
    for line in listing.splitlines():
        fields = line.split(None, 4)
        if len(fields) == 5 and not fields[3].startswith("Z"):
            # The group stands in for the session, which this `ps` prints as an address.
            entries.append(_Entry(int(fields[0]), "", int(fields[1]), int(fields[2]), mark in fields[4]))
    return entries
