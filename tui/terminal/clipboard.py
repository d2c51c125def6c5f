"""The clipboard, from a key press only: through the terminal (OSC 52), a tool of the system, or a file.

Decides and spells; whoever calls has the driver to write with. Knows no widget.
"""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

OSC_52_BYTES = 74_994
"""What every terminal takes that speaks OSC 52: 100,000 characters of base64, less its frame."""

_TOOLS = (
    ("WAYLAND_DISPLAY", ("wl-copy",)),
    ("DISPLAY", ("xclip", "-selection", "clipboard")),
    ("DISPLAY", ("xsel", "--clipboard", "--input")),
)


def osc_52(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """The sequence that asks the terminal to keep `text`; empty when it is too long for one.

    Inside tmux it is passed through to the terminal around it as well; tmux itself takes the plain one.
    """
    data = text.encode("utf-8", "replace")
    if len(data) > OSC_52_BYTES:
        return ""
    plain = f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07"
    return plain + passed_through(plain) if environ.get("TMUX") else plain


def passed_through(sequence: str) -> str:
    """`sequence` for the terminal around tmux."""
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"


def tool(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> tuple[str, ...]:
    """The system's own tool, where this machine is the one the person sits at; empty where there is none."""
    if environ.get("SSH_TTY") or environ.get("SSH_CONNECTION"):
        return ()
    tools = [("", ("pbcopy",))] if platform == "darwin" else list(_TOOLS)
    return next(
        (argv for needed, argv in tools if (not needed or environ.get(needed)) and shutil.which(argv[0])),
        (),
    )


class Clipboard:
    """`write` puts a sequence on the terminal; `file` is where a text goes that fits no other way."""

    def __init__(
        self, write: Callable[[str], None], file: Path | None, environ: Mapping[str, str] = os.environ
    ) -> None:
        self._write = write
        self._file = file
        self._environ = environ

    async def copy(self, text: str) -> str:
        """Copy `text`; where it went, in words for the person. Only for what they asked for with a key."""
        from agent.processes.process import feed

        if (argv := tool(self._environ)) and await asyncio.to_thread(feed, argv, text.encode("utf-8", "replace")):
            return f"copied {_size(text)}"
        if sequence := osc_52(text, self._environ):
            self._write(sequence)
            return f"copied {_size(text)} by way of the terminal (OSC 52)"  # which does not say whether it took it
        return await asyncio.to_thread(self._to_file, text)

    def _to_file(self, text: str) -> str:
        from agent.config.file import write_private

        if self._file is None:
            return f"not copied: {_size(text)} are too much for this terminal"
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._file, text.encode("utf-8", "replace"))
        except OSError as error:
            return f"not copied: {_size(text)} are too much for this terminal, and {self._file}: {error.strerror}"
        return f"too much for this terminal; written to {self._file}"


def _size(text: str) -> str:
    lines = text.rstrip("\n").count("\n") + 1
    return f"{lines:,} lines" if lines > 1 else f"{len(text):,} characters"
