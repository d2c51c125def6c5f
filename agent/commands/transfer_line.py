"""A download or a loading model as one line of plain text that is written over, for the commands without a screen."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TextIO

from backends.events import TransferProgress
from backends.failures import plain_line

_BAR_CELLS = 24
_GIB = 1024**3


class TransferLine:
    """A terminal sees one moving line; a file a line for every new status."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._last = ""

    def show(self, step: TransferProgress) -> None:
        line = progress_line(step)
        if self._out.isatty():
            print(f"\r\x1b[2K  {line}", end="", file=self._out, flush=True)
        elif step.status != self._last:
            print(f"  {line}", file=self._out, flush=True)
        self._last = step.status

    def end(self) -> None:
        """Go on below it."""
        if self._last and self._out.isatty():
            print(file=self._out)
        self._last = ""


async def show_transfer(progress: AsyncGenerator[TransferProgress, None], out: TextIO) -> None:
    """Runs the transfer to its end."""
    line = TransferLine(out)
    async with aclosing(progress) as steps:
        async for step in steps:
            line.show(step)
    line.end()


def progress_line(step: TransferProgress) -> str:
    """`downloading ▓▓▓▓░░░░ 1.5 of 11.3 GiB`, as much of it as is known."""
    share = share_of(step)
    parts = [plain_line(step.status)]
    if share is not None:
        filled = round(max(0.0, min(1.0, share)) * _BAR_CELLS)
        parts.append("▓" * filled + "░" * (_BAR_CELLS - filled))
    if step.done_bytes is not None and step.total_bytes:
        parts.append(f"{step.done_bytes / _GIB:.1f} of {step.total_bytes / _GIB:.1f} GiB")
    return " ".join(parts)


def share_of(step: TransferProgress) -> float | None:
    """How much of it is done, 0 to 1; None when nobody tells."""
    if step.fraction is None and step.done_bytes is not None and step.total_bytes:
        return step.done_bytes / step.total_bytes
    return step.fraction
