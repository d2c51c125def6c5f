"""The one door through which a child process is started: its environment, its output, its end.

Knows no tool and no permission. Whoever calls has asked; what is started here leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import subprocess
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal, TypeAlias

from agent.processes.tree import MARKER, end_tree
from backends.frozen import frozen

READ_BYTES = 64 * 1024
DRAIN_SECONDS = 0.3

ExitReason = Literal["exited", "timeout"]


@frozen
class Output:
    """A piece of standard output and standard error, merged in the order in which it was written."""

    text: str


@frozen
class Exit:
    """The end. `code` is negative for a signal, as in `subprocess`; `leftovers` counts background processes ended."""

    reason: ExitReason
    code: int
    leftovers: int = 0


ProcessEvent: TypeAlias = Output | Exit


async def run(
    command: str | Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,  # noqa: ASYNC109  (the child's)
) -> AsyncGenerator[ProcessEvent, None]:
    """Start `command` (a shell line, or a program with arguments) and report its output, then one `Exit`.

    The child has a session of its own, no terminal and no input. Closing the generator kills the whole tree, whatever
    forked or left the session; so does the end of the command itself. `timeout` in seconds.
    Raises OSError when the program cannot be started.
    """
    argv = [shell(), "-c", command] if isinstance(command, str) else list(command)
    marker = os.urandom(16).hex()
    async with _output_pipe() as (stream, write_end):
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                cwd=cwd,
                env={**env, MARKER: marker},
                stdin=subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                start_new_session=True,
            )
        finally:
            os.close(write_end)
        ended = asyncio.ensure_future(process.wait())
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        clock = asyncio.get_running_loop().time
        deadline = clock() + timeout
        reason: ExitReason = "exited"
        leftovers = 0
        try:
            # The limit is around the waits alone: a time-out held open over a yield would cancel whoever reads this.
            while data := await _read(stream, ended, deadline - clock()):
                if text := decode(data):
                    yield Output(text)
                if clock() >= deadline:  # a flood is always ready to be read
                    break
            # The output may be closed by a program that goes on working.
            await asyncio.wait({ended}, timeout=deadline - clock())
            if not ended.done():
                reason = "timeout"
            if rest := decode(b"", True):
                yield Output(rest)
        finally:
            ending = asyncio.to_thread(end_tree, process.pid, marker, not ended.done(), _list_processes)
            leftovers = await asyncio.shield(ending)
            await asyncio.shield(ended)
        yield Exit(reason, ended.result(), leftovers)


@asynccontextmanager
async def _output_pipe() -> AsyncGenerator[tuple[asyncio.StreamReader, int], None]:
    """A pipe of our own: asyncio's would let the wait for the child last until every holder of the pipe is gone."""
    read_end, write_end = os.pipe()
    stream = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(read_end, "rb", 0)
    )
    try:
        yield stream, write_end
    finally:
        transport.close()


def feed(argv: Sequence[str], data: bytes) -> bool:
    """Give `data` to a program that takes it at once and may live on, as clipboard tools do; whether it took it.

    Blocks for two seconds at most.
    """
    try:
        done = subprocess.run(
            list(argv), input=data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=2,
            check=False, start_new_session=True,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def end_marked(marker: str) -> int:
    """End every process whose environment holds `marker`, and what it started: for a child that a library started.

    The number of processes ended. Blocks for two seconds at most.
    """
    return end_tree(-1, marker, False, _list_processes)


def shell() -> str:
    """Bash where there is one, since that is what the model writes for; never a login shell."""
    return next((path for path in ("/bin/bash", "/usr/bin/bash") if os.access(path, os.X_OK)), "/bin/sh")


async def _read(stream: asyncio.StreamReader, ended: asyncio.Future[int], seconds: float) -> bytes:
    """The next bytes; b"" at the end, after `seconds`, and soon after the process ended although a child still holds
    the pipe."""
    reading = asyncio.ensure_future(stream.read(READ_BYTES))
    try:
        await asyncio.wait({reading, ended}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done() and ended.done():
            await asyncio.wait({reading}, timeout=DRAIN_SECONDS)
        return reading.result() if reading.done() else b""
    finally:
        reading.cancel()


def _list_processes() -> str:
    listing = subprocess.run(
        ["/bin/ps", "-axEww", "-o", "pid=,ppid=,pgid=,stat=,command="], capture_output=True, timeout=1, check=False
    )
    return listing.stdout.decode(errors="replace")
