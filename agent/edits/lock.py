"""One writer at a time in a workspace, across instances. The kernel drops the lock of a process that dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from agent.edits.errors import Busy

_POLL = 0.02  # seconds


@contextmanager
def exclusive(path: Path, wait: float) -> Generator[None]:
    """Hold the lock file `path`, waiting at most `wait` seconds. Raises Busy, which names the holder."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _acquire(descriptor, wait)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, wait: float) -> None:
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise Busy(
                    f"another oss-tui {_holder(descriptor)}is applying changes in this workspace; "
                    "nothing was changed, try again when it is done"
                ) from None
            time.sleep(_POLL)
        else:
            return


def _holder(descriptor: int) -> str:
    words = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
    return f"(process {words}) " if words.isdigit() else ""
