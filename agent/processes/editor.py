"""Handing the terminal over to the editor that the person named, on their request: for good, or for one text.

The one place where a child gets the terminal. Knows no screen: whoever draws there has stopped before.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn


class EditorProblem(Exception):
    """The editor gave no text back; the message says why, for people."""


def become(argv: list[str]) -> NoReturn:
    """Be the program `argv[0]` from here on. Raises OSError when there is no such program."""
    os.execvp(argv[0], argv)  # noqa: S606  (the person's own words, without a shell)


def edit_text(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """What `text` is after the person's editor ($VISUAL, $EDITOR). Blocks until the editor is closed.

    Raises EditorProblem. The text lies in a private temporary folder meanwhile.
    """
    editor = environ.get("VISUAL") or environ.get("EDITOR") or ""
    if not editor.strip():
        raise EditorProblem("neither VISUAL nor EDITOR names an editor")
    with tempfile.TemporaryDirectory(prefix="oss-tui-") as folder:
        file = Path(folder) / "message.md"
        try:
            file.write_text(text, encoding="utf-8")
            with _keys_are_the_childs():
                code = subprocess.run([*shlex.split(editor), str(file)], check=False).returncode
            if code:
                raise EditorProblem(f"{editor} ended with {code}; the message is as before")
            return file.read_text(encoding="utf-8", errors="replace")
        except (OSError, ValueError) as error:
            raise EditorProblem(f"{editor} could not be used: {error}") from error


@contextmanager
def _keys_are_the_childs() -> Generator[None]:
    """ctrl+c and ctrl+\\ go to the whole terminal; only the editor shall act on them. For the main thread."""
    wakeup = signal.set_wakeup_fd(-1)  # else the event loop would hear of them all the same
    handlers = {number: signal.signal(number, _not_ours) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)


def _not_ours(number: int, frame: FrameType | None) -> None:
    """Instead of SIG_IGN, which the child would inherit."""
