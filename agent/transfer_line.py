"""A download or a loading model as one line of plain text that is written over, for the commands without a screen."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TextIO

from backends.events import TransferProgress
from backends.failures import plain_line

_BAR_CELLS = 24
_GIB = 1024**3


async def show_transfer(progress: AsyncGenerator[TransferProgress, None], out: TextIO) -> None:
    """Runs the transfer to its end. A terminal sees one moving line; a file a line for every new status."""
    last = ""
    async with aclosing(progress) as steps:
        async for step in steps:
            line = progress_line(step)
            if out.isatty():
                print(f"\r\x1b[2K  {line}", end="", file=out, flush=True)
            elif step.status != last:
                print(f"  {line}", file=out, flush=True)
            last = step.status
    if last and out.isatty():
        print(file=out)


def progress_line(step: TransferProgress) -> str:
    """`downloading ▓▓▓▓░░░░ 1.5 of 11.3 GiB`, as much of it as is known."""
    share = step.fraction
    if share is None and step.done_bytes is not None and step.total_bytes:
        share = step.done_bytes / step.total_bytes
    parts = [plain_line(step.status)]
    if share is not None:
        filled = round(max(0.0, min(1.0, share)) * _BAR_CELLS)
        parts.append("▓" * filled + "░" * (_BAR_CELLS - filled))
    if step.done_bytes is not None and step.total_bytes:
        parts.append(f"{step.done_bytes / _GIB:.1f} of {step.total_bytes / _GIB:.1f} GiB")
    return " ".join(parts)
